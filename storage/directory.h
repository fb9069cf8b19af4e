/* The files of a directory, each once. */
#ifndef STORAGE_DIRECTORY_H
#define STORAGE_DIRECTORY_H

#include <stdbool.h>

/*
 * Calls ACTION with the open directory PATH and each of its names that is WANTED, in no order,
 * until it returns something else than 0, which is returned. errno when the directory cannot be
 * opened.
 */
int directory_each(const char *path, bool (*wanted)(const char *name),
		   int (*action)(int directory, const char *name));

/* Whether files of that name are databases. */
bool is_database_name(const char *name);

#endif
