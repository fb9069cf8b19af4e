#include <string.h>

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
