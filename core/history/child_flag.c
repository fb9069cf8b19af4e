#include "core/history/child_flag.h"

/* A condition that only binds instances of which FLAG says so. */
struct bound {
	struct condition inner;
	uint16_t flag;
};

static void bound_scan(const struct condition *condition, const struct column_set *set,
		       uint32_t segment, uint32_t count, uint8_t *out)
{
	const struct bound *bound = condition->object;
	uint32_t i;

	bound->inner.scan(&bound->inner, set, segment, count, out);
	for (i = 0; i < count; i++)
		out[i] |= (set->children[i] & bound->flag) == 0;
}

struct condition *child_flag_bind(struct plan *plan, enum child_flag flag)
{
	struct bound *bound = arena_alloc(plan->arena, sizeof(*bound));
	struct condition *condition = plan_add(plan, &plan->all);

	bound->flag = (uint16_t)flag;
	condition->scan = bound_scan;
	condition->object = bound;
	return &bound->inner;
}
