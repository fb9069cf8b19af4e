#include "core/history/process_query.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/incident_kind.h"
#include "core/history/job_log_entry.h"
#include "core/history/key_index.h"
#include "core/history/posting_key.h"
#include "core/history/statistics.h"
#include "core/history/variable_query.h"

/* What a filter asks: one row of makers[] each. */
enum process_op {
	ASK_ID = OP_OWN,
	ASK_IDS,
	ASK_IDS_NOT,
	ASK_ROOT,
	ASK_SUPER,
	ASK_SUB,
	ASK_DEFINITION_ID,
	ASK_DEFINITION_KEY,
	ASK_DEFINITION_KEYS,
	ASK_DEFINITION_KEYS_NOT,
	ASK_DEFINITION_NAME,
	ASK_DEFINITION_NAME_LIKE,
	ASK_BUSINESS_KEY,
	ASK_BUSINESS_KEYS,
	ASK_BUSINESS_KEY_LIKE,
	ASK_IS_ROOT,
	ASK_FINISHED,
	ASK_UNFINISHED,
	ASK_STARTED_BEFORE,
	ASK_STARTED_AFTER,
	ASK_FINISHED_BEFORE,
	ASK_FINISHED_AFTER,
	ASK_STARTED_BY,
	ASK_JOBS_RETRYING,
	ASK_INCIDENT,
	ASK_ACTIVITY_BEFORE,
	ASK_ACTIVITY_AFTER,
	ASK_EXECUTED_ACTIVITY,
	ASK_ACTIVE_ACTIVITY,
	ASK_CURRENT_ACTIVITY,
	ASK_JOB_BEFORE,
	ASK_JOB_AFTER,
	ASK_CASE,
	ASK_SUPER_CASE,
	ASK_NEVER,
	ASK_TENANTS,
	ASK_NO_TENANT,
	ASK_STATE,
	ASK_VARIABLES,
	ASK_NOTHING,
	ASK_MAX,
};

static int refuse_or_queries(struct request *request, struct criterion *criterion, const char *text,
			     const struct json *node)
{
	(void)criterion;
	(void)node;
	return text ? request_fail(request, ERR_ILLEGAL_ARGUMENT, "argument type mismatch") : 0;
}

#define ROW(name, type, op)                                                                        \
	{                                                                                          \
		name, PARAM_##type, op, 0, NULL, 0, NULL                                           \
	}
#define LIST(name, op, nulls, error)                                                               \
	{                                                                                          \
		name, PARAM_LIST, op, 0, nulls, error, NULL                                        \
	}
static const char activity_ids[] = "activity ids";
static const struct filter filters[] = {
	ROW("processInstanceId", STRING, ASK_ID),
	{"processInstanceIds", PARAM_ARRAY,  ASK_IDS,       0, NULL, 0, NULL             },
	LIST("processInstanceIdNotIn", ASK_IDS_NOT, "processInstanceIdNotIn", 0),
	ROW("rootProcessInstanceId", STRING, ASK_ROOT),
	ROW("processDefinitionId", STRING, ASK_DEFINITION_ID),
	ROW("processDefinitionKey", STRING, ASK_DEFINITION_KEY),
	LIST("processDefinitionKeyIn", ASK_DEFINITION_KEYS, "processDefinitionKeys", 0),
	LIST("processDefinitionKeyNotIn", ASK_DEFINITION_KEYS_NOT, "processDefinitionKeys", 0),
	ROW("processDefinitionName", STRING, ASK_DEFINITION_NAME),
	ROW("processDefinitionNameLike", STRING, ASK_DEFINITION_NAME_LIKE),
	ROW("processInstanceBusinessKey", STRING, ASK_BUSINESS_KEY),
	LIST("processInstanceBusinessKeyIn", ASK_BUSINESS_KEYS, NULL, 0),
	ROW("processInstanceBusinessKeyLike", STRING, ASK_BUSINESS_KEY_LIKE),
	ROW("rootProcessInstances", BOOL, ASK_IS_ROOT),
	ROW("finished", BOOL, ASK_FINISHED),
	ROW("unfinished", BOOL, ASK_UNFINISHED),
	ROW("withJobsRetrying", BOOL, ASK_JOBS_RETRYING),
	ROW("withIncidents", BOOL, ASK_INCIDENT),
	ROW("withRootIncidents", BOOL, ASK_INCIDENT),
	ROW("incidentType", STRING, ASK_INCIDENT),
	ROW("incidentMessage", STRING, ASK_INCIDENT),
	ROW("incidentMessageLike", STRING, ASK_INCIDENT),
	ROW("incidentStatus", STRING, ASK_INCIDENT),
	LIST("incidentIdIn", ASK_INCIDENT, "incidentIds", 0),
	ROW("startedBefore", DATE, ASK_STARTED_BEFORE),
	ROW("startedAfter", DATE, ASK_STARTED_AFTER),
	ROW("finishedBefore", DATE, ASK_FINISHED_BEFORE),
	ROW("finishedAfter", DATE, ASK_FINISHED_AFTER),
	ROW("executedActivityBefore", DATE, ASK_ACTIVITY_BEFORE),
	ROW("executedActivityAfter", DATE, ASK_ACTIVITY_AFTER),
	LIST("executedActivityIdIn", ASK_EXECUTED_ACTIVITY, activity_ids, ERR_BAD_USER_REQUEST),
	LIST("activeActivityIdIn", ASK_ACTIVE_ACTIVITY, activity_ids, ERR_BAD_USER_REQUEST),
	LIST("activityIdIn", ASK_CURRENT_ACTIVITY, activity_ids, ERR_BAD_USER_REQUEST),
	ROW("executedJobBefore", DATE, ASK_JOB_BEFORE),
	ROW("executedJobAfter", DATE, ASK_JOB_AFTER),
	ROW("startedBy", STRING, ASK_STARTED_BY),
	ROW("superProcessInstanceId", STRING, ASK_SUPER),
	ROW("subProcessInstanceId", STRING, ASK_SUB),
	ROW("superCaseInstanceId", STRING, ASK_SUPER_CASE),
	ROW("subCaseInstanceId", STRING, ASK_NEVER),
	ROW("caseInstanceId", STRING, ASK_CASE),
	LIST("tenantIdIn", ASK_TENANTS, "tenantIds", 0),
	ROW("withoutTenantId", BOOL, ASK_NO_TENANT),
	ROW("active", BOOL, ASK_STATE),
	ROW("suspended", BOOL, ASK_STATE),
	ROW("completed", BOOL, ASK_STATE),
	ROW("externallyTerminated", BOOL, ASK_STATE),
	ROW("internallyTerminated", BOOL, ASK_STATE),
	{"variables",          PARAM_OBJECT, ASK_VARIABLES, 0, NULL, 0, variables_bind   },
	ROW("variableNamesIgnoreCase", BOOL, ASK_NOTHING),
	ROW("variableValuesIgnoreCase", BOOL, ASK_NOTHING),
	{"orQueries",          PARAM_OBJECT, ASK_NOTHING,   0, NULL, 0, refuse_or_queries},
};

