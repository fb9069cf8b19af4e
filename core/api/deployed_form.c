#include "core/api/deployed_form.h"

#include <string.h>

#include "core/engine.h"
#include "core/process/deployment.h"
#include "core/record/kind.h"

static const char deployed[] = "deployment:";

/* The name of the file in the deployment that a form key refers to, or NULL. */
static const char *file_of_key(const char *key)
{
	static const char *const kinds[] = {"embedded:", "camunda-forms:", ""};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strncmp(key, kinds[i], strlen(kinds[i])) &&
		    !strncmp(key + strlen(kinds[i]), deployed, strlen(deployed)))
			return key + strlen(kinds[i]) + strlen(deployed);
	return NULL;
}

static int read_file(struct request *request, const char *deployment_id, const char *name,
		     struct bytes *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	union slot *deployment;
	int code =
		deployment_id ? deployment_get(&reader, deployment_id, &deployment) : ERR_NOT_FOUND;

	if (!code)
		code = resource_read(&reader, deployment, RESOURCE_NAME, name, ret);
	if (code != ERR_NOT_FOUND)
		return code;
	return request_fail(request, ERR_INVALID_404,
			    "The form with the resource name '%s' cannot be found in deployment "
			    "with id %s",
			    name, deployment_id ? deployment_id : "null");
}

/* Whether the bytes are a form of that id. */
static bool is_form(struct arena *arena, struct bytes bytes, const char *id)
{
	const struct json *member;
	struct json *form;
	const char *text;

	if (json_parse(arena, bytes.data, bytes.size, &form) || form->type != JSON_OBJECT)
		return false;
	member = json_present(form, "id");
	return member && !json_to_string(member, &text) && text && !strcmp(text, id);
}

/* The form ID among the files of a deployment. ERR_NOT_FOUND. */
static int find_in_deployment(struct txn *reader, const union slot *deployment, const char *id,
			      struct bytes *ret)
{
	const struct rows *resources = deployment[DEPLOYMENT_RESOURCES].r;
	size_t i;

	for (i = 0; resources && i < resources->count; i++) {
		const char *name = resources->row[i][RESOURCE_NAME].s;
		const char *dot = name ? strrchr(name, '.') : NULL;

		if (!dot || strcmp(dot, ".form") != 0)
			continue;
		TRY(resource_read(reader, deployment, RESOURCE_NAME, name, ret));
		if (is_form(reader->arena, *ret, id))
			return 0;
	}
	return ERR_NOT_FOUND;
}

/* The newest deployment of TENANT that has the form. ERR_NOT_FOUND. */
static int find_latest(struct txn *reader, const char *tenant, const char *id, struct bytes *ret)
{
	int64_t newest = TIME_NULL;
	struct deployments all;
	union slot *deployment;
	struct bytes bytes;
	size_t i;
	int code;

	TRY(deployments_read(reader, reader->arena, &all));
	for (i = 0; i < all.count; i++) {
		if (!text_same(all.rows[i][DEPLOYMENT_TENANT_ID].s, tenant) ||
		    all.rows[i][DEPLOYMENT_TIME].i < newest)
			continue;
		TRY(deployment_get(reader, all.rows[i][DEPLOYMENT_ID].s, &deployment));
		code = find_in_deployment(reader, deployment, id, &bytes);
		if (code && code != ERR_NOT_FOUND)
			return code;
		if (!code) {
			newest = all.rows[i][DEPLOYMENT_TIME].i;
			*ret = bytes;
		}
	}
	return newest == TIME_NULL ? ERR_NOT_FOUND : 0;
}

/* The form of that id: the deployment's own, else the newest one. */
static int read_ref(struct request *request, const char *deployment_id, const char *ref,
		    struct bytes *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	union slot *deployment = NULL;
	int code =
		deployment_id ? deployment_get(&reader, deployment_id, &deployment) : ERR_NOT_FOUND;

	if (!code)
		code = find_in_deployment(&reader, deployment, ref, ret);
	if (code == ERR_NOT_FOUND)
		code = find_latest(&reader, deployment ? deployment[DEPLOYMENT_TENANT_ID].s : NULL,
				   ref, ret);
	if (code != ERR_NOT_FOUND)
		return code;
	return request_fail(request, ERR_INVALID_404,
			    "No Camunda Form Definition was found for Camunda Form Ref: %s", ref);
}

static int read_key(struct request *request, const char *deployment_id, const char *key,
		    struct bytes *ret)
{
	const char *name = key ? file_of_key(key) : NULL;

	if (!key)
		return request_fail(request, ERR_INVALID,
				    "One of the attributes 'formKey' and 'camunda:formRef' must be "
				    "supplied but none were set.");
	if (!name)
		return request_fail(request, ERR_INVALID,
				    "The form key '%s' does not reference a deployed form.", key);
	return read_file(request, deployment_id, name, ret);
}

int deployed_form_answer(struct request *request, const char *key, const char *ref,
			 const char *deployment_id)
{
	struct bytes bytes;

	if (ref)
		TRY(read_ref(request, deployment_id, ref, &bytes));
	else
		TRY(read_key(request, deployment_id, key, &bytes));
	request_answer(request);
	request->head.type = ref || !strncmp(key, "camunda-forms:", 14) ? "application/json"
									: "application/xhtml+xml";
	buffer_put(&request->writer.buffer, bytes.data, bytes.size);
	return 0;
}
