/* Batches over history: deletion and removal time of process and decision instances. */
#include <string.h>

#include "core/api/handler.h"
#include "core/job/batch.h"
#include "core/job/batch_type.h"
#include "core/engine.h"
#include "core/history/decision_query.h"
#include "core/history/id_list.h"
#include "core/history/process_query.h"
#include "core/history/removal_time.h"
#include "core/batch/select.h"
#include "storage/clock.h"

static int body_text(const struct request *request, const char *key, const char **ret)
{
	const struct json *node = json_present(request->body, key);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

/* Creates a batch that deletes, and says why in the operation log. */
static int create_deletion(struct request *request, struct batch_plan *plan, const char *operation,
			   const char *entity, const char *reason)
{
	batch_plan_operation(plan, request->arena, operation, entity);
	operation_add(&plan->operation, "deleteReason", reason);
	return batch_create(request, plan);
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
	const char *reason;
	bool flag;

	TRY(body_text(request, "deleteReason", &reason));
	TRY(body_flag(request, "failIfNotExists", &flag));
	TRY(history_select_processes(request,
				     json_present(request->body, "historicProcessInstanceQuery"),
				     &rules, &plan.target));
	if (!target_count(&plan.target))
		return request_fail(request, ERR_INVALID, "historicProcessInstanceIds is empty");
	return create_deletion(request, &plan, "DeleteHistory", "ProcessInstance", reason);
}

static const char decision_nulls[] = "decisionInstanceIdIn contains null value";

int history_decision_instance_delete_async(struct request *request)
{
	const struct selection_rules rules = {"historicDecisionInstanceIds", true, ERR_INVALID,
					      false};
	struct batch_plan plan = {.type = "historic-decision-instance-deletion"};
	const char *reason;

	TRY(body_text(request, "deleteReason", &reason));
	if (request->diverted->nulls)
		return request_fail(request, ERR_NULL_VALUE, decision_nulls);
	TRY(history_select_decisions(request,
				     json_present(request->body, "historicDecisionInstanceQuery"),
				     &rules, &plan.target));
	if (!target_count(&plan.target))
		return request_fail(request, ERR_INVALID, "historicDecisionInstanceIds is empty");
	return create_deletion(request, &plan, "DeleteHistory", "DecisionInstance", reason);
}

/* What differs between removal times of process and of decision instances. */
struct removal_time_kind {
	const char *type;
	const char *ids_key, *query_key;
	const char *noun;   /* of the message */
	const char *entity; /* of the operation log */
	const char *nulls;  /* message for a null among the ids; NULL: nulls are dropped */
	const struct resource *resource; /* of the query */
	int (*select)(struct request *request, const struct json *query,
		      const struct selection_rules *rules, struct target *ret);
};

/* A request to set removal times. */
struct removal_request {
	struct removal_time time;
	bool chunks;
	int64_t chunk_size; /* INT_NULL = not given */
};

static void log_removal_time(struct batch_plan *plan, struct arena *arena, const char *entity,
			     const struct removal_request *wanted)
{
	struct logged_operation *operation = &plan->operation;

	operation->type = "SetRemovalTime";
	operation->entity = entity;
	removal_time_log(operation, arena, &wanted->time);
	operation_add_flag(operation, "hierarchical", wanted->time.hierarchical);
	operation_add_number(operation, arena, "nrOfInstances",
			     (int64_t)target_count(&plan->target));
	operation_add_flag(operation, "async", true);
}

/* Only process instances can be updated in chunks. */
static void log_chunks(struct batch_plan *plan, struct arena *arena,
		       const struct removal_request *wanted)
{
	operation_add_flag(&plan->operation, "updateInChunks", wanted->chunks);
	if (wanted->chunk_size == INT_NULL)
		operation_add(&plan->operation, "chunkSize", NULL);
	else
		operation_add_number(&plan->operation, arena, "chunkSize", wanted->chunk_size);
}

/* What the batch keeps of chunks: their size. */
static const char *chunk_member(struct request *request, const struct removal_request *wanted)
{
	int64_t size = wanted->chunk_size == INT_NULL
			       ? request->engine->config->removal_time_update_chunk_size
			       : wanted->chunk_size;

	return wanted->chunks ? arena_printf(request->arena, ",\"" BATCH_IN_ROUNDS "\":%lld",
					     (long long)size)
			      : "";
}

/* What the query refuses when it is put together comes before all else. */
static int check_query(struct request *request, const struct removal_time_kind *kind)
{
	const struct json *object = json_present(request->body, kind->query_key);
	struct query query;

	return object ? query_bind_object(request, kind->resource, object, &query) : 0;
}

static int plan_removal_time(struct request *request, const struct removal_time_kind *kind,
			     const struct removal_request *wanted, struct batch_plan *ret)
{
	const struct selection_rules rules = {kind->ids_key, false, ERR_NOT_VALID, false};
	const struct json *query = json_present(request->body, kind->query_key);

	*ret = (struct batch_plan){.type = kind->type,
				   .invocations_per_job = wanted->chunks ? 1 : 0};
	if (!query && !request->diverted->given)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Neither query nor ids provided.");
	if (kind->nulls && request->diverted->nulls)
		return request_fail(request, ERR_NULL_VALUE, "%s", kind->nulls);
	TRY(kind->select(request, query, &rules, &ret->target));
	if (wanted->time.mode == REMOVAL_TIME_UNSET)
		return request_fail(request, ERR_BAD_USER_REQUEST, "removalTime is null");
	if (!target_count(&ret->target))
		return request_fail(request, ERR_BAD_USER_REQUEST, "%s is empty", kind->noun);
	ret->configuration = removal_time_configuration(request->arena, &wanted->time,
							chunk_member(request, wanted));
	log_removal_time(ret, request->arena, kind->entity, wanted);
	return 0;
}

int history_decision_instance_set_removal_time(struct request *request)
{
	static const struct removal_time_kind kind = {
		"decision-set-removal-time",
		"historicDecisionInstanceIds",
		"historicDecisionInstanceQuery",
		"historicDecisionInstances",
		"DecisionInstance",
		decision_nulls,
		&decision_instance_resource,
		history_select_decisions,
	};
	struct removal_request wanted = {.chunks = false};
	struct batch_plan plan;

	TRY(check_query(request, &kind));
	TRY(removal_time_bind(request, &wanted.time));
	TRY(plan_removal_time(request, &kind, &wanted, &plan));
	return batch_create(request, &plan);
}

int history_process_instance_set_removal_time(struct request *request)
{
	static const struct removal_time_kind kind = {
		"process-set-removal-time",
		"historicProcessInstanceIds",
		"historicProcessInstanceQuery",
		"historicProcessInstances",
		"ProcessInstance",
		NULL,
		&process_instance_resource,
		history_select_processes,
	};
	const struct json *size = json_member(request->body, "updateChunkSize");
	struct removal_request wanted = {.chunk_size = INT_NULL};
	struct batch_plan plan;

	TRY(body_flag(request, "updateInChunks", &wanted.chunks));
	if (size)
		TRY(json_to_int(size, INT_NULL, true, &wanted.chunk_size));
	TRY(check_query(request, &kind));
	TRY(removal_time_bind(request, &wanted.time));
	if (wanted.chunk_size != INT_NULL && (wanted.chunk_size < 1 || wanted.chunk_size > 500))
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "The value for chunk size should be between 1 and 500");
	TRY(plan_removal_time(request, &kind, &wanted, &plan));
	log_chunks(&plan, request->arena, &wanted);
	return batch_create(request, &plan);
}
