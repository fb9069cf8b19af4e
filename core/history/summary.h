/*
 * Summaries: what queries ask of an instance most, in a fixed size.
 *
 * The same members stand on disk beside each record and in memory as columns
 * (core/history/column.h). Process instances and decision instances share the form; a member that a
 * kind does not have is 0.
 */
#ifndef CORE_HISTORY_SUMMARY_H
#define CORE_HISTORY_SUMMARY_H

#include <stdint.h>

#include "storage/txn.h"

enum { SUMMARY_SIZE = 112, SUMMARY_COUNTS = 8 };

enum instance_state {
	STATE_NONE,
	STATE_ACTIVE,
	STATE_SUSPENDED,
	STATE_COMPLETED,
	STATE_EXTERNALLY_TERMINATED,
	STATE_INTERNALLY_TERMINATED,
	STATE_STANDALONE_TASK, /* no process instance: the history of a task without one */
	STATE_MAX,
};

extern const char *const state_names[STATE_MAX];

enum summary_flag {
	SUMMARY_TEXT_ID = 1,   /* the id is no UUID: the key is its hash */
	SUMMARY_INCIDENTS = 2, /* has incidents, open or not */
	SUMMARY_JOBS = 4,      /* has jobs that wait */
	SUMMARY_JOB_LOGS = 8,
	SUMMARY_CASE = 16, /* belongs to a case */
	SUMMARY_ROOT = 32, /* has no super instance (of decisions: no root decision) */
	SUMMARY_OPEN_ACTIVITIES = 64,
	SUMMARY_MIGRATED = 128, /* an activity or incident belongs to another definition */
};

struct summary {
	uint8_t key[16];       /* of TABLE_ID */
	uint64_t order;        /* ids in order of this are in order of their texts, ties apart */
	int64_t start_time;    /* of decisions: evaluation time */
	int64_t end_time;      /* TIME_NULL = runs */
	int64_t removal_time;  /* TIME_NULL = none */
	uint64_t business_key; /* hash, 0 = none; of decisions: process instance id */
	uint64_t root;         /* hash of the root instance's id, 0 = none */
	uint64_t super;        /* hash of the super instance's id, 0 = none; of decisions and user
				  operations: of the root process instance's */
	uint32_t definition;   /* in the dictionary */
	uint32_t tenant;
	uint32_t user;
	uint8_t state;
	uint8_t flags;
	uint16_t children; /* which kinds there are, and more: core/history/child_bound.h; 0 =
			      unknown */
	/* 1 = the removal time above lies over those in the record, the instance's and all
	 * children's */
	uint8_t removal_time_set;
	/* how many of the first kinds of children, deleted variables apart; UINT16_MAX = or more */
	uint16_t counts[SUMMARY_COUNTS];
	uint32_t span; /* seconds from the start to the last that happened to a child */
};

void summary_encode(const struct summary *summary, uint8_t bytes[SUMMARY_SIZE]);
int summary_decode(struct bytes bytes, struct summary *ret);

/*
 * A number for a text's place among ids: from its first 16 hexadecimal digits where it is a UUID,
 * else from as far as it looks like one.
 */
uint64_t id_order(const char *text);

#endif
