/* Conversations over the socket: questions, and commands, that share a lane. */
#include "core/api/server.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/link/frame.h"
#include "storage/clock.h"
#include "storage/store_internal.h"
#include "tests/core/engine_fixture.h"
#include "tests/core/operation_number.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* PIPELINED: so many that their answers do not fit into the socket together. */
enum { CONVERSATIONS = 8, VARIABLES = 40, PIPELINED = 1000, PATIENCE_SECONDS = 120 };

static const char COMMAND[] = "/task/{id}/localVariables/{varName}";
static struct server *server;

static void converse_with(struct engine_fixture *f, struct link *link)
{
	struct timeval patience = {PATIENCE_SECONDS, 0};
	struct arena arena;
	const char *refusal;

	arena_init(&arena);
	assert_int_equal(link_connect(link, &arena, f->config.socket,
				      &(struct link_manner){.seats = 1}, &refusal),
			 0);
	assert_null(refusal);
	setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	arena_clear(&arena);
}

static void queue_call(struct link *link, const char *method, const char *path)
{
	static atomic_uint number;
	char name[32];
	const char *params[] = {"task", name};
	struct call call = {.operation = operation_number(method, path),
			    .accept = "application/json",
			    .base = "",
			    .type = "application/json",
			    .param_count =
				    strstr(path, "{id}") ? strstr(path, "{varName}") ? 2 : 1 : 0,
			    .params = params};
	struct buffer buffer;

	snprintf(name, sizeof(name), "v%u", atomic_fetch_add(&number, 1));
	buffer_init(&buffer);
	call_encode(&buffer, &call);
	link_send(link, FRAME_CALL, buffer.data, buffer.length);
	buffer_clear(&buffer);
}

static void queue(struct link *link, const char *method, const char *path, const char *body)
{
	queue_call(link, method, path);
	if (body)
		link_send(link, FRAME_BODY, body, strlen(body));
	link_send(link, FRAME_END, NULL, 0);
}

/* The status of the next answer, and what it says. */
static int read_answer(struct link *link, char *text, size_t size)
{
	struct answer_head head = {0};
	enum frame_type type;
	struct reader payload;
	struct arena arena;

	arena_init(&arena);
	*text = 0;
	do {
		if (link_receive(link, &type, &payload))
			return -1;
		if (type == FRAME_ANSWER && answer_head_decode(&payload, &arena, &head))
			return -1;
		if (type == FRAME_DATA)
			snprintf(text, size, "%.*s", (int)reader_left(&payload),
				 (const char *)payload.at);
	} while (type != FRAME_DONE);
	arena_clear(&arena);
	return head.status;
}

static int ask(struct link *link, const char *method, const char *path, const char *body,
	       char *text, size_t size)
{
	queue(link, method, path, body);
	return link_flush(link) ? -1 : read_answer(link, text, size);
}

/* What all variables are of. */
static int make_task(struct engine_fixture *f)
{
	struct link link;
	char text[1024];
	int status;

	converse_with(f, &link);
	status = ask(&link, "POST", "/task/create", "{\"id\":\"task\"}", text, sizeof(text));
	link_clear(&link);
	return status != 204;
}

static int set_up(void **state)
{
	struct engine_fixture *f;

	if (engine_fixture_set_up(state))
		return -1;
	f = *state;
	return server_open(&server, &f->engine, &f->arena, &f->error) || make_task(f);
}

static int tear_down(void **state)
{
	server_close(server, 0);
	return engine_fixture_tear_down(state);
}

/* A command: a variable of a new name. */
static int set_variable(struct link *link, const char *body)
{
	char text[1024];

	return ask(link, "PUT", COMMAND, body, text, sizeof(text));
}

static void expect_variables(struct link *link, int count)
{
	char text[1024], wanted[64];

	snprintf(wanted, sizeof(wanted), "{\"count\":%d}", count);
	assert_int_equal(ask(link, "GET", "/variable-instance/count", NULL, text, sizeof(text)),
			 200);
	assert_string_equal(text, wanted);
}

static void commands_and_questions_take_turns(void **state)
{
	struct link link;
	char text[1024];

	converse_with(*state, &link);
	expect_variables(&link, 0);
	assert_int_equal(set_variable(&link, "{\"value\":1}"), 204);
	assert_int_equal(set_variable(&link, "{\"value\":\"x\"}"), 204);
	expect_variables(&link, 2);
	assert_int_equal(set_variable(&link, "{\"value\":"), 400);
	assert_int_equal(set_variable(&link, "[]"), 400);
	assert_int_equal(set_variable(&link, "{\"value\":true}"), 204);
	expect_variables(&link, 3);
	assert_int_equal(ask(&link, "POST", "/task", "{\"sorting\":7}", text, sizeof(text)), 400);
	expect_variables(&link, 3);
	link_clear(&link);
}

