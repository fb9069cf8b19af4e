/*
 * The filters and sort keys of /deployment.
 */
#ifndef CORE_API_DEPLOYMENT_API_H
#define CORE_API_DEPLOYMENT_API_H

#include "core/query/query.h"

extern const struct resource deployment_query_resource;

#endif
