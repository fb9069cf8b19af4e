/* Transactions, tables and walks over them; what opening a store refuses. */
#include "storage/backup.h"
#include "storage/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <db.h>

#include "tests/storage/fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

static int put(struct txn *txn, const char *key, const char *value)
{
	return txn_put(txn, FIXTURE_ONE, key, strlen(key), value, strlen(value));
}

static int put_two(struct txn *txn, void *arg)
{
	(void)arg;
	TRY(put(txn, "a", "1"));
	return put(txn, "b", "2");
}

static int put_after(struct txn *txn, void *arg)
{
	(void)arg;
	return put(txn, "c", "3");
}

static int put_two_and_fail(struct txn *txn, void *arg)
{
	TRY(put_two(txn, arg));
	return ERR_INPUT;
}

static void expect(struct fixture *f, const char *key, const char *value)
{
	struct txn reader = txn_reader(f->store, &f->arena);
	struct bytes got;
	int code = txn_get(&reader, FIXTURE_ONE, key, strlen(key), &got);

	assert_int_equal(code, value ? 0 : ERR_NOT_FOUND);
	if (!value)
		return;
	assert_int_equal(got.size, strlen(value));
	assert_memory_equal(got.data, value, got.size);
}

static void what_was_committed_is_there_after_reopening(void **state)
{
	struct fixture *f = *state;
	uint8_t tag[STORE_TAG_SIZE];

	memcpy(tag, store_tag(f->store), sizeof(tag));
	assert_int_equal(fixture_run(f, put_two, NULL), 0);
	assert_int_equal(fixture_reopen(f), 0);
	expect(f, "a", "1");
	expect(f, "b", "2");
	assert_memory_equal(store_tag(f->store), tag, sizeof(tag));
}

static void a_body_that_fails_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, put_two_and_fail, NULL), ERR_INPUT);
	expect(f, "a", NULL);
	expect(f, "b", NULL);
}

struct conflicts {
	int left, runs;
};

static int conflict_at_first(struct txn *txn, void *arg)
{
	struct conflicts *conflicts = arg;

	conflicts->runs++;
	TRY(put(txn, "a", "1"));
	return conflicts->left-- > 0 ? DB_LOCK_DEADLOCK : 0;
}

static void a_body_runs_again_after_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct conflicts conflicts = {3, 0};

	assert_int_equal(fixture_run(f, conflict_at_first, &conflicts), 0);
	assert_int_equal(conflicts.runs, 4);
	expect(f, "a", "1");
}

static void endless_conflicts_end_busy(void **state)
{
	struct conflicts conflicts = {1000, 0};

	assert_int_equal(fixture_run(*state, conflict_at_first, &conflicts), ERR_BUSY);
	assert_int_equal(conflicts.runs, 16);
	expect(*state, "a", NULL);
}

struct hog {
	int left;
	size_t most; /* bytes of the arena at the end of a try */
};

static int allocate_and_conflict(struct txn *txn, void *arg)
{
	struct hog *hog = arg;

	arena_alloc(txn->arena, 1 << 20);
	if (txn->arena->total > hog->most)
		hog->most = txn->arena->total;
	return hog->left-- > 0 ? DB_LOCK_DEADLOCK : 0;
}

static void what_a_try_allocated_is_given_back_before_the_next(void **state)
{
	struct hog hog = {3, 0};

	assert_int_equal(fixture_run(*state, allocate_and_conflict, &hog), 0);
	assert_in_range(hog.most, 1 << 20, (2 << 20) - 1);
}

static void note(void *arg)
{
	strcat(arg, "x");
}

static int leave_notes(struct txn *txn, void *arg)
{
	txn_on_commit(txn, note, arg);
	txn_on_commit(txn, note, arg);
	return 0;
}

static int leave_notes_and_fail(struct txn *txn, void *arg)
{
	leave_notes(txn, arg);
	return ERR_INPUT;
}

static void memory_follows_the_commit_and_only_that(void **state)
{
	char notes[8] = "";

	assert_int_equal(fixture_run(*state, leave_notes_and_fail, notes), ERR_INPUT);
	assert_string_equal(notes, "");
	assert_int_equal(fixture_run(*state, leave_notes, notes), 0);
	assert_string_equal(notes, "xx");
}

