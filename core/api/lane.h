/*
 * The lane: commands of many conversations, served one behind the other.
 *
 * A command (core/link/operations.def) is one short transaction, and there is one writer at a time:
 * threads of their own would only wait for each other. So a conversation whose next call is a
 * command leaves its thread and stays in the lane until something else comes. What the lane has
 * served is answered by a second thread, that syncs the log once for all that is there; meanwhile
 * more is served. So that both have something to do, those who take part go in two halves.
 */
#ifndef CORE_API_LANE_H
#define CORE_API_LANE_H

#include <stdbool.h>

#include "core/api/conversation.h"
#include "storage/store.h"

struct lane;

/* 0 or errno. */
int lane_open(struct lane **ret, struct store *store);

/* When no conversation is in it any more. */
void lane_close(struct lane *lane);

/* True when the call that CONVERSATION received is one for the lane. */
bool lane_takes(const struct conversation *conversation);

/*
 * Serves the calls of CONVERSATION in the lane, until the next thing is not a command at hand: then
 * the caller has the conversation again. ERR_LINK: it is to end.
 */
int lane_ride(struct lane *lane, struct conversation *conversation);

#endif
