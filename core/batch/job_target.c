#include "core/batch/job_target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/job/batch.h"
#include "core/process/definition.h"
#include "core/runtime/running_scan.h"

bool job_run_add(struct job_run *run, const struct store *store, const char *text)
{
	uint64_t batch, index;
	enum job_kind kind;

	if (!job_id_decode(store, text, &batch, &kind, &index))
		return false;
	if (!run->count)
		*run = (struct job_run){batch, kind, index, 0};
	else if (run->batch != batch || run->kind != kind || run->first + run->count != index)
		return false;
	run->count++;
	return true;
}

struct group {
	const char *deployment_id; /* NULL = unknown */
	uint64_t count, next;
	size_t order; /* in which it was met */
};

/* Items of one group that stand together. */
struct piece {
	uint64_t first, count;
	size_t group;
};

struct grouping {
	struct txn *txn;
	struct group *groups; /* malloced, as are the pieces */
	size_t group_count, group_room;
	struct piece *pieces;
	size_t piece_count, piece_room;
	uint64_t items; /* so far */
};

static size_t find_group(struct grouping *grouping, const char *deployment_id)
{
	size_t i;

	for (i = 0; i < grouping->group_count; i++) {
		const char *other = grouping->groups[i].deployment_id;

		if (other == deployment_id ||
		    (other && deployment_id && !strcmp(other, deployment_id)))
			return i;
	}
	if (i == grouping->group_room) {
		grouping->group_room = grouping->group_room * 2 + 8;
		grouping->groups = memory_resize(grouping->groups,
						 grouping->group_room * sizeof(struct group));
	}
	grouping->groups[grouping->group_count++] = (struct group){deployment_id, 0, 0, i};
	return i;
}

/* The next COUNT items are of that deployment. */
static void add_piece(struct grouping *grouping, const char *deployment_id, uint64_t count)
{
	size_t group = find_group(grouping, deployment_id);
	struct piece *last =
		grouping->piece_count ? &grouping->pieces[grouping->piece_count - 1] : NULL;

	grouping->groups[group].count += count;
	grouping->items += count;
	if (last && last->group == group) {
		last->count += count;
		return;
	}
	if (grouping->piece_count == grouping->piece_room) {
		grouping->piece_room = grouping->piece_room * 2 + 8;
		grouping->pieces = memory_resize(grouping->pieces,
						 grouping->piece_room * sizeof(struct piece));
	}
	assert(grouping->pieces);
	grouping->pieces[grouping->piece_count++] =
		(struct piece){grouping->items - count, count, group};
}

/* COUNT existing jobs from FIRST on: execution jobs are of their mapping's deployment. */
static void add_jobs(struct grouping *grouping, const struct batch *batch, enum job_kind kind,
		     uint64_t first, uint64_t count)
{
	struct layout layout = batch_layout(batch);
	struct layout_piece piece;

	while (count) {
		uint64_t here = count;

		if (kind == JOB_MONITOR ||
		    !layout_of_job(&layout, kind == JOB_SEED ? 0 : first, &piece))
			piece.deployment_id = NULL;
		else if (kind == JOB_EXECUTION && piece.first_job + piece.job_count - first < here)
			here = piece.first_job + piece.job_count - first;
		add_piece(grouping, piece.deployment_id, here);
		first += here;
		count -= here;
	}
}

static int add_run(struct grouping *grouping, const struct job_run *run)
{
	uint64_t at = run->first, end = run->first + run->count, last;
	struct txn *txn = grouping->txn;
	struct job_segment segment;
	struct job_walk walk;
	struct batch batch;
	int code = batch_get(txn, run->batch, &batch);

	if (!code)
		code = job_walk_start(&walk, txn, txn->arena, &batch, run->kind, at);
	while (!code && at < end) {
		code = job_walk_next(&walk, &segment);
		if (code || (uint64_t)segment.job.index >= end)
			break;
		if ((uint64_t)segment.job.index > at)
			add_piece(grouping, NULL, (uint64_t)segment.job.index - at);
		last = (uint64_t)segment.job.index + segment.count;
		at = (uint64_t)segment.job.index;
		add_jobs(grouping, &batch, run->kind, at, (last < end ? last : end) - at);
		at = last < end ? last : end;
	}
	if (code && code != ERR_NOT_FOUND)
		return code;
	if (at < end)
		add_piece(grouping, NULL, end - at);
	return 0;
}

