#include "core/api/definition_api.h"

#include <string.h>
#include <strings.h>

#include "core/link/operation.h"
#include "core/engine.h"
#include "core/history/operation_log.h"
#include "core/process/deployment.h"
#include "core/record/row_json.h"
#include "storage/utf8.h"

static int check_versions(struct request *request, const struct definition_source *source,
			  const struct query *query)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (query->criteria[i].filter->op == ASK_VERSION && query->criteria[i].number <= 0)
			return request_fail(request, source->query_error,
					    "version is not greater than 0");
	return 0;
}

static int check_latest(struct request *request, const struct definition_source *source,
			const struct query *query)
{
	const char *const *name;

	if (!query_criterion(query, "latestVersion"))
		return 0;
	for (name = source->not_with_latest; *name; name++)
		if (query_criterion(query, *name))
			return request_fail(request, source->query_error, "%s",
					    source->latest_error);
	return 0;
}

static bool needs_deploy_times(const struct query *query)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (query->criteria[i].filter->field == DEFINITION_DEPLOY_TIME)
			return true;
	for (i = 0; i < query->sort_count; i++)
		if (query->sorts[i].key->field == DEFINITION_DEPLOY_TIME)
			return true;
	return false;
}

static bool tenant_matches(const struct query *query, const struct definition_source *source,
			   const struct criterion *criterion, const char *tenant)
{
	size_t i;

	/* of the two the one set later counts */
	if (!criterion->list.count || query_criterion(query, "withoutTenantId"))
		return true;
	if (!tenant)
		return query_criterion(query, source->include);
	for (i = 0; i < criterion->list.count; i++)
		if (!strcmp(criterion->list.items[i], tenant))
			return true;
	return false;
}

static bool text_equals(const char *text, const char *other)
{
	return text && !strcmp(text, other);
}

static bool own_matches(const struct query *query, const struct definition_source *source,
			const struct criterion *criterion, const union slot *row)
{
	switch (criterion->filter->op) {
	case ASK_TENANTS:
		return tenant_matches(query, source, criterion, row[DEFINITION_TENANT_ID].s);
	case ASK_ACTIVE:
		return !criterion->truth || query_criterion(query, "suspended") ||
		       row[criterion->filter->field].i != 1;
	case ASK_VERSION_TAG:
		return query_criterion(query, "withoutVersionTag") ||
		       text_equals(row[criterion->filter->field].s, criterion->text);
	case ASK_VERSION:
		return row[DEFINITION_VERSION].i == criterion->number;
	default:
		return true;
	}
}

static bool matches(const struct query *query, const struct definition_source *source,
		    const union slot *row)
{
	size_t i;

	if (!query_matches(query, row))
		return false;
	for (i = 0; i < query->count; i++)
		if (!own_matches(query, source, &query->criteria[i], row))
			return false;
	return true;
}

static int offer(struct request *request, const struct definition_source *source,
		 const struct query *query, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct definitions definitions;
	const uint8_t *selected = NULL;
	size_t i;

	TRY(definitions_read(&reader, source->resource->kind, &definitions));
	if (needs_deploy_times(query))
		TRY(definitions_add_deploy_times(&reader, &definitions));
	if (source->select)
		TRY(source->select(request, query, &definitions, &selected));
	for (i = 0; i < definitions.count; i++)
		if ((!selected || selected[i]) && matches(query, source, definitions.rows[i]) &&
		    !listing_offer(listing, definitions.rows[i]))
			break;
	return 0;
}

static int check(struct request *request, const struct definition_source *source,
		 const struct query *query)
{
	TRY(check_versions(request, source, query));
	return check_latest(request, source, query);
}

int definition_answer_list(struct request *request, const struct definition_source *source)
{
	struct listing listing;
	struct query query;
	int code;

	TRY(query_bind_params(request, source->resource, true, &query));
	TRY(check(request, source, &query));
	listing_begin(&listing, request, &query, NULL);
	code = offer(request, source, &query, &listing);
	return code ? listing_fail(&listing, code) : listing_end(&listing);
}