struct noted {
	char text[8];
	int left;
};

static int leave_note_and_conflict(struct txn *txn, void *arg)
{
	struct noted *noted = arg;

	txn_on_commit(txn, note, noted->text);
	return noted->left-- > 0 ? DB_LOCK_DEADLOCK : 0;
}

static void tries_that_failed_leave_no_note(void **state)
{
	struct noted noted = {"", 2};

	assert_int_equal(fixture_run(*state, leave_note_and_conflict, &noted), 0);
	assert_string_equal(noted.text, "x");
}

static int read_own_write(struct txn *txn, void *arg)
{
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;

	(void)arg;
	TRY(put_two(txn, NULL));
	TRY(txn_get(txn, FIXTURE_ONE, "b", 1, &value));
	assert_memory_equal(value.data, "2", 1);
	scan_start(&scan, txn, FIXTURE_ONE, none, none);
	TRY(scan_next(&scan, &key, &value));
	assert_memory_equal(key.data, "a", 1);
	TRY(txn_delete(txn, FIXTURE_ONE, key.data, key.size));
	TRY(scan_next(&scan, &key, &value));
	assert_memory_equal(key.data, "b", 1);
	return 0;
}

static void a_body_sees_its_own_writes_and_may_delete_as_it_walks(void **state)
{
	assert_int_equal(fixture_run(*state, read_own_write, NULL), 0);
	expect(*state, "a", NULL);
	expect(*state, "b", "2");
}

static int insert_twice(struct txn *txn, void *arg)
{
	(void)arg;
	TRY(txn_insert(txn, FIXTURE_ONE, "k", 1, "1", 1));
	return txn_insert(txn, FIXTURE_ONE, "k", 1, "2", 1);
}

static int delete_missing(struct txn *txn, void *arg)
{
	(void)arg;
	return txn_delete(txn, FIXTURE_ONE, "missing", 7);
}

static void inserting_twice_and_deleting_nothing_are_told(void **state)
{
	assert_int_equal(fixture_run(*state, insert_twice, NULL), ERR_EXISTS);
	assert_int_equal(fixture_run(*state, delete_missing, NULL), ERR_NOT_FOUND);
}

static struct txn_pair pair_of(struct txn *txn, const char *key, const char *value)
{
	struct txn_pair pair = {
		{arena_copy(txn->arena, key,   strlen(key)),   strlen(key)  },
		{arena_copy(txn->arena, value, strlen(value)), strlen(value)},
	};

	return pair;
}

/* More than a buffer of bulk takes at once. */
enum { HUGE = 300 * 1024 };

static int put_pairs(struct txn *txn, void *arg)
{
	char *huge = arena_alloc(txn->arena, HUGE + 1);
	struct txn_pair pairs[4];

	(void)arg;
	memset(huge, 'x', HUGE);
	pairs[0] = pair_of(txn, "a", "new");
	pairs[1] = pair_of(txn, "d", "");
	pairs[2] = pair_of(txn, "e", huge);
	pairs[3] = pair_of(txn, "f", "6");
	TRY(txn_put_all(txn, FIXTURE_ONE, pairs, 0));
	return txn_put_all(txn, FIXTURE_ONE, pairs, 4);
}

static int delete_pairs(struct txn *txn, void *arg)
{
	struct txn_pair pairs[] = {pair_of(txn, "a", "new"), pair_of(txn, "f", "6")};

	(void)arg;
	TRY(txn_delete_all(txn, FIXTURE_ONE, pairs, 0));
	return txn_delete_all(txn, FIXTURE_ONE, pairs, 2);
}

static void many_are_put_and_deleted_in_one_call(void **state)
{
	struct fixture *f = *state;
	struct txn reader = txn_reader(f->store, &f->arena);
	struct bytes got;

	assert_int_equal(fixture_run(f, put_two, NULL), 0);
	assert_int_equal(fixture_run(f, put_pairs, NULL), 0);
	expect(f, "a", "new");
	expect(f, "b", "2");
	expect(f, "d", "");
	expect(f, "f", "6");
	assert_int_equal(txn_get(&reader, FIXTURE_ONE, "e", 1, &got), 0);
	assert_int_equal(got.size, HUGE);
	assert_int_equal(fixture_run(f, delete_pairs, NULL), 0);
	expect(f, "a", NULL);
	expect(f, "b", "2");
	expect(f, "f", NULL);
	assert_int_equal(fixture_run(f, delete_pairs, NULL), ERR_NOT_FOUND);
}

