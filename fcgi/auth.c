#include "fcgi/auth.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "storage/base64.h"
#include "storage/clock.h"
#include "storage/log.h"
#include "storage/uuid.h"
#include "storage/utf8.h"

enum { REMEMBER_US = 5 * 60 * 1000000, CREDENTIAL_MAX = 1024 };

bool auth_parse_basic(const char *authorization, struct arena *arena, const char **ret_name,
		      const char **ret_password)
{
	static const char scheme[] = "Basic ";
	char *text, *colon;
	size_t length;

	if (!authorization || strncasecmp(authorization, scheme, sizeof(scheme) - 1))
		return false;
	authorization += sizeof(scheme) - 1;
	authorization += strspn(authorization, " ");
	length = strlen(authorization);
	if (length > CREDENTIAL_MAX)
		return false;
	text = arena_alloc(arena, length + 3);
	if (!base64_decode(authorization, (uint8_t *)text, &length))
		return false;
	text[length] = 0;
	if (strlen(text) != length || !utf8_valid(text, length))
		return false;
	colon = strchr(text, ':');
	if (!colon)
		return false;
	*colon = 0;
	*ret_name = text;
	*ret_password = colon + 1;
	return true;
}

/* One line of the users file. */
static void add_user(struct auth *auth, char *line)
{
	char *colon;

	line[strcspn(line, "\r\n")] = 0;
	colon = strchr(line, ':');
	if (!*line || *line == '#')
		return;
	if (!colon || colon == line) {
		log_error("%s: a line is not of the form name:hash", auth->config->auth_file);
		return;
	}
	*colon = 0;
	if (!strncmp(colon + 1, "$apr1$", 6) || !strncmp(colon + 1, "{SHA}", 5)) {
		log_error("%s: user %s: Apache's own hash formats are not supported, set the "
			  "password anew with batchctl passwd or htpasswd -B",
			  auth->config->auth_file, line);
		return;
	}
	auth->users[auth->user_count++] = (struct auth_user){arena_strdup(&auth->arena, line),
							     arena_strdup(&auth->arena, colon + 1)};
}

static size_t line_count(FILE *file)
{
	size_t count = 1;
	int c;

	while ((c = getc(file)) != EOF)
		count += c == '\n';
	rewind(file);
	return count;
}

static int read_users(struct auth *auth)
{
	FILE *file = fopen(auth->config->auth_file, "re");
	char *line = NULL;
	size_t room = 0, lines;

	if (!file)
		return errno;
	arena_clear(&auth->arena);
	auth->user_count = 0;
	lines = line_count(file) + 1;
	auth->users = arena_array(&auth->arena, lines, sizeof(*auth->users));
	/* one that grows meanwhile is read again: its time or size has changed then */
	for (; lines && getline(&line, &room, file) >= 0; lines--)
		add_user(auth, line);
	free(line);
	fclose(file);
	return 0;
}

static bool changed(const struct auth *auth, const struct stat *now)
{
	return now->st_mtim.tv_sec != auth->stat.st_mtim.tv_sec ||
	       now->st_mtim.tv_nsec != auth->stat.st_mtim.tv_nsec ||
	       now->st_ino != auth->stat.st_ino || now->st_size != auth->stat.st_size;
}

/* Reads the file again when it has changed. Without a readable file nobody may enter. */
static int refresh(struct auth *auth)
{
	struct stat now;
	int code;

	if (stat(auth->config->auth_file, &now)) {
		auth->user_count = 0;
		memset(&auth->stat, 0, sizeof(auth->stat));
		return errno;
	}
	if (!changed(auth, &now))
		return 0;
	code = read_users(auth);
	if (!code) {
		auth->stat = now;
	} else if (code != EMFILE && code != ENFILE) {
		auth->user_count = 0; /* an old password may be one that was to be replaced */
		memset(&auth->stat, 0, sizeof(auth->stat));
	}
	return code;
}

int auth_init(struct auth *auth, const struct config *config, struct arena *arena,
	      struct error *error)
{
	int code;

	memset(auth, 0, sizeof(*auth));
	auth->config = config;
	arena_init(&auth->arena);
	random_bytes(auth->keys, sizeof(auth->keys));
	if (config->auth != AUTH_BASIC)
		return 0;
	code = refresh(auth);
	if (code)
		return err_set(error, arena, code, "%s: %s", config->auth_file, strerror(code));
	return 0;
}

void auth_clear(struct auth *auth)
{
	arena_clear(&auth->arena);
}

/* Compares without telling by its duration where the difference is. */
static bool same_text(const char *a, const char *b)
{
	size_t i, length = strlen(a);
	unsigned char difference = 0;

	if (strlen(b) != length)
		return false;
	for (i = 0; i < length; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return !difference;
}

static bool password_right(const char *password, const char *hash)
{
	static struct crypt_data data;
	const char *computed = crypt_r(password, hash, &data);
	bool right = computed && *computed != '*' && same_text(computed, hash);

	memset(data.output, 0, sizeof(data.output));
	return right;
}

static const struct auth_user *find_user(const struct auth *auth, const char *name)
{
	size_t i;

	for (i = 0; i < auth->user_count; i++)
		if (!strcmp(auth->users[i].name, name))
			return &auth->users[i];
	return NULL;
}

static void credential_hash(const struct auth *auth, const struct auth_user *user,
			    const char *password, struct arena *arena, uint64_t ret_hash[2])
{
	const char *text = arena_printf(arena, "%s:%s:%s", user->name, user->hash, password);
	size_t i;

	for (i = 0; i < 2; i++)
		ret_hash[i] = hash64(auth->keys[i], text, strlen(text));
}

static bool user_right(struct auth *auth, const struct auth_user *user, const char *password,
		       struct arena *arena)
{
	int64_t now = clock_monotonic_us();
	uint64_t hash[2];
	size_t slot;

	credential_hash(auth, user, password, arena, hash);
	slot = hash[0] % AUTH_CACHE_MAX;
	if (auth->cache[slot].until > now && auth->cache[slot].hash[0] == hash[0] &&
	    auth->cache[slot].hash[1] == hash[1])
		return true;
	if (!password_right(password, user->hash))
		return false;
	auth->cache[slot].hash[0] = hash[0];
	auth->cache[slot].hash[1] = hash[1];
	auth->cache[slot].until = now + REMEMBER_US;
	return true;
}

static bool check_basic(struct auth *auth, const char *authorization, struct arena *arena,
			const char **ret_user)
{
	const char *name, *password;
	const struct auth_user *user;
	int code = refresh(auth);

	if (code)
		log_error("%s: %s", auth->config->auth_file, strerror(code));
	if (!auth_parse_basic(authorization, arena, &name, &password))
		return false;
	user = find_user(auth, name);
	if (!user) { /* takes as long as a wrong password, so that names cannot be tried out */
		if (auth->user_count)
			password_right(password, auth->users[0].hash);
		return false;
	}
	*ret_user = name;
	return user_right(auth, user, password, arena);
}

bool auth_check(struct auth *auth, const char *authorization, const char *remote_user,
		struct arena *arena, const char **ret_user)
{
	*ret_user = NULL;
	if (auth->config->auth == AUTH_BASIC)
		return check_basic(auth, authorization, arena, ret_user);
	if (auth->config->auth == AUTH_NONE)
		return true;
	if (!remote_user || !*remote_user || !utf8_valid(remote_user, strlen(remote_user)))
		return false;
	*ret_user = remote_user;
	return true;
}
