/* `execution` and `task` as expressions see them (runtime.md 3.1). */
#include "core/runtime/evaluate.h"
#include "core/runtime/execution.h"
#include "core/runtime/task.h"

#include <string.h>

static struct scope *scope_of(const struct expression_call *call)
{
	return call->self.as.object->self;
}

/* Without its task: where an execution's own variables are. */
static struct scope execution_scope_of(const struct expression_call *call)
{
	struct scope scope = *scope_of(call);

	scope.task = NULL;
	return scope;
}

#define TEXT_GETTER(name, value)                                                                   \
	static int name(struct expression_call *call, struct expression_value *ret)                \
	{                                                                                          \
		const struct scope *scope = scope_of(call);                                        \
                                                                                                   \
		*ret = expression_string(value);                                                   \
		return 0;                                                                          \
	}

static const char *node_name(const struct scope *scope)
{
	int node = scope->execution->node;

	return node == NODE_NONE ? NULL : scope->instance->model->nodes[node].name;
}

TEXT_GETTER(get_id, scope->execution->id)
TEXT_GETTER(get_instance_id, scope->instance->row->id)
TEXT_GETTER(get_business_key, scope->instance->row->business_key)
TEXT_GETTER(get_definition_id, scope->instance->row->definition_id)
TEXT_GETTER(get_activity_id, scope->execution->activity_id)
TEXT_GETTER(get_activity_name, node_name(scope))
TEXT_GETTER(get_transition_id, scope->execution->transition_id)
TEXT_GETTER(get_activity_instance_id, scope->execution->activity_instance_id)
TEXT_GETTER(get_parent_activity_instance_id,
	    execution_parent_activity(scope->instance, scope->execution))
TEXT_GETTER(get_parent_id, scope->execution->parent_id)
TEXT_GETTER(get_tenant_id, scope->instance->row->tenant_id)
TEXT_GETTER(get_event_name, scope->event)

static int get(struct scope *scope, struct expression_call *call, bool local,
	       struct expression_value *ret)
{
	const char *name = call->arguments[0].as.text;
	const struct variable *variable =
		local ? variable_find_local(scope, name) : variable_find(scope, name);

	return variable ? variable_to_expression(call->arena, variable, ret) : 0;
}

static int set(struct scope *scope, struct expression_call *call, bool local)
{
	const char *name = call->arguments[0].as.text;
	struct typed_value typed;

	TRY(typed_of_expression(call->arena, &call->arguments[1], name, &typed, call->error));
	if (local)
		variable_set_local(scope, name, &typed);
	else
		variable_set(scope, name, &typed);
	return 0;
}

static int get_variable(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	return get(&scope, call, false, ret);
}

static int get_variable_local(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	return get(&scope, call, true, ret);
}

static int set_variable(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	(void)ret;
	return set(&scope, call, false);
}

static int set_variable_local(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	(void)ret;
	return set(&scope, call, true);
}

static int remove_variable(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	(void)ret;
	variable_remove(&scope, call->arguments[0].as.text);
	return 0;
}

static int remove_variable_local(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	(void)ret;
	variable_remove_local(&scope, call->arguments[0].as.text);
	return 0;
}

static int has_variable(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	*ret = expression_boolean(variable_find(&scope, call->arguments[0].as.text) != NULL);
	return 0;
}

static int has_variable_local(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	*ret = expression_boolean(variable_find_local(&scope, call->arguments[0].as.text) != NULL);
	return 0;
}

/* Every variable that the scope sees, as a map. */
static int all(struct scope *scope, struct expression_call *call, bool local,
	       struct expression_value *ret)
{
	struct expression_entry *entries;
	struct list variables;
	size_t i;

	variables_visible(scope, call->arena, local, &variables);
	*ret = expression_map_new(call->arena, NULL, variables.count, &entries);
	for (i = 0; i < variables.count; i++) {
		const struct variable *variable = variables.items[i];

		entries[i].key = variable->name;
		TRY(variable_to_expression(call->arena, variable, &entries[i].value));
	}
	return 0;
}

static int get_variables(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	return all(&scope, call, false, ret);
}

static int get_variables_local(struct expression_call *call, struct expression_value *ret)
{
	struct scope scope = execution_scope_of(call);

	return all(&scope, call, true, ret);
}

