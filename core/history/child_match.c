#include "core/history/child_match.h"

#include "core/record/kind.h"

#include <string.h>
#include <strings.h>

static bool is_people(const struct criterion *c)
{
	return c->filter->op >= ASK_INVOLVED_USER && c->filter->op <= ASK_WITH_GROUPS;
}

/* Whether another filter takes the place of this one: of some the last counts. */
static bool is_overruled(const struct query *query, const struct criterion *c)
{
	size_t i;

	if (!strcmp(c->filter->name, "excludeTaskDetails"))
		return query_criterion(query, "taskId") != NULL;
	if (c->filter->op != ASK_LOG_STATE && c->filter->op != ASK_DETAIL_TYPE)
		return false;
	for (i = 0; i < query->count; i++)
		if (query->criteria[i].filter->op == c->filter->op &&
		    query->criteria[i].filter > c->filter && criterion_acts(&query->criteria[i]))
			return true;
	return false;
}

static struct variable_flags flags_of(const struct query *query)
{
	struct variable_flags flags = {
		.dates = !query->nested,
		.names_ignore_case = query_criterion(query, "variableNamesIgnoreCase") != NULL,
		.values_ignore_case = query_criterion(query, "variableValuesIgnoreCase") != NULL,
	};

	return flags;
}

static int make_value(struct request *request, const struct query *query, struct child_test *test)
{
	struct variable_flags flags = flags_of(query);

	flags.dates = false;
	test->variables.count = 1;
	test->variables.items = arena_alloc(request->arena, sizeof(struct variable_condition *));
	return variable_value_check(request, query_criterion(query, "variableName")->text,
				    test->criterion->object, flags, test->variables.items);
}

/* What else of its instance a test looks at; the variables' conditions. */
static int make_test(struct request *request, struct child_query *ready, const struct query *query,
		     struct child_test *test)
{
	const struct criterion *c = test->criterion;

	switch (c->filter->op) {
	case ASK_VARIABLE_VALUE:
		return make_value(request, query, test);
	case ASK_TASK_VARIABLES:
		ready->want |= 1u << ROW_VARIABLE;
		return variables_check(request, c, &task_variable_rules, flags_of(query),
				       &test->variables);
	case ASK_PROCESS_VARIABLES:
		ready->want |= 1u << ROW_VARIABLE;
		return variables_check(request, c, &process_variable_rules, flags_of(query),
				       &test->variables);
	default:
		if (c->filter->op >= ASK_INVOLVED_USER && c->filter->op <= ASK_WITHOUT_GROUPS)
			ready->want |= 1u << ROW_IDENTITY_LINK;
		return 0;
	}
}

static int make_tests(struct request *request, struct child_query *ready, const struct query *query,
		      struct child_tests *ret)
{
	size_t i;

	ret->tests = arena_array(request->arena, query->count, sizeof(*ret->tests));
	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];

		if (!criterion_acts(c) || c->filter->op == ASK_FLAG ||
		    c->filter->op == ASK_INCLUDE_DELETED || is_overruled(query, c))
			continue;
		ret->tests[ret->count].criterion = c;
		TRY(make_test(request, ready, query, &ret->tests[ret->count++]));
	}
	return 0;
}

int child_query_make(struct request *request, enum process_row kind, const struct query *query,
		     struct child_query *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->history = request->engine->history;
	ret->kind = kind;
	ret->query = query;
	ret->want = 1u << kind;
	ret->deleted_too = query_criterion(query, "includeDeleted") != NULL;
	ret->groups = arena_array(request->arena, query->or_count, sizeof(*ret->groups));
	TRY(make_tests(request, ret, query, &ret->all));
	for (i = 0; i < query->or_count; i++) {
		TRY(make_tests(request, ret, query->ors[i], &ret->groups[ret->group_count]));
		ret->group_count += ret->groups[ret->group_count].count > 0;
	}
	return 0;
}

bool child_query_needs_instance(const struct child_query *query, const struct criterion *c)
{
	if (c->filter->op == ASK_PROCESS_UNFINISHED)
		return !query->query->or_count;
	return c->filter->op >= ASK_BUSINESS_KEY && c->filter->op <= ASK_PROCESS_UNFINISHED;
}

static bool link_meets(const struct criterion *c, const union slot *link)
{
	bool user = c->filter->op == ASK_INVOLVED_USER || c->filter->op == ASK_CANDIDATE_USER;
	bool candidate = c->filter->op != ASK_INVOLVED_USER && c->filter->op != ASK_INVOLVED_GROUP;

	if (c->filter->op == ASK_WITH_GROUPS)
		return link[LINK_GROUP_ID].s && texts_match(link[LINK_TYPE].s, "candidate");
	return texts_match(link[user ? LINK_USER_ID : LINK_GROUP_ID].s, c->text) &&
	       (!candidate || texts_match(link[LINK_TYPE].s, "candidate"));
}