int definition_answer_count(struct request *request, const struct definition_source *source)
{
	struct listing listing;
	struct query query;

	TRY(query_bind_params(request, source->resource, false, &query));
	TRY(check(request, source, &query));
	listing_begin_count(&listing, request, &query);
	TRY(offer(request, source, &query, &listing));
	return listing_end(&listing);
}

static bool path_has_key(const struct request *request)
{
	size_t count;

	return strstr(operation_table(&count)[request->call->operation].path, "/key/{key}");
}

static int find_by_key(struct request *request, const struct definition_source *source,
		       union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *key = request->call->params[0];
	const char *tenant = request->call->param_count > 1 ? request->call->params[1] : NULL;
	int code = definition_find_latest(&reader, source->resource->kind, key, tenant, ret);

	if (code != ERR_NOT_FOUND)
		return code;
	if (!tenant)
		return request_fail(request, ERR_REST_404,
				    "No matching %s with key: %s and no tenant-id", source->noun,
				    key);
	return request_fail(request, ERR_REST_404, "No matching %s with key: %s and tenant-id: %s",
			    source->noun, key, tenant);
}

static int refuse_id(struct request *request, const struct definition_source *source, int error,
		     const char *id)
{
	if (source->missing_text && error == source->missing)
		return request_fail(request, error, "%s%s", source->missing_text, id);
	return request_fail(request, error, "no deployed %s found with id '%s': %s is null",
			    source->noun, id, source->variable);
}

int definition_of_path(struct request *request, const struct definition_source *source, int missing,
		       union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	int code;

	if (path_has_key(request))
		return find_by_key(request, source, ret);
	code = definition_get(&reader, source->resource->kind, id, ret);
	return code == ERR_NOT_FOUND ? refuse_id(request, source, missing, id) : code;
}

int definition_id_of_path(struct request *request, const struct definition_source *source,
			  const char **ret)
{
	union slot *row;

	*ret = request->call->params[0];
	if (!path_has_key(request))
		return 0;
	TRY(find_by_key(request, source, &row));
	*ret = row[DEFINITION_ID].s;
	return 0;
}

int definition_answer(struct request *request, const struct definition_source *source)
{
	union slot *row;

	TRY(definition_of_path(request, source, source->missing, &row));
	row_answer(request_answer(request), source->resource->kind, row);
	return 0;
}

/* The bytes of the resource NAME of the definition's deployment. */
static int read_resource(struct request *request, const union slot *row, const char *name,
			 struct bytes *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = row[DEFINITION_DEPLOYMENT_ID].s;
	union slot *deployment;
	int code = id && name ? deployment_get(&reader, id, &deployment) : ERR_NOT_FOUND;

	if (!code)
		code = resource_read(&reader, deployment, RESOURCE_NAME, name, ret);
	if (code != ERR_NOT_FOUND)
		return code;
	return request_fail(request, ERR_INVALID_404_0,
			    "no resource found with name '%s' in deployment '%s': resource is null",
			    name ? name : "", id ? id : "");
}

int definition_answer_xml(struct request *request, const struct definition_source *source)
{
	struct json_writer *writer;
	struct bytes model = {(const uint8_t *)"", 0};
	union slot *row;

	TRY(definition_of_path(request, source, source->missing, &row));
	TRY(read_resource(request, row, row[DEFINITION_RESOURCE].s, &model));
	writer = request_answer(request);
	json_open_object(writer);
	json_key_string(writer, "id", row[DEFINITION_ID].s);
	/* it is read as UTF-8, whatever it says of itself */
	json_key_string(writer, source->model, utf8_mend(request->arena, model.data, model.size));
	json_close_object(writer);
	return 0;
}

