/* Queries of process instances: every filter, in a query string and in a body. */
#include "core/history/process_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/deleted_definitions.h"
#include "core/history/history.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

/* Four instances; the first calls the second. */
static const char history[] =
	"{\"processInstance\":{\"id\":\"a\",\"businessKey\":\"key-a\","
	"\"processDefinitionId\":\"order:1:x\",\"processDefinitionKey\":\"order\","
	"\"processDefinitionName\":\"Order\",\"processDefinitionVersion\":1,"
	"\"startTime\":\"2024-01-01T10:00:00.000+0000\","
	"\"endTime\":\"2024-01-01T12:00:00.000+0000\",\"durationInMillis\":7200000,"
	"\"startUserId\":\"mary\",\"rootProcessInstanceId\":\"a\",\"tenantId\":\"t1\","
	"\"state\":\"COMPLETED\"},\"activityInstances\":[{\"id\":\"a1\",\"activityId\":\"check\","
	"\"activityType\":\"userTask\",\"startTime\":\"2024-01-01T10:00:00.000+0000\","
	"\"endTime\":\"2024-01-01T11:00:00.000+0000\"}],"
	"\"variables\":[{\"id\":\"av1\",\"name\":\"city\",\"type\":\"String\",\"value\":\"Ulm\"},"
	"{\"id\":\"av2\",\"name\":\"amount\",\"type\":\"Integer\",\"value\":7}]}\n"
	"{\"processInstance\":{\"id\":\"b\",\"businessKey\":\"key-b\","
	"\"processDefinitionId\":\"pay:2:y\",\"processDefinitionKey\":\"pay\","
	"\"processDefinitionName\":\"Payment\",\"processDefinitionVersion\":2,"
	"\"startTime\":\"2024-01-02T10:00:00.000+0000\","
	"\"endTime\":\"2024-01-02T12:00:00.000+0000\",\"rootProcessInstanceId\":\"a\","
	"\"superProcessInstanceId\":\"a\",\"state\":\"EXTERNALLY_TERMINATED\"},"
	"\"incidents\":[{\"id\":\"i1\",\"incidentType\":\"failedJob\","
	"\"incidentMessage\":\"no 100% luck\",\"rootCauseIncidentId\":\"i1\","
	"\"createTime\":\"2024-01-02T10:00:00.000+0000\","
	"\"endTime\":\"2024-01-02T11:00:00.000+0000\",\"resolved\":true}],"
	"\"variables\":[{\"id\":\"bv1\",\"name\":\"city\",\"type\":\"String\","
	"\"value\":\"ulm\"}]}\n"
	"{\"processInstance\":{\"id\":\"c\",\"processDefinitionId\":\"order:2:z\","
	"\"processDefinitionKey\":\"order\",\"processDefinitionName\":\"Order\","
	"\"processDefinitionVersion\":2,\"startTime\":\"2024-01-03T10:00:00.000+0000\","
	"\"rootProcessInstanceId\":\"c\",\"state\":\"ACTIVE\",\"caseInstanceId\":\"case\"},"
	"\"activityInstances\":[{\"id\":\"c1\",\"activityId\":\"ship\","
	"\"activityType\":\"userTask\",\"startTime\":\"2024-01-03T10:00:00.000+0000\"}],"
	"\"jobs\":[{\"id\":\"j1\",\"retries\":1,\"exceptionMessage\":\"boom\"}],"
	"\"jobLogs\":[{\"id\":\"l1\",\"jobId\":\"j1\",\"timestamp\":"
	"\"2024-01-03T11:00:00.000+0000\",\"failureLog\":true}],"
	"\"variables\":[{\"id\":\"cv1\",\"name\":\"amount\",\"type\":\"Double\",\"value\":7.5},"
	"{\"id\":\"cv2\",\"name\":\"paid\",\"type\":\"Boolean\",\"value\":true},"
	"{\"id\":\"cv3\",\"name\":\"note\",\"type\":\"Null\"}]}\n"
	"{\"processInstance\":{\"id\":\"d\",\"businessKey\":\"key_d\","
	"\"processDefinitionId\":\"order:2:z\",\"processDefinitionKey\":\"order\","
	"\"processDefinitionName\":\"Order\",\"processDefinitionVersion\":2,"
	"\"startTime\":\"2024-01-04T10:00:00.000+0000\",\"rootProcessInstanceId\":\"d\","
	"\"state\":\"SUSPENDED\"},\"variables\":[{\"id\":\"dv1\",\"name\":\"text\","
	"\"type\":\"String\",\"value\":\"" LONG "\"},{\"id\":\"dv2\",\"name\":\"due\","
	"\"type\":\"Date\",\"value\":\"2024-05-01T00:00:00.000+0000\"}]}\n";

