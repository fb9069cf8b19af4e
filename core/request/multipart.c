#include "core/request/multipart.h"

#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 200, HEADERS_MAX = 16 * 1024 };

struct parsing {
	struct arena *arena;
	struct error *error;
	const uint8_t *at, *end;
	const char *delimiter; /* CR LF - - and the boundary */
	size_t delimiter_size;
	size_t room;
};

static int refuse(struct parsing *parsing, const char *why)
{
	return err_set(parsing->error, parsing->arena, ERR_INPUT,
		       "multipart/form-data cannot be processed: %s", why);
}

/* A token, or a quoted string in which \ stands before what is meant as it is. */
static const char *take_value(struct arena *arena, const char *text, const char **ret_end)
{
	char *value = arena_alloc(arena, strlen(text) + 1), *end = value;

	if (*text != '"') {
		size_t length = strcspn(text, "; \t\r\n");

		*ret_end = text + length;
		memcpy(value, text, length);
		return value;
	}
	for (text++; *text && *text != '"'; text++) {
		if (*text == '\\' && (text[1] == '"' || text[1] == '\\'))
			text++;
		*end++ = *text;
	}
	*ret_end = *text ? text + 1 : text;
	return value;
}

/* Where the value at TEXT ends: it takes no memory. */
static const char *skip_value(const char *text)
{
	if (*text != '"')
		return text + strcspn(text, ";");
	for (text++; *text && *text != '"'; text++)
		if (*text == '\\' && text[1])
			text++;
	return *text ? text + 1 : text;
}

/* The parameter NAME behind a header's value, or NULL. */
static const char *parameter(struct arena *arena, const char *header, const char *name)
{
	size_t length = strlen(name);

	header += strcspn(header, ";");
	while (*header == ';') {
		header += strspn(header, "; \t");
		if (!strncasecmp(header, name, length) && header[length] == '=')
			return take_value(arena, header + length + 1, &header);
		header += strcspn(header, "=;");
		if (*header == '=')
			header = skip_value(header + 1);
		header += strcspn(header, ";");
	}
	return NULL;
}

static void take_header(struct parsing *parsing, const char *line, struct part *part)
{
	const char *colon = strchr(line, ':'), *value;

	if (!colon)
		return;
	value = colon + 1 + strspn(colon + 1, " \t");
	if (!strncasecmp(line, "Content-Type:", 13)) {
		part->type = arena_strdup(parsing->arena, value);
	} else if (!strncasecmp(line, "Content-Disposition:", 20)) {
		part->name = parameter(parsing->arena, value, "name");
		part->filename = parameter(parsing->arena, value, "filename");
	}
}

/* The lines up to an empty one; a line that begins with a blank goes on with the one before. */
static int take_headers(struct parsing *parsing, struct part *part)
{
	const uint8_t *start = parsing->at, *end;
	char *line, *next;

	if (parsing->end - start >= 2 && !memcmp(start, "\r\n", 2)) {
		parsing->at += 2;
		return 0;
	}
	end = memmem(start, (size_t)(parsing->end - start), "\r\n\r\n", 4);
	if (!end || end - start > HEADERS_MAX)
		return refuse(parsing, "the headers of a part do not end");
	if (memchr(start, '\0', (size_t)(end - start)))
		return refuse(parsing, "a header holds a zero byte");
	line = arena_strndup(parsing->arena, (const char *)start, (size_t)(end - start));
	for (next = line; (next = strstr(next, "\r\n"));)
		if (next[2] == ' ' || next[2] == '\t')
			memcpy(next, "  ", 2);
		else
			next += 2;
	for (; line; line = next) {
		next = strstr(line, "\r\n");
		if (next) {
			*next = '\0';
			next += 2;
		}
		take_header(parsing, line, part);
	}
	parsing->at = end + 4;
	return 0;
}

