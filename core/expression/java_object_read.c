#include "core/expression/java_object.h"

#include <string.h>

#include "core/expression/java_class.h"
#include "core/expression/unicode.h"
#include "storage/base64.h"
#include "storage/buffer.h"

enum {
	FIELDS_MAX = 64,
	CLASSES_DEEP = 16,
	BLOCK_KEPT = 16,
};

struct java_field {
	char type;
	const char *name;
};

struct java_class {
	const char *name;
	uint8_t flags;
	struct java_field *fields;
	size_t field_count;
	const struct java_class *super;
};

/* What a handle stands for: a class, or a value once it is whole. */
struct handle {
	const struct java_class *class;
	struct expression_value value;
	bool whole;
	size_t weight;   /* values in it; until it is whole: those before it */
	unsigned height; /* how deep they lie in each other */
};

/* What has been read of one object, of all its classes. */
struct parts {
	struct expression_value field;  /* the last one */
	struct expression_value *items; /* written behind the fields */
	size_t count, room;
	uint8_t block[BLOCK_KEPT]; /* the first bytes of them that are no objects */
	size_t block_size;
};

struct java_reader {
	struct reader bytes;
	struct arena *arena;
	struct handle *handles;
	size_t handle_count, handle_room;
	unsigned depth, deepest; /* of the value in hand; of those in it so far */
	unsigned supers;         /* classes whose super classes are being read */
	size_t weight;           /* values so far */
	bool inexact;            /* java_object_write() would not give the same */
	const char *reason;
};

static int read_content(struct java_reader *reader, uint8_t letter, struct expression_value *ret);

static int broken(struct java_reader *reader, const char *reason)
{
	if (!reader->reason)
		reader->reason = reason;
	return ERR_INPUT;
}

static int check(struct java_reader *reader)
{
	return reader->bytes.bad ? broken(reader, "null") : 0; /* an EOFException has no words */
}

/* A new handle's index. */
static size_t add_handle(struct java_reader *reader)
{
	if (reader->handle_count == reader->handle_room) {
		size_t room = reader->handle_room ? 2 * reader->handle_room : 32;
		struct handle *larger = arena_array(reader->arena, room, sizeof(*larger));

		if (reader->handle_count)
			memcpy(larger, reader->handles, reader->handle_count * sizeof(*larger));
		reader->handles = larger;
		reader->handle_room = room;
	}
	reader->handles[reader->handle_count].weight = reader->weight;
	return reader->handle_count++;
}

static void set_handle(struct java_reader *reader, size_t index, struct expression_value value)
{
	struct handle *handle = &reader->handles[index];

	handle->value = value;
	handle->whole = true;
	handle->weight = reader->weight - handle->weight;
	handle->height = reader->deepest - reader->depth;
}

/* NULL when there is none, or no more bytes. */
static const struct handle *read_handle(struct java_reader *reader)
{
	uint32_t index = reader_be32(&reader->bytes) - JAVA_FIRST_HANDLE;

	if (!check(reader) && index < reader->handle_count)
		return &reader->handles[index];
	broken(reader, "invalid handle value");
	return NULL;
}

/* Two bytes of a pair that stands for one character beyond 16 bits; 0 = none begins here. */
static uint32_t pair_at(const uint8_t *at, size_t left)
{
	if (left < 6 || at[0] != 0xed || (at[1] & 0xf0) != 0xa0 || at[3] != 0xed ||
	    (at[4] & 0xf0) != 0xb0)
		return 0;
	return 0x10000 + ((uint32_t)(at[1] & 0x0f) << 16 | (uint32_t)(at[2] & 0x3f) << 10 |
			  (uint32_t)(at[4] & 0x0f) << 6 | (uint32_t)(at[5] & 0x3f));
}

/* Bytes of the character at AT, of up to 16 bits; *RET_KNOWN: UTF-8 has it, and so have our texts.
 */
static size_t character_size(const uint8_t *at, size_t left, bool *ret_known)
{
	size_t size = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : 3, i;
	uint32_t code = *at & (0xff >> (size == 1 ? 0 : size + 1));

	if (size > left || (*at >= 0x80 && *at < 0xc0) || *at >= 0xf0)
		size = 1;
	for (i = 1; i < size && (at[i] & 0xc0) == 0x80; i++)
		code = code << 6 | (at[i] & 0x3f);
	*ret_known = i == size && (size == 1   ? *at && *at < 0x80
				   : size == 2 ? code >= 0x80
					       : code >= 0x800 && code >> 11 != 0x1b);
	return i;
}

