#include "core/ctl/ctl.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/link/operation.h"
#include "storage/clock.h"
#include "storage/error.h"

enum { SHOW_EVERY_US = 200 * 1000, BAR_WIDTH = 30 };

bool ctl_connect(struct ctl *ctl, struct link *link)
{
	const char *refusal;
	int code = link_connect(link, &ctl->arena, ctl->config.socket,
				&(struct link_manner){.seats = 1}, &refusal);

	if (code == ERR_BUSY)
		refusal = "it has as many conversations as it may: see threads";
	if (code)
		fprintf(stderr, "batchctl: cannot reach batchd at %s: %s\n", ctl->config.socket,
			refusal ? refusal : err_text(code));
	return !code;
}

uint16_t ctl_operation(int method, const char *path)
{
	size_t i, count;
	const struct operation *table = operation_table(&count);

	for (i = 0; i < count; i++)
		if ((int)table[i].method == method && !strcmp(table[i].path, path))
			return (uint16_t)i;
	abort();
}

struct call ctl_call(uint16_t operation)
{
	struct call call = {
		.operation = operation, .accept = "application/json", .base = "", .type = ""};

	return call;
}

int ctl_send_call(struct link *link, const struct call *call)
{
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	call_encode(&buffer, call);
	code = link_send(link, FRAME_CALL, buffer.data, buffer.length);
	buffer_clear(&buffer);
	return code;
}

int ctl_finish(struct ctl *ctl, struct link *link, int *ret_status, char **ret_body)
{
	struct answer_head head = {0};
	struct buffer body;
	enum frame_type type;
	struct reader payload;
	int code = link_send(link, FRAME_END, NULL, 0);

	if (!code)
		link_flush(link); /* when that fails, an answer may wait all the same */
	buffer_init(&body);
	*ret_body = NULL;
	while (!(code = link_receive(link, &type, &payload)) && type != FRAME_DONE) {
		if (type == FRAME_ANSWER)
			code = answer_head_decode(&payload, &ctl->arena, &head);
		else if (type == FRAME_DATA)
			buffer_put(&body, payload.at, reader_left(&payload));
		else
			code = ERR_LINK;
		if (code)
			break;
	}
	buffer_put_u8(&body, 0);
	*ret_body = (char *)body.data;
	*ret_status = head.status;
	return code && !head.status ? code : 0;
}

void ctl_complain(int status, const char *body)
{
	struct json_object *error = body ? json_tokener_parse(body) : NULL, *message;

	if (error && json_object_object_get_ex(error, "message", &message))
		fprintf(stderr, "batchctl: %s\n", json_object_get_string(message));
	else
		fprintf(stderr, "batchctl: batchd answered with status %d\n", status);
	json_object_put(error);
}

struct json_object *ctl_get(struct ctl *ctl, struct link *link, const struct call *call)
{
	struct json_object *answer = NULL;
	char *body = NULL;
	int status = 0, code = ctl_send_call(link, call);

	if (!code)
		code = ctl_finish(ctl, link, &status, &body);
	if (code)
		fprintf(stderr, "batchctl: %s\n", err_text(code));
	else if (status / 100 != 2)
		ctl_complain(status, body);
	else
		answer = json_tokener_parse(body);
	free(body);
	return answer;
}

void progress_begin(struct progress *progress, const char *what, const char *unit, uint64_t first,
		    uint64_t total)
{
	progress->what = what;
	progress->unit = unit;
	progress->total = total;
	progress->first = first;
	progress->started = clock_monotonic_us();
	progress->shown = 0;
	progress->terminal = isatty(STDERR_FILENO);
}

static void draw(struct progress *progress, uint64_t done, char end)
{
	double seconds = (double)(clock_monotonic_us() - progress->started) / 1e6;
	double rate = seconds > 0 ? (double)(done - progress->first) / seconds : 0;
	int full = progress->total ? (int)((double)done / (double)progress->total * BAR_WIDTH) : 0;
	char bar[BAR_WIDTH + 1];

	full = full > BAR_WIDTH ? BAR_WIDTH : full;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)full);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %lu", progress->what, bar, (unsigned long)done);
	if (progress->total)
		fprintf(stderr, "/%lu", (unsigned long)progress->total);
	fprintf(stderr, "  %.0f %s/s  ", rate, progress->unit);
	if (end)
		fputc(end, stderr);
}

void progress_show(struct progress *progress, uint64_t done)
{
	int64_t now = clock_monotonic_us();

	if (!progress->terminal || now - progress->shown < SHOW_EVERY_US)
		return;
	progress->shown = now;
	draw(progress, done, 0);
}

void progress_end(struct progress *progress, uint64_t done)
{
	if (progress->terminal)
		draw(progress, done, '\n');
}