enum { MANY = 20000 };

static int put_many(struct txn *txn, void *arg)
{
	char value[100] = "";
	int i;

	(void)arg;
	for (i = 0; i < MANY; i++) {
		uint8_t key[5] = {'k'};

		be32_write(key + 1, (uint32_t)i);
		TRY(txn_put(txn, FIXTURE_ONE, key, sizeof(key), value,
			    i % 1000 ? (size_t)(i % 100) : 0));
	}
	return txn_put(txn, FIXTURE_ONE, "l", 1, "", 0);
}

static int walk(struct fixture *f, struct scan *scan, uint32_t *ret_first)
{
	struct bytes key, value;
	int n = 0, code;

	while (!(code = scan_next(scan, &key, &value))) {
		if (!n)
			*ret_first = key.size == 5 ? be32_read(key.data + 1) : UINT32_MAX;
		if (key.size == 5)
			assert_int_equal(be32_read(key.data + 1), *ret_first + (uint32_t)n);
		n++;
	}
	assert_int_equal(code, ERR_NOT_FOUND);
	assert_int_equal(scan_next(scan, &key, &value), ERR_NOT_FOUND);
	arena_clear(&f->arena);
	return n;
}

static void a_walk_sees_every_key_once_and_in_order(void **state)
{
	struct fixture *f = *state;
	struct txn reader = txn_reader(f->store, &f->arena);
	uint8_t from[5] = {'k'}, to[5] = {'k'};
	struct bytes first = {from, 5}, last = {to, 5};
	struct scan scan;
	uint32_t at;

	assert_int_equal(fixture_run(f, put_many, NULL), 0);
	scan_prefix(&scan, &reader, FIXTURE_ONE, "k", 1);
	assert_int_equal(walk(f, &scan, &at), MANY);
	assert_int_equal(at, 0);
	be32_write(from + 1, 5000);
	be32_write(to + 1, 15000);
	scan_start(&scan, &reader, FIXTURE_ONE, first, last);
	assert_int_equal(walk(f, &scan, &at), 10000);
	assert_int_equal(at, 5000);
	last.size = 0;
	scan_start(&scan, &reader, FIXTURE_ONE, first, last);
	assert_int_equal(walk(f, &scan, &at), 15001);
}

static void a_walk_over_nothing_ends_at_once(void **state)
{
	struct fixture *f = *state;
	struct txn reader = txn_reader(f->store, &f->arena);
	struct bytes none = {NULL, 0};
	struct scan scan;
	uint32_t at;

	scan_start(&scan, &reader, FIXTURE_OTHER, none, none);
	assert_int_equal(walk(f, &scan, &at), 0);
	scan_prefix(&scan, &reader, FIXTURE_OTHER, "\xff\xff", 2);
	assert_int_equal(walk(f, &scan, &at), 0);
}

static int put_large(struct txn *txn, void *arg)
{
	size_t size = 3 << 20;

	(void)arg;
	TRY(put_two(txn, NULL));
	return txn_put(txn, FIXTURE_ONE, "ab", 2, arena_alloc(txn->arena, size), size);
}

static void records_larger_than_a_piece_are_read(void **state)
{
	struct fixture *f = *state;
	struct txn reader = txn_reader(f->store, &f->arena);
	struct bytes none = {NULL, 0}, key, value;
	struct scan scan;

	assert_int_equal(fixture_run(f, put_large, NULL), 0);
	assert_int_equal(txn_get(&reader, FIXTURE_ONE, "ab", 2, &value), 0);
	assert_int_equal(value.size, 3 << 20);
	scan_start(&scan, &reader, FIXTURE_ONE, none, none);
	assert_int_equal(scan_next(&scan, &key, &value), 0);
	assert_memory_equal(value.data, "1", 1);
	assert_int_equal(scan_next(&scan, &key, &value), 0);
	assert_int_equal(value.size, 3 << 20);
	assert_int_equal(scan_next(&scan, &key, &value), 0);
	assert_memory_equal(value.data, "2", 1);
	assert_int_equal(scan_next(&scan, &key, &value), ERR_NOT_FOUND);
}

