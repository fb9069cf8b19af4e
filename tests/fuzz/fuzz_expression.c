/* Any text is an expression or an error with words; evaluating it ends, and gives the same again.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <time.h>

#include "core/expression/expression.h"
#include "core/expression/variable.h"

enum { TEXT_MAX = 4096 };

/* Variables v0, v1 … of all types. */
static const struct {
	const char *type;
	struct value value;
	const char *info;
} variables[] = {
	{"Null",    {VALUE_STRING, {NULL}},                                      NULL},
	{"Boolean", {VALUE_BOOL, {.truth = true}},                               NULL},
	{"Short",   {VALUE_LONG, {.number = -3}},                                NULL},
	{"Integer", {VALUE_LONG, {.number = INT32_MAX}},                         NULL},
	{"Long",    {VALUE_LONG, {.number = INT64_MIN}},                         NULL},
	{"Double",  {VALUE_DOUBLE, {.fraction = -1.5e300}},                      NULL},
	{"String",  {VALUE_STRING, {"a\xc3\xa9\xf0\x9f\x98\x80 b,c"}},           NULL},
	{"Date",    {VALUE_STRING, {"2024-02-29T12:34:56.789+0000"}},            NULL},
	{"Json",    {VALUE_STRING, {"{\"a\":[1,2.5,{\"b\":null}],\"t\":true}"}}, NULL},
	{"Bytes",   {VALUE_STRING, {"AAEC"}},                                    NULL},
	{"Object",
	 {VALUE_STRING, {"{\"a\":[1,\"x\"]}"}},
	 "{\"objectTypeName\":\"java.util.HashMap\",\"serializationDataFormat\":"
	 "\"application/json\"}"						     },
};

enum { VARIABLES = ARRAY_SIZE(variables) };

static int echo(struct expression_call *call, struct expression_value *ret)
{
	*ret = call->count ? call->arguments[0] : call->self;
	return 0;
}

static int refuse(struct expression_call *call, struct expression_value *ret)
{
	(void)ret;
	return err_set(call->error, call->arena, ERR_BUSY, "refused");
}

static const struct expression_method methods[] = {
	{"getId",     "",   echo  },
        {"echo",      "o",  echo  },
        {"echo",      "s",  echo  },
        {"echo",      "i",  echo  },
	{"echo",      "d",  echo  },
        {"echo",      "b",  echo  },
        {"echo",      "t",  echo  },
        {"echo",      "c",  echo  },
	{"echo",      "m",  echo  },
        {"echo",      "r*", echo  },
        {"getRefuse", "",   refuse},
};

static const struct expression_class class = EXPRESSION_CLASS("host.Object", methods, NULL);

static int resolve(void *arg, const char *name, struct arena *arena, struct expression_value *ret,
		   struct error *error)
{
	size_t i = (size_t)(name[0] == 'v' ? name[1] - '0' : VARIABLES);

	(void)arg;
	if (!strcmp(name, "execution")) {
		*ret = expression_object(arena, &class, arena);
		return 0;
	}
	if (!strcmp(name, "busy"))
		return err_set(error, arena, ERR_BUSY, "busy");
	if (i >= VARIABLES || name[2])
		return ERR_NOT_FOUND;
	return expression_from_variable(arena, variables[i].type, i ? &variables[i].value : NULL,
					variables[i].info, ret);
}

/* Type and text of what TEXT gives, or its words. */
static const char *evaluate(struct arena *arena, const struct expression *expression)
{
	static const char *const groups[] = {"a", "b"};
	const struct expression_context context = {
		.resolve = resolve, .user = "demo", .groups = groups, .group_count = 2, .now = 1};
	struct expression_value value;
	const struct value *stored;
	const char *type = "", *info, *text;
	struct error error = {0};
	int code = expression_evaluate(expression, &context, arena, &value, &error);

	if (!code)
		code = expression_to_variable(arena, &value, "r", &type, &stored, &info, &error);
	MUST(!code || (code == error.code && error.message));
	if (code)
		return error.message;
	text = expression_text(arena, &value);
	MUST(text);
	return arena_printf(arena, "%s %s", type, text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* where the clock is changed twice a year */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct expression *expression;
	struct error error = {0};
	const char *text;
	int code;

	if (size > TEXT_MAX)
		return 0;
	arena_init(&arena);
	text = arena_strndup(&arena, (const char *)data, size);
	code = expression_parse(&arena, text, &expression, &error);
	MUST(!code == (expression != NULL) && (!code || (code == ERR_INPUT && error.message)));
	if (!code) {
		MUST(!strcmp(expression_source(expression), text));
		MUST(!strcmp(evaluate(&arena, expression), evaluate(&arena, expression)));
	}
	arena_clear(&arena);
	return 0;
}
