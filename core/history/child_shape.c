#include "core/history/child_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHAPES_MAX = 1024, /* of a kind */
	SLOTS_MAX = 10,
	NO_SLOT = 0,  /* every row's first slot is its id, which no shape has */
	END = '\x1f', /* behind each value */
};

/* The dictionary's first text: nothing was written before it. */
static const char complete[] = "all";

/* What a shape tells: of some slots the value, of others only whether they hold one. */
static const struct shape_kind {
	enum process_row kind;
	uint8_t valued[SLOTS_MAX], present[SLOTS_MAX];
} shape_kinds[] = {
	{ROW_ACTIVITY,
	 {ACTIVITY_ACTIVITY_ID, ACTIVITY_NAME, ACTIVITY_TYPE, ACTIVITY_CANCELED,
	  ACTIVITY_COMPLETE_SCOPE},
	 {ACTIVITY_ASSIGNEE, ACTIVITY_END_TIME}                       },
	{ROW_TASK,
	 {TASK_NAME, TASK_TASK_DEFINITION_KEY, TASK_PRIORITY},
	 {TASK_DESCRIPTION, TASK_DELETE_REASON, TASK_OWNER, TASK_ASSIGNEE, TASK_END_TIME, TASK_DUE,
	  TASK_FOLLOW_UP, TASK_PARENT_ID, TASK_CASE_INSTANCE_ID}      },
	{ROW_IDENTITY_LINK,
	 {LINK_TYPE, LINK_OPERATION_TYPE},
	 {LINK_USER_ID, LINK_GROUP_ID, LINK_TASK_ID, LINK_ASSIGNER_ID}},
	{ROW_VARIABLE,
	 {VARIABLE_NAME, VARIABLE_TYPE},
	 {VARIABLE_TASK_ID, VARIABLE_CASE_INSTANCE_ID}                },
	{ROW_DETAIL,
	 {DETAIL_TYPE, DETAIL_VARIABLE_NAME, DETAIL_VARIABLE_TYPE, DETAIL_INITIAL},
	 {DETAIL_TASK_ID, DETAIL_USER_OPERATION_ID}                   },
};

static const struct shape_kind *shape_kind_of(enum process_row kind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shape_kinds); i++)
		if (shape_kinds[i].kind == kind)
			return &shape_kinds[i];
	return NULL;
}

/* False for a text that would seem to end earlier. */
static bool put_value(struct buffer *buffer, const struct field *field, union slot slot)
{
	char number[24];
	const char *text = number;

	if (slot_absent(field, slot)) {
		buffer_put_u8(buffer, '-');
		buffer_put_u8(buffer, END);
		return true;
	}
	if (field->type == FIELD_STRING)
		text = slot.s;
	else
		snprintf(number, sizeof(number), "%ld", (long)slot.i);
	buffer_put_u8(buffer, '+');
	buffer_put_text(buffer, text);
	buffer_put_u8(buffer, END);
	return !strchr(text, END);
}

/* What the texts of KIND begin with; alone it says that there are shapes without a text. */
static void put_kind(struct buffer *buffer, enum process_row kind)
{
	buffer_put_u8(buffer, (uint8_t)('A' + kind));
	buffer_put_u8(buffer, END);
}

static bool put_shape(struct buffer *buffer, const struct shape_kind *shape, const union slot *row)
{
	const struct field *fields = process_kinds[shape->kind]->fields;
	bool told = true;
	size_t i, slot;

	put_kind(buffer, shape->kind);
	for (i = 0; i < SLOTS_MAX && (slot = shape->valued[i]) != NO_SLOT; i++)
		told = put_value(buffer, &fields[slot], row[slot]) && told;
	for (i = 0; i < SLOTS_MAX && (slot = shape->present[i]) != NO_SLOT; i++)
		buffer_put_u8(buffer, slot_absent(&fields[slot], row[slot]) ? '-' : '+');
	buffer_put_u8(buffer, 0);
	return told;
}

/* Whether TEXT is one of the shapes of KIND; not what says that there are others. */
static bool is_of_kind(const char *text, enum process_row kind)
{
	return text[0] == (char)('A' + kind) && text[1] == END && text[2];
}

static bool is_full(struct dictionary *shapes, enum process_row kind)
{
	uint32_t i, count = dictionary_count(shapes), found = 0;

	for (i = 1; i <= count; i++)
		found += is_of_kind(dictionary_text(shapes, i), kind);
	return found >= SHAPES_MAX;
}

static int note_row(struct history *history, struct arena *arena, struct buffer *text,
		    const struct shape_kind *shape, const union slot *row)
{
	uint32_t number;
	bool told;

	text->length = 0;
	told = put_shape(text, shape, row);
	if (told && dictionary_find(history->shapes, (const char *)text->data))
		return 0;
	if (!told || is_full(history->shapes, shape->kind)) {
		text->length = 0;
		put_kind(text, shape->kind);
		buffer_put_u8(text, 0);
	}
	return dictionary_intern(history->shapes, arena,
				 arena_strdup(arena, (const char *)text->data), &number);
}

int child_shapes_note(struct history *history, struct arena *arena, const struct rows rows[ROW_MAX])
{
	struct buffer text;
	size_t i, k;
	int code = 0;

	buffer_init(&text);
	for (i = 0; i < ARRAY_SIZE(shape_kinds); i++) {
		const struct rows *children = &rows[shape_kinds[i].kind];

		for (k = 0; k < children->count && !code; k++)
			code = note_row(history, arena, &text, &shape_kinds[i], children->row[k]);
	}
	buffer_clear(&text);
	return code;
}