static const struct expression_method execution_methods[] = {
	{"getId",		       "",   get_id                         },
	{"getProcessInstanceId",        "",   get_instance_id                },
	{"getProcessBusinessKey",       "",   get_business_key               },
	{"getBusinessKey",              "",   get_business_key               },
	{"getProcessDefinitionId",      "",   get_definition_id              },
	{"getCurrentActivityId",        "",   get_activity_id                },
	{"getCurrentActivityName",      "",   get_activity_name              },
	{"getActivityId",               "",   get_activity_id                },
	{"getCurrentTransitionId",      "",   get_transition_id              },
	{"getActivityInstanceId",       "",   get_activity_instance_id       },
	{"getParentActivityInstanceId", "",   get_parent_activity_instance_id},
	{"getParentId",                 "",   get_parent_id                  },
	{"getTenantId",                 "",   get_tenant_id                  },
	{"getEventName",                "",   get_event_name                 },
	{"getVariable",                 "s",  get_variable                   },
	{"getVariableLocal",            "s",  get_variable_local             },
	{"getVariables",                "",   get_variables                  },
	{"getVariablesLocal",           "",   get_variables_local            },
	{"setVariable",                 "so", set_variable                   },
	{"setVariableLocal",            "so", set_variable_local             },
	{"removeVariable",              "s",  remove_variable                },
	{"removeVariableLocal",         "s",  remove_variable_local          },
	{"hasVariable",                 "s",  has_variable                   },
	{"hasVariableLocal",            "s",  has_variable_local             },
};
const struct expression_class execution_class = EXPRESSION_CLASS(
	"org.camunda.bpm.engine.impl.persistence.entity.ExecutionEntity", execution_methods, NULL);

TEXT_GETTER(get_task_id, scope->task->id)
TEXT_GETTER(get_name, scope->task->name)
TEXT_GETTER(get_description, scope->task->description)
TEXT_GETTER(get_assignee, scope->task->assignee)
TEXT_GETTER(get_owner, scope->task->owner)
TEXT_GETTER(get_execution_id, scope->task->execution_id)
TEXT_GETTER(get_definition_key, scope->task->task_definition_key)
TEXT_GETTER(get_case_instance_id, scope->task->case_instance_id)
TEXT_GETTER(get_parent_task_id, scope->task->parent_task_id)
TEXT_GETTER(get_delegation_state, scope->task->delegation_state)

static int get_priority(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(scope_of(call)->task->priority);
	return 0;
}

static int get_due_date(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date(scope_of(call)->task->due);
	return 0;
}

static int get_follow_up_date(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date(scope_of(call)->task->follow_up);
	return 0;
}

static int get_create_time(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date(scope_of(call)->task->created);
	return 0;
}

static int get_execution(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_object(call->arena, &execution_class, scope_of(call));
	return 0;
}

/* A text argument that may be null. */
static const char *text_or_null(const struct expression_value *value)
{
	return value->type == EXPRESSION_STRING ? value->as.text : NULL;
}

#define TEXT_SETTER(function, member)                                                              \
	static int function(struct expression_call *call, struct expression_value *ret)            \
	{                                                                                          \
		(void)ret;                                                                         \
		scope_of(call)->task->member = text_or_null(&call->arguments[0]);                  \
		scope_of(call)->instance->changed = true;                                          \
		return 0;                                                                          \
	}

TEXT_SETTER(set_name, name)
TEXT_SETTER(set_description, description)

static int set_assignee(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	task_set_assignee(scope_of(call)->instance, scope_of(call)->task,
			  text_or_null(&call->arguments[0]));
	return 0;
}

static int set_owner(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	task_set_owner(scope_of(call)->instance, scope_of(call)->task,
		       text_or_null(&call->arguments[0]));
	return 0;
}

static int set_priority(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	scope_of(call)->task->priority = call->arguments[0].as.number;
	return 0;
}

static int set_date(struct expression_call *call, int64_t *date)
{
	*date = call->arguments[0].type == EXPRESSION_NULL ? TIME_NULL
							   : call->arguments[0].as.number;
	return 0;
}

static int set_due_date(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	return set_date(call, &scope_of(call)->task->due);
}

static int set_follow_up_date(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	return set_date(call, &scope_of(call)->task->follow_up);
}

/* Functions that add or remove an identity link of the task: TYPE, USER and GROUP say which. */
#define LINK_METHOD(function, change, type, user, group)                                           \
	static int function(struct expression_call *call, struct expression_value *ret)            \
	{                                                                                          \
		const struct expression_value *arguments = call->arguments;                        \
		struct scope *scope = scope_of(call);                                              \
                                                                                                   \
		(void)ret;                                                                         \
		change(scope->instance, scope->task, type, user, group);                           \
		return 0;                                                                          \
	}

LINK_METHOD(add_candidate_user, task_add_identity_link, "candidate", arguments[0].as.text, NULL)
LINK_METHOD(add_candidate_group, task_add_identity_link, "candidate", NULL, arguments[0].as.text)
LINK_METHOD(delete_candidate_user, task_delete_identity_link, "candidate", arguments[0].as.text,
	    NULL)
