/* Bodies in pieces of every size: counted, inflated, checked. */
#include "fcgi/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/arena.h"
#include "storage/buffer.h"

struct fixture {
	struct buffer out;
	int refuse_after; /* sinks of the sink; -1: never */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	buffer_init(&f->out);
	f->refuse_after = -1;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	buffer_clear(&f->out);
	free(f);
	return 0;
}

static int sink(void *arg, const void *bytes, size_t size)
{
	struct fixture *f = arg;

	if (!f->refuse_after)
		return 7;
	if (f->refuse_after > 0)
		f->refuse_after--;
	buffer_put(&f->out, bytes, size);
	return 0;
}

/* Feeds TEXT in pieces of STEP bytes; the result of the first piece that fails, or of the end. */
static enum body_result run(struct fixture *f, struct body *body, const void *text, size_t size,
			    size_t step)
{
	enum body_result result = BODY_OK;
	size_t at, n;

	f->out.length = 0;
	body->sink = sink;
	body->sink_arg = f;
	if (!body->max_size)
		body->max_size = body->max_inflated = 1 << 30;
	body_begin(body);
	for (at = 0; at < size && result == BODY_OK; at += n) {
		n = size - at < step ? size - at : step;
		result = body_feed(body, (const char *)text + at, n);
	}
	if (result == BODY_OK)
		result = body_finish(body);
	body_clear(body);
	return result;
}

static enum body_result run_json(struct fixture *f, const char *text, size_t step)
{
	struct body body = {.json = true};

	return run(f, &body, text, strlen(text), step);
}

static bool passed(const struct fixture *f, const char *text)
{
	return f->out.length == strlen(text) && !memcmp(f->out.data, text, f->out.length);
}

static void json_passes_unchanged_in_pieces_of_any_size(void **state)
{
	static const char text[] =
		" {\"a\" : [1, -2.5e3, true, null, \"\\u00e4\\ud83d\\ude00 \xc3\xa9 "
		"\xf0\x9f\x98\x80\"],\n\t\"b\":{\"a\":{}}} ";
	struct fixture *f = *state;
	size_t step;

	for (step = 1; step <= sizeof(text); step++) {
		assert_int_equal(run_json(f, text, step), BODY_OK);
		assert_true(passed(f, text));
	}
}

static void what_is_not_json_is_refused_however_it_is_cut(void **state)
{
	static const char *const cases[] = {
		"{",
		"}",
		"{\"a\":1",
		"{\"a\":1,}",
		"[1,]",
		"{} x",
		"{} {}",
		"{}}",
		"{'a':1}",
		"{a:1}",
		"[01]",
		"[+1]",
		"[1.]",
		"[.5]",
		"[NaN]",
		"nul",
		"[\"a\nb\"]",
		"[\"\\x\"]",
		"[\"\\u12\"]",
		"/**/{}",
		"{} // x",
		"[\"\xff\"]",
		"[\"\xc0\x80\"]",
		"[\"\xed\xa0\x80\"]",
		"[\"\xf4\x90\x80\x80\"]",
		"[\"\xc3\"]",
		"   ",
		"\xef\xbb",
		"\"a",
	};
	struct fixture *f = *state;
	size_t i, step;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (step = 1; step <= 8; step++)
			if (run_json(f, cases[i], step) != BODY_BAD_JSON)
				fail_msg("case %zu was accepted in pieces of %zu", i, step);
}

static void an_empty_body_is_an_empty_object(void **state)
{
	struct fixture *f = *state;
	struct body other = {.json = false};

	assert_int_equal(run_json(f, "", 1), BODY_OK);
	assert_true(passed(f, "{}"));
	assert_int_equal(run(f, &other, "", 0, 1), BODY_OK);
	assert_true(passed(f, ""));
}

static void a_byte_order_mark_is_dropped(void **state)
{
	struct fixture *f = *state;
	size_t step;

	for (step = 1; step <= 6; step++) {
		assert_int_equal(run_json(f, "\xef\xbb\xbf{}", step), BODY_OK);
		assert_true(passed(f, "{}"));
	}
}

static void two_bytes_are_enough_for_a_body(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_json(f, "1", 1), BODY_OK);
	assert_true(passed(f, "1"));
	assert_int_equal(run_json(f, "[]", 2), BODY_OK);
	assert_true(passed(f, "[]"));
}

static void other_bodies_pass_unread(void **state)
{
	struct fixture *f = *state;
	struct body body = {.json = false};

	assert_int_equal(run(f, &body, "--x\r\n\xff", 6, 2), BODY_OK);
	assert_int_equal(f->out.length, 6);
}

static void nesting_has_a_bound(void **state)
{
	struct fixture *f = *state;
	char text[2 * JSON_DEPTH_MAX + 8];
	size_t n = JSON_DEPTH_MAX;

	memset(text, '[', n);
	memset(text + n, ']', n);
	text[2 * n] = 0;
	assert_int_equal(run_json(f, text, 7), BODY_OK);
	memset(text, '[', n + 1);
	memset(text + n + 1, ']', n + 1);
	text[2 * n + 2] = 0;
	assert_int_equal(run_json(f, text, 7), BODY_BAD_JSON);
}

static void one_string_cannot_fill_the_memory(void **state)
{
	struct fixture *f = *state;
	size_t size = JSON_TOKEN_MAX + 200 * 1024;
	char *text = malloc(size);
	struct body body = {.json = true};

	memset(text, 'x', size);
	text[0] = '"';
	text[size - 1] = '"';
	assert_int_equal(run(f, &body, text, size, 64 * 1024), BODY_TOO_LARGE);
	free(text);
}