static int delete_middle(struct txn *txn, void *arg)
{
	uint8_t from[5] = {'k'}, to[5] = {'k'};
	struct bytes first = {from, 5}, last = {to, 5};

	(void)arg;
	be32_write(from + 1, 100);
	be32_write(to + 1, MANY - 100);
	return txn_delete_range(txn, FIXTURE_ONE, first, last);
}

static void the_first_record_is_found_whatever_its_size(void **state)
{
	struct fixture *f = *state;
	struct txn reader = txn_reader(f->store, &f->arena);
	struct bytes none = {NULL, 0}, from = {(const uint8_t *)"aa", 2}, key, value;
	struct bytes to = {(const uint8_t *)"ab", 2};

	assert_int_equal(fixture_run(f, put_large, NULL), 0);
	assert_int_equal(txn_first(&reader, FIXTURE_ONE, from, none, &key, &value), 0);
	assert_int_equal(key.size, 2);
	assert_memory_equal(key.data, "ab", 2);
	assert_int_equal(value.size, 3 << 20);
	assert_int_equal(txn_first(&reader, FIXTURE_ONE, from, to, &key, &value), ERR_NOT_FOUND);
	assert_int_equal(txn_first(&reader, FIXTURE_OTHER, none, none, &key, &value),
			 ERR_NOT_FOUND);
}

static void a_range_is_deleted_without_its_end(void **state)
{
	struct fixture *f = *state;
	struct txn reader = txn_reader(f->store, &f->arena);
	struct bytes value;
	uint8_t key[5] = {'k'};

	assert_int_equal(fixture_run(f, put_many, NULL), 0);
	assert_int_equal(fixture_run(f, delete_middle, NULL), 0);
	be32_write(key + 1, 99);
	assert_int_equal(txn_get(&reader, FIXTURE_ONE, key, 5, &value), 0);
	be32_write(key + 1, 100);
	assert_int_equal(txn_get(&reader, FIXTURE_ONE, key, 5, &value), ERR_NOT_FOUND);
	be32_write(key + 1, MANY - 101);
	assert_int_equal(txn_get(&reader, FIXTURE_ONE, key, 5, &value), ERR_NOT_FOUND);
	be32_write(key + 1, MANY - 100);
	assert_int_equal(txn_get(&reader, FIXTURE_ONE, key, 5, &value), 0);
}

static void a_store_has_one_owner(void **state)
{
	static const char *const tables[] = {"one"};
	struct fixture *f = *state;
	struct store_options options = {f->home, 8 << 20, 0, tables, 1};
	struct store *second;

	assert_int_equal(store_open(&second, &options, &f->arena, &f->error), ERR_BUSY);
	assert_non_null(strstr(f->error.message, "is in use by another batchd"));
}

static void open_again(struct fixture *f, const char *home)
{
	static const char *const tables[FIXTURE_TABLES] = {"one", "other", "directory", "dead"};
	struct store_options options = {home, 8 << 20, 0, tables, FIXTURE_TABLES};

	assert_int_equal(store_open(&f->store, &options, &f->arena, &f->error), 0);
}

static void a_backup_opens_as_the_store_it_was_taken_from(void **state)
{
	struct fixture *f = *state;
	const char *target = arena_printf(&f->arena, "%s/backup", f->home);
	uint8_t tag[STORE_TAG_SIZE];

	assert_int_equal(fixture_run(f, put_two, NULL), 0);
	memcpy(tag, store_tag(f->store), sizeof(tag));
	assert_int_equal(store_backup(f->store, target), 0);
	assert_int_equal(fixture_run(f, put_after, NULL), 0);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(store_recover(target), 0);
	assert_int_equal(store_verify(target), 0);
	open_again(f, target);
	expect(f, "a", "1");
	expect(f, "b", "2");
	expect(f, "c", NULL);
	assert_memory_equal(store_tag(f->store), tag, sizeof(tag));
}

