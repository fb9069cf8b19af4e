#include "core/runtime/typed_value.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/expression/unicode.h"
#include "core/expression/variable.h"
#include "core/history/variable_value.h"
#include "storage/base64.h"
#include "core/json/date.h"
#include "core/record/row_json.h"
#include "core/request/api_error.h"

/* One value on its way from a request. */
struct reading {
	struct arena *arena;
	struct error *error;
	const char *name; /* of the variable */
	const char *type; /* as the request says it */
	const struct json *node, *info;
	const char *text; /* the node as Java would print it; NULL for null */
};

#define reading_fail(reading, code, ...)                                                           \
	err_set((reading)->error, (reading)->arena, code, __VA_ARGS__)

/* Member NAME of the info, or NULL. */
static const struct json *info_member(const struct reading *reading, const char *name)
{
	return reading->info ? json_member(reading->info, name) : NULL;
}

static const char *java_text(struct arena *arena, const struct json *node)
{
	struct expression_value value = expression_from_json(arena, node);

	return node->type == JSON_NULL ? NULL : expression_text(arena, &value);
}

static const struct value *text_value(struct arena *arena, const char *text)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->type = VALUE_STRING;
	value->as.text = text;
	return text ? value : NULL;
}

/* Keeps VALUE, which has a type of its own that variables know. */
static int keep(const struct reading *reading, const struct expression_value *value,
		struct typed_value *ret)
{
	TRY(expression_to_variable(reading->arena, value, reading->name, &ret->type, &ret->value,
				   &ret->info, reading->error));
	ret->info = ret->info ? ret->info : "{}";
	if (value->type == EXPRESSION_STRING &&
	    utf16_length(value->as.text, SIZE_MAX) > VARIABLE_TEXT_MAX)
		return reading_fail(reading, ERR_REST_400_0, "Variable value is too long");
	return 0;
}

/* TEXT without the blanks around it. */
static const char *trimmed(struct arena *arena, const char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	return arena_strndup(arena, text, length);
}

static bool read_whole(const char *text, int64_t low, int64_t high, int64_t *ret)
{
	struct json number = {.type = JSON_STRING, .text = text};

	return !json_to_int(&number, 0, false, ret) && *ret >= low && *ret <= high;
}

/* A text that is none of the reader's numbers. */
static bool is_empty(const char *text)
{
	return !*text || !strcmp(text, "null");
}

static bool read_short(const struct reading *reading, const char *text,
		       struct expression_value *ret)
{
	(void)reading;
	ret->type = EXPRESSION_SHORT;
	return read_whole(text, INT16_MIN, INT16_MAX, &ret->as.number);
}

static bool read_integer(const struct reading *reading, const char *text,
			 struct expression_value *ret)
{
	(void)reading;
	ret->type = EXPRESSION_INTEGER;
	return read_whole(text, INT32_MIN, INT32_MAX, &ret->as.number);
}

static bool read_long(const struct reading *reading, const char *text, struct expression_value *ret)
{
	(void)reading;
	ret->type = EXPRESSION_LONG;
	return read_whole(text, INT64_MIN, INT64_MAX, &ret->as.number);
}

static bool read_double(const struct reading *reading, const char *text,
			struct expression_value *ret)
{
	static const struct {
		const char *name;
		double value;
	} words[] = {
		{"NaN",       NAN      },
                {"INF",       INFINITY },
                {"Infinity",  INFINITY },
		{"-INF",      -INFINITY},
                {"-Infinity", -INFINITY},
	};
	char *end;
	size_t i;

	(void)reading;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i].name, text)) {
			*ret = expression_double(words[i].value);
			return true;
		}
	}
	*ret = expression_double(strtod(text, &end));
	return end != text && !*end && strspn(text, "0123456789+-.eE") == strlen(text);
}

static bool read_boolean(const struct reading *reading, const char *text,
			 struct expression_value *ret)
{
	static const char *const words[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
	size_t i;

	if (reading->node->type != JSON_BOOL && reading->node->type != JSON_STRING)
		return false;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i], text)) {
			*ret = expression_boolean(i < 3);
			return true;
		}
	}
	return false;
}

static bool read_string(const struct reading *reading, const char *text,
			struct expression_value *ret)
{
	(void)text;
	*ret = expression_string(reading->text);
	return true;
}

static bool read_date(const struct reading *reading, const char *text, struct expression_value *ret)
{
	int64_t time = TIME_NULL;

	if (reading->node->type != JSON_STRING || (*text && !date_parse(text, &time)))
		return false;
	*ret = expression_date(time);
	return true;
}

static bool read_nothing(const struct reading *reading, const char *text,
			 struct expression_value *ret)
{
	(void)reading;
	(void)text;
	(void)ret;
	return false;
}

