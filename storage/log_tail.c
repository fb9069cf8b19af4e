#include "storage/log_tail.h"

#include <db.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/error.h"
#include "storage/page_guard.h"

enum { PIECE = 4096 };

/* The last log file while a recovery runs, in the thread that runs it. */
static _Thread_local struct {
	bool active;
	dev_t device;
	ino_t inode;
	int fd;    /* of the zeros seen last; -1 = none */
	off_t end; /* of those zeros */
} tail;

static bool is_zero(const char *bytes, size_t size)
{
	return size == PIECE && !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

/* Zeros at END and behind it need not be there. */
static bool cut_off(int fd, off_t at)
{
	struct stat about;

	if (fstat(fd, &about) || about.st_dev != tail.device || about.st_ino != tail.inode)
		return false;
	return at >= about.st_size || !ftruncate(fd, at);
}

/* Berkeley DB takes a short write for a failure: errno is to say why there was no more. */
static ssize_t write_all(int fd, const char *bytes, size_t size)
{
	size_t written = 0;

	while (written < size) {
		ssize_t n = page_guard_write_here(fd, bytes + written, size - written);

		if (n < 0 && errno != EINTR)
			return -1;
		written += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)size;
}

static ssize_t write_tail(int fd, const void *bytes, size_t size)
{
	off_t at;

	if (!tail.active || !is_zero(bytes, size))
		return write_all(fd, bytes, size);
	at = lseek(fd, 0, SEEK_CUR);
	if (at < 0 || ((fd != tail.fd || at != tail.end) && !cut_off(fd, at)))
		return write_all(fd, bytes, size);
	tail.fd = fd;
	tail.end = lseek(fd, (off_t)size, SEEK_CUR);
	return (ssize_t)size;
}

/* The names' numbers have the same width. */
static int find_last(DIR *directory, char *last, size_t size)
{
	struct dirent *entry;

	*last = 0;
	while ((entry = readdir(directory)))
		if (!strncmp(entry->d_name, "log.", 4) && strcmp(entry->d_name, last) > 0)
			snprintf(last, size, "%s", entry->d_name);
	return *last ? 0 : ENOENT;
}

int log_tail_begin(const char *home)
{
	DIR *directory = opendir(home);
	struct stat about;
	char last[256];
	int code;

	if (!directory)
		return errno;
	code = find_last(directory, last, sizeof(last));
	if (!code && fstatat(dirfd(directory), last, &about, 0))
		code = errno;
	closedir(directory);
	if (code)
		return code == ENOENT ? 0 : code;
	tail.active = true;
	tail.device = about.st_dev;
	tail.inode = about.st_ino;
	tail.fd = -1;
	return db_env_set_func_write(write_tail);
}

void log_tail_end(void)
{
	tail.active = false;
	db_env_set_func_write(NULL); /* pages are written by pwrite() again, logs as before */
}
