#include "core/request/multipart.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "storage/log.h"

enum { BOUNDARY_MAX = 200, HEADERS_MAX = 16 * 1024 };

struct parsing {
	struct arena *arena;
	struct error *error;
	const uint8_t *at, *end;
	const char *delimiter; /* CR LF - - and the boundary */
	size_t delimiter_size;
	size_t room;
};

/* The answer does not say why; the log does. */
static int refuse(struct parsing *parsing, const char *why)
{
	log_info("a form is refused: %s", why);
	return err_set(parsing->error, parsing->arena, ERR_INPUT,
		       "multipart/form-data cannot be processed");
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

/* TEXT without white space around it; NULL stays NULL. */
static const char *trimmed(struct arena *arena, const char *text)
{
	size_t length;

	if (!text)
		return NULL;
	text += strspn(text, " \t");
	for (length = strlen(text); length && strchr(" \t", text[length - 1]); length--)
		;
	return arena_strndup(arena, text, length);
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
		part->filename =
			trimmed(parsing->arena, parameter(parsing->arena, value, "filename"));
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

/*
 * Behind a delimiter: whether a part follows. As in the original, whatever is no line's end ends
 * the parts, also the end of the body; that the body came whole is checked elsewhere.
 */
static bool pass_delimiter(struct parsing *parsing)
{
	while (parsing->at < parsing->end && (*parsing->at == ' ' || *parsing->at == '\t'))
		parsing->at++;
	if (parsing->end - parsing->at < 2 || memcmp(parsing->at, "\r\n", 2) != 0)
		return false;
	parsing->at += 2;
	return true;
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

/* To behind the first delimiter, which needs no line's end before it. False: there is none. */
static bool pass_preamble(struct parsing *parsing)
{
	const uint8_t *start = parsing->at;
	size_t size = parsing->delimiter_size;

	if ((size_t)(parsing->end - start) >= size - 2 &&
	    !memcmp(start, parsing->delimiter + 2, size - 2)) {
		parsing->at += size - 2;
		return true;
	}
	start = memmem(start, (size_t)(parsing->end - start), parsing->delimiter, size);
	parsing->at = start ? start + size : parsing->end;
	return start;
}

static int compare_names(const void *left, const void *right)
{
	const struct part *a = *(const struct part *const *)left;
	const struct part *b = *(const struct part *const *)right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a > b) - (a < b);
}

/* Only parts with a name, and of those with one name the last. */
static void drop_shadowed(struct parsing *parsing, struct multipart *multipart)
{
	const struct part **named =
		arena_array(parsing->arena, multipart->count + 1, sizeof(*named));
	bool *kept = arena_array(parsing->arena, multipart->count + 1, sizeof(*kept));
	size_t i, count = 0;

	for (i = 0; i < multipart->count; i++)
		if (multipart->parts[i].name && *multipart->parts[i].name)
			named[count++] = &multipart->parts[i];
	if (count)
		qsort(named, count, sizeof(*named), compare_names);
	for (i = 0; i < count; i++)
		kept[named[i] - multipart->parts] =
			i + 1 == count || strcmp(named[i]->name, named[i + 1]->name) != 0;
	for (i = count = 0; i < multipart->count; i++)
		if (kept[i])
			multipart->parts[count++] = multipart->parts[i];
	multipart->count = count;
}

int multipart_parse(struct arena *arena, const char *type, struct bytes body, struct multipart *ret,
		    struct error *error)
{
	struct parsing parsing = {
		.arena = arena, .error = error, .at = body.data, .end = body.data + body.size};
	const char *boundary = parameter(arena, type ? type : "", "boundary");

	memset(ret, 0, sizeof(*ret));
	if (!boundary || !*boundary || strlen(boundary) > BOUNDARY_MAX)
		return refuse(&parsing, "the media type names no boundary");
	parsing.delimiter = arena_printf(arena, "\r\n--%s", boundary);
	parsing.delimiter_size = strlen(parsing.delimiter);
	if (!body.size || !pass_preamble(&parsing))
		return 0;
	while (pass_delimiter(&parsing)) {
		if (ret->count == MULTIPART_PARTS_MAX)
			return refuse(&parsing, "it has too many parts");
		TRY(take_part(&parsing, ret));
	}
	drop_shadowed(&parsing, ret);
	return 0;
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
