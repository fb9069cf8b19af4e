#include "core/record/kind.h"

#include <math.h>
#include <string.h>

union slot *row_new(struct arena *arena, const struct kind *kind)
{
	union slot *row = arena_array(arena, kind->count, sizeof(*row));
	size_t i;

	for (i = 0; i < kind->count; i++) {
		switch (kind->fields[i].type) {
		case FIELD_TIME:
		case FIELD_INT:
		case FIELD_LONG:
		case FIELD_BOOL:
			row[i].i = INT_NULL;
			break;
		case FIELD_DOUBLE:
			row[i].d = NAN;
			break;
		default:
			row[i].s = NULL;
		}
	}
	return row;
}

int kind_field(const struct kind *kind, const char *name)
{
	size_t i;

	for (i = 0; i < kind->count; i++)
		if (!strcmp(kind->fields[i].name, name))
			return (int)i;
	return -1;
}
