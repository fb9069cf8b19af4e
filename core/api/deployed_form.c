#include "core/api/deployed_form.h"

#include <string.h>

#include "core/engine.h"
#include "core/process/deployment.h"

static const char deployed[] = "deployment:";

/* The name of the file in the deployment that a form key refers to, or NULL. */
static const char *file_of_key(const char *key)
{
	static const char *const kinds[] = {"embedded:", "camunda-forms:", ""};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
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
			    "The form with the resource name '%s' cannot be found.", name);
}

/* The name of the file, or the failure. A form's own id: the file that is called so. */
static int name_of(struct request *request, const char *key, const char *ref, const char **ret)
{
	if (!key && !ref)
		return request_fail(request, ERR_INVALID,
				    "One of the attributes 'formKey' and 'camunda:formRef' must be "
				    "supplied but none were set.");
	*ret = ref ? arena_printf(request->arena, "%s.form", ref) : file_of_key(key);
	if (!*ret)
		return request_fail(request, ERR_INVALID,
				    "The form key '%s' does not reference a deployed form.", key);
	return 0;
}

int deployed_form_answer(struct request *request, const char *key, const char *ref,
			 const char *deployment_id)
{
	const char *name;
	struct bytes bytes;

	TRY(name_of(request, key, ref, &name));
	TRY(read_file(request, deployment_id, name, &bytes));
	request_answer(request);
	request->head.type = ref || !strncmp(key, "camunda-forms:", 14) ? "application/json"
									: "application/xhtml+xml";
	buffer_put(&request->writer.buffer, bytes.data, bytes.size);
	return 0;
}
