/* /event-subscription: nothing that runs here waits for an event yet. */
#include "core/api/handler.h"
#include "core/query/query.h"

enum subscription_field {
	SUBSCRIPTION_ID,
	SUBSCRIPTION_EVENT_TYPE,
	SUBSCRIPTION_EVENT_NAME,
	SUBSCRIPTION_EXECUTION_ID,
	SUBSCRIPTION_INSTANCE_ID,
	SUBSCRIPTION_ACTIVITY_ID,
	SUBSCRIPTION_CREATED,
	SUBSCRIPTION_TENANT_ID,
};

static const struct field fields[] = {
	{"id",		1, FIELD_STRING, 0, NULL},
	{"eventType",         2, FIELD_STRING, 0, NULL},
	{"eventName",         3, FIELD_STRING, 0, NULL},
	{"executionId",       4, FIELD_STRING, 0, NULL},
	{"processInstanceId", 5, FIELD_STRING, 0, NULL},
	{"activityId",        6, FIELD_STRING, 0, NULL},
	{"createdDate",       7, FIELD_TIME,   0, NULL},
	{"tenantId",          8, FIELD_STRING, 0, NULL},
};
static const struct kind kind = KIND("eventSubscriptions", 68, fields);

#define ROW(name, type, op, field)                                                                 \
	{                                                                                          \
		name, PARAM_##type, op, SUBSCRIPTION_##field, NULL, 0, NULL                        \
	}
static const struct filter filters[] = {
	ROW("eventSubscriptionId", STRING, OP_EQ, ID),
	ROW("eventName", STRING, OP_EQ, EVENT_NAME),
	ROW("eventType", STRING, OP_EQ, EVENT_TYPE),
	ROW("executionId", STRING, OP_EQ, EXECUTION_ID),
	ROW("processInstanceId", STRING, OP_EQ, INSTANCE_ID),
	ROW("activityId", STRING, OP_EQ, ACTIVITY_ID),
	{"tenantIdIn", PARAM_LIST, OP_IN, SUBSCRIPTION_TENANT_ID, "tenantIds", 0, NULL},
	ROW("withoutTenantId", BOOL, OP_ABSENT, TENANT_ID),
	ROW("includeEventSubscriptionsWithoutTenantId", BOOL, OP_NONE, TENANT_ID),
};

static const struct sort_key sorts[] = {
	{"created",  SUBSCRIPTION_CREATED  },
	{"tenantId", SUBSCRIPTION_TENANT_ID},
};

static const struct resource resource = {
	.kind = &kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.sorts = sorts,
	.sort_count = ARRAY_SIZE(sorts),
};

static int offer_nothing(struct request *request, struct arena *arena, struct listing *listing)
{
	(void)request;
	(void)arena;
	(void)listing;
	return 0;
}

static const struct list_source source = {&resource, NULL, offer_nothing, NULL};

int event_subscription_list(struct request *request)
{
	return list_answer_params(request, &source, false);
}

int event_subscription_count(struct request *request)
{
	return list_answer_params(request, &source, true);
}
