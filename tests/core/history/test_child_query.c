/* Queries of children: every filter and sort key, in a query string and in a body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/child_resource.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

/* Two instances with children of every kind; ids of children are letters. */
static const char history[] =
	"{\"processInstance\":{\"id\":\"p\",\"businessKey\":\"key_p\","
	"\"processDefinitionId\":\"order:1:x\",\"processDefinitionKey\":\"order\","
	"\"processDefinitionName\":\"Order\",\"startTime\":\"2024-01-01T10:00:00.000+0000\","
	"\"endTime\":\"2024-01-01T14:00:00.000+0000\",\"rootProcessInstanceId\":\"p\","
	"\"tenantId\":\"t1\",\"state\":\"COMPLETED\"},\"activityInstances\":["
	"{\"id\":\"a\",\"activityId\":\"check\",\"activityName\":\"Check it\","
	"\"activityType\":\"userTask\",\"executionId\":\"e1\",\"assignee\":\"mary\","
	"\"processDefinitionId\":\"order:1:x\",\"processDefinitionKey\":\"order\","
	"\"startTime\":\"2024-01-01T10:00:00.000+0000\",\"canceled\":true,\"tenantId\":\"t1\","
	"\"endTime\":\"2024-01-01T11:00:00.000+0000\",\"durationInMillis\":3600000},"
	"{\"id\":\"b\",\"activityId\":\"end\",\"activityName\":\"Done\","
	"\"activityType\":\"endEvent\",\"executionId\":\"e2\",\"completeScope\":true,"
	"\"processDefinitionId\":\"order:1:x\",\"processDefinitionKey\":\"order\","
	"\"startTime\":\"2024-01-01T13:00:00.000+0000\",\"tenantId\":\"t1\","
	"\"endTime\":\"2024-01-01T14:00:00.000+0000\",\"durationInMillis\":3600000}],"
	"\"tasks\":[{\"id\":\"f\",\"name\":\"Check\",\"description\":\"Look at it\","
	"\"taskDefinitionKey\":\"check\",\"assignee\":\"mary\",\"owner\":\"paul\","
	"\"priority\":50,\"deleteReason\":\"completed\",\"executionId\":\"e1\","
	"\"activityInstanceId\":\"a\",\"processDefinitionId\":\"order:1:x\","
	"\"processDefinitionKey\":\"order\",\"rootProcessInstanceId\":\"p\",\"tenantId\":\"t1\","
	"\"startTime\":\"2024-01-01T10:00:00.000+0000\",\"due\":\"2024-01-05T00:00:00.000+0000\","
	"\"followUp\":\"2024-01-04T00:00:00.000+0000\",\"parentTaskId\":\"pt\","
	"\"endTime\":\"2024-01-01T11:00:00.000+0000\",\"duration\":3600000}],"
	"\"identityLinks\":[{\"id\":\"k\",\"time\":\"2024-01-01T10:00:00.000+0000\","
	"\"type\":\"candidate\",\"groupId\":\"sales\",\"taskId\":\"f\",\"operationType\":\"add\","
	"\"assignerId\":\"boss\",\"processDefinitionId\":\"order:1:x\","
	"\"processDefinitionKey\":\"order\",\"tenantId\":\"t1\"},"
	"{\"id\":\"l\",\"time\":\"2024-01-01T10:30:00.000+0000\",\"type\":\"candidate\","
	"\"userId\":\"mary\",\"taskId\":\"f\",\"operationType\":\"delete\",\"tenantId\":\"t1\"}],"
	"\"variables\":[{\"id\":\"m\",\"name\":\"city\",\"type\":\"String\",\"value\":\"Ulm\","
	"\"processDefinitionId\":\"order:1:x\",\"processDefinitionKey\":\"order\","
	"\"executionId\":\"e1\",\"activityInstanceId\":\"p\",\"state\":\"CREATED\","
	"\"createTime\":\"2024-01-01T10:00:00.000+0000\",\"tenantId\":\"t1\"},"
	"{\"id\":\"n\",\"name\":\"draft\",\"type\":\"Integer\",\"value\":7,\"taskId\":\"f\","
	"\"executionId\":\"e2\",\"activityInstanceId\":\"a\",\"state\":\"CREATED\","
	"\"createTime\":\"2024-01-01T10:00:00.000+0000\",\"tenantId\":\"t1\"},"
	"{\"id\":\"o\",\"name\":\"gone\",\"type\":\"Null\",\"state\":\"DELETED\","
	"\"createTime\":\"2024-01-01T10:00:00.000+0000\",\"tenantId\":\"t1\"}],"
	"\"details\":[{\"id\":\"q\",\"type\":\"variableUpdate\",\"variableName\":\"City\","
	"\"variableInstanceId\":\"m\",\"variableType\":\"String\",\"value\":\"Ulm\","
	"\"revision\":0,\"initial\":true,\"time\":\"2024-01-01T10:00:00.000+0000\","
	"\"executionId\":\"e1\",\"activityInstanceId\":\"p\",\"userOperationId\":\"op\","
	"\"tenantId\":\"t1\"},{\"id\":\"r\",\"type\":\"formField\",\"fieldId\":\"f1\","
	"\"fieldValue\":\"x\",\"taskId\":\"f\",\"time\":\"2024-01-01T11:00:00.000+0000\","
	"\"executionId\":\"e2\",\"activityInstanceId\":\"a\",\"tenantId\":\"t1\"}],"
	"\"externalTaskLogs\":[{\"id\":\"s\",\"externalTaskId\":\"x1\",\"topicName\":\"mail\","
	"\"workerId\":\"w1\",\"retries\":3,\"priority\":10,\"activityId\":\"send\","
	"\"activityInstanceId\":\"a\",\"executionId\":\"e1\",\"creationLog\":true,"
	"\"processDefinitionId\":\"order:1:x\",\"processDefinitionKey\":\"order\","
	"\"timestamp\":\"2024-01-01T10:00:00.000+0000\",\"tenantId\":\"t1\"},"
	"{\"id\":\"t\",\"externalTaskId\":\"x1\",\"topicName\":\"mail\",\"workerId\":\"w2\","
	"\"retries\":2,\"priority\":20,\"activityId\":\"send\",\"errorMessage\":\"no net\","
	"\"failureLog\":true,\"timestamp\":\"2024-01-01T12:00:00.000+0000\","
	"\"tenantId\":\"t1\"}],\"userOperations\":[{\"id\":\"u\",\"userId\":\"mary\","
	"\"timestamp\":\"2024-01-01T10:00:00.000+0000\",\"operationId\":\"op\","
	"\"operationType\":\"Claim\",\"entityType\":\"Task\",\"category\":\"TaskWorker\","
	"\"property\":\"assignee\",\"processDefinitionId\":\"order:1:x\","
	"\"processDefinitionKey\":\"order\",\"processInstanceId\":\"p\",\"executionId\":\"e1\","
	"\"taskId\":\"f\",\"deploymentId\":\"d1\",\"jobId\":\"j1\",\"jobDefinitionId\":\"jd\","
	"\"batchId\":\"b1\",\"externalTaskId\":\"x1\",\"caseDefinitionId\":\"cd\","
	"\"caseInstanceId\":\"ci\",\"caseExecutionId\":\"ce\"}]}\n"
	"{\"processInstance\":{\"id\":\"z\",\"processDefinitionId\":\"pay:2:y\","
	"\"processDefinitionKey\":\"pay\",\"processDefinitionName\":\"Payment\","
	"\"startTime\":\"2024-01-02T10:00:00.000+0000\",\"rootProcessInstanceId\":\"p\","
	"\"state\":\"ACTIVE\"},\"activityInstances\":[{\"id\":\"c\",\"activityId\":\"wait\","
	"\"activityType\":\"receiveTask\",\"startTime\":\"2024-01-02T10:00:00.000+0000\","
	"\"executionId\":\"e3\",\"processDefinitionId\":\"pay:2:y\"}],"
	"\"tasks\":[{\"id\":\"g\",\"name\":\"Wait\",\"priority\":10,"
	"\"startTime\":\"2024-01-02T10:00:00.000+0000\",\"processDefinitionId\":\"pay:2:y\","
	"\"processDefinitionKey\":\"pay\",\"caseInstanceId\":\"ci\",\"caseExecutionId\":\"ce\","
	"\"caseDefinitionId\":\"cd\",\"caseDefinitionKey\":\"ck\"}],"
	"\"variables\":[{\"id\":\"v\",\"name\":\"City\",\"type\":\"String\",\"value\":\"Bonn\","
	"\"caseInstanceId\":\"ci\",\"caseExecutionId\":\"ce\",\"state\":\"CREATED\","
	"\"createTime\":\"2024-01-02T10:00:00.000+0000\"}],\"details\":[{\"id\":\"w\","
	"\"type\":\"variableUpdate\",\"variableName\":\"city\",\"variableInstanceId\":\"v\","
	"\"variableType\":\"Integer\",\"value\":1,\"revision\":1,\"caseInstanceId\":\"ci\","
	"\"caseExecutionId\":\"ce\",\"time\":\"2024-01-02T10:00:00.000+0000\"}]}\n";

