#include "core/history/item.h"

#include <string.h>

#include "core/history/child_bound.h"
#include "core/history/child_shape.h"
#include "core/history/incident_kind.h"
#include "core/history/posting_key.h"
#include "storage/uuid.h"
#include "core/id.h"

static void end_posting(struct buffer *postings, size_t start)
{
	size_t size = postings->length - start - 2;

	postings->data[start] = (uint8_t)(size >> 8);
	postings->data[start + 1] = (uint8_t)size;
}

static void variable_postings(struct buffer *postings, struct dictionary *names,
			      const struct rows *variables)
{
	size_t i;

	for (i = 0; i < variables->count; i++) {
		const union slot *row = variables->row[i];
		size_t start = postings->length;

		buffer_put_be16(postings, 0);
		buffer_put_u8(postings, POSTING_VARIABLE);
		buffer_put_be32(postings, dictionary_find(names, row[VARIABLE_NAME].s));
		value_key(postings, row[VARIABLE_TYPE].s, row[VARIABLE_VALUE].v);
		end_posting(postings, start);
	}
}

/* The serial number that ID says, if this store has given it; UINT64_MAX: none. */
static uint64_t serial_of(const struct history *history, const char *id, bool is_instance)
{
	struct id own;

	if (!id || !id_decode(history->store, id, &own) || own.kind != ID_RUNNING ||
	    (is_instance && own.ordinal))
		return UINT64_MAX;
	return own.number;
}

/* Whether the id of the instance with that SERIAL leads to what has ID. */
static bool is_told(const struct history *history, uint64_t serial, size_t kind, const char *id)
{
	return serial != UINT64_MAX && (TOLD_CHILDREN >> kind & 1) &&
	       serial_of(history, id, false) == serial;
}

static void child_postings(struct buffer *postings, struct history *history,
			   const struct rows rows[ROW_MAX])
{
	uint64_t serial = serial_of(history, rows[ROW_INSTANCE].row[0][INSTANCE_ID].s, true);
	size_t kind, i;

	for (kind = 0; kind < ROW_MAX; kind++) {
		for (i = 0; (POSTED_CHILDREN >> kind & 1) && i < rows[kind].count; i++) {
			size_t start = postings->length;

			if (is_told(history, serial, kind, rows[kind].row[i][0].s))
				continue;
			buffer_put_be16(postings, 0);
			child_key(postings, (enum process_row)kind);
			id_posting(postings, history, rows[kind].row[i][0].s,
				   id_may_be_named((enum process_row)kind, rows[kind].row[i]),
				   ID_OWN_SERIAL);
			end_posting(postings, start);
		}
	}
}

static void assignee_postings(struct buffer *postings, const struct history *history,
			      const struct rows *tasks)
{
	size_t i;

	for (i = 0; i < tasks->count; i++) {
		size_t start = postings->length;

		if (!tasks->row[i][TASK_ASSIGNEE].s)
			continue;
		buffer_put_be16(postings, 0);
		assignee_key(postings, tasks->row[i][TASK_ASSIGNEE].s);
		id_posting(postings, history, tasks->row[i][TASK_ID].s, true, ID_OWN_WHOLE);
		end_posting(postings, start);
	}
}

struct bytes process_postings(struct history *history, struct arena *arena,
			      const struct rows rows[ROW_MAX])
{
	const char *business_key = rows[ROW_INSTANCE].row[0][INSTANCE_BUSINESS_KEY].s;
	struct buffer postings;
	struct bytes result;

	buffer_init(&postings);
	variable_postings(&postings, history->variables, &rows[ROW_VARIABLE]);
	child_postings(&postings, history, rows);
	assignee_postings(&postings, history, &rows[ROW_TASK]);
	if (business_key) {
		size_t start = postings.length;

		buffer_put_be16(&postings, 0);
		buffer_put_u8(&postings, POSTING_BUSINESS_KEY);
		text_key(&postings, business_key);
		end_posting(&postings, start);
	}
	result.data = arena_copy(arena, postings.data, postings.length);
	result.size = postings.length;
	buffer_clear(&postings);
	return result;
}

int postings_of_process(void *arg, struct arena *arena, struct bytes record, struct bytes *ret)
{
	struct history *history = arg;
	struct rows rows[ROW_MAX];

	TRY(record_decode(arena, record.data, record.size, process_kinds, ROW_MAX,
			  1u << ROW_INSTANCE | POSTED_CHILDREN, rows));
	if (rows[ROW_INSTANCE].count != 1)
		return ERR_CORRUPT;
	*ret = process_postings(history, arena, rows);
	return 0;
}

