#include "core/history/operation_log.h"

#include <assert.h>
#include <string.h>

#include "core/engine.h"
#include "core/history/item.h"
#include "core/id.h"
#include "core/record/codec.h"
#include "core/schema.h"
#include "storage/clock.h"
#include "storage/uuid.h"

enum { SETTLE_AT_ONCE = 100 };

void operation_place(struct logged_operation *operation, const char *field, const char *text)
{
	assert(operation->place_count < OPERATION_PLACES_MAX);
	operation->places[operation->place_count++] = (struct operation_place){field, text};
}

void operation_add(struct logged_operation *operation, const char *property, const char *new_value)
{
	assert(operation->count < OPERATION_CHANGES_MAX);
	operation->changes[operation->count++] =
		(struct operation_change){property, NULL, new_value, NULL};
}

void operation_add_number(struct logged_operation *operation, struct arena *arena,
			  const char *property, int64_t number)
{
	operation_add(operation, property, arena_printf(arena, "%lld", (long long)number));
}

void operation_add_flag(struct logged_operation *operation, const char *property, bool flag)
{
	operation_add(operation, property, flag ? "true" : "false");
}

static bool is_logged(const struct request *request)
{
	return request->call->user && request->engine->config->history == HISTORY_FULL;
}

int operation_log_run(struct request *request, unsigned kind, txn_body body, void *arg)
{
	uint32_t ignored;

	/* a new user's number is written in a transaction of its own */
	if (is_logged(request))
		TRY(dictionary_intern(request->engine->history->users, request->arena,
				      request->call->user, &ignored));
	return txn_run(request->engine->store, request->arena, kind, body, arg);
}

static const char *new_id(struct arena *arena)
{
	char *text = arena_alloc(arena, UUID_TEXT + 1);
	uint8_t uuid[UUID_SIZE];

	uuid_random(uuid);
	uuid_format(uuid, text);
	return text;
}

static void set_text(union slot *row, const char *field, const char *text)
{
	row[kind_slot(&user_operation_kind, field)].s = text;
}

static union slot *entry(struct arena *arena, const struct request *request,
			 const struct logged_operation *operation,
			 const struct operation_change *change, const char *operation_id)
{
	union slot *row = row_new(arena, &user_operation_kind);
	const char *entity = change && change->entity ? change->entity : operation->entity;
	size_t i;

	row[OPERATION_ID].s = new_id(arena);
	row[OPERATION_USER_ID].s = request->call->user;
	row[OPERATION_TIMESTAMP].i = clock_now();
	set_text(row, "operationId", operation_id);
	set_text(row, "operationType", operation->type);
	set_text(row, "entityType", entity);
	set_text(row, "category", "Operator");
	set_text(row, "batchId", operation->batch_id);
	set_text(row, "jobId", operation->job_id);
	set_text(row, "jobDefinitionId", operation->job_definition_id);
	set_text(row, "deploymentId", operation->deployment_id);
	set_text(row, "annotation", operation->annotation);
	if (operation->removal_time)
		row[OPERATION_REMOVAL_TIME].i = *operation->removal_time;
	set_text(row, "processDefinitionId", operation->process_definition_id);
	set_text(row, "processDefinitionKey", operation->process_definition_key);
	for (i = 0; i < operation->place_count; i++)
		set_text(row, operation->places[i].field, operation->places[i].text);
	if (change) {
		set_text(row, "property", change->property);
		set_text(row, "orgValue", change->old_value);
		set_text(row, "newValue", change->new_value);
	}
	return row;
}

/* Nothing unpublished stands behind what is visible. */
static bool may_append(const struct history *history)
{
	return archive_next(history->operations) == archive_visible(history->operations);
}

/* Appends the rows to the archive, visible from the commit on. */
static int append(struct txn *txn, struct history *history, union slot **rows, size_t count,
		  struct operation_numbers *ret)
{
	struct archive_item *items = arena_array(txn->arena, count, sizeof(*items));
	struct summary *summaries = arena_array(txn->arena, count, sizeof(*summaries));
	struct record_writer *writer = record_writer_new();
	uint64_t first;
	size_t i;
	int code = archive_next_in(txn, history->operations, &first);

