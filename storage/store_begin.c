#include "storage/store_begin.h"

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/directory.h"
#include "storage/error.h"
#include "storage/log_ahead.h"
#include "storage/store_internal.h"

static const char making[] = "making";
static atomic_bool unsynced;

/* What the kernel could not write it forgets: a second try would succeed and prove nothing. Other
 * files than the log are written again from it. */
static int sync_unless_making(int fd)
{
	int failed = atomic_load(&unsynced) ? 0 : fdatasync(fd);

	if (failed && log_ahead_is_of(fd))
		store_give_up("the log could not be synced");
	return failed;
}

/* Files of a store: databases, Berkeley DB's own on their way, logs. */
static bool is_of_store(const char *name)
{
	return !strncmp(name, "log.", 4) || !strncmp(name, "__db.", 5) || is_database_name(name);
}

static int close_code(int fd, int failed)
{
	int code = failed ? errno : 0;

	close(fd);
	return code;
}

static int remove_file(int directory, const char *name)
{
	return unlinkat(directory, name, 0) ? errno : 0;
}

/* Has the kernel begin to write: then all of them go to the disk together. */
static int begin_to_write(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : close_code(fd, sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
}

static int sync_file(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : close_code(fd, fdatasync(fd));
}

static int found_one(int directory, const char *name)
{
	(void)directory;
	(void)name;
	return EEXIST;
}

/* Does the same with every file of the store, until something fails. */
static int each_file(const char *home, int (*action)(int directory, const char *name))
{
	return directory_each(home, is_of_store, action);
}

static int mark(int directory)
{
	int fd = openat(directory, making, O_WRONLY | O_CREAT | O_CLOEXEC, 0660);

	return fd < 0 ? errno : close_code(fd, 0);
}

static int with_directory(const char *home, int (*action)(int directory))
{
	int directory = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code;

	if (directory < 0)
		return errno;
	code = action(directory);
	close(directory);
	return code;
}

static int is_marked(int directory)
{
	return faccessat(directory, making, F_OK, 0) ? errno : 0;
}

int store_begin(const char *home, bool *ret_new)
{
	int code = with_directory(home, is_marked);

	*ret_new = false;
	TRY(db_env_set_func_fsync(sync_unless_making));
	if (code && code != ENOENT)
		return code;
	code = each_file(home, code ? found_one : remove_file);
	if (code)
		return code == EEXIST ? 0 : code;
	TRY(with_directory(home, mark));
	*ret_new = true;
	atomic_store(&unsynced, true);
	return 0;
}

static int unmark(int directory)
{
	if (fsync(directory) || unlinkat(directory, making, 0) || fsync(directory))
		return errno;
	return 0;
}

int store_begun(const char *home)
{
	atomic_store(&unsynced, false);
	TRY(each_file(home, begin_to_write));
	TRY(each_file(home, sync_file));
	return with_directory(home, unmark);
}

void store_begin_failed(void)
{
	atomic_store(&unsynced, false);
}
