/* Java's serialised objects: read or refused with words; what can be written is read as the same.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <time.h>

#include "core/expression/java_object.h"
#include "core/expression/variable.h"
#include "storage/base64.h"

enum { SIZE_MOST = 4096 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static void check(struct arena *arena, const struct expression_value *value)
{
	const char *shown = expression_shown(arena, value), *text, *reason;
	bool exact;
	struct expression_value again;
	struct json *tree;

	MUST(!json_parse(arena, shown, strlen(shown), &tree));
	text = java_object_write(arena, value);
	if (!text)
		return;
	MUST(!java_object_read(arena, text, &again, &exact, &reason));
	MUST(exact && !strcmp(expression_shown(arena, &again), shown));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct expression_value value;
	const char *reason = NULL;
	bool exact;
	struct arena arena;

	if (size > SIZE_MOST)
		return 0;
	arena_init(&arena);
	if (java_object_read(&arena, base64_encode(&arena, data, size), &value, &exact, &reason))
		MUST(reason);
	else
		check(&arena, &value);
	arena_clear(&arena);
	return 0;
}