static int set_up(void **state)
{
	return history_fixture_set_up(state, history);
}

/* The ids in an answer, in its order. */
static const char *ids_of(struct arena *arena, const char *answer)
{
	char *ids = arena_alloc(arena, strlen(answer) + 1), *end = ids;

	while ((answer = strstr(answer, "{\"id\":\""))) {
		answer += 7;
		*end++ = *answer;
	}
	return ids;
}

static void finds(struct engine_fixture *fixture, handler handle, const char *query,
		  const char *body, const char *ids)
{
	const char *got =
		ids_of(&fixture->arena, history_fixture_answer(fixture, handle, query, body));

	if (strcmp(got, ids) != 0)
		fail_msg("%s%s finds %s instead of %s", query ? query : "", body ? body : "", got,
			 ids);
}

/* A filter as a query string has it, and the ids it finds. */
struct row {
	const char *param, *found;
};

static const struct row activity_rows[] = {
	{"activityInstanceId=a",                        "a"  },
	{"processInstanceId=z",                         "c"  },
	{"processDefinitionId=order:1:x",               "ab" },
	{"executionId=e2",			      "b"  },
	{"activityId=check",                            "a"  },
	{"activityName=Done",                           "b"  },
	{"activityNameLike=%ck%",                       "a"  },
	{"activityType=receiveTask",                    "c"  },
	{"taskAssignee=mary",                           "a"  },
	{"finished=true",			       "ab" },
	{"unfinished=true",			     "c"  },
	{"unfinished=false",                            "abc"},
	{"canceled=true",			       "a"  },
	{"completeScope=true",                          "b"  },
	{"startedBefore=2024-01-01T13:00:00.000+0000",  "ab" },
	{"startedAfter=2024-01-01T13:00:00.000+0000",   "bc" },
	{"finishedBefore=2024-01-01T11:00:00.000+0000", "a"  },
	{"finishedAfter=2024-01-01T11:00:00.001+0000",  "b"  },
	{"tenantIdIn=t1,t2",                            "ab" },
	{"tenantIdIn=",				 "abc"},
	{"withoutTenantId=true",                        "c"  },
	{"withoutTenantId=true&tenantIdIn=t1",          "c"  },
};

