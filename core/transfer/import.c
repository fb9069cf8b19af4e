#include "core/transfer/import.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/history.h"
#include "core/history/incident_kind.h"
#include "core/history/item.h"
#include "core/history/job_log_entry.h"
#include "core/history/operation_log.h"
#include "core/history/purger.h"
#include "core/id.h"
#include "core/job/history_batch.h"
#include "core/json/json.h"
#include "core/process/definition.h"
#include "core/process/deployment.h"
#include "core/process/model_cache.h"
#include "core/record/row_json.h"
#include "core/schema.h"
#include "core/transfer/load.h"
#include "storage/log.h"

enum { ID_LENGTH_MAX = 255 }; /* of definitions and deployments: they are keys */
enum {
	LINE_MAX_BYTES = 256 * 1024 * 1024,
	STAGED_AT_ONCE = 100,
	TAKE_BACK_AT_ONCE = 1000,
};

struct import {
	struct engine *engine;
	struct history *history;
	struct import_options options;
	struct buffer line;   /* the one in hand; its texts are used where they lie */
	struct arena scratch; /* of one line */
	struct record_writer *writer;
	struct loader loader;
	struct import_progress progress; /* of the reading */
	struct error *error;
};

static struct arena *kept(struct import *import)
{
	return &import->loader.filling->arena;
}

static int refuse(struct import *import, const char *what, const char *field)
{
	return err_set(import->error, kept(import), ERR_INPUT, "line %lu: %s%s%s",
		       (unsigned long)import->progress.lines, what, field ? ": " : "",
		       field ? field : "");
}

static int bind_row(struct import *import, const struct kind *kind, const struct json *object,
		    union slot **ret)
{
	const char *field;

	if (!row_import(&import->scratch, kind, object, ret, &field))
		return 0;
	return refuse(
		import,
		*field ? arena_printf(&import->scratch, "%s: bad value for %s", kind->name, field)
		       : kind->name,
		*field ? NULL : "an object is wanted");
}

static int bind_rows(struct import *import, const struct kind *kind, const struct json *list,
		     struct rows *ret)
{
	const struct json *member;

	ret->kind = kind;
	ret->count = 0;
	ret->row = NULL;
	if (!list)
		return 0;
	if (list->type != JSON_ARRAY)
		return refuse(import, kind->name, "a list is wanted");
	ret->row = arena_array(&import->scratch, list->count, sizeof(union slot *));
	for (member = list->first; member; member = member->next)
		TRY(bind_row(import, kind, member, &ret->row[ret->count++]));
	return 0;
}

static int require(struct import *import, const struct kind *kind, const union slot *row,
		   size_t slot)
{
	if (!slot_absent(&kind->fields[slot], row[slot]))
		return 0;
	return refuse(import, kind->name,
		      arena_printf(&import->scratch, "%s is missing", kind->fields[slot].name));
}

static int add_decision(struct import *import, union slot *row, const char *instance_id)
{
	TRY(require(import, &decision_instance_kind, row, DECISION_ID));
	TRY(require(import, &decision_instance_kind, row, DECISION_EVALUATION_TIME));
	if (!row[DECISION_PROCESS_INSTANCE_ID].s)
		row[DECISION_PROCESS_INSTANCE_ID].s = instance_id;
	return item_of_decision(import->history, kept(import), import->writer, row,
				loader_item(&import->loader, STOCK_DECISION));
}

static int add_operation(struct import *import, union slot *row, const char *instance_id)
{
	size_t slot = kind_slot(&user_operation_kind, "processInstanceId");

	TRY(require(import, &user_operation_kind, row, OPERATION_ID));
	if (!row[slot].s)
		row[slot].s = instance_id;
	return item_of_operation(import->history, kept(import), import->writer, row,
				 loader_item(&import->loader, STOCK_OPERATION));
}

