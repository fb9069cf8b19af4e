#include "core/history/variable_query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/history/child_shape.h"
#include "core/history/posting_key.h"
#include "core/record/row_json.h"

enum comparator { EQ, NEQ, GT, GTEQ, LT, LTEQ, LIKE, NOT_LIKE, COMPARATOR_MAX };

static const struct {
	const char *name;
	const char *words; /* of the message for null and boolean values */
} comparators[COMPARATOR_MAX] = {
	[EQ] = {"eq",      NULL                   },
          [NEQ] = {"neq",     NULL                   },
	[GT] = {"gt",      "greater than"         },
          [GTEQ] = {"gteq",    "greater than or equal"},
	[LT] = {"lt",      "less than"            },
          [LTEQ] = {"lteq",    "less than or equal"   },
	[LIKE] = {"like",    NULL                   },
          [NOT_LIKE] = {"notLike", NULL                   },
};

const struct variable_rules instance_variable_rules = {
	LIKE, "Invalid variable comparator specified: ", ERR_NOT_VALID, ERR_NOT_VALID};
const struct variable_rules task_variable_rules = {
	EQ, "Invalid variable comparator specified: ", ERR_ENGINE, ERR_NULL_VALUE};
const struct variable_rules process_variable_rules = {
	NOT_LIKE, "Invalid process variable comparator specified: ", ERR_ENGINE, ERR_NULL_VALUE};

/* As bound: not yet checked. */
struct raw_condition {
	const char *name;
	const char *comparator;
	const struct json *value; /* NULL = null */
};

struct variable_conditions {
	size_t count;
	struct raw_condition *items;
};

/* One condition, checked. */
struct variable_condition {
	const char *name;
	enum comparator comparator;
	enum value_class class;
	const char *text; /* VALUE_CLASS_TEXT; in upper case when case is ignored */
	double number;    /* VALUE_CLASS_NUMBER, VALUE_CLASS_DOUBLE */
	int64_t integer;  /* VALUE_CLASS_NUMBER, VALUE_CLASS_DATE, VALUE_CLASS_BOOL */
	bool names_ignore_case, values_ignore_case;
	const char *type; /* the value must be of this very type; NULL = of any that compares */
	const struct variable_condition *next; /* of the same name, for the same variable */
	struct history *history;
	struct arena *arena;
};

static int bad_format(struct request *request, const struct criterion *criterion, const char *text)
{
	return request_fail(request, ERR_INVALID,
			    "Cannot set query parameter '%s' to value '%s': variable query "
			    "parameter has to have format KEY_OPERATOR_VALUE.",
			    criterion->filter->name, text);
}

static struct json *string_node(struct arena *arena, const char *text)
{
	struct json *node = arena_alloc(arena, sizeof(*node));

	node->type = JSON_STRING;
	node->text = text;
	return node;
}

/* Splits name_operator_value as Java's split does: exactly three parts; empty ones at the end do
 * not count. */
static bool split_expression(struct arena *arena, char *expression, struct raw_condition *ret)
{
	size_t length = strlen(expression);
	char *first, *second;

	while (length && expression[length - 1] == '_')
		expression[--length] = '\0';
	first = strchr(expression, '_');
	second = first ? strchr(first + 1, '_') : NULL;
	if (!second || strchr(second + 1, '_'))
		return false;
	*first = *second = '\0';
	ret->name = expression;
	ret->comparator = first + 1;
	ret->value = string_node(arena, second + 1);
	return true;
}

static int bind_text(struct request *request, struct criterion *criterion, const char *text)
{
	struct variable_conditions *list = arena_alloc(request->arena, sizeof(*list));
	size_t length = strlen(text), commas = 0, i;
	char *at;

	while (length && text[length - 1] == ',')
		length--; /* empty parts at the end do not count */
	at = length || !*text ? arena_strndup(request->arena, text, length) : NULL;
	for (i = 0; i < length; i++)
		commas += text[i] == ',';
	list->items = arena_array(request->arena, commas + 1, sizeof(*list->items));
	while (at) {
		char *comma = strchr(at, ',');

		if (comma)
			*comma = '\0';
		if (!split_expression(request->arena, at, &list->items[list->count++]))
			return bad_format(request, criterion, text);
		at = comma ? comma + 1 : NULL;
	}
	criterion->object = list;
	return 0;
}

