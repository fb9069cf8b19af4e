#include "core/history/decision_query.h"

#include <string.h>

/* Filters whose rows are those of the kind: query_matches() decides on the record. */
enum decision_op {
	ASK_PROCESS_INSTANCE = OP_OWN,
	ASK_EVALUATED_BEFORE,
	ASK_EVALUATED_AFTER,
	ASK_ROOT,
	ASK_ROOTS_ONLY,
	ASK_NOTHING,
};

#define LIST(name, op, field, nulls)                                                               \
	{                                                                                          \
		name, PARAM_ARRAY, op, field, nulls, 0, NULL                                       \
	}
static const struct filter filters[] = {
	FILTER("decisionInstanceId", STRING, OP_EQ, DECISION_ID),
	LIST("decisionInstanceIdIn", OP_IN, DECISION_ID, "decisionInstanceIdIn"),
	FILTER("decisionDefinitionId", STRING, OP_EQ, DECISION_DEFINITION_ID),
	LIST("decisionDefinitionIdIn", OP_IN, DECISION_DEFINITION_ID, "decisionDefinitionIdIn"),
	FILTER("decisionDefinitionKey", STRING, OP_EQ, DECISION_DEFINITION_KEY),
	LIST("decisionDefinitionKeyIn", OP_IN, DECISION_DEFINITION_KEY, "decisionDefinitionKeyIn"),
	FILTER("decisionDefinitionName", STRING, OP_EQ, DECISION_DEFINITION_NAME),
	FILTER("decisionDefinitionNameLike", STRING, OP_LIKE, DECISION_DEFINITION_NAME),
	FILTER("processDefinitionId", STRING, OP_EQ, DECISION_PROCESS_DEFINITION_ID),
	FILTER("processDefinitionKey", STRING, OP_EQ, DECISION_PROCESS_DEFINITION_KEY),
	FILTER("processInstanceId", STRING, ASK_PROCESS_INSTANCE, DECISION_PROCESS_INSTANCE_ID),
	FILTER("caseDefinitionId", STRING, OP_EQ, DECISION_CASE_DEFINITION_ID),
	FILTER("caseDefinitionKey", STRING, OP_EQ, DECISION_CASE_DEFINITION_KEY),
	FILTER("caseInstanceId", STRING, OP_EQ, DECISION_CASE_INSTANCE_ID),
	LIST("activityIdIn", OP_IN, DECISION_ACTIVITY_ID, "activityIds"),
	LIST("activityInstanceIdIn", OP_IN, DECISION_ACTIVITY_INSTANCE_ID, "activityInstanceIds"),
	FILTER("evaluatedBefore", DATE, ASK_EVALUATED_BEFORE, DECISION_EVALUATION_TIME),
	FILTER("evaluatedAfter", DATE, ASK_EVALUATED_AFTER, DECISION_EVALUATION_TIME),
	FILTER("userId", STRING, OP_EQ, DECISION_USER_ID),
	FILTER("includeInputs", BOOL, ASK_NOTHING, 0),
	FILTER("includeOutputs", BOOL, ASK_NOTHING, 0),
	FILTER("disableBinaryFetching", BOOL, ASK_NOTHING, 0),
	FILTER("disableCustomObjectDeserialization", BOOL, ASK_NOTHING, 0),
	FILTER("rootDecisionInstanceId", STRING, ASK_ROOT, DECISION_ROOT_ID),
	FILTER("rootDecisionInstancesOnly", BOOL, ASK_ROOTS_ONLY, DECISION_ROOT_ID),
	FILTER("decisionRequirementsDefinitionId", STRING, OP_EQ, DECISION_REQUIREMENTS_ID),
	FILTER("decisionRequirementsDefinitionKey", STRING, OP_EQ, DECISION_REQUIREMENTS_KEY),
	{"tenantIdIn", PARAM_LIST, OP_IN, DECISION_TENANT_ID, "tenantIds", 0, NULL},
	FILTER("withoutTenantId", BOOL, OP_ABSENT, DECISION_TENANT_ID),
};

static const struct sort_key sorts[] = {
	{"evaluationTime", DECISION_EVALUATION_TIME},
	{"tenantId",       DECISION_TENANT_ID      },
};

