/* Rows as bytes and back, for every field of every kind in a process instance's record. */
#include "core/record/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/history/kinds.h"
#include "storage/error.h"
#include "tests/core/arena_fixture.h"

static const struct value *value_of(struct arena *arena, size_t n)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->type = (enum value_type)(n % 5 + 1);
	if (value->type == VALUE_LONG)
		value->as.number = (int64_t)n * -1000003;
	else if (value->type == VALUE_DOUBLE)
		value->as.fraction = (double)n / 7;
	else if (value->type == VALUE_BOOL)
		value->as.truth = n % 2;
	else
		value->as.text = value->type == VALUE_JSON ? "[1,2]" : "a value";
	return value;
}

static union slot slot_of(struct arena *arena, const struct field *field, size_t n)
{
	union slot slot = {.i = 0};

	if (field->type == FIELD_STRING)
		slot.s = n % 3 ? arena_printf(arena, "%s-%zu", field->name, n)
			       : "0af3eb82-e553-11f1-aa6b-02fc00000001";
	else if (field->type == FIELD_JSON)
		slot.s = "{\"k\":[null]}";
	else if (field->type == FIELD_TIME)
		slot.i = 1700000000000 + (int64_t)n * (n % 2 ? 1 : -86400000);
	else if (field->type == FIELD_DOUBLE)
		slot.d = (double)n / 3;
	else if (field->type == FIELD_BOOL)
		slot.i = 1;
	else if (field->type == FIELD_VALUE)
		slot.v = value_of(arena, n);
	else if (field->type != FIELD_ROWS)
		slot.i = (int64_t)n - 20;
	return slot;
}

static bool stored(const struct field *field)
{
	return field->tag && !(field->flags & FIELD_DERIVED) && field->type != FIELD_ROWS;
}

static union slot *row_of(struct arena *arena, const struct kind *kind, size_t n)
{
	union slot *row = row_new(arena, kind);
	size_t i;

	for (i = 0; i < kind->count; i++)
		if (stored(&kind->fields[i]))
			row[i] = slot_of(arena, &kind->fields[i], n + i);
	return row;
}

static void same_value(const struct value *got, const struct value *value)
{
	assert_int_equal(got->type, value->type);
	if (value->type == VALUE_STRING || value->type == VALUE_JSON)
		assert_string_equal(got->as.text, value->as.text);
	else if (value->type == VALUE_DOUBLE)
		assert_memory_equal(&got->as.fraction, &value->as.fraction, sizeof(double));
	else if (value->type == VALUE_BOOL)
		assert_int_equal(got->as.truth, value->as.truth);
	else
		assert_true(got->as.number == value->as.number);
}

static void same_slot(const struct field *field, union slot got, union slot slot)
{
	if (field->type == FIELD_STRING || field->type == FIELD_JSON)
		assert_string_equal(got.s, slot.s);
	else if (field->type == FIELD_DOUBLE)
		assert_memory_equal(&got.d, &slot.d, sizeof(double));
	else if (field->type == FIELD_VALUE)
		same_value(got.v, slot.v);
	else
		assert_true(got.i == slot.i);
}

static void same_row(const struct kind *kind, const union slot *got, const union slot *row)
{
	size_t i;

	for (i = 0; i < kind->count; i++)
		if (stored(&kind->fields[i]))
			same_slot(&kind->fields[i], got[i], row[i]);
}

static void encode_all(struct arena *arena, struct record_writer *writer, struct buffer *buffer,
		       size_t each)
{
	size_t k, n;

	for (k = 0; k < ROW_MAX; k++)
		for (n = 0; n < each; n++)
			record_writer_add(writer, process_kinds[k],
					  row_of(arena, process_kinds[k], n));
	record_writer_finish(writer, buffer);
}

static void every_field_round_trips(void **state)
{
	struct record_writer *writer = record_writer_new();
	struct rows rows[ROW_MAX] = {{0}};
	struct buffer buffer;
	size_t k, n;

	buffer_init(&buffer);
	encode_all(*state, writer, &buffer, 5);
	assert_int_equal(record_decode(*state, buffer.data, buffer.length, process_kinds, ROW_MAX,
				       ~0ULL, rows),
			 0);
	for (k = 0; k < ROW_MAX; k++) {
		assert_int_equal(rows[k].count, 5);
		for (n = 0; n < 5; n++)
			same_row(process_kinds[k], rows[k].row[n],
				 row_of(*state, process_kinds[k], n));
	}
	buffer_clear(&buffer);
	record_writer_free(writer);
}