/* Padded groups of four of the plain alphabet. */
static bool read_bytes(const struct reading *reading, const char *text,
		       struct expression_value *ret)
{
	uint8_t *bytes = arena_alloc(reading->arena, strlen(text) + 1);
	size_t size;

	*ret = expression_string(text);
	return reading->node->type == JSON_STRING && strlen(text) % 4 == 0 &&
	       base64_decode(text, bytes, &size);
}

/* Types whose values are read from their text. */
static const struct primitive {
	const char *name, *class; /* the type's, and Java's */
	bool (*read)(const struct reading *reading, const char *text, struct expression_value *ret);
	bool blank_is_null; /* "" and "null" are no value */
} primitives[] = {
	{"Boolean", "java.lang.Boolean",              read_boolean, true },
	{"Short",   "java.lang.Short",                read_short,   true },
	{"Integer", "java.lang.Integer",              read_integer, true },
	{"Long",    "java.lang.Long",                 read_long,    true },
	{"Double",  "java.lang.Double",               read_double,  true },
	{"String",  "java.lang.String",               read_string,  false},
	{"Date",    "java.util.Date",                 read_date,    false},
	{"Bytes",   "[B",			     read_bytes,   false},
	{"Null",    "javax.lang.model.type.NullType", read_nothing, false},
	{"Number",  "java.lang.Number",               read_double,  false},
};

static int read_primitive(const struct reading *reading, const struct primitive *primitive,
			  struct typed_value *ret)
{
	const struct json *transient = info_member(reading, "transient");
	const char *text = reading->text ? trimmed(reading->arena, reading->text) : NULL;
	struct expression_value value = expression_null();
	bool fits = !transient || transient->type == JSON_BOOL || transient->type == JSON_NULL;

	if (text && !(primitive->blank_is_null && is_empty(text)))
		fits = fits && primitive->read(reading, text, &value);
	if (!fits)
		return reading_fail(reading, ERR_INVALID,
				    "Cannot convert value '%s' of type '%s' to java type %s",
				    reading->text ? reading->text : "null", reading->type,
				    primitive->class);
	if (!strcmp(primitive->name, "Number"))
		return reading_fail(reading, ERR_ENGINE,
				    "Cannot serialize value of abstract type number");
	if (primitive->read == read_bytes) {
		ret->value = text_value(reading->arena, text);
		ret->info = "{}";
	} else {
		TRY(keep(reading, &value, ret));
	}
	ret->type = primitive->name;
	return 0;
}

/* Member NAME of the info as a text; NULL when there is none. */
static int info_text(const struct reading *reading, const char *name, const char **ret)
{
	const struct json *member = info_member(reading, name);

	*ret = NULL;
	if (!member || member->type == JSON_NULL)
		return 0;
	if (member->type != JSON_STRING)
		return reading_fail(reading, ERR_INVALID, "'%s' of the value info must be a text",
				    name);
	*ret = member->text;
	return 0;
}

static const char *const object_info[] = {"objectTypeName", "serializationDataFormat"};
static const char *const file_info[] = {"filename", "mimeType", "encoding"};

static bool is_transient(const struct reading *reading)
{
	const struct json *member = info_member(reading, "transient");

	return member && member->type == JSON_BOOL && member->truth;
}

static int no_object_serializer(const struct reading *reading, const char *class)
{
	const char *size = reading->text ? arena_printf(reading->arena, "%zu chars",
							utf16_length(reading->text, SIZE_MAX))
					 : "null";

	return reading_fail(reading, ERR_ENGINE,
			    "Cannot find serializer for value 'ObjectValue [value=null, "
			    "isDeserialized=false, serializationDataFormat=null, "
			    "objectTypeName=%s, serializedValue=%s, isTransient=%s]'.",
			    class ? class : "null", size, is_transient(reading) ? "true" : "false");
}

static int read_object(const struct reading *reading, struct typed_value *ret)
{
	const char *texts[2];

	TRY(info_text(reading, object_info[0], &texts[0]));
	TRY(info_text(reading, object_info[1], &texts[1]));
	if (!texts[1])
		return no_object_serializer(reading, texts[0]);
	if (!strcmp(texts[1], "application/x-java-serialized-object"))
		return reading_fail(reading, ERR_ENGINE,
				    "ENGINE-17007 Cannot set variable with name %s. Java "
				    "serialization format is prohibited",
				    reading->name);
	if (!texts[0] && reading->text)
		return reading_fail(reading, ERR_ENGINE,
				    "Cannot write serialized value for variable '%s': no "
				    "'objectTypeName' provided for non-null value.",
				    reading->name);
	ret->type = "Object";
	ret->info = value_info_of(reading->arena, object_info, texts, 2);
	ret->value = text_value(reading->arena, reading->text);
	return 0;
}

