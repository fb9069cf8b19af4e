#include "core/job/job.h"

#include <string.h>

#include "core/id.h"
#include "core/job/batch_jobs.h"
#include "core/job/cleanup_job.h"
#include "core/job/incident.h"
#include "core/job/job_log.h"
#include "core/job/loose_job.h"
#include "core/record/codec.h"
#include "core/schema.h"

enum { KEY_SIZE = 17, MESSAGE_MAX = 666 };

static const struct field fields[] = {
	{"id",		   0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"jobDefinitionId",      0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"processInstanceId",    0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"processDefinitionId",  0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"processDefinitionKey", 0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"executionId",          0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"exceptionMessage",     1,  FIELD_STRING, 0,             NULL},
	{"failedActivityId",     0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"retries",              2,  FIELD_INT,    0,             NULL},
	{"dueDate",              3,  FIELD_TIME,   0,             NULL},
	{"suspended",            4,  FIELD_BOOL,   0,             NULL},
	{"priority",             5,  FIELD_LONG,   0,             NULL},
	{"tenantId",             0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"createTime",           6,  FIELD_TIME,   0,             NULL},
	{"batchId",              0,  FIELD_STRING, FIELD_DERIVED, NULL},
	{"stacktrace",           7,  FIELD_STRING, FIELD_SECRET,  NULL},
	{"sequence",             8,  FIELD_LONG,   FIELD_SECRET,  NULL},
	{"incident",             9,  FIELD_LONG,   FIELD_SECRET,  NULL},
	{"lastFailure",          10, FIELD_LONG,   FIELD_SECRET,  NULL},
	{"countEmptyRuns",       11, FIELD_LONG,   FIELD_SECRET,  NULL},
	{"immediatelyDue",       12, FIELD_BOOL,   FIELD_SECRET,  NULL},
	{"minuteFrom",           13, FIELD_LONG,   FIELD_SECRET,  NULL},
	{"minuteTo",             14, FIELD_LONG,   FIELD_SECRET,  NULL},
	{"failedRuns",           15, FIELD_LONG,   FIELD_SECRET,  NULL},
	{"retryTime",            16, FIELD_TIME,   FIELD_SECRET,  NULL},
	{"underWay",             17, FIELD_BOOL,   FIELD_SECRET,  NULL},
	{"handlerType",          18, FIELD_STRING, FIELD_SECRET,  NULL},
	{"targetId",             19, FIELD_STRING, FIELD_SECRET,  NULL},
	{"targetKey",            20, FIELD_STRING, FIELD_SECRET,  NULL},
	{"includesInstances",    21, FIELD_BOOL,   FIELD_SECRET,  NULL},
	{"deploymentId",         22, FIELD_STRING, FIELD_SECRET,  NULL},
	{"targetJobDefinition",  23, FIELD_STRING, FIELD_SECRET,  NULL},
	{"nextSerial",           24, FIELD_LONG,   FIELD_SECRET,  NULL},
	{"kind",		 0,  FIELD_LONG,   FIELD_SECRET,  NULL},
	{"index",                0,  FIELD_LONG,   FIELD_SECRET,  NULL},
	{"recorded",             0,  FIELD_BOOL,   FIELD_SECRET,  NULL},
	{"activityId",           0,  FIELD_STRING, FIELD_SECRET,  NULL},
};
const struct kind job_row_kind = KIND("jobs", 41, fields);

_Static_assert(sizeof(struct job) == ARRAY_SIZE(fields) * sizeof(union slot), "a job is a row");

const char *job_id(struct arena *arena, const struct store *store, uint64_t batch,
		   enum job_kind kind, uint64_t index)
{
	return id_text(arena, store,
		       kind == JOB_CLEANUP      ? ID_CLEANUP_JOB
		       : kind == JOB_SUSPENSION ? ID_SUSPENSION_JOB
						: (enum id_kind)(ID_SEED_JOB + kind),
		       batch, index);
}

const char *job_log_id(struct arena *arena, const struct store *store, uint64_t batch,
		       enum job_kind kind, uint64_t index, uint64_t sequence)
{
	return id_text(arena, store, (enum id_kind)(ID_SEED_LOG + kind), batch,
		       index << 16 | (sequence & 0xffff));
}

const char *job_definition_id(struct arena *arena, const struct store *store, uint64_t batch,
			      enum job_kind kind)
{
	return id_text(arena, store, (enum id_kind)(ID_SEED_DEFINITION + kind), batch, 0);
}

