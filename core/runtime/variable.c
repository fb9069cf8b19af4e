#include "core/runtime/variable.h"

#include <stdlib.h>
#include <string.h>

#include "core/record/kind.h"
#include "core/runtime/execution.h"
#include "core/runtime/history_event.h"

/* That are looked at: tasks may be each other's parents. */
enum { OUTER_SCOPES_MAX = 100 };

int scope_surround(struct arena *arena, struct scope *scope, scope_find find, void *arg)
{
	int level;

	for (level = 0;
	     level < OUTER_SCOPES_MAX && !scope->execution && scope->task->parent_task_id;
	     level++) {
		struct scope *outer = arena_alloc(arena, sizeof(*outer));
		int code = find(arg, scope->task->parent_task_id, outer);

		if (code == ERR_NOT_FOUND)
			return 0;
		TRY(code);
		scope->outer = outer;
		scope = outer;
	}
	return 0;
}

static struct variable *find_in(const struct instance *instance, const char *execution_id,
				const char *task_id, const char *name)
{
	struct variable *variable;

	LIST_EACH(&instance->variables, variable)
	{
		if (text_same(variable->execution_id, execution_id) &&
		    text_same(variable->task_id, task_id) && !strcmp(variable->name, name))
			return variable;
	}
	return NULL;
}

struct variable *variable_find_local(const struct scope *scope, const char *name)
{
	return find_in(scope->instance, scope->execution ? scope->execution->id : NULL,
		       scope->task ? scope->task->id : NULL, name);
}

/* Without what is further out. */
static struct variable *find_here(const struct scope *scope, const char *name)
{
	struct variable *variable = scope->task ? variable_find_local(scope, name) : NULL;
	const struct execution *execution;

	for (execution = scope->execution; execution && !variable; execution = execution->parent)
		variable = find_in(scope->instance, execution->id, NULL, name);
	return variable;
}

/* *RET_AT is where it is, or, if it is nowhere, the outermost. */
static struct variable *find_at(const struct scope *scope, const char *name,
				const struct scope **ret_at)
{
	struct variable *variable;

	for (*ret_at = scope; !(variable = find_here(*ret_at, name)) && (*ret_at)->outer;)
		*ret_at = (*ret_at)->outer;
	return variable;
}

struct variable *variable_find(const struct scope *scope, const char *name)
{
	const struct scope *at;

	return find_at(scope, name, &at);
}

/* The activity instance in whose name a scope sets something. */
static const char *source_of(const struct scope *scope)
{
	return scope->execution ? scope->execution->activity_instance_id : NULL;
}

/* What is made while an instance begins, before its first activity, is the instance's. */
static const char *creator_of(const struct scope *scope)
{
	const struct execution *execution = scope->execution;
	const char *source = source_of(scope);

	return !source && scope->instance->starting && execution && execution->node != NODE_NONE &&
			       !execution->transition_id
		       ? scope->instance->row->id
		       : source;
}

static void assign(struct variable *variable, const struct typed_value *value)
{
	variable->type = value->type;
	variable->value = value->value;
	variable->value_info = value->info ? value->info : "{}";
}

/* The activity instance to which a variable of EXECUTION belongs. */
static const char *activity_of(const struct instance *instance, const struct execution *execution,
			       const struct variable *variable)
{
	if (!execution) /* of a task without a process instance */
		return NULL;
	return variable->task_id || variable->concurrent_local
		       ? execution->activity_instance_id
		       : execution_scope_activity(instance, execution);
}

/* In INSTANCE, whose the variable is; SOURCE is who does it. */
static void update(struct instance *instance, const struct scope *source, struct variable *variable,
		   const struct typed_value *value)
{
	assign(variable, value);
	if (!variable->revised)
		variable->revision++;
	variable->revised = true;
	variable->activity_instance_id = activity_of(
		instance, instance_execution(instance, variable->execution_id), variable);
	instance->changed = true;
	if (variable->early)
		history_variable_create(instance, variable, creator_of(source));
	else if (!variable->transient)
		history_variable_update(instance, variable, source_of(source));
	variable->early = false;
}

/* A variable that was removed in this command comes back as what it was: true when there is one. */
static bool bring_back(const struct scope *owner, const struct scope *source, const char *name,
		       const struct typed_value *value)
{
	struct instance *instance = owner->instance;
	const char *execution_id = owner->execution ? owner->execution->id : NULL;
	const char *task_id = owner->task ? owner->task->id : NULL;
	struct variable *variable;

	LIST_EACH(&instance->dropped, variable)
	{
		if (value->transient || strcmp(variable->name, name) != 0 ||
		    !text_same(variable->execution_id, execution_id) ||
		    !text_same(variable->task_id, task_id))
			continue;
		list_remove(&instance->dropped, variable);
		list_add(instance->arena, &instance->variables, variable);
		update(instance, source, variable, value);
		return true;
	}
	return false;
}

/* A variable in OWNER, of which history does not know yet. */
static struct variable *add(const struct scope *owner, const char *name,
			    const struct typed_value *value)
{
	struct instance *instance = owner->instance;
	const struct execution *execution = owner->execution;
	struct variable *variable = arena_alloc(instance->arena, sizeof(*variable));

	variable->id = command_id(instance);
	variable->name = arena_strdup(instance->arena, name);
	variable->process_definition_id = instance->row->definition_id;
	variable->process_instance_id = instance->row->id;
	variable->execution_id = execution ? execution->id : NULL;
	variable->task_id = owner->task ? owner->task->id : NULL;
	variable->tenant_id = instance->row->tenant_id;
	variable->concurrent_local = execution && (execution->flags & EXECUTION_CONCURRENT) != 0 &&
				     !(execution->flags & EXECUTION_SCOPE);
	variable->activity_instance_id = activity_of(instance, execution, variable);
	variable->transient = value->transient;
	variable->revised = true;
	assign(variable, value);
	list_add(instance->arena, &instance->variables, variable);
	instance->changed = true;
	return variable;
}

