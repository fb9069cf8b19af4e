#include "core/job/incident.h"

#include "core/id.h"
#include "core/job/job.h"
#include "core/record/codec.h"
#include "core/schema.h"

enum { KEY_SIZE = 16 };

static void incident_key(uint8_t key[KEY_SIZE], uint64_t batch, uint64_t ordinal)
{
	be64_write(key, batch);
	be64_write(key + 8, ordinal);
}

int incident_get(struct txn *txn, uint64_t batch, uint64_t ordinal, union slot **ret)
{
	uint8_t key[KEY_SIZE];
	struct bytes value;

	incident_key(key, batch, ordinal);
	TRY(txn_get(txn, TABLE_INCIDENT, key, sizeof(key), &value));
	return row_decode(txn->arena, value.data, value.size, &incident_kind, ret);
}

int incident_put(struct txn *txn, uint64_t batch, uint64_t ordinal, const union slot *row)
{
	uint8_t key[KEY_SIZE];
	struct buffer buffer;
	int code;

	incident_key(key, batch, ordinal);
	buffer_init(&buffer);
	row_encode(&buffer, &incident_kind, row);
	code = txn_put(txn, TABLE_INCIDENT, key, sizeof(key), buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code;
}

static const char *last_failure_id(struct txn *txn, const struct batch *batch,
				   const struct job *job)
{
	return job->last_failure ? job_log_id(txn->arena, txn->store, (uint64_t)batch->number,
					      (enum job_kind)job->kind, (uint64_t)job->index,
					      (uint64_t)job->last_failure)
				 : NULL;
}

static int learn_of_failure(struct txn *txn, const struct batch *batch, const struct job *job)
{
	union slot *row;

	TRY(incident_get(txn, (uint64_t)batch->number, (uint64_t)job->incident, &row));
	row[INCIDENT_HISTORY_CONFIGURATION].s = last_failure_id(txn, batch, job);
	return incident_put(txn, (uint64_t)batch->number, (uint64_t)job->incident, row);
}

/* Those of no batch have a counter of the store. */
static int next_ordinal(struct txn *txn, struct batch *batch, int64_t *ret)
{
	uint64_t number;

	if (batch->number) {
		*ret = ++batch->incidents;
		return 0;
	}
	TRY(id_next_number(txn, "incident", &number));
	*ret = (int64_t)number;
	return 0;
}

int incident_open(struct txn *txn, struct engine *engine, struct batch *batch, struct job *job)
{
	union slot *row = row_new(txn->arena, &incident_kind);

	if (job->incident)
		return learn_of_failure(txn, batch, job);
	if (!engine->config->create_incident_on_failed_job_enabled)
		return 0;
	TRY(next_ordinal(txn, batch, &job->incident));
	row[INCIDENT_ID].s = id_text(txn->arena, txn->store, ID_INCIDENT, (uint64_t)batch->number,
				     (uint64_t)job->incident);
	row[INCIDENT_CREATE_TIME].i = clock_now();
	row[INCIDENT_TYPE].s = "failedJob";
	row[INCIDENT_CAUSE_ID].s = row[INCIDENT_ROOT_CAUSE_ID].s = row[INCIDENT_ID].s;
	row[INCIDENT_CONFIGURATION].s = job->id;
	row[INCIDENT_HISTORY_CONFIGURATION].s = last_failure_id(txn, batch, job);
	row[INCIDENT_MESSAGE].s = job->exception_message;
	row[INCIDENT_TENANT_ID].s = batch->tenant_id;
	row[INCIDENT_JOB_DEFINITION_ID].s = job->job_definition_id;
	row[INCIDENT_OPEN].i = 1;
	row[INCIDENT_HIDDEN].i = engine->config->history != HISTORY_FULL;
	return incident_put(txn, (uint64_t)batch->number, (uint64_t)job->incident, row);
}

int incident_close(struct txn *txn, const struct batch *batch, struct job *job, bool deleted,
		   int64_t now)
{
	uint64_t ordinal = (uint64_t)job->incident;
	uint8_t key[KEY_SIZE];
	union slot *row;

	if (!ordinal)
		return 0;
	job->incident = 0;
	TRY(incident_get(txn, (uint64_t)batch->number, ordinal, &row));
	if (row[INCIDENT_HIDDEN].i == 1) {
		incident_key(key, (uint64_t)batch->number, ordinal);
		return txn_delete(txn, TABLE_INCIDENT, key, sizeof(key));
	}
	row[INCIDENT_OPEN].i = 0;
	row[deleted ? INCIDENT_DELETED : INCIDENT_RESOLVED].i = 1;
	row[INCIDENT_END_TIME].i = now;
	return incident_put(txn, (uint64_t)batch->number, ordinal, row);
}

void incident_scan_start(struct incident_scan *scan, struct txn *txn, struct arena *arena,
			 uint64_t batch)
{
	uint8_t prefix[8];

	be64_write(prefix, batch);
	scan_prefix(&scan->scan, txn, TABLE_INCIDENT, prefix, batch ? sizeof(prefix) : 0);
	scan->arena = arena;
}

int incident_scan_next(struct incident_scan *scan, union slot **ret)
{
	struct bytes key, value;

	TRY(scan_next(&scan->scan, &key, &value));
	if (key.size != KEY_SIZE)
		return ERR_CORRUPT;
	scan->batch = be64_read(key.data);
	scan->ordinal = be64_read(key.data + 8);
	return row_decode(scan->arena, value.data, value.size, &incident_kind, ret);
}

int incident_forget(struct txn *txn, uint64_t batch, bool keep_open)
{
	struct incident_scan scan;
	uint8_t key[KEY_SIZE];
	union slot *row;
	int code;

	incident_scan_start(&scan, txn, txn->arena, batch);
	while (!(code = incident_scan_next(&scan, &row))) {
		if (keep_open && row[INCIDENT_OPEN].i == 1) {
			row[INCIDENT_HIDDEN].i = 1;
			TRY(incident_put(txn, batch, scan.ordinal, row));
			continue;
		}
		incident_key(key, batch, scan.ordinal);
		TRY(txn_delete(txn, TABLE_INCIDENT, key, sizeof(key)));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}