static const struct row task_rows[] = {
	{"taskId=g",										 "g"},
	{"taskParentTaskId=pt",								      "f"},
	{"processInstanceId=p",								      "f"},
	{"rootProcessInstanceId=p",								  "f"},
	{"processInstanceBusinessKey=key_p",							 "f"},
	{"processInstanceBusinessKeyIn=x,key_p",						     "f"},
	{"processInstanceBusinessKeyIn=",							    "" },
	{"processInstanceBusinessKeyLike=key\\_%",						   "f"},
	{"processInstanceBusinessKeyLike=key-%",						     "" },
	{"executionId=e1",									   "f"},
	{"processDefinitionId=pay:2:y",							      "g"},
	{"processDefinitionKey=order",							       "f"},
	{"processDefinitionName=Payment",							    "g"},
	{"caseInstanceId=ci",									"g"},
	{"caseExecutionId=ce",								       "g"},
	{"caseDefinitionId=cd",								      "g"},
	{"caseDefinitionKey=ck",								     "g"},
	{"caseDefinitionName=x",								     "" },
	{"activityInstanceIdIn=a,b",								 "f"},
	{"taskName=CHECK",									   "f"},
	{"taskNameLike=%AIT",									"g"},
	{"taskDescription=look at IT",							       "f"},
	{"taskDescriptionLike=LOOK%",								"f"},
	{"taskDefinitionKey=check",								  "f"},
	{"taskDefinitionKeyIn=check,x",							      "f"},
	{"taskDeleteReason=completed",							       "f"},
	{"taskDeleteReasonLike=comp%",							       "f"},
	{"taskAssignee=mary",									"f"},
	{"taskAssigneeLike=m_ry",								    "f"},
	{"taskOwner=paul",									   "f"},
	{"taskOwnerLike=p%",									 "f"},
	{"taskPriority=10",									  "g"},
	{"assigned=false",									   "f"},
	{"unassigned=true",									  "g"},
	{"finished=true",									    "f"},
	{"unfinished=true",									  "g"},
	{"processFinished=true",								     "f"},
	{"processUnfinished=false",								  "g"},
	{"taskDueDate=2024-01-05T00:00:00.000+0000",                                                 "f"},
	{"taskDueDateBefore=2024-01-05T00:00:00.000+0000",                                           "" },
	{"taskDueDateAfter=2024-01-04T23:59:59.999+0000",                                            "f"},
	{"withoutTaskDueDate=true",								  "g"},
	{"taskFollowUpDate=2024-01-04T00:00:00.000+0000",                                            "f"},
	{"taskFollowUpDateBefore=2024-01-04T00:00:00.001+0000",                                      "f"},
	{"taskFollowUpDateAfter=2024-01-04T00:00:00.000+0000",                                       "" },
	{"startedBefore=2024-01-01T10:00:00.000+0000",                                               "f"},
	{"startedAfter=2024-01-01T10:00:00.001+0000",                                                "g"},
	{"finishedBefore=2024-01-01T11:00:00.000+0000",                                              "f"},
	{"finishedAfter=2024-01-01T11:00:00.001+0000",                                               "" },
	{"tenantIdIn=t1",									    "f"},
	{"withoutTenantId=true",								     "g"},
	{"taskVariables=draft_eq_7",								 "" },
	{"processVariables=city_eq_Ulm",							     "f"},
	{"processVariables=city_notLike_U%",							 "" },
	{"processVariables=CITY_eq_bonn&variableNamesIgnoreCase=true&variableValuesIgnoreCase=true",
	 "g"											    },
	{"taskInvolvedUser=mary",								    "f"},
	{"taskInvolvedGroup=sales",								  "f"},
	{"taskInvolvedUser=mary&taskInvolvedGroup=sales",                                            "" },
	{"taskHadCandidateUser=mary",								"f"},
	{"taskHadCandidateGroup=sales",							      "f"},
	{"withCandidateGroups=true",								 "f"},
	{"withoutCandidateGroups=true",							      "g"},
};

