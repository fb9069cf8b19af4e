/*
 * batchd's whole state: what handlers and jobs work with.
 *
 * Opened once at the start, closed at the end; everything in it looks after its own threads'
 * safety.
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/config.h"
#include "storage/store.h"

struct history;
struct job_executor;
struct model_cache;
struct external_task_waiters;

struct engine {
	const struct config *config;
	struct store *store;
	struct history *history;               /* core/history/history.h */
	struct job_executor *executor;         /* core/job/job_executor.h */
	struct model_cache *models;            /* core/process/model_cache.h */
	struct external_task_waiters *waiters; /* core/runtime/external_task_wait.h */
};

/* Opens the store of CONFIG and all that stands on it. Failures have a message. */
int engine_open(struct engine *engine, const struct config *config, struct arena *arena,
		struct error *error);

/* Lets what runs come to its next commit, then closes. */
void engine_close(struct engine *engine);

#endif
