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
#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/together.h"

/* LOG_SIZE: written before, and over and over. */
enum { LOG_SIZE = 32 * 1024 * 1024, PIECE = 64 * 1024, RECORD = 3600 };

static const char bytes[PIECE];

static struct {
	int fd;
	off_t at;
} kept;

static void write_record(void)
{
	require(pwrite(kept.fd, bytes, RECORD, kept.at) == RECORD);
	kept.at = (kept.at + RECORD) % (LOG_SIZE - RECORD);
}

static void sync_log(void)
{
	require(!fdatasync(kept.fd));
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
	if (argc < 2 || !*argv[1]) {
		require(!FCGX_Init());
		serve(NULL);
		return 0;
	}
	open_log(argv[1]);
	serve_together(write_record, sync_log);
	return 0;
}
