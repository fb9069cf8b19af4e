/* Statistics and reports: activities of a definition, evaluations of decisions, durations. */
#include "core/history/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/duration_report.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

#define INSTANCE(id, definition, start, end)                                                       \
	"{\"processInstance\":{\"id\":\"" id "\",\"processDefinitionId\":\"" definition            \
	"\",\"processDefinitionKey\":\"k\",\"startTime\":\"" start "\"" end "},"
#define ENDED(time) ",\"endTime\":\"" time "\",\"state\":\"COMPLETED\""
#define ACTIVITY(id, activity, type, definition, more)                                             \
	"{\"id\":\"" id "\",\"activityId\":\"" activity "\",\"activityType\":\"" type              \
	"\",\"processDefinitionId\":\"" definition "\"" more "}"
#define OVER ",\"endTime\":\"2024-02-01T00:00:00.000+0000\""

/* a: ended; b: runs, in a sub-process; c: runs, migrated from p1 to p2. */
static const char
	history[] =
		INSTANCE(
			"a", "p1",
			"2024-01-31T23:00:00.000+0000", ENDED("2024-02-01T01:00:00.000+0000")) "\"a"
											       "cti"
											       "vit"
											       "yIn"
											       "sta"
											       "nce"
											       "s\""
											       ":"
											       "[" ACTIVITY("a1",
													    "begin", "startEvent", "p1", OVER) "," ACTIVITY("a2",
																			    "work", "userTask", "p1", OVER ",\"canceled\":true") "," ACTIVITY("a3", "stop", "noneEndEvent", "p1", OVER ",\"completeScope\":true") "],"
																																				  "\"incidents\":[{\"id\":\"x1\",\"processDefinitionId\":\"p1\",\"activityId\":\"work\","
																																				  "\"incidentType\":\"failedJob\",\"resolved\":true},"
																																				  "{\"id\":\"x2\",\"processDefinitionId\":\"p1\",\"activityId\":\"begin\","
																																				  "\"incidentType\":\"failedJob\",\"deleted\":true}]}\n" INSTANCE("b", "p1", "2024-02-10T00:00:00.000+0000", "") "\"activityInstances\":[" ACTIVITY("b1",
																																																						    "begin",
																																																						    "startEvent", "p1", OVER) "," ACTIVITY("b2",
																																																											   "part", "subProcess", "p1", "") "," ACTIVITY("b3",
																																																																	"work",
																																																																	"userTask", "p1", "") "],"
																																																																			      "\"incidents\":[{\"id\":\"x3\",\"processDefinitionId\":\"p1\",\"activityId\":\"work\","
																																																																			      "\"incidentType\":\"failedJob\",\"open\":true}]}\n" INSTANCE("c", "p2", "2025-02-10T00:00:00.000+0000", "") "\"activityInstances\":[" ACTIVITY("c1", "begin", "startEvent", "p1", OVER) "," ACTIVITY(
																																																																				      "c2",
																																																																				      "work", "userTask", "p2",
																																																																				      "") "]}\n" INSTANCE("d", "p2", "2025-02-01T00:00:00.000+0000", ENDED("2025-02-01T00:00:01.000+0000")) "\"activityInstances\":[]}\n"
																																																																																	    "{\"decisionInstance\":{\"id\":\"e1\",\"decisionDefinitionId\":\"r:1\","
																																																																																	    "\"decisionDefinitionKey\":\"r\",\"decisionRequirementsDefinitionId\":\"all\","
																																																																																	    "\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\"}}\n"
																																																																																	    "{\"decisionInstance\":{\"id\":\"e2\",\"decisionDefinitionId\":\"s:1\","
																																																																																	    "\"decisionDefinitionKey\":\"s\",\"decisionRequirementsDefinitionId\":\"all\","
																																																																																	    "\"rootDecisionInstanceId\":\"e1\","
																																																																																	    "\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\"}}\n"
																																																																																	    "{\"decisionInstance\":{\"id\":\"e3\",\"decisionDefinitionId\":\"r:1\","
																																																																																	    "\"decisionDefinitionKey\":\"r\",\"decisionRequirementsDefinitionId\":\"all\","
																																																																																	    "\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\"}}\n"
																																																																																	    "{\"decisionInstance\":{\"id\":\"e4\",\"decisionDefinitionId\":\"t:1\","
																																																																																	    "\"decisionDefinitionKey\":\"t\","
																																																																																	    "\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\"}}\n";

