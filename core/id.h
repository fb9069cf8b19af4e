/*
 * Ids: those that we hand out say in themselves what they name.
 *
 * They have the form of a UUID (version 8): four bytes of the store's tag, then the number of the
 * thing (34 bits), its kind (8) and its ordinal (48). In id order they stand in order of number,
 * kind and ordinal, which is the order of creation. Foreign ids are any text; table TABLE_ID leads
 * from them to what they name.
 */
#ifndef CORE_ID_H
#define CORE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/txn.h"

/* What an id names; the order is that of ids of one number. On disk: never renumbered. */
enum id_kind {
	ID_BATCH = 1,
	ID_SEED_DEFINITION = 2,
	ID_MONITOR_DEFINITION = 3,
	ID_EXECUTION_DEFINITION = 4,
	ID_SEED_JOB = 5, /* ordinal: its index among the batch's seed jobs */
	ID_MONITOR_JOB = 6,
	ID_EXECUTION_JOB = 7,
	ID_SEED_LOG = 8, /* ordinal: job's index << 16 | entry's sequence counter */
	ID_MONITOR_LOG = 9,
	ID_EXECUTION_LOG = 10,
	ID_INCIDENT = 11, /* ordinal: counts the batch's incidents */
	ID_CLEANUP_JOB = 12,
	ID_SUSPENSION_JOB = 13,
	ID_BATCH_VARIABLE = 14,   /* ordinal: its place among the batch's variables */
	ID_PROCESS_INSTANCE = 32, /* foreign ids may name these, too */
	ID_DECISION_INSTANCE = 33,
	ID_USER_OPERATION = 34,
	ID_LOOSE_LOG = 35, /* entry of a job of neither a batch nor an instance */
	ID_STANDALONE_TASK = 36,
	/* of a deployment, by its number; ordinals count what it holds */
	ID_DEPLOYMENT = 40,
	ID_RESOURCE = 41,
	ID_PROCESS_DEFINITION = 42, /* the last part of key:version:id */
	ID_DECISION_DEFINITION = 43,
	ID_REQUIREMENTS_DEFINITION = 44,
	ID_JOB_DEFINITION = 45,
	/* a process instance started here, and whatever belongs to it; number: its serial; ordinal:
	 * 0 = the instance */
	ID_RUNNING = 48,
};

/* The first bytes of an id of ID_RUNNING say which instance it belongs to. */
enum { ID_SERIAL_BYTES = 9 };

struct id {
	enum id_kind kind;
	uint64_t number;
	uint64_t ordinal;
};

/* As text, in ARENA. */
const char *id_text(struct arena *arena, const struct store *store, enum id_kind kind,
		    uint64_t number, uint64_t ordinal);

/* False when TEXT is none of the ids that this store makes. It may still name nothing. */
bool id_decode(const struct store *store, const char *text, struct id *ret);

/* The same of the 16 bytes of a UUID; and whether they begin as those of our ids do. */
bool id_decode_bytes(const struct store *store, const uint8_t uuid[16], struct id *ret);
bool id_is_tagged(const struct store *store, const uint8_t uuid[16]);

/* The key of a foreign id in TABLE_ID: the bytes of a UUID, else a keyed hash marked as such. */
void id_key(const struct store *store, const char *text, uint8_t key[16]);

/* What TEXT names, own or foreign. ERR_NOT_FOUND. */
int id_find(struct txn *txn, const char *text, struct id *ret);

/* Makes the foreign id TEXT name NUMBER. */
int id_put(struct txn *txn, const char *text, enum id_kind kind, uint64_t number);

/* Makes a counter of TABLE_STATE one higher and returns what it was before (at first 1). */
int id_next_number(struct txn *txn, const char *counter, uint64_t *ret);

#endif
