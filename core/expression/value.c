#include "core/expression/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/expression/date_time.h"
#include "core/json/date.h"
#include "core/json/writer.h"
#include "storage/buffer.h"

struct expression_value expression_null(void)
{
	return (struct expression_value){.type = EXPRESSION_NULL};
}

struct expression_value expression_boolean(bool truth)
{
	return (struct expression_value){.type = EXPRESSION_BOOLEAN, .as.truth = truth};
}

struct expression_value expression_integer(int64_t number)
{
	return (struct expression_value){.type = EXPRESSION_INTEGER, .as.number = (int32_t)number};
}

struct expression_value expression_long(int64_t number)
{
	return (struct expression_value){.type = EXPRESSION_LONG, .as.number = number};
}

struct expression_value expression_double(double fraction)
{
	return (struct expression_value){.type = EXPRESSION_DOUBLE, .as.fraction = fraction};
}

struct expression_value expression_string(const char *text)
{
	if (!text)
		return expression_null();
	return (struct expression_value){.type = EXPRESSION_STRING, .as.text = text};
}

struct expression_value expression_date(int64_t time)
{
	if (time == TIME_NULL)
		return expression_null();
	return (struct expression_value){.type = EXPRESSION_DATE, .as.number = time};
}

struct expression_value expression_date_time(int64_t time)
{
	return (struct expression_value){.type = EXPRESSION_DATE_TIME, .as.number = time};
}

struct expression_value expression_json(const struct json *json)
{
	if (!json)
		return expression_null();
	return (struct expression_value){.type = EXPRESSION_JSON, .as.json = json};
}

struct expression_value expression_list_new(struct arena *arena, size_t count,
					    struct expression_value **ret)
{
	struct expression_list *list = arena_alloc(arena, sizeof(*list));

	list->count = count;
	*ret = list->values = arena_array(arena, count, sizeof(*list->values));
	return (struct expression_value){.type = EXPRESSION_LIST, .as.list = list};
}

struct expression_value expression_map_new(struct arena *arena, const char *class, size_t count,
					   struct expression_entry **ret)
{
	struct expression_map *map = arena_alloc(arena, sizeof(*map));

	map->class = class;
	map->count = count;
	*ret = map->entries = arena_array(arena, count, sizeof(*map->entries));
	return (struct expression_value){.type = EXPRESSION_MAP, .as.map = map};
}

struct expression_value expression_object(struct arena *arena, const struct expression_class *class,
					  void *self)
{
	struct expression_object *object = arena_alloc(arena, sizeof(*object));

	object->class = class;
	object->self = self;
	return (struct expression_value){.type = EXPRESSION_OBJECT, .as.object = object};
}

struct expression_value expression_map_get(const struct expression_map *map, const char *key)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (!strcmp(map->entries[i].key, key))
			return map->entries[i].value;
	return expression_null();
}

static const char *const class_names[EXPRESSION_TYPE_MAX] = {
	[EXPRESSION_NULL] = "null",
	[EXPRESSION_BOOLEAN] = "java.lang.Boolean",
	[EXPRESSION_SHORT] = "java.lang.Short",
	[EXPRESSION_INTEGER] = "java.lang.Integer",
	[EXPRESSION_LONG] = "java.lang.Long",
	[EXPRESSION_DOUBLE] = "java.lang.Double",
	[EXPRESSION_STRING] = "java.lang.String",
	[EXPRESSION_DATE] = "java.util.Date",
	[EXPRESSION_DATE_TIME] = "org.joda.time.DateTime",
	[EXPRESSION_LIST] = "java.util.ArrayList",
	[EXPRESSION_ARRAY] = "[Ljava.lang.String;",
	[EXPRESSION_MAP] = "java.util.LinkedHashMap",
	[EXPRESSION_JSON] = "org.camunda.spin.impl.json.jackson.JacksonJsonNode",
	[EXPRESSION_CLASS] = "java.lang.Class",
};

const char *expression_class_name(const struct expression_value *value)
{
	if (value->type == EXPRESSION_OBJECT)
		return value->as.object->class->name;
	if (value->type == EXPRESSION_STORED)
		return !strcmp(value->as.stored->type, "Bytes")  ? "[B"
		       : !strcmp(value->as.stored->type, "File") ? "java.io.ByteArrayInputStream"
								 : "java.lang.Object";
	if (value->type == EXPRESSION_MAP && value->as.map->class)
		return value->as.map->class;
	return class_names[value->type];
}

/* The fewest digits, two at least, that read as VALUE again, without zeros at their end. */
static int shortest(double value, char *digits)
{
	char text[40];
	int count, power, at;

	for (count = 2; count <= 17; count++) {
		snprintf(text, sizeof(text), "%.*e", count - 1, value);
		if (strtod(text, NULL) == value)
			break;
	}
	power = atoi(strchr(text, 'e') + 1);
	digits[0] = text[0];
	for (at = 1; text[at + 1] != 'e'; at++)
		digits[at] = text[at + 1];
	while (at > 1 && digits[at - 1] == '0')
		at--;
	digits[at] = '\0';
	return power;
}

