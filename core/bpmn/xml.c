#include "core/bpmn/xml.h"

#include <errno.h>
#include <expat.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "storage/buffer.h"

/* Stands between namespace and name; no document can hold it. */
#define SEPARATOR '\x01'

struct reading {
	struct arena *arena;
	struct xml_document *document;
	struct error *error;
	XML_Parser parser;
	struct xml_element *open, *newest;
	size_t depth;
	struct buffer texts[XML_DEPTH_MAX]; /* of the elements that are open */
	const char *refused;                /* why the parser was stopped, or NULL */
	/* up to where lines were counted */
	const char *start, *at;
	int line, column;
};

static void refuse(struct reading *reading, const char *why)
{
	if (!reading->refused)
		reading->refused = why;
	XML_StopParser(reading->parser, XML_FALSE);
}

/* Characters are counted as UTF-16 does; a line ends with LF, CR or both. */
static void count_to(struct reading *reading, const char *end)
{
	for (; reading->at < end; reading->at++) {
		unsigned char c = (unsigned char)*reading->at;

		if (c == '\n' || (c == '\r' && reading->at[1] != '\n')) {
			reading->line++;
			reading->column = 1;
		} else if (c != '\r' && (c & 0xc0) != 0x80) {
			reading->column += c >= 0xf0 ? 2 : 1;
		}
	}
}

/* To the end of what the parser reports right now. */
static void count_event(struct reading *reading)
{
	count_to(reading, reading->start + XML_GetCurrentByteIndex(reading->parser) +
				  XML_GetCurrentByteCount(reading->parser));
}

static void split_name(struct arena *arena, const char *full, const char **ret_space,
		       const char **ret_name)
{
	const char *end = strchr(full, SEPARATOR);

	*ret_space = end ? arena_strndup(arena, full, (size_t)(end - full)) : "";
	*ret_name = arena_strdup(arena, end ? end + 1 : full);
}

static bool add_attributes(struct reading *reading, struct xml_element *element, const char **pairs)
{
	const struct xml_attribute **end = &element->attributes;
	size_t count;

	for (count = 0; pairs[0]; pairs += 2, count++) {
		struct xml_attribute *attribute = arena_alloc(reading->arena, sizeof(*attribute));

		if (count == XML_ATTRIBUTES_MAX)
			return false;
		split_name(reading->arena, pairs[0], &attribute->space, &attribute->name);
		attribute->value = arena_strdup(reading->arena, pairs[1]);
		*end = attribute;
		end = &attribute->next;
	}
	return true;
}

static void hang_in(struct reading *reading, struct xml_element *element)
{
	struct xml_element *parent = reading->open;

	element->parent = parent;
	if (!parent)
		reading->document->root = element;
	else if (parent->last)
		parent->last->next = element;
	else
		parent->first = element;
	if (parent)
		parent->last = element;
	if (reading->newest)
		reading->newest->following = element;
	reading->newest = reading->open = element;
}

static void start_element(void *arg, const char *name, const char **attributes)
{
	struct reading *reading = arg;
	struct xml_element *element;

	if (reading->refused)
		return;
	if (reading->depth == XML_DEPTH_MAX) {
		refuse(reading, "elements are nested deeper than 100");
		return;
	}
	if (reading->document->count == XML_ELEMENTS_MAX) {
		refuse(reading, "there are more than 1000000 elements");
		return;
	}
	element = arena_alloc(reading->arena, sizeof(*element));
	split_name(reading->arena, name, &element->space, &element->name);
	element->text = "";
	element->number = reading->document->count++;
	if (!add_attributes(reading, element, attributes)) {
		refuse(reading, "an element has more than 10000 attributes");
		return;
	}
	count_event(reading);
	element->line = reading->line;
	element->column = reading->column;
	hang_in(reading, element);
	reading->texts[reading->depth++].length = 0;
}

static void end_element(void *arg, const char *name)
{
	struct reading *reading = arg;
	struct buffer *text;

	(void)name;
	if (reading->refused)
		return;
	text = &reading->texts[--reading->depth];
	if (text->length)
		reading->open->text =
			arena_strndup(reading->arena, (const char *)text->data, text->length);
	count_event(reading);
	reading->open->end_line = reading->line;
	reading->open->end_column = reading->column;
	reading->open = reading->open->parent;
	if (reading->open)
		return;
	reading->document->line = reading->line;
	reading->document->column = reading->column;
}

static void add_text(void *arg, const char *text, int length)
{
	struct reading *reading = arg;

	if (!reading->refused && reading->depth)
		buffer_put(&reading->texts[reading->depth - 1], text, (size_t)length);
}

