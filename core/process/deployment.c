#include "core/process/deployment.h"

#include <stdlib.h>
#include <string.h>

#include "core/process/definition.h"
#include "core/record/codec.h"
#include "core/schema.h"
#include "storage/base64.h"

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

int deployment_get(struct txn *txn, const char *id, union slot **ret)
{
	return definition_get(txn, &deployment_kind, id, ret);
}

/* What lists show of a deployment: all but its resources. */
static union slot *copy_head(struct arena *arena, const union slot *row)
{
	union slot *copy = row_new(arena, &deployment_kind);

	copy[DEPLOYMENT_ID].s = arena_strdup(arena, row[DEPLOYMENT_ID].s);
	copy[DEPLOYMENT_NAME].s = arena_strdup(arena, row[DEPLOYMENT_NAME].s);
	copy[DEPLOYMENT_TIME] = row[DEPLOYMENT_TIME];
	copy[DEPLOYMENT_SOURCE].s = arena_strdup(arena, row[DEPLOYMENT_SOURCE].s);
	copy[DEPLOYMENT_TENANT_ID].s = arena_strdup(arena, row[DEPLOYMENT_TENANT_ID].s);
	return copy;
}

static void add_row(struct arena *arena, struct deployments *deployments, size_t *room,
		    union slot *row)
{
	if (deployments->count == *room) {
		union slot **grown = arena_array(arena, *room * 2 + 64, sizeof(*grown));

		if (deployments->count)
			memcpy(grown, deployments->rows, deployments->count * sizeof(*grown));
		deployments->rows = grown;
		*room = *room * 2 + 64;
	}
	deployments->rows[deployments->count++] = row;
}

int deployments_read(struct txn *txn, struct arena *arena, struct deployments *ret)
{
	struct bytes key, value;
	struct arena records;
	struct scan scan;
	size_t room = 0;
	union slot *row;
	int code;

	memset(ret, 0, sizeof(*ret));
	arena_init(&records);
	definition_scan(&scan, txn, &deployment_kind);
	while (!(code = scan_next(&scan, &key, &value))) {
		code = row_decode(&records, value.data, value.size, &deployment_kind, &row);
		if (code)
			break;
		add_row(arena, ret, &room, copy_head(arena, row));
		arena_clear(&records);
	}
	arena_clear(&records);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int compare_id(const void *id, const void *row)
{
	return strcmp(id, (*(union slot *const *)row)[DEPLOYMENT_ID].s);
}

int64_t deployment_time(const struct deployments *deployments, const char *id)
{
	union slot **row = NULL;

	if (id && deployments->count)
		row = bsearch(id, deployments->rows, deployments->count, sizeof(*row), compare_id);
	return row ? (*row)[DEPLOYMENT_TIME].i : TIME_NULL;
}

const union slot *resource_find(const union slot *deployment, enum resource_field field,
				const char *text)
{
	const struct rows *resources = deployment[DEPLOYMENT_RESOURCES].r;
	size_t i;

	for (i = 0; text && resources && i < resources->count; i++)
		if (resources->row[i][field].s && !strcmp(resources->row[i][field].s, text))
			return resources->row[i];
	return NULL;
}

/* The bytes of RESOURCE, with a NUL behind them. */
static int decode(struct arena *arena, const union slot *resource, struct bytes *ret)
{
	const char *data = resource[RESOURCE_DATA].s ? resource[RESOURCE_DATA].s : "";
	uint8_t *bytes = arena_alloc(arena, strlen(data) / 4 * 3 + 4);

	if (!base64_decode(data, bytes, &ret->size))
		return ERR_CORRUPT;
	bytes[ret->size] = '\0';
	ret->data = bytes;
	return 0;
}

bool deployment_is_readable(struct arena *arena, const union slot *deployment)
{
	const struct rows *resources = deployment[DEPLOYMENT_RESOURCES].r;
	struct bytes bytes;
	size_t i;

	for (i = 0; resources && i < resources->count; i++)
		if (decode(arena, resources->row[i], &bytes))
			return false;
	return true;
}

/* Where the bytes of a deployment's resources lie: its id, a separator, be16 of the resource. */
static struct bytes data_key(struct arena *arena, const char *id, size_t index)
{
	size_t length = strlen(id);
	uint8_t *key = arena_alloc(arena, length + 4);

	key[0] = resource_kind.tag;
	memcpy(key + 1, id, length);
	be16_write(key + length + 2, (uint16_t)index);
	return (struct bytes){key, length + 4};
}

static int put_resources(struct txn *txn, const union slot *row, const struct bytes *bytes)
{
	const struct rows *resources = row[DEPLOYMENT_RESOURCES].r;
	size_t i;

	for (i = 0; resources && i < resources->count; i++) {
		struct bytes key = data_key(txn->arena, row[DEPLOYMENT_ID].s, i), data;

		if (bytes)
			data = bytes[i];
		else
			TRY(decode(txn->arena, resources->row[i], &data));
		resources->row[i][RESOURCE_DATA].s = NULL;
		TRY(txn_put(txn, TABLE_DEPLOYMENT, key.data, key.size, data.data, data.size));
	}
	return 0;
}

static int delete_resources(struct txn *txn, const char *id)
{
	struct bytes from = data_key(txn->arena, id, 0), to = data_key(txn->arena, id, 0xffff);

	return txn_delete_range(txn, TABLE_DEPLOYMENT, from, to);
}

int deployment_put(struct txn *txn, union slot *row, const struct bytes *bytes)
{
	const struct rows *resources = row[DEPLOYMENT_RESOURCES].r;

	if (resources && resources->count >= RESOURCES_MAX)
		return ERR_INPUT;
	TRY(delete_resources(txn, row[DEPLOYMENT_ID].s));
	TRY(put_resources(txn, row, bytes));
	return definition_put(txn, &deployment_kind, row);
}

int deployment_delete(struct txn *txn, const char *id)
{
	TRY(definition_delete(txn, &deployment_kind, id));
	return delete_resources(txn, id);
}

static int read_data(struct txn *txn, const union slot *deployment, size_t index, struct bytes *ret)
{
	const union slot *resource = deployment[DEPLOYMENT_RESOURCES].r->row[index];
	struct bytes key = data_key(txn->arena, deployment[DEPLOYMENT_ID].s, index), value;

	if (resource[RESOURCE_DATA].s) /* as earlier versions stored it */
		return decode(txn->arena, resource, ret);
	TRY(txn_get(txn, TABLE_DEPLOYMENT, key.data, key.size, &value));
	ret->data =
		(const uint8_t *)arena_strndup(txn->arena, (const char *)value.data, value.size);
	ret->size = value.size;
	return 0;
}

int resource_read(struct txn *txn, const union slot *deployment, enum resource_field field,
		  const char *text, struct bytes *ret)
{
	const union slot *resource = resource_find(deployment, field, text);
	const struct rows *resources = deployment[DEPLOYMENT_RESOURCES].r;
	size_t i = 0;

	if (!resource)
		return ERR_NOT_FOUND;
	while (resources->row[i] != resource)
		i++;
	return read_data(txn, deployment, i, ret);
}

int deployment_fill(struct txn *txn, union slot *deployment)
{
	const struct rows *resources = deployment[DEPLOYMENT_RESOURCES].r;
	struct bytes data;
	size_t i;

	for (i = 0; resources && i < resources->count; i++) {
		TRY(read_data(txn, deployment, i, &data));
		resources->row[i][RESOURCE_DATA].s =
			base64_encode(txn->arena, data.data, data.size);
	}
	return 0;
}
