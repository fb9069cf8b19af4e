#include <string.h>

#include "core/expression/class.h"
#include "core/expression/operator.h"

static const struct expression_list *list(const struct expression_call *call)
{
	return call->self.as.list;
}

static int size(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer((int64_t)list(call)->count);
	return 0;
}

static int is_empty(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(!list(call)->count);
	return 0;
}

static int get(struct expression_call *call, struct expression_value *ret)
{
	int64_t index = call->arguments[0].as.number;

	if (index < 0 || (uint64_t)index >= list(call)->count)
		return class_throw(call,
				   "java.lang.IndexOutOfBoundsException: Index %lld out of bounds "
				   "for length %zu",
				   (long long)index, list(call)->count);
	*ret = list(call)->values[index];
	return 0;
}

static int64_t find(const struct expression_list *in, const struct expression_value *wanted)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (expression_same(&in->values[i], wanted))
			return (int64_t)i;
	return -1;
}

static int index_of(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(find(list(call), &call->arguments[0]));
	return 0;
}

static int last_index_of(struct expression_call *call, struct expression_value *ret)
{
	size_t i = list(call)->count;

	while (i && !expression_same(&list(call)->values[i - 1], &call->arguments[0]))
		i--;
	*ret = expression_integer((int64_t)i - 1);
	return 0;
}

static int contains(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(find(list(call), &call->arguments[0]) >= 0);
	return 0;
}

static int contains_all(struct expression_call *call, struct expression_value *ret)
{
	const struct expression_list *wanted;
	bool all = true;
	size_t i;

	if (call->arguments[0].type != EXPRESSION_LIST)
		return class_throw(call, "java.lang.NullPointerException");
	wanted = call->arguments[0].as.list;
	for (i = 0; all && i < wanted->count; i++) {
		TRY(class_charge(call, list(call)->count));
		all = find(list(call), &wanted->values[i]) >= 0;
	}
	*ret = expression_boolean(all);
	return 0;
}

static int sub_list(struct expression_call *call, struct expression_value *ret)
{
	int64_t from = call->arguments[0].as.number, to = call->arguments[1].as.number;
	struct expression_value *values;

	if (from < 0 || from > to || (uint64_t)to > list(call)->count)
		return class_throw(call, "java.lang.IndexOutOfBoundsException: %s = %lld",
				   from < 0 || from > to ? "fromIndex" : "toIndex",
				   (long long)(from < 0 || from > to ? from : to));
	*ret = expression_list_new(call->arena, (size_t)(to - from), &values);
	memcpy(values, list(call)->values + from, (size_t)(to - from) * sizeof(*values));
	return 0;
}

static const struct expression_method list_methods[] = {
	{"size",        "",   size         },
	{"isEmpty",     "",   is_empty     },
	{"get",         "i",  get          },
	{"indexOf",     "o",  index_of     },
	{"lastIndexOf", "o",  last_index_of},
	{"contains",    "o",  contains     },
	{"containsAll", "c",  contains_all },
	{"subList",     "ii", sub_list     },
};

const struct expression_class list_class =
	EXPRESSION_CLASS("java.util.ArrayList", list_methods, &object_class);

static const struct expression_map *map(const struct expression_call *call)
{
	return call->self.as.map;
}

static int map_size(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer((int64_t)map(call)->count);
	return 0;
}

static int map_is_empty(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(!map(call)->count);
	return 0;
}

/* The entry whose key is the first argument; keys are texts. */
static const struct expression_entry *find_key(const struct expression_call *call)
{
	size_t i;

	for (i = 0; call->arguments[0].type == EXPRESSION_STRING && i < map(call)->count; i++)
		if (!strcmp(map(call)->entries[i].key, argument_text(call, 0)))
			return &map(call)->entries[i];
	return NULL;
}

static int map_get(struct expression_call *call, struct expression_value *ret)
{
	const struct expression_entry *entry = find_key(call);

	if (entry)
		*ret = entry->value;
	return 0;
}

static int map_get_or(struct expression_call *call, struct expression_value *ret)
{
	const struct expression_entry *entry = find_key(call);

	*ret = entry ? entry->value : call->arguments[1];
	return 0;
}

static int map_contains_key(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(find_key(call) != NULL);
	return 0;
}

static int map_contains_value(struct expression_call *call, struct expression_value *ret)
{
	bool found = false;
	size_t i;

	for (i = 0; !found && i < map(call)->count; i++)
		found = expression_same(&map(call)->entries[i].value, &call->arguments[0]);
	*ret = expression_boolean(found);
	return 0;
}

static int map_keys(struct expression_call *call, struct expression_value *ret)
{
	struct expression_value *keys;
	size_t i;

	*ret = expression_list_new(call->arena, map(call)->count, &keys);
	for (i = 0; i < map(call)->count; i++)
		keys[i] = expression_string(map(call)->entries[i].key);
	return 0;
}

static int map_values(struct expression_call *call, struct expression_value *ret)
{
	struct expression_value *values;
	size_t i;

	*ret = expression_list_new(call->arena, map(call)->count, &values);
	for (i = 0; i < map(call)->count; i++)
		values[i] = map(call)->entries[i].value;
	return 0;
}

static const struct expression_method map_methods[] = {
	{"size",          "",   map_size          },
	{"isEmpty",       "",   map_is_empty      },
	{"get",           "o",  map_get           },
	{"getOrDefault",  "oo", map_get_or        },
	{"containsKey",   "o",  map_contains_key  },
	{"containsValue", "o",  map_contains_value},
	{"keySet",        "",   map_keys          },
	{"values",        "",   map_values        },
};

const struct expression_class map_class =
	EXPRESSION_CLASS("java.util.LinkedHashMap", map_methods, &object_class);