static const struct row variable_rows[] = {
	{"variableName=city",						 "m"   },
	{"variableName=city&variableNamesIgnoreCase=true",                    "mv"  },
	{"variableNameLike=%ty",					      "mv"  },
	{"variableNameLike=C%&variableNamesIgnoreCase=true",                  "mv"  },
	{"variableNameIn=city,draft",					 "mn"  },
	{"variableName=city&variableValue=Ulm",                               "m"   },
	{"variableName=city&variableValue=ULM&variableValuesIgnoreCase=true", "m"   },
	{"variableName=draft&variableValue=7",                                ""    },
	{"variableTypeIn=integer,null",                                       "n"   },
	{"includeDeleted=true",					       "mnov"},
	{"processInstanceId=z",					       "v"   },
	{"processInstanceIdIn=p,z,p",					 "mnv" },
	{"processDefinitionId=order:1:x",                                     "m"   },
	{"processDefinitionKey=order",					"m"   },
	{"executionIdIn=e2",						  "n"   },
	{"caseInstanceId=ci",						 "v"   },
	{"caseExecutionIdIn=ce",					      "v"   },
	{"caseActivityIdIn=x",						""    },
	{"taskIdIn=f",							"n"   },
	{"activityInstanceIdIn=a",					    "n"   },
	{"tenantIdIn=t1",						     "mn"  },
	{"withoutTenantId=true",					      "v"   },
};

