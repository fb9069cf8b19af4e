#include "storage/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/buffer.h"
#include "storage/directory.h"
#include "storage/store_internal.h"

enum { HEAD = 4096, PATH_ROOM = 4096 }; /* the head fills a page, so that the rest can be mapped */

#define SUFFIX   ".snapshot"
#define PREPARED "~"

static const char magic[8] = "batchd\ns";

static void head_make(const struct store *store, uint32_t layout, size_t size, uint8_t head[HEAD])
{
	memset(head, 0, HEAD);
	memcpy(head, magic, sizeof(magic));
	be32_write(head + 8, STORE_FORMAT);
	be32_write(head + 12, layout);
	memcpy(head + 16, store->tag, sizeof(store->tag));
	be64_write(head + 32, size);
}

static void path_of(const struct store *store, const char *name, const char *suffix,
		    char path[PATH_ROOM])
{
	snprintf(path, PATH_ROOM, "%s/%s" SUFFIX "%s", store->home, name, suffix);
}

static bool fits(int fd, const struct store *store, uint32_t layout, size_t size)
{
	uint8_t wanted[HEAD], found[HEAD];
	struct stat file;

	head_make(store, layout, size, wanted);
	return !fstat(fd, &file) && (uint64_t)file.st_size == HEAD + (uint64_t)size &&
	       read(fd, found, HEAD) == HEAD && !memcmp(found, wanted, HEAD);
}

static int map_file(struct store *store, const char *name, const char *suffix, uint32_t layout,
		    size_t size, void **ret)
{
	char path[PATH_ROOM];
	void *bytes = MAP_FAILED;
	int fd;

	path_of(store, name, suffix, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ERR_NOT_FOUND;
	if (fits(fd, store, layout, size))
		bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, HEAD);
	close(fd);
	if (bytes == MAP_FAILED)
		return ERR_NOT_FOUND;
	*ret = bytes;
	return 0;
}

int snapshot_map(struct store *store, const char *name, uint32_t layout, size_t size, void **ret)
{
	return map_file(store, name, "", layout, size, ret);
}

int snapshot_map_prepared(struct store *store, const char *name, uint32_t layout, size_t size,
			  void **ret)
{
	return map_file(store, name, PREPARED, layout, size, ret);
}

void snapshot_unmap(void *bytes, size_t size)
{
	munmap(bytes, size);
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return errno;
		bytes += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int snapshot_prepare(struct store *store, const char *name, uint32_t layout, const void *bytes,
		     size_t size)
{
	char path[PATH_ROOM];
	uint8_t head[HEAD];
	int fd, code;

	path_of(store, name, PREPARED, path);
	/* one of before stays as it is for whoever has mapped it */
	if (unlink(path) && errno != ENOENT)
		return errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	if (fd < 0)
		return errno;
	head_make(store, layout, size, head);
	code = write_all(fd, head, HEAD);
	if (!code)
		code = write_all(fd, bytes, size);
	if (!code && fsync(fd))
		code = errno;
	close(fd);
	if (code)
		unlink(path);
	return code;
}

int snapshot_publish(struct store *store, const char *name)
{
	char from[PATH_ROOM], to[PATH_ROOM];
	int code = store->env->log_flush(store->env, NULL);

	if (code)
		return store_code(store, code);
	path_of(store, name, PREPARED, from);
	path_of(store, name, "", to);
	return rename(from, to) ? errno : 0;
}

static int sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), code;

	if (fd < 0)
		return errno;
	code = fsync(fd) ? errno : 0;
	close(fd);
	return code;
}

static bool is_snapshot_name(const char *name)
{
	return strstr(name, SUFFIX) != NULL;
}

static bool is_prepared_name(const char *name)
{
	size_t length = strlen(name);

	return is_snapshot_name(name) && !strcmp(name + length - strlen(PREPARED), PREPARED);
}

static int remove_name(int directory, const char *name)
{
	return unlinkat(directory, name, 0) ? errno : 0;
}

int snapshot_drop_all(const char *home)
{
	int code = directory_each(home, is_snapshot_name, remove_name);

	return code ? code : sync_directory(home);
}

int snapshot_drop_prepared(struct store *store)
{
	return directory_each(store->home, is_prepared_name, remove_name);
}

int snapshot_drop(struct store *store, const char *name)
{
	char path[PATH_ROOM];

	path_of(store, name, "", path);
	if (unlink(path))
		return errno == ENOENT ? 0 : errno;
	return sync_directory(store->home);
}
