/*
 * Import: NDJSON in, line by line, all of it or nothing.
 *
 * Lines are checked and stored as they come, beside whatever else batchd does, and stay invisible
 * until import_finish(). A bad line ends the run and leaves nothing of it (or is counted, with
 * skip_bad). What was imported before, or deleted since, is skipped and counted. A run that was cut
 * off, by a kill or by its client, goes on where its last transaction was, when it is begun again
 * with the same name; beginning another one drops what it left.
 */
#ifndef CORE_TRANSFER_IMPORT_H
#define CORE_TRANSFER_IMPORT_H

#include <stdbool.h>

#include "core/engine.h"

struct import;

struct import_options {
	const char *name; /* of what is read: the same for the same file; "" = cannot go on */
	bool skip_bad;
	bool again; /* import anew what was deleted since it was imported */
};

/* Where a run stands: what has been committed. */
struct import_progress {
	uint64_t offset; /* bytes read */
	uint64_t lines;
	uint64_t instances, decisions, operations; /* stored */
	uint64_t definitions, deployments, batches, job_logs;
	uint64_t skipped; /* already there, or deleted before */
	uint64_t bad;     /* lines, with skip_bad */
	uint64_t tasks;   /* stored, without a process instance */
};

/*
 * Begins a run, or goes on with the one that was cut off: *RET_PROGRESS says from which byte of the
 * input. ERR_BUSY while another one runs. One thread at a time.
 */
int import_begin(struct import **ret, struct engine *engine, const struct import_options *options,
		 struct arena *arena, struct error *error, struct import_progress *ret_progress);

/* Takes the next bytes of the input, in pieces of any size. ERR_INPUT: a bad line, see the message.
 */
int import_feed(struct import *import, const void *bytes, size_t size, struct error *error);

/* The input has ended: makes everything visible. */
int import_finish(struct import *import, struct error *error, struct import_progress *ret_progress);

/* Ends a run that failed: DROP takes back all of it, else it may go on later. Frees. */
void import_end(struct import *import, bool drop);

/* What is left of a run that was cut off. ERR_NOT_FOUND when there is none of that name. */
int import_interrupted(struct engine *engine, struct arena *arena, const char *name,
		       struct import_progress *ret);

#endif