/* Makes a variable in OWNER; SOURCE is who does it. */
static void create(const struct scope *owner, const struct scope *source, const char *name,
		   const struct typed_value *value)
{
	struct variable *variable;

	if (bring_back(owner, source, name, value))
		return;
	variable = add(owner, name, value);
	if (!variable->transient)
		history_variable_create(owner->instance, variable, creator_of(source));
}

void variable_set_early(const struct scope *scope, const char *name,
			const struct typed_value *value)
{
	add(scope, name, value)->early = true;
}

void variable_set_local(const struct scope *scope, const char *name,
			const struct typed_value *value)
{
	struct variable *variable = variable_find_local(scope, name);

	if (variable)
		update(scope->instance, scope, variable, value);
	else
		create(scope, scope, name, value);
}

void variable_set(const struct scope *scope, const char *name, const struct typed_value *value)
{
	const struct scope *at;
	struct variable *variable = find_at(scope, name, &at);
	struct scope root = scope_at(at->instance, at->instance->root);

	if (variable)
		update(at->instance, scope, variable, value);
	else
		create(at->execution ? &root : at, scope, name, value);
}

static void remove_variable(struct instance *instance, const struct scope *source,
			    struct variable *variable)
{
	if (!variable)
		return;
	list_remove(&instance->variables, variable);
	instance->changed = true;
	if (variable->early || variable->transient)
		return;
	list_add(instance->arena, &instance->dropped, variable);
	history_variable_delete(instance, variable, source_of(source));
}

void variable_remove(const struct scope *scope, const char *name)
{
	const struct scope *at;
	struct variable *variable = find_at(scope, name, &at);

	remove_variable(at->instance, scope, variable);
}

void variable_remove_local(const struct scope *scope, const char *name)
{
	remove_variable(scope->instance, scope, variable_find_local(scope, name));
}

static int by_name(const void *a, const void *b)
{
	const struct variable *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static bool has_name(const struct list *list, const char *name)
{
	const struct variable *variable;

	LIST_EACH(list, variable)
	{
		if (!strcmp(variable->name, name))
			return true;
	}
	return false;
}

static void add_local(const struct scope *scope, struct arena *arena, struct list *list)
{
	const char *execution_id = scope->execution ? scope->execution->id : NULL;
	const char *task_id = scope->task ? scope->task->id : NULL;
	struct variable *variable;

	LIST_EACH(&scope->instance->variables, variable)
	{
		if (text_same(variable->execution_id, execution_id) &&
		    text_same(variable->task_id, task_id) && !has_name(list, variable->name))
			list_add(arena, list, variable);
	}
}

/* Without what is further out. */
static void add_here(const struct scope *scope, struct arena *arena, bool local_only,
		     struct list *list)
{
	struct scope at = *scope;

	add_local(&at, arena, list);
	if (!at.task && at.execution)
		at.execution = at.execution->parent;
	at.task = NULL;
	for (; at.execution && !local_only; at.execution = at.execution->parent)
		add_local(&at, arena, list);
}

void variables_visible(const struct scope *scope, struct arena *arena, bool local_only,
		       struct list *ret)
{
	memset(ret, 0, sizeof(*ret));
	add_here(scope, arena, local_only, ret);
	while (!local_only && (scope = scope->outer))
		add_here(scope, arena, false, ret);
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), by_name);
}

void variables_of_instance(const struct instance *instance, struct list *ret)
{
	struct scope root = scope_at((struct instance *)(uintptr_t)instance, instance->root);

	if (instance->root)
		variables_visible(&root, instance->arena, true, ret);
	else
		*ret = instance->left;
}

void variables_drop(struct instance *instance, const char *execution_id, const char *task_id)
{
	struct list *list = &instance->variables;
	size_t i, kept = 0;

	for (i = 0; i < list->count; i++) {
		const struct variable *variable = list->items[i];

		if (!text_same(variable->execution_id, execution_id) ||
		    (task_id && !text_same(variable->task_id, task_id)))
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

void variables_move(struct instance *instance, const struct execution *from,
		    const struct execution *to, bool only_concurrent_local)
{
	struct variable *variable;

	LIST_EACH(&instance->variables, variable)
	{
		if (!text_same(variable->execution_id, from->id) ||
		    (only_concurrent_local && !variable->concurrent_local && !variable->task_id))
			continue;
		variable->execution_id = to->id;
		history_variable_move(instance, variable);
	}
}

void variables_settle(struct instance *instance)
{
	struct list *list = &instance->variables;
	size_t i, kept = 0;

	for (i = 0; i < list->count; i++) {
		struct variable *variable = list->items[i];

		if (variable->transient) {
			list_add(instance->arena, &instance->transients, variable);
			continue;
		}
		variable->activity_instance_id = activity_of(
			instance, instance_execution(instance, variable->execution_id), variable);
		list->items[kept++] = variable;
	}
	list->count = kept;
}