static const struct row detail_rows[] = {
	{"processInstanceId=p",                         "qr"},
	{"processInstanceIdIn=z",                       "w" },
	{"executionId=e2",			      "r" },
	{"taskId=f",				    "r" },
	{"taskId=f&excludeTaskDetails=true",            "r" },
	{"activityInstanceId=a",                        "r" },
	{"caseInstanceId=ci",                           "w" },
	{"caseExecutionId=ce",                          "w" },
	{"variableInstanceId=m",                        "q" },
	{"variableTypeIn=string",                       "q" },
	{"variableNameLike=CI%",                        "qw"},
	{"tenantIdIn=t1",			       "qr"},
	{"withoutTenantId=true",                        "w" },
	{"userOperationId=op",                          "q" },
	{"formFields=true",			     "r" },
	{"formFields=true&variableUpdates=false",       "qw"},
	{"variableUpdates=true",                        "qw"},
	{"excludeTaskDetails=false",                    "qw"},
	{"initial=true",				"q" },
	{"occurredBefore=2024-01-01T10:00:00.000+0000", "q" },
	{"occurredAfter=2024-01-01T11:00:00.000+0000",  "rw"},
};

static const struct row external_task_log_rows[] = {
	{"logId=s",			  "s" },
	{"externalTaskId=x1",                "st"},
	{"topicName=mail",                   "st"},
	{"workerId=w2",                      "t" },
	{"errorMessage=no net",              "t" },
	{"activityIdIn=send,x",              "st"},
	{"activityInstanceIdIn=a",           "s" },
	{"executionIdIn=e1",                 "s" },
	{"processInstanceId=p",              "st"},
	{"processDefinitionId=order:1:x",    "s" },
	{"processDefinitionKey=order",       "s" },
	{"tenantIdIn=t1",                    "st"},
	{"tenantIdIn=",                      ""  },
	{"withoutTenantId=true",             ""  },
	{"priorityLowerThanOrEquals=10",     "s" },
	{"priorityHigherThanOrEquals=11",    "t" },
	{"creationLog=true",                 "s" },
	{"creationLog=true&failureLog=true", "t" },
	{"failureLog=true",                  "t" },
	{"successLog=true",                  ""  },
	{"deletionLog=true",                 ""  },
};

static const struct row identity_link_log_rows[] = {
	{"type=candidate",                          "kl"},
	{"userId=mary",			     "l" },
	{"groupId=sales",			   "k" },
	{"dateBefore=2024-01-01T10:00:00.000+0000", "k" },
	{"dateAfter=2024-01-01T10:30:00.000+0000",  "l" },
	{"taskId=f",				"kl"},
	{"processDefinitionId=order:1:x",           "k" },
	{"processDefinitionKey=order",              "k" },
	{"operationType=delete",                    "l" },
	{"assignerId=boss",                         "k" },
	{"tenantIdIn=t1",			   "kl"},
	{"withoutTenantId=true",                    ""  },
};

static const struct row user_operation_rows[] = {
	{"deploymentId=d1",			      "u"},
	{"processDefinitionId=order:1:x",                "u"},
	{"processDefinitionKey=order",                   "u"},
	{"processInstanceId=p",                          "u"},
	{"executionId=e1",			       "u"},
	{"caseDefinitionId=cd",                          "u"},
	{"caseInstanceId=ci",                            "u"},
	{"caseExecutionId=ce",                           "u"},
	{"taskId=f",				     "u"},
	{"externalTaskId=x1",                            "u"},
	{"batchId=b1",				   "u"},
	{"jobId=j1",				     "u"},
	{"jobDefinitionId=jd",                           "u"},
	{"userId=mary",				  "u"},
	{"operationId=op",			       "u"},
	{"operationType=Claim",                          "u"},
	{"entityType=Task",			      "u"},
	{"entityTypeIn=Task,Job",                        "u"},
	{"entityTypeIn=",				"" },
	{"category=TaskWorker",                          "u"},
	{"categoryIn=TaskWorker",                        "u"},
	{"property=assignee",                            "u"},
	{"afterTimestamp=2024-01-01T10:00:00.000+0000",  "" },
	{"beforeTimestamp=2024-01-01T10:00:00.001+0000", "u"},
};

