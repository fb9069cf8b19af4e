/*
 * The operation table: one row for each of the API's operations.
 *
 * The responder routes by it and sends a row's number; batchd finds its handler by that number
 * (core/api/handler.h). Both are built from core/link/operations.def, and the link's handshake
 * compares operation_digest(), so the numbers need no other agreement.
 */
#ifndef CORE_LINK_OPERATION_H
#define CORE_LINK_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum method {
	METHOD_GET,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_MAX,
};

enum body_kind { BODY_NONE, BODY_JSON, BODY_MULTIPART };

/* What an operation answers with when all goes well; errors are JSON whatever was asked for. */
enum answer_kind {
	ANSWER_NOTHING, /* 204: nothing to negotiate */
	ANSWER_JSON,
	ANSWER_JSON_HAL,
	ANSWER_JSON_CSV, /* JSON, text/csv or application/csv, as the client accepts */
	ANSWER_TEXT,
	ANSWER_XHTML,
	ANSWER_ANY, /* the media type of the data itself */
};

struct operation {
	enum method method;
	const char *path; /* segments; {name} stands for any one segment */
	enum body_kind body;
	enum answer_kind answer;
	bool built;   /* false: answers 501 */
	bool command; /* one short transaction about what runs */
};

/* The table and its length. */
const struct operation *operation_table(size_t *ret_count);

/* The same for every program built from the same table. */
uint64_t operation_digest(void);

extern const char *const method_names[METHOD_MAX];

#endif
