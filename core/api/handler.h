/*
 * The handlers of the operation table: what batchd does for each row.
 */
#ifndef CORE_API_HANDLER_H
#define CORE_API_HANDLER_H

#include "core/request/request.h"

/* One declaration for each OPERATION and COMMAND row of core/link/operations.def; rows may share a
 * handler. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
#define OPERATION(method, path, body, answer, handler) int handler(struct request *request);
#define COMMAND                                        OPERATION
#define LATER(method, path, body, answer)
#include "core/link/operations.def"
#undef OPERATION
#undef COMMAND
#undef LATER
#pragma GCC diagnostic pop

/* The handler of row OPERATION, or NULL when it is not built. */
handler handler_of(uint16_t operation);

#endif
