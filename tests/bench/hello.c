/*
 * The least that a FastCGI program can do, as a yardstick for the responder: it answers every
 * request with the same few bytes of JSON.
 *
 *   hello [FILE]
 *
 * With FILE it is the least that one can do which keeps what it is told: before it answers, it
 * writes as many bytes as batchd logs for a start of a process, and syncs them; who waits together
 * shares a sync.
 */
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* LOG_SIZE: written before, and over and over. */
enum { LOG_SIZE = 32 * 1024 * 1024, PIECE = 64 * 1024, RECORD = 3600, THREADS = 8 };

static const char bytes[PIECE];

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t synced;
	int fd; /* -1 = nothing is kept */
	off_t at;
	uint64_t written, on_disk;
	bool syncing;
} kept = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, -1, 0, 0, 0, false};

static void require(bool it)
{
	if (!it)
		abort();
}

/* With the mutex held, but for the sync. */
static void sync_all(void)
{
	uint64_t last = kept.written;

	kept.syncing = true;
	pthread_mutex_unlock(&kept.mutex);
	require(!fdatasync(kept.fd));
	pthread_mutex_lock(&kept.mutex);
	kept.syncing = false;
	kept.on_disk = last;
	pthread_cond_broadcast(&kept.synced);
}

static void keep(void)
{
	uint64_t number;

	pthread_mutex_lock(&kept.mutex);
	require(pwrite(kept.fd, bytes, RECORD, kept.at) == RECORD);
	kept.at = (kept.at + RECORD) % (LOG_SIZE - RECORD);
	number = ++kept.written;
	while (kept.on_disk < number)
		if (kept.syncing)
			pthread_cond_wait(&kept.synced, &kept.mutex);
		else
			sync_all();
	pthread_mutex_unlock(&kept.mutex);
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
		if (kept.fd >= 0)
			keep();
		FCGX_PutStr(answer, sizeof(answer) - 1, request.out);
		FCGX_Finish_r(&request);
	}
	return arg;
}

static void open_log(const char *path)
{
	off_t at;

	kept.fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	require(kept.fd >= 0);
	for (at = 0; at < LOG_SIZE; at += PIECE)
		require(pwrite(kept.fd, bytes, PIECE, at) == PIECE);
	require(!fsync(kept.fd));
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int i;

	if (FCGX_Init())
		return 1;
	if (argc < 2 || !*argv[1]) {
		serve(NULL);
		return 0;
	}
	signal(SIGTERM, SIG_DFL); /* or threads that wait would go on waiting */
	open_log(argv[1]);
	for (i = 0; i < THREADS; i++)
		require(!pthread_create(&threads[i], NULL, serve, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