static void a_backup_does_not_overwrite_another(void **state)
{
	struct fixture *f = *state;
	const char *target = arena_printf(&f->arena, "%s/backup", f->home);

	assert_int_equal(store_backup(f->store, target), 0);
	assert_int_not_equal(store_backup(f->store, target), 0);
	assert_int_equal(fixture_run(f, put_two, NULL), 0);
}

/* Of a store that nobody has open. */
static int write_format(const char *home, uint32_t format)
{
	char path[128];
	uint8_t bytes[4];
	DBT key = {.data = (char[]){"format"}, .size = 6}, value = {.data = bytes, .size = 4};
	DB *db;

	be32_write(bytes, format);
	snprintf(path, sizeof(path), "%s/meta.db", home);
	TRY(db_create(&db, NULL, 0));
	TRY(db->open(db, NULL, path, NULL, DB_BTREE, 0, 0));
	TRY(db->put(db, NULL, &key, &value, 0));
	return db->close(db, 0);
}

static uint32_t read_format(const char *home)
{
	char path[128];
	uint8_t bytes[4];
	DBT key = {.data = (char[]){"format"}, .size = 6};
	DBT value = {.data = bytes, .ulen = 4, .flags = DB_DBT_USERMEM};
	DB *db;

	snprintf(path, sizeof(path), "%s/meta.db", home);
	assert_int_equal(db_create(&db, NULL, 0), 0);
	assert_int_equal(db->open(db, NULL, path, NULL, DB_BTREE, DB_RDONLY, 0), 0);
	assert_int_equal(db->get(db, NULL, &key, &value, 0), 0);
	db->close(db, 0);
	return be32_read(bytes);
}

static void a_newer_format_is_refused_with_words(void **state)
{
	static const char *const tables[] = {"one"};
	struct fixture *f = *state;
	struct store_options options = {f->home, 8 << 20, 0, tables, 1};

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(write_format(f->home, STORE_FORMAT + 1), 0);
	assert_int_equal(store_open(&f->store, &options, &f->arena, &f->error), ERR_FORMAT);
	assert_non_null(strstr(f->error.message, "use a newer one"));
}

static void an_older_format_is_refused_with_words(void **state)
{
	static const char *const tables[] = {"one"};
	struct fixture *f = *state;
	struct store_options options = {f->home, 8 << 20, 0, tables, 1};

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(write_format(f->home, STORE_FORMAT_OLDEST - 1), 0);
	assert_int_equal(store_open(&f->store, &options, &f->arena, &f->error), ERR_FORMAT);
	assert_non_null(strstr(f->error.message, "export it"));
}

static void a_format_that_can_be_read_is_the_present_one_from_then_on(void **state)
{
	static const char *const tables[] = {"one"};
	struct fixture *f = *state;
	struct store_options options = {f->home, 8 << 20, 0, tables, 1};

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(write_format(f->home, STORE_FORMAT_OLDEST), 0);
	assert_int_equal(store_open(&f->store, &options, &f->arena, &f->error), 0);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(read_format(f->home), STORE_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_committed_is_there_after_reopening),
		TEST(a_body_that_fails_leaves_nothing),
		TEST(a_body_runs_again_after_a_conflict),
		TEST(endless_conflicts_end_busy),
		TEST(what_a_try_allocated_is_given_back_before_the_next),
		TEST(memory_follows_the_commit_and_only_that),
		TEST(tries_that_failed_leave_no_note),
		TEST(a_body_sees_its_own_writes_and_may_delete_as_it_walks),
		TEST(inserting_twice_and_deleting_nothing_are_told),
		TEST(many_are_put_and_deleted_in_one_call),
		TEST(a_walk_sees_every_key_once_and_in_order),
		TEST(a_walk_over_nothing_ends_at_once),
		TEST(records_larger_than_a_piece_are_read),
		TEST(the_first_record_is_found_whatever_its_size),
		TEST(a_range_is_deleted_without_its_end),
		TEST(a_store_has_one_owner),
		TEST(a_backup_opens_as_the_store_it_was_taken_from),
		TEST(a_backup_does_not_overwrite_another),
		TEST(a_newer_format_is_refused_with_words),
		TEST(an_older_format_is_refused_with_words),
		TEST(a_format_that_can_be_read_is_the_present_one_from_then_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