static void absent_fields_stay_absent(void **state)
{
	struct record_writer *writer = record_writer_new();
	struct rows rows[ROW_MAX] = {{0}};
	struct buffer buffer;
	size_t k, i;

	buffer_init(&buffer);
	for (k = 0; k < ROW_MAX; k++)
		record_writer_add(writer, process_kinds[k], row_new(*state, process_kinds[k]));
	record_writer_finish(writer, &buffer);
	assert_int_equal(record_decode(*state, buffer.data, buffer.length, process_kinds, ROW_MAX,
				       ~0ULL, rows),
			 0);
	for (k = 0; k < ROW_MAX; k++)
		for (i = 0; i < process_kinds[k]->count; i++)
			assert_true(slot_absent(&process_kinds[k]->fields[i], rows[k].row[0][i]));
	buffer_clear(&buffer);
	record_writer_free(writer);
}

static void only_wanted_kinds_are_decoded(void **state)
{
	struct record_writer *writer = record_writer_new();
	struct rows rows[ROW_MAX] = {{0}};
	struct buffer buffer;

	buffer_init(&buffer);
	encode_all(*state, writer, &buffer, 3);
	assert_int_equal(record_decode(*state, buffer.data, buffer.length, process_kinds, ROW_MAX,
				       1ULL << ROW_TASK, rows),
			 0);
	assert_int_equal(rows[ROW_TASK].count, 3);
	assert_int_equal(rows[ROW_INSTANCE].count, 0);
	assert_int_equal(rows[ROW_JOB].count, 0);
	same_row(&task_kind, rows[ROW_TASK].row[2], row_of(*state, &task_kind, 2));
	buffer_clear(&buffer);
	record_writer_free(writer);
}

static void a_writer_starts_anew_after_each_record(void **state)
{
	struct record_writer *writer = record_writer_new();
	struct buffer first, second;

	buffer_init(&first);
	buffer_init(&second);
	encode_all(*state, writer, &first, 2);
	encode_all(*state, writer, &second, 2);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(first.data, second.data, first.length);
	buffer_clear(&first);
	buffer_clear(&second);
	record_writer_free(writer);
}

static void a_record_cut_anywhere_is_corrupt(void **state)
{
	struct record_writer *writer = record_writer_new();
	struct buffer buffer;
	size_t size;

	buffer_init(&buffer);
	encode_all(*state, writer, &buffer, 1);
	for (size = 0; size < buffer.length; size++) {
		struct rows rows[ROW_MAX] = {{0}};

		assert_int_equal(record_decode(*state, buffer.data, size, process_kinds, ROW_MAX,
					       ~0ULL, rows),
				 ERR_CORRUPT);
	}
	buffer_clear(&buffer);
	record_writer_free(writer);
}

/* Decoding what is broken may succeed or be corrupt: nothing else, and no crash. */
static void decode_broken(struct arena *arena, const uint8_t *bytes, size_t size)
{
	struct arena_mark mark = arena_mark(arena);
	struct rows rows[ROW_MAX] = {{0}};
	int code = record_decode(arena, bytes, size, process_kinds, ROW_MAX, ~0ULL, rows);

	if (code)
		assert_int_equal(code, ERR_CORRUPT);
	arena_rewind(arena, mark);
}

static void a_record_with_a_changed_byte_does_no_harm(void **state)
{
	static const uint8_t masks[] = {0x01, 0x80, 0x7f, 0xff};
	struct record_writer *writer = record_writer_new();
	struct buffer buffer;
	size_t at, i;

	buffer_init(&buffer);
	encode_all(*state, writer, &buffer, 2);
	for (at = 0; at < buffer.length; at++) {
		uint8_t kept = buffer.data[at];

		for (i = 0; i < sizeof(masks); i++) {
			buffer.data[at] = kept ^ masks[i];
			decode_broken(*state, buffer.data, buffer.length);
		}
		buffer.data[at] = 0;
		decode_broken(*state, buffer.data, buffer.length);
		buffer.data[at] = kept;
	}
	buffer_clear(&buffer);
	record_writer_free(writer);
}

