#include "core/expression/java_object.h"

#include <string.h>

#include "core/expression/java_class.h"
#include "core/expression/unicode.h"
#include "storage/base64.h"
#include "storage/buffer.h"

const char java_object_format[] = "application/x-java-serialized-object";

enum class {
	CLASS_NONE,
	CLASS_ARRAY_LIST,
	CLASS_HASH_MAP,
	CLASS_LINKED_HASH_MAP,
	CLASS_TREE_MAP,
	CLASS_NUMBER,
	CLASS_SHORT,
	CLASS_INTEGER,
	CLASS_LONG,
	CLASS_DOUBLE,
	CLASS_BOOLEAN,
	CLASS_DATE,
	CLASS_STRINGS,
	CLASS_MAX
};

enum { FIELDS = 2, CACHED_LEAST = -128, CACHED = 256, BLOCK_MAP = 8 };

/* A field: its letter, its name, and of objects the name of its class. */
struct java_field {
	char type;
	const char *name, *class;
};

static const struct {
	const char *name;
	uint64_t version;
	uint8_t flags;
	uint8_t super; /* enum class */
	struct java_field fields[FIELDS];
} classes[CLASS_MAX] = {
	[CLASS_ARRAY_LIST] = {"java.util.ArrayList",
			      0x7881d21d99c7619d,                            JAVA_WRITES | JAVA_SERIALIZABLE,
			      CLASS_NONE,										 {{'I', "size", NULL}}                                },
	[CLASS_HASH_MAP] = {"java.util.HashMap",
			      0x0507dac1c31660d1,			    JAVA_WRITES | JAVA_SERIALIZABLE,
			      CLASS_NONE,										 {{'F', "loadFactor", NULL}, {'I', "threshold", NULL}}},
	[CLASS_LINKED_HASH_MAP] = {"java.util.LinkedHashMap",
                              0x34c04e5c106cc0fb,                            JAVA_SERIALIZABLE,
                              CLASS_HASH_MAP,									     {{'Z', "accessOrder", NULL}}                         },
	[CLASS_TREE_MAP] = {"java.util.TreeMap",
			      0x0cc1f63e2d256ae6,			    JAVA_WRITES | JAVA_SERIALIZABLE,
			      CLASS_NONE,										 {{'L', "comparator", "Ljava/util/Comparator;"}}      },
	[CLASS_NUMBER] =
		{"java.lang.Number",        0x86ac951d0b94e08b, JAVA_SERIALIZABLE,               CLASS_NONE, {{0}}                                                },
	[CLASS_SHORT] = {"java.lang.Short",
			      0x684d37133460da52,			    JAVA_SERIALIZABLE,
			      CLASS_NUMBER,									       {{'S', "value", NULL}}                               },
	[CLASS_INTEGER] = {"java.lang.Integer",
			      0x12e2a0a4f7818738,			    JAVA_SERIALIZABLE,
			      CLASS_NUMBER,									       {{'I', "value", NULL}}                               },
	[CLASS_LONG] = {"java.lang.Long",
			      0x3b8be490cc8f23df,			    JAVA_SERIALIZABLE,
			      CLASS_NUMBER,									       {{'J', "value", NULL}}                               },
	[CLASS_DOUBLE] = {"java.lang.Double",
			      0x80b3c24a296bfb04,			    JAVA_SERIALIZABLE,
			      CLASS_NUMBER,									       {{'D', "value", NULL}}                               },
	[CLASS_BOOLEAN] = {"java.lang.Boolean",
			      0xcd207280d59cfaee,			    JAVA_SERIALIZABLE,
			      CLASS_NONE,										 {{'Z', "value", NULL}}                               },
	[CLASS_DATE] = {"java.util.Date",
			      0x686a81014b597419,			    JAVA_WRITES | JAVA_SERIALIZABLE,
			      CLASS_NONE,										 {{0}}						},
	[CLASS_STRINGS] =
		{"[Ljava.lang.String;",     0xadd256e7e91d7b47, JAVA_SERIALIZABLE,               CLASS_NONE, {{0}}                                                },
};

struct java_writer {
	struct buffer bytes;
	uint32_t next_handle;
	uint32_t classes[CLASS_MAX]; /* handles; 0 = not written yet */
	/* of what Java keeps but once: both truths, and small numbers of three classes */
	uint32_t cached[CLASS_MAX][CACHED];
	unsigned depth;
	size_t weight;
	bool failed;
};

static void put_object(struct java_writer *writer, const struct expression_value *value);

