#include "core/runtime/task_query.h"

#include <math.h>
#include <string.h>

#include "core/history/variable_query.h"
#include "core/json/date.h"
#include "core/process/definition.h"
#include "core/record/kind.h"
#include "core/runtime/running_narrow.h"
#include "core/runtime/running_query.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/standalone.h"
#include "core/runtime/task_resource.h"

/* A criterion that restricts something. */
struct task_test {
	const struct criterion *criterion;
	struct variable_checked variables;
};

/* Tests that must all hold, or of which one must. */
struct task_tests {
	struct task_test *tests;
	size_t count;
	bool any;
	bool assigned_too; /* candidates of tasks that somebody has already */
	const struct criterion *user, *group, *groups,
		*group_like; /* candidates; NULL = not given */
};

/* A definition's name, as it was looked up. */
struct named_definition {
	const char *id, *name;
	struct named_definition *next;
};

/* A query made ready. */
struct task_query {
	struct request *request;
	const struct query *query;
	struct txn txn;
	struct task_tests all;
	struct task_tests *groups; /* orQueries */
	size_t group_count;
	struct named_definition *definitions;
	uint64_t want;        /* kinds of rows that are looked at, bits of enum running_row */
	struct serials named; /* the only instances that can have such tasks */
	bool narrowed;        /* `named` counts */
};

/* A task where it is. */
struct place {
	struct task_query *query;
	const struct rows *rows; /* of the instance, so far as they are wanted */
	struct arena *arena;     /* as they are */
	const struct task *task;
	const union slot *row; /* of the list */
};

