/* What a REQUEST_URI means, and what is refused. */
#include "fcgi/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int tear_down(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static enum uri_result parse(const char *text, struct uri *uri)
{
	return uri_parse(text, "/engine-rest", &arena, uri);
}

static void segments_are_those_behind_the_base_path(void **state)
{
	struct uri uri;

	(void)state;
	assert_int_equal(parse("/engine-rest/history/process-instance/count", &uri), URI_OK);
	assert_int_equal(uri.count, 3);
	assert_string_equal(uri.segments[0], "history");
	assert_string_equal(uri.segments[2], "count");
	assert_int_equal(uri_parse("/a/b/batch", "/a/b", &arena, &uri), URI_OK);
	assert_int_equal(uri.count, 1);
	assert_int_equal(parse("/engine-rest", &uri), URI_OK);
	assert_int_equal(uri.count, 0);
}

static void one_slash_at_the_end_is_tolerated(void **state)
{
	struct uri uri;

	(void)state;
	assert_int_equal(parse("/engine-rest/batch/", &uri), URI_OK);
	assert_int_equal(uri.count, 1);
	assert_int_equal(parse("/engine-rest/batch//", &uri), URI_ELSEWHERE);
}

static void segments_are_decoded_after_the_split(void **state)
{
	struct uri uri;

	(void)state;
	assert_int_equal(parse("/engine%2Drest/batch/a%2Fb+c%20%C3%A9", &uri), URI_OK);
	assert_int_equal(uri.count, 2);
	assert_string_equal(uri.segments[1], "a/b+c \xc3\xa9");
	assert_int_equal(parse("/engine-rest/batch/a%252Fb", &uri), URI_OK);
	assert_string_equal(uri.segments[1], "a%2Fb");
}

static void a_segment_ends_at_a_semicolon(void **state)
{
	struct uri uri;

	(void)state;
	assert_int_equal(parse("/engine-rest/batch;v=1/count;v=%zz", &uri), URI_OK);
	assert_string_equal(uri.segments[0], "batch");
	assert_string_equal(uri.segments[1], "count");
	assert_int_equal(parse("/engine-rest/batch/a%3Bb", &uri), URI_OK);
	assert_string_equal(uri.segments[1], "a;b");
}

static void what_cannot_be_a_path_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum uri_result result;
	} cases[] = {
		{"",									       URI_BAD_PATH },
		{"*",									      URI_BAD_PATH },
		{"engine-rest/batch",							      URI_BAD_PATH },
		{"http://host/engine-rest/batch",						  URI_BAD_PATH },
		{"/",									      URI_ELSEWHERE},
		{"/other/batch",								   URI_ELSEWHERE},
		{"/engine-restless/batch",							 URI_ELSEWHERE},
		{"//engine-rest/batch",							    URI_ELSEWHERE},
		{"/engine-rest//batch",							    URI_ELSEWHERE},
		{"/engine-rest/./batch",							   URI_ELSEWHERE},
		{"/engine-rest/x/../batch",							URI_ELSEWHERE},
		{"/engine-rest/x/%2e%2E/batch",						    URI_ELSEWHERE},
		{"/engine-rest/;x/batch",							  URI_ELSEWHERE},
		{"/engine-rest/batch/%zz",							 URI_BAD_PATH },
		{"/engine-rest/batch/%4",							  URI_BAD_PATH },
		{"/engine-rest/batch/%",							   URI_BAD_PATH },
		{"/engine-rest/batch/%00",							 URI_BAD_PATH },
		{"/engine-rest/batch/%0a",							 URI_BAD_PATH },
		{"/engine-rest/batch/\x01",							URI_BAD_PATH },
		{"/engine-rest/batch/%7f",							 URI_BAD_PATH },
		{"/engine-rest/batch/%ff",							 URI_BAD_PATH },
		{"/engine-rest/batch/%c0%80",						      URI_BAD_PATH },
		{"/engine-rest/batch/%ed%a0%80",						   URI_BAD_PATH },
		{"/engine-rest/batch?a=%00",						       URI_BAD_QUERY},
		{"/engine-rest/batch?%00",							 URI_BAD_QUERY},
		{"/engine-rest/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25",
		 URI_ELSEWHERE										  },
	};
	struct uri uri;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (parse(cases[i].text, &uri) != cases[i].result)
			fail_msg("%s: %d", cases[i].text, parse(cases[i].text, &uri));
}

