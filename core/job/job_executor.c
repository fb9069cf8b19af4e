#include "core/job/job_executor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/job/job_run.h"
#include "storage/log.h"

enum {
	WINDOW_FIRST = 4096,     /* items of a transaction, to begin with */
	WINDOW_MAX = 256 * 1024, /* and at most */
	SLOW_US = 50 * 1000,     /* a transaction that takes longer gets smaller */
	FAST_US = 20 * 1000,     /* one that takes less may grow */
	SEED_LIMIT = 4 << 20,    /* execution jobs created in a transaction */
	LOOK_MAX = 4096,         /* jobs looked at in a transaction, in search of one to do */
	PAUSE_MS = 1000,         /* after trouble that no job is to blame for */
};

/* What the executor remembers of a batch. */
struct lane {
	uint64_t number;
	uint64_t cursor; /* execution job from which to look for the next one to do */
	uint64_t window; /* items of the next transaction */
	int64_t due;     /* rests until then; INT64_MAX = until it is woken; 0 = does not rest */
	int64_t looked;  /* all jobs were looked at: none is due before then; 0 = look */
	int64_t soonest; /* the next due date of a job seen since the cursor was at 0 */
	bool seen;       /* when batches were last looked for */
};

struct job_executor {
	struct engine *engine;
	struct arena arena;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool stop, woken, idle;
	struct lane *lanes;
	size_t lane_count, lane_room;
};

/* One transaction for one batch. */
struct turn {
	struct job_executor *executor;
	struct lane *lane;
	int64_t started_us;
	/* found out within: */
	bool worked;
	uint64_t first, count; /* execution jobs tried */
	uint64_t cursor;       /* where to look next */
	int64_t soonest;       /* due date of execution jobs */
	int64_t others;        /* of the seed or monitor job */
	bool at_end;           /* no execution job is left to look at */
	struct job_failure failure;
};

/* Whether a job may be done now. If its due date alone forbids it, *SOONEST remembers the date. */
static bool is_due(const struct turn *turn, const struct job *job, int64_t now, int64_t *soonest)
{
	struct job_values values = job_values_of(job);

	if (!job_is_acquirable(turn->executor->engine->config, &values))
		return false;
	if (job->due_date == TIME_NULL || job->due_date <= now)
		return true;
	if (job->due_date < *soonest)
		*soonest = job->due_date;
	return false;
}

/* The one job of a kind that there may be at a time: seed or monitor. ERR_NOT_FOUND. */
static int last_job(struct txn *txn, const struct batch *batch, enum job_kind kind, struct job *ret)
{
	int64_t created = kind == JOB_SEED ? batch->seed_jobs_created : batch->monitor_jobs_created;

	return created ? job_get(txn, batch, kind, (uint64_t)created - 1, ret) : ERR_NOT_FOUND;
}

static int try_seed(struct txn *txn, struct turn *turn, struct batch *batch, int64_t now)
{
	struct job job;
	int code = last_job(txn, batch, JOB_SEED, &job);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (!is_due(turn, &job, now, &turn->others))
		return 0;
	turn->worked = true;
	return seed_job_run(txn, turn->executor->engine, batch, &job, now, SEED_LIMIT);
}

/* Undisturbed jobs go together; a batch that changes jobs may change its own: one by one. */
static int do_jobs(struct txn *txn, struct turn *turn, struct batch *batch,
		   struct job_segment *segment, int64_t now)
{
	struct engine *engine = turn->executor->engine;
	uint64_t most = turn->lane->window / (uint64_t)batch->invocations_per_batch_job;
	const struct batch_type *type = batch_type_find(batch->type);

	turn->worked = true;
	turn->first = (uint64_t)segment->job.index;
	turn->count = segment->count < most ? segment->count : most ? most : 1;
	if (segment->job.recorded || (type && type->changes_jobs))
		turn->count = 1;
	turn->cursor = turn->first + turn->count;
	if (turn->count == 1)
		return job_run(txn, engine, batch, &segment->job, now, &turn->failure);
	return execution_jobs_run(txn, engine, batch, &segment->job, turn->count, now,
				  &turn->failure);
}

static int try_execution(struct txn *txn, struct turn *turn, struct batch *batch, int64_t now)
{
	struct job_segment segment;
	struct job_walk walk;
	unsigned looked;
	int code = 0;

	TRY(job_walk_start(&walk, txn, txn->arena, batch, JOB_EXECUTION, turn->cursor));
	for (looked = 0; looked < LOOK_MAX; looked++) {
		code = job_walk_next(&walk, &segment);
		if (code)
			break;
		if (is_due(turn, &segment.job, now, &turn->soonest))
			return do_jobs(txn, turn, batch, &segment, now);
		turn->cursor = walk.at;
	}
	turn->at_end = code == ERR_NOT_FOUND;
	return turn->at_end ? 0 : code;
}

