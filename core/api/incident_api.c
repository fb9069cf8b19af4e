/* /incident and /history/incident: of the jobs of batches, and of process instances. */
#include <string.h>

#include "core/api/handler.h"
#include "core/history/operation_log.h"
#include "core/job/history_batch.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/id.h"
#include "core/job/incident.h"
#include "core/job/job.h"
#include "core/query/query.h"
#include "core/runtime/command_log.h"
#include "core/runtime/history_event.h"
#include "core/runtime/incident.h"
#include "core/runtime/running_scan.h"

#define ROW(name, type, op, field)                                                                 \
	{                                                                                          \
		name, PARAM_##type, op, INCIDENT_##field, NULL, 0, NULL                            \
	}
#define LIST(name, field, nulls)                                                                   \
	{                                                                                          \
		name, PARAM_LIST, OP_IN, INCIDENT_##field, nulls, 0, NULL                          \
	}

/* Both forms are read from rows of incident_kind. */
static const struct filter filters[] = {
	ROW("incidentId", STRING, OP_EQ, ID),
	ROW("incidentType", STRING, OP_EQ, TYPE),
	ROW("incidentMessage", STRING, OP_EQ, MESSAGE),
	ROW("incidentMessageLike", STRING, OP_LIKE, MESSAGE),
	ROW("processDefinitionId", STRING, OP_EQ, PROCESS_DEFINITION_ID),
	{"processDefinitionKeyIn", PARAM_ARRAY, OP_IN, INCIDENT_PROCESS_DEFINITION_KEY,
								       "processDefinitionKeys", 0, NULL},
	ROW("processInstanceId", STRING, OP_EQ, PROCESS_INSTANCE_ID),
	ROW("executionId", STRING, OP_EQ, EXECUTION_ID),
	ROW("activityId", STRING, OP_EQ, ACTIVITY_ID),
	ROW("failedActivityId", STRING, OP_EQ, FAILED_ACTIVITY_ID),
	ROW("causeIncidentId", STRING, OP_EQ, CAUSE_ID),
	ROW("rootCauseIncidentId", STRING, OP_EQ, ROOT_CAUSE_ID),
	ROW("configuration", STRING, OP_EQ, CONFIGURATION),
	LIST("tenantIdIn", TENANT_ID, "tenantIds"),
	LIST("jobDefinitionIdIn", JOB_DEFINITION_ID, "jobDefinitionIds"),
 /* of the runtime form alone */
	ROW("incidentTimestampBefore", DATE, OP_BEFORE, CREATE_TIME),
	ROW("incidentTimestampAfter", DATE, OP_AFTER, CREATE_TIME),
 /* of the historic form alone */
	ROW("processDefinitionKey", STRING, OP_EQ, PROCESS_DEFINITION_KEY),
	ROW("createTimeBefore", DATE, OP_EARLIER, CREATE_TIME),
	ROW("createTimeAfter", DATE, OP_THEREAFTER, CREATE_TIME),
	ROW("endTimeBefore", DATE, OP_EARLIER, END_TIME),
	ROW("endTimeAfter", DATE, OP_THEREAFTER, END_TIME),
	ROW("historyConfiguration", STRING, OP_EQ, HISTORY_CONFIGURATION),
	ROW("open", BOOL, OP_IF_TRUE, OPEN),
	ROW("resolved", BOOL, OP_IF_TRUE, RESOLVED),
	ROW("deleted", BOOL, OP_IF_TRUE, DELETED),
	ROW("withoutTenantId", BOOL, OP_ABSENT, TENANT_ID),
};
enum { RUNTIME_FILTERS = 17 };

static const struct sort_key runtime_sorts[] = {
	{"incidentId",          INCIDENT_ID                   },
	{"incidentMessage",     INCIDENT_MESSAGE              },
	{"incidentTimestamp",   INCIDENT_CREATE_TIME          },
	{"incidentType",        INCIDENT_TYPE                 },
	{"executionId",         INCIDENT_EXECUTION_ID         },
	{"activityId",          INCIDENT_ACTIVITY_ID          },
	{"processInstanceId",   INCIDENT_PROCESS_INSTANCE_ID  },
	{"processDefinitionId", INCIDENT_PROCESS_DEFINITION_ID},
	{"causeIncidentId",     INCIDENT_CAUSE_ID             },
	{"rootCauseIncidentId", INCIDENT_ROOT_CAUSE_ID        },
	{"configuration",       INCIDENT_CONFIGURATION        },
	{"tenantId",            INCIDENT_TENANT_ID            },
};

