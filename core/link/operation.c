#include "core/link/operation.h"

#include <string.h>

#include "storage/arena.h"
#include "storage/uuid.h"

#define OPERATION(method, path, body, answer, handler)                                             \
	{METHOD_##method, path, BODY_##body, ANSWER_##answer, true, false},
#define COMMAND(method, path, body, answer, handler)                                               \
	{METHOD_##method, path, BODY_##body, ANSWER_##answer, true, true},
#define LATER(method, path, body, answer)                                                          \
	{METHOD_##method, path, BODY_##body, ANSWER_##answer, false, false},
static const struct operation operations[] = {
#include "core/link/operations.def"
};
#undef OPERATION
#undef COMMAND
#undef LATER

const char *const method_names[METHOD_MAX] = {"GET", "POST", "PUT", "DELETE", "OPTIONS"};

const struct operation *operation_table(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(operations);
	return operations;
}

uint64_t operation_digest(void)
{
	static const uint8_t key[16] = "operation table";
	uint64_t digest = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		const struct operation *op = &operations[i];

		digest = digest * 31 + hash64(key, op->path, strlen(op->path));
		digest = digest * 31 + (uint64_t)(op->method * 64 + op->body * 8 + op->answer);
	}
	return digest;
}