static int set_up(void **state)
{
	setenv("TZ", "UTC", 1);
	tzset();
	TRY(engine_fixture_set_up(state));
	history_fixture_import(*state, history, sizeof(history));
	return 0;
}

static const char *ask(struct engine_fixture *fixture, handler handle, const char *id,
		       const char *query)
{
	struct request request = history_fixture_request(fixture, query, NULL);
	struct call *call = arena_copy(&fixture->arena, request.call, sizeof(*call));
	const char *answer;

	call->params = &id;
	call->param_count = 1;
	request.call = call;
	assert_int_equal(handle(&request), 0);
	answer = arena_strndup(&fixture->arena, (const char *)request.writer.buffer.data,
			       request.writer.buffer.length);
	json_writer_clear(&request.writer);
	return answer;
}

#define COUNTS(id, instances, canceled, finished, complete, open, resolved, deleted)               \
	"{\"id\":\"" id "\",\"instances\":" #instances ",\"canceled\":" #canceled                  \
	",\"finished\":" #finished ",\"completeScope\":" #complete ",\"openIncidents\":" #open     \
	",\"resolvedIncidents\":" #resolved ",\"deletedIncidents\":" #deleted "}"

/* What the statistics of p1 answer to QUERY. */
static void check(void **state, const char *query, const char *answer)
{
	assert_string_equal(ask(*state, history_process_definition_statistics, "p1", query),
			    answer);
}

static void activities_are_counted_as_asked_for(void **state)
{
	check(state, "x=y",
	      "[" COUNTS("part", 1, 0, 0, 0, 0, 0, 0) "," COUNTS("work", 1, 0, 0, 0, 0, 0, 0) "]");
	check(state, "finished=true&sortBy=activityId&sortOrder=desc",
	      "[" COUNTS("work", 1, 0, 1, 0, 0, 0, 0) "," COUNTS(
		      "stop", 0, 0, 1, 0, 0, 0, 0) "," COUNTS("part", 1, 0, 0, 0, 0, 0,
							      0) "," COUNTS("begin", 0, 0, 3, 0, 0,
									    0, 0) "]");
	check(state, "canceled=true",
	      "[" COUNTS("part", 1, 0, 0, 0, 0, 0, 0) "," COUNTS("work", 1, 1, 0, 0, 0, 0, 0) "]");
	check(state, "completeScope=true&finishedBefore=2024-02-01T01:00:00.000+0000",
	      "[" COUNTS("stop", 0, 0, 0, 1, 0, 0, 0) "]");
	check(state, "incidents=true",
	      "[" COUNTS("begin", 0, 0, 0, 0, 0, 0, 1) "," COUNTS(
		      "part", 1, 0, 0, 0, 0, 0, 0) "," COUNTS("work", 1, 0, 0, 0, 1, 1, 0) "]");
	check(state, "finished=true&startedAfter=2025-01-01T00:00:00.000+0000",
	      "[" COUNTS("begin", 0, 0, 1, 0, 0, 0, 0) "]");
	check(state, "finished=true&startedBefore=2024-01-31T22:59:59.999+0000", "[]");
	check(state, "finished=true&finishedAfter=2024-02-01T01:00:00.001+0000", "[]");
	check(state, "finished=true&processInstanceIdIn=b,x",
	      "[" COUNTS("begin", 0, 0, 1, 0, 0, 0, 0) "," COUNTS(
		      "part", 1, 0, 0, 0, 0, 0, 0) "," COUNTS("work", 1, 0, 0, 0, 0, 0, 0) "]");
	assert_string_equal(ask(*state, history_process_definition_statistics, "p2", "x=y"),
			    "[" COUNTS("work", 1, 0, 0, 0, 0, 0, 0) "]");
	assert_string_equal(ask(*state, history_process_definition_statistics, "p", "x=y"), "[]");
}

