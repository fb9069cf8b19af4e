/* FastCGI records as bytes. */
#include "fcgi/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "storage/arena.h"

static void a_header_is_read_as_it_is_written(void **state)
{
	FCGI_Header header = fcgi_header(FCGI_STDOUT, 0x1234, 0xabcd);
	struct fcgi_record record;

	(void)state;
	assert_int_equal(sizeof(header), FCGI_HEADER_LEN);
	header.paddingLength = 7;
	assert_true(fcgi_record_decode((const uint8_t *)&header, &record));
	assert_int_equal(record.type, FCGI_STDOUT);
	assert_int_equal(record.request, 0x1234);
	assert_int_equal(record.length, 0xabcd);
	assert_int_equal(record.padding, 7);
}

static void a_header_of_another_version_is_refused(void **state)
{
	FCGI_Header header = fcgi_header(FCGI_STDIN, 1, 0);
	struct fcgi_record record;

	(void)state;
	header.version = 2;
	assert_false(fcgi_record_decode((const uint8_t *)&header, &record));
}

static void whole_records_have_the_bytes_of_the_specification(void **state)
{
	static const uint8_t end[] = {1, 3, 0, 9, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0};
	static const uint8_t unknown[] = {1, 11, 0, 0, 0, 8, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0};
	FCGI_EndRequestRecord end_record = fcgi_end_request(9, FCGI_CANT_MPX_CONN);
	FCGI_UnknownTypeRecord unknown_record = fcgi_unknown_type(77);

	(void)state;
	assert_int_equal(sizeof(end_record), sizeof(end));
	assert_memory_equal(&end_record, end, sizeof(end));
	assert_int_equal(sizeof(unknown_record), sizeof(unknown));
	assert_memory_equal(&unknown_record, unknown, sizeof(unknown));
}

static void pairs_have_short_and_long_lengths(void **state)
{
	static const char bytes[] = "\x01\x02"
				    "aBC"
				    "\x80\x00\x00\x03\x00"
				    "def";
	struct reader pairs = reader_of(bytes, sizeof(bytes) - 1);
	struct fcgi_pair pair = fcgi_pair_take(&pairs);

	(void)state;
	assert_int_equal(pair.name_size, 1);
	assert_memory_equal(pair.name, "a", 1);
	assert_int_equal(pair.value_size, 2);
	assert_memory_equal(pair.value, "BC", 2);
	pair = fcgi_pair_take(&pairs);
	assert_int_equal(pair.name_size, 3);
	assert_memory_equal(pair.name, "def", 3);
	assert_int_equal(pair.value_size, 0);
	assert_false(pairs.bad);
	assert_int_equal(reader_left(&pairs), 0);
}

static void a_written_pair_is_read_again(void **state)
{
	struct fcgi_pair pair;
	struct buffer buffer;
	struct reader pairs;

	(void)state;
	buffer_init(&buffer);
	fcgi_pair_put(&buffer, FCGI_MAX_CONNS, "1");
	pairs = reader_of(buffer.data, buffer.length);
	pair = fcgi_pair_take(&pairs);
	assert_int_equal(pair.name_size, strlen(FCGI_MAX_CONNS));
	assert_memory_equal(pair.name, FCGI_MAX_CONNS, pair.name_size);
	assert_memory_equal(pair.value, "1", 1);
	assert_int_equal(reader_left(&pairs), 0);
	buffer_clear(&buffer);
}

static void lengths_that_point_outside_are_noticed(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
		{"\x05",                  1 },
		{"\x80\x00\x00",          3 },
		{"\x01\x80\x00",          3 },
		{"\x03\x00"
		 "ab",   4 },
		{"\x01\x02"
		 "ab",   4 },
		{"\x80\x00\x00\x05\x00"
		 "abcd", 9 },
 /* together more than 32 bits hold */
		{"\xff\xff\xff\xff\xff\xff\xff\xff"
		 "abc",  11},
		{"\x48\xd4\xd4\xd4\xd4"
		 "abc",  8 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reader pairs = reader_of(cases[i].bytes, cases[i].size);

		fcgi_pair_take(&pairs);
		assert_true(pairs.bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read_as_it_is_written),
		cmocka_unit_test(a_header_of_another_version_is_refused),
		cmocka_unit_test(whole_records_have_the_bytes_of_the_specification),
		cmocka_unit_test(pairs_have_short_and_long_lengths),
		cmocka_unit_test(a_written_pair_is_read_again),
		cmocka_unit_test(lengths_that_point_outside_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
