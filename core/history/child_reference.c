#include "core/history/child_reference.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/history/child_bound.h"
#include "core/history/posting_key.h"
#include "core/id.h"

/* Slots that name a row of the same instance, or, of activities, the instance itself. */
static const struct reference {
	enum process_row kind;
	uint8_t slot;
	enum process_row of;
} references[] = {
	{ROW_ACTIVITY,          ACTIVITY_TASK_ID,                  ROW_TASK    },
	{ROW_TASK,              TASK_ACTIVITY_INSTANCE_ID,         ROW_ACTIVITY},
	{ROW_TASK,              TASK_PARENT_ID,                    ROW_TASK    },
	{ROW_IDENTITY_LINK,     LINK_TASK_ID,                      ROW_TASK    },
	{ROW_VARIABLE,          VARIABLE_ACTIVITY_INSTANCE_ID,     ROW_ACTIVITY},
	{ROW_VARIABLE,          VARIABLE_TASK_ID,                  ROW_TASK    },
	{ROW_DETAIL,            DETAIL_ACTIVITY_INSTANCE_ID,       ROW_ACTIVITY},
	{ROW_DETAIL,            DETAIL_TASK_ID,                    ROW_TASK    },
	{ROW_DETAIL,            DETAIL_VARIABLE_ID,                ROW_VARIABLE},
	{ROW_EXTERNAL_TASK_LOG, EXTERNAL_LOG_ACTIVITY_INSTANCE_ID, ROW_ACTIVITY},
};

struct ids {
	const char **items;
	size_t count;
};

static int compare_ids(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static struct ids ids_of(struct arena *arena, const struct rows *rows)
{
	struct ids ids = {arena_array(arena, rows->count, sizeof(char *)), 0};
	size_t i;

	for (i = 0; i < rows->count; i++)
		if (rows->row[i][0].s)
			ids.items[ids.count++] = rows->row[i][0].s;
	if (ids.count)
		qsort(ids.items, ids.count, sizeof(*ids.items), compare_ids);
	return ids;
}

static bool has_id(const struct ids *ids, const char *id)
{
	return ids->count && bsearch(&id, ids->items, ids->count, sizeof(*ids->items), compare_ids);
}

/* Whether all that ROWS name in the slot of REFERENCE is among IDS, or OWN, the instance's. */
static bool names_own(const struct rows *rows, const struct reference *reference,
		      const struct ids *ids, const char *own)
{
	size_t i;

	for (i = 0; i < rows->count; i++) {
		const char *id = rows->row[i][reference->slot].s;

		if (id && !(reference->of == ROW_ACTIVITY && text_same(id, own)) &&
		    !has_id(ids, id))
			return false;
	}
	return true;
}

/* Where the children of each kind name their execution; -1 = they do not. */
static int execution_slots[ROW_MAX];

static void find_execution_slots(void)
{
	size_t kind;

	for (kind = 0; kind < ROW_MAX; kind++)
		execution_slots[kind] = kind_field(process_kinds[kind], "executionId");
}

static bool runs_alone(const struct rows *rows, int slot, const char *own)
{
	size_t i;

	for (i = 0; slot >= 0 && i < rows->count; i++)
		if (rows->row[i][slot].s && !text_same(rows->row[i][slot].s, own))
			return false;
	return true;
}

unsigned child_reference_flags(struct arena *arena, const struct rows rows[ROW_MAX])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *own = rows[ROW_INSTANCE].row[0][INSTANCE_ID].s;
	struct arena_mark mark = arena_mark(arena);
	unsigned flags = CHILDREN_REFER | CHILDREN_ALONE;
	struct ids ids[ROW_VARIABLE + 1] = {
		{NULL, 0}
        };
	size_t i;

	pthread_once(&once, find_execution_slots);
	ids[ROW_ACTIVITY] = ids_of(arena, &rows[ROW_ACTIVITY]);
	ids[ROW_TASK] = ids_of(arena, &rows[ROW_TASK]);
	ids[ROW_VARIABLE] = ids_of(arena, &rows[ROW_VARIABLE]);
	for (i = 0; i < ARRAY_SIZE(references); i++)
		if (!names_own(&rows[references[i].kind], &references[i], &ids[references[i].of],
			       own))
			flags &= ~(unsigned)CHILDREN_REFER;
	for (i = ROW_INSTANCE + 1; i < ROW_MAX; i++)
		if (!runs_alone(&rows[i], execution_slots[i], own))
			flags &= ~(unsigned)CHILDREN_ALONE;
	arena_rewind(arena, mark);
	return flags;
}

static int find_form(struct txn *txn, struct history *history, uint32_t segment,
		     enum process_row kind, const char *id, bool named,
		     bool (*found)(void *arg, struct bytes key, uint64_t number), void *arg)
{
	struct buffer from, to;
	int code;

	buffer_init(&from);
	buffer_init(&to);
	child_key(&from, kind);
	id_posting(&from, history, id, named, ID_OWN_SERIAL);
	buffer_put(&to, from.data, from.length);
	buffer_put(&to, "\xff\xff\xff", 3); /* behind every number */
	code = archive_find(txn, history->processes, segment,
			    (struct bytes){from.data, from.length},
			    (struct bytes){to.data, to.length}, found, arg);
	buffer_clear(&from);
	buffer_clear(&to);
	return code;
}

