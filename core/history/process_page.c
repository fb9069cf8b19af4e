#include "core/history/process_page.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/first_ids.h"
#include "core/history/page_window.h"
#include "core/history/posting_key.h"
#include "core/history/process_list.h"
#include "core/history/scan.h"
#include "core/record/row_json.h"
#include "storage/archive_reader.h"

enum {
	ROWS_MAX = 256 * 1024, /* of a page that is kept in memory */
	SPARSE = 64,
	DEEP = 1024, /* from here on it pays to count what comes before a page */
};

/* A value to sort by: the number first; equal numbers are decided by the text, if there is one. */
struct sort_value {
	uint64_t number;
	const char *text;
};

struct entry {
	uint64_t number; /* of the instance */
	const char *id;  /* read where numbers do not tell the order of ids; else NULL */
	struct sort_value values[];
};

struct page {
	struct request *request;
	struct plan *plan;
	const struct query *query;
	struct process_sort_key keys[PROCESS_SORT_KEYS];
	size_t key_count;
	bool needs_text;
	size_t entry_size;
	struct page_window window;
	size_t first; /* entries before those that are written, */
	size_t limit; /* and both: what is worth keeping */
	bool by_id;   /* the last key is the id: those it leaves open are told apart by text */
	bool tied;    /* what ties with the last entry has been left out */
	const struct entry *like; /* only what ties with this one is wanted; NULL = anything */
	char **entries;           /* a heap with the last one in order on top */
	size_t count, room;
	struct entry *gone; /* room for one that goes */
	struct arena arena; /* of texts being read */
	struct txn reader;
	struct archive_reader records;
	int code;
	uint8_t better[ARCHIVE_SEGMENT];
};

static void add_key(struct page *page, enum process_sort sort, bool descending)
{
	struct process_sort_key *key;

	if (page->key_count == PROCESS_SORT_KEYS || page->by_id)
		return; /* what a dozen keys leave open stays open, and an id leaves nothing open */
	key = &page->keys[page->key_count++];
	process_sort_key_init(key, page->plan->history, page->request->arena, sort, descending);
	page->by_id = sort == SORT_INSTANCE_ID;
	page->needs_text |= key->needs_text;
}

static int compare_values(const struct sort_value *a, const struct sort_value *b)
{
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->text && b->text ? strcmp(a->text, b->text) : 0;
}

/* By what is known of all entries. */
static int compare_keys(const struct page *page, const struct entry *a, const struct entry *b)
{
	size_t i;

	for (i = 0; i < page->key_count; i++) {
		int order = compare_values(&a->values[i], &b->values[i]);

		if (order)
			return page->keys[i].descending ? -order : order;
	}
	return 0;
}

static int compare_entries(const struct page *page, const struct entry *a, const struct entry *b)
{
	int order = compare_keys(page, a, b);

	if (!order && a->id && b->id)
		order = strcmp(a->id, b->id) *
			(page->keys[page->key_count - 1].descending ? -1 : 1);
	if (order)
		return order;
	/* what ties comes as it is met */
	return ((a->number > b->number) - (a->number < b->number)) *
	       (page->keys[0].descending ? -1 : 1);
}

static void swap(char **a, char **b)
{
	char *kept = *a;

	*a = *b;
	*b = kept;
}

static bool is_before(const struct page *page, size_t i, size_t k)
{
	return compare_entries(page, (const struct entry *)(const void *)page->entries[i],
			       (const struct entry *)(const void *)page->entries[k]) < 0;
}

