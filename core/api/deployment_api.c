/* /deployment: lists, single deployments, their resources (semantics.md 5.9). */
#include <string.h>

#include "core/api/deployment_api.h"
#include "core/api/handler.h"
#include "core/api/links.h"
#include "core/engine.h"
#include "core/process/deployment.h"
#include "core/record/row_json.h"

enum { ASK_TENANTS = OP_OWN };

static const struct filter filters[] = {
	FILTER("id", STRING, OP_EQ, DEPLOYMENT_ID),
	FILTER("name", STRING, OP_EQ, DEPLOYMENT_NAME),
	FILTER("nameLike", STRING, OP_LIKE, DEPLOYMENT_NAME),
	FILTER("source", STRING, OP_EQ, DEPLOYMENT_SOURCE),
	FILTER("withoutSource", BOOL, OP_ABSENT, DEPLOYMENT_SOURCE),
	FILTER("tenantIdIn", LIST, ASK_TENANTS, DEPLOYMENT_TENANT_ID),
	FILTER("withoutTenantId", BOOL, OP_ABSENT, DEPLOYMENT_TENANT_ID),
	FILTER("includeDeploymentsWithoutTenantId", BOOL, OP_NONE, DEPLOYMENT_TENANT_ID),
	FILTER("after", DATE, OP_THEREAFTER, DEPLOYMENT_TIME),
	FILTER("before", DATE, OP_EARLIER, DEPLOYMENT_TIME),
};

static const struct sort_key sorts[] = {
	{"id",             DEPLOYMENT_ID       },
	{"name",           DEPLOYMENT_NAME     },
	{"deploymentTime", DEPLOYMENT_TIME     },
	{"tenantId",       DEPLOYMENT_TENANT_ID},
};

const struct resource deployment_query_resource = {
	.kind = &deployment_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

static bool tenant_matches(const struct query *query, const char *tenant)
{
	const struct criterion *tenants = query_criterion(query, "tenantIdIn");
	size_t i;

	/* of the two the one set later counts */
	if (!tenants || !tenants->list.count || query_criterion(query, "withoutTenantId"))
		return true;
	if (!tenant)
		return query_criterion(query, "includeDeploymentsWithoutTenantId");
	for (i = 0; i < tenants->list.count; i++)
		if (!strcmp(tenants->list.items[i], tenant))
			return true;
	return false;
}

static void write_members(struct json_writer *writer, const union slot *row)
{
	json_open_object(writer);
	links_write_none(writer);
	row_answer_members(writer, &deployment_kind, row);
	json_close_object(writer);
}

static void write_deployment(struct listing *listing, const union slot *row)
{
	write_members(&listing->request->writer, row);
}

static int prepare(struct request *request, struct query *query)
{
	if (!query_criterion(query, "source") || !query_criterion(query, "withoutSource"))
		return 0;
	return request_fail(request, ERR_INVALID,
			    "The query parameters \"withoutSource\" and \"source\" cannot be used "
			    "in combination.");
}

static int offer(struct request *request, struct arena *arena, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct deployments deployments;
	size_t i;

	TRY(deployments_read(&reader, arena, &deployments));
	for (i = 0; i < deployments.count; i++) {
		union slot *row = deployments.rows[i];

		if (query_matches(listing->query, row) &&
		    tenant_matches(listing->query, row[DEPLOYMENT_TENANT_ID].s) &&
		    !listing_offer(listing, row))
			break;
	}
	return 0;
}

static const struct list_source source = {&deployment_query_resource, prepare, offer,
					  write_deployment};

int deployment_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int deployment_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}

/* The deployment that the path names. ERR_NOT_FOUND. */
static int read_deployment(struct request *request, union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);

	return deployment_get(&reader, request->call->params[0], ret);
}

int deployment_get_by_id(struct request *request)
{
	union slot *row;
	int code = read_deployment(request, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Deployment with id '%s' does not exist",
				    request->call->params[0]);
	TRY(code);
	write_members(request_answer(request), row);
	return 0;
}

