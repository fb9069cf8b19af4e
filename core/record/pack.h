/*
 * Rows as bytes for a moment: to be put aside while a query runs, never to be stored.
 *
 * Unlike a record (core/record/codec.h) packed bytes hold every field, derived ones too, and mean
 * something only to the running program. Unpacking copies no texts.
 */
#ifndef CORE_RECORD_PACK_H
#define CORE_RECORD_PACK_H

#include "core/record/kind.h"
#include "storage/buffer.h"

/* Appends ROW to BUFFER. */
void row_pack(struct buffer *buffer, const struct kind *kind, const union slot *row);

/* The row that row_pack() wrote to BYTES, in ARENA; its texts lie in BYTES. */
union slot *row_unpack(struct arena *arena, const void *bytes, size_t size,
		       const struct kind *kind);

#endif
