#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/expression/class.h"
#include "core/expression/operator.h"
#include "core/expression/pattern.h"
#include "core/expression/unicode.h"
#include "storage/buffer.h"

static const char *self(const struct expression_call *call)
{
	return call->self.as.text;
}

static int64_t argument_number(const struct expression_call *call, size_t index)
{
	return call->arguments[index].as.number;
}

static int64_t length_of(const char *text)
{
	return (int64_t)utf16_length(text, SIZE_MAX);
}

static int give_text(struct expression_call *call, const char *text, size_t size,
		     struct expression_value *ret)
{
	TRY(class_charge(call, size));
	*ret = expression_string(arena_strndup(call->arena, text, size));
	return 0;
}

static int length(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(length_of(self(call)));
	return 0;
}

static int is_empty(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(!*self(call));
	return 0;
}

static int is_blank(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(!self(call)[strspn(self(call), " \t\n\v\f\r\x1c\x1d\x1e\x1f")]);
	return 0;
}

static int substring(struct expression_call *call, struct expression_value *ret)
{
	const char *text = self(call);
	int64_t size = length_of(text), begin = argument_number(call, 0),
		end = call->count > 1 ? argument_number(call, 1) : size;
	size_t from;

	if (begin < 0 || begin > end || end > size)
		return class_throw(call,
				   "java.lang.StringIndexOutOfBoundsException: begin %lld, end "
				   "%lld, length %lld",
				   (long long)begin, (long long)end, (long long)size);
	from = utf16_offset(text, (size_t)begin);
	return give_text(call, text + from, utf16_offset(text, (size_t)end) - from, ret);
}

static int char_at(struct expression_call *call, struct expression_value *ret)
{
	const char *text = self(call);
	int64_t index = argument_number(call, 0);

	if (index < 0 || index >= length_of(text))
		return class_throw(call,
				   "java.lang.StringIndexOutOfBoundsException: String index out of "
				   "range: %lld",
				   (long long)index);
	text += utf16_offset(text, (size_t)index);
	return give_text(call, text, utf8_size(text), ret);
}

static int code_point_at(struct expression_call *call, struct expression_value *ret)
{
	TRY(char_at(call, ret));
	*ret = expression_integer(utf8_read(ret->as.text));
	return 0;
}

/* Where WANTED begins, from unit FROM on; -1 = nowhere. */
static int64_t find_first(const char *text, const char *wanted, int64_t from)
{
	const char *found = strstr(text + utf16_offset(text, from > 0 ? (size_t)from : 0), wanted);

	return found ? (int64_t)utf16_length(text, (size_t)(found - text)) : -1;
}

/* The last place of WANTED that is not behind unit FROM. */
static int64_t find_last(const char *text, const char *wanted, int64_t from)
{
	const size_t size = strlen(wanted);
	const char *at = text + strlen(text), *end;

	if (from < 0)
		return -1;
	end = text + utf16_offset(text, (size_t)from);
	if (at > end)
		at = end;
	for (;; at--) {
		if (!strncmp(at, wanted, size))
			return (int64_t)utf16_length(text, (size_t)(at - text));
		if (at == text)
			return -1;
	}
}

static int64_t from_of(const struct expression_call *call, int64_t absent)
{
	return call->count > 1 ? argument_number(call, 1) : absent;
}

static int index_of(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(find_first(self(call), argument_text(call, 0), from_of(call, 0)));
	return 0;
}

static int last_index_of(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(
		find_last(self(call), argument_text(call, 0), from_of(call, INT32_MAX)));
	return 0;
}

/* A character by its number, as a text. */
static const char *character_text(struct expression_call *call)
{
	char text[5] = "";
	uint32_t character = (uint32_t)argument_number(call, 0);

	if (character && character < 0x110000)
		text[utf8_write(text, character)] = '\0';
	else
		text[0] = '\x01', text[1] = '\x02'; /* nowhere */
	return arena_strdup(call->arena, text);
}

