#include "core/api/body_shape.h"

#include <string.h>

#include "core/history/decision_query.h"
#include "core/history/process_query.h"
#include "core/json/json.h"
#include "core/query/query.h"
#include "core/record/kind.h"
#include "core/runtime/external_task_query.h"
#include "core/runtime/instruction_json.h"
#include "core/runtime/job_query.h"
#include "core/runtime/process_instance_query.h"

enum { MEMBERS_MAX = 12 };

struct member {
	const char *name;
	int (*check)(struct request *request, const struct member *member, const struct json *node);
	const struct resource *resource; /* of a query */
};

static int check_text(struct request *request, const struct member *member, const struct json *node)
{
	const char *ignored;

	(void)request;
	(void)member;
	return json_to_string(node, &ignored);
}

static int check_flag(struct request *request, const struct member *member, const struct json *node)
{
	bool ignored;

	(void)request;
	(void)member;
	return json_to_bool(node, false, &ignored);
}

static int check_int(struct request *request, const struct member *member, const struct json *node)
{
	int64_t ignored;

	(void)request;
	(void)member;
	return json_to_int(node, INT_NULL, true, &ignored);
}

static int check_time(struct request *request, const struct member *member, const struct json *node)
{
	int64_t ignored;

	(void)request;
	(void)member;
	return json_to_time(node, &ignored);
}

/* A list that was streamed out of the body is there, and empty. */
static int check_texts(struct request *request, const struct member *member,
		       const struct json *node)
{
	const struct json *item;

	if (node->type != JSON_ARRAY)
		return ERR_INPUT;
	for (item = node->first; item; item = item->next)
		TRY(check_text(request, member, item));
	return 0;
}

/* What the query refuses is told when it is its turn. */
static int check_query(struct request *request, const struct member *member,
		       const struct json *node)
{
	struct error before = request->error;
	struct query query;
	int code = query_bind_object(request, member->resource, node, &query);

	request->error = before;
	return code == ERR_INPUT ? code : 0;
}

static int check_variables(struct request *request, const struct member *member,
			   const struct json *node)
{
	const struct json *variable, *part;

	if (node->type != JSON_OBJECT)
		return ERR_INPUT;
	for (variable = node->first; variable; variable = variable->next) {
		if (variable->type != JSON_OBJECT && variable->type != JSON_NULL)
			return ERR_INPUT;
		part = json_present(variable, "type");
		if (part)
			TRY(check_text(request, member, part));
		part = json_present(variable, "valueInfo");
		if (part && part->type != JSON_OBJECT)
			return ERR_INPUT;
	}
	return 0;
}

static int check_instructions(struct request *request, const struct member *member,
			      const struct json *node)
{
	const struct json *item, *variables;

	TRY(instructions_bind(node));
	for (item = node->first; item; item = item->next) {
		variables = json_present(item, "variables");
		if (variables)
			TRY(check_variables(request, member, variables));
	}
	return 0;
}

#define PROCESS_IDS                                                                                \
	{                                                                                          \
		"processInstanceIds", check_texts, NULL                                            \
	}
#define RUNNING_QUERY                                                                              \
	{                                                                                          \
		"processInstanceQuery", check_query, &running_instance_resource                    \
	}
#define HISTORY_QUERY                                                                              \
	{                                                                                          \
		"historicProcessInstanceQuery", check_query, &process_instance_resource            \
	}
#define INSTRUCTIONS                                                                               \
	{                                                                                          \
		"instructions", check_instructions, NULL                                           \
	}
#define SKIP                                                                                       \
	{"skipCustomListeners", check_flag, NULL},                                                 \
	{                                                                                          \
		"skipIoMappings", check_flag, NULL                                                 \
	}
#define TEXT(name)                                                                                 \
	{                                                                                          \
		name, check_text, NULL                                                             \
	}
#define FLAG(name)                                                                                 \
	{                                                                                          \
		name, check_flag, NULL                                                             \
	}
#define REMOVAL_TIME                                                                               \
	{"absoluteRemovalTime", check_time, NULL}, FLAG("clearedRemovalTime"),                     \
		FLAG("calculatedRemovalTime"), FLAG("hierarchical")
#define RESTART                                                                                    \
	{                                                                                          \
		PROCESS_IDS, HISTORY_QUERY, INSTRUCTIONS, FLAG("initialVariables"), SKIP,          \
			FLAG("withoutBusinessKey")                                                 \
	}
#define MODIFICATION                                                                               \
	{                                                                                          \
		TEXT("processDefinitionId"), INSTRUCTIONS, PROCESS_IDS, RUNNING_QUERY,             \
			HISTORY_QUERY, SKIP, TEXT("annotation")                                    \
	}
