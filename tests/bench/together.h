/*
 * What yardsticks with FastCGI share: threads that answer every request with the same few bytes,
 * and before, when something is to be kept, write it; who waits together shares a sync. Included
 * once in a program.
 */
#ifndef TESTS_BENCH_TOGETHER_H
#define TESTS_BENCH_TOGETHER_H

#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { SERVING_THREADS = 8 };

static struct {
	void (*write)(void); /* for a request; one at a time. NULL = nothing is kept */
	void (*sync)(void);  /* all that was written */
	pthread_mutex_t mutex;
	pthread_cond_t synced;
	uint64_t written, on_disk;
	bool syncing;
} together = {NULL, NULL, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, false};

static void require(bool it)
{
	if (!it)
		abort();
}

/* With the mutex held, but for the sync. */
static void sync_together(void)
{
	uint64_t last = together.written;

	together.syncing = true;
	pthread_mutex_unlock(&together.mutex);
	together.sync();
	pthread_mutex_lock(&together.mutex);
	together.syncing = false;
	together.on_disk = last;
	pthread_cond_broadcast(&together.synced);
}

static void keep(void)
{
	uint64_t number;

	pthread_mutex_lock(&together.mutex);
	together.write();
	number = ++together.written;
	while (together.on_disk < number)
		if (together.syncing)
			pthread_cond_wait(&together.synced, &together.mutex);
		else
			sync_together();
	pthread_mutex_unlock(&together.mutex);
}

static void *serve(void *arg)
{
	static const char answer[] = "Status: 200 OK\r\n"
				     "Content-Type: application/json\r\n"
				     "Content-Length: 17\r\n"
				     "\r\n"
				     "{\"hello\":\"world\"}";
	FCGX_Request request;

	require(!FCGX_InitRequest(&request, 0, 0));
	while (!FCGX_Accept_r(&request)) {
		if (together.write)
			keep();
		FCGX_PutStr(answer, sizeof(answer) - 1, request.out);
		FCGX_Finish_r(&request);
	}
	return arg;
}

/* Until SIGTERM. */
static inline void serve_together(void (*write)(void), void (*sync)(void))
{
	pthread_t threads[SERVING_THREADS];
	int i;

	together.write = write;
	together.sync = sync;
	require(!FCGX_Init());
	signal(SIGTERM, SIG_DFL); /* or threads that wait would go on waiting */
	for (i = 0; i < SERVING_THREADS; i++)
		require(!pthread_create(&threads[i], NULL, serve, NULL));
	for (i = 0; i < SERVING_THREADS; i++)
		pthread_join(threads[i], NULL);
}

#endif
