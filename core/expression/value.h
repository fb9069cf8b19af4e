/*
 * Values of expressions: what variables, literals, operators and methods hold and give.
 *
 * A value is small and copied freely; what it points to is in the arena of its evaluation (or lives
 * longer) and is never changed, except a host object, which is its owner's. Objects with properties
 * and methods have a class: a table of methods. The classes of texts, numbers, dates, lists, maps
 * and JSON are this folder's; those of executions and tasks come from whoever owns these.
 */
#ifndef CORE_EXPRESSION_VALUE_H
#define CORE_EXPRESSION_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/json/json.h"
#include "core/record/kind.h"
#include "storage/arena.h"
#include "storage/error.h"

enum expression_type {
	EXPRESSION_NULL,
	EXPRESSION_BOOLEAN,   /* as.truth */
	EXPRESSION_SHORT,     /* as.number */
	EXPRESSION_INTEGER,   /* as.number */
	EXPRESSION_LONG,      /* as.number */
	EXPRESSION_DOUBLE,    /* as.fraction */
	EXPRESSION_STRING,    /* as.text: UTF-8 */
	EXPRESSION_DATE,      /* as.number: milliseconds since the epoch */
	EXPRESSION_DATE_TIME, /* as.number: as a date, of the kind that dateTime() gives */
	EXPRESSION_LIST,      /* as.list */
	EXPRESSION_ARRAY,     /* as.list: a Java array of strings, which has no methods */
	EXPRESSION_MAP,       /* as.map */
	EXPRESSION_JSON,      /* as.json */
	EXPRESSION_CLASS,     /* as.text: the name of a Java class */
	EXPRESSION_STORED, /* as.stored: bytes, files, objects: passed on and never looked into */
	EXPRESSION_OBJECT, /* as.object */
	EXPRESSION_TYPE_MAX
};

struct expression_value {
	enum expression_type type;
	union {
		bool truth;
		int64_t number;
		double fraction;
		const char *text;
		const struct expression_list *list;
		const struct expression_map *map;
		const struct json *json;
		const struct expression_stored *stored;
		const struct expression_object *object;
	} as;
};

struct expression_list {
	size_t count;
	struct expression_value *values;
};

struct expression_entry {
	const char *key;
	struct expression_value value;
};

/* Entries in the order in which they are shown. */
struct expression_map {
	const char *class; /* its name in Java; NULL: that of most maps */
	size_t count;
	struct expression_entry *entries;
};

/* A variable's value of a type that expressions have no operators for. */
struct expression_stored {
	const char *type; /* "Bytes", "File", "Object" … */
	const struct value *value;
	const char *info; /* JSON: the value's info; NULL = none */
};

struct expression_class;

/* An object of the caller's. */
struct expression_object {
	const struct expression_class *class;
	void *self;
};

/* One call of a method, or reading of a property. */
struct expression_call {
	struct arena *arena; /* for the result, and for words */
	struct error *error;
	const struct expression_context *context;
	struct expression_value self;
	const struct expression_value *arguments; /* as the method's parameters want them */
	size_t count;
	size_t *work; /* what the evaluation may still do; NULL = no bound */
};

/*
 * Sets *RET, which is null before. What fails says so with err_set(call->error, call->arena, …) and
 * ends the evaluation with that code and those words.
 */
typedef int (*expression_function)(struct expression_call *call, struct expression_value *ret);

/*
 * A method; getX() and isX() without parameters are also the property x. PARAMETERS has a letter
 * for each, which says how an argument arrives: s  string (null becomes "")           i  integer l
 * long    d  double   (null becomes 0) q  string, of strings alone           b  boolean (null
 * becomes false) t  date or null                       r  dateTime or long (null: now), arrives as
 * LONG c  list or null                       m  map or null o  anything as it is                  *
 * last letter: any number of anything A method of that name whose parameters cannot take the
 * arguments is no such method.
 */
struct expression_method {
	const char *name;
	const char *parameters;
	expression_function call;
};

struct expression_class {
	const char *name; /* of the Java class that words name */
	const struct expression_method *methods;
	size_t count;
	const struct expression_class *base; /* more methods, or NULL */
};

#define EXPRESSION_CLASS(name, methods, base)                                                      \
	{                                                                                          \
		name, methods, ARRAY_SIZE(methods), base                                           \
	}

struct expression_value expression_null(void);
struct expression_value expression_boolean(bool truth);
struct expression_value expression_integer(int64_t number);
struct expression_value expression_long(int64_t number);
struct expression_value expression_double(double fraction);
struct expression_value expression_string(const char *text); /* NULL becomes null; not copied */
struct expression_value expression_date(int64_t time);       /* TIME_NULL becomes null */
struct expression_value expression_date_time(int64_t time);
struct expression_value expression_json(const struct json *json); /* NULL becomes null */

/* COUNT values, all null, to be filled in through (*RET). */
struct expression_value expression_list_new(struct arena *arena, size_t count,
					    struct expression_value **ret);
/* CLASS as in struct expression_map; entries of a sorted map are given in their order. */
struct expression_value expression_map_new(struct arena *arena, const char *class, size_t count,
					   struct expression_entry **ret);

/* An object of CLASS, which is a table that lives as long as SELF. */
struct expression_value expression_object(struct arena *arena, const struct expression_class *class,
					  void *self);

/* The value that KEY has in MAP, or null. */
struct expression_value expression_map_get(const struct expression_map *map, const char *key);

/* The Java class that words name, "java.lang.Integer"; null: "null". */
const char *expression_class_name(const struct expression_value *value);

/* As Java's toString(); null is "". In ARENA, or the value's own text. */
const char *expression_text(struct arena *arena, const struct expression_value *value);

#endif
