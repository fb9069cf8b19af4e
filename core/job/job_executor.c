#include "core/job/job_executor.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/history/history.h"
#include "core/job/cleanup_job.h"
#include "core/job/job_source.h"
#include "storage/clock.h"
#include "storage/log.h"

enum {
	WINDOW_FIRST = 4096,     /* items of a turn, to begin with */
	WINDOW_MAX = 256 * 1024, /* and at most */
	SLOW_US = 30 * 1000,     /* a turn that takes longer gets smaller */
	FAST_US = 12 * 1000,     /* one that takes less may grow */
	WORK_US = 8 * 1000,   /* of them on a processor: else it waits for others, not for itself */
	LATE_US = 100 * 1000, /* for a disk, too, it waits no longer, if it can be helped: */
	WINDOW_WAITS = 512,   /* smaller ones would wait as long */
	SORT_AT_ONCE = 256,   /* unsorted entries looked at in a turn */
	LANES = 64,           /* owners that are remembered */
	SKIP_MAX = 2 * LANES, /* ready entries passed over in search of one that may be taken */
	PAUSE_FIRST = 1000,   /* ms: after trouble that no job is to blame for */
	PAUSE_MAX = 60 * 1000,
	ADOPT_OWNERS = 16, /* whose jobs are noted in a transaction, in a store without a queue */
	LOOK_EVERY = 60 * 1000, /* ms: the clock may have been set */
	SET_BACK = 1000,        /* ms that it goes back by itself, at most */
};

/* What is remembered of an owner of jobs while its turns come often. */
struct lane {
	uint8_t source;
	uint64_t owner;
	uint64_t window; /* items of the next turn */
	int64_t pause;   /* ms: how long it last had to wait; 0 = all went well */
	int64_t until;   /* waits until then */
	uint64_t used;   /* turn of the last use; 0 = free */
};

struct job_executor {
	struct engine *engine;
	struct arena arena;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool stop, woken, idle;
	struct lane lanes[LANES];
	uint64_t turns;
	uint8_t last_source;
	uint64_t last_owner[SOURCE_MAX];
	int64_t pause, until; /* of the executor itself, as a lane's */
	int64_t seen;         /* the time at the last look */
};

static struct lane *find_lane(struct job_executor *executor, const struct job_entry *entry)
{
	size_t i;

	for (i = 0; i < LANES; i++) {
		struct lane *lane = &executor->lanes[i];

		if (lane->used && lane->source == entry->source && lane->owner == entry->owner)
			return lane;
	}
	return NULL;
}

/* The entry's lane, perhaps in the place of the one that was used least lately. */
static struct lane *lane_of(struct job_executor *executor, const struct job_entry *entry)
{
	struct lane *lane = find_lane(executor, entry);
	size_t i;

	if (!lane) {
		lane = &executor->lanes[0];
		for (i = 1; i < LANES; i++)
			if (executor->lanes[i].used < lane->used)
				lane = &executor->lanes[i];
		*lane = (struct lane){
			.source = entry->source, .owner = entry->owner, .window = WINDOW_FIRST};
	}
	lane->used = ++executor->turns;
	return lane;
}

static bool may_take(struct job_executor *executor, const struct job_entry *entry, int64_t now)
{
	const struct lane *lane = find_lane(executor, entry);

	return !lane || lane->until <= now;
}

/* The first owner of RANK and SOURCE from OWNER on that need not wait. ERR_NOT_FOUND. */
static int choose_owner(struct txn *txn, struct job_executor *executor, const uint8_t *rank,
			uint8_t source, uint64_t owner, int64_t now, struct job_place *ret)
{
	unsigned skipped;

	for (skipped = 0; skipped < SKIP_MAX; skipped++) {
		TRY(job_queue_find(txn, rank, source, owner, ret));
		if (may_take(executor, &ret->entry, now))
			return 0;
		owner = ret->entry.owner + 1;
	}
	return ERR_NOT_FOUND;
}

