/* The query string: whatever is accepted is a list of names and values, not longer than the input.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "fcgi/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct uri uri = {0};
	size_t i, total = 0;

	arena_init(&arena);
	if (uri_parse_query(arena_strndup(&arena, (const char *)data, size), &arena, &uri) ==
	    URI_OK) {
		MUST(uri.query_count <= URI_QUERY_MAX);
		for (i = 0; i < uri.query_count; i++)
			total += strlen(uri.query[i].name) + strlen(uri.query[i].value);
		MUST(total <= size);
	}
	arena_clear(&arena);
	return 0;
}