static int set_up(void **state)
{
	return history_fixture_set_up(state, history);
}

/* A filter in both forms and what it finds: letters of the instances. */
struct row {
	const char *param, *member, *found;
};

static const struct row rows[] = {
	{"processInstanceId=a",				 "\"processInstanceId\":\"a\"",                  "a"   },
	{"processInstanceId=none",                              "\"processInstanceId\":\"none\"",               ""    },
	{"processInstanceIds=a,c",                              "\"processInstanceIds\":[\"a\",\"c\"]",         "ac"  },
	{"processInstanceIds=",				 "\"processInstanceIds\":[\"\"]",                ""    },
	{"processInstanceIdNotIn=a,c",                          "\"processInstanceIdNotIn\":[\"a\",\"c\"]",     "bd"  },
	{"rootProcessInstanceId=a",                             "\"rootProcessInstanceId\":\"a\"",              "ab"  },
	{"processDefinitionId=order:2:z",                       "\"processDefinitionId\":\"order:2:z\"",        "cd"  },
	{"processDefinitionKey=pay",                            "\"processDefinitionKey\":\"pay\"",             "b"   },
	{"processDefinitionKeyIn=pay,x",                        "\"processDefinitionKeyIn\":[\"pay\",\"x\"]",   "b"   },
	{"processDefinitionKeyNotIn=pay",                       "\"processDefinitionKeyNotIn\":[\"pay\"]",      "acd" },
	{"processDefinitionName=Order",                         "\"processDefinitionName\":\"Order\"",          "acd" },
	{"processDefinitionNameLike=%men_",                     "\"processDefinitionNameLike\":\"%men_\"",      "b"   },
	{"processInstanceBusinessKey=key-b",                    "\"processInstanceBusinessKey\":\"key-b\"",     "b"   },
	{"processInstanceBusinessKeyIn=key-a,key-b",
	 "\"processInstanceBusinessKeyIn\":[\"key-a\",\"key-b\"]",                                              "ab"  },
	{"processInstanceBusinessKeyLike=key-%",                "\"processInstanceBusinessKeyLike\":\"key-%\"",
	 "ab"													 },
	{"processInstanceBusinessKeyLike=key\\_%",
	 "\"processInstanceBusinessKeyLike\":\"key\\\\_%\"",                                                    "d"   },
	{"rootProcessInstances=true",                           "\"rootProcessInstances\":true",                "acd" },
	{"rootProcessInstances=false",                          "\"rootProcessInstances\":false",               "abcd"},
	{"finished=true",				       "\"finished\":true",                            "ab"  },
	{"unfinished=true",				     "\"unfinished\":\"true\"",                      "cd"  },
	{"withJobsRetrying=true",                               "\"withJobsRetrying\":true",                    "c"   },
	{"withIncidents=true",				  "\"withIncidents\":true",                       "b"   },
	{"withRootIncidents=true",                              "\"withRootIncidents\":true",                   "b"   },
	{"incidentType=failedJob",                              "\"incidentType\":\"failedJob\"",               "b"   },
	{"incidentMessage=no 100% luck",                        "\"incidentMessage\":\"no 100% luck\"",         "b"   },
	{"incidentMessageLike=%100\\% l%",                      "\"incidentMessageLike\":\"%100\\\\% l%\"",     "b"   },
	{"incidentMessageLike=%100\\%l%",                       "\"incidentMessageLike\":\"%100\\\\%l%\"",      ""    },
	{"incidentStatus=resolved",                             "\"incidentStatus\":\"resolved\"",              "b"   },
	{"incidentStatus=open",				 "\"incidentStatus\":\"open\"",                  ""    },
	{"incidentIdIn=i1,i2",				  "\"incidentIdIn\":[\"i1\",\"i2\"]",             "b"   },
	{"startedBefore=2024-01-02T10:00:00.000+0000",
	 "\"startedBefore\":\"2024-01-02T10:00:00.000+0000\"",                                                  "ab"  },
	{"startedAfter=2024-01-02T10:00:00.000+0000",
	 "\"startedAfter\":\"2024-01-02T10:00:00.000+0000\"",                                                   "bcd" },
	{"finishedBefore=2024-01-02T11:59:59.999+0000",
	 "\"finishedBefore\":\"2024-01-02T11:59:59.999+0000\"",                                                 "a"   },
	{"finishedAfter=2024-01-01T12:00:00.001+0000",
	 "\"finishedAfter\":\"2024-01-01T12:00:00.001+0000\"",                                                  "b"   },
	{"executedActivityBefore=2024-01-01T10:00:00.000+0000",
	 "\"executedActivityBefore\":\"2024-01-01T10:00:00.000+0000\"",                                         "a"   },
	{"executedActivityAfter=2024-01-02T10:00:00.000+0000",
	 "\"executedActivityAfter\":\"2024-01-02T10:00:00.000+0000\"",                                          "c"   },
	{"executedActivityIdIn=check",                          "\"executedActivityIdIn\":[\"check\"]",         "a"   },
	{"activeActivityIdIn=ship,check",                       "\"activeActivityIdIn\":[\"ship\",\"check\"]",  "c"   },
	{"activityIdIn=ship",				   "\"activityIdIn\":[\"ship\"]",                  "c"   },
	{"executedJobBefore=2024-01-03T11:00:00.000+0000",
	 "\"executedJobBefore\":\"2024-01-03T11:00:00.000+0000\"",                                              "c"   },
	{"executedJobAfter=2024-01-03T11:00:00.001+0000",
	 "\"executedJobAfter\":\"2024-01-03T11:00:00.001+0000\"",                                               ""    },
	{"startedBy=mary",				      "\"startedBy\":\"mary\"",                       "a"   },
	{"superProcessInstanceId=a",                            "\"superProcessInstanceId\":\"a\"",             "b"   },
	{"subProcessInstanceId=b",                              "\"subProcessInstanceId\":\"b\"",               "a"   },
	{"superCaseInstanceId=case",                            "\"superCaseInstanceId\":\"case\"",             ""    },
	{"subCaseInstanceId=case",                              "\"subCaseInstanceId\":\"case\"",               ""    },
	{"caseInstanceId=case",				 "\"caseInstanceId\":\"case\"",                  "c"   },
	{"tenantIdIn=t1,t2",				    "\"tenantIdIn\":[\"t1\",\"t2\"]",               "a"   },
	{"withoutTenantId=true",                                "\"withoutTenantId\":true",                     "bcd" },
	{"active=true",					 "\"active\":true",                              "c"   },
	{"suspended=true",				      "\"suspended\":true",                           "d"   },
	{"completed=true",				      "\"completed\":true",                           "a"   },
	{"externallyTerminated=true",                           "\"externallyTerminated\":true",                "b"   },
	{"internallyTerminated=true",                           "\"internallyTerminated\":true",                ""    },
	{"variables=city_eq_Ulm",
	 "\"variables\":[{\"name\":\"city\",\"operator\":\"eq\",\"value\":\"Ulm\"}]",                           "a"   },
	{"variables=city_eq_Ulm&variableValuesIgnoreCase=true",
	 "\"variables\":[{\"name\":\"city\",\"operator\":\"eq\",\"value\":\"Ulm\"}],"
	 "\"variableNamesIgnoreCase\":false,\"variableValuesIgnoreCase\":true",				 "ab"  },
	{"variables=CITY_eq_Ulm&variableNamesIgnoreCase=true",
	 "\"variables\":[{\"name\":\"CITY\",\"operator\":\"eq\",\"value\":\"Ulm\"}],"
	 "\"variableNamesIgnoreCase\":true",								    "a"   },
};

