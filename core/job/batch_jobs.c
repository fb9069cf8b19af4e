/*
 * Batches as a source of jobs: how their jobs stand, and what is done in a turn (semantics.md 1,
 * 7).
 */
#include "core/job/batch_jobs.h"

#include "core/job/cleanup_job.h"
#include "core/job/job_executor.h"
#include "core/job/job_run.h"
#include "core/job/job_source.h"
#include "storage/log.h"

enum {
	SORT_RECORD = 0x80,   /* beside the kind: a job with a record, not a range */
	LOOK_MAX = 1024,      /* jobs done or disturbed that are passed over at a time */
	SEED_LIMIT = 4 << 20, /* execution jobs created in a turn */
	PURGED_BATCHES = 256, /* looked at in a transaction */
};

static enum job_kind kind_of(const struct job_entry *entry)
{
	return (enum job_kind)(entry->sort & ~SORT_RECORD);
}

static bool is_record(const struct job_entry *entry)
{
	return entry->sort & SORT_RECORD;
}

int batch_jobs_note_range(struct txn *txn, uint64_t batch, enum job_kind kind, uint64_t first)
{
	struct job_entry entry = {SOURCE_BATCH, (uint8_t)kind, batch, first};

	return job_queue_note(txn, &entry);
}

int batch_jobs_note_record(struct txn *txn, uint64_t batch, enum job_kind kind, uint64_t index)
{
	struct job_entry entry = {kind == JOB_CLEANUP      ? SOURCE_CLEANUP
				  : kind == JOB_SUSPENSION ? SOURCE_SUSPENSION
							   : SOURCE_BATCH,
				  (uint8_t)(kind | SORT_RECORD), batch, index};

	return job_queue_note(txn, &entry);
}

/* Finds the first undisturbed jobs of the range at the entry's index, and moves the entry there. */
static int find_in_range(struct txn *txn, const struct batch *batch, struct job_entry *entry,
			 struct job_segment *ret, bool *ret_later)
{
	struct job_range range;
	struct job_walk walk;
	unsigned looked;

	*ret_later = false;
	TRY(job_range_find(txn, entry->owner, kind_of(entry), RANGE_CREATED, entry->index, &range));
	TRY(job_walk_start(&walk, txn, txn->arena, batch, kind_of(entry), entry->index));
	for (looked = 0; looked < LOOK_MAX; looked++) {
		TRY(job_walk_next(&walk, ret));
		entry->index = (uint64_t)ret->job.index;
		if (entry->index >= range.first + range.count)
			return ERR_NOT_FOUND;
		if (!ret->job.recorded)
			return 0;
	}
	*ret_later = true;
	return 0;
}

/* The job, or run of jobs, that the entry stands for. ERR_NOT_FOUND. */
static int find_jobs(struct txn *txn, const struct batch *batch, struct job_entry *entry,
		     struct job_segment *ret, bool *ret_later)
{
	*ret_later = false;
	if (!is_record(entry))
		return find_in_range(txn, batch, entry, ret, ret_later);
	ret->count = 1;
	TRY(job_get(txn, batch, kind_of(entry), entry->index, &ret->job));
	return ret->job.recorded ? 0 : ERR_NOT_FOUND;
}

/* With all jobs done nobody waits for the monitor's next look, unless its date was set by hand. */
static int64_t due_date_of(struct engine *engine, const struct batch *batch, const struct job *job)
{
	if (job->kind == JOB_MONITOR && !job->recorded && batch_may_end(engine, batch))
		return TIME_NULL;
	return job->due_date;
}

static int look(struct txn *txn, struct engine *engine, struct job_entry *entry,
		struct job_standing *ret, bool *ret_later)
{
	struct job_segment segment;
	struct job_values values;
	struct batch batch;

