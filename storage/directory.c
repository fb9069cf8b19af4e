#include "storage/directory.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

int directory_each(const char *path, bool (*wanted)(const char *name),
		   int (*action)(int directory, const char *name))
{
	struct dirent *entry;
	DIR *directory = opendir(path);
	int code = 0;

	if (!directory)
		return errno;
	while (!code && (entry = readdir(directory)))
		if (wanted(entry->d_name))
			code = action(dirfd(directory), entry->d_name);
	closedir(directory);
	return code;
}

bool is_database_name(const char *name)
{
	size_t length = strlen(name);

	return length > 3 && !strcmp(name + length - 3, ".db");
}