bool job_id_decode(const struct store *store, const char *text, uint64_t *ret_batch,
		   enum job_kind *ret_kind, uint64_t *ret_index)
{
	struct id id;

	if (!text || !id_decode(store, text, &id) ||
	    ((id.kind < ID_SEED_JOB || id.kind > ID_EXECUTION_JOB) && id.kind != ID_CLEANUP_JOB &&
	     id.kind != ID_SUSPENSION_JOB))
		return false;
	*ret_batch = id.number;
	*ret_kind = id.kind == ID_CLEANUP_JOB      ? JOB_CLEANUP
		    : id.kind == ID_SUSPENSION_JOB ? JOB_SUSPENSION
						   : (enum job_kind)(id.kind - ID_SEED_JOB);
	*ret_index = id.ordinal;
	return true;
}

static void job_key(uint8_t key[KEY_SIZE], uint64_t batch, enum job_kind kind, uint64_t index)
{
	be64_write(key, batch);
	key[8] = (uint8_t)kind;
	be64_write(key + 9, index);
}

int job_instance(struct txn *txn, struct arena *arena, const char *type, uint64_t batch,
		 const struct layout *layout, uint64_t index, const char **ret)
{
	uint64_t first = layout_first_item(layout, index);
	struct target_items items;
	struct txn reader = *txn;
	struct arena scratch;
	int code;

	*ret = NULL;
	if (!batch_type_names_instance(type) || layout_first_item(layout, index + 1) != first + 1)
		return 0;
	arena_init(&scratch);
	reader.arena = &scratch;
	code = target_get(&reader, batch, first, 1, &items);
	if (!code && items.texts && items.texts[0])
		*ret = arena_strdup(arena, items.texts[0]);
	arena_clear(&scratch);
	return code;
}

/* What a job is by its batch, kind and index. */
static int identify(struct txn *txn, struct arena *arena, const struct batch *batch,
		    struct job *job)
{
	enum job_kind kind = (enum job_kind)job->kind;
	struct layout layout = batch_layout(batch);

	job->id = job_id(arena, txn->store, (uint64_t)batch->number, kind, (uint64_t)job->index);
	job->job_definition_id = kind < JOB_KIND_MAX ? batch->definition_id[kind] : NULL;
	job->tenant_id = batch->tenant_id;
	job->batch_id = batch->id;
	return kind == JOB_EXECUTION
		       ? job_instance(txn, arena, batch->type, (uint64_t)batch->number, &layout,
				      (uint64_t)job->index, &job->process_instance_id)
		       : 0;
}

static int from_record(struct txn *txn, struct arena *arena, const struct batch *batch,
		       enum job_kind kind, uint64_t index, struct bytes record, struct job *ret)
{
	union slot *row;

	TRY(row_decode(arena, record.data, record.size, &job_row_kind, &row));
	memcpy(ret, row, sizeof(*ret));
	ret->kind = kind;
	ret->index = (int64_t)index;
	ret->recorded = 1;
	return identify(txn, arena, batch, ret);
}

static int from_range(struct txn *txn, struct arena *arena, const struct batch *batch,
		      enum job_kind kind, uint64_t index, const struct job_range *range,
		      struct job *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->retries = range->now.retries;
	ret->due_date = range->now.due_date;
	ret->priority = range->now.priority;
	ret->suspended = range->now.suspended;
	ret->create_time = range->time;
	ret->sequence = 1;
	ret->kind = kind;
	ret->index = (int64_t)index;
	return identify(txn, arena, batch, ret);
}

int job_get(struct txn *txn, const struct batch *batch, enum job_kind kind, uint64_t index,
	    struct job *ret)
{
	uint64_t number = (uint64_t)batch->number;
	struct job_range range;
	uint8_t key[KEY_SIZE];
	struct bytes record;
	int code;

	job_key(key, number, kind, index);
	code = txn_get(txn, TABLE_JOB, key, sizeof(key), &record);
	if (!code)
		return from_record(txn, txn->arena, batch, kind, index, record, ret);
	if (code != ERR_NOT_FOUND)
		return code;
	code = job_range_find(txn, number, kind, RANGE_ENDED, index, &range);
	if (code != ERR_NOT_FOUND)
		return code ? code : ERR_NOT_FOUND;
	TRY(job_range_find(txn, number, kind, RANGE_CREATED, index, &range));
	return from_range(txn, txn->arena, batch, kind, index, &range, ret);
}