/* The letters of the ids in an answer. */
static const char *letters_of(const char *answer)
{
	static char letters[8];
	size_t count = 0;

	while ((answer = strstr(answer, "{\"id\":\"")) && count < sizeof(letters) - 1) {
		answer += 7;
		letters[count++] = *answer;
	}
	letters[count] = '\0';
	return letters;
}

static void expect_rows(struct engine_fixture *f, const struct row *row)
{
	const char *param =
		arena_printf(&f->arena, "%s&sortBy=startTime&sortOrder=asc", row->param);
	const char *body = arena_printf(
		&f->arena, "{%s,\"sorting\":[{\"sortBy\":\"startTime\",\"sortOrder\":\"asc\"}]}",
		row->member);

	assert_string_equal(
		letters_of(history_fixture_answer(f, history_process_instance_list, param, NULL)),
		row->found);
	assert_string_equal(
		letters_of(history_fixture_answer(f, history_process_instance_query, NULL, body)),
		row->found);
	assert_int_equal(history_fixture_count(f, body), strlen(row->found));
}

static void every_filter_finds_the_same_in_both_forms(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_rows(*state, &rows[i]);
}

static bool is_tried(const char *name)
{
	char member[64];
	size_t i;

	snprintf(member, sizeof(member), "\"%s\":", name);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (strstr(rows[i].member, member))
			return true;
	return false;
}

