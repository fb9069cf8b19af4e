/* Queries bound from query strings and bodies, matched against rows, listed in pages. */
#include "core/query/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/arena_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, arena_fixture_set_up, arena_fixture_tear_down)

enum { NAME, SIZE, TIME, OPEN, LABEL };

static const struct field fields[] = {
	{"name",  1, FIELD_STRING, 0, NULL},
        {"size",  2, FIELD_LONG,   0, NULL},
	{"time",  3, FIELD_TIME,   0, NULL},
        {"open",  4, FIELD_BOOL,   0, NULL},
	{"label", 5, FIELD_STRING, 0, NULL},
};
static const struct kind box_kind = KIND("box", 1, fields);

static const struct filter filters[] = {
	{"name",         PARAM_STRING, OP_EQ,       NAME,  NULL,    0,                    NULL},
	{"nameLike",     PARAM_STRING, OP_LIKE,     NAME,  NULL,    0,                    NULL},
	{"nameIn",       PARAM_LIST,   OP_IN,       NAME,  "names", 0,                    NULL},
	{"nameNotIn",    PARAM_LIST,   OP_NOT_IN,   NAME,  "names", ERR_BAD_USER_REQUEST, NULL},
	{"names",        PARAM_ARRAY,  OP_IN,       NAME,  NULL,    0,                    NULL},
	{"size",         PARAM_INT,    OP_EQ,       SIZE,  NULL,    0,                    NULL},
	{"sizeMin",      PARAM_LONG,   OP_GE,       SIZE,  NULL,    0,                    NULL},
	{"sizeMax",      PARAM_LONG,   OP_LE,       SIZE,  NULL,    0,                    NULL},
	{"before",       PARAM_DATE,   OP_BEFORE,   TIME,  NULL,    0,                    NULL},
	{"after",        PARAM_DATE,   OP_AFTER,    TIME,  NULL,    0,                    NULL},
	{"open",         PARAM_BOOL,   OP_IF_TRUE,  OPEN,  NULL,    0,                    NULL},
	{"closed",       PARAM_BOOL,   OP_IF_FALSE, OPEN,  NULL,    0,                    NULL},
	{"isOpen",       PARAM_BOOL,   OP_IS,       OPEN,  NULL,    0,                    NULL},
	{"withoutLabel", PARAM_BOOL,   OP_ABSENT,   LABEL, NULL,    0,                    NULL},
	{"withLabel",    PARAM_BOOL,   OP_PRESENT,  LABEL, NULL,    0,                    NULL},
};

static const struct sort_key sorts[] = {
	{"name",  NAME },
        {"size",  SIZE },
        {"label", LABEL}
};

static const struct resource boxes = {
	.kind = &box_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
	.or_queries = true,
};

static struct request request_of(struct arena *arena, const char *query, const char *body)
{
	struct call *call = arena_alloc(arena, sizeof(*call));
	struct request request = {.arena = arena, .call = call};
	char *rest = query ? arena_strdup(arena, query) : NULL, *pair;
	struct json *tree;

	call->query = arena_array(arena, query ? strlen(query) + 1 : 0, sizeof(*call->query));
	while ((pair = strsep(&rest, "&"))) {
		char *value = strchr(pair, '=');

		*value = '\0';
		call->query[call->query_count++] = (struct pair){pair, value + 1};
	}
	if (body) {
		assert_int_equal(json_parse(arena, body, strlen(body), &tree), 0);
		request.body = tree;
	}
	return request;
}

static struct query bound(struct arena *arena, const char *text)
{
	bool body = *text == '{';
	struct request request = request_of(arena, body ? NULL : text, body ? text : NULL);
	struct query query;
	int code = body ? query_bind_body(&request, &boxes, true, &query)
			: query_bind_params(&request, &boxes, true, &query);

	if (code)
		fail_msg("%s: %d %s", text, code, request.error.message);
	return query;
}

