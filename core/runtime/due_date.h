/*
 * Due dates and retry cycles as models write them: ISO 8601.
 */
#ifndef CORE_RUNTIME_DUE_DATE_H
#define CORE_RUNTIME_DUE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A date ("2030-01-01T10:00:00") in the server's zone, or a period from NOW on ("P1DT2H"). */
bool due_date_parse(const char *text, int64_t now, int64_t *ret);

/*
 * A retry cycle: "R3/PT10M" (three attempts, ten minutes apart; "R/PT10M" for ever; a start may
 * stand between them), or intervals "PT10M,PT17M" (one more attempt than intervals). *RET_ATTEMPTS
 * of them; *RET_DUE is when a job may run again that has just failed with RETRIES left before, from
 * NOW on. False when TEXT is neither.
 */
bool retry_cycle_parse(const char *text, int64_t retries, int64_t now, int64_t *ret_attempts,
		       int64_t *ret_due);

#endif