static void no_filter_is_left_out_above(void **state)
{
	const struct resource *resource = &process_instance_resource;
	size_t i;

	(void)state;
	for (i = 0; i < resource->filter_count; i++)
		if (strcmp(resource->filters[i].name, "orQueries") &&
		    !is_tried(resource->filters[i].name))
			fail_msg("%s is not tried", resource->filters[i].name);
}

static void null_and_unknown_members_filter_nothing(void **state)
{
	struct engine_fixture *f = *state;

	assert_int_equal(history_fixture_count(f, "{\"processInstanceId\":null,\"finished\":null,"
						  "\"processInstanceIds\":null,\"what\":[{}]}"),
			 4);
	assert_int_equal(history_fixture_count(f, "{\"finishedBefore\":\"\",\"tenantIdIn\":[]}"),
			 4);
}

static void a_value_is_found_by_every_comparison(void **state)
{
	static const struct {
		const char *condition;
		int found;
	} conditions[] = {
		{"\"amount\",\"operator\":\"eq\",\"value\":7",                             1},
		{"\"amount\",\"operator\":\"eq\",\"value\":7.5",                           1},
		{"\"amount\",\"operator\":\"neq\",\"value\":7",                            1},
		{"\"amount\",\"operator\":\"gt\",\"value\":6",                             2},
		{"\"amount\",\"operator\":\"gteq\",\"value\":7",                           2},
		{"\"amount\",\"operator\":\"gt\",\"value\":7",                             1},
		{"\"amount\",\"operator\":\"lt\",\"value\":7",                             0},
		{"\"amount\",\"operator\":\"lteq\",\"value\":7",                           1},
		{"\"city\",\"operator\":\"like\",\"value\":\"_lm\"",                       2},
		{"\"text\",\"operator\":\"like\",\"value\":\"%89\"",                       1},
		{"\"city\",\"operator\":\"neq\",\"value\":\"Ulm\"",                        1},
		{"\"city\",\"operator\":\"gt\",\"value\":\"Ulm\"",                         1},
		{"\"text\",\"operator\":\"eq\",\"value\":\"" LONG "\"",                    1},
		{"\"text\",\"operator\":\"eq\",\"value\":\"" LONG "0\"",                   0},
		{"\"paid\",\"operator\":\"eq\",\"value\":true",                            1},
		{"\"paid\",\"operator\":\"eq\",\"value\":false",                           0},
		{"\"note\",\"operator\":\"eq\",\"value\":null",                            1},
		{"\"note\",\"operator\":\"neq\",\"value\":null",                           0},
		{"\"due\",\"operator\":\"eq\",\"value\":\"2024-05-01T00:00:00.000+0000\"", 1},
		{"\"due\",\"operator\":\"gt\",\"value\":\"2024-05-01T00:00:00.000+0000\"", 0},
		{"\"none\",\"operator\":\"neq\",\"value\":1",                              0},
	};
	struct engine_fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		const char *body = arena_printf(&f->arena, "{\"variables\":[{\"name\":%s}]}",
						conditions[i].condition);
		int found = history_fixture_count(f, body);

		if (found != conditions[i].found)
			fail_msg("%s: %d instead of %d", body, found, conditions[i].found);
	}
}