static const struct sort_key sorts[] = {
	{"instanceId",        SORT_INSTANCE_ID       },
	{"definitionId",      SORT_DEFINITION_ID     },
	{"businessKey",       SORT_BUSINESS_KEY      },
	{"startTime",         SORT_START_TIME        },
	{"endTime",           SORT_END_TIME          },
	{"duration",          SORT_DURATION          },
	{"definitionKey",     SORT_DEFINITION_KEY    },
	{"definitionName",    SORT_DEFINITION_NAME   },
	{"definitionVersion", SORT_DEFINITION_VERSION},
	{"tenantId",          SORT_TENANT_ID         },
};

const struct resource process_instance_resource = {
	.kind = &process_instance_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
	.or_queries = true,
};

#define COLUMN(member) offsetof(struct column_set, member)

/* One filter being turned into a condition. */
struct making {
	struct request *request;
	struct plan *plan;
	struct condition_group *group;
	const struct query *query;
	const struct criterion *criterion;
	bool dates;
	bool in_group; /* the filters of this query are alternatives */
	struct txn reader;
};

typedef int (*maker)(struct making *making);

static struct condition *add(struct making *making)
{
	return plan_add(making->plan, making->group);
}

static int make_ids(struct making *making, const char *const *ids, size_t count, bool negated)
{
	uint64_t *numbers = arena_array(making->plan->arena, count, sizeof(*numbers));
	struct condition *condition = add(making);
	size_t i, found = 0;

	for (i = 0; i < count; i++) {
		int code = ids[i] ? history_find_process(&making->reader, making->plan->history,
							 ids[i], &numbers[found])
				  : ERR_NOT_FOUND;

		if (code && code != ERR_NOT_FOUND)
			return code;
		found += !code;
	}
	condition_numbers(condition, making->plan->arena, numbers, found);
	condition->negated = negated;
	return 0;
}

static int make_id(struct making *making)
{
	return make_ids(making, &making->criterion->text, 1, false);
}

static int make_id_list(struct making *making)
{
	const struct strings *list = &making->criterion->list;

	if (!list->count)
		return request_fail(making->request, ERR_ENGINE,
				    "Set of process instance ids is empty");
	return make_ids(making, list->items, list->count, false);
}

static int make_id_not_list(struct making *making)
{
	const struct strings *list = &making->criterion->list;

	return list->count ? make_ids(making, list->items, list->count, true) : 0;
}

static int make_hash(struct making *making, size_t column, const char *text)
{
	condition_equal(add(making), column, history_hash(making->plan->history, text));
	return 0;
}

