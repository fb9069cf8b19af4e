#include "core/expression/pattern.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "core/expression/unicode.h"
#include "storage/buffer.h"
#include "storage/error.h"

enum place { PLACE_START, PLACE_END, PLACE_WORD, PLACE_NO_WORD };

struct range {
	uint32_t first, last;
};

/* Characters: those within the ranges, or all others. */
struct set {
	bool negated;
	size_t count;
	const struct range *ranges;
};

enum node_type {
	NODE_EMPTY,
	NODE_SET,   /* one character */
	NODE_PLACE, /* between characters */
	NODE_SEQUENCE,
	NODE_CHOICE,
	NODE_REPEAT,
	NODE_GROUP,
};

struct node {
	enum node_type type;
	const struct node *left, *right;
	const struct set *set;
	enum place place;
	size_t group;      /* 0 = it is not remembered */
	unsigned from, to; /* times; UINT_MAX = without end */
	bool lazy;
};

enum step_type {
	STEP_SET,
	STEP_PLACE,
	STEP_SAVE,  /* the place, in slot X */
	STEP_SPLIT, /* goes on at X, and if that leads nowhere at Y */
	STEP_JUMP,  /* to X */
	STEP_MATCH,
};

struct step {
	enum step_type type;
	size_t x, y;
	const struct set *set;
	enum place place;
};

struct pattern {
	const struct step *steps;
	size_t size, groups;
};

struct parser {
	struct arena *arena;
	const char *at;
	const char *problem; /* the first one */
	size_t groups;
	unsigned depth;
	bool any_case; /* of ASCII letters */
	struct buffer steps;
	size_t compiled; /* nodes, as often as they were */
};

static void *fail(struct parser *parser, const char *problem)
{
	if (!parser->problem)
		parser->problem = problem;
	return NULL;
}

static struct node *new_node(struct parser *parser, enum node_type type)
{
	struct node *node = arena_alloc(parser->arena, sizeof(*node));

	node->type = type;
	return node;
}

static const struct range digits[] = {
	{'0', '9'}
};
static const struct range words[] = {
	{'0', '9'},
        {'A', 'Z'},
        {'_', '_'},
        {'a', 'z'}
};
static const struct range spaces[] = {
	{'\t', '\r'},
        {' ',  ' ' }
};
static const struct range line_ends[] = {
	{'\n',   '\n'  },
        {'\r',   '\r'  },
        {0x85,   0x85  },
        {0x2028, 0x2029}
};

#define SET(negated, ranges)                                                                       \
	{                                                                                          \
		negated, ARRAY_SIZE(ranges), ranges                                                \
	}

static const struct set any = SET(true, line_ends);

/* What a letter behind a backslash stands for. */
static const struct {
	char letter;
	struct set set;
} classes[] = {
	{'d', SET(false, digits)},
        {'D', SET(true,  digits)},
        {'w', SET(false, words) },
	{'W', SET(true,  words) },
        {'s', SET(false, spaces)},
        {'S', SET(true,  spaces)},
};

static const struct {
	char letter;
	char character;
} escapes[] = {
	{'t', '\t'},
        {'n', '\n'},
        {'r', '\r'},
        {'f', '\f'},
        {'a', '\a'},
        {'e', 27  }
};

static const struct set *find_class(const char *at)
{
	size_t i;

	for (i = 0; *at == '\\' && i < ARRAY_SIZE(classes); i++)
		if (classes[i].letter == at[1])
			return &classes[i].set;
	return NULL;
}

/* The character behind a backslash. Letters and digits have meanings, few of which are ours. */
static bool take_escaped(struct parser *parser, uint32_t *ret)
{
	const char c = *parser->at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(escapes); i++) {
		if (escapes[i].letter == c) {
			*ret = (uint32_t)escapes[i].character;
			parser->at++;
			return true;
		}
	}
	if (!c || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) {
		fail(parser, "Illegal/unsupported escape sequence");
		return false;
	}
	*ret = utf8_read(parser->at);
	parser->at += utf8_size(parser->at);
	return true;
}

