/* Ids in the form of a UUID, and the keyed hash. */
#include "storage/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "storage/arena.h"

static void a_uuid_is_formatted_as_it_was_parsed(void **state)
{
	static const char text[] = "0af3eb82-e553-11f1-aa6b-02fc00000001";
	uint8_t uuid[UUID_SIZE];
	char again[UUID_TEXT + 1];

	(void)state;
	assert_true(uuid_parse(text, UUID_TEXT, uuid));
	uuid_format(uuid, again);
	assert_string_equal(again, text);
}

static void only_the_canonical_text_is_a_uuid(void **state)
{
	static const char *const others[] = {
		"",
		"0af3eb82-e553-11f1-aa6b-02fc0000000",
		"0af3eb82-e553-11f1-aa6b-02fc000000011",
		"0AF3EB82-e553-11f1-aa6b-02fc00000001",
		"0af3eb82xe553-11f1-aa6b-02fc00000001",
		"0af3eb82-e553-11f1-aa6b-02fc0000000g",
		"{af3eb82-e553-11f1-aa6b-02fc0000000}",
	};
	uint8_t uuid[UUID_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(uuid_parse(others[i], strlen(others[i]), uuid));
}

static void a_random_uuid_has_version_4_and_differs(void **state)
{
	uint8_t one[UUID_SIZE], other[UUID_SIZE];

	(void)state;
	uuid_random(one);
	uuid_random(other);
	assert_memory_not_equal(one, other, UUID_SIZE);
	assert_int_equal(one[6] >> 4, 4);
	assert_int_equal(one[8] >> 6, 2);
}

/* Vectors of the reference implementation: key 00..0f, message 00..(n-1). */
static void the_hash_is_siphash_2_4(void **state)
{
	static const struct {
		size_t size;
		uint64_t hash;
	} vectors[] = {
		{0,  0x726fdb47dd0e0e31},
                {1,  0x74f839c593dc67fd},
                {7,  0xab0200f58b01d137},
		{8,  0x93f5f5799a932462},
                {15, 0xa129ca6149be45e5},
	};
	uint8_t key[16], message[16];
	size_t i;

	(void)state;
	for (i = 0; i < 16; i++)
		key[i] = message[i] = (uint8_t)i;
	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		assert_true(hash64(key, message, vectors[i].size) == vectors[i].hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uuid_is_formatted_as_it_was_parsed),
		cmocka_unit_test(only_the_canonical_text_is_a_uuid),
		cmocka_unit_test(a_random_uuid_has_version_4_and_differs),
		cmocka_unit_test(the_hash_is_siphash_2_4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
