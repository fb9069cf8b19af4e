#include "core/job/history_batch.h"

#include <string.h>

#include "core/job/batch.h"
#include "core/id.h"
#include "core/job/incident.h"
#include "core/job/job_log.h"
#include "core/record/codec.h"
#include "core/record/row_json.h"
#include "core/schema.h"

static const struct field fields[] = {
	{"id",		     1,  FIELD_STRING, 0,            NULL         },
	{"type",		   2,  FIELD_STRING, 0,            NULL         },
	{"totalJobs",              3,  FIELD_INT,    0,            NULL         },
	{"batchJobsPerSeed",       4,  FIELD_INT,    0,            NULL         },
	{"invocationsPerBatchJob", 5,  FIELD_INT,    0,            NULL         },
	{"seedJobDefinitionId",    6,  FIELD_STRING, 0,            NULL         },
	{"monitorJobDefinitionId", 7,  FIELD_STRING, 0,            NULL         },
	{"batchJobDefinitionId",   8,  FIELD_STRING, 0,            NULL         },
	{"tenantId",               9,  FIELD_STRING, 0,            NULL         },
	{"createUserId",           10, FIELD_STRING, 0,            NULL         },
	{"startTime",              11, FIELD_TIME,   0,            NULL         },
	{"endTime",                12, FIELD_TIME,   0,            NULL         },
	{"removalTime",            13, FIELD_TIME,   0,            NULL         },
	{"executionStartTime",     14, FIELD_TIME,   0,            NULL         },
	{"number",                 0,  FIELD_LONG,   FIELD_SECRET, NULL         },
	{"mappings",               15, FIELD_ROWS,   FIELD_SECRET, &mapping_kind},
	{"imported",               16, FIELD_BOOL,   FIELD_SECRET, NULL         },
	{"hidden",                 17, FIELD_BOOL,   FIELD_SECRET, NULL         },
	{"firstJob",               18, FIELD_LONG,   FIELD_SECRET, NULL         },
};
const struct kind history_batch_kind = KIND("batch", 43, fields);

_Static_assert(sizeof(struct history_batch) == ARRAY_SIZE(fields) * sizeof(union slot),
	       "a historic batch is a row");

static int decode(struct txn *txn, uint64_t number, struct bytes value, struct history_batch *ret)
{
	static const struct rows none = {&mapping_kind, 0, NULL};
	union slot *row;

	TRY(row_decode(txn->arena, value.data, value.size, &history_batch_kind, &row));
	memcpy(ret, row, sizeof(*ret));
	ret->number = (int64_t)number;
	if (!ret->mappings)
		ret->mappings = &none;
	return 0;
}

int history_batch_get(struct txn *txn, uint64_t number, struct history_batch *ret)
{
	struct bytes value;
	uint8_t key[8];

	be64_write(key, number);
	TRY(txn_get(txn, TABLE_HISTORY_BATCH, key, sizeof(key), &value));
	return decode(txn, number, value, ret);
}

int history_batch_find(struct txn *txn, const char *text, struct history_batch *ret)
{
	struct id id;

	TRY(id_find(txn, text, &id));
	if (id.kind != ID_BATCH)
		return ERR_NOT_FOUND;
	TRY(history_batch_get(txn, id.number, ret));
	return ret->hidden == 1 ? ERR_NOT_FOUND : 0;
}

