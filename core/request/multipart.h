/*
 * Bodies of the media type multipart/form-data (RFC 7578): fields and files.
 *
 * Parts are read as browsers, curl and the known clients send them; names are UTF-8, quoted or not.
 * Their bytes are not copied: they lie in the body.
 */
#ifndef CORE_REQUEST_MULTIPART_H
#define CORE_REQUEST_MULTIPART_H

#include "storage/arena.h"
#include "storage/error.h"
#include "storage/txn.h"

enum { MULTIPART_PARTS_MAX = 10000 };

struct part {
	const char *name;     /* of the field */
	const char *filename; /* without white space around it; NULL when it is no file */
	const char *type;     /* media type, or NULL */
	struct bytes content;
};

struct multipart {
	size_t count;
	struct part *parts; /* in order of the body */
};

/*
 * Reads BODY, whose header Content-Type was TYPE. As in the original, parts without a name are
 * passed over, of parts with one name the last counts, and a body in which the boundary is nowhere
 * has no parts; behind a boundary the body may end. ERR_INPUT with words when it is no such body:
 * no boundary in TYPE, an end within a part, a header that makes no sense, more than
 * MULTIPART_PARTS_MAX parts.
 */
int multipart_parse(struct arena *arena, const char *type, struct bytes body, struct multipart *ret,
		    struct error *error);

/* The part of that name, or NULL. */
const struct part *multipart_find(const struct multipart *multipart, const char *name);

/* The content of that field as text, in ARENA; NULL when there is none. */
const char *multipart_text(struct arena *arena, const struct multipart *multipart,
			   const char *name);

#endif