static void sift_up(struct page *page, size_t i)
{
	while (i && is_before(page, (i - 1) / 2, i)) {
		swap(&page->entries[i], &page->entries[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void sift_down(struct page *page, size_t i)
{
	for (;;) {
		size_t last = i, left = 2 * i + 1;

		if (left < page->count && is_before(page, last, left))
			last = left;
		if (left + 1 < page->count && is_before(page, last, left + 1))
			last = left + 1;
		if (last == i)
			return;
		swap(&page->entries[i], &page->entries[last]);
		i = last;
	}
}

static struct entry *entry_new(struct page *page)
{
	return memory_alloc(page->entry_size);
}

static void free_texts(struct page *page, struct entry *entry)
{
	size_t i;

	for (i = 0; i < page->key_count; i++) {
		free((void *)(uintptr_t)entry->values[i].text);
		entry->values[i].text = NULL;
	}
	free((void *)(uintptr_t)entry->id);
	entry->id = NULL;
}

static void keep(struct page *page, struct entry *entry)
{
	if (page->count == page->room) {
		page->room = page->room * 2 + 256;
		page->entries = memory_resize(page->entries, page->room * sizeof(char *));
	}
	page->entries[page->count++] = (char *)entry;
	sift_up(page, page->count - 1);
}

static void set_texts(const struct page *page, struct entry *entry, const char *text)
{
	size_t i;

	for (i = 0; i < page->key_count; i++)
		if (page->keys[i].needs_text && text)
			entry->values[i].text = strdup(text);
}

/* Reads the business key for the entry's values that need it. False when the instance is gone. */
static bool read_texts(struct page *page, struct entry *entry)
{
	struct rows rows[ROW_MAX];
	int code = request_stopped(page->request);

	if (!code)
		code = history_read_process(&page->reader, page->plan->history, entry->number, 0,
					    rows);
	if (code && code != ERR_NOT_FOUND)
		page->code = code;
	if (!code)
		set_texts(page, entry, rows[ROW_INSTANCE].row[0][INSTANCE_BUSINESS_KEY].s);
	arena_clear(&page->arena);
	return !code;
}

/* SCRATCH comes in, and what was last goes. */
static void replace_last(struct page *page, const struct entry *scratch)
{
	struct entry *entry = (struct entry *)(void *)page->entries[0];
	struct entry *gone = page->gone;

	memcpy(gone, entry, page->entry_size);
	memcpy(entry, scratch, page->entry_size);
	sift_down(page, 0);
	entry = (struct entry *)(void *)page->entries[0];
	page->tied = !compare_keys(page, gone, entry);
	free_texts(page, gone);
}

/* Offers SCRATCH, filled in; keeps a copy of it when it belongs to the page so far. */
static void offer(struct page *page, struct entry *scratch)
{
	struct entry *last, *kept;

	if (page->count < page->limit) {
		kept = entry_new(page);
		memcpy(kept, scratch, page->entry_size);
		keep(page, kept);
		return;
	}
	last = (struct entry *)(void *)page->entries[0];
	if (compare_entries(page, scratch, last) >= 0) {
		page->tied |= !compare_keys(page, scratch, last);
		free_texts(page, scratch);
		return;
	}
	replace_last(page, scratch);
}

/*
 * Whether the row cannot be among the first: its first number is behind the last one kept, or, of
 * a page with a window, it was counted as coming before.
 */
static bool too_late(const struct page *page, uint64_t number)
{
	const struct entry *last;

	if (number < page->window.low || number > page->window.high)
		return true;
	if (page->count < page->limit)
		return false;
	if (!page->limit)
		return true;
	last = (const struct entry *)(const void *)page->entries[0];
	return page->keys[0].descending ? number < last->values[0].number
					: number > last->values[0].number;
}

/* Fills in SCRATCH for a row, but for its texts. */
static void describe(const struct page *page, const struct column_set *set, uint32_t segment,
		     uint32_t row, struct entry *scratch)
{
	size_t i;

	memset(scratch, 0, page->entry_size);
	scratch->number = (uint64_t)segment * ARCHIVE_SEGMENT + row;
	for (i = 0; i < page->key_count; i++)
		scratch->values[i].number = process_sort_number(&page->keys[i], set, row);
}

/*
 * The range in which a row's first number must lie to belong to the page so far; EMPTY: no number
 * can. Of equals, those that are seen first come first: with a single key a row must be better,
 * unless it is the id.
 */
static bool wanted_range(const struct page *page, uint64_t *ret_low, uint64_t *ret_high,
			 bool *ret_empty)
{
	bool better = page->key_count == 1 && !page->by_id;
	const struct entry *last;
	uint64_t number;

	*ret_empty = false;
	if (page->like) {
		*ret_low = *ret_high = page->like->values[0].number;
		return true;
	}
	*ret_low = page->window.low;
	*ret_high = page->window.high;
	if (!page->limit || page->count < page->limit)
		return page->window.skipped > 0;
	last = (const struct entry *)(const void *)page->entries[0];
	number = last->values[0].number;
	if (page->keys[0].descending) {
		*ret_empty = better && number == UINT64_MAX;
		*ret_low = number + better;
	} else {
		*ret_empty = better && number == 0;
		*ret_high = number - better;
	}
	return true;
}

/* For plan_run(): a segment all of whose numbers lie behind the page is not looked at. */
static bool may_have_better(void *arg, const struct column_set *set)
{
	const struct page *page = arg;
	uint64_t low, high, least, most;
	bool empty;

	if (!wanted_range(page, &low, &high, &empty) || page->keys[0].needs_text)
		return true;
	if (empty || !process_sort_bounds(&page->keys[0], set, &least, &most))
		return !empty;
	return least <= high && most >= low;
}

/* A page of everything in order of ids. */
static bool begins_with_first_ids(const struct page *page)
{
	const struct plan *plan = page->plan;

	return page->key_count == 1 && page->keys[0].sort == SORT_INSTANCE_ID &&
	       !page->keys[0].descending && page->limit <= FIRST_IDS && !page->like &&
	       !page->window.skipped && !plan->all.count && !plan->any_count;
}

/* For plan_run(): leaves the rows whose first number lies in the range. */
static void leave_better(void *arg, const struct column_set *set, uint32_t count, uint8_t *mask)
{
	struct page *page = arg;
	uint64_t low, high;
	bool empty;

	if (begins_with_first_ids(page)) {
		if (!wanted_range(page, &low, &high, &empty))
			high = UINT64_MAX;
		first_ids_leave(set, count, page->limit, high, mask);
		return; /* the few that are left are not worth a scan */
	}
	if (!wanted_range(page, &low, &high, &empty))
		return;
	if (page->keys[0].needs_text || mask_count(mask, count) < count / SPARSE)
		return; /* a few are looked at one by one */
	process_sort_scan(&page->keys[0], set, count, low, high, page->better);
	mask_and(mask, page->better, count);
}

/* The next row of the mask in the direction of the page; not below COUNT: none. */
static uint32_t next_row(const struct page *page, const uint8_t *mask, uint32_t at, uint32_t count)
{
	return page->plan->backwards ? mask_previous(mask, at) : mask_next(mask, at, count);
}

/* The columns alone tell the order. */
static void take_by_columns(struct page *page, uint32_t segment, const uint8_t *mask,
			    uint32_t count, struct entry *scratch)
{
	struct archive *archive = columns_archive(page->plan->columns);
	const struct column_set *set;
	uint32_t row;

	archive_lock_shared(archive);
	set = columns_set(page->plan->columns, segment);
	count = set->absent ? 0 : count;
	for (row = next_row(page, mask, page->plan->backwards ? count : 0, count); row < count;
	     row = next_row(page, mask, page->plan->backwards ? row : row + 1, count)) {
		if (too_late(page, process_sort_number(&page->keys[0], set, row)) ||
		    !page_window_has(&page->window, page->keys, set, row))
			continue;
		describe(page, set, segment, row, scratch);
		offer(page, scratch);
	}
	archive_unlock(archive);
}

/* One row, with the lock held only while the columns are looked at. */
static bool describe_alone(struct page *page, uint32_t segment, uint32_t row, struct entry *scratch)
{
	struct archive *archive = columns_archive(page->plan->columns);
	const struct column_set *set;
	bool wanted;

	archive_lock_shared(archive);
	set = columns_set(page->plan->columns, segment);
	wanted = !set->absent && page_window_has(&page->window, page->keys, set, row);
	if (wanted)
		describe(page, set, segment, row, scratch);
	archive_unlock(archive);
	return wanted && !too_late(page, scratch->values[0].number);
}

/* A business key decides after other keys: it is read for every row that may count. */
static void take_by_records(struct page *page, uint32_t segment, const uint8_t *mask,
			    uint32_t count, struct entry *scratch)
{
	uint32_t row;

	for (row = 0; row < count && !page->code; row++) {
		if (!mask[row] || !describe_alone(page, segment, row, scratch))
			continue;
		if (read_texts(page, scratch))
			offer(page, scratch);
	}
}

/* A walk over the business keys of a segment, in their order. */
struct key_walk {
	struct page *page;
	uint32_t segment;
	const uint8_t *mask;
	uint32_t count;
	struct entry *scratch;
};

/* Whether nothing from this key on, in the page's direction, can belong to the page. */
static bool is_behind_page(const struct page *page, const struct entry *scratch)
{
	const struct entry *last;
	int order;

	if (page->count < page->limit || !page->limit)
		return !page->limit;
	last = (const struct entry *)(const void *)page->entries[0];
	order = compare_values(&scratch->values[0], &last->values[0]);
	return page->keys[0].descending ? order < 0 : order > 0;
}

static bool take_key(void *arg, struct bytes key, uint64_t number)
{
	struct key_walk *walk = arg;
	struct page *page = walk->page;
	uint32_t row = (uint32_t)(number % ARCHIVE_SEGMENT);

	if (row >= walk->count || !walk->mask[row] ||
	    !describe_alone(page, walk->segment, row, walk->scratch))
		return true;
	if (key.size >= POSTING_TEXT_MAX + 2) { /* the posting had to cut it */
		if (!read_texts(page, walk->scratch))
			return !page->code;
	} else {
		set_texts(page, walk->scratch, (const char *)key.data + 1);
	}
	if (is_behind_page(page, walk->scratch)) {
		free_texts(page, walk->scratch);
		return key.size >= POSTING_TEXT_MAX + 2;
	}
	offer(page, walk->scratch);
	return !page->code;
}

/* The rows without a business key, of which the columns tell all else. */
static void take_keyless(struct page *page, uint32_t segment, const uint8_t *mask, uint32_t count,
			 struct entry *scratch)
{
	struct archive *archive = columns_archive(page->plan->columns);
	const struct column_set *set;
	uint32_t row;

	archive_lock_shared(archive);
	set = columns_set(page->plan->columns, segment);
	count = set->absent ? 0 : count;
	scan_equal(set->business_key, count, 0, page->better);
	mask_and(page->better, mask, count);
	for (row = next_row(page, page->better, page->plan->backwards ? count : 0, count);
	     row < count;
	     row = next_row(page, page->better, page->plan->backwards ? row : row + 1, count)) {
		if (too_late(page, 0))
			break;
		describe(page, set, segment, row, scratch);
		offer(page, scratch);
	}
	archive_unlock(archive);
}

/* Whether the page, ascending, is full of rows without a key. */
static bool keyless_fill(const struct page *page)
{
	return too_late(page, 1);
}

/* Sorted by business key first: rows without one, then the keys in the order of the postings. */
static void take_by_keys(struct page *page, uint32_t segment, const uint8_t *mask, uint32_t count,
			 struct entry *scratch)
{
	static const uint8_t first[] = {POSTING_BUSINESS_KEY},
			     behind[] = {POSTING_BUSINESS_KEY + 1};
	struct arena *arena =
		page->request->arena; /* not page->arena: records are read meanwhile */
	struct arena_mark mark = arena_mark(arena);
	struct archive *archive = columns_archive(page->plan->columns);
	struct txn reader = txn_reader(page->plan->history->store, arena);
	struct key_walk walk = {page, segment, mask, count, scratch};
	struct bytes from = {first, 1}, to = {behind, 1};
	int code;

	if (!page->keys[0].descending)
		take_keyless(page, segment, mask, count, scratch);
	if (page->keys[0].descending)
		code = archive_find_back(&reader, archive, segment, from, to, take_key, &walk);
	else if (keyless_fill(page))
		code = 0;
	else
		code = archive_find(&reader, archive, segment, from, to, take_key, &walk);
	if (page->keys[0].descending)
		take_keyless(page, segment, mask, count, scratch);
	arena_rewind(arena, mark);
	page->code = page->code ? page->code : code;
}

static bool take_sorted(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct page *page = arg;
	struct entry *scratch = entry_new(page);

	if (!page->needs_text)
		take_by_columns(page, segment, mask, count, scratch);
	else if (page->keys[0].sort == SORT_BUSINESS_KEY)
		take_by_keys(page, segment, mask, count, scratch);
	else
		take_by_records(page, segment, mask, count, scratch);
	free(scratch);
	return !page->code;
}

static int compare_for_sort(const void *left, const void *right, void *arg)
{
	return compare_entries(arg, *(struct entry *const *)left, *(struct entry *const *)right);
}

/* Writes one instance; one that was deleted meanwhile is left out. */
static int write_instance(struct page *page, uint64_t number)
{
	struct rows rows[ROW_MAX];
	struct bytes record;
	int code = archive_reader_get(&page->records, number, &record);

	if (!code)
		code = history_unpack_process(&page->arena, page->plan->history, number, record, 0,
					      rows);
	if (!code)
		row_answer(&page->request->writer, &process_instance_kind,
			   rows[ROW_INSTANCE].row[0]);
	arena_reset(&page->arena);
	return code == ERR_NOT_FOUND ? page->request->writer.code
	       : code                ? code
				     : page->request->writer.code;
}

/* Without an order wanted: rows are written as they are found. */
static bool take_unsorted(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct page *page = arg;
	uint32_t row;

	for (row = 0; row < count && !page->code; row++)
		if (mask[row])
			page->code =
				write_instance(page, (uint64_t)segment * ARCHIVE_SEGMENT + row);
	return !page->code;
}

static struct entry *entry_at(const struct page *page, size_t i)
{
	return (struct entry *)(void *)page->entries[i];
}

static void sort_entries(struct page *page)
{
	if (page->count)
		qsort_r(page->entries, page->count, sizeof(char *), compare_for_sort, page);
}

/* Fills in the entry's id; "" when the instance was deleted meanwhile. */
static int read_id(struct page *page, struct entry *entry)
{
	struct rows rows[ROW_MAX];
	struct bytes record;
	int code = request_stopped(page->request);

	if (!code)
		code = archive_reader_get(&page->records, entry->number, &record);
	if (!code)
		code = history_unpack_process(&page->arena, page->plan->history, entry->number,
					      record, 0, rows);
	if (!code || code == ERR_NOT_FOUND)
		entry->id = strdup(code ? "" : rows[ROW_INSTANCE].row[0][INSTANCE_ID].s);
	arena_reset(&page->arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Offers a row if it ties with the entry in page->like, with its id. */
static void take_like(struct page *page, uint32_t segment, uint32_t row, struct entry *scratch)
{
	if (!describe_alone(page, segment, row, scratch) ||
	    (page->needs_text && !read_texts(page, scratch)))
		return;
	if (compare_keys(page, scratch, page->like)) {
		free_texts(page, scratch);
		return;
	}
	page->code = read_id(page, scratch);
	offer(page, scratch);
}

static bool take_tied(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct page *page = arg;
	struct entry *scratch = entry_new(page);
	uint32_t row;

	for (row = mask_next(mask, 0, count); row < count && !page->code;
	     row = mask_next(mask, row + 1, count))
		take_like(page, segment, row, scratch);
	free(scratch);
	return !page->code;
}

/*
 * Of the many that tie with the last entry, finds those that belong to the page by their ids:
 * beside the FIRST entries, in order, which do not tie with it.
 */
static int choose_tied(struct page *page, size_t first)
{
	char **entries = page->entries;
	size_t i, count = page->count, limit = page->limit;
	int code;

	page->like = (const struct entry *)(const void *)entries[first];
	page->entries = NULL;
	page->count = page->room = 0;
	page->limit = count - first;
	code = plan_run(page->plan, take_tied, page);
	page->like = NULL;
	for (i = first; i < count; i++) {
		free_texts(page, (struct entry *)(void *)entries[i]);
		free(entries[i]);
	}
	memcpy(entries + first, page->entries, page->count * sizeof(char *));
	free(page->entries);
	page->entries = entries;
	page->count += first;
	page->room = count;
	page->limit = limit;
	return code ? code : page->code;
}

/* Reads the ids of entries that tie, but for those before FIRST, which are not written. */
static int read_tied(struct page *page, size_t first)
{
	size_t i, k, end;

	for (i = 0; i < page->count; i = end) {
		for (end = i + 1; end < page->count; end++)
			if (compare_keys(page, entry_at(page, i), entry_at(page, end)))
				break;
		for (k = i; k < end && end - i > 1 && end > first; k++)
			if (!entry_at(page, k)->id)
				TRY(read_id(page, entry_at(page, k)));
	}
	return 0;
}

/* Puts entries whose keys are equal in order of their ids, where that is asked. */
static int settle_ties(struct page *page)
{
	size_t first = page->count;

	while (page->tied && first &&
	       !compare_keys(page, entry_at(page, first - 1), entry_at(page, page->count - 1)))
		first--;
	if (page->tied && first < page->count)
		TRY(choose_tied(page, first));
	TRY(read_tied(page, page->first));
	sort_entries(page);
	return 0;
}

static int write_sorted(struct page *page)
{
	size_t i;

	sort_entries(page);
	if (page->by_id)
		TRY(settle_ties(page));
	for (i = page->first; i < page->count; i++)
		TRY(write_instance(page, entry_at(page, i)->number));
	return 0;
}

static void make_keys(struct page *page)
{
	const struct query *query = page->query;
	size_t i;

	for (i = 0; i < query->sort_count; i++)
		add_key(page, (enum process_sort)query->sorts[i].key->field,
			query->sorts[i].descending);
	if (!query->sort_count)
		add_key(page, SORT_INSTANCE_ID, false);
	page->entry_size = sizeof(struct entry) + page->key_count * sizeof(struct sort_value);
	page->gone = entry_new(page);
}

/* How many entries have to be kept: those of the page, and those before it in its window. */
static int open_window(struct page *page)
{
	const struct query *query = page->query;

	page_window_init(&page->window);
	if (query->first >= DEEP && !page->keys[0].needs_text && !plan_reads_records(page->plan))
		TRY(page_window_find(page->plan, page->keys, page->key_count,
				     (uint64_t)query->first, &page->window));
	page->first = (size_t)query->first - (size_t)page->window.skipped;
	page->limit = page->first + (size_t)query->max;
	return 0;
}

static int fill_sorted(struct page *page)
{
	int code;

	/* numbers mostly rise with time: so the first rows seen are mostly those wanted */
	page->plan->backwards = page->keys[0].descending;
	page->plan->worth = may_have_better;
	page->plan->narrow = leave_better;
	page->plan->narrow_arg = page;
	code = plan_run(page->plan, take_sorted, page);
	if (!code)
		code = page->code;
	return code ? code : write_sorted(page);
}

static int fill(struct page *page)
{
	const struct query *query = page->query;
	int code;

	if (query->empty)
		return 0;
	if (!query->sort_count && query->max < 0 && !query->first) {
		code = plan_run(page->plan, take_unsorted, page);
		return code ? code : page->code;
	}
	if (query->max < 0 || query->max > ROWS_MAX)
		return process_list_write(page->request, page->plan, query);
	make_keys(page);
	TRY(open_window(page));
	return page->limit > ROWS_MAX ? process_list_write(page->request, page->plan, query)
				      : fill_sorted(page);
}

int process_page_answer(struct request *request, struct plan *plan, const struct query *query)
{
	struct page page; /* 32 KB of it are scratch room */
	int code;
	size_t i;

	memset(&page, 0, offsetof(struct page, better));
	page.request = request;
	page.plan = plan;
	page.query = query;
	arena_init(&page.arena);
	page.reader = txn_reader(plan->history->store, &page.arena);
	archive_reader_init(&page.records, plan->history->store, plan->history->processes);
	json_open_array(request_answer(request));
	code = fill(&page);
	json_close_array(&request->writer);
	for (i = 0; i < page.count; i++) {
		free_texts(&page, (struct entry *)(void *)page.entries[i]);
		free(page.entries[i]);
	}
	free(page.entries);
	free(page.gone);
	archive_reader_clear(&page.records);
	arena_clear(&page.arena);
	return code;
}
