#include "core/process/latest_definition.h"

#include <string.h>

#include "core/record/kind.h"
#include "core/schema.h"

/* The first byte of their keys in the table of definitions, beside the tags of kinds. */
enum { KIND_LATEST = 26 };

/* In table `state`, once they are there. */
#define STATE_KEY "latest-definitions"

/* Kind, whether there is a tenant, tenant, a zero byte, key. */
static struct bytes key_of(struct arena *arena, const struct kind *kind, const char *key,
			   const char *tenant)
{
	struct buffer buffer;
	struct bytes bytes;

	buffer_init(&buffer);
	buffer_put_u8(&buffer, KIND_LATEST);
	buffer_put_u8(&buffer, kind->tag);
	buffer_put_u8(&buffer, tenant != NULL);
	buffer_put(&buffer, tenant ? tenant : "", tenant ? strlen(tenant) + 1 : 1);
	buffer_put_text(&buffer, key);
	bytes = (struct bytes){arena_copy(arena, buffer.data, buffer.length), buffer.length};
	buffer_clear(&buffer);
	return bytes;
}

static int put(struct txn *txn, const struct kind *kind, const union slot *row)
{
	struct bytes key =
		key_of(txn->arena, kind, row[DEFINITION_KEY].s, row[DEFINITION_TENANT_ID].s);
	const char *id = row[DEFINITION_ID].s;

	return txn_put(txn, TABLE_DEFINITION, key.data, key.size, id, strlen(id));
}

int latest_definition_find(struct txn *txn, const struct kind *kind, const char *key,
			   const char *tenant, const char **ret)
{
	struct bytes record = key_of(txn->arena, kind, key, tenant), value;

	TRY(txn_get(txn, TABLE_DEFINITION, record.data, record.size, &value));
	*ret = arena_strndup(txn->arena, (const char *)value.data, value.size);
	return 0;
}

static bool same_family(const union slot *a, const union slot *b)
{
	return text_same(a[DEFINITION_KEY].s, b[DEFINITION_KEY].s) &&
	       text_same(a[DEFINITION_TENANT_ID].s, b[DEFINITION_TENANT_ID].s);
}

/* Looks at all of them: after a deletion, or when a version became lower. */
static int find_again(struct txn *txn, const struct kind *kind, const union slot *family)
{
	struct bytes key =
		key_of(txn->arena, kind, family[DEFINITION_KEY].s, family[DEFINITION_TENANT_ID].s);
	struct definitions definitions;
	size_t i;
	int code;

	TRY(definitions_read(txn, kind, &definitions));
	for (i = 0; i < definitions.count; i++)
		if (definitions.rows[i][DEFINITION_LATEST].i == 1 &&
		    same_family(definitions.rows[i], family))
			return put(txn, kind, definitions.rows[i]);
	code = txn_delete(txn, TABLE_DEFINITION, key.data, key.size);
	return code == ERR_NOT_FOUND ? 0 : code;
}

/* The row that is the latest so far; *RET is NULL when there is none. */
static int current(struct txn *txn, const struct kind *kind, const union slot *family,
		   union slot **ret)
{
	const char *id;
	int code = latest_definition_find(txn, kind, family[DEFINITION_KEY].s,
					  family[DEFINITION_TENANT_ID].s, &id);

	*ret = NULL;
	if (!code)
		code = definition_get(txn, kind, id, ret);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int latest_definition_note(struct txn *txn, const struct kind *kind, const union slot *old,
			   const union slot *row)
{
	union slot *latest;
	bool itself;

	if (old && old[DEFINITION_KEY].s && !same_family(old, row))
		TRY(find_again(txn, kind, old));
	TRY(current(txn, kind, row, &latest));
	itself = latest && !strcmp(latest[DEFINITION_ID].s, row[DEFINITION_ID].s);
	if (itself && old && old[DEFINITION_VERSION].i > row[DEFINITION_VERSION].i)
		return find_again(txn, kind, row);
	if (itself || (latest && latest[DEFINITION_VERSION].i > row[DEFINITION_VERSION].i))
		return 0;
	return put(txn, kind, row);
}

int latest_definition_forget(struct txn *txn, const struct kind *kind, const union slot *row)
{
	const char *id;
	int code = latest_definition_find(txn, kind, row[DEFINITION_KEY].s,
					  row[DEFINITION_TENANT_ID].s, &id);

	if (code || strcmp(id, row[DEFINITION_ID].s) != 0)
		return code == ERR_NOT_FOUND ? 0 : code;
	return find_again(txn, kind, row);
}

static int open_kind(struct txn *txn, const struct kind *kind)
{
	struct definitions definitions;
	size_t i;

	TRY(definitions_read(txn, kind, &definitions));
	for (i = 0; i < definitions.count; i++)
		if (definitions.rows[i][DEFINITION_LATEST].i == 1)
			TRY(put(txn, kind, definitions.rows[i]));
	return 0;
}

static int open_body(struct txn *txn, void *arg)
{
	uint8_t there[8] = {0};

	(void)arg;
	TRY(open_kind(txn, &process_definition_kind));
	TRY(open_kind(txn, &decision_definition_kind));
	TRY(open_kind(txn, &requirements_definition_kind));
	return txn_put(txn, TABLE_STATE, STATE_KEY, strlen(STATE_KEY), there, sizeof(there));
}

int latest_definitions_open(struct store *store, struct arena *arena)
{
	struct txn reader = txn_reader(store, arena);
	struct bytes value;
	int code = txn_get(&reader, TABLE_STATE, STATE_KEY, strlen(STATE_KEY), &value);

	return code == ERR_NOT_FOUND ? txn_run(store, arena, TXN_LAZY, open_body, NULL) : code;
}