static int make_root(struct making *making)
{
	return make_hash(making, COLUMN(root), making->criterion->text);
}

static int make_super(struct making *making)
{
	return make_hash(making, COLUMN(super), making->criterion->text);
}

/* The instance that called the given one. */
static int make_sub(struct making *making)
{
	struct rows rows[ROW_MAX];
	const char *super = NULL;
	uint64_t number;
	int code = history_find_process(&making->reader, making->plan->history,
					making->criterion->text, &number);

	if (!code)
		code = history_read_process(&making->reader, making->plan->history, number, 0,
					    rows);
	if (code && code != ERR_NOT_FOUND)
		return code;
	if (!code)
		super = rows[ROW_INSTANCE].row[0][INSTANCE_SUPER_ID].s;
	return make_ids(making, &super, 1, false);
}

/* A byte for each text of a dictionary: whether FITS says yes to its part INDEX. */
static uint8_t *make_table(struct making *making, struct dictionary *dictionary, unsigned index,
			   bool (*fits)(const struct criterion *criterion, const char *text),
			   bool absent)
{
	uint32_t number, count = dictionary_count(dictionary);
	/* room for texts that come while the query runs: they do not match */
	uint8_t *table = arena_alloc(making->plan->arena, count + 65536);

	table[0] = absent;
	for (number = 1; number <= count; number++)
		table[number] =
			fits(making->criterion, history_part(making->plan->history, dictionary,
							     making->plan->arena, number, index));
	return table;
}

static bool text_is(const struct criterion *criterion, const char *text)
{
	return criterion->text && !strcmp(criterion->text, text);
}

static bool name_is(const struct criterion *criterion, const char *text)
{
	return *text && text_is(criterion, text);
}

static bool name_is_like(const struct criterion *criterion, const char *text)
{
	return *text && criterion->text && text_like(text, criterion->text);
}

static bool text_is_listed(const struct criterion *criterion, const char *text)
{
	size_t i;

	for (i = 0; text && i < criterion->list.count; i++)
		if (criterion->list.items[i] && !strcmp(criterion->list.items[i], text))
			return true;
	return false;
}

static bool text_is_like_none(const struct criterion *criterion, const char *text)
{
	size_t i;

	for (i = 0; i < criterion->list.count; i++)
		if (!text_unlike(text, criterion->list.items[i]))
			return false;
	return true;
}

static int make_definition(struct making *making, unsigned part,
			   bool (*fits)(const struct criterion *criterion, const char *text))
{
	condition_table(add(making), COLUMN(definition),
			make_table(making, making->plan->history->definitions, part, fits, false));
	return 0;
}

static int make_definition_id(struct making *making)
{
	return make_definition(making, 0, text_is);
}

static int make_definition_key(struct making *making)
{
	return make_definition(making, 1, text_is);
}

static int make_definition_keys(struct making *making)
{
	return making->criterion->list.count ? make_definition(making, 1, text_is_listed) : 0;
}

static int make_definition_keys_not(struct making *making)
{
	const struct strings *list = &making->criterion->list;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!*list->items[i])
			return request_fail(making->request, ERR_NOT_VALID,
					    "processDefinitionKeys contains empty string");
	return list->count ? make_definition(making, 1, text_is_like_none) : 0;
}

static int make_definition_name(struct making *making)
{
	return make_definition(making, 2, name_is);
}

static int make_definition_name_like(struct making *making)
{
	return make_definition(making, 2, name_is_like);
}

static int make_business_key(struct making *making)
{
	return make_hash(making, COLUMN(business_key), making->criterion->text);
}

static int make_business_keys(struct making *making)
{
	const struct strings *list = &making->criterion->list;

	if (list->count)
		condition_business_keys(add(making), making->plan, list->items, list->count);
	return 0;
}

/* A condition's object. */
struct like {
	const char *pattern;
	struct history *history;
};

struct like_walk {
	const char *pattern;
	uint8_t *out;
};

static bool take_business_key(void *arg, struct bytes key, uint64_t number)
{
	const struct like_walk *like = arg;

	if (key.size >= POSTING_TEXT_MAX + 2)
		like->out[number % ARCHIVE_SEGMENT] = KEY_CUT;
	else if (key.size > 1 && text_like((const char *)key.data + 1, like->pattern))
		like->out[number % ARCHIVE_SEGMENT] = KEY_LIKE;
	return true;
}

/* By the range of postings that begin as the pattern does. */
static int find_in_postings(const struct like *asked, struct txn *txn, struct archive *archive,
			    uint32_t segment, size_t prefix, uint8_t *out)
{
	struct like_walk like = {asked->pattern, out};
	uint8_t from[POSTING_TEXT_MAX + 1] = {POSTING_BUSINESS_KEY}, to[POSTING_TEXT_MAX + 2];

	prefix = prefix < POSTING_TEXT_MAX ? prefix : POSTING_TEXT_MAX;
	memcpy(from + 1, like.pattern, prefix);
	memcpy(to, from, prefix + 1);
	to[prefix + 1] = 0xff; /* no byte of UTF-8 */
	return archive_find(txn, archive, segment, (struct bytes){from, prefix + 1},
			    (struct bytes){to, prefix + 2}, take_business_key, &like);
}