static const struct sort_key history_sorts[] = {
	{"incidentId",           INCIDENT_ID                    },
	{"incidentMessage",      INCIDENT_MESSAGE               },
	{"createTime",           INCIDENT_CREATE_TIME           },
	{"endTime",              INCIDENT_END_TIME              },
	{"incidentType",         INCIDENT_TYPE                  },
	{"executionId",          INCIDENT_EXECUTION_ID          },
	{"activityId",           INCIDENT_ACTIVITY_ID           },
	{"processInstanceId",    INCIDENT_PROCESS_INSTANCE_ID   },
	{"processDefinitionId",  INCIDENT_PROCESS_DEFINITION_ID },
	{"processDefinitionKey", INCIDENT_PROCESS_DEFINITION_KEY},
	{"causeIncidentId",      INCIDENT_CAUSE_ID              },
	{"rootCauseIncidentId",  INCIDENT_ROOT_CAUSE_ID         },
	{"configuration",        INCIDENT_CONFIGURATION         },
	{"historyConfiguration", INCIDENT_HISTORY_CONFIGURATION },
	{"tenantId",             INCIDENT_TENANT_ID             },
	{"incidentState",        INCIDENT_STATE                 },
};

static const struct resource runtime = {
	.kind = &incident_kind,
	.filters = filters,
	.filter_count = RUNTIME_FILTERS,
	.sorts = runtime_sorts,
	.sort_count = ARRAY_SIZE(runtime_sorts),
};
static const struct resource history = {
	.kind = &incident_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = history_sorts,
	.sort_count = ARRAY_SIZE(history_sorts),
};

/* The keys of the runtime form, each with the slot that it shows. */
static void write_runtime(struct listing *listing, const union slot *row)
{
	static const struct {
		const char *key;
		int slot;
	} keys[] = {
		{"id",                  INCIDENT_ID                   },
		{"processDefinitionId", INCIDENT_PROCESS_DEFINITION_ID},
		{"processInstanceId",   INCIDENT_PROCESS_INSTANCE_ID  },
		{"executionId",         INCIDENT_EXECUTION_ID         },
		{"incidentTimestamp",   INCIDENT_CREATE_TIME          },
		{"incidentType",        INCIDENT_TYPE                 },
		{"activityId",          INCIDENT_ACTIVITY_ID          },
		{"failedActivityId",    INCIDENT_FAILED_ACTIVITY_ID   },
		{"causeIncidentId",     INCIDENT_CAUSE_ID             },
		{"rootCauseIncidentId", INCIDENT_ROOT_CAUSE_ID        },
		{"configuration",       INCIDENT_CONFIGURATION        },
		{"incidentMessage",     INCIDENT_MESSAGE              },
		{"tenantId",            INCIDENT_TENANT_ID            },
		{"jobDefinitionId",     INCIDENT_JOB_DEFINITION_ID    },
		{"annotation",          INCIDENT_ANNOTATION           },
	};
	struct json_writer *writer = &listing->request->writer;
	size_t i;

	json_open_object(writer);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (incident_kind.fields[keys[i].slot].type == FIELD_TIME)
			json_key_time(writer, keys[i].key, row[keys[i].slot].i);
		else
			json_key_string(writer, keys[i].key, row[keys[i].slot].s);
	}
	json_close_object(writer);
}

/* Incidents of our own batches bear the removal time of their batch. */
static int complete(struct txn *txn, const struct incident_scan *scan, struct history_batch *batch,
		    union slot *row)
{
	row[INCIDENT_STATE].i = incident_state_of(row);
	if ((uint64_t)batch->number != scan->batch) {
		int code = history_batch_get(txn, scan->batch, batch);

		if (code == ERR_NOT_FOUND)
			memset(batch, 0, sizeof(*batch));
		else if (code)
			return code;
		if (code)
			batch->removal_time = TIME_NULL;
		batch->number = (int64_t)scan->batch;
	}
	if (batch->imported != 1)
		row[INCIDENT_REMOVAL_TIME].i = batch->removal_time;
	return 0;
}