static void write_resource(struct json_writer *writer, const union slot *deployment,
			   const union slot *resource_row)
{
	json_open_object(writer);
	row_answer_members(writer, &resource_kind, resource_row);
	json_key_string(writer, "deploymentId", deployment[DEPLOYMENT_ID].s);
	json_close_object(writer);
}

static int refuse_resources(struct request *request)
{
	return request_fail(request, ERR_INVALID_404,
			    "Deployment resources for deployment id '%s' do not exist.",
			    request->call->params[0]);
}

static bool has_resources(const union slot *deployment)
{
	return deployment[DEPLOYMENT_RESOURCES].r && deployment[DEPLOYMENT_RESOURCES].r->count;
}

int deployment_resources(struct request *request)
{
	struct json_writer *writer;
	union slot *row;
	size_t i;
	int code = read_deployment(request, &row);

	if (code == ERR_NOT_FOUND || (!code && !has_resources(row)))
		return refuse_resources(request);
	TRY(code);
	writer = request_answer(request);
	json_open_array(writer);
	for (i = 0; i < row[DEPLOYMENT_RESOURCES].r->count; i++)
		write_resource(writer, row, row[DEPLOYMENT_RESOURCES].r->row[i]);
	json_close_array(writer);
	return 0;
}

int deployment_resource_get(struct request *request)
{
	const char *id = request->call->params[0], *resource_id = request->call->params[1];
	const union slot *found;
	union slot *row;
	int code = read_deployment(request, &row);

	if (code == ERR_NOT_FOUND || (!code && !has_resources(row)))
		return refuse_resources(request);
	TRY(code);
	found = resource_find(row, RESOURCE_ID, resource_id);
	if (!found)
		return request_fail(request, ERR_INVALID_404,
				    "Deployment resource with resource id '%s' for deployment id "
				    "'%s' does not exist.",
				    resource_id, id);
	write_resource(request_answer(request), row, found);
	return 0;
}

/* Endings that the API knows, as they are written; whatever else is bytes. */
static const struct {
	const char *ending;
	const char *type;
} media_types[] = {
	{"bpmn",   "application/xml" },
        {"cmmn",   "application/xml" },
        {"dmn",    "application/xml" },
	{"xml",    "application/xml" },
        {"json",   "application/json"},
        {"gif",    "image/gif"       },
	{"jpeg",   "image/jpeg"      },
        {"jpe",    "image/jpeg"      },
        {"jpg",    "image/jpeg"      },
	{"png",    "image/png"       },
        {"svg",    "image/svg+xml"   },
        {"tiff",   "image/tiff"      },
	{"tif",    "image/tiff"      },
        {"groovy", "text/plain"      },
        {"java",   "text/plain"      },
	{"js",     "text/plain"      },
        {"php",    "text/plain"      },
        {"py",     "text/plain"      },
	{"rb",     "text/plain"      },
        {"html",   "text/html"       },
        {"txt",    "text/plain"      },
};

static const char *media_type_of(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t i;

	for (i = 0; dot && i < ARRAY_SIZE(media_types); i++)
		if (!strcmp(dot + 1, media_types[i].ending))
			return media_types[i].type;
	return "application/octet-stream";
}

int deployment_resource_data(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0], *resource_id = request->call->params[1];
	const char *name;
	struct bytes data;
	union slot *row;
	int code = read_deployment(request, &row);

	if (!code)
		code = resource_read(&reader, row, RESOURCE_ID, resource_id, &data);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_NULL_VALUE,
				    "no resource found with id '%s' in deployment '%s': resource "
				    "is null",
				    resource_id, id);
	TRY(code);
	name = resource_find(row, RESOURCE_ID, resource_id)[RESOURCE_NAME].s;
	name = name ? name : "data";
	return request_answer_file(request, media_type_of(name), name, data.data, data.size);
}
