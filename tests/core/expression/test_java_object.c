/* Objects as Java's own ObjectOutputStream writes them: the texts here are what it wrote (Java 17).
 */
#include "core/expression/java_object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/expression/variable.h"
#include "storage/base64.h"
#include "storage/buffer.h"

/* clang-format off */
#define LIST \
	"rO0ABXNyABNqYXZhLnV0aWwuQXJyYXlMaXN0eIHSHZnHYZ0DAAFJAARzaXpleHAAAAANdwQAAAAN" \
	"c3IAEWphdmEubGFuZy5JbnRlZ2VyEuKgpPeBhzgCAAFJAAV2YWx1ZXhyABBqYXZhLmxhbmcuTnVt" \
	"YmVyhqyVHQuU4IsCAAB4cAAAAAFxAH4ABHNyAA5qYXZhLmxhbmcuTG9uZzuL5JDMjyPfAgABSgAF" \
	"dmFsdWV4cQB+AAMAAAAAAAAAAnEAfgAGc3EAfgACAAAB9HNxAH4AAgAAAfRzcgAQamF2YS5sYW5n" \
	"LkRvdWJsZYCzwkopa/sEAgABRAAFdmFsdWV4cQB+AAM/+AAAAAAAAHNyABFqYXZhLmxhbmcuQm9v" \
	"bGVhbs0gcoDVnPruAgABWgAFdmFsdWV4cAFzcQB+AAsAcQB+AAxwc3IAD2phdmEubGFuZy5TaG9y" \
	"dGhNNxM0YNpSAgABUwAFdmFsdWV4cQB+AAMAA3QACMOp7aC07bSeeA=="
#define TREE \
	"rO0ABXNyABFqYXZhLnV0aWwuVHJlZU1hcAzB9j4tJWrmAwABTAAKY29tcGFyYXRvcnQAFkxqYXZh" \
	"L3V0aWwvQ29tcGFyYXRvcjt4cHB3BAAAAAJ0AAFic3IAE2phdmEudXRpbC5BcnJheUxpc3R4gdId" \
	"mcdhnQMAAUkABHNpemV4cAAAAAJ3BAAAAAJzcgARamF2YS5sYW5nLkludGVnZXIS4qCk94GHOAIA" \
	"AUkABXZhbHVleHIAEGphdmEubGFuZy5OdW1iZXKGrJUdC5TgiwIAAHhwAAAAAXQACMOp7aC07bSe" \
	"eHQAAWt0AAF2eA=="
#define HASH \
	"rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwACRgAKbG9hZEZhY3RvckkACXRocmVz" \
	"aG9sZHhwP0AAAAAAAAx3CAAAABAAAAACdAABYnNyAA5qYXZhLmxhbmcuTG9uZzuL5JDMjyPfAgAB" \
	"SgAFdmFsdWV4cgAQamF2YS5sYW5nLk51bWJlcoaslR0LlOCLAgAAeHAAAAAAAAAAAnQAAWtzcgAR" \
	"amF2YS5sYW5nLkludGVnZXIS4qCk94GHOAIAAUkABXZhbHVleHEAfgAEAAAAAXg="
#define LINKED \
	"rO0ABXNyABdqYXZhLnV0aWwuTGlua2VkSGFzaE1hcDTATlwQbMD7AgABWgALYWNjZXNzT3JkZXJ4" \
	"cgARamF2YS51dGlsLkhhc2hNYXAFB9rBwxZg0QMAAkYACmxvYWRGYWN0b3JJAAl0aHJlc2hvbGR4" \
	"cD9AAAAAAAAMdwgAAAAQAAAAAnQAAXpzcgARamF2YS5sYW5nLkludGVnZXIS4qCk94GHOAIAAUkA" \
	"BXZhbHVleHIAEGphdmEubGFuZy5OdW1iZXKGrJUdC5TgiwIAAHhwAAAAAXQAAWJzcQB+AAE/QAAA" \
	"AAAADHcIAAAAEAAAAAJ0AAFic3IADmphdmEubGFuZy5Mb25nO4vkkMyPI98CAAFKAAV2YWx1ZXhx" \
	"AH4ABQAAAAAAAAACdAABa3EAfgAGeHgA"
