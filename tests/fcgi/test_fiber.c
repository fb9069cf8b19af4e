/* Fibers that wait for pipes, for each other's turns and for the end of their time. */
#include "fcgi/fiber.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/error.h"

enum { LONG_MS = 30000, SHORT_MS = 5, TURNS_MAX = 10000 };

/* What a fiber does, and what has become of it. */
struct reader_fiber {
	int from[2]; /* a pipe */
	int other[2];
	int ms;
	char said[16];
	int code, error;
	bool ended;
};

static char order[64]; /* who did something, one letter each */
static int turns;

static void note(char letter)
{
	order[strlen(order)] = letter;
}

static int set_up(void **state)
{
	struct fibers *fibers;

	memset(order, 0, sizeof(order));
	turns = 0;
	if (fibers_open(&fibers, 4))
		return -1;
	*state = fibers;
	return 0;
}

static int tear_down(void **state)
{
	fibers_close(*state);
	return 0;
}

static void open_pipes(struct reader_fiber *reader)
{
	assert_int_equal(pipe(reader->from), 0);
	assert_int_equal(pipe(reader->other), 0);
}

static void close_pipes(struct reader_fiber *reader)
{
	close(reader->from[0]);
	close(reader->from[1]);
	close(reader->other[0]);
	close(reader->other[1]);
}

static void say(const int *way, const char *text)
{
	assert_int_equal(write(way[1], text, strlen(text)), strlen(text));
}

/* A turn in which something has to happen; tells whether somebody is at the socket. */
static bool turn(struct fibers *fibers)
{
	bool called;

	assert_true(turns++ < TURNS_MAX);
	assert_int_equal(fibers_turn(fibers, LONG_MS, &called), 0);
	return called;
}

/* Turns until none runs. */
static void run_all(struct fibers *fibers)
{
	while (fibers_running(fibers))
		turn(fibers);
}

/* Turns until a fiber has done something that it notes. */
static void run_until_noted(struct fibers *fibers)
{
	while (!*order)
		turn(fibers);
}

static void read_one(void *arg)
{
	struct reader_fiber *reader = arg;

	reader->code = fiber_wait(reader->from[0], POLLIN, reader->ms);
	reader->error = errno;
	if (!reader->code)
		assert_true(read(reader->from[0], reader->said, sizeof(reader->said) - 1) > 0);
	reader->ended = true;
}

static void who_waits_lets_others_go_on(void **state)
{
	struct reader_fiber first = {.ms = LONG_MS}, second = {.ms = LONG_MS};
	struct fibers *fibers = *state;

	open_pipes(&first);
	open_pipes(&second);
	assert_int_equal(fibers_start(fibers, read_one, &first), 0);
	assert_false(first.ended);
	say(second.from, "two");
	assert_int_equal(fibers_start(fibers, read_one, &second), 0);
	while (!second.ended)
		turn(fibers);
	assert_string_equal(second.said, "two");
	assert_false(first.ended);
	say(first.from, "one");
	run_all(fibers);
	assert_string_equal(first.said, "one");
	close_pipes(&first);
	close_pipes(&second);
}

static void a_wait_ends_with_its_time(void **state)
{
	struct reader_fiber first = {.ms = SHORT_MS};

	open_pipes(&first);
	assert_int_equal(fibers_start(*state, read_one, &first), 0);
	run_all(*state);
	assert_int_equal(first.code, ERR_LINK);
	assert_int_equal(first.error, EAGAIN);
	close_pipes(&first);
}

static void outside_of_a_fiber_it_waits_as_poll_does(void **state)
{
	struct reader_fiber first = {.ms = SHORT_MS};

	(void)state;
	open_pipes(&first);
	read_one(&first);
	assert_int_equal(first.code, ERR_LINK);
	assert_int_equal(first.error, EAGAIN);
	say(first.from, "now");
	read_one(&first);
	assert_string_equal(first.said, "now");
	close_pipes(&first);
}

/* Waits for either way, then for the first alone. */
static void read_either(void *arg)
{
	struct reader_fiber *reader = arg;
	struct pollfd fds[2] = {
		{.fd = reader->from[0],  .events = POLLIN},
		{.fd = reader->other[0], .events = POLLIN},
	};

	assert_int_equal(fiber_poll(fds, 2, LONG_MS), 1);
	assert_int_equal(fds[0].revents, POLLIN);
	assert_int_equal(fds[1].revents, 0);
	assert_true(read(reader->from[0], reader->said, 1) == 1);
	note('e');
	reader->code = fiber_wait(reader->from[0], POLLIN, reader->ms);
	reader->ended = true;
}

