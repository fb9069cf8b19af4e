#include "core/history/child_count.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/child_bound.h"
#include "core/history/child_read.h"
#include "core/history/child_totals.h"
#include "core/history/posting_key.h"
#include "core/history/scan.h"

struct counting {
	struct request *request;
	struct history *history;
	const struct child_query *query;
	const char *assignee; /* whose tasks the postings tell, or NULL */
	bool told;            /* the columns tell of instances whose children are alike: */
	size_t counts;        /* the place of the kind in column_set.counts */
	uint64_t digest;
	struct segment_version *versions; /* of the segments before anything was counted */
	uint32_t segments;
	struct child_reader reader;
	uint8_t left[ARCHIVE_SEGMENT]; /* instances whose records have to be read */
	uint8_t by_postings[ARCHIVE_SEGMENT];
	int64_t total;
	int code;
};

/* Adds what the columns tell; the others are left. */
static void ask_columns(struct counting *counting, uint32_t segment, uint32_t count, int64_t *total)
{
	struct columns *columns = counting->history->process_columns;
	const struct column_set *set;
	uint32_t row;

	archive_lock_shared(columns_archive(columns));
	set = columns_set(columns, segment);
	count = set->absent ? 0 : count;
	for (row = mask_next(counting->left, 0, count); row < count;
	     row = mask_next(counting->left, row + 1, count)) {
		if (!(set->children[row] & CHILDREN_ALIKE))
			continue;
		if (counting->assignee) {
			counting->by_postings[row] = 1;
		} else if (set->counts[counting->counts][row] < UINT8_MAX) {
			*total += set->counts[counting->counts][row];
		} else {
			continue;
		}
		counting->left[row] = 0;
	}
	archive_unlock(columns_archive(columns));
}

struct posted {
	const uint8_t *mask;
	int64_t total;
};

static bool count_posting(void *arg, struct bytes key, uint64_t number)
{
	struct posted *posted = arg;

	(void)key;
	posted->total += posted->mask[number % ARCHIVE_SEGMENT];
	return true;
}

static int ask_postings(struct counting *counting, uint32_t segment, int64_t *total)
{
	struct posted posted = {counting->by_postings, 0};
	struct buffer from, to;
	struct arena arena;
	struct txn reader;
	int code;

	arena_init(&arena);
	reader = txn_reader(counting->history->store, &arena);
	buffer_init(&from);
	buffer_init(&to);
	assignee_key(&from, counting->assignee);
	assignee_key(&to, counting->assignee);
	to.data[to.length - 1]++; /* it ends with a NUL */
	code = archive_find(&reader, counting->history->processes, segment,
			    (struct bytes){from.data, from.length},
			    (struct bytes){to.data, to.length}, count_posting, &posted);
	buffer_clear(&from);
	buffer_clear(&to);
	arena_clear(&arena);
	*total += posted.total;
	return code;
}

static int ask_records(struct counting *counting, uint32_t segment, uint32_t count, int64_t *total)
{
	const struct child_query *query = counting->query;
	struct child_reader *reader = &counting->reader;
	uint32_t row;
	size_t i;

	for (row = mask_next(counting->left, 0, count); row < count;
	     row = mask_next(counting->left, row + 1, count)) {
		TRY(child_reader_read(reader, (uint64_t)segment * ARCHIVE_SEGMENT + row));
		for (i = 0; i < reader->rows[query->kind].count; i++)
			*total += child_query_matches(query, reader->rows,
						      reader->rows[query->kind].row[i]);
	}
	return 0;
}

static int count_segment(struct counting *counting, uint32_t segment, uint32_t count,
			 int64_t *total)
{
	if (counting->assignee) {
		memset(counting->by_postings, 0, count);
		ask_columns(counting, segment, count, total);
		TRY(ask_postings(counting, segment, total));
	} else if (counting->told) {
		ask_columns(counting, segment, count, total);
	}
	return ask_records(counting, segment, count, total);
}

static bool take_segment(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct counting *counting = arg;
	struct child_totals *totals = counting->history->child_totals;
	/* those that came since are not among the rows of the plan */
	bool kept = segment < counting->segments && (!counting->told || counting->assignee);
	uint64_t digest = kept ? counting->digest : 0;
	struct segment_version version = {0};
	int64_t total = 0;

	if (kept)
		version = counting->versions[segment];
	if (child_totals_get(totals, digest, segment, version, &total)) {
		counting->total += total;
		return true;
	}
	total = 0;
	memcpy(counting->left, mask, count);
	counting->code = count_segment(counting, segment, count, &total);
	if (!counting->code)
		child_totals_keep(totals, digest, segment, version, total);
	counting->total += total;
	return !counting->code;
}

/* Before the plan runs: what is counted later may only be newer, and newer versions never match. */
static void note_versions(struct counting *counting, const struct plan *plan)
{
	struct archive *archive = columns_archive(plan->columns);
	uint32_t i;

	archive_lock_shared(archive);
	counting->segments = columns_count(plan->columns);
	counting->versions =
		arena_array(plan->arena, counting->segments, sizeof(*counting->versions));
	for (i = 0; i < counting->segments; i++)
		counting->versions[i] = segment_version_of(plan->columns, i, plan->visible);
	archive_unlock(archive);
}

int child_count(struct request *request, struct child_query *query, int64_t *ret)
{
	struct counting *counting = memory_alloc(sizeof(*counting));
	struct plan plan;
	int code;

	memset(counting, 0, sizeof(*counting));
	counting->request = request;
	counting->history = request->engine->history;
	counting->query = query;
	counting->told = child_bound_tells(query, &counting->counts, &counting->assignee);
	query->by_assignee = counting->assignee != NULL;
	counting->digest = child_query_digest(query);
	child_reader_init(&counting->reader, request, query);
	code = child_bound_plan(request, query, &plan);
	if (!code) {
		note_versions(counting, &plan);
		code = plan_run(&plan, take_segment, counting);
	}
	child_reader_clear(&counting->reader);
	*ret = counting->total;
	code = code ? code : counting->code;
	free(counting);
	return code;
}