#define BIG \
	"rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwACRgAKbG9hZEZhY3RvckkACXRocmVz" \
	"aG9sZHhwP0AAAAAAABh3CAAAACAAAAAUdAACazBzcgARamF2YS5sYW5nLkludGVnZXIS4qCk94GH" \
	"OAIAAUkABXZhbHVleHIAEGphdmEubGFuZy5OdW1iZXKGrJUdC5TgiwIAAHhwAAAAAHQAAmsxc3EA" \
	"fgADAAAAAXQAAmsyc3EAfgADAAAAAnQAAmszc3EAfgADAAAAA3QAAms0c3EAfgADAAAABHQAAms1" \
	"c3EAfgADAAAABXQAA2sxMXNxAH4AAwAAAAt0AAJrNnNxAH4AAwAAAAZ0AANrMTBzcQB+AAMAAAAK" \
	"dAACazdzcQB+AAMAAAAHdAADazEzc3EAfgADAAAADXQAAms4c3EAfgADAAAACHQAA2sxMnNxAH4A" \
	"AwAAAAx0AAJrOXNxAH4AAwAAAAl0AANrMTVzcQB+AAMAAAAPdAADazE0c3EAfgADAAAADnQAA2sx" \
	"N3NxAH4AAwAAABF0AANrMTZzcQB+AAMAAAAQdAADazE5c3EAfgADAAAAE3QAA2sxOHNxAH4AAwAA" \
	"ABJ4"
#define AS_LIST \
	"rO0ABXNyABpqYXZhLnV0aWwuQXJyYXlzJEFycmF5TGlzdNmkPL7NiAbSAgABWwABYXQAE1tMamF2" \
	"YS9sYW5nL09iamVjdDt4cHVyABdbTGphdmEuaW8uU2VyaWFsaXphYmxlO67QCaxT1+1JAgAAeHAA" \
	"AAACdAABeHNyABFqYXZhLmxhbmcuSW50ZWdlchLioKT3gYc4AgABSQAFdmFsdWV4cgAQamF2YS5s" \
	"YW5nLk51bWJlcoaslR0LlOCLAgAAeHAAAAAB"
#define OBJECTS \
	"rO0ABXVyABNbTGphdmEubGFuZy5PYmplY3Q7kM5YnxBzKWwCAAB4cAAAAAJ0AAF4c3IAEWphdmEu" \
	"bGFuZy5JbnRlZ2VyEuKgpPeBhzgCAAFJAAV2YWx1ZXhyABBqYXZhLmxhbmcuTnVtYmVyhqyVHQuU" \
	"4IsCAAB4cAAAAAE="
#define LIST_OF \
	"rO0ABXNyABFqYXZhLnV0aWwuQ29sbFNlcleOq7Y6G6gRAwABSQADdGFneHAAAAABdwQAAAACdAAB" \
	"YXNyABFqYXZhLmxhbmcuSW50ZWdlchLioKT3gYc4AgABSQAFdmFsdWV4cgAQamF2YS5sYW5nLk51" \
	"bWJlcoaslR0LlOCLAgAAeHAAAAABeA=="
#define SAME \
	"rO0ABXNyABNqYXZhLnV0aWwuQXJyYXlMaXN0eIHSHZnHYZ0DAAFJAARzaXpleHAAAAACdwQAAAAC" \
	"c3EAfgAAAAAAAHcEAAAAAHhxAH4AAng="
/* clang-format on */

