#include "core/runtime/running_query.h"

#include <string.h>

#include "core/engine.h"
#include "core/history/incident_kind.h"
#include "core/process/definition.h"
#include "core/record/kind.h"
#include "core/runtime/running_narrow.h"
#include "core/runtime/standalone.h"

static bool in_list(const struct strings *list, const char *text)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (texts_match(list->items[i], text))
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

/* `processVariables` of executions: only eq and neq, with words of its own. */
static const struct variable_rules process_rules = {
	1, "Invalid process variable comparator specified: ", ERR_NOT_VALID, ERR_NOT_VALID};

/* The kinds of rows that the tests of each op look at. */
static uint64_t wanted_by(int op)
{
	switch (op) {
	case RUNS_ACTIVITIES:
		return 1u << RUNNING_EXECUTION;
	case RUNS_INCIDENT:
		return 1u << RUNNING_INCIDENT;
	case RUNS_VARIABLES:
	case RUNS_PROCESS_VARIABLES:
		return 1u << RUNNING_VARIABLE;
	default:
		return 0;
	}
}

/* The process instance that called the one of the test. */
static int find_caller(struct running_query *ready, struct running_test *test)
{
	struct serials one = {0, NULL};
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	uint64_t serial;
	int code;

	serials_add(&one, ready->request->arena, ready->reader.store, test->criterion->text);
	running_scan_start(&scan, &ready->reader, &one, 0);
	code = running_scan_next(&scan, ready->request->arena, rows);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	test->text = ((const struct running_instance *)rows[RUNNING_INSTANCE].row[0])
			     ->super_execution_id;
	if (test->text && !instance_serial(ready->reader.store, test->text, &serial))
		return ERR_CORRUPT;
	return 0;
}

static int make_test(struct running_query *ready, const struct query *query,
		     struct running_test *test)
{
	struct request *request = ready->request;
	const struct criterion *c = test->criterion;

	ready->want |= wanted_by(c->filter->op);
	switch (c->filter->op) {
	case RUNS_VARIABLES:
	case RUNS_VALUES:
		return variables_check(request, c, &instance_variable_rules, flags_of(query),
				       &test->variables);
	case RUNS_PROCESS_VARIABLES:
		return variables_check(request, c, &process_rules, flags_of(query),
				       &test->variables);
	case RUNS_CALLS:
		return find_caller(ready, test);
	default:
		return 0;
	}
}

/* A list of ids that is there must name something (semantics.md 5.7). */
static int check_ids(struct request *request, const struct criterion *c)
{
	return c->filter->op == RUNS_IDS && !c->list.count
		       ? request_fail(request, ERR_ENGINE, "Set of process instance ids is empty")
		       : 0;
}

static int make_tests(struct running_query *ready, const struct query *query,
		      struct running_tests *ret)
{
	size_t i;

	ret->tests = arena_array(ready->request->arena, query->count, sizeof(*ret->tests));
	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];

		TRY(check_ids(ready->request, c));
		if (!criterion_acts(c) || c->filter->op == RUNS_FLAG)
			continue;
		ret->tests[ret->count].criterion = c;
		TRY(make_test(ready, query, &ret->tests[ret->count++]));
	}
	ret->always = !ret->count;
	return 0;
}

/* The instances that a criterion names: all others need not be read. */
static int name_instances(struct running_query *ready, const char *const *naming)
{
	const struct criterion *c = NULL;
	size_t i;

	for (; *naming && !c; naming++) {
		c = query_criterion(ready->query, *naming);
		if (c && c->filter->type != PARAM_STRING && !c->list.count)
			c = NULL; /* an empty list is no filter */
	}
	if (!c)
		return 0;
	if (c->filter->type == PARAM_STRING)
		TRY(standalone_name(&ready->reader, c->text, &ready->named));
	for (i = 0; i < c->list.count; i++)
		TRY(standalone_name(&ready->reader, c->list.items[i], &ready->named));
	serials_sort(&ready->named);
	ready->only = &ready->named;
	return 0;
}

static bool asks_for_incidents(const struct query *query)
{
	size_t i;

	for (i = 0; i < query->count; i++)
		if (query->criteria[i].filter->op == RUNS_INCIDENT &&
		    criterion_acts(&query->criteria[i]))
			return true;
	return false;
}