static void conditions_of_one_name_are_for_one_variable(void **state)
{
	assert_int_equal(
		history_fixture_count(
			*state,
			"{\"variables\":[{\"name\":\"amount\",\"operator\":\"gt\",\"value\":6},"
			"{\"name\":\"amount\",\"operator\":\"lt\",\"value\":8}]}"),
		2);
	assert_int_equal(
		history_fixture_count(
			*state,
			"{\"variables\":[{\"name\":\"amount\",\"operator\":\"lt\",\"value\":7},"
			"{\"name\":\"amount\",\"operator\":\"gt\",\"value\":7}]}"),
		0);
	assert_int_equal(
		history_fixture_count(
			*state,
			"{\"variables\":[{\"name\":\"amount\",\"operator\":\"gt\",\"value\":6},"
			"{\"name\":\"city\",\"operator\":\"eq\",\"value\":\"Ulm\"}]}"),
		1);
}

#define ODD(id, rest)                                                                              \
	"{\"processInstance\":{\"id\":\"" id                                                       \
	"\",\"startTime\":\"2024-02-01T10:00:00.000+0000\"}," rest "}\n"

static void a_long_text_is_not_its_beginning(void **state)
{
	struct engine_fixture *f = *state;

	history_fixture_import(f,
			       ODD("o1", "\"variables\":[{\"id\":\"ov\",\"name\":\"long\","
					 "\"type\":\"String\",\"value\":\"abc" LONG "\"}]"),
			       4096);
	assert_int_equal(history_fixture_count(f, "{\"variables\":[{\"name\":\"long\",\"operator\":"
						  "\"eq\",\"value\":\"abc\"}]}"),
			 0);
	assert_int_equal(history_fixture_count(f,
					       "{\"variableValuesIgnoreCase\":true,\"variables\":"
					       "[{\"name\":\"long\",\"operator\":\"eq\","
					       "\"value\":\"other\"}]}"),
			 0);
	assert_int_equal(history_fixture_count(f,
					       "{\"variableValuesIgnoreCase\":true,\"variables\":"
					       "[{\"name\":\"long\",\"operator\":\"eq\","
					       "\"value\":\"ABC" LONG "\"}]}"),
			 1);
}

static void large_integers_are_compared_to_the_last_digit(void **state)
{
	static const struct {
		const char *condition;
		int found;
	} conditions[] = {
		{"\"eq\",\"value\":1234567890123456789",   1},
		{"\"eq\",\"value\":1234567890123456790",   0},
		{"\"gteq\",\"value\":1234567890123456790", 0},
	};
	struct engine_fixture *f = *state;
	size_t i;

	history_fixture_import(f,
			       ODD("o1", "\"variables\":[{\"id\":\"ov\",\"name\":\"big\","
					 "\"type\":\"Long\",\"value\":1234567890123456789}]"),
			       4096);
	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		const char *body = arena_printf(
			&f->arena, "{\"variables\":[{\"name\":\"big\",\"operator\":%s}]}",
			conditions[i].condition);

		if (history_fixture_count(f, body) != conditions[i].found)
			fail_msg("%s", body);
	}
}

