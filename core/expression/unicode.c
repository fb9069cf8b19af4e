#include "core/expression/unicode.h"

#include <string.h>

size_t utf8_size(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t size = *at < 0xc2 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf5 ? 4 : 1, i;

	if (!*at)
		return 0;
	for (i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 1;
	return size;
}

uint32_t utf8_read(const char *text)
{
	static const unsigned char masks[] = {0, 0xff, 0x1f, 0x0f, 0x07};
	size_t size = utf8_size(text), i;
	uint32_t character = (unsigned char)*text & masks[size];

	for (i = 1; i < size; i++)
		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	return character;
}

size_t utf8_write(char *at, uint32_t character)
{
	static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4, i;

	for (i = size - 1; i > 0; i--) {
		at[i] = (char)(0x80 | (character & 0x3f));
		character >>= 6;
	}
	at[0] = (char)(heads[size] | character);
	return size;
}

size_t utf16_length(const char *text, size_t size)
{
	size_t at = 0, units = 0, step;

	while (at < size && (step = utf8_size(text + at))) {
		units += step == 4 ? 2 : 1;
		at += step;
	}
	return units;
}

size_t utf16_offset(const char *text, size_t unit)
{
	size_t at = 0, units = 0, step;

	while (units < unit && (step = utf8_size(text + at))) {
		units += step == 4 ? 2 : 1;
		at += step;
	}
	return at;
}

static int high_unit(uint32_t character)
{
	return (int)(character < 0x10000 ? character : 0xd800 + ((character - 0x10000) >> 10));
}

int utf16_unit(uint32_t character, uint32_t other)
{
	if (high_unit(character) != high_unit(other) || character < 0x10000)
		return high_unit(character);
	return (int)(0xdc00 + ((character - 0x10000) & 0x3ff));
}
