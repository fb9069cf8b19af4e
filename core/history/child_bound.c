#include "core/history/child_bound.h"

#include <stddef.h>
#include <string.h>

#include "core/history/child_reference.h"
#include "core/history/child_shape_query.h"
#include "core/history/posting_key.h"
#include "core/history/scan.h"

/* Times of children that lie between start and end of their instance. */
static const struct {
	const char *field;
	enum process_row kind;
	bool always; /* never absent */
} spans[] = {
	{"startTime",  ROW_ACTIVITY,          true },
	{"endTime",    ROW_ACTIVITY,          false},
	{"startTime",  ROW_TASK,              true },
	{"endTime",    ROW_TASK,              false},
	{"time",       ROW_IDENTITY_LINK,     true },
	{"createTime", ROW_VARIABLE,          true },
	{"time",       ROW_DETAIL,            true },
	{"createTime", ROW_INCIDENT,          true },
	{"endTime",    ROW_INCIDENT,          false},
	{"timestamp",  ROW_JOB_LOG,           true },
	{"timestamp",  ROW_EXTERNAL_TASK_LOG, true },
};

/* What a child has in common with its instance, as a rule. */
static const struct {
	enum common_field common;
	enum process_instance_field field;
} shared[] = {
	{COMMON_DEFINITION_ID,  INSTANCE_DEFINITION_ID },
	{COMMON_DEFINITION_KEY, INSTANCE_DEFINITION_KEY},
	{COMMON_ROOT_ID,        INSTANCE_ROOT_ID       },
	{COMMON_TENANT_ID,      INSTANCE_TENANT_ID     },
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool is_alike(enum process_row kind, const struct rows *rows, const union slot *instance)
{
	size_t i, k;

	for (k = 0; rows->count && k < ARRAY_SIZE(shared); k++) {
		int slot = common_slot(kind, shared[k].common);

		for (i = 0; slot >= 0 && i < rows->count; i++) {
			const char *text = rows->row[i][slot].s;

			if (!same(text, instance[shared[k].field].s))
				return false;
		}
	}
	return true;
}

/* Whether no time lies before the start; *RET_SPAN: how far behind it the last one lies. */
static bool is_within(const struct rows rows[ROW_MAX], int64_t start, uint32_t *ret_span)
{
	uint64_t span = 0;
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(spans); k++) {
		const struct rows *children = &rows[spans[k].kind];
		size_t slot;

		if (!children->count)
			continue;
		slot = kind_slot(process_kinds[spans[k].kind], spans[k].field);
		for (i = 0; i < children->count; i++) {
			int64_t time = children->row[i][slot].i;

			if (time < start && (time != TIME_NULL || spans[k].always))
				return false;
			if (time != TIME_NULL && (uint64_t)time - (uint64_t)start > span)
				span = (uint64_t)time - (uint64_t)start;
		}
	}
	span = span / 1000 + 1;
	*ret_span = span < UINT32_MAX ? (uint32_t)span : UINT32_MAX;
	return span < UINT32_MAX;
}

static size_t count_deleted(const struct rows *variables)
{
	size_t i, count = 0;

	for (i = 0; i < variables->count; i++)
		count += same(variables->row[i][VARIABLE_STATE].s, "DELETED");
	return count;
}

void child_bound_summarise(struct arena *arena, const struct rows rows[ROW_MAX],
			   struct summary *summary)
{
	const union slot *instance = rows[ROW_INSTANCE].row[0];
	unsigned children = 0;
	bool alike = true;
	size_t kind;

	for (kind = ROW_INSTANCE + 1; kind < ROW_MAX; kind++) {
		children |= rows[kind].count ? 1u << kind : 0;
		alike = alike && is_alike((enum process_row)kind, &rows[kind], instance);
	}
	if (alike)
		children |= CHILDREN_ALIKE;
	if (instance[INSTANCE_START_TIME].i != TIME_NULL &&
	    is_within(rows, instance[INSTANCE_START_TIME].i, &summary->span))
		children |= CHILDREN_WITHIN;
	summary->children = (uint16_t)(children | child_reference_flags(arena, rows));
	for (kind = ROW_INSTANCE + 1; kind <= SUMMARY_COUNTS; kind++) {
		size_t count = rows[kind].count;

		if (kind == ROW_VARIABLE)
			count -= count_deleted(&rows[kind]);
		summary->counts[kind - 1] = count < UINT16_MAX ? (uint16_t)count : UINT16_MAX;
	}
}