static void refuse_doctype(void *arg, const char *name, const char *system, const char *public,
			   int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	refuse(arg, "DOCTYPE is disallowed when the feature "
		    "\"http://apache.org/xml/features/disallow-doctype-decl\" set to true.");
}

/* Encodings of one byte a character. */
static int map_encoding(void *arg, const char *name, XML_Encoding *encoding)
{
	iconv_t converter = iconv_open("UTF-32LE", name);
	int i;

	(void)arg;
	if (converter == (iconv_t)-1)
		return XML_STATUS_ERROR;
	for (i = 0; i < 256; i++) {
		char byte = (char)i, *in = &byte;
		uint32_t character;
		char *out = (char *)&character;
		size_t in_left = 1, out_left = sizeof(character);

		iconv(converter, NULL, NULL, NULL, NULL);
		encoding->map[i] = -1;
		if (iconv(converter, &in, &in_left, &out, &out_left) != (size_t)-1 && !out_left)
			encoding->map[i] = (int)character;
	}
	iconv_close(converter);
	encoding->data = NULL;
	encoding->convert = NULL;
	encoding->release = NULL;
	return XML_STATUS_OK;
}

static void set_handlers(struct reading *reading)
{
	unsigned long salt = 0;

	if (getrandom(&salt, sizeof(salt), 0) == (ssize_t)sizeof(salt))
		XML_SetHashSalt(reading->parser, salt | 1);
	XML_SetUserData(reading->parser, reading);
	XML_SetElementHandler(reading->parser, start_element, end_element);
	XML_SetCharacterDataHandler(reading->parser, add_text);
	XML_SetStartDoctypeDeclHandler(reading->parser, refuse_doctype);
	XML_SetUnknownEncodingHandler(reading->parser, map_encoding, NULL);
}

static int fail(struct reading *reading)
{
	enum XML_Error code = XML_GetErrorCode(reading->parser);

	if (reading->refused)
		return err_set(reading->error, reading->arena, ERR_INPUT, "%s", reading->refused);
	if (code == XML_ERROR_NO_ELEMENTS)
		return err_set(reading->error, reading->arena, ERR_INPUT, "Premature end of file.");
	return err_set(reading->error, reading->arena, ERR_INPUT, "%s at line %lu, column %lu",
		       XML_ErrorString(code), XML_GetCurrentLineNumber(reading->parser),
		       XML_GetCurrentColumnNumber(reading->parser) + 1);
}

int xml_parse(struct arena *arena, const void *text, size_t size, struct xml_document *ret,
	      struct error *error)
{
	struct reading reading = {
		.arena = arena, .document = ret, .error = error, .line = 1, .column = 1};
	size_t i;
	int code = 0;

	memset(ret, 0, sizeof(*ret));
	if (size > XML_SIZE_MAX)
		return err_set(error, arena, ERR_INPUT, "it has more than %d bytes", XML_SIZE_MAX);
	reading.start = reading.at = text;
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		reading.at += 3;
	reading.parser = XML_ParserCreateNS(NULL, SEPARATOR);
	if (!reading.parser)
		return ENOMEM;
	set_handlers(&reading);
	if (XML_Parse(reading.parser, text, (int)size, 1) != XML_STATUS_OK)
		code = fail(&reading);
	XML_ParserFree(reading.parser);
	for (i = 0; i < XML_DEPTH_MAX; i++)
		buffer_clear(&reading.texts[i]);
	return code;
}

const char *xml_attribute_of(const struct xml_element *element, const char *space, const char *name)
{
	const struct xml_attribute *attribute;

	for (attribute = element->attributes; attribute; attribute = attribute->next)
		if (!strcmp(attribute->name, name) && !strcmp(attribute->space, space))
			return attribute->value;
	return NULL;
}

const char *xml_attribute(const struct xml_element *element, const char *name)
{
	return xml_attribute_of(element, "", name);
}

static const struct xml_element *find(const struct xml_element *from, const char *space,
				      const char *name)
{
	for (; from; from = from->next)
		if (!strcmp(from->name, name) && !strcmp(from->space, space))
			return from;
	return NULL;
}

const struct xml_element *xml_child(const struct xml_element *element, const char *space,
				    const char *name)
{
	return find(element->first, space, name);
}

const struct xml_element *xml_next(const struct xml_element *child)
{
	return find(child->next, child->space, child->name);
}

static bool is_space(char c)
{
	return c && (unsigned char)c <= ' ';
}

const char *xml_trim(struct arena *arena, const char *text)
{
	size_t length;

	while (is_space(*text))
		text++;
	length = strlen(text);
	while (length && is_space(text[length - 1]))
		length--;
	return text[length] ? arena_strndup(arena, text, length) : text;
}