/* SIZE bytes of modified UTF-8 as UTF-8; what that does not have becomes a question mark. */
static int read_characters(struct java_reader *reader, uint64_t size, const char **ret)
{
	const uint8_t *at = reader_take(&reader->bytes, (size_t)size), *end;
	char *to;
	bool known;

	TRY(check(reader));
	end = at + size;
	*ret = to = arena_alloc(reader->arena, (size_t)size + 1);
	while (at < end) {
		uint32_t code = pair_at(at, (size_t)(end - at));
		size_t taken = code ? 6 : character_size(at, (size_t)(end - at), &known);

		if (code) {
			to += utf8_write(to, code);
		} else if (known) {
			memcpy(to, at, taken);
			to += taken;
		} else {
			*to++ = '?';
			reader->inexact = true;
		}
		at += taken;
	}
	return 0;
}

static int read_text(struct java_reader *reader, const char **ret)
{
	uint16_t size = reader_be16(&reader->bytes);

	return read_characters(reader, size, ret);
}

static int read_class(struct java_reader *reader, uint8_t letter, const struct java_class **ret);

static int read_fields(struct java_reader *reader, struct java_class *class)
{
	struct expression_value type;
	uint8_t letter;
	size_t i;

	class->field_count = reader_be16(&reader->bytes);
	TRY(check(reader));
	if (class->field_count > FIELDS_MAX)
		return broken(reader, class->name);
	class->fields = arena_array(reader->arena, class->field_count, sizeof(*class->fields));
	for (i = 0; i < class->field_count; i++) {
		class->fields[i].type = (char)reader_u8(&reader->bytes);
		TRY(read_text(reader, &class->fields[i].name));
		if (class->fields[i].type != 'L' && class->fields[i].type != '[')
			continue;
		letter = reader_u8(&reader->bytes);
		if (letter != JAVA_STRING && letter != JAVA_REFERENCE)
			return broken(reader, class->name);
		TRY(read_content(reader, letter, &type));
	}
	return 0;
}

static int read_new_class(struct java_reader *reader, const struct java_class **ret)
{
	struct java_class *class = arena_alloc(reader->arena, sizeof(*class));
	size_t handle;

	TRY(read_text(reader, &class->name));
	if (reader->supers == CLASSES_DEEP || ++reader->weight > JAVA_WEIGHT_MAX)
		return broken(reader, class->name);
	reader_be64(&reader->bytes); /* its version */
	handle = add_handle(reader);
	reader->handles[handle].class = class;
	class->flags = reader_u8(&reader->bytes);
	TRY(read_fields(reader, class));
	if (reader_u8(&reader->bytes) != JAVA_END_BLOCK)
		return broken(reader, class->name);
	reader->supers++;
	TRY(read_class(reader, reader_u8(&reader->bytes), &class->super));
	reader->supers--;
	*ret = class;
	return check(reader);
}

static int read_class(struct java_reader *reader, uint8_t letter, const struct java_class **ret)
{
	const struct handle *handle;

	*ret = NULL;
	if (letter == JAVA_NULL)
		return 0;
	if (letter == JAVA_REFERENCE) {
		handle = read_handle(reader);
		*ret = handle ? handle->class : NULL;
		return *ret ? 0 : broken(reader, "null");
	}
	return letter == JAVA_CLASS ? read_new_class(reader, ret) : broken(reader, "null");
}

static void add_item(struct arena *arena, struct parts *parts, struct expression_value item)
{
	if (parts->count == parts->room) {
		size_t room = parts->room ? 2 * parts->room : 8;
		struct expression_value *larger = arena_array(arena, room, sizeof(*larger));

		if (parts->count)
			memcpy(larger, parts->items, parts->count * sizeof(*larger));
		parts->items = larger;
		parts->room = room;
	}
	parts->items[parts->count++] = item;
}

static int read_field(struct java_reader *reader, char type, struct expression_value *ret)
{
	struct reader *bytes = &reader->bytes;
	uint64_t bits;

	switch (type) {
	case 'Z':
		*ret = expression_boolean(reader_u8(bytes) != 0);
		break;
	case 'B':
		*ret = expression_integer((int8_t)reader_u8(bytes));
		break;
	case 'S':
		*ret = expression_integer((int16_t)reader_be16(bytes));
		ret->type = EXPRESSION_SHORT;
		break;
	case 'I':
		*ret = expression_integer((int32_t)reader_be32(bytes));
		break;
	case 'J':
		*ret = expression_long((int64_t)reader_be64(bytes));
		break;
	case 'F':
		reader_be32(bytes); /* of tables alone */
		*ret = expression_null();
		break;
	case 'D':
		bits = reader_be64(bytes);
		*ret = expression_double(0);
		memcpy(&ret->as.fraction, &bits, sizeof(bits));
		break;
	case 'L':
	case '[':
		return read_content(reader, reader_u8(bytes), ret);
	default:
		return broken(reader, "null");
	}
	return check(reader);
}

