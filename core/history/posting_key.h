/*
 * The keys by which postings are found (storage/format.md): of variables by name and value, of
 * business keys, of the tasks of an assignee, of children by their ids. Which of them an instance
 * has: core/history/item.h.
 */
#ifndef CORE_HISTORY_POSTING_KEY_H
#define CORE_HISTORY_POSTING_KEY_H

#include "core/history/history.h"
#include "core/id.h"

/* How a variable's value stands in a posting's key. */
enum value_class {
	VALUE_CLASS_NULL = 1,
	VALUE_CLASS_BOOL,
	VALUE_CLASS_NUMBER, /* an integer of any width */
	VALUE_CLASS_TEXT,
	VALUE_CLASS_DATE,
	VALUE_CLASS_OTHER,
	VALUE_CLASS_DOUBLE,
};

enum {
	POSTING_VARIABLE = 'v',
	POSTING_BUSINESS_KEY = 'b',
	POSTING_ASSIGNEE = 't',
	POSTING_CHILD = 0x80, /* and the kind */
	POSTING_TEXT_MAX = 64,
};

/* Ids of one form are in order when their postings are, ties apart; forms come in no order. */
enum id_form {
	ID_ABSENT,
	ID_UUID,
	ID_NAMED, /* a name, a colon and a UUID; of activities the name is the activity's */
	ID_TEXT,
	ID_FORMS,
};

/* Puts class and sortable value of a variable of TYPE; text is cut after POSTING_TEXT_MAX bytes. */
void value_key(struct buffer *buffer, const char *type, const struct value *value);

/* The kinds of children (bits of enum process_row) that have postings. */
#define POSTED_CHILDREN ((1u << ROW_COMMENT) - (1u << ROW_ACTIVITY))

/*
 * Those of them that need no postings in an instance which was started here: their ids begin as the
 * instance's own does. Ids of activity instances begin with the activity's.
 */
#define TOLD_CHILDREN (POSTED_CHILDREN & ~(1u << ROW_ACTIVITY))

/*
 * Bytes of an id with the store's tag in a posting. Children of an instance that was started here
 * share the first: one posting leads to all of a kind. Those that are counted are told apart.
 */
enum id_own { ID_OWN_SERIAL = ID_SERIAL_BYTES, ID_OWN_WHOLE = 16 };

/* What the postings of all children of KIND begin with; an id follows. */
void child_key(struct buffer *buffer, enum process_row kind);

/* What the postings of tasks of ASSIGNEE begin with; the task's id follows. */
void assignee_key(struct buffer *buffer, const char *assignee);

/*
 * An id in a posting: its form, a piece of it that sorts as the id does, and a piece of its hash to
 * tell it apart; of those with the tag of this store, as many bytes as OWN says, and no hash. The
 * record must confirm. NULL = there is none. NAMED: whether ID_NAMED may be its form.
 */
void id_posting(struct buffer *buffer, const struct history *history, const char *id, bool named,
		enum id_own own);

/* Whether ID_NAMED may be the form of ROW's id: so a name leads to all of its activities. */
bool id_may_be_named(enum process_row kind, const union slot *row);

/* What every id begins with whose posting is POSTING (form first); in ARENA. */
const char *id_of_posting(struct arena *arena, struct bytes posting);

/* At most POSTING_TEXT_MAX bytes of TEXT, and a NUL. */
void text_key(struct buffer *buffer, const char *text);

/* Eight bytes that sort as the numbers do. */
void number_key(struct buffer *buffer, double number);

#endif