/* One character as it stands in a class or outside. */
static bool take_character(struct parser *parser, uint32_t *ret)
{
	if (*parser->at == '\\') {
		parser->at++;
		return take_escaped(parser, ret);
	}
	*ret = utf8_read(parser->at);
	parser->at += utf8_size(parser->at);
	return true;
}

static void put_range(struct buffer *ranges, uint32_t first, uint32_t last)
{
	const struct range range = {first, last};

	buffer_put(ranges, &range, sizeof(range));
}

/* Ranges of both cases, if case does not matter. */
static void put_cases(struct parser *parser, struct buffer *ranges, uint32_t first, uint32_t last)
{
	static const struct range cases[] = {
		{'A', 'Z'},
                {'a', 'z'}
        };
	size_t i;

	put_range(ranges, first, last);
	for (i = 0; parser->any_case && i < 2; i++) {
		uint32_t low = first > cases[i].first ? first : cases[i].first;
		uint32_t high = last < cases[i].last ? last : cases[i].last;

		if (low <= high)
			put_range(ranges, low ^ 0x20, high ^ 0x20);
	}
}

static struct set *make_set(struct parser *parser, const struct buffer *ranges, bool negated)
{
	struct set *set = arena_alloc(parser->arena, sizeof(*set));

	set->negated = negated;
	set->count = ranges->length / sizeof(struct range);
	set->ranges = arena_copy(parser->arena, ranges->data, ranges->length);
	return set;
}

/* All that a set does not have is only said in ranges where it is put into a class. */
static void put_class(struct buffer *ranges, const struct set *set)
{
	uint32_t next = 0;
	size_t i;

	for (i = 0; i < set->count; i++) {
		if (!set->negated)
			put_range(ranges, set->ranges[i].first, set->ranges[i].last);
		else if (set->ranges[i].first > next)
			put_range(ranges, next, set->ranges[i].first - 1);
		next = set->ranges[i].last + 1;
	}
	if (set->negated)
		put_range(ranges, next, 0x10ffff);
}

/* A character or a range of a class. */
static bool take_range(struct parser *parser, struct buffer *ranges)
{
	const struct set *class = find_class(parser->at);
	uint32_t first, last;

	if (class) {
		parser->at += 2;
		put_class(ranges, class);
		return true;
	}
	if (*parser->at == '[' || !strncmp(parser->at, "&&", 2))
		return fail(parser, "Classes within classes are not supported") != NULL;
	if (!take_character(parser, &first))
		return false;
	last = first;
	if (*parser->at == '-' && parser->at[1] && parser->at[1] != ']') {
		parser->at++;
		if (!take_character(parser, &last))
			return false;
		if (last < first)
			return fail(parser, "Illegal character range") != NULL;
	}
	put_cases(parser, ranges, first, last);
	return true;
}

/* Behind [. A ] that comes first is a character. */
static struct node *parse_class(struct parser *parser)
{
	struct node *node = new_node(parser, NODE_SET);
	struct buffer ranges;
	bool negated = *parser->at == '^', good = true;

	parser->at += negated;
	buffer_init(&ranges);
	do
		good = *parser->at && take_range(parser, &ranges);
	while (good && *parser->at != ']');
	if (good)
		parser->at++;
	else
		fail(parser, "Unclosed character class");
	node->set = make_set(parser, &ranges, negated);
	buffer_clear(&ranges);
	return good ? node : NULL;
}

static const struct node *parse_choice(struct parser *parser);

/* Behind (. */
static const struct node *parse_group(struct parser *parser)
{
	struct node *node = new_node(parser, NODE_GROUP);

	if (!strncmp(parser->at, "?:", 2))
		parser->at += 2;
	else if (*parser->at == '?')
		return fail(parser, "Unknown/unsupported inline modifier or group");
	else if (++parser->groups >= PATTERN_GROUPS)
		return fail(parser, "Too many groups");
	else
		node->group = parser->groups;
	if (++parser->depth > PATTERN_DEPTH)
		return fail(parser, "Groups are nested too deeply");
	node->left = parse_choice(parser);
	parser->depth--;
	if (!node->left)
		return NULL;
	if (*parser->at != ')')
		return fail(parser, "Unclosed group");
	parser->at++;
	return node;
}

