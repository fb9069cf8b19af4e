#include "core/repository/duplicate_filter.h"

#include <stdlib.h>
#include <string.h>

#include "core/process/deployment.h"
#include "core/record/kind.h"

/* What the engine takes for the source of a deployment without one. */
#define NO_SOURCE "process application"

static bool same_name(const struct deploy_order *order, const union slot *row)
{
	return order->name && text_same(row[DEPLOYMENT_NAME].s, order->name);
}

/* An empty source is none where it is ordered, but is itself where it is stored. */
static bool is_like(const struct deploy_order *order, const union slot *row)
{
	const char *wanted = order->source && *order->source ? order->source : NO_SOURCE;
	const char *source = row[DEPLOYMENT_SOURCE].s;

	return same_name(order, row) && text_same(row[DEPLOYMENT_TENANT_ID].s, order->tenant_id) &&
	       !strcmp(source ? source : NO_SOURCE, wanted);
}

/* The newest first. */
static int compare_ages(const void *left, const void *right)
{
	const union slot *a = *(union slot *const *)left, *b = *(union slot *const *)right;

	if (a[DEPLOYMENT_TIME].i != b[DEPLOYMENT_TIME].i)
		return a[DEPLOYMENT_TIME].i < b[DEPLOYMENT_TIME].i ? 1 : -1;
	return -strcmp(a[DEPLOYMENT_ID].s, b[DEPLOYMENT_ID].s);
}

/*
 * Only the deployments that ORDER may repeat, the newest first; and the newest of its name,
 * whatever its source and tenant: that is the one the original answers with.
 */
static int read_candidates(struct txn *txn, const struct deploy_order *order,
			   struct deployments *ret, union slot **ret_newest)
{
	size_t i, count = 0;

	*ret_newest = NULL;
	TRY(deployments_read(txn, txn->arena, ret));
	for (i = 0; i < ret->count; i++) {
		if (same_name(order, ret->rows[i]) &&
		    (!*ret_newest || compare_ages(&ret->rows[i], ret_newest) < 0))
			*ret_newest = ret->rows[i];
		if (is_like(order, ret->rows[i]))
			ret->rows[count++] = ret->rows[i];
	}
	ret->count = count;
	if (count)
		qsort(ret->rows, count, sizeof(*ret->rows), compare_ages);
	return 0;
}

/* Compares with DEPLOYMENT what no newer one had. */
static int compare_resources(struct txn *txn, const struct deploy_order *order,
			     const union slot *deployment, bool *found, bool *changed)
{
	struct bytes bytes;
	size_t i;
	int code;

	for (i = 0; i < order->count; i++) {
		const struct deploy_resource *resource = &order->resources[i];

		if (found[i])
			continue;
		code = resource_read(txn, deployment, RESOURCE_NAME, resource->name, &bytes);
		if (code == ERR_NOT_FOUND)
			continue;
		TRY(code);
		found[i] = true;
		changed[i] = bytes.size != resource->bytes.size ||
			     (bytes.size && memcmp(bytes.data, resource->bytes.data, bytes.size));
	}
	return 0;
}

static bool all(const bool *flags, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!flags[i])
			return false;
	return true;
}

int duplicate_filter(struct txn *txn, const struct deploy_order *order, bool *changed,
		     union slot **ret_latest)
{
	bool *found = arena_alloc(txn->arena, order->count + 1);
	struct deployments candidates;
	union slot *newest, *row;
	size_t i;

	*ret_latest = NULL;
	memset(changed, true, order->count * sizeof(*changed));
	TRY(read_candidates(txn, order, &candidates, &newest));
	if (newest)
		TRY(deployment_get(txn, newest[DEPLOYMENT_ID].s, ret_latest));
	for (i = 0; i < candidates.count && !all(found, order->count); i++) {
		TRY(deployment_get(txn, candidates.rows[i][DEPLOYMENT_ID].s, &row));
		TRY(compare_resources(txn, order, row, found, changed));
	}
	return 0;
}
