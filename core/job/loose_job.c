#include "core/job/loose_job.h"

#include "core/job/job_log.h"
#include "core/json/date.h"
#include "core/schema.h"
#include "storage/uuid.h"

/* The key of a job's record: its batch, from KIND_AT on its kind, from INDEX_AT on its index. */
enum { KIND_AT = 8, INDEX_AT = 9, KEY_SIZE = 17 };

static const char *new_id(struct arena *arena)
{
	char *id = arena_alloc(arena, UUID_TEXT + 1);
	uint8_t uuid[UUID_SIZE];

	uuid_random(uuid);
	uuid_format(uuid, id);
	return id;
}

static int64_t removal_time(const struct engine *engine, const struct job *job, int64_t now)
{
	int64_t days =
		config_time_to_live_days(engine->config->history_cleanup_job_log_time_to_live);

	return job->kind != JOB_CLEANUP || days == SETTING_NULL ? TIME_NULL
								: date_add_days(now, days);
}

const char *loose_job_type(const struct job *job)
{
	return job->kind == JOB_CLEANUP ? "history-cleanup" : job->handler_type;
}

int loose_job_log(struct txn *txn, const struct engine *engine, struct job *job, int state,
		  int64_t now)
{
	union slot *row = row_new(txn->arena, &job_log_kind);

	if (engine->config->history != HISTORY_FULL)
		return 0;
	row[JOB_LOG_ID].s = new_id(txn->arena);
	row[JOB_LOG_TIMESTAMP].i = now;
	row[JOB_LOG_REMOVAL_TIME].i = removal_time(engine, job, now);
	row[JOB_LOG_JOB_ID].s = job->id;
	row[JOB_LOG_DUE_DATE].i = job->due_date;
	row[JOB_LOG_RETRIES].i = job->retries;
	row[JOB_LOG_PRIORITY].i = job->priority;
	row[JOB_LOG_DEFINITION_TYPE].s = loose_job_type(job);
	row[JOB_LOG_DEPLOYMENT_ID].s = job->deployment_id;
	row[JOB_LOG_HOSTNAME].s = job_log_hostname();
	row[JOB_LOG_SEQUENCE].i = ++job->sequence;
	row[state].i = 1;
	if (state == JOB_LOG_FAILURE) {
		row[JOB_LOG_EXCEPTION_MESSAGE].s = job->exception_message;
		row[JOB_LOG_STACKTRACE].s = job->stacktrace;
	}
	return job_log_put_loose(txn, engine->history, row);
}

void loose_job_scan(struct scan *scan, struct txn *txn, enum job_kind kind)
{
	const uint8_t prefix[INDEX_AT] = {[KIND_AT] = (uint8_t)kind};

	scan_prefix(scan, txn, TABLE_JOB, prefix, sizeof(prefix));
}

int loose_job_next(struct scan *scan, struct txn *txn, struct arena *arena, struct job *ret)
{
	struct txn rows = *txn;
	struct bytes key, value;
	struct batch none;

	TRY(scan_next(scan, &key, &value));
	if (key.size != KEY_SIZE)
		return ERR_CORRUPT;
	rows.arena = arena;
	TRY(batch_get(&rows, 0, &none));
	return job_get(&rows, &none, (enum job_kind)key.data[KIND_AT],
		       be64_read(key.data + INDEX_AT), ret);
}
