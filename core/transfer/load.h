/*
 * Loads: what an import stores in one transaction, and the thread that stores one load while the
 * next one is being filled.
 *
 * Each load is committed with the place in the input up to which it goes, so that a run that was
 * cut off goes on behind the last load. The postings of process instances follow, a segment's at a
 * time; those that were not put when a run was cut off are made anew from the records.
 */
#ifndef CORE_TRANSFER_LOAD_H
#define CORE_TRANSFER_LOAD_H

#include <pthread.h>

#include "core/history/item.h"
#include "core/transfer/import.h"
#include "storage/archive_backlog.h"

/* The three archives that items go to; tasks without a process instance go to that of instances. */
enum stock { STOCK_PROCESS, STOCK_DECISION, STOCK_OPERATION, STOCK_MAX };

/* A line that is kept as text until the end of the run. */
struct staged_line {
	uint64_t number;
	const char *text;
	struct staged_line *next;
};

struct load {
	struct arena arena; /* of all that is in it */
	struct item *items[STOCK_MAX];
	size_t count[STOCK_MAX], room[STOCK_MAX];
	struct staged_line *staged;
	struct import_progress progress; /* of the reading; what is stored is counted when it is */
};

struct loader {
	struct engine *engine;
	const struct import_options *options;
	struct load loads[2];
	struct load *filling;
	struct import_progress done;     /* committed; read it while nothing is being stored */
	struct archive_backlog *backlog; /* of process instances */
	uint64_t gathered; /* below this number postings are in the backlog, if not put yet */
	uint64_t posted;   /* below this one all of them are put */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct load *storing; /* NULL: the thread waits */
	int code;             /* of the first load that failed: none is stored after it */
	bool stop;
};

/* Begins behind DONE, with postings that are missing so far. OPTIONS must outlive the loader. */
int loader_start(struct loader *loader, struct engine *engine, const struct import_options *options,
		 const struct import_progress *done);

/* Room for one more item in the load that is being filled. */
struct item *loader_item(struct loader *loader, enum stock stock);

/* True when the load being filled is large enough for a transaction. */
bool loader_full(const struct loader *loader);

/*
 * Hands the filled load, read up to PROGRESS, to the thread, as soon as that has stored the one
 * before. Returns the code of a load that failed.
 */
int loader_pass(struct loader *loader, const struct import_progress *progress);

/* Waits until all that was passed is stored, and puts the postings that wait. */
int loader_finish(struct loader *loader);

/* Ends the thread and frees; what was not passed is not stored. */
void loader_stop(struct loader *loader);

/* The key in table `import` of where the run stands. */
#define LOAD_STATE_KEY "state"

/* Under `O` and the id's key: what the id named before, should the run be dropped. */
void load_old_key(uint8_t key[17], const uint8_t id[16]);

struct load_state {
	const char *name; /* of the run */
	struct import_progress progress;
	uint64_t posted;
};

/* Reads what stands under LOAD_STATE_KEY. ERR_CORRUPT. */
int load_state_decode(struct bytes value, struct arena *arena, struct load_state *ret);

#endif
