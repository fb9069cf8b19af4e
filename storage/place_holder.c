#include "storage/place_holder.h"

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/directory.h"
#include "storage/log.h"

enum { SIZE = 512, MAGIC_AT = 12 }; /* where a database's first page has its magic number, too */

/* Whether the file holds a name; -1: errno. */
static int holds_name(int directory, const char *name)
{
	uint8_t bytes[SIZE];
	uint32_t magic;
	struct stat about;
	ssize_t got;
	int fd;

	if (fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW))
		return -1;
	if (!S_ISREG(about.st_mode) || about.st_size != SIZE)
		return 0;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	got = read(fd, bytes, SIZE);
	close(fd);
	memcpy(&magic, bytes + MAGIC_AT, sizeof(magic));
	return got == SIZE && magic == DB_RENAMEMAGIC;
}

static int remove_if_holder(int directory, const char *name)
{
	int holds = holds_name(directory, name);

	if (holds <= 0)
		return holds ? errno : 0;
	log_info("%s held the name of a file that is gone", name);
	return unlinkat(directory, name, 0) ? errno : 0;
}

int place_holders_remove(const char *home)
{
	return directory_each(home, is_database_name, remove_if_holder);
}
