/* Multipart bodies: parts lie within the body. The first line is the header Content-Type. */
#include <string.h>

#include "core/request/multipart.h"
#include "tests/fuzz/fuzz.h"

static void check_parts(struct arena *arena, struct bytes body, const struct multipart *multipart)
{
	size_t i;

	for (i = 0; i < multipart->count; i++) {
		const struct part *part = &multipart->parts[i];

		MUST(part->content.data >= body.data);
		MUST(part->content.data + part->content.size <= body.data + body.size);
		MUST(!part->name || multipart_text(arena, multipart, part->name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct multipart multipart;
	struct error error = {0};
	struct arena arena;
	struct bytes body;
	const char *type;

	if (!end)
		return 0;
	arena_init(&arena);
	type = arena_strndup(&arena, (const char *)data, (size_t)(end - data));
	body.size = size - (size_t)(end + 1 - data);
	body.data = arena_copy(&arena, end + 1, body.size);
	if (!multipart_parse(&arena, type, body, &multipart, &error))
		check_parts(&arena, body, &multipart);
	else
		MUST(error.message);
	arena_clear(&arena);
	return 0;
}
