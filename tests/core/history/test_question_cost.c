/* What a question costs: how many records and postings it reads, by its shape (storage/format.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/child_resource.h"
#include "core/json/writer.h"
#include "tests/core/history_fixture.h"

enum { INSTANCES = 4000, RARE_EVERY = 1000, ID_SIZE = 64, ALL = INSTANCES };

static const struct {
	const char *id, *type;
} steps[] = {
	{"begin", "startEvent"      },
	{"check", "userTask"        },
	{"end",   "noneEndEvent"    },
	{"split", "exclusiveGateway"},
};

/* A UUID in no order, the same in every run. */
static const char *id_of(uint32_t i, uint32_t k, char *id)
{
	snprintf(id, ID_SIZE, "%08x-0000-1000-8000-%08x%04x", (16 * i + k) * 2654435761u, i, k);
	return id;
}

static int64_t start_of(uint32_t i)
{
	return 1700000000000 + i * 60000;
}

static void put_common(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_key_string(writer, "executionId", id_of(i, 0, id));
	json_key_string(writer, "rootProcessInstanceId", id_of(i, 0, id));
	json_key_string(writer, "processDefinitionId", i % 8 ? "order:1:x" : "claim:1:x");
	json_key_string(writer, "processDefinitionKey", i % 8 ? "order" : "claim");
}

static void put_activity(struct json_writer *writer, uint32_t i, const char *name, const char *type,
			 uint32_t k)
{
	char uuid[ID_SIZE], id[2 * ID_SIZE];

	snprintf(id, sizeof(id), "%s:%s", name, id_of(i, k, uuid));
	json_open_object(writer);
	json_key_string(writer, "id", id);
	json_key_string(writer, "activityId", name);
	json_key_string(writer, "activityType", type);
	json_key_time(writer, "startTime", start_of(i) + k * 100);
	json_key_time(writer, "endTime", start_of(i) + k * 100 + 50);
	if (!strcmp(type, "userTask"))
		json_key_string(writer, "assignee", i % 2 ? "mary" : "paul");
	put_common(writer, i);
	json_close_object(writer);
}

static void put_activities(struct json_writer *writer, uint32_t i)
{
	uint32_t k;

	json_key(writer, "activityInstances");
	json_open_array(writer);
	for (k = 0; k < ARRAY_SIZE(steps); k++)
		put_activity(writer, i, steps[k].id, steps[k].type, k + 1);
	if (i % RARE_EVERY == 7)
		put_activity(writer, i, "call", "callActivity", k + 1);
	json_close_array(writer);
}

static void put_task(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_key(writer, "tasks");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "id", id_of(i, 8, id));
	json_key_string(writer, "name", i % RARE_EVERY == 7 ? "Rare" : "Check");
	json_key_string(writer, "assignee", i % 2 ? "mary" : "paul");
	json_key_time(writer, "startTime", start_of(i));
	json_key_time(writer, "endTime", start_of(i) + 1000);
	json_key_int(writer, "priority", 50);
	put_common(writer, i);
	json_close_object(writer);
	json_close_array(writer);
}

static void put_variable(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_key(writer, "variables");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "id", id_of(i, 9, id));
	json_key_string(writer, "name", "amount");
	json_key_string(writer, "type", "String");
	snprintf(id, sizeof(id), "%u", i % 100);
	json_key_string(writer, "value", id);
	json_key_string(writer, "activityInstanceId", id_of(i, 0, id));
	json_key_string(writer, "taskId", id_of(i, 8, id));
	json_key_time(writer, "createTime", start_of(i));
	put_common(writer, i);
	json_close_object(writer);
	json_close_array(writer);
}

static void put_detail(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_key(writer, "details");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "id", id_of(i, 10, id));
	json_key_string(writer, "type", "variableUpdate");
	json_key_string(writer, "variableName", "amount");
	json_key_string(writer, "variableType", "String");
	json_key_string(writer, "variableInstanceId", id_of(i, 9, id));
	json_key_time(writer, "time", start_of(i));
	put_common(writer, i);
	json_close_object(writer);
	json_close_array(writer);
}