const struct resource decision_instance_resource = {
	.kind = &decision_instance_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

static bool row_match(const struct condition *condition, const struct rows *rows)
{
	return query_matches(condition->object, rows->row[0]);
}

static void add_column(struct plan *plan, const struct criterion *c)
{
	struct condition *condition = plan_add(plan, &plan->all);

	switch (c->filter->op) {
	case ASK_PROCESS_INSTANCE:
		condition_equal(condition, offsetof(struct column_set, business_key),
				history_hash(plan->history, c->text));
		break;
	case ASK_ROOT:
		condition_equal(condition, offsetof(struct column_set, root),
				history_hash(plan->history, c->text));
		break;
	case ASK_EVALUATED_BEFORE:
		condition_range(condition, offsetof(struct column_set, start_time), TIME_NULL + 1,
				c->number);
		break;
	case ASK_EVALUATED_AFTER:
		condition_range(condition, offsetof(struct column_set, start_time), c->number,
				INT64_MAX);
		break;
	case ASK_ROOTS_ONLY:
		condition_flags(condition, SUMMARY_ROOT, c->truth ? SUMMARY_ROOT : 0);
		condition->bits = c->truth ? SUMMARY_ROOT : 0;
		break;
	default:
		break;
	}
}

/* Filters that a dictionary and its column answer as well as the record does. */
static const struct {
	uint8_t field;
	uint8_t part; /* of the dictionary's texts */
	size_t column;
} told[] = {
	{DECISION_DEFINITION_ID,   0, offsetof(struct column_set, definition)},
	{DECISION_DEFINITION_KEY,  1, offsetof(struct column_set, definition)},
	{DECISION_DEFINITION_NAME, 2, offsetof(struct column_set, definition)},
	{DECISION_TENANT_ID,       0, offsetof(struct column_set, tenant)    },
	{DECISION_USER_ID,         0, offsetof(struct column_set, user)      },
};

static struct dictionary *dictionary_of(const struct history *history, unsigned field)
{
	if (field == DECISION_TENANT_ID)
		return history->tenants;
	return field == DECISION_USER_ID ? history->users : history->decision_definitions;
}

/* Which numbers have a text that the criterion accepts; 0 is the absent one. */
static const uint8_t *make_table(struct plan *plan, struct dictionary *dictionary, unsigned part,
				 const struct criterion *c)
{
	const struct field *field = &decision_instance_kind.fields[c->filter->field];
	uint32_t i, count = dictionary_count(dictionary);
	/* texts that come later belong to instances that the plan does not see */
	uint8_t *table = arena_array(plan->arena, count + 65536, 1);

	table[0] = criterion_matches(c, field, (union slot){.s = NULL});
	for (i = 1; i <= count; i++) {
		struct arena_mark mark = arena_mark(plan->arena);
		const char *text = dictionary_part(dictionary, plan->arena, i, part);

		table[i] = criterion_matches(c, field, (union slot){.s = *text ? text : NULL});
		arena_rewind(plan->arena, mark);
	}
	return table;
}

/* False when the records have to tell. */
static bool add_told(struct plan *plan, const struct criterion *c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(told) && told[i].field != c->filter->field; i++)
		;
	if (i == ARRAY_SIZE(told))
		return false;
	condition_table(
		plan_add(plan, &plan->all), told[i].column,
		make_table(plan, dictionary_of(plan->history, told[i].field), told[i].part, c));
	return true;
}

/* Ids lead to their instances without a look at others; the records confirm. */
static int add_ids(struct plan *plan, const struct criterion *c)
{
	bool one = c->filter->op == OP_EQ;
	const char *const *ids = one ? &c->text : c->list.items;
	size_t i, found = 0, count = one ? 1 : c->list.count;
	uint64_t *numbers = arena_array(plan->arena, count, sizeof(*numbers));
	struct txn reader = txn_reader(plan->history->store, plan->arena);

	for (i = 0; i < count; i++) {
		int code = ids[i] ? history_find_decision(&reader, plan->history, ids[i],
							  &numbers[found])
				  : ERR_NOT_FOUND;

		if (code && code != ERR_NOT_FOUND)
			return code;
		found += !code;
	}
	if (count)
		condition_numbers(plan_add(plan, &plan->all), plan->arena, numbers, found);
	return 0;
}

static int unpack_row(struct arena *arena, struct history *history, uint64_t number,
		      struct bytes record, uint64_t want, struct rows *rows)
{
	union slot **row = arena_alloc(arena, sizeof(*row));

	(void)want;
	TRY(history_unpack_row(arena, history->decision_columns, number, record,
			       &decision_instance_kind, row));
	rows->kind = &decision_instance_kind;
	rows->count = 1;
	rows->row = row;
	return 0;
}

int decision_query_plan(struct request *request, const struct query *query, bool dates,
			struct plan *ret)
{
	struct history *history = request->engine->history;
	bool records = false;
	size_t i;

	(void)dates;
	plan_init(ret, history, history->decision_columns, request->arena);
	ret->caller = request->running;
	ret->unpack = unpack_row;
	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];

		if (c->filter->op >= OP_OWN)
			add_column(ret, c);
		else if (criterion_acts(c))
			records |= !add_told(ret, c);
		if (c->filter->op < OP_OWN && c->filter->field == DECISION_ID)
			TRY(add_ids(ret, c));
	}
	if (records)
		condition_records(plan_add(ret, &ret->all), row_match, 0, query);
	return 0;
}
