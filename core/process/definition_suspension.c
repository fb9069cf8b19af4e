#include "core/process/definition_suspension.h"

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

int suspension_apply(struct txn *txn, struct engine *engine, const struct suspension *suspension)
{
	union slot *row;
	int code;

	if (!suspension->definition_id)
		return suspend_key(txn, engine, suspension);
	code = definition_get(txn, &process_definition_kind, suspension->definition_id, &row);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return suspend_row(txn, engine, suspension, row);
}
