/* /deployment: making, repeating and deleting deployments (semantics.md 5.9). */
#include <string.h>
#include <strings.h>

#include "core/api/handler.h"
#include "core/api/links.h"
#include "core/engine.h"
#include "core/history/operation_log.h"
#include "core/id.h"
#include "core/json/iso_date.h"
#include "core/repository/definition_delete.h"
#include "core/repository/deploy.h"
#include "core/process/deployment.h"
#include "core/record/row_json.h"
#include "core/request/multipart.h"

static bool flag_of(struct request *request, const struct multipart *form, const char *name)
{
	const char *text = multipart_text(request->arena, form, name);

	return text && !strcasecmp(text, "true");
}

/* Fields that are no files, whatever they look like. */
static const char *const fields[] = {
	"deployment-name",     "deployment-source",          "tenant-id",
	"deploy-changed-only", "enable-duplicate-filtering", "deployment-activation-time",
};

static bool is_field(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i], name))
			return true;
	return false;
}

/* Of files with one name the last counts. */
static void add_file(struct deploy_order *order, struct deploy_resource *resources,
		     const struct part *part)
{
	size_t i;

	for (i = 0; i < order->count; i++)
		if (!strcmp(resources[i].name, part->filename)) {
			resources[i].bytes = part->content;
			return;
		}
	resources[i].name = part->filename;
	resources[i].bytes = part->content;
	order->count++;
}

static int bind_files(struct request *request, const struct multipart *form,
		      struct deploy_order *order)
{
	struct deploy_resource *resources =
		arena_array(request->arena, form->count + 1, sizeof(*resources));
	size_t i;

	order->resources = resources;
	for (i = 0; i < form->count; i++) {
		const struct part *part = &form->parts[i];

		if (is_field(part->name))
			continue;
		if (!part->filename) /* the original names what is not there */
			return request_fail(request, ERR_INVALID,
					    "No file name found in the deployment resource "
					    "described by form parameter 'null'.");
		add_file(order, resources, part);
	}
	if (!order->count)
		return request_fail(request, ERR_INVALID,
				    "No deployment resources contained in the form upload.");
	return 0;
}

static int bind_order(struct request *request, const struct multipart *form,
		      struct deploy_order *order)
{
	const char *time, *why;

	memset(order, 0, sizeof(*order));
	TRY(bind_files(request, form, order));
	order->name = multipart_text(request->arena, form, "deployment-name");
	order->source = multipart_text(request->arena, form, "deployment-source");
	order->tenant_id = multipart_text(request->arena, form, "tenant-id");
	order->changed_only = flag_of(request, form, "deploy-changed-only");
	order->filter_duplicates =
		order->changed_only || flag_of(request, form, "enable-duplicate-filtering");
	order->activation_time = TIME_NULL;
	time = multipart_text(request->arena, form, "deployment-activation-time");
	if (time && *time && !iso_date_parse(request->arena, time, &order->activation_time, &why))
		return request_fail(request, ERR_INVALID, "%s", why);
	return 0;
}

static void write_definitions(struct json_writer *writer, const char *key, const struct kind *kind,
			      const struct definitions *definitions)
{
	size_t i;

	json_key(writer, key);
	if (!definitions->count) {
		json_null(writer);
		return;
	}
	json_open_object(writer);
	for (i = 0; i < definitions->count; i++) {
		json_key(writer, definitions->rows[i][DEFINITION_ID].s);
		row_answer(writer, kind, definitions->rows[i]);
	}
	json_close_object(writer);
}

static void write_link(struct request *request, struct json_writer *writer, const char *id)
{
	links_write_self(
		request, writer,
		arena_printf(request->arena, "/deployment/%s", uri_encode(request->arena, id)));
}