static int index_of_character(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(find_first(self(call), character_text(call), from_of(call, 0)));
	return 0;
}

static int last_index_of_character(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(
		find_last(self(call), character_text(call), from_of(call, INT32_MAX)));
	return 0;
}

static int contains(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(strstr(self(call), argument_text(call, 0)) != NULL);
	return 0;
}

static int starts_with(struct expression_call *call, struct expression_value *ret)
{
	const char *text = self(call), *prefix = argument_text(call, 0);
	int64_t from = from_of(call, 0);

	*ret = expression_boolean(
		from >= 0 && from <= length_of(text) &&
		!strncmp(text + utf16_offset(text, (size_t)from), prefix, strlen(prefix)));
	return 0;
}

static int ends_with(struct expression_call *call, struct expression_value *ret)
{
	const char *text = self(call), *suffix = argument_text(call, 0);
	size_t size = strlen(text), end = strlen(suffix);

	*ret = expression_boolean(end <= size && !strcmp(text + size - end, suffix));
	return 0;
}

/* The other case of a character: ASCII, Latin, Greek and Cyrillic. */
static uint32_t other_case(uint32_t c, bool upper)
{
	static const struct {
		uint32_t first, last; /* capitals */
		uint32_t distance;    /* to the small one */
	} ranges[] = {
		{'A',   'Z',   32},
                {0xc0,  0xd6,  32},
                {0xd8,  0xde,  32},
		{0x391, 0x3a9, 32},
                {0x410, 0x42f, 32},
                {0x400, 0x40f, 80},
	};
	/* where capitals have even numbers and their small letters follow, and where odd ones */
	static const struct {
		uint32_t first, last, odd;
	} pairs[] = {
		{0x100, 0x12f, 0},
                {0x132, 0x137, 0},
                {0x139, 0x148, 1},
		{0x14a, 0x177, 0},
                {0x179, 0x17e, 1},
	};
	uint32_t shift;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		shift = upper ? ranges[i].distance : 0;
		if (c - shift >= ranges[i].first && c - shift <= ranges[i].last &&
		    c != 0xd7 + shift)
			return upper ? c - shift : c + ranges[i].distance;
	}
	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		if (c >= pairs[i].first && c <= pairs[i].last && (c % 2 == pairs[i].odd) != upper)
			return upper ? c - 1 : c + 1;
	if (c == (upper ? 0xffu : 0x178u))
		return upper ? 0x178 : 0xff;
	return c;
}

static int change_case(struct expression_call *call, bool upper, struct expression_value *ret)
{
	const char *text = self(call);
	size_t size, out = 0;
	char *changed;

	TRY(class_charge(call, strlen(text)));
	changed = arena_alloc(call->arena, strlen(text) * 2 + 1);
	for (; (size = utf8_size(text)); text += size) {
		if (size == 1 && (unsigned char)*text >= 0x80)
			changed[out++] = *text;
		else if (upper && utf8_read(text) == 0xdf) /* the one that becomes two */
			changed[out++] = 'S', changed[out++] = 'S';
		else
			out += utf8_write(changed + out, other_case(utf8_read(text), upper));
	}
	*ret = expression_string(changed);
	return 0;
}

static int to_upper_case(struct expression_call *call, struct expression_value *ret)
{
	return change_case(call, true, ret);
}

static int to_lower_case(struct expression_call *call, struct expression_value *ret)
{
	return change_case(call, false, ret);
}

static int compare_to(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_integer(compare_texts(self(call), argument_text(call, 0)));
	return 0;
}

static int compare_to_ignore_case(struct expression_call *call, struct expression_value *ret)
{
	struct expression_call other = *call;
	struct expression_value mine, theirs;

	other.self = call->arguments[0];
	TRY(to_lower_case(call, &mine));
	TRY(to_lower_case(&other, &theirs));
	*ret = expression_integer(compare_texts(mine.as.text, theirs.as.text));
	return 0;
}

