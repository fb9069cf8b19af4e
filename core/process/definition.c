#include "core/process/definition.h"

#include <string.h>

#include "core/record/codec.h"
#include "core/schema.h"

static const struct field resource_fields[] = {
	{"id",   1, FIELD_STRING, 0,            NULL},
	{"name", 2, FIELD_STRING, 0,            NULL},
	{"data", 3, FIELD_STRING, FIELD_HIDDEN, NULL},
};
const struct kind resource_kind = KIND("resources", 20, resource_fields);

static const struct field deployment_fields[] = {
	{"id",             1, FIELD_STRING, 0,            NULL          },
	{"name",           2, FIELD_STRING, 0,            NULL          },
	{"deploymentTime", 3, FIELD_TIME,   0,            NULL          },
	{"source",         4, FIELD_STRING, 0,            NULL          },
	{"tenantId",       5, FIELD_STRING, 0,            NULL          },
	{"resources",      6, FIELD_ROWS,   FIELD_HIDDEN, &resource_kind},
};
const struct kind deployment_kind = KIND("deployment", 21, deployment_fields);

#define COMMON_FIELDS                                                                              \
	{"id", 1, FIELD_STRING, 0, NULL}, {"key", 2, FIELD_STRING, 0, NULL},                       \
		{"category", 3, FIELD_STRING, 0, NULL}, {"name", 4, FIELD_STRING, 0, NULL},        \
		{"version", 5, FIELD_INT, 0, NULL}, {"resource", 6, FIELD_STRING, 0, NULL},        \
		{"deploymentId", 7, FIELD_STRING, 0, NULL},                                        \
	{                                                                                          \
		"tenantId", 8, FIELD_STRING, 0, NULL                                               \
	}

static const struct field process_definition_fields[] = {
	COMMON_FIELDS,
	{"historyTimeToLive",   9,  FIELD_INT,    0, NULL},
	{"description",         10, FIELD_STRING, 0, NULL},
	{"diagram",             11, FIELD_STRING, 0, NULL},
	{"suspended",           12, FIELD_BOOL,   0, NULL},
	{"versionTag",          13, FIELD_STRING, 0, NULL},
	{"startableInTasklist", 14, FIELD_BOOL,   0, NULL},
};
const struct kind process_definition_kind =
	KIND("processDefinition", 22, process_definition_fields);

static const struct field decision_definition_fields[] = {
	COMMON_FIELDS,
	{"historyTimeToLive",                 9,  FIELD_INT,    0, NULL},
	{"decisionRequirementsDefinitionId",  10, FIELD_STRING, 0, NULL},
	{"decisionRequirementsDefinitionKey", 11, FIELD_STRING, 0, NULL},
	{"versionTag",			12, FIELD_STRING, 0, NULL},
};
const struct kind decision_definition_kind =
	KIND("decisionDefinition", 23, decision_definition_fields);

static const struct field requirements_definition_fields[] = {COMMON_FIELDS};
const struct kind requirements_definition_kind =
	KIND("decisionRequirementsDefinition", 24, requirements_definition_fields);

static unsigned table_of(const struct kind *kind)
{
	return kind == &deployment_kind ? TABLE_DEPLOYMENT : TABLE_DEFINITION;
}

/* Definitions of all kinds share a table: the kind's tag comes first. */
static struct bytes key_of(struct txn *txn, const struct kind *kind, const char *id)
{
	size_t length = strlen(id);
	uint8_t *key = arena_alloc(txn->arena, length + 1);

	key[0] = kind->tag;
	memcpy(key + 1, id, length);
	return (struct bytes){key, length + 1};
}

int definition_put(struct txn *txn, const struct kind *kind, const union slot *row)
{
	struct bytes key = key_of(txn, kind, row[DEFINITION_ID].s);
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	row_encode(&buffer, kind, row);
	code = txn_put(txn, table_of(kind), key.data, key.size, buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code;
}

int definition_get(struct txn *txn, const struct kind *kind, const char *id, union slot **ret)
{
	struct bytes key = key_of(txn, kind, id), value;

	TRY(txn_get(txn, table_of(kind), key.data, key.size, &value));
	return row_decode(txn->arena, value.data, value.size, kind, ret);
}

void definition_scan(struct scan *scan, struct txn *txn, const struct kind *kind)
{
	scan_prefix(scan, txn, table_of(kind), &kind->tag, 1);
}

int definition_deployment(struct txn *txn, const struct kind *kind, const char *id,
			  const char **ret)
{
	union slot *row;
	int code = definition_get(txn, kind, id, &row);

	*ret = code ? NULL : row[DEFINITION_DEPLOYMENT_ID].s;
	return code == ERR_NOT_FOUND ? 0 : code;
}