static void kind_scan(const struct condition *condition, const struct column_set *set,
		      uint32_t segment, uint32_t count, uint8_t *out)
{
	(void)segment;
	scan_any_bit(set->children, count, (uint16_t)condition->value, out);
}

/* Only instances that have children of KIND. */
static void plan_kind(struct plan *plan, enum process_row kind)
{
	struct condition *condition = plan_add(plan, &plan->all);

	condition->scan = kind_scan;
	condition->value = 1u << kind;
}

/* Which numbers of a dictionary have a text, in part INDEX, that the criterion accepts; of the
 * number 0, which stands for none, WITHOUT says. */
static const uint8_t *make_table(struct plan *plan, struct dictionary *dictionary, unsigned index,
				 const struct criterion *c, bool without)
{
	static const struct field text = {"", 0, FIELD_STRING, 0, NULL};
	uint32_t i, count = dictionary_count(dictionary);
	/* texts that come later belong to instances that the plan does not see */
	uint8_t *table = arena_array(plan->arena, count + 65536, 1);

	table[0] = without;
	for (i = 1; i <= count; i++) {
		struct arena_mark mark = arena_mark(plan->arena);
		const char *part = history_part(plan->history, dictionary, plan->arena, i, index);
		union slot slot = {.s = *part ? part : NULL};

		table[i] = criterion_matches(c, &text, slot);
		arena_rewind(plan->arena, mark);
	}
	return table;
}

static void plan_shared(struct plan *plan, const struct criterion *c, const char *name)
{
	struct history *history = plan->history;

	if (c->filter->op != OP_EQ && c->filter->op != OP_IN && c->filter->op != OP_ABSENT)
		return;
	if (!strcmp(name, "processDefinitionId") && c->filter->op == OP_EQ)
		condition_table(child_flag_bind(plan, CHILDREN_ALIKE),
				offsetof(struct column_set, definition),
				make_table(plan, history->definitions, 0, c, false));
	else if (!strcmp(name, "processDefinitionKey"))
		condition_table(child_flag_bind(plan, CHILDREN_ALIKE),
				offsetof(struct column_set, definition),
				make_table(plan, history->definitions, 1, c, false));
	else if (!strcmp(name, "rootProcessInstanceId") && c->filter->op == OP_EQ)
		condition_equal(child_flag_bind(plan, CHILDREN_ALIKE),
				offsetof(struct column_set, root), history_hash(history, c->text));
	else if (!strcmp(name, "tenantId"))
		condition_table(
			child_flag_bind(plan, CHILDREN_ALIKE), offsetof(struct column_set, tenant),
			make_table(plan, history->tenants, 0, c, c->filter->op == OP_ABSENT));
}

static bool is_span(enum process_row kind, const char *name, bool always)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(spans); i++)
		if (spans[i].kind == kind && !strcmp(spans[i].field, name))
			return spans[i].always || !always;
	return false;
}

/* The last that happened to a child, at the latest. */
static int64_t last_time(const struct column_set *set, uint32_t row)
{
	return (int64_t)((uint64_t)set->start_time[row] + (uint64_t)set->span[row] * 1000);
}

static void after_scan(const struct condition *condition, const struct column_set *set,
		       uint32_t segment, uint32_t count, uint8_t *out)
{
	uint32_t i;

	(void)segment;
	for (i = 0; i < count; i++)
		out[i] = last_time(set, i) >= condition->low;
}

static void plan_time(struct plan *plan, const struct criterion *c)
{
	struct condition *bound;

	switch (c->filter->op) {
	case OP_BEFORE:
	case OP_EARLIER:
		condition_range(child_flag_bind(plan, CHILDREN_WITHIN),
				offsetof(struct column_set, start_time), INT64_MIN, c->number);
		break;
	case OP_AFTER:
	case OP_THEREAFTER:
		bound = child_flag_bind(plan, CHILDREN_WITHIN);
		bound->scan = after_scan;
		bound->low = c->number;
		break;
	default:
		break;
	}
}