static int equals_ignore_case(struct expression_call *call, struct expression_value *ret)
{
	TRY(compare_to_ignore_case(call, ret));
	*ret = expression_boolean(!ret->as.number);
	return 0;
}

static int trim(struct expression_call *call, struct expression_value *ret)
{
	const char *text = self(call);
	size_t size;

	while (*text && (unsigned char)*text <= ' ')
		text++;
	for (size = strlen(text); size && (unsigned char)text[size - 1] <= ' ';)
		size--;
	return give_text(call, text, size, ret);
}

static int concat(struct expression_call *call, struct expression_value *ret)
{
	const char *more = argument_text(call, 0);

	TRY(class_charge(call, strlen(self(call)) + strlen(more)));
	*ret = expression_string(arena_printf(call->arena, "%s%s", self(call), more));
	return 0;
}

static int repeat(struct expression_call *call, struct expression_value *ret)
{
	const char *text = self(call);
	size_t size = strlen(text), i, count;
	char *all;

	if (argument_number(call, 0) < 0)
		return class_throw(call,
				   "java.lang.IllegalArgumentException: count is negative: %lld",
				   (long long)argument_number(call, 0));
	count = size ? (size_t)argument_number(call, 0) : 0;
	TRY(class_charge(call, size * count));
	all = arena_alloc(call->arena, size * count + 1);
	for (i = 0; i < count; i++)
		memcpy(all + i * size, text, size);
	*ret = expression_string(all);
	return 0;
}

/* Puts TO for WANTED, at most LIMIT times. An empty WANTED is between all characters. */
static int replace_text(struct expression_call *call, const char *wanted, const char *to,
			size_t limit, struct expression_value *ret)
{
	const char *text = self(call);
	const size_t size = strlen(wanted), more = strlen(to);
	struct buffer buffer;
	int code = 0;

	buffer_init(&buffer);
	while (!code) {
		if (limit && !strncmp(text, wanted, size)) {
			limit--;
			code = class_charge(call, more);
			buffer_put(&buffer, to, code ? 0 : more);
			text += size;
			if (size)
				continue;
		}
		if (!*text)
			break;
		buffer_put(&buffer, text, utf8_size(text));
		text += utf8_size(text);
	}
	if (!code)
		code = give_text(call, (const char *)buffer.data, buffer.length, ret);
	buffer_clear(&buffer);
	return code;
}

static int replace(struct expression_call *call, struct expression_value *ret)
{
	return replace_text(call, argument_text(call, 0), argument_text(call, 1), SIZE_MAX, ret);
}

static int parse_pattern(struct expression_call *call, const struct pattern **ret)
{
	const char *problem;

	*ret = pattern_parse(call->arena, argument_text(call, 0), &problem);
	if (*ret)
		return 0;
	return class_throw(call, "java.util.regex.PatternSyntaxException: %s: '%s'", problem,
			   argument_text(call, 0));
}

/* The next match from byte FROM on; *FOUND says whether there is one. */
static int find(struct expression_call *call, const struct pattern *pattern, size_t from,
		bool whole, bool *found, struct pattern_match *ret)
{
	size_t unbounded = SIZE_MAX;
	int code = pattern_find(pattern, call->arena, self(call), from, whole,
				call->work ? call->work : &unbounded, ret);

	*found = !code;
	return code == ERR_BUSY ? class_charge(call, 1) : 0;
}

static int matches(struct expression_call *call, struct expression_value *ret)
{
	const struct pattern *pattern;
	struct pattern_match match;
	bool found;

	TRY(parse_pattern(call, &pattern));
	TRY(find(call, pattern, 0, true, &found, &match));
	*ret = expression_boolean(found);
	return 0;
}

