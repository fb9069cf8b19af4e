#include "core/schema.h"

#define TABLE_NAME(name, file) file,
const char *const table_names[TABLE_MAX] = {TABLES(TABLE_NAME)};
#undef TABLE_NAME