static int add_outliving(struct import *import, const struct json *line, const char *instance_id)
{
	struct rows rows;
	size_t i;

	TRY(bind_rows(import, &decision_instance_kind, json_member(line, "decisionInstances"),
		      &rows));
	for (i = 0; i < rows.count; i++)
		TRY(add_decision(import, rows.row[i], instance_id));
	TRY(bind_rows(import, &user_operation_kind, json_member(line, "userOperations"), &rows));
	for (i = 0; i < rows.count; i++)
		TRY(add_operation(import, rows.row[i], instance_id));
	return 0;
}

/* The lists of the kinds from FIRST on. */
static int bind_children(struct import *import, const struct json *line, size_t first,
			 struct rows rows[ROW_MAX])
{
	size_t kind;

	for (kind = first; kind < ROW_MAX; kind++)
		TRY(bind_rows(import, process_kinds[kind],
			      json_member(line, process_kinds[kind]->name), &rows[kind]));
	return 0;
}

static int take_process(struct import *import, const struct json *line, const struct json *object)
{
	struct rows rows[ROW_MAX];
	union slot *instance;

	TRY(bind_row(import, &process_instance_kind, object, &instance));
	TRY(require(import, &process_instance_kind, instance, INSTANCE_ID));
	TRY(require(import, &process_instance_kind, instance, INSTANCE_START_TIME));
	if (history_is_standalone(instance))
		return refuse(import, "processInstance", "bad value for state");
	rows[ROW_INSTANCE] = (struct rows){&process_instance_kind, 1, &instance};
	TRY(bind_children(import, line, ROW_INSTANCE + 1, rows));
	TRY(item_of_process(import->history, kept(import), import->writer, rows,
			    loader_item(&import->loader, STOCK_PROCESS)));
	return add_outliving(import, line, instance[INSTANCE_ID].s);
}

/* The row of the instance that a task without one is stored under. */
static union slot *instance_of_task(struct import *import, const union slot *task)
{
	union slot *row = row_new(&import->scratch, &process_instance_kind);

	row[INSTANCE_ID].s = history_standalone_id(&import->scratch, task[TASK_ID].s);
	row[INSTANCE_START_TIME].i = task[TASK_START_TIME].i;
	row[INSTANCE_END_TIME].i = task[TASK_END_TIME].i;
	row[INSTANCE_TENANT_ID].s = task[TASK_TENANT_ID].s;
	row[INSTANCE_STATE].s = state_names[STATE_STANDALONE_TASK];
	return row;
}

static int take_task(struct import *import, const struct json *line, const struct json *object)
{
	struct rows rows[ROW_MAX];
	union slot *task, *instance;

	TRY(bind_row(import, &task_kind, object, &task));
	TRY(require(import, &task_kind, task, TASK_ID));
	TRY(require(import, &task_kind, task, TASK_START_TIME));
	if (json_present(object, "processInstanceId"))
		return refuse(import, "task: processInstanceId",
			      "tasks of a process instance stand on its line");
	instance = instance_of_task(import, task);
	rows[ROW_INSTANCE] = (struct rows){&process_instance_kind, 1, &instance};
	rows[ROW_ACTIVITY] = (struct rows){&activity_instance_kind, 0, NULL};
	rows[ROW_TASK] = (struct rows){&task_kind, 1, &task};
	TRY(bind_children(import, line, ROW_TASK + 1, rows));
	return item_of_process(import->history, kept(import), import->writer, rows,
			       loader_item(&import->loader, STOCK_PROCESS));
}

static int take_decision(struct import *import, const struct json *line, const struct json *object)
{
	union slot *row;

	(void)line;
	TRY(bind_row(import, &decision_instance_kind, object, &row));
	return add_decision(import, row, NULL);
}

static int take_operation(struct import *import, const struct json *line, const struct json *object)
{
	union slot *row;

	(void)line;
	TRY(bind_row(import, &user_operation_kind, object, &row));
	return add_operation(import, row, NULL);
}

