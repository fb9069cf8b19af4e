/*
 * The `links` of answers: where what was made can be asked for.
 */
#ifndef CORE_API_LINKS_H
#define CORE_API_LINKS_H

#include "core/request/request.h"

/* To write into the object that is open: none, as lists have it. */
void links_write_none(struct json_writer *writer);

/* A link to what lies at PATH, which begins with a slash. */
void links_write_self(struct request *request, struct json_writer *writer, const char *path);

#endif
