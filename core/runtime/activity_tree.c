#include "core/runtime/activity_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/history/incident_kind.h"
#include "core/runtime/execution.h"

/* A tree that is being built. */
struct growing {
	const struct instance *instance;
	struct arena *arena;
	struct list all; /* its activity instances, transitions left out */
};

/* The execution that is SCOPE's (a node), seen from LEAF. */
static const struct execution *scope_execution(const struct execution *leaf, int scope)
{
	const struct execution *execution = leaf;

	while (execution && execution->scope != scope)
		execution = execution->parent;
	return execution;
}

/* The activity instance that a scope execution stands for: its parent has the id. */
static const char *scope_id(const struct instance *instance, const struct execution *execution)
{
	return execution->parent ? execution->parent->activity_instance_id : instance->row->id;
}

static struct activity_instance *find(const struct growing *growing, const char *id)
{
	struct activity_instance *item;

	LIST_EACH(&growing->all, item)
	{
		if (id && !strcmp(item->id, id))
			return item;
	}
	return NULL;
}

static void add_incidents(struct growing *growing, struct activity_instance *item,
			  const struct execution *execution)
{
	union slot *incident;

	LIST_EACH(&growing->instance->incidents, incident)
	{
		if (!strcmp(incident[INCIDENT_EXECUTION_ID].s, execution->id))
			list_add(growing->arena, &item->incidents, incident);
	}
}

/* Its execution, and the tokens beside it that are in no activity of their own. */
static void add_executions(struct growing *growing, struct activity_instance *item)
{
	struct execution *child;

	list_add(growing->arena, &item->executions, (void *)(uintptr_t)item->execution);
	/* of a scope and the token in it, in one execution, the incidents are the token's */
	if (item->execution->node == NODE_NONE || item->execution->node == item->node)
		add_incidents(growing, item, item->execution);
	LIST_EACH(&growing->instance->executions, child)
	{
		if (child->parent != item->execution || child->node != NODE_NONE ||
		    !(child->flags & EXECUTION_CONCURRENT))
			continue;
		list_add(growing->arena, &item->executions, child);
		add_incidents(growing, item, child);
	}
}

static struct activity_instance *new_item(struct growing *growing, const char *id,
					  const char *parent_id, int node,
					  const struct execution *execution)
{
	struct activity_instance *item = arena_alloc(growing->arena, sizeof(*item));

	item->id = id;
	item->parent_id = parent_id;
	item->node = node;
	item->execution = execution;
	return item;
}

static void hang(struct growing *growing, struct activity_instance *item)
{
	struct activity_instance *parent = find(growing, item->parent_id);

	assert(parent);
	list_add(growing->arena, &parent->children, item);
}

/* The instance of SCOPE around LEAF, made with those around it if it is not there yet. */
static struct activity_instance *scope_of(struct growing *growing, const struct execution *leaf,
					  int scope)
{
	const struct node *nodes = growing->instance->model->nodes;
	struct activity_instance *chain = NULL, *item, *found = NULL;

	/* from the inside out until one is there */
	for (; !found; scope = nodes[scope].parent) {
		const struct execution *execution = scope_execution(leaf, scope);

		assert(execution);
		found = find(growing, scope_id(growing->instance, execution));
		if (found)
			break;
		item = new_item(growing, scope_id(growing->instance, execution), NULL, scope,
				execution);
		list_add(growing->arena, &item->children, chain);
		chain = item;
	}
	/* and back, each into the one around it */
	while (chain) {
		item = chain;
		chain = item->children.items[0];
		item->children.count = 0;
		item->parent_id = found->id;
		add_executions(growing, item);
		list_add(growing->arena, &growing->all, item);
		list_add(growing->arena, &found->children, item);
		found = item;
	}
	return found;
}

