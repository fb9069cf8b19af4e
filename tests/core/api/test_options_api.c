/* Links of OPTIONS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "tests/core/history_fixture.h"
#include "tests/core/operation_number.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

static const char *links_of(struct engine_fixture *fixture, const char *path, const char *id)
{
	struct request request = history_fixture_request(fixture, NULL, NULL);
	struct call *call = arena_copy(&fixture->arena, request.call, sizeof(*call));
	const char *answer;

	call->operation = operation_number("OPTIONS", path);
	call->base = "http://h/engine-rest";
	call->params = &id;
	call->param_count = 1;
	request.call = call;
	assert_int_equal(handler_of(call->operation)(&request), 0);
	answer = arena_strndup(&fixture->arena, (const char *)request.writer.buffer.data,
			       request.writer.buffer.length);
	json_writer_clear(&request.writer);
	return answer;
}

static void lists_link_to_what_can_be_done(void **state)
{
	assert_string_equal(
		links_of(*state, "/user", NULL),
		"{\"links\":[{\"method\":\"GET\",\"href\":\"http://h/engine-rest/user\","
		"\"rel\":\"list\"},{\"method\":\"GET\",\"href\":"
		"\"http://h/engine-rest/user/count\",\"rel\":\"count\"},{\"method\":\"POST\","
		"\"href\":\"http://h/engine-rest/user/create\",\"rel\":\"create\"}]}");
}

static void ids_are_encoded(void **state)
{
	assert_string_equal(links_of(*state, "/group/{id}/members", "a b/\xc3\xbc"),
			    "{\"links\":[{\"method\":\"DELETE\","
			    "\"href\":\"http://h/engine-rest/group/a%20b%2F%C3%BC/members\","
			    "\"rel\":\"delete\"},{\"method\":\"PUT\","
			    "\"href\":\"http://h/engine-rest/group/a%20b%2F%C3%BC/members\","
			    "\"rel\":\"create\"}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_link_to_what_can_be_done),
		TEST(ids_are_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
