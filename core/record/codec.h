/*
 * Rows as bytes, and back: compact, self-contained, tagged.
 *
 * One record holds a set of rows, often an instance and its children, with a table of its texts at
 * the front: each text stands there once, UUIDs as 16 bytes, times as differences to the first.
 * Unknown tags of a newer minor format cannot occur: a store's format number guards them. Bytes
 * that make no sense are ERR_CORRUPT, never more. storage/format.md describes the layout.
 */
#ifndef CORE_RECORD_CODEC_H
#define CORE_RECORD_CODEC_H

#include "core/record/kind.h"
#include "storage/buffer.h"

struct record_writer;

/* A writer for one record; reusable after record_writer_finish(). Free with record_writer_free().
 */
struct record_writer *record_writer_new(void);
void record_writer_free(struct record_writer *writer);

/* Adds a row. */
void record_writer_add(struct record_writer *writer, const struct kind *kind,
		       const union slot *row);

/* Appends the record to BUFFER and starts anew. */
void record_writer_finish(struct record_writer *writer, struct buffer *buffer);

/*
 * Decodes a record into ROWS, one for each of KINDS (in that order): rows of a kind that WANT
 * leaves out (a bit a kind, lowest = first) are skipped cheaply.
 */
int record_decode(struct arena *arena, const void *bytes, size_t size,
		  const struct kind *const *kinds, size_t kind_count, uint64_t want,
		  struct rows *rows);

/* One row alone: for tables with a row a record. */
void row_encode(struct buffer *buffer, const struct kind *kind, const union slot *row);
int row_decode(struct arena *arena, const void *bytes, size_t size, const struct kind *kind,
	       union slot **ret);

#endif
