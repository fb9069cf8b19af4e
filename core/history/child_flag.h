/*
 * What an instance's summary promises of its children, a flag each, and conditions that hold for
 * those instances only that make the promise. How the flags are found: core/history/child_bound.h.
 */
#ifndef CORE_HISTORY_CHILD_FLAG_H
#define CORE_HISTORY_CHILD_FLAG_H

#include "core/history/plan.h"

/* Bits of summary.children beside those of the kinds (1 << enum process_row). */
enum child_flag {
	CHILDREN_ALONE = 1 << 12,  /* all of them belong to the execution that is the instance */
	CHILDREN_REFER = 1 << 13,  /* activity instances, tasks, variables that they name are its */
	CHILDREN_WITHIN = 1 << 14, /* their times lie between its start and its span */
	CHILDREN_ALIKE = 1 << 15,  /* definition, tenant and root are the instance's */
};

/*
 * Adds to PLAN a condition that binds the instances with FLAG only; what it asks is for the caller
 * to say.
 */
struct condition *child_flag_bind(struct plan *plan, enum child_flag flag);

#endif