static int read_block(struct java_reader *reader, uint64_t size, struct parts *parts)
{
	const uint8_t *bytes = reader_take(&reader->bytes, (size_t)size);
	size_t room = sizeof(parts->block) - parts->block_size;

	TRY(check(reader));
	room = size < room ? (size_t)size : room;
	memcpy(parts->block + parts->block_size, bytes, room);
	parts->block_size += room;
	return 0;
}

/* What a class has written by itself. */
static int read_items(struct java_reader *reader, struct parts *parts)
{
	struct expression_value item;
	uint8_t letter;

	while ((letter = reader_u8(&reader->bytes)) != JAVA_END_BLOCK) {
		TRY(check(reader));
		if (letter == JAVA_BLOCK) {
			TRY(read_block(reader, reader_u8(&reader->bytes), parts));
		} else if (letter == JAVA_LONG_BLOCK) {
			TRY(read_block(reader, reader_be32(&reader->bytes), parts));
		} else {
			TRY(read_content(reader, letter, &item));
			add_item(reader->arena, parts, item);
		}
	}
	return 0;
}

static int read_parts(struct java_reader *reader, const struct java_class *class,
		      struct parts *parts)
{
	const struct java_class *chain[CLASSES_DEEP];
	size_t count = 0, i;

	for (; class; class = class->super) {
		if (count == CLASSES_DEEP || class->flags & JAVA_EXTERNALIZABLE)
			return broken(reader, class->name);
		chain[count++] = class;
	}
	while (count--) {
		for (i = 0; i < chain[count]->field_count; i++)
			TRY(read_field(reader, chain[count]->fields[i].type, &parts->field));
		if (chain[count]->flags & JAVA_WRITES)
			TRY(read_items(reader, parts));
	}
	return 0;
}

/* What an object of a class is made of. */
enum shape { SHAPE_LIST, SHAPE_MAP, SHAPE_FIELD, SHAPE_DATE, SHAPE_COLLECTION };

static const struct {
	const char *name;
	enum shape shape;
	bool inexact; /* another class is made of it */
} shapes[] = {
	{"java.util.ArrayList",        SHAPE_LIST,       false},
	{"java.util.LinkedList",       SHAPE_LIST,       true },
	{"java.util.HashSet",          SHAPE_LIST,       true },
	{"java.util.LinkedHashSet",    SHAPE_LIST,       true },
	{"java.util.HashMap",          SHAPE_MAP,        false},
	{"java.util.LinkedHashMap",    SHAPE_MAP,        false},
	{"java.util.TreeMap",          SHAPE_MAP,        false},
	{"java.util.Arrays$ArrayList", SHAPE_FIELD,      true },
	{"java.util.CollSer",          SHAPE_COLLECTION, true },
	{"java.util.Date",             SHAPE_DATE,       false},
	{"java.lang.Boolean",          SHAPE_FIELD,      false},
	{"java.lang.Byte",             SHAPE_FIELD,      true },
	{"java.lang.Short",            SHAPE_FIELD,      false},
	{"java.lang.Integer",          SHAPE_FIELD,      false},
	{"java.lang.Long",             SHAPE_FIELD,      false},
	{"java.lang.Double",           SHAPE_FIELD,      false},
};

static struct expression_value make_list(struct arena *arena, const struct parts *parts)
{
	struct expression_value *values, list = expression_list_new(arena, parts->count, &values);

	if (parts->count)
		memcpy(values, parts->items, parts->count * sizeof(*values));
	return list;
}

/* Keys are texts, or what has a short one. */
static int make_map(struct java_reader *reader, const char *class, const struct parts *parts,
		    struct expression_value *ret)
{
	struct expression_entry *entries;
	size_t i;

	*ret = expression_map_new(reader->arena, class, parts->count / 2, &entries);
	for (i = 0; i < parts->count / 2; i++) {
		const struct expression_value *key = &parts->items[2 * i];

		if (key->type == EXPRESSION_LIST || key->type == EXPRESSION_ARRAY ||
		    key->type == EXPRESSION_MAP)
			return broken(reader, "null");
		reader->inexact |= key->type != EXPRESSION_STRING;
		entries[i].key =
			key->type == EXPRESSION_NULL ? "null" : expression_text(reader->arena, key);
		entries[i].value = parts->items[2 * i + 1];
	}
	return 0;
}

static int make_object(struct java_reader *reader, const char *class, const struct parts *parts,
		       struct expression_value *ret)
{
	enum { TAG_MAP = 3 }; /* of a CollSer, its only field */
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes) && strcmp(shapes[i].name, class) != 0; i++)
		;
	if (i == ARRAY_SIZE(shapes))
		return broken(reader, class);
	reader->inexact |= shapes[i].inexact;
	switch (shapes[i].shape) {
	case SHAPE_LIST:
		*ret = make_list(reader->arena, parts);
		break;
	case SHAPE_MAP:
		return make_map(reader, class, parts, ret);
	case SHAPE_FIELD:
		*ret = parts->field;
		if (ret->type == EXPRESSION_ARRAY)
			ret->type = EXPRESSION_LIST; /* around it */
		break;
	case SHAPE_DATE:
		if (parts->block_size < 8)
			return broken(reader, "null");
		*ret = expression_date((int64_t)be64_read(parts->block));
		break;
	case SHAPE_COLLECTION:
		if (parts->field.as.number == TAG_MAP)
			return make_map(reader, "java.util.HashMap", parts, ret);
		*ret = make_list(reader->arena, parts);
		break;
	}
	return 0;
}

