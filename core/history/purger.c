#include "core/history/purger.h"

#include <time.h>

#include "core/history/item.h"
#include "core/history/key_index.h"
#include "storage/clock.h"
#include "storage/log.h"

enum {
	PURGE_RETRY_SECONDS = 1,
	PURGE_IDLE_SECONDS = 60,
	QUIET_US = 1000, /* that a request gets from the purge, */
	QUIET_STEPS = 9, /* up to so many times as long as the purge was at work */
	QUIET_PARTS = 8, /* of a step, one by one while requests come */
};

void purger_wake(void *arg)
{
	struct history *history = arg;

	pthread_mutex_lock(&history->purge_mutex);
	history->purge_due = true;
	pthread_cond_signal(&history->purge_wake);
	pthread_mutex_unlock(&history->purge_mutex);
}

bool purger_has_work(struct history *history)
{
	struct archive *archives[] = {history->processes, history->decisions, history->operations};
	struct archive_numbers numbers;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(archives); i++) {
		archive_count(archives[i], &numbers);
		if (numbers.purge_records || numbers.sweeps)
			return true;
	}
	return false;
}

static int purge_step(struct history *history, struct arena *arena, unsigned parts, bool *ret_more)
{
	const struct {
		struct archive *archive;
		archive_postings postings;
	} archives[] = {
		{history->processes,  postings_of_process},
		{history->decisions,  postings_none      },
		{history->operations, postings_none      },
	};
	int code = 0;
	size_t i;

	*ret_more = false;
	for (i = 0; i < ARRAY_SIZE(archives); i++) {
		bool more;
		int failed = archive_purge(archives[i].archive, arena, parts, archives[i].postings,
					   history, &more);

		code = code ? code : failed;
		*ret_more |= more;
	}
	return code;
}

/* Waits until something is due; false when it is time to stop. */
static bool wait_for_work(struct history *history, int seconds)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&history->purge_mutex);
	while (!history->purge_stop && !history->purge_due) {
		if (!seconds)
			pthread_cond_wait(&history->purge_wake, &history->purge_mutex);
		else if (pthread_cond_timedwait(&history->purge_wake, &history->purge_mutex,
						&until))
			break;
	}
	history->purge_due = false;
	stop = history->purge_stop;
	pthread_mutex_unlock(&history->purge_mutex);
	return !stop;
}

/* Whether the thread has something better to do than what is a luxury. */
static bool is_wanted(struct history *history)
{
	bool wanted;

	pthread_mutex_lock(&history->purge_mutex);
	wanted = history->purge_due || history->purge_stop;
	pthread_mutex_unlock(&history->purge_mutex);
	return wanted;
}

void purger_note_request(struct history *history)
{
	atomic_fetch_add_explicit(&history->requests, 1, memory_order_relaxed);
}

/*
 * Leaves the processors to requests for a while, if some came during a step that took TOOK_US.
 * Nobody waits for the purge, and between its steps it holds nothing: that is why it rests here,
 * and does not run at a lower priority, with locks that others want. False when it is time to stop.
 */
static bool give_way(struct history *history, int64_t took_us)
{
	int64_t quiet = (int64_t)atomic_exchange(&history->requests, 0) * QUIET_US;
	struct timespec until;
	bool stop;

	if (quiet > took_us * QUIET_STEPS)
		quiet = took_us * QUIET_STEPS;
	clock_gettime(CLOCK_MONOTONIC, &until);
	quiet += until.tv_nsec / 1000;
	until.tv_sec += quiet / 1000000;
	until.tv_nsec = quiet % 1000000 * 1000;
	pthread_mutex_lock(&history->purge_mutex);
	while (!history->purge_stop &&
	       !pthread_cond_timedwait(&history->purge_wake, &history->purge_mutex, &until))
		;
	stop = history->purge_stop;
	pthread_mutex_unlock(&history->purge_mutex);
	return !stop;
}

/* When there is nothing else to do: memory of what is gone, and snapshots for the next start. */
static int save_columns(struct history *history, struct arena *arena)
{
	struct columns *all[] = {history->process_columns, history->decision_columns,
				 history->operation_columns};
	size_t i;

	key_index_trim(history->key_index, history->process_columns);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		bool more = true;

		while (more && !is_wanted(history)) {
			TRY(columns_save(all[i], arena, &more));
			arena_clear(arena);
		}
	}
	return 0;
}

/* What an import has left prepared, before the process ends. */
static void publish_columns(struct history *history)
{
	struct columns *all[] = {history->process_columns, history->decision_columns,
				 history->operation_columns};
	struct arena arena;
	int code = 0;
	size_t i;

	arena_init(&arena);
	for (i = 0; i < ARRAY_SIZE(all) && !code; i++)
		code = columns_publish(all[i], &arena);
	if (code)
		log_warning("the next start reads all summaries: %s", err_text(code));
	arena_clear(&arena);
}

static void *purger_thread(void *arg)
{
	struct history *history = arg;
	struct arena arena;
	int seconds;

	arena_init(&arena);
	do {
		bool more = true;
		int code = 0;

		/* an archive that has to wait does not keep the others from their work */
		while (more) {
			unsigned parts = atomic_load(&history->requests) ? QUIET_PARTS : 1;
			int64_t begin = clock_monotonic_us();

			code = purge_step(history, &arena, parts, &more);
			history->purge_steps += more || !code;
			arena_clear(&arena);
			if (!give_way(history, clock_monotonic_us() - begin))
				return NULL;
		}
		if (!code)
			history->purge_done(history->purge_arg);
		if (!code)
			code = save_columns(history, &arena);
		if (code && code != atomic_load(&history->purge_code))
			log_warning("purging waits: %s", err_text(code));
		atomic_store(&history->purge_code, code);
		seconds = code ? PURGE_RETRY_SECONDS : PURGE_IDLE_SECONDS;
	} while (wait_for_work(history, seconds));
	return NULL;
}

int purger_start(struct history *history, void (*done)(void *arg), void *arg)
{
	history->purge_stop = false;
	history->purge_done = done;
	history->purge_arg = arg;
	return pthread_create(&history->purger, NULL, purger_thread, history);
}

void purger_stop(struct history *history)
{
	pthread_mutex_lock(&history->purge_mutex);
	history->purge_stop = true;
	pthread_cond_signal(&history->purge_wake);
	pthread_mutex_unlock(&history->purge_mutex);
	pthread_join(history->purger, NULL);
	publish_columns(history);
}