static void answer_deployed(struct request *request, const struct deployed *deployed)
{
	struct json_writer *writer = request_answer(request);

	json_open_object(writer);
	write_link(request, writer, deployed->deployment[DEPLOYMENT_ID].s);
	row_answer_members(writer, &deployment_kind, deployed->deployment);
	write_definitions(writer, "deployedProcessDefinitions", &process_definition_kind,
			  &deployed->processes);
	json_key(writer, "deployedCaseDefinitions");
	json_null(writer);
	write_definitions(writer, "deployedDecisionDefinitions", &decision_definition_kind,
			  &deployed->decisions);
	write_definitions(writer, "deployedDecisionRequirementsDefinitions",
			  &requirements_definition_kind, &deployed->requirements);
	json_close_object(writer);
}

/* {"resource": {"errors": …}} for the answer. */
static const char *details_of(struct arena *arena, const struct problems *problems)
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	json_key(&writer, problems->resource);
	problems_write(problems, &writer);
	json_close_object(&writer);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

static int run_order(struct request *request, struct deploy_order *order)
{
	const struct problems *problems = NULL;
	struct deployed deployed;
	int code;

	order->request = request;
	code = deploy(request->engine, request->arena, order, &deployed, &problems,
		      &request->error);
	if (problems)
		request->details = details_of(request->arena, problems);
	TRY(code);
	answer_deployed(request, &deployed);
	return 0;
}

int deployment_create(struct request *request)
{
	struct deploy_order order;
	struct multipart form;
	int code = multipart_parse(request->arena, request->call->type, request->upload, &form,
				   &request->error);

	if (code == ERR_INPUT)
		return request_fail(request, ERR_REST_400, "%s", request->error.message);
	TRY(code);
	TRY(bind_order(request, &form, &order));
	return run_order(request, &order);
}

/* One of the two lists of a redeployment: resources of DEPLOYMENT by FIELD. */
struct naming {
	struct request *request;
	const union slot *deployment;
	enum resource_field field;
	const char *key, *what; /* member of the body; its words in errors */
	bool *chosen;
};

static int choose_resource(const struct naming *naming, const char *text, struct buffer *missing)
{
	const struct rows *resources = naming->deployment[DEPLOYMENT_RESOURCES].r;
	size_t i;

	for (i = 0; resources && i < resources->count; i++) {
		const char *own = resources->row[i][naming->field].s;

		if (own && !strcmp(own, text)) {
			naming->chosen[i] = true;
			return 0;
		}
	}
	if (missing->length)
		buffer_put_text(missing, ", ");
	buffer_put_text(missing, text);
	return 0;
}

static int refuse_missing(const struct naming *naming, const struct buffer *missing)
{
	const char *id = naming->deployment[DEPLOYMENT_ID].s;

	return request_fail(naming->request, ERR_INVALID_404_0,
			    "Cannot redeploy deployment '%s': The deployment with id '%s' does not "
			    "contain the following resources with %s: %.*s",
			    id, id, naming->what, (int)missing->length, missing->data);
}

static int refuse_null(const struct naming *naming)
{
	return request_fail(naming->request, ERR_INVALID_0,
			    "Cannot redeploy deployment '%s': %s contains null value",
			    naming->deployment[DEPLOYMENT_ID].s, naming->key);
}

/* *RET_ANY: the list was given and names something. */
static int choose_resources(const struct naming *naming, bool *ret_any)
{
	const struct json *list = json_present(naming->request->body, naming->key), *node;
	struct buffer missing;
	const char *text;
	int code = 0;

	if (!list)
		return 0;
	if (list->type != JSON_ARRAY)
		return ERR_INPUT;
	buffer_init(&missing);
	for (node = list->first; node && !code; node = node->next) {
		*ret_any = true;
		code = json_to_string(node, &text);
		if (!code)
			code = text ? choose_resource(naming, text, &missing) : refuse_null(naming);
	}
	if (!code && missing.length)
		code = refuse_missing(naming, &missing);
	buffer_clear(&missing);
	return code;
}

