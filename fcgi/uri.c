#include "fcgi/uri.h"

#include <ctype.h>
#include <string.h>

#include "storage/utf8.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of encoded text at *AT, which moves on; -1 when it is malformed. */
static int decode_byte(const char **at, const char *end)
{
	int high, low;

	if (**at != '%')
		return (unsigned char)*(*at)++;
	if (end - *at < 3)
		return -1;
	high = hex_digit((*at)[1]);
	low = hex_digit((*at)[2]);
	*at += 3;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decodes LENGTH bytes of a path; NULL when they are malformed, not UTF-8 or hold control bytes. */
static char *decode_segment(struct arena *arena, const char *text, size_t length)
{
	const char *end = text + length;
	char *decoded = arena_alloc(arena, length + 1);
	size_t n = 0;

	while (text < end) {
		int byte = decode_byte(&text, end);

		if (byte < ' ' || byte == 0x7f)
			return NULL;
		decoded[n++] = (char)byte;
	}
	decoded[n] = 0;
	return utf8_valid(decoded, n) ? decoded : NULL;
}

/*
 * Decodes LENGTH bytes of a query string, as the original: a % that no byte follows is one, and
 * what is no UTF-8 becomes U+FFFD. NULL for a NUL: no text of ours holds one.
 */
static char *decode_parameter(struct arena *arena, const char *text, size_t length)
{
	const char *end = text + length;
	char *decoded = arena_alloc(arena, length + 1);
	size_t n = 0;

	while (text < end) {
		const char *at = text;
		int byte = decode_byte(&text, end);

		if (!byte)
			return NULL;
		if (byte < 0)
			text = at + 1;
		decoded[n++] = (char)(byte < 0 ? '%' : *at == '+' ? ' ' : byte);
	}
	decoded[n] = 0;
	return utf8_valid(decoded, n) ? decoded : utf8_mend(arena, decoded, n);
}

static bool dots(const char *segment)
{
	return !strcmp(segment, ".") || !strcmp(segment, "..");
}

/* The next segment of the path at *AT, which moves behind the slash that ends it. */
static enum uri_result next_segment(const char **at, const char *end, struct arena *arena,
				    const char **ret_segment)
{
	size_t length = 0, data;

	while (*at + length < end && (*at)[length] != '/')
		length++;
	data = length;
	if (memchr(*at, ';', length))
		data = (size_t)((const char *)memchr(*at, ';', length) - *at);
	*ret_segment = decode_segment(arena, *at, data);
	*at += length;
	if (*at < end)
		++*at;
	if (!*ret_segment)
		return URI_BAD_PATH;
	return !**ret_segment || dots(*ret_segment) ? URI_ELSEWHERE : URI_OK;
}

static enum uri_result parse_segments(const char *at, const char *end, struct arena *arena,
				      struct uri *uri)
{
	enum uri_result result;

	if (at == end || *at != '/')
		return URI_BAD_PATH;
	at++;
	while (at < end) {
		if (uri->count == URI_SEGMENTS_MAX)
			return URI_ELSEWHERE;
		result = next_segment(&at, end, arena, &uri->segments[uri->count]);
		if (result != URI_OK)
			return result;
		uri->count++;
	}
	return URI_OK;
}

/* Removes the segments of the base path; false when the path begins with others. */
static bool cut_base(struct uri *uri, const char *base_path)
{
	size_t n = 0;

	while (*base_path == '/') {
		size_t length = strcspn(++base_path, "/");

		if (n == uri->count || strlen(uri->segments[n]) != length ||
		    memcmp(uri->segments[n], base_path, length))
			return false;
		n++;
		base_path += length;
	}
	uri->count -= n;
	memmove(uri->segments, uri->segments + n, uri->count * sizeof(uri->segments[0]));
	return true;
}

static size_t pair_count(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == '&';
	return count;
}

/* "name=value" or "name", which has an empty value. */
static bool parse_pair(const char *text, size_t length, struct arena *arena, struct pair *pair)
{
	const char *equals = memchr(text, '=', length);
	size_t name = equals ? (size_t)(equals - text) : length;

	pair->name = decode_parameter(arena, text, name);
	pair->value = equals ? decode_parameter(arena, equals + 1, length - name - 1) : "";
	return pair->name && pair->value;
}

enum uri_result uri_parse_query(const char *text, struct arena *arena, struct uri *ret_uri)
{
	size_t count = pair_count(text);

	ret_uri->query_count = 0;
	if (count > URI_QUERY_MAX)
		return URI_TOO_LONG;
	ret_uri->query = arena_array(arena, count, sizeof(struct pair));
	for (;;) {
		size_t length = strcspn(text, "&");

		if (length &&
		    !parse_pair(text, length, arena, &ret_uri->query[ret_uri->query_count++]))
			return URI_BAD_QUERY;
		if (!text[length])
			return URI_OK;
		text += length + 1;
	}
}

enum uri_result uri_parse(const char *text, const char *base_path, struct arena *arena,
			  struct uri *ret_uri)
{
	size_t length = strcspn(text, "?");
	enum uri_result result;

	memset(ret_uri, 0, sizeof(*ret_uri));
	result = parse_segments(text, text + length, arena, ret_uri);
	if (result != URI_OK)
		return result;
	if (!cut_base(ret_uri, base_path))
		return URI_ELSEWHERE;
	ret_uri->xml = length >= 3 && !memcmp(text + length - 3, "xml", 3);
	return text[length] ? uri_parse_query(text + length + 1, arena, ret_uri) : URI_OK;
}
