#include "core/job/process_job_definition.h"

#include <string.h>

#include "core/record/codec.h"
#include "core/schema.h"

/* What a key begins with: the definitions, and their ids, which lead to them. */
enum { DEFINITIONS = 'd', IDS = 'i' };

/* Texts with a NUL behind each. */
static struct bytes make_key(struct arena *arena, char list, size_t count, const char *const *parts)
{
	struct buffer buffer;
	struct bytes key;
	size_t i;

	buffer_init(&buffer);
	buffer_put_u8(&buffer, (uint8_t)list);
	for (i = 0; i < count; i++)
		buffer_put(&buffer, parts[i], strlen(parts[i]) + 1);
	key = (struct bytes){arena_copy(arena, buffer.data, buffer.length), buffer.length};
	buffer_clear(&buffer);
	return key;
}

static struct bytes key_of(struct arena *arena, const char *process_definition_id,
			   const char *activity_id, const char *configuration)
{
	const char *const parts[] = {process_definition_id, activity_id, configuration};

	return make_key(arena, DEFINITIONS, 3, parts);
}

static struct bytes id_key_of(struct arena *arena, const char *id)
{
	return make_key(arena, IDS, 1, &id);
}

int process_job_definition_put(struct txn *txn, const struct job_definition *definition)
{
	struct bytes key = key_of(txn->arena, definition->process_definition_id,
				  definition->activity_id, definition->job_configuration);
	struct bytes id = id_key_of(txn->arena, definition->id);
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	row_encode(&buffer, &job_definition_kind, (const union slot *)definition);
	code = txn_put(txn, TABLE_JOB_DEFINITION, key.data, key.size, buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code ? code
		    : txn_put(txn, TABLE_JOB_DEFINITION, id.data, id.size, key.data, key.size);
}

static int read_row(struct arena *arena, struct bytes value, struct job_definition *ret)
{
	union slot *row;

	TRY(row_decode(arena, value.data, value.size, &job_definition_kind, &row));
	memcpy(ret, row, sizeof(*ret));
	return 0;
}

int process_job_definition_get(struct txn *txn, const char *id, struct job_definition *ret)
{
	struct bytes key = id_key_of(txn->arena, id), value;

	TRY(txn_get(txn, TABLE_JOB_DEFINITION, key.data, key.size, &key));
	TRY(txn_get(txn, TABLE_JOB_DEFINITION, key.data, key.size, &value));
	return read_row(txn->arena, value, ret);
}

int process_job_definition_find(struct txn *txn, const char *process_definition_id,
				const char *activity_id, const char *configuration,
				struct job_definition *ret)
{
	struct bytes key = key_of(txn->arena, process_definition_id, activity_id, configuration);
	struct bytes value;

	TRY(txn_get(txn, TABLE_JOB_DEFINITION, key.data, key.size, &value));
	return read_row(txn->arena, value, ret);
}

void process_job_definition_scan(struct scan *scan, struct txn *txn,
				 const char *process_definition_id)
{
	struct bytes prefix = make_key(txn->arena, DEFINITIONS, process_definition_id ? 1 : 0,
				       &process_definition_id);

	scan_prefix(scan, txn, TABLE_JOB_DEFINITION, prefix.data, prefix.size);
}

int process_job_definition_next(struct scan *scan, struct arena *arena, struct job_definition *ret)
{
	struct bytes key, value;

	TRY(scan_next(scan, &key, &value));
	return read_row(arena, value, ret);
}

int process_job_definitions_delete(struct txn *txn, const char *process_definition_id)
{
	struct job_definition definition;
	struct scan scan;
	int code;

	process_job_definition_scan(&scan, txn, process_definition_id);
	while (!(code = process_job_definition_next(&scan, txn->arena, &definition))) {
		struct bytes key = key_of(txn->arena, definition.process_definition_id,
					  definition.activity_id, definition.job_configuration);
		struct bytes id = id_key_of(txn->arena, definition.id);

		TRY(txn_delete(txn, TABLE_JOB_DEFINITION, key.data, key.size));
		TRY(txn_delete(txn, TABLE_JOB_DEFINITION, id.data, id.size));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}