int variables_bind(struct request *request, struct criterion *criterion, const char *text,
		   const struct json *node)
{
	struct variable_conditions *list = arena_alloc(request->arena, sizeof(*list));
	const struct json *element, *member;

	if (text)
		return bind_text(request, criterion, text);
	if (node->type != JSON_ARRAY)
		return ERR_INPUT;
	list->items = arena_array(request->arena, node->count, sizeof(*list->items));
	for (element = node->first; element; element = element->next) {
		struct raw_condition *item = &list->items[list->count++];

		if (element->type != JSON_OBJECT)
			return ERR_INPUT;
		member = json_member(element, "name");
		if (member && json_to_string(member, &item->name))
			return ERR_INPUT;
		member = json_member(element, "operator");
		if (member && json_to_string(member, &item->comparator))
			return ERR_INPUT;
		item->value = json_present(element, "value");
	}
	criterion->object = list;
	return 0;
}

static int find_comparator(struct request *request, const struct raw_condition *raw,
			   const struct variable_rules *rules, enum comparator *ret)
{
	if (!raw->comparator)
		return request_fail(request, ERR_NULL_POINTER,
				    "the operator of a variable condition is missing");
	for (*ret = EQ; (int)*ret <= rules->last; (*ret)++)
		if (!strcmp(comparators[*ret].name, raw->comparator))
			return 0;
	return request_fail(request, ERR_INVALID, "%s%s", rules->unknown, raw->comparator);
}

/* As Java prints a date in the server's time zone. */
static const char *java_date(struct arena *arena, int64_t time)
{
	time_t seconds = (time_t)(time / 1000);
	char text[64];
	struct tm local;

	localtime_r(&seconds, &local);
	strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Z %Y", &local);
	return arena_strdup(arena, text);
}

/* A text that reads as a date of JSON is one; that which reads as none is null. */
static void take_text(struct variable_condition *c, const char *text, bool dates)
{
	const char *quoted = arena_printf(c->arena, "\"%s\"", text);
	struct json *node;

	if (!dates || json_parse(c->arena, quoted, strlen(quoted), &node) ||
	    json_to_time(node, &c->integer)) {
		c->class = VALUE_CLASS_TEXT;
		c->text = text;
	} else {
		c->class = c->integer == TIME_NULL ? VALUE_CLASS_NULL : VALUE_CLASS_DATE;
	}
}

static int take_query_value(struct request *request, struct variable_condition *c,
			    const struct json *node, bool dates)
{
	c->class = VALUE_CLASS_NULL;
	if (!node)
		return 0;
	switch (node->type) {
	case JSON_NULL:
		return 0;
	case JSON_BOOL:
		c->class = VALUE_CLASS_BOOL;
		c->integer = node->truth;
		return 0;
	case JSON_NUMBER:
		c->class = strpbrk(node->text, ".eE") ? VALUE_CLASS_DOUBLE : VALUE_CLASS_NUMBER;
		c->number = strtod(node->text, NULL);
		if (c->class == VALUE_CLASS_NUMBER && json_to_int(node, 0, false, &c->integer))
			c->class = VALUE_CLASS_DOUBLE; /* beyond 64 bits */
		return 0;
	case JSON_STRING:
		take_text(c, node->text, dates);
		return 0;
	default:
		return request_fail(request, ERR_ENGINE, "Object values cannot be used to query");
	}
}

/* `like` compares with the value's text, whatever it was. */
static void make_pattern(struct variable_condition *c, const struct json *node)
{
	if (c->class == VALUE_CLASS_NULL)
		c->text = "null";
	else if (c->class == VALUE_CLASS_DATE)
		c->text = java_date(c->arena, c->integer);
	else if (c->class != VALUE_CLASS_TEXT)
		json_to_string(node, &c->text);
	c->class = VALUE_CLASS_TEXT;
}

/* A number without a fraction is one number, however it is written. */
static void settle_number(struct variable_condition *c)
{
	if (c->class != VALUE_CLASS_DOUBLE || fabs(c->number) >= 0x1p63 ||
	    c->number != trunc(c->number))
		return;
	c->class = VALUE_CLASS_NUMBER;
	c->integer = (int64_t)c->number;
}

/*
 * A variable of a type that cannot hold the number asked for compares with nothing. Postings do not
 * tell the type: it matters where the narrow ones all would lie on the side that is asked for.
 */
static bool type_matters(const struct variable_condition *c, int64_t low, int64_t high)
{
	bool less = c->comparator == LT || c->comparator == LTEQ;
	bool more = c->comparator == GT || c->comparator == GTEQ;

	return c->class == VALUE_CLASS_NUMBER &&
	       ((less && c->integer > high) || (more && c->integer < low));
}

static const struct narrow_type {
	const char *name;
	int64_t low, high;
} narrow_types[] = {
	{"Short",   INT16_MIN, INT16_MAX},
	{"Integer", INT32_MIN, INT32_MAX},
};