int job_find(struct txn *txn, const char *id, struct batch *ret_batch, struct job *ret)
{
	enum job_kind kind;
	uint64_t number, index;

	if (!job_id_decode(txn->store, id, &number, &kind, &index))
		return ERR_NOT_FOUND;
	TRY(batch_get(txn, number, ret_batch));
	return job_get(txn, ret_batch, kind, index, ret);
}

int job_put(struct txn *txn, const struct batch *batch, struct job *job)
{
	uint8_t key[KEY_SIZE];
	struct buffer buffer;
	int code;

	job_key(key, (uint64_t)batch->number, (enum job_kind)job->kind, (uint64_t)job->index);
	buffer_init(&buffer);
	row_encode(&buffer, &job_row_kind, (const union slot *)job);
	code = txn_put(txn, TABLE_JOB, key, sizeof(key), buffer.data, buffer.length);
	buffer_clear(&buffer);
	TRY(code);
	job->recorded = 1;
	return batch_jobs_note_record(txn, (uint64_t)batch->number, (enum job_kind)job->kind,
				      (uint64_t)job->index);
}

int job_set_retries(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
		    int64_t retries)
{
	int64_t old = job->retries;

	job->retries = retries;
	if (job->kind == JOB_EXECUTION)
		batch->jobs_failed += (retries == 0) - (old == 0);
	if (!old && retries)
		return incident_close(txn, batch, job, false, clock_now());
	return old && !retries ? incident_open(txn, engine, batch, job) : 0;
}

struct job_values job_values_of(const struct job *job)
{
	struct job_values values = {job->retries, job->due_date, job->priority,
				    job->suspended == 1};

	return values;
}

int job_end(struct txn *txn, struct batch *batch, struct job *job, bool deleted, int64_t now)
{
	enum job_kind kind = (enum job_kind)job->kind;
	struct job_range range = {.first = (uint64_t)job->index, .count = 1, .time = now};
	uint8_t key[KEY_SIZE];

	range.values = range.now = job_values_of(job);
	range.sequence = (uint64_t)job->sequence + 1;
	range.deleted = deleted;
	if (!job_kind_is_loose(kind))
		TRY(job_range_add(txn, (uint64_t)batch->number, kind, RANGE_ENDED, &range));
	if (kind == JOB_EXECUTION) {
		batch->jobs--;
		batch->jobs_failed -= job->retries == 0;
	}
	TRY(incident_close(txn, batch, job, deleted, now));
	if (!job->recorded)
		return 0;
	job_key(key, (uint64_t)batch->number, kind, (uint64_t)job->index);
	return txn_delete(txn, TABLE_JOB, key, sizeof(key));
}

const char *exception_message_cut(struct arena *arena, const char *message)
{
	const char *at = message;
	size_t characters = 0;

	for (; at && *at; at++)
		if ((*at & 0xc0) != 0x80 && ++characters > MESSAGE_MAX)
			return arena_strndup(arena, message, (size_t)(at - message));
	return message;
}

int job_fail(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job,
	     const struct error *error, int64_t now)
{
	const char *message = error->message ? error->message : err_text(error->code);

	/* the log of loose jobs counts by itself */
	job->sequence += !job_kind_is_loose((enum job_kind)job->kind);
	job->exception_message = exception_message_cut(txn->arena, message);
	job->stacktrace = arena_printf(txn->arena, "org.camunda.bpm.engine.%s: %s\n",
				       api_error_of(error->code)->type, message);
	if (job->kind == JOB_CLEANUP)
		cleanup_job_failed(job, now);
	if (job_kind_is_loose((enum job_kind)job->kind))
		TRY(loose_job_log(txn, engine, job, JOB_LOG_FAILURE, now));
	else if (engine->config->history == HISTORY_FULL)
		TRY(job_log_put_failure(txn, (uint64_t)batch->number, job, now));
	if (job->retries > 0) {
		/* with no retries left the engine does not see the job change: that stays */
		job->last_failure = job->sequence;
		TRY(job_set_retries(txn, engine, batch, job, job->retries - 1));
	}
	return job_put(txn, batch, job);
}

