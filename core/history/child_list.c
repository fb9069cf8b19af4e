#include "core/history/child_list.h"

#include <string.h>

/* Texts that a query asks of FIELD for equality: one, or a list; 0 = it asks nothing of the kind.
 */
static size_t wanted_texts(const struct query *query, const char *field,
			   const char *const **ret_texts)
{
	size_t i;

	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];
		const struct field *of = &query->resource->kind->fields[c->filter->field];

		if (strcmp(of->name, field) || (c->filter->op != OP_EQ && c->filter->op != OP_IN))
			continue;
		*ret_texts = c->filter->op == OP_EQ ? &c->text : c->list.items;
		if (c->filter->op == OP_EQ || c->list.count)
			return c->filter->op == OP_EQ ? 1 : c->list.count;
	}
	return 0;
}

struct children {
	struct request *request;
	enum process_row kind;
	const struct query *query;
	bool keep;
	child_take take;
	void *arg;
	bool deleted_too; /* variables that were deleted */
	bool enough;
	uint64_t taken; /* rows so far */
};

static bool row_fits(const struct children *children, const union slot *row)
{
	if (children->kind == ROW_VARIABLE && !children->deleted_too && row[VARIABLE_STATE].s &&
	    !strcmp(row[VARIABLE_STATE].s, "DELETED"))
		return false;
	return query_matches(children->query, row);
}

static int offer_children(struct children *children, struct arena *arena, uint64_t number)
{
	struct history *history = children->request->engine->history;
	struct txn reader = txn_reader(history->store, arena);
	struct rows rows[ROW_MAX];
	size_t i;
	int code = history_read_process(&reader, history, number, 1u << children->kind, rows);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code; /* deleted meanwhile */
	for (i = 0; i < rows[children->kind].count && !children->enough; i++)
		if (row_fits(children, rows[children->kind].row[i]) && ++children->taken)
			children->enough =
				!children->take(children->arg, rows[children->kind].row[i]);
	return 0;
}

static int offer_number(struct children *children, uint64_t number)
{
	struct arena arena;
	int code;

	if (children->keep) {
		struct arena_mark mark = arena_mark(children->request->arena);
		uint64_t taken = children->taken;

		code = offer_children(children, children->request->arena, number);
		if (taken == children->taken)
			arena_rewind(children->request->arena, mark);
		return code;
	}
	arena_init(&arena);
	code = offer_children(children, &arena, number);
	arena_clear(&arena);
	return code;
}

static bool named_before(const char *const *ids, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (ids[i] && !strcmp(ids[i], ids[index]))
			return true;
	return false;
}

static int offer_named(struct children *children, const char *const *ids, size_t count)
{
	struct request *request = children->request;
	struct history *history = request->engine->history;
	struct txn reader = txn_reader(history->store, request->arena);
	size_t i;

	for (i = 0; i < count && !children->enough; i++) {
		uint64_t number;
		int code = ids[i] ? history_find_process(&reader, history, ids[i], &number)
				  : ERR_NOT_FOUND;

		if (!code && !named_before(ids, i))
			code = offer_number(children, number);
		if (code && code != ERR_NOT_FOUND)
			return code;
	}
	return 0;
}

/* Whether an instance may have children of the kind: its flags tell of some kinds. */
static bool may_have(struct history *history, enum process_row kind, uint64_t number)
{
	uint8_t flag = kind == ROW_INCIDENT  ? SUMMARY_INCIDENTS
		       : kind == ROW_JOB_LOG ? SUMMARY_JOB_LOGS
					     : 0;
	struct summary summary;

	if (archive_hidden(history->processes, number))
		return false;
	archive_lock_shared(history->processes);
	columns_row(history->process_columns, number, &summary);
	archive_unlock(history->processes);
	return (summary.flags & flag) == flag;
}

