#include "core/history/statistics.h"

#include <stddef.h>

#include "core/history/plan.h"

struct visit {
	void (*take)(void *arg, const struct rows *rows);
	void *arg;
};

/* A condition that looks at every record and lets none pass: nothing is gathered. */
static bool visit_match(const struct condition *condition, const struct rows *rows)
{
	const struct visit *visit = condition->object;

	visit->take(visit->arg, rows);
	return false;
}

static bool take_none(void *arg, uint32_t segment, const uint8_t *mask, uint32_t count)
{
	(void)arg;
	(void)segment;
	(void)mask;
	(void)count;
	return true;
}

int statistics_running(struct history *history, struct arena *arena, const uint8_t *table,
		       uint8_t flags, uint64_t want,
		       void (*take)(void *arg, const struct rows *rows), void *arg)
{
	struct visit visit = {take, arg};
	struct plan plan;

	plan_init(&plan, history, history->process_columns, arena);
	plan.read = history_read_process;
	condition_range(plan_add(&plan, &plan.all), offsetof(struct column_set, end_time),
			TIME_NULL, TIME_NULL);
	if (table)
		condition_table(plan_add(&plan, &plan.all), offsetof(struct column_set, definition),
				table);
	if (flags)
		condition_flags(plan_add(&plan, &plan.all), flags, flags);
	condition_records(plan_add(&plan, &plan.all), visit_match, want, &visit);
	return plan_run(&plan, take_none, NULL);
}