static int set_up(void **state)
{
	static struct arena arena;

	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int tear_down(void **state)
{
	arena_clear(*state);
	return 0;
}

static struct expression_value list_of(struct arena *arena, size_t count,
				       const struct expression_value *from)
{
	struct expression_value *values, list = expression_list_new(arena, count, &values);

	if (count)
		memcpy(values, from, count * sizeof(*values));
	return list;
}

static struct expression_value map_of(struct arena *arena, const char *class, const char *key,
				      struct expression_value value, const char *other,
				      struct expression_value other_value)
{
	struct expression_entry *entries;
	struct expression_value map = expression_map_new(arena, class, 2, &entries);

	entries[0] = (struct expression_entry){key, value};
	entries[1] = (struct expression_entry){other, other_value};
	return map;
}

static struct expression_value short_of(int64_t number)
{
	struct expression_value value = expression_integer(number);

	value.type = EXPRESSION_SHORT;
	return value;
}

/* VALUE is written as TEXT, and TEXT is read and shown as SHOWN. */
static void expect(struct arena *arena, struct expression_value value, const char *text,
		   const char *shown)
{
	struct expression_value read;
	const char *reason;
	bool exact;

	assert_string_equal(java_object_write(arena, &value), text);
	assert_int_equal(java_object_read(arena, text, &read, &exact, &reason), 0);
	assert_int_equal(read.type, value.type);
	assert_string_equal(expression_shown(arena, &read), shown);
}

static void lists_are_written_and_read(void **state)
{
	struct arena *arena = *state;
	const struct expression_value values[] = {
		expression_integer(1),
		expression_integer(1),
		expression_long(2),
		expression_long(2),
		expression_integer(500),
		expression_integer(500),
		expression_double(1.5),
		expression_boolean(true),
		expression_boolean(false),
		expression_boolean(true),
		expression_null(),
		short_of(3),
		expression_string("\xc3\xa9\xf0\x9d\x84\x9e"),
	};

	expect(arena, list_of(arena, 0, NULL),
	       "rO0ABXNyABNqYXZhLnV0aWwuQXJyYXlMaXN0eIHSHZnHYZ0DAAFJAARzaXpleHAAAAAAdwQAAAAAeA==",
	       "[]");
	expect(arena, list_of(arena, ARRAY_SIZE(values), values), LIST,
	       "[1,1,2,2,500,500,1.5,true,false,true,null,3,\"\xc3\xa9\xf0\x9d\x84\x9e\"]");
}

static void maps_are_written_and_read(void **state)
{
	struct arena *arena = *state;
	const struct expression_value inner[] = {expression_integer(1),
						 expression_string("\xc3\xa9\xf0\x9d\x84\x9e")};
	struct expression_value hash = map_of(arena, "java.util.HashMap", "b", expression_long(2),
					      "k", expression_integer(1));

	expect(arena,
	       map_of(arena, "java.util.TreeMap", "b", list_of(arena, 2, inner), "k",
		      expression_string("v")),
	       TREE, "{\"b\":[1,\"\xc3\xa9\xf0\x9d\x84\x9e\"],\"k\":\"v\"}");
	expect(arena, hash, HASH, "{\"b\":2,\"k\":1}");
	expect(arena, map_of(arena, NULL, "z", expression_integer(1), "b", hash), LINKED,
	       "{\"z\":1,\"b\":{\"b\":2,\"k\":1}}");
}

static void tables_grow_as_they_do_in_java(void **state)
{
	struct arena *arena = *state;
	struct expression_entry *entries;
	struct expression_value map = expression_map_new(arena, "java.util.HashMap", 20, &entries);
	/* in the order of Java's table */
	static const int order[] = {0,  1, 2,  3, 4,  5,  11, 6,  10, 7,
				    13, 8, 12, 9, 15, 14, 17, 16, 19, 18};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		entries[i] = (struct expression_entry){arena_printf(arena, "k%d", order[i]),
						       expression_integer(order[i])};
	assert_string_equal(java_object_write(arena, &map), BIG);
	map = expression_map_new(arena, "java.util.HashMap", 0, &entries);
	assert_string_equal(java_object_write(arena, &map),
			    "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcAUH2sHDFmDRAwACRgAKbG9hZEZhY3RvckkACX"
			    "RocmVzaG9sZHhwP0AAAAAAAAB3CAAAABAAAAAAeA==");
}

static void dates_are_shown_as_the_api_does(void **state)
{
	const struct expression_value date = expression_date(1700000000000);

	expect(*state, list_of(*state, 1, &date),
	       "rO0ABXNyABNqYXZhLnV0aWwuQXJyYXlMaXN0eIHSHZnHYZ0DAAFJAARzaXpleHAAAAABdwQAAAABc3IA"
	       "DmphdmEudXRpbC5EYXRlaGqBAUtZdBkDAAB4cHcIAAABi8/laAB4eA==",
	       "[\"2023-11-14T22:13:20.000+0000\"]");
}

static void arrays_are_written_and_read(void **state)
{
	const struct expression_value texts[] = {expression_string("x"), expression_string("y")};
	struct expression_value array = list_of(*state, 2, texts);

	array.type = EXPRESSION_ARRAY;
	expect(*state, array,
	       "rO0ABXVyABNbTGphdmEubGFuZy5TdHJpbmc7rdJW5+kde0cCAAB4cAAAAAJ0AAF4dAABeQ==",
	       "[\"x\",\"y\"]");
}

/* What expressions do not make, but histories of others have. */
static void other_classes_are_read(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{AS_LIST,									"[\"x\",1]"},
		{OBJECTS,									"[\"x\",1]"},
		{"rO0ABXNyABRqYXZhLnV0aWwuTGlua2VkTGlzdAwpU11KYIgiAwAAeHB3BAAAAAF0AAFxeA==",
		 "[\"q\"]"										  },
		{"rO0ABXNyABFqYXZhLnV0aWwuSGFzaFNldLpEhZWWuLc0AwAAeHB3DAAAABA/QAAAAAAAAXQAAXF4",
		 "[\"q\"]"										  },
		{LIST_OF,									"[\"a\",1]"},
		{SAME,									   "[[],[]]"  },
		{"rO0ABXNyAA5qYXZhLnV0aWwuRGF0ZWhqgQFLWXQZAwAAeHB3CAAAAAAAAAAFeA==",
		 "\"1970-01-01T00:00:00.005+0000\""							 },
		{"rO0ABXA=",								     "null"     },
		{"rO0ABXQAAWE=",								 "\"a\""    },
	};
	struct expression_value value;
	const char *reason;
	bool exact;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(java_object_read(*state, rows[i].text, &value, &exact, &reason),
				 0);
		assert_string_equal(expression_shown(*state, &value), rows[i].shown);
	}
}