/* A replacement's character behind a backslash or $: itself, or a group of the match. */
static int put_special(struct expression_call *call, const struct pattern *pattern,
		       const struct pattern_match *match, const char **at, struct buffer *buffer)
{
	const char *text = self(call);
	size_t group;

	if (*(*at)++ == '\\') {
		if (!**at)
			return class_throw(call, "java.lang.IllegalArgumentException: character to "
						 "be escaped is missing");
		buffer_put_u8(buffer, (uint8_t) * (*at)++);
		return 0;
	}
	if (**at < '0' || **at > '9')
		return class_throw(call,
				   "java.lang.IllegalArgumentException: Illegal group reference%s",
				   **at ? "" : ": group index is missing");
	group = (size_t)(*(*at)++ - '0');
	if (group > pattern_groups(pattern))
		return class_throw(call, "java.lang.IndexOutOfBoundsException: No group %zu",
				   group);
	if (match->from[group] == SIZE_MAX)
		return 0;
	TRY(class_charge(call, match->to[group] - match->from[group]));
	buffer_put(buffer, text + match->from[group], match->to[group] - match->from[group]);
	return 0;
}

static int put_replacement(struct expression_call *call, const struct pattern *pattern,
			   const struct pattern_match *match, struct buffer *buffer)
{
	const char *at = argument_text(call, 1);
	size_t size;

	while (*at) {
		size = strcspn(at, "\\$");
		TRY(class_charge(call, size));
		buffer_put(buffer, at, size);
		at += size;
		if (*at)
			TRY(put_special(call, pattern, match, &at, buffer));
	}
	return 0;
}

static int put_replaced(struct expression_call *call, const struct pattern *pattern, size_t limit,
			struct buffer *buffer)
{
	const char *text = self(call);
	struct pattern_match match;
	size_t from = 0, kept = 0;
	bool found;

	while (limit--) {
		TRY(find(call, pattern, from, false, &found, &match));
		if (!found)
			break;
		TRY(class_charge(call, match.from[0] - kept + 1));
		buffer_put(buffer, text + kept, match.from[0] - kept);
		TRY(put_replacement(call, pattern, &match, buffer));
		kept = from = match.to[0];
		if (match.to[0] > match.from[0])
			continue;
		if (!text[from])
			break;
		from += utf8_size(text + from); /* an empty match is found once */
	}
	TRY(class_charge(call, strlen(text + kept)));
	buffer_put_text(buffer, text + kept);
	return 0;
}

static int replace_pattern(struct expression_call *call, size_t limit, struct expression_value *ret)
{
	const struct pattern *pattern;
	struct buffer buffer;
	int code;

	TRY(parse_pattern(call, &pattern));
	buffer_init(&buffer);
	code = put_replaced(call, pattern, limit, &buffer);
	if (!code)
		code = give_text(call, (const char *)buffer.data, buffer.length, ret);
	buffer_clear(&buffer);
	return code;
}

static int replace_all(struct expression_call *call, struct expression_value *ret)
{
	return replace_pattern(call, SIZE_MAX, ret);
}

static int replace_first(struct expression_call *call, struct expression_value *ret)
{
	return replace_pattern(call, 1, ret);
}

static struct expression_value part(struct expression_call *call, size_t from, size_t to)
{
	return expression_string(arena_strndup(call->arena, self(call) + from, to - from));
}

/* Parts between matches, LIMIT of them at most; the last has all the rest. */
static int split_text(struct expression_call *call, const struct pattern *pattern, size_t limit,
		      struct expression_list *ret)
{
	const char *text = self(call);
	const size_t size = strlen(text);
	struct pattern_match match;
	size_t from = 0, kept = 0;
	bool found;

	while (ret->count + 1 < limit && from <= size) {
		TRY(find(call, pattern, from, false, &found, &match));
		if (!found)
			break;
		from = match.to[0];
		if (match.to[0] == match.from[0])
			from += text[from] ? utf8_size(text + from) : 1;
		if (!match.to[0]) /* nothing is split off by an empty match at the beginning */
			continue;
		ret->values[ret->count++] = part(call, kept, match.from[0]);
		kept = match.to[0];
	}
	ret->values[ret->count++] = part(call, kept, strlen(text));
	return 0;
}

