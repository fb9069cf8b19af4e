#include "core/history/process_list.h"

#include <string.h>

#include "core/engine.h"
#include "core/history/scan.h"
#include "core/query/sorter.h"
#include "core/record/row_json.h"
#include "storage/archive_reader.h"

/* What a row has in front of the instance's own fields. */
enum { ROW_NUMBER, ROW_DURATION, ROW_FIELDS };

/* By enum process_sort: the field of the instance, or of the row. */
static const int sort_fields[] = {
	[SORT_INSTANCE_ID] = ROW_FIELDS + INSTANCE_ID,
	[SORT_DEFINITION_ID] = ROW_FIELDS + INSTANCE_DEFINITION_ID,
	[SORT_DEFINITION_KEY] = ROW_FIELDS + INSTANCE_DEFINITION_KEY,
	[SORT_DEFINITION_NAME] = ROW_FIELDS + INSTANCE_DEFINITION_NAME,
	[SORT_DEFINITION_VERSION] = ROW_FIELDS + INSTANCE_DEFINITION_VERSION,
	[SORT_BUSINESS_KEY] = ROW_FIELDS + INSTANCE_BUSINESS_KEY,
	[SORT_START_TIME] = ROW_FIELDS + INSTANCE_START_TIME,
	[SORT_END_TIME] = ROW_FIELDS + INSTANCE_END_TIME,
	[SORT_DURATION] = ROW_DURATION,
	[SORT_TENANT_ID] = ROW_FIELDS + INSTANCE_TENANT_ID,
};

struct list {
	struct request *request;
	struct plan *plan;
	struct kind kind;
	struct resource resource;
	struct query query; /* over such rows */
	struct sorter *sorter;
	struct archive_reader records;
	struct arena arena; /* of the row in hand */
	int code;
};

/* A kind for the sorter: what ties is decided by its first field. */
static void describe_rows(struct list *list)
{
	size_t count = ROW_FIELDS + process_instance_kind.count;
	struct field *fields = arena_array(list->request->arena, count, sizeof(*fields));

	fields[ROW_NUMBER] = (struct field){.name = "number", .type = FIELD_LONG};
	fields[ROW_DURATION] = (struct field){.name = "duration", .type = FIELD_LONG};
	memcpy(fields + ROW_FIELDS, process_instance_kind.fields,
	       process_instance_kind.count * sizeof(*fields));
	list->kind = (struct kind){.name = "row", .fields = fields, .count = count};
	list->resource.kind = &list->kind;
}

static void order_rows(struct list *list, const struct query *query)
{
	struct arena *arena = list->request->arena;
	size_t i, count = query->sort_count ? query->sort_count : 1;
	struct sorting *sorts = arena_array(arena, count, sizeof(*sorts));
	struct sort_key *keys = arena_array(arena, count, sizeof(*keys));

	keys[0].field = sort_fields[SORT_INSTANCE_ID]; /* unless something else is asked */
	for (i = 0; i < query->sort_count; i++) {
		keys[i] = *query->sorts[i].key;
		keys[i].field = sort_fields[keys[i].field];
		sorts[i].descending = query->sorts[i].descending;
	}
	for (i = 0; i < count; i++)
		sorts[i].key = &keys[i];
	list->query = *query;
	list->query.resource = &list->resource;
	list->query.sorts = sorts;
	list->query.sort_count = count;
}

static int add_row(struct list *list, uint64_t number, const union slot *instance)
{
	int64_t place = (int64_t)number;
	int64_t start = instance[INSTANCE_START_TIME].i, end = instance[INSTANCE_END_TIME].i;
	union slot *row = arena_array(&list->arena, list->kind.count, sizeof(*row));

	row[ROW_NUMBER].i = list->query.sorts[0].descending ? -place : place;
	row[ROW_DURATION].i =
		end == TIME_NULL ? INT_NULL : (int64_t)((uint64_t)end - (uint64_t)start);
	memcpy(row + ROW_FIELDS, instance, process_instance_kind.count * sizeof(*row));
	return sorter_add(list->sorter, row);
}

/* Reads one instance; one that was deleted meanwhile is left out. */
static int take_instance(struct list *list, uint64_t number)
{
	struct rows rows[ROW_MAX];
	struct bytes record;
	int code = archive_reader_get(&list->records, number, &record);

	if (!code)
		code = history_unpack_process(&list->arena, list->plan->history, number, record, 0,
					      rows);
	if (!code)
		code = add_row(list, number, rows[ROW_INSTANCE].row[0]);
	arena_reset(&list->arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static bool take_rows(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	struct list *list = arg;
	uint32_t row;

	for (row = mask_next(mask, 0, count); row < count && !list->code;
	     row = mask_next(mask, row + 1, count)) {
		list->code = request_stopped(list->request);
		if (!list->code)
			list->code = take_instance(list, (uint64_t)segment * ARCHIVE_SEGMENT + row);
	}
	return !list->code;
}

static int write_rows(struct list *list)
{
	struct json_writer *writer = &list->request->writer;
	union slot *row;
	int64_t i;
	int code = 0;

	TRY(sorter_finish(list->sorter));
	for (i = 0; !code; i++) {
		TRY(request_stopped(list->request));
		code = sorter_next(list->sorter, &list->arena, &row);
		if (!code && i >= list->query.first) {
			row_answer(writer, &process_instance_kind, row + ROW_FIELDS);
			code = writer->code;
		}
		arena_reset(&list->arena);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int sort_and_write(struct list *list)
{
	TRY(plan_run(list->plan, take_rows, list));
	TRY(list->code);
	return write_rows(list);
}

int process_list_write(struct request *request, struct plan *plan, const struct query *query)
{
	struct list list = {.request = request, .plan = plan};
	uint64_t limit =
		query->max < 0 ? UINT64_MAX : (uint64_t)query->first + (uint64_t)query->max;
	int code;

	describe_rows(&list);
	order_rows(&list, query);
	arena_init(&list.arena);
	archive_reader_init(&list.records, plan->history->store, plan->history->processes);
	list.sorter = sorter_new(&list.query, limit, request->engine->config->home);
	code = sort_and_write(&list);
	sorter_free(list.sorter);
	archive_reader_clear(&list.records);
	arena_clear(&list.arena);
	return code;
}