/* Of the entries of a rank: sources take turns, and within each its owners. ERR_NOT_FOUND. */
static int choose_in_rank(struct txn *txn, struct job_executor *executor, const uint8_t *rank,
			  int64_t now, struct job_place *ret)
{
	unsigned i;

	for (i = 1; i <= SOURCE_MAX; i++) {
		uint8_t source = (uint8_t)((executor->last_source + i) % SOURCE_MAX);
		uint64_t last = executor->last_owner[source];
		int code;

		if (!job_source_of(source))
			continue;
		code = choose_owner(txn, executor, rank, source, last + 1, now, ret);
		if (code == ERR_NOT_FOUND)
			code = choose_owner(txn, executor, rank, source, 0, now, ret);
		if (code != ERR_NOT_FOUND)
			return code;
	}
	return ERR_NOT_FOUND;
}

/* The entry whose turn it is. ERR_NOT_FOUND. */
static int choose(struct txn *txn, struct job_executor *executor, int64_t now,
		  struct job_place *ret)
{
	const struct config *config = executor->engine->config;
	struct job_place first;
	unsigned skipped;
	int code = job_queue_first(txn, config, NULL, &first);

	for (skipped = 0; !code && skipped < SKIP_MAX; skipped++) {
		code = choose_in_rank(txn, executor, first.rank, now, ret);
		if (code != ERR_NOT_FOUND)
			return code;
		code = job_queue_first(txn, config, &first, &first);
	}
	return code ? code : ERR_NOT_FOUND;
}

/* A turn under way. */
struct attempt {
	struct job_executor *executor;
	struct job_place place; /* of the entry in hand */
	bool chosen;            /* `place` is filled */
	struct job_turn turn;
	int64_t started_us, worked_us;
};

/* Puts an entry where it belongs now, if it belongs anywhere. *RET_READY: at *RET. */
static int sort_in(struct txn *txn, struct job_executor *executor, struct job_entry *entry,
		   int64_t now, struct job_place *ret, bool *ret_ready)
{
	const struct job_source *source = job_source_of(entry->source);
	struct job_standing standing;
	bool later = false;
	int code;

	*ret_ready = false;
	if (!source)
		return ERR_CORRUPT;
	code = source->look(txn, executor->engine, entry, &standing, &later);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (later)
		return job_queue_note(txn, entry);
	return job_queue_place(txn, executor->engine->config, entry, &standing, now, ret,
			       ret_ready);
}

/* One that cannot be read does not keep the others from their turns: it is tried again later. */
static int sort_in_or_defer(struct txn *txn, struct job_executor *executor, struct job_entry *entry,
			    int64_t now)
{
	struct job_place place;
	bool ready;
	int code = sort_in(txn, executor, entry, now, &place, &ready);

	if (code != ERR_CORRUPT)
		return code;
	log_error("a job of %u:%llu cannot be read", entry->source,
		  (unsigned long long)entry->owner);
	return job_queue_defer(txn, entry, now + PAUSE_MAX);
}

/* In a transaction of its own, so that no failure of a job undoes it. */
static int sort_body(struct txn *txn, void *arg)
{
	struct job_entry *entries = arena_array(txn->arena, SORT_AT_ONCE, sizeof(*entries));
	int64_t now = clock_now();
	size_t i, count;

	TRY(job_queue_take_unsorted(txn, now, entries, SORT_AT_ONCE, &count));
	for (i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(txn->arena);

		TRY(sort_in_or_defer(txn, arg, &entries[i], now));
		arena_rewind(txn->arena, mark);
	}
	return 0;
}

/* What is left of an entry keeps its place in the order. */
static int put_rest(struct txn *txn, const struct attempt *attempt)
{
	struct job_place place = attempt->place;

	if (!attempt->turn.rest)
		return 0;
	place.entry.index = attempt->turn.rest_index;
	return job_queue_put(txn, &place);
}

