/*
 * Deployments and definitions: rows by id, imported or deployed.
 */
#ifndef CORE_PROCESS_DEFINITION_H
#define CORE_PROCESS_DEFINITION_H

#include "core/record/kind.h"
#include "storage/txn.h"

extern const struct kind deployment_kind;
extern const struct kind resource_kind;
extern const struct kind process_definition_kind;
extern const struct kind decision_definition_kind;
extern const struct kind requirements_definition_kind;

enum deployment_field { DEPLOYMENT_ID, DEPLOYMENT_NAME, DEPLOYMENT_TIME };

/* Slots that all three kinds of definitions have. */
enum definition_field {
	DEFINITION_ID,
	DEFINITION_KEY,
	DEFINITION_CATEGORY,
	DEFINITION_NAME,
	DEFINITION_VERSION,
	DEFINITION_RESOURCE,
	DEFINITION_DEPLOYMENT_ID,
	DEFINITION_TENANT_ID,
	DEFINITION_TIME_TO_LIVE,
};

/* Stores ROW (of one of the kinds above) under its id; an old row of that id is replaced. */
int definition_put(struct txn *txn, const struct kind *kind, const union slot *row);

/* ERR_NOT_FOUND. */
int definition_get(struct txn *txn, const struct kind *kind, const char *id, union slot **ret);

/* Walks all rows of KIND in order of id; scan_next() gives bytes for row_decode(). */
void definition_scan(struct scan *scan, struct txn *txn, const struct kind *kind);

/* The deployment of a process or decision definition, or NULL when it is not known. */
int definition_deployment(struct txn *txn, const struct kind *kind, const char *id,
			  const char **ret);

#endif