static int split(struct expression_call *call, struct expression_value *ret)
{
	const size_t size = strlen(self(call));
	struct expression_list *list = arena_alloc(call->arena, sizeof(*list));
	const struct pattern *pattern;
	int64_t limit = from_of(call, 0);

	TRY(parse_pattern(call, &pattern));
	TRY(class_charge(call, (size + 1) * sizeof(*list->values)));
	list->values = arena_array(call->arena, size + 2, sizeof(*list->values));
	TRY(split_text(call, pattern, limit > 0 ? (size_t)limit : SIZE_MAX, list));
	/* without a limit, empty texts at the end are left out */
	while (!limit && size && list->count && !*list->values[list->count - 1].as.text)
		list->count--;
	ret->type = EXPRESSION_ARRAY;
	ret->as.list = list;
	return 0;
}

static int hash_code(struct expression_call *call, struct expression_value *ret)
{
	const char *text = self(call);
	uint32_t hash = 0, c;
	size_t size;

	for (; (size = utf8_size(text)); text += size) {
		c = utf8_read(text);
		if (c >= 0x10000)
			hash = hash * 31 + (0xd800 + ((c - 0x10000) >> 10));
		hash = hash * 31 + (c >= 0x10000 ? 0xdc00 + ((c - 0x10000) & 0x3ff) : c);
	}
	*ret = expression_integer((int32_t)hash);
	return 0;
}

static int value_of(struct expression_call *call, struct expression_value *ret)
{
	const char *text = expression_text(call->arena, &call->arguments[0]);

	*ret = expression_string(call->arguments[0].type == EXPRESSION_NULL ? "null" : text);
	return 0;
}

static int intern(struct expression_call *call, struct expression_value *ret)
{
	*ret = call->self;
	return 0;
}

static const struct expression_method methods[] = {
	{"length",              "",   length                 },
	{"isEmpty",             "",   is_empty               },
	{"isBlank",             "",   is_blank               },
	{"substring",           "i",  substring              },
	{"substring",           "ii", substring              },
	{"subSequence",         "ii", substring              },
	{"charAt",              "i",  char_at                },
	{"codePointAt",         "i",  code_point_at          },
	{"indexOf",             "s",  index_of               },
	{"indexOf",             "i",  index_of_character     },
	{"indexOf",             "si", index_of               },
	{"indexOf",             "ii", index_of_character     },
	{"lastIndexOf",         "s",  last_index_of          },
	{"lastIndexOf",         "i",  last_index_of_character},
	{"lastIndexOf",         "si", last_index_of          },
	{"lastIndexOf",         "ii", last_index_of_character},
	{"contains",            "q",  contains               },
	{"startsWith",          "s",  starts_with            },
	{"startsWith",          "si", starts_with            },
	{"endsWith",            "s",  ends_with              },
	{"equalsIgnoreCase",    "s",  equals_ignore_case     },
	{"compareTo",           "s",  compare_to             },
	{"compareToIgnoreCase", "s",  compare_to_ignore_case },
	{"toUpperCase",         "",   to_upper_case          },
	{"toLowerCase",         "",   to_lower_case          },
	{"trim",                "",   trim                   },
	{"strip",               "",   trim                   },
	{"concat",              "s",  concat                 },
	{"repeat",              "i",  repeat                 },
	{"replace",             "qq", replace                },
	{"replaceAll",          "ss", replace_all            },
	{"replaceFirst",        "ss", replace_first          },
	{"matches",             "s",  matches                },
	{"split",               "s",  split                  },
	{"split",               "si", split                  },
	{"hashCode",            "",   hash_code              },
	{"valueOf",             "o",  value_of               },
	{"intern",              "",   intern                 },
};

const struct expression_class string_class =
	EXPRESSION_CLASS("java.lang.String", methods, &object_class);
