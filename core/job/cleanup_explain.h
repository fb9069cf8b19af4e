/*
 * Why clean-up does what it does, in words: what is due, what is not, what stays for ever.
 */
#ifndef CORE_JOB_CLEANUP_EXPLAIN_H
#define CORE_JOB_CLEANUP_EXPLAIN_H

#include "core/json/writer.h"
#include "core/request/request.h"

/*
 * Writes the members `due`, `nextDue`, `withoutRemovalTime`, `contradicting` and `explanation`, a
 * list of sentences, into the object that is open. It scans all columns.
 */
int cleanup_explain(struct request *request, struct json_writer *writer);

#endif
