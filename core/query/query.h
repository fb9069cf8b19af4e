/*
 * Queries: filters, sorting and paging as the API takes them, by tables.
 *
 * A resource lists its filters and sort keys, one line each. The same lines bind a query string
 * (semantics.md 0.4), a JSON body and a query nested in one (0.5), with the API's messages. What a
 * bound query means is for the resource to evaluate: row by row with query_matches(), or over
 * columns (core/history/).
 */
#ifndef CORE_QUERY_QUERY_H
#define CORE_QUERY_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/request/request.h"
#include "core/record/kind.h"

enum param_type {
	PARAM_STRING,
	PARAM_BOOL,
	PARAM_GIVEN, /* a boolean that is true when it is given, whatever it says */
	PARAM_INT,
	PARAM_LONG,
	PARAM_DATE,
	PARAM_LIST,   /* query string: blank = no filter, else split at commas */
	PARAM_ARRAY,  /* query string: split at commas, "" = one empty text */
	PARAM_OBJECT, /* bound by the resource: see filter.bind */
};

enum filter_op {
	OP_NONE,      /* accepted, without effect on rows */
	OP_EQ,        /* the field is the value */
	OP_IN,        /* the field is one of the list */
	OP_NOT_IN,    /* not one of them; absent fields match */
	OP_LIKE,      /* SQL's LIKE with escape \ */
	OP_EQ_FOLDED, /* as OP_EQ, OP_LIKE, but in upper case, both */
	OP_LIKE_FOLDED,
	OP_BEFORE,     /* the time is at or before the value */
	OP_AFTER,      /* the time is at or after the value */
	OP_EARLIER,    /* the time is before the value */
	OP_THEREAFTER, /* the time is behind the value */
	OP_GE,         /* the number is at least the value */
	OP_LE,         /* the number is at most the value */
	OP_IF_TRUE,    /* only true acts: the field is true */
	OP_IF_FALSE,   /* only true acts: the field is false */
	OP_IS,         /* the field is the boolean, true or false */
	OP_ABSENT,     /* only true acts: the field is null */
	OP_PRESENT,    /* only true acts: the field is not null */
	OP_OWN = 100,  /* this and above: the resource's own */
};

struct criterion;

struct filter {
	const char *name;
	enum param_type type;
	int op;    /* enum filter_op, or the resource's own from OP_OWN on */
	int field; /* of the resource's kind */
	/* the engine's words for the list when it holds null: "<nulls> contains null value" */
	const char *nulls;
	int null_error; /* 0 = ERR_NULL_VALUE */
	/* PARAM_OBJECT: from TEXT (query string) or NODE (body); the other is NULL */
	int (*bind)(struct request *request, struct criterion *criterion, const char *text,
		    const struct json *node);
};

/* A line of a table of filters, as most are: TYPE without its PARAM_. */
#define FILTER(name, type, op, field)                                                              \
	{                                                                                          \
		name, PARAM_##type, op, field, NULL, 0, NULL                                       \
	}

struct strings {
	size_t count;
	const char **items; /* an item may be NULL where the body held null */
};

/* A filter that was given. */
struct criterion {
	const struct filter *filter;
	const char *text;    /* PARAM_STRING */
	int64_t number;      /* PARAM_INT, PARAM_LONG, PARAM_DATE */
	bool truth;          /* PARAM_BOOL */
	struct strings list; /* PARAM_LIST, PARAM_ARRAY */
	void *object;        /* PARAM_OBJECT */
};

struct sort_key {
	const char *name;
	int field; /* of the resource's kind, or the resource's own number */
};

struct sorting {
	const struct sort_key *key;
	bool descending;
};

/* Of two filters that were both given, only one counts. */
struct precedence {
	const char *kept, *dropped;
};

struct resource {
	const struct kind *kind;
	const struct filter *filters;
	size_t filter_count;
	const struct sort_key *sorts;
	size_t sort_count;
	bool ignores_sorting; /* sortBy and sortOrder are parameters that nobody knows */
	bool or_queries;      /* bodies may have them; else they are a member that nobody knows */
	bool dates_in_values; /* set while binding: texts that are dates become dates (0.5) */
	/* message for an unknown sortBy within `sorting`, whose elements then have to be whole; or
	 * NULL: they are passed over */
	const char *refuse_sort;
	/* ends with a {NULL, NULL}; NULL: who asks for rows without a tenant asks for no tenants */
	const struct precedence *precedence;
};