static void put_plain(struct buffer *buffer, const char *digits, int power)
{
	int count = (int)strlen(digits), i;

	for (i = power < 0 ? power : 0; i <= power || i < count; i++) {
		buffer_put_u8(buffer, (uint8_t)(i >= 0 && i < count ? digits[i] : '0'));
		if (i == power)
			buffer_put_u8(buffer, '.');
	}
	if (count <= power + 1)
		buffer_put_u8(buffer, '0');
}

static void put_double(struct buffer *buffer, double value)
{
	char digits[40] = "", text[16];
	int power;

	if (!isfinite(value) || value == 0) {
		buffer_put_text(buffer, isnan(value) ? "NaN" : signbit(value) ? "-" : "");
		if (!isnan(value))
			buffer_put_text(buffer, value == 0 ? "0.0" : "Infinity");
		return;
	}
	if (value < 0)
		buffer_put_u8(buffer, '-');
	power = shortest(fabs(value), digits);
	if (power >= -3 && power < 7) {
		put_plain(buffer, digits, power);
		return;
	}
	buffer_put_u8(buffer, (uint8_t)digits[0]);
	buffer_put_u8(buffer, '.');
	buffer_put_text(buffer, digits[1] ? digits + 1 : "0");
	snprintf(text, sizeof(text), "E%d", power);
	buffer_put_text(buffer, text);
}

static void put_value(struct buffer *buffer, const struct expression_value *value);

static void put_list(struct buffer *buffer, const struct expression_list *list)
{
	size_t i;

	buffer_put_u8(buffer, '[');
	for (i = 0; i < list->count; i++) {
		if (i)
			buffer_put_text(buffer, ", ");
		put_value(buffer, &list->values[i]);
	}
	buffer_put_u8(buffer, ']');
}

static void put_map(struct buffer *buffer, const struct expression_map *map)
{
	size_t i;

	buffer_put_u8(buffer, '{');
	for (i = 0; i < map->count; i++) {
		if (i)
			buffer_put_text(buffer, ", ");
		buffer_put_text(buffer, map->entries[i].key);
		buffer_put_u8(buffer, '=');
		put_value(buffer, &map->entries[i].value);
	}
	buffer_put_u8(buffer, '}');
}

static void put_json(struct buffer *buffer, const struct json *json)
{
	struct json_writer writer;

	json_writer_init(&writer, 0, NULL, NULL);
	json_tree(&writer, json);
	buffer_put(buffer, writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
}

static void put_number(struct buffer *buffer, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	buffer_put_text(buffer, text);
}

/* The original's are numbers of no meaning, which differ from run to run. */
static void put_opaque(struct buffer *buffer, const struct expression_value *value)
{
	buffer_put_text(buffer, expression_class_name(value));
	buffer_put_text(buffer, "@0");
}

/* Within a list null has a name. */
static void put_value(struct buffer *buffer, const struct expression_value *value)
{
	char text[DATE_TIME_SIZE];

	switch ((int)value->type) {
	case EXPRESSION_NULL:
		buffer_put_text(buffer, "null");
		break;
	case EXPRESSION_BOOLEAN:
		buffer_put_text(buffer, value->as.truth ? "true" : "false");
		break;
	case EXPRESSION_DOUBLE:
		put_double(buffer, value->as.fraction);
		break;
	case EXPRESSION_STRING:
		buffer_put_text(buffer, value->as.text);
		break;
	case EXPRESSION_DATE:
		java_date_format(value->as.number, text);
		buffer_put_text(buffer, text);
		break;
	case EXPRESSION_DATE_TIME:
		date_time_format(value->as.number, text);
		buffer_put_text(buffer, text);
		break;
	case EXPRESSION_LIST:
		put_list(buffer, value->as.list);
		break;
	case EXPRESSION_MAP:
		put_map(buffer, value->as.map);
		break;
	case EXPRESSION_JSON:
		put_json(buffer, value->as.json);
		break;
	case EXPRESSION_CLASS:
		buffer_put_text(buffer, "class ");
		buffer_put_text(buffer, value->as.text);
		break;
	case EXPRESSION_ARRAY:
	case EXPRESSION_STORED:
	case EXPRESSION_OBJECT:
		put_opaque(buffer, value);
		break;
	default:
		put_number(buffer, value->as.number);
		break;
	}
}

/* What an object's own toString() says; NULL when it has none or fails. */
static const char *object_text(struct arena *arena, const struct expression_value *value)
{
	const struct expression_class *class;
	struct error error = {0};
	struct expression_call call = {.arena = arena, .error = &error, .self = *value};
	struct expression_value text = expression_null();
	size_t i;

	for (class = value->as.object->class; class; class = class->base)
		for (i = 0; i < class->count; i++)
			if (!strcmp(class->methods[i].name, "toString") &&
			    !*class->methods[i].parameters && !class->methods[i].call(&call, &text))
				return text.type == EXPRESSION_STRING ? text.as.text : NULL;
	return NULL;
}

const char *expression_text(struct arena *arena, const struct expression_value *value)
{
	struct buffer buffer;
	const char *text = NULL;

	if (value->type == EXPRESSION_STRING)
		return value->as.text;
	if (value->type == EXPRESSION_NULL)
		return "";
	if (value->type == EXPRESSION_OBJECT)
		text = object_text(arena, value);
	if (text)
		return text;
	buffer_init(&buffer);
	put_value(&buffer, value);
	text = arena_strndup(arena, (const char *)buffer.data, buffer.length);
	buffer_clear(&buffer);
	return text;
}
