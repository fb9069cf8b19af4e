/*
 * The API's errors: one row each for HTTP status, `type` and `code` of the body (semantics.md 6).
 *
 * Handlers return them through api_fail(), which keeps the message for the answer.
 */
#ifndef CORE_REQUEST_API_ERROR_H
#define CORE_REQUEST_API_ERROR_H

#include "storage/error.h"

/* name, status, type, code; NO_CODE = null */
#define NO_CODE (-1)
#define API_ERRORS(X)                                                                              \
	X(ERR_INVALID, 400, "InvalidRequestException", NO_CODE)                                    \
	X(ERR_INVALID_0, 400, "InvalidRequestException", 0)                                        \
	X(ERR_INVALID_404, 404, "InvalidRequestException", NO_CODE)                                \
	X(ERR_INVALID_404_0, 404, "InvalidRequestException", 0)                                    \
	X(ERR_INVALID_500, 500, "InvalidRequestException", NO_CODE)                                \
	X(ERR_INVALID_500_0, 500, "InvalidRequestException", 0)                                    \
	X(ERR_REST_400, 400, "RestException", NO_CODE)                                             \
	X(ERR_REST_400_0, 400, "RestException", 0)                                                 \
	X(ERR_REST_404, 404, "RestException", NO_CODE)                                             \
	X(ERR_REST_404_0, 404, "RestException", 0)                                                 \
	X(ERR_REST_500, 500, "RestException", NO_CODE)                                             \
	X(ERR_REST_500_0, 500, "RestException", 0)                                                 \
	X(ERR_REST_501, 501, "RestException", NO_CODE)                                             \
	X(ERR_REST_503, 503, "RestException", NO_CODE)                                             \
	X(ERR_REST_507, 507, "RestException", NO_CODE)                                             \
	X(ERR_BAD_USER_REQUEST, 400, "BadUserRequestException", 0)                                 \
	X(ERR_NOT_VALID, 400, "NotValidException", 0)                                              \
	X(ERR_NOT_ALLOWED, 400, "NotAllowedException", 0)                                          \
	X(ERR_NO_DEFINITION, 400, "NotFoundException", 0)                                          \
	X(ERR_PARSE, 400, "ParseException", 0)                                                     \
	X(ERR_SUSPENDED, 400, "SuspendedEntityInteractionException", 0)                            \
	X(ERR_CLAIMED, 500, "TaskAlreadyClaimedException", 0)                                      \
	X(ERR_NULL_VALUE, 500, "NullValueException", 0)                                            \
	X(ERR_ENGINE, 500, "ProcessEngineException", 0)                                            \
	X(ERR_NULL_POINTER, 500, "NullPointerException", NO_CODE)                                  \
	X(ERR_ILLEGAL_ARGUMENT, 500, "IllegalArgumentException", NO_CODE)                          \
	X(ERR_CLASS_CAST, 500, "ClassCastException", NO_CODE)                                      \
	X(ERR_QUERY_PARAM, 404, "QueryParamException", NO_CODE)                                    \
	X(ERR_NO_RESOURCE, 404, "NotFoundException", NO_CODE)

/* Codes run down from ERR_API in the order of the table. */
#define API_ERROR_INDEX(name, status, type, code) name##_INDEX,
enum { API_ERRORS(API_ERROR_INDEX) API_ERROR_MAX };
#undef API_ERROR_INDEX
#define API_ERROR_CODE(name, status, type, code) name = ERR_API - name##_INDEX,
enum { API_ERRORS(API_ERROR_CODE) API_ERROR_END };
#undef API_ERROR_CODE

struct api_error {
	int status;
	const char *type;
	int code; /* NO_CODE = null */
};

/*
 * The row for CODE. Every other code has one too: full disk 507, busy and stopping 503, the rest
 * 500.
 */
const struct api_error *api_error_of(int code);

/*
 * What becomes of CODE when a resource puts words of its own before those of the engine: failures
 * of a command are RestException with status 500, those of the request keep their status. 0 when
 * such a failure is passed on as it is.
 */
int api_error_wrapped(int code);

#endif
