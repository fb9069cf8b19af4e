/*
 * Process instances that run, as the API shows them.
 */
#ifndef CORE_API_PROCESS_INSTANCE_JSON_H
#define CORE_API_PROCESS_INSTANCE_JSON_H

#include "core/request/request.h"
#include "core/runtime/instance.h"

/* Answers with one that was started just now, with its link, and VARIABLES unless they are NULL. */
int process_instance_answer(struct request *request, const struct instance *instance,
			    const struct list *variables);

#endif
