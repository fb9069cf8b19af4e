/*
 * Answers that are the bytes of a variable's value.
 */
#ifndef CORE_API_VALUE_ANSWER_H
#define CORE_API_VALUE_ANSWER_H

#include "core/history/variable_value.h"
#include "core/request/request.h"

/*
 * The value of ROW, a row of KIND: a file to be saved, or bytes. The API's 400, which calls the
 * variable ID, when it is neither.
 */
int value_answer_bytes(struct request *request, const struct kind *kind, const union slot *row,
		       const char *id);

#endif
