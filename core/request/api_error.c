#include "core/request/api_error.h"

#include <stddef.h>

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

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].code == code)
			code = others[i].row;
	if (code <= ERR_API && code > ERR_API - API_ERROR_MAX)
		return &rows[ERR_API - code];
	return &rows[ERR_REST_500_INDEX];
}