static int take_chosen(struct txn *txn, struct attempt *attempt)
{
	struct job_turn *turn = &attempt->turn;
	struct job_entry entry = attempt->place.entry;
	struct job_place now_at;
	bool ready;
	int code;

	TRY(job_queue_remove(txn, &attempt->place));
	TRY(sort_in(txn, attempt->executor, &entry, turn->now, &now_at, &ready));
	if (!ready || memcmp(now_at.rank, attempt->place.rank, JOB_RANK_SIZE))
		return 0;
	TRY(job_queue_remove(txn, &now_at));
	turn->entry = entry;
	code = job_source_of(entry.source)->take(txn, turn);
	return code ? code : put_rest(txn, attempt);
}

/* Further entries of the same owner, while the turn is young: small jobs share a transaction. */
static int take_more(struct txn *txn, struct attempt *attempt)
{
	uint64_t owner = attempt->place.entry.owner;

	while (attempt->turn.most > 1 && clock_monotonic_us() - attempt->started_us < FAST_US) {
		struct job_place next;
		int code = job_queue_find(txn, attempt->place.rank, attempt->place.entry.source,
					  owner, &next);

		if (code || next.entry.owner != owner)
			return code == ERR_NOT_FOUND ? 0 : code;
		attempt->place = next;
		attempt->turn = (struct job_turn){.engine = attempt->turn.engine,
						  .now = attempt->turn.now,
						  .most = attempt->turn.most};
		TRY(take_chosen(txn, attempt));
	}
	return 0;
}

static int turn_body(struct txn *txn, void *arg)
{
	struct attempt *attempt = arg;
	struct job_executor *executor = attempt->executor;
	int code;

	attempt->started_us = clock_monotonic_us();
	attempt->worked_us = clock_thread_us();
	attempt->chosen = false;
	attempt->turn = (struct job_turn){.engine = executor->engine, .now = clock_now()};
	code = choose(txn, executor, attempt->turn.now, &attempt->place);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	attempt->chosen = true;
	attempt->turn.most = lane_of(executor, &attempt->place.entry)->window;
	TRY(take_chosen(txn, attempt));
	return take_more(txn, attempt);
}

static int failure_body(struct txn *txn, void *arg)
{
	struct attempt *attempt = arg;

	TRY(job_queue_remove(txn, &attempt->place));
	TRY(job_source_of(attempt->turn.entry.source)->fail(txn, &attempt->turn));
	return put_rest(txn, attempt);
}

/* The store or the machine is at fault: the owner waits, longer each time. */
static void pause_owner(struct job_executor *executor, const struct attempt *attempt, int code)
{
	int64_t *pause = &executor->pause, *until = &executor->until;

	if (attempt->chosen) {
		struct lane *lane = lane_of(executor, &attempt->place.entry);

		pause = &lane->pause;
		until = &lane->until;
		log_error("jobs of %s %llu wait: %s", job_source_of(lane->source)->name,
			  (unsigned long long)lane->owner, err_text(code));
	} else {
		log_error("the job executor waits: %s", err_text(code));
	}
	*pause = *pause ? *pause * 2 : PAUSE_FIRST;
	if (*pause > PAUSE_MAX)
		*pause = PAUSE_MAX;
	*until = clock_now() + *pause;
}

static void keep_failure(struct job_executor *executor, struct attempt *attempt)
{
	struct lane *lane = lane_of(executor, &attempt->place.entry);
	const struct job_failure *failure = &attempt->turn.failure;
	int code;

	log_debug("job %llu of %s %llu failed: %s", (unsigned long long)failure->job,
		  job_source_of(lane->source)->name, (unsigned long long)lane->owner,
		  failure->error.message);
	lane->window = 1;
	code = txn_run(executor->engine->store, &executor->arena, TXN_BACKGROUND, failure_body,
		       attempt);
	if (code)
		pause_owner(executor, attempt, code);
}

/*
 * The next turn of the lane takes about as long as it may. Where many programs want the processors
 * a turn takes long however little it does: making it smaller would only make its costs count more.
 */