/* One identity link of the task meets TEST, or, with none given, all tests about people. */
static bool people_meet(const struct child_tests *tests, const struct child_test *test,
			const struct rows *links, const union slot *task)
{
	size_t i, k;

	for (i = 0; i < links->count; i++) {
		const union slot *link = links->row[i];
		bool meets = texts_match(link[LINK_TASK_ID].s, task[TASK_ID].s);

		if (test)
			meets = meets && link_meets(test->criterion, link);
		for (k = 0; !test && meets && k < tests->count; k++)
			if (is_people(tests->tests[k].criterion))
				meets = link_meets(tests->tests[k].criterion, link);
		if (meets)
			return true;
	}
	return false;
}

static bool has_candidate_groups(const struct rows *links, const union slot *task)
{
	size_t i;

	for (i = 0; i < links->count; i++)
		if (texts_match(links->row[i][LINK_TASK_ID].s, task[TASK_ID].s) &&
		    texts_match(links->row[i][LINK_TYPE].s, "candidate") &&
		    links->row[i][LINK_GROUP_ID].s)
			return true;
	return false;
}

static bool is_of_task(const char *owner, const char *task)
{
	return task ? texts_match(owner, task) : !owner;
}

/* A variable that fits: of the task, or, when that is NULL, of no task. */
static bool has_variable(const struct variable_condition *c, const struct rows *variables,
			 const char *task)
{
	size_t i;

	for (i = 0; i < variables->count; i++)
		if (is_of_task(variables->row[i][VARIABLE_TASK_ID].s, task) &&
		    variable_fits(c, variables->row[i]))
			return true;
	return false;
}

/* Each condition may be met by another variable. ANY: one condition is enough. */
static bool variables_meet(const struct child_test *test, const struct rows *variables,
			   const char *task, bool any)
{
	size_t i;

	for (i = 0; i < test->variables.count; i++)
		if (has_variable(test->variables.items[i], variables, task) == any)
			return any;
	return !any;
}

/* Whether INFO, JSON, says that the value is serialized as WANTED. */
static bool is_serialized_as(const char *info, const char *wanted)
{
	static const char key[] = "\"serializationDataFormat\"";
	const char *at = info ? strstr(info, key) : NULL;
	size_t length = strlen(wanted);

	if (!at)
		return false;
	at += strlen(key);
	at += strspn(at, ": \t\r\n");
	return *at == '"' && !strncasecmp(at + 1, wanted, length) && at[1 + length] == '"';
}

/* The name of a value's serialiser, which is what the engine keeps as its type. */
static bool is_of_type(const char *wanted, const char *type, const char *info)
{
	if (!type || strcmp(type, "Object"))
		return type && !strcasecmp(wanted, type);
	if (!strcasecmp(wanted, "serializable"))
		return info && strstr(info, "\"application/x-java-serialized-object\"");
	return !strncasecmp(wanted, "spin://", 7) && is_serialized_as(info, wanted + 7);
}

static bool types_fit(const struct criterion *c, enum process_row kind, const union slot *row)
{
	size_t i, info = kind == ROW_DETAIL ? kind_slot(&detail_kind, "valueInfo")
					    : VARIABLE_VALUE_INFO;
	size_t type = kind == ROW_DETAIL ? kind_slot(&detail_kind, "variableType") : VARIABLE_TYPE;

	for (i = 0; i < c->list.count; i++)
		if (is_of_type(c->list.items[i], row[type].s, row[info].s))
			return true;
	return false;
}

static bool name_meets(const struct child_query *query, const struct criterion *c,
		       const union slot *row)
{
	bool folded = flags_of(query->query).names_ignore_case;
	bool like = c->filter->op == ASK_VARIABLE_NAME_LIKE;
	enum filter_op op = like ? OP_LIKE : OP_EQ;

	if (folded)
		op = like ? OP_LIKE_FOLDED : OP_EQ_FOLDED;
	return criterion_accepts(c, op, row[VARIABLE_NAME].s);
}

/* What is asked of the instance itself. */
static bool instance_meets(const struct child_query *query, const struct criterion *c,
			   const union slot *instance)
{
	bool running = instance[INSTANCE_END_TIME].i == TIME_NULL;

	if (history_is_standalone(instance))
		return !child_query_needs_instance(query, c);
	switch (c->filter->op) {
	case ASK_BUSINESS_KEY:
		return criterion_accepts(c, OP_EQ, instance[INSTANCE_BUSINESS_KEY].s);
	case ASK_BUSINESS_KEYS:
		return criterion_accepts(c, OP_IN, instance[INSTANCE_BUSINESS_KEY].s);
	case ASK_BUSINESS_KEY_LIKE:
		return criterion_accepts(c, OP_LIKE, instance[INSTANCE_BUSINESS_KEY].s);
	case ASK_DEFINITION_NAME:
		return criterion_accepts(c, OP_EQ, instance[INSTANCE_DEFINITION_NAME].s);
	case ASK_PROCESS_FINISHED:
		return !running;
	default:
		return running;
	}
}

