#include "core/job/job_log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/job/history_batch.h"
#include "core/id.h"
#include "core/job/job.h"
#include "core/record/codec.h"
#include "core/schema.h"

enum { KEY_SIZE = 19 };
enum { PHASE_CREATION, PHASE_FAILURES, PHASE_END };

static char hostname[256 + sizeof("$default")];

static void read_hostname(void)
{
	char name[256] = "localhost";

	gethostname(name, sizeof(name) - 1);
	snprintf(hostname, sizeof(hostname), "%s$default", name);
}

const char *job_log_hostname(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_hostname);
	return hostname;
}

static void failure_key(uint8_t key[KEY_SIZE], uint64_t batch, enum job_kind kind, uint64_t index,
			uint64_t sequence)
{
	be64_write(key, batch);
	key[8] = (uint8_t)kind;
	be64_write(key + 9, index);
	key[17] = (uint8_t)(sequence >> 8);
	key[18] = (uint8_t)sequence;
}

static void set_values(union slot *row, const struct job_values *values)
{
	row[JOB_LOG_DUE_DATE].i = values->due_date;
	row[JOB_LOG_RETRIES].i = values->retries;
	row[JOB_LOG_PRIORITY].i = values->priority;
}

int job_log_put_failure(struct txn *txn, uint64_t batch, const struct job *job, int64_t now)
{
	union slot *row = row_new(txn->arena, &job_log_kind);
	struct job_values values = job_values_of(job);
	uint8_t key[KEY_SIZE];

	set_values(row, &values);
	row[JOB_LOG_TIMESTAMP].i = now;
	row[JOB_LOG_EXCEPTION_MESSAGE].s = job->exception_message;
	row[JOB_LOG_STACKTRACE].s = job->stacktrace;
	row[JOB_LOG_FAILURE].i = 1;
	failure_key(key, batch, (enum job_kind)job->kind, (uint64_t)job->index,
		    (uint64_t)job->sequence);
	return job_log_put_row(txn, key, sizeof(key), row);
}

int job_log_put_success(struct txn *txn, uint64_t batch, const struct job *job, uint64_t sequence,
			int64_t now)
{
	union slot *row = row_new(txn->arena, &job_log_kind);
	struct job_values values = job_values_of(job);
	uint8_t key[KEY_SIZE];

	set_values(row, &values);
	row[JOB_LOG_TIMESTAMP].i = now;
	row[JOB_LOG_SUCCESS].i = 1;
	failure_key(key, batch, (enum job_kind)job->kind, (uint64_t)job->index, sequence);
	return job_log_put_row(txn, key, sizeof(key), row);
}

void job_log_describe_kind(const struct history_batch *batch, enum job_kind kind, union slot *row)
{
	static const char *const types[] = {"batch-seed-job", "batch-monitor-job"};

	row[JOB_LOG_DEFINITION_ID].s = batch->definition_id[kind];
	row[JOB_LOG_DEFINITION_TYPE].s = kind == JOB_EXECUTION ? batch->type : types[kind];
	row[JOB_LOG_DEFINITION_CONFIGURATION].s = batch->id;
	row[JOB_LOG_BATCH_ID].s = batch->id;
	row[JOB_LOG_TENANT_ID].s = batch->tenant_id;
	row[JOB_LOG_REMOVAL_TIME].i = batch->removal_time;
	row[JOB_LOG_HOSTNAME].s = job_log_hostname();
}

/* What an entry says because of the job that it belongs to. */
static int describe(struct txn *txn, struct arena *arena, const struct history_batch *batch,
		    enum job_kind kind, uint64_t index, uint64_t sequence, union slot *row)
{
	uint64_t number = (uint64_t)batch->number;
	struct layout layout = history_batch_layout(batch);
	struct layout_piece piece;

	row[JOB_LOG_ID].s = job_log_id(arena, txn->store, number, kind, index, sequence);
	row[JOB_LOG_JOB_ID].s = job_id(arena, txn->store, number, kind, index);
	job_log_describe_kind(batch, kind, row);
	row[JOB_LOG_SEQUENCE].i = (int64_t)sequence;
	/* every seed job is of the first mapping's deployment: its definition's */
	if (kind != JOB_MONITOR && layout_of_job(&layout, kind == JOB_SEED ? 0 : index, &piece))
		row[JOB_LOG_DEPLOYMENT_ID].s = piece.deployment_id;
	return kind == JOB_EXECUTION ? job_instance(txn, arena, batch->type, number, &layout, index,
						    &row[JOB_LOG_PROCESS_INSTANCE_ID].s)
				     : 0;
}