static void more_than_the_limit_is_too_large(void **state)
{
	struct fixture *f = *state;
	struct body body = {.max_size = 5, .max_inflated = 5};

	assert_int_equal(run(f, &body, "12345", 5, 2), BODY_OK);
	body = (struct body){.max_size = 5, .max_inflated = 5};
	assert_int_equal(run(f, &body, "123456", 6, 2), BODY_TOO_LARGE);
}

/* TEXT as a gzip member, appended to OUT. */
static void deflate_text(struct buffer *out, const void *text, size_t size)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)size;
	z.next_out = buffer_reserve(out, deflateBound(&z, size));
	z.avail_out = (uInt)deflateBound(&z, size);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->length += z.total_out;
	deflateEnd(&z);
}

static void gzip_is_inflated_in_pieces_of_any_size(void **state)
{
	struct fixture *f = *state;
	struct buffer zipped;
	size_t step;

	buffer_init(&zipped);
	deflate_text(&zipped, "{\"a\":[1,2", 9);
	deflate_text(&zipped, ",3]}", 4);
	for (step = 1; step <= zipped.length; step++) {
		struct body body = {.json = true, .gzip = true};

		assert_int_equal(run(f, &body, zipped.data, zipped.length, step), BODY_OK);
		assert_true(passed(f, "{\"a\":[1,2,3]}"));
	}
	buffer_clear(&zipped);
}

/* The last piece is full when the member ends. */
static void gzip_may_fill_its_pieces_exactly(void **state)
{
	enum { FULL = 2 * 65536 };
	struct fixture *f = *state;
	char *zeros = calloc(1, FULL);
	size_t size;

	for (size = FULL / 2; size <= FULL; size += FULL / 2) {
		struct body body = {.gzip = true, .max_size = FULL, .max_inflated = FULL};
		struct buffer zipped;

		buffer_init(&zipped);
		deflate_text(&zipped, zeros, size);
		assert_int_equal(run(f, &body, zipped.data, zipped.length, zipped.length), BODY_OK);
		assert_int_equal(f->out.length, size);
		buffer_clear(&zipped);
	}
	free(zeros);
}

static void gzip_that_ends_early_is_refused_at_every_byte(void **state)
{
	struct fixture *f = *state;
	struct buffer zipped;
	size_t size;

	buffer_init(&zipped);
	deflate_text(&zipped, "{\"a\":[1,2,3]}", 13);
	for (size = 1; size < zipped.length; size++) {
		struct body body = {.json = true, .gzip = true};

		assert_int_equal(run(f, &body, zipped.data, size, 3), BODY_BAD_GZIP);
	}
	zipped.data[zipped.length - 6] ^= 1; /* the checksum */
	{
		struct body body = {.json = true, .gzip = true};

		assert_int_equal(run(f, &body, zipped.data, zipped.length, 64), BODY_BAD_GZIP);
	}
	buffer_clear(&zipped);
}

static void what_inflates_to_too_much_is_refused(void **state)
{
	struct fixture *f = *state;
	struct body body = {.gzip = true, .max_size = 1 << 20, .max_inflated = 100000};
	char *zeros = calloc(1, 1000000);
	struct buffer zipped;

	buffer_init(&zipped);
	deflate_text(&zipped, zeros, 100000);
	assert_int_equal(run(f, &body, zipped.data, zipped.length, 64), BODY_OK);
	zipped.length = 0;
	deflate_text(&zipped, zeros, 1000000);
	body = (struct body){.gzip = true, .max_size = 1 << 20, .max_inflated = 100000};
	assert_int_equal(run(f, &body, zipped.data, zipped.length, 64), BODY_TOO_LARGE);
	assert_true(f->out.length <= 100000);
	/* the sum of many members counts */
	zipped.length = 0;
	deflate_text(&zipped, zeros, 60000);
	deflate_text(&zipped, zeros, 60000);
	body = (struct body){.gzip = true, .max_size = 1 << 20, .max_inflated = 100000};
	assert_int_equal(run(f, &body, zipped.data, zipped.length, 64), BODY_TOO_LARGE);
	buffer_clear(&zipped);
	free(zeros);
}

static void a_sink_that_refuses_stops_the_body(void **state)
{
	struct fixture *f = *state;
	struct body body = {.json = true};

	f->refuse_after = 1;
	assert_int_equal(run(f, &body, "[1,2,3]", 7, 3), BODY_REFUSED);
	assert_int_equal(body.sink_code, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(json_passes_unchanged_in_pieces_of_any_size),
		T(what_is_not_json_is_refused_however_it_is_cut),
		T(an_empty_body_is_an_empty_object),
		T(a_byte_order_mark_is_dropped),
		T(two_bytes_are_enough_for_a_body),
		T(other_bodies_pass_unread),
		T(nesting_has_a_bound),
		T(one_string_cannot_fill_the_memory),
		T(more_than_the_limit_is_too_large),
		T(gzip_is_inflated_in_pieces_of_any_size),
		T(gzip_may_fill_its_pieces_exactly),
		T(gzip_that_ends_early_is_refused_at_every_byte),
		T(what_inflates_to_too_much_is_refused),
		T(a_sink_that_refuses_stops_the_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
