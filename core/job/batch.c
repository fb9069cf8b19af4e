#include "core/job/batch.h"

#include <string.h>

#include "core/history/history.h"
#include "core/history/purger.h"
#include "core/id.h"
#include "core/job/batch_jobs.h"
#include "core/job/history_batch.h"
#include "core/job/job.h"
#include "core/job/job_definition.h"
#include "core/job/job_executor.h"
#include "core/json/date.h"
#include "core/record/codec.h"
#include "core/record/row_json.h"
#include "core/schema.h"

#define OWN FIELD_SECRET

static const struct field fields[] = {
	{"id",		     1,  FIELD_STRING, 0,                          NULL         },
	{"type",		   2,  FIELD_STRING, 0,                          NULL         },
	{"totalJobs",              3,  FIELD_INT,    0,                          NULL         },
	{"jobsCreated",            4,  FIELD_INT,    0,                          NULL         },
	{"batchJobsPerSeed",       5,  FIELD_INT,    0,                          NULL         },
	{"invocationsPerBatchJob", 6,  FIELD_INT,    0,                          NULL         },
	{"seedJobDefinitionId",    7,  FIELD_STRING, 0,                          NULL         },
	{"monitorJobDefinitionId", 8,  FIELD_STRING, 0,                          NULL         },
	{"batchJobDefinitionId",   9,  FIELD_STRING, 0,                          NULL         },
	{"suspended",              10, FIELD_BOOL,   0,                          NULL         },
	{"tenantId",               11, FIELD_STRING, 0,                          NULL         },
	{"createUserId",           12, FIELD_STRING, 0,                          NULL         },
	{"startTime",              13, FIELD_TIME,   0,                          NULL         },
	{"executionStartTime",     14, FIELD_TIME,   0,                          NULL         },
	{"remainingJobs",          0,  FIELD_INT,    FIELD_DERIVED | FIELD_LEAN, NULL         },
	{"completedJobs",          0,  FIELD_INT,    FIELD_DERIVED | FIELD_LEAN, NULL         },
	{"failedJobs",             0,  FIELD_INT,    FIELD_DERIVED | FIELD_LEAN, NULL         },
	{"number",                 0,  FIELD_LONG,   OWN,                        NULL         },
	{"configuration",          15, FIELD_STRING, OWN,                        NULL         },
	{"mappings",               16, FIELD_ROWS,   OWN,                        &mapping_kind},
	{"jobs",		   17, FIELD_LONG,   OWN,                        NULL         },
	{"jobsFailed",             18, FIELD_LONG,   OWN,                        NULL         },
	{"seedJobsCreated",        19, FIELD_LONG,   OWN,                        NULL         },
	{"monitorJobsCreated",     20, FIELD_LONG,   OWN,                        NULL         },
	{"incidents",              21, FIELD_LONG,   OWN,                        NULL         },
	{"seedSuspended",          22, FIELD_BOOL,   OWN,                        NULL         },
	{"monitorSuspended",       23, FIELD_BOOL,   OWN,                        NULL         },
	{"executionSuspended",     24, FIELD_BOOL,   OWN,                        NULL         },
	{"seedPriority",           25, FIELD_LONG,   OWN,                        NULL         },
	{"monitorPriority",        26, FIELD_LONG,   OWN,                        NULL         },
	{"executionPriority",      27, FIELD_LONG,   OWN,                        NULL         },
};
const struct kind batch_kind = KIND("runningBatch", 42, fields);

_Static_assert(sizeof(struct batch) == ARRAY_SIZE(fields) * sizeof(union slot), "a batch is a row");

static int decode(struct txn *txn, uint64_t number, struct bytes value, struct batch *ret)
{
	union slot *row;

	TRY(row_decode(txn->arena, value.data, value.size, &batch_kind, &row));
	memcpy(ret, row, sizeof(*ret));
	ret->number = (int64_t)number;
	return ret->mappings ? 0 : ERR_CORRUPT;
}

