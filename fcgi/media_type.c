#include "fcgi/media_type.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { OFFERS_MAX = 3, Q_ONE = 1000 };

/* What each kind offers, best first. Where there is nothing to choose all is acceptable. */
static const struct {
	bool negotiated;
	const char *offers[OFFERS_MAX];
} kinds[] = {
	[ANSWER_NOTHING] = {false, {"application/json"}                               },
	[ANSWER_JSON] = {true,  {"application/json"}                               },
	[ANSWER_JSON_HAL] = {true,  {"application/json", "application/hal+json"}       },
	[ANSWER_JSON_CSV] = {true,  {"application/json", "text/csv", "application/csv"}},
	[ANSWER_TEXT] = {true,  {"text/plain"}                                     },
	[ANSWER_XHTML] = {true,  {"application/xhtml+xml"}                          },
	[ANSWER_ANY] = {false, {"*/*"}					    },
};

/* One of the ranges of an Accept header. */
struct range {
	const char *text; /* "type/subtype", "type/ *" or "* / *" */
	size_t length;
	int q; /* thousandths */
};

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " \t");
}

/* The q of the parameters at TEXT, which end at a comma or NUL. */
static int range_q(const char *text)
{
	for (text += strcspn(text, ";,"); *text == ';'; text += strcspn(text, ";,")) {
		text = skip_spaces(text + 1);
		if ((*text == 'q' || *text == 'Q') && *skip_spaces(text + 1) == '=') {
			double q = strtod(skip_spaces(text + 1) + 1, NULL);

			return q >= 1 ? Q_ONE : q > 0 ? (int)(q * Q_ONE) : 0;
		}
	}
	return Q_ONE;
}

/* Takes the next range off *REST; false at the end. */
static bool next_range(const char **rest, struct range *range)
{
	*rest += strspn(*rest, ", \t");
	if (!**rest)
		return false;
	range->text = *rest;
	range->length = strcspn(*rest, ";, \t");
	range->q = range_q(*rest);
	*rest += strcspn(*rest, ",");
	return true;
}

/* How exactly RANGE names TYPE: 0 not at all, 3 to the letter. */
static int range_match(const struct range *range, const char *type)
{
	const char *slash = memchr(range->text, '/', range->length);
	size_t main_length = strcspn(type, "/") + 1;

	if (!slash)
		return range->length == 1 && *range->text == '*';
	if (range->length == strlen(type) && !strncasecmp(range->text, type, range->length))
		return 3;
	if (range->length == 3 && !memcmp(range->text, "*/*", 3))
		return 1;
	if (range->length == main_length + 1 && slash[1] == '*' &&
	    !strncasecmp(range->text, type, main_length))
		return 2;
	return 0;
}

/*
 * The q that ACCEPT gives TYPE: that of the range that names it most exactly; -1 for none. *RET_AT
 * is the place of that range.
 */
static int accept_q(const char *accept, const char *type, int *ret_at)
{
	struct range range;
	int exact = 0, q = -1, at;

	for (at = 0; next_range(&accept, &range); at++) {
		int match = range_match(&range, type);

		if (match > exact || (match && match == exact && range.q > q)) {
			exact = match;
			q = range.q;
			*ret_at = at;
		}
	}
	return q;
}

const char *media_type_choose(const char *accept, enum answer_kind kind)
{
	const char *const *offers = kinds[kind].offers, *best = NULL;
	int i, at = 0, best_at = 0, best_q = -1;

	if (!kinds[kind].negotiated || !accept || !*skip_spaces(accept))
		return offers[0];
	for (i = 0; i < OFFERS_MAX && offers[i]; i++) {
		int q = accept_q(accept, offers[i], &at);

		/* of two that are as welcome the client's order decides, then ours */
		if (q > best_q || (q >= 0 && q == best_q && at < best_at)) {
			best = offers[i];
			best_q = q;
			best_at = at;
		}
	}
	return best;
}

bool media_type_is(const char *content_type, const char *type)
{
	size_t length;

	if (!content_type)
		return false;
	content_type = skip_spaces(content_type);
	length = strcspn(content_type, "; \t");
	return length == strlen(type) && !strncasecmp(content_type, type, length);
}
