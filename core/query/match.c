#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "core/query/query.h"

/* One character of UTF-8 further. */
static const char *next_char(const char *text)
{
	text++;
	while ((*text & 0xc0) == 0x80)
		text++;
	return text;
}

bool text_like(const char *text, const char *pattern)
{
	const char *star = NULL, *again = NULL;

	for (;;) {
		if (*pattern == '%') {
			star = ++pattern;
			again = text;
			continue;
		}
		if (!*pattern && !*text)
			return true;
		if (*text && *pattern == '_') {
			pattern++;
			text = next_char(text);
			continue;
		}
		if (*text && *pattern && (*pattern != '\\' || pattern[1])) {
			const char *want = *pattern == '\\' ? pattern + 1 : pattern;

			if (*want == *text) {
				pattern = want + 1;
				text++;
				continue;
			}
		}
		if (!star || !*again)
			return false;
		pattern = star;
		text = again = next_char(again);
	}
}

bool text_unlike(const char *text, const char *pattern)
{
	size_t length = strlen(pattern), escapes = 0;

	while (escapes < length && pattern[length - 1 - escapes] == '\\')
		escapes++;
	return escapes % 2 == 0 && !text_like(text, pattern);
}

static locale_t unicode;

static void make_locale(void)
{
	unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* What is several characters in upper case; none is longer than twice what it comes from. */
static const struct {
	wchar_t from;
	const char *to;
} several[] = {
	{0xdf,   "SS"     },
        {0x149,  "\u02bcN"},
        {0xfb00, "FF"     },
        {0xfb01, "FI"     },
        {0xfb02, "FL"     },
	{0xfb03, "FFI"    },
        {0xfb04, "FFL"    },
        {0xfb05, "ST"     },
        {0xfb06, "ST"     },
};

/* Puts C in upper case; returns the length. */
static size_t put_upper(char *at, wchar_t c, mbstate_t *state)
{
	size_t i, n;

	for (i = 0; c >= several[0].from && i < ARRAY_SIZE(several); i++)
		if (several[i].from == c) {
			memcpy(at, several[i].to, strlen(several[i].to));
			return strlen(several[i].to);
		}
	n = wcrtomb(at, (wchar_t)towupper((wint_t)c), state);
	return n <= MB_LEN_MAX ? n : 0;
}

const char *text_upper(struct arena *arena, const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t length = strlen(text), at = 0, out = 0;
	char *upper = arena_alloc(arena, length * 2 + 8);
	mbstate_t in = {0}, to = {0};
	locale_t before;
	wchar_t c;

	pthread_once(&once, make_locale);
	before = uselocale(unicode ? unicode : LC_GLOBAL_LOCALE);
	while (at < length) {
		size_t n = mbrtowc(&c, text + at, length - at, &in);

		if (n == 0 || n > length - at) {
			upper[out++] = text[at++];
			memset(&in, 0, sizeof(in));
			continue;
		}
		at += n;
		out += put_upper(upper + out, c, &to);
	}
	uselocale(before);
	upper[out] = '\0';
	return upper;
}

/* Whether TEXT is WANTED, or like it, when case is ignored. */
static bool folded_fits(const char *text, const char *wanted, bool like)
{
	struct arena arena;
	const char *upper, *pattern;
	bool fits;

	if (!text || !wanted)
		return false;
	arena_init(&arena);
	upper = text_upper(&arena, text);
	pattern = text_upper(&arena, wanted);
	fits = like ? text_like(upper, pattern) : !strcmp(upper, pattern);
	arena_clear(&arena);
	return fits;
}

static bool in_list(const struct strings *list, const char *text)
{
	size_t i;

	for (i = 0; text && i < list->count; i++)
		if (list->items[i] && !strcmp(list->items[i], text))
			return true;
	return false;
}

static bool equals(const struct criterion *c, const struct field *field, union slot slot)
{
	if (field->type == FIELD_STRING)
		return slot.s && c->text && !strcmp(slot.s, c->text);
	return slot.i == c->number;
}

bool criterion_matches(const struct criterion *c, const struct field *field, union slot slot)
{
	switch (c->filter->op) {
	case OP_EQ:
		return equals(c, field, slot);
	case OP_IN:
		return !c->list.count || in_list(&c->list, slot.s);
	case OP_NOT_IN:
		return !in_list(&c->list, slot.s);
	case OP_LIKE:
		return slot.s && c->text && text_like(slot.s, c->text);
	case OP_EQ_FOLDED:
		return folded_fits(slot.s, c->text, false);
	case OP_LIKE_FOLDED:
		return folded_fits(slot.s, c->text, true);
	case OP_BEFORE:
	case OP_LE:
		return slot.i != INT_NULL && slot.i <= c->number;
	case OP_AFTER:
	case OP_GE:
		return slot.i != INT_NULL && slot.i >= c->number;
	case OP_EARLIER:
		return slot.i != INT_NULL && slot.i < c->number;
	case OP_THEREAFTER:
		return slot.i != INT_NULL && slot.i > c->number;
	case OP_IF_TRUE:
		return !c->truth || slot.i == 1;
	case OP_IF_FALSE:
		return !c->truth || slot.i != 1;
	case OP_IS:
		return (slot.i == 1) == c->truth;
	case OP_ABSENT:
		return !c->truth || slot_absent(field, slot);
	case OP_PRESENT:
		return !c->truth || !slot_absent(field, slot);
	default:
		return true;
	}
}

bool criterion_acts(const struct criterion *c)
{
	if (c->filter->op == OP_NONE)
		return false;
	switch (c->filter->type) {
	case PARAM_BOOL:
		return c->truth || c->filter->op == OP_IS;
	case PARAM_LIST:
	case PARAM_ARRAY:
		return c->list.count > 0;
	default:
		return true;
	}
}

bool criterion_accepts(const struct criterion *c, enum filter_op op, const char *text)
{
	static const struct field field = {"", 0, FIELD_STRING, 0, NULL};
	struct filter filter = *c->filter;
	struct criterion asked = *c;
	union slot slot = {.s = text};

	filter.op = op;
	asked.filter = &filter;
	return criterion_matches(&asked, &field, slot);
}

bool query_matches(const struct query *query, const union slot *row)
{
	size_t i;

	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];

		if (c->filter->op != OP_NONE && c->filter->op < OP_OWN &&
		    !criterion_matches(c, &query->resource->kind->fields[c->filter->field],
				       row[c->filter->field]))
			return false;
	}
	return true;
}