/* Whether a variable of TYPE can be compared with the number asked for. */
static bool type_holds(const struct variable_condition *c, const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(narrow_types); i++)
		if (type && !strcmp(type, narrow_types[i].name))
			return !type_matters(c, narrow_types[i].low, narrow_types[i].high);
	return true;
}

/* Name and value as they are compared. */
static void fold_case(struct variable_condition *c)
{
	if (c->values_ignore_case && c->class == VALUE_CLASS_TEXT)
		c->text = text_upper(c->arena, c->text);
	if (c->names_ignore_case)
		c->name = text_upper(c->arena, c->name);
}

static int check_condition(struct request *request, const struct raw_condition *raw,
			   const struct variable_rules *rules, bool dates,
			   struct variable_condition *c)
{
	TRY(find_comparator(request, raw, rules, &c->comparator));
	TRY(take_query_value(request, c, raw->value, dates));
	if (!raw->name)
		return request_fail(request, rules->name_error, "name is null");
	c->name = raw->name;
	if (comparators[c->comparator].words &&
	    (c->class == VALUE_CLASS_NULL || c->class == VALUE_CLASS_BOOL))
		return request_fail(request, rules->value_error,
				    "Booleans and null cannot be used in '%s' condition",
				    comparators[c->comparator].words);
	if (c->comparator == LIKE || c->comparator == NOT_LIKE)
		make_pattern(c, raw->value);
	settle_number(c);
	fold_case(c);
	return 0;
}

static bool order_fits(enum comparator comparator, int order)
{
	switch (comparator) {
	case EQ:
		return order == 0;
	case NEQ:
		return order != 0;
	case GT:
		return order > 0;
	case GTEQ:
		return order >= 0;
	case LT:
		return order < 0;
	case LTEQ:
		return order <= 0;
	default:
		return false;
	}
}

/* Whether a text fits, with case ignored where that is wanted. */
static bool text_fits(const struct variable_condition *c, const char *text)
{
	struct arena_mark mark = arena_mark(c->arena);
	const char *other = c->values_ignore_case ? text_upper(c->arena, text) : text;
	bool fits = c->comparator == LIKE       ? text_like(other, c->text)
		    : c->comparator == NOT_LIKE ? text_unlike(other, c->text)
						: order_fits(c->comparator, strcmp(other, c->text));

	arena_rewind(c->arena, mark);
	return fits;
}

static int compare_doubles(double a, double b)
{
	return (a > b) - (a < b);
}