	if (kind_of(entry) == JOB_CLEANUP && !engine->config->history_cleanup_enabled)
		return ERR_NOT_FOUND;
	TRY(batch_get(txn, entry->owner, &batch));
	TRY(find_jobs(txn, &batch, entry, &segment, ret_later));
	if (*ret_later)
		return 0;
	values = job_values_of(&segment.job);
	ret->priority = values.priority;
	ret->due = due_date_of(engine, &batch, &segment.job);
	/* clean-up has to go on */
	if (values.retries <= 0 && kind_of(entry) == JOB_CLEANUP &&
	    segment.job.retry_time != TIME_NULL) {
		ret->due = segment.job.retry_time;
		values.retries = 1;
	}
	return values.retries <= 0 || values.suspended ? ERR_NOT_FOUND : 0;
}

/* One job alone. Its failure is kept here if nothing needs to be rolled back for it. */
static int take_one(struct txn *txn, struct job_turn *turn, struct batch *batch, struct job *job)
{
	int code = job_run(txn, turn->engine, batch, job, turn->now, &turn->failure);

	if (!code || !turn->failure.error.message ||
	    !batch_type_checks_first(batch_type_find(batch->type)))
		return code;
	TRY(job_fail(txn, turn->engine, batch, job, &turn->failure.error, turn->now));
	memset(&turn->failure.error, 0, sizeof(turn->failure.error));
	return batch_put(txn, batch);
}

/* Whether the monitor asks what is known only when the transaction with the jobs has ended. */
static bool ends_purged(const struct job_turn *turn, const struct batch *batch)
{
	return turn->engine->config->deletion_ends == DELETION_ENDS_PURGED &&
	       batch_frees_history(batch->type);
}

/* Undisturbed jobs go together; what is left of their range keeps its place. */
static int take_execution(struct txn *txn, struct job_turn *turn, struct batch *batch,
			  struct job_segment *segment)
{
	const struct batch_type *type = batch_type_find(batch->type);
	uint64_t jobs;

	if (type && type->most && turn->most > type->most)
		turn->most = type->most;
	if (type && turn->most < type->least)
		turn->most = type->least;
	jobs = turn->most / (uint64_t)batch->invocations_per_batch_job;
	if ((type && type->most) || ends_purged(turn, batch))
		turn->most = 1; /* nothing else comes into the transaction */
	if (segment->job.recorded)
		return take_one(txn, turn, batch, &segment->job);
	turn->count = segment->count < jobs ? segment->count : jobs ? jobs : 1;
	turn->rest = true;
	TRY(execution_jobs_run(txn, turn->engine, batch, &segment->job, turn->count, turn->now,
			       &turn->failure, &turn->count));
	turn->rest_index = turn->first + turn->count;
	return 0;
}

static int take(struct txn *txn, struct job_turn *turn)
{
	struct job_entry entry = turn->entry;
	struct job_segment segment;
	struct batch batch;
	bool later;

	TRY(batch_get(txn, entry.owner, &batch));
	TRY(find_jobs(txn, &batch, &entry, &segment, &later));
	turn->first = (uint64_t)segment.job.index;
	turn->count = 1;
	switch (kind_of(&entry)) {
	case JOB_SEED:
		return seed_job_run(txn, turn->engine, &batch, &segment.job, turn->now, SEED_LIMIT);
	case JOB_EXECUTION:
		return take_execution(txn, turn, &batch, &segment);
	case JOB_CLEANUP:
		return cleanup_job_run(txn, turn->engine, &batch, &segment.job, turn->most,
				       turn->now, &turn->failure);
	default:
		return job_run(txn, turn->engine, &batch, &segment.job, turn->now, &turn->failure);
	}
}

/* The jobs before the one that failed are done after all; it loses a retry. */
static int fail(struct txn *txn, struct job_turn *turn)
{
	enum job_kind kind = kind_of(&turn->entry);
	uint64_t before = turn->failure.job - turn->first;
	struct job_failure again;
	struct batch batch;
	struct job job;
	uint64_t done;
	int code = batch_get(txn, turn->entry.owner, &batch);

	turn->rest_index = turn->failure.job + 1;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (before) {
		TRY(job_get(txn, &batch, kind, turn->first, &job));
		TRY(execution_jobs_run(txn, turn->engine, &batch, &job, before, turn->now, &again,
				       &done));
		turn->rest_index = turn->first + done;
		if (done < before) /* it took long: the rest, and the failure, come again */
			return 0;
		turn->rest_index = turn->failure.job + 1;
	}
	code = job_get(txn, &batch, kind, turn->failure.job, &job);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	TRY(job_fail(txn, turn->engine, &batch, &job, &turn->failure.error, turn->now));
	return batch_put(txn, &batch);
}

