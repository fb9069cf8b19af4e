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
static struct child_shape read_shape(struct arena *arena, const struct shape_kind *kind, char *text)
{
	const struct kind *rows = process_kinds[kind->kind];
	struct child_shape shape = {row_new(arena, rows), 0, 0};
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

static bool all_are_told(struct dictionary *shapes, enum process_row kind)
{
	const char others[] = {(char)('A' + kind), END, '\0'};

	return dictionary_count(shapes) && !strcmp(dictionary_text(shapes, 1), complete) &&
	       !dictionary_find(shapes, others);
}

bool child_shapes_walk(const struct history *history, enum process_row kind_of_row,
		       struct arena *arena, child_shape_take take, void *arg)
{
	struct dictionary *shapes = history->shapes;
	const struct shape_kind *kind = shape_kind_of(kind_of_row);
	uint32_t i, count = dictionary_count(shapes);

	if (!kind || !all_are_told(shapes, kind_of_row))
		return false;
	for (i = 2; i <= count; i++) {
		const char *text = dictionary_text(shapes, i);
		struct child_shape shape;

		if (!is_of_kind(text, kind_of_row))
			continue;
		shape = read_shape(arena, kind, arena_strdup(arena, text));
		if (!take(arg, &shape))
			break;
	}
	return true;
}

/* A variable that is looked for. */
struct sought {
	const char *name, *type;
	bool found;
};

static bool take_variable(void *arg, const struct child_shape *shape)
{
	struct sought *sought = arg;

	sought->found = text_same(shape->row[VARIABLE_TYPE].s, sought->type) &&
			(!sought->name || text_same(shape->row[VARIABLE_NAME].s, sought->name));
	return !sought->found;
}

bool child_shapes_has_variable(const struct history *history, const char *name, const char *type)
{
	struct sought sought = {name, type, false};
	struct arena arena;
	bool told;

	arena_init(&arena);
	told = child_shapes_walk(history, ROW_VARIABLE, &arena, take_variable, &sought);
	arena_clear(&arena);
	return sought.found || !told;
}