/* Runs its body with VAR, a struct of core/runtime/kinds.h, at each row of KIND. */
#define ROWS_EACH(place, kind, var)                                                                \
	for (size_t var##_at = 0; var##_at < (place)->rows[kind].count &&                          \
				  ((var) = (const void *)(place)->rows[kind].row[var##_at], true); \
	     var##_at++)

static const struct variable_rules task_rules = {
	6, "Invalid task variable comparator specified: ", ERR_ENGINE, ERR_NULL_VALUE};
static const struct variable_rules case_rules = {
	6, "Invalid case variable comparator specified: ", ERR_ENGINE, ERR_NULL_VALUE};

static const struct variable_rules *rules_of(const struct criterion *criterion)
{
	if (criterion->filter->bind != variables_bind)
		return NULL;
	if (criterion->filter->op == ASK_TASK_VARIABLES)
		return &task_rules;
	return criterion->filter->op == ASK_PROCESS_VARIABLES ? &process_variable_rules
							      : &case_rules;
}

static struct variable_flags flags_of(const struct query *query)
{
	return (struct variable_flags){
		.dates = !query->nested,
		.names_ignore_case = query_criterion(query, "variableNamesIgnoreCase") != NULL,
		.values_ignore_case = query_criterion(query, "variableValuesIgnoreCase") != NULL,
	};
}

/* The rows of an instance that a criterion looks at beside tasks. */
static uint64_t want_of(const struct criterion *c)
{
	if (c->filter->op == ASK_ACTIVITY_INSTANCES)
		return 1u << RUNNING_EXECUTION;
	if (c->filter->bind == variables_bind)
		return 1u << RUNNING_VARIABLE;
	return c->filter->op >= ASK_INVOLVED_USER ? 1u << RUNNING_IDENTITY_LINK : 0;
}

/* The one that takes what is absent takes the place of the other. */
static bool is_overruled(const struct query *query, const struct criterion *c)
{
	return !strcmp(c->filter->name, "followUpBefore") &&
	       query_criterion(query, "followUpBeforeOrNotExistent");
}

static int make_tests(struct request *request, const struct query *query, bool any,
		      struct task_tests *ret, uint64_t *want)
{
	size_t i;

	ret->any = any;
	ret->tests = arena_array(request->arena, query->count, sizeof(*ret->tests));
	ret->assigned_too = query_criterion(query, "includeAssignedTasks") != NULL;
	ret->user = query_criterion(query, "candidateUser");
	ret->group = query_criterion(query, "candidateGroup");
	ret->groups = query_criterion(query, "candidateGroups");
	ret->group_like = query_criterion(query, "candidateGroupLike");
	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];
		struct task_test *test = &ret->tests[ret->count];

		if (!criterion_acts(c) || c->filter->op == ASK_FLAG || is_overruled(query, c))
			continue;
		test->criterion = c;
		*want |= want_of(c);
		if (rules_of(c))
			TRY(variables_check(request, c, rules_of(c), flags_of(query),
					    &test->variables));
		ret->count++;
	}
	return 0;
}

static const char *definition_name(struct task_query *query, const char *id)
{
	struct arena *arena = query->request->arena;
	struct named_definition *known;
	union slot *row;

	if (!id)
		return NULL;
	for (known = query->definitions; known; known = known->next)
		if (!strcmp(known->id, id))
			return known->name;
	known = arena_alloc(arena, sizeof(*known));
	known->id = arena_strdup(arena, id);
	if (!definition_get(&query->txn, &process_definition_kind, id, &row))
		known->name = arena_strdup(arena, row[DEFINITION_NAME].s);
	known->next = query->definitions;
	query->definitions = known;
	return known->name;
}

static bool is_candidate(const struct identity_link *link, const struct task *task)
{
	return texts_match(link->task_id, task->id) && texts_match(link->type, "candidate");
}

/* Both groups and a group: with all to hold, only a group that is both; else either. */
static bool group_meets(const struct task_tests *tests, const char *group)
{
	bool one = tests->group && texts_match(tests->group->text, group);
	bool in = tests->groups && criterion_accepts(tests->groups, OP_IN, group);

	if (tests->group && tests->groups && !tests->any)
		return one && in;
	return one || in ||
	       (tests->group_like && criterion_accepts(tests->group_like, OP_LIKE, group));
}

static bool has_candidate(const struct task_tests *tests, const struct place *place)
{
	const struct identity_link *link;

	if (place->task->assignee && !tests->assigned_too)
		return false;
	ROWS_EACH(place, RUNNING_IDENTITY_LINK, link)
	{
		if (!is_candidate(link, place->task))
			continue;
		if (tests->user && texts_match(tests->user->text, link->user_id))
			return true;
		if (link->group_id && group_meets(tests, link->group_id))
			return true;
	}
	return false;
}

/* Whether there are candidates at all is WANTED; of tasks that may be asked. */
static bool has_any(const struct task_tests *tests, const struct place *place, bool groups,
		    bool wanted)
{
	const struct identity_link *link;
	bool found = false;

	if (place->task->assignee && !tests->assigned_too)
		return false;
	ROWS_EACH(place, RUNNING_IDENTITY_LINK, link)
	{
		found = found || (is_candidate(link, place->task) &&
				  (groups ? link->group_id : link->user_id));
	}
	return found == wanted;
}

static bool is_involved(const struct place *place, const char *user)
{
	const struct identity_link *link;

	if (texts_match(place->task->assignee, user) || texts_match(place->task->owner, user))
		return true;
	ROWS_EACH(place, RUNNING_IDENTITY_LINK, link)
	{
		if (texts_match(link->task_id, place->task->id) && texts_match(link->user_id, user))
			return true;
	}
	return false;
}

/* As a row of variable_kind, so far as conditions look at it. */
static bool variable_meets(const struct variable_condition *condition,
			   const struct variable *variable, struct arena *arena)
{
	union slot *row = row_new(arena, &variable_kind);

	row[VARIABLE_NAME].s = variable->name;
	row[VARIABLE_TYPE].s = variable->type;
	row[VARIABLE_VALUE].v = variable->value;
	return variable_fits(condition, row);
}

static bool has_variable(const struct place *place, const struct variable_condition *condition,
			 bool local)
{
	const struct variable *variable;

	ROWS_EACH(place, RUNNING_VARIABLE, variable)
	{
		bool mine = local ? texts_match(variable->task_id, place->task->id)
				  : !variable->task_id;

		if (mine && variable_meets(condition, variable, place->arena))
			return true;
	}
	return false;
}

/* Each condition may be met by another variable. ANY: one condition is enough. */
static bool variables_meet(const struct task_test *test, const struct place *place, bool local,
			   bool any)
{
	size_t i;

	for (i = 0; i < test->variables.count; i++)
		if (has_variable(place, test->variables.items[i], local) == any)
			return any;
	return !any;
}

static bool activity_meets(const struct criterion *c, const struct place *place)
{
	const struct execution *execution;

	ROWS_EACH(place, RUNNING_EXECUTION, execution)
	{
		if (texts_match(execution->id, place->task->execution_id))
			return criterion_accepts(c, OP_IN, execution->activity_instance_id);
	}
	return false;
}

static bool folded_meets(const struct criterion *c, enum filter_op op, const char *text)
{
	return text && !criterion_accepts(c, op, text);
}

static bool instance_meets(const struct criterion *c, const struct place *place)
{
	const struct running_instance *row =
		(const struct running_instance *)place->rows[RUNNING_INSTANCE].row[0];

	switch (c->filter->op) {
	case ASK_BUSINESS_KEY:
		return criterion_accepts(c, OP_EQ, row->business_key);
	case ASK_BUSINESS_KEYS:
		return criterion_accepts(c, OP_IN, row->business_key);
	case ASK_BUSINESS_KEY_LIKE:
		return criterion_accepts(c, OP_LIKE, row->business_key);
	case ASK_DEFINITION_KEY:
		return criterion_accepts(c, OP_EQ, row->definition_key);
	case ASK_DEFINITION_KEYS:
		return criterion_accepts(c, OP_IN, row->definition_key);
	case ASK_DEFINITION_NAME:
		return criterion_accepts(c, OP_EQ,
					 definition_name(place->query, row->definition_id));
	default:
		return criterion_accepts(c, OP_LIKE,
					 definition_name(place->query, row->definition_id));
	}
}

/* To a database nothing is known to differ from null. */
static bool has_null(const struct strings *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!list->items[i])
			return true;
	return false;
}