static struct part *add_part(struct parsing *parsing, struct multipart *multipart)
{
	if (multipart->count == parsing->room) {
		struct part *grown =
			arena_array(parsing->arena, parsing->room * 2 + 16, sizeof(*grown));

		if (multipart->count)
			memcpy(grown, multipart->parts, multipart->count * sizeof(*grown));
		multipart->parts = grown;
		parsing->room = parsing->room * 2 + 16;
	}
	return &multipart->parts[multipart->count++];
}

/* Behind a delimiter: *RET_LAST when it was the last one, else a line's end has been passed. */
static int pass_delimiter(struct parsing *parsing, bool *ret_last)
{
	*ret_last = parsing->end - parsing->at >= 2 && !memcmp(parsing->at, "--", 2);
	if (*ret_last)
		return 0;
	while (parsing->at < parsing->end && (*parsing->at == ' ' || *parsing->at == '\t'))
		parsing->at++;
	if (parsing->end - parsing->at < 2 || memcmp(parsing->at, "\r\n", 2) != 0)
		return refuse(parsing, "no line ends behind a boundary");
	parsing->at += 2;
	return 0;
}

static int take_part(struct parsing *parsing, struct multipart *multipart)
{
	struct part *part = add_part(parsing, multipart);
	const uint8_t *end;

	TRY(take_headers(parsing, part));
	/* the line's end before a delimiter may be that of the headers */
	end = memmem(parsing->at - 2, (size_t)(parsing->end - parsing->at) + 2, parsing->delimiter,
		     parsing->delimiter_size);
	if (!end)
		return refuse(parsing, "the body ends within a part");
	part->content.data = parsing->at;
	part->content.size = end > parsing->at ? (size_t)(end - parsing->at) : 0;
	parsing->at = end + parsing->delimiter_size;
	return 0;
}

/* To behind the first delimiter, which needs no line's end before it. */
static int pass_preamble(struct parsing *parsing)
{
	const uint8_t *start = parsing->at;
	size_t size = parsing->delimiter_size;

	if ((size_t)(parsing->end - start) >= size - 2 &&
	    !memcmp(start, parsing->delimiter + 2, size - 2)) {
		parsing->at += size - 2;
		return 0;
	}
	start = memmem(start, (size_t)(parsing->end - start), parsing->delimiter, size);
	if (!start)
		return refuse(parsing, "there is no boundary in the body");
	parsing->at = start + size;
	return 0;
}

int multipart_parse(struct arena *arena, const char *type, struct bytes body, struct multipart *ret,
		    struct error *error)
{
	struct parsing parsing = {
		.arena = arena, .error = error, .at = body.data, .end = body.data + body.size};
	const char *boundary = parameter(arena, type ? type : "", "boundary");
	bool last;

	memset(ret, 0, sizeof(*ret));
	if (!boundary || !*boundary || strlen(boundary) > BOUNDARY_MAX)
		return refuse(&parsing, "the media type names no boundary");
	if (!body.size)
		return refuse(&parsing, "the body is empty");
	parsing.delimiter = arena_printf(arena, "\r\n--%s", boundary);
	parsing.delimiter_size = strlen(parsing.delimiter);
	TRY(pass_preamble(&parsing));
	for (;;) {
		TRY(pass_delimiter(&parsing, &last));
		if (last)
			return 0;
		if (ret->count == MULTIPART_PARTS_MAX)
			return refuse(&parsing, "it has too many parts");
		TRY(take_part(&parsing, ret));
	}
}

const struct part *multipart_find(const struct multipart *multipart, const char *name)
{
	size_t i;

	for (i = 0; i < multipart->count; i++)
		if (multipart->parts[i].name && !strcmp(multipart->parts[i].name, name))
			return &multipart->parts[i];
	return NULL;
}

const char *multipart_text(struct arena *arena, const struct multipart *multipart, const char *name)
{
	const struct part *part = multipart_find(multipart, name);

	return part ? arena_strndup(arena, (const char *)part->content.data, part->content.size)
		    : NULL;
}
