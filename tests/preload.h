/*
 * What libraries share that are preloaded into batchd: who stands behind a name, and which files
 * they are about.
 */
#ifndef TESTS_PRELOAD_H
#define TESTS_PRELOAD_H

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the program would call without us; into a variable, as ISO C knows no such cast. */
static inline void preload_find(const char *name, void *ret_function)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	memcpy(ret_function, &function, sizeof(function));
}

/* Whether FD is a file below DIRECTORY (NULL: none is); what it is like goes to *RET. */
static inline bool preload_is_below(const char *directory, int fd, struct stat *ret)
{
	char link[64], path[PATH_MAX];
	ssize_t length;

	if (!directory || fstat(fd, ret) || !S_ISREG(ret->st_mode))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return false;
	path[length] = 0;
	return !strncmp(path, directory, strlen(directory)) && path[strlen(directory)] == '/';
}

#endif