static void query_parameters_keep_their_order(void **state)
{
	struct uri uri;

	(void)state;
	assert_int_equal(parse("/engine-rest/batch?b=1&a=x%3D%26+y%2B&&b=2&flag&=v&c=a=b", &uri),
			 URI_OK);
	assert_int_equal(uri.query_count, 6);
	assert_string_equal(uri.query[0].name, "b");
	assert_string_equal(uri.query[0].value, "1");
	assert_string_equal(uri.query[1].value, "x=& y+");
	assert_string_equal(uri.query[2].value, "2");
	assert_string_equal(uri.query[3].name, "flag");
	assert_string_equal(uri.query[3].value, "");
	assert_string_equal(uri.query[4].name, "");
	assert_string_equal(uri.query[5].value, "a=b");
	assert_int_equal(parse("/engine-rest/batch?", &uri), URI_OK);
	assert_int_equal(uri.query_count, 0);
}

static void too_many_parameters_are_refused(void **state)
{
	char text[URI_QUERY_MAX * 2 + 64] = "";
	struct uri uri;
	size_t i;

	(void)state;
	for (i = 0; i < URI_QUERY_MAX; i++)
		memcpy(text + 2 * i, "a&", 3);
	assert_int_equal(uri_parse_query(text, &arena, &uri), URI_TOO_LONG);
	text[2 * URI_QUERY_MAX - 1] = 0;
	assert_int_equal(uri_parse_query(text, &arena, &uri), URI_OK);
	assert_int_equal(uri.query_count, URI_QUERY_MAX);
}

static void a_path_that_ends_in_xml_is_known(void **state)
{
	struct uri uri;

	(void)state;
	parse("/engine-rest/process-definition/x/xml?a=b", &uri);
	assert_true(uri.xml);
	parse("/engine-rest/batch?a=xml", &uri);
	assert_false(uri.xml);
}

/* Recorded from the original, which shows a parameter that it does not know in its message. */
static void what_is_no_code_in_a_query_stands_for_itself(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{"a%",           "a%"                       },
		{"%BK%",         "%BK%"                     },
		{"%zz",          "%zz"                      },
		{"%4",           "%4"                       },
		{"%%41",         "%A"                       },
		{"%25%",         "%%"                       },
		{"%+%2b",        "% +"                      },
		{"%09%7f",       "\t\x7f"                   },
		{"%E4",          "\xef\xbf\xbd"             },
		{"%C3%28",       "\xef\xbf\xbd("            },
		{"%ED%A0%80",    "\xef\xbf\xbd"             },
		{"%C0%80",       "\xef\xbf\xbd\xef\xbf\xbd" },
		{"%E2%82%28%C3", "\xef\xbf\xbd(\xef\xbf\xbd"},
	};
	struct uri uri;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *text = arena_printf(&arena, "%s=%s", cases[i].text, cases[i].text);

		assert_int_equal(uri_parse_query(text, &arena, &uri), URI_OK);
		assert_string_equal(uri.query[0].name, cases[i].value);
		assert_string_equal(uri.query[0].value, cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_teardown(name, tear_down)
		T(segments_are_those_behind_the_base_path),
		T(one_slash_at_the_end_is_tolerated),
		T(segments_are_decoded_after_the_split),
		T(a_segment_ends_at_a_semicolon),
		T(what_cannot_be_a_path_is_refused),
		T(query_parameters_keep_their_order),
		T(too_many_parameters_are_refused),
		T(a_path_that_ends_in_xml_is_known),
		T(what_is_no_code_in_a_query_stands_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
