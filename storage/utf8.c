#include "storage/utf8.h"

#include <string.h>

#include "storage/arena.h"

enum { SURROGATES = 0xed }; /* the lead byte of theirs, and of a few characters */

/* Lead bytes, and what may follow at once: the table of the Unicode standard. */
static const struct {
	uint8_t first, last, missing, least, most;
} leads[] = {
	{0xc2, 0xdf, 1, 0x80, 0xbf},
        {0xe0, 0xe0, 2, 0xa0, 0xbf},
        {0xe1, 0xec, 2, 0x80, 0xbf},
	{0xed, 0xed, 2, 0x80, 0x9f},
        {0xee, 0xef, 2, 0x80, 0xbf},
        {0xf0, 0xf0, 3, 0x90, 0xbf},
	{0xf1, 0xf3, 3, 0x80, 0xbf},
        {0xf4, 0xf4, 3, 0x80, 0x8f},
};

static bool lead(struct utf8 *utf8, uint8_t byte)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leads); i++)
		if (byte >= leads[i].first && byte <= leads[i].last) {
			utf8->missing = leads[i].missing;
			utf8->least = leads[i].least;
			utf8->most = leads[i].most;
			return true;
		}
	return false;
}

/* Skips ASCII, eight bytes at a time. */
static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end)
{
	uint64_t word;

	while (end - at >= 8) {
		memcpy(&word, at, 8);
		if (word & 0x8080808080808080u)
			break;
		at += 8;
	}
	while (at < end && *at < 0x80)
		at++;
	return at;
}

bool utf8_feed(struct utf8 *utf8, const void *bytes, size_t size)
{
	const uint8_t *at = bytes, *end = at + size;

	while (at < end) {
		if (utf8->missing) {
			if (*at < utf8->least || *at > utf8->most)
				return false;
			utf8->missing--;
			utf8->least = 0x80;
			utf8->most = 0xbf;
			at++;
			continue;
		}
		at = skip_ascii(at, end);
		if (at < end && !lead(utf8, *at++))
			return false;
	}
	return true;
}

bool utf8_complete(const struct utf8 *utf8)
{
	return !utf8->missing;
}

bool utf8_valid(const void *bytes, size_t size)
{
	struct utf8 utf8 = {0};

	return utf8_feed(&utf8, bytes, size) && utf8_complete(&utf8);
}

/* Bytes of the piece at AT, of SIZE that are left; *RET_VALID: it is a character. */
static size_t piece_at(const uint8_t *at, size_t size, bool *ret_valid)
{
	struct utf8 utf8 = {0};
	size_t n = 1;

	*ret_valid = *at < 0x80;
	if (*ret_valid || !lead(&utf8, *at))
		return n;
	if (*at == SURROGATES)
		utf8.most = 0xbf;
	while (n < size && n <= utf8.missing && at[n] >= utf8.least && at[n] <= utf8.most) {
		utf8.least = 0x80;
		utf8.most = 0xbf;
		n++;
	}
	*ret_valid = n > utf8.missing && utf8_valid(at, n);
	return n;
}

char *utf8_mend(struct arena *arena, const void *bytes, size_t size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *text = arena_alloc(arena, size * 3 + 1), *end = text;
	const uint8_t *at = bytes;

	while (size) {
		bool valid;
		size_t n = piece_at(at, size, &valid);

		memcpy(end, valid ? (const char *)at : replacement, valid ? n : 3);
		end += valid ? n : 3;
		at += n;
		size -= n;
	}
	*end = 0;
	return text;
}