static bool test_holds(const struct task_tests *tests, const struct task_test *test,
		       const struct place *place)
{
	const struct criterion *c = test->criterion;
	union slot slot = place->row[c->filter->field];

	switch (c->filter->op) {
	case ASK_NEVER:
		return false;
	case ASK_TENANT_ABSENT:
		return !slot.s;
	case ASK_NOT_IN:
		return slot.s && !has_null(&c->list) && !criterion_accepts(c, OP_IN, slot.s);
	case ASK_NOT_EQ:
		return folded_meets(c, OP_EQ_FOLDED, slot.s);
	case ASK_NOT_LIKE:
		return folded_meets(c, OP_LIKE_FOLDED, slot.s);
	case ASK_EARLIER_OR_ABSENT:
		return slot.i == TIME_NULL || slot.i < c->number;
	case ASK_ACTIVITY_INSTANCES:
		return activity_meets(c, place);
	case ASK_PROCESS_VARIABLES:
		return variables_meet(test, place, false, tests->any);
	case ASK_TASK_VARIABLES:
		return variables_meet(test, place, true, tests->any);
	case ASK_INVOLVED_USER:
		return is_involved(place, c->text);
	case ASK_CANDIDATE_USER:
	case ASK_CANDIDATE_GROUP:
	case ASK_CANDIDATE_GROUPS:
	case ASK_CANDIDATE_GROUP_LIKE:
		return has_candidate(tests, place);
	case ASK_WITH_GROUPS:
	case ASK_WITHOUT_GROUPS:
		return has_any(tests, place, true, c->filter->op == ASK_WITH_GROUPS);
	case ASK_WITH_USERS:
	case ASK_WITHOUT_USERS:
		return has_any(tests, place, false, c->filter->op == ASK_WITH_USERS);
	default:
		if (c->filter->op > OP_OWN)
			return instance_meets(c, place);
		return criterion_matches(c, &running_task_resource.kind->fields[c->filter->field],
					 slot);
	}
}