static struct node *parse_place(struct parser *parser, enum place place, size_t size)
{
	struct node *node = new_node(parser, NODE_PLACE);

	node->place = place;
	parser->at += size;
	return node;
}

static struct node *parse_set(struct parser *parser, const struct set *set, size_t size)
{
	struct node *node = new_node(parser, NODE_SET);

	node->set = set;
	parser->at += size;
	return node;
}

static struct node *parse_character(struct parser *parser)
{
	struct node *node = new_node(parser, NODE_SET);
	struct buffer ranges;
	uint32_t character;

	if (!take_character(parser, &character))
		return NULL;
	buffer_init(&ranges);
	put_cases(parser, &ranges, character, character);
	node->set = make_set(parser, &ranges, false);
	buffer_clear(&ranges);
	return node;
}

/* What a quantifier may follow. */
static const struct node *parse_atom(struct parser *parser)
{
	const struct set *class = find_class(parser->at);

	if (class)
		return parse_set(parser, class, 2);
	if (!strncmp(parser->at, "\\b", 2))
		return parse_place(parser, PLACE_WORD, 2);
	if (!strncmp(parser->at, "\\B", 2))
		return parse_place(parser, PLACE_NO_WORD, 2);
	switch (*parser->at) {
	case '^':
		return parse_place(parser, PLACE_START, 1);
	case '$':
		return parse_place(parser, PLACE_END, 1);
	case '.':
		return parse_set(parser, &any, 1);
	case '[':
		parser->at++;
		return parse_class(parser);
	case '(':
		parser->at++;
		return parse_group(parser);
	case '*':
	case '+':
	case '?':
		return fail(parser, "Dangling meta character");
	case '{':
		return fail(parser, "Illegal repetition");
	default:
		return parse_character(parser);
	}
}

static bool take_number(struct parser *parser, unsigned *ret)
{
	const char *start = parser->at;

	*ret = 0;
	while (*parser->at >= '0' && *parser->at <= '9' && *ret <= PATTERN_REPEAT)
		*ret = *ret * 10 + (unsigned)(*parser->at++ - '0');
	return parser->at > start && *ret <= PATTERN_REPEAT;
}

/* {n}, {n,} and {n,m}, from the brace on. */
static bool take_times(struct parser *parser, struct node *repeat)
{
	parser->at++;
	if (!take_number(parser, &repeat->from))
		return false;
	repeat->to = repeat->from;
	if (*parser->at == ',') {
		parser->at++;
		repeat->to = UINT_MAX;
		if (*parser->at != '}' && !take_number(parser, &repeat->to))
			return false;
	}
	return *parser->at++ == '}' && repeat->to >= repeat->from;
}

/* * + ? or { }, perhaps with a ? behind. */
static const struct node *parse_repeat(struct parser *parser, const struct node *atom)
{
	struct node *repeat = new_node(parser, NODE_REPEAT);

	repeat->left = atom;
	repeat->from = *parser->at == '+';
	repeat->to = *parser->at == '?' ? 1 : UINT_MAX;
	if (*parser->at != '{')
		parser->at++;
	else if (!take_times(parser, repeat))
		return fail(parser, "Illegal repetition");
	if (*parser->at == '+')
		return fail(parser, "Possessive quantifiers are not supported");
	repeat->lazy = *parser->at == '?';
	parser->at += repeat->lazy;
	return repeat;
}

static const struct node *parse_sequence(struct parser *parser)
{
	const struct node *all = new_node(parser, NODE_EMPTY), *next;

	while (*parser->at && *parser->at != '|' && *parser->at != ')') {
		struct node *sequence = new_node(parser, NODE_SEQUENCE);

		next = parse_atom(parser);
		if (next && *parser->at && strchr("*+?{", *parser->at))
			next = parse_repeat(parser, next);
		if (!next)
			return NULL;
		sequence->left = all;
		sequence->right = next;
		all = sequence;
	}
	return all;
}