/* Of keys that postings had to cut, the records tell. */
static int look_at_cut_keys(const struct like *like, struct txn *txn, uint32_t segment,
			    uint8_t *out)
{
	uint8_t *at = out;

	while ((at = memchr(at, KEY_CUT, ARCHIVE_SEGMENT - (size_t)(at - out)))) {
		struct arena_mark mark = arena_mark(txn->arena);
		struct rows rows[ROW_MAX];
		const char *key;
		int code = history_read_process(
			txn, like->history,
			(uint64_t)segment * ARCHIVE_SEGMENT + (uint64_t)(at - out), 0, rows);

		if (code && code != ERR_NOT_FOUND)
			return code;
		key = code ? NULL : rows[ROW_INSTANCE].row[0][INSTANCE_BUSINESS_KEY].s;
		*at = key && text_like(key, like->pattern);
		arena_rewind(txn->arena, mark);
	}
	return 0;
}

static int business_key_find(const struct condition *condition, struct txn *txn,
			     struct archive *archive, uint32_t segment, uint8_t *out)
{
	const struct like *like = condition->object;
	size_t prefix = strcspn(like->pattern, "%_\\");
	int code = ERR_NOT_FOUND;

	if (!prefix)
		code = key_index_find(like->history->key_index, txn, like->history->process_columns,
				      segment, like->pattern, out);
	if (code == ERR_NOT_FOUND)
		code = find_in_postings(like, txn, archive, segment, prefix, out);
	return code ? code : look_at_cut_keys(like, txn, segment, out);
}

static int make_business_key_like(struct making *making)
{
	struct like like = {making->criterion->text, making->plan->history};
	struct condition *condition = add(making);

	condition->find = business_key_find;
	condition->object = arena_copy(making->plan->arena, &like, sizeof(like));
	return 0;
}

static int make_is_root(struct making *making)
{
	condition_flags(add(making), SUMMARY_ROOT, SUMMARY_ROOT);
	return 0;
}

static int make_range(struct making *making, size_t column, int64_t low, int64_t high)
{
	condition_range(add(making), column, low, high);
	return 0;
}

static int make_finished(struct making *making)
{
	return make_range(making, COLUMN(end_time), TIME_NULL + 1, INT64_MAX);
}

static int make_unfinished(struct making *making)
{
	return make_range(making, COLUMN(end_time), TIME_NULL, TIME_NULL);
}

static int make_started_before(struct making *making)
{
	return make_range(making, COLUMN(start_time), TIME_NULL + 1, making->criterion->number);
}

static int make_started_after(struct making *making)
{
	return make_range(making, COLUMN(start_time), making->criterion->number, INT64_MAX);
}

static int make_finished_before(struct making *making)
{
	return make_range(making, COLUMN(end_time), TIME_NULL + 1, making->criterion->number);
}

static int make_finished_after(struct making *making)
{
	return make_range(making, COLUMN(end_time), making->criterion->number, INT64_MAX);
}

static int make_started_by(struct making *making)
{
	condition_table(add(making), COLUMN(user),
			make_table(making, making->plan->history->users, 0, text_is, false));
	return 0;
}

static int make_tenants(struct making *making)
{
	if (!making->criterion->list.count || query_criterion(making->query, "withoutTenantId"))
		return 0; /* the later one wins */
	condition_table(
		add(making), COLUMN(tenant),
		make_table(making, making->plan->history->tenants, 0, text_is_listed, false));
	return 0;
}

static bool never(const struct criterion *criterion, const char *text)
{
	(void)criterion;
	(void)text;
	return false;
}

static int make_no_tenant(struct making *making)
{
	condition_table(add(making), COLUMN(tenant),
			make_table(making, making->plan->history->tenants, 0, never, true));
	return 0;
}

static const struct {
	const char *filter;
	enum instance_state state;
} states[] = {
	{"active",               STATE_ACTIVE               },
	{"suspended",            STATE_SUSPENDED            },
	{"completed",            STATE_COMPLETED            },
	{"externallyTerminated", STATE_EXTERNALLY_TERMINATED},
	{"internallyTerminated", STATE_INTERNALLY_TERMINATED},
};

static enum instance_state state_asked(const struct criterion *criterion)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(states[i].filter, criterion->filter->name))
			return states[i].state;
	return STATE_NONE;
}

/* The first state that was set is the one that the message names. */
static int check_states(struct request *request, const struct query *query)
{
	enum instance_state first = STATE_NONE;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (!query_criterion(query, states[i].filter))
			continue;
		if (first)
			return request_fail(request, ERR_BAD_USER_REQUEST,
					    "Already querying for historic process instance with "
					    "another state: %s is not empty",
					    state_names[first]);
		first = states[i].state;
	}
	return 0;
}

