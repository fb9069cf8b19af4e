/*
 * batchctl status: batches with progress, rate and estimated end, what waits to be purged, and what
 * batchd is busy with for others. batchctl stop ends one of those.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/link/operation.h"
#include "core/ctl/ctl.h"
#include "storage/clock.h"

enum { WATCH_SECONDS = 1 };

/* Requests younger than that are only shown with --verbose. */
#define LONG_SECONDS 1.0

/* What a batch had done when it was looked at before: for its rate. */
struct seen {
	struct seen *next;
	char *id;
	int64_t completed, at;
};

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static int64_t number(struct json_object *object, const char *key)
{
	return json_object_get_int64(member(object, key));
}

static struct seen *remember(struct seen **all, const char *id)
{
	struct seen *seen;

	for (seen = *all; seen; seen = seen->next)
		if (!strcmp(seen->id, id))
			return seen;
	seen = calloc(1, sizeof(*seen));
	if (!seen)
		abort();
	seen->id = strdup(id);
	seen->next = *all;
	*all = seen;
	return seen;
}

static void print_batch(struct json_object *batch, struct seen **all)
{
	struct seen *seen = remember(all, json_object_get_string(member(batch, "id")));
	int64_t completed = number(batch, "completedJobs"), total = number(batch, "totalJobs");
	int64_t now = clock_monotonic_us();
	double rate = 0;

	if (seen->at && now > seen->at)
		rate = (double)(completed - seen->completed) * 1e6 / (double)(now - seen->at);
	seen->completed = completed;
	seen->at = now;
	printf("%s  %-34s %ld/%ld jobs", seen->id, json_object_get_string(member(batch, "type")),
	       (long)completed, (long)total);
	if (number(batch, "failedJobs"))
		printf(", %ld failed", (long)number(batch, "failedJobs"));
	if (json_object_get_boolean(member(batch, "suspended")))
		printf(", suspended");
	if (rate > 0) {
		time_t end = time(NULL) + (time_t)((double)(total - completed) / rate);
		struct tm local;
		char text[32];

		strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&end, &local));
		printf(", %.0f jobs/s, ends about %s", rate, text);
	}
	putchar('\n');
}

static void print_archive(struct json_object *status, const char *key, const char *name)
{
	struct json_object *archive = member(status, key);

	printf("%-19s %ld visible, %ld bytes in %ld files; to purge: %ld records, %ld bytes", name,
	       (long)number(archive, "visible"), (long)number(archive, "bytes"),
	       (long)number(archive, "segments"), (long)number(archive, "recordsToPurge"),
	       (long)number(archive, "bytesToPurge"));
	if (number(archive, "filesToClear"))
		printf(", leftovers in %ld files", (long)number(archive, "filesToClear"));
	if (number(archive, "bytesReturned"))
		printf("; returned to the disk since the start: %ld bytes",
		       (long)number(archive, "bytesReturned"));
	putchar('\n');
}

static void print_calls(struct json_object *calls, bool verbose)
{
	size_t i;

	for (i = 0; calls && i < json_object_array_length(calls); i++) {
		struct json_object *call = json_object_array_get_idx(calls, i);
		const char *user = json_object_get_string(member(call, "user"));
		double seconds = json_object_get_double(member(call, "seconds"));

		if (!verbose && seconds < LONG_SECONDS)
			continue;
		printf("request %ld: %s %s, %s%s%.1f s, %ld steps%s\n", (long)number(call, "id"),
		       json_object_get_string(member(call, "method")),
		       json_object_get_string(member(call, "path")), user ? user : "",
		       user ? ", " : "", seconds, (long)number(call, "steps"),
		       json_object_get_boolean(member(call, "stopped")) ? ", stopping" : "");
	}
}

static void print_memory(struct json_object *status)
{
	printf("columns in memory:  %ld bytes; steps of purging since the start: %ld\n",
	       (long)number(status, "columnBytes"), (long)number(status, "purgeSteps"));
}

static bool print_status(struct ctl *ctl, struct link *link, struct seen **all, bool verbose)
{
	struct call statistics = ctl_call(ctl_operation(METHOD_GET, "/batch/statistics"));
	struct call call = ctl_call(ADMIN_STATUS);
	struct json_object *status = ctl_get(ctl, link, &call);
	struct json_object *batches = status ? ctl_get(ctl, link, &statistics) : NULL;
	size_t i;

	if (batches) {
		print_archive(status, "processInstances", "process instances:");
		print_archive(status, "decisionInstances", "decision instances:");
		print_archive(status, "userOperations", "user operations:");
		if (json_object_get_boolean(member(status, "diskFull")))
			printf("the disk is full\n");
		if (verbose)
			print_memory(status);
		if (member(status, "purgeWaits"))
			printf("purging waits: %s\n",
			       json_object_get_string(member(status, "purgeWaits")));
		printf("%zu batches\n", json_object_array_length(batches));
		for (i = 0; i < json_object_array_length(batches); i++)
			print_batch(json_object_array_get_idx(batches, i), all);
		print_calls(member(status, "calls"), verbose);
		fflush(stdout);
	}
	json_object_put(status);
	json_object_put(batches);
	return batches != NULL;
}

int ctl_status(struct ctl *ctl)
{
	bool watch = false, verbose = false;
	struct timespec pause = {WATCH_SECONDS, 0};
	struct seen *all = NULL, *next;
	struct link link;
	bool ok;
	int i;

	for (i = 1; i < ctl->argc; i++) {
		watch |= !strcmp(ctl->argv[i], "--watch");
		verbose |= !strcmp(ctl->argv[i], "--verbose");
	}
	if (ctl->argc - 1 != watch + verbose)
		return CTL_USAGE;
	if (!ctl_connect(ctl, &link))
		return CTL_FAILED;
	while ((ok = print_status(ctl, &link, &all, verbose)) && watch) {
		nanosleep(&pause, NULL);
		putchar('\n');
	}
	for (; all; all = next) {
		next = all->next;
		free(all->id);
		free(all);
	}
	link_clear(&link);
	return ok ? CTL_OK : CTL_FAILED;
}

int ctl_stop(struct ctl *ctl)
{
	struct call call = ctl_call(ADMIN_STOP);
	struct json_object *answer;
	struct pair query = {"id", NULL};
	struct link link;

	if (ctl->argc != 2)
		return CTL_USAGE;
	query.value = ctl->argv[1];
	call.query = &query;
	call.query_count = 1;
	if (!ctl_connect(ctl, &link))
		return CTL_FAILED;
	answer = ctl_get(ctl, &link, &call);
	link_clear(&link);
	json_object_put(answer);
	return answer ? CTL_OK : CTL_FAILED;
}
