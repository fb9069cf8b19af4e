#include "core/api/handler.h"

#include <stddef.h>

#define OPERATION(method, path, body, answer, handler) handler,
#define COMMAND                                        OPERATION
#define LATER(method, path, body, answer)              NULL,
static const handler handlers[] = {
#include "core/link/operations.def"
};
#undef OPERATION
#undef COMMAND
#undef LATER

handler handler_of(uint16_t operation)
{
	return operation < ARRAY_SIZE(handlers) ? handlers[operation] : NULL;
}
