/*
 * Tasks without a process instance: where they are kept.
 *
 * Each is an instance that consists of the task alone (core/runtime/instance.h), in a table of its
 * own, so that nothing that looks for process instances meets it. Its serial number is of the same
 * counter. The user may name its id; another key leads from there. A third one leads from a task,
 * of a process or not, to its subtasks.
 */
#ifndef CORE_RUNTIME_STANDALONE_H
#define CORE_RUNTIME_STANDALONE_H

#include "core/runtime/instance.h"
#include "core/runtime/serials.h"

/* The serial number under which the task ID may be found. ERR_NOT_FOUND. */
int standalone_serial(struct txn *txn, const char *id, uint64_t *ret);

/* Adds that number to RET, if there is one. */
int standalone_name(struct txn *txn, const char *id, struct serials *ret);

/* The value of the task's record; in TXN's arena. ERR_NOT_FOUND. */
int standalone_value(struct txn *txn, uint64_t serial, struct bytes *ret);

/* The task as instance_read() reads instances. ERR_NOT_FOUND. */
int standalone_read(struct txn *txn, uint64_t serial, struct instance **ret);

/* A walk over the records from serial number FROM on; keys end with it. */
void standalone_scan(struct scan *scan, struct txn *txn, uint64_t from);

/* Whether the id was ever given to one, also to one that was imported. */
int standalone_id_is_taken(struct txn *txn, const char *id, bool *ret);

/* Adds the subtasks of the task ID to RET, in TXN's arena. */
int standalone_subtasks(struct txn *txn, const char *id, struct serials *ret);

/* Writes the task that is INSTANCE; one that has ended goes. */
int standalone_write(struct txn *txn, const struct instance *instance);

#endif
