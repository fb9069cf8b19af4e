/*
 * From a query's filters to lists of core/runtime/running_index.h: instances that are not in them
 * need not be read.
 *
 * Filters have the same names and meanings in all resources of what runs, so there is one table of
 * them, the most telling first. Only what restricts by itself counts: orQueries do not.
 */
#ifndef CORE_RUNTIME_RUNNING_NARROW_H
#define CORE_RUNTIME_RUNNING_NARROW_H

#include "core/query/query.h"
#include "core/runtime/running_index.h"

/*
 * The lists that have every instance which QUERY means; ALL: the one that has all with rows of the
 * resource, where no filter tells more (INDEX_NONE: there is none). *RET is NULL when all instances
 * must be looked at. TXN's arena holds the lists.
 */
int running_narrow(struct txn *txn, const struct query *query, enum running_index_list all,
		   struct running_lists **ret);

/*
 * How many rows of KIND QUERY means, from totals and lists alone: without filters, or with one
 * whose name is in EXACT (ended by NULL; NULL = none), whose lists count such rows. *RET is -1 when
 * they cannot tell.
 */
int running_narrow_count(struct txn *txn, const struct query *query, enum running_row kind,
			 const char *const *exact, int64_t *ret);

#endif
