/*
 * The duplicate filter: which resources of a deployment differ from what was deployed last under
 * its name, source and tenant (enable-duplicate-filtering, deploy-changed-only).
 */
#ifndef CORE_REPOSITORY_DUPLICATE_FILTER_H
#define CORE_REPOSITORY_DUPLICATE_FILTER_H

#include "core/repository/deploy.h"

/*
 * Sets CHANGED for each resource of ORDER that is new or differs. *RET_LATEST is the newest
 * deployment of its name, of whatever source and tenant; NULL when there is none.
 */
int duplicate_filter(struct txn *txn, const struct deploy_order *order, bool *changed,
		     union slot **ret_latest);

#endif