static int range_row(struct txn *txn, struct arena *arena, const struct history_batch *batch,
		     enum job_kind kind, uint64_t index, const struct job_range *range, int state,
		     union slot **ret)
{
	union slot *row = row_new(arena, &job_log_kind);

	TRY(describe(txn, arena, batch, kind, index,
		     state == JOB_LOG_CREATION ? 1 : range->sequence, row));
	set_values(row, &range->values);
	row[JOB_LOG_TIMESTAMP].i = range->time;
	row[state].i = 1;
	if (state == JOB_LOG_SUCCESS && kind == JOB_EXECUTION &&
	    batch->first_job == (int64_t)index + 1)
		row[JOB_LOG_REMOVAL_TIME].i = TIME_NULL;
	*ret = row;
	return 0;
}

static int failure_row(struct txn *txn, struct arena *arena, const struct history_batch *batch,
		       enum job_kind kind, const uint8_t *key, struct bytes value, union slot **ret)
{
	TRY(row_decode(arena, value.data, value.size, &job_log_kind, ret));
	return describe(txn, arena, batch, kind, be64_read(key + 9), be16_read(key + 17), *ret);
}

static int next_failure(struct job_log_walk *walk)
{
	int code = scan_next(&walk->failures, &walk->failure_key, &walk->failure);

	walk->failures_ended = code != 0;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (walk->failure_key.size != KEY_SIZE)
		return ERR_CORRUPT;
	walk->failure_index = be64_read(walk->failure_key.data + 9);
	return 0;
}

int job_log_walk_start(struct job_log_walk *walk, struct txn *txn, struct arena *arena,
		       const struct history_batch *batch, enum job_kind kind, uint64_t from,
		       bool bulk)
{
	uint64_t number = (uint64_t)batch->number;
	uint8_t *start = arena_alloc(txn->arena, KEY_SIZE), *end = arena_alloc(txn->arena, 9);

	memset(walk, 0, sizeof(*walk));
	walk->txn = txn;
	walk->arena = arena;
	walk->batch = batch;
	walk->kind = kind;
	walk->at = from;
	walk->most = UINT64_MAX;
	walk->bulk = bulk && !batch_type_names_instance(batch->type);
	failure_key(start, number, kind, from, 0);
	memcpy(end, start, 9);
	end[8]++;
	scan_start(&walk->failures, txn, TABLE_JOB_LOG, (struct bytes){start, KEY_SIZE},
		   (struct bytes){end, 9});
	TRY(next_failure(walk));
	TRY(job_range_scan_start(&walk->ended, txn, number, kind, RANGE_ENDED, from));
	return job_range_scan_start(&walk->created, txn, number, kind, RANGE_CREATED, from);
}

/* Where the jobs from the walk's place on stop being alike. */
static uint64_t segment_end(const struct job_log_walk *walk)
{
	struct layout layout = history_batch_layout(walk->batch);
	uint64_t end = walk->created.range.first + walk->created.range.count, other;
	struct layout_piece piece;

	if (!walk->ended.ended) {
		other = walk->has_end ? walk->ended.range.first + walk->ended.range.count
				      : walk->ended.range.first;
		end = other < end ? other : end;
	}
	if (!walk->failures_ended) {
		other = walk->failure_index == walk->at ? walk->at + 1 : walk->failure_index;
		end = other < end ? other : end;
	}
	if (walk->kind == JOB_EXECUTION && layout_of_job(&layout, walk->at, &piece)) {
		other = piece.first_job + piece.job_count;
		end = other < end ? other : end;
	}
	return end;
}

static int next_segment(struct job_log_walk *walk)
{
	TRY(job_range_scan_to(&walk->created, walk->at));
	if (walk->created.ended)
		return ERR_NOT_FOUND;
	if (walk->created.range.first > walk->at)
		walk->at = walk->created.range.first;
	TRY(job_range_scan_to(&walk->ended, walk->at));
	while (!walk->failures_ended && walk->failure_index < walk->at)
		TRY(next_failure(walk));
	walk->has_end = !walk->ended.ended && walk->ended.range.first <= walk->at;
	walk->count = segment_end(walk) - walk->at;
	walk->phase = PHASE_CREATION;
	walk->skip = 0;
	if (walk->bulk || walk->count <= walk->most)
		return 0;
	walk->skip = walk->count - walk->most;
	walk->count = walk->most;
	if (walk->last)
		walk->at += walk->skip;
	return 0;
}

static int walk_row(struct job_log_walk *walk, const struct job_range *range, int state,
		    union slot **ret)
{
	return range_row(walk->txn, walk->arena, walk->batch, walk->kind, walk->at, range, state,
			 ret);
}

