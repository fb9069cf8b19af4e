/*
 * A conversation over the link: calls, one behind the other, each acted upon only after its END.
 */
#ifndef CORE_API_CONVERSATION_H
#define CORE_API_CONVERSATION_H

#include "core/engine.h"
#include "core/link/frame.h"
#include "core/request/running.h"
#include "storage/arena.h"

struct conversation {
	struct engine *engine;
	struct running_list *running;
	struct arena arena; /* of the call that is served */
	struct link link;
};

/* Over the socket FD, which stays the caller's. */
void conversation_init(struct conversation *conversation, struct engine *engine,
		       struct running_list *running, int fd);
void conversation_clear(struct conversation *conversation);

/* Receives the next call, serves and answers it. ERR_LINK: there is none any more. */
int conversation_serve(struct conversation *conversation);

#endif
