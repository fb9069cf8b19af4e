#include "core/job/job_definition.h"

#include <string.h>

#include "core/id.h"
#include "core/job/job.h"

static const struct field fields[] = {
	{"id",		    1,  FIELD_STRING, 0, NULL},
	{"processDefinitionId",   2,  FIELD_STRING, 0, NULL},
	{"processDefinitionKey",  3,  FIELD_STRING, 0, NULL},
	{"jobType",               4,  FIELD_STRING, 0, NULL},
	{"jobConfiguration",      5,  FIELD_STRING, 0, NULL},
	{"activityId",            6,  FIELD_STRING, 0, NULL},
	{"suspended",             7,  FIELD_BOOL,   0, NULL},
	{"overridingJobPriority", 8,  FIELD_LONG,   0, NULL},
	{"tenantId",              9,  FIELD_STRING, 0, NULL},
	{"deploymentId",          10, FIELD_STRING, 0, NULL},
};
const struct kind job_definition_kind = KIND("jobDefinition", 44, fields);

_Static_assert(sizeof(struct job_definition) == ARRAY_SIZE(fields) * sizeof(union slot),
	       "a job definition is a row");

void job_definition_of(const struct batch *batch, enum job_kind kind, struct job_definition *ret)
{
	struct layout layout = batch_layout(batch);
	struct layout_piece piece;

	memset(ret, 0, sizeof(*ret));
	ret->id = batch->definition_id[kind];
	ret->job_type = kind == JOB_SEED      ? "batch-seed-job"
			: kind == JOB_MONITOR ? "batch-monitor-job"
					      : batch->type;
	ret->job_configuration = batch->id;
	ret->suspended = batch->definition_suspended[kind];
	ret->overriding_job_priority = batch->definition_priority[kind];
	ret->tenant_id = batch->tenant_id;
	if (kind == JOB_SEED && layout_of_seed(&layout, 0, &piece))
		ret->deployment_id = piece.deployment_id;
}

int job_definition_find(struct txn *txn, const char *text, struct batch *ret_batch,
			enum job_kind *ret_kind)
{
	struct id id;

	if (!text || !id_decode(txn->store, text, &id) || id.kind < ID_SEED_DEFINITION ||
	    id.kind > ID_EXECUTION_DEFINITION || id.ordinal)
		return ERR_NOT_FOUND;
	*ret_kind = (enum job_kind)(id.kind - ID_SEED_DEFINITION);
	return batch_get(txn, id.number, ret_batch);
}

/* A change to every job of a kind: to what a range's jobs share, or to one job's record. */
struct change {
	void (*apply)(const struct change *change, struct job_values *values);
	struct job_values to;
	bool set_due_date;
};

static void apply_suspended(const struct change *change, struct job_values *values)
{
	values->suspended = change->to.suspended;
}

static void apply_priority(const struct change *change, struct job_values *values)
{
	values->priority = change->to.priority;
}

static void apply_retries(const struct change *change, struct job_values *values)
{
	if (values->retries)
		return;
	values->retries = change->to.retries;
	if (change->set_due_date)
		values->due_date = change->to.due_date;
}

static int change_ranges(struct txn *txn, uint64_t batch, enum job_kind kind,
			 const struct change *change)
{
	struct job_range_scan scan;

	TRY(job_range_scan_start(&scan, txn, batch, kind, RANGE_CREATED, 0));
	while (!scan.ended) {
		struct job_range range = scan.range;

		change->apply(change, &range.now);
		if (!job_values_equal(&range.now, &scan.range.now))
			TRY(job_range_put(txn, batch, kind, RANGE_CREATED, &range));
		TRY(job_range_scan_to(&scan, range.first + range.count));
	}
	return 0;
}

static int change_record(struct txn *txn, const struct batch *batch, struct job *job,
			 const struct change *change)
{
	struct job_values values = job_values_of(job), old = values;

	change->apply(change, &values);
	if (job_values_equal(&values, &old))
		return 0;
	job->retries = values.retries;
	job->due_date = values.due_date;
	job->priority = values.priority;
	job->suspended = values.suspended;
	return job_put(txn, batch, job);
}

/* *RET_REVIVED: how many jobs have retries again that had none. */
static int change_jobs(struct txn *txn, const struct batch *batch, enum job_kind kind,
		       const struct change *change, int64_t *ret_revived)
{
	struct job_segment segment;
	struct job_walk walk;
	int code;

	*ret_revived = 0;
	TRY(job_walk_start(&walk, txn, txn->arena, batch, kind, 0));
	while (!(code = job_walk_next(&walk, &segment))) {
		struct job_values values = job_values_of(&segment.job);

		change->apply(change, &values);
		if (!segment.job.retries && values.retries)
			*ret_revived += (int64_t)segment.count;
		if (segment.job.recorded)
			TRY(change_record(txn, batch, &segment.job, change));
	}
	if (code != ERR_NOT_FOUND)
		return code;
	return change_ranges(txn, (uint64_t)batch->number, kind, change);
}

int jobs_set_suspended(struct txn *txn, const struct batch *batch, enum job_kind kind,
		       bool suspended)
{
	struct change change = {apply_suspended, {.suspended = suspended}, false};
	int64_t revived;

	return change_jobs(txn, batch, kind, &change, &revived);
}

int jobs_set_priority(struct txn *txn, const struct batch *batch, enum job_kind kind,
		      int64_t priority)
{
	struct change change = {apply_priority, {.priority = priority}, false};
	int64_t revived;

	return change_jobs(txn, batch, kind, &change, &revived);
}

int jobs_set_retries(struct txn *txn, struct batch *batch, enum job_kind kind, int64_t retries,
		     bool set_due_date, int64_t due_date)
{
	struct change change = {
		apply_retries, {.retries = retries, .due_date = due_date},
                 set_due_date
        };
	int64_t revived;

	TRY(change_jobs(txn, batch, kind, &change, &revived));
	if (kind == JOB_EXECUTION)
		batch->jobs_failed -= revived;
	return 0;
}
