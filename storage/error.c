#include "storage/error.h"

#include <stdarg.h>
#include <string.h>

#include "storage/arena.h"

static const struct {
	int code;
	const char *text;
} texts[] = {
	{ERR_NOT_FOUND, "not found"					     },
	{ERR_BUSY,      "busy: gave up after too many conflicts"                },
	{ERR_CORRUPT,   "the store holds bytes that make no sense"              },
	{ERR_FORMAT,    "the store has a format that this program does not read"},
	{ERR_FULL,      "no space left on the device"                           },
	{ERR_STOPPED,   "stopped"					       },
	{ERR_EXISTS,    "already exists"					},
	{ERR_INPUT,     "malformed input"				       },
	{ERR_CAST,      "a value has another type than is wanted there"         },
	{ERR_LINK,      "the other side broke the link protocol or went away"   },
};

int(err_set)(struct error *error, struct arena *arena, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error->message = arena_vprintf(arena, format, args);
	va_end(args);
	error->code = code;
	return code;
}

const char *err_text(int code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].code == code)
			return texts[i].text;
	if (code > 0)
		return strerror(code);
	return code <= ERR_API && code > -30000 ? "refused" : "Berkeley DB failed";
}