int postings_none(void *arg, struct arena *arena, struct bytes record, struct bytes *ret)
{
	(void)arg;
	(void)arena;
	(void)record;
	ret->data = NULL;
	ret->size = 0;
	return 0;
}

/* Encodes what the writer has gathered, and the summary, for the archive. */
static void store_item(struct arena *arena, struct record_writer *writer, struct item *item)
{
	uint8_t *summary = arena_alloc(arena, SUMMARY_SIZE);
	struct buffer record;

	buffer_init(&record);
	record_writer_finish(writer, &record);
	item->stored.record.data = arena_copy(arena, record.data, record.length);
	item->stored.record.size = record.length;
	buffer_clear(&record);
	summary_encode(&item->summary, summary);
	item->stored.summary.data = summary;
	item->stored.summary.size = SUMMARY_SIZE;
}

static void begin_item(struct history *history, struct arena *arena, const char *id,
		       struct item *item)
{
	uint8_t uuid[UUID_SIZE];

	memset(item, 0, sizeof(*item));
	item->id = arena_strdup(arena, id);
	id_key(history->store, id, item->summary.key);
	item->summary.order = id_order(id);
	if (!uuid_parse(id, strlen(id), uuid))
		item->summary.flags |= SUMMARY_TEXT_ID;
	item->summary.end_time = TIME_NULL;
	item->summary.removal_time = TIME_NULL;
}

static uint8_t state_of(const char *name)
{
	uint8_t state;

	for (state = STATE_MAX - 1; state; state--)
		if (name && !strcmp(state_names[state], name))
			break;
	return state;
}

static bool has_open_activity(const struct rows *activities)
{
	size_t i;

	for (i = 0; i < activities->count; i++)
		if (activities->row[i][ACTIVITY_END_TIME].i == TIME_NULL)
			return true;
	return false;
}

/* Whether one of ROWS names in its SLOT another definition than ID. */
static bool names_other(const struct rows *rows, size_t slot, const char *id)
{
	size_t i;

	for (i = 0; i < rows->count; i++) {
		const char *other = rows->row[i][slot].s;

		if (other && (!id || (other != id && strcmp(other, id))))
			return true;
	}
	return false;
}

static bool is_migrated(const struct rows rows[ROW_MAX], const union slot *instance)
{
	const char *id = instance[INSTANCE_DEFINITION_ID].s;

	return names_other(&rows[ROW_ACTIVITY], ACTIVITY_DEFINITION_ID, id) ||
	       names_other(&rows[ROW_INCIDENT], INCIDENT_PROCESS_DEFINITION_ID, id);
}

static uint8_t process_flags(const struct rows rows[ROW_MAX], const union slot *instance)
{
	return (uint8_t)((rows[ROW_INCIDENT].count ? SUMMARY_INCIDENTS : 0) |
			 (rows[ROW_JOB].count ? SUMMARY_JOBS : 0) |
			 (rows[ROW_JOB_LOG].count ? SUMMARY_JOB_LOGS : 0) |
			 (instance[INSTANCE_CASE_ID].s || instance[INSTANCE_SUPER_CASE_ID].s
				  ? SUMMARY_CASE
				  : 0) |
			 (instance[INSTANCE_SUPER_ID].s ? 0 : SUMMARY_ROOT) |
			 (has_open_activity(&rows[ROW_ACTIVITY]) ? SUMMARY_OPEN_ACTIVITIES : 0) |
			 (is_migrated(rows, instance) ? SUMMARY_MIGRATED : 0));
}

static int intern_definition(struct dictionary *dictionary, struct arena *arena, const char *id,
			     const char *key, const char *name, int64_t version, uint32_t *ret)
{
	const char *text;

	*ret = 0;
	if (!id)
		return 0;
	text = arena_printf(arena, "%s\x1f%s\x1f%s\x1f%ld", id, key ? key : "", name ? name : "",
			    version == INT_NULL ? 0L : (long)version);
	return dictionary_intern(dictionary, arena, text, ret);
}

