/* batchctl backup, restore, verify: the store as a whole. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/ctl/ctl.h"
#include "storage/snapshot.h"
#include "storage/store.h"

int ctl_backup(struct ctl *ctl)
{
	struct call call = ctl_call(ADMIN_BACKUP);
	struct json_object *answer;
	struct pair query[1];
	struct link link;
	char *path;

	if (ctl->argc != 2)
		return CTL_USAGE;
	if (ctl->argv[1][0] == '/') {
		path = strdup(ctl->argv[1]);
	} else {
		char *here = getcwd(NULL, 0);

		if (!here || asprintf(&path, "%s/%s", here, ctl->argv[1]) < 0)
			abort();
		free(here);
	}
	query[0] = (struct pair){"directory", path};
	call.query = query;
	call.query_count = 1;
	if (!ctl_connect(ctl, &link)) {
		free(path);
		return CTL_FAILED;
	}
	answer = ctl_get(ctl, &link, &call);
	if (answer)
		printf("backed up to %s\n", path);
	json_object_put(answer);
	link_clear(&link);
	free(path);
	return answer ? CTL_OK : CTL_FAILED;
}

static bool copy_file(const char *from, const char *to)
{
	struct stat about;
	off_t left;
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	bool ok = in >= 0 && !fstat(in, &about);

	if (ok)
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0660);
	ok = ok && out >= 0;
	for (left = ok ? about.st_size : 0; ok && left > 0;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);

		ok = n > 0;
		left -= n > 0 ? n : 0;
	}
	ok = ok && !fsync(out);
	if (!ok)
		fprintf(stderr, "batchctl: copying %s to %s: %s\n", from, to, strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return ok;
}

static bool has_files(const char *home)
{
	DIR *dir = opendir(home);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = strstr(entry->d_name, ".db") || !strncmp(entry->d_name, "log.", 4);
	if (dir)
		closedir(dir);
	return found;
}

static bool copy_store(const char *from, const char *home)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	char source[4096], target[4096];
	bool ok = dir != NULL;

	if (!dir)
		fprintf(stderr, "batchctl: %s: %s\n", from, strerror(errno));
	while (ok && (entry = readdir(dir))) {
		if (!strstr(entry->d_name, ".db") && strncmp(entry->d_name, "log.", 4))
			continue;
		snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
		snprintf(target, sizeof(target), "%s/%s", home, entry->d_name);
		ok = copy_file(source, target);
	}
	if (dir)
		closedir(dir);
	return ok;
}

/* Says so when DIRECTORY holds none. */
static bool holds_store(const char *directory)
{
	bool found = has_files(directory);

	if (!found)
		fprintf(stderr, "batchctl: %s holds no store\n", directory);
	return found;
}

/* The lock that batchd holds while it runs; -1, with a message, when it is not to be had. */
static int lock_home(const char *home)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/batchd.lock", home);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		int code = errno;

		close(fd);
		errno = code;
		fd = -1;
	}
	if (fd < 0 && errno == EWOULDBLOCK)
		fprintf(stderr, "batchctl: %s is in use: stop batchd first\n", home);
	else if (fd < 0)
		fprintf(stderr, "batchctl: %s: %s\n", path, strerror(errno));
	return fd;
}

int ctl_restore(struct ctl *ctl)
{
	const char *home = ctl->config.home;
	int lock, code;
	bool ok;

	if (ctl->argc != 2)
		return CTL_USAGE;
	if (!holds_store(ctl->argv[1]))
		return CTL_FAILED;
	if (mkdir(home, 0770) && errno != EEXIST) {
		fprintf(stderr, "batchctl: %s: %s\n", home, strerror(errno));
		return CTL_FAILED;
	}
	lock = lock_home(home);
	if (lock < 0)
		return CTL_FAILED;
	ok = !has_files(home);
	if (!ok)
		fprintf(stderr, "batchctl: %s holds a store: move it away first\n", home);
	code = ok ? snapshot_drop_all(home) : 0; /* of what was there before */
	if (code)
		fprintf(stderr, "batchctl: %s: %s\n", home, err_text(code));
	ok = ok && !code && copy_store(ctl->argv[1], home);
	code = ok ? store_recover(home) : 0;
	if (code)
		fprintf(stderr, "batchctl: the restored store cannot be recovered: %s\n",
			err_text(code));
	if (ok && !code)
		printf("restored %s to %s\n", ctl->argv[1], home);
	close(lock);
	return ok && !code ? CTL_OK : CTL_FAILED;
}

int ctl_verify(struct ctl *ctl)
{
	const char *home = ctl->argc == 2 ? ctl->argv[1] : ctl->config.home;
	int lock, code;

	if (ctl->argc > 2)
		return CTL_USAGE;
	if (!holds_store(home))
		return CTL_FAILED;
	lock = lock_home(home);
	if (lock < 0)
		return CTL_FAILED;
	code = store_recover(home);
	if (!code)
		code = store_verify(home);
	close(lock);
	if (code)
		fprintf(stderr, "batchctl: %s is damaged: %s\n", home, err_text(code));
	return code ? CTL_FAILED : CTL_OK;
}