/* The incidents of batches. *RET_MORE: the listing takes more. */
static int offer_of_batches(struct request *request, struct arena *arena, struct listing *listing,
			    bool *ret_more)
{
	bool historic = listing->query->resource == &history;
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct history_batch batch = {.number = -1};
	struct incident_scan scan;
	union slot *row;
	int code;

	incident_scan_start(&scan, &reader, arena, 0);
	while (*ret_more && !(code = incident_scan_next(&scan, &row))) {
		if (historic ? row[INCIDENT_HIDDEN].i == 1 : row[INCIDENT_OPEN].i != 1)
			continue;
		TRY(complete(&reader, &scan, &batch, row));
		if (query_matches(listing->query, row))
			*ret_more = listing_offer(listing, row);
	}
	return *ret_more && code != ERR_NOT_FOUND ? code : 0;
}

/* The instances that the query names by an id of theirs, or else all that have incidents. */
static int start_scan(struct request *request, const struct query *query, struct txn *reader,
		      struct running_scan *scan)
{
	static const char *const naming[] = {"incidentId", "processInstanceId", "executionId"};
	struct serials *room = arena_alloc(request->arena, sizeof(*room));
	struct running_lists lists = {0};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(naming); i++) {
		const struct criterion *c = query_criterion(query, naming[i]);

		if (!c)
			continue;
		serials_add(room, request->arena, request->engine->store, c->text);
		running_scan_start(scan, reader, room, 1u << RUNNING_INCIDENT);
		return 0;
	}
	TRY(running_lists_add(&lists, request->arena, INDEX_INCIDENT, NULL));
	return running_scan_start_lists(scan, reader, &lists, 1u << RUNNING_INCIDENT);
}

/* The open incidents of process instances. */
static int offer_of_instances(struct request *request, struct listing *listing)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct rows rows[RUNNING_MAX];
	struct running_state state;
	struct running_scan scan;
	struct arena arena;
	bool more = true;
	int code = 0;
	size_t i;

	if (listing->counting && !listing->query->count) {
		TRY(running_state_read(&reader, &state));
		listing->matched += state.totals[RUNNING_INCIDENT];
		return 0;
	}
	arena_init(&arena);
	code = start_scan(request, listing->query, &reader, &scan);
	while (!code && more) {
		code = request_stopped(request);
		if (!code)
			code = running_scan_next(&scan, &arena, rows);
		for (i = 0; !code && more && i < rows[RUNNING_INCIDENT].count; i++)
			if (query_matches(listing->query, rows[RUNNING_INCIDENT].row[i]))
				more = listing_offer(listing, rows[RUNNING_INCIDENT].row[i]);
		arena_clear(&arena);
	}
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int offer_incidents(struct request *request, struct arena *arena, struct listing *listing)
{
	bool more = true;

	TRY(offer_of_batches(request, arena, listing, &more));
	if (!more)
		return 0;
	/* history has those of instances that run, too */
	return listing->query->resource == &history
		       ? child_list_offer(request, ROW_INCIDENT, listing->query, listing)
		       : offer_of_instances(request, listing);
}

static const char *const states[] = {"open", "resolved", "deleted"};

/* Of `open` the engine looks whether it was given, not at what it says. */
static void act_when_given(struct query *query)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (!strcmp(query->criteria[i].filter->name, "open"))
			query->criteria[i].truth = true;
}

static int check(struct request *request, struct query *query)
{
	const char *first = NULL;
	size_t i;

	act_when_given(query);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (!query_criterion(query, states[i]))
			continue;
		if (first)
			return request_fail(request, ERR_ENGINE,
					    "Already querying for incident state <%s>", first);
		first = states[i];
	}
	return 0;
}

/* Imported ids may be anything: what has no other order is put in that of ids. */
static void sort_by_id(struct query *query)
{
	static struct sorting by_id = {&runtime_sorts[0], false};

	if (query->sort_count)
		return;
	query->sorts = &by_id;
	query->sort_count = 1;
}