/* The criterion, asking for its text as it is. */
static const struct criterion *as_equality(struct arena *arena, const struct criterion *c)
{
	struct filter *filter = arena_copy(arena, c->filter, sizeof(*filter));
	struct criterion *equality = arena_copy(arena, c, sizeof(*equality));

	filter->op = OP_EQ;
	equality->filter = filter;
	return equality;
}

static void plan_business_keys(struct plan *plan, const char *const *keys, size_t count)
{
	condition_business_keys(plan_add(plan, &plan->all), plan, keys, count);
}

/* Every condition is one of the same instance, so each narrows. */
static void plan_variables(struct plan *plan, const struct child_test *test)
{
	size_t i;

	for (i = 0; i < test->variables.count; i++)
		variable_narrow(plan, test->variables.items[i]);
}

static bool mark_number(void *arg, struct bytes key, uint64_t number)
{
	uint8_t *out = arg;

	(void)key;
	out[number % ARCHIVE_SEGMENT] = 1;
	return true;
}

static int assignee_find(const struct condition *condition, struct txn *txn,
			 struct archive *archive, uint32_t segment, uint8_t *out)
{
	const struct criterion *c = condition->object;
	struct buffer from, to;
	int code;

	buffer_init(&from);
	buffer_init(&to);
	assignee_key(&from, c->text);
	assignee_key(&to, c->text);
	to.data[to.length - 1]++; /* it ends with a NUL */
	code = archive_find(txn, archive, segment, (struct bytes){from.data, from.length},
			    (struct bytes){to.data, to.length}, mark_number, out);
	buffer_clear(&from);
	buffer_clear(&to);
	return code;
}

static void plan_assignee(struct plan *plan, const struct criterion *c)
{
	struct condition *condition = plan_add(plan, &plan->all);

	condition->find = assignee_find;
	condition->object = c;
}

static int plan_test(struct request *request, const struct child_query *query,
		     const struct child_test *test, struct plan *plan)
{
	const struct criterion *c = test->criterion;
	const char *name = query->query->resource->kind->fields[c->filter->field].name;

	switch (c->filter->op) {
	case ASK_BUSINESS_KEY:
		plan_business_keys(plan, &c->text, 1);
		break;
	case ASK_BUSINESS_KEYS:
		plan_business_keys(plan, c->list.items, c->list.count);
		break;
	case ASK_DEFINITION_NAME:
		condition_table(plan_add(plan, &plan->all), offsetof(struct column_set, definition),
				make_table(plan, plan->history->definitions, 2,
					   as_equality(plan->arena, c), false));
		break;
	case ASK_PROCESS_FINISHED:
	case ASK_PROCESS_UNFINISHED:
		if (!child_query_needs_instance(query, c))
			break;
		condition_range(plan_add(plan, &plan->all), offsetof(struct column_set, end_time),
				TIME_NULL, TIME_NULL);
		plan->all.conditions[plan->all.count - 1].negated =
			c->filter->op == ASK_PROCESS_FINISHED;
		break;
	case ASK_PROCESS_VARIABLES:
	case ASK_TASK_VARIABLES:
	case ASK_VARIABLE_VALUE:
		plan_variables(plan, test);
		break;
	case ASK_INVOLVED_USER:
	case ASK_INVOLVED_GROUP:
	case ASK_CANDIDATE_USER:
	case ASK_CANDIDATE_GROUP:
	case ASK_WITH_GROUPS:
		plan_kind(plan, ROW_IDENTITY_LINK);
		break;
	default:
		if (c->filter->op >= OP_OWN)
			break;
		plan_shared(plan, c, name);
		if (query->kind == ROW_TASK && c->filter->field == TASK_ASSIGNEE &&
		    c->filter->op == OP_EQ && !query->by_assignee)
			plan_assignee(plan, c);
		if (is_span(query->kind, name, false))
			plan_time(plan, c);
		return child_reference_plan(request, query, c, plan);
	}
	return 0;
}