static int read_json(const struct reading *reading, struct typed_value *ret)
{
	ret->type = "Json";
	ret->info = "{}";
	ret->value = text_value(reading->arena, reading->text);
	return 0;
}

/* The original knows the type, but has nothing to keep its values with. */
static int read_xml(const struct reading *reading, struct typed_value *ret)
{
	(void)ret;
	return reading_fail(reading, ERR_ENGINE,
			    "Cannot find serializer for value 'Value 'null' of type 'xml', "
			    "isTransient=%s'.",
			    is_transient(reading) ? "true" : "false");
}

/* What is no digit is passed over, and the alphabet for URIs is as good. */
static void decode_loosely(const struct reading *reading, uint8_t **ret, size_t *ret_size)
{
	char *text = arena_alloc(reading->arena, strlen(reading->text) + 1), *end = text;
	const char *at;

	for (at = reading->text; *at && *at != '='; at++) {
		if (isalnum((unsigned char)*at) || *at == '+' || *at == '/')
			*end++ = *at;
		else if (*at == '-' || *at == '_')
			*end++ = *at == '-' ? '+' : '/';
	}
	if ((end - text) % 4 == 1) /* of a last digit alone no byte can be made */
		*--end = 0;
	*ret = arena_alloc(reading->arena, strlen(text) + 1);
	(void)base64_decode(text, *ret, ret_size);
}

static int check_file(const struct reading *reading)
{
	const struct json *name = info_member(reading, "filename");

	if (!reading->info)
		return reading_fail(reading, ERR_ILLEGAL_ARGUMENT,
				    "Cannot create file without valueInfo.");
	if (!name || name->type == JSON_NULL)
		return reading_fail(reading, ERR_ILLEGAL_ARGUMENT,
				    "Cannot create file without filename! Please set a name into "
				    "ValueInfo with key filename");
	if (!reading->node || reading->node->type != JSON_STRING)
		return reading_fail(reading, ERR_ILLEGAL_ARGUMENT,
				    "Provided value is not of File, InputStream or byte[] type.");
	return 0;
}

static int read_file(const struct reading *reading, struct typed_value *ret)
{
	/* the original names the wrong key of the first */
	static const struct {
		const char *words, *key;
	} nulls[] = {
		{"mime type", "filename"},
		{"encoding",  "encoding"},
	};
	const char *texts[3] = {NULL, NULL, NULL};
	uint8_t *bytes;
	size_t i, size;

	TRY(check_file(reading));
	for (i = 0; i < 3; i++) {
		const struct json *member = info_member(reading, file_info[i]);

		if (!member)
			continue;
		if (member->type == JSON_NULL)
			return reading_fail(reading, ERR_ILLEGAL_ARGUMENT,
					    "The provided %s is null. Set a non-null value info "
					    "property with key '%s'",
					    nulls[i - 1].words, nulls[i - 1].key);
		texts[i] = java_text(reading->arena, member);
	}
	decode_loosely(reading, &bytes, &size);
	typed_value_file(reading->arena, texts[0], texts[1], texts[2], bytes, size, ret);
	return 0;
}

/* Types that are kept as the text that they come as. */
static const struct serialized {
	const char *name;
	int (*read)(const struct reading *reading, struct typed_value *ret);
	bool text_only;
} serialized[] = {
	{"Object", read_object, true },
	{"Json",   read_json,   true },
	{"Xml",    read_xml,    true },
	{"File",   read_file,   false},
};

/* Whether TEXT names the type NAME: its first letter may be small. */
static bool is_type(const char *text, const char *name)
{
	return toupper((unsigned char)*text) == *name && !strcmp(text + 1, name + 1);
}

static int read_serialized(const struct reading *reading, const struct serialized *type,
			   struct typed_value *ret)
{
	if (type->text_only && reading->text && reading->node->type != JSON_STRING)
		return reading_fail(reading, ERR_INVALID,
				    "Must provide 'null' or String value for value of "
				    "SerializableValue type '%s'.",
				    reading->type);
	return type->read(reading, ret);
}

static int read_typed(const struct reading *reading, struct typed_value *ret)
{
	size_t i;

	for (i = 0; *reading->type && i < ARRAY_SIZE(primitives); i++)
		if (is_type(reading->type, primitives[i].name))
			return read_primitive(reading, &primitives[i], ret);
	for (i = 0; *reading->type && i < ARRAY_SIZE(serialized); i++)
		if (is_type(reading->type, serialized[i].name))
			return read_serialized(reading, &serialized[i], ret);
	return reading_fail(reading, ERR_INVALID, "Unsupported value type '%s'", reading->type);
}

