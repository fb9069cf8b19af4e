#include "storage/turn.h"

#include <errno.h>
#include <time.h>

#include "storage/clock.h"
#include "storage/log_ahead.h"
#include "storage/store_internal.h"
#include "storage/txn.h"

/* So many wait for one flush at most while more are about to commit, and so long. */
enum { GROUP_MAX = 32, PATIENCE_NS = 2 * 1000 * 1000, SECOND_NS = 1000 * 1000 * 1000 };

/* What runs in the background lets others come first for so long (design: a tenth of a second). */
enum { OLD_NS = 100 * 1000 * 1000 };

/* Of this thread. */
static _Thread_local bool deferred;

void turn_init(struct turn *turn)
{
	pthread_mutex_init(&turn->mutex, NULL);
	pthread_cond_init(&turn->foreground, NULL);
	clock_condition_init(&turn->background);
	clock_condition_init(&turn->flushed);
}

/* NANOSECONDS from now, less than a second. */
static struct timespec after(long nanoseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += nanoseconds;
	until.tv_sec += until.tv_nsec / SECOND_NS;
	until.tv_nsec %= SECOND_NS;
	return until;
}

static bool is_unflushed(const struct turn *turn)
{
	return turn->committed > turn->on_disk && !turn->flushing;
}

/* Not behind a transaction of another kind: that may take its time. */
static bool is_one_about_to_commit(const struct turn *turn)
{
	return turn->taken ? turn->taken_durable : turn->durable_waiting != 0;
}

void turn_take(struct turn *turn, unsigned kind)
{
	bool background = kind == TXN_BACKGROUND, durable = kind == TXN_DURABLE && !deferred;
	struct timespec until = after(background ? OLD_NS : 0);

	pthread_mutex_lock(&turn->mutex);
	turn->foreground_waiting += !background;
	turn->durable_waiting += durable;
	while (turn->taken || (background && turn->foreground_waiting)) {
		if (!background) {
			pthread_cond_wait(&turn->foreground, &turn->mutex);
		} else if (pthread_cond_timedwait(&turn->background, &turn->mutex, &until)) {
			background = false; /* others have come first for long enough */
			turn->foreground_waiting++;
		}
	}
	turn->foreground_waiting -= !background;
	turn->durable_waiting -= durable;
	turn->taken = true;
	turn->taken_durable = durable;
	if (!durable && is_unflushed(turn))
		pthread_cond_signal(&turn->flushed);
	pthread_mutex_unlock(&turn->mutex);
}

/* With the mutex held, but for the flush. */
static int flush(struct store *store)
{
	struct turn *turn = &store->turn;
	uint64_t last = turn->committed;
	int code;

	turn->flushing = true;
	log_ahead_want();
	pthread_mutex_unlock(&turn->mutex);
	code = store->env->log_flush(store->env, NULL);
	/* each commit has written its own: it is what others are about to write that does not fit
	 */
	if (store_is_full(code) && !log_ahead_sync())
		code = 0;
	pthread_mutex_lock(&turn->mutex);
	turn->flushing = false;
	if (!code)
		turn->on_disk = last;
	pthread_cond_broadcast(&turn->flushed);
	return code;
}

/* With the mutex held: until the transaction of that NUMBER is on disk. At once, unless others may
 * come to it. */
static int await_disk(struct store *store, uint64_t number, bool with_others)
{
	struct turn *turn = &store->turn;
	struct timespec until = after(PATIENCE_NS);

	while (turn->on_disk < number) {
		bool more = with_others && is_one_about_to_commit(turn) &&
			    turn->committed - turn->on_disk < GROUP_MAX;

		if (turn->flushing)
			pthread_cond_wait(&turn->flushed, &turn->mutex);
		else if (!more)
			TRY(flush(store));
		else if (pthread_cond_timedwait(&turn->flushed, &turn->mutex, &until))
			with_others = false; /* that one takes its time */
	}
	return 0;
}

int turn_pass(struct store *store, unsigned kind, bool committed)
{
	struct turn *turn = &store->turn;
	int code = 0;

	pthread_mutex_lock(&turn->mutex);
	turn->taken = false;
	pthread_cond_signal(turn->foreground_waiting ? &turn->foreground : &turn->background);
	turn->committed += kind == TXN_DURABLE && committed;
	if (kind == TXN_DURABLE && committed && !deferred)
		code = await_disk(store, turn->committed, true);
	else if (is_unflushed(turn))
		pthread_cond_signal(&turn->flushed); /* who waited for this one's commit */
	pthread_mutex_unlock(&turn->mutex);
	return code;
}

void txn_defer(void)
{
	deferred = true;
}

int txn_settle(struct store *store)
{
	int code;

	pthread_mutex_lock(&store->turn.mutex);
	code = await_disk(store, store->turn.committed, false);
	pthread_mutex_unlock(&store->turn.mutex);
	return code ? store_code(store, code) : 0;
}
