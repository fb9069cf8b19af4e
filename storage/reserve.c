#include "storage/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/log.h"

enum { SHARE = 4, LEAST = 1024 * 1024 };

static void path_of(const char *home, char *path, size_t size)
{
	snprintf(path, size, "%s/reserve", home);
}

int reserve_keep(const char *home, uint64_t size)
{
	struct statvfs fs;
	struct stat about;
	char path[4096];
	int fd, code;

	path_of(home, path, sizeof(path));
	if (!size || !stat(path, &about) || statvfs(home, &fs))
		return 0;
	if (size > (uint64_t)fs.f_bavail * fs.f_frsize / SHARE)
		size = (uint64_t)fs.f_bavail * fs.f_frsize / SHARE;
	if (size < LEAST)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0660);
	if (fd < 0)
		return errno;
	code = posix_fallocate(fd, 0, (off_t)size);
	close(fd);
	if (code)
		unlink(path);
	return code;
}

bool reserve_give_up(const char *home)
{
	char path[4096];

	path_of(home, path, sizeof(path));
	if (unlink(path))
		return false;
	log_warning("the disk is full: the reserve was given up, so that deleting goes on");
	return true;
}

bool reserve_room_is_low(const char *home, uint64_t size)
{
	struct statvfs fs;

	return !statvfs(home, &fs) && (uint64_t)fs.f_bavail * fs.f_frsize < size;
}