static int bind_redeployment(struct request *request, const union slot *deployment, bool *chosen)
{
	const struct naming ids = {request, deployment, RESOURCE_ID, "resourceIds", "id", chosen};
	const struct naming names = {request,         deployment, RESOURCE_NAME,
				     "resourceNames", "name",     chosen};
	const struct rows *resources = deployment[DEPLOYMENT_RESOURCES].r;
	bool any = false;

	TRY(choose_resources(&ids, &any));
	TRY(choose_resources(&names, &any));
	if (!any && resources)
		memset(chosen, true, resources->count);
	return 0;
}

static int copy_resources(struct request *request, const union slot *deployment, const bool *chosen,
			  struct deploy_order *order)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const struct rows *from = deployment[DEPLOYMENT_RESOURCES].r;
	struct deploy_resource *resources =
		arena_array(request->arena, (from ? from->count : 0) + 1, sizeof(*resources));
	size_t i;

	order->resources = resources;
	for (i = 0; from && i < from->count; i++) {
		struct deploy_resource *resource = &resources[order->count];

		if (!chosen[i] || !from->row[i][RESOURCE_NAME].s)
			continue;
		resource->name = from->row[i][RESOURCE_NAME].s;
		TRY(resource_read(&reader, deployment, RESOURCE_NAME, resource->name,
				  &resource->bytes));
		order->count++;
	}
	if (!order->count)
		return request_fail(request, ERR_INVALID_404_0,
				    "Cannot redeploy deployment '%s': it has no resources",
				    deployment[DEPLOYMENT_ID].s);
	return 0;
}

int deployment_redeploy(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const struct json *source = json_present(request->body, "source");
	struct deploy_order order = {.activation_time = TIME_NULL};
	union slot *row;
	bool *chosen;
	int code = deployment_get(&reader, request->call->params[0], &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Deployment with id '%s' does not exist",
				    request->call->params[0]);
	TRY(code);
	chosen = arena_alloc(request->arena, RESOURCES_MAX);
	TRY(bind_redeployment(request, row, chosen));
	if (source)
		TRY(json_to_string(source, &order.source));
	order.name = row[DEPLOYMENT_NAME].s;
	order.tenant_id = row[DEPLOYMENT_TENANT_ID].s;
	TRY(copy_resources(request, row, chosen, &order));
	return run_order(request, &order);
}

static int delete_body(struct txn *txn, void *arg)
{
	const struct deletion *deletion = arg;
	const char *id = deletion->request->call->params[0];
	struct logged_operation operation = {
		.type = "Delete", .entity = "Deployment", .deployment_id = id};

	TRY(deployment_delete_whole(txn, deletion, id));
	operation_add_flag(&operation, "cascade", deletion->cascade);
	return operation_log_write(txn, deletion->request, &operation);
}

/* Here the original takes "true" alone for it, not "TRUE". */
static bool is_true(struct request *request, const char *name)
{
	const char *text = request_param(request, name);

	return text && !strcmp(text, "true");
}

int deployment_delete_by_id(struct request *request)
{
	struct deletion deletion = {
		.request = request,
		.cascade = is_true(request, "cascade"),
		.skip_listeners = is_true(request, "skipCustomListeners"),
		.skip_mappings = is_true(request, "skipIoMappings"),
	};
	int code = deployment_end_many(&deletion, request->call->params[0]);

	if (!code)
		code = operation_log_run(request, TXN_DURABLE | TXN_FREES, delete_body, &deletion);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Deployment with id '%s' do not exist",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}

/* Deployments whose jobs this engine executes: those that were made here. */
int deployment_registered(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct json_writer *writer = request_answer(request);
	struct deployments deployments;
	struct id id;
	size_t i;

	TRY(deployments_read(&reader, request->arena, &deployments));
	json_open_array(writer);
	for (i = 0; i < deployments.count; i++)
		if (id_decode(request->engine->store, deployments.rows[i][DEPLOYMENT_ID].s, &id) &&
		    id.kind == ID_DEPLOYMENT)
			json_string(writer, deployments.rows[i][DEPLOYMENT_ID].s);
	json_close_array(writer);
	return 0;
}