static void what_is_no_text_becomes_question_marks(void **state)
{
	/* a NUL of two bytes, half a pair, bytes that begin nothing */
	static const uint8_t bytes[] = {0xac, 0xed, 0,    5,    0x74, 0,    9,    'a', 0xc0,
					0x80, 'b',  0xed, 0xa0, 0x80, 0xff, 0xe2, 'c'};
	struct expression_value value;
	const char *reason;
	bool exact;

	assert_int_equal(java_object_read(*state, base64_encode(*state, bytes, sizeof(bytes) - 1),
					  &value, &exact, &reason),
			 0);
	assert_string_equal(value.as.text, "a?b???");
}

static void what_is_not_known_is_named(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"no base64!",					   "null"                },
		{"rO0ABQ==",					     "null"                },
		{"rO0ABXQABWE=",					 "null"                }, /* it ends too soon */
		{"rO0ABXEAfgAA",					 "invalid handle value"},
 /* new java.math.BigDecimal's first bytes, as a class without fields */
		{"rO0ABXNyABBjb20uZXhhbXBsZS5DYXJ0AAAAAAAAAAECAAB4cA==", "com.example.Cart"    },
	};
	struct expression_value value;
	const char *reason;
	bool exact;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(java_object_read(*state, rows[i].text, &value, &exact, &reason),
				 ERR_INPUT);
		assert_string_equal(reason, rows[i].reason);
	}
}

/* Lists of twice the list before, by a reference: each is small, and the last would fill the world.
 */
static void what_multiplies_is_refused(void **state)
{
	struct expression_value value;
	struct buffer bytes;
	const char *reason;
	bool exact;
	uint8_t level;
	static const char head[] = "\xac\xed\0\5";
	static const char array[] =
		"ur\0\x13[Ljava.lang.Object;\x90\xceX\x9f\x10s)l\2\0\0xp\0\0\0\2";

	buffer_init(&bytes);
	buffer_put(&bytes, head, 4);
	/* each array's first element is the next array, its second a reference to that */
	buffer_put(&bytes, array, sizeof(array) - 1);
	for (level = 1; level < 40; level++)
		buffer_put(&bytes, "uq\0~\0\0\0\0\0\2", 10);
	buffer_put(&bytes, "pp", 2);
	for (level = 39; level; level--) {
		buffer_put(&bytes, "q\0~\0", 4);
		buffer_put_u8(&bytes, (uint8_t)(level + 1));
	}
	assert_int_equal(java_object_read(*state, base64_encode(*state, bytes.data, bytes.length),
					  &value, &exact, &reason),
			 ERR_INPUT);
	buffer_clear(&bytes);
}

/* STREAM without its head is refused, and nothing overflows. */
static void refuse(struct arena *arena, const struct buffer *stream)
{
	struct expression_value value;
	struct buffer bytes;
	const char *reason;
	bool exact;

	buffer_init(&bytes);
	buffer_put_be32(&bytes, 0xaced0005);
	buffer_put(&bytes, stream->data, stream->length);
	assert_int_equal(java_object_read(arena, base64_encode(arena, bytes.data, bytes.length),
					  &value, &exact, &reason),
			 ERR_INPUT);
	assert_non_null(reason);
	buffer_clear(&bytes);
}

static void classes_without_end_are_refused(void **state)
{
	struct buffer stream;
	size_t i;

	buffer_init(&stream);
	buffer_put_u8(&stream, 's');
	for (i = 0; i < 100000; i++) /* each the super class of the one before */
		buffer_put(&stream, "r\0\1a\0\0\0\0\0\0\0\0\2\0\0x", 16);
	refuse(*state, &stream);
	buffer_clear(&stream);
}

