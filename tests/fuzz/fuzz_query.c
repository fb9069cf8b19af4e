/* The query string: whatever is accepted is a list of names and values in UTF-8, three bytes for
 * one of the input at most. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "fcgi/uri.h"
#include "storage/utf8.h"

static size_t length_of(const char *text)
{
	size_t length = strlen(text);

	MUST(utf8_valid(text, length));
	return length;
}

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
			total += length_of(uri.query[i].name) + length_of(uri.query[i].value);
		MUST(total <= size * 3);
	}
	arena_clear(&arena);
	return 0;
}
