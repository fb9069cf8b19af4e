/*
 * REQUEST_URI, taken apart: segments of the path behind the base path, and the query string.
 *
 * Only REQUEST_URI is the same behind every web server; PATH_INFO and SCRIPT_NAME are not. The
 * path is split at '/' first and each segment decoded then, so an encoded slash is data. '+' is
 * a plus in the path and a space in the query. As in the original, a segment ends at ';'.
 */
#ifndef FCGI_URI_H
#define FCGI_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/link/frame.h"
#include "storage/arena.h"

enum { URI_SEGMENTS_MAX = 24, URI_QUERY_MAX = 4000 };

enum uri_result {
	URI_OK,
	URI_ELSEWHERE, /* not below the base path, or a path that nothing can have: 404 */
	URI_BAD_PATH,  /* malformed: 400 */
	URI_BAD_QUERY,
	URI_TOO_LONG, /* more parameters than anybody needs: 414 */
};

struct uri {
	size_t count; /* segments behind the base path */
	const char *segments[URI_SEGMENTS_MAX];
	size_t query_count; /* in the order in which they were given */
	struct pair *query;
	bool xml; /* ends in "xml": the original does not forbid caching then */
};

/* Reads TEXT, a path and perhaps a query; strings are copied into ARENA. */
enum uri_result uri_parse(const char *text, const char *base_path, struct arena *arena,
			  struct uri *ret_uri);

/* Only the query string: "a=1&b=%20". */
enum uri_result uri_parse_query(const char *text, struct arena *arena, struct uri *ret_uri);

#endif