static const struct {
	const char *name;
	const struct resource *resource;
	handler list, count, query, query_count;
	const struct row *rows;
	size_t row_count;
} resources[] = {
	{"activity instances", &activity_instance_resource, history_activity_instance_list,
	 history_activity_instance_count,									 history_activity_instance_query,
	 history_activity_instance_query_count,													  activity_rows,          ARRAY_SIZE(activity_rows)},
	{"tasks",              &task_resource,              history_task_list,              history_task_count,   history_task_query,
	 history_task_query_count,														       task_rows,              ARRAY_SIZE(task_rows)    },
	{"variables",          &variable_instance_resource, history_variable_instance_list,
	 history_variable_instance_count,									 history_variable_instance_query,
	 history_variable_instance_query_count,													  variable_rows,          ARRAY_SIZE(variable_rows)},
	{"details",            &detail_resource,            history_detail_list,            history_detail_count,
	 history_detail_query,														     NULL, detail_rows,            ARRAY_SIZE(detail_rows)  },
	{"external task logs", &external_task_log_resource, history_external_task_log_list,
	 history_external_task_log_count,									 history_external_task_log_query,
	 history_external_task_log_query_count,													  external_task_log_rows,
	 ARRAY_SIZE(external_task_log_rows)																			       },
	{"identity links",     &identity_link_log_resource, history_identity_link_log_list,
	 history_identity_link_log_count,									 NULL,                            NULL, identity_link_log_rows,
	 ARRAY_SIZE(identity_link_log_rows)																			       },
	{"user operations",    &user_operation_resource,    history_user_operation_list,
	 history_user_operation_count,									    NULL,                            NULL, user_operation_rows,
	 ARRAY_SIZE(user_operation_rows)																				  },
};

static const struct filter *filter_named(const struct resource *resource, const char *name,
					 size_t length)
{
	size_t i;

	for (i = 0; i < resource->filter_count; i++)
		if (!strncmp(resource->filters[i].name, name, length) &&
		    !resource->filters[i].name[length])
			return &resource->filters[i];
	fail_msg("no filter %s", name);
	return NULL;
}

static void put_member(struct json_writer *writer, const struct filter *filter, const char *value)
{
	char *items = strdup(value), *rest = items, *item;

	json_key(writer, filter->name);
	switch (filter->type) {
	case PARAM_LIST:
	case PARAM_ARRAY:
		json_open_array(writer);
		while (*value && (item = strsep(&rest, ",")))
			json_string(writer, item);
		if (!*value && filter->type == PARAM_ARRAY)
			json_string(writer, "");
		json_close_array(writer);
		break;
	case PARAM_BOOL:
	case PARAM_GIVEN:
	case PARAM_INT:
	case PARAM_LONG:
		json_raw(writer, value);
		break;
	default:
		json_string(writer, value);
	}
	free(items);
}

/* The query string as a body; NULL when it has conditions on variables. */
static const char *body_of(struct arena *arena, const struct resource *resource, const char *query)
{
	struct json_writer writer;
	char *rest = arena_strdup(arena, query), *pair;
	const char *body;

	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	while ((pair = strsep(&rest, "&"))) {
		char *value = strchr(pair, '=');
		const struct filter *filter = filter_named(resource, pair, (size_t)(value - pair));

		if (filter->type == PARAM_OBJECT && strcmp(filter->name, "variableValue") != 0) {
			json_writer_clear(&writer);
			return NULL;
		}
		put_member(&writer, filter, value + 1);
	}
	json_close_object(&writer);
	body = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return body;
}

static void counts(struct engine_fixture *fixture, handler handle, const char *query,
		   const char *body, size_t count)
{
	const char *answer = history_fixture_answer(fixture, handle, query, body);
	char expected[32];

	snprintf(expected, sizeof(expected), "{\"count\":%zu}", count);
	assert_string_equal(answer, expected);
}

static void every_filter_finds_what_it_says(void **state)
{
	struct engine_fixture *fixture = *state;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(resources); i++) {
		for (k = 0; k < resources[i].row_count; k++) {
			const struct row *row = &resources[i].rows[k];
			const char *body =
				body_of(&fixture->arena, resources[i].resource, row->param);

			finds(fixture, resources[i].list, row->param, NULL, row->found);
			counts(fixture, resources[i].count, row->param, NULL, strlen(row->found));
			if (resources[i].query && body)
				finds(fixture, resources[i].query, NULL, body, row->found);
			if (resources[i].query_count && body)
				counts(fixture, resources[i].query_count, NULL, body,
				       strlen(row->found));
		}
	}
}

