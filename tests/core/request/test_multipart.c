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
		"filename=\"q\\\"; name=y\"\r\nX-Other: 1\r\n\r\n\r\n--a b\r\n\r\nno name\r\n--a "
		"b--";
	struct fixture *fixture = *state;

	assert_int_equal(parse(fixture, "Multipart/Form-Data; charset=x; boundary=\"a b\"", body,
			       sizeof(body) - 1),
			 0);
	assert_int_equal(fixture->parts.count, 2);
	assert_string_equal(fixture->parts.parts[0].name, "x");
	assert_string_equal(fixture->parts.parts[0].filename, "q\"; name=y");
	assert_content(&fixture->parts.parts[0], "", 0);
	assert_null(fixture->parts.parts[1].name);
	assert_content(&fixture->parts.parts[1], "no name", 7);
}

static void what_is_no_multipart_is_refused(void **state)
{
	static const struct {
		const char *type, *body, *words;
	} rows[] = {
		{"multipart/form-data",             "--x--",                      "the media type names no boundary"},
		{"multipart/form-data; boundary=x", "",                           "the body is empty"               },
		{"multipart/form-data; boundary=x", "--y--",                      "there is no boundary in the body"},
		{"multipart/form-data; boundary=x", "--x",                        "no line ends behind a boundary"  },
		{"multipart/form-data; boundary=x", "--x\r\na: b",
		 "the headers of a part do not end"								 },
		{"multipart/form-data; boundary=x", "--x\r\na: b\r\n\r\nc\r\n--",
		 "the body ends within a part"								      },
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(fixture, rows[i].type, rows[i].body, strlen(rows[i].body)),
				 ERR_INPUT);
		assert_string_equal(fixture->error.message,
				    arena_printf(&fixture->arena,
						 "multipart/form-data cannot be processed: %s",
						 rows[i].words));
	}
}

/* Whatever is missing at the end of a body, it is noticed. */
static void no_beginning_of_a_body_is_a_body(void **state)
{
	static const char body[] = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"
				   "--x\r\n\r\nc\r\n--x--";
	struct fixture *fixture = *state;
	size_t size;

	for (size = 0; size < sizeof(body) - 1; size++)
		assert_int_equal(parse(fixture, "multipart/form-data; boundary=x", body, size),
				 ERR_INPUT);
	assert_int_equal(parse(fixture, "multipart/form-data; boundary=x", body, size), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_and_files_come_apart),
		TEST(headers_may_look_unusual),
		TEST(what_is_no_multipart_is_refused),
		TEST(no_beginning_of_a_body_is_a_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
