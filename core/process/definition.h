/*
 * Definitions of processes, decisions and decision requirements: rows by id, imported or deployed.
 *
 * They are few (thousands at most), so whoever filters or sorts them reads them all.
 */
#ifndef CORE_PROCESS_DEFINITION_H
#define CORE_PROCESS_DEFINITION_H

#include "core/record/kind.h"
#include "storage/txn.h"

extern const struct kind process_definition_kind;
extern const struct kind decision_definition_kind;
extern const struct kind requirements_definition_kind;

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
	DEFINITION_DEPLOY_TIME, /* of its deployment; see definitions_add_deploy_times() */
	DEFINITION_LATEST, /* no later version of that key and tenant; see definitions_read() */
	DEFINITION_TIME_TO_LIVE, /* days, or INT_NULL; not of decision requirements */
};

enum process_definition_field {
	PROCESS_DEFINITION_DESCRIPTION = DEFINITION_TIME_TO_LIVE + 1,
	PROCESS_DEFINITION_DIAGRAM,
	PROCESS_DEFINITION_SUSPENDED,
	PROCESS_DEFINITION_VERSION_TAG,
	PROCESS_DEFINITION_STARTABLE,
	PROCESS_DEFINITION_STARTERS, /* users, a line end before and behind each; NULL = none */
};

enum decision_definition_field {
	DECISION_DEFINITION_REQUIREMENTS_ID = DEFINITION_TIME_TO_LIVE + 1,
	DECISION_DEFINITION_REQUIREMENTS_KEY,
	DECISION_DEFINITION_VERSION_TAG,
};

/* All of a kind in order of id. */
struct definitions {
	size_t count;
	union slot **rows;
};

/* Stores ROW (of one of the kinds above) under its id; an old row of that id is replaced. */
int definition_put(struct txn *txn, const struct kind *kind, const union slot *row);

/* ERR_NOT_FOUND. */
int definition_delete(struct txn *txn, const struct kind *kind, const char *id);

/* ERR_NOT_FOUND. */
int definition_get(struct txn *txn, const struct kind *kind, const char *id, union slot **ret);

/* All definitions of KIND that have id and key, in TXN's arena; DEFINITION_LATEST is set. */
int definitions_read(struct txn *txn, const struct kind *kind, struct definitions *ret);

/* Sets DEFINITION_DEPLOY_TIME; reads all deployments. */
int definitions_add_deploy_times(struct txn *txn, struct definitions *definitions);

/* Where an id ends: at the end of the text, or of the first part of a dictionary's text. */
#define DEFINITION_ID_ENDS "\x1f"

/* Index of the definition ID, or the count when there is none. */
size_t definitions_find(const struct definitions *definitions, const char *id);

/* The latest version of KEY that belongs to TENANT (NULL = to none). ERR_NOT_FOUND. */
int definition_find_latest(struct txn *txn, const struct kind *kind, const char *key,
			   const char *tenant, union slot **ret);

/* Sets the time to live in days, or INT_NULL; *RET is the row as it was. ERR_NOT_FOUND. */
int definition_set_time_to_live(struct txn *txn, const struct kind *kind, const char *id,
				int64_t days, const union slot **ret);

/* Walks all rows of KIND in order of id (deployments, too); scan_next() gives bytes for
 * row_decode(). */
void definition_scan(struct scan *scan, struct txn *txn, const struct kind *kind);

/* The deployment of a process or decision definition, or NULL when it is not known. */
int definition_deployment(struct txn *txn, const struct kind *kind, const char *id,
			  const char **ret);

#endif
