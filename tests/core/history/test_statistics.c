/* Statistics and reports: activities of a definition, evaluations of decisions, durations. */
#include "core/history/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/delete.h"
#include "core/history/duration_report.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

/* a: ended; b: runs, in a sub-process; c: runs, migrated from p1 to p2. */
static const char history[] =
	"{\"processInstance\":{\"id\":\"a\",\"processDefinitionId\":\"p1\","
	"\"processDefinitionKey\":\"k\",\"startTime\":\"2024-01-31T23:00:00.000+0000\","
	"\"endTime\":\"2024-02-01T01:00:00.000+0000\",\"state\":\"COMPLETED\"},"
	"\"activityInstances\":[{\"id\":\"a1\",\"activityId\":\"begin\","
	"\"activityType\":\"startEvent\",\"processDefinitionId\":\"p1\","
	"\"endTime\":\"2024-02-01T00:00:00.000+0000\"},{\"id\":\"a2\","
	"\"activityId\":\"work\",\"activityType\":\"userTask\","
	"\"processDefinitionId\":\"p1\",\"endTime\":\"2024-02-01T00:00:00.000+0000\","
	"\"canceled\":true},{\"id\":\"a3\",\"activityId\":\"stop\","
	"\"activityType\":\"noneEndEvent\",\"processDefinitionId\":\"p1\","
	"\"endTime\":\"2024-02-01T00:00:00.000+0000\",\"completeScope\":true}],"
	"\"incidents\":[{\"id\":\"x1\",\"processDefinitionId\":\"p1\","
	"\"activityId\":\"work\",\"incidentType\":\"failedJob\","
	"\"resolved\":true},{\"id\":\"x2\",\"processDefinitionId\":\"p1\","
	"\"activityId\":\"begin\",\"incidentType\":\"failedJob\","
	"\"deleted\":true}]}\n"
	"{\"processInstance\":{\"id\":\"b\",\"processDefinitionId\":\"p1\","
	"\"processDefinitionKey\":\"k\",\"startTime\":\"2024-02-10T00:00:00.000+0000\"},"
	"\"activityInstances\":[{\"id\":\"b1\",\"activityId\":\"begin\","
	"\"activityType\":\"startEvent\",\"processDefinitionId\":\"p1\","
	"\"endTime\":\"2024-02-01T00:00:00.000+0000\"},{\"id\":\"b2\","
	"\"activityId\":\"part\",\"activityType\":\"subProcess\","
	"\"processDefinitionId\":\"p1\"},{\"id\":\"b3\",\"activityId\":\"work\","
	"\"activityType\":\"userTask\",\"processDefinitionId\":\"p1\"}],"
	"\"incidents\":[{\"id\":\"x3\",\"processDefinitionId\":\"p1\","
	"\"activityId\":\"work\",\"incidentType\":\"failedJob\","
	"\"open\":true}]}\n"
	"{\"processInstance\":{\"id\":\"c\",\"processDefinitionId\":\"p2\","
	"\"processDefinitionKey\":\"k\",\"startTime\":\"2025-02-10T00:00:00.000+0000\"},"
	"\"activityInstances\":[{\"id\":\"c1\",\"activityId\":\"begin\","
	"\"activityType\":\"startEvent\",\"processDefinitionId\":\"p1\","
	"\"endTime\":\"2024-02-01T00:00:00.000+0000\"},{\"id\":\"c2\","
	"\"activityId\":\"work\",\"activityType\":\"userTask\","
	"\"processDefinitionId\":\"p2\"}]}\n"
	"{\"processInstance\":{\"id\":\"d\",\"processDefinitionId\":\"p2\","
	"\"processDefinitionKey\":\"k\",\"startTime\":\"2025-02-01T00:00:00.000+0000\","
	"\"endTime\":\"2025-02-01T00:00:01.000+0000\",\"state\":\"COMPLETED\"},"
	"\"activityInstances\":[]}\n"
	"{\"decisionInstance\":{\"id\":\"e1\",\"decisionDefinitionId\":\"r:1\","
	"\"decisionDefinitionKey\":\"r\",\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\""
	",\"decisionRequirementsDefinitionId\":\"all\"}}\n"
	"{\"decisionInstance\":{\"id\":\"e2\",\"decisionDefinitionId\":\"s:1\","
	"\"decisionDefinitionKey\":\"s\",\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\""
	",\"decisionRequirementsDefinitionId\":\"all\",\"rootDecisionInstanceId\":\"e1\"}}\n"
	"{\"decisionInstance\":{\"id\":\"e3\",\"decisionDefinitionId\":\"r:1\","
	"\"decisionDefinitionKey\":\"r\",\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\""
	",\"decisionRequirementsDefinitionId\":\"all\"}}\n"
	"{\"decisionInstance\":{\"id\":\"e4\",\"decisionDefinitionId\":\"t:1\","
	"\"decisionDefinitionKey\":\"t\",\"evaluationTime\":\"2024-01-01T00:00:00.000+0000\""
	"}}\n";

