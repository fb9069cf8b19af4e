/*
 * What the deletion batches of history do (semantics.md 2.1, 2.2).
 */
#include "core/batch/types.h"
#include "core/history/delete.h"
#include "core/history/purger.h"

#include <stdlib.h>
#include <string.h>

#include "core/expression/date_time.h"

static const char *or_null(const char *text)
{
	return text ? text : "null";
}

static const char *java_date(struct arena *arena, int64_t time)
{
	char text[DATE_TIME_SIZE];

	if (time == TIME_NULL)
		return "null";
	java_date_format(time, text);
	return arena_strdup(arena, text);
}

/* The message with which the job of a running instance fails. */
static int refuse_running(struct batch_run *run, uint64_t number)
{
	struct rows rows[ROW_MAX];
	const union slot *row;
	struct arena *arena = run->txn->arena;

	TRY(history_read_process(run->txn, run->engine->history, number, 0, rows));
	row = rows[ROW_INSTANCE].row[0];
	return err_set(
		&run->error, arena, ERR_STILL_RUNNING,
		"Process instance is still running, cannot delete historic process instance: "
		"HistoricProcessInstanceEntity[businessKey=%s, startUserId=%s, "
		"superProcessInstanceId=%s, rootProcessInstanceId=%s, superCaseInstanceId=%s, "
		"deleteReason=%s, durationInMillis=null, startTime=%s, endTime=null, "
		"removalTime=%s, endActivityId=null, startActivityId=%s, id=%s, eventType=null, "
		"executionId=null, processDefinitionId=%s, processInstanceId=%s, tenantId=%s, "
		"restartedProcessInstanceId=%s]: instance.getEndTime() is null",
		or_null(row[INSTANCE_BUSINESS_KEY].s), or_null(row[INSTANCE_START_USER_ID].s),
		or_null(row[INSTANCE_SUPER_ID].s), or_null(row[INSTANCE_ROOT_ID].s),
		or_null(row[INSTANCE_SUPER_CASE_ID].s), or_null(row[INSTANCE_DELETE_REASON].s),
		java_date(arena, row[INSTANCE_START_TIME].i),
		java_date(arena, row[INSTANCE_REMOVAL_TIME].i),
		or_null(row[INSTANCE_START_ACTIVITY_ID].s), row[INSTANCE_ID].s,
		or_null(row[INSTANCE_DEFINITION_ID].s), row[INSTANCE_ID].s,
		or_null(row[INSTANCE_TENANT_ID].s), or_null(row[INSTANCE_RESTARTED_ID].s));
}

/* Buries the items' numbers; they come in ascending runs, one for each deployment. */
static int bury_items(struct txn *txn, struct archive *archive, const struct target_items *items)
{
	uint64_t i = 0, end;
	size_t buried;

	while (i < items->count && items->numbers[i] != UINT64_MAX) {
		for (end = i + 1; end < items->count && items->numbers[end] != UINT64_MAX &&
				  items->numbers[end] > items->numbers[end - 1];
		     end++)
			;
		TRY(archive_bury(txn, archive, items->numbers + i, end - i, &buried));
		i = end;
	}
	return 0;
}

int history_delete_execute(struct batch_run *run)
{
	struct history *history = run->engine->history;
	uint64_t running = history_find_running(history, run->items.numbers, run->items.count);

	if (running < run->items.count) {
		run->failed_item = running;
		return refuse_running(run, run->items.numbers[running]);
	}
	TRY(bury_items(run->txn, history->processes, &run->items));
	txn_on_commit(run->txn, purger_wake, history);
	return 0;
}

int history_decision_delete_execute(struct batch_run *run)
{
	struct history *history = run->engine->history;

	TRY(bury_items(run->txn, history->decisions, &run->items));
	txn_on_commit(run->txn, purger_wake, history);
	return 0;
}