static void refused(struct arena *arena, const char *text, int code, const char *message)
{
	bool body = *text == '{';
	struct request request = request_of(arena, body ? NULL : text, body ? text : NULL);
	struct query query;
	int got = body ? query_bind_body(&request, &boxes, true, &query)
		       : query_bind_params(&request, &boxes, true, &query);

	if (got != code)
		fail_msg("%s: %d instead of %d", text, got, code);
	if (message) {
		assert_non_null(request.error.message);
		assert_string_equal(request.error.message, message);
	} else {
		assert_null(request.error.message);
	}
}

/* A box: size 5, at 1000 ms, open, without a label. */
static union slot *box(struct arena *arena, const char *name)
{
	union slot *row = row_new(arena, &box_kind);

	row[NAME].s = name;
	row[SIZE].i = 5;
	row[TIME].i = 1000;
	row[OPEN].i = 1;
	return row;
}

static void every_operator_decides(void **state)
{
	static const struct {
		const char *query;
		bool fits;
	} queries[] = {
		{"name=pandora",                              true },
		{"name=",				     false},
		{"nameLike=pan%",                             true },
		{"nameLike=pan",                              false},
		{"nameIn=a,pandora",                          true },
		{"nameIn=a, pandora",                         false},
		{"nameIn=",				   true },
		{"nameIn= ",				  true },
		{"nameNotIn=pandora",                         false},
		{"nameNotIn=a",                               true },
		{"names=",				    false},
		{"names=x,pandora",                           true },
		{"size=5",				    true },
		{"size=6",				    false},
		{"size=\"5\"",				true },
		{"size=null",				 true },
		{"size=5.9",				  true },
		{"sizeMin=5",				 true },
		{"sizeMin=6",				 false},
		{"sizeMax=4",				 false},
		{"sizeMax=5",				 true },
		{"before=1970-01-01T00:00:01.000+0000",       true },
		{"before=1970-01-01T00:00:00.999+0000",       false},
		{"after=1970-01-01T00:00:01.000+0000",        true },
		{"after=1970-01-01T00:00:01.001+0000",        false},
		{"after=",				    true },
		{"open=true",				 true },
		{"open=false",				true },
		{"open=1",				    true },
		{"closed=true",                               false},
		{"closed=0",				  true },
		{"isOpen=false",                              false},
		{"isOpen=\"true\"",                           true },
		{"withoutLabel=true",                         true },
		{"withLabel=true",                            false},
		{"withLabel=false",                           true },
		{"unknown=x",				 true },
		{"name=pandora&name=other",                   true },
		{"name=other&name=pandora",                   false},
		{"{\"name\":\"other\",\"name\":\"pandora\"}", true },
		{"{\"name\":null}",                           true },
		{"{\"name\":5}",                              false},
		{"{\"size\":\"5\"}",                          true },
		{"{\"size\":\"\"}",                           true },
		{"{\"size\":5.9}",                            true },
		{"{\"nameIn\":[]}",                           true },
		{"{\"nameIn\":[\"pandora\"]}",                true },
		{"{\"names\":[null]}",                        false},
		{"{\"before\":999}",                          false},
		{"{\"before\":1000}",                         true },
		{"{\"closed\":\"True\"}",                     false},
	};
	struct arena *arena = *state;
	union slot *row = box(arena, "pandora");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(queries); i++) {
		struct query query = bound(arena, queries[i].query);

		if (query_matches(&query, row) != queries[i].fits)
			fail_msg("%s", queries[i].query);
	}
}

static void absent_values_fit_only_what_asks_for_them(void **state)
{
	static const char *const queries[] = {
		"name=x",
		"nameLike=%",
		"nameIn=x",
		"sizeMin=-9223372036854775807",
		"sizeMax=9223372036854775807",
		"before=9999-01-01T00:00:00.000+0000",
		"after=1900-01-01T00:00:00.000+0000",
		"open=true",
		"isOpen=true",
	};
	struct arena *arena = *state;
	union slot *row = row_new(arena, &box_kind);
	struct query query;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(queries); i++) {
		query = bound(arena, queries[i]);
		if (query_matches(&query, row))
			fail_msg("%s", queries[i]);
	}
	query = bound(arena, "nameNotIn=x&closed=true&withoutLabel=true&isOpen=false");
	assert_true(query_matches(&query, row));
}

