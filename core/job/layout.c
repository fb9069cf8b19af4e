#include "core/job/layout.h"

static const struct field fields[] = {
	{"deploymentId", 1, FIELD_STRING, 0, NULL},
	{"count",        2, FIELD_LONG,   0, NULL},
};
const struct kind mapping_kind = KIND("mappings", 40, fields);

_Static_assert(sizeof(struct mapping) == ARRAY_SIZE(fields) * sizeof(union slot),
	       "a mapping is a row");

static uint64_t divide_up(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

/* Goes to the next piece: *INDEX counts the mappings. False behind the last. */
static bool next_piece(const struct layout *layout, size_t *index, struct layout_piece *piece)
{
	const struct mapping *mapping;

	if (*index == layout->mappings->count)
		return false;
	mapping = (const struct mapping *)layout->mappings->row[(*index)++];
	piece->deployment_id = mapping->deployment_id;
	piece->first_item += piece->item_count;
	piece->first_job += piece->job_count;
	piece->first_seed += piece->seed_count;
	piece->item_count = (uint64_t)mapping->count;
	piece->job_count = divide_up(piece->item_count, layout->invocations_per_batch_job);
	piece->seed_count = divide_up(piece->job_count, layout->batch_jobs_per_seed);
	return true;
}

bool layout_of_job(const struct layout *layout, uint64_t job, struct layout_piece *ret)
{
	struct layout_piece piece = {0};
	size_t index = 0;

	while (next_piece(layout, &index, &piece)) {
		if (job < piece.first_job + piece.job_count) {
			*ret = piece;
			return true;
		}
	}
	return false;
}

bool layout_of_seed(const struct layout *layout, uint64_t seed, struct layout_piece *ret)
{
	struct layout_piece piece = {0};
	size_t index = 0;

	while (next_piece(layout, &index, &piece)) {
		if (seed < piece.first_seed + piece.seed_count) {
			*ret = piece;
			return true;
		}
	}
	return false;
}

uint64_t layout_first_item(const struct layout *layout, uint64_t job)
{
	struct layout_piece piece = {0};
	size_t index = 0;

	while (next_piece(layout, &index, &piece))
		if (job < piece.first_job + piece.job_count)
			return piece.first_item +
			       (job - piece.first_job) * layout->invocations_per_batch_job;
	return piece.first_item + piece.item_count;
}

uint64_t layout_job_of_item(const struct layout *layout, uint64_t item)
{
	struct layout_piece piece = {0};
	size_t index = 0;

	while (next_piece(layout, &index, &piece))
		if (item < piece.first_item + piece.item_count)
			break;
	return piece.first_job + (item - piece.first_item) / layout->invocations_per_batch_job;
}

bool layout_seed_jobs(const struct layout *layout, uint64_t seed, uint64_t *ret_first,
		      uint64_t *ret_count)
{
	struct layout_piece piece;
	uint64_t before;

	if (!layout_of_seed(layout, seed, &piece))
		return false;
	before = (seed - piece.first_seed) * layout->batch_jobs_per_seed;
	*ret_first = piece.first_job + before;
	*ret_count = piece.job_count - before < layout->batch_jobs_per_seed
			     ? piece.job_count - before
			     : layout->batch_jobs_per_seed;
	return true;
}
