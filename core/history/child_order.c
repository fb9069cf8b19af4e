#include "core/history/child_order.h"

#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "storage/uuid.h"

enum { PLACE_MAX = POSTING_TEXT_MAX + 20 }; /* bytes of an id in a posting */

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
		      const char *assignee)
{
	memset(order, 0, sizeof(*order));
	order->history = history;
	order->kind = kind;
	buffer_init(&order->prefix);
	buffer_init(&order->scratch);
	order->told = !assignee && (TOLD_CHILDREN >> kind & 1);
	order->own = assignee ? ID_OWN_WHOLE : ID_OWN_SERIAL;
	if (assignee)
		assignee_key(&order->prefix, assignee);
	else
		child_key(&order->prefix, kind);
}

void child_order_by_names(struct child_order *order, const char *const *names, size_t count)
{
	order->names = names;
	order->name_count = count;
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

/* False when its form has enough: what comes behind PLACE is of no use. */
static bool offer(const struct child_order *order, struct id_front *front,
		  const struct id_place *place)
{
	if (front->passed && compare_places(place, front->passed) <= 0)
		return true;
	if (front->count < order->limit) {
		front->heap[front->count] = *place;
		sift_up(front->heap, front->count++);
		return true;
	}
	if (compare_places(place, &front->heap[0]) > 0)
		return false;
	front->heap[0] = *place;
	sift_down(front->heap, front->count);
	return true;
}

static bool take_posting(void *arg, struct bytes key, uint64_t number)
{
	struct order_walk *walk = arg;
	struct child_order *order = walk->order;
	size_t prefix = order->prefix.length;
	struct id_place place;

	walk->form = key.size > prefix ? key.data[prefix] : ID_ABSENT;
	if (walk->form >= ID_FORMS)
		return false;
	if (!is_candidate(walk->candidates, (uint32_t)(number % ARCHIVE_SEGMENT)))
		return true;
	set_place(&place, key.data + prefix, key.size - prefix, number);
	walk->full = !offer(order, &order->fronts[walk->form], &place);
	return !walk->full;
}

/* The place of the children of ROW, if it was started here: its id begins as theirs do. */
static bool place_of_own(const struct child_order *order, const struct column_set *set,
			 uint32_t row, uint64_t number, struct id_place *ret)
{
	uint8_t bytes[1 + UUID_SIZE];
	struct id own;

	if (set->flags[row] & SUMMARY_TEXT_ID || !(set->children[row] >> order->kind & 1))
		return false;
	bytes[0] = ID_UUID;
	be64_write(bytes + 1, set->order[row]);
	be64_write(bytes + 9, set->low[row]);
	if (!id_decode_bytes(order->history->store, bytes + 1, &own) || own.kind != ID_RUNNING ||
	    own.ordinal)
		return false;
	set_place(ret, bytes, 1 + ID_SERIAL_BYTES, number);
	return true;
}

/* What has no postings because its ids tell where it is: it comes in order of number. */
static void walk_own(struct child_order *order, const struct candidates *candidates)
{
	struct columns *columns = order->history->process_columns;
	uint64_t first = (uint64_t)candidates->segment * ARCHIVE_SEGMENT;
	const struct column_set *set;
	struct id_place place;
	uint32_t row;

	archive_lock_shared(columns_archive(columns));
	set = columns_set(columns, candidates->segment);
	for (row = 0; row < ARCHIVE_SEGMENT; row++)
		if (is_candidate(candidates, row) &&
		    place_of_own(order, set, row, first + row, &place))
			offer(order, &order->fronts[ID_UUID], &place);
	archive_unlock(columns_archive(columns));
}

/* A range of postings that is walked: of forms in order, or of one name. */
struct order_range {
	struct buffer from, to;
};

static void put_prefix(const struct child_order *order, struct buffer *buffer, unsigned form)
{
	buffer->length = 0;
	buffer_put(buffer, order->prefix.data, order->prefix.length);
	buffer_put_u8(buffer, (uint8_t)form);
}

/* What has been passed of FORM is left out. */
static void skip_passed(const struct child_order *order, unsigned form, struct buffer *from)
{
	const struct id_place *passed = order->fronts[form].passed;
	size_t prefix = order->prefix.length, length = from->length - prefix;
	int position;

	if (!passed)
		return;
	position = memcmp(from->data + prefix, passed->bytes,
			  length < passed->size ? length : passed->size);
	if (position > 0 || (!position && length > passed->size))
		return;
	from->length = prefix;
	buffer_put(from, passed->bytes, passed->size);
}

/* Whether what begins at FROM comes behind all that is of use. */
static bool is_of_no_use(const struct child_order *order, unsigned form, const struct buffer *from)
{
	const struct id_front *front = &order->fronts[form];
	struct id_place place;

	if (front->count < order->limit)
		return false;
	set_place(&place, from->data + order->prefix.length, from->length - order->prefix.length,
		  0);
	return compare_places(&place, &front->heap[0]) > 0;
}

static bool is_empty(const struct order_range *range)
{
	size_t least =
		range->from.length < range->to.length ? range->from.length : range->to.length;
	int position = memcmp(range->from.data, range->to.data, least);

	return position ? position > 0 : range->from.length >= range->to.length;
}

static int walk_range(struct order_walk *walk, struct arena *arena, const struct order_range *range)
{
	struct history *history = walk->order->history;
	struct txn reader = txn_reader(history->store, arena);
	int code;

	if (is_empty(range))
		return 0;
	code = archive_find(&reader, history->processes, walk->candidates->segment,
			    (struct bytes){range->from.data, range->from.length},
			    (struct bytes){range->to.data, range->to.length}, take_posting, walk);
	arena_reset(arena);
	return code;
}

/* The forms from FIRST to before BEHIND: each is left as soon as the rest of it is of no use. */
static int walk_forms(struct child_order *order, const struct candidates *candidates,
		      struct arena *arena, struct order_range *range, unsigned first,
		      unsigned behind)
{
	unsigned form = first;

	while (form < behind) {
		struct order_walk walk = {order, candidates, form, false};

		put_prefix(order, &range->from, form);
		skip_passed(order, form, &range->from);
		put_prefix(order, &range->to, behind);
		TRY(walk_range(&walk, arena, range));
		form = walk.full ? walk.form + 1 : behind;
	}
	return 0;
}

/* Of the form that begins with names, those that are wanted. */
static int walk_names(struct child_order *order, const struct candidates *candidates,
		      struct arena *arena, struct order_range *range)
{
	size_t i;

	for (i = 0; i < order->name_count; i++) {
		struct order_walk walk = {order, candidates, ID_NAMED, false};

		put_prefix(order, &range->from, ID_NAMED);
		buffer_put_text(&range->from, order->names[i]);
		buffer_put_u8(&range->from, ':');
		if (is_of_no_use(order, ID_NAMED, &range->from))
			break;
		range->to.length = 0;
		buffer_put(&range->to, range->from.data, range->from.length);
		range->to.data[range->to.length - 1]++;
		skip_passed(order, ID_NAMED, &range->from);
		TRY(walk_range(&walk, arena, range));
	}
	return 0;
}

static int walk_segment(struct child_order *order, const struct candidates *candidates,
			struct arena *arena)
{
	struct order_range range;
	int code;

	buffer_init(&range.from);
	buffer_init(&range.to);
	if (order->names) {
		code = walk_forms(order, candidates, arena, &range, ID_ABSENT, ID_NAMED);
		if (!code)
			code = walk_names(order, candidates, arena, &range);
		if (!code)
			code = walk_forms(order, candidates, arena, &range, ID_NAMED + 1, ID_FORMS);
	} else {
		code = walk_forms(order, candidates, arena, &range, ID_ABSENT, ID_FORMS);
	}
	buffer_clear(&range.from);
	buffer_clear(&range.to);
	if (order->told)
		walk_own(order, candidates);
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
	id_posting(&order->scratch, order->history, row[0].s, id_may_be_named(order->kind, row),
		   order->own);
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
