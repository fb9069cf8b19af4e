#include "storage/log_ahead.h"

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "storage/error.h"
#include "storage/page_guard.h"
#include "storage/store_internal.h"

enum { ROOM = 256 * 1024, ZEROS = 64 * 1024, PIECES = ROOM / ZEROS, OPEN_TRIES = 20 };

static const char zeros[ZEROS];

/* Who opens and writes a log holds Berkeley DB's lock of it. */
static struct {
	atomic_int fd; /* of the log file that is written; -1 = none */
	off_t end;     /* of what has room, or was written with it */
	off_t limit;
	char home[4096];
	atomic_bool wanted;
} ahead = {.fd = -1};

/* The same file, to be synced by others than Berkeley DB, who closes its descriptor when it likes.
 */
static struct {
	pthread_mutex_t mutex;
	int fd; /* -1 = none */
} again = {PTHREAD_MUTEX_INITIALIZER, -1};

static void open_again(int fd)
{
	pthread_mutex_lock(&again.mutex);
	if (again.fd >= 0)
		close(again.fd);
	again.fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	pthread_mutex_unlock(&again.mutex);
}

/* Not one of a backup, which is written elsewhere. */
static bool is_log(const char *path)
{
	size_t size = strlen(ahead.home);

	return !strncmp(path, ahead.home, size) && !strncmp(path + size, "/log.", 5);
}

/* Berkeley DB would do as much, but not where another function opens. */
static int open_patiently(const char *path, int flags, int mode)
{
	const struct timespec pause = {0, 100 * 1000 * 1000};
	int tries, fd;

	for (tries = 0;; tries++) {
		fd = open(path, flags | O_CLOEXEC, mode);
		if (fd >= 0 || tries == OPEN_TRIES ||
		    (errno != EMFILE && errno != ENFILE && errno != EINTR))
			return fd;
		nanosleep(&pause, NULL);
	}
}

static int open_file(const char *path, int flags, ...)
{
	va_list more;
	int fd;

	va_start(more, flags);
	fd = open_patiently(path, flags, va_arg(more, int)); /* Berkeley DB always says a mode */
	va_end(more);
	if (fd >= 0 && (flags & O_ACCMODE) != O_RDONLY && is_log(path)) {
		ahead.end = 0;
		atomic_store(&ahead.fd, fd);
		open_again(fd);
	}
	return fd;
}

static int close_file(int fd)
{
	int none = fd;

	atomic_compare_exchange_strong(&ahead.fd, &none, -1);
	return close(fd);
}

/* Where there is no room ahead, the bytes themselves may still have some. */
static ssize_t write_with_room(int fd, const void *bytes, size_t size, off_t at)
{
	struct iovec pieces[1 + PIECES] = {
		{(void *)(uintptr_t)bytes, size}
        };
	ssize_t written;
	int i;

	for (i = 1; i <= PIECES; i++)
		pieces[i] = (struct iovec){(void *)(uintptr_t)zeros, ZEROS};
	written = pwritev(fd, pieces, 1 + PIECES, at);
	if (written < (ssize_t)size)
		return pwrite(fd, bytes, size, at);
	ahead.end = at + written;
	return (ssize_t)size;
}

static ssize_t write_log(int fd, const void *bytes, size_t size, off_t at)
{
	off_t end = at + (off_t)size;

	if (end > ahead.end && end + ROOM <= ahead.limit && atomic_exchange(&ahead.wanted, false))
		return write_with_room(fd, bytes, size, at);
	return pwrite(fd, bytes, size, at);
}

bool log_ahead_is_of(int fd)
{
	return fd == atomic_load(&ahead.fd);
}

static ssize_t write_file(int fd, const void *bytes, size_t size, off_t at)
{
	return log_ahead_is_of(fd) ? write_log(fd, bytes, size, at)
				   : page_guard_write(fd, bytes, size, at);
}

void log_ahead_want(void)
{
	atomic_store(&ahead.wanted, true);
}

int log_ahead_sync(void)
{
	int code = EBADF;

	pthread_mutex_lock(&again.mutex);
	if (again.fd >= 0 && (code = fdatasync(again.fd) ? errno : 0))
		store_give_up("the log could not be synced");
	pthread_mutex_unlock(&again.mutex);
	return code;
}

void log_ahead_end(void)
{
	open_again(-1);
}

int log_ahead_begin(const char *home, off_t limit)
{
	if (snprintf(ahead.home, sizeof(ahead.home), "%s", home) >= (int)sizeof(ahead.home))
		return ENAMETOOLONG;
	ahead.limit = limit;
	TRY(db_env_set_func_open(open_file));
	TRY(db_env_set_func_close(close_file));
	return db_env_set_func_pwrite(write_file);
}