/* What jobs of no batch belong to. */
static int no_batch(struct txn *txn, struct batch *ret)
{
	struct rows *mappings = arena_alloc(txn->arena, sizeof(*mappings));

	mappings->kind = &mapping_kind;
	memcpy(ret, row_new(txn->arena, &batch_kind), sizeof(*ret));
	ret->number = 0;
	ret->type = "history-cleanup";
	ret->mappings = mappings;
	ret->invocations_per_batch_job = ret->batch_jobs_per_seed = 1;
	ret->jobs = ret->jobs_failed = ret->incidents = ret->monitor_jobs_created = 0;
	return 0;
}

int batch_get(struct txn *txn, uint64_t number, struct batch *ret)
{
	struct bytes value;
	uint8_t key[8];

	if (!number)
		return no_batch(txn, ret);
	be64_write(key, number);
	TRY(txn_get(txn, TABLE_BATCH, key, sizeof(key), &value));
	return decode(txn, number, value, ret);
}

int batch_find(struct txn *txn, const char *text, struct batch *ret)
{
	struct id id;

	if (!id_decode(txn->store, text, &id) || id.kind != ID_BATCH)
		return ERR_NOT_FOUND;
	return batch_get(txn, id.number, ret);
}

int batch_note_monitor(struct txn *txn, const struct batch *batch)
{
	return batch->jobs || !batch->monitor_jobs_created
		       ? 0
		       : batch_jobs_note_range(txn, (uint64_t)batch->number, JOB_MONITOR,
					       (uint64_t)batch->monitor_jobs_created - 1);
}

