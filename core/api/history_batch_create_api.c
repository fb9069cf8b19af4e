/* Batches over history: deletion and removal time of process and decision instances. */
#include <string.h>

#include "core/api/handler.h"
#include "core/batch/batch.h"
#include "core/engine.h"
#include "core/history/id_list.h"
#include "core/batch/select.h"
#include "storage/clock.h"

static bool is_empty(const struct target *target)
{
	return !target->number_count && !target->name_count;
}

/* Members of the body that must be of a kind although nothing comes of them. */
static int check_text(const struct request *request, const char *key)
{
	const struct json *node = json_member(request->body, key);
	const char *text;

	return node ? json_to_string(node, &text) : 0;
}

static int body_flag(const struct request *request, const char *key, bool *ret)
{
	const struct json *node = json_member(request->body, key);

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

int history_process_instance_delete_async(struct request *request)
{
	const struct selection_rules rules = {"historicProcessInstanceIds", true, ERR_INVALID,
					      false};
	struct batch_plan plan = {.type = "historic-instance-deletion"};
	bool flag;

	TRY(check_text(request, "deleteReason"));
	TRY(body_flag(request, "failIfNotExists", &flag));
	TRY(history_select_processes(request,
				     json_present(request->body, "historicProcessInstanceQuery"),
				     &rules, &plan.target));
	if (is_empty(&plan.target))
		return request_fail(request, ERR_INVALID, "historicProcessInstanceIds is empty");
	return batch_create(request, &plan);
}

static const char decision_nulls[] = "decisionInstanceIdIn contains null value";

int history_decision_instance_delete_async(struct request *request)
{
	const struct selection_rules rules = {"historicDecisionInstanceIds", true, ERR_INVALID,
					      false};
	struct batch_plan plan = {.type = "historic-decision-instance-deletion"};

	TRY(check_text(request, "deleteReason"));
	if (request->diverted->nulls)
		return request_fail(request, ERR_NULL_VALUE, decision_nulls);
	TRY(history_select_decisions(request,
				     json_present(request->body, "historicDecisionInstanceQuery"),
				     &rules, &plan.target));
	if (is_empty(&plan.target))
		return request_fail(request, ERR_INVALID, "historicDecisionInstanceIds is empty");
	return batch_create(request, &plan);
}

int process_instance_delete_historic_query_based(struct request *request)
{
	const struct selection_rules rules = {"processInstanceIds", true, ERR_INVALID, false};
	struct batch_plan plan = {.type = "instance-deletion"};
	bool flag;

	TRY(check_text(request, "deleteReason"));
	TRY(body_flag(request, "skipCustomListeners", &flag));
	TRY(body_flag(request, "skipSubprocesses", &flag));
	TRY(body_flag(request, "skipIoMappings", &flag));
	TRY(history_select_processes(request,
				     json_present(request->body, "historicProcessInstanceQuery"),
				     &rules, &plan.target));
	if (is_empty(&plan.target))
		return request_fail(request, ERR_INVALID, "processInstanceIds is empty");
	return batch_create(request, &plan);
}

/* How a removal time is to be found (semantics.md 2.3). */
struct removal_time {
	bool absolute, cleared, calculated, hierarchical;
	int64_t time;
};

static int bind_removal_time(const struct request *request, struct removal_time *ret)
{
	const struct json *time = json_member(request->body, "absoluteRemovalTime");

	ret->time = TIME_NULL;
	if (time)
		TRY(json_to_time(time, &ret->time));
	ret->absolute = ret->time != TIME_NULL;
	TRY(body_flag(request, "clearedRemovalTime", &ret->cleared));
	TRY(body_flag(request, "calculatedRemovalTime", &ret->calculated));
	return body_flag(request, "hierarchical", &ret->hierarchical);
}

static const char *configuration_of(struct request *request, const struct removal_time *mode,
				    bool chunks, int64_t chunk_size)
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	json_key_time(&writer, "absoluteRemovalTime", mode->time);
	json_key_bool(&writer, "clearedRemovalTime", mode->cleared);
	json_key_bool(&writer, "calculatedRemovalTime", mode->calculated);
	json_key_bool(&writer, "hierarchical", mode->hierarchical);
	json_key_bool(&writer, "updateInChunks", chunks);
	json_key_int(&writer, "updateChunkSize", chunk_size);
	json_close_object(&writer);
	text = arena_strndup(request->arena, (const char *)writer.buffer.data,
			     writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

/* What differs between removal times of process and of decision instances. */
struct removal_time_kind {
	const char *type;
	const char *ids_key, *query_key;
	const char *noun;  /* of the message */
	const char *nulls; /* message for a null among the ids; NULL: nulls are dropped */
	int (*select)(struct request *request, const struct json *query,
		      const struct selection_rules *rules, struct target *ret);
};

static int check_modes(struct request *request, const struct removal_time *mode)
{
	return mode->absolute + mode->cleared + mode->calculated > 1
		       ? request_fail(request, ERR_BAD_USER_REQUEST,
				      "The removal time modes are mutually exclusive: mode is "
				      "not null")
		       : 0;
}

static int set_removal_time(struct request *request, const struct removal_time_kind *kind,
			    const struct removal_time *mode, bool chunks, int64_t chunk_size)
{
	const struct selection_rules rules = {kind->ids_key, false, ERR_NOT_VALID, false};
	const struct json *query = json_present(request->body, kind->query_key);
	struct batch_plan plan = {.type = kind->type, .invocations_per_job = chunks ? 1 : 0};

	if (!query && !request->diverted->given)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Neither query nor ids provided.");
	if (kind->nulls && request->diverted->nulls)
		return request_fail(request, ERR_NULL_VALUE, "%s", kind->nulls);
	TRY(kind->select(request, query, &rules, &plan.target));
	if (!mode->absolute && !mode->cleared && !mode->calculated)
		return request_fail(request, ERR_BAD_USER_REQUEST, "removalTime is null");
	if (is_empty(&plan.target))
		return request_fail(request, ERR_BAD_USER_REQUEST, "%s is empty", kind->noun);
	plan.configuration = configuration_of(request, mode, chunks, chunk_size);
	return batch_create(request, &plan);
}

int history_decision_instance_set_removal_time(struct request *request)
{
	static const struct removal_time_kind kind = {
		"decision-set-removal-time",
		"historicDecisionInstanceIds",
		"historicDecisionInstanceQuery",
		"historicDecisionInstances",
		decision_nulls,
		history_select_decisions,
	};
	struct removal_time mode;

	TRY(bind_removal_time(request, &mode));
	TRY(check_modes(request, &mode));
	return set_removal_time(request, &kind, &mode, false, 0);
}

int history_process_instance_set_removal_time(struct request *request)
{
	static const struct removal_time_kind kind = {
		"process-set-removal-time",
		"historicProcessInstanceIds",
		"historicProcessInstanceQuery",
		"historicProcessInstances",
		NULL,
		history_select_processes,
	};
	const struct json *size = json_member(request->body, "updateChunkSize");
	int64_t chunk_size = INT64_MIN;
	struct removal_time mode;
	bool chunks;

	TRY(bind_removal_time(request, &mode));
	TRY(body_flag(request, "updateInChunks", &chunks));
	if (size)
		TRY(json_to_int(size, INT64_MIN, true, &chunk_size));
	TRY(check_modes(request, &mode));
	if (chunk_size != INT64_MIN && (chunk_size < 1 || chunk_size > 500))
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "The value for chunk size should be between 1 and 500");
	if (chunk_size == INT64_MIN)
		chunk_size = request->engine->config->removal_time_update_chunk_size;
	return set_removal_time(request, &kind, &mode, chunks, chunk_size);
}
