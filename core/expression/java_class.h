/*
 * The classes of Java's that are read and written as objects, and the letters of their streams:
 * what java_object_write.c and java_object_read.c share.
 */
#ifndef CORE_EXPRESSION_JAVA_CLASS_H
#define CORE_EXPRESSION_JAVA_CLASS_H

#include <stdint.h>

/* A stream begins with this; then come contents, each behind one of the letters. */
#define JAVA_STREAM_HEAD 0xaced0005u

enum java_letter {
	JAVA_NULL = 0x70,
	JAVA_REFERENCE = 0x71,
	JAVA_CLASS = 0x72,
	JAVA_OBJECT = 0x73,
	JAVA_STRING = 0x74,
	JAVA_ARRAY = 0x75,
	JAVA_BLOCK = 0x77,
	JAVA_END_BLOCK = 0x78,
	JAVA_LONG_BLOCK = 0x7a,
	JAVA_LONG_STRING = 0x7c,
};

enum {
	JAVA_FIRST_HANDLE = 0x7e0000,
	JAVA_DEPTH_MAX = 60,       /* objects within each other; JSON has as many */
	JAVA_WEIGHT_MAX = 1 << 20, /* values, each as often as references show it */
	JAVA_TEXT_WEIGHT = 64,     /* so many bytes of a text count as one */
};

/* Flags of a class. */
enum { JAVA_WRITES = 1, JAVA_SERIALIZABLE = 2, JAVA_EXTERNALIZABLE = 4 };

#endif
