/* Calls under way: listed, stopped, and left alone by their callers. */
#include "core/request/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/link/operation.h"
#include "storage/error.h"

struct fixture {
	struct running_list list;
	struct running_call running;
	struct call call;
	struct link link;
	struct arena arena;
	int caller;
};

static int set_up(void **state)
{
	static struct fixture fixture;
	struct fixture *f = &fixture;
	int pair[2];

	memset(f, 0, sizeof(*f));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	link_init(&f->link, pair[0]);
	f->caller = pair[1];
	f->call.user = "demo";
	arena_init(&f->arena);
	running_init(&f->list);
	running_begin(&f->list, &f->running, &f->call, &f->link);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->list.first)
		running_end(&f->running);
	running_clear(&f->list);
	link_clear(&f->link);
	if (f->caller >= 0)
		close(f->caller);
	arena_clear(&f->arena);
	return 0;
}

/* Asks until the call looks at its link again. */
static int ask(struct fixture *f)
{
	f->running.look_at = 0;
	return running_stopped(&f->running);
}

static void calls_are_listed_while_they_run(void **state)
{
	struct fixture *f = *state;
	struct running_call other;
	struct call backup = {.operation = ADMIN_BACKUP};
	struct running_view *views;
	size_t count;

	running_begin(&f->list, &other, &backup, &f->link);
	assert_int_equal(running_stopped(&f->running), 0);
	views = running_look(&f->list, &f->arena, &count);
	assert_int_equal(count, 2);
	assert_string_equal(views[0].method, method_names[operation_table(&count)[0].method]);
	assert_string_equal(views[0].path, operation_table(&count)[0].path);
	assert_string_equal(views[0].user, "demo");
	assert_int_equal(views[0].steps, 1);
	assert_false(views[0].stopped);
	assert_string_equal(views[1].method, "batchctl");
	assert_string_equal(views[1].path, "backup");
	assert_null(views[1].user);
	assert_true(views[0].id < views[1].id);
	running_end(&other);
	running_look(&f->list, &f->arena, &count);
	assert_int_equal(count, 1);
	running_end(&f->running);
	running_look(&f->list, &f->arena, &count);
	assert_int_equal(count, 0);
}

static void every_command_has_a_name(void **state)
{
	uint16_t number;

	(void)state;
	for (number = CALL_ADMIN; number < ADMIN_MAX; number++) {
		struct call call = {.operation = number};
		struct running_call running = {.call = &call};

		assert_non_null(running_view(&running).path);
	}
}

static void a_stopped_call_is_told(void **state)
{
	struct fixture *f = *state;
	char byte;

	assert_int_equal(running_stop(&f->list, f->running.id + 1), ERR_NOT_FOUND);
	assert_int_equal(ask(f), 0);
	assert_int_equal(running_stop(&f->list, f->running.id), 0);
	assert_int_equal(running_stopped(&f->running), ERR_STOPPED);
	assert_false(f->running.gone);
	/* it may still answer */
	assert_int_equal(send(f->link.fd, "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(recv(f->caller, &byte, 1, 0), 1);
}

static void a_stopped_call_that_answers_is_cut(void **state)
{
	struct fixture *f = *state;
	char byte;

	atomic_store(&f->running.begun, true);
	assert_int_equal(running_stop(&f->list, 0), 0);
	assert_int_equal(recv(f->caller, &byte, 1, 0), 0);
	assert_int_equal(send(f->link.fd, "x", 1, MSG_NOSIGNAL), -1);
}

static void a_caller_that_has_gone_is_noticed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f), 0);
	shutdown(f->caller, SHUT_WR); /* sends no more, but listens */
	assert_int_equal(ask(f), 0);
	close(f->caller);
	f->caller = -1;
	assert_int_equal(ask(f), ERR_STOPPED);
	assert_true(f->running.gone);
}

static void our_own_refusal_to_read_is_no_reason_to_stop(void **state)
{
	struct fixture *f = *state;

	shutdown(f->link.fd, SHUT_RD); /* what the server does when it ends */
	assert_int_equal(ask(f), 0);
}

static void nobodys_call_is_never_stopped(void **state)
{
	(void)state;
	assert_int_equal(running_stopped(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(calls_are_listed_while_they_run),
		TEST(every_command_has_a_name),
		TEST(a_stopped_call_is_told),
		TEST(a_stopped_call_that_answers_is_cut),
		TEST(a_caller_that_has_gone_is_noticed),
		TEST(our_own_refusal_to_read_is_no_reason_to_stop),
		TEST(nobodys_call_is_never_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