static void *set_variables(void *arg)
{
	struct link link;
	intptr_t made = 0;
	int i;

	converse_with(arg, &link);
	for (i = 0; i < VARIABLES; i++)
		made += set_variable(&link, "{\"value\":1}") == 204;
	link_clear(&link);
	return (void *)made;
}

static void many_share_the_lane(void **state)
{
	struct engine_fixture *f = *state;
	pthread_t threads[CONVERSATIONS];
	struct link link;
	void *made;
	int i;

	for (i = 0; i < CONVERSATIONS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, set_variables, f), 0);
	for (i = 0; i < CONVERSATIONS; i++) {
		pthread_join(threads[i], &made);
		assert_int_equal((intptr_t)made, VARIABLES);
	}
	converse_with(f, &link);
	expect_variables(&link, CONVERSATIONS * VARIABLES);
	link_clear(&link);
}

static void what_is_answered_is_on_disk(void **state)
{
	struct engine_fixture *f = *state;
	struct turn *turn = &f->engine.store->turn;
	struct link link;
	int i;

	converse_with(f, &link);
	for (i = 0; i < VARIABLES; i++) {
		assert_int_equal(set_variable(&link, "{\"value\":1}"), 204);
		pthread_mutex_lock(&turn->mutex);
		assert_int_equal(turn->on_disk, turn->committed);
		assert_true(turn->committed > 0);
		pthread_mutex_unlock(&turn->mutex);
	}
	link_clear(&link);
}

static void half_a_command_waits_for_the_rest(void **state)
{
	struct link half, other;
	char text[1024];

	converse_with(*state, &half);
	converse_with(*state, &other);
	assert_int_equal(set_variable(&half, "{\"value\":1}"), 204); /* it is in the lane now */
	queue_call(&half, "PUT", COMMAND);
	link_send(&half, FRAME_BODY, "{\"value\":", 9);
	assert_int_equal(link_flush(&half), 0);
	assert_int_equal(set_variable(&other, "{\"value\":1}"), 204);
	expect_variables(&other, 2);
	link_send(&half, FRAME_BODY, "1}", 2);
	link_send(&half, FRAME_END, NULL, 0);
	assert_int_equal(link_flush(&half), 0);
	assert_int_equal(read_answer(&half, text, sizeof(text)), 204);
	expect_variables(&other, 3);
	link_clear(&half);
	link_clear(&other);
}

static void who_asks_before_he_reads_gets_all_answers(void **state)
{
	struct link link;
	char text[1024];
	int i;

	converse_with(*state, &link);
	link.held = true; /* the calls go out together */
	for (i = 0; i < PIPELINED; i++)
		queue(&link, "PUT", COMMAND, i % 100 ? "[]" : "{\"value\":1}");
	link.held = false;
	assert_int_equal(link_flush(&link), 0);
	for (i = 0; i < PIPELINED; i++)
		assert_int_equal(read_answer(&link, text, sizeof(text)), i % 100 ? 400 : 204);
	expect_variables(&link, PIPELINED / 100);
	link_clear(&link);
}

static void who_goes_away_harms_nobody(void **state)
{
	struct link link, going;
	int i;

	converse_with(*state, &link);
	for (i = 0; i < VARIABLES; i++) {
		converse_with(*state, &going);
		if (i % 2)
			assert_int_equal(set_variable(&going, "[]"), 400);
		queue(&going, "PUT", COMMAND, "[]");
		assert_int_equal(link_flush(&going), 0);
		link_clear(&going);
		assert_int_equal(set_variable(&link, "{\"value\":1}"), 204);
	}
	expect_variables(&link, VARIABLES);
	link_clear(&link);
}

static void who_finds_no_room_is_told_so(void **state)
{
	static const struct link_manner manner = {.seats = 1};
	struct engine_fixture *f = *state;
	struct link links[CONVERSATIONS], more;
	struct arena arena;
	const char *refusal;
	int64_t last;
	int i;

	arena_init(&arena);
	f->config.threads = CONVERSATIONS;
	for (i = 0; i < CONVERSATIONS; i++)
		converse_with(f, &links[i]);
	assert_int_equal(link_connect(&more, &arena, f->config.socket, &manner, &refusal),
			 ERR_BUSY);
	assert_null(refusal);
	link_clear(&links[0]);
	/* its thread needs a moment to notice */
	last = clock_monotonic_us() + PATIENCE_SECONDS * INT64_C(1000000);
	while ((i = link_connect(&more, &arena, f->config.socket, &manner, &refusal)) == ERR_BUSY)
		assert_true(clock_monotonic_us() < last);
	assert_int_equal(i, 0);
	link_clear(&more);
	for (i = 1; i < CONVERSATIONS; i++)
		link_clear(&links[i]);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commands_and_questions_take_turns),
		TEST(many_share_the_lane),
		TEST(what_is_answered_is_on_disk),
		TEST(half_a_command_waits_for_the_rest),
		TEST(who_asks_before_he_reads_gets_all_answers),
		TEST(who_goes_away_harms_nobody),
		TEST(who_finds_no_room_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
