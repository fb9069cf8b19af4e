/*
 * Who asks: nobody in particular (auth = none), a user of the users file (basic), or whom the web
 * server names (remote-user).
 *
 * The users file has lines `name:hash` as crypt(5) knows them; it is read again when it changes.
 * Checking a password is slow on purpose, so a credential that was right is remembered for some
 * minutes, as a keyed hash over name, password and stored hash: a changed password counts at once.
 */
#ifndef FCGI_AUTH_H
#define FCGI_AUTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/config.h"
#include "storage/arena.h"
#include "storage/error.h"

enum { AUTH_CACHE_MAX = 64 };

struct auth_user {
	const char *name, *hash;
};

struct auth {
	const struct config *config;
	struct arena arena; /* of the users */
	struct stat stat;   /* of the file when it was read */
	size_t user_count;
	struct auth_user *users;
	uint8_t keys[2][16];
	struct {
		uint64_t hash[2];
		int64_t until; /* clock_monotonic_us() */
	} cache[AUTH_CACHE_MAX];
};

/* Reads the users file when auth = basic. */
int auth_init(struct auth *auth, const struct config *config, struct arena *arena,
	      struct error *error);
void auth_clear(struct auth *auth);

/*
 * Is this request allowed, and whose is it (NULL: nobody's)? AUTHORIZATION is the header's value,
 * REMOTE_USER the web server's; both may be NULL.
 */
bool auth_check(struct auth *auth, const char *authorization, const char *remote_user,
		struct arena *arena, const char **ret_user);

/* Splits "Basic base64(name:password)" into ARENA; false when it is anything else. */
bool auth_parse_basic(const char *authorization, struct arena *arena, const char **ret_name,
		      const char **ret_password);

#endif