int history_batch_put(struct txn *txn, const struct history_batch *batch)
{
	struct buffer buffer;
	uint8_t key[8];
	int code;

	be64_write(key, (uint64_t)batch->number);
	buffer_init(&buffer);
	row_encode(&buffer, &history_batch_kind, (const union slot *)batch);
	code = txn_put(txn, TABLE_HISTORY_BATCH, key, sizeof(key), buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code;
}

int history_batch_next(struct txn *txn, uint64_t number, struct history_batch *ret)
{
	struct bytes key, value;
	uint8_t from[8];

	be64_write(from, number);
	TRY(txn_first(txn, TABLE_HISTORY_BATCH, (struct bytes){from, sizeof(from)},
		      (struct bytes){NULL, 0}, &key, &value));
	return key.size == 8 ? decode(txn, be64_read(key.data), value, ret) : ERR_CORRUPT;
}

struct layout history_batch_layout(const struct history_batch *batch)
{
	struct layout layout = {batch->mappings, (uint64_t)batch->invocations_per_batch_job,
				(uint64_t)batch->batch_jobs_per_seed};

	return layout;
}

int64_t history_batch_time_to_live(const struct config *config, const char *type)
{
	const char *own = config_map_text(&config->batch_operations_for_history_cleanup, type);

	return config_time_to_live_days(own ? own : config->batch_operation_history_time_to_live);
}

static bool is_running(struct txn *txn, uint64_t number, int *ret_code)
{
	struct batch batch;

	*ret_code = batch_get(txn, number, &batch);
	return !*ret_code;
}

int history_batch_remove(struct txn *txn, struct history_batch *batch)
{
	uint64_t number = (uint64_t)batch->number;
	uint8_t key[8];
	int code;

	if (is_running(txn, number, &code)) {
		batch->hidden = 1;
		TRY(history_batch_put(txn, batch));
		TRY(job_log_forget(txn, number, false));
		return incident_forget(txn, number, true);
	}
	if (code != ERR_NOT_FOUND)
		return code;
	be64_write(key, number);
	TRY(txn_delete(txn, TABLE_HISTORY_BATCH, key, sizeof(key)));
	TRY(job_log_forget(txn, number, true));
	TRY(target_delete(txn, number));
	return incident_forget(txn, number, false);
}

int history_batch_import(struct txn *txn, const union slot *row, const struct rows *job_logs,
			 const struct rows *incidents)
{
	struct history_batch batch;
	uint64_t number;
	size_t i;

	memcpy(&batch, row, sizeof(batch));
	TRY(id_next_number(txn, "batch", &number));
	batch.number = (int64_t)number;
	batch.imported = 1;
	TRY(id_put(txn, batch.id, ID_BATCH, number));
	job_log_number(txn->arena, job_logs);
	for (i = 0; i < job_logs->count; i++)
		TRY(job_log_import(txn, number, (uint32_t)i, job_logs->row[i]));
	for (i = 0; i < incidents->count; i++) {
		TRY(incident_put(txn, number, i + 1, incidents->row[i]));
		TRY(id_put(txn, incidents->row[i][INCIDENT_ID].s, ID_INCIDENT, number));
	}
	return history_batch_put(txn, &batch);
}

/* Rows gathered for a line. */
struct gathering {
	struct rows rows;
	size_t room;
	struct arena *arena;
};

static void gather(struct gathering *gathering, union slot *row)
{
	struct rows *rows = &gathering->rows;

	if (rows->count == gathering->room) {
		size_t room = gathering->room ? gathering->room * 2 : 64;
		union slot **grown = arena_array(gathering->arena, room, sizeof(*grown));

		if (rows->count)
			memcpy(grown, rows->row, rows->count * sizeof(*grown));
		rows->row = grown;
		gathering->room = room;
	}
	rows->row[rows->count++] = row;
}

static int gather_logs(struct txn *txn, const struct history_batch *batch, struct gathering *logs)
{
	struct job_log_walk walk;
	struct scan scan;
	union slot *row;
	uint64_t alike;
	int kind, code;

	job_log_imported_start(&scan, txn, (uint64_t)batch->number);
	while (!(code = job_log_imported_next(&scan, txn->arena, &row)))
		gather(logs, row);
	for (kind = 0; kind < JOB_KIND_MAX && code == ERR_NOT_FOUND; kind++) {
		TRY(job_log_walk_start(&walk, txn, txn->arena, batch, (enum job_kind)kind, 0,
				       false));
		while (!(code = job_log_walk_next(&walk, &row, &alike)))
			gather(logs, row);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int gather_incidents(struct txn *txn, const struct history_batch *batch,
			    struct gathering *incidents)
{
	struct incident_scan scan;
	union slot *row;
	int code;

	incident_scan_start(&scan, txn, txn->arena, (uint64_t)batch->number);
	while (!(code = incident_scan_next(&scan, &row))) {
		if (batch->imported != 1)
			row[INCIDENT_REMOVAL_TIME].i = batch->removal_time;
		gather(incidents, row);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int export_line(struct txn *txn, struct json_writer *writer,
		       const struct history_batch *batch)
{
	struct gathering logs = {
		{&job_log_kind, 0, NULL},
                0, txn->arena
        };
	struct gathering incidents = {
		{&incident_kind, 0, NULL},
                0, txn->arena
        };

	TRY(gather_logs(txn, batch, &logs));
	TRY(gather_incidents(txn, batch, &incidents));
	json_open_object(writer);
	json_key(writer, history_batch_kind.name);
	row_export(writer, &history_batch_kind, (const union slot *)batch);
	rows_export(writer, &job_log_kind, &logs.rows);
	rows_export(writer, &incident_kind, &incidents.rows);
	json_close_object(writer);
	json_newline(writer);
	return writer->code;
}

int history_batch_export(struct engine *engine, struct json_writer *writer)
{
	struct history_batch batch;
	uint64_t number = 0;
	struct arena arena;
	int code = 0;

	arena_init(&arena);
	while (!code) {
		struct txn txn = txn_reader(engine->store, &arena);

		code = history_batch_next(&txn, number, &batch);
		if (!code)
			number = (uint64_t)batch.number + 1;
		if (!code && batch.end_time != TIME_NULL && batch.hidden != 1)
			code = export_line(&txn, writer, &batch);
		arena_clear(&arena);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}
