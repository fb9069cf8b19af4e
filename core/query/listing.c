#include <stdlib.h>
#include <string.h>

#include "core/query/query.h"
#include "core/record/row_json.h"

static void write_row(struct listing *listing, const union slot *row)
{
	row_answer(&listing->request->writer, listing->query->resource->kind, row);
}

void listing_begin(struct listing *listing, struct request *request, const struct query *query,
		   void (*write)(struct listing *listing, const union slot *row))
{
	memset(listing, 0, sizeof(*listing));
	listing->request = request;
	listing->query = query;
	listing->write = write ? write : write_row;
	json_open_array(request_answer(request));
}

void listing_begin_count(struct listing *listing, struct request *request,
			 const struct query *query)
{
	memset(listing, 0, sizeof(*listing));
	listing->request = request;
	listing->query = query;
	listing->counting = true;
}

bool listing_keeps(const struct listing *listing)
{
	return !listing->counting && listing->query->sort_count;
}

static void keep(struct listing *listing, union slot *row)
{
	if (listing->kept_count == listing->kept_room) {
		listing->kept_room = listing->kept_room ? listing->kept_room * 2 : 64;
		listing->kept =
			memory_resize(listing->kept, listing->kept_room * sizeof(*listing->kept));
	}
	listing->kept[listing->kept_count++] = row;
}

bool listing_offer(struct listing *listing, union slot *row)
{
	const struct query *query = listing->query;
	int64_t index = listing->matched++;

	if (listing->counting)
		return true;
	if (query->empty)
		return false;
	if (query->sort_count) {
		keep(listing, row);
		return true;
	}
	if (index >= query->first && (query->max < 0 || index < query->first + query->max))
		listing->write(listing, row);
	return (query->max < 0 || index + 1 < query->first + query->max) &&
	       !listing->request->writer.code;
}

/* Absent comes before everything. */
static int compare_slots(const struct field *field, union slot a, union slot b)
{
	bool no_a = slot_absent(field, a), no_b = slot_absent(field, b);

	if (no_a || no_b)
		return no_b - no_a;
	switch (field->type) {
	case FIELD_STRING:
	case FIELD_JSON:
		return strcmp(a.s, b.s);
	case FIELD_DOUBLE:
		return (a.d > b.d) - (a.d < b.d);
	case FIELD_TIME:
	case FIELD_INT:
	case FIELD_LONG:
	case FIELD_BOOL:
		return (a.i > b.i) - (a.i < b.i);
	case FIELD_VALUE:
	case FIELD_ROWS:
		break;
	}
	return 0;
}

static int compare_rows(const void *left, const void *right, void *arg)
{
	const struct query *query = arg;
	const union slot *a = *(union slot *const *)left, *b = *(union slot *const *)right;
	size_t i;

	for (i = 0; i < query->sort_count; i++) {
		int field = query->sorts[i].key->field;
		int order =
			compare_slots(&query->resource->kind->fields[field], a[field], b[field]);

		if (order)
			return query->sorts[i].descending ? -order : order;
	}
	return compare_slots(&query->resource->kind->fields[0], a[0], b[0]);
}

static void write_kept(struct listing *listing)
{
	const struct query *query = listing->query;
	size_t i = (size_t)query->first, end = listing->kept_count;

	if (listing->kept_count)
		qsort_r(listing->kept, listing->kept_count, sizeof(*listing->kept), compare_rows,
			(void *)(uintptr_t)query);
	if (query->max >= 0 && i + (size_t)query->max < end)
		end = i + (size_t)query->max;
	for (; i < end && !listing->request->writer.code; i++)
		listing->write(listing, listing->kept[i]);
	free(listing->kept);
	listing->kept = NULL;
}

int listing_end(struct listing *listing)
{
	if (listing->counting)
		return request_answer_count(listing->request, listing->matched);
	write_kept(listing);
	json_close_array(&listing->request->writer);
	return listing->request->writer.code;
}

int listing_fail(struct listing *listing, int code)
{
	free(listing->kept);
	listing->kept = NULL;
	return code;
}

static int answer(struct request *request, const struct list_source *source, struct query *query,
		  bool count)
{
	struct listing listing;
	struct arena arena;
	int code;

	if (source->prepare)
		TRY(source->prepare(request, query));
	arena_init(&arena);
	if (count)
		listing_begin_count(&listing, request, query);
	else
		listing_begin(&listing, request, query, source->write);
	code = source->offer(request, &arena, &listing);
	code = code ? listing_fail(&listing, code) : listing_end(&listing);
	arena_clear(&arena);
	return code;
}

int list_answer_params(struct request *request, const struct list_source *source, bool count)
{
	struct query query;

	TRY(query_bind_params(request, source->resource, !count, &query));
	return answer(request, source, &query, count);
}

int list_answer_body(struct request *request, const struct list_source *source, bool count)
{
	struct query query;

	TRY(query_bind_body(request, source->resource, !count, &query));
	return answer(request, source, &query, count);
}