static void evaluations_are_counted_by_decision(void **state)
{
	handler handle = history_decision_requirements_definition_statistics;

	assert_string_equal(ask(*state, handle, "all", NULL),
			    "[{\"decisionDefinitionKey\":\"r\",\"evaluations\":2},"
			    "{\"decisionDefinitionKey\":\"s\",\"evaluations\":1}]");
	assert_string_equal(ask(*state, handle, "all", "decisionInstanceId=e1"),
			    "[{\"decisionDefinitionKey\":\"r\",\"evaluations\":1},"
			    "{\"decisionDefinitionKey\":\"s\",\"evaluations\":1}]");
	assert_string_equal(ask(*state, handle, "all", "decisionInstanceId=e2"),
			    "[{\"decisionDefinitionKey\":\"s\",\"evaluations\":1}]");
	assert_string_equal(ask(*state, handle, "none", NULL), "[]");
}

static void durations_are_reported_by_the_calendar(void **state)
{
	handler handle = history_process_instance_report;

	assert_string_equal(ask(*state, handle, "", "reportType=duration&periodUnit=month"),
			    "[{\"minimum\":7200000,\"maximum\":7200000,\"average\":7200000,"
			    "\"period\":1,\"periodUnit\":\"MONTH\"},{\"minimum\":1000,"
			    "\"maximum\":1000,\"average\":1000,\"period\":2,"
			    "\"periodUnit\":\"MONTH\"}]");
	assert_string_equal(ask(*state, handle, "", "reportType=duration&periodUnit=Quarter"),
			    "[{\"minimum\":1000,\"maximum\":7200000,\"average\":3600500,"
			    "\"period\":1,\"periodUnit\":\"QUARTER\"}]");
	assert_string_equal(ask(*state, handle, "",
				"reportType=duration&periodUnit=month&processDefinitionIdIn=p2"),
			    "[{\"minimum\":1000,\"maximum\":1000,\"average\":1000,\"period\":2,"
			    "\"periodUnit\":\"MONTH\"}]");
	assert_string_equal(ask(*state, handle, "",
				"reportType=duration&periodUnit=month&processDefinitionKeyIn=x"),
			    "[]");
	assert_string_equal(ask(*state, handle, "",
				"reportType=duration&periodUnit=month&"
				"startedBefore=2024-01-31T22:59:59.999+0000"),
			    "[]");
	assert_string_equal(ask(*state, handle, "",
				"reportType=duration&periodUnit=month&"
				"startedAfter=2025-02-01T00:00:00.001+0000"),
			    "[]");
}

/* Where the clock is ahead, an evening in January is a morning in February. */
static void the_zone_of_the_server_decides_on_the_month(void **state)
{
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	assert_non_null(strstr(ask(*state, history_process_instance_report, "",
				   "reportType=duration&periodUnit=month"),
			       "\"maximum\":7200000,\"average\":3600500,\"period\":2"));
	setenv("TZ", "UTC", 1);
	tzset();
}

static void reports_say_what_they_want(void **state)
{
	static const struct {
		const char *query;
		int code;
		const char *message;
	} rows[] = {
		{"x=y",				 ERR_INVALID,   "Unknown report type null" },
		{"reportType=count&periodUnit=month",   ERR_INVALID,   "Unknown report type count"},
		{"reportType=duration",                 ERR_INVALID_0, "periodUnit is null"       },
		{"reportType=x",                        ERR_INVALID,
		 "Cannot set query parameter 'reportType' to value 'x'"                           },
		{"reportType=duration&periodUnit=week", ERR_INVALID,
		 "Cannot set query parameter 'periodUnit' to value 'week': Cannot convert value "
		 "week to "
		 "java enum type org.camunda.bpm.engine.query.PeriodUnit"                         },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		history_fixture_refused(*state, history_process_instance_report, rows[i].query,
					NULL, rows[i].code, rows[i].message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(activities_are_counted_as_asked_for),
		TEST(evaluations_are_counted_by_decision),
		TEST(durations_are_reported_by_the_calendar),
		TEST(the_zone_of_the_server_decides_on_the_month),
		TEST(reports_say_what_they_want),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
