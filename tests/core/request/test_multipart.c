/* Multipart bodies as clients send them, and as nobody should. */
#include "core/request/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct multipart parts;
	struct error error;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	arena_init(&fixture->arena);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_clear(&fixture->arena);
	free(fixture);
	return 0;
}

static int parse(struct fixture *fixture, const char *type, const char *body, size_t size)
{
	return multipart_parse(&fixture->arena, type, (struct bytes){(const uint8_t *)body, size},
			       &fixture->parts, &fixture->error);
}

static void assert_content(const struct part *part, const char *content, size_t size)
{
	assert_non_null(part);
	assert_int_equal(part->content.size, size);
	assert_memory_equal(part->content.data, content, size);
}

static void fields_and_files_come_apart(void **state)
{
	static const char body[] =
		"--x1\r\nContent-Disposition: form-data; name=\"deployment-name\"\r\n\r\n"
		"d \xc3\xa4\r\n--x1\r\n"
		"Content-Disposition: form-data; name=\"data\"; filename=\"dir/a.bpmn\"\r\n"
		"Content-Type: text/xml\r\n\r\n\0\r\n--x\r\n--x1--\r\nepilogue";
	struct fixture *fixture = *state;
	const struct part *file;

	assert_int_equal(parse(fixture, "multipart/form-data; boundary=x1", body, sizeof(body) - 1),
			 0);
	assert_int_equal(fixture->parts.count, 2);
	assert_string_equal(multipart_text(&fixture->arena, &fixture->parts, "deployment-name"),
			    "d \xc3\xa4");
	file = multipart_find(&fixture->parts, "data");
	assert_string_equal(file->filename, "dir/a.bpmn");
	assert_string_equal(file->type, "text/xml");
	assert_content(file, "\0\r\n--x", 6);
	assert_null(multipart_find(&fixture->parts, "nothing"));
}

static void headers_may_look_unusual(void **state)
{
	static const char body[] =
		"preamble\r\n--a b \t\r\ncontent-disposition: form-data;\r\n\tname=x; "
		"filename=\" q\\\"; name=y \"\r\nX-Other: 1\r\n\r\n\r\n--a b\r\n\r\nno name\r\n--a "
		"b--";
	struct fixture *fixture = *state;

	assert_int_equal(parse(fixture, "Multipart/Form-Data; charset=x; boundary=\"a b\"", body,
			       sizeof(body) - 1),
			 0);
	assert_int_equal(fixture->parts.count, 1);
	assert_string_equal(fixture->parts.parts[0].name, "x");
	assert_string_equal(fixture->parts.parts[0].filename, "q\"; name=y");
	assert_content(&fixture->parts.parts[0], "", 0);
}

static void of_parts_with_one_name_the_last_counts(void **state)
{
	static const char body[] =
		"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
		"--x\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n"
		"--x\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n3\r\n"
		"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n4\r\n--x";
	struct fixture *fixture = *state;

	assert_int_equal(parse(fixture, "multipart/form-data; boundary=x", body, sizeof(body) - 1),
			 0);
	assert_int_equal(fixture->parts.count, 2);
	assert_content(multipart_find(&fixture->parts, "a"), "4", 1);
	assert_content(multipart_find(&fixture->parts, "b"), "2", 1);
}

static void a_body_without_its_boundary_has_no_parts(void **state)
{
	static const char *const bodies[] = {"", "--y--", "--x", "--x--", "words"};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		assert_int_equal(parse(fixture, "multipart/form-data; boundary=x", bodies[i],
				       strlen(bodies[i])),
				 0);
		assert_int_equal(fixture->parts.count, 0);
	}
}

static void what_is_no_multipart_is_refused(void **state)
{
	static const struct {
		const char *type, *body;
	} rows[] = {
		{"multipart/form-data",             "--x--"                     },
		{"multipart/form-data; boundary=x", "--x\r\na: b"               },
		{"multipart/form-data; boundary=x", "--x\r\na: b\r\n\r\nc\r\n--"},
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(fixture, rows[i].type, rows[i].body, strlen(rows[i].body)),
				 ERR_INPUT);
		assert_string_equal(fixture->error.message,
				    "multipart/form-data cannot be processed");
	}
}

/* Whatever is missing within a part, it is noticed. */
static void no_beginning_of_a_part_is_a_part(void **state)
{
	static const char body[] = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"
				   "--x\r\n\r\nc\r\n--x--";
	const size_t first = strlen("--x\r\n"),
		     second = (size_t)(strstr(body, "\r\n--x") - body) + 5;
	struct fixture *fixture = *state;
	size_t size;

	for (size = first; size < sizeof(body) - 3; size++)
		assert_int_equal(parse(fixture, "multipart/form-data; boundary=x", body, size),
				 size == second || size == second + 1 ? 0 : ERR_INPUT);
	assert_int_equal(parse(fixture, "multipart/form-data; boundary=x", body, size), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_and_files_come_apart),
		TEST(headers_may_look_unusual),
		TEST(what_is_no_multipart_is_refused),
		TEST(of_parts_with_one_name_the_last_counts),
		TEST(a_body_without_its_boundary_has_no_parts),
		TEST(no_beginning_of_a_part_is_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
