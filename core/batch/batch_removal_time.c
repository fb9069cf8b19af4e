/*
 * What batch-set-removal-time does (semantics.md 2.5). Its items are numbers of historic batches.
 */
#include "core/batch/types.h"
#include "core/history/job_log_entry.h"
#include "core/history/removal_time.h"
#include "core/job/history_batch.h"
#include "core/job/incident.h"

/* Entries and incidents of our own batches take the batch's time; imported ones have theirs. */
static int set_imported(struct txn *txn, uint64_t number, int64_t removal_time)
{
	struct incident_scan incidents;
	struct scan logs;
	union slot *row;
	uint32_t ordinal = 0;
	int code;

	job_log_imported_start(&logs, txn, number);
	while (!(code = job_log_imported_next(&logs, txn->arena, &row))) {
		row[JOB_LOG_REMOVAL_TIME].i = removal_time;
		TRY(job_log_import(txn, number, ordinal++, row));
	}
	if (code != ERR_NOT_FOUND)
		return code;
	incident_scan_start(&incidents, txn, txn->arena, number);
	while (!(code = incident_scan_next(&incidents, &row))) {
		row[INCIDENT_REMOVAL_TIME].i = removal_time;
		TRY(incident_put(txn, number, incidents.ordinal, row));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int set_removal_time(struct batch_run *run, uint64_t number,
			    const struct removal_time *removal_time)
{
	const struct config *config = run->engine->config;
	struct history_batch batch;
	int code = history_batch_get(run->txn, number, &batch);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code; /* gone meanwhile */
	batch.removal_time =
		removal_time_value(removal_time, config, batch.start_time, batch.end_time,
				   history_batch_time_to_live(config, batch.type));
	batch.first_job = 0;
	TRY(history_batch_put(run->txn, &batch));
	return batch.imported == 1 ? set_imported(run->txn, number, batch.removal_time) : 0;
}

int history_batch_removal_time_execute(struct batch_run *run)
{
	struct removal_time removal_time;
	uint64_t i;

	TRY(removal_time_read(run->configuration, &removal_time));
	for (i = 0; i < run->items.count; i++)
		TRY(set_removal_time(run, run->items.numbers[i], &removal_time));
	return 0;
}