struct job_values job_initial_values(const struct engine *engine, const struct batch *batch,
				     enum job_kind kind, int64_t due_date, int64_t now)
{
	const struct config *config = engine->config;
	struct job_values values = {config->default_number_of_retries, due_date,
				    config->batch_job_priority,
				    batch->definition_suspended[kind] == 1};

	if (due_date == TIME_NULL &&
	    (config->ensure_job_due_date_not_null || config->job_executor_acquire_by_due_date))
		values.due_date = now;
	if (batch->definition_priority[kind] != INT_NULL)
		values.priority = batch->definition_priority[kind];
	if (!config->produce_prioritized_jobs)
		values.priority = 0;
	return values;
}

static int next_record(struct job_walk *walk)
{
	struct bytes key;
	int code = scan_next(&walk->records, &key, &walk->record);

	walk->records_ended = code != 0;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (key.size != KEY_SIZE)
		return ERR_CORRUPT;
	walk->record_index = be64_read(key.data + 9);
	return 0;
}

int job_walk_start(struct job_walk *walk, struct txn *txn, struct arena *arena,
		   const struct batch *batch, enum job_kind kind, uint64_t from)
{
	uint64_t number = (uint64_t)batch->number;
	uint8_t *start = arena_alloc(txn->arena, KEY_SIZE), *end = arena_alloc(txn->arena, 9);

	memset(walk, 0, sizeof(*walk));
	walk->txn = txn;
	walk->arena = arena;
	walk->batch = batch;
	walk->kind = kind;
	walk->at = from;
	job_key(start, number, kind, from);
	memcpy(end, start, 9);
	end[8]++;
	scan_start(&walk->records, txn, TABLE_JOB, (struct bytes){start, KEY_SIZE},
		   (struct bytes){end, 9});
	TRY(next_record(walk));
	TRY(job_range_scan_start(&walk->ended, txn, number, kind, RANGE_ENDED, from));
	return job_range_scan_start(&walk->created, txn, number, kind, RANGE_CREATED, from);
}

/* A job with a record, at the walk's place. */
static int walk_record(struct job_walk *walk, struct job_segment *ret)
{
	TRY(from_record(walk->txn, walk->arena, walk->batch, walk->kind, walk->at, walk->record,
			&ret->job));
	ret->count = 1;
	walk->at++;
	return next_record(walk);
}

/* Undisturbed jobs from the walk's place to whatever comes first. */
static int walk_range(struct job_walk *walk, struct job_segment *ret)
{
	uint64_t end = walk->created.range.first + walk->created.range.count;

	if (!walk->ended.ended && walk->ended.range.first < end)
		end = walk->ended.range.first;
	if (!walk->records_ended && walk->record_index < end)
		end = walk->record_index;
	TRY(from_range(walk->txn, walk->arena, walk->batch, walk->kind, walk->at,
		       &walk->created.range, &ret->job));
	ret->count = end - walk->at;
	walk->at = end;
	return 0;
}

int job_walk_next(struct job_walk *walk, struct job_segment *ret)
{
	for (;;) {
		TRY(job_range_scan_to(&walk->created, walk->at));
		TRY(job_range_scan_to(&walk->ended, walk->at));
		while (!walk->records_ended && walk->record_index < walk->at)
			TRY(next_record(walk));
		if (walk->created.ended)
			return ERR_NOT_FOUND;
		if (walk->created.range.first > walk->at)
			walk->at = walk->created.range.first;
		else if (!walk->records_ended && walk->record_index == walk->at)
			return walk_record(walk, ret);
		else if (!walk->ended.ended && walk->ended.range.first <= walk->at)
			walk->at = walk->ended.range.first + walk->ended.range.count;
		else
			return walk_range(walk, ret);
	}
}

int job_step(struct txn *txn, struct arena *arena, const struct batch *batch, struct job *job)
{
	job->index++;
	job->process_instance_id = NULL;
	return identify(txn, arena, batch, job);
}

const char *job_deployment_id(const struct batch *batch, const struct job *job)
{
	struct layout layout = batch_layout(batch);
	struct layout_piece piece;

	if (job_kind_is_loose((enum job_kind)job->kind))
		return job->deployment_id;
	/* every seed job is of the first mapping's deployment; a monitor job of none */
	if (job->kind == JOB_MONITOR ||
	    !layout_of_job(&layout, job->kind == JOB_SEED ? 0 : (uint64_t)job->index, &piece))
		return NULL;
	return piece.deployment_id;
}
