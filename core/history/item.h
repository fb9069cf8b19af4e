/*
 * Items of the archives, made from rows: record, summary, postings.
 *
 * Texts that become dictionary numbers are interned in transactions of their own, so build items
 * before the transaction that appends them.
 */
#ifndef CORE_HISTORY_ITEM_H
#define CORE_HISTORY_ITEM_H

#include "core/history/history.h"

struct item {
	struct summary summary;
	struct archive_item stored; /* allocated in the arena */
	const char *id;
};

/* A process instance from the rows of its record. */
int item_of_process(struct history *history, struct arena *arena, struct record_writer *writer,
		    const struct rows rows[ROW_MAX], struct item *ret);

int item_of_decision(struct history *history, struct arena *arena, struct record_writer *writer,
		     const union slot *row, struct item *ret);

int item_of_operation(struct history *history, struct arena *arena, struct record_writer *writer,
		      const union slot *row, struct item *ret);

/* Posting keys of the rows of a process instance, in ARENA. */
struct bytes process_postings(struct history *history, struct arena *arena,
			      const struct rows rows[ROW_MAX]);

/* Posting keys of a process instance's record: see storage/format.md. For archive_purge(). */
int postings_of_process(void *history, struct arena *arena, struct bytes record, struct bytes *ret);

/* Kinds of archive without postings. */
int postings_none(void *history, struct arena *arena, struct bytes record, struct bytes *ret);

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

/* What the postings of all children of KIND begin with; an id follows. */
void child_key(struct buffer *buffer, enum process_row kind);

/* What the postings of tasks of ASSIGNEE begin with; the task's id follows. */
void assignee_key(struct buffer *buffer, const char *assignee);

/*
 * An id in a posting: its form, a piece of it that sorts as the id does, and a piece of its hash to
 * tell it apart. The record must confirm. NULL = there is none. NAMED: whether ID_NAMED may be its
 * form.
 */
void id_posting(struct buffer *buffer, const struct history *history, const char *id, bool named);

/* Whether ID_NAMED may be the form of ROW's id: so a name leads to all of its activities. */
bool id_may_be_named(enum process_row kind, const union slot *row);

/* What every id begins with whose posting is POSTING (form first); in ARENA. */
const char *id_of_posting(struct arena *arena, struct bytes posting);

/* At most POSTING_TEXT_MAX bytes of TEXT, and a NUL. */
void text_key(struct buffer *buffer, const char *text);

/* Eight bytes that sort as the numbers do. */
void number_key(struct buffer *buffer, double number);

#endif