/* Whether all tests hold, or one of them when that is enough. */
static bool tests_hold(const struct task_tests *tests, const struct place *place)
{
	size_t i;

	for (i = 0; i < tests->count; i++)
		if (test_holds(tests, &tests->tests[i], place) == tests->any)
			return tests->any;
	return !tests->any;
}

static bool place_matches(const struct place *place)
{
	const struct task_query *query = place->query;
	size_t i;

	if (!tests_hold(&query->all, place))
		return false;
	for (i = 0; i < query->group_count; i++)
		if (!tests_hold(&query->groups[i], place))
			return false;
	return true;
}

/* Filters whose values name the instance. */
static bool names_instance(const struct criterion *c)
{
	if (c->filter->op != OP_EQ && c->filter->op != OP_IN)
		return false;
	return c->filter->field == RUNNING_TASK_ID ||
	       c->filter->field == RUNNING_TASK_INSTANCE_ID ||
	       c->filter->field == RUNNING_TASK_EXECUTION_ID;
}

static int narrow(struct task_query *query)
{
	size_t i, k;

	for (i = 0; i < query->query->count && !query->narrowed; i++) {
		const struct criterion *c = &query->query->criteria[i];

		if (!names_instance(c) || !criterion_acts(c))
			continue;
		query->narrowed = true;
		TRY(standalone_name(&query->txn, c->text, &query->named));
		for (k = 0; k < c->list.count; k++)
			TRY(standalone_name(&query->txn, c->list.items[k], &query->named));
	}
	serials_sort(&query->named);
	return 0;
}

static int make_query(struct request *request, const struct query *query, struct task_query *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->request = request;
	ret->query = query;
	ret->txn = txn_reader(request->engine->store, request->arena);
	ret->groups = arena_array(request->arena, query->or_count, sizeof(*ret->groups));
	ret->want = 1u << RUNNING_TASK;
	TRY(make_tests(request, query, false, &ret->all, &ret->want));
	for (i = 0; i < query->or_count; i++) {
		struct task_tests *group = &ret->groups[ret->group_count];

		TRY(make_tests(request, query->ors[i], true, group, &ret->want));
		ret->group_count += group->count > 0;
	}
	for (i = 0; i < query->sort_count; i++)
		if (query->sorts[i].key->field >= LIST_VARIABLES)
			ret->want |= 1u << RUNNING_VARIABLE;
	return narrow(ret);
}

static bool is_in_scope(const struct variable_sort *sort, const struct variable *variable,
			const struct task *task)
{
	switch (sort->scope) {
	case SORT_TASK_VARIABLE:
		return texts_match(variable->task_id, task->id);
	case SORT_EXECUTION_VARIABLE:
		return !variable->task_id &&
		       texts_match(variable->execution_id, task->execution_id);
	case SORT_PROCESS_VARIABLE:
		return !variable->task_id &&
		       texts_match(variable->execution_id, task->process_instance_id);
	default:
		return false;
	}
}

static void fill_order(const struct variable_sort *sort, const struct value *value, union slot *row)
{
	union slot *slot = &row[sort->key.field];
	int64_t time;

	if (!value)
		return;
	if (!strcmp(sort->type, "Date"))
		slot->d = value->type == VALUE_STRING && date_parse(value->as.text, &time)
				  ? (double)time
				  : (double)NAN;
	else if (value->type == VALUE_STRING)
		slot->s = value->as.text;
	else if (value->type == VALUE_LONG)
		slot->d = (double)value->as.number;
	else if (value->type == VALUE_DOUBLE)
		slot->d = value->as.fraction;
	else if (value->type == VALUE_BOOL)
		slot->d = value->as.truth;
}

static void fill_variable(const struct variable_sort *sort, const struct place *place,
			  union slot *row)
{
	const struct variable *variable;