static void put_link(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_key(writer, "identityLinks");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "id", id_of(i, 11, id));
	json_key_string(writer, "rootProcessInstanceId", id_of(i, 0, id));
	json_key_string(writer, "processDefinitionId", i % 8 ? "order:1:x" : "claim:1:x");
	json_key_string(writer, "processDefinitionKey", i % 8 ? "order" : "claim");
	json_key_string(writer, "type", "candidate");
	json_key_string(writer, "userId", i % 2 ? "mary" : "paul");
	json_key_string(writer, "taskId", id_of(i, 8, id));
	json_key_string(writer, "operationType", "add");
	json_key_time(writer, "time", start_of(i));
	json_close_object(writer);
	json_close_array(writer);
}

static void put_decision(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_key(writer, "decisionInstances");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "id", id_of(i, 12, id));
	json_key_string(writer, "decisionDefinitionId", i % 100 ? "rate:1:x" : "risk:1:x");
	json_key_string(writer, "decisionDefinitionKey", i % 100 ? "rate" : "risk");
	json_key_string(writer, "activityId", i % 2 ? "decide" : "again");
	json_key_time(writer, "evaluationTime", start_of(i));
	json_close_object(writer);
	json_close_array(writer);
}

static void put_operation(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_key(writer, "userOperations");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "id", id_of(i, 13, id));
	json_key_string(writer, "userId", i % 100 ? "mary" : "paul");
	json_key_string(writer, "operationType", i % 2 ? "Delete" : "Claim");
	json_key_time(writer, "timestamp", start_of(i));
	json_close_object(writer);
	json_close_array(writer);
}

static void put_instance(struct json_writer *writer, uint32_t i)
{
	char id[ID_SIZE];

	json_open_object(writer);
	json_key(writer, "processInstance");
	json_open_object(writer);
	json_key_string(writer, "id", id_of(i, 0, id));
	json_key_string(writer, "rootProcessInstanceId", id_of(i, 0, id));
	json_key_string(writer, "processDefinitionId", i % 8 ? "order:1:x" : "claim:1:x");
	json_key_string(writer, "processDefinitionKey", i % 8 ? "order" : "claim");
	snprintf(id, sizeof(id), "key-%05u", i);
	json_key_string(writer, "businessKey", id);
	json_key_time(writer, "startTime", start_of(i));
	json_key_time(writer, "endTime", start_of(i) + 10000);
	json_close_object(writer);
	put_activities(writer, i);
	put_task(writer, i);
	put_variable(writer, i);
	put_detail(writer, i);
	put_link(writer, i);
	put_decision(writer, i);
	put_operation(writer, i);
	json_close_object(writer);
	json_newline(writer);
}

static int set_up(void **state)
{
	return history_fixture_set_up_with(state, put_instance, INSTANCES);
}

static size_t rows_in(const char *answer)
{
	size_t count = 0;

	while ((answer = strstr(answer, "{\"id\":\"")) != NULL) {
		answer++;
		count++;
	}
	return count;
}

/* Places in a query: the ids of the first instance, of its task, variable, and an activity. */
static const char *fill_in(struct engine_fixture *fixture, const char *query)
{
	static const struct {
		const char *mark;
		uint32_t k;
	} marks[] = {
		{"INSTANCE", 0 },
                {"ACTIVITY", 2 },
                {"TASK",     8 },
                {"VARIABLE", 9 },
                {"DETAIL",   10},
	};
	char id[ID_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *at = strstr(query, marks[i].mark);

		if (at)
			query = arena_printf(&fixture->arena, "%.*s%s%s%s", (int)(at - query),
					     query, marks[i].k == 2 ? "check:" : "",
					     id_of(0, marks[i].k, id), at + strlen(marks[i].mark));
	}
	return query;
}

struct question {
	handler handle;
	const char *query;
	size_t rows;
	uint64_t records, postings; /* at most */
};