/* A test that holds or not whatever the others say; ANY: as one of several of which one counts. */
static bool test_holds(const struct child_query *query, const struct child_tests *tests,
		       const struct child_test *test, bool any, const struct rows rows[ROW_MAX],
		       const union slot *row)
{
	const struct criterion *c = test->criterion;
	const struct field *field = &query->query->resource->kind->fields[c->filter->field];

	switch (c->filter->op) {
	case ASK_NEVER:
		return false;
	case ASK_BUSINESS_KEY:
	case ASK_BUSINESS_KEYS:
	case ASK_BUSINESS_KEY_LIKE:
	case ASK_DEFINITION_NAME:
	case ASK_PROCESS_FINISHED:
	case ASK_PROCESS_UNFINISHED:
		return instance_meets(query, c, rows[ROW_INSTANCE].row[0]);
	case ASK_PROCESS_VARIABLES:
		return variables_meet(test, &rows[ROW_VARIABLE], NULL, any);
	case ASK_TASK_VARIABLES:
		return variables_meet(test, &rows[ROW_VARIABLE], row[TASK_ID].s, any);
	case ASK_INVOLVED_USER:
	case ASK_INVOLVED_GROUP:
	case ASK_CANDIDATE_USER:
	case ASK_CANDIDATE_GROUP:
	case ASK_WITH_GROUPS:
		return people_meet(tests, any ? test : NULL, &rows[ROW_IDENTITY_LINK], row);
	case ASK_WITHOUT_GROUPS:
		return !has_candidate_groups(&rows[ROW_IDENTITY_LINK], row);
	case ASK_VARIABLE_NAME:
	case ASK_VARIABLE_NAME_LIKE:
		return name_meets(query, c, row);
	case ASK_VARIABLE_VALUE:
		return variable_fits(test->variables.items[0], row);
	case ASK_TYPES:
		return types_fit(c, query->kind, row);
	case ASK_DETAIL_TYPE:
		return texts_match(row[DETAIL_TYPE].s,
				   c->filter->name[0] == 'f' ? "formField" : "variableUpdate");
	case ASK_LOG_STATE:
		return row[c->filter->field].i == 1;
	default:
		return criterion_matches(c, field, row[c->filter->field]);
	}
}

/* The slot that a test looks at, as far as it looks at the row itself alone. */
static int slot_of_test(const struct child_query *query, const struct criterion *c)
{
	switch (c->filter->op) {
	case ASK_VARIABLE_NAME:
	case ASK_VARIABLE_NAME_LIKE:
		return VARIABLE_NAME;
	case ASK_TYPES:
		return query->kind == ROW_DETAIL ? DETAIL_VARIABLE_TYPE : VARIABLE_TYPE;
	case ASK_DETAIL_TYPE:
		return DETAIL_TYPE;
	default:
		return c->filter->op < OP_OWN ? c->filter->field : -1;
	}
}

static bool test_may_hold(const struct child_query *query, const struct child_test *test,
			  const union slot *row, uint64_t known, uint64_t present)
{
	const struct criterion *c = test->criterion;
	int slot = slot_of_test(query, c);
	uint64_t bit = slot < 0 ? 0 : (uint64_t)1 << slot;

	if (c->filter->op == ASK_NEVER)
		return false;
	/* of objects the type does not tell all */
	if (c->filter->op == ASK_TYPES && texts_match(row[slot].s, "Object"))
		return true;
	if (known & bit)
		return test_holds(query, NULL, test, false, NULL, row);
	return !(present & bit) || c->filter->op != OP_ABSENT;
}

bool child_query_may_match(const struct child_query *query, const union slot *row, uint64_t known,
			   uint64_t present)
{
	size_t i, k;

	for (i = 0; i < query->all.count; i++)
		if (!test_may_hold(query, &query->all.tests[i], row, known, present))
			return false;
	for (i = 0; i < query->group_count; i++) {
		const struct child_tests *group = &query->groups[i];
		bool one = false;

		for (k = 0; k < group->count && !one; k++)
			one = test_may_hold(query, &group->tests[k], row, known, present);
		if (!one)
			return false;
	}
	return true;
}

static bool one_holds(const struct child_query *query, const struct child_tests *tests,
		      const struct rows rows[ROW_MAX], const union slot *row)
{
	size_t i;

	for (i = 0; i < tests->count; i++)
		if (test_holds(query, tests, &tests->tests[i], true, rows, row))
			return true;
	return false;
}

bool child_query_matches(const struct child_query *query, const struct rows rows[ROW_MAX],
			 const union slot *row)
{
	size_t i;

	if (query->kind == ROW_VARIABLE && !query->deleted_too &&
	    texts_match(row[VARIABLE_STATE].s, "DELETED"))
		return false;
	for (i = 0; i < query->all.count; i++)
		if (!test_holds(query, &query->all, &query->all.tests[i], false, rows, row))
			return false;
	for (i = 0; i < query->group_count; i++)
		if (!one_holds(query, &query->groups[i], rows, row))
			return false;
	return true;
}