int child_list_walk(struct request *request, enum process_row kind, const struct query *query,
		    bool keep, child_take take, void *arg)
{
	struct children children = {.request = request,
				    .kind = kind,
				    .query = query,
				    .keep = keep,
				    .take = take,
				    .arg = arg};
	struct history *history = request->engine->history;
	const char *const *ids;
	size_t count = wanted_texts(query, "processInstanceId", &ids);
	uint64_t number, end = archive_visible(history->processes);

	children.deleted_too = query_criterion(query, "includeDeleted") != NULL;
	if (count)
		return offer_named(&children, ids, count);
	for (number = 0; number < end && !children.enough; number++) {
		TRY(request_stopped(request));
		if (may_have(history, kind, number))
			TRY(offer_number(&children, number));
	}
	return 0;
}

static bool take_for_listing(void *arg, union slot *row)
{
	return listing_offer(arg, row);
}

int child_list_offer(struct request *request, enum process_row kind, const struct query *query,
		     struct listing *listing)
{
	return child_list_walk(request, kind, query, listing_keeps(listing), take_for_listing,
			       listing);
}

int child_find(struct request *request, enum process_row kind, const char *id, union slot **ret,
	       uint64_t *ret_number)
{
	struct history *history = request->engine->history;
	uint64_t number, end = archive_visible(history->processes);
	struct txn reader = txn_reader(history->store, request->arena);
	struct rows rows[ROW_MAX];
	size_t i;

	for (number = 0; number < end; number++) {
		struct arena_mark mark = arena_mark(request->arena);
		int code;

		TRY(request_stopped(request));
		if (!may_have(history, kind, number))
			continue;
		code = history_read_process(&reader, history, number, 1u << kind, rows);
		if (code && code != ERR_NOT_FOUND)
			return code;
		for (i = 0; !code && i < rows[kind].count; i++) {
			if (rows[kind].row[i][0].s && !strcmp(rows[kind].row[i][0].s, id)) {
				*ret = rows[kind].row[i];
				*ret_number = number;
				return 0;
			}
		}
		arena_rewind(request->arena, mark);
	}
	return ERR_NOT_FOUND;
}

static int offer_row(struct request *request, struct arena *arena, struct archive *archive,
		     uint64_t number, const struct kind *kind, const struct query *query,
		     struct listing *listing, bool *ret_more)
{
	struct txn reader = txn_reader(request->engine->store, arena);
	union slot *row;
	int code = history_read_row(&reader, archive, number, kind, &row);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (query_matches(query, row))
		*ret_more = listing_offer(listing, row);
	return 0;
}

/* Whether the columns already say that a row belongs to none of the instances asked for. */
static bool belongs(struct request *request, struct columns *columns, uint64_t number,
		    const char *const *ids, size_t count)
{
	struct summary summary;
	size_t i;

	archive_lock_shared(columns_archive(columns));
	columns_row(columns, number, &summary);
	archive_unlock(columns_archive(columns));
	for (i = 0; i < count; i++)
		if (summary.business_key == history_hash(request->engine->history, ids[i]))
			return true;
	return count == 0;
}

int row_list_offer(struct request *request, struct columns *columns, const struct kind *kind,
		   const struct query *query, struct listing *listing)
{
	struct archive *archive = columns_archive(columns);
	const char *const *ids = NULL;
	size_t count = wanted_texts(query, "processInstanceId", &ids);
	uint64_t number, end = archive_visible(archive);
	struct arena arena;
	bool more = true;
	int code = 0;

	arena_init(&arena);
	for (number = 0; number < end && more && !code; number++) {
		if (archive_hidden(archive, number) ||
		    !belongs(request, columns, number, ids, count))
			continue;
		code = offer_row(request, listing_keeps(listing) ? request->arena : &arena, archive,
				 number, kind, query, listing, &more);
		code = code ? code : request_stopped(request);
		arena_clear(&arena);
	}
	arena_clear(&arena);
	return code;
}
