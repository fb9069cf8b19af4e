#include "core/expression/variable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/expression/coerce.h"
#include "core/expression/java_object.h"
#include "core/json/date.h"
#include "core/json/writer.h"

/* Types whose values are numbers, and texts; how each is kept. */
static const struct {
	const char *name;
	enum expression_type type;
	enum value_type value;
} types[] = {
	{"Boolean", EXPRESSION_BOOLEAN, VALUE_BOOL  },
        {"Short",   EXPRESSION_SHORT,   VALUE_LONG  },
	{"Integer", EXPRESSION_INTEGER, VALUE_LONG  },
        {"Long",    EXPRESSION_LONG,    VALUE_LONG  },
	{"Double",  EXPRESSION_DOUBLE,  VALUE_DOUBLE},
        {"String",  EXPRESSION_STRING,  VALUE_STRING},
	{"Date",    EXPRESSION_DATE,    VALUE_STRING},
        {"Json",    EXPRESSION_JSON,    VALUE_STRING},
};

enum { TYPES = ARRAY_SIZE(types) };

/* A whole double, and a text that is JSON, may be kept as what they look like. */
static bool fits(enum value_type wanted, enum value_type kept)
{
	return wanted == kept || (wanted == VALUE_DOUBLE && kept == VALUE_LONG) ||
	       (wanted == VALUE_STRING && kept == VALUE_JSON);
}

static int from_text(struct arena *arena, enum expression_type type, const char *text,
		     struct expression_value *ret)
{
	struct json *tree;
	int64_t time;

	if (type == EXPRESSION_STRING) {
		*ret = expression_string(text);
	} else if (type == EXPRESSION_DATE) {
		if (!date_parse(text, &time))
			return ERR_CORRUPT;
		*ret = expression_date(time);
	} else {
		if (json_parse(arena, text, strlen(text), &tree))
			return ERR_CORRUPT;
		*ret = expression_json(tree);
	}
	return 0;
}

static int from_known(struct arena *arena, enum expression_type type, const struct value *value,
		      struct expression_value *ret)
{
	switch (value->type) {
	case VALUE_BOOL:
		*ret = expression_boolean(value->as.truth);
		return 0;
	case VALUE_LONG:
		*ret = type == EXPRESSION_DOUBLE ? expression_double((double)value->as.number)
						 : expression_long(value->as.number);
		ret->type = type;
		return 0;
	case VALUE_DOUBLE:
		*ret = expression_double(value->as.fraction);
		return 0;
	case VALUE_STRING:
	case VALUE_JSON:
		break;
	}
	return from_text(arena, type, value->as.text, ret);
}

static struct expression_value from_members(struct arena *arena, const struct json *json,
					    const char *class);

const char *value_info_text(struct arena *arena, const char *info, const char *name)
{
	const struct json *node;
	const char *text = NULL;
	struct json *tree;

	if (!info || json_parse(arena, info, strlen(info), &tree) || tree->type != JSON_OBJECT)
		return NULL;
	node = json_present(tree, name);
	return node && !json_to_string(node, &text) ? text : NULL;
}

/* An object whose class is one of Java's own, kept as JSON, or as Java writes it. */
static bool from_plain_object(struct arena *arena, const char *text, const char *info,
			      struct expression_value *ret)
{
	const char *format = value_info_text(arena, info, "serializationDataFormat"), *reason;
	const char *class = value_info_text(arena, info, "objectTypeName");
	struct json *tree;
	bool exact;

	if (!format || !class)
		return false;
	if (!strcmp(format, java_object_format))
		return !java_object_read(arena, text, ret, &exact, &reason) && exact;
	if (strcmp(format, "application/json") != 0 || strncmp(class, "java.util.", 10) != 0 ||
	    json_parse(arena, text, strlen(text), &tree))
		return false;
	*ret = tree->type == JSON_OBJECT ? from_members(arena, tree, class)
					 : expression_from_json(arena, tree);
	return true;
}