/* One character of TEXT, which is UTF-8, as Java's modified UTF-8: those beyond 16 bits as two. */
static const uint8_t *put_character(struct buffer *buffer, const uint8_t *text)
{
	size_t size = utf8_size((const char *)text), i;
	uint32_t code;
	unsigned half[2];

	if (size == 1 && *text >= 0x80) {
		buffer_put_u8(buffer, '?');
		return text + 1;
	}
	if (size < 4) {
		buffer_put(buffer, text, size);
		return text + size;
	}
	code = utf8_read((const char *)text) - 0x10000;
	half[0] = 0xd800 | (code >> 10 & 0x3ff);
	half[1] = 0xdc00 | (code & 0x3ff);
	for (i = 0; i < 2; i++) {
		buffer_put_u8(buffer, 0xe0 | half[i] >> 12);
		buffer_put_u8(buffer, 0x80 | (half[i] >> 6 & 0x3f));
		buffer_put_u8(buffer, 0x80 | (half[i] & 0x3f));
	}
	return text + size;
}

/* With its length before it, in two bytes, or in eight where they do not suffice. */
static void put_characters(struct buffer *buffer, const char *text, bool is_object)
{
	const uint8_t *at = (const uint8_t *)text;
	struct buffer characters;

	buffer_init(&characters);
	while (*at)
		at = put_character(&characters, at);
	if (is_object)
		buffer_put_u8(buffer,
			      characters.length > UINT16_MAX ? JAVA_LONG_STRING : JAVA_STRING);
	if (is_object && characters.length > UINT16_MAX)
		buffer_put_be64(buffer, characters.length);
	else
		buffer_put_be16(buffer, (uint16_t)characters.length);
	buffer_put(buffer, characters.data, characters.length);
	buffer_clear(&characters);
}

static void put_string(struct java_writer *writer, const char *text)
{
	writer->next_handle++;
	writer->weight += strlen(text) / JAVA_TEXT_WEIGHT;
	put_characters(&writer->bytes, text, true);
}

static void put_reference(struct java_writer *writer, uint32_t handle)
{
	buffer_put_u8(&writer->bytes, JAVA_REFERENCE);
	buffer_put_be32(&writer->bytes, handle);
}

static void put_fields(struct java_writer *writer, const struct java_field fields[FIELDS])
{
	uint16_t i, count = 0;

	while (count < FIELDS && fields[count].name)
		count++;
	buffer_put_be16(&writer->bytes, count);
	for (i = 0; i < count; i++) {
		buffer_put_u8(&writer->bytes, (uint8_t)fields[i].type);
		put_characters(&writer->bytes, fields[i].name, false);
		if (fields[i].class)
			put_string(writer, fields[i].class);
	}
}

static void put_class(struct java_writer *writer, uint8_t class)
{
	struct buffer *bytes = &writer->bytes;

	if (class == CLASS_NONE) {
		buffer_put_u8(bytes, JAVA_NULL);
		return;
	}
	if (writer->classes[class]) {
		put_reference(writer, writer->classes[class]);
		return;
	}
	buffer_put_u8(bytes, JAVA_CLASS);
	put_characters(bytes, classes[class].name, false);
	buffer_put_be64(bytes, classes[class].version);
	writer->classes[class] = writer->next_handle++;
	buffer_put_u8(bytes, classes[class].flags);
	put_fields(writer, classes[class].fields);
	buffer_put_u8(bytes, JAVA_END_BLOCK);
	put_class(writer, classes[class].super);
}

/* Up to where the object's own bytes begin. */
static void begin_object(struct java_writer *writer, uint8_t class)
{
	buffer_put_u8(&writer->bytes, class == CLASS_STRINGS ? JAVA_ARRAY : JAVA_OBJECT);
	put_class(writer, class);
	writer->next_handle++;
}

static void begin_block(struct java_writer *writer, uint8_t size)
{
	buffer_put_u8(&writer->bytes, JAVA_BLOCK);
	buffer_put_u8(&writer->bytes, size);
}

static void put_list(struct java_writer *writer, const struct expression_list *list, bool strings)
{
	size_t i;

	begin_object(writer, strings ? CLASS_STRINGS : CLASS_ARRAY_LIST);
	buffer_put_be32(&writer->bytes, (uint32_t)list->count);
	if (!strings) {
		begin_block(writer, 4);
		buffer_put_be32(&writer->bytes, (uint32_t)list->count);
	}
	for (i = 0; i < list->count; i++)
		put_object(writer, &list->values[i]);
	if (!strings)
		buffer_put_u8(&writer->bytes, JAVA_END_BLOCK);
}

/* A table as it is after that many entries were put into an empty one. */
static void put_table(struct java_writer *writer, size_t count)
{
	static const uint32_t load_factor = 0x3f400000; /* 0.75f */
	uint32_t capacity = 16;

	while ((uint64_t)count * 4 > (uint64_t)capacity * 3)
		capacity *= 2;
	buffer_put_be32(&writer->bytes, load_factor);
	buffer_put_be32(&writer->bytes, count ? capacity / 4 * 3 : 0);
	begin_block(writer, BLOCK_MAP);
	buffer_put_be32(&writer->bytes, capacity);
}