/* What import lets through, queries must stand. */
static const char odd_children[] =
	ODD("o1", "\"variables\":[{\"value\":\"x\",\"type\":\"String\"},{\"id\":\"v\","
		  "\"name\":\"odd\",\"type\":\"String\",\"value\":5},{\"name\":\"odd\","
		  "\"type\":\"Integer\",\"value\":\"5\"},{\"name\":\"odd\",\"type\":"
		  "\"Boolean\",\"value\":\"true\"},{\"name\":\"odd\",\"type\":\"Date\","
		  "\"value\":7},{\"name\":\"odd\",\"value\":[]},{\"name\":\"odd\",\"type\":"
		  "\"String\",\"value\":\"y\"}]")
		ODD("o2",
		    "\"activityInstances\":[{},{\"endTime\":\"2024-02-01T10:00:00.000+0000\"}],"
		    "\"incidents\":[{},{\"rootCauseIncidentId\":\"r\"}],"
		    "\"jobs\":[{},{\"retries\":1,\"exceptionMessage\":\"x\"}],"
		    "\"jobLogs\":[{},{\"jobId\":\"j\",\"activityId\":\"x\"}]");

static void children_that_lack_what_is_asked_do_no_harm(void **state)
{
	struct engine_fixture *f = *state;
	size_t i;

	history_fixture_import(f, odd_children, 4096);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		history_fixture_count(f, arena_printf(&f->arena, "{%s}", rows[i].member));
	assert_int_equal(history_fixture_count(f, "{\"variables\":[{\"name\":\"odd\",\"operator\":"
						  "\"like\",\"value\":\"%\"}]}"),
			 1);
	assert_int_equal(history_fixture_count(f, "{\"withIncidents\":true}"), 2);
}

static void what_a_variable_condition_lacks_is_told(void **state)
{
	history_fixture_refused(*state, history_process_instance_count, "variables=a_eq", NULL,
				ERR_INVALID,
				"Cannot set query parameter 'variables' to value 'a_eq': variable "
				"query parameter has to have format KEY_OPERATOR_VALUE.");
	history_fixture_refused(
		*state, history_process_instance_query_count, NULL,
		"{\"variables\":[{\"name\":\"a\",\"operator\":\"is\",\"value\":1}]}", ERR_INVALID,
		"Invalid variable comparator specified: is");
	history_fixture_refused(*state, history_process_instance_query_count, NULL,
				"{\"variables\":[{\"name\":\"a\",\"operator\":\"gt\"}]}",
				ERR_NOT_VALID,
				"Booleans and null cannot be used in 'greater than' condition");
	history_fixture_refused(*state, history_process_instance_query_count, NULL,
				"{\"variables\":[{\"name\":\"a\",\"value\":1}]}", ERR_NULL_POINTER,
				NULL);
	history_fixture_refused(*state, history_process_instance_query_count, NULL,
				"{\"variables\":{\"name\":\"a\"}}", ERR_INPUT, NULL);
}

static void or_queries_hold_alternatives(void **state)
{
	assert_int_equal(history_fixture_count(*state, "{\"orQueries\":[{\"active\":true,"
						       "\"processInstanceId\":\"a\"}]}"),
			 2);
	assert_int_equal(history_fixture_count(*state,
					       "{\"finished\":true,\"orQueries\":[{\"active\":true,"
					       "\"processInstanceId\":\"a\"}]}"),
			 1);
	assert_int_equal(history_fixture_count(
				 *state,
				 "{\"orQueries\":[{\"active\":true,\"withIncidents\":true},"
				 "{\"processDefinitionKey\":\"pay\",\"startedBy\":\"mary\"}]}"),
			 1);
	assert_int_equal(history_fixture_count(*state, "{\"orQueries\":[{}]}"), 4);
	assert_int_equal(history_fixture_count(*state, "{\"orQueries\":[]}"), 4);
}

static const char *page(struct engine_fixture *f, const char *query)
{
	return letters_of(history_fixture_answer(f, history_process_instance_list, query, NULL));
}