static void values_too_deep_are_refused(void **state)
{
	static const char array[] =
		"ur\0\x13[Ljava.lang.Object;\x90\xceX\x9f\x10s)l\2\0\0xp\0\0\0\2";
	struct buffer stream;
	uint16_t i;

	buffer_init(&stream);
	buffer_put(&stream, array, sizeof(array) - 1);
	for (i = 0; i < 300; i++)
		buffer_put(&stream, "uq\0~\0\0\0\0\0\1", 10);
	refuse(*state, &stream);
	/* each array holds the one before, by its handle: no deeper in the stream */
	stream.length = 0;
	buffer_put(&stream, array, sizeof(array) - 1);
	stream.data[stream.length - 2] = 1; /* 256 and two of them */
	for (i = 0; i < 258; i++) {
		buffer_put(&stream, "uq\0~\0\0\0\0\0\1", 10);
		buffer_put(&stream, i ? "q\0~" : "ppp", 3);
		if (i)
			buffer_put_be16(&stream, (uint16_t)(i + 1));
		else
			stream.length -= 2;
	}
	refuse(*state, &stream);
	buffer_clear(&stream);
}

static void long_texts_do_not_multiply(void **state)
{
	static const char array[] =
		"ur\0\x13[Ljava.lang.Object;\x90\xceX\x9f\x10s)l\2\0\0xp\0\0\x13\x88t\xff\xff";
	struct buffer stream;
	size_t i;

	buffer_init(&stream);
	buffer_put(&stream, array, sizeof(array) - 1);
	for (i = 0; i < 65535; i++)
		buffer_put_u8(&stream, 'a');
	for (i = 1; i < 5000; i++)
		buffer_put(&stream, "q\0~\0\2", 5);
	refuse(*state, &stream);
	buffer_clear(&stream);
}

/* What would come back as something else is for showing alone. */
static void what_becomes_another_class_is_not_exact(void **state)
{
	static const char *const rows[] = {AS_LIST, OBJECTS, LIST_OF};
	struct expression_value value;
	const char *reason;
	bool exact;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(java_object_read(*state, rows[i], &value, &exact, &reason), 0);
		assert_false(exact);
	}
	assert_int_equal(java_object_read(*state, TREE, &value, &exact, &reason), 0);
	assert_true(exact);
}

static void too_much_is_not_written(void **state)
{
	struct expression_value *values, list = expression_null();
	int i;

	for (i = 0; i < 60; i++)
		list = list_of(*state, 1, &list);
	assert_null(java_object_write(*state, &list)); /* 60 lists, and null within */
	assert_non_null(java_object_write(*state, &list.as.list->values[0]));
	list = expression_list_new(*state, 1 << 20, &values);
	assert_null(java_object_write(*state, &list));
}

static void what_is_no_utf8_does_not_run_past_its_end(void **state)
{
	const struct expression_value text = expression_string("a\xf0\0\0\0b");
	struct expression_value value;
	const char *reason;
	bool exact;

	assert_int_equal(
		java_object_read(*state, java_object_write(*state, &text), &value, &exact, &reason),
		0);
	assert_string_equal(value.as.text, "a?");
}

static void what_java_alone_can_write_is_not_written(void **state)
{
	const struct expression_value values[] = {expression_integer(1), expression_date_time(5)};
	struct expression_value list = list_of(*state, 2, values);

	assert_null(java_object_write(*state, &list));
	list = map_of(*state, "com.example.Map", "a", expression_null(), "b", expression_null());
	assert_null(java_object_write(*state, &list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_written_and_read),
		cmocka_unit_test(maps_are_written_and_read),
		cmocka_unit_test(tables_grow_as_they_do_in_java),
		cmocka_unit_test(dates_are_shown_as_the_api_does),
		cmocka_unit_test(arrays_are_written_and_read),
		cmocka_unit_test(other_classes_are_read),
		cmocka_unit_test(what_is_no_text_becomes_question_marks),
		cmocka_unit_test(what_is_not_known_is_named),
		cmocka_unit_test(what_multiplies_is_refused),
		cmocka_unit_test(classes_without_end_are_refused),
		cmocka_unit_test(values_too_deep_are_refused),
		cmocka_unit_test(long_texts_do_not_multiply),
		cmocka_unit_test(what_becomes_another_class_is_not_exact),
		cmocka_unit_test(too_much_is_not_written),
		cmocka_unit_test(what_is_no_utf8_does_not_run_past_its_end),
		cmocka_unit_test(what_java_alone_can_write_is_not_written),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