#define INSTANCE_E                                                                                 \
	"{\"processInstance\":{\"id\":\"e\",\"processDefinitionId\":\"p1\","                       \
	"\"startTime\":\"2024-01-01T00:00:00.000+0000\","                                          \
	"\"endTime\":\"2024-01-02T00:00:00.000+0000\",\"state\":\"COMPLETED\"},"                   \
	"\"activityInstances\":[{\"id\":\"e1\",\"activityId\":\"last\","                           \
	"\"activityType\":\"noneEndEvent\",\"processDefinitionId\":\"p1\","                        \
	"\"endTime\":\"2024-01-02T00:00:00.000+0000\"}]}\n"

static int set_up(void **state)
{
	return history_fixture_set_up(state, history);
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

/* The rows of a statistic: activity, and a digit for each count in the order of the members. */
static const char *in_short(struct engine_fixture *fixture, const char *answer)
{
	char *text = arena_alloc(&fixture->arena, strlen(answer) + 1), *end = text;
	const struct json *row, *member;
	struct json *rows;

	assert_int_equal(json_parse(&fixture->arena, answer, strlen(answer), &rows), 0);
	for (row = rows->first; row; row = row->next) {
		end += sprintf(end, "%s%s ", row == rows->first ? "" : ", ", row->first->text);
		for (member = row->first->next; member; member = member->next)
			end += sprintf(end, "%s", member->text);
	}
	return text;
}

/* What the statistics of DEFINITION answer to QUERY. */
static void check(void **state, const char *definition, const char *query, const char *rows)
{
	const char *answer = ask(*state, history_process_definition_statistics, definition, query);

	assert_string_equal(in_short(*state, answer), rows);
}

/* instances, canceled, finished, completeScope; open, resolved, deleted incidents */
static void activities_are_counted_as_asked_for(void **state)
{
	check(state, "p1", "x=y", "part 1000000, work 1000000");
	check(state, "p1", "finished=true&sortBy=activityId&sortOrder=desc",
	      "work 1010000, stop 0010000, part 1000000, begin 0030000");
	check(state, "p1", "canceled=true", "part 1000000, work 1100000");
	check(state, "p1", "completeScope=true&finishedBefore=2024-02-01T01:00:00.000+0000",
	      "stop 0001000");
	check(state, "p1", "incidents=true", "begin 0000001, part 1000000, work 1000110");
	check(state, "p1", "finished=true&startedAfter=2025-01-01T00:00:00.000+0000",
	      "begin 0010000");
	check(state, "p1", "finished=true&startedBefore=2024-01-31T22:59:59.999+0000", "");
	check(state, "p1", "finished=true&finishedAfter=2024-02-01T01:00:00.001+0000", "");
	check(state, "p1", "finished=true&processInstanceIdIn=b,x",
	      "begin 0010000, part 1000000, work 1000000");
	check(state, "p2", "x=y", "work 1000000");
	check(state, "p", "x=y", "");
}

/* What was kept is told again, whatever was asked first, and forgotten with what was deleted. */
static void totals_are_kept_while_they_are_true(void **state)
{
	struct engine_fixture *fixture = *state;

	check(state, "p1", "finished=true",
	      "begin 0030000, part 1000000, stop 0010000, work 1010000");
	check(state, "p1", "canceled=true", "part 1000000, work 1100000");
	check(state, "p1", "finished=true",
	      "begin 0030000, part 1000000, stop 0010000, work 1010000");
	check(state, "p1", "finished=true&canceled=true&completeScope=true&incidents=true",
	      "begin 0030001, part 1000000, stop 0011000, work 1110110");
	assert_int_equal(history_fixture_delete(fixture, "a"), 0);
	check(state, "p1", "finished=true", "begin 0020000, part 1000000, work 1000000");
	check(state, "p1", "canceled=true", "part 1000000, work 1000000");
	history_fixture_import(fixture, INSTANCE_E, sizeof(INSTANCE_E));
	check(state, "p1", "finished=true",
	      "begin 0020000, last 0010000, part 1000000, work 1000000");
}

static void add_finished(void *arg, const struct activity_tally *of)
{
	*(int64_t *)arg += of->finished;
}

static void totals_belong_to_a_state_of_the_segment(void **state)
{
	struct activity_totals *totals = activity_totals_new();
	struct segment_state then = {10, 2, 5}, now = {10, 3, 5};
	struct engine_fixture *fixture = *state;
	struct tallies tallies;
	int64_t sum = 0;

	tallies_init(&tallies, &fixture->arena, sizeof(struct activity_tally));
	((struct activity_tally *)tally(&tallies, "a"))->finished = 3;
	((struct activity_tally *)tally(&tallies, "b"))->finished = 4;
	activity_totals_keep(totals, 7, "p", then, &tallies);
	assert_false(activity_totals_get(totals, 7, "p", now, add_finished, &sum));
	assert_false(activity_totals_get(totals, 8, "p", then, add_finished, &sum));
	assert_false(activity_totals_get(totals, 7, "q", then, add_finished, &sum));
	assert_true(activity_totals_get(totals, 7, "p", then, add_finished, &sum));
	assert_int_equal(sum, 7);
	activity_totals_keep(totals, 7, "p", now, &tallies);
	assert_false(activity_totals_get(totals, 7, "p", then, add_finished, &sum));
	assert_true(activity_totals_get(totals, 7, "p", now, add_finished, &sum));
	activity_totals_free(totals);
}

/* More than may be kept: nothing grows, and what is told stays right. */
static void totals_have_a_bound(void **state)
{
	struct activity_totals *totals = activity_totals_new();
	struct segment_state at = {1, 0, 1};
	struct engine_fixture *fixture = *state;
	struct tallies tallies;
	uint32_t segment, known = 0;
	int64_t sum = 0;
	size_t i;

	tallies_init(&tallies, &fixture->arena, sizeof(struct activity_tally));
	for (i = 0; i < 1000; i++)
		((struct activity_tally *)tally(&tallies,
						arena_printf(&fixture->arena, "activity-%zu", i)))
			->finished = 1;
	for (segment = 0; segment < 1000; segment++)
		activity_totals_keep(totals, segment, "p", at, &tallies);
	for (segment = 0; segment < 1000; segment++)
		known += activity_totals_get(totals, segment, "p", at, add_finished, &sum);
	assert_in_range(known, 1, 600);
	assert_int_equal(sum, known * 1000);
	activity_totals_free(totals);
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

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		history_fixture_refused(*state, history_process_instance_report, rows[i].query,
					NULL, rows[i].code, rows[i].message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(activities_are_counted_as_asked_for),
		TEST(totals_are_kept_while_they_are_true),
		TEST(totals_belong_to_a_state_of_the_segment),
		TEST(totals_have_a_bound),
		TEST(evaluations_are_counted_by_decision),
		TEST(durations_are_reported_by_the_calendar),
		TEST(the_zone_of_the_server_decides_on_the_month),
		TEST(reports_say_what_they_want),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
