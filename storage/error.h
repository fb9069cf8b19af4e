/*
 * One int for the outcome of everything.
 *
 * 0 is success; errno values are positive; Berkeley DB's codes (-30999..-30800) pass through
 * untouched; ours start at -1000. Codes of the API (core/request/api_error.h) lie below -2000 and
 * carry a message in a struct error: the words a client reads. A function that fails has changed
 * nothing that its caller can see, unless its comment says otherwise.
 */
#ifndef STORAGE_ERROR_H
#define STORAGE_ERROR_H

struct arena;

enum {
	ERR_NOT_FOUND = -1000, /* no such record */
	ERR_BUSY = -1001,      /* gave up after the bounded number of retries */
	ERR_CORRUPT = -1002,   /* stored bytes that we cannot have written */
	ERR_FORMAT = -1003,    /* the store has a format that this program does not read */
	ERR_FULL = -1004,      /* the disk is full */
	ERR_STOPPED = -1005,   /* the process is shutting down, or the caller has gone away */
	ERR_EXISTS = -1006,    /* the key is already there */
	ERR_INPUT = -1007,     /* malformed input; the message says where and why */
	ERR_LINK = -1008,      /* the peer broke the link protocol or closed the connection */
	ERR_CAST = -1009,      /* a value of another type than is wanted there */
	ERR_API = -2000,       /* this and below: rows of core/request/api_error.c */
};

struct error {
	int code;
	const char *message; /* in an arena; NULL when the code says everything */
};

/* Returns early with the code of EXPR unless it is 0. */
#define TRY(expr)                                                                                  \
	do {                                                                                       \
		int try_code_ = (expr);                                                            \
		if (try_code_)                                                                     \
			return try_code_;                                                          \
	} while (0)

/* Keeps CODE and the formatted message in ERROR (allocated in ARENA) and returns CODE. */
int err_set(struct error *error, struct arena *arena, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#ifdef __clang_analyzer__ /* it does not look into other files, and would not know the outcome */
#define err_set(error, arena, code, ...) ((err_set)(error, arena, code, __VA_ARGS__), (code))
#endif

/* Words for a code without a message of its own: for logs and exit messages. */
const char *err_text(int code);

#endif
