#include "core/history/variable_value.h"

#include <pthread.h>
#include <string.h>

#include "core/expression/java_object.h"
#include "core/expression/variable.h"
#include "core/history/kinds.h"
#include "core/json/json.h"
#include "core/record/row_json.h"
#include "storage/base64.h"
#include "storage/error.h"

/* Where a kind keeps a value and what belongs to it. */
struct places {
	int type, value, info, error, name;
};

static int place(const struct kind *kind, const char *first, const char *second)
{
	int field = kind_field(kind, first);

	return field >= 0 ? field : kind_field(kind, second);
}

static struct places find_places(const struct kind *kind)
{
	struct places places = {
		.type = place(kind, "variableType", "type"),
		.value = kind_field(kind, "value"),
		.info = kind_field(kind, "valueInfo"),
		.error = kind_field(kind, "errorMessage"),
		.name = place(kind, "variableName", "name"),
	};

	if (places.name < 0)
		places.name = kind_field(kind, "clauseName");
	return places;
}

/* The kinds that have values, each looked at once: this is asked for every row of long lists. */
static struct {
	const struct kind *kind;
	struct places places;
} known[] = {
	{&variable_kind,        {0}},
	{&detail_kind,          {0}},
	{&decision_input_kind,  {0}},
	{&decision_output_kind, {0}},
};

static void find_known(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		known[i].places = find_places(known[i].kind);
}

static struct places places_of(const struct kind *kind)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t i;

	pthread_once(&once, find_known);
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].kind == kind)
			return known[i].places;
	return find_places(kind);
}

static const struct value *json_value(struct arena *arena, const char *text)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->type = VALUE_JSON;
	value->as.text = text;
	return value;
}

/* A node as the engine's JSON library describes itself when it is written as a bean. */
static const struct value *describe_node(struct arena *arena, const char *text)
{
	static const char *const types[] = {"NULL",   "BOOLEAN", "NUMBER",
					    "STRING", "ARRAY",   "OBJECT"};
	static const char *const words[] = {"false", "true"};
	enum json_type type;

	if (json_type_of(text, strlen(text), &type))
		return NULL;
	return json_value(
		arena,
		arena_printf(arena,
			     "{\"nodeType\":\"%s\",\"object\":%s,\"array\":%s,\"number\":%s,"
			     "\"boolean\":%s,\"string\":%s,\"null\":%s,\"value\":%s,"
			     "\"dataFormatName\":\"application/json\"}",
			     types[type], words[type == JSON_OBJECT], words[type == JSON_ARRAY],
			     words[type == JSON_NUMBER], words[type == JSON_BOOL],
			     words[type == JSON_STRING], words[type == JSON_NULL],
			     words[type != JSON_OBJECT && type != JSON_ARRAY]));
}

static void fail_object(struct arena *arena, const struct places *places, union slot *row,
			const char *reason)
{
	row[places->value].v = NULL;
	row[places->info].s = NULL;
	row[places->error].s = arena_printf(
		arena, "Cannot deserialize object in variable '%s': %s",
		places->name >= 0 && row[places->name].s ? row[places->name].s : "", reason);
}

static const char not_json[] = "SPIN/JACKSON-JSON-01001 Unable to parse input into json node";

static void show_json(struct arena *arena, const struct places *places, union slot *row)
{
	const struct value *node = describe_node(arena, row[places->value].v->as.text);

	if (node)
		row[places->value].v = node;
	else
		fail_object(arena, places, row, not_json);
}

/* Classes of Java itself are there in every engine; others are in none of ours. */
static void show_object(struct arena *arena, const struct places *places, union slot *row)
{
	const char *info = row[places->info].s, *text = row[places->value].v->as.text;
	const char *class = value_info_text(arena, info, "objectTypeName");
	const char *format = value_info_text(arena, info, "serializationDataFormat");
	struct expression_value object;
	const char *reason;
	enum json_type json;
	bool exact;

	if (format && !strcmp(format, java_object_format)) {
		if (java_object_read(arena, text, &object, &exact, &reason))
			fail_object(arena, places, row, reason);
		else
			row[places->value].v = json_value(arena, expression_shown(arena, &object));
		return;
	}
	if (!format || strcmp(format, "application/json") != 0)
		fail_object(arena, places, row,
			    "SPIN-PLUGIN-01002 Fallback serializer cannot handle deserialized "
			    "objects");
	else if (json_type_of(text, strlen(text), &json))
		fail_object(arena, places, row, not_json);
	else if (!class || strncmp(class, "java.", 5) != 0)
		fail_object(arena, places, row,
			    arena_printf(arena,
					 "SPIN/JACKSON-JSON-01007 Cannot construct java type from "
					 "string '%s'",
					 class ? class : "null"));
	else
		row[places->value].v = json_value(arena, text);
}

void value_show(struct arena *arena, const struct kind *kind, union slot *row, unsigned show)
{
	struct places places = places_of(kind);
	const char *type = row[places.type].s;
	const struct value *value = row[places.value].v;

	if (!type || !value)
		return;
	if (!strcmp(type, "File") || (!strcmp(type, "Bytes") && !(show & SHOW_BYTES))) {
		row[places.value].v = NULL;
		return;
	}
	if (!(show & SHOW_DESERIALISED) || value->type != VALUE_STRING)
		return;
	if (!strcmp(type, "Json"))
		show_json(arena, &places, row);
	else if (!strcmp(type, "Object"))
		show_object(arena, &places, row);
}

void value_row_answer(struct json_writer *writer, const struct kind *kind, const union slot *row)
{
	struct kind shown = *kind;

	/* fields of variables alone stand at the end */
	if (kind == &detail_kind && row[DETAIL_TYPE].s && !strcmp(row[DETAIL_TYPE].s, "formField"))
		shown.count = DETAIL_VALUE;
	row_answer(writer, &shown, row);
}

/* The media type of a file, with its character set when that is known. */
static const char *file_type(struct arena *arena, const char *info)
{
	const char *type = value_info_text(arena, info, "mimeType");
	const char *encoding = value_info_text(arena, info, "encoding");

	if (!type)
		return "application/octet-stream";
	return encoding ? arena_printf(arena, "%s;charset=%s", type, encoding) : type;
}

int value_bytes_of(struct arena *arena, const struct kind *kind, const union slot *row,
		   struct value_bytes *ret)
{
	struct places places = places_of(kind);
	const char *type = row[places.type].s;
	const struct value *value = row[places.value].v;
	uint8_t *bytes;

	memset(ret, 0, sizeof(*ret));
	if (!type || (strcmp(type, "Bytes") != 0 && strcmp(type, "File") != 0))
		return ERR_INPUT;
	ret->media_type = "application/octet-stream";
	if (!strcmp(type, "File")) {
		ret->media_type = file_type(arena, row[places.info].s);
		ret->file = value_info_text(arena, row[places.info].s, "filename");
	}
	if (!value || value->type != VALUE_STRING)
		return 0;
	bytes = arena_alloc(arena, strlen(value->as.text) + 1);
	if (!base64_decode(value->as.text, bytes, &ret->size))
		return ERR_CORRUPT;
	ret->bytes = bytes;
	return 0;
}