static int read_object(struct java_reader *reader, struct expression_value *ret)
{
	const struct java_class *class;
	struct parts parts = {.count = 0};
	size_t handle;

	TRY(read_class(reader, reader_u8(&reader->bytes), &class));
	if (!class)
		return broken(reader, "null");
	handle = add_handle(reader);
	TRY(read_parts(reader, class, &parts));
	TRY(make_object(reader, class->name, &parts, ret));
	set_handle(reader, handle, *ret);
	return 0;
}

/* Of objects: texts, or anything. */
static int read_array(struct java_reader *reader, struct expression_value *ret)
{
	const struct java_class *class;
	struct parts parts = {.count = 0};
	struct expression_value item;
	size_t handle;
	uint32_t count;

	TRY(read_class(reader, reader_u8(&reader->bytes), &class));
	if (!class || class->name[0] != '[' || class->name[1] != 'L')
		return broken(reader, class ? class->name : "null");
	handle = add_handle(reader);
	for (count = reader_be32(&reader->bytes); count; count--) {
		TRY(read_content(reader, reader_u8(&reader->bytes), &item));
		add_item(reader->arena, &parts, item);
	}
	*ret = make_list(reader->arena, &parts);
	if (!strcmp(class->name, "[Ljava.lang.String;"))
		ret->type = EXPRESSION_ARRAY;
	else
		reader->inexact = true;
	set_handle(reader, handle, *ret);
	return check(reader);
}

static int read_string(struct java_reader *reader, uint64_t size, struct expression_value *ret)
{
	size_t handle = add_handle(reader);
	const char *text;

	TRY(read_characters(reader, size, &text));
	reader->weight += (size_t)size / JAVA_TEXT_WEIGHT;
	*ret = expression_string(text);
	set_handle(reader, handle, *ret);
	return 0;
}

static int read_reference(struct java_reader *reader, struct expression_value *ret)
{
	const struct handle *handle = read_handle(reader);

	if (!handle || !handle->whole)
		return broken(reader, "null"); /* a class, or what holds itself */
	if (reader->depth + handle->height > JAVA_DEPTH_MAX)
		return broken(reader, "null");
	if (reader->deepest < reader->depth + handle->height)
		reader->deepest = reader->depth + handle->height;
	*ret = handle->value;
	reader->weight += handle->weight;
	return 0;
}

static int read_known(struct java_reader *reader, uint8_t letter, struct expression_value *ret)
{
	switch (letter) {
	case JAVA_NULL:
		*ret = expression_null();
		return 0;
	case JAVA_REFERENCE:
		return read_reference(reader, ret);
	case JAVA_STRING:
		return read_string(reader, reader_be16(&reader->bytes), ret);
	case JAVA_LONG_STRING:
		return read_string(reader, reader_be64(&reader->bytes), ret);
	case JAVA_OBJECT:
		return read_object(reader, ret);
	case JAVA_ARRAY:
		return read_array(reader, ret);
	default:
		return broken(reader, "null");
	}
}

static int read_content(struct java_reader *reader, uint8_t letter, struct expression_value *ret)
{
	unsigned deepest = reader->deepest;
	int code;

	TRY(check(reader));
	if (reader->depth == JAVA_DEPTH_MAX || ++reader->weight > JAVA_WEIGHT_MAX)
		return broken(reader, "null");
	reader->deepest = ++reader->depth;
	code = read_known(reader, letter, ret);
	reader->depth--;
	if (reader->deepest < deepest)
		reader->deepest = deepest;
	return code;
}

int java_object_read(struct arena *arena, const char *text, struct expression_value *ret,
		     bool *ret_exact, const char **ret_reason)
{
	struct java_reader reader = {.arena = arena};
	size_t size = 0;
	uint8_t *bytes = arena_alloc(arena, strlen(text) + 1);
	int code;

	*ret = expression_null();
	if (base64_decode(text, bytes, &size))
		reader.bytes = reader_of(bytes, size);
	if (reader_be32(&reader.bytes) != JAVA_STREAM_HEAD)
		code = broken(&reader, "null");
	else
		code = read_content(&reader, reader_u8(&reader.bytes), ret);
	*ret_exact = !reader.inexact;
	*ret_reason = reader.reason;
	return code;
}