static uint8_t class_of_map(const struct expression_map *map)
{
	static const uint8_t maps[] = {CLASS_HASH_MAP, CLASS_LINKED_HASH_MAP, CLASS_TREE_MAP};
	size_t i;

	for (i = 0; map->class && i < ARRAY_SIZE(maps); i++)
		if (!strcmp(classes[maps[i]].name, map->class))
			return maps[i];
	return map->class ? CLASS_NONE : CLASS_LINKED_HASH_MAP;
}

static void put_map(struct java_writer *writer, const struct expression_map *map)
{
	uint8_t class = class_of_map(map);
	size_t i;

	writer->failed |= class == CLASS_NONE;
	begin_object(writer, class);
	if (class == CLASS_TREE_MAP) {
		buffer_put_u8(&writer->bytes, JAVA_NULL); /* no comparator */
		begin_block(writer, 4);
	} else {
		put_table(writer, map->count);
	}
	buffer_put_be32(&writer->bytes, (uint32_t)map->count);
	for (i = 0; i < map->count; i++) {
		put_string(writer, map->entries[i].key);
		put_object(writer, &map->entries[i].value);
	}
	buffer_put_u8(&writer->bytes, JAVA_END_BLOCK);
	if (class == CLASS_LINKED_HASH_MAP)
		buffer_put_u8(&writer->bytes, 0); /* in order of insertion */
}

static void put_number(struct java_writer *writer, uint8_t class, int64_t number, unsigned bytes)
{
	bool cached =
		class != CLASS_DOUBLE && number >= CACHED_LEAST && number < CACHED_LEAST + CACHED;
	uint32_t *handle = cached ? &writer->cached[class][number - CACHED_LEAST] : NULL;

	if (handle && *handle) {
		put_reference(writer, *handle);
		return;
	}
	begin_object(writer, class);
	if (handle)
		*handle = writer->next_handle - 1;
	while (bytes--)
		buffer_put_u8(&writer->bytes, (uint8_t)((uint64_t)number >> 8 * bytes));
}

static void put_date(struct java_writer *writer, int64_t time)
{
	begin_object(writer, CLASS_DATE);
	begin_block(writer, 8);
	buffer_put_be64(&writer->bytes, (uint64_t)time);
	buffer_put_u8(&writer->bytes, JAVA_END_BLOCK);
}

static void put_known(struct java_writer *writer, const struct expression_value *value)
{
	int64_t bits;

	switch ((int)value->type) {
	case EXPRESSION_NULL:
		buffer_put_u8(&writer->bytes, JAVA_NULL);
		break;
	case EXPRESSION_BOOLEAN:
		put_number(writer, CLASS_BOOLEAN, value->as.truth, 1);
		break;
	case EXPRESSION_SHORT:
		put_number(writer, CLASS_SHORT, value->as.number, 2);
		break;
	case EXPRESSION_INTEGER:
		put_number(writer, CLASS_INTEGER, value->as.number, 4);
		break;
	case EXPRESSION_LONG:
		put_number(writer, CLASS_LONG, value->as.number, 8);
		break;
	case EXPRESSION_DOUBLE:
		memcpy(&bits, &value->as.fraction, sizeof(bits));
		put_number(writer, CLASS_DOUBLE, bits, 8);
		break;
	case EXPRESSION_STRING:
		put_string(writer, value->as.text);
		break;
	case EXPRESSION_DATE:
		put_date(writer, value->as.number);
		break;
	case EXPRESSION_LIST:
	case EXPRESSION_ARRAY:
		put_list(writer, value->as.list, value->type == EXPRESSION_ARRAY);
		break;
	case EXPRESSION_MAP:
		put_map(writer, value->as.map);
		break;
	default:
		writer->failed = true;
		break;
	}
}

/* No more than java_object_read() takes: keys and classes count as well. */
static void put_object(struct java_writer *writer, const struct expression_value *value)
{
	writer->weight += 2;
	writer->failed |=
		writer->depth == JAVA_DEPTH_MAX || writer->weight > JAVA_WEIGHT_MAX - CLASS_MAX;
	if (writer->failed)
		return;
	writer->depth++;
	put_known(writer, value);
	writer->depth--;
}

const char *java_object_write(struct arena *arena, const struct expression_value *value)
{
	struct java_writer writer = {.next_handle = JAVA_FIRST_HANDLE};
	const char *text = NULL;

	buffer_init(&writer.bytes);
	buffer_put_be32(&writer.bytes, JAVA_STREAM_HEAD);
	put_object(&writer, value);
	if (!writer.failed)
		text = base64_encode(arena, writer.bytes.data, writer.bytes.length);
	buffer_clear(&writer.bytes);
	return text;
}