static double sortable_double(uint64_t key)
{
	uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Integers from here on are not told apart by the doubles in postings. */
#define EXACT_DOUBLE 9007199254740992.0

/* Whether a posting's class and value fit. *RET_CUT: the text was cut, the record must confirm. */
static bool key_fits(const struct variable_condition *c, const uint8_t *at, size_t size,
		     bool *ret_cut)
{
	enum value_class class = at[0];
	uint64_t word = size >= 9 ? be64_read(at + 1) : 0;

	*ret_cut = false;
	/* an integer compares with doubles, too; a fraction with nothing else */
	if (class == VALUE_CLASS_DOUBLE && c->class == VALUE_CLASS_NUMBER)
		class = VALUE_CLASS_NUMBER;
	if (class != c->class)
		return c->comparator == NEQ || c->comparator == NOT_LIKE;
	switch (class) {
	case VALUE_CLASS_TEXT:
		*ret_cut = size >= POSTING_TEXT_MAX + 2;
		if (*ret_cut && c->comparator == EQ && !c->values_ignore_case &&
		    strlen(c->text) < POSTING_TEXT_MAX)
			return *ret_cut = false;
		return *ret_cut || text_fits(c, (const char *)at + 1);
	case VALUE_CLASS_NUMBER:
	case VALUE_CLASS_DOUBLE:
		/* large integers that look equal: the record decides */
		if (c->class == VALUE_CLASS_NUMBER && fabs(c->number) >= EXACT_DOUBLE &&
		    sortable_double(word) == c->number)
			return true;
		return order_fits(c->comparator, compare_doubles(sortable_double(word), c->number));
	case VALUE_CLASS_DATE:
		word ^= (uint64_t)1 << 63;
		return order_fits(c->comparator,
				  ((int64_t)word > c->integer) - ((int64_t)word < c->integer));
	case VALUE_CLASS_BOOL:
		return order_fits(c->comparator, at[1] != c->integer);
	default:
		return c->comparator == EQ;
	}
}

static bool name_fits(const struct variable_condition *c, const char *name)
{
	struct arena_mark mark = arena_mark(c->arena);
	bool fits;

	if (!name)
		return false;
	if (!c->names_ignore_case)
		return !strcmp(name, c->name);
	fits = !strcmp(text_upper(c->arena, name), c->name);
	arena_rewind(c->arena, mark);
	return fits;
}

bool variable_fits(const struct variable_condition *c, const union slot *row)
{
	const struct value *value = row[VARIABLE_VALUE].v;
	struct buffer key;
	bool fits, cut;

	if (!name_fits(c, row[VARIABLE_NAME].s) ||
	    (c->type && (!row[VARIABLE_TYPE].s || strcmp(row[VARIABLE_TYPE].s, c->type) != 0)) ||
	    !type_holds(c, row[VARIABLE_TYPE].s))
		return false;
	buffer_init(&key);
	value_key(&key, row[VARIABLE_TYPE].s, value);
	fits = key_fits(c, key.data, key.length, &cut);
	if (c->class == VALUE_CLASS_NUMBER && key.data[0] == VALUE_CLASS_NUMBER)
		fits = order_fits(c->comparator, (value->as.number > c->integer) -
							 (value->as.number < c->integer));
	else if (c->class == VALUE_CLASS_NUMBER && key.data[0] == VALUE_CLASS_DOUBLE)
		fits = order_fits(
			c->comparator,
			compare_doubles(sortable_double(be64_read(key.data + 1)), c->number));
	if (fits && cut)
		fits = text_fits(c, value->as.text);
	buffer_clear(&key);
	return fits;
}

/* One variable must meet all conditions of its name. */
static bool variables_match(const struct condition *condition, const struct rows *rows)
{
	const struct rows *variables = &rows[ROW_VARIABLE];
	size_t i;

	for (i = 0; i < variables->count; i++) {
		const struct variable_condition *c = condition->object;

		while (c && variable_fits(c, variables->row[i]))
			c = c->next;
		if (!c)
			return true;
	}
	return false;
}

struct finding {
	const struct variable_condition *condition;
	uint8_t *out;
	bool cut;
};

static bool take_posting(void *arg, struct bytes key, uint64_t number)
{
	struct finding *finding = arg;
	bool cut;

	if (key.size <= 5 || !key_fits(finding->condition, key.data + 5, key.size - 5, &cut))
		return true;
	finding->out[number % ARCHIVE_SEGMENT] = 1;
	finding->cut |= cut;
	return true;
}

/* The part of the postings of NAME in which values that fit may lie. */
static void posting_bounds(const struct variable_condition *c, uint32_t name,
			   enum value_class class, struct buffer *from, struct buffer *to)
{
	bool narrow = c->comparator != NEQ && c->comparator != NOT_LIKE;
	bool number = class == VALUE_CLASS_NUMBER || class == VALUE_CLASS_DOUBLE;

	buffer_put_u8(from, POSTING_VARIABLE);
	buffer_put_be32(from, name);
	buffer_put(to, from->data, from->length);
	buffer_put_u8(from, narrow ? (uint8_t) class : 0);
	if (c->comparator == EQ && number)
		number_key(from, c->number);
	if (c->comparator == EQ && class == VALUE_CLASS_TEXT && !c->values_ignore_case)
		text_key(from, c->text);
	if (narrow && from->length > 6)
		buffer_put(to, from->data + 5, from->length - 5);
	else
		buffer_put_u8(to, narrow ? (uint8_t) class : 0xfe);
	buffer_put(to, "\xff\xff\xff", from->length > 6 ? 3 : 0);
	if (from->length <= 6)
		to->data[to->length - 1]++;
}

static int find_class(const struct variable_condition *c, struct txn *txn, struct archive *archive,
		      uint32_t segment, uint32_t name, enum value_class class, uint8_t *out)
{
	struct finding finding = {c, out, false};
	struct buffer from, to;
	struct bytes low, high;
	int code;

	buffer_init(&from);
	buffer_init(&to);
	posting_bounds(c, name, class, &from, &to);
	low = (struct bytes){from.data, from.length};
	high = (struct bytes){to.data, to.length};
	code = archive_find(txn, archive, segment, low, high, take_posting, &finding);
	buffer_clear(&from);
	buffer_clear(&to);
	return code;
}

static int find_name(const struct variable_condition *c, struct txn *txn, struct archive *archive,
		     uint32_t segment, uint32_t name, uint8_t *out)
{
	TRY(find_class(c, txn, archive, segment, name, c->class, out));
	if (c->class == VALUE_CLASS_NUMBER && c->comparator != NEQ)
		return find_class(c, txn, archive, segment, name, VALUE_CLASS_DOUBLE, out);
	return 0;
}

static int variables_find(const struct condition *condition, struct txn *txn,
			  struct archive *archive, uint32_t segment, uint8_t *out)
{
	const struct variable_condition *c = condition->object;
	struct dictionary *names = c->history->variables;
	uint32_t number, count;

	if (!c->names_ignore_case) {
		number = dictionary_find(names, c->name);
		return number ? find_name(c, txn, archive, segment, number, out) : 0;
	}
	count = dictionary_count(names);
	for (number = 1; number <= count; number++)
		if (name_fits(c, dictionary_text(names, number)))
			TRY(find_name(c, txn, archive, segment, number, out));
	return 0;
}

/* Whether variables of that name were ever of a type that cannot hold the number asked for. */
static bool may_be_too_narrow(const struct variable_condition *c)
{
	const char *name = c->names_ignore_case ? NULL : c->name;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(narrow_types); i++)
		if (type_matters(c, narrow_types[i].low, narrow_types[i].high) &&
		    child_shapes_has_variable(c->history, name, narrow_types[i].name))
			return true;
	return false;
}

