/* /process-definition: forms of start events, and what calls what. */
#include <string.h>

#include "core/api/definition_api.h"
#include "core/api/deployed_form.h"
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/process/model_cache.h"
#include "core/record/row_json.h"
#include "core/repository/static_call.h"

/* The definition that the path names, with its form. */
struct start_form {
	union slot *row;
	const struct model *model; /* give it back */
	struct form_definition form;
};

/* The definition of the path; WORDS for an unknown id, with the error MISSING. */
static int find_definition(struct request *request, int missing, const char *words,
			   union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id;
	int code;

	TRY(definition_id_of_path(request, &process_definition_source, &id));
	code = definition_get(&reader, &process_definition_kind, id, ret);
	if (code != ERR_NOT_FOUND)
		return code;
	if (words)
		return request_fail(request, missing, "%s%s", words, id);
	return request_fail(request, missing,
			    "no deployed process definition found with id '%s': processDefinition "
			    "is null",
			    id);
}

/* A definition without a model that we can read has no form, either. */
static int find_form(struct request *request, int missing, const char *words,
		     struct start_form *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct error ignored = {0};
	const struct node *start;
	int code;

	memset(ret, 0, sizeof(*ret));
	TRY(find_definition(request, missing, words, &ret->row));
	code = model_get(request->engine, &reader, ret->row[DEFINITION_ID].s, &ret->model,
			 &ignored);
	if (code)
		return code == ERR_NOT_FOUND || code <= ERR_API ? 0 : code;
	if (ret->model->nodes[0].initial == NODE_NONE)
		return 0;
	start = &ret->model->nodes[ret->model->nodes[0].initial];
	if (start->form)
		ret->form = *start->form;
	return 0;
}

static void write_ref(struct json_writer *writer, const struct form_definition *form)
{
	json_key(writer, "camundaFormRef");
	if (!form->ref) {
		json_null(writer);
		return;
	}
	json_open_object(writer);
	json_key_string(writer, "key", form->ref);
	json_key_string(writer, "binding", form->ref_binding);
	json_key(writer, "version");
	if (form->ref_version)
		json_raw(writer, form->ref_version);
	else
		json_null(writer);
	json_close_object(writer);
}

static bool is_number(const char *text)
{
	size_t length = strlen(text);

	return length && length < 10 && strspn(text, "0123456789") == length &&
	       (*text != '0' || length == 1);
}

static void answer_form(struct request *request, struct start_form *form)
{
	struct json_writer *writer = request_answer(request);
	const char *key = form->form.key;

	if (!key && !form->form.ref && form->form.generated)
		key = arena_printf(request->arena,
				   "embedded:engine://engine/:engine/process-definition/%s/"
				   "rendered-form",
				   form->row[DEFINITION_ID].s);
	if (form->form.ref_version && !is_number(form->form.ref_version))
		form->form.ref_version = NULL;
	json_open_object(writer);
	json_key_string(writer, "key", key);
	write_ref(writer, &form->form);
	json_key_string(writer, "contextPath", NULL);
	json_close_object(writer);
}

int process_definition_start_form(struct request *request)
{
	struct start_form form;
	int code = find_form(request, ERR_INVALID_0,
			     "Cannot get start form data for process definition ", &form);

	if (!code)
		answer_form(request, &form);
	model_release(request->engine, form.model);
	return code;
}

/* Form fields are not evaluated here, so there are no variables of theirs. */
int process_definition_form_variables(struct request *request)
{
	struct json_writer *writer;
	union slot *row;

	TRY(find_definition(request, ERR_NO_DEFINITION, NULL, &row));
	writer = request_answer(request);
	json_open_object(writer);
	json_close_object(writer);
	return 0;
}

int process_definition_rendered_form(struct request *request)
{
	union slot *row;

	TRY(find_definition(request, ERR_NO_DEFINITION, NULL, &row));
	return request_fail(request, ERR_INVALID_404,
			    "No matching rendered start form for process definition with the id %s "
			    "found.",
			    row[DEFINITION_ID].s);
}

int process_definition_deployed_start_form(struct request *request)
{
	struct start_form form;
	int code = find_form(request, ERR_INVALID_404, NULL, &form);

	if (!code)
		code = deployed_form_answer(request, form.form.key, form.form.ref,
					    form.row[DEFINITION_DEPLOYMENT_ID].s);
	model_release(request->engine, form.model);
	return code;
}

static void write_call(struct json_writer *writer, const union slot *caller,
		       const struct static_call *call)
{
	size_t i;

	json_open_object(writer);
	row_answer_members(writer, &process_definition_kind, call->called);
	json_key(writer, "calledFromActivityIds");
	json_open_array(writer);
	for (i = 0; i < call->count; i++)
		json_string(writer, call->activity_ids[i]);
	json_close_array(writer);
	json_key_string(writer, "callingProcessDefinitionId", caller[DEFINITION_ID].s);
	json_close_object(writer);
}

int process_definition_static_called(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct static_call *calls = NULL;
	struct json_writer *writer;
	size_t i, count;
	union slot *row;

	TRY(find_definition(request, ERR_INVALID_404, NULL, &row));
	TRY(static_calls_read(&reader, row, &calls, &count));
	writer = request_answer(request);
	json_open_array(writer);
	for (i = 0; i < count; i++)
		write_call(writer, row, &calls[i]);
	json_close_array(writer);
	return 0;
}