int batch_put(struct txn *txn, const struct batch *batch)
{
	struct buffer buffer;
	uint8_t key[8];
	int code;

	if (!batch->number)
		return 0;
	be64_write(key, (uint64_t)batch->number);
	buffer_init(&buffer);
	row_encode(&buffer, &batch_kind, (const union slot *)batch);
	code = txn_put(txn, TABLE_BATCH, key, sizeof(key), buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code ? code : batch_note_monitor(txn, batch);
}

int batch_next(struct txn *txn, uint64_t number, struct batch *ret)
{
	struct bytes key, value;
	uint8_t from[8];

	be64_write(from, number);
	TRY(txn_first(txn, TABLE_BATCH, (struct bytes){from, sizeof(from)}, (struct bytes){NULL, 0},
		      &key, &value));
	return key.size == 8 ? decode(txn, be64_read(key.data), value, ret) : ERR_CORRUPT;
}

struct layout batch_layout(const struct batch *batch)
{
	struct layout layout = {batch->mappings, (uint64_t)batch->invocations_per_batch_job,
				(uint64_t)batch->batch_jobs_per_seed};

	return layout;
}

void batch_statistics(struct batch *batch)
{
	batch->remaining_jobs = batch->jobs + batch->total_jobs - batch->jobs_created;
	batch->completed_jobs = batch->total_jobs - batch->remaining_jobs;
	batch->failed_jobs = batch->jobs_failed;
}

static const struct rows *mapping_rows(struct arena *arena, const struct target *target)
{
	struct rows *rows = arena_alloc(arena, sizeof(*rows));
	size_t i;

	rows->kind = &mapping_kind;
	rows->row = arena_array(arena, target->mapping_count, sizeof(union slot *));
	for (i = 0; i < target->mapping_count; i++) {
		struct mapping *mapping = arena_alloc(arena, sizeof(*mapping));

		mapping->deployment_id = target->mappings[i].deployment_id;
		mapping->count = (int64_t)target->mappings[i].count;
		rows->row[rows->count++] = (union slot *)mapping;
	}
	return rows;
}

/* The row of a new batch: numbers and texts from plan and configuration. */
static void plan_row(struct txn *txn, const struct config *config, const struct batch_plan *plan,
		     uint64_t number, struct batch *ret)
{
	int64_t items = (int64_t)target_count(&plan->target);
	int kind;

	memcpy(ret, row_new(txn->arena, &batch_kind), sizeof(*ret));
	ret->number = (int64_t)number;
	ret->id = id_text(txn->arena, txn->store, ID_BATCH, number, 0);
	ret->type = plan->type;
	ret->batch_jobs_per_seed = config->batch_jobs_per_seed;
	ret->invocations_per_batch_job =
		plan->invocations_per_job
			? plan->invocations_per_job
			: config_map_number(&config->invocations_per_batch_job_by_batch_type,
					    plan->type, config->invocations_per_batch_job);
	ret->total_jobs =
		(items + ret->invocations_per_batch_job - 1) / ret->invocations_per_batch_job;
	for (kind = 0; kind < JOB_KIND_MAX; kind++) {
		ret->definition_id[kind] =
			job_definition_id(txn->arena, txn->store, number, (enum job_kind)kind);
		ret->definition_suspended[kind] = 0;
	}
	ret->tenant_id = plan->tenant_id;
	ret->configuration = plan->configuration;
	ret->mappings = mapping_rows(txn->arena, &plan->target);
	ret->jobs_created = ret->suspended = ret->jobs = ret->jobs_failed = 0;
	ret->seed_jobs_created = ret->monitor_jobs_created = ret->incidents = 0;
}

static int put_history(struct txn *txn, struct engine *engine, const struct batch *batch)
{
	const struct config *config = engine->config;
	int64_t days = history_batch_time_to_live(config, batch->type);
	struct history_batch history;

	memcpy(&history, row_new(txn->arena, &history_batch_kind), sizeof(history));
	history.number = batch->number;
	history.id = batch->id;
	history.type = batch->type;
	history.total_jobs = batch->total_jobs;
	history.batch_jobs_per_seed = batch->batch_jobs_per_seed;
	history.invocations_per_batch_job = batch->invocations_per_batch_job;
	memcpy(history.definition_id, batch->definition_id, sizeof(history.definition_id));
	history.tenant_id = batch->tenant_id;
	history.create_user_id = batch->create_user_id;
	history.start_time = batch->start_time;
	history.mappings = batch->mappings;
	history.imported = 0;
	history.first_job = 0;
	history.hidden = config->history != HISTORY_FULL;
	if (config->history_removal_time_strategy == REMOVAL_TIME_START && days != SETTING_NULL)
		history.removal_time = date_add_days(history.start_time, days);
	return history_batch_put(txn, &history);
}

int batch_insert(struct txn *txn, struct engine *engine, const struct batch_plan *plan,
		 const char *user, struct batch *ret)
{
	struct job_range seed = {.count = 1};
	int64_t now = clock_now();
	uint64_t number;

	TRY(id_next_number(txn, "batch", &number));
	plan_row(txn, engine->config, plan, number, ret);
	ret->create_user_id = user;
	ret->start_time = seed.time = now;
	ret->seed_jobs_created = 1;
	seed.values = seed.now = job_initial_values(engine, ret, JOB_SEED, TIME_NULL, now);
	seed.hidden = engine->config->history != HISTORY_FULL;
	TRY(job_range_add(txn, number, JOB_SEED, RANGE_CREATED, &seed));
	TRY(target_put(txn, number, &plan->target));
	TRY(put_history(txn, engine, ret));
	return batch_put(txn, ret);
}

void batch_plan_operation(struct batch_plan *plan, struct arena *arena, const char *type,
			  const char *entity)
{
	plan->operation.type = type;
	plan->operation.entity = entity;
	operation_add_number(&plan->operation, arena, "nrOfInstances",
			     (int64_t)target_count(&plan->target));
	operation_add_flag(&plan->operation, "async", true);
}

struct creation {
	struct request *request;
	const struct batch_plan *plan;
	struct batch batch;
};

bool batch_frees_history(const char *type)
{
	return !strncmp(type, "historic-", strlen("historic-"));
}

static int create_body(struct txn *txn, void *arg)
{
	struct creation *creation = arg;

	TRY(batch_insert(txn, creation->request->engine, creation->plan,
			 creation->request->call->user, &creation->batch));
	return creation->plan->operation.type
		       ? operation_log_write(txn, creation->request, &creation->plan->operation)
		       : 0;
}

int batch_create(struct request *request, const struct batch_plan *plan)
{
	struct creation creation = {request, plan, {0}};
	struct target target = plan->target;

	target_order(&target);
	TRY(operation_log_run(request,
			      TXN_DURABLE | (batch_frees_history(plan->type) ? TXN_FREES : 0),
			      create_body, &creation));
	job_executor_wake(request->engine->executor);
	row_answer(request_answer(request), &batch_kind, (const union slot *)&creation.batch);
	return 0;
}

int batch_set_suspended(struct txn *txn, struct batch *batch, bool suspended)
{
	int kind;

	for (kind = 0; kind < JOB_KIND_MAX; kind++) {
		batch->definition_suspended[kind] = suspended;
		TRY(jobs_set_suspended(txn, batch, (enum job_kind)kind, suspended));
	}
	batch->suspended = suspended;
	return 0;
}

/* The batch's history ends with it. */
static int end_history(struct txn *txn, struct engine *engine, const struct batch *batch,
		       int64_t now)
{
	const struct config *config = engine->config;
	int64_t days = history_batch_time_to_live(config, batch->type);
	struct history_batch history;

	TRY(history_batch_get(txn, (uint64_t)batch->number, &history));
	history.end_time = now;
	history.execution_start_time = batch->execution_start_time;
	if (config->history_removal_time_strategy == REMOVAL_TIME_END && days != SETTING_NULL)
		history.removal_time = date_add_days(now, days);
	TRY(history_batch_put(txn, &history));
	/* below level full nothing stays; a history deleted before keeps what came after */
	return config->history == HISTORY_FULL ? 0 : history_batch_remove(txn, &history);
}

bool batch_may_end(struct engine *engine, const struct batch *batch)
{
	return !batch->jobs &&
	       !(engine->config->deletion_ends == DELETION_ENDS_PURGED &&
		 batch_frees_history(batch->type) && purger_has_work(engine->history));
}

int batch_complete(struct txn *txn, struct engine *engine, struct batch *batch, int64_t now)
{
	uint8_t key[8];

	be64_write(key, (uint64_t)batch->number);
	TRY(txn_delete(txn, TABLE_BATCH, key, sizeof(key)));
	if (!batch_type_names_instance(batch->type)) /* else the job log reads it */
		TRY(target_delete(txn, (uint64_t)batch->number));
	return end_history(txn, engine, batch, now);
}

/* Undisturbed jobs go as a range. */
static int remove_segment(struct txn *txn, struct batch *batch, struct job_segment *segment,
			  int64_t now)
{
	struct job *job = &segment->job;
	struct job_range range = {.first = (uint64_t)job->index,
				  .count = segment->count,
				  .time = now,
				  .sequence = 2,
				  .deleted = true};

	if (job->recorded)
		return job_end(txn, batch, job, true, now);
	range.values = range.now = job_values_of(job);
	return job_range_add(txn, (uint64_t)batch->number, (enum job_kind)job->kind, RANGE_ENDED,
			     &range);
}

int batch_remove(struct txn *txn, struct engine *engine, struct batch *batch, bool cascade,
		 int64_t now)
{
	struct history_batch history;
	struct job_segment segment;
	struct job_walk walk;
	int kind, code;

	for (kind = 0; kind < JOB_KIND_MAX; kind++) {
		TRY(job_walk_start(&walk, txn, txn->arena, batch, (enum job_kind)kind, 0));
		while (!(code = job_walk_next(&walk, &segment)))
			TRY(remove_segment(txn, batch, &segment, now));
		if (code != ERR_NOT_FOUND)
			return code;
	}
	TRY(batch_complete(txn, engine, batch, now));
	if (!cascade)
		return 0;
	code = history_batch_get(txn, (uint64_t)batch->number, &history);
	return code ? (code == ERR_NOT_FOUND ? 0 : code) : history_batch_remove(txn, &history);
}