/* With all jobs done nobody waits for the monitor's next look, unless its date was set by hand. */
static int try_monitor(struct txn *txn, struct turn *turn, struct batch *batch, int64_t now)
{
	struct job job;
	int code = last_job(txn, batch, JOB_MONITOR, &job);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (!job.recorded && batch_may_end(turn->executor->engine, batch))
		job.due_date = TIME_NULL;
	if (!is_due(turn, &job, now, &turn->others))
		return 0;
	turn->worked = true;
	return job_run(txn, turn->executor->engine, batch, &job, now, &turn->failure);
}

static int turn_body(struct txn *txn, void *arg)
{
	struct turn *turn = arg;
	struct batch batch;
	int64_t now = clock_now();
	int code;

	turn->started_us = clock_monotonic_us();
	turn->worked = turn->at_end = false;
	turn->count = 0;
	turn->cursor = turn->lane->cursor;
	turn->soonest = turn->lane->soonest;
	turn->others = INT64_MAX;
	memset(&turn->failure, 0, sizeof(turn->failure));
	code = batch_get(txn, turn->lane->number, &batch);
	if (code) {
		turn->at_end = true;
		return code == ERR_NOT_FOUND ? 0 : code;
	}
	TRY(try_seed(txn, turn, &batch, now));
	turn->at_end = !batch.jobs || turn->lane->looked > now;
	if (!turn->worked && !turn->at_end)
		TRY(try_execution(txn, turn, &batch, now));
	if (!turn->worked && turn->at_end)
		TRY(try_monitor(txn, turn, &batch, now));
	return 0;
}

/* What comes after a failed transaction: the jobs before the one that failed, and its failure. */
static int failure_body(struct txn *txn, void *arg)
{
	struct turn *turn = arg;
	struct engine *engine = turn->executor->engine;
	uint64_t before = turn->failure.job - turn->first;
	struct job_failure again;
	struct batch batch;
	struct job job;
	int64_t now = clock_now();
	int code;

	code = batch_get(txn, turn->lane->number, &batch);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (before) {
		TRY(job_get(txn, &batch, JOB_EXECUTION, turn->first, &job));
		TRY(execution_jobs_run(txn, engine, &batch, &job, before, now, &again));
	}
	code = job_get(txn, &batch, JOB_EXECUTION, turn->failure.job, &job);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	TRY(job_fail(txn, engine, &batch, &job, &turn->failure.error, now));
	return batch_put(txn, &batch);
}

/* The store or the machine is at fault: try again in a while. */
static void pause_lane(struct lane *lane, int code)
{
	log_error("jobs of batch %llu wait: %s", (unsigned long long)lane->number, err_text(code));
	lane->due = clock_now() + PAUSE_MS;
	lane->looked = 0;
	lane->cursor = 0;
	lane->soonest = INT64_MAX;
}

static void keep_failure(struct job_executor *executor, struct turn *turn)
{
	struct lane *lane = turn->lane;
	struct error *error = &turn->failure.error;
	int code;

	log_debug("job %llu of batch %llu failed: %s", (unsigned long long)turn->failure.job,
		  (unsigned long long)lane->number, error->message);
	code = txn_run(executor->engine->store, &executor->arena, TXN_BACKGROUND, failure_body,
		       turn);
	lane->window = 1;
	lane->cursor = code ? turn->first : turn->failure.job;
	if (code)
		pause_lane(lane, code);
}

static void adapt_window(struct lane *lane, int64_t took_us)
{
	if (took_us > SLOW_US && lane->window > 1)
		lane->window /= 2;
	else if (took_us < FAST_US && lane->window < WINDOW_MAX)
		lane->window *= 2;
}

/* Lets the lane rest once all its jobs were looked at in vain; then it begins with the first. */
static void after_turn(struct lane *lane, const struct turn *turn)
{
	lane->cursor = turn->cursor;
	lane->soonest = turn->soonest;
	if (turn->worked) {
		lane->looked = 0; /* what was seen before may have changed */
		if (turn->count)
			adapt_window(lane, clock_monotonic_us() - turn->started_us);
	} else if (turn->at_end) {
		if (lane->looked <= clock_now())
			lane->looked = lane->soonest;
		lane->due = lane->looked < turn->others ? lane->looked : turn->others;
		lane->cursor = 0;
		lane->soonest = INT64_MAX;
	}
}

static void take_turn(struct job_executor *executor, struct lane *lane)
{
	struct turn turn = {.executor = executor, .lane = lane};
	int code;

	code = txn_run(executor->engine->store, &executor->arena, TXN_BACKGROUND | TXN_FREES,
		       turn_body, &turn);
	if (!code)
		after_turn(lane, &turn);
	else if (turn.failure.error.message)
		keep_failure(executor, &turn);
	else
		pause_lane(lane, code);
	arena_clear(&executor->arena);
}

static struct lane *lane_of(struct job_executor *executor, uint64_t number)
{
	struct lane *lane;
	size_t i;

	for (i = 0; i < executor->lane_count; i++)
		if (executor->lanes[i].number == number)
			return &executor->lanes[i];
	if (executor->lane_count == executor->lane_room) {
		executor->lane_room = executor->lane_room ? executor->lane_room * 2 : 16;
		executor->lanes = memory_resize(executor->lanes,
						executor->lane_room * sizeof(*executor->lanes));
	}
	lane = &executor->lanes[executor->lane_count++];
	*lane = (struct lane){.number = number, .window = WINDOW_FIRST, .soonest = INT64_MAX};
	return lane;
}