static void bad_parameters_are_told_in_the_engine_s_words(void **state)
{
	struct arena *arena = *state;

	refused(arena, "size=x", ERR_INVALID,
		"Cannot set query parameter 'size' to value 'x': Cannot convert value x to java "
		"type java.lang.Integer");
	refused(arena, "size=2147483648", ERR_INVALID,
		"Cannot set query parameter 'size' to value '2147483648': Cannot convert value "
		"2147483648 to java type java.lang.Integer");
	refused(arena, "sizeMin=true", ERR_INVALID,
		"Cannot set query parameter 'sizeMin' to value 'true': Cannot convert value true "
		"to "
		"java type java.lang.Long");
	refused(arena, "open=yes", ERR_INVALID,
		"Cannot set query parameter 'open' to value 'yes': Cannot convert value yes to "
		"java "
		"type java.lang.Boolean");
	refused(arena, "open=", ERR_INVALID,
		"Cannot set query parameter 'open' to value '': Cannot convert value  to java type "
		"java.lang.Boolean");
	refused(arena, "before=abc", ERR_INVALID,
		"Cannot set query parameter 'before' to value 'abc': Cannot convert value \"abc\" "
		"to "
		"java type java.util.Date");
	refused(arena, "before=\"abc\"", ERR_INVALID,
		"Cannot set query parameter 'before' to value '\"abc\"': Cannot convert value "
		"\"abc\" to java type java.util.Date because of double quotes");
	refused(arena, "sortBy=x&sortOrder=asc", ERR_INVALID,
		"Cannot set query parameter 'sortBy' to value 'x'");
	refused(arena, "sortBy=name&sortOrder=ASC", ERR_INVALID,
		"Cannot set query parameter 'sortOrder' to value 'ASC'");
	refused(arena, "sortBy=x&sortOrder=ASC", ERR_INVALID, /* as a hash table has them */
		"Cannot set query parameter 'sortOrder' to value 'ASC'");
	refused(arena, "sortBy=name", ERR_INVALID,
		"Only a single sorting parameter specified. sortBy and sortOrder required");
	refused(arena, "sortOrder=asc", ERR_INVALID,
		"Only a single sorting parameter specified. sortBy and sortOrder required");
	refused(arena, "maxResults=abc", ERR_QUERY_PARAM, "HTTP 404 Not Found");
	refused(arena, "firstResult=1.5", ERR_QUERY_PARAM, "HTTP 404 Not Found");
	refused(arena, "firstResult=2147483648", ERR_QUERY_PARAM, "HTTP 404 Not Found");
}

static void bad_bodies_are_told_in_the_engine_s_words(void **state)
{
	struct arena *arena = *state;

	refused(arena, "{\"name\":{}}", ERR_INPUT, NULL);
	refused(arena, "{\"nameIn\":\"x\"}", ERR_INPUT, NULL);
	refused(arena, "{\"nameIn\":[[]]}", ERR_INPUT, NULL);
	refused(arena, "{\"size\":\"x\"}", ERR_INPUT, NULL);
	refused(arena, "{\"before\":\"x\"}", ERR_INPUT, NULL);
	refused(arena, "{\"open\":\"yes\"}", ERR_INPUT, NULL);
	refused(arena, "{\"orQueries\":{}}", ERR_INPUT, NULL);
	refused(arena, "{\"orQueries\":[1]}", ERR_INPUT, NULL);
	refused(arena, "{\"sorting\":{}}", ERR_INPUT, NULL);
	refused(arena, "{\"sortBy\":\"x\",\"sortOrder\":\"asc\"}", ERR_INPUT, NULL);
	refused(arena, "{\"sortBy\":null}", ERR_INPUT, NULL);
	refused(arena, "{\"sortBy\":\"name\",\"sortOrder\":null}", ERR_INPUT, NULL);
	refused(arena, "{\"nameIn\":[\"a\",null]}", ERR_NULL_VALUE, "names contains null value");
	refused(arena, "{\"nameNotIn\":[null]}", ERR_BAD_USER_REQUEST, "names contains null value");
	refused(arena, "{\"sorting\":[{\"sortBy\":\"x\",\"sortOrder\":\"asc\"}]}", ERR_NOT_VALID,
		"You should call any of the orderBy methods first before specifying a direction: "
		"currentOrderingProperty is null");
	refused(arena,
		"{\"sorting\":[{\"sortBy\":\"name\",\"sortOrder\":\"asc\"},{\"sortOrder\":\"asc\"}]"
		"}",
		ERR_NOT_VALID,
		"Invalid query: can specify only one direction desc() or asc() for an ordering "
		"constraint: direction is not null");
	refused(arena, "{\"sorting\":[{\"sortBy\":\"name\"}]}", ERR_NOT_VALID,
		"Invalid query: call asc() or desc() after using orderByXX(): direction is null");
}

