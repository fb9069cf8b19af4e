/*
 * Suspension of process instances: what they consist of stays as it is until they are activated.
 */
#ifndef CORE_RUNTIME_SUSPENSION_H
#define CORE_RUNTIME_SUSPENSION_H

#include "core/runtime/command.h"

/* Suspends or activates the instance with its tasks, external tasks and jobs; history tells. */
int instance_set_suspended(struct instance *instance, bool suspended);

#endif