static int make_state(struct making *making)
{
	condition_states(add(making), 1u << state_asked(making->criterion));
	return 0;
}

static int make_never(struct making *making)
{
	condition_never(add(making));
	return 0;
}

static int make_records(struct making *making, uint8_t flag, condition_match match, uint64_t want,
			const void *object)
{
	struct condition *condition = add(making);

	if (flag)
		condition_flags(condition, flag, flag);
	condition_records(condition, match, want, object);
	return 0;
}

static bool case_match(const struct condition *condition, const struct rows *rows)
{
	const char *id = rows[ROW_INSTANCE].row[0][INSTANCE_CASE_ID].s;

	return id && !strcmp(id, condition->object);
}

static bool super_case_match(const struct condition *condition, const struct rows *rows)
{
	const char *id = rows[ROW_INSTANCE].row[0][INSTANCE_SUPER_CASE_ID].s;

	return id && !strcmp(id, condition->object);
}

static int make_case(struct making *making)
{
	return make_records(making, SUMMARY_CASE, case_match, 0, making->criterion->text);
}

static int make_super_case(struct making *making)
{
	return make_records(making, SUMMARY_CASE, super_case_match, 0, making->criterion->text);
}

static bool retrying_match(const struct condition *condition, const struct rows *rows)
{
	size_t i;

	(void)condition;
	for (i = 0; i < rows[ROW_JOB].count; i++)
		if (rows[ROW_JOB].row[i][RUNTIME_JOB_EXCEPTION].s &&
		    rows[ROW_JOB].row[i][RUNTIME_JOB_RETRIES].i > 0)
			return true;
	return false;
}

static int make_jobs_retrying(struct making *making)
{
	return make_records(making, SUMMARY_JOBS, retrying_match, 1u << ROW_JOB, NULL);
}

/* One of the incident filters against one incident. */
static bool incident_fits(const struct criterion *c, const union slot *row)
{
	const char *name = c->filter->name, *message = row[INCIDENT_MESSAGE].s;

	if (!strcmp(name, "withIncidents"))
		return true;
	if (!strcmp(name, "withRootIncidents"))
		return row[INCIDENT_ID].s && row[INCIDENT_ROOT_CAUSE_ID].s &&
		       !strcmp(row[INCIDENT_ID].s, row[INCIDENT_ROOT_CAUSE_ID].s);
	if (!strcmp(name, "incidentType"))
		return row[INCIDENT_TYPE].s && !strcmp(row[INCIDENT_TYPE].s, c->text);
	if (!strcmp(name, "incidentMessage"))
		return message && !strcmp(message, c->text);
	if (!strcmp(name, "incidentMessageLike"))
		return message && text_like(message, c->text);
	if (!strcmp(name, "incidentIdIn"))
		return !c->list.count || text_is_listed(c, row[INCIDENT_ID].s);
	if (!strcmp(c->text, "open"))
		return row[INCIDENT_END_TIME].i == TIME_NULL;
	return strcmp(c->text, "resolved") || row[INCIDENT_END_TIME].i != TIME_NULL;
}

static bool acts(const struct criterion *c)
{
	if (c->filter->type == PARAM_BOOL)
		return c->truth;
	return c->filter->type != PARAM_LIST || c->list.count;
}

/* All incident filters of a query must hold for the same incident. */
static bool all_incident_match(const struct condition *condition, const struct rows *rows)
{
	const struct query *query = condition->object;
	size_t i, k;

	for (i = 0; i < rows[ROW_INCIDENT].count; i++) {
		for (k = 0; k < query->count; k++) {
			const struct criterion *c = &query->criteria[k];

			if (c->filter->op == ASK_INCIDENT && acts(c) &&
			    !incident_fits(c, rows[ROW_INCIDENT].row[i]))
				break;
		}
		if (k == query->count)
			return true;
	}
	return false;
}

static bool one_incident_match(const struct condition *condition, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows[ROW_INCIDENT].count; i++)
		if (incident_fits(condition->object, rows[ROW_INCIDENT].row[i]))
			return true;
	return false;
}

static bool is_first_incident_filter(const struct making *making)
{
	const struct criterion *c;

	for (c = making->query->criteria; c < making->criterion; c++)
		if (c->filter->op == ASK_INCIDENT && acts(c))
			return false;
	return true;
}

static int make_incident(struct making *making)
{
	if (!acts(making->criterion))
		return 0;
	if (making->in_group)
		return make_records(making, SUMMARY_INCIDENTS, one_incident_match,
				    1u << ROW_INCIDENT, making->criterion);
	if (!is_first_incident_filter(making))
		return 0; /* the first one's condition looks at all */
	return make_records(making, SUMMARY_INCIDENTS, all_incident_match, 1u << ROW_INCIDENT,
			    making->query);
}

