/* The responder's look at a body: cut anywhere, the verdict is the same. */
#include "tests/fuzz/fuzz.h"

#include "fcgi/json_check.h"

static bool accepted(const uint8_t *data, size_t size, size_t piece)
{
	struct json_check check;
	bool good = true;
	size_t at;

	json_check_init(&check);
	for (at = 0; good && at < size; at += piece)
		good = json_check_feed(&check, data + at, size - at < piece ? size - at : piece);
	good = good && json_check_finish(&check);
	json_check_clear(&check);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool whole = accepted(data, size, size ? size : 1);

	MUST(accepted(data, size, 1) == whole);
	MUST(accepted(data, size, 7) == whole);
	return 0;
}
