/*
 * How a batch's items fall into jobs, and its jobs into seed runs (semantics.md 1.3).
 *
 * Everything follows from three numbers and the list of mappings, so nothing of it is stored: a
 * job's items and its deployment, the jobs of a seed run, and whether there is another one. A seed
 * run takes jobs of one mapping only; a job never crosses the border of a mapping.
 */
#ifndef CORE_JOB_LAYOUT_H
#define CORE_JOB_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record/kind.h"

/* A row of mapping_kind: some items of one deployment. */
struct mapping {
	const char *deployment_id; /* NULL = unknown */
	int64_t count;             /* of items */
};

extern const struct kind mapping_kind;

struct layout {
	const struct rows *mappings;
	uint64_t invocations_per_batch_job;
	uint64_t batch_jobs_per_seed;
};

/* A mapping's share. */
struct layout_piece {
	const char *deployment_id;
	uint64_t first_item, item_count;
	uint64_t first_job, job_count;
	uint64_t first_seed, seed_count;
};

/* The piece that holds an execution job, a seed job. False when there is no such job, ever. */
bool layout_of_job(const struct layout *layout, uint64_t job, struct layout_piece *ret);
bool layout_of_seed(const struct layout *layout, uint64_t seed, struct layout_piece *ret);

/* First item of an execution job, also of the one behind the last: where the items end. */
uint64_t layout_first_item(const struct layout *layout, uint64_t job);

/* The execution job that works on ITEM. */
uint64_t layout_job_of_item(const struct layout *layout, uint64_t item);

/* The execution jobs that seed job SEED creates. False when there is no such seed job. */
bool layout_seed_jobs(const struct layout *layout, uint64_t seed, uint64_t *ret_first,
		      uint64_t *ret_count);

#endif