/* So that nobody adds a filter without saying here what it finds. */
static void every_filter_is_tried(void **state)
{
	size_t i, k, r;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(resources); i++) {
		for (k = 0; k < resources[i].resource->filter_count; k++) {
			const char *name = resources[i].resource->filters[k].name;
			bool tried = false;

			for (r = 0; r < resources[i].row_count; r++)
				tried |= strstr(resources[i].rows[r].param, name) != NULL;
			if (!tried)
				fail_msg("%s by %s: not tried", resources[i].name, name);
		}
	}
}

static void every_sort_key_sorts(void **state)
{
	struct engine_fixture *fixture = *state;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(resources); i++) {
		size_t all = strlen(
			ids_of(&fixture->arena,
			       history_fixture_answer(fixture, resources[i].list, NULL, NULL)));

		for (k = 0; k < resources[i].resource->sort_count; k++) {
			const char *name = resources[i].resource->sorts[k].name;
			const char *up =
				arena_printf(&fixture->arena, "sortBy=%s&sortOrder=asc", name);
			const char *down =
				arena_printf(&fixture->arena, "sortBy=%s&sortOrder=desc", name);
			const char *page =
				arena_printf(&fixture->arena, "%s&firstResult=0&maxResults=1", up);
			const char *ids = ids_of(
				&fixture->arena,
				history_fixture_answer(fixture, resources[i].list, up, NULL));

			assert_int_equal(strlen(ids), all);
			assert_int_equal(
				strlen(ids_of(&fixture->arena,
					      history_fixture_answer(fixture, resources[i].list,
								     down, NULL))),
				all);
			finds(fixture, resources[i].list, page, NULL,
			      arena_strndup(&fixture->arena, ids, all ? 1 : 0));
		}
	}
}

static void pages_are_in_order_and_cut(void **state)
{
	struct engine_fixture *fixture = *state;

	finds(fixture, history_activity_instance_list, "sortBy=startTime&sortOrder=desc", NULL,
	      "cba");
	finds(fixture, history_activity_instance_list,
	      "sortBy=startTime&sortOrder=asc&maxResults=2", NULL, "ab");
	finds(fixture, history_activity_instance_list,
	      "sortBy=startTime&sortOrder=desc&maxResults=1&firstResult=1", NULL, "b");
	finds(fixture, history_activity_instance_list, "maxResults=2", NULL, "ab");
	finds(fixture, history_activity_instance_list, "firstResult=2", NULL, "c");
	finds(fixture, history_activity_instance_list, "firstResult=9&maxResults=1", NULL, "");
	finds(fixture, history_activity_instance_list, "maxResults=0", NULL, "");
	finds(fixture, history_activity_instance_list, "maxResults=-1", NULL, "");
	finds(fixture, history_activity_instance_query, NULL,
	      "{\"sorting\":[{\"sortBy\":\"duration\",\"sortOrder\":\"desc\"},"
	      "{\"sortBy\":\"activityId\",\"sortOrder\":\"desc\"}]}",
	      "bac");
	finds(fixture, history_activity_instance_list, "sortBy=occurrence&sortOrder=desc", NULL,
	      "bac");
}