static const struct node *parse_choice(struct parser *parser)
{
	const struct node *all = parse_sequence(parser);

	while (all && *parser->at == '|') {
		struct node *choice = new_node(parser, NODE_CHOICE);

		parser->at++;
		choice->left = all;
		choice->right = parse_sequence(parser);
		all = choice->right ? choice : NULL;
	}
	return all;
}

static struct step *step_at(struct parser *parser, size_t index)
{
	return (struct step *)(void *)parser->steps.data + index;
}

static size_t here(const struct parser *parser)
{
	return parser->steps.length / sizeof(struct step);
}

static size_t put(struct parser *parser, enum step_type type)
{
	const struct step step = {.type = type};

	if (here(parser) >= PATTERN_SIZE) {
		fail(parser, "The pattern is too large");
		return 0;
	}
	buffer_put(&parser->steps, &step, sizeof(step));
	return here(parser) - 1;
}

static void compile(struct parser *parser, const struct node *node);

/* A split of which LAZY says whether the way out, which is not known yet, comes first. */
static size_t put_split(struct parser *parser, bool lazy)
{
	size_t split = put(parser, STEP_SPLIT);

	*(lazy ? &step_at(parser, split)->y : &step_at(parser, split)->x) = split + 1;
	return split;
}

static void land(struct parser *parser, size_t split, bool lazy)
{
	*(lazy ? &step_at(parser, split)->x : &step_at(parser, split)->y) = here(parser);
}

static void compile_loop(struct parser *parser, const struct node *node)
{
	size_t split = put_split(parser, node->lazy), jump;

	compile(parser, node->left);
	jump = put(parser, STEP_JUMP);
	step_at(parser, jump)->x = split;
	land(parser, split, node->lazy);
}

static void compile_repeat(struct parser *parser, const struct node *node)
{
	const size_t room = node->to == UINT_MAX ? 0 : node->to - node->from;
	size_t *splits = arena_array(parser->arena, room, sizeof(*splits)), count = 0;
	unsigned i;

	for (i = 0; i < node->from && !parser->problem; i++)
		compile(parser, node->left);
	if (node->to == UINT_MAX) {
		compile_loop(parser, node);
		return;
	}
	for (; i < node->to && !parser->problem; i++) {
		splits[count++] = put_split(parser, node->lazy);
		compile(parser, node->left);
	}
	while (count)
		land(parser, splits[--count], node->lazy);
}

static void compile_choice(struct parser *parser, const struct node *node)
{
	size_t split = put_split(parser, false), jump;

	compile(parser, node->left);
	jump = put(parser, STEP_JUMP);
	land(parser, split, false);
	compile(parser, node->right);
	step_at(parser, jump)->x = here(parser);
}

static void compile_group(struct parser *parser, const struct node *node)
{
	size_t save = node->group ? put(parser, STEP_SAVE) : 0;

	if (node->group)
		step_at(parser, save)->x = 2 * node->group;
	compile(parser, node->left);
	save = node->group ? put(parser, STEP_SAVE) : 0;
	if (node->group)
		step_at(parser, save)->x = 2 * node->group + 1;
}

static void compile_one(struct parser *parser, const struct node *node)
{
	size_t step = put(parser, node->type == NODE_SET ? STEP_SET : STEP_PLACE);

	step_at(parser, step)->set = node->set;
	step_at(parser, step)->place = node->place;
}

/* Sequences hang to the left and are as long as the pattern: no call for each. */
static void compile_sequence(struct parser *parser, const struct node *node)
{
	const struct node **parts;
	const struct node *at;
	size_t count = 0;

	for (at = node; at->type == NODE_SEQUENCE; at = at->left)
		count++;
	parts = arena_array(parser->arena, count, sizeof(*parts));
	for (at = node; at->type == NODE_SEQUENCE; at = at->left)
		parts[--count] = at->right;
	for (at = node; at->type == NODE_SEQUENCE && !parser->problem; at = at->left)
		compile(parser, parts[count++]);
}