static void adapt_window(struct lane *lane, int64_t took_us, int64_t worked_us)
{
	bool slow = took_us > SLOW_US && worked_us > WORK_US;
	bool late = took_us > LATE_US && lane->window > WINDOW_WAITS;

	if ((slow || late) && lane->window > 1)
		lane->window /= 2;
	else if (took_us < FAST_US && lane->window < WINDOW_MAX)
		lane->window *= 2;
}

/* It is the next one's turn, however this one went. */
static void pass_turn(struct job_executor *executor, const struct attempt *attempt)
{
	const struct job_entry *entry = &attempt->place.entry;

	executor->last_source = entry->source;
	executor->last_owner[entry->source] = entry->owner;
}

static void after_turn(struct job_executor *executor, const struct attempt *attempt)
{
	struct lane *lane;

	executor->pause = 0;
	if (!attempt->chosen)
		return;
	lane = lane_of(executor, &attempt->place.entry);
	lane->pause = 0;
	if (attempt->turn.count)
		adapt_window(lane, clock_monotonic_us() - attempt->started_us,
			     clock_thread_us() - attempt->worked_us);
}

static void take_turn(struct job_executor *executor, bool frees)
{
	struct attempt attempt = {.executor = executor};
	int code = txn_run(executor->engine->store, &executor->arena,
			   TXN_BACKGROUND | (frees ? TXN_FREES : 0), turn_body, &attempt);

	if (attempt.chosen)
		pass_turn(executor, &attempt);
	if (!code)
		after_turn(executor, &attempt);
	else if (attempt.turn.failure.error.message)
		keep_failure(executor, &attempt);
	else
		pause_owner(executor, &attempt, code);
}

/* One transaction, if there is something to do. */
static int work_once(struct job_executor *executor, int64_t now, bool *ret_done)
{
	struct txn reader = txn_reader(executor->engine->store, &executor->arena);
	struct job_place place;
	bool frees;
	int code;

	TRY(job_queue_has_unsorted(&reader, now, ret_done));
	if (*ret_done)
		return txn_run(executor->engine->store, &executor->arena, TXN_BACKGROUND, sort_body,
			       executor);
	code = choose(&reader, executor, now, &place);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	*ret_done = true;
	frees = job_source_of(place.entry.source)->frees(&reader, &place.entry);
	arena_clear(&executor->arena);
	take_turn(executor, frees);
	return 0;
}

/* When there is something to do next, as far as is known. */
static int64_t next_time(struct job_executor *executor, int64_t now)
{
	struct txn reader = txn_reader(executor->engine->store, &executor->arena);
	int64_t next;
	size_t i;

	if (job_queue_next_due(&reader, &next))
		next = now + PAUSE_FIRST;
	for (i = 0; i < LANES; i++)
		if (executor->lanes[i].until > now && executor->lanes[i].until < next)
			next = executor->lanes[i].until;
	return next > executor->until ? next : executor->until;
}

/* What was to wait until a time that is far away now does not; clean-up is scheduled anew. */
static int set_clock_back(struct job_executor *executor)
{
	size_t i;

	log_warning("the clock has been set back: what waits for a time is looked at again");
	for (i = 0; i < LANES; i++)
		executor->lanes[i].until = 0;
	executor->until = 0;
	return cleanup_jobs_start(executor->engine, &executor->arena);
}

/* Does something, and says when to go on: 0 = at once. */
static int64_t work(struct job_executor *executor)
{
	int64_t now = clock_now(), next = 0;
	bool done = false;
	int code = 0;

	if (now + SET_BACK < executor->seen)
		code = set_clock_back(executor);
	if (code)
		pause_owner(executor, &(struct attempt){.chosen = false}, code);
	else
		executor->seen = now;
	if (executor->until > now)
		return executor->until;
	code = work_once(executor, now, &done);
	if (code)
		pause_owner(executor, &(struct attempt){.chosen = false}, code);
	if (code || !done)
		next = next_time(executor, now);
	arena_clear(&executor->arena);
	return next;
}