/*
 * Postings alone decide, unless one variable must meet several conditions, texts may have been cut,
 * integers are too large for a double, or variables are of too narrow a type.
 */
static bool needs_record(const struct variable_condition *c)
{
	if (c->next)
		return true;
	if (c->class == VALUE_CLASS_NUMBER)
		return fabs(c->number) >= EXACT_DOUBLE || may_be_too_narrow(c);
	return c->class == VALUE_CLASS_TEXT && (c->comparator != EQ || c->values_ignore_case ||
						strlen(c->text) >= POSTING_TEXT_MAX);
}

static void add_condition(struct plan *plan, struct condition_group *group,
			  const struct variable_condition *c)
{
	struct condition *condition = plan_add(plan, group);

	condition->find = variables_find;
	condition->object = c;
	if (needs_record(c)) {
		condition->match = variables_match;
		condition->want = 1u << ROW_VARIABLE;
	}
}

int variables_check(struct request *request, const struct criterion *criterion,
		    const struct variable_rules *rules, struct variable_flags flags,
		    struct variable_checked *ret)
{
	const struct variable_conditions *list = criterion->object;
	size_t i;

	ret->count = list->count;
	ret->items = arena_array(request->arena, list->count, sizeof(struct variable_condition *));
	for (i = 0; i < list->count; i++) {
		struct variable_condition *c = arena_alloc(request->arena, sizeof(*c));

		c->names_ignore_case = flags.names_ignore_case;
		c->values_ignore_case = flags.values_ignore_case;
		c->history = request->engine->history;
		c->arena = request->arena;
		TRY(check_condition(request, &list->items[i], rules, flags.dates, c));
		ret->items[i] = c;
	}
	return 0;
}

int variable_value_bind(struct request *request, struct criterion *criterion, const char *text,
			const struct json *node)
{
	criterion->object = (void *)(uintptr_t)(text ? string_node(request->arena, text) : node);
	return 0;
}

int variable_value_check(struct request *request, const char *name, const struct json *value,
			 struct variable_flags flags, struct variable_condition **ret)
{
	struct variable_condition *c = arena_alloc(request->arena, sizeof(*c));

	c->name = name;
	c->names_ignore_case = flags.names_ignore_case;
	c->values_ignore_case = flags.values_ignore_case;
	c->history = request->engine->history;
	c->arena = request->arena;
	TRY(take_query_value(request, c, value, flags.dates));
	if (c->class == VALUE_CLASS_NUMBER)
		c->type = c->integer >= INT32_MIN && c->integer <= INT32_MAX ? "Integer" : "Long";
	fold_case(c);
	*ret = c;
	return 0;
}

void variable_narrow(struct plan *plan, const struct variable_condition *condition)
{
	struct condition *added = plan_add(plan, &plan->all);

	added->find = variables_find;
	added->object = condition;
}

int variables_plan(struct request *request, struct plan *plan, struct condition_group *group,
		   const struct criterion *criterion, bool dates, bool names_ignore_case,
		   bool values_ignore_case, bool in_group)
{
	struct variable_flags flags = {dates, names_ignore_case, values_ignore_case};
	struct variable_checked all;
	size_t i, k;

	TRY(variables_check(request, criterion, &instance_variable_rules, flags, &all));
	for (i = 0; i < all.count; i++) {
		for (k = i + 1; !in_group && k < all.count && !all.items[i]->next; k++)
			if (!strcmp(all.items[i]->name, all.items[k]->name))
				all.items[i]->next = all.items[k];
		add_condition(plan, group, all.items[i]);
	}
	return 0;
}
