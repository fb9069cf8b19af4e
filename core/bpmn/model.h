/*
 * A process as a model: nodes and flows by index, immutable, shared by all its instances.
 *
 * The parser (core/bpmn/parse.h) makes it from BPMN 2.0; all of it lies in the arena that the
 * parser was given. Node 0 is the process itself; a node's children follow it, so that a parent's
 * index is always lower. What the runtime does at a node is said by its type, once (core/runtime/).
 */
#ifndef CORE_BPMN_MODEL_H
#define CORE_BPMN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expression;   /* core/expression/expression.h */
struct cached_model; /* core/process/model_cache.c */

enum { NODE_NONE = -1, FLOW_NONE = -1 };

/* What a node does. Its name in answers and history is node.activity_type. */
enum node_type {
	NODE_PROCESS,
	NODE_SUB_PROCESS,
	NODE_START_EVENT, /* of a process or subprocess */
	NODE_END_EVENT,   /* without anything to throw, or a message that nothing implements */
	NODE_TERMINATE_END,
	NODE_PASS, /* undefined and manual tasks, throw events that nothing implements */
	NODE_USER_TASK,
	NODE_RECEIVE_TASK,
	NODE_EXPRESSION_TASK, /* service, send, rule task, message throw or end with an expression
			       */
	NODE_EXTERNAL_TASK,   /* the same with a topic */
	NODE_EXCLUSIVE_GATEWAY,
	NODE_PARALLEL_GATEWAY,
	NODE_INCLUSIVE_GATEWAY,
	NODE_LINK_CATCH,
	NODE_BOUNDARY_ERROR,
	NODE_TYPE_MAX,
};

enum node_flag {
	NODE_IS_SCOPE = 1, /* has an execution of its own (runtime.md 2.1) */
	NODE_ASYNC_BEFORE = 2,
	NODE_ASYNC_AFTER = 4,
	NODE_EXCLUSIVE_JOBS = 8,
	NODE_ENDS =
		16, /* an end event that also has an implementation, as NODE_EXTERNAL_TASK may */
};

/* An input or output parameter, an entry of a map, an item of a list. */
struct parameter {
	const char *name; /* NULL for items of a list */
	enum { PARAMETER_EXPRESSION, PARAMETER_LIST, PARAMETER_MAP } type;
	const struct expression *value; /* PARAMETER_EXPRESSION; NULL = null */
	size_t count;
	const struct parameter *entries;
};

struct listener {
	const char *event; /* start, end, take; create, assignment, complete, delete, update */
	const struct expression *expression; /* NULL: in Java or a script, not run here */
	const char *source;                  /* as it is written, for reports */
};

/* What a user task takes from its element; each NULL when it is not there. */
struct task_definition {
	const struct expression *name, *description, *assignee, *due_date, *follow_up_date,
		*priority;
	size_t candidate_user_count, candidate_group_count;
	const struct expression **candidate_users, **candidate_groups;
	const struct expression *form_key;
	const char *form_ref, *form_ref_binding;
	const struct expression *form_ref_version;
	size_t listener_count;
	const struct listener *listeners; /* of the task */
};

/* The form of a start event; each NULL when it is not there. */
struct form_definition {
	const char *key, *ref, *ref_binding, *ref_version;
	bool generated; /* it has form fields, which a client may have shown */
};

/* camunda:errorEventDefinition of an external task. */
struct error_mapping {
	const char *error_code, *error_message;
	const struct expression *condition;
};

struct property {
	const char *name, *value;
};

/* What a task that something else works on takes from its element. */
struct service_definition {
	const struct expression *topic, *priority; /* NODE_EXTERNAL_TASK */
	const struct expression *expression;       /* NODE_EXPRESSION_TASK */
	const char *result_variable;
	size_t error_count, property_count;
	const struct error_mapping *errors;
	const struct property *properties; /* camunda:properties, for workers */
};

/* Of NODE_BOUNDARY_ERROR. */
struct error_catch {
	const char *error_code; /* NULL = any */
	const char *code_variable, *message_variable;
};

struct node {
	const char *id, *name;     /* name may be NULL */
	const char *activity_type; /* "userTask", "noneEndEvent" … */
	enum node_type type;
	unsigned flags;  /* enum node_flag */
	int parent;      /* the scope that contains it; NODE_NONE of the process */
	int attached_to; /* of boundary events; else NODE_NONE */
	int initial;     /* the start event of a scope, or NODE_NONE */
	size_t outgoing_count, incoming_count, boundary_count;
	const int *outgoing, *incoming; /* flows, in order of the document */
	const int *boundaries;          /* nodes attached to this one, in order of the document */
	int default_flow;               /* or FLOW_NONE */
	size_t listener_count, input_count, output_count;
	const struct listener *listeners; /* of executions */
	const struct parameter *inputs, *outputs;
	const struct expression *job_priority;    /* NULL: the process's */
	const struct expression *retry_cycle;     /* failedJobRetryTimeCycle, or NULL */
	const char *initiator;                    /* variable of a start event, or NULL */
	const struct task_definition *task;       /* NODE_USER_TASK */
	const struct service_definition *service; /* NODE_EXTERNAL_TASK, NODE_EXPRESSION_TASK */
	const struct error_catch *error;          /* NODE_BOUNDARY_ERROR */
	const struct form_definition *form;       /* NODE_START_EVENT of a process, or NULL */
	int line;                                 /* of its element */
};

struct flow {
	const char *id, *name;
	int source, target; /* nodes; a link's throw event is left out: see target */
	const struct expression *condition; /* or NULL */
	size_t listener_count;
	const struct listener *listeners;
};

struct model {
	const char *key, *name, *description, *category, *version_tag;
	int64_t time_to_live; /* days; INT64_MIN = not given */
	bool startable_in_tasklist;
	const struct expression *job_priority; /* of the process, or NULL */
	size_t candidate_user_count, candidate_group_count;
	const char **candidate_starter_users, **candidate_starter_groups;
	size_t node_count, flow_count;
	const struct node *nodes;
	const struct flow *flows;
	struct cached_model *cached; /* who keeps it; NULL = nobody */
};

/* Index of the node or flow with that id; NODE_NONE or FLOW_NONE when there is none. */
int model_node(const struct model *model, const char *id);
int model_flow(const struct model *model, const char *id);

#endif
