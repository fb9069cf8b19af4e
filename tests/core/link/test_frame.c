/* The wire between batchd and whoever speaks to it. */
#include "core/link/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/error.h"

struct ends {
	struct link here, there;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct ends ends;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	link_init(&ends.here, pair[0]);
	link_init(&ends.there, pair[1]);
	arena_init(&ends.arena);
	*state = &ends;
	return 0;
}

static int tear_down(void **state)
{
	struct ends *ends = *state;

	link_clear(&ends->here);
	link_clear(&ends->there);
	arena_clear(&ends->arena);
	return 0;
}

static void frames_arrive_in_order_and_whole(void **state)
{
	struct ends *ends = *state;
	enum frame_type type;
	struct reader payload;

	assert_int_equal(link_send(&ends->here, FRAME_BODY, "first", 5), 0);
	assert_int_equal(link_send(&ends->here, FRAME_BODY, "second", 6), 0);
	assert_int_equal(link_send(&ends->here, FRAME_END, "", 0), 0);
	assert_int_equal(link_flush(&ends->here), 0);
	assert_int_equal(link_receive(&ends->there, &type, &payload), 0);
	assert_int_equal(type, FRAME_BODY);
	assert_memory_equal(payload.at, "first", 5);
	assert_int_equal(link_receive(&ends->there, &type, &payload), 0);
	assert_int_equal(reader_left(&payload), 6);
	assert_memory_equal(payload.at, "second", 6);
	assert_int_equal(link_receive(&ends->there, &type, &payload), 0);
	assert_int_equal(type, FRAME_END);
	assert_int_equal(reader_left(&payload), 0);
}

static void expect_refusal(struct ends *ends, const void *bytes, size_t size)
{
	enum frame_type type;
	struct reader payload;

	assert_int_equal(send(ends->here.fd, bytes, size, 0), size);
	shutdown(ends->here.fd, SHUT_WR);
	assert_int_equal(link_receive(&ends->there, &type, &payload), ERR_LINK);
}

static void an_unknown_type_breaks_the_protocol(void **state)
{
	static const uint8_t frame[] = {0, 0, 0, 1, FRAME_TYPE_MAX};

	expect_refusal(*state, frame, sizeof(frame));
}

static void a_frame_that_is_too_long_breaks_the_protocol(void **state)
{
	uint8_t frame[5] = {0, 0, 0, 0, FRAME_BODY};

	be32_write(frame, FRAME_MAX + 2);
	expect_refusal(*state, frame, sizeof(frame));
}

static void a_frame_without_a_type_breaks_the_protocol(void **state)
{
	expect_refusal(*state, "\0\0\0\0\0", 5);
}

static void a_frame_that_ends_early_breaks_the_protocol(void **state)
{
	static const uint8_t frame[] = {0, 0, 0, 9, FRAME_BODY, 'a'};

	expect_refusal(*state, frame, sizeof(frame));
}

static void a_peer_that_has_gone_is_noticed(void **state)
{
	struct ends *ends = *state;

	assert_false(link_abandoned(&ends->here));
	shutdown(ends->there.fd, SHUT_RDWR);
	assert_true(link_abandoned(&ends->here));
}

static void a_peer_of_another_version_is_refused_with_words(void **state)
{
	struct ends *ends = *state;
	enum frame_type type;
	struct reader payload;

	assert_int_equal(link_send(&ends->here, FRAME_HELLO, "batchd link\0\x7f\xff", 14), 0);
	assert_int_equal(link_flush(&ends->here), 0);
	assert_int_equal(link_accept(&ends->there), ERR_LINK);
	assert_int_equal(link_receive(&ends->here, &type, &payload), 0);
	assert_int_equal(type, FRAME_REFUSED);
	assert_true(reader_left(&payload) > 20);
}

static const char *const params[] = {"id-1", ""};
static struct pair query[] = {
	{"sortBy", "startTime"},
        {"x",      ""         },
        {"sortBy", "\xc3\xa9" }
};

static const struct call sample = {
	.operation = 77,
	.user = NULL,
	.accept = "application/json",
	.base = "http://host/engine-rest",
	.type = "",
	.param_count = 2,
	.params = (const char **)(uintptr_t)params,
	.query_count = 3,
	.query = query,
};

static void a_call_is_read_as_it_was_written(void **state)
{
	struct ends *ends = *state;
	struct buffer buffer;
	struct reader reader;
	struct call call;
	size_t i;

	buffer_init(&buffer);
	call_encode(&buffer, &sample);
	reader = reader_of(buffer.data, buffer.length);
	assert_int_equal(call_decode(&reader, &ends->arena, &call), 0);
	assert_int_equal(call.operation, 77);
	assert_null(call.user);
	assert_string_equal(call.base, sample.base);
	assert_int_equal(call.param_count, 2);
	assert_string_equal(call.params[0], "id-1");
	assert_string_equal(call.params[1], "");
	assert_int_equal(call.query_count, 3);
	for (i = 0; i < 3; i++) {
		assert_string_equal(call.query[i].name, query[i].name);
		assert_string_equal(call.query[i].value, query[i].value);
	}
	buffer_clear(&buffer);
}

static void a_call_cut_anywhere_is_refused(void **state)
{
	struct ends *ends = *state;
	struct buffer buffer;
	struct call call;
	size_t size;

	buffer_init(&buffer);
	call_encode(&buffer, &sample);
	for (size = 0; size < buffer.length; size++) {
		struct reader reader = reader_of(buffer.data, size);

		assert_int_equal(call_decode(&reader, &ends->arena, &call), ERR_LINK);
	}
	buffer_clear(&buffer);
}