int child_reference_find(struct txn *txn, struct history *history, uint32_t segment,
			 enum process_row kind, const char *id,
			 bool (*found)(void *arg, struct bytes key, uint64_t number), void *arg)
{
	TRY(find_form(txn, history, segment, kind, id, true, found, arg));
	/* an activity's id may begin with the name of another */
	if (kind == ROW_ACTIVITY && strchr(id, ':'))
		return find_form(txn, history, segment, kind, id, false, found, arg);
	return 0;
}

int child_reference_owner(struct txn *txn, struct history *history, const char *id, uint64_t *ret)
{
	const char *colon = strrchr(id, ':'); /* of activity instances: "activity:uuid" */
	struct arena_mark mark = arena_mark(txn->arena);
	struct id own;
	int code;

	if (!id_decode(history->store, colon ? colon + 1 : id, &own) || own.kind != ID_RUNNING)
		return ERR_NOT_FOUND;
	code = history_find_process(
		txn, history, id_text(txn->arena, history->store, ID_RUNNING, own.number, 0), ret);
	arena_rewind(txn->arena, mark);
	return code;
}

/* What a condition looks for. */
struct wanted {
	struct history *history;
	enum process_row kind;
	const char *const *ids;
	size_t count;
	uint64_t *numbers; /* of instances with such an id, or with what has it */
	size_t number_count;
};

static bool mark_number(void *arg, struct bytes key, uint64_t number)
{
	uint8_t *out = arg;

	(void)key;
	out[number % ARCHIVE_SEGMENT] = 1;
	return true;
}

static int wanted_find(const struct condition *condition, struct txn *txn, struct archive *archive,
		       uint32_t segment, uint8_t *out)
{
	const struct wanted *wanted = condition->object;
	size_t i;

	(void)archive;
	for (i = 0; i < wanted->number_count; i++)
		if (wanted->numbers[i] / ARCHIVE_SEGMENT == segment)
			out[wanted->numbers[i] % ARCHIVE_SEGMENT] = 1;
	for (i = 0; i < wanted->count; i++)
		if (wanted->ids[i])
			TRY(child_reference_find(txn, wanted->history, segment, wanted->kind,
						 wanted->ids[i], mark_number, out));
	return 0;
}

/* Adds the instances that FIND has for the wanted ids: they themselves, or what belongs to them. */
static int find_instances(struct request *request, struct wanted *wanted,
			  int (*find)(struct txn *txn, struct history *history, const char *id,
				      uint64_t *ret))
{
	struct txn reader = txn_reader(wanted->history->store, request->arena);
	size_t i;

	for (i = 0; i < wanted->count; i++) {
		int code = wanted->ids[i] ? find(&reader, wanted->history, wanted->ids[i],
						 &wanted->numbers[wanted->number_count])
					  : ERR_NOT_FOUND;

		if (code && code != ERR_NOT_FOUND)
			return code;
		wanted->number_count += !code;
	}
	return 0;
}

static void plan_postings(struct plan *plan, const struct wanted *wanted, uint16_t unless)
{
	struct condition *condition = plan_add(plan, &plan->all);

	condition->find = wanted_find;
	condition->object = wanted;
	condition->unless = unless;
}

static const struct reference *reference_of(enum process_row kind, int slot)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(references); i++)
		if (references[i].kind == kind && references[i].slot == slot)
			return &references[i];
	return NULL;
}

static int plan_executions(struct request *request, struct plan *plan, struct wanted *wanted)
{
	TRY(find_instances(request, wanted, history_find_process));
	condition_numbers(child_flag_bind(plan, CHILDREN_ALONE), request->arena, wanted->numbers,
			  wanted->number_count);
	return 0;
}

int child_reference_plan(struct request *request, const struct child_query *query,
			 const struct criterion *c, struct plan *plan)
{
	bool one = c->filter->op == OP_EQ;
	struct wanted asked = {query->history,          query->kind, one ? &c->text : c->list.items,
			       one ? 1 : c->list.count, NULL,        0};
	const struct reference *reference = reference_of(query->kind, c->filter->field);
	struct wanted *wanted;

	if ((!one && c->filter->op != OP_IN) || !asked.count)
		return 0;
	wanted = arena_copy(request->arena, &asked, sizeof(asked));
	wanted->numbers = arena_array(request->arena, 2 * wanted->count, sizeof(uint64_t));
	if (c->filter->field == kind_field(process_kinds[query->kind], "executionId"))
		return plan_executions(request, plan, wanted);
	if (!reference && (c->filter->field || !(POSTED_CHILDREN >> query->kind & 1)))
		return 0;
	TRY(find_instances(request, wanted, child_reference_owner));
	if (!c->filter->field)
		plan_postings(plan, wanted, 0);
	if (!reference)
		return 0;
	wanted->kind = reference->of;
	if (reference->of == ROW_ACTIVITY)
		TRY(find_instances(request, wanted, history_find_process));
	plan_postings(plan, wanted, CHILDREN_REFER);
	return 0;
}