static void of_two_it_says_which(void **state)
{
	struct reader_fiber first = {.ms = LONG_MS};

	open_pipes(&first);
	assert_int_equal(fibers_start(*state, read_either, &first), 0);
	say(first.from, "x");
	run_until_noted(*state);
	say(first.from, "y");
	run_all(*state);
	assert_int_equal(first.code, 0);
	close_pipes(&first);
}

static void what_is_no_longer_waited_for_wakes_nobody(void **state)
{
	struct reader_fiber first = {.ms = 10 * SHORT_MS};

	open_pipes(&first);
	assert_int_equal(fibers_start(*state, read_either, &first), 0);
	say(first.from, "x");
	run_until_noted(*state);
	say(first.other, "y");
	run_all(*state);
	assert_int_equal(first.code, ERR_LINK);
	close_pipes(&first);
}

static void go_and_yield(void *arg)
{
	int i;

	for (i = 0; i < 3; i++) {
		note(*(const char *)arg);
		fiber_yield();
	}
}

static void who_yields_takes_turns(void **state)
{
	assert_int_equal(fibers_start(*state, go_and_yield, (void *)(uintptr_t) "a"), 0);
	assert_int_equal(fibers_start(*state, go_and_yield, (void *)(uintptr_t) "b"), 0);
	run_all(*state);
	assert_string_equal(order, "ababab");
}

static void there_is_room_for_so_many(void **state)
{
	struct reader_fiber readers[4];
	struct fibers *fibers = *state;
	int i;

	for (i = 0; i < 4; i++) {
		readers[i] = (struct reader_fiber){.ms = LONG_MS};
		open_pipes(&readers[i]);
		assert_int_equal(fibers_room(fibers), 4 - i);
		assert_int_equal(fibers_start(fibers, read_one, &readers[i]), 0);
	}
	assert_int_equal(fibers_room(fibers), 0);
	say(readers[2].from, "z");
	while (!fibers_room(fibers))
		turn(fibers);
	assert_true(readers[2].ended);
	assert_int_equal(fibers_running(fibers), 3);
	for (i = 0; i < 4; i++)
		say(readers[i].from, "z");
	run_all(fibers);
	for (i = 0; i < 4; i++)
		close_pipes(&readers[i]);
}

static void stacks_are_used_again(void **state)
{
	int i;

	for (i = 0; i < 1000; i++) {
		memset(order, 0, sizeof(order));
		assert_int_equal(fibers_start(*state, go_and_yield, (void *)(uintptr_t) "a"), 0);
		run_all(*state);
		assert_string_equal(order, "aaa");
	}
}

static int listen_anywhere(struct sockaddr_un *address, socklen_t *size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX}; /* a name of the kernel's choice */
	*size = sizeof(*address);
	assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, size), 0);
	return fd;
}

static void somebody_at_the_socket_is_told(void **state)
{
	struct sockaddr_un address;
	socklen_t size;
	int fd = listen_anywhere(&address, &size), client = socket(AF_UNIX, SOCK_STREAM, 0);
	bool called;

	assert_int_equal(fibers_watch(*state, fd), 0);
	assert_int_equal(fibers_turn(*state, SHORT_MS, &called), 0);
	assert_false(called);
	assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
	assert_true(turn(*state));
	assert_int_equal(fibers_watch(*state, -1), 0);
	assert_int_equal(fibers_turn(*state, SHORT_MS, &called), 0);
	assert_false(called);
	assert_int_equal(fibers_watch(*state, fd), 0);
	assert_true(turn(*state));
	close(client);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_waits_lets_others_go_on),
		TEST(a_wait_ends_with_its_time),
		TEST(outside_of_a_fiber_it_waits_as_poll_does),
		TEST(of_two_it_says_which),
		TEST(what_is_no_longer_waited_for_wakes_nobody),
		TEST(who_yields_takes_turns),
		TEST(there_is_room_for_so_many),
		TEST(stacks_are_used_again),
		TEST(somebody_at_the_socket_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