/* Takes note of having been woken. False when it is time to stop. */
static bool begin_round(struct job_executor *executor)
{
	bool stop;

	pthread_mutex_lock(&executor->mutex);
	executor->woken = false;
	executor->idle = false;
	stop = executor->stop;
	pthread_mutex_unlock(&executor->mutex);
	return !stop;
}

/*
 * Waits until it is woken or NEXT has come, and looks at the clock now and then: by the other one,
 * which goes on when this one is set.
 */
static void rest(struct job_executor *executor, int64_t next)
{
	int64_t now = clock_now(), left = next > now ? next - now : 1;
	struct timespec until;
	int code = 0;

	left = left > 0 && left < LOOK_EVERY ? left : LOOK_EVERY;
	clock_gettime(CLOCK_MONOTONIC, &until);
	left += until.tv_nsec / 1000000;
	until.tv_sec += left / 1000;
	until.tv_nsec = until.tv_nsec % 1000000 + left % 1000 * 1000000;
	pthread_mutex_lock(&executor->mutex);
	executor->idle = true;
	while (!executor->woken && !executor->stop && !code)
		code = pthread_cond_timedwait(&executor->changed, &executor->mutex, &until);
	pthread_mutex_unlock(&executor->mutex);
}

static void *run(void *arg)
{
	struct job_executor *executor = arg;

	while (begin_round(executor)) {
		int64_t next = work(executor);

		if (!next)
			continue;
		/* of batches that do not go on now */
		kin_forget(executor->engine->history->process_kin);
		kin_forget(executor->engine->history->decision_kin);
		rest(executor, next);
	}
	return NULL;
}

/* Makes the queue that of the settings, some entries at a time. */
struct adoption {
	struct engine *engine;
	uint8_t source; /* of which jobs are noted */
	uint64_t owner;
	bool more, fresh;
};

static int adopt_body(struct txn *txn, void *arg)
{
	struct adoption *adoption = arg;

	return job_queue_adopt(txn, adoption->engine->config, &adoption->more, &adoption->fresh);
}

static int note_body(struct txn *txn, void *arg)
{
	struct adoption *adoption = arg;
	const struct job_source *source = job_source_of(adoption->source);
	uint64_t owner = adoption->owner;
	unsigned owners;
	int code = 0;

	for (owners = 0; owners < ADOPT_OWNERS && source && !code; owners++)
		code = source->note(txn, &owner);
	if (code && code != ERR_NOT_FOUND)
		return code;
	adoption->more = source && !code;
	adoption->owner = adoption->more ? owner : 0;
	return 0;
}

static int finish_body(struct txn *txn, void *arg)
{
	struct adoption *adoption = arg;

	return job_queue_begin(txn, adoption->engine->config);
}

static int adopt_queue(struct job_executor *executor)
{
	struct adoption adoption = {.engine = executor->engine};
	struct store *store = executor->engine->store;

	do
		TRY(txn_run(store, &executor->arena, TXN_LAZY, adopt_body, &adoption));
	while (adoption.more);
	if (!adoption.fresh)
		return 0;
	for (; adoption.source < SOURCE_MAX; adoption.source++) {
		do
			TRY(txn_run(store, &executor->arena, TXN_LAZY, note_body, &adoption));
		while (adoption.more);
	}
	return txn_run(store, &executor->arena, TXN_LAZY, finish_body, &adoption);
}

int job_executor_open(struct engine *engine, struct job_executor **ret)
{
	struct job_executor *executor = memory_alloc(sizeof(*executor));
	int code;

	memset(executor, 0, sizeof(*executor));
	executor->engine = engine;
	arena_init(&executor->arena);
	executor->seen = clock_now();
	pthread_mutex_init(&executor->mutex, NULL);
	clock_condition_init(&executor->changed);
	code = adopt_queue(executor);
	arena_clear(&executor->arena);
	if (!code)
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
	free(executor);
}
