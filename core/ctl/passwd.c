/* batchctl passwd: adds a user to the file that `auth = basic` reads, or changes a password. */
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "core/ctl/ctl.h"

enum { PASSWORD_MAX = 256 };

static bool read_line(char *line, size_t size)
{
	size_t end;

	if (!fgets(line, (int)size, stdin))
		return false;
	end = strcspn(line, "\r\n");
	if (!line[end] && !feof(stdin)) {
		fprintf(stderr, "batchctl: a password has at most %zu bytes\n", size - 2);
		return false;
	}
	line[end] = '\0';
	return *line != '\0';
}

/* Asks on the terminal without showing what is typed; in a pipe reads a line. */
static bool ask_password(const char *user, char *password, size_t size)
{
	struct termios before, silent;
	bool terminal = !tcgetattr(STDIN_FILENO, &before), ok;

	if (terminal) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		fprintf(stderr, "Password for %s: ", user);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	}
	ok = read_line(password, size);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	return ok;
}

/* The other users' lines. */
static bool copy_others(FILE *in, FILE *out, const char *user)
{
	size_t length = strlen(user), room = 0;
	char *line = NULL;
	bool ok = true;
	ssize_t size;

	while (ok && (size = getline(&line, &room, in)) > 0) {
		if (!strncmp(line, user, length) && line[length] == ':')
			continue;
		ok = fputs(line, out) >= 0 && (line[size - 1] == '\n' || fputc('\n', out) >= 0);
	}
	free(line);
	return ok && !ferror(in);
}

/* Who may read the file IN may read FD's, too. */
static bool same_access(FILE *in, int fd)
{
	struct stat about;

	return !fstat(fileno(in), &about) && !fchown(fd, about.st_uid, about.st_gid) &&
	       !fchmod(fd, about.st_mode & 07777);
}

/* Copies the other users' lines and adds this one's; the file appears whole or not at all. */
static bool write_users(const char *path, const char *user, const char *hash)
{
	char fresh[4096];
	FILE *in = fopen(path, "re"), *out;
	bool ok = in || errno == ENOENT;
	int fd;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	fd = ok ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640) : -1;
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	ok = out && (!in || (same_access(in, fd) && copy_others(in, out, user)));
	if (in)
		fclose(in);
	ok = ok && fprintf(out, "%s:%s\n", user, hash) > 0 && !fflush(out) && !fsync(fd);
	if (out && fclose(out))
		ok = false;
	return ok && !rename(fresh, path);
}

int ctl_passwd(struct ctl *ctl)
{
	char password[PASSWORD_MAX], salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data data;
	const char *user, *hash;

	if (ctl->argc != 2)
		return CTL_USAGE;
	user = ctl->argv[1];
	if (!ctl->config.auth_file || strpbrk(user, ":\n") || !*user) {
		fprintf(stderr, "batchctl: %s\n",
			ctl->config.auth_file ? "a user's name has no colon"
					      : "authFile is not set in the configuration");
		return CTL_FAILED;
	}
	if (!ask_password(user, password, sizeof(password))) {
		fprintf(stderr, "batchctl: no password given\n");
		return CTL_FAILED;
	}
	memset(&data, 0, sizeof(data));
	hash = crypt_gensalt_rn(NULL, 0, NULL, 0, salt, sizeof(salt))
		       ? crypt_r(password, salt, &data)
		       : NULL;
	explicit_bzero(password, sizeof(password));
	if (!hash || *hash == '*' || !write_users(ctl->config.auth_file, user, hash)) {
		fprintf(stderr, "batchctl: %s: %s\n", ctl->config.auth_file, strerror(errno));
		return CTL_FAILED;
	}
	printf("password of %s set in %s\n", user, ctl->config.auth_file);
	return CTL_OK;
}