/* The times within which something must lie: from low to high, of which one may be no limit. */
static void set_span(struct condition *condition, const struct query *query, const char *after,
		     const char *before)
{
	const struct criterion *low = query_criterion(query, after);
	const struct criterion *high = query_criterion(query, before);

	condition->low = low ? low->number : INT64_MIN;
	condition->high = high ? high->number : INT64_MAX;
}

/* One activity must have begun or ended by then, and begun or ended since. */
static bool activity_time_match(const struct condition *condition, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows[ROW_ACTIVITY].count; i++) {
		const union slot *row = rows[ROW_ACTIVITY].row[i];
		int64_t start = row[ACTIVITY_START_TIME].i, end = row[ACTIVITY_END_TIME].i;

		if ((start >= condition->low || end >= condition->low) &&
		    (start <= condition->high || (end != TIME_NULL && end <= condition->high)))
			return true;
	}
	return false;
}

/* Both limits are asked of the same activity: the first that is given makes the condition. */
static int make_activity_time(struct making *making)
{
	if (making->criterion->filter->op == ASK_ACTIVITY_AFTER &&
	    query_criterion(making->query, "executedActivityBefore"))
		return 0;
	make_records(making, 0, activity_time_match, 1u << ROW_ACTIVITY, NULL);
	set_span(&making->group->conditions[making->group->count - 1], making->query,
		 "executedActivityAfter", "executedActivityBefore");
	return 0;
}

static bool executed_match(const struct condition *condition, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows[ROW_ACTIVITY].count; i++) {
		const union slot *row = rows[ROW_ACTIVITY].row[i];

		if (row[ACTIVITY_END_TIME].i != TIME_NULL &&
		    text_is_listed(condition->object, row[ACTIVITY_ACTIVITY_ID].s))
			return true;
	}
	return false;
}

static bool active_match(const struct condition *condition, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows[ROW_ACTIVITY].count; i++) {
		const union slot *row = rows[ROW_ACTIVITY].row[i];

		if (row[ACTIVITY_END_TIME].i == TIME_NULL &&
		    text_is_listed(condition->object, row[ACTIVITY_ACTIVITY_ID].s))
			return true;
	}
	return false;
}

/* The activity that a waiting job waits before: only the job's log names it. */
static bool waits_before(const struct condition *condition, const struct rows *rows,
			 const char *job_id)
{
	const struct rows *logs = &rows[ROW_JOB_LOG];
	size_t i;

	for (i = 0; job_id && i < logs->count; i++)
		if (logs->row[i][JOB_LOG_JOB_ID].s &&
		    !strcmp(logs->row[i][JOB_LOG_JOB_ID].s, job_id) &&
		    logs->row[i][JOB_LOG_ACTIVITY_ID].s &&
		    text_is_listed(condition->object, logs->row[i][JOB_LOG_ACTIVITY_ID].s))
			return true;
	return false;
}

static bool current_match(const struct condition *condition, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows[ROW_ACTIVITY].count; i++) {
		const union slot *row = rows[ROW_ACTIVITY].row[i];

		if (row[ACTIVITY_END_TIME].i == TIME_NULL &&
		    !activity_is_scope(row[ACTIVITY_TYPE].s) &&
		    text_is_listed(condition->object, row[ACTIVITY_ACTIVITY_ID].s))
			return true;
	}
	for (i = 0; i < rows[ROW_JOB].count; i++)
		if (waits_before(condition, rows, rows[ROW_JOB].row[i][RUNTIME_JOB_ID].s))
			return true;
	return false;
}

static int make_executed_activity(struct making *making)
{
	if (!making->criterion->list.count)
		return 0;
	if (!making->in_group && query_criterion(making->query, "activeActivityIdIn"))
		return make_never(making); /* no activity has ended and not ended */
	return make_records(making, 0, executed_match, 1u << ROW_ACTIVITY, making->criterion);
}

static int make_active_activity(struct making *making)
{
	if (!making->criterion->list.count)
		return 0;
	return make_records(making, SUMMARY_OPEN_ACTIVITIES, active_match, 1u << ROW_ACTIVITY,
			    making->criterion);
}

static int make_current_activity(struct making *making)
{
	struct condition *condition;

	if (!making->criterion->list.count)
		return 0;
	condition = add(making);
	condition_range(condition, COLUMN(end_time), TIME_NULL, TIME_NULL);
	condition_records(condition, current_match,
			  1u << ROW_ACTIVITY | 1u << ROW_JOB | 1u << ROW_JOB_LOG,
			  making->criterion);
	return 0;
}

static bool lies_within(const struct condition *span, int64_t time)
{
	return time >= span->low && time <= span->high;
}