static void pages_are_cut_at_their_edges(void **state)
{
	static const char sorted[] = "sortBy=startTime&sortOrder=desc";
	static const struct {
		const char *paging, *found, *unsorted;
	} pages[] = {
		{"firstResult=0&maxResults=2",                   "dc",   "ab"  },
		{"firstResult=2&maxResults=2",                   "ba",   "cd"  },
		{"firstResult=3&maxResults=9",                   "a",    "d"   },
		{"firstResult=4&maxResults=1",                   "",     ""    },
		{"firstResult=99",                               "",     ""    },
		{"maxResults=0",				 "",     ""    },
		{"maxResults=2147483647",                        "dcba", "abcd"},
		{"firstResult=2147483647&maxResults=2147483647", "",     ""    },
		{"firstResult=1",                                "cba",  "bcd" },
		{"firstResult=-1",                               "",     ""    },
		{"maxResults=-1",                                "",     ""    },
		{"firstResult=&maxResults=",                     "dcba", "abcd"},
	};
	struct engine_fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		const char *query = arena_printf(&f->arena, "%s&%s", sorted, pages[i].paging);

		assert_string_equal(page(f, query), pages[i].found);
		assert_string_equal(page(f, pages[i].paging), pages[i].unsorted);
	}
}

/* Ties come as they lie; from behind where the order is descending. */
static void absent_values_sort_before_all_others(void **state)
{
	assert_string_equal(page(*state, "sortBy=endTime&sortOrder=asc"), "cdab");
	assert_string_equal(page(*state, "sortBy=endTime&sortOrder=desc"), "badc");
	assert_string_equal(page(*state, "sortBy=businessKey&sortOrder=asc"), "cabd");
	assert_string_equal(page(*state, "sortBy=businessKey&sortOrder=desc&maxResults=2"), "db");
	assert_string_equal(page(*state, "sortBy=tenantId&sortOrder=desc"), "adcb");
	assert_string_equal(page(*state, "sortBy=duration&sortOrder=desc&maxResults=1"), "b");
	assert_string_equal(page(*state, "sortBy=definitionVersion&sortOrder=asc&maxResults=1"),
			    "a");
}

static void further_sort_keys_decide_between_equals(void **state)
{
	static const char body[] =
		"{\"sorting\":[{\"sortBy\":\"definitionKey\",\"sortOrder\":\"asc\"},"
		"{\"sortBy\":\"startTime\",\"sortOrder\":\"desc\"}]}";

	assert_string_equal(letters_of(history_fixture_answer(
				    *state, history_process_instance_query, NULL, body)),
			    "dcab");
	assert_string_equal(
		letters_of(history_fixture_answer(*state, history_process_instance_query,
						  "firstResult=1&maxResults=2", body)),
		"ca");
}

static int delete_definition(struct txn *txn, void *arg)
{
	struct engine_fixture *f = arg;

	return deleted_definitions_add(txn, f->engine.history->deleted_definitions, "pay:2:y");
}

/* Its name and version go with it. */
static void a_deleted_definition_has_no_name(void **state)
{
	struct engine_fixture *f = *state;

	assert_int_equal(history_fixture_count(f, "{\"processDefinitionName\":\"Payment\"}"), 1);
	engine_fixture_run(f, delete_definition, f, 0);
	assert_int_equal(history_fixture_count(f, "{\"processDefinitionName\":\"Payment\"}"), 0);
	assert_int_equal(history_fixture_count(f, "{\"processDefinitionName\":\"Order\"}"), 3);
	assert_int_equal(history_fixture_count(f, "{\"processDefinitionKey\":\"pay\"}"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_filter_finds_the_same_in_both_forms),
		TEST(a_deleted_definition_has_no_name),
		TEST(no_filter_is_left_out_above),
		TEST(null_and_unknown_members_filter_nothing),
		TEST(a_value_is_found_by_every_comparison),
		TEST(conditions_of_one_name_are_for_one_variable),
		TEST(a_long_text_is_not_its_beginning),
		TEST(large_integers_are_compared_to_the_last_digit),
		TEST(children_that_lack_what_is_asked_do_no_harm),
		TEST(what_a_variable_condition_lacks_is_told),
		TEST(or_queries_hold_alternatives),
		TEST(pages_are_cut_at_their_edges),
		TEST(absent_values_sort_before_all_others),
		TEST(further_sort_keys_decide_between_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