static void from_other(struct arena *arena, const char *type, const struct value *value,
		       const char *info, struct expression_value *ret)
{
	struct expression_stored *stored;

	if (!strcmp(type, "Object") && (value->type == VALUE_STRING || value->type == VALUE_JSON) &&
	    from_plain_object(arena, value->as.text, info, ret))
		return;
	stored = arena_alloc(arena, sizeof(*stored));
	stored->type = type;
	stored->value = value;
	stored->info = info;
	ret->type = EXPRESSION_STORED;
	ret->as.stored = stored;
}

int expression_from_variable(struct arena *arena, const char *type, const struct value *value,
			     const char *info, struct expression_value *ret)
{
	size_t i;

	*ret = expression_null();
	if (!value || !type || !strcmp(type, "Null"))
		return 0;
	for (i = 0; i < TYPES; i++) {
		if (strcmp(types[i].name, type) != 0)
			continue;
		if (!fits(types[i].value, value->type))
			return ERR_CORRUPT;
		return from_known(arena, types[i].type, value, ret);
	}
	from_other(arena, type, value, info, ret);
	return 0;
}

static struct expression_value from_number(const char *text)
{
	int64_t whole;

	if (!long_of_text(text, &whole))
		return expression_double(strtod(text, NULL));
	return whole == (int32_t)whole ? expression_integer(whole) : expression_long(whole);
}

static int compare_entries(const void *left, const void *right)
{
	const struct expression_entry *a = left, *b = right;

	return strcmp(a->key, b->key);
}

static struct expression_value from_members(struct arena *arena, const struct json *json,
					    const char *class)
{
	struct expression_value *values, ret;
	struct expression_entry *entries;
	const struct json *member = json->first;
	size_t i;

	if (json->type == JSON_ARRAY) {
		ret = expression_list_new(arena, json->count, &values);
		for (i = 0; member; member = member->next)
			values[i++] = expression_from_json(arena, member);
		return ret;
	}
	ret = expression_map_new(arena, class, json->count, &entries);
	for (i = 0; member; member = member->next, i++) {
		entries[i].key = member->key;
		entries[i].value = expression_from_json(arena, member);
	}
	if (class && !strcmp(class, "java.util.TreeMap") && json->count)
		qsort(entries, json->count, sizeof(*entries), compare_entries);
	return ret;
}

struct expression_value expression_from_json(struct arena *arena, const struct json *json)
{
	switch (json->type) {
	case JSON_NULL:
		break;
	case JSON_BOOL:
		return expression_boolean(json->truth);
	case JSON_NUMBER:
		return from_number(json->text);
	case JSON_STRING:
		return expression_string(json->text);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return from_members(arena, json, NULL);
	}
	return expression_null();
}

static void write_value(struct json_writer *writer, const struct expression_value *value);

static void write_list(struct json_writer *writer, const struct expression_list *list)
{
	size_t i;

	json_open_array(writer);
	for (i = 0; i < list->count; i++)
		write_value(writer, &list->values[i]);
	json_close_array(writer);
}

static void write_map(struct json_writer *writer, const struct expression_map *map)
{
	size_t i;

	json_open_object(writer);
	for (i = 0; i < map->count; i++) {
		json_key(writer, map->entries[i].key);
		write_value(writer, &map->entries[i].value);
	}
	json_close_object(writer);
}

/* Objects of a kind that has no JSON are null. */
static void write_value(struct json_writer *writer, const struct expression_value *value)
{
	switch ((int)value->type) {
	case EXPRESSION_BOOLEAN:
		json_bool(writer, value->as.truth);
		break;
	case EXPRESSION_SHORT:
	case EXPRESSION_INTEGER:
	case EXPRESSION_LONG:
	case EXPRESSION_DATE_TIME: /* milliseconds, as the original's mapper writes them */
		json_int(writer, value->as.number);
		break;
	case EXPRESSION_DOUBLE:
		json_double(writer, value->as.fraction);
		break;
	case EXPRESSION_DATE:
		json_time(writer, value->as.number);
		break;
	case EXPRESSION_STRING:
	case EXPRESSION_CLASS:
		json_string(writer, value->as.text);
		break;
	case EXPRESSION_LIST:
	case EXPRESSION_ARRAY:
		write_list(writer, value->as.list);
		break;
	case EXPRESSION_MAP:
		write_map(writer, value->as.map);
		break;
	case EXPRESSION_JSON:
		json_tree(writer, value->as.json);
		break;
	default:
		json_null(writer);
		break;
	}
}