/* Whether a test asks for something of the process instance itself: there must be one. */
static bool asks_of_instances(const struct child_query *query)
{
	size_t i;

	for (i = 0; i < query->all.count; i++)
		if (child_query_needs_instance(query, query->all.tests[i].criterion))
			return true;
	return false;
}

int child_bound_plan(struct request *request, const struct child_query *query, struct plan *plan)
{
	struct history *history = request->engine->history;
	size_t i;

	plan_init(plan, history, history->process_columns, request->arena);
	plan->caller = request->running;
	plan->tasks_too = !asks_of_instances(query);
	plan_kind(plan, query->kind);
	plan->nothing = !child_shapes_may(query, request->arena);
	for (i = 0; i < query->all.count; i++)
		TRY(plan_test(request, query, &query->all.tests[i], plan));
	return 0;
}

bool child_bound_orders(enum process_row kind, int field)
{
	return is_span(kind, process_kinds[kind]->fields[field].name, true);
}

int64_t child_bound_of(const struct column_set *set, uint32_t row, bool descending)
{
	bool within = set->children[row] & CHILDREN_WITHIN;

	if (descending)
		return within ? last_time(set, row) : INT64_MAX;
	return within ? set->start_time[row] : INT64_MIN;
}

/* Whether a test asks for nothing but what instances with CHILDREN_ALIKE share with children. */
static bool is_shared(const struct child_query *query, const struct child_test *test)
{
	const struct filter *filter = test->criterion->filter;
	const char *name = query->query->resource->kind->fields[filter->field].name;

	if (filter->op >= OP_OWN)
		return filter->op == ASK_BUSINESS_KEY || filter->op == ASK_BUSINESS_KEYS ||
		       filter->op == ASK_DEFINITION_NAME || filter->op == ASK_PROCESS_FINISHED ||
		       (filter->op == ASK_PROCESS_UNFINISHED &&
			child_query_needs_instance(query, test->criterion));
	if (!strcmp(name, "tenantId"))
		return filter->op == OP_IN || filter->op == OP_ABSENT;
	return filter->op == OP_EQ &&
	       (!strcmp(name, "processDefinitionId") || !strcmp(name, "processDefinitionKey") ||
		!strcmp(name, "rootProcessInstanceId"));
}

static bool is_assignee(const struct child_query *query, const struct criterion *c)
{
	return query->kind == ROW_TASK && c->filter->op == OP_EQ &&
	       c->filter->field == TASK_ASSIGNEE && c->text && strlen(c->text) < POSTING_TEXT_MAX;
}

const char *child_query_assignee(const struct child_query *query)
{
	size_t i;

	for (i = 0; i < query->all.count; i++)
		if (is_assignee(query, query->all.tests[i].criterion))
			return query->all.tests[i].criterion->text;
	return NULL;
}

bool child_query_activity(const struct child_query *query, struct arena *arena,
			  const char *const **ret_names, size_t *ret_count)
{
	size_t i;

	for (i = 0; query->kind == ROW_ACTIVITY && i < query->all.count; i++) {
		const struct criterion *c = query->all.tests[i].criterion;

		if (c->filter->op != OP_EQ || c->filter->field != ACTIVITY_ACTIVITY_ID)
			continue;
		*ret_names = arena_copy(arena, &c->text, sizeof(c->text));
		*ret_count = 1;
		return true;
	}
	return false;
}

static bool records_tell(const struct child_query *query, const char **ret_assignee)
{
	size_t i;

	*ret_assignee = NULL;
	for (i = 0; i < query->all.count; i++) {
		const struct criterion *c = query->all.tests[i].criterion;

		if (!*ret_assignee && is_assignee(query, c))
			*ret_assignee = c->text;
		else if (!is_shared(query, &query->all.tests[i]))
			return true;
	}
	return query->group_count || query->deleted_too;
}

bool child_bound_tells(const struct child_query *query, size_t *ret_counts,
		       const char **ret_assignee)
{
	size_t i;
	bool tells;

	for (i = 0; i < COLUMN_COUNTS; i++)
		if (column_counts[i] + 1 == (int)query->kind)
			break;
	*ret_counts = i;
	tells = i < COLUMN_COUNTS && !records_tell(query, ret_assignee);
	if (!tells)
		*ret_assignee = NULL;
	return tells;
}