static int process_summary(struct history *history, struct arena *arena,
			   const struct rows rows[ROW_MAX], struct summary *ret)
{
	const union slot *row = rows[ROW_INSTANCE].row[0];

	ret->start_time = row[INSTANCE_START_TIME].i;
	ret->end_time = row[INSTANCE_END_TIME].i;
	ret->removal_time = row[INSTANCE_REMOVAL_TIME].i;
	ret->business_key = history_hash(history, row[INSTANCE_BUSINESS_KEY].s);
	ret->root = history_hash(history, row[INSTANCE_ROOT_ID].s);
	ret->super = history_hash(history, row[INSTANCE_SUPER_ID].s);
	ret->state = state_of(row[INSTANCE_STATE].s);
	ret->flags |= process_flags(rows, row);
	child_bound_summarise(arena, rows, ret);
	TRY(intern_definition(history->definitions, arena, row[INSTANCE_DEFINITION_ID].s,
			      row[INSTANCE_DEFINITION_KEY].s, row[INSTANCE_DEFINITION_NAME].s,
			      row[INSTANCE_DEFINITION_VERSION].i, &ret->definition));
	TRY(dictionary_intern(history->tenants, arena, row[INSTANCE_TENANT_ID].s, &ret->tenant));
	return dictionary_intern(history->users, arena, row[INSTANCE_START_USER_ID].s, &ret->user);
}

int item_of_process(struct history *history, struct arena *arena, struct record_writer *writer,
		    const struct rows rows[ROW_MAX], struct item *ret)
{
	size_t kind, i;

	begin_item(history, arena, rows[ROW_INSTANCE].row[0][INSTANCE_ID].s, ret);
	TRY(process_summary(history, arena, rows, &ret->summary));
	for (i = 0; i < rows[ROW_VARIABLE].count; i++) {
		uint32_t number;

		TRY(dictionary_intern(history->variables, arena,
				      rows[ROW_VARIABLE].row[i][VARIABLE_NAME].s, &number));
	}
	TRY(child_shapes_note(history, arena, rows));
	for (kind = 0; kind < ROW_MAX; kind++)
		for (i = 0; i < rows[kind].count; i++)
			record_writer_add(writer, process_kinds[kind], rows[kind].row[i]);
	store_item(arena, writer, ret);
	ret->stored.postings = process_postings(history, arena, rows);
	return 0;
}

int item_of_decision(struct history *history, struct arena *arena, struct record_writer *writer,
		     const union slot *row, struct item *ret)
{
	struct summary *summary = &ret->summary;

	begin_item(history, arena, row[DECISION_ID].s, ret);
	summary->start_time = row[DECISION_EVALUATION_TIME].i;
	summary->end_time = row[DECISION_EVALUATION_TIME].i;
	summary->removal_time = row[DECISION_REMOVAL_TIME].i;
	summary->business_key = history_hash(history, row[DECISION_PROCESS_INSTANCE_ID].s);
	summary->root = history_hash(history, row[DECISION_ROOT_ID].s ? row[DECISION_ROOT_ID].s
								      : row[DECISION_ID].s);
	summary->super = history_hash(history, row[DECISION_ROOT_INSTANCE_ID].s);
	summary->flags |= row[DECISION_ROOT_ID].s ? 0 : SUMMARY_ROOT;
	TRY(intern_definition(history->decision_definitions, arena, row[DECISION_DEFINITION_ID].s,
			      row[DECISION_DEFINITION_KEY].s, row[DECISION_DEFINITION_NAME].s,
			      INT_NULL, &summary->definition));
	TRY(dictionary_intern(history->tenants, arena, row[DECISION_TENANT_ID].s,
			      &summary->tenant));
	TRY(dictionary_intern(history->users, arena, row[DECISION_USER_ID].s, &summary->user));
	record_writer_add(writer, &decision_instance_kind, row);
	store_item(arena, writer, ret);
	return 0;
}

int item_of_operation(struct history *history, struct arena *arena, struct record_writer *writer,
		      const union slot *row, struct item *ret)
{
	size_t instance = kind_slot(&user_operation_kind, "processInstanceId");
	struct summary *summary = &ret->summary;

	begin_item(history, arena, row[OPERATION_ID].s, ret);
	summary->start_time = row[OPERATION_TIMESTAMP].i;
	summary->removal_time = row[kind_slot(&user_operation_kind, "removalTime")].i;
	summary->business_key = history_hash(history, row[instance].s);
	summary->root = history_hash(history, row[OPERATION_OPERATION_ID].s);
	summary->super = history_hash(history, row[OPERATION_ROOT_ID].s);
	TRY(dictionary_intern(history->users, arena, row[OPERATION_USER_ID].s, &summary->user));
	record_writer_add(writer, &user_operation_kind, row);
	store_item(arena, writer, ret);
	return 0;
}
