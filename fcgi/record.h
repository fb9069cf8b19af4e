/*
 * Records of FastCGI as bytes: their headers, the name-value pairs inside some, and the few whole
 * records that a responder writes. (FastCGI Specification 1.0, sections 3.3, 3.4 and 5.5.)
 *
 * Nothing here waits or allocates. Every length comes from outside and is checked before it is
 * used.
 */
#ifndef FCGI_RECORD_H
#define FCGI_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fastcgi.h>

#include "storage/buffer.h"

/* Content of one record that we write, at most: a multiple of 8 needs no padding. */
enum { RECORD_CONTENT_MAX = 65528 };

struct fcgi_record {
	uint8_t type;     /* FCGI_… of fastcgi.h, or anything */
	uint16_t request; /* id of the request that it belongs to; 0: of the connection */
	uint16_t length;  /* bytes of content */
	uint8_t padding;  /* bytes behind it that mean nothing */
};

/* Reads the FCGI_HEADER_LEN bytes at HEADER. False when they are of no version that we know. */
bool fcgi_record_decode(const uint8_t *header, struct fcgi_record *ret_record);

/* The header of a record without padding. */
FCGI_Header fcgi_header(uint8_t type, uint16_t request, size_t length);

/* The record that ends REQUEST; STATUS is FCGI_REQUEST_COMPLETE or why it was refused. */
FCGI_EndRequestRecord fcgi_end_request(uint16_t request, uint8_t status);

/* The answer to a record of the connection of a TYPE that we do not know. */
FCGI_UnknownTypeRecord fcgi_unknown_type(uint8_t type);

struct fcgi_pair {
	const uint8_t *name, *value; /* no NUL behind them */
	size_t name_size, value_size;
};

/* The next pair of a list; sets PAIRS->bad when a length points behind the list's end. */
struct fcgi_pair fcgi_pair_take(struct reader *pairs);

/* Appends a pair whose name and value are shorter than 128 bytes. */
void fcgi_pair_put(struct buffer *pairs, const char *name, const char *value);

#endif
