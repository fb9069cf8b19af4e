/* REQUEST_URI: whatever is accepted has segments that are text, and routes without a fault. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "fcgi/uri.h"

static void check_segment(const char *segment)
{
	const unsigned char *at;

	for (at = (const unsigned char *)segment; *at; at++)
		MUST(*at >= 0x20 && *at != 0x7f);
	MUST(strcmp(segment, ".") && strcmp(segment, ".."));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct uri uri = {0};
	char *text;
	size_t i;

	arena_init(&arena);
	text = arena_strndup(&arena, (const char *)data, size);
	if (uri_parse(text, "/engine-rest", &arena, &uri) == URI_OK) {
		MUST(uri.count <= URI_SEGMENTS_MAX && uri.query_count <= URI_QUERY_MAX);
		for (i = 0; i < uri.count; i++)
			check_segment(uri.segments[i]);
		for (i = 0; i < uri.query_count; i++)
			MUST(uri.query[i].name && uri.query[i].value);
	}
	arena_clear(&arena);
	return 0;
}
