/*
 * Bodies that set retries: {"retries", "dueDate"} (semantics.md 2.9).
 */
#ifndef CORE_API_RETRIES_BODY_H
#define CORE_API_RETRIES_BODY_H

#include "core/job/batch.h"

/* INT_NULL when absent. */
int retries_read(struct request *request, int64_t *ret);

/* What a batch keeps of them; NULL when the due date is none. A due date of null counts as one. */
const char *retries_configuration(struct request *request, int64_t retries);

/* Creates the batch that sets the retries of PLAN's jobs; refuses what makes no sense. */
int retries_create_batch(struct request *request, struct batch_plan *plan, int64_t retries);

#endif
