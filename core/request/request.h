/*
 * One request inside batchd: what was asked, and where the answer goes.
 *
 * A handler reads the call and the body, and answers through the JSON writer after
 * request_answer(). Answers are held back up to 64 KB, so that a handler that fails early can
 * still answer with the error; after that they stream. A handler returns 0 or a code; with
 * request_fail() the code carries the API's words.
 */
#ifndef CORE_REQUEST_REQUEST_H
#define CORE_REQUEST_REQUEST_H

#include <stdbool.h>

#include "core/request/api_error.h"
#include "core/request/running.h"
#include "core/json/json.h"
#include "core/json/writer.h"
#include "core/link/frame.h"
#include "storage/arena.h"
#include "storage/error.h"
#include "storage/txn.h"

struct engine;
struct id_list;

struct request {
	struct engine *engine;
	const struct call *call;
	struct arena *arena;
	struct error error;
	const char *details;      /* JSON: what the answer with the error says besides, or NULL */
	const struct json *body;  /* NULL when the operation takes none */
	struct bytes upload;      /* the body of an operation that takes multipart/form-data */
	struct id_list *diverted; /* ids that were streamed out of the body; NULL = none */
	struct link *link;
	struct running_call *running; /* how it is listed and stopped; NULL: nobody waits for it */
	struct json_writer writer;
	struct answer_head head;
	char operation_id[40]; /* of its entries in the user operation log; "" = none yet */
	bool begun;            /* the head is on its way: no error can be answered any more */
	bool failed; /* what is answered is the error: it goes out although the call was stopped */
};

typedef int (*handler)(struct request *request);

/* Keeps the message and returns CODE (core/request/api_error.h). */
#define request_fail(request, code, ...)                                                           \
	err_set(&(request)->error, (request)->arena, code, __VA_ARGS__)

/*
 * Puts words before the message of a failure, with a colon between, and returns the code that it
 * then has (api_error_wrapped()). Failures that have no words, or are not to have others, stay.
 */
int request_wrap(struct request *request, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__ /* as in storage/error.h: no failure becomes a success */
#define request_wrap(request, code, ...) ((request_wrap)(request, code, __VA_ARGS__), (code))
#endif

/* The answer is JSON, status 200: write it to request->writer. */
struct json_writer *request_answer(struct request *request);

/* The answer is TEXT of a media type. */
int request_answer_text(struct request *request, const char *type, const char *text);

/* The answer is SIZE bytes of a media type, to be saved under the last part of NAME. */
int request_answer_file(struct request *request, const char *type, const char *name,
			const void *bytes, size_t size);

/* TEXT for a part of a URI, or behind the character set in a header (RFC 5987). */
const char *uri_encode(struct arena *arena, const char *text);

/* Says that the answer is to be saved under the last part of NAME. After request_answer(). */
void request_attach(struct request *request, const char *name);

/* 204. */
int request_answer_nothing(struct request *request);

/* 200 and {"count": n}. */
int request_answer_count(struct request *request, int64_t count);

/* The first query parameter NAME, or NULL. */
const char *request_param(const struct request *request, const char *name);

/*
 * A boolean query parameter as JAX-RS reads a primitive: "true" in any case, ABSENT when it is
 * empty, else false.
 */
bool request_flag(const struct request *request, const char *name, bool absent);

/*
 * ERR_STOPPED when the answer is wanted no more: the caller has gone, or `batchctl stop` ended the
 * call. Cheap: what may look at many rows asks for each of them.
 */
static inline int request_stopped(const struct request *request)
{
	return running_stopped(request->running);
}

/*
 * Ends the conversation: sends what is left of the answer, or the error for CODE. ERR_LINK when the
 * client has gone.
 */
int request_finish(struct request *request, int code);

#endif
