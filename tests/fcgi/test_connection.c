/* A web server's side of a FastCGI connection, well and badly behaved. */
#include "fcgi/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/log.h"

enum { TIMEOUT_MS = 20, LARGE = 600000 };

struct ends {
	struct connection connection;
	int ours, peer;
	struct buffer sent; /* what the peer has to say */
	struct buffer got;  /* what it read */
};

static int set_up(void **state)
{
	struct ends *ends = calloc(1, sizeof(*ends));
	int pair[2];

	log_setup("test", LOG_LEVEL_ERROR);
	if (!ends || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	ends->ours = pair[0];
	ends->peer = pair[1];
	fcntl(ends->ours, F_SETFL, O_NONBLOCK);
	connection_init(&ends->connection, TIMEOUT_MS, 7);
	*state = ends;
	return 0;
}

static int tear_down(void **state)
{
	struct ends *ends = *state;

	if (ends->connection.fd >= 0)
		close(ends->connection.fd);
	if (ends->peer >= 0)
		close(ends->peer);
	connection_clear(&ends->connection);
	buffer_clear(&ends->sent);
	buffer_clear(&ends->got);
	free(ends);
	return 0;
}

static void add(struct ends *ends, uint8_t type, uint16_t request, const void *content, size_t size,
		uint8_t padding)
{
	static const uint8_t nothing[255];
	FCGI_Header header = fcgi_header(type, request, size);

	header.paddingLength = padding;
	buffer_put(&ends->sent, &header, sizeof(header));
	buffer_put(&ends->sent, content, size);
	buffer_put(&ends->sent, nothing, padding);
}

static void add_begin(struct ends *ends, uint16_t request, uint8_t role)
{
	uint8_t body[8] = {0, role};

	add(ends, FCGI_BEGIN_REQUEST, request, body, sizeof(body), 0);
}

/* BEGIN_REQUEST and parameters, all in one record. */
static void add_head(struct ends *ends)
{
	add_begin(ends, 1, FCGI_RESPONDER);
	add(ends, FCGI_PARAMS, 1, "\1\2aBC\4\0none\1\1ax", 15, 3);
	add(ends, FCGI_PARAMS, 1, "", 0, 0);
}

static void say(struct ends *ends)
{
	assert_int_equal(send(ends->peer, ends->sent.data, ends->sent.length, 0),
			 ends->sent.length);
	ends->sent.length = 0;
}

static int open_after_saying(struct ends *ends)
{
	say(ends);
	return connection_open(&ends->connection, ends->ours);
}

/* What has come back so far. */
static void hear(struct ends *ends)
{
	for (;;) {
		ssize_t n =
			recv(ends->peer, buffer_reserve(&ends->got, 65536), 65536, MSG_DONTWAIT);

		if (n <= 0)
			return;
		ends->got.length += (size_t)n;
	}
}

/* The next record that came back; false at the end. Its content is at *RET_CONTENT. */
static bool next(struct ends *ends, size_t *at, struct fcgi_record *ret_record,
		 const uint8_t **ret_content)
{
	if (*at + FCGI_HEADER_LEN > ends->got.length)
		return false;
	assert_true(fcgi_record_decode(ends->got.data + *at, ret_record));
	*ret_content = ends->got.data + *at + FCGI_HEADER_LEN;
	*at += FCGI_HEADER_LEN + ret_record->length + ret_record->padding;
	assert_true(*at <= ends->got.length);
	return true;
}

/* Exactly these bytes came back. */
static void expect_heard(struct ends *ends, const void *bytes, size_t size)
{
	hear(ends);
	assert_int_equal(ends->got.length, size);
	assert_memory_equal(ends->got.data, bytes, size);
}

/* The request was ended, after words on FCGI_STDERR when WORDS is true. */
static void expect_ended(struct ends *ends, uint8_t status, bool words)
{
	struct fcgi_record record = {0};
	const uint8_t *content = NULL;
	bool said = false;
	size_t at = 0;

	hear(ends);
	while (next(ends, &at, &record, &content))
		if (record.type == FCGI_STDERR)
			said = record.length > 0;
	assert_int_equal(said, words);
	assert_int_equal(record.type, FCGI_END_REQUEST);
	assert_int_equal(content[4], status);
}

/* All of the body, as text. */
static char *body_of(struct ends *ends, int *ret_code)
{
	struct buffer body;
	const void *piece;
	size_t size;

	buffer_init(&body);
	while (!(*ret_code = connection_body(&ends->connection, &piece, &size)) && size)
		buffer_put(&body, piece, size);
	buffer_put_u8(&body, 0);
	return (char *)body.data;
}

static void expect_params(struct ends *ends)
{
	assert_string_equal(connection_param(&ends->connection, "a"), "BC");
	assert_string_equal(connection_param(&ends->connection, "none"), "");
	assert_null(connection_param(&ends->connection, "b"));
}

static void parameters_and_body_arrive(void **state)
{
	struct ends *ends = *state;
	char *body;
	int code;

	add_head(ends);
	add(ends, FCGI_STDIN, 1, "first ", 6, 0);
	add(ends, FCGI_STDIN, 1, "second", 6, 250);
	add(ends, FCGI_STDIN, 1, "", 0, 8);
	assert_int_equal(open_after_saying(ends), 0);
	expect_params(ends);
	body = body_of(ends, &code);
	assert_int_equal(code, 0);
	assert_string_equal(body, "first second");
	free(body);
}

static void *say_bytewise(void *arg)
{
	struct ends *ends = arg;
	size_t i;

	for (i = 0; i < ends->sent.length; i++)
		if (send(ends->peer, ends->sent.data + i, 1, 0) != 1)
			return arg;
	return NULL;
}

static void bytes_may_arrive_one_by_one(void **state)
{
	struct ends *ends = *state;
	pthread_t thread;
	void *failed;
	char *body;
	int code;

	ends->connection.timeout_ms = 10000;
	add_head(ends);
	add(ends, FCGI_STDIN, 1, "body", 4, 2);
	add(ends, FCGI_STDIN, 1, "", 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, say_bytewise, ends), 0);
	assert_int_equal(connection_open(&ends->connection, ends->ours), 0);
	body = body_of(ends, &code);
	pthread_join(thread, &failed);
	assert_null(failed);
	expect_params(ends);
	assert_int_equal(code, 0);
	assert_string_equal(body, "body");
	free(body);
}

