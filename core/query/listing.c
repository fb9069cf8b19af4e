#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/engine.h"
#include "core/query/query.h"
#include "core/query/sorter.h"
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
	if (query->sort_count)
		listing->sorter = sorter_new(
			query, query->max < 0 ? UINT64_MAX : (uint64_t)(query->first + query->max),
			request->engine ? request->engine->config->home : NULL);
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

bool listing_offer(struct listing *listing, const union slot *row)
{
	const struct query *query = listing->query;
	int64_t index = listing->matched++;

	if (!listing->code)
		listing->code = request_stopped(listing->request);
	if (listing->code)
		return false;
	if (listing->counting)
		return true;
	if (query->empty || !query->max)
		return false;
	if (listing->sorter) {
		listing->code = sorter_add(listing->sorter, row);
		return !listing->code;
	}
	if (index >= query->first && (query->max < 0 || index < query->first + query->max))
		listing->write(listing, row);
	return (query->max < 0 || index + 1 < query->first + query->max) &&
	       !listing->request->writer.code;
}

bool listing_last_number(const struct listing *listing, int64_t *ret)
{
	return listing->sorter && sorter_last_number(listing->sorter, ret);
}

const char *listing_last_text(const struct listing *listing)
{
	return listing->sorter ? sorter_last_text(listing->sorter) : NULL;
}

/* Writes what the sorter kept, but for the rows before the page. */
static int write_sorted(struct listing *listing)
{
	int64_t index = 0;
	struct arena arena;
	union slot *row;
	int code = sorter_finish(listing->sorter);

	arena_init(&arena);
	while (!code && !listing->request->writer.code &&
	       !(code = sorter_next(listing->sorter, &arena, &row))) {
		if (index++ >= listing->query->first)
			listing->write(listing, row);
		arena_clear(&arena);
	}
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int listing_end(struct listing *listing)
{
	if (listing->sorter && !listing->code)
		listing->code = write_sorted(listing);
	if (listing->code)
		return listing_fail(listing, listing->code);
	if (listing->counting)
		return request_answer_count(listing->request, listing->matched);
	json_close_array(&listing->request->writer);
	return listing_fail(listing, listing->request->writer.code);
}

int listing_fail(struct listing *listing, int code)
{
	if (listing->sorter)
		sorter_free(listing->sorter);
	listing->sorter = NULL;
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
