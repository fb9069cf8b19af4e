/*
 * The calls that batchd is executing: who asked for what and since when, and how to stop one.
 *
 * A call is listed from its first frame to the end of its answer. Stopping sets a flag; whoever
 * does long work for a call asks running_stopped() again and again, and ends with its code. The
 * same question notices that the caller has closed the link: nobody waits for the answer any more.
 */
#ifndef CORE_REQUEST_RUNNING_H
#define CORE_REQUEST_RUNNING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/link/frame.h"
#include "storage/arena.h"

struct running_list;

struct running_call {
	struct running_list *list;
	struct running_call *next;
	uint64_t id;
	const struct call *call;
	const struct link *link;
	int64_t started;     /* clock_monotonic_us() */
	int64_t look_at;     /* when to look at the link again */
	bool gone;           /* the caller has closed the link */
	atomic_bool stopped; /* nobody wants it any more */
	atomic_bool begun;   /* its answer is on the way */
	atomic_uint_fast64_t asked;
};

struct running_list {
	pthread_mutex_t mutex;
	struct running_call *first;
	uint64_t last_id;
	atomic_int_fast64_t conversations; /* that are open, with a call or without */
};

void running_init(struct running_list *list);
void running_clear(struct running_list *list);

/* Lists RUNNING, a CALL that came over LINK; all three stay until running_end(). */
void running_begin(struct running_list *list, struct running_call *running, const struct call *call,
		   const struct link *link);
void running_end(struct running_call *running);

/*
 * ERR_STOPPED when the call was stopped or its caller has gone, else 0. Cheap: long loops ask for
 * each row. NULL, a call that is nobody's, is never stopped.
 */
int running_stopped(struct running_call *running);

/* Stops the call ID, or all of them when it is 0; ERR_NOT_FOUND when there is none. */
int running_stop(struct running_list *list, uint64_t id);

/* How many conversations there can be where the call is served: as many as its caller and its like
 * may have, or as are open. */
int64_t running_conversations(const struct running_call *running);

/* What can be told about a call. */
struct running_view {
	uint64_t id;
	const char *method, *path; /* of the operation; "batchctl" and the command */
	const char *user;          /* NULL: nobody in particular */
	double seconds;
	uint64_t steps; /* rows looked at, roughly */
	bool stopped;   /* and not yet ended */
};

struct running_view running_view(const struct running_call *running);

/* All calls, oldest first, copied into ARENA. */
struct running_view *running_look(struct running_list *list, struct arena *arena,
				  size_t *ret_count);

#endif
