/*
 * A power cut for one program: preloaded, it keeps what a cut would leave of the files in
 * $POWER_CUT.
 *
 * Before a file changes, what it was is noted in $POWER_CUT.undo, in a file named as its inode;
 * when it is synced, the notes are gone. Who takes the notes back, the last one first (kills.py),
 * has the files as they were when they were synced last. Names are another matter: files are made,
 * renamed and removed at once, which is the worst for who relies on the old ones.
 *
 * A note: 8 bytes each, in the machine's order, offset, count of bytes, size of the file before
 * (-1: it was made), then the bytes that there were.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/preload.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

struct note {
	int64_t offset, count, size;
};

static void require(bool it)
{
	if (!it)
		abort();
}

static bool is_ours(int fd, struct stat *ret)
{
	return preload_is_below(getenv("POWER_CUT"), fd, ret);
}

static void name_notes(const struct stat *about, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s.undo/%llu", getenv("POWER_CUT"),
		 (unsigned long long)about->st_ino);
}

static void write_all(int fd, const void *bytes, size_t size)
{
	while (size) {
		long n = syscall(SYS_write, fd, bytes, size);

		require(n > 0);
		bytes = (const char *)bytes + n;
		size -= (size_t)n;
	}
}

/* COUNT bytes at OFFSET are going to change, or the size. */
static void note(int fd, const struct stat *about, int64_t offset, int64_t count, int64_t size)
{
	int64_t there = about->st_size > offset ? about->st_size - offset : 0;
	struct note head = {offset, count < there ? count : there, size};
	size_t whole = sizeof(head) + (size_t)head.count;
	char path[PATH_MAX], *bytes = malloc(whole);
	int readable, notes;

	name_notes(about, path);
	require(bytes != NULL);
	memcpy(bytes, &head, sizeof(head));
	if (head.count) {
		char link[64];

		snprintf(link, sizeof(link), "/proc/self/fd/%d",
			 fd); /* FD may be open for writing only */
		readable = (int)syscall(SYS_open, link, O_RDONLY | O_CLOEXEC, 0);
		require(readable >= 0);
		require(pread(readable, bytes + sizeof(head), (size_t)head.count, offset) ==
			head.count);
		close(readable);
	}
	notes = (int)syscall(SYS_open, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	require(notes >= 0);
	write_all(notes, bytes, whole);
	close(notes);
	free(bytes);
}

static int sync_file(const char *name, int fd)
{
	int (*real)(int), code;
	struct stat about;
	char path[PATH_MAX];

	preload_find(name, &real);
	if (!is_ours(fd, &about))
		return real(fd);
	pthread_mutex_lock(&mutex);
	code = real(fd);
	name_notes(&about, path);
	if (!code)
		unlink(path);
	pthread_mutex_unlock(&mutex);
	return code;
}

int fdatasync(int fd)
{
	return sync_file("fdatasync", fd);
}

int fsync(int fd)
{
	return sync_file("fsync", fd);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
	ssize_t (*real)(int, const struct iovec *, int, off_t), done;
	struct stat about;
	int64_t size = 0;
	int i;

	preload_find("pwritev", &real);
	if (!is_ours(fd, &about))
		return real(fd, pieces, count, offset);
	for (i = 0; i < count; i++)
		size += (int64_t)pieces[i].iov_len;
	pthread_mutex_lock(&mutex);
	require(!fstat(fd, &about));
	note(fd, &about, offset, size, about.st_size);
	done = real(fd, pieces, count, offset);
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
	struct stat about;
	long done;

	if (!is_ours(fd, &about))
		return syscall(SYS_write, fd, bytes, size);
	pthread_mutex_lock(&mutex);
	require(!fstat(fd, &about));
	note(fd, &about, fcntl(fd, F_GETFL) & O_APPEND ? about.st_size : lseek(fd, 0, SEEK_CUR),
	     (int64_t)size, about.st_size);
	done = syscall(SYS_write, fd, bytes, size);
	pthread_mutex_unlock(&mutex);
	return done;
}

int ftruncate(int fd, off_t size)
{
	struct stat about;
	long code;

	if (!is_ours(fd, &about))
		return (int)syscall(SYS_ftruncate, fd, size);
	pthread_mutex_lock(&mutex);
	require(!fstat(fd, &about));
	note(fd, &about, size, INT64_MAX, about.st_size);
	code = syscall(SYS_ftruncate, fd, size);
	pthread_mutex_unlock(&mutex);
	return (int)code;
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
	int (*real)(int, off_t, off_t), code;
	struct stat about;

	preload_find("posix_fallocate", &real);
	if (!is_ours(fd, &about))
		return real(fd, offset, size);
	pthread_mutex_lock(&mutex);
	require(!fstat(fd, &about));
	note(fd, &about, offset, 0, about.st_size);
	code = real(fd, offset, size);
	pthread_mutex_unlock(&mutex);
	return code;
}

/* A file that is emptied was noted whole before; one that is made has nothing before. */
int openat(int directory, const char *path, int flags, ...)
{
	bool there = !faccessat(directory, path, F_OK, 0);
	struct stat about;
	va_list more;
	int fd, mode;

	va_start(more, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;
	va_end(more);
	fd = (int)syscall(SYS_openat, directory, path, flags & ~O_TRUNC, mode);
	if (fd < 0 || !is_ours(fd, &about))
		return fd < 0 || !(flags & O_TRUNC) || syscall(SYS_ftruncate, fd, 0) == 0 ||
				       errno == EINVAL
			       ? fd
			       : -1;
	pthread_mutex_lock(&mutex);
	if (!there && flags & O_CREAT)
		note(fd, &about, 0, 0, -1);
	pthread_mutex_unlock(&mutex);
	if (flags & O_TRUNC)
		require(!ftruncate(fd, 0));
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list more;
	int mode;

	va_start(more, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;
	va_end(more);
	return openat(AT_FDCWD, path, flags, mode);
}

/* Berkeley DB calls those with 64 bits, which here are the same. */
#define ALSO_64(name) extern __typeof__(name) name##64 __attribute__((alias(#name)))
ALSO_64(pwritev);
ALSO_64(pwrite);
ALSO_64(ftruncate);
ALSO_64(posix_fallocate);
ALSO_64(openat);
ALSO_64(open);
