/* Ids that say what they name, and foreign ones that lead to it. */
#include "core/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/engine_fixture.h"

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, engine_fixture_set_up, engine_fixture_tear_down)

static const uint64_t numbers[] = {0, 1, 63, 64, 16383, 16384, 1u << 31, ((uint64_t)1 << 34) - 1};
static const uint64_t ordinals[] = {0, 1, 65535, 65536, UINT32_MAX, ((uint64_t)1 << 48) - 1};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void an_id_says_what_it_names(void **state)
{
	struct engine_fixture *f = *state;
	size_t n, o;

	for (n = 0; n < COUNT(numbers); n++) {
		for (o = 0; o < COUNT(ordinals); o++) {
			const char *text = id_text(&f->arena, f->engine.store, ID_EXECUTION_JOB,
						   numbers[n], ordinals[o]);
			struct id id;

			assert_int_equal(strlen(text), 36);
			assert_int_equal(text[14], '8');
			assert_true(id_decode(f->engine.store, text, &id));
			assert_int_equal(id.kind, ID_EXECUTION_JOB);
			assert_true(id.number == numbers[n]);
			assert_true(id.ordinal == ordinals[o]);
		}
	}
}

static void ids_are_in_order_of_number_kind_and_ordinal(void **state)
{
	struct engine_fixture *f = *state;
	const char *last = "", *next;
	size_t n, o;
	int kind;

	for (n = 0; n < COUNT(numbers); n++) {
		for (kind = ID_BATCH; kind <= ID_INCIDENT; kind++) {
			for (o = 0; o < COUNT(ordinals); o++) {
				next = id_text(&f->arena, f->engine.store, (enum id_kind)kind,
					       numbers[n], ordinals[o]);
				assert_true(strcmp(last, next) < 0);
				last = next;
			}
		}
	}
}

static void other_texts_are_not_our_ids(void **state)
{
	struct engine_fixture *f = *state;
	char *text = arena_strdup(&f->arena, id_text(&f->arena, f->engine.store, ID_BATCH, 7, 0));
	struct id id;

	assert_false(id_decode(f->engine.store, "", &id));
	assert_false(id_decode(f->engine.store, "0af3eb82-e553-11f1-aa6b-02fc00000001", &id));
	text[14] = '4';
	assert_false(id_decode(f->engine.store, text, &id));
	text[14] = '8';
	assert_true(id_decode(f->engine.store, text, &id));
	text[0] = text[0] == '0' ? '1' : '0';
	assert_false(id_decode(f->engine.store, text, &id));
}

static const char *const foreign[] = {
	"a",
	"A",
	"",
	"0af3eb82-e553-11f1-aa6b-02fc00000001",
	"0AF3EB82-E553-11F1-AA6B-02FC00000001",
	"an id that is longer than any UUID that there could ever be"};

static int put_foreign(struct txn *txn, void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(foreign); i++)
		TRY(id_put(txn, foreign[i], ID_PROCESS_INSTANCE, i + 100));
	return 0;
}

static void a_foreign_id_leads_to_its_number(void **state)
{
	struct engine_fixture *f = *state;
	struct txn reader;
	struct id id;
	size_t i;

	engine_fixture_run(f, put_foreign, NULL, 0);
	engine_fixture_reopen(f);
	reader = txn_reader(f->engine.store, &f->arena);
	for (i = 0; i < COUNT(foreign); i++) {
		assert_int_equal(id_find(&reader, foreign[i], &id), 0);
		assert_int_equal(id.kind, ID_PROCESS_INSTANCE);
		assert_true(id.number == i + 100);
	}
	assert_int_equal(id_find(&reader, "b", &id), ERR_NOT_FOUND);
}

static int count_twice(struct txn *txn, void *arg)
{
	uint64_t *numbers_got = arg;

	TRY(id_next_number(txn, "test", &numbers_got[0]));
	return id_next_number(txn, "test", &numbers_got[1]);
}

static int count_and_fail(struct txn *txn, void *arg)
{
	TRY(count_twice(txn, arg));
	return ERR_INPUT;
}

static void a_counter_starts_at_one_and_goes_on(void **state)
{
	uint64_t got[2];

	engine_fixture_run(*state, count_twice, got, 0);
	assert_true(got[0] == 1 && got[1] == 2);
	engine_fixture_run(*state, count_and_fail, got, ERR_INPUT);
	engine_fixture_reopen(*state);
	engine_fixture_run(*state, count_twice, got, 0);
	assert_true(got[0] == 3 && got[1] == 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_id_says_what_it_names),
		TEST(ids_are_in_order_of_number_kind_and_ordinal),
		TEST(other_texts_are_not_our_ids),
		TEST(a_foreign_id_leads_to_its_number),
		TEST(a_counter_starts_at_one_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
