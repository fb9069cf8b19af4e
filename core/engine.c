#include "core/engine.h"

#include <string.h>

#include "core/history/child_shape.h"
#include "core/history/history.h"
#include "core/history/operation_log.h"
#include "core/history/purger.h"
#include "core/job/batch_jobs.h"
#include "core/job/cleanup_job.h"
#include "core/job/job_executor.h"
#include "core/process/latest_definition.h"
#include "core/process/model_cache.h"
#include "core/runtime/external_task_wait.h"
#include "core/runtime/running_index.h"
#include "core/schema.h"

int engine_open(struct engine *engine, const struct config *config, struct arena *arena,
		struct error *error)
{
	struct store_options options = {
		.home = config->home,
		.cache_size = (uint64_t)config->cache_size,
		.reserve_size = (uint64_t)config->reserve_size,
		.tables = table_names,
		.table_count = TABLE_MAX,
	};
	int code;

	memset(engine, 0, sizeof(*engine));
	engine->config = config;
	TRY(store_open(&engine->store, &options, arena, error));
	engine->models = model_cache_open();
	engine->waiters = external_task_waiters_open();
	code = latest_definitions_open(engine->store, arena);
	if (!code)
		code = running_index_open(engine->store, arena);
	if (!code)
		code = history_open(&engine->history, engine->store, arena);
	if (!code)
		code = child_shapes_begin(engine->history, arena);
	if (!code)
		code = operation_log_settle(engine, arena);
	if (!code)
		code = cleanup_jobs_start(engine, arena);
	if (!code)
		code = job_executor_open(engine, &engine->executor);
	if (!code)
		code = purger_start(engine->history, batch_jobs_purged, engine);
	return code ? err_set(error, arena, code, "cannot start on the store in %s: %s",
			      config->home, err_text(code))
		    : 0;
}

void engine_close(struct engine *engine)
{
	purger_stop(engine->history);
	job_executor_close(engine->executor);
	history_close(engine->history);
	model_cache_close(engine->models);
	external_task_waiters_close(engine->waiters);
	store_close(engine->store);
}
