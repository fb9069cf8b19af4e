#include "core/process/definition.h"

#include <stdlib.h>
#include <string.h>

#include "core/process/deployment.h"
#include "core/process/latest_definition.h"
#include "core/record/codec.h"
#include "core/schema.h"

#define COMMON_FIELDS                                                                              \
	{"id", 1, FIELD_STRING, 0, NULL}, {"key", 2, FIELD_STRING, 0, NULL},                       \
		{"category", 3, FIELD_STRING, 0, NULL}, {"name", 4, FIELD_STRING, 0, NULL},        \
		{"version", 5, FIELD_INT, 0, NULL}, {"resource", 6, FIELD_STRING, 0, NULL},        \
		{"deploymentId", 7, FIELD_STRING, 0, NULL},                                        \
		{"tenantId", 8, FIELD_STRING, 0, NULL},                                            \
		{"deployTime", 0, FIELD_TIME, FIELD_DERIVED | FIELD_HIDDEN, NULL},                 \
	{                                                                                          \
		"latest", 0, FIELD_BOOL, FIELD_DERIVED | FIELD_HIDDEN, NULL                        \
	}

static const struct field process_definition_fields[] = {
	COMMON_FIELDS,
	{"historyTimeToLive",     9,  FIELD_INT,    0,            NULL},
	{"description",           10, FIELD_STRING, 0,            NULL},
	{"diagram",               11, FIELD_STRING, 0,            NULL},
	{"suspended",             12, FIELD_BOOL,   0,            NULL},
	{"versionTag",            13, FIELD_STRING, 0,            NULL},
	{"startableInTasklist",   14, FIELD_BOOL,   0,            NULL},
	{"candidateStarterUsers", 15, FIELD_STRING, FIELD_SECRET, NULL},
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

/* Imported rows may lack what every definition of an engine has. */
static bool is_whole(const union slot *row)
{
	return row[DEFINITION_ID].s && row[DEFINITION_KEY].s;
}

static int put_row(struct txn *txn, const struct kind *kind, const union slot *row)
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

int definition_put(struct txn *txn, const struct kind *kind, const union slot *row)
{
	union slot *old = NULL;
	int code;

	if (kind == &deployment_kind || !is_whole(row))
		return put_row(txn, kind, row);
	code = definition_get(txn, kind, row[DEFINITION_ID].s, &old);
	if (code && code != ERR_NOT_FOUND)
		return code;
	TRY(put_row(txn, kind, row));
	return latest_definition_note(txn, kind, code ? NULL : old, row);
}

int definition_delete(struct txn *txn, const struct kind *kind, const char *id)
{
	struct bytes key = key_of(txn, kind, id);
	union slot *row;

	TRY(definition_get(txn, kind, id, &row));
	TRY(txn_delete(txn, table_of(kind), key.data, key.size));
	return kind == &deployment_kind || !is_whole(row)
		       ? 0
		       : latest_definition_forget(txn, kind, row);
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

static void add_row(struct arena *arena, struct definitions *definitions, size_t *room,
		    union slot *row)
{
	if (definitions->count == *room) {
		union slot **grown = arena_array(arena, *room * 2 + 64, sizeof(*grown));

		if (definitions->count)
			memcpy(grown, definitions->rows, definitions->count * sizeof(*grown));
		definitions->rows = grown;
		*room = *room * 2 + 64;
	}
	definitions->rows[definitions->count++] = row;
}

/* By key and tenant, no tenant first, the latest version first. */
static int compare_families(const void *left, const void *right)
{
	const union slot *a = *(union slot *const *)left, *b = *(union slot *const *)right;
	const char *tenant_a = a[DEFINITION_TENANT_ID].s, *tenant_b = b[DEFINITION_TENANT_ID].s;
	int order = strcmp(a[DEFINITION_KEY].s, b[DEFINITION_KEY].s);

	if (!order)
		order = tenant_a && tenant_b ? strcmp(tenant_a, tenant_b) : !tenant_b - !tenant_a;
	if (!order)
		order = (a[DEFINITION_VERSION].i < b[DEFINITION_VERSION].i) -
			(a[DEFINITION_VERSION].i > b[DEFINITION_VERSION].i);
	return order;
}

static bool same_family(const union slot *a, const union slot *b)
{
	const char *tenant_a = a[DEFINITION_TENANT_ID].s, *tenant_b = b[DEFINITION_TENANT_ID].s;

	return !strcmp(a[DEFINITION_KEY].s, b[DEFINITION_KEY].s) &&
	       (tenant_a && tenant_b ? !strcmp(tenant_a, tenant_b) : tenant_a == tenant_b);
}

static void mark_latest(struct arena *arena, const struct definitions *definitions)
{
	size_t i, count = definitions->count;
	union slot **sorted;

	if (!count)
		return;
	sorted = arena_copy(arena, definitions->rows, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_families);
	for (i = 0; i < count; i++)
		sorted[i][DEFINITION_LATEST].i = !i || !same_family(sorted[i - 1], sorted[i]);
}

int definitions_read(struct txn *txn, const struct kind *kind, struct definitions *ret)
{
	struct bytes key, value;
	struct scan scan;
	size_t room = 0;
	union slot *row;
	int code;

	memset(ret, 0, sizeof(*ret));
	definition_scan(&scan, txn, kind);
	while (!(code = scan_next(&scan, &key, &value))) {
		TRY(row_decode(txn->arena, value.data, value.size, kind, &row));
		if (is_whole(row))
			add_row(txn->arena, ret, &room, row);
	}
	if (code != ERR_NOT_FOUND)
		return code;
	mark_latest(txn->arena, ret);
	return 0;
}

int definitions_add_deploy_times(struct txn *txn, struct definitions *definitions)
{
	struct deployments deployments;
	size_t i;

	TRY(deployments_read(txn, txn->arena, &deployments));
	for (i = 0; i < definitions->count; i++)
		definitions->rows[i][DEFINITION_DEPLOY_TIME].i = deployment_time(
			&deployments, definitions->rows[i][DEFINITION_DEPLOYMENT_ID].s);
	return 0;
}

static int compare_id(const void *id, const void *row)
{
	const char *text = id, *other = (*(union slot *const *)row)[DEFINITION_ID].s;
	size_t length = strcspn(text, DEFINITION_ID_ENDS);
	int order = strncmp(text, other, length);

	return order ? order : -(other[length] != '\0');
}

size_t definitions_find(const struct definitions *definitions, const char *id)
{
	union slot **row = NULL;

	if (definitions->count)
		row = bsearch(id, definitions->rows, definitions->count, sizeof(*row), compare_id);
	return row ? (size_t)(row - definitions->rows) : definitions->count;
}

int definition_find_latest(struct txn *txn, const struct kind *kind, const char *key,
			   const char *tenant, union slot **ret)
{
	const char *id;

	TRY(latest_definition_find(txn, kind, key, tenant, &id));
	return definition_get(txn, kind, id, ret);
}

int definition_set_time_to_live(struct txn *txn, const struct kind *kind, const char *id,
				int64_t days, const union slot **ret)
{
	union slot *row;

	TRY(definition_get(txn, kind, id, &row));
	*ret = arena_copy(txn->arena, row, kind->count * sizeof(*row));
	row[DEFINITION_TIME_TO_LIVE].i = days;
	return definition_put(txn, kind, row);
}
