/*
 * How long batchd takes to find that nothing is due, and what it reads for that: the search that
 * each run of a clean-up job does, over the store of a batchd that has ended, many times.
 *
 *   due HOME COUNT
 *
 * Prints: milliseconds of one search, calls that read a file, bytes that came from the disk. The
 * latter two are those of all searches together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/history/due.h"
#include "storage/clock.h"

struct reads {
	unsigned long calls, bytes;
};

static struct reads reads_now(void)
{
	struct reads reads = {0, 0};
	FILE *file = fopen("/proc/thread-self/io", "r");
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "syscr: %lu", &reads.calls);
		sscanf(line, "read_bytes: %lu", &reads.bytes);
	}
	if (file)
		fclose(file);
	return reads;
}

static int search_body(struct txn *txn, void *arg)
{
	struct engine *engine = arg;
	int i;

	for (i = 0; i < DUE_SUBJECT_MAX; i++) {
		struct due_rule rule;
		struct due due;

		TRY(due_rule_make(txn, engine, (enum due_subject)i, clock_now(), 0, 59, &rule));
		due_find(txn, &rule, 1, &due);
		if (due.count) {
			fprintf(stderr, "due: something is\n");
			exit(1);
		}
		due_clear(&due);
	}
	return 0;
}

/* What the first search finds out is remembered, as by a batchd that runs. */
static int search(struct engine *engine, struct arena *arena, unsigned count)
{
	struct reads first, before, after;
	int64_t begin, took;
	unsigned n;

	TRY(txn_run(engine->store, arena, TXN_LAZY, search_body, engine));
	first = reads_now(); /* what looking at the figures reads itself */
	before = reads_now();
	begin = clock_monotonic_us();
	for (n = 0; n < count; n++) {
		arena_clear(arena);
		TRY(txn_run(engine->store, arena, TXN_LAZY, search_body, engine));
	}
	took = clock_monotonic_us() - begin;
	after = reads_now();
	printf("%.6f %lu %lu\n", (double)took / 1000 / count,
	       after.calls - before.calls - (before.calls - first.calls),
	       after.bytes - before.bytes);
	return 0;
}

int main(int argc, char **argv)
{
	char home[4096];
	const char *settings[] = {home, "reserveSize=0", "jobExecutorAcquireByPriority=true",
				  "jobExecutorPriorityRangeMin=1000"};
	struct config config;
	struct engine engine;
	struct arena arena, scratch;
	struct error error = {0, NULL};
	int code;

	if (argc != 3 || atoi(argv[2]) <= 0)
		return fputs("usage: due HOME COUNT\n", stderr), 2;
	arena_init(&arena);
	arena_init(&scratch);
	snprintf(home, sizeof(home), "home=%s", argv[1]);
	code = config_load(&config, NULL, ARRAY_SIZE(settings), settings, &arena, &error);
	if (!code)
		code = engine_open(&engine, &config, &arena, &error);
	if (code)
		return fprintf(stderr, "due: %s\n", error.message ? error.message : err_text(code)),
		       1;
	code = search(&engine, &scratch, (unsigned)atoi(argv[2]));
	engine_close(&engine);
	arena_clear(&scratch);
	arena_clear(&arena);
	return code != 0;
}