static struct archive_reads reads_of(const struct history *history)
{
	struct archive *archives[] = {history->processes, history->decisions, history->operations};
	struct archive_reads all = {0, 0}, one;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(archives); i++) {
		archive_count_reads(archives[i], &one);
		all.records += one.records;
		all.postings += one.postings;
	}
	return all;
}

static bool costs_no_more(struct engine_fixture *fixture, const struct question *question)
{
	struct archive_reads before = reads_of(fixture->engine.history), after;
	const char *query = fill_in(fixture, question->query), *answer;
	size_t rows;

	answer = history_fixture_answer(fixture, question->handle, query, NULL);
	after = reads_of(fixture->engine.history);
	after.records -= before.records;
	after.postings -= before.postings;
	rows = strstr(answer, "\"count\"") ? strtoul(answer + 9, NULL, 10) : rows_in(answer);
	if (rows == question->rows && after.records <= question->records &&
	    after.postings <= question->postings)
		return true;
	print_error("%s: %zu rows, %lu records, %lu postings\n", query, rows,
		    (unsigned long)after.records, (unsigned long)after.postings);
	return false;
}

static void questions_read_what_they_may(void **state)
{
	static const struct question questions[] = {
  /* a page in order of ids */
		{history_activity_instance_list,  "maxResults=50",                                               50,    66,            67     },
		{history_activity_instance_list,  "firstResult=300&maxResults=50",                               50,    366,           367    },
		{history_activity_instance_list,  "processDefinitionKey=claim&maxResults=10",                    10,    26,
		 300															  },
		{history_task_list,               "maxResults=50",                                               50,    66,            67     },
		{history_variable_instance_list,  "maxResults=50",                                               50,    66,            67     },
		{history_detail_list,             "maxResults=50",                                               50,    66,            67     },
		{history_identity_link_log_list,  "maxResults=50",                                               50,    66,            67     },
 /* of those that filters leave */
		{history_activity_instance_list,  "activityType=userTask&maxResults=50",                         50,    66,            67     },
		{history_activity_instance_list,  "activityType=exclusiveGateway&maxResults=50",                 50,
		 66,														   67     },
		{history_activity_instance_list,  "activityType=callActivity&maxResults=50",                     4,     4,
		 4															    },
		{history_activity_instance_list,  "activityId=split&maxResults=50",                              50,    66,            67     },
		{history_activity_instance_list,  "taskAssignee=mary&maxResults=50",                             50,    330,           400    },
		{history_task_list,               "taskPriority=50&maxResults=50",                               50,    66,            67     },
		{history_task_list,               "taskAssignee=mary&maxResults=50",                             50,    66,            67     },
		{history_identity_link_log_list,  "userId=paul&maxResults=50",                                   50,    330,           400    },
 /* what no child is like */
		{history_activity_instance_list,  "activityType=none&maxResults=50",                             0,     0,             0      },
		{history_activity_instance_list,  "activityName=none&maxResults=50",                             0,     0,             0      },
		{history_activity_instance_list,  "activityNameLike=n%&maxResults=50",                           0,     0,             0      },
		{history_activity_instance_list,  "unfinished=true&maxResults=50",                               0,     0,             0      },
		{history_activity_instance_list,  "canceled=true",                                               0,     0,             0      },
		{history_task_list,               "taskName=none",                                               0,     0,             0      },
		{history_task_list,               "taskOwner=none",                                              0,     0,             0      },
		{history_task_list,               "unassigned=true",                                             0,     0,             0      },
		{history_task_list,               "taskDueDateAfter=2013-01-23T13:42:42.000+0000",               0,     0,             0      },
		{history_task_list,               "taskParentTaskId=none",                                       0,     0,             0      },
		{history_variable_instance_list,  "variableName=none",                                           0,     0,             0      },
		{history_variable_instance_list,  "variableNameLike=n%",                                         0,     0,             0      },
		{history_variable_instance_list,  "variableTypeIn=double",                                       0,     0,             0      },
		{history_detail_list,             "formFields=true",                                             0,     0,             0      },
		{history_detail_list,             "variableTypeIn=double",                                       0,     0,             0      },
		{history_identity_link_log_list,  "operationType=delete",                                        0,     0,             0      },
		{history_identity_link_log_list,  "groupId=none",                                                0,     0,             0      },
		{history_task_count,              "taskName=none",                                               0,     0,             0      },
 /* by ids, of their own and of what they belong to */
		{history_activity_instance_list,  "activityInstanceId=ACTIVITY",                                 1,     1,             2      },
		{history_activity_instance_list,  "executionId=INSTANCE",                                        4,     1,             0      },
		{history_activity_instance_list,  "processInstanceId=INSTANCE",                                  4,     1,             0      },
		{history_task_list,               "taskId=TASK",                                                 1,     1,             2      },
		{history_variable_instance_list,  "taskIdIn=TASK",                                               1,     1,             2      },
		{history_variable_instance_list,  "activityInstanceIdIn=INSTANCE",                               1,     1,             2      },
		{history_variable_instance_list,  "executionIdIn=INSTANCE",                                      1,     1,             0      },
		{history_detail_list,             "variableInstanceId=VARIABLE",                                 1,     1,             2      },
		{history_detail_list,             "activityInstanceId=ACTIVITY",                                 0,     1,             2      },
		{history_identity_link_log_list,  "taskId=TASK",                                                 1,     1,             2      },
		{history_variable_instance_count, "taskIdIn=TASK",                                               1,     1,             2      },
 /* in order of time */
		{history_activity_instance_list,
		 "activityType=startEvent&sortBy=startTime&sortOrder=desc&maxResults=50",                        50,    360,
		 0															    },
		{history_task_list,               "taskName=Check&sortBy=startTime&sortOrder=asc&maxResults=50",
		 50,												    360,           0      },
 /* what columns and postings tell */
		{history_task_count,              "taskAssignee=mary",                                           2000,  0,             2000   },
		{history_task_count,              "processDefinitionKey=claim",                                  500,   0,             0      },
		{history_activity_instance_count, "firstResult=0",                                               16004, 0,             0      },
		{history_task_list,               "processInstanceBusinessKey=key-00077",                        1,     1,             1      },
		{history_task_list,               "taskVariables=amount_eq_7&maxResults=10",                     10,    40,            41     },
		{history_process_instance_list,   "processInstanceBusinessKey=key-00077",                        1,     1,             1      },
		{history_process_instance_list,   "maxResults=50",                                               50,    50,            0      },
		{history_process_instance_list,   "sortBy=startTime&sortOrder=desc&maxResults=50",               50,
		 50,														   0      },
		{history_process_instance_list,   "processInstanceBusinessKeyLike=key-0007%",                    10,    10,
		 11															   },
		{history_process_instance_list,   "variables=amount_eq_7&maxResults=10",                         10,    10,            41     },
		{history_process_instance_count,  "processDefinitionKey=claim",                                  500,   0,             0      },
		{history_process_instance_list,   "sortBy=businessKey&sortOrder=asc&maxResults=50",
		 50,												    50,            60     },
		{history_process_instance_list,   "sortBy=businessKey&sortOrder=desc&maxResults=50",
		 50,												    50,            130    },
		{history_process_instance_list,
		 "processDefinitionKey=claim&sortBy=businessKey&sortOrder=asc&maxResults=50",                    50,
		 50,														   450    },
		{history_process_instance_list,   "firstResult=2000&maxResults=50",                              50,    50,            0      },
		{history_process_instance_list,   "executedActivityIdIn=check&maxResults=50",                    50,
		 ALL + 50,													     0      },
		{history_process_instance_list,   "processInstanceBusinessKeyLike=%07&maxResults=50",
		 40,												    40,            ALL    },
 /* what outlives its instance: what comes before a page's end as far as it is known
  */
		{history_decision_instance_list,  "maxResults=50",                                               50,    800,           0      },
		{history_decision_instance_list,
		 "sortBy=evaluationTime&sortOrder=desc&maxResults=50",                                           50,    360,           0      },
		{history_decision_instance_list,
		 "sortBy=evaluationTime&sortOrder=asc&maxResults=50",                                            50,    360,           0      },
		{history_decision_instance_list,  "decisionDefinitionKey=risk&maxResults=50",                    40,    40,
		 0															    },
		{history_decision_instance_list,  "activityIdIn=again&maxResults=50",                            50,    1200,          0      },
		{history_decision_instance_count, "decisionDefinitionKey=risk",                                  40,    0,             0      },
		{history_decision_instance_count,
		 "decisionDefinitionId=rate:1:x&withoutTenantId=true",                                           3960,  0,             0      },
		{history_user_operation_list,     "maxResults=50",                                               50,    800,           0      },
		{history_user_operation_list,     "sortBy=timestamp&sortOrder=desc&maxResults=50",               50,
		 360,														  0      },
		{history_user_operation_list,     "userId=paul&maxResults=50",                                   40,    40,            0      },
		{history_user_operation_list,     "operationType=Claim&maxResults=50",                           50,    1200,          0      },
 /* what has to look at all */
		{history_task_list,               "taskNameLike=R%&maxResults=50",                               4,     ALL + ALL / 2, 4 * ALL},
		{history_task_list,               "sortBy=taskName&sortOrder=asc&maxResults=50",                 50,    ALL,           0      },
	};
	size_t i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(questions); i++)
		failed += !costs_no_more(*state, &questions[i]);
	assert_int_equal(failed, 0);
}