struct query {
	const struct resource *resource;
	size_t count;
	struct criterion *criteria;
	size_t sort_count;
	struct sorting *sorts;
	size_t or_count;
	struct query **ors;
	int64_t first;   /* rows to pass over */
	int64_t max;     /* rows at most; -1 = all */
	bool empty;      /* firstResult or maxResults -1: nothing */
	bool nested;     /* an element of orQueries */
	bool undirected; /* `sorting` ends without a direction: see query_check_direction() */
};

/* From the query string, with paging unless it is a count. */
int query_bind_params(struct request *request, const struct resource *resource, bool paged,
		      struct query *ret);

/* From the body of POST /…, with paging from the query string unless it is a count. */
int query_bind_body(struct request *request, const struct resource *resource, bool paged,
		    struct query *ret);

/* From an object nested in a body. */
int query_bind_object(struct request *request, const struct resource *resource,
		      const struct json *object, struct query *ret);

/*
 * The parameter NAME of the query string, a number or date that belongs to no query: OTHERWISE when
 * it is absent or an empty date.
 */
int query_param_number(struct request *request, const char *name, enum param_type type,
		       int64_t otherwise, int64_t *ret);

/*
 * What the engine says when it runs a query whose last ordering has no direction; CODE is the error
 * for it. The binders of lists and counts call it themselves; nested queries are run by a command.
 */
int query_check_direction(struct request *request, const struct query *query, int code);

/* Makes a page that nobody ordered come in order of the kind's first field, the id. */
void query_order_by_id(struct request *request, struct query *query);

/* The criterion of the filter NAME if it was given and acts, else NULL. */
const struct criterion *query_criterion(const struct query *query, const char *name);

/* Whether a row meets every criterion but those with ops of the resource's own. */
bool query_matches(const struct query *query, const union slot *row);
bool criterion_matches(const struct criterion *criterion, const struct field *field,
		       union slot slot);

/* Whether TEXT, which is no field of the row, meets a criterion on text, read as one of OP. */
bool criterion_accepts(const struct criterion *criterion, enum filter_op op, const char *text);

/* SQL's LIKE: % and _, escape \. */
bool text_like(const char *text, const char *pattern);

/* As SQL's NOT LIKE: false, too, where an escape ends the pattern, which then means nothing. */
bool text_unlike(const char *text, const char *pattern);

/* TEXT in upper case, in ARENA. */
const char *text_upper(struct arena *arena, const char *text);

/* Whether the criterion restricts anything: a boolean that only acts when true may be false. */
bool criterion_acts(const struct criterion *criterion);

struct sorter;

/* Where rows come together: filtered before, here sorted, paged, written or counted. */
struct listing {
	struct request *request;
	const struct query *query;
	void (*write)(struct listing *listing, const union slot *row);
	void *arg;       /* for write */
	int64_t matched; /* so far */
	bool counting;
	int code;              /* of the sorter, or that the request was stopped */
	struct sorter *sorter; /* core/query/sorter.h; NULL = rows are written as they come */
};

/* Starts an answer with the rows of QUERY; WRITE NULL = row_answer(). */
void listing_begin(struct listing *listing, struct request *request, const struct query *query,
		   void (*write)(struct listing *listing, const union slot *row));

/* Starts a count. */
void listing_begin_count(struct listing *listing, struct request *request,
			 const struct query *query);

/* Takes a row that matches; the row is the caller's. False when no more can be of use: stop. */
bool listing_offer(struct listing *listing, const union slot *row);

/* Of a sorted page whose first key is a number: rows behind *RET are of no use any more. False as
 * long as any row may be. */
bool listing_last_number(const struct listing *listing, int64_t *ret);

/* The same of a page whose first key is a text in ascending order; NULL as long as any row may be.
 */
const char *listing_last_text(const struct listing *listing);

/* Sorts, writes what is left, ends the answer. */
int listing_end(struct listing *listing);

/* Instead of listing_end(), when offering failed with CODE: frees, and returns it. */
int listing_fail(struct listing *listing, int code);

/* A resource that lists and counts its rows in both ways: by query string and by body. */
struct list_source {
	const struct resource *resource;
	/* Refuses what cannot be asked, and completes the query; or NULL. */
	int (*prepare)(struct request *request, struct query *query);
	/* Offers the rows that match. ARENA is for rows, and lives until the answer is written. */
	int (*offer)(struct request *request, struct arena *arena, struct listing *listing);
	void (*write)(struct listing *listing, const union slot *row); /* NULL = row_answer() */
};

/* Answer with the list, or, if COUNT, with how many it has. */
int list_answer_params(struct request *request, const struct list_source *source, bool count);
int list_answer_body(struct request *request, const struct list_source *source, bool count);

#endif
