#include "storage/page_guard.h"

#include <db.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/error.h"
#include "storage/log.h"

enum { SLOTS = 8, PAGE_MAX = 32 * 1024, ATOMIC = 4096, BOOT_SIZE = 36 };

/* A page on its way. The process that may die in between is the only one that looks, later. */
struct slot {
	atomic_uint used;  /* by a thread of the process that lives */
	atomic_uint taken; /* the members below are whole */
	uint64_t device, inode, offset;
	uint32_t size;
	uint8_t page[PAGE_MAX];
};

struct guard {
	char boot[BOOT_SIZE]; /* during which all this was written */
	struct slot slots[SLOTS];
};

static const char file_name[] = "pages.guard";
static struct guard *_Atomic guard; /* NULL = nothing is guarded */

/* The name that the kernel gave this boot. */
static int read_boot(char boot[BOOT_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, boot, BOOT_SIZE);

	if (fd >= 0)
		close(fd);
	return got == BOOT_SIZE ? 0 : ENOENT;
}

static struct slot *take_slot(struct guard *at)
{
	unsigned i;

	for (i = 0;; i = (i + 1) % SLOTS) {
		if (!atomic_exchange(&at->slots[i].used, 1))
			return &at->slots[i];
		if (i == SLOTS - 1)
			sched_yield();
	}
}

ssize_t page_guard_write(int fd, const void *bytes, size_t size, off_t offset)
{
	struct guard *at = atomic_load(&guard);
	struct slot *slot;
	struct stat about;
	ssize_t written;
	int code;

	if (!at || size <= ATOMIC || size > PAGE_MAX || fstat(fd, &about))
		return pwrite(fd, bytes, size, offset);
	slot = take_slot(at);
	slot->device = about.st_dev;
	slot->inode = about.st_ino;
	slot->offset = (uint64_t)offset;
	slot->size = (uint32_t)size;
	memcpy(slot->page, bytes, size);
	atomic_store(&slot->taken, 1);
	written = pwrite(fd, bytes, size, offset);
	code = errno;
	atomic_store(&slot->taken, 0);
	atomic_store(&slot->used, 0);
	errno = code;
	return written;
}

/* Whether that may be a page: logs are written as they come. */
static bool is_page(size_t size, off_t at)
{
	return size > ATOMIC && !(size & (size - 1)) && !(at % (off_t)size);
}

ssize_t page_guard_write_here(int fd, const void *bytes, size_t size)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t written;

	if (at < 0 || !is_page(size, at))
		return write(fd, bytes, size);
	written = page_guard_write(fd, bytes, size, at);
	return written > 0 && lseek(fd, at + written, SEEK_SET) < 0 ? -1 : written;
}

/* Opens the file of HOME's directory with that number; -1: it is there no more. */
static int open_inode(DIR *directory, const struct slot *slot)
{
	struct dirent *entry;
	struct stat about;

	rewinddir(directory);
	while ((entry = readdir(directory)))
		if (!fstatat(dirfd(directory), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(about.st_mode) && about.st_ino == slot->inode &&
		    about.st_dev == slot->device)
			return openat(dirfd(directory), entry->d_name, O_WRONLY | O_CLOEXEC);
	return -1;
}

static int restore_slot(DIR *directory, struct slot *slot)
{
	int fd, code = 0;

	if (!atomic_load(&slot->taken) || slot->size > PAGE_MAX)
		return 0;
	fd = open_inode(directory, slot);
	if (fd < 0)
		return 0;
	if (pwrite(fd, slot->page, slot->size, (off_t)slot->offset) != (ssize_t)slot->size)
		code = errno ? errno : EIO;
	close(fd);
	return code;
}

static int restore_all(DIR *directory, struct guard *from)
{
	char boot[BOOT_SIZE];
	unsigned i;

	if (read_boot(boot) || memcmp(boot, from->boot, BOOT_SIZE) != 0)
		return 0;
	for (i = 0; i < SLOTS; i++)
		TRY(restore_slot(directory, &from->slots[i]));
	for (i = 0; i < SLOTS; i++) /* or a later start would take it for news */
		atomic_store(&from->slots[i].taken, 0);
	return 0;
}

static struct guard *map(int fd)
{
	void *bytes = mmap(NULL, sizeof(struct guard), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return bytes == MAP_FAILED ? NULL : bytes;
}

/* Writes again what was interrupted. */
static int restore(const char *home)
{
	DIR *directory = opendir(home);
	struct guard *from = NULL;
	struct stat about;
	int fd, code = 0;

	if (!directory)
		return errno == ENOENT ? 0 : errno;
	fd = openat(dirfd(directory), file_name, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &about) && about.st_size == sizeof(*from))
		from = map(fd);
	if (from) {
		code = restore_all(directory, from);
		munmap(from, sizeof(*from));
	}
	if (fd >= 0)
		close(fd);
	closedir(directory);
	return code;
}

/* All slots free. */
static struct guard *make(const char *home)
{
	struct guard *made = NULL;
	char boot[BOOT_SIZE], path[4096];
	int fd, code = ENAMETOOLONG;

	if (read_boot(boot) || snprintf(path, sizeof(path), "%s/%s", home, file_name) >= 4096)
		return NULL;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	/* its room is taken now: memory that finds none later would end the process */
	code = fd < 0 ? errno : posix_fallocate(fd, 0, sizeof(*made));
	if (!code)
		made = map(fd);
	if (fd >= 0)
		close(fd);
	if (!made)
		return NULL;
	memset(made, 0, sizeof(*made));
	memcpy(made->boot, boot, BOOT_SIZE);
	return made;
}

int page_guard_begin(const char *home)
{
	struct guard *made;

	TRY(restore(home));
	made = make(home);
	if (!made)
		log_warning("there is no room in %s for %s: a SIGKILL may damage the store", home,
			    file_name);
	atomic_store(&guard, made);
	return db_env_set_func_pwrite(page_guard_write);
}

void page_guard_end(void)
{
	struct guard *at = atomic_exchange(&guard, NULL);

	if (at)
		munmap(at, sizeof(*at));
}