static void compile(struct parser *parser, const struct node *node)
{
	/* repeated nothing is nothing, but takes its time */
	if (++parser->compiled > PATTERN_WORK)
		fail(parser, "The pattern is too large");
	if (parser->problem)
		return;
	switch (node->type) {
	case NODE_EMPTY:
		break;
	case NODE_SET:
	case NODE_PLACE:
		compile_one(parser, node);
		break;
	case NODE_SEQUENCE:
		compile_sequence(parser, node);
		break;
	case NODE_CHOICE:
		compile_choice(parser, node);
		break;
	case NODE_REPEAT:
		compile_repeat(parser, node);
		break;
	case NODE_GROUP:
		compile_group(parser, node);
		break;
	}
}

static const struct pattern *parse(struct parser *parser)
{
	struct pattern *pattern = arena_alloc(parser->arena, sizeof(*pattern));
	const struct node *node;

	/* the match itself is a group */
	put(parser, STEP_SAVE);
	node = parse_choice(parser);
	if (node && *parser->at)
		node = fail(parser, "Unmatched closing ')'");
	if (!node)
		return NULL;
	compile(parser, node);
	step_at(parser, put(parser, STEP_SAVE))->x = 1;
	put(parser, STEP_MATCH);
	pattern->size = here(parser);
	pattern->steps = arena_copy(parser->arena, parser->steps.data, parser->steps.length);
	pattern->groups = parser->groups;
	return parser->problem ? NULL : pattern;
}

const struct pattern *pattern_parse(struct arena *arena, const char *text, const char **problem)
{
	struct parser parser = {.arena = arena, .at = text};
	const struct pattern *pattern;

	if (!strncmp(text, "(?i)", 4)) {
		parser.any_case = true;
		parser.at += 4;
	}
	buffer_init(&parser.steps);
	pattern = parse(&parser);
	buffer_clear(&parser.steps);
	*problem = parser.problem;
	return pattern;
}

size_t pattern_groups(const struct pattern *pattern)
{
	return pattern->groups;
}

/* One of the ways to match that are followed at the same time, character by character. */
struct thread {
	size_t step;
	size_t slots[2 * PATTERN_GROUPS];
};

/* Ways in the order in which they are preferred; each step once. */
struct threads {
	size_t count;
	struct thread *threads;
	size_t *seen; /* by step: where it stands in the list, if it does */
};

struct search {
	const struct pattern *pattern;
	const char *text;
	size_t from;
	bool whole;
	size_t *work;
	struct threads now, next;
	/* steps that are still to be followed, and slots to be set back behind them */
	struct pending {
		size_t step, slot, value;
	} * pending;
};

static bool has(const struct set *set, uint32_t character)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (character >= set->ranges[i].first && character <= set->ranges[i].last)
			return !set->negated;
	return set->negated;
}

static bool word_at(const char *at)
{
	return *at && has(&(const struct set)SET(false, words), (unsigned char)*at);
}

static bool is_place(const struct search *search, enum place place, size_t at)
{
	const char *text = search->text;
	bool word;

	switch (place) {
	case PLACE_START:
		return !at;
	case PLACE_END:
		return !text[at] || (text[at] == '\n' && !text[at + 1]);
	case PLACE_WORD:
	case PLACE_NO_WORD:
		break;
	}
	word = (at && word_at(text + at - 1)) != word_at(text + at);
	return word == (place == PLACE_WORD);
}

static bool add_once(struct threads *list, size_t step, const size_t *slots)
{
	size_t seen = list->seen[step];

	if (seen < list->count && list->threads[seen].step == step)
		return false;
	list->seen[step] = list->count;
	list->threads[list->count].step = step;
	memcpy(list->threads[list->count].slots, slots, sizeof(list->threads->slots));
	list->count++;
	return true;
}

