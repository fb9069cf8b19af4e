/* Conversations over the socket: questions, and commands, that share a lane. */
#include "core/api/server.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/link/frame.h"
#include "storage/store_internal.h"
#include "tests/core/engine_fixture.h"
#include "tests/core/operation_number.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* PIPELINED: so many that their answers do not fit into the socket together. */
enum { CONVERSATIONS = 8, TASKS = 40, PIPELINED = 1000, PATIENCE_SECONDS = 120 };

static struct server *server;

static int set_up(void **state)
{
	struct engine_fixture *f;

	if (engine_fixture_set_up(state))
		return -1;
	f = *state;
	return server_open(&server, &f->engine, &f->arena, &f->error);
}

static int tear_down(void **state)
{
	server_close(server, 0);
	return engine_fixture_tear_down(state);
}

static void converse_with(struct engine_fixture *f, struct link *link)
{
	struct timeval patience = {PATIENCE_SECONDS, 0};
	struct arena arena;
	const char *refusal;

	arena_init(&arena);
	assert_int_equal(link_connect(link, &arena, f->config.socket, &refusal), 0);
	assert_null(refusal);
	setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	arena_clear(&arena);
}

static void queue_call(struct link *link, const char *method, const char *path)
{
	struct call call = {.operation = operation_number(method, path),
			    .accept = "application/json",
			    .base = "",
			    .type = "application/json"};
	struct buffer buffer;

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

static int make_task(struct link *link, const char *body)
{
	char text[1024];

	return ask(link, "POST", "/task/create", body, text, sizeof(text));
}

static void expect_tasks(struct link *link, int count)
{
	char text[1024], wanted[64];

	snprintf(wanted, sizeof(wanted), "{\"count\":%d}", count);
	assert_int_equal(ask(link, "GET", "/task/count", NULL, text, sizeof(text)), 200);
	assert_string_equal(text, wanted);
}

static void commands_and_questions_take_turns(void **state)
{
	struct link link;
	char text[1024];

	converse_with(*state, &link);
	expect_tasks(&link, 0);
	assert_int_equal(make_task(&link, "{}"), 204);
	assert_int_equal(make_task(&link, "{\"id\":\"second\"}"), 204);
	expect_tasks(&link, 2);
	assert_int_equal(make_task(&link, "{\"id\":"), 400);
	assert_int_equal(make_task(&link, "{\"id\":\"second\"}"), 400);
	assert_int_equal(make_task(&link, "{\"priority\":7}"), 204);
	expect_tasks(&link, 3);
	assert_int_equal(ask(&link, "POST", "/task", "{\"sorting\":7}", text, sizeof(text)), 400);
	expect_tasks(&link, 3);
	link_clear(&link);
}

static void *make_tasks(void *arg)
{
	struct link link;
	intptr_t made = 0;
	int i;

	converse_with(arg, &link);
	for (i = 0; i < TASKS; i++)
		made += make_task(&link, "{}") == 204;
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
		assert_int_equal(pthread_create(&threads[i], NULL, make_tasks, f), 0);
	for (i = 0; i < CONVERSATIONS; i++) {
		pthread_join(threads[i], &made);
		assert_int_equal((intptr_t)made, TASKS);
	}
	converse_with(f, &link);
	expect_tasks(&link, CONVERSATIONS * TASKS);
	link_clear(&link);
}

static void what_is_answered_is_on_disk(void **state)
{
	struct engine_fixture *f = *state;
	struct turn *turn = &f->engine.store->turn;
	struct link link;
	int i;

	converse_with(f, &link);
	for (i = 0; i < TASKS; i++) {
		assert_int_equal(make_task(&link, "{}"), 204);
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
	assert_int_equal(make_task(&half, "{}"), 204); /* it is in the lane now */
	queue_call(&half, "POST", "/task/create");
	link_send(&half, FRAME_BODY, "{", 1);
	assert_int_equal(link_flush(&half), 0);
	assert_int_equal(make_task(&other, "{}"), 204);
	expect_tasks(&other, 2);
	link_send(&half, FRAME_BODY, "}", 1);
	link_send(&half, FRAME_END, NULL, 0);
	assert_int_equal(link_flush(&half), 0);
	assert_int_equal(read_answer(&half, text, sizeof(text)), 204);
	expect_tasks(&other, 3);
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
		queue(&link, "POST", "/task/create", i % 100 ? "[]" : "{}");
	link.held = false;
	assert_int_equal(link_flush(&link), 0);
	for (i = 0; i < PIPELINED; i++)
		assert_int_equal(read_answer(&link, text, sizeof(text)), i % 100 ? 400 : 204);
	expect_tasks(&link, PIPELINED / 100);
	link_clear(&link);
}

static void who_goes_away_harms_nobody(void **state)
{
	struct link link, going;
	int i;

	converse_with(*state, &link);
	for (i = 0; i < TASKS; i++) {
		converse_with(*state, &going);
		if (i % 2)
			assert_int_equal(make_task(&going, "[]"), 400);
		queue(&going, "POST", "/task/create", "[]");
		assert_int_equal(link_flush(&going), 0);
		link_clear(&going);
		assert_int_equal(make_task(&link, "{}"), 204);
	}
	expect_tasks(&link, TASKS);
	link_clear(&link);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