static const struct {
	const char *ending;
	const char *type;
} diagram_types[] = {
	{".png",  "image/png"    },
        {".svg",  "image/svg+xml"},
        {".jpeg", "image/jpeg"   },
	{".jpg",  "image/jpeg"   },
        {".gif",  "image/gif"    },
        {".bmp",  "image/bmp"    },
};

static const char *diagram_type(const char *name)
{
	size_t i, length = strlen(name);

	for (i = 0; i < ARRAY_SIZE(diagram_types); i++) {
		size_t end = strlen(diagram_types[i].ending);

		if (length >= end && !strcasecmp(name + length - end, diagram_types[i].ending))
			return diagram_types[i].type;
	}
	return "application/octet-stream";
}

int definition_answer_diagram(struct request *request, const struct definition_source *source)
{
	struct bytes diagram = {0};
	const char *name;
	union slot *row;

	TRY(definition_of_path(request, source, source->missing_diagram, &row));
	name = source->diagram < 0 ? NULL : row[source->diagram].s;
	if (!name)
		return request_answer_nothing(request);
	TRY(read_resource(request, row, name, &diagram));
	return request_answer_file(request, diagram_type(name), name, diagram.data, diagram.size);
}

struct time_to_live {
	struct request *request;
	const struct kind *kind;
	const char *id;
	int64_t days;
};

static const char *days_text(struct arena *arena, int64_t days)
{
	return days == INT_NULL ? NULL : arena_printf(arena, "%d", (int)days);
}

/* A decision definition has no places of its own in the log: it is named by properties. */
static void describe(struct logged_operation *operation, const struct kind *kind,
		     const union slot *row)
{
	if (kind == &process_definition_kind) {
		operation->entity = "ProcessDefinition";
		operation_place(operation, "processDefinitionId", row[DEFINITION_ID].s);
		operation_place(operation, "processDefinitionKey", row[DEFINITION_KEY].s);
		operation_place(operation, "deploymentId", row[DEFINITION_DEPLOYMENT_ID].s);
		return;
	}
	operation->entity = "DecisionDefinition";
	operation_add(operation, "decisionDefinitionId", row[DEFINITION_ID].s);
	operation_add(operation, "decisionDefinitionKey", row[DEFINITION_KEY].s);
}

static int time_to_live_body(struct txn *txn, void *arg)
{
	const struct time_to_live *in = arg;
	struct logged_operation operation = {.type = "UpdateHistoryTimeToLive"};
	const union slot *before;

	TRY(definition_set_time_to_live(txn, in->kind, in->id, in->days, &before));
	operation_add(&operation, "historyTimeToLive", days_text(txn->arena, in->days));
	operation.changes[0].old_value = days_text(txn->arena, before[DEFINITION_TIME_TO_LIVE].i);
	describe(&operation, in->kind, before);
	return operation_log_write(txn, in->request, &operation);
}

int definition_answer_set_time_to_live(struct request *request,
				       const struct definition_source *source)
{
	struct time_to_live in = {request, source->resource->kind, NULL, INT_NULL};
	const struct json *member;
	union slot *row;

	if (path_has_key(request))
		TRY(find_by_key(request, source, &row));
	if (request->body->type == JSON_NULL)
		return request_fail(request, ERR_INVALID, "the body is null: an object is wanted");
	if (request->body->type != JSON_OBJECT)
		return ERR_INPUT;
	member = json_member(request->body, "historyTimeToLive");
	if (member)
		TRY(json_to_int(member, INT_NULL, true, &in.days));
	if (in.days != INT_NULL && in.days < 0)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "historyTimeToLive is not greater than or equal to 0");
	if (in.days == INT_NULL && request->engine->config->enforce_history_time_to_live)
		return request_fail(request, ERR_NOT_ALLOWED,
				    "Null historyTimeToLive values are not allowed");
	TRY(definition_of_path(request, source, source->missing, &row));
	in.id = row[DEFINITION_ID].s;
	TRY(operation_log_run(request, TXN_DURABLE, time_to_live_body, &in));
	return request_answer_nothing(request);
}
