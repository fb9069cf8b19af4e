#include "core/history/child_order.h"

#include <stdlib.h>
#include <string.h>

enum { PLACE_MAX = POSTING_TEXT_MAX + 12 }; /* bytes of an id in a posting */

/* A child's place in the order of its form. */
struct id_place {
	uint64_t number; /* of the instance */
	uint8_t size;
	uint8_t bytes[PLACE_MAX]; /* form, id, as in the posting */
};

static int compare_places(const struct id_place *a, const struct id_place *b)
{
	int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

	if (order || a->size != b->size)
		return order ? order : (a->size > b->size) - (a->size < b->size);
	return (a->number > b->number) - (a->number < b->number);
}

static void set_place(struct id_place *place, const uint8_t *bytes, size_t size, uint64_t number)
{
	place->number = number;
	place->size = (uint8_t)(size < PLACE_MAX ? size : PLACE_MAX);
	memcpy(place->bytes, bytes, place->size);
}

void child_order_init(struct child_order *order, struct history *history, enum process_row kind,
		      const char *assignee, const char *activity)
{
	memset(order, 0, sizeof(*order));
	order->history = history;
	order->kind = kind;
	order->activity = activity;
	buffer_init(&order->prefix);
	buffer_init(&order->scratch);
	if (assignee)
		assignee_key(&order->prefix, assignee);
	else
		child_key(&order->prefix, kind);
}

void child_order_clear(struct child_order *order)
{
	size_t i;

	for (i = 0; i < ID_FORMS; i++) {
		free(order->fronts[i].heap);
		free(order->fronts[i].passed);
		free(order->fronts[i].reached);
	}
	buffer_clear(&order->prefix);
	buffer_clear(&order->scratch);
}

