/* /incident and /history/incident: of the jobs of batches. */
#include <string.h>

#include "core/api/handler.h"
#include "core/history/operation_log.h"
#include "core/batch/history_batch.h"
#include "core/engine.h"
#include "core/history/child_list.h"
#include "core/id.h"
#include "core/job/incident.h"
#include "core/job/job.h"
#include "core/query/query.h"
#include "core/record/row_json.h"

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
	&incident_kind, filters, RUNTIME_FILTERS, runtime_sorts, ARRAY_SIZE(runtime_sorts),
	false,          NULL,
};
static const struct resource history = {
	&incident_kind, filters, ARRAY_SIZE(filters), history_sorts, ARRAY_SIZE(history_sorts),
	false,          NULL,
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

static int offer_incidents(struct request *request, struct arena *arena, struct listing *listing)
{
	bool historic = listing->query->resource == &history;
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct history_batch batch = {.number = -1};
	struct incident_scan scan;
	union slot *row;
	int code;

	incident_scan_start(&scan, &reader, arena, 0);
	while (!(code = incident_scan_next(&scan, &row))) {
		if (historic ? row[INCIDENT_HIDDEN].i == 1 : row[INCIDENT_OPEN].i != 1)
			continue;
		TRY(complete(&reader, &scan, &batch, row));
		if (query_matches(listing->query, row) && !listing_offer(listing, row))
			return 0;
	}
	if (code != ERR_NOT_FOUND)
		return code;
	/* imported instances are history, whether they have ended or not */
	return historic ? child_list_offer(request, ROW_INCIDENT, listing->query, listing) : 0;
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

/* The open incident with that id. ERR_NOT_FOUND. */
static int find_open(struct txn *txn, const char *text, struct id *ret_id, union slot **ret)
{
	if (!id_decode(txn->store, text, ret_id) || ret_id->kind != ID_INCIDENT)
		return ERR_NOT_FOUND;
	TRY(incident_get(txn, ret_id->number, ret_id->ordinal, ret));
	return (*ret)[INCIDENT_OPEN].i == 1 ? 0 : ERR_NOT_FOUND;
}

int incident_get_by_id(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct listing listing = {.request = request};
	const char *id = request->call->params[0];
	struct id found;
	union slot *row;
	int code = find_open(&reader, id, &found, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404, "No matching incident with id %s",
				    id);
	TRY(code);
	request_answer(request);
	write_runtime(&listing, row);
	return 0;
}

int incident_delete(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const char *id = request->call->params[0];
	struct id found;
	union slot *row;
	int code = find_open(&reader, id, &found, &row);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_INVALID_404,
				    "Cannot find an incident with id '%s': incident is null", id);
	TRY(code);
	return request_fail(request, ERR_INVALID, "Cannot resolve an incident of type %s",
			    row[INCIDENT_TYPE].s);
}

struct annotation {
	struct request *request;
	const char *id;
	const char *text;
};

static int annotate_body(struct txn *txn, void *arg)
{
	struct annotation *annotation = arg;
	struct logged_operation operation = {.type = annotation->text ? "SetAnnotation"
								      : "ClearAnnotation",
					     .entity = "Incident"};
	struct id found;
	union slot *row;

	TRY(find_open(txn, annotation->id, &found, &row));
	row[INCIDENT_ANNOTATION].s = annotation->text;
	TRY(incident_put(txn, found.number, found.ordinal, row));
	operation_add(&operation, "incidentId", annotation->id);
	return operation_log_write(txn, annotation->request, &operation);
}

static int annotate(struct request *request, const char *text)
{
	struct annotation annotation = {request, request->call->params[0], text};
	int code = operation_log_run(request, TXN_SYNC, annotate_body, &annotation);

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

/* No execution exists that could have an incident. */
int execution_create_incident(struct request *request)
{
	const struct json *type = json_present(request->body, "incidentType");
	const char *text;

	if (!type)
		return request_fail(request, ERR_INVALID, "incidentType is null");
	TRY(json_to_string(type, &text));
	return request_fail(request, ERR_INVALID,
			    "Cannot find an execution with executionId '%s': execution is null",
			    request->call->params[0]);
}