static void a_parameter_may_be_cut_anywhere_by_records(void **state)
{
	static const char list[] = "\1\2aBC\4\0none";
	struct ends *ends = *state;
	size_t cut;

	for (cut = 1; cut < sizeof(list) - 1; cut++) {
		int pair[2];

		add_begin(ends, 1, FCGI_RESPONDER);
		add(ends, FCGI_PARAMS, 1, list, cut, 0);
		add(ends, FCGI_PARAMS, 1, list + cut, sizeof(list) - 1 - cut, 1);
		add(ends, FCGI_PARAMS, 1, "", 0, 0);
		assert_int_equal(open_after_saying(ends), 0);
		expect_params(ends);
		connection_close(&ends->connection);
		close(ends->peer);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		ends->ours = pair[0];
		ends->peer = pair[1];
		fcntl(ends->ours, F_SETFL, O_NONBLOCK);
	}
	close(ends->ours);
}

static struct iovec text_piece(const char *text)
{
	return connection_piece(text, strlen(text));
}

static void an_answer_is_stdout_and_an_end(void **state)
{
	static const char wanted[] = "\1\6\0\1\0\4\0\0head"
				     "\1\6\0\1\0\6\0\0bodyxy"
				     "\1\6\0\1\0\0\0\0"
				     "\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0";
	const struct iovec pieces[] = {text_piece("head"), text_piece("")};
	const struct iovec rest[] = {text_piece("body"), text_piece(""), text_piece("xy")};
	struct ends *ends = *state;

	add_head(ends);
	add(ends, FCGI_STDIN, 1, "", 0, 0);
	assert_int_equal(open_after_saying(ends), 0);
	assert_true(connection_write(&ends->connection, pieces, 2));
	assert_true(connection_finish(&ends->connection, rest, 3));
	assert_true(connection_finish(&ends->connection, NULL, 0));
	connection_close(&ends->connection);
	expect_heard(ends, wanted, sizeof(wanted));
}

static void *hear_all(void *arg)
{
	struct ends *ends = arg;
	ssize_t n;

	while ((n = recv(ends->peer, buffer_reserve(&ends->got, 65536), 65536, 0)) > 0)
		ends->got.length += (size_t)n;
	return NULL;
}

