/*
 * Export: everything that is visible, as NDJSON, line by line.
 *
 * Decision instances and user operations have lines of their own and name their instance there.
 */
#ifndef CORE_HISTORY_EXPORT_H
#define CORE_HISTORY_EXPORT_H

#include "core/engine.h"
#include "core/json/writer.h"

/* Writes all lines to WRITER; memory stays bounded by the largest record. */
struct kind;
struct rows;

/* "name":[…] of ROWS as a member of the open object; nothing when there are none. */
void rows_export(struct json_writer *writer, const struct kind *kind, const struct rows *rows);

int export_all(struct engine *engine, struct json_writer *writer);

#endif