	ROWS_EACH(place, RUNNING_VARIABLE, variable)
	{
		if (texts_match(variable->name, sort->name) &&
		    texts_match(variable->type, sort->type) &&
		    is_in_scope(sort, variable, place->task))
			fill_order(sort, variable->value, row);
	}
}

static void fill_row(const struct place *place, union slot *row)
{
	const struct query *query = place->query->query;
	size_t i;

	memcpy(row, place->task, running_task_kind.count * sizeof(*row));
	row[LIST_UPDATED].i = place->task->last_updated != TIME_NULL ? place->task->last_updated
								     : place->task->created;
	row[LIST_FOLDED_NAME].s = NULL;
	for (i = LIST_VARIABLES; i < LIST_FIELDS; i += 2) {
		row[i].s = NULL;
		row[i + 1].d = (double)NAN;
	}
	for (i = 0; i < query->sort_count; i++) {
		const struct sort_key *key = query->sorts[i].key;

		if (key->field == LIST_FOLDED_NAME && place->task->name)
			row[LIST_FOLDED_NAME].s = text_upper(place->arena, place->task->name);
		else if (key->field >= LIST_VARIABLES)
			fill_variable((const struct variable_sort *)key, place, row);
	}
}

/* False when no more can be of use. */
static bool offer_instance(struct task_query *query, struct listing *listing, struct arena *arena,
			   const struct rows rows[RUNNING_MAX])
{
	union slot row[LIST_FIELDS];
	size_t i;

	for (i = 0; i < rows[RUNNING_TASK].count; i++) {
		struct place place = {query, rows, arena,
				      (const struct task *)rows[RUNNING_TASK].row[i], row};

		fill_row(&place, row);
		if (place_matches(&place) && !listing_offer(listing, row))
			return false;
	}
	return true;
}

static int start_scan(struct task_query *query, struct running_scan *scan)
{
	struct running_lists *lists;

	if (query->narrowed) {
		running_scan_start_tasks(scan, &query->txn, &query->named, query->want);
		return 0;
	}
	TRY(running_narrow(&query->txn, query->query, INDEX_TASK, &lists));
	TRY(running_scan_start_lists(scan, &query->txn, lists, query->want));
	scan->tasks_too = true;
	return 0;
}

static int walk(struct request *request, struct arena *arena, struct listing *listing)
{
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	struct task_query query;
	bool more = true;
	int code = 0;

	TRY(make_query(request, listing->query, &query));
	TRY(start_scan(&query, &scan));
	while (!code && more) {
		struct arena_mark mark = arena_mark(arena);

		code = running_scan_next(&scan, arena, rows);
		if (!code)
			code = request_stopped(request);
		if (!code)
			more = offer_instance(&query, listing, arena, rows);
		arena_rewind(arena, mark);
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

int task_query_offer(struct request *request, struct arena *arena, struct listing *listing)
{
	static const char *const exact[] = {"assignee", "assigneeIn", NULL};
	bool counted;

	TRY(running_query_count(request, listing, RUNNING_TASK, exact, &counted));
	if (counted)
		return 0;
	return walk(request, arena, listing);
}

int task_read(struct txn *txn, const char *task_id, struct instance **ret_instance,
	      struct task **ret)
{
	uint64_t serial;
	int code;

	TRY(standalone_serial(txn, task_id, &serial));
	code = instance_read(txn, serial, ret_instance);
	if (code == ERR_NOT_FOUND)
		code = standalone_read(txn, serial, ret_instance);
	TRY(code);
	*ret = instance_task(*ret_instance, task_id);
	return *ret ? 0 : ERR_NOT_FOUND;
}

static int read_scope(void *arg, const char *task_id, struct scope *ret)
{
	memset(ret, 0, sizeof(*ret));
	TRY(task_read(arg, task_id, &ret->instance, &ret->task));
	ret->execution = instance_execution(ret->instance, ret->task->execution_id);
	return 0;
}

int task_read_scope(struct txn *txn, const char *task_id, struct scope *ret)
{
	TRY(read_scope(txn, task_id, ret));
	return scope_surround(txn->arena, ret, read_scope, txn);
}
