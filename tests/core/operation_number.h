/*
 * The number of an operation, for tests that call handlers as the responder would have them called.
 */
#ifndef TESTS_CORE_OPERATION_NUMBER_H
#define TESTS_CORE_OPERATION_NUMBER_H

#include <stdint.h>

/* Row of the operation table with METHOD ("GET") and PATH; the test fails when there is none. */
uint16_t operation_number(const char *method, const char *path);

#endif
