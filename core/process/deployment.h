/*
 * Deployments: rows by id with their resources (BPMN, DMN, diagrams), imported or made here.
 *
 * The bytes of resources are records of their own, read where they are asked for.
 */
#ifndef CORE_PROCESS_DEPLOYMENT_H
#define CORE_PROCESS_DEPLOYMENT_H

#include "core/record/kind.h"
#include "storage/txn.h"

extern const struct kind deployment_kind;
extern const struct kind resource_kind;

enum deployment_field {
	DEPLOYMENT_ID,
	DEPLOYMENT_NAME,
	DEPLOYMENT_TIME,
	DEPLOYMENT_SOURCE,
	DEPLOYMENT_TENANT_ID,
	DEPLOYMENT_RESOURCES,
};

/* Of one deployment. */
enum { RESOURCES_MAX = 0xffff };

enum resource_field { RESOURCE_ID, RESOURCE_NAME, RESOURCE_DATA };

/* With its resources. ERR_NOT_FOUND. */
int deployment_get(struct txn *txn, const char *id, union slot **ret);

/* All deployments in order of id, without their resources; in ARENA. */
struct deployments {
	size_t count;
	union slot **rows;
};

int deployments_read(struct txn *txn, struct arena *arena, struct deployments *ret);

/* When the deployment ID was made: TIME_NULL when it is not among DEPLOYMENTS. */
int64_t deployment_time(const struct deployments *deployments, const char *id);

/*
 * Stores ROW under its id; an old one of that id is replaced. BYTES are those of its resources in
 * their order; NULL: they stand in the rows as base64. ERR_CORRUPT when that is none.
 */
int deployment_put(struct txn *txn, union slot *row, const struct bytes *bytes);

/* Deletes the deployment with its resources. ERR_NOT_FOUND. */
int deployment_delete(struct txn *txn, const char *id);

/*
 * Bytes of the resource of DEPLOYMENT (as deployment_get() gives it) whose FIELD is TEXT, with a
 * NUL behind them. ERR_NOT_FOUND; ERR_CORRUPT when they are not base64.
 */
int resource_read(struct txn *txn, const union slot *deployment, enum resource_field field,
		  const char *text, struct bytes *ret);

/* Puts the bytes of all resources into the rows of DEPLOYMENT, as base64: for an export. */
int deployment_fill(struct txn *txn, union slot *deployment);

/* Whether the bytes of all its resources can be read; ARENA is for them. */
bool deployment_is_readable(struct arena *arena, const union slot *deployment);

/* The row of that resource, or NULL. */
const union slot *resource_find(const union slot *deployment, enum resource_field field,
				const char *text);

#endif