int running_query_make(struct request *request, const struct query *query,
		       const char *const *naming, uint64_t want, struct running_query *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->request = request;
	ret->query = query;
	ret->reader = txn_reader(request->engine->store, request->arena);
	ret->want = want;
	ret->groups = arena_array(request->arena, query->or_count, sizeof(*ret->groups));
	TRY(make_tests(ret, query, &ret->all));
	for (i = 0; i < query->or_count; i++)
		TRY(make_tests(ret, query->ors[i], &ret->groups[ret->group_count++]));
	TRY(name_instances(ret, naming));
	return ret->only ? 0
			 : running_narrow(&ret->reader, query,
					  asks_for_incidents(query) ? INDEX_INCIDENT : INDEX_NONE,
					  &ret->lists);
}

/* Whether an incident belongs to ROW: the instance has all of them, an execution its own. */
static bool is_incident_of(const struct rows rows[RUNNING_MAX], const union slot *incident,
			   const union slot *row)
{
	return row == rows[RUNNING_INSTANCE].row[0] ||
	       texts_match(incident[INCIDENT_EXECUTION_ID].s, row[0].s);
}

/* `withIncident` only asks that there is one; the others compare a field of it. */
static bool incident_meets(const struct criterion *c, const union slot *incident)
{
	const char *text = incident[c->filter->field].s;

	if (c->filter->type == PARAM_BOOL)
		return true;
	if (strstr(c->filter->name, "Like"))
		return text && c->text && text_like(text, c->text);
	return texts_match(text, c->text);
}

/* One incident meets TEST, or, with none given, all tests about incidents. */
static bool has_incident(const struct running_tests *tests, const struct running_test *test,
			 const struct rows rows[RUNNING_MAX], const union slot *row)
{
	const struct rows *incidents = &rows[RUNNING_INCIDENT];
	size_t i, k;

	for (i = 0; i < incidents->count; i++) {
		const union slot *incident = incidents->row[i];
		bool meets = is_incident_of(rows, incident, row);

		if (test)
			meets = meets && incident_meets(test->criterion, incident);
		for (k = 0; !test && meets && k < tests->count; k++)
			if (tests->tests[k].criterion->filter->op == RUNS_INCIDENT)
				meets = incident_meets(tests->tests[k].criterion, incident);
		if (meets)
			return true;
	}
	return false;
}

/* The condition, asked of a running variable: it looks at name, type and value of a historic one.
 */
static bool value_fits(const struct variable_condition *condition, const struct variable *variable)
{
	union slot row[VARIABLE_VALUE_INFO + 1] = {0};

	row[VARIABLE_NAME].s = variable->name;
	row[VARIABLE_TYPE].s = variable->type;
	row[VARIABLE_VALUE].v = variable->value;
	return variable_fits(condition, row);
}

/* A variable that fits: of EXECUTION and its tasks; NULL: of any execution, but of no task. */
static bool has_variable(const struct variable_condition *condition, const struct rows *variables,
			 const char *execution)
{
	size_t i;

	for (i = 0; i < variables->count; i++) {
		const struct variable *variable = (const struct variable *)variables->row[i];
		bool seen = execution ? texts_match(variable->execution_id, execution)
				      : !variable->task_id;

		if (seen && value_fits(condition, variable))
			return true;
	}
	return false;
}

/* ANY: one condition is enough. */
static bool variables_meet(const struct running_test *test, const struct rows *variables,
			   const char *execution, bool any)
{
	size_t i;

	for (i = 0; i < test->variables.count; i++)
		if (has_variable(test->variables.items[i], variables, execution) == any)
			return any;
	return !any;
}

static bool values_meet(const struct running_test *test, const union slot *row, bool any)
{
	size_t i;

	for (i = 0; i < test->variables.count; i++)
		if (value_fits(test->variables.items[i], (const struct variable *)row) == any)
			return any;
	return !any;
}

static bool stands_at(const struct strings *activities, const struct rows *executions)
{
	size_t i;

	for (i = 0; i < executions->count; i++)
		if (in_list(activities,
			    ((const struct execution *)executions->row[i])->activity_id))
			return true;
	return false;
}

/* The row of a definition, kept for the next instance of it. NULL when it is gone. */
static int find_definition(struct running_query *query, const char *id, const union slot **ret)
{
	union slot *row;
	int code;

	LIST_EACH(&query->definitions, row)
	{
		*ret = row;
		if (!strcmp(row[DEFINITION_ID].s, id))
			return 0;
	}
	*ret = NULL;
	code = definition_get(&query->reader, &process_definition_kind, id, &row);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	list_add(query->request->arena, &query->definitions, row);
	*ret = row;
	return 0;
}

static int definition_meets(struct running_query *query, const struct criterion *c,
			    const struct running_instance *instance, bool *ret)
{
	const union slot *definition;

	TRY(find_definition(query, instance->definition_id, &definition));
	if (c->filter->op == RUNS_DEPLOYMENT)
		*ret = definition && texts_match(definition[DEFINITION_DEPLOYMENT_ID].s, c->text);
	else
		*ret = definition && !definition[DEFINITION_TENANT_ID].s;
	return 0;
}

