/*
 * Conditions on variables, as queries of instances take them (semantics.md 5.1).
 */
#ifndef CORE_HISTORY_VARIABLE_QUERY_H
#define CORE_HISTORY_VARIABLE_QUERY_H

#include "core/history/plan.h"
#include "core/query/query.h"

struct variable_conditions;

/* filter.bind of `variables`: name_operator_value,… or [{"name","operator","value"}]. */
int variables_bind(struct request *request, struct criterion *criterion, const char *text,
		   const struct json *node);

/*
 * Adds the criterion's conditions to GROUP of PLAN. Dates among the values are recognised when
 * DATES. IN_GROUP: each condition is an alternative; else all must hold, those with one name for
 * one variable.
 */
int variables_plan(struct request *request, struct plan *plan, struct condition_group *group,
		   const struct criterion *criterion, bool dates, bool names_ignore_case,
		   bool values_ignore_case, bool in_group);

/* TEXT in upper case, in ARENA. */
const char *text_upper(struct arena *arena, const char *text);

#endif
