/*
 * What every fuzzer needs: the entry point that libFuzzer calls, and arenas that end with an input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* assert() that no build leaves out: a property that every input must keep. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

/* Where a fuzzer puts its files: a directory of the run, removed at its end. */
static inline const char *fuzz_directory(void)
{
	const char *directory = getenv("FUZZ_DIRECTORY");

	return directory ? directory : "/tmp";
}

#endif