static void a_large_answer_goes_in_records(void **state)
{
	struct ends *ends = *state;
	uint8_t *text = malloc(LARGE);
	const struct iovec pieces[] = {text_piece("head"), connection_piece(text, LARGE)};
	struct fcgi_record record;
	const uint8_t *content;
	size_t i, at = 0, total = 0;
	pthread_t thread;

	for (i = 0; i < LARGE; i++)
		text[i] = (uint8_t)(i * 31 >> 3);
	ends->connection.timeout_ms = 10000;
	add_head(ends);
	add(ends, FCGI_STDIN, 1, "", 0, 0);
	assert_int_equal(open_after_saying(ends), 0);
	assert_int_equal(pthread_create(&thread, NULL, hear_all, ends), 0);
	assert_true(connection_finish(&ends->connection, pieces, 2));
	connection_close(&ends->connection);
	pthread_join(thread, NULL);
	while (next(ends, &at, &record, &content) && record.type == FCGI_STDOUT) {
		size_t skip = total ? 0 : 4;

		if (record.length)
			assert_memory_equal(content + skip, text + total + skip - 4,
					    record.length - skip);
		total += record.length;
	}
	assert_int_equal(total, LARGE + 4);
	assert_int_equal(record.type, FCGI_END_REQUEST);
	assert_int_equal(at, ends->got.length);
	free(text);
}

static void values_are_told_once_however_often_asked(void **state)
{
	static const char wanted[] = "\1\12\0\0\0\x23\0\0\16\1FCGI_MAX_CONNS7\17\1FCGI_MPXS_CONNS0";
	struct ends *ends = *state;
	struct buffer names;
	int i;

	buffer_init(&names);
	for (i = 0; i < 2000; i++)
		fcgi_pair_put(&names, FCGI_MPXS_CONNS, "");
	fcgi_pair_put(&names, FCGI_MAX_CONNS, "");
	fcgi_pair_put(&names, "FCGI_OTHER", "");
	add(ends, FCGI_GET_VALUES, 0, names.data, names.length, 4);
	buffer_clear(&names);
	add_head(ends);
	assert_int_equal(open_after_saying(ends), 0);
	expect_params(ends);
	expect_heard(ends, wanted, sizeof(wanted) - 1);
}

static void an_unknown_record_of_the_connection_is_answered(void **state)
{
	static const char wanted[] = "\1\13\0\0\0\10\0\0\x63\0\0\0\0\0\0";
	struct ends *ends = *state;

	add(ends, 99, 0, "whatever", 8, 1);
	add_head(ends);
	assert_int_equal(open_after_saying(ends), 0);
	expect_params(ends);
	expect_heard(ends, wanted, sizeof(wanted));
}

static void a_second_request_is_refused_beside_the_first(void **state)
{
	struct ends *ends = *state;
	char *body;
	int code;

	add_begin(ends, 1, FCGI_RESPONDER);
	add_begin(ends, 2, FCGI_RESPONDER);
	add(ends, FCGI_PARAMS, 2, "\1\1ax", 4, 0);
	add(ends, FCGI_PARAMS, 1, "\1\2aBC\4\0none", 11, 0);
	add(ends, FCGI_PARAMS, 1, "", 0, 0);
	add(ends, FCGI_STDIN, 2, "theirs", 6, 0);
	add(ends, FCGI_STDIN, 1, "ours", 4, 0);
	add(ends, FCGI_ABORT_REQUEST, 2, "", 0, 0);
	add(ends, FCGI_STDIN, 1, "", 0, 0);
	assert_int_equal(open_after_saying(ends), 0);
	expect_params(ends);
	body = body_of(ends, &code);
	assert_int_equal(code, 0);
	assert_string_equal(body, "ours");
	free(body);
	expect_ended(ends, FCGI_CANT_MPX_CONN, false);
}

static void another_role_is_refused(void **state)
{
	struct ends *ends = *state;

	add_begin(ends, 1, FCGI_FILTER);
	assert_int_equal(open_after_saying(ends), ERR_INPUT);
	expect_ended(ends, FCGI_UNKNOWN_ROLE, false);
}