/* Whether the two ids are of one instance. */
static bool same_instance(const struct store *store, const char *a, const char *b)
{
	uint64_t first, second;

	return a && b && instance_serial(store, a, &first) && instance_serial(store, b, &second) &&
	       first == second;
}

static bool scope_meets(const struct criterion *c, const struct variable *variable)
{
	const char *scope = variable->task_id ? variable->task_id : variable->execution_id;

	return in_list(&c->list, scope ? scope : variable->batch_id);
}

/* A test that holds or not whatever the others say; ANY: as one of several of which one counts. */
static int test_holds(struct running_query *query, const struct running_tests *tests,
		      const struct running_test *test, bool any,
		      const struct rows rows[RUNNING_MAX], const union slot *row, bool *ret)
{
	const struct running_instance *instance =
		(const struct running_instance *)rows[RUNNING_INSTANCE].row[0];
	const struct criterion *c = test->criterion;

	switch (c->filter->op) {
	case RUNS_NEVER:
		*ret = false;
		break;
	case RUNS_ALWAYS:
		*ret = true;
		break;
	case RUNS_IDS:
		*ret = in_list(&c->list, row[c->filter->field].s);
		break;
	case RUNS_ACTIVITIES:
		*ret = stands_at(&c->list, &rows[RUNNING_EXECUTION]);
		break;
	case RUNS_INCIDENT:
		*ret = has_incident(tests, any ? test : NULL, rows, row);
		break;
	case RUNS_VARIABLES:
		*ret = variables_meet(test, &rows[RUNNING_VARIABLE], row[0].s, any);
		break;
	case RUNS_PROCESS_VARIABLES:
		*ret = variables_meet(test, &rows[RUNNING_VARIABLE], NULL, any);
		break;
	case RUNS_VALUES:
		*ret = values_meet(test, row, any);
		break;
	case RUNS_SCOPES:
		*ret = scope_meets(c, (const struct variable *)row);
		break;
	case RUNS_DEPLOYMENT:
	case RUNS_FREE_DEFINITION:
		return definition_meets(query, c, instance, ret);
	case RUNS_CALLED_BY:
		*ret = same_instance(query->reader.store, instance->super_execution_id, c->text);
		break;
	case RUNS_CALLS:
		*ret = same_instance(query->reader.store, instance->id, test->text);
		break;
	case RUNS_AT_TOP:
		*ret = !instance->super_execution_id;
		break;
	default:
		*ret = criterion_matches(c, &query->query->resource->kind->fields[c->filter->field],
					 row[c->filter->field]);
	}
	return 0;
}

static int group_holds(struct running_query *query, const struct running_tests *tests, bool any,
		       const struct rows rows[RUNNING_MAX], const union slot *row, bool *ret)
{
	size_t i;

	*ret = !any || tests->always;
	for (i = 0; i < tests->count && *ret != any; i++)
		TRY(test_holds(query, tests, &tests->tests[i], any, rows, row, ret));
	return 0;
}

int running_query_matches(struct running_query *query, const struct rows rows[RUNNING_MAX],
			  const union slot *row, bool *ret)
{
	size_t i;

	TRY(group_holds(query, &query->all, false, rows, row, ret));
	for (i = 0; i < query->group_count && *ret; i++)
		TRY(group_holds(query, &query->groups[i], true, rows, row, ret));
	return 0;
}

int running_query_walk(struct running_query *query, struct arena *arena, running_take take,
		       void *arg)
{
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	bool more = true;
	int code = 0;

	if (query->lists)
		TRY(running_scan_start_lists(&scan, &query->reader, query->lists, query->want));
	else
		running_scan_start(&scan, &query->reader, query->only, query->want);
	scan.tasks_too = query->tasks_too;
	while (!code && more) {
		struct arena_mark mark = arena_mark(arena);

		code = request_stopped(query->request);
		if (!code)
			code = running_scan_next(&scan, arena, rows);
		if (!code)
			code = take(query, arena, rows, arg, &more);
		arena_rewind(arena, mark);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int running_query_count(struct request *request, struct listing *listing, enum running_row kind,
			const char *const *exact, bool *ret_counted)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	int64_t count = -1;

	if (listing->counting)
		TRY(running_narrow_count(&reader, listing->query, kind, exact, &count));
	*ret_counted = count >= 0;
	if (*ret_counted)
		listing->matched = count;
	return 0;
}