#define EXTERNAL_TASKS                                                                             \
	{                                                                                          \
		{"retries", check_int, NULL}, {"externalTaskIds", check_texts, NULL}, PROCESS_IDS, \
			{"externalTaskQuery", check_query, &external_task_resource},               \
			RUNNING_QUERY, HISTORY_QUERY                                               \
	}
#define DEFINITION                                                                                 \
	FLAG("suspended"), TEXT("processDefinitionId"), TEXT("processDefinitionKey"),              \
		TEXT("processDefinitionTenantId"), FLAG("processDefinitionWithoutTenantId")
#define VARIABLES                                                                                  \
	{                                                                                          \
		"variables", check_variables, NULL                                                 \
	}
#define JOB_RETRIES                                                                                \
	{"retries", check_int, NULL},                                                              \
	{                                                                                          \
		"dueDate", check_time, NULL                                                        \
	}

static const char no_retries[] = "setJobRetriesDto is null";

/* clang-format off */
static const struct shape {
	const char *path;
	const char *null_words;
	struct member members[MEMBERS_MAX]; /* up to the first without a name */
} shapes[] = {
	{"/external-task/retries", NULL, EXTERNAL_TASKS},
	{"/external-task/retries-async", NULL, EXTERNAL_TASKS},
	{"/history/batch/set-removal-time", NULL,
	 {REMOVAL_TIME, {"historicBatchIds", check_texts, NULL}}},
	{"/history/decision-instance/set-removal-time", NULL,
	 {REMOVAL_TIME, {"historicDecisionInstanceIds", check_texts, NULL},
	  {"historicDecisionInstanceQuery", check_query, &decision_instance_resource}}},
	{"/history/process-instance/set-removal-time", NULL,
	 {REMOVAL_TIME, {"historicProcessInstanceIds", check_texts, NULL}, HISTORY_QUERY,
	  FLAG("updateInChunks"), {"updateChunkSize", check_int, NULL}}},
	{"/job/retries", no_retries,
	 {JOB_RETRIES, {"jobIds", check_texts, NULL}, {"jobQuery", check_query, &job_resource}}},
	{"/job/suspended", NULL, {DEFINITION, TEXT("jobDefinitionId"), TEXT("processInstanceId")}},
	{"/job-definition/suspended", NULL,
	 {DEFINITION, TEXT("jobDefinitionId"), FLAG("includeJobs"), TEXT("executionDate")}},
	{"/modification/execute", NULL, MODIFICATION},
	{"/modification/executeAsync", NULL, MODIFICATION},
	{"/process-definition/key/{key}/restart-async", NULL, RESTART},
	{"/process-definition/key/{key}/tenant-id/{tenant-id}/restart-async", NULL, RESTART},
	{"/process-definition/{id}/restart", NULL, RESTART},
	{"/process-definition/{id}/restart-async", NULL, RESTART},
	{"/process-instance/job-retries", no_retries,
	 {JOB_RETRIES, {"processInstances", check_texts, NULL}, RUNNING_QUERY, HISTORY_QUERY}},
	{"/process-instance/job-retries-historic-query-based", NULL,
	 {JOB_RETRIES, {"processInstances", check_texts, NULL}, RUNNING_QUERY, HISTORY_QUERY}},
	{"/process-instance/message-async", NULL,
	 {TEXT("messageName"), VARIABLES, PROCESS_IDS, RUNNING_QUERY, HISTORY_QUERY}},
	{"/process-instance/suspended", NULL,
	 {DEFINITION, PROCESS_IDS, RUNNING_QUERY, HISTORY_QUERY}},
	{"/process-instance/suspended-async", NULL,
	 {DEFINITION, PROCESS_IDS, RUNNING_QUERY, HISTORY_QUERY}},
	{"/process-instance/variables-async", NULL,
	 {VARIABLES, PROCESS_IDS, RUNNING_QUERY, HISTORY_QUERY}},
};
/* clang-format on */

static const struct shape *find_shape(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		if (!strcmp(shapes[i].path, path))
			return &shapes[i];
	return NULL;
}

int body_shape_check(struct request *request, const char *path)
{
	const struct shape *shape = find_shape(path);
	size_t i;

	for (i = 0; shape && i < MEMBERS_MAX && shape->members[i].name; i++) {
		const struct member *member = &shape->members[i];
		const struct json *node = json_present(request->body, member->name);

		if (node)
			TRY(member->check(request, member, node));
	}
	return 0;
}

const char *body_shape_null_words(const char *path)
{
	const struct shape *shape = find_shape(path);

	return shape ? shape->null_words : NULL;
}