static void an_answer_head_is_read_as_it_was_written(void **state)
{
	struct ends *ends = *state;
	struct pair header = {"Allow", "GET"};
	struct answer_head head = {405, "application/json", 1, &header}, again;
	struct buffer buffer;
	struct reader reader;

	buffer_init(&buffer);
	answer_head_encode(&buffer, &head);
	reader = reader_of(buffer.data, buffer.length);
	assert_int_equal(answer_head_decode(&reader, &ends->arena, &again), 0);
	assert_int_equal(again.status, 405);
	assert_string_equal(again.type, "application/json");
	assert_int_equal(again.header_count, 1);
	assert_string_equal(again.headers[0].value, "GET");
	buffer_clear(&buffer);
}

/* A call with a body, as it goes over the wire. */
static void write_call(struct buffer *wire)
{
	struct link link;
	struct buffer call;

	link_init(&link, -1);
	buffer_init(&call);
	call_encode(&call, &sample);
	link_send(&link, FRAME_CALL, call.data, call.length);
	link_send(&link, FRAME_BODY, "{}", 2);
	link_send(&link, FRAME_END, NULL, 0);
	buffer_put(wire, link.out.data, link.out.length);
	buffer_clear(&call);
	link_clear(&link);
}

static void a_call_is_at_hand_when_its_end_is(void **state)
{
	struct ends *ends = *state;
	struct buffer wire;
	size_t i;

	buffer_init(&wire);
	write_call(&wire);
	assert_int_equal(link_take_in(&ends->there), 0);
	for (i = 0; i < wire.length; i++) {
		assert_int_equal(link_call_at_hand(&ends->there), -1);
		assert_int_equal(send(ends->here.fd, wire.data + i, 1, 0), 1);
		assert_int_equal(link_await(&ends->there), 0);
		assert_int_equal(link_take_in(&ends->there), 0);
	}
	assert_int_equal(link_call_at_hand(&ends->there), 77);
	buffer_clear(&wire);
	shutdown(ends->here.fd, SHUT_WR);
	assert_int_equal(link_take_in(&ends->there), ERR_LINK);
}

static void what_is_no_call_is_none_at_hand(void **state)
{
	static const uint8_t wires[][7] = {
		{0,  0, 0,  1,    FRAME_END },
		{0,  0, 0,  0,    FRAME_CALL},
		{0,  0, 0,  2,    FRAME_CALL, 1},
		{0,  0,   0,   2,    FRAME_BODY,           1},
		{0xff, 0xff,  0xff, 0xff, FRAME_CALL},
	};
	struct ends *ends = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wires); i++) {
		ends->there.in.length = 0;
		assert_int_equal(send(ends->here.fd, wires[i], sizeof(wires[i]), 0), 7);
		assert_int_equal(link_take_in(&ends->there), 0);
		assert_int_equal(link_call_at_hand(&ends->there), -1);
	}
}

static void a_held_link_keeps_what_is_sent(void **state)
{
	struct ends *ends = *state;
	uint8_t byte;

	ends->here.held = true;
	assert_int_equal(link_send(&ends->here, FRAME_END, "", 0), 0);
	assert_int_equal(link_flush(&ends->here), 0);
	assert_int_equal(recv(ends->there.fd, &byte, 1, MSG_DONTWAIT), -1);
	ends->here.held = false;
	assert_int_equal(link_flush(&ends->here), 0);
	assert_int_equal(recv(ends->there.fd, &byte, 1, MSG_DONTWAIT), 1);
}

static void what_the_socket_does_not_take_is_left(void **state)
{
	static uint8_t bytes[FRAME_MAX];
	struct ends *ends = *state;
	enum frame_type type;
	struct reader payload;
	bool left;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	ends->here.held = true;
	for (i = 0; i < 4; i++)
		assert_int_equal(link_send(&ends->here, FRAME_DATA, bytes, sizeof(bytes)), 0);
	assert_int_equal(link_flush_at_hand(&ends->here, &left), 0);
	assert_true(left);
	while (left) {
		assert_int_equal(link_take_in(&ends->there), 0);
		assert_int_equal(link_flush_at_hand(&ends->here, &left), 0);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(link_receive(&ends->there, &type, &payload), 0);
		assert_int_equal(reader_left(&payload), sizeof(bytes));
		assert_memory_equal(payload.at, bytes, sizeof(bytes));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_arrive_in_order_and_whole),
		TEST(an_unknown_type_breaks_the_protocol),
		TEST(a_frame_that_is_too_long_breaks_the_protocol),
		TEST(a_frame_without_a_type_breaks_the_protocol),
		TEST(a_frame_that_ends_early_breaks_the_protocol),
		TEST(a_peer_that_has_gone_is_noticed),
		TEST(a_peer_of_another_version_is_refused_with_words),
		TEST(a_call_is_read_as_it_was_written),
		TEST(a_call_cut_anywhere_is_refused),
		TEST(an_answer_head_is_read_as_it_was_written),
		TEST(a_call_is_at_hand_when_its_end_is),
		TEST(what_is_no_call_is_none_at_hand),
		TEST(a_held_link_keeps_what_is_sent),
		TEST(what_the_socket_does_not_take_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
