/*
 * The time: milliseconds since the epoch, absent = TIME_NULL. Tests may hold it still.
 */
#ifndef STORAGE_CLOCK_H
#define STORAGE_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#define TIME_NULL INT64_MIN

/* The wall clock, in milliseconds since 1970-01-01T00:00Z. */
int64_t clock_now(void);

/* Holds clock_now() at MS until called with TIME_NULL. For tests. */
void clock_hold(int64_t ms);

/* A clock that only goes forward, in microseconds: for durations and rates. */
int64_t clock_monotonic_us(void);

/* A condition whose time-outs are of CLOCK_MONOTONIC: the wall clock may be set back. */
void clock_condition_init(pthread_cond_t *condition);

/* How long the calling thread has run on a processor, in microseconds. */
int64_t clock_thread_us(void);

#endif
