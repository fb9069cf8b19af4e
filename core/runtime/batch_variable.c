#include "core/runtime/batch_variable.h"

#include <string.h>

#include "core/id.h"
#include "core/job/batch.h"
#include "core/runtime/kinds.h"
#include "core/runtime/typed_value.h"

static bool has_variables(const struct batch *batch)
{
	return batch->configuration &&
	       (!strcmp(batch->type, "set-variables") || !strcmp(batch->type, "correlate-message"));
}

static int read_variables(struct arena *arena, const struct batch *batch, struct named_values *ret)
{
	struct error ignored = {0, NULL};
	struct json *configuration;

	TRY(json_parse(arena, batch->configuration, strlen(batch->configuration), &configuration));
	return typed_values_read(arena, json_present(configuration, "variables"), ret, &ignored);
}

static union slot *row_of(struct txn *reader, struct arena *arena, const struct batch *batch,
			  const struct named_values *values, size_t at)
{
	union slot *row = row_new(arena, &running_variable_kind);
	struct variable *variable = (struct variable *)(void *)row;
	const struct typed_value *value = &values->items[at].value;

	variable->id =
		id_text(arena, reader->store, ID_BATCH_VARIABLE, (uint64_t)batch->number, at);
	variable->name = values->items[at].name;
	variable->batch_id = batch->id;
	variable->tenant_id = batch->tenant_id;
	variable->value = value->value;
	variable->type = value->type;
	variable->value_info = value->info ? value->info : "{}";
	return row;
}

/* They belong to no instance: what is asked of one finds an empty one. */
static void no_instance(struct arena *arena, union slot **instance, struct rows rows[RUNNING_MAX])
{
	memset(rows, 0, sizeof(*rows) * RUNNING_MAX);
	*instance = row_new(arena, &running_instance_kind);
	rows[RUNNING_INSTANCE].count = 1;
	rows[RUNNING_INSTANCE].row = instance;
}

/* What a walk hands out. */
struct taking {
	bool (*take)(void *arg, struct arena *arena, const union slot *row);
	void *arg;
	bool more;
};

static int take_of_batch(struct running_query *query, struct arena *arena,
			 const struct batch *batch, struct taking *taking)
{
	struct rows rows[RUNNING_MAX];
	struct named_values values;
	union slot *instance;
	size_t i;

	TRY(read_variables(arena, batch, &values));
	no_instance(arena, &instance, rows);
	for (i = 0; i < values.count && taking->more; i++) {
		union slot *row = row_of(&query->reader, arena, batch, &values, i);
		bool matches;

		TRY(running_query_matches(query, rows, row, &matches));
		taking->more = !matches || taking->take(taking->arg, arena, row);
	}
	return 0;
}

int batch_variables_walk(struct running_query *query, struct arena *arena,
			 bool (*take)(void *arg, struct arena *arena, const union slot *row),
			 void *arg)
{
	struct taking taking = {take, arg, true};
	struct txn reader = query->reader;
	struct batch batch;
	uint64_t number = 0;
	int code = 0;

	reader.arena = arena;
	while (!code && taking.more) {
		struct arena_mark mark = arena_mark(arena);

		code = batch_next(&reader, number, &batch);
		if (!code && has_variables(&batch))
			code = take_of_batch(query, arena, &batch, &taking);
		number = code ? 0 : (uint64_t)batch.number + 1;
		arena_rewind(arena, mark);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int batch_variable_get(struct txn *reader, const char *text, union slot **ret)
{
	struct named_values values;
	struct batch batch;
	struct id id;

	if (!id_decode(reader->store, text, &id) || id.kind != ID_BATCH_VARIABLE)
		return ERR_NOT_FOUND;
	TRY(batch_get(reader, id.number, &batch));
	if (!has_variables(&batch))
		return ERR_NOT_FOUND;
	TRY(read_variables(reader->arena, &batch, &values));
	if (id.ordinal >= values.count)
		return ERR_NOT_FOUND;
	*ret = row_of(reader, reader->arena, &batch, &values, (size_t)id.ordinal);
	return 0;
}