static void alternatives_of_tasks(void **state)
{
	struct engine_fixture *fixture = *state;
	static const struct {
		const char *body, *found;
	} rows[] = {
		{"{\"processVariables\":[{\"name\":\"draft\",\"operator\":\"eq\",\"value\":7}]}",
		 ""												      },
		{"{\"processVariables\":[{\"name\":\"city\",\"operator\":\"notLike\",\"value\":7}]"
		 "}",									       "f" },
		{"{\"orQueries\":[{\"processVariables\":[{\"name\":\"city\",\"operator\":\"gt\","
		 "\"value\":\"null\"}]}]}",							 ""  },
		{"{\"orQueries\":[{\"taskName\":\"check\",\"taskPriority\":10}]}",                                   "fg"},
		{"{\"orQueries\":[{\"taskName\":\"check\"},{\"taskPriority\":10}]}",                                 ""  },
		{"{\"orQueries\":[{}],\"finished\":true}",							   "f" },
		{"{\"orQueries\":[{\"assigned\":true,\"unassigned\":true}]}",                                        "fg"},
		{"{\"orQueries\":[{\"processInstanceBusinessKey\":\"key_p\",\"taskName\":\"x\"}]}",
		 "f"												     },
		{"{\"orQueries\":[{\"taskHadCandidateGroup\":\"sales\",\"taskInvolvedUser\":\"x\"}]"
		 "}",									       "f" },
		{"{\"orQueries\":[{\"processVariables\":[{\"name\":\"city\",\"operator\":\"eq\","
		 "\"value\":\"x\"},{\"name\":\"City\",\"operator\":\"eq\",\"value\":\"Bonn\"}]}]}", "g" },
		{"{\"taskVariables\":[{\"name\":\"draft\",\"operator\":\"eq\",\"value\":7}]}",                       "f" },
		{"{\"taskVariables\":[{\"name\":\"city\",\"operator\":\"eq\",\"value\":\"Ulm\"}]}",
		 ""												      },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		finds(fixture, history_task_query, NULL, rows[i].body, rows[i].found);
}

static void what_cannot_be_asked_is_refused(void **state)
{
	static const struct {
		handler handle;
		const char *body;
		int code;
		const char *message;
	} rows[] = {
		{history_activity_instance_query, "{\"canceled\":true,\"completeScope\":true}",
		 ERR_ENGINE,												  "Already querying for activity instance state <scopeComplete>"},
		{history_task_query,
		 "{\"taskVariables\":[{\"name\":\"a\",\"operator\":\"like\",\"value\":\"x\"}]}",              ERR_INVALID,    "Invalid variable comparator specified: like"                 },
		{history_task_query,
		 "{\"processVariables\":[{\"name\":\"a\",\"operator\":\"x\",\"value\":1}]}",		  ERR_INVALID,    "Invalid process variable comparator specified: x"            },
		{history_task_query,
		 "{\"processVariables\":[{\"name\":\"a\",\"operator\":\"gt\",\"value\":null}]}",              ERR_ENGINE,     "Booleans and null cannot be used in 'greater than' condition"},
		{history_task_query,
		 "{\"taskVariables\":[{\"name\":null,\"operator\":\"eq\",\"value\":1}]}",		     ERR_NULL_VALUE, "name is null"						},
		{history_task_query,              "{\"orQueries\":[{\"withCandidateGroups\":true}]}",         ERR_ENGINE,
		 "Invalid query usage: cannot set withCandidateGroups() within 'or' query"												  },
		{history_variable_instance_query, "{\"variableValue\":1}",                                    ERR_INVALID,
		 "Only a single variable value parameter specified: variable name and value are "
		 "required to be able to query after a specific variable value."													    },
		{history_variable_instance_query, "{\"variableNameIn\":[null]}",                              ERR_NULL_VALUE,
		 "Variable names contains null value"																       },
		{history_detail_query,            "{\"sorting\":[{\"sortBy\":\"x\",\"sortOrder\":\"asc\"}]}",
		 ERR_INVALID,												 "sortBy parameter has invalid value: x"                       },
		{history_detail_query,            "{\"sorting\":[{\"sortBy\":\"time\"}]}",                    ERR_INVALID,
		 "Only a single sorting parameter specified. sortBy and sortOrder required"												 },
		{history_external_task_log_query, "{\"executionIdIn\":[\"\"]}",                               ERR_NOT_VALID,
		 "executionIds contains empty string"																       },
		{history_external_task_log_query, "{\"executionIdIn\":[null]}",                               ERR_NOT_VALID,
		 "activityIds contains null value"																	  },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		history_fixture_refused(*state, rows[i].handle, NULL, rows[i].body, rows[i].code,
					rows[i].message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_filter_finds_what_it_says),
		TEST(every_filter_is_tried),
		TEST(every_sort_key_sorts),
		TEST(pages_are_in_order_and_cut),
		TEST(alternatives_of_tasks),
		TEST(what_cannot_be_asked_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