/* The next entry of the segment in hand; *RET stays NULL where there is none in this phase. */
static int walk_phase(struct job_log_walk *walk, union slot **ret)
{
	const struct job_range *ended = &walk->ended.range;

	switch (walk->phase) {
	case PHASE_CREATION:
		walk->phase = PHASE_FAILURES;
		if (!walk->created.range.hidden)
			return walk_row(walk, &walk->created.range, JOB_LOG_CREATION, ret);
		return 0;
	case PHASE_FAILURES:
		if (walk->failures_ended || walk->failure_index != walk->at) {
			walk->phase = PHASE_END;
			return 0;
		}
		TRY(failure_row(walk->txn, walk->arena, walk->batch, walk->kind,
				walk->failure_key.data, walk->failure, ret));
		return next_failure(walk);
	default:
		if (walk->has_end && !ended->hidden)
			TRY(walk_row(walk, ended,
				     ended->deleted ? JOB_LOG_DELETION : JOB_LOG_SUCCESS, ret));
		walk->phase = PHASE_CREATION;
		walk->at += walk->bulk ? walk->count : 1;
		walk->count -= walk->bulk ? walk->count : 1;
		return 0;
	}
}

int job_log_walk_next(struct job_log_walk *walk, union slot **ret, uint64_t *ret_alike)
{
	*ret = NULL;
	while (!*ret) {
		uint64_t alike;

		if (!walk->count) {
			walk->at += walk->last ? 0 : walk->skip;
			TRY(next_segment(walk));
		}
		alike = walk->bulk ? walk->count : 1;
		TRY(walk_phase(walk, ret));
		*ret_alike = alike;
	}
	return 0;
}

static int find_own(struct txn *txn, const struct id *id, union slot **ret)
{
	enum job_kind kind = (enum job_kind)(id->kind - ID_SEED_LOG);
	uint64_t index = id->ordinal >> 16, sequence = id->ordinal & 0xffff;
	struct history_batch batch;
	struct job_range range;
	uint8_t key[KEY_SIZE];
	struct bytes value;
	int code;

	TRY(history_batch_get(txn, id->number, &batch));
	failure_key(key, id->number, kind, index, sequence);
	code = txn_get(txn, TABLE_JOB_LOG, key, sizeof(key), &value);
	if (code != ERR_NOT_FOUND)
		return code ? code : failure_row(txn, txn->arena, &batch, kind, key, value, ret);
	TRY(job_range_find(txn, id->number, kind, sequence == 1 ? RANGE_CREATED : RANGE_ENDED,
			   index, &range));
	if (range.hidden || (sequence != 1 && range.sequence != sequence))
		return ERR_NOT_FOUND;
	return range_row(txn, txn->arena, &batch, kind, index, &range,
			 sequence == 1   ? JOB_LOG_CREATION
			 : range.deleted ? JOB_LOG_DELETION
					 : JOB_LOG_SUCCESS,
			 ret);
}

int job_log_find(struct txn *txn, const char *id, union slot **ret)
{
	struct id found;

	TRY(id_find(txn, id, &found));
	if (!id_decode(txn->store, id, &found) && found.kind == ID_LOOSE_LOG)
		return job_log_find_loose(txn, found.number, ret);
	if (!id_decode(txn->store, id, &found))
		return found.kind == ID_EXECUTION_LOG
			       ? job_log_find_imported(txn, id, found.number, ret)
			       : ERR_NOT_FOUND;
	if (found.kind < ID_SEED_LOG || found.kind > ID_EXECUTION_LOG)
		return ERR_NOT_FOUND;
	return find_own(txn, &found, ret);
}

static int hide_ranges(struct txn *txn, uint64_t batch, enum job_kind kind,
		       enum job_range_list list)
{
	struct job_range_scan scan;

	TRY(job_range_scan_start(&scan, txn, batch, kind, list, 0));
	while (!scan.ended) {
		struct job_range range = scan.range;

		range.hidden = true;
		TRY(job_range_put(txn, batch, kind, list, &range));
		TRY(job_range_scan_to(&scan, range.first + range.count));
	}
	return 0;
}

int job_log_forget(struct txn *txn, uint64_t batch, bool remove)
{
	uint8_t from[8], to[8];
	int kind;

	be64_write(from, batch);
	be64_write(to, batch + 1);
	TRY(txn_delete_range(txn, TABLE_JOB_LOG, (struct bytes){from, sizeof(from)},
			     (struct bytes){to, sizeof(to)}));
	if (remove)
		return job_range_delete_all(txn, batch);
	for (kind = 0; kind < JOB_KIND_MAX; kind++) {
		TRY(hide_ranges(txn, batch, (enum job_kind)kind, RANGE_CREATED));
		TRY(hide_ranges(txn, batch, (enum job_kind)kind, RANGE_ENDED));
	}
	return 0;
}