/* Brings the lanes in line with the batches that run. */
static int refresh_lanes(struct job_executor *executor)
{
	struct txn reader = txn_reader(executor->engine->store, &executor->arena);
	struct batch batch;
	uint64_t number = 0;
	size_t i, kept = 0;
	int code;

	for (i = 0; i < executor->lane_count; i++)
		executor->lanes[i].seen = false;
	while (!(code = batch_next(&reader, number, &batch))) {
		number = (uint64_t)batch.number + 1;
		lane_of(executor, (uint64_t)batch.number)->seen = true;
		arena_clear(&executor->arena);
	}
	arena_clear(&executor->arena);
	if (code != ERR_NOT_FOUND)
		return code;
	for (i = 0; i < executor->lane_count; i++)
		if (executor->lanes[i].seen)
			executor->lanes[kept++] = executor->lanes[i];
	executor->lane_count = kept;
	return 0;
}

/* A turn for each lane that does not rest. Returns when the next one is due; 0 = at once. */
static int64_t do_round(struct job_executor *executor)
{
	int64_t now = clock_now(), next = INT64_MAX;
	size_t i;

	for (i = 0; i < executor->lane_count; i++) {
		struct lane *lane = &executor->lanes[i];

		if (lane->due <= now) {
			lane->due = 0;
			take_turn(executor, lane);
		}
		if (lane->due < next)
			next = lane->due;
	}
	return next;
}

/* Takes note of having been woken: what rested is looked at again. False when it is time to stop.
 */
static bool begin_round(struct job_executor *executor, bool *ret_woken)
{
	bool stop;

	pthread_mutex_lock(&executor->mutex);
	*ret_woken = executor->woken;
	executor->woken = false;
	executor->idle = false;
	stop = executor->stop;
	pthread_mutex_unlock(&executor->mutex);
	return !stop;
}

static void wake_lanes(struct job_executor *executor)
{
	size_t i;

	for (i = 0; i < executor->lane_count; i++) {
		executor->lanes[i].due = 0;
		executor->lanes[i].looked = 0;
		executor->lanes[i].cursor = 0;
		executor->lanes[i].soonest = INT64_MAX;
	}
}

/* Waits until it is woken or NEXT has come. */
static void rest(struct job_executor *executor, int64_t next)
{
	struct timespec until;
	int code = 0;

	pthread_mutex_lock(&executor->mutex);
	executor->idle = true;
	until.tv_sec = next / 1000;
	until.tv_nsec = next % 1000 * 1000000;
	while (!executor->woken && !executor->stop && !code)
		code = next == INT64_MAX ? pthread_cond_wait(&executor->changed, &executor->mutex)
					 : pthread_cond_timedwait(&executor->changed,
								  &executor->mutex, &until);
	pthread_mutex_unlock(&executor->mutex);
}

static void *run(void *arg)
{
	struct job_executor *executor = arg;
	bool woken;
	int code;

	while (begin_round(executor, &woken)) {
		int64_t next;

		if (woken) {
			code = refresh_lanes(executor);
			if (code)
				log_error("looking for batches: %s", err_text(code));
			wake_lanes(executor);
		}
		next = do_round(executor);
		if (next)
			rest(executor, next);
	}
	return NULL;
}

int job_executor_open(struct engine *engine, struct job_executor **ret)
{
	struct job_executor *executor = memory_alloc(sizeof(*executor));
	int code;

	memset(executor, 0, sizeof(*executor));
	executor->engine = engine;
	executor->woken = true; /* what is left from before is due */
	arena_init(&executor->arena);
	pthread_mutex_init(&executor->mutex, NULL);
	pthread_cond_init(&executor->changed, NULL);
	code = pthread_create(&executor->thread, NULL, run, executor);
	if (code) {
		free(executor);
		return code;
	}
	*ret = executor;
	return 0;
}

void job_executor_wake(struct job_executor *executor)
{
	if (!executor)
		return;
	pthread_mutex_lock(&executor->mutex);
	executor->woken = true;
	pthread_cond_signal(&executor->changed);
	pthread_mutex_unlock(&executor->mutex);
}

bool job_executor_idle(struct job_executor *executor)
{
	bool idle;

	pthread_mutex_lock(&executor->mutex);
	idle = executor->idle && !executor->woken;
	pthread_mutex_unlock(&executor->mutex);
	return idle;
}

void job_executor_close(struct job_executor *executor)
{
	pthread_mutex_lock(&executor->mutex);
	executor->stop = true;
	pthread_cond_signal(&executor->changed);
	pthread_mutex_unlock(&executor->mutex);
	pthread_join(executor->thread, NULL);
	pthread_cond_destroy(&executor->changed);
	pthread_mutex_destroy(&executor->mutex);
	arena_clear(&executor->arena);
	free(executor->lanes);
	free(executor);
}
