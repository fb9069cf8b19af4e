/*
 * Export: everything that is visible, as NDJSON, line by line.
 *
 * Decision instances and user operations have lines of their own and name their instance there.
 */
#ifndef CORE_TRANSFER_EXPORT_H
#define CORE_TRANSFER_EXPORT_H

#include "core/engine.h"
#include "core/json/writer.h"

/* Writes all lines to WRITER; memory stays bounded by the largest record. */
int export_all(struct engine *engine, struct json_writer *writer);

#endif