/* What is stored at the end of the run: kept as text until then. */
static int stage(struct import *import, const struct json *line)
{
	struct staged_line *staged = arena_alloc(kept(import), sizeof(*staged));
	struct json_writer writer;

	json_writer_init(&writer, 0, NULL, NULL);
	json_tree(&writer, line);
	staged->text =
		arena_strndup(kept(import), (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	staged->number = import->progress.lines;
	staged->next = import->loader.filling->staged;
	import->loader.filling->staged = staged;
	return 0;
}

static const struct kind *definition_kind_of(const char *name)
{
	static const struct kind *const kinds[] = {&deployment_kind, &process_definition_kind,
						   &decision_definition_kind,
						   &requirements_definition_kind};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	return NULL;
}

static int take_definition(struct import *import, const struct json *line,
			   const struct json *object)
{
	const struct kind *kind = definition_kind_of(object->key);
	union slot *row;

	TRY(bind_row(import, kind, object, &row));
	TRY(require(import, kind, row, DEFINITION_ID));
	if (strlen(row[DEFINITION_ID].s) > ID_LENGTH_MAX)
		return refuse(import, "an id is longer than 255 bytes", NULL);
	if ((kind == &process_definition_kind || kind == &decision_definition_kind) &&
	    row[DEFINITION_TIME_TO_LIVE].i != INT_NULL && row[DEFINITION_TIME_TO_LIVE].i < 0)
		return refuse(import, "a time to live is negative", row[DEFINITION_ID].s);
	if (kind == &deployment_kind && !deployment_is_readable(&import->scratch, row))
		return refuse(import, "deployment: data of a resource is no base64", NULL);
	if (kind == &deployment_kind)
		import->progress.deployments++;
	else
		import->progress.definitions++;
	return stage(import, line);
}

/* Rows with ids of their own, by which they are found. */
static int bind_named_rows(struct import *import, const struct kind *kind, const struct json *list,
			   struct rows *ret)
{
	size_t i;

	TRY(bind_rows(import, kind, list, ret));
	for (i = 0; i < ret->count; i++)
		TRY(require(import, kind, ret->row[i], 0));
	return 0;
}

static int take_batch(struct import *import, const struct json *line, const struct json *object)
{
	struct rows rows;
	union slot *row;

	TRY(bind_row(import, &history_batch_kind, object, &row));
	TRY(require(import, &history_batch_kind, row, 0));
	TRY(bind_named_rows(import, &job_log_kind, json_member(line, "jobLogs"), &rows));
	TRY(bind_named_rows(import, &incident_kind, json_member(line, "incidents"), &rows));
	import->progress.batches++;
	return stage(import, line);
}

static int take_job_log(struct import *import, const struct json *line, const struct json *object)
{
	union slot *row;

	TRY(bind_row(import, &job_log_kind, object, &row));
	TRY(require(import, &job_log_kind, row, JOB_LOG_ID));
	import->progress.job_logs++;
	return stage(import, line);
}

static const struct {
	const char *name;
	int (*take)(struct import *import, const struct json *line, const struct json *object);
} line_kinds[] = {
	{"processInstance",                take_process   },
	{"task",			   take_task      },
	{"decisionInstance",               take_decision  },
	{"userOperation",                  take_operation },
	{"batch",			  take_batch     },
	{"jobLog",			 take_job_log   },
	{"deployment",                     take_definition},
	{"processDefinition",              take_definition},
	{"decisionDefinition",             take_definition},
	{"decisionRequirementsDefinition", take_definition},
};

static int take_line(struct import *import, char *text, size_t length)
{
	struct json *line;
	size_t i;

	if (json_parse_all_in_place(&import->scratch, text, length, &line))
		return refuse(import, "not JSON", NULL);
	if (line->type != JSON_OBJECT || !line->first)
		return refuse(import, "an object with a first key is wanted", NULL);
	for (i = 0; i < ARRAY_SIZE(line_kinds); i++)
		if (!strcmp(line_kinds[i].name, line->first->key))
			return line_kinds[i].take(import, line, line->first);
	return refuse(import, "unknown first key", line->first->key);
}

/* Forgets a bad line as if it had not been there, but counts it. */
static void pass_over(struct import *import, const struct load *before)
{
	struct load *load = import->loader.filling;

	log_warning("import: %s", import->error->message);
	*import->error = (struct error){0, NULL}; /* its words go with the line */
	memcpy(load->count, before->count, sizeof(load->count));
	load->staged = before->staged;
	record_writer_free(import->writer); /* it may hold half a record */
	import->writer = record_writer_new();
	import->progress = before->progress;
	import->progress.bad++;
}

/* The line is whole. */
static int take_counted_line(struct import *import)
{
	struct load before = *import->loader.filling;
	size_t length = import->line.length;
	int code = 0;

	import->progress.lines++;
	import->progress.offset += length + 1;
	before.progress = import->progress;
	buffer_reserve(&import->line, JSON_SLACK);
	if (length && import->line.data[length - 1] == '\r')
		length--;
	if (length)
		code = take_line(import, (char *)import->line.data, length);
	import->line.length = 0;
	arena_reset(&import->scratch);
	if (code == ERR_INPUT && import->options.skip_bad) {
		pass_over(import, &before);
		code = 0;
	}
	return !code && loader_full(&import->loader)
		       ? loader_pass(&import->loader, &import->progress)
		       : code;
}

int import_feed(struct import *import, const void *bytes, size_t size, struct error *error)
{
	const char *at = bytes, *end = at + size, *newline;

	import->error = error;
	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		buffer_put(&import->line, at, (size_t)(newline - at));
		at = newline + 1;
		TRY(take_counted_line(import));
	}
	buffer_put(&import->line, at, (size_t)(end - at));
	if (import->line.length > LINE_MAX_BYTES)
		return refuse(import, "longer than 256 MB", NULL);
	return 0;
}

static int store_definition(struct import *import, struct txn *txn, const struct json *line,
			    const struct json *object)
{
	const struct kind *kind = definition_kind_of(object->key);
	union slot *row;

	(void)line;
	TRY(bind_row(import, kind, object, &row));
	if (kind == &process_definition_kind && row[DEFINITION_ID].s)
		TRY(deleted_definitions_remove(txn, import->engine->history->deleted_definitions,
					       row[DEFINITION_ID].s));
	return kind == &deployment_kind ? deployment_put(txn, row, NULL)
					: definition_put(txn, kind, row);
}

static int store_batch(struct import *import, struct txn *txn, const struct json *line,
		       const struct json *object)
{
	struct rows job_logs, incidents;
	union slot *row;
	struct id found;
	int code;

	TRY(bind_row(import, &history_batch_kind, object, &row));
	code = id_find(txn, row[0].s, &found);
	if (code != ERR_NOT_FOUND)
		return code; /* there already, or deleted before */
	TRY(bind_rows(import, &job_log_kind, json_member(line, "jobLogs"), &job_logs));
	TRY(bind_rows(import, &incident_kind, json_member(line, "incidents"), &incidents));
	return history_batch_import(txn, row, &job_logs, &incidents);
}

static int store_job_log(struct import *import, struct txn *txn, const struct json *line,
			 const struct json *object)
{
	union slot *row;
	int code;

	(void)line;
	TRY(bind_row(import, &job_log_kind, object, &row));
	code = job_log_put_loose(txn, import->history, row);
	return code == ERR_EXISTS ? 0 : code;
}

static int store_staged(struct import *import, struct txn *txn, struct bytes text)
{
	struct json *line;

	if (json_parse(&import->scratch, text.data, text.size, &line))
		return ERR_CORRUPT;
	if (definition_kind_of(line->first->key))
		return store_definition(import, txn, line, line->first);
	if (!strcmp(line->first->key, "jobLog"))
		return store_job_log(import, txn, line, line->first);
	return store_batch(import, txn, line, line->first);
}

struct staging {
	struct import *import;
	bool more;
};

static int staged_body(struct txn *txn, void *arg)
{
	struct staging *staging = arg;
	struct bytes key, value;
	struct scan scan;
	int code = 0, count;

	scan_prefix(&scan, txn, TABLE_IMPORT, "L", 1);
	for (count = 0; count < STAGED_AT_ONCE; count++) {
		code = scan_next(&scan, &key, &value);
		if (code)
			break;
		TRY(store_staged(staging->import, txn, value));
		TRY(txn_delete(txn, TABLE_IMPORT, key.data, key.size));
	}
	staging->more = !code;
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int forget_old(struct txn *txn)
{
	uint8_t first[] = {'O'}, last[] = {'P'};

	return txn_delete_range(txn, TABLE_IMPORT, (struct bytes){first, 1},
				(struct bytes){last, 1});
}

static int publish_body(struct txn *txn, void *arg)
{
	struct history *history = ((struct import *)arg)->history;

	TRY(forget_old(txn));
	TRY(archive_publish(txn, history->processes, archive_next(history->processes)));
	TRY(archive_publish(txn, history->decisions, archive_next(history->decisions)));
	TRY(archive_publish(txn, history->operations, archive_next(history->operations)));
	return txn_delete(txn, TABLE_IMPORT, LOAD_STATE_KEY, strlen(LOAD_STATE_KEY));
}

int import_finish(struct import *import, struct error *error, struct import_progress *ret_progress)
{
	struct staging staging = {import, true};
	struct arena arena;
	int code = 0;

	import->error = error;
	if (import->line.length)
		TRY(import_feed(import, "\n", 1, error));
	TRY(loader_pass(&import->loader, &import->progress));
	TRY(loader_finish(&import->loader));
	arena_init(&arena);
	while (!code && staging.more) {
		code = txn_run(import->engine->store, &arena, TXN_BACKGROUND, staged_body,
			       &staging);
		arena_clear(&arena);
		arena_clear(&import->scratch);
	}
	model_forget_all(import->engine);
	columns_meaning_changed(import->history->process_columns); /* definitions come back */
	if (!code)
		code = txn_run(import->engine->store, &arena, TXN_DURABLE, publish_body, import);
	arena_clear(&arena);
	*ret_progress = import->loader.done;
	return code;
}

static int forget_id(struct txn *txn, void *arg, uint64_t number, struct bytes bytes)
{
	struct summary summary;
	struct bytes value;
	uint8_t old[17];
	int code;

	(void)arg;
	TRY(summary_decode(bytes, &summary));
	code = txn_get(txn, TABLE_ID, summary.key, sizeof(summary.key), &value);
	if (code == ERR_NOT_FOUND)
		return 0;
	TRY(code);
	if (value.size != 9 || be64_read(value.data + 1) != number)
		return 0;
	load_old_key(old, summary.key);
	code = txn_get(txn, TABLE_IMPORT, old, sizeof(old), &value);
	if (code == ERR_NOT_FOUND)
		return txn_delete(txn, TABLE_ID, summary.key, sizeof(summary.key));
	TRY(code);
	return txn_put(txn, TABLE_ID, summary.key, sizeof(summary.key), value.data, value.size);
}

struct dropping {
	struct archive *archive;
	uint64_t left;
};

static int drop_body(struct txn *txn, void *arg)
{
	struct dropping *dropping = arg;

	return archive_take_back(txn, dropping->archive, TAKE_BACK_AT_ONCE, forget_id, NULL,
				 &dropping->left);
}

static int drop_state_body(struct txn *txn, void *arg)
{
	uint8_t first[] = {'L'}, last[] = {'M'};
	struct bytes from = {first, 1}, to = {last, 1};
	int code;

	(void)arg;
	TRY(forget_old(txn));
	TRY(txn_delete_range(txn, TABLE_IMPORT, from, to));
	code = txn_delete(txn, TABLE_IMPORT, LOAD_STATE_KEY, strlen(LOAD_STATE_KEY));
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Takes back all that is not published. */
static int drop_unpublished(struct engine *engine)
{
	struct archive *archives[] = {engine->history->processes, engine->history->decisions,
				      engine->history->operations};
	struct arena arena;
	int code = 0;
	size_t i;

	arena_init(&arena);
	for (i = 0; i < ARRAY_SIZE(archives) && !code; i++) {
		struct dropping dropping = {archives[i], 1};

		while (dropping.left && !code) {
			code = txn_run(engine->store, &arena, TXN_BACKGROUND | TXN_FREES, drop_body,
				       &dropping);
			arena_clear(&arena);
		}
	}
	if (!code)
		code = txn_run(engine->store, &arena, TXN_LAZY, drop_state_body, NULL);
	arena_clear(&arena);
	return code;
}

int import_interrupted(struct engine *engine, struct arena *arena, const char *name,
		       struct import_progress *ret)
{
	struct txn reader = txn_reader(engine->store, arena);
	struct load_state state;
	struct bytes value;

	memset(ret, 0, sizeof(*ret));
	TRY(txn_get(&reader, TABLE_IMPORT, LOAD_STATE_KEY, strlen(LOAD_STATE_KEY), &value));
	TRY(load_state_decode(value, arena, &state));
	if (!*name || strcmp(state.name, name))
		return ERR_NOT_FOUND;
	*ret = state.progress;
	return 0;
}

static struct import *import_new(struct engine *engine, const struct import_options *options)
{
	struct import *import = memory_alloc(sizeof(*import));

	memset(import, 0, sizeof(*import));
	import->engine = engine;
	import->history = engine->history;
	import->options = *options;
	import->writer = record_writer_new();
	return import;
}

int import_begin(struct import **ret, struct engine *engine, const struct import_options *options,
		 struct arena *arena, struct error *error, struct import_progress *ret_progress)
{
	struct import *import;
	int code;

	if (pthread_mutex_trylock(&engine->history->import_mutex))
		return err_set(error, arena, ERR_BUSY, "another import is running");
	code = import_interrupted(engine, arena, options->name, ret_progress);
	if (code == ERR_NOT_FOUND)
		code = drop_unpublished(engine);
	if (code) {
		pthread_mutex_unlock(&engine->history->import_mutex);
		return err_set(error, arena, code, "cannot begin the import: %s", err_text(code));
	}
	import = import_new(engine, options);
	import->progress = *ret_progress;
	code = loader_start(&import->loader, engine, &import->options, ret_progress);
	if (code) {
		record_writer_free(import->writer);
		free(import);
		pthread_mutex_unlock(&engine->history->import_mutex);
		return err_set(error, arena, code, "cannot begin the import: %s", err_text(code));
	}
	*ret = import;
	return 0;
}

void import_end(struct import *import, bool drop)
{
	struct arena arena;
	int code;

	loader_stop(&import->loader);
	code = drop ? drop_unpublished(import->engine) : 0;
	if (code)
		log_error("import: what was read could not be dropped: %s; the next import "
			  "does it",
			  err_text(code));
	arena_init(&arena);
	code = operation_log_settle(import->engine, &arena);
	if (code)
		log_error("import: operations logged meanwhile show at the next start: %s",
			  err_text(code));
	arena_clear(&arena);
	purger_wake(import->history); /* it saves the columns, too */
	pthread_mutex_unlock(&import->history->import_mutex);
	record_writer_free(import->writer);
	buffer_clear(&import->line);
	arena_clear(&import->scratch);
	free(import);
}
