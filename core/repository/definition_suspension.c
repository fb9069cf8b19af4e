#include "core/repository/definition_suspension.h"

#include <string.h>

#include "core/job/process_job_definition.h"

static int suspend_job_definitions(struct txn *txn, const char *definition, bool suspended)
{
	struct job_definition row;
	struct scan scan;
	int code;

	process_job_definition_scan(&scan, txn, definition);
	while (!(code = process_job_definition_next(&scan, txn->arena, &row))) {
		row.suspended = suspended;
		TRY(process_job_definition_put(txn, &row));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int suspend_row(struct txn *txn, struct engine *engine, const struct suspension *suspension,
		       union slot *row)
{
	(void)engine;
	if (suspension->of_jobs)
		return suspend_job_definitions(txn, row[DEFINITION_ID].s, suspension->suspended);
	row[PROCESS_DEFINITION_SUSPENDED].i = suspension->suspended;
	TRY(suspend_job_definitions(txn, row[DEFINITION_ID].s, suspension->suspended));
	return definition_put(txn, &process_definition_kind, row);
}

static int suspend_key(struct txn *txn, struct engine *engine, const struct suspension *suspension)
{
	struct definitions definitions;
	size_t i;

	TRY(definitions_read(txn, &process_definition_kind, &definitions));
	for (i = 0; i < definitions.count; i++)
		if (!strcmp(definitions.rows[i][DEFINITION_KEY].s, suspension->key))
			TRY(suspend_row(txn, engine, suspension, definitions.rows[i]));
	return 0;
}

/* One of a batch, with its jobs. */
static int suspend_of_batch(struct txn *txn, const struct suspension *suspension)
{
	struct batch batch;
	enum job_kind kind;
	int code = job_definition_find(txn, suspension->job_definition_id, &batch, &kind);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	batch.definition_suspended[kind] = suspension->suspended;
	if (suspension->include_jobs)
		TRY(jobs_set_suspended(txn, &batch, kind, suspension->suspended));
	return batch_put(txn, &batch);
}

static int suspend_job_definition(struct txn *txn, const struct suspension *suspension)
{
	struct job_definition row;
	int code = process_job_definition_get(txn, suspension->job_definition_id, &row);

	if (code == ERR_NOT_FOUND)
		return suspend_of_batch(txn, suspension);
	TRY(code);
	row.suspended = suspension->suspended;
	return process_job_definition_put(txn, &row);
}

int suspension_apply(struct txn *txn, struct engine *engine, const struct suspension *suspension)
{
	union slot *row;
	int code;

	if (suspension->job_definition_id)
		return suspend_job_definition(txn, suspension);
	if (!suspension->definition_id)
		return suspend_key(txn, engine, suspension);
	code = definition_get(txn, &process_definition_kind, suspension->definition_id, &row);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return suspend_row(txn, engine, suspension, row);
}
