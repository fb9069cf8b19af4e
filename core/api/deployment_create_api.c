/* POST /deployment/create: files become definitions (semantics.md 5.9). */
#include <string.h>
#include <strings.h>

#include "core/api/handler.h"
#include "core/json/date.h"
#include "core/process/deploy.h"
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

	for (i = 0; name && i < sizeof(fields) / sizeof(fields[0]); i++)
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
		if (!part->filename)
			return request_fail(request, ERR_INVALID,
					    "No file name found in the deployment resource "
					    "described by form parameter '%s'.",
					    part->name ? part->name : "null");
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
	const char *time;

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
	if (time && *time && !date_parse(time, &order->activation_time))
		return request_fail(request, ERR_INVALID, "Invalid format: \"%s\"", time);
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
	json_key(writer, "links");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "method", "GET");
	json_key_string(writer, "href",
			arena_printf(request->arena, "%s/deployment/%s", request->call->base,
				     uri_encode(request->arena, id)));
	json_key_string(writer, "rel", "self");
	json_close_object(writer);
	json_close_array(writer);
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

static int deploy_order(struct request *request, const struct deploy_order *order)
{
	const struct problems *problems = NULL;
	struct deployed deployed;
	int code = deploy(request->engine, request->arena, order, &deployed, &problems,
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
	return deploy_order(request, &order);
}