static int prepare(struct request *request, struct query *query)
{
	TRY(check(request, query));
	sort_by_id(query);
	return 0;
}

static const struct list_source runtime_source = {&runtime, prepare, offer_incidents,
						  write_runtime};
static const struct list_source history_source = {&history, prepare, offer_incidents, NULL};

int incident_list(struct request *request)
{
	return list_answer_params(request, &runtime_source, false);
}

int incident_count(struct request *request)
{
	return list_answer_params(request, &runtime_source, true);
}

int history_incident_list(struct request *request)
{
	return list_answer_params(request, &history_source, false);
}

int history_incident_count(struct request *request)
{
	return list_answer_params(request, &history_source, true);
}

/* The open incident of a batch's job with that id. ERR_NOT_FOUND. */
static int find_of_batch(struct txn *txn, const char *text, struct id *ret_id, union slot **ret)
{
	if (!id_decode(txn->store, text, ret_id) || ret_id->kind != ID_INCIDENT)
		return ERR_NOT_FOUND;
	TRY(incident_get(txn, ret_id->number, ret_id->ordinal, ret));
	return (*ret)[INCIDENT_OPEN].i == 1 ? 0 : ERR_NOT_FOUND;
}

static int find_in_rows(const struct rows *rows, const char *id, union slot **ret)
{
	size_t i;

	for (i = 0; i < rows->count; i++) {
		*ret = rows->row[i];
		if (!strcmp((*ret)[INCIDENT_ID].s, id))
			return 0;
	}
	return ERR_NOT_FOUND;
}

/* The open incident of a process instance with that id. ERR_NOT_FOUND. */
static int find_of_instance(struct txn *txn, const char *id, union slot **ret)
{
	struct serials one = {0, NULL};
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;

	serials_add(&one, txn->arena, txn->store, id);
	running_scan_start(&scan, txn, &one, 1u << RUNNING_INCIDENT);
	TRY(running_scan_next(&scan, txn->arena, rows));
	return find_in_rows(&rows[RUNNING_INCIDENT], id, ret);
}

static int find_open(struct request *request, union slot **ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct id found;
	int code = find_of_batch(&reader, id, &found, ret);

	return code == ERR_NOT_FOUND ? find_of_instance(&reader, id, ret) : code;
}

int incident_get_by_id(struct request *request)
{
	struct listing listing = {.request = request};
	union slot *row;
	int code = find_open(request, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404, "No matching incident with id %s",
				    request->call->params[0]);
	TRY(code);
	request_answer(request);
	write_runtime(&listing, row);
	return 0;
}

/* The open incident of an instance that a command has in hand. */
static int take_incident(struct command *command, const char *id, struct instance **ret_instance,
			 union slot **ret)
{
	union slot *row;

	TRY(command_find(command, id, ret_instance));
	LIST_EACH(&(*ret_instance)->incidents, row)
	{
		*ret = row;
		if (!strcmp(row[INCIDENT_ID].s, id))
			return 0;
	}
	return ERR_NOT_FOUND;
}

/* Those of jobs and external tasks end with what they are about. */
static bool is_resolvable(const union slot *incident)
{
	return strcmp(incident[INCIDENT_TYPE].s, INCIDENT_FAILED_JOB) != 0 &&
	       strcmp(incident[INCIDENT_TYPE].s, INCIDENT_FAILED_EXTERNAL_TASK) != 0;
}

static int resolve_body(struct command *command, void *arg)
{
	const struct request *request = arg;
	struct logged_operation operation = {.type = "Resolve", .entity = "ProcessInstance"};
	struct instance *instance;
	union slot *row;

	TRY(take_incident(command, request->call->params[0], &instance, &row));
	if (!is_resolvable(row))
		return ERR_NOT_FOUND;
	operation_of_instance(&operation, instance);
	operation_add(&operation, "incidentId", request->call->params[0]);
	incident_end(instance, row, false);
	instance->changed = true;
	return command_log(command, &operation);
}