LINK_METHOD(delete_candidate_group, task_delete_identity_link, "candidate", NULL,
	    arguments[0].as.text)
LINK_METHOD(add_user_link, task_add_identity_link, arguments[1].as.text, arguments[0].as.text, NULL)
LINK_METHOD(add_group_link, task_add_identity_link, arguments[1].as.text, NULL,
	    arguments[0].as.text)
LINK_METHOD(delete_user_link, task_delete_identity_link, arguments[1].as.text, arguments[0].as.text,
	    NULL)
LINK_METHOD(delete_group_link, task_delete_identity_link, arguments[1].as.text, NULL,
	    arguments[0].as.text)

static int get_task_variable(struct expression_call *call, struct expression_value *ret)
{
	return get(scope_of(call), call, false, ret);
}

static int get_task_variable_local(struct expression_call *call, struct expression_value *ret)
{
	return get(scope_of(call), call, true, ret);
}

static int set_task_variable(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	return set(scope_of(call), call, false);
}

static int set_task_variable_local(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	return set(scope_of(call), call, true);
}

static int has_task_variable(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(variable_find(scope_of(call), call->arguments[0].as.text) !=
				  NULL);
	return 0;
}

static int has_task_variable_local(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(variable_find_local(scope_of(call), call->arguments[0].as.text) !=
				  NULL);
	return 0;
}

static int remove_task_variable(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	variable_remove(scope_of(call), call->arguments[0].as.text);
	return 0;
}

static int remove_task_variable_local(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	variable_remove_local(scope_of(call), call->arguments[0].as.text);
	return 0;
}

static int get_task_variables(struct expression_call *call, struct expression_value *ret)
{
	return all(scope_of(call), call, false, ret);
}

static int get_task_variables_local(struct expression_call *call, struct expression_value *ret)
{
	return all(scope_of(call), call, true, ret);
}

static const struct expression_method task_methods[] = {
	{"getId",		   "",   get_task_id               },
	{"getName",                 "",   get_name                  },
	{"getDescription",          "",   get_description           },
	{"getAssignee",             "",   get_assignee              },
	{"getOwner",                "",   get_owner                 },
	{"getPriority",             "",   get_priority              },
	{"getDueDate",              "",   get_due_date              },
	{"getFollowUpDate",         "",   get_follow_up_date        },
	{"getCreateTime",           "",   get_create_time           },
	{"getExecution",            "",   get_execution             },
	{"getExecutionId",          "",   get_execution_id          },
	{"getProcessInstanceId",    "",   get_instance_id           },
	{"getProcessDefinitionId",  "",   get_definition_id         },
	{"getTaskDefinitionKey",    "",   get_definition_key        },
	{"getTenantId",             "",   get_tenant_id             },
	{"getEventName",            "",   get_event_name            },
	{"setName",                 "o",  set_name                  },
	{"setDescription",          "o",  set_description           },
	{"setAssignee",             "o",  set_assignee              },
	{"setOwner",                "o",  set_owner                 },
	{"setPriority",             "i",  set_priority              },
	{"setDueDate",              "t",  set_due_date              },
	{"setFollowUpDate",         "t",  set_follow_up_date        },
	{"addCandidateUser",        "s",  add_candidate_user        },
	{"addCandidateGroup",       "s",  add_candidate_group       },
	{"getVariable",             "s",  get_task_variable         },
	{"getVariableLocal",        "s",  get_task_variable_local   },
	{"setVariable",             "so", set_task_variable         },
	{"setVariableLocal",        "so", set_task_variable_local   },
	{"hasVariable",             "s",  has_task_variable         },
	{"hasVariableLocal",        "s",  has_task_variable_local   },
	{"removeVariable",          "s",  remove_task_variable      },
	{"removeVariableLocal",     "s",  remove_task_variable_local},
	{"getVariables",            "",   get_task_variables        },
	{"getVariablesLocal",       "",   get_task_variables_local  },
	{"deleteCandidateUser",     "s",  delete_candidate_user     },
	{"deleteCandidateGroup",    "s",  delete_candidate_group    },
	{"addUserIdentityLink",     "ss", add_user_link             },
	{"addGroupIdentityLink",    "ss", add_group_link            },
	{"deleteUserIdentityLink",  "ss", delete_user_link          },
	{"deleteGroupIdentityLink", "ss", delete_group_link         },
	{"getCaseInstanceId",       "",   get_case_instance_id      },
	{"getParentTaskId",         "",   get_parent_task_id        },
	{"getDelegationState",      "",   get_delegation_state      },
};
const struct expression_class task_class = EXPRESSION_CLASS(
	"org.camunda.bpm.engine.impl.persistence.entity.TaskEntity", task_methods, NULL);
