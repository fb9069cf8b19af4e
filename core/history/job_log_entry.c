#include "core/history/job_log_entry.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/history/history.h"
#include "core/id.h"
#include "core/record/codec.h"
#include "core/record/row_json.h"
#include "core/schema.h"

enum { IMPORTED_KEY_SIZE = 13, IMPORTED_PREFIX_SIZE = 9, KIND_IMPORTED = 0xff };

static const struct field fields[] = {
	{"id",			 1,  FIELD_STRING, 0,            NULL},
	{"timestamp",                  2,  FIELD_TIME,   0,            NULL},
	{"removalTime",                3,  FIELD_TIME,   0,            NULL},
	{"jobId",		      4,  FIELD_STRING, 0,            NULL},
	{"jobDueDate",                 5,  FIELD_TIME,   0,            NULL},
	{"jobRetries",                 6,  FIELD_INT,    0,            NULL},
	{"jobPriority",                7,  FIELD_LONG,   0,            NULL},
	{"jobExceptionMessage",        8,  FIELD_STRING, 0,            NULL},
	{"failedActivityId",           9,  FIELD_STRING, 0,            NULL},
	{"jobDefinitionId",            10, FIELD_STRING, 0,            NULL},
	{"jobDefinitionType",          11, FIELD_STRING, 0,            NULL},
	{"jobDefinitionConfiguration", 12, FIELD_STRING, 0,            NULL},
	{"activityId",                 13, FIELD_STRING, 0,            NULL},
	{"executionId",                14, FIELD_STRING, 0,            NULL},
	{"processInstanceId",          15, FIELD_STRING, 0,            NULL},
	{"processDefinitionId",        16, FIELD_STRING, 0,            NULL},
	{"processDefinitionKey",       17, FIELD_STRING, 0,            NULL},
	{"deploymentId",               18, FIELD_STRING, 0,            NULL},
	{"rootProcessInstanceId",      19, FIELD_STRING, 0,            NULL},
	{"tenantId",                   20, FIELD_STRING, 0,            NULL},
	{"hostname",                   21, FIELD_STRING, 0,            NULL},
	{"batchId",		    22, FIELD_STRING, 0,            NULL},
	{"creationLog",                23, FIELD_BOOL,   0,            NULL},
	{"failureLog",                 24, FIELD_BOOL,   0,            NULL},
	{"successLog",                 25, FIELD_BOOL,   0,            NULL},
	{"deletionLog",                26, FIELD_BOOL,   0,            NULL},
	{"stacktrace",                 27, FIELD_STRING, FIELD_HIDDEN, NULL},
	{"sequenceCounter",            28, FIELD_INT,    FIELD_SECRET, NULL},
};
const struct kind job_log_kind = KIND("jobLogs", 8, fields);

_Static_assert(ARRAY_SIZE(fields) == JOB_LOG_FIELD_MAX, "one slot a field");

struct numbered {
	union slot *row;
	size_t place;
};

