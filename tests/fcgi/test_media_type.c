/* Which media type an answer gets; the cases with JSON are recorded from the original. */
#include "fcgi/media_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "storage/arena.h"

static const char json[] = "application/json", csv[] = "text/csv", acsv[] = "application/csv",
		  hal[] = "application/hal+json", text[] = "text/plain";

static void the_best_acceptable_type_is_chosen(void **state)
{
	static const struct {
		enum answer_kind kind;
		const char *accept, *chosen;
	} cases[] = {
		{ANSWER_JSON,     NULL,						  json },
		{ANSWER_JSON,     "",						    json },
		{ANSWER_JSON,     " ",						   json },
		{ANSWER_JSON,     "*/*",						 json },
		{ANSWER_JSON,     "*",						   json },
		{ANSWER_JSON,     "application/*",                                       json },
		{ANSWER_JSON,     "Application/JSON",                                    json },
		{ANSWER_JSON,     "application/json; charset=iso-8859-1",                json },
		{ANSWER_JSON,     "text/html",					   NULL },
		{ANSWER_JSON,     "text/*",					      NULL },
		{ANSWER_JSON,     hal,						   NULL },
		{ANSWER_JSON,     "nonsense",					    NULL },
		{ANSWER_JSON,     "application",                                         NULL },
		{ANSWER_JSON,     "application/jsonx",                                   NULL },
		{ANSWER_JSON,     "text/html, application/json;q=0.5",                   json },
		{ANSWER_JSON,     "application/json;q=0.1, text/plain",                  json },
		{ANSWER_JSON,     "image/png, */*;q=0.1",                                json },
		{ANSWER_JSON,     "application/json;q=0",                                json },
		{ANSWER_JSON,     ",,",						  NULL },
		{ANSWER_TEXT,     json,						  NULL },
		{ANSWER_TEXT,     text,						  text },
		{ANSWER_JSON_HAL, hal,						   hal  },
		{ANSWER_JSON_HAL, "application/*",                                       json },
		{ANSWER_JSON_HAL, "application/json;q=0.5, application/hal+json",        hal  },
		{ANSWER_JSON_HAL, "application/hal+json;q=0.5, application/json;q=0.6",  json },
		{ANSWER_JSON_CSV, csv,						   csv  },
		{ANSWER_JSON_CSV, acsv,						  acsv },
		{ANSWER_JSON_CSV, "text/*",					      csv  },
		{ANSWER_JSON_CSV, "*/*",						 json },
		{ANSWER_JSON_CSV, "text/csv,application/json",                           csv  },
		{ANSWER_JSON_CSV, "text/plain, application/json, text/csv",              json },
		{ANSWER_JSON_CSV, "text/*, application/*",                               csv  },
		{ANSWER_JSON_CSV, "text/csv;q=0.9, application/*;q=0.2",                 csv  },
		{ANSWER_JSON_CSV, "application/*, application/json;q=0.1",               acsv },
		{ANSWER_JSON_CSV, "*/*, application/json;q=0",                           csv  },
		{ANSWER_JSON_CSV, "text/csv ; header=x ; q=0.3, application/json;Q=0.2", csv  },
		{ANSWER_NOTHING,  "text/html",                                           json },
		{ANSWER_ANY,      "text/html",					   "*/*"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *chosen = media_type_choose(cases[i].accept, cases[i].kind);

		if ((!chosen != !cases[i].chosen) || (chosen && strcmp(chosen, cases[i].chosen)))
			fail_msg("Accept: %s chose %s", cases[i].accept, chosen);
	}
}

static void a_content_type_is_known_by_its_name(void **state)
{
	(void)state;
	assert_true(media_type_is("application/json", json));
	assert_true(media_type_is(" Application/JSON ; charset=utf-8; v=1", json));
	assert_true(media_type_is("application/json;charset=UTF-8", json));
	assert_false(media_type_is(NULL, json));
	assert_false(media_type_is("", json));
	assert_false(media_type_is("application/jsonx", json));
	assert_false(media_type_is("application", json));
	assert_false(media_type_is("application/hal+json", json));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_acceptable_type_is_chosen),
		cmocka_unit_test(a_content_type_is_known_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
