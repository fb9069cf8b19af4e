/*
 * Conditions on variables, as queries of instances take them (semantics.md 5.1).
 */
#ifndef CORE_HISTORY_VARIABLE_QUERY_H
#define CORE_HISTORY_VARIABLE_QUERY_H

#include "core/history/plan.h"
#include "core/query/query.h"

struct variable_condition; /* one, checked */

/* What a resource allows in conditions, and how it words what it does not allow (5.1, 5.9). */
struct variable_rules {
	int last; /* comparator, in the order eq, neq, gt, gteq, lt, lteq, like, notLike */
	const char *unknown; /* what its message says before the comparator's name */
	int value_error;     /* for null and booleans where order is asked */
	int name_error;      /* for a name that is null */
};

extern const struct variable_rules instance_variable_rules; /* `variables` of instances */
extern const struct variable_rules task_variable_rules;     /* `taskVariables` of tasks */
extern const struct variable_rules process_variable_rules;  /* `processVariables` of tasks */

struct variable_flags {
	bool dates; /* texts that are dates are dates: see semantics.md 0.5 */
	bool names_ignore_case, values_ignore_case;
};

struct variable_checked {
	size_t count;
	struct variable_condition **items;
};

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

/* The same conditions for rows: checked, each to be asked with variable_fits(). */
int variables_check(struct request *request, const struct criterion *criterion,
		    const struct variable_rules *rules, struct variable_flags flags,
		    struct variable_checked *ret);

/* Whether a row of variable_kind has the condition's name and a value that fits. */
bool variable_fits(const struct variable_condition *condition, const union slot *row);

/* filter.bind of `variableValue`, and the condition that it makes with a name. */
int variable_value_bind(struct request *request, struct criterion *criterion, const char *text,
			const struct json *node);
int variable_value_check(struct request *request, const char *name, const struct json *value,
			 struct variable_flags flags, struct variable_condition **ret);

/* Narrows PLAN to instances that have such a variable; the rows must still be asked. */
void variable_narrow(struct plan *plan, const struct variable_condition *condition);

#endif