static void add_leaf(struct growing *growing, const struct execution *leaf)
{
	const struct node *node = &growing->instance->model->nodes[leaf->node];
	struct activity_instance *parent = scope_of(growing, leaf, node->parent), *item;

	item = new_item(growing, leaf->activity_instance_id ? leaf->activity_instance_id : leaf->id,
			parent->id, leaf->node, leaf);
	item->transition = !leaf->activity_instance_id;
	add_executions(growing, item);
	if (!item->transition)
		list_add(growing->arena, &growing->all, item);
	hang(growing, item);
}

struct activity_instance *activity_tree(const struct instance *instance)
{
	struct growing growing = {
		instance, instance->arena, {0, 0, NULL}
        };
	struct activity_instance *root =
		new_item(&growing, instance->row->id, NULL, 0, instance->root);
	struct execution *leaf;

	add_executions(&growing, root);
	list_add(growing.arena, &growing.all, root);
	LIST_EACH(&instance->executions, leaf)
	{
		/* a token that is nowhere: all was canceled */
		if (leaf->node != NODE_NONE && !execution_child_count(instance, leaf))
			add_leaf(&growing, leaf);
	}
	return root;
}

static void write_ids(struct json_writer *writer, const char *key, const struct list *items)
{
	const union slot *item; /* an execution is a row, too: its first slot is the id */

	json_key(writer, key);
	json_open_array(writer);
	LIST_EACH(items, item)
	{
		json_string(writer, item[0].s);
	}
	json_close_array(writer);
}

static void write_incidents(struct json_writer *writer, const struct activity_instance *item)
{
	const union slot *incident;

	write_ids(writer, "incidentIds", &item->incidents);
	json_key(writer, "incidents");
	json_open_array(writer);
	LIST_EACH(&item->incidents, incident)
	{
		json_open_object(writer);
		json_key_string(writer, "id", incident[INCIDENT_ID].s);
		json_key_string(writer, "activityId", incident[INCIDENT_ACTIVITY_ID].s);
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* The members that both sorts have. */
static void write_common(struct json_writer *writer, const struct instance *instance,
			 const struct activity_instance *item)
{
	const struct node *node = &instance->model->nodes[item->node];

	json_key_string(writer, "id", item->id);
	json_key_string(writer, "parentActivityInstanceId", item->parent_id);
	json_key_string(writer, "activityId", item->node ? node->id : instance->row->definition_id);
	json_key_string(writer, "activityType",
			item->node ? node->activity_type : "processDefinition");
	json_key_string(writer, "activityName", item->node ? node->name : instance->model->name);
	json_key_string(writer, "processInstanceId", instance->row->id);
	json_key_string(writer, "processDefinitionId", instance->row->definition_id);
}

static void write_transition(struct json_writer *writer, const struct instance *instance,
			     const struct activity_instance *item)
{
	json_open_object(writer);
	write_common(writer, instance, item);
	json_key_string(writer, "executionId", item->execution->id);
	json_key_string(writer, "targetActivityId", instance->model->nodes[item->node].id);
	write_incidents(writer, item);
	json_close_object(writer);
}

/* Opens the object of an activity instance up to its children. */
static void open_item(struct json_writer *writer, const struct instance *instance,
		      const struct activity_instance *item)
{
	const struct activity_instance *child;

	json_open_object(writer);
	write_common(writer, instance, item);
	json_key_string(writer, "name",
			item->node ? instance->model->nodes[item->node].name
				   : instance->model->name);
	write_ids(writer, "executionIds", &item->executions);
	write_incidents(writer, item);
	json_key(writer, "childTransitionInstances");
	json_open_array(writer);
	LIST_EACH(&item->children, child)
	{
		if (child->transition)
			write_transition(writer, instance, child);
	}
	json_close_array(writer);
	json_key(writer, "childActivityInstances");
	json_open_array(writer);
}

/* Recursion is as deep as the model's scopes, which the parser bounds. */
void activity_tree_write(struct json_writer *writer, const struct instance *instance,
			 const struct activity_instance *tree)
{
	const struct activity_instance *child;

	open_item(writer, instance, tree);
	LIST_EACH(&tree->children, child)
	{
		if (!child->transition)
			activity_tree_write(writer, instance, child);
	}
	json_close_array(writer);
	json_close_object(writer);
}
