/*
 * A small disk for one program, where no real one may be mounted: preloaded, it lets files in
 * $SMALL_DISK grow only while all of them together take no more bytes than $SMALL_DISK.size says,
 * a file beside that directory. What would not fit fails with ENOSPC and leaves the file as it was.
 *
 * Whether a write takes room is seen by doing it: a page written into a hole takes some, a page
 * written again does not. Room is what the blocks of all files in the directory leave.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/preload.h"

enum { BLOCK = 512, PAGE = 4096 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int64_t size_of_disk(const char *disk)
{
	char path[PATH_MAX];
	long long size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s.size", disk);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%lld", &size) != 1)
		abort();
	fclose(file);
	return size;
}

/* Bytes that are left; negative when there are too many. */
static int64_t room(const char *disk)
{
	int64_t left = size_of_disk(disk);
	struct dirent *entry;
	struct stat about;
	DIR *dir = opendir(disk);

	while (dir && (entry = readdir(dir)))
		if (!fstatat(dirfd(dir), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(about.st_mode))
			left -= (int64_t)about.st_blocks * BLOCK;
	if (dir)
		closedir(dir);
	return left;
}

/* The disk on which the file FD lies, or NULL; what the file is like goes to *RET. */
static const char *disk_of(int fd, struct stat *ret)
{
	const char *disk = getenv("SMALL_DISK");

	return preload_is_below(disk, fd, ret) ? disk : NULL;
}

/* Takes back what SIZE bytes at OFFSET have added to the file. */
static void undo(int fd, const struct stat *before, off_t offset, size_t size)
{
	off_t first = (offset + PAGE - 1) / PAGE * PAGE;
	off_t end = (offset + (off_t)size) / PAGE * PAGE;

	if (end > first &&
	    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first, end - first))
		abort();
	if (offset + (off_t)size > before->st_size && ftruncate(fd, before->st_size))
		abort();
}

/* After DONE bytes were written at OFFSET: whether they may stay. */
static ssize_t settle(const char *disk, int fd, const struct stat *before, off_t offset,
		      ssize_t done)
{
	struct stat after;

	if (done <= 0 || fstat(fd, &after) || after.st_blocks <= before->st_blocks ||
	    room(disk) >= 0)
		return done;
	undo(fd, before, offset, (size_t)done);
	errno = ENOSPC;
	return -1;
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
	ssize_t (*real)(int, const struct iovec *, int, off_t);
	struct stat before;
	const char *disk = disk_of(fd, &before);
	ssize_t done;

	preload_find("pwritev", &real);
	if (!disk)
		return real(fd, pieces, count, offset);
	pthread_mutex_lock(&mutex);
	fstat(fd, &before);
	done = settle(disk, fd, &before, offset, real(fd, pieces, count, offset));
	pthread_mutex_unlock(&mutex);
	return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	struct iovec piece = {(void *)(uintptr_t)bytes, size};

	return pwritev(fd, &piece, 1, offset);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	ssize_t (*real)(int, const void *, size_t);
	struct stat before;
	const char *disk = disk_of(fd, &before);
	off_t offset;
	ssize_t done;

	preload_find("write", &real);
	if (!disk)
		return real(fd, bytes, size);
	pthread_mutex_lock(&mutex);
	fstat(fd, &before);
	offset = fcntl(fd, F_GETFL) & O_APPEND ? before.st_size : lseek(fd, 0, SEEK_CUR);
	done = settle(disk, fd, &before, offset, real(fd, bytes, size));
	if (done < 0)
		lseek(fd, offset, SEEK_SET);
	pthread_mutex_unlock(&mutex);
	return done;
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
	int (*real)(int, off_t, off_t);
	struct stat before;
	const char *disk = disk_of(fd, &before);
	int code = ENOSPC;

	preload_find("posix_fallocate", &real);
	if (!disk)
		return real(fd, offset, size);
	pthread_mutex_lock(&mutex);
	if (room(disk) + (int64_t)before.st_blocks * BLOCK >= offset + size)
		code = real(fd, offset, size);
	pthread_mutex_unlock(&mutex);
	return code;
}

int statvfs(const char *path, struct statvfs *ret)
{
	int (*real)(const char *, struct statvfs *);
	const char *disk = getenv("SMALL_DISK");
	int64_t left;

	preload_find("statvfs", &real);
	if (real(path, ret))
		return -1;
	if (!disk || strncmp(path, disk, strlen(disk)))
		return 0;
	left = room(disk);
	ret->f_frsize = PAGE;
	ret->f_bavail = ret->f_bfree = (fsblkcnt_t)(left > 0 ? left / PAGE : 0);
	return 0;
}
