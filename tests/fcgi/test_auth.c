/* Users, passwords and what is remembered of them. */
#include "fcgi/auth.h"

#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/log.h"

struct fixture {
	struct arena arena;
	struct config config;
	struct auth auth;
	struct error error;
	char path[32];
	int version; /* makes every written file differ in size */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	log_setup("test", LOG_LEVEL_ERROR);
	arena_init(&f->arena);
	strcpy(f->path, "/tmp/test_auth_XXXXXX");
	close(mkstemp(f->path));
	f->config.auth = AUTH_BASIC;
	f->config.auth_file = f->path;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	auth_clear(&f->auth);
	arena_clear(&f->arena);
	free(f);
	return 0;
}

static void write_user(struct fixture *f, const char *name, const char *password)
{
	struct crypt_data data = {0};
	FILE *file = fopen(f->path, "w");
	int i;

	for (i = 0; i < f->version; i++)
		fputs("# again\n", file);
	f->version++;
	fprintf(file, "%s:%s\n", name, crypt_r(password, "$1$saltsalt$", &data));
	fclose(file);
}

/* CREDENTIAL in base64. */
static bool check(struct fixture *f, const char *credential, const char **ret_user)
{
	return auth_check(&f->auth, arena_printf(&f->arena, "Basic %s", credential), NULL,
			  &f->arena, ret_user);
}

static void base64_credentials_are_split_at_the_first_colon(void **state)
{
	struct fixture *f = *state;
	const char *name, *password;

	assert_true(auth_parse_basic("Basic ZGVtbzpzZWNyZXQ=", &f->arena, &name, &password));
	assert_string_equal(name, "demo");
	assert_string_equal(password, "secret");
	assert_true(auth_parse_basic("bAsIc  YTpiOmM", &f->arena, &name, &password));
	assert_string_equal(password, "b:c");
	assert_true(auth_parse_basic("Basic Og==", &f->arena, &name, &password));
	assert_string_equal(name, "");
}

static void other_headers_are_no_credentials(void **state)
{
	static const char *const cases[] = {
		"",
		"Basic",
		"Basic ",
		"Bearer ZGVtbzpzZWNyZXQ=",
		"Basic ZGVtbw==",
		"Basic ZGVt*zpz",
		"Basic ZGVtbzpzZWNyZXQ=x",
		"Basic gDqA", /* not UTF-8 */
		"Basic ZGVtbzpzZWNyZXQ==",
		"Basic ZGVtbwA6cw==", /* a NUL */
		"Basic YTpiO",
	};
	struct fixture *f = *state;
	const char *name, *password;
	size_t i;

	assert_false(auth_parse_basic(NULL, &f->arena, &name, &password));
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (auth_parse_basic(cases[i], &f->arena, &name, &password))
			fail_msg("%s was accepted", cases[i]);
}

static void users_of_the_file_may_enter(void **state)
{
	struct fixture *f = *state;
	const char *user;

	write_user(f, "demo", "secret");
	assert_int_equal(auth_init(&f->auth, &f->config, &f->arena, &f->error), 0);
	assert_true(check(f, "ZGVtbzpzZWNyZXQ=", &user)); /* demo:secret */
	assert_string_equal(user, "demo");
	assert_true(check(f, "ZGVtbzpzZWNyZXQ=", &user));  /* remembered */
	assert_false(check(f, "ZGVtbzpzZWNyZXQh", &user)); /* demo:secret! */
	assert_false(check(f, "b3RoZXI6c2VjcmV0", &user)); /* other:secret */
	assert_false(auth_check(&f->auth, NULL, "demo", &f->arena, &user));
}

static void a_changed_password_counts_at_once(void **state)
{
	struct fixture *f = *state;
	const char *user;

	write_user(f, "demo", "secret");
	assert_int_equal(auth_init(&f->auth, &f->config, &f->arena, &f->error), 0);
	assert_true(check(f, "ZGVtbzpzZWNyZXQ=", &user));
	write_user(f, "demo", "secret!");
	assert_false(check(f, "ZGVtbzpzZWNyZXQ=", &user));
	assert_true(check(f, "ZGVtbzpzZWNyZXQh", &user));
	unlink(f->path);
	assert_false(check(f, "ZGVtbzpzZWNyZXQh", &user));
	write_user(f, "demo", "secret");
	assert_true(check(f, "ZGVtbzpzZWNyZXQ=", &user));
}

static void a_missing_file_is_an_error_at_the_start(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	assert_int_equal(auth_init(&f->auth, &f->config, &f->arena, &f->error), 2);
	assert_non_null(strstr(f->error.message, "No such file"));
}

static void hashes_that_crypt_does_not_know_let_nobody_in(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->path, "w");
	const char *user;

	fputs("# users\n\ndemo:$apr1$saltsalt$x\nplain:secret\nempty:\nstar:*0\nnocolon\n", file);
	fclose(file);
	assert_int_equal(auth_init(&f->auth, &f->config, &f->arena, &f->error), 0);
	assert_false(check(f, "ZGVtbzpzZWNyZXQ=", &user));
	assert_false(check(f, "cGxhaW46c2VjcmV0", &user)); /* plain:secret */
	assert_false(check(f, "ZW1wdHk6", &user));         /* empty: */
	assert_false(check(f, "c3RhcjoqMA==", &user));     /* star:*0 */
}

static void without_authentication_nobody_is_named(void **state)
{
	struct fixture *f = *state;
	const char *user = "";

	f->config.auth = AUTH_NONE;
	assert_int_equal(auth_init(&f->auth, &f->config, &f->arena, &f->error), 0);
	assert_true(auth_check(&f->auth, NULL, "demo", &f->arena, &user));
	assert_null(user);
}

static void the_web_server_may_name_the_user(void **state)
{
	struct fixture *f = *state;
	const char *user;

	f->config.auth = AUTH_REMOTE_USER;
	assert_int_equal(auth_init(&f->auth, &f->config, &f->arena, &f->error), 0);
	assert_true(auth_check(&f->auth, NULL, "demo", &f->arena, &user));
	assert_string_equal(user, "demo");
	assert_false(auth_check(&f->auth, NULL, NULL, &f->arena, &user));
	assert_false(auth_check(&f->auth, NULL, "", &f->arena, &user));
	assert_false(auth_check(&f->auth, NULL, "\xff", &f->arena, &user));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(base64_credentials_are_split_at_the_first_colon),
		T(other_headers_are_no_credentials),
		T(users_of_the_file_may_enter),
		T(a_changed_password_counts_at_once),
		T(a_missing_file_is_an_error_at_the_start),
		T(hashes_that_crypt_does_not_know_let_nobody_in),
		T(without_authentication_nobody_is_named),
		T(the_web_server_may_name_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
