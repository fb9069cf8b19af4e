#include "core/admin/admin.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/transfer/export.h"
#include "core/history/history.h"
#include "core/history/retention.h"
#include "core/transfer/import.h"
#include "storage/backup.h"
#include "storage/log.h"

static const char *param(const struct request *request, const char *name)
{
	const char *value = request_param(request, name);

	return value ? value : "";
}

static void write_progress(struct request *request, const struct import_progress *p)
{
	struct json_writer *writer = request_answer(request);

	json_open_object(writer);
	json_key_int(writer, "offset", (int64_t)p->offset);
	json_key_int(writer, "lines", (int64_t)p->lines);
	json_key_int(writer, "processInstances", (int64_t)p->instances);
	json_key_int(writer, "tasks", (int64_t)p->tasks);
	json_key_int(writer, "decisionInstances", (int64_t)p->decisions);
	json_key_int(writer, "userOperations", (int64_t)p->operations);
	json_key_int(writer, "deployments", (int64_t)p->deployments);
	json_key_int(writer, "jobLogs", (int64_t)p->job_logs);
	json_key_int(writer, "definitions", (int64_t)p->definitions);
	json_key_int(writer, "batches", (int64_t)p->batches);
	json_key_int(writer, "skipped", (int64_t)p->skipped);
	json_key_int(writer, "bad", (int64_t)p->bad);
	json_close_object(writer);
}

/* Feeds the body to the import, to its END. */
static int feed_body(struct request *request, struct import *import)
{
	enum frame_type type;
	struct reader payload;

	for (;;) {
		TRY(link_receive(request->link, &type, &payload));
		if (type == FRAME_END)
			return 0;
		if (type != FRAME_BODY)
			return ERR_LINK;
		TRY(request_stopped(request));
		TRY(import_feed(import, payload.at, reader_left(&payload), &request->error));
	}
}

static int run_import(struct request *request)
{
	struct import_options options = {
		.name = param(request, "file"),
		.skip_bad = request_flag(request, "skipBad", false),
		.again = request_flag(request, "again", false),
	};
	struct import_progress progress;
	struct import *import;
	bool drop;
	int code;

	TRY(import_begin(&import, request->engine, &options, request->arena, &request->error,
			 &progress));
	code = feed_body(request, import);
	if (!code)
		code = import_finish(import, &request->error, &progress);
	if (request->error.message) /* it lies in the import's memory */
		request->error.message = arena_strdup(request->arena, request->error.message);
	/* without a name nobody can go on with it; a full disk has no room for taking it back */
	drop = code == ERR_INPUT || (code && code != ERR_FULL && (!options.name || !*options.name));
	import_end(import, drop);
	if (code && !drop)
		log_warning(
			"an import is cut off: until it goes on, or another one begins, nothing "
			"is started");
	if (!code)
		write_progress(request, &progress);
	return code;
}

/* A failed import leaves the rest of the body unread: the conversation ends with the answer. */
static int serve_import(struct request *request)
{
	int code = run_import(request), sent;

	if (code == ERR_LINK)
		return code;
	sent = request_finish(request, code);
	return code ? ERR_LINK : sent;
}

static int serve_import_state(struct request *request)
{
	struct import_progress progress;
	int code = import_interrupted(request->engine, request->arena, param(request, "file"),
				      &progress);

	if (code == ERR_NOT_FOUND) {
		memset(&progress, 0, sizeof(progress));
		code = 0;
	}
	if (!code)
		write_progress(request, &progress);
	return code;
}

static int serve_export(struct request *request)
{
	struct json_writer *writer = request_answer(request);

	request->head.type = "application/x-ndjson";
	return export_all(request->engine, writer);
}

static void write_archive(struct json_writer *writer, const char *name, struct archive *archive)
{
	struct archive_numbers numbers;

	archive_count(archive, &numbers);
	json_key(writer, name);
	json_open_object(writer);
	json_key_int(writer, "visible", (int64_t)archive_visible(archive) - (int64_t)numbers.dead);
	json_key_int(writer, "records", (int64_t)numbers.records);
	json_key_int(writer, "bytes", (int64_t)numbers.bytes);
	json_key_int(writer, "segments", numbers.segments);
	json_key_int(writer, "recordsToPurge", (int64_t)numbers.purge_records);
	json_key_int(writer, "filesToClear", (int64_t)numbers.sweeps);
	json_key_int(writer, "bytesToPurge", (int64_t)numbers.purge_bytes);
	json_key_int(writer, "bytesReturned", numbers.returned);
	json_close_object(writer);
}

static void write_call(struct json_writer *writer, const struct running_view *view)
{
	json_open_object(writer);
	json_key_int(writer, "id", (int64_t)view->id);
	json_key_string(writer, "method", view->method);
	json_key_string(writer, "path", view->path);
	json_key_string(writer, "user", view->user);
	json_key(writer, "seconds");
	json_double(writer, view->seconds);
	json_key_int(writer, "steps", (int64_t)view->steps);
	json_key_bool(writer, "stopped", view->stopped);
	json_close_object(writer);
}