int incident_delete(struct request *request)
{
	union slot *row;
	int code = find_open(request, &row);

	if (!code && !is_resolvable(row))
		return request_fail(request, ERR_INVALID, "Cannot resolve an incident of type %s",
				    row[INCIDENT_TYPE].s);
	if (!code)
		code = command_run(request, resolve_body, request);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Cannot find an incident with id '%s': incident is null",
				    request->call->params[0]);
	TRY(code);
	return request_answer_nothing(request);
}

struct annotation {
	struct request *request;
	const char *id;
	const char *text;
};

static int annotate_of_instance(struct command *command, const struct annotation *annotation)
{
	struct instance *instance;
	union slot *row;

	TRY(take_incident(command, annotation->id, &instance, &row));
	row[INCIDENT_ANNOTATION].s = annotation->text;
	instance->changed = true;
	history_incident(instance, row);
	return 0;
}

static int annotate_body(struct command *command, void *arg)
{
	struct annotation *annotation = arg;
	struct logged_operation operation = {.type = annotation->text ? "SetAnnotation"
								      : "ClearAnnotation",
					     .entity = "Incident"};
	struct id found;
	union slot *row;
	int code = find_of_batch(command->txn, annotation->id, &found, &row);

	if (code == ERR_NOT_FOUND) {
		TRY(annotate_of_instance(command, annotation));
	} else {
		TRY(code);
		row[INCIDENT_ANNOTATION].s = annotation->text;
		TRY(incident_put(command->txn, found.number, found.ordinal, row));
	}
	operation_add(&operation, "incidentId", annotation->id);
	return command_log(command, &operation);
}

static int annotate(struct request *request, const char *text)
{
	struct annotation annotation = {request, request->call->params[0], text};
	int code = command_run(request, annotate_body, &annotation);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_BAD_USER_REQUEST, "incident is null");
	TRY(code);
	return request_answer_nothing(request);
}

int incident_set_annotation(struct request *request)
{
	const struct json *node = json_present(request->body, "annotation");
	const char *text = NULL;

	if (node)
		TRY(json_to_string(node, &text));
	return annotate(request, text);
}

int incident_clear_annotation(struct request *request)
{
	return annotate(request, NULL);
}

/* An incident that somebody opens by hand. */
struct opening {
	const char *execution_id;
	const char *type, *configuration, *message;
	union slot *row; /* the new one */
};

static int open_body(struct command *command, void *arg)
{
	struct opening *opening = arg;
	struct logged_operation operation = {.type = "CreateIncident", .entity = "ProcessInstance"};
	const struct execution *execution;
	struct instance *instance;

	TRY(command_find(command, opening->execution_id, &instance));
	execution = instance_execution(instance, opening->execution_id);
	if (!execution)
		return ERR_NOT_FOUND;
	if (!execution->activity_id)
		return command_fail(command, ERR_INVALID,
				    "Execution must be related to an activity: activity is null");
	opening->row = incident_create(
		instance, &(struct incident_values){.type = opening->type,
						    .execution_id = execution->id,
						    .activity_id = execution->activity_id,
						    .configuration = opening->configuration,
						    .message = opening->message});
	operation_of_instance(&operation, instance);
	operation_add(&operation, "incidentType", opening->type);
	operation_add(&operation, "configuration", opening->configuration);
	instance->changed = true;
	return command_log(command, &operation);
}

int execution_create_incident(struct request *request)
{
	struct listing listing = {.request = request};
	struct opening opening = {.execution_id = request->call->params[0]};
	const struct {
		const char *key;
		const char **text;
	} texts[] = {
		{"incidentType",  &opening.type         },
		{"configuration", &opening.configuration},
		{"message",       &opening.message      },
	};
	size_t i;
	int code;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct json *node = json_present(request->body, texts[i].key);

		if (node)
			TRY(json_to_string(node, texts[i].text));
	}
	if (!opening.type)
		return request_fail(request, ERR_INVALID, "incidentType is null");
	code = command_run(request, open_body, &opening);
	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID,
				    "Cannot find an execution with executionId '%s': execution is "
				    "null",
				    opening.execution_id);
	TRY(code);
	request_answer(request);
	if (opening.row)
		write_runtime(&listing, opening.row);
	else
		json_null(&request->writer); /* the settings want no incidents of that type */
	return 0;
}