int child_shapes_begin(struct history *history, struct arena *arena)
{
	uint32_t number;

	if (archive_next(history->processes) || dictionary_count(history->shapes))
		return 0;
	return dictionary_intern(history->shapes, arena, complete, &number);
}

/* A shape, as far as it is told. */
struct shape {
	union slot *row;
	uint64_t known, present; /* bits of slots */
};

static union slot slot_of(const struct field *field, const char *text)
{
	union slot slot = {.s = NULL};

	if (field->type == FIELD_STRING)
		slot.s = *text == '+' ? text + 1 : NULL;
	else
		slot.i = *text == '+' ? strtol(text + 1, NULL, 10) : INT_NULL;
	return slot;
}

/* TEXT in ARENA, to be cut up. */
static struct shape read_shape(struct arena *arena, const struct shape_kind *kind, char *text)
{
	const struct kind *rows = process_kinds[kind->kind];
	struct shape shape = {row_new(arena, rows), 0, 0};
	size_t i, slot;
	char *end;

	text += 2;
	for (i = 0; i < SLOTS_MAX && (slot = kind->valued[i]) != NO_SLOT; i++) {
		end = strchrnul(text, END);
		shape.known |= (uint64_t)1 << slot;
		shape.row[slot] = slot_of(&rows->fields[slot], text);
		text = *end ? end + 1 : end;
		*end = '\0';
	}
	for (i = 0; i < SLOTS_MAX && (slot = kind->present[i]) != NO_SLOT && *text; i++)
		*(*text++ == '-' ? &shape.known : &shape.present) |= (uint64_t)1 << slot;
	return shape;
}

typedef bool (*shape_take)(void *arg, const struct shape *shape);

static bool all_are_told(struct dictionary *shapes, enum process_row kind)
{
	const char others[] = {(char)('A' + kind), END, '\0'};

	return dictionary_count(shapes) && !strcmp(dictionary_text(shapes, 1), complete) &&
	       !dictionary_find(shapes, others);
}

/*
 * Calls TAKE with every shape that QUERY may mean, until it says false. False if not all shapes
 * are told.
 */
static bool walk_shapes(const struct child_query *query, struct arena *arena, shape_take take,
			void *arg)
{
	struct dictionary *shapes = query->history->shapes;
	const struct shape_kind *kind = shape_kind_of(query->kind);
	uint32_t i, count = dictionary_count(shapes);

	if (!kind || !all_are_told(shapes, query->kind))
		return false;
	for (i = 2; i <= count; i++) {
		const char *text = dictionary_text(shapes, i);
		struct shape shape;

		if (!is_of_kind(text, query->kind))
			continue;
		shape = read_shape(arena, kind, arena_strdup(arena, text));
		if (child_query_may_match(query, shape.row, shape.known, shape.present) &&
		    !take(arg, &shape))
			break;
	}
	return true;
}

static bool take_one(void *arg, const struct shape *shape)
{
	(void)shape;
	*(bool *)arg = true;
	return false;
}

bool child_shapes_may(const struct child_query *query, struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	bool may = false;
	bool told = walk_shapes(query, arena, take_one, &may);

	arena_rewind(arena, mark);
	return may || !told;
}

bool child_shapes_has_variable(const struct history *history, const char *name, const char *type)
{
	uint32_t i, count = dictionary_count(history->shapes);

	for (i = 2; i <= count; i++) {
		const char *text = dictionary_text(history->shapes, i), *end;
		size_t length;

		if (!is_of_kind(text, ROW_VARIABLE) || !(end = strchr(text + 2, END)))
			continue;
		length = (size_t)(end - text) - 2;
		if (name && (text[2] != '+' || length != strlen(name) + 1 ||
			     memcmp(text + 3, name, length - 1) != 0))
			continue;
		if (end[1] == '+' && !strncmp(end + 2, type, strlen(type)) &&
		    end[2 + strlen(type)] == END)
			return true;
	}
	return !all_are_told(history->shapes, ROW_VARIABLE);
}

struct names {
	const char **items;
	size_t count;
};

static bool take_name(void *arg, const struct shape *shape)
{
	struct names *names = arg;

	if (shape->row[ACTIVITY_ACTIVITY_ID].s)
		names->items[names->count++] = shape->row[ACTIVITY_ACTIVITY_ID].s;
	return true;
}

/* As ids that begin with them and a colon are in order. */
static int compare_names(const void *left, const void *right)
{
	const char *a = *(const char *const *)left, *b = *(const char *const *)right;
	size_t same = 0;
	unsigned char x, y;

	while (a[same] && a[same] == b[same])
		same++;
	x = (unsigned char)(a[same] ? a[same] : ':');
	y = (unsigned char)(b[same] ? b[same] : ':');
	return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

bool child_shapes_names(const struct child_query *query, struct arena *arena,
			const char *const **ret_names, size_t *ret_count)
{
	uint32_t most = dictionary_count(query->history->shapes);
	struct names names = {arena_array(arena, most + SHAPES_MAX, sizeof(char *)), 0};
	size_t i, count = 0;

	if (query->kind != ROW_ACTIVITY || !walk_shapes(query, arena, take_name, &names))
		return false;
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	for (i = 0; i < names.count; i++)
		if (!count || strcmp(names.items[i], names.items[count - 1]) != 0)
			names.items[count++] = names.items[i];
	*ret_names = names.items;
	*ret_count = count;
	return true;
}
