/* POST /external-task/fetchAndLock, which may wait until there is something. */
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/record/row_json.h"
#include "core/runtime/external_task_fetch.h"
#include "core/runtime/external_task_wait.h"

enum { TIMEOUT_MAX = 1800000 };

struct fetch_request {
	struct request *request;
	struct fetch fetch;
	int64_t timeout; /* ms to wait; 0 = not at all */
	struct fetch_result result;
	const char **names; /* of the topics */
	const char *answer; /* JSON of what was fetched */
};

static int read_text(const struct json *object, const char *key, const char **ret)
{
	const struct json *node = json_present(object, key);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

static int read_number(const struct json *object, const char *key, bool int32, int64_t *ret)
{
	const struct json *node = json_present(object, key);

	*ret = 0;
	return node ? json_to_int(node, 0, int32, ret) : 0;
}

static int read_flag(const struct json *object, const char *key, bool *ret)
{
	const struct json *node = json_present(object, key);

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

static int read_texts(struct arena *arena, const struct json *object, const char *key,
		      struct texts *ret)
{
	const struct json *node = json_present(object, key), *member;

	memset(ret, 0, sizeof(*ret));
	if (!node)
		return 0;
	if (node->type != JSON_ARRAY)
		return ERR_INPUT;
	ret->given = true;
	ret->items = arena_array(arena, node->count, sizeof(*ret->items));
	for (member = node->first; member; member = member->next)
		TRY(json_to_string(member, &ret->items[ret->count++]));
	return 0;
}

static int read_topic(struct request *request, const struct json *node, struct fetch_topic *ret)
{
	struct arena *arena = request->arena;

	if (node->type == JSON_NULL)
		return request_fail(request, ERR_NULL_POINTER, "topics contains null");
	if (node->type != JSON_OBJECT)
		return ERR_INPUT;
	TRY(read_text(node, "topicName", &ret->name));
	TRY(read_number(node, "lockDuration", false, &ret->lock_duration));
	TRY(read_text(node, "businessKey", &ret->business_key));
	TRY(read_text(node, "processDefinitionId", &ret->definition_id));
	TRY(read_text(node, "processDefinitionKey", &ret->definition_key));
	TRY(read_text(node, "processDefinitionVersionTag", &ret->version_tag));
	TRY(read_texts(arena, node, "processDefinitionIdIn", &ret->definition_ids));
	TRY(read_texts(arena, node, "processDefinitionKeyIn", &ret->definition_keys));
	TRY(read_texts(arena, node, "tenantIdIn", &ret->tenants));
	TRY(read_texts(arena, node, "variables", &ret->variables));
	TRY(read_flag(node, "withoutTenantId", &ret->without_tenant));
	TRY(read_flag(node, "localVariables", &ret->local_variables));
	TRY(read_flag(node, "deserializeValues", &ret->deserialise));
	TRY(read_flag(node, "includeExtensionProperties", &ret->properties));
	ret->process_variables = json_present(node, "processVariables");
	return ret->process_variables && ret->process_variables->type != JSON_OBJECT ? ERR_INPUT
										     : 0;
}

static int read_topics(struct fetch_request *fetch)
{
	struct request *request = fetch->request;
	const struct json *list = json_present(request->body, "topics"), *node;
	struct fetch_topic *topics;
	size_t count = 0;

	if (!list)
		return 0;
	if (list->type != JSON_ARRAY)
		return ERR_INPUT;
	topics = arena_array(request->arena, list->count, sizeof(*topics));
	fetch->names = arena_array(request->arena, list->count, sizeof(*fetch->names));
	for (node = list->first; node; node = node->next) {
		TRY(read_topic(request, node, &topics[count]));
		fetch->names[count] = topics[count].name;
		count++;
	}
	fetch->fetch.topics = topics;
	fetch->fetch.topic_count = count;
	return 0;
}

static int read_sorting_element(struct fetch_request *fetch, const struct json *node)
{
	struct request *request = fetch->request;
	const char *by, *order;

	if (node->type != JSON_OBJECT)
		return ERR_INPUT;
	TRY(read_text(node, "sortBy", &by));
	TRY(read_text(node, "sortOrder", &order));
	if (!by)
		return request_fail(request, ERR_NULL_POINTER, "sortBy is null");
	if (strcmp(by, "createTime") != 0)
		return request_fail(request, ERR_INVALID,
				    "Cannot set query sortBy parameter to value %s", by);
	if (order && strcmp(order, "asc") != 0 && strcmp(order, "desc") != 0)
		return request_fail(request, ERR_INVALID,
				    "Cannot set query sortOrder parameter to value %s", order);
	if (!order)
		return request_fail(request, ERR_NOT_VALID,
				    "Invalid query: call asc() or desc() after using "
				    "orderByXX(): direction is null");
	fetch->fetch.by_creation = true;
	fetch->fetch.descending = !strcmp(order, "desc");
	return 0;
}

static int read_sorting(struct fetch_request *fetch)
{
	const struct json *list = json_present(fetch->request->body, "sorting"), *node;

	if (list && list->type != JSON_ARRAY)
		return ERR_INPUT;
	for (node = list ? list->first : NULL; node; node = node->next)
		TRY(read_sorting_element(fetch, node));
	return 0;
}

/* In the original's order. */
static int check(struct fetch_request *fetch)
{
	struct request *request = fetch->request;
	size_t i;

	if (fetch->timeout > TIMEOUT_MAX)
		return request_fail(request, ERR_INVALID,
				    "The asynchronous response timeout cannot be set to a value "
				    "greater than %d milliseconds",
				    TIMEOUT_MAX);
	if (!fetch->fetch.worker_id)
		return request_fail(request, ERR_NULL_VALUE, "workerId is null");
	if (fetch->fetch.most < 0)
		return request_fail(request, ERR_ENGINE,
				    "maxResults is not greater than or equal to 0");
	for (i = 0; i < fetch->fetch.topic_count; i++) {
		if (!fetch->fetch.topics[i].name)
			return request_fail(request, ERR_NULL_VALUE, "topicName is null");
		if (fetch->fetch.topics[i].lock_duration <= 0)
			return request_fail(request, ERR_ENGINE, "lockTime is not greater than 0");
	}
	return 0;
}

static int read_request(struct fetch_request *fetch)
{
	const struct json *body = fetch->request->body;

	TRY(read_text(body, "workerId", &fetch->fetch.worker_id));
	TRY(read_number(body, "maxTasks", true, &fetch->fetch.most));
	TRY(read_number(body, "asyncResponseTimeout", false, &fetch->timeout));
	TRY(read_flag(body, "usePriority", &fetch->fetch.by_priority));
	TRY(read_topics(fetch));
	TRY(read_sorting(fetch));
	return check(fetch);
}

static int write_variables(struct fetch_request *fetch, struct json_writer *writer,
			   const struct fetched *fetched)
{
	struct request *request = fetch->request;
	const struct variable *variable;

	json_open_object(writer);
	LIST_EACH(&fetched->variables, variable)
	{
		json_key(writer, variable->name);
		TRY(typed_value_write(writer, request->arena, variable, fetched->topic->deserialise,
				      &request->error));
	}
	json_close_object(writer);
	return 0;
}

static int write_task(struct fetch_request *fetch, struct json_writer *writer,
		      const struct fetched *fetched)
{
	size_t i;

	json_open_object(writer);
	row_answer_members(writer, &external_task_kind, (const union slot *)fetched->task);
	json_key_string(writer, "errorDetails", fetched->task->error_details);
	json_key(writer, "extensionProperties");
	json_open_object(writer);
	for (i = 0; i < fetched->property_count; i++)
		json_key_string(writer, fetched->properties[i].name, fetched->properties[i].value);
	json_close_object(writer);
	json_key(writer, "variables");
	TRY(write_variables(fetch, writer, fetched));
	json_close_object(writer);
	return 0;
}

static int write_tasks(struct fetch_request *fetch, struct json_writer *writer)
{
	size_t i;

	for (i = 0; i < fetch->result.count; i++)
		TRY(write_task(fetch, writer, &fetch->result.items[i]));
	return 0;
}

/* The answer is made before the commit: a value that cannot be shown lets nothing be locked. */
static int fetch_body(struct command *command, void *arg)
{
	struct fetch_request *fetch = arg;
	struct json_writer writer;
	int code;

	TRY(fetch_and_lock(command, &fetch->fetch, &fetch->result));
	json_writer_init(&writer, 0, NULL, NULL);
	json_open_array(&writer);
	code = write_tasks(fetch, &writer);
	json_close_array(&writer);
	fetch->answer = arena_strndup(command->arena, (const char *)writer.buffer.data,
				      writer.buffer.length);
	json_writer_clear(&writer);
	return code;
}

/* Looks, and fetches if there may be something; *RET_NEXT: when to look again at the latest. */
static int fetch_once(struct fetch_request *fetch, int64_t *ret_next)
{
	struct request *request = fetch->request;
	struct arena_mark mark = arena_mark(request->arena);
	struct txn reader = txn_reader(request->engine->store, request->arena);
	bool some;

	TRY(request_stopped(request));
	TRY(fetch_look(&reader, &fetch->fetch, clock_now(), &some, ret_next));
	/* who wants nothing waits for nothing but its time */
	if (!fetch->fetch.most)
		*ret_next = INT64_MAX;
	else if (some)
		TRY(command_run(request, fetch_body, fetch));
	if (!fetch->result.count)
		arena_rewind(request->arena, mark);
	return 0;
}

/* Before the responder loses patience. */
static int64_t deadline_of(const struct fetch_request *fetch)
{
	int64_t most = fetch->request->engine->config->request_timeout * 900;

	return clock_now() + (fetch->timeout < most ? fetch->timeout : most);
}

static int fetch_waiting(struct fetch_request *fetch, struct external_task_waiter *waiter)
{
	int64_t deadline = deadline_of(fetch), next;

	for (;;) {
		TRY(fetch_once(fetch, &next));
		if (fetch->result.count || clock_now() >= deadline)
			return 0;
		TRY(external_task_wait(waiter, fetch->request, next < deadline ? next : deadline));
	}
}

int external_task_fetch_and_lock(struct request *request)
{
	struct fetch_request *fetch = arena_alloc(request->arena, sizeof(*fetch));
	struct external_task_waiter waiter;
	int64_t next;
	int code = 0;

	fetch->request = request;
	TRY(read_request(fetch));
	TRY(fetch_once(fetch, &next));
	if (!fetch->result.count && fetch->timeout > 0 &&
	    external_task_wait_begin(&waiter, request, fetch->names, fetch->fetch.topic_count)) {
		code = fetch_waiting(fetch, &waiter);
		external_task_wait_end(&waiter);
	}
	TRY(code);
	json_raw(request_answer(request), fetch->result.count ? fetch->answer : "[]");
	return 0;
}
