/* Bytes that grow, and a reader that never runs past their end. */
#include "storage/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "storage/arena.h"

static const uint64_t numbers[] = {0, 1, 127, 128, 300, 1u << 31, UINT64_MAX >> 1, UINT64_MAX};
static const int64_t signed_numbers[] = {0, -1, 1, -64, 64, INT64_MIN, INT64_MAX};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void what_is_put_is_read_again(void **state)
{
	struct buffer buffer;
	struct reader reader;
	size_t i;

	(void)state;
	buffer_init(&buffer);
	for (i = 0; i < COUNT(numbers); i++) {
		buffer_put_u8(&buffer, (uint8_t)numbers[i]);
		buffer_put_be16(&buffer, (uint16_t)numbers[i]);
		buffer_put_be32(&buffer, (uint32_t)numbers[i]);
		buffer_put_be64(&buffer, numbers[i]);
		buffer_put_varint(&buffer, numbers[i]);
	}
	reader = reader_of(buffer.data, buffer.length);
	for (i = 0; i < COUNT(numbers); i++) {
		assert_int_equal(reader_u8(&reader), (uint8_t)numbers[i]);
		assert_int_equal(reader_be16(&reader), (uint16_t)numbers[i]);
		assert_int_equal(reader_be32(&reader), (uint32_t)numbers[i]);
		assert_true(reader_be64(&reader) == numbers[i]);
		assert_true(reader_varint(&reader) == numbers[i]);
	}
	assert_int_equal(reader_left(&reader), 0);
	assert_false(reader.bad);
	buffer_clear(&buffer);
}

static void small_negative_numbers_are_short(void **state)
{
	struct buffer buffer;
	struct reader reader;
	size_t i;

	(void)state;
	buffer_init(&buffer);
	for (i = 0; i < COUNT(signed_numbers); i++)
		buffer_put_zigzag(&buffer, signed_numbers[i]);
	assert_memory_equal(buffer.data, "\x00\x01\x02\x7f", 4);
	reader = reader_of(buffer.data, buffer.length);
	for (i = 0; i < COUNT(signed_numbers); i++)
		assert_true(reader_zigzag(&reader) == signed_numbers[i]);
	assert_false(reader.bad);
	buffer_clear(&buffer);
}

static void null_differs_from_the_empty_text(void **state)
{
	struct arena arena;
	struct buffer buffer;
	struct reader reader;

	(void)state;
	arena_init(&arena);
	buffer_init(&buffer);
	buffer_put_string(&buffer, NULL);
	buffer_put_string(&buffer, "");
	buffer_put_string(&buffer, "text");
	reader = reader_of(buffer.data, buffer.length);
	assert_null(reader_string(&reader, &arena));
	assert_string_equal(reader_string(&reader, &arena), "");
	assert_string_equal(reader_string(&reader, &arena), "text");
	assert_false(reader.bad);
	buffer_clear(&buffer);
	arena_clear(&arena);
}

static void a_reader_that_ran_out_says_so_and_hands_out_zeros(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct reader reader = reader_of(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(reader_be32(&reader), 0);
	assert_true(reader.bad);
	assert_int_equal(reader_left(&reader), 0);
	assert_int_equal(reader_u8(&reader), 0);
}

static void a_length_beyond_the_end_takes_nothing(void **state)
{
	static const uint8_t huge[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
	struct arena arena;
	struct reader reader = reader_of(huge, sizeof(huge));

	(void)state;
	arena_init(&arena);
	assert_null(reader_string(&reader, &arena));
	assert_true(reader.bad);
	arena_clear(&arena);
}

static void a_varint_without_an_end_is_bad(void **state)
{
	uint8_t bytes[11];
	struct reader reader;

	(void)state;
	memset(bytes, 0x80, sizeof(bytes));
	reader = reader_of(bytes, sizeof(bytes));
	reader_varint(&reader);
	assert_true(reader.bad);
}

static void big_endian_keys_sort_as_their_numbers(void **state)
{
	uint8_t less[8], more[8];
	size_t i;

	(void)state;
	for (i = 1; i < COUNT(numbers); i++) {
		be64_write(less, numbers[i - 1]);
		be64_write(more, numbers[i]);
		assert_true(memcmp(less, more, 8) < 0);
		assert_true(be64_read(more) == numbers[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_read_again),
		cmocka_unit_test(small_negative_numbers_are_short),
		cmocka_unit_test(null_differs_from_the_empty_text),
		cmocka_unit_test(a_reader_that_ran_out_says_so_and_hands_out_zeros),
		cmocka_unit_test(a_length_beyond_the_end_takes_nothing),
		cmocka_unit_test(a_varint_without_an_end_is_bad),
		cmocka_unit_test(big_endian_keys_sort_as_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
