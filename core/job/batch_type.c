#include "core/job/batch_type.h"

#include <string.h>

bool batch_type_checks_first(const struct batch_type *type)
{
	return !type || !type->execute || type->checks_first;
}

const struct batch_type *batch_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < batch_type_count; i++)
		if (!strcmp(batch_types[i].name, name))
			return &batch_types[i];
	return NULL;
}

bool batch_type_names_instance(const char *name)
{
	const struct batch_type *type = batch_type_find(name);

	return type && type->names_instance;
}