/* What was counted is kept. */
static void counts_read_once(void **state)
{
	static const struct question questions[] = {
		{history_task_count, "taskName=Check", 3996, ALL, 0},
		{history_task_count, "taskName=Check", 3996, 0,   0},
	};
	size_t i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(questions); i++)
		failed += !costs_no_more(*state, &questions[i]);
	assert_int_equal(failed, 0);
}

static int compare_ids(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* Rows of every second instance, the EVEN or the other ones; by id, or else in order of time. */
static void page_is(struct engine_fixture *fixture, handler handle, const char *query, uint32_t k,
		    char order, uint32_t even)
{
	const char *answer = history_fixture_answer(fixture, handle, query, NULL);
	char(*ids)[ID_SIZE] = arena_array(&fixture->arena, INSTANCES / 2, sizeof(*ids));
	uint32_t i;

	for (i = 0; i < INSTANCES / 2; i++)
		id_of(2 * (order == 'd' ? INSTANCES / 2 - 1 - i : i) + !even, k, ids[i]);
	if (order == 'i')
		qsort(ids, INSTANCES / 2, sizeof(*ids), compare_ids);
	for (i = 0; i < 40; i++) {
		answer = strstr(answer, "{\"id\":\"");
		assert_non_null(answer);
		answer += 7;
		assert_memory_equal(answer, ids[i], strlen(ids[i]));
	}
}

static void pages_hold_what_comes_first(void **state)
{
	static const struct {
		handler handle;
		const char *query;
		uint32_t k;
		char order;
		bool even;
	} rows[] = {
		{history_decision_instance_list, "activityIdIn=again&maxResults=40",       12, 'i', true },
		{history_decision_instance_list,
		 "activityIdIn=decide&sortBy=evaluationTime&sortOrder=desc&maxResults=40", 12, 'd',
		 false										   },
		{history_decision_instance_list,
		 "activityIdIn=again&sortBy=evaluationTime&sortOrder=asc&maxResults=40",   12, 'a',
		 true										    },
		{history_user_operation_list,    "operationType=Claim&maxResults=40",      13, 'i', true },
		{history_user_operation_list,
		 "operationType=Delete&sortBy=timestamp&sortOrder=desc&maxResults=40",     13, 'd',
		 false										   },
		{history_identity_link_log_list, "userId=mary&maxResults=40",              11, 'i', false},
		{history_task_list,              "taskAssignee=paul&maxResults=40",        8,  'i', true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		page_is(*state, rows[i].handle, rows[i].query, rows[i].k, rows[i].order,
			rows[i].even);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_read_what_they_may),
		cmocka_unit_test(counts_read_once),
		cmocka_unit_test(pages_hold_what_comes_first),
	};

	return cmocka_run_group_tests(tests, set_up, engine_fixture_tear_down);
}
