#include "core/request/api_error.h"

#include <stddef.h>

#include "storage/arena.h"

#define API_ERROR_ROW(name, status, type, code) {status, type, code},
static const struct api_error rows[] = {API_ERRORS(API_ERROR_ROW)};
#undef API_ERROR_ROW

static const struct {
	int code;
	int row;
} others[] = {
	{ERR_FULL,    ERR_REST_507},
	{ERR_BUSY,    ERR_REST_503},
	{ERR_STOPPED, ERR_REST_503},
	{ERR_INPUT,   ERR_INVALID },
};

const struct api_error *api_error_of(int code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].code == code)
			code = others[i].row;
	if (code <= ERR_API && code > ERR_API - API_ERROR_MAX)
		return &rows[ERR_API - code];
	return &rows[ERR_REST_500_INDEX];
}

static const struct {
	int code, wrapped;
} wrapped[] = {
	{ERR_INVALID,          ERR_INVALID    },
	{ERR_INVALID_0,        ERR_INVALID    },
	{ERR_INVALID_404,      ERR_INVALID_404},
	{ERR_INVALID_404_0,    ERR_INVALID_404},
	{ERR_REST_400_0,       ERR_REST_400_0 },
	{ERR_ENGINE,           ERR_REST_500_0 },
	{ERR_NULL_VALUE,       ERR_REST_500_0 },
	{ERR_NOT_VALID,        ERR_REST_500_0 },
	{ERR_NOT_ALLOWED,      ERR_REST_500_0 },
	{ERR_NO_DEFINITION,    ERR_REST_500_0 },
	{ERR_BAD_USER_REQUEST, ERR_REST_500_0 },
	{ERR_SUSPENDED,        ERR_REST_500_0 },
	{ERR_CLAIMED,          ERR_REST_500_0 },
};

int api_error_wrapped(int code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrapped); i++)
		if (wrapped[i].code == code)
			return wrapped[i].wrapped;
	return 0;
}