static void what_is_malformed_ends_the_request_with_words(void **state)
{
	static const struct {
		uint8_t type;
		const char *content;
		size_t size;
	} cases[] = {
		{FCGI_PARAMS,        "\5\5abc",          5 },
		{FCGI_PARAMS,
		 "\xff\xff\xff\xf0\xff\xff\xff\xf0"
		 "abc",				  11},
		{FCGI_PARAMS,        "\1\3a\0bc",        6 },
		{FCGI_PARAMS,        "\2\1\0ab",         5 },
		{FCGI_STDIN,         "{}",               2 },
		{FCGI_DATA,          "x",                1 },
		{FCGI_STDOUT,        "",                 0 },
		{FCGI_BEGIN_REQUEST, "\0\1\0\0\0\0\0\0", 8 },
		{77,                 "",                 0 },
	};
	struct ends *ends = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		add_begin(ends, 1, FCGI_RESPONDER);
		add(ends, cases[i].type, 1, cases[i].content, cases[i].size, 0);
		add(ends, FCGI_PARAMS, 1, "", 0, 0);
		assert_int_equal(open_after_saying(ends), ERR_INPUT);
		expect_ended(ends, FCGI_REQUEST_COMPLETE, true);
		ends->got.length = 0;
	}
}

static void what_is_malformed_before_a_request_is_not_answered(void **state)
{
	struct ends *ends = *state;

	add_begin(ends, 1, FCGI_RESPONDER);
	ends->sent.data[0] = 9;
	assert_int_equal(open_after_saying(ends), ERR_INPUT);
	add(ends, FCGI_BEGIN_REQUEST, 1, "\0\1", 2, 0);
	assert_int_equal(open_after_saying(ends), ERR_INPUT);
	add(ends, FCGI_GET_VALUES, 0, "\xff\0\0\0", 4, 0);
	assert_int_equal(open_after_saying(ends), ERR_INPUT);
	expect_heard(ends, "", 0);
}

static void parameters_are_bounded(void **state)
{
	struct ends *ends = *state;
	int i;

	add_begin(ends, 1, FCGI_RESPONDER);
	for (i = 0; i <= PARAMS_MAX; i++)
		add(ends, FCGI_PARAMS, 1, "\1\1ax", 4, 0);
	add(ends, FCGI_PARAMS, 1, "", 0, 0);
	assert_int_equal(open_after_saying(ends), ERR_INPUT);
	expect_ended(ends, FCGI_REQUEST_COMPLETE, true);
}

static void *say_too_much(void *arg)
{
	static const uint8_t content[65535];
	struct ends *ends = arg;
	FCGI_Header header = fcgi_header(FCGI_PARAMS, 1, sizeof(content));

	while (send(ends->peer, &header, sizeof(header), MSG_NOSIGNAL) == sizeof(header) &&
	       send(ends->peer, content, sizeof(content), MSG_NOSIGNAL) == sizeof(content))
		;
	return NULL;
}

static void parameters_without_end_are_given_up(void **state)
{
	struct ends *ends = *state;
	pthread_t thread;

	ends->connection.timeout_ms = 10000;
	add_begin(ends, 1, FCGI_RESPONDER);
	say(ends);
	assert_int_equal(pthread_create(&thread, NULL, say_too_much, ends), 0);
	assert_int_equal(connection_open(&ends->connection, ends->ours), ERR_INPUT);
	assert_true(ends->connection.list.length <= PARAMS_SIZE_MAX);
	shutdown(ends->peer, SHUT_RDWR);
	pthread_join(thread, NULL);
}

static void a_silent_peer_is_given_up(void **state)
{
	struct ends *ends = *state;

	assert_int_equal(connection_open(&ends->connection, ends->ours), ERR_LINK);
	add_begin(ends, 1, FCGI_RESPONDER);
	ends->sent.length = 5;
	assert_int_equal(open_after_saying(ends), ERR_LINK);
}

static void an_aborted_request_ends_at_once(void **state)
{
	struct ends *ends = *state;
	char *body;
	int code;

	add_begin(ends, 1, FCGI_RESPONDER);
	add(ends, FCGI_ABORT_REQUEST, 1, "", 0, 0);
	assert_int_equal(open_after_saying(ends), ERR_STOPPED);
	expect_ended(ends, FCGI_REQUEST_COMPLETE, false);

	add_head(ends);
	add(ends, FCGI_STDIN, 1, "part", 4, 0);
	add(ends, FCGI_ABORT_REQUEST, 1, "", 0, 0);
	assert_int_equal(open_after_saying(ends), 0);
	body = body_of(ends, &code);
	assert_int_equal(code, ERR_STOPPED);
	assert_true(ends->connection.aborted);
	free(body);
}