/* What batchd executes besides this call. */
static void write_calls(struct json_writer *writer, const struct request *request)
{
	size_t i, count;
	struct running_view *views = running_look(request->running->list, request->arena, &count);

	json_key(writer, "calls");
	json_open_array(writer);
	for (i = 0; i < count; i++)
		if (views[i].id != request->running->id)
			write_call(writer, &views[i]);
	json_close_array(writer);
}

/* Asks the call to end; whether it has ended is for the status to tell. */
static int serve_stop(struct request *request)
{
	const char *text = param(request, "id");
	char *end;
	uint64_t id = strtoull(text, &end, 10);
	struct json_writer *writer;

	if (!isdigit((unsigned char)*text) || *end || !id)
		return request_fail(request, ERR_INPUT, "'%s' is not the number of a call", text);
	if (running_stop(request->running->list, id))
		return request_fail(request, ERR_INPUT, "there is no call %s", text);
	writer = request_answer(request);
	json_open_object(writer);
	json_close_object(writer);
	return 0;
}

static int serve_status(struct request *request)
{
	struct history *history = request->engine->history;
	struct json_writer *writer = request_answer(request);
	int64_t code = atomic_load(&history->purge_code);

	json_open_object(writer);
	write_archive(writer, "processInstances", history->processes);
	write_archive(writer, "decisionInstances", history->decisions);
	write_archive(writer, "userOperations", history->operations);
	json_key_int(writer, "columnBytes",
		     (int64_t)(columns_bytes(history->process_columns) +
			       columns_bytes(history->decision_columns) +
			       columns_bytes(history->operation_columns)));
	json_key_bool(writer, "diskFull", store_full(history->store));
	json_key_int(writer, "purgeSteps", (int64_t)atomic_load(&history->purge_steps));
	json_key_string(writer, "purgeWaits", code ? err_text((int)code) : NULL);
	write_calls(writer, request);
	json_close_object(writer);
	return 0;
}

static int serve_backup(struct request *request)
{
	const char *directory = param(request, "directory");
	int code;

	if (*directory != '/')
		return request_fail(request, ERR_INPUT, "the directory must be an absolute path");
	code = store_backup(request->engine->store, directory);
	if (code)
		return request_fail(request, code, "the backup to %s failed: %s", directory,
				    err_text(code));
	write_progress(request, &(struct import_progress){0});
	return 0;
}

struct mending {
	struct engine *engine;
	struct retention_repair asked, done;
};

static int repair_body(struct txn *txn, void *arg)
{
	struct mending *mending = arg;

	mending->done = mending->asked;
	return retention_repair(txn, mending->engine, &mending->done);
}

/* One transaction of a repair; the caller goes on at `next`, with the subject after the last. */
static int serve_repair(struct request *request)
{
	struct mending mending = {.engine = request->engine};
	unsigned long subject = strtoul(param(request, "subject"), NULL, 10);
	struct json_writer *writer;

	if (subject >= DUE_SUBJECT_MAX)
		return request_fail(request, ERR_INPUT, "there is no subject %lu", subject);
	mending.asked.subject = (enum due_subject)subject;
	mending.asked.next = strtoull(param(request, "next"), NULL, 10);
	TRY(txn_run(request->engine->store, request->arena, TXN_DURABLE, repair_body, &mending));
	writer = request_answer(request);
	json_open_object(writer);
	json_key_int(writer, "next", (int64_t)mending.done.next);
	json_key_int(writer, "end", (int64_t)mending.done.end);
	json_key_int(writer, "set", (int64_t)mending.done.set);
	json_key_int(writer, "unset", (int64_t)mending.done.unset);
	json_key_bool(writer, "last", subject + 1 == DUE_SUBJECT_MAX);
	json_close_object(writer);
	return 0;
}

static const struct {
	enum admin_command command;
	int (*serve)(struct request *request);
} commands[] = {
	{ADMIN_EXPORT,       serve_export      },
        {ADMIN_STATUS,       serve_status      },
	{ADMIN_BACKUP,       serve_backup      },
        {ADMIN_IMPORT_STATE, serve_import_state},
	{ADMIN_STOP,         serve_stop        },
        {ADMIN_REPAIR,       serve_repair      },
};

static int read_end(struct request *request)
{
	enum frame_type type;
	struct reader payload;

	TRY(link_receive(request->link, &type, &payload));
	return type == FRAME_END ? 0 : ERR_LINK;
}

int admin_serve(struct request *request)
{
	size_t i;

	if (request->call->operation == ADMIN_IMPORT)
		return serve_import(request);
	TRY(read_end(request));
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if ((uint16_t)commands[i].command == request->call->operation)
			return request_finish(request, commands[i].serve(request));
	return ERR_LINK;
}
