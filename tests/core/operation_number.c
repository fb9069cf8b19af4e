#include "tests/core/operation_number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/link/operation.h"

uint16_t operation_number(const char *method, const char *path)
{
	size_t count, i;
	const struct operation *table = operation_table(&count);

	for (i = 0; i < count; i++)
		if (!strcmp(method_names[table[i].method], method) && !strcmp(table[i].path, path))
			return (uint16_t)i;
	fail_msg("no operation %s %s", method, path);
	return 0;
}