int typed_value_read(struct arena *arena, const struct json *node, const char *name,
		     struct typed_value *ret, struct error *error)
{
	static const struct json nothing = {.type = JSON_NULL};
	const struct json *value = json_member(node, "value"), *type = json_present(node, "type");
	struct reading reading = {
		.arena = arena,
		.error = error,
		.name = name,
		.node = value ? value : &nothing,
		.info = json_present(node, "valueInfo"),
	};
	struct expression_value untyped;

	memset(ret, 0, sizeof(*ret));
	if (node->type != JSON_OBJECT || (reading.info && reading.info->type != JSON_OBJECT))
		return ERR_INPUT;
	reading.text = java_text(arena, reading.node);
	if (type) {
		TRY(json_to_string(type, &reading.type));
		TRY(read_typed(&reading, ret));
	} else {
		untyped = expression_from_json(arena, reading.node);
		TRY(keep(&reading, &untyped, ret));
	}
	ret->transient = is_transient(&reading);
	return 0;
}

int typed_values_read(struct arena *arena, const struct json *node, struct named_values *ret,
		      struct error *error)
{
	const struct json *member, *local;

	memset(ret, 0, sizeof(*ret));
	if (!node || node->type == JSON_NULL)
		return 0;
	if (node->type != JSON_OBJECT)
		return ERR_INPUT;
	if (node->count > VARIABLES_MAX)
		return err_set(error, arena, ERR_INVALID,
			       "There are %zu variables, at most %d can be set at once",
			       node->count, VARIABLES_MAX);
	ret->items = arena_array(arena, node->count, sizeof(*ret->items));
	for (member = node->first; member; member = member->next) {
		struct named_value *item = &ret->items[ret->count++];

		item->name = member->key;
		if (member->type == JSON_NULL)
			return err_set(error, arena, ERR_INVALID, "Variable '%s' is null",
				       member->key);
		TRY(typed_value_read(arena, member, member->key, &item->value, error));
		local = json_present(member, "local");
		if (local)
			TRY(json_to_bool(local, false, &item->local));
	}
	return 0;
}

int named_value_set(const struct scope *scope, const struct named_value *item, bool local)
{
	const struct variable *old =
		local ? variable_find_local(scope, item->name) : variable_find(scope, item->name);

	if (old && old->transient != item->value.transient)
		return command_fail(scope->instance->command, ERR_ENGINE,
				    "ENGINE-17006 Cannot set transient variable with name %s to "
				    "non-transient variable and vice versa.",
				    item->name);
	if (local)
		variable_set_local(scope, item->name, &item->value);
	else
		variable_set(scope, item->name, &item->value);
	return 0;
}

int named_values_set(const struct scope *scope, const struct named_values *values, bool local)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		TRY(named_value_set(scope, &values->items[i], local));
	return 0;
}

void typed_value_file(struct arena *arena, const char *name, const char *media_type,
		      const char *encoding, const void *bytes, size_t size, struct typed_value *ret)
{
	const char *const texts[] = {name, media_type, encoding};

	typed_value_bytes(arena, bytes, size, ret);
	ret->type = "File";
	ret->info = value_info_of(arena, file_info, texts, 3);
}

void typed_value_bytes(struct arena *arena, const void *bytes, size_t size, struct typed_value *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = "Bytes";
	ret->info = "{}";
	ret->value = text_value(arena, base64_encode(arena, bytes, size));
}

void typed_value_object(struct arena *arena, const char *class, const char *text,
			struct typed_value *ret)
{
	const char *const texts[] = {class, "application/json"};
	struct expression_value object;
	struct error error;

	memset(ret, 0, sizeof(*ret));
	ret->type = "Object";
	ret->info = value_info_of(arena, object_info, texts, 2);
	ret->value = text_value(arena, text);
	/* a list or a map is one of Java's own from now on */
	if (!expression_from_variable(arena, "Object", ret->value, ret->info, &object) &&
	    object.type != EXPRESSION_STORED && !strcmp(expression_class_name(&object), class))
		expression_to_variable(arena, &object, "", &ret->type, &ret->value, &ret->info,
				       &error);
}

int typed_value_write(struct json_writer *writer, struct arena *arena,
		      const struct variable *variable, bool deserialised, struct error *error)
{
	struct variable shown = *variable;

	value_show(arena, &running_variable_kind, (union slot *)&shown,
		   SHOW_BYTES | (deserialised ? SHOW_DESERIALISED : 0));
	if (shown.error_message && !variable->error_message)
		return err_set(error, arena, ERR_ENGINE, "%s", shown.error_message);
	json_open_object(writer);
	json_key_string(writer, "type", shown.type);
	json_key(writer, "value");
	value_write(writer, shown.value);
	json_key(writer, "valueInfo");
	json_raw(writer, variable->transient ? "{\"transient\":true}"
			 : shown.value_info  ? shown.value_info
					     : "{}");
	json_close_object(writer);
	return 0;
}