static int compare_jobs(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	const char *a_job = a->row[JOB_LOG_JOB_ID].s, *b_job = b->row[JOB_LOG_JOB_ID].s;
	int order = strcmp(a_job ? a_job : "", b_job ? b_job : "");

	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static bool same_job(const struct numbered *a, const struct numbered *b)
{
	return a->row[JOB_LOG_JOB_ID].s && b->row[JOB_LOG_JOB_ID].s &&
	       !strcmp(a->row[JOB_LOG_JOB_ID].s, b->row[JOB_LOG_JOB_ID].s);
}

/* A job begins with 1; a failure counts it on after it is logged, an execution before. */
void job_log_number(struct arena *arena, const struct rows *rows)
{
	struct numbered *numbered = arena_array(arena, rows->count, sizeof(*numbered));
	int64_t failures = 0;
	size_t i;

	for (i = 0; i < rows->count; i++)
		numbered[i] = (struct numbered){rows->row[i], i};
	if (rows->count)
		qsort(numbered, rows->count, sizeof(*numbered), compare_jobs);
	for (i = 0; i < rows->count; i++) {
		union slot *row = numbered[i].row;

		if (!i || !same_job(&numbered[i], &numbered[i - 1]))
			failures = 0;
		row[JOB_LOG_SEQUENCE].i = failures + (row[JOB_LOG_SUCCESS].i == 1 ? 2 : 1);
		failures += row[JOB_LOG_FAILURE].i == 1;
	}
}

int job_log_put_row(struct txn *txn, const uint8_t *key, size_t key_size, const union slot *row)
{
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	row_encode(&buffer, &job_log_kind, row);
	code = txn_put(txn, TABLE_JOB_LOG, key, key_size, buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code;
}

static void imported_key(uint8_t key[IMPORTED_KEY_SIZE], uint64_t batch, uint32_t ordinal)
{
	be64_write(key, batch);
	key[8] = KIND_IMPORTED;
	be32_write(key + 9, ordinal);
}

int job_log_import(struct txn *txn, uint64_t batch, uint32_t ordinal, const union slot *row)
{
	uint8_t key[IMPORTED_KEY_SIZE];

	imported_key(key, batch, ordinal);
	TRY(job_log_put_row(txn, key, sizeof(key), row));
	return id_put(txn, row[JOB_LOG_ID].s, ID_EXECUTION_LOG, batch);
}

void job_log_imported_start(struct scan *scan, struct txn *txn, uint64_t batch)
{
	uint8_t prefix[IMPORTED_KEY_SIZE];

	imported_key(prefix, batch, 0);
	scan_prefix(scan, txn, TABLE_JOB_LOG, prefix, IMPORTED_PREFIX_SIZE);
}

int job_log_imported_next(struct scan *scan, struct arena *arena, union slot **ret)
{
	struct bytes key, value;

	TRY(scan_next(scan, &key, &value));
	return row_decode(arena, value.data, value.size, &job_log_kind, ret);
}

int job_log_next_imported(struct txn *txn, uint64_t batch, uint64_t *ret)
{
	uint8_t from[IMPORTED_PREFIX_SIZE];
	struct bytes key, value;

	be64_write(from, batch);
	from[8] = KIND_IMPORTED;
	for (;;) {
		TRY(txn_first(txn, TABLE_JOB_LOG, (struct bytes){from, sizeof(from)},
			      (struct bytes){NULL, 0}, &key, &value));
		if (key.size < sizeof(from))
			return ERR_CORRUPT;
		*ret = be64_read(key.data);
		if (key.data[8] == KIND_IMPORTED)
			return 0;
		be64_write(from, *ret);
	}
}

/* What memory learns of the least removal time at the commit. */
struct least {
	struct history *history;
	int64_t time;
};

static void lower_least(void *arg)
{
	const struct least *least = arg;

	/* what is not known stays so */
	if (least->time < least->history->loose_logs_due)
		least->history->loose_logs_due = least->time;
}

static void set_least(void *arg)
{
	const struct least *least = arg;

	least->history->loose_logs_due = least->time;
}

static void note_least(struct txn *txn, void (*note)(void *arg), struct history *history,
		       int64_t time)
{
	struct least least = {history, time};

	txn_on_commit(txn, note, arena_copy(txn->arena, &least, sizeof(least)));
}

int job_log_put_loose(struct txn *txn, struct history *history, const union slot *row)
{
	uint8_t key[IMPORTED_KEY_SIZE];
	struct id found;
	uint64_t number;
	int code = id_find(txn, row[JOB_LOG_ID].s, &found);

	if (code != ERR_NOT_FOUND)
		return code ? code : ERR_EXISTS;
	TRY(id_next_number(txn, "loose-job-log", &number));
	imported_key(key, 0, (uint32_t)number);
	TRY(job_log_put_row(txn, key, sizeof(key), row));
	if (row[JOB_LOG_REMOVAL_TIME].i != TIME_NULL)
		note_least(txn, lower_least, history, row[JOB_LOG_REMOVAL_TIME].i);
	return id_put(txn, row[JOB_LOG_ID].s, ID_LOOSE_LOG, number);
}

int job_log_clean_loose(struct txn *txn, struct history *history, int64_t now, uint64_t most,
			uint64_t *ret_removed)
{
	int64_t least = INT64_MAX;
	uint8_t prefix[IMPORTED_KEY_SIZE];
	struct bytes key, value;
	struct scan scan;
	union slot *row;
	int code = 0;

	*ret_removed = 0;
	if (history->loose_logs_due != TIME_NULL && history->loose_logs_due > now)
		return 0;
	imported_key(prefix, 0, 0);
	scan_prefix(&scan, txn, TABLE_JOB_LOG, prefix, IMPORTED_PREFIX_SIZE);
	while (*ret_removed < most && !(code = scan_next(&scan, &key, &value))) {
		struct arena rows;
		int64_t time = TIME_NULL;

		arena_init(&rows);
		code = row_decode(&rows, value.data, value.size, &job_log_kind, &row);
		if (!code)
			time = row[JOB_LOG_REMOVAL_TIME].i;
		arena_clear(&rows);
		TRY(code);
		if (time == TIME_NULL || time > now) {
			least = time != TIME_NULL && time < least ? time : least;
			continue;
		}
		TRY(txn_delete(txn, TABLE_JOB_LOG, key.data, key.size));
		++*ret_removed;
	}
	if (code == ERR_NOT_FOUND)
		note_least(txn, set_least, history, least);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int job_log_export_loose(struct engine *engine, struct json_writer *writer)
{
	struct arena arena, rows;
	struct txn reader;
	struct scan scan;
	union slot *row;
	int code;

	arena_init(&arena);
	arena_init(&rows);
	reader = txn_reader(engine->store, &arena);
	job_log_imported_start(&scan, &reader, 0);
	while (!(code = job_log_imported_next(&scan, &rows, &row)) && !writer->code) {
		json_open_object(writer);
		json_key(writer, "jobLog");
		row_export(writer, &job_log_kind, row);
		json_close_object(writer);
		json_newline(writer);
		arena_clear(&rows);
	}
	arena_clear(&rows);
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? writer->code : code;
}

int job_log_find_loose(struct txn *txn, uint64_t number, union slot **ret)
{
	uint8_t key[IMPORTED_KEY_SIZE];
	struct bytes value;

	imported_key(key, 0, (uint32_t)number);
	TRY(txn_get(txn, TABLE_JOB_LOG, key, sizeof(key), &value));
	return row_decode(txn->arena, value.data, value.size, &job_log_kind, ret);
}

int job_log_find_imported(struct txn *txn, const char *id, uint64_t batch, union slot **ret)
{
	struct scan scan;

	job_log_imported_start(&scan, txn, batch);
	for (;;) {
		TRY(job_log_imported_next(&scan, txn->arena, ret));
		if (!strcmp((*ret)[JOB_LOG_ID].s, id))
			return 0;
	}
}