/* What is no job of a batch: one of a process instance, of its definition's deployment, or none. */
static int add_other(struct grouping *grouping, const char *text)
{
	struct txn *txn = grouping->txn;
	const char *deployment_id = NULL;
	struct serials one = {0, NULL};
	struct rows rows[RUNNING_MAX];
	struct running_scan scan;
	int code;

	serials_add(&one, txn->arena, txn->store, text);
	running_scan_start(&scan, txn, &one, 0);
	code = running_scan_next(&scan, txn->arena, rows);
	if (!code)
		code = definition_deployment(
			txn, &process_definition_kind,
			rows[RUNNING_INSTANCE].row[0][RUNNING_INSTANCE_DEFINITION_ID].s,
			&deployment_id);
	if (code && code != ERR_NOT_FOUND)
		return code;
	add_piece(grouping, deployment_id, 1);
	return 0;
}

static int add_names(struct grouping *grouping, const union target_name *names, uint64_t count)
{
	const struct store *store = grouping->txn->store;
	struct job_run run = {.count = 0};
	struct arena texts;
	uint64_t i;
	int code = 0;

	arena_init(&texts);
	for (i = 0; i < count && !code; i++) {
		const char *text = target_name_text(&texts, &names[i]);

		if (!job_run_add(&run, store, text)) {
			if (run.count)
				code = add_run(grouping, &run);
			run.count = 0;
			if (!job_run_add(&run, store, text) && !code)
				code = add_other(grouping, text);
		}
		arena_clear(&texts);
	}
	return !code && run.count ? add_run(grouping, &run) : code;
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (!a->deployment_id || !b->deployment_id)
		return !a->deployment_id - !b->deployment_id;
	return strcasecmp(a->deployment_id, b->deployment_id);
}

/* The mappings in their order, and where each group's items begin. */
static void make_mappings(struct grouping *grouping, struct target *ret)
{
	struct arena *arena = grouping->txn->arena;
	size_t *place = arena_array(arena, grouping->group_count + 1, sizeof(*place)), i;
	uint64_t next = 0;

	ret->mappings = arena_array(arena, grouping->group_count + 1, sizeof(*ret->mappings));
	if (grouping->group_count)
		qsort(grouping->groups, grouping->group_count, sizeof(struct group),
		      compare_groups);
	for (i = 0; i < grouping->group_count; i++) {
		struct group *group = &grouping->groups[i];

		ret->mappings[i] = (struct target_mapping){group->deployment_id, group->count};
		group->next = next;
		next += group->count;
		place[group->order] = i;
	}
	ret->mapping_count = grouping->group_count;
	for (i = 0; i < grouping->piece_count; i++)
		grouping->pieces[i].group = place[grouping->pieces[i].group];
}

static void place_names(struct grouping *grouping, const union target_name *names,
			struct target *ret)
{
	size_t i;

	ret->name_count = grouping->items;
	ret->names = arena_alloc(grouping->txn->arena, grouping->items * sizeof(*names));
	for (i = 0; i < grouping->piece_count; i++) {
		const struct piece *piece = &grouping->pieces[i];
		struct group *group = &grouping->groups[piece->group];

		memcpy(ret->names + group->next, names + piece->first,
		       piece->count * sizeof(*names));
		group->next += piece->count;
	}
}

int job_target(struct txn *txn, const union target_name *names, uint64_t count, struct target *ret)
{
	struct grouping grouping = {.txn = txn};
	int code = add_names(&grouping, names, count);

	memset(ret, 0, sizeof(*ret));
	if (!code) {
		make_mappings(&grouping, ret);
		place_names(&grouping, names, ret);
	}
	free(grouping.groups);
	free(grouping.pieces);
	return code;
}