static void sorting_of_a_body_comes_after_its_own_order(void **state)
{
	struct query query = bound(*state, "{\"sorting\":[{\"sortBy\":\"size\",\"sortOrder\":"
					   "\"desc\"},{\"sortBy\":\"what\"}],\"sortBy\":\"name\","
					   "\"sortOrder\":\"asc\"}");

	assert_int_equal(query.sort_count, 2);
	assert_string_equal(query.sorts[0].key->name, "name");
	assert_false(query.sorts[0].descending);
	assert_string_equal(query.sorts[1].key->name, "size");
	assert_true(query.sorts[1].descending);
}

static void patterns_fit_as_in_sql(void **state)
{
	static const struct {
		const char *text, *pattern;
		bool fits;
	} patterns[] = {
		{"",             "",        true },
		{"",             "%",       true },
		{"",             "_",       false},
		{"abc",          "abc",     true },
		{"abc",          "ABC",     false},
		{"abc",          "a%",      true },
		{"abc",          "%c",      true },
		{"abc",          "%b%",     true },
		{"abc",          "a_c",     true },
		{"abc",          "a_",      false},
		{"abc",          "%%%",     true },
		{"abc",          "_%_%_",   true },
		{"abc",          "_%_%_%_", false},
		{"aab",          "%ab",     true },
		{"abababac",     "%abac",   true },
		{"a%c",          "a\\%c",   true },
		{"abc",          "a\\%c",   false},
		{"a_c",          "a\\_c",   true },
		{"abc",          "a\\_c",   false},
		{"a\\c",         "a\\\\c",  true },
		{"x%",           "%\\%",    true },
		{"x",            "%\\%",    false},
		{"\xc3\xa9t",    "_t",      true },
		{"\xc3\xa9t",    "__t",     false},
		{"\xe2\x82\xac", "_",       true },
		{"abc",          "abc\\",   false},
		{"abc\\",        "abc\\",   false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(patterns); i++)
		if (text_like(patterns[i].text, patterns[i].pattern) != patterns[i].fits)
			fail_msg("%s like %s", patterns[i].text, patterns[i].pattern);
}

static void upper_case_may_be_longer(void **state)
{
	static const char *const rows[][2] = {
		{"Straße",     "STRASSE"   },
		{"ﬁx oﬃce", "FIX OFFICE"},
		{"ŉ",          "ʼN"       },
		{"Müller-ÿ",  "MÜLLER-Ÿ"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(text_upper(*state, rows[i][0]), rows[i][1]);
}

static void a_pattern_that_ends_in_an_escape_matches_neither_way(void **state)
{
	(void)state;
	assert_true(text_unlike("abc", "a\\_c"));
	assert_true(text_unlike("abc", "x\\\\"));
	assert_false(text_unlike("abc", "a%"));
	assert_false(text_unlike("abc", "%x\\"));
}

/* Resources differ in what wins where two filters contradict each other. */
static void of_two_filters_the_one_that_takes_precedence_counts(void **state)
{
	static const struct precedence rules[] = {
		{"nameIn", "name"},
                {NULL,     NULL  }
        };
	struct resource resource = boxes;
	struct request request = request_of(*state, "name=a&nameIn=b", NULL);
	struct query query;

	resource.precedence = rules;
	assert_int_equal(query_bind_params(&request, &resource, true, &query), 0);
	assert_int_equal(query.count, 1);
	assert_string_equal(query.criteria[0].filter->name, "nameIn");
}

static void or_queries_mean_nothing_to_resources_without(void **state)
{
	struct resource resource = boxes;
	struct request request = request_of(*state, NULL, "{\"orQueries\":[null],\"name\":\"a\"}");
	struct query query;

	resource.or_queries = false;
	assert_int_equal(query_bind_body(&request, &resource, true, &query), 0);
	assert_int_equal(query.or_count, 0);
	assert_int_equal(query.count, 1);
}

static void a_pattern_of_many_stars_takes_no_time(void **state)
{
	struct arena *arena = *state;
	char *text = arena_alloc(arena, 20001), *pattern = arena_alloc(arena, 402);
	int i;

	memset(text, 'a', 20000);
	for (i = 0; i < 200; i++)
		memcpy(pattern + 2 * i, "%a", 2);
	pattern[400] = 'b';
	assert_false(text_like(text, pattern));
}

/* Boxes with sizes 3, none, 1, 2, 1 listed: the names on the page. */
static const char *listed(struct arena *arena, const char *text)
{
	static const char *const names[] = {"a", "b", "c", "d", "e"};
	static const int64_t sizes[] = {3, INT_NULL, 1, 2, 1};
	struct request request = request_of(arena, text, NULL);
	struct listing listing;
	struct query query;
	char *found = arena_alloc(arena, 8);
	const char *at;
	size_t i;

	assert_int_equal(query_bind_params(&request, &boxes, true, &query), 0);
	listing_begin(&listing, &request, &query, NULL);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		union slot *row = box(arena, names[i]);

		row[SIZE].i = sizes[i];
		if (!listing_offer(&listing, row))
			break;
	}
	assert_int_equal(listing_end(&listing), 0);
	buffer_put_u8(&request.writer.buffer, 0);
	at = (const char *)request.writer.buffer.data;
	for (i = 0; (at = strstr(at, "{\"name\":\"")); i++) {
		at += 9;
		found[i] = *at;
	}
	json_writer_clear(&request.writer);
	return found;
}

static void pages_are_cut_at_their_edges(void **state)
{
	assert_string_equal(listed(*state, "firstResult="), "abcde");
	assert_string_equal(listed(*state, "maxResults=2"), "ab");
	assert_string_equal(listed(*state, "firstResult=3&maxResults=5"), "de");
	assert_string_equal(listed(*state, "firstResult=5"), "");
	assert_string_equal(listed(*state, "maxResults=0"), "");
	assert_string_equal(listed(*state, "firstResult=-1"), "");
	assert_string_equal(listed(*state, "maxResults=-1"), "");
	assert_string_equal(listed(*state, "firstResult=2147483647&maxResults=2147483647"), "");
}

static void rows_are_sorted_absent_ones_first_equal_ones_by_id(void **state)
{
	assert_string_equal(listed(*state, "sortBy=size&sortOrder=asc"), "bceda");
	assert_string_equal(listed(*state, "sortBy=size&sortOrder=desc"), "adceb");
	assert_string_equal(listed(*state, "sortBy=size&sortOrder=desc&firstResult=1&maxResults=2"),
			    "dc");
	assert_string_equal(listed(*state, "sortBy=size&sortOrder=asc&firstResult=9"), "");
	assert_string_equal(listed(*state, "sortBy=size&sortOrder=asc&maxResults=0"), "");
	assert_string_equal(listed(*state, "sortBy=size&sortOrder=asc&maxResults=-1"), "");
	assert_string_equal(listed(*state, "sortBy=name&sortOrder=desc"), "edcba");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operator_decides),
		TEST(absent_values_fit_only_what_asks_for_them),
		TEST(bad_parameters_are_told_in_the_engine_s_words),
		TEST(bad_bodies_are_told_in_the_engine_s_words),
		TEST(sorting_of_a_body_comes_after_its_own_order),
		TEST(patterns_fit_as_in_sql),
		TEST(upper_case_may_be_longer),
		TEST(a_pattern_that_ends_in_an_escape_matches_neither_way),
		TEST(of_two_filters_the_one_that_takes_precedence_counts),
		TEST(or_queries_mean_nothing_to_resources_without),
		TEST(a_pattern_of_many_stars_takes_no_time),
		TEST(pages_are_cut_at_their_edges),
		TEST(rows_are_sorted_absent_ones_first_equal_ones_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