/* Follows all that needs no character, from STEP on; SLOTS are as they were afterwards. */
static void follow(struct search *search, struct threads *list, size_t step, size_t at,
		   size_t *slots)
{
	size_t count = 0;

	search->pending[count++] = (struct pending){.step = step, .slot = SIZE_MAX};
	while (count) {
		struct pending pending = search->pending[--count];
		const struct step *to = &search->pattern->steps[pending.step];

		if (pending.slot != SIZE_MAX) {
			slots[pending.slot] = pending.value;
			continue;
		}
		*search->work -= *search->work > 0;
		if (!add_once(list, pending.step, slots))
			continue;
		if (to->type == STEP_SPLIT)
			search->pending[count++] =
				(struct pending){.step = to->y, .slot = SIZE_MAX};
		if (to->type == STEP_SAVE) {
			search->pending[count++] =
				(struct pending){.slot = to->x, .value = slots[to->x]};
			slots[to->x] = at;
		}
		if (to->type == STEP_SPLIT || to->type == STEP_JUMP)
			search->pending[count++] =
				(struct pending){.step = to->x, .slot = SIZE_MAX};
		if (to->type == STEP_SAVE ||
		    (to->type == STEP_PLACE && is_place(search, to->place, at)))
			search->pending[count++] =
				(struct pending){.step = pending.step + 1, .slot = SIZE_MAX};
	}
}

/* Takes the character at AT on all ways. True when one of them has come to the end of the pattern:
 * those behind it are preferred less.
 */
static bool take(struct search *search, size_t at, size_t *ret_slots)
{
	const size_t size = utf8_size(search->text + at);
	const uint32_t character = size ? utf8_read(search->text + at) : 0;
	size_t i;

	search->next.count = 0;
	for (i = 0; i < search->now.count; i++) {
		struct thread *thread = &search->now.threads[i];
		const struct step *step = &search->pattern->steps[thread->step];

		if (step->type == STEP_SET && size && has(step->set, character))
			follow(search, &search->next, thread->step + 1, at + size, thread->slots);
		if (step->type == STEP_MATCH && (!search->whole || !size)) {
			memcpy(ret_slots, thread->slots, sizeof(thread->slots));
			return true;
		}
	}
	return false;
}

/* Ways may begin at each place until one has matched, but come after those that began before. */
static int run(struct search *search, size_t *ret_slots)
{
	size_t at = search->from, size, slots[2 * PATTERN_GROUPS];
	struct threads turned;
	bool found = false;

	for (;; at += size) {
		memset(slots, 0xff, sizeof(slots));
		if (!found && (!search->whole || at == search->from))
			follow(search, &search->now, 0, at, slots);
		if (!*search->work)
			return ERR_BUSY;
		found |= take(search, at, ret_slots);
		size = utf8_size(search->text + at);
		turned = search->now;
		search->now = search->next;
		search->next = turned;
		if (!size || (!search->now.count && (found || search->whole)))
			return found ? 0 : ERR_NOT_FOUND;
	}
}

static void new_threads(struct arena *arena, size_t size, struct threads *ret)
{
	ret->threads = arena_array(arena, size, sizeof(*ret->threads));
	ret->seen = arena_array(arena, size, sizeof(*ret->seen));
}

int pattern_find(const struct pattern *pattern, struct arena *arena, const char *text, size_t from,
		 bool whole, size_t *work, struct pattern_match *ret)
{
	struct search search = {
		.pattern = pattern, .text = text, .from = from, .whole = whole, .work = work};
	struct arena_mark mark = arena_mark(arena);
	size_t slots[2 * PATTERN_GROUPS], i;
	int code;

	new_threads(arena, pattern->size, &search.now);
	new_threads(arena, pattern->size, &search.next);
	search.pending = arena_array(arena, 2 * pattern->size + 1, sizeof(*search.pending));
	code = run(&search, slots);
	for (i = 0; !code && i < PATTERN_GROUPS; i++) {
		ret->from[i] = slots[2 * i + 1] == SIZE_MAX ? SIZE_MAX : slots[2 * i];
		ret->to[i] = slots[2 * i + 1];
	}
	arena_rewind(arena, mark);
	return code;
}