static void a_body_that_breaks_off_is_noticed(void **state)
{
	struct ends *ends = *state;
	const void *piece;
	size_t size;
	char *body;
	int code;

	add_head(ends);
	add(ends, FCGI_STDIN, 1, "part", 4, 0);
	assert_int_equal(open_after_saying(ends), 0);
	shutdown(ends->peer, SHUT_WR);
	body = body_of(ends, &code);
	assert_int_equal(code, ERR_LINK);
	assert_string_equal(body, "part");
	assert_int_equal(connection_body(&ends->connection, &piece, &size), ERR_LINK);
	free(body);
}

static void a_peer_that_waits_has_not_gone(void **state)
{
	struct ends *ends = *state;

	add_head(ends);
	assert_int_equal(open_after_saying(ends), 0);
	assert_false(connection_gone(&ends->connection));
	assert_int_equal(connection_events(&ends->connection), POLLIN);
	add(ends, FCGI_STDIN, 1, "late", 4, 0);
	add(ends, FCGI_STDIN, 1, "", 0, 0);
	say(ends);
	assert_false(connection_gone(&ends->connection));
	assert_true(ends->connection.body_ended);
	shutdown(ends->peer, SHUT_WR);
	assert_false(connection_gone(&ends->connection));
	assert_int_equal(connection_events(&ends->connection), 0);
}

static void a_peer_that_aborts_or_closes_has_gone(void **state)
{
	struct ends *ends = *state;

	add_head(ends);
	assert_int_equal(open_after_saying(ends), 0);
	add(ends, FCGI_ABORT_REQUEST, 1, "", 0, 0);
	say(ends);
	assert_true(connection_gone(&ends->connection));
	assert_true(ends->connection.aborted);

	add_head(ends);
	assert_int_equal(open_after_saying(ends), 0);
	assert_false(connection_gone(&ends->connection));
	close(ends->peer);
	ends->peer = -1;
	assert_true(connection_gone(&ends->connection));
	assert_false(ends->connection.aborted);
}

static void an_early_answer_is_not_lost(void **state)
{
	static const uint8_t content[60000];
	const struct iovec answer = text_piece("no");
	struct ends *ends = *state;

	/* more than is received at once */
	add_head(ends);
	add(ends, FCGI_STDIN, 1, content, sizeof(content), 0);
	add(ends, FCGI_STDIN, 1, content, sizeof(content), 0);
	assert_int_equal(open_after_saying(ends), 0);
	shutdown(ends->peer, SHUT_WR);
	assert_true(connection_finish(&ends->connection, &answer, 1));
	connection_close(&ends->connection);
	expect_ended(ends, FCGI_REQUEST_COMPLETE, false);
	assert_int_equal(recv(ends->peer, ends->got.data, 1, 0), 0);
}

static void a_cut_answer_has_no_end(void **state)
{
	const struct iovec answer = text_piece("part");
	struct ends *ends = *state;

	add_head(ends);
	add(ends, FCGI_STDIN, 1, "", 0, 0);
	assert_int_equal(open_after_saying(ends), 0);
	assert_true(connection_write(&ends->connection, &answer, 1));
	connection_close(&ends->connection);
	expect_heard(ends, "\1\6\0\1\0\4\0\0part", 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(parameters_and_body_arrive),
		TEST(bytes_may_arrive_one_by_one),
		TEST(a_parameter_may_be_cut_anywhere_by_records),
		TEST(an_answer_is_stdout_and_an_end),
		TEST(a_large_answer_goes_in_records),
		TEST(values_are_told_once_however_often_asked),
		TEST(an_unknown_record_of_the_connection_is_answered),
		TEST(a_second_request_is_refused_beside_the_first),
		TEST(another_role_is_refused),
		TEST(what_is_malformed_ends_the_request_with_words),
		TEST(what_is_malformed_before_a_request_is_not_answered),
		TEST(parameters_are_bounded),
		TEST(parameters_without_end_are_given_up),
		TEST(a_silent_peer_is_given_up),
		TEST(an_aborted_request_ends_at_once),
		TEST(a_body_that_breaks_off_is_noticed),
		TEST(a_peer_that_waits_has_not_gone),
		TEST(a_peer_that_aborts_or_closes_has_gone),
		TEST(an_early_answer_is_not_lost),
		TEST(a_cut_answer_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