const char *expression_shown(struct arena *arena, const struct expression_value *value)
{
	struct json_writer writer;
	const char *text;

	json_writer_init(&writer, 0, NULL, NULL);
	write_value(&writer, value);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

static struct value *to_simple(struct arena *arena, const struct expression_value *from)
{
	struct value *value = arena_alloc(arena, sizeof(*value));
	char text[DATE_SIZE];

	switch ((int)from->type) {
	case EXPRESSION_BOOLEAN:
		value->type = VALUE_BOOL;
		value->as.truth = from->as.truth;
		break;
	case EXPRESSION_DOUBLE:
		value->type = VALUE_DOUBLE;
		value->as.fraction = from->as.fraction;
		break;
	case EXPRESSION_STRING:
		value->type = VALUE_STRING;
		/* it may stand in the expression, which others may drop before this is answered */
		value->as.text = arena_strdup(arena, from->as.text);
		break;
	case EXPRESSION_DATE:
		date_format(from->as.number, text);
		value->type = VALUE_STRING;
		value->as.text = arena_strdup(arena, text);
		break;
	case EXPRESSION_JSON:
		value->type = VALUE_STRING;
		value->as.text = expression_shown(arena, from);
		break;
	default:
		value->type = VALUE_LONG;
		value->as.number = from->as.number;
		break;
	}
	return value;
}

const char *value_info_of(struct arena *arena, const char *const names[], const char *const texts[],
			  size_t count)
{
	struct json_writer writer;
	const char *text;
	size_t i;

	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	for (i = 0; i < count; i++)
		if (texts[i])
			json_key_string(&writer, names[i], texts[i]);
	json_close_object(&writer);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

/* Values that are some object to Java: as it writes them, or as JSON when only Java can. */
static int to_object(struct arena *arena, const struct expression_value *from,
		     const char **ret_type, const struct value **ret, const char **ret_info)
{
	static const char *const names[] = {"objectTypeName", "serializationDataFormat"};
	struct value *value = arena_alloc(arena, sizeof(*value));
	const char *text = java_object_write(arena, from);
	const char *const texts[] = {expression_class_name(from),
				     text ? java_object_format : "application/json"};

	*ret_type = "Object";
	*ret_info = value_info_of(arena, names, texts, ARRAY_SIZE(names));
	value->type = VALUE_STRING;
	value->as.text = text ? text : expression_shown(arena, from);
	*ret = value;
	return 0;
}

int expression_to_variable(struct arena *arena, const struct expression_value *from,
			   const char *name, const char **ret_type, const struct value **ret,
			   const char **ret_info, struct error *error)
{
	size_t i;

	*ret = NULL;
	*ret_info = NULL;
	*ret_type = "Null";
	if (from->type == EXPRESSION_NULL)
		return 0;
	for (i = 0; i < TYPES; i++) {
		if (types[i].type != from->type)
			continue;
		*ret_type = types[i].name;
		*ret = to_simple(arena, from);
		return 0;
	}
	if (from->type == EXPRESSION_STORED) {
		*ret_type = from->as.stored->type;
		*ret = from->as.stored->value;
		*ret_info = from->as.stored->info;
		return 0;
	}
	if (from->type == EXPRESSION_OBJECT)
		return err_set(error, arena, ERR_INPUT,
			       "Cannot serialize object in variable '%s': %s", name,
			       expression_class_name(from));
	return to_object(arena, from, ret_type, ret, ret_info);
}
