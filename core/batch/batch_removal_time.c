/*
 * What batch-set-removal-time does (semantics.md 2.5). Its items are numbers of historic batches.
 */
#include <string.h>

#include "core/batch/batch_type.h"
#include "core/batch/history_batch.h"
#include "core/job/incident.h"
#include "core/job/job_log.h"
#include "core/json/date.h"

static int64_t calculate(const struct config *config, const struct history_batch *batch)
{
	int64_t days = history_batch_time_to_live(config, batch->type);
	bool ended = batch->end_time != TIME_NULL;

	if (days == SETTING_NULL || config->history_removal_time_strategy == REMOVAL_TIME_NONE)
		return TIME_NULL;
	if (config->history_removal_time_strategy == REMOVAL_TIME_END && !ended)
		return TIME_NULL;
	return date_add_days(ended ? batch->end_time : batch->start_time, days);
}

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

static int set_removal_time(struct batch_run *run, uint64_t number, const char *mode,
			    int64_t absolute)
{
	struct history_batch batch;
	int code = history_batch_get(run->txn, number, &batch);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code; /* gone meanwhile */
	if (!strcmp(mode, "absolute"))
		batch.removal_time = absolute;
	else if (!strcmp(mode, "cleared"))
		batch.removal_time = TIME_NULL;
	else
		batch.removal_time = calculate(run->engine->config, &batch);
	TRY(history_batch_put(run->txn, &batch));
	return batch.imported == 1 ? set_imported(run->txn, number, batch.removal_time) : 0;
}

int history_batch_removal_time_execute(struct batch_run *run)
{
	int64_t absolute = TIME_NULL;
	const char *mode = NULL;
	uint64_t i;

	if (json_to_string(json_member(run->configuration, "mode"), &mode) || !mode)
		return ERR_CORRUPT;
	if (json_present(run->configuration, "removalTime"))
		TRY(json_to_time(json_present(run->configuration, "removalTime"), &absolute));
	for (i = 0; i < run->items.count; i++)
		TRY(set_removal_time(run, run->items.numbers[i], mode, absolute));
	return 0;
}
