/*
 * Batch windows of history clean-up: when it may work by itself (semantics.md 3.5).
 *
 * A day's own setting replaces the default one. A window belongs to the day on which it starts, in
 * the server's zone; its start is inclusive, its end exclusive, and on the next day where it is not
 * behind the start. Times of day stay what they are over a change to or from summer time.
 */
#ifndef CORE_HISTORY_CLEANUP_WINDOW_H
#define CORE_HISTORY_CLEANUP_WINDOW_H

#include "core/config.h"

struct cleanup_window {
	int64_t start, end; /* milliseconds */
};

/* Whether any window is configured. */
bool cleanup_window_configured(const struct config *config);

/* The window that holds NOW, else the next one within a week. False when there is none. */
bool cleanup_window_current_or_next(const struct config *config, int64_t now,
				    struct cleanup_window *ret);

/* The first window that starts behind NOW. False when there is none within a week. */
bool cleanup_window_next(const struct config *config, int64_t now, struct cleanup_window *ret);

/* Whether NOW lies in a window. */
bool cleanup_window_is_open(const struct config *config, int64_t now);

#endif