static void swap_places(struct id_place *a, struct id_place *b)
{
	struct id_place kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_up(struct id_place *heap, size_t i)
{
	for (; i && compare_places(&heap[(i - 1) / 2], &heap[i]) < 0; i = (i - 1) / 2)
		swap_places(&heap[i], &heap[(i - 1) / 2]);
}

static void sift_down(struct id_place *heap, size_t count)
{
	size_t i = 0;

	for (;;) {
		size_t last = i, left = 2 * i + 1;

		if (left < count && compare_places(&heap[last], &heap[left]) < 0)
			last = left;
		if (left + 1 < count && compare_places(&heap[last], &heap[left + 1]) < 0)
			last = left + 1;
		if (last == i)
			return;
		swap_places(&heap[i], &heap[last]);
		i = last;
	}
}

/* A walk over the postings of a segment. */
struct order_walk {
	struct child_order *order;
	const struct candidates *candidates;
	unsigned form; /* of the postings met last */
	bool full;     /* that form has enough: what follows is of no use */
};

static bool take_posting(void *arg, struct bytes key, uint64_t number)
{
	struct order_walk *walk = arg;
	struct child_order *order = walk->order;
	size_t prefix = order->prefix.length;
	struct id_front *front;
	struct id_place place;

	walk->form = key.size > prefix ? key.data[prefix] : ID_ABSENT;
	if (walk->form >= ID_FORMS)
		return false;
	if (!is_candidate(walk->candidates, (uint32_t)(number % ARCHIVE_SEGMENT)))
		return true;
	front = &order->fronts[walk->form];
	set_place(&place, key.data + prefix, key.size - prefix, number);
	if (front->passed && compare_places(&place, front->passed) <= 0)
		return true;
	if (front->count < order->limit) {
		front->heap[front->count] = place;
		sift_up(front->heap, front->count++);
		return true;
	}
	walk->full = compare_places(&place, &front->heap[0]) > 0;
	if (!walk->full) {
		front->heap[0] = place;
		sift_down(front->heap, front->count);
	}
	return !walk->full;
}

/* Where the postings of FORM begin that have not been passed. */
static void put_start(const struct child_order *order, unsigned form, struct buffer *from)
{
	const struct id_place *passed = order->fronts[form].passed;

	from->length = 0;
	buffer_put(from, order->prefix.data, order->prefix.length);
	if (passed) {
		buffer_put(from, passed->bytes, passed->size);
		return;
	}
	buffer_put_u8(from, (uint8_t)form);
	if (form == ID_NAMED && order->activity) {
		buffer_put_text(from, order->activity);
		buffer_put_u8(from, ':');
	}
}

/* And where they end: FORM is the first of those in the range that begins at put_start(). */
static unsigned put_end(const struct child_order *order, unsigned form, struct buffer *to)
{
	unsigned behind = ID_FORMS;

	to->length = 0;
	buffer_put(to, order->prefix.data, order->prefix.length);
	if (order->activity && form < ID_NAMED)
		behind = ID_NAMED;
	if (order->activity && form == ID_NAMED) {
		behind = ID_NAMED + 1;
		buffer_put_u8(to, ID_NAMED);
		buffer_put_text(to, order->activity);
		buffer_put_u8(to, ':' + 1);
	} else {
		buffer_put_u8(to, (uint8_t)behind);
	}
	return behind;
}

/* Form by form: each is left as soon as the rest of it is of no use. */
static int walk_segment(struct child_order *order, const struct candidates *candidates,
			struct arena *arena)
{
	struct txn reader = txn_reader(order->history->store, arena);
	struct buffer from, to;
	unsigned form, behind;
	int code = 0;

	buffer_init(&from);
	buffer_init(&to);
	for (form = 0; form < ID_FORMS && !code;) {
		struct order_walk walk = {order, candidates, form, false};

		put_start(order, form, &from);
		behind = put_end(order, form, &to);
		code = archive_find(&reader, order->history->processes, candidates->segment,
				    (struct bytes){from.data, from.length},
				    (struct bytes){to.data, to.length}, take_posting, &walk);
		form = walk.full ? walk.form + 1 : behind;
		arena_reset(arena);
	}
	buffer_clear(&from);
	buffer_clear(&to);
	return code;
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void gather_numbers(const struct child_order *order, uint64_t **ret, size_t *ret_count)
{
	size_t i, k, count = 0, distinct = 0;
	uint64_t *numbers;

	for (i = 0; i < ID_FORMS; i++)
		count += order->fronts[i].count;
	numbers = memory_alloc(count * sizeof(*numbers));
	for (i = 0, count = 0; i < ID_FORMS; i++)
		for (k = 0; k < order->fronts[i].count; k++)
			numbers[count++] = order->fronts[i].heap[k].number;
	if (count)
		qsort(numbers, count, sizeof(*numbers), compare_numbers);
	for (i = 0; i < count; i++)
		if (!distinct || numbers[i] != numbers[distinct - 1])
			numbers[distinct++] = numbers[i];
	*ret = numbers;
	*ret_count = distinct;
}

static void begin_step(struct child_order *order, size_t count)
{
	size_t i;

	order->limit = count;
	for (i = 0; i < ID_FORMS; i++) {
		struct id_front *front = &order->fronts[i];

		if (front->reached) {
			free(front->passed);
			front->passed = front->reached;
			front->reached = NULL;
		}
		front->heap = memory_resize(front->heap, count * sizeof(*front->heap));
		front->count = 0;
	}
}

static void end_step(struct child_order *order)
{
	size_t i;

	for (i = 0; i < ID_FORMS; i++) {
		struct id_front *front = &order->fronts[i];

		front->ended = front->count < order->limit;
		if (!front->count)
			continue;
		front->reached = memory_alloc(sizeof(*front->reached));
		*front->reached = front->heap[0];
	}
}

int child_order_step(struct child_order *order, struct candidates *const *items, size_t item_count,
		     size_t count, uint64_t **ret_numbers, size_t *ret_count)
{
	struct arena arena;
	size_t i;
	int code = 0;

	begin_step(order, count);
	arena_init(&arena);
	for (i = 0; i < item_count && !code; i++)
		code = walk_segment(order, items[i], &arena);
	arena_clear(&arena);
	TRY(code);
	end_step(order);
	gather_numbers(order, ret_numbers, ret_count);
	return 0;
}

bool child_order_found(struct child_order *order, const union slot *row, uint64_t number,
		       bool passed)
{
	const struct id_front *front;
	struct id_place place;

	order->scratch.length = 0;
	id_posting(&order->scratch, order->history, row[0].s, id_may_be_named(order->kind, row));
	set_place(&place, order->scratch.data, order->scratch.length, number);
	front = &order->fronts[place.bytes[0]];
	if (passed && front->passed && compare_places(&place, front->passed) <= 0)
		return true;
	if (!front->reached || compare_places(&place, front->reached) > 0)
		return false;
	return passed || !front->passed || compare_places(&place, front->passed) > 0;
}

const char *child_order_bound(const struct child_order *order, struct arena *arena)
{
	const char *bound = NULL;
	size_t i;

	for (i = 0; i < ID_FORMS; i++) {
		const struct id_front *front = &order->fronts[i];
		const char *text;

		if (front->ended)
			continue;
		text = id_of_posting(arena,
				     (struct bytes){front->reached->bytes, front->reached->size});
		if (!bound || strcmp(text, bound) < 0)
			bound = text;
	}
	return bound;
}