/* Every range of creation, and every record. */
static int note_kind(struct txn *txn, const struct batch *batch, enum job_kind kind)
{
	uint64_t number = (uint64_t)batch->number;
	struct job_range_scan ranges;
	struct job_segment segment;
	struct job_walk walk;
	int code;

	TRY(job_range_scan_start(&ranges, txn, number, kind, RANGE_CREATED, 0));
	while (!ranges.ended) {
		uint64_t first = ranges.range.first;

		TRY(batch_jobs_note_range(txn, number, kind, first));
		TRY(job_range_scan_to(&ranges, first + ranges.range.count));
	}
	TRY(job_walk_start(&walk, txn, txn->arena, batch, kind, 0));
	while (!(code = job_walk_next(&walk, &segment)))
		if (segment.job.recorded)
			TRY(batch_jobs_note_record(txn, number, kind, (uint64_t)segment.job.index));
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int note(struct txn *txn, uint64_t *owner)
{
	struct batch batch;
	int kind;

	TRY(batch_next(txn, *owner, &batch));
	*owner = (uint64_t)batch.number + 1;
	for (kind = 0; kind < JOB_KIND_MAX; kind++)
		TRY(note_kind(txn, &batch, (enum job_kind)kind));
	return 0;
}

/* The batches that stand next, behind those that were looked at before. */
struct purged {
	uint64_t next;
	bool more;
};

static int purged_body(struct txn *txn, void *arg)
{
	struct purged *purged = arg;
	uint64_t next = purged->next;
	struct batch batch;
	unsigned count;
	int code = 0;

	for (count = 0; count < PURGED_BATCHES && !code; count++) {
		struct arena_mark mark = arena_mark(txn->arena);

		code = batch_next(txn, next, &batch);
		if (!code) {
			next = (uint64_t)batch.number + 1;
			TRY(batch_note_monitor(txn, &batch));
		}
		arena_rewind(txn->arena, mark);
	}
	if (code && code != ERR_NOT_FOUND)
		return code;
	purged->more = !code;
	purged->next = next;
	return 0;
}

void batch_jobs_purged(void *arg)
{
	struct engine *engine = arg;
	struct purged purged = {0, true};
	struct arena arena;
	int code = 0;

	if (engine->config->deletion_ends != DELETION_ENDS_PURGED)
		return;
	arena_init(&arena);
	while (purged.more && !code)
		code = txn_run(engine->store, &arena, TXN_BACKGROUND, purged_body, &purged);
	arena_clear(&arena);
	if (code) /* their monitors find out when they are due */
		log_warning("batches that waited for the purge wait on: %s", err_text(code));
	job_executor_wake(engine->executor);
}

static bool frees(struct txn *txn, const struct job_entry *entry)
{
	struct batch batch;

	return !batch_get(txn, entry->owner, &batch) && batch_frees_history(batch.type);
}

const struct job_source batch_job_source = {"batch", false, look, take, fail, note, frees};

/* Those of clean-up are scheduled anew at every start; the others came with the queue. */
static int note_nothing(struct txn *txn, uint64_t *owner)
{
	(void)txn;
	(void)owner;
	return ERR_NOT_FOUND;
}

static bool always_frees(struct txn *txn, const struct job_entry *entry)
{
	(void)txn;
	(void)entry;
	return true;
}

const struct job_source cleanup_job_source = {"history cleanup", false,       look, take, fail,
					      note_nothing,      always_frees};

static bool never_frees(struct txn *txn, const struct job_entry *entry)
{
	(void)txn;
	(void)entry;
	return false;
}

const struct job_source suspension_job_source = {"suspension", true,         look,       take,
						 fail,         note_nothing, never_frees};
