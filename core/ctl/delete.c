/* batchctl delete --ids FILE: the batch that POST /history/process-instance/delete makes. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/link/operation.h"
#include "core/ctl/ctl.h"
#include "storage/error.h"

enum { POLL_MS = 200 };

static const char head[] = "{\"historicProcessInstanceIds\":[";

/* Streams the file's lines as the body's list of ids. */
static int send_ids(struct link *link, FILE *file, uint64_t *ret_count)
{
	struct json_object *text;
	char *line = NULL;
	size_t size = 0;
	int code = link_send(link, FRAME_BODY, head, sizeof(head) - 1);

	*ret_count = 0;
	while (!code && getline(&line, &size, file) > 0) {
		const char *quoted;

		line[strcspn(line, "\r\n")] = '\0';
		if (!*line)
			continue;
		text = json_object_new_string(line);
		quoted = json_object_to_json_string_ext(text, JSON_C_TO_STRING_NOSLASHESCAPE);
		if ((*ret_count)++)
			code = link_send(link, FRAME_BODY, ",", 1);
		if (!code)
			code = link_send(link, FRAME_BODY, quoted, strlen(quoted));
		json_object_put(text);
	}
	free(line);
	return code ? code : link_send(link, FRAME_BODY, "]}", 2);
}

static int64_t number(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_int64(value) : 0;
}

/* Shows progress until the batch has ended; CTL_FAILED when jobs are left that failed. */
static int follow(struct ctl *ctl, struct link *link, const char *id)
{
	struct call call = ctl_call(ctl_operation(METHOD_GET, "/batch/statistics"));
	struct timespec pause = {0, POLL_MS * 1000000L};
	struct pair query[] = {
		{"batchId", id}
        };
	struct progress progress;
	int64_t total = 0, done = 0;

	call.query = query;
	call.query_count = 1;
	progress_begin(&progress, "delete", "jobs", 0, 0);
	for (;;) {
		struct json_object *list = ctl_get(ctl, link, &call), *batch;
		int64_t failed;

		if (!list)
			return CTL_FAILED;
		batch = json_object_array_get_idx(list, 0);
		if (!batch) {
			json_object_put(list);
			progress_end(&progress, (uint64_t)total);
			return CTL_OK;
		}
		total = number(batch, "totalJobs");
		done = number(batch, "completedJobs");
		failed = number(batch, "failedJobs");
		json_object_put(list);
		progress.total = (uint64_t)total;
		progress_show(&progress, (uint64_t)done);
		if (failed && failed == total - done) {
			progress_end(&progress, (uint64_t)done);
			fprintf(stderr, "batchctl: %ld jobs failed: see GET /incident\n",
				(long)failed);
			return CTL_FAILED;
		}
		nanosleep(&pause, NULL);
	}
}

static int create(struct ctl *ctl, struct link *link, FILE *file)
{
	struct call call = ctl_call(ctl_operation(METHOD_POST, "/history/process-instance/delete"));
	struct json_object *batch, *id;
	uint64_t count = 0;
	char *body = NULL;
	int status = 0, code;

	call.type = "application/json";
	code = ctl_send_call(link, &call);
	if (!code)
		code = send_ids(link, file, &count);
	if (!code)
		code = ctl_finish(ctl, link, &status, &body);
	if (code || status != 200) {
		if (code)
			fprintf(stderr, "batchctl: %s\n", err_text(code));
		else
			ctl_complain(status, body);
		free(body);
		return CTL_FAILED;
	}
	batch = json_tokener_parse(body);
	free(body);
	json_object_object_get_ex(batch, "id", &id);
	printf("batch %s deletes %lu instances\n", json_object_get_string(id),
	       (unsigned long)count);
	fflush(stdout);
	code = follow(ctl, link, json_object_get_string(id));
	json_object_put(batch);
	return code;
}

int ctl_delete(struct ctl *ctl)
{
	struct link link;
	FILE *file;
	int code;

	if (ctl->argc != 3 || strcmp(ctl->argv[1], "--ids"))
		return CTL_USAGE;
	file = strcmp(ctl->argv[2], "-") ? fopen(ctl->argv[2], "re") : stdin;
	if (!file) {
		fprintf(stderr, "batchctl: %s: %s\n", ctl->argv[2], strerror(errno));
		return CTL_FAILED;
	}
	if (!ctl_connect(ctl, &link)) {
		fclose(file);
		return CTL_FAILED;
	}
	code = create(ctl, &link, file);
	link_clear(&link);
	fclose(file);
	return code;
}