static void bytes_that_are_no_record_are_corrupt(void **state)
{
	static const uint8_t texts_beyond_the_end[] = {0xff, 0xff, 0x03, 0, 0};
	static const uint8_t unknown_kind[] = {0, 0, 1, 0xee, 1, 0};
	static const uint8_t unknown_tag[] = {0, 0, 1, 1, 2, 0xee, 0};
	static const uint8_t more_behind[] = {0, 0, 0, 0};
	static const struct {
		const uint8_t *bytes;
		size_t size;
	} records[] = {
		{texts_beyond_the_end, sizeof(texts_beyond_the_end)},
		{unknown_kind,         sizeof(unknown_kind)        },
		{unknown_tag,          sizeof(unknown_tag)         },
		{more_behind,          sizeof(more_behind)         },
	};
	struct rows rows[ROW_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(records); i++)
		assert_int_equal(record_decode(*state, records[i].bytes, records[i].size,
					       process_kinds, ROW_MAX, ~0ULL, rows),
				 ERR_CORRUPT);
}

static void a_text_is_stored_once(void **state)
{
	struct record_writer *writer = record_writer_new();
	union slot *row = row_new(*state, &task_kind);
	struct buffer one, ten;
	size_t i;

	buffer_init(&one);
	buffer_init(&ten);
	row[0].s = "a text of which there are many in a record, but which stands there once";
	record_writer_add(writer, &task_kind, row);
	record_writer_finish(writer, &one);
	for (i = 0; i < 10; i++)
		record_writer_add(writer, &task_kind, row);
	record_writer_finish(writer, &ten);
	assert_in_range(ten.length, one.length, one.length + 9 * 8);
	buffer_clear(&one);
	buffer_clear(&ten);
	record_writer_free(writer);
}

static void rows_within_a_row_round_trip(void **state)
{
	union slot *row = row_of(*state, &decision_instance_kind, 1), *got;
	union slot *inputs[2] = {row_of(*state, &decision_input_kind, 2),
				 row_of(*state, &decision_input_kind, 3)};
	struct rows some = {&decision_input_kind, 2, inputs},
		    none = {&decision_output_kind, 0, NULL};
	struct buffer buffer;

	row[DECISION_INPUTS].r = &some;
	row[DECISION_OUTPUTS].r = &none;
	buffer_init(&buffer);
	row_encode(&buffer, &decision_instance_kind, row);
	assert_int_equal(
		row_decode(*state, buffer.data, buffer.length, &decision_instance_kind, &got), 0);
	assert_int_equal(got[DECISION_INPUTS].r->count, 2);
	same_row(&decision_input_kind, got[DECISION_INPUTS].r->row[1], inputs[1]);
	assert_non_null(got[DECISION_OUTPUTS].r);
	assert_int_equal(got[DECISION_OUTPUTS].r->count, 0);
	buffer_clear(&buffer);
}

static void tags_are_unique_within_a_kind(void **state)
{
	size_t k, i;

	(void)state;
	for (k = 0; k < ROW_MAX; k++) {
		bool seen[256] = {false};

		for (i = 0; i < process_kinds[k]->count; i++) {
			uint8_t tag = process_kinds[k]->fields[i].tag;

			assert_false(tag && seen[tag]);
			seen[tag] = true;
		}
	}
}

static void one_row_alone_round_trips(void **state)
{
	union slot *row = row_of(*state, &process_instance_kind, 3), *got;
	struct buffer buffer;

	buffer_init(&buffer);
	row_encode(&buffer, &process_instance_kind, row);
	assert_int_equal(
		row_decode(*state, buffer.data, buffer.length, &process_instance_kind, &got), 0);
	same_row(&process_instance_kind, got, row);
	buffer_clear(&buffer);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, arena_fixture_set_up, arena_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_round_trips),
		TEST(absent_fields_stay_absent),
		TEST(only_wanted_kinds_are_decoded),
		TEST(a_writer_starts_anew_after_each_record),
		TEST(a_record_cut_anywhere_is_corrupt),
		TEST(a_record_with_a_changed_byte_does_no_harm),
		TEST(bytes_that_are_no_record_are_corrupt),
		TEST(a_text_is_stored_once),
		TEST(rows_within_a_row_round_trip),
		TEST(tags_are_unique_within_a_kind),
		TEST(one_row_alone_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
