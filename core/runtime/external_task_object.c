/* `externalTask` as the conditions of its errors see it. */
#include "core/expression/value.h"
#include "core/runtime/external_task.h"

static const struct external_task *task_of(const struct expression_call *call)
{
	return call->self.as.object->self;
}

#define TEXT_GETTER(name, member)                                                                  \
	static int name(struct expression_call *call, struct expression_value *ret)                \
	{                                                                                          \
		*ret = expression_string(task_of(call)->member);                                   \
		return 0;                                                                          \
	}

TEXT_GETTER(get_id, id)
TEXT_GETTER(get_activity_id, activity_id)
TEXT_GETTER(get_activity_instance_id, activity_instance_id)
TEXT_GETTER(get_business_key, business_key)
TEXT_GETTER(get_error_message, error_message)
TEXT_GETTER(get_error_details, error_details)
TEXT_GETTER(get_execution_id, execution_id)
TEXT_GETTER(get_definition_id, process_definition_id)
TEXT_GETTER(get_definition_key, process_definition_key)
TEXT_GETTER(get_instance_id, process_instance_id)
TEXT_GETTER(get_tenant_id, tenant_id)
TEXT_GETTER(get_topic_name, topic_name)
TEXT_GETTER(get_version_tag, process_definition_version_tag)
TEXT_GETTER(get_worker_id, worker_id)

static int get_retries(struct expression_call *call, struct expression_value *ret)
{
	int64_t retries = task_of(call)->retries;

	*ret = retries == INT_NULL ? expression_null() : expression_integer(retries);
	return 0;
}

static int get_priority(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_long(task_of(call)->priority);
	return 0;
}

static int get_create_time(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date(task_of(call)->create_time);
	return 0;
}

static int get_lock_expiration_time(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date(task_of(call)->lock_expiration_time);
	return 0;
}

static int is_suspended(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(task_of(call)->suspended);
	return 0;
}

static const struct expression_method methods[] = {
	{"getId",			  "", get_id                  },
	{"getActivityId",                  "", get_activity_id         },
	{"getActivityInstanceId",          "", get_activity_instance_id},
	{"getBusinessKey",                 "", get_business_key        },
	{"getCreateTime",                  "", get_create_time         },
	{"getErrorDetails",                "", get_error_details       },
	{"getErrorMessage",                "", get_error_message       },
	{"getExecutionId",                 "", get_execution_id        },
	{"getLockExpirationTime",          "", get_lock_expiration_time},
	{"getPriority",                    "", get_priority            },
	{"getProcessDefinitionId",         "", get_definition_id       },
	{"getProcessDefinitionKey",        "", get_definition_key      },
	{"getProcessDefinitionVersionTag", "", get_version_tag         },
	{"getProcessInstanceId",           "", get_instance_id         },
	{"getRetries",                     "", get_retries             },
	{"getTenantId",                    "", get_tenant_id           },
	{"getTopicName",                   "", get_topic_name          },
	{"getWorkerId",                    "", get_worker_id           },
	{"isSuspended",                    "", is_suspended            },
};
static const struct expression_class class = EXPRESSION_CLASS(
	"org.camunda.bpm.engine.impl.persistence.entity.ExternalTaskEntity", methods, NULL);

struct expression_value external_task_object(struct arena *arena, struct external_task *task)
{
	return expression_object(arena, &class, task);
}