	for (i = 0; i < count && !code; i++) {
		struct item item;

		code = item_of_operation(history, txn->arena, writer, rows[i], &item);
		if (!code)
			code = id_put(txn, item.id, ID_USER_OPERATION, first + i);
		items[i] = item.stored;
		summaries[i] = item.summary;
	}
	record_writer_free(writer);
	TRY(code);
	TRY(archive_append(txn, history->operations, items, count, &first));
	*ret = (struct operation_numbers){first, count};
	TRY(columns_follow(txn, history->operation_columns, first, summaries, count));
	return archive_publish(txn, history->operations, first + count);
}

/* Lets the rows wait, under the ids that they have. */
static int wait(struct txn *txn, union slot **rows, size_t count)
{
	uint8_t key[8];
	size_t i;

	for (i = 0; i < count; i++) {
		struct buffer buffer;
		uint64_t number;
		int code;

		TRY(id_next_number(txn, "operation-waiting", &number));
		be64_write(key, number);
		buffer_init(&buffer);
		row_encode(&buffer, &user_operation_kind, rows[i]);
		code = txn_put(txn, TABLE_OPERATION_WAITING, key, sizeof(key), buffer.data,
			       buffer.length);
		buffer_clear(&buffer);
		TRY(code);
	}
	return 0;
}

const char *operation_log_id(struct request *request)
{
	uint8_t uuid[UUID_SIZE];

	if (!is_logged(request))
		return NULL;
	if (!*request->operation_id) {
		uuid_random(uuid);
		uuid_format(uuid, request->operation_id);
	}
	return request->operation_id;
}

int operation_log_write(struct txn *txn, struct request *request,
			const struct logged_operation *operation)
{
	struct operation_numbers numbers;

	return operation_log_write_at(txn, request, operation, &numbers);
}

int operation_log_write_at(struct txn *txn, struct request *request,
			   const struct logged_operation *operation, struct operation_numbers *ret)
{
	struct history *history = request->engine->history;
	size_t i, count = operation->count ? operation->count : 1;
	union slot *rows[OPERATION_CHANGES_MAX];
	const char *id;

	*ret = (struct operation_numbers){0, 0};
	id = operation_log_id(request);
	if (!id)
		return 0;
	for (i = 0; i < count; i++)
		rows[i] = entry(txn->arena, request, operation,
				operation->count ? &operation->changes[i] : NULL, id);
	return may_append(history) ? append(txn, history, rows, count, ret)
				   : wait(txn, rows, count);
}

struct settling {
	struct history *history;
	bool more;
};

static int settle_body(struct txn *txn, void *arg)
{
	struct settling *settling = arg;
	struct bytes none = {NULL, 0}, key, value;
	struct operation_numbers numbers;
	union slot *rows[SETTLE_AT_ONCE];
	struct scan scan;
	size_t count;
	int code = 0;

	settling->more = false;
	if (!may_append(settling->history))
		return 0;
	scan_start(&scan, txn, TABLE_OPERATION_WAITING, none, none);
	for (count = 0; count < SETTLE_AT_ONCE && !code; count++) {
		code = scan_next(&scan, &key, &value);
		if (code)
			break;
		TRY(row_decode(txn->arena, value.data, value.size, &user_operation_kind,
			       &rows[count]));
		TRY(txn_delete(txn, TABLE_OPERATION_WAITING, key.data, key.size));
	}
	if (code && code != ERR_NOT_FOUND)
		return code;
	settling->more = !code;
	return count ? append(txn, settling->history, rows, count, &numbers) : 0;
}

int operation_log_settle(struct engine *engine, struct arena *arena)
{
	struct settling settling = {engine->history, true};

	while (settling.more)
		TRY(txn_run(engine->store, arena, TXN_LAZY, settle_body, &settling));
	return 0;
}
