/*
 * Dates of models and of dates of execution: ISO 8601, as the engine's calendar reads them.
 *
 * 2031, 2031-04, 2031-04-05, 2031-095, 2031-W14-6, each perhaps with a time behind a T: 10, 10:20,
 * 10:20:30, the last of them with a fraction, and an offset: Z, +02, +0200, +02:00. What is left
 * out is the lowest; without an offset it is the server's zone.
 */
#ifndef CORE_JSON_ISO_DATE_H
#define CORE_JSON_ISO_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/arena.h"

/* False when TEXT is no date: *RET_WHY says so in the engine's words. */
bool iso_date_parse(struct arena *arena, const char *text, int64_t *ret_time, const char **ret_why);

#endif