static bool job_time_match(const struct condition *condition, const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows[ROW_JOB_LOG].count; i++)
		if (lies_within(condition, rows[ROW_JOB_LOG].row[i][JOB_LOG_TIMESTAMP].i))
			return true;
	return false;
}

/* Another of a condition's numbers, which are malloced. */
static void add_number(struct condition *condition, size_t *room, uint64_t number)
{
	uint64_t *numbers = (uint64_t *)(uintptr_t)condition->numbers;

	if (condition->number_count == *room) {
		*room = *room * 2 + 64;
		numbers = memory_resize(numbers, *room * sizeof(*numbers));
		condition->numbers = numbers;
	}
	numbers[condition->number_count++] = number;
}

/* Adds the instance of an entry in time, if it is there. */
static int add_logged(struct making *making, const union slot *row, struct condition *condition,
		      size_t *room)
{
	const char *id = row[JOB_LOG_PROCESS_INSTANCE_ID].s;
	uint64_t number;
	int code;

	TRY(request_stopped(making->request));
	if (!id || !lies_within(condition, row[JOB_LOG_TIMESTAMP].i))
		return 0;
	code = history_find_process(&making->reader, making->plan->history, id, &number);
	if (!code)
		add_number(condition, room, number);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* Instances that the job logs of imported batches name, with an entry in time. */
static int numbers_of_batch(struct making *making, uint64_t batch, struct condition *condition,
			    size_t *room)
{
	struct arena rows;
	struct scan scan;
	union slot *row;
	int code;

	arena_init(&rows);
	job_log_imported_start(&scan, &making->reader, batch);
	while (!(code = job_log_imported_next(&scan, &rows, &row)) &&
	       !(code = add_logged(making, row, condition, room)))
		arena_reset(&rows);
	arena_clear(&rows);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int gather_batch_numbers(struct making *making, struct condition *condition)
{
	uint64_t batch = 0;
	size_t room = 0;
	int code;

	/* batch 0 has the entries of jobs of no batch, which name no instance */
	while (!(code = job_log_next_imported(&making->reader, batch + 1, &batch)))
		TRY(numbers_of_batch(making, batch, condition, &room));
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* An entry in the instance's own job log, or in that of a batch that worked on it. */
static int make_job_time(struct making *making)
{
	struct condition_group *group;
	struct condition *condition, gathered = {0};
	int code;

	if (making->criterion->filter->op == ASK_JOB_AFTER &&
	    query_criterion(making->query, "executedJobBefore"))
		return 0; /* both limits are asked of the same entry */
	group = making->in_group ? making->group : plan_add_group(making->plan);
	condition = plan_add(making->plan, group);
	condition_flags(condition, SUMMARY_JOB_LOGS, SUMMARY_JOB_LOGS);
	condition_records(condition, job_time_match, 1u << ROW_JOB_LOG, NULL);
	set_span(condition, making->query, "executedJobAfter", "executedJobBefore");
	set_span(&gathered, making->query, "executedJobAfter", "executedJobBefore");
	code = gather_batch_numbers(making, &gathered);
	if (!code)
		condition_numbers(plan_add(making->plan, group), making->plan->arena,
				  gathered.numbers, gathered.number_count);
	free((void *)(uintptr_t)gathered.numbers);
	return code;
}

static int make_variables(struct making *making)
{
	const struct query *query = making->query;

	return variables_plan(
		making->request, making->plan, making->group, making->criterion, making->dates,
		query_criterion(query, "variableNamesIgnoreCase") != NULL,
		query_criterion(query, "variableValuesIgnoreCase") != NULL, making->in_group);
}

static const maker makers[ASK_MAX - OP_OWN] = {
	[ASK_ID - OP_OWN] = make_id,
	[ASK_IDS - OP_OWN] = make_id_list,
	[ASK_IDS_NOT - OP_OWN] = make_id_not_list,
	[ASK_ROOT - OP_OWN] = make_root,
	[ASK_SUPER - OP_OWN] = make_super,
	[ASK_SUB - OP_OWN] = make_sub,
	[ASK_DEFINITION_ID - OP_OWN] = make_definition_id,
	[ASK_DEFINITION_KEY - OP_OWN] = make_definition_key,
	[ASK_DEFINITION_KEYS - OP_OWN] = make_definition_keys,
	[ASK_DEFINITION_KEYS_NOT - OP_OWN] = make_definition_keys_not,
	[ASK_DEFINITION_NAME - OP_OWN] = make_definition_name,
	[ASK_DEFINITION_NAME_LIKE - OP_OWN] = make_definition_name_like,
	[ASK_BUSINESS_KEY - OP_OWN] = make_business_key,
	[ASK_BUSINESS_KEYS - OP_OWN] = make_business_keys,
	[ASK_BUSINESS_KEY_LIKE - OP_OWN] = make_business_key_like,
	[ASK_IS_ROOT - OP_OWN] = make_is_root,
	[ASK_FINISHED - OP_OWN] = make_finished,
	[ASK_UNFINISHED - OP_OWN] = make_unfinished,
	[ASK_STARTED_BEFORE - OP_OWN] = make_started_before,
	[ASK_STARTED_AFTER - OP_OWN] = make_started_after,
	[ASK_FINISHED_BEFORE - OP_OWN] = make_finished_before,
	[ASK_FINISHED_AFTER - OP_OWN] = make_finished_after,
	[ASK_STARTED_BY - OP_OWN] = make_started_by,
	[ASK_JOBS_RETRYING - OP_OWN] = make_jobs_retrying,
	[ASK_INCIDENT - OP_OWN] = make_incident,
	[ASK_ACTIVITY_BEFORE - OP_OWN] = make_activity_time,
	[ASK_ACTIVITY_AFTER - OP_OWN] = make_activity_time,
	[ASK_EXECUTED_ACTIVITY - OP_OWN] = make_executed_activity,
	[ASK_ACTIVE_ACTIVITY - OP_OWN] = make_active_activity,
	[ASK_CURRENT_ACTIVITY - OP_OWN] = make_current_activity,
	[ASK_JOB_BEFORE - OP_OWN] = make_job_time,
	[ASK_JOB_AFTER - OP_OWN] = make_job_time,
	[ASK_CASE - OP_OWN] = make_case,
	[ASK_SUPER_CASE - OP_OWN] = make_super_case,
	[ASK_NEVER - OP_OWN] = make_never,
	[ASK_TENANTS - OP_OWN] = make_tenants,
	[ASK_NO_TENANT - OP_OWN] = make_no_tenant,
	[ASK_STATE - OP_OWN] = make_state,
	[ASK_VARIABLES - OP_OWN] = make_variables,
};

/* Of all filters of the query but SKIPPED. */
static int make_group(struct making *making, const struct query *query,
		      const struct criterion *skipped, struct condition_group *group, bool in_group)
{
	size_t i;

	making->query = query;
	making->group = group;
	making->in_group = in_group;
	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];
		maker make = makers[c->filter->op - OP_OWN];

		making->criterion = c;
		if (make && c != skipped && (c->filter->type != PARAM_BOOL || c->truth))
			TRY(make(making));
	}
	return 0;
}

static int make_alternatives(struct making *making, const struct query *query,
			     const struct criterion *skipped)
{
	struct condition_group *group = plan_add_group(making->plan);

	TRY(make_group(making, query, skipped, group, true));
	group->always = group->count == 0;
	return 0;
}

/*
 * Among alternatives, processDefinitionKeyIn is none: it goes with the one that the engine names
 * right before it. NULL: there is no such, and it stands for itself.
 */
static const struct criterion *bound_to_keys(const struct query *query)
{
	static const char *const names[] = {"processDefinitionKey", "processDefinitionId",
					    "caseInstanceId",       "processInstanceIdNotIn",
					    "processInstanceIds",   "rootProcessInstanceId",
					    "processInstanceId"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct criterion *c = query_criterion(query, names[i]);

		if (c && criterion_acts(c))
			return c;
	}
	return NULL;
}

/* R or (P and K) is made as (R or P) and (R or K). */
static int make_element(struct making *making, const struct query *query)
{
	const struct criterion *keys = query_criterion(query, "processDefinitionKeyIn");
	const struct criterion *bound = keys && criterion_acts(keys) ? bound_to_keys(query) : NULL;

	if (!bound)
		return make_alternatives(making, query, NULL);
	TRY(make_alternatives(making, query, keys));
	return make_alternatives(making, query, bound);
}

static int check_query(struct request *request, const struct query *query)
{
	static const char *const supers[] = {"superProcessInstanceId", "superCaseInstanceId"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(supers); i++)
		if (query_criterion(query, "rootProcessInstances") &&
		    query_criterion(query, supers[i]))
			return request_fail(request, ERR_BAD_USER_REQUEST,
					    "Invalid query usage: cannot set both "
					    "rootProcessInstances and %s",
					    supers[i]);
	for (i = 0; i < query->or_count; i++)
		TRY(check_query(request, query->ors[i]));
	return query->nested ? 0 : check_states(request, query);
}

int process_query_plan(struct request *request, const struct query *query, bool dates,
		       struct plan *ret)
{
	struct history *history = request->engine->history;
	struct making making = {.request = request, .plan = ret, .dates = dates};
	size_t i;

	plan_init(ret, history, history->process_columns, request->arena);
	ret->caller = request->running;
	ret->unpack = history_unpack_process;
	making.reader = txn_reader(history->store, request->arena);
	TRY(check_query(request, query));
	TRY(make_group(&making, query, NULL, &ret->all, false));
	making.dates = false;
	for (i = 0; i < query->or_count; i++)
		TRY(make_element(&making, query->ors[i]));
	return 0;
}
