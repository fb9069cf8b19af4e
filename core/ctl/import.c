/* batchctl import, export. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/ctl/ctl.h"
#include "storage/error.h"

enum { PIECE = 256 * 1024 };

struct input {
	int fd;
	char *name; /* the same for the same file: with size and time of its last change */
	uint64_t size, offset;
};

static bool open_input(const char *path, struct input *ret)
{
	char real[4096];
	struct stat about;

	memset(ret, 0, sizeof(*ret));
	if (!strcmp(path, "-")) {
		ret->name = strdup("");
		return true;
	}
	ret->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (ret->fd < 0 || fstat(ret->fd, &about)) {
		fprintf(stderr, "batchctl: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(about.st_mode) || !realpath(path, real)) {
		ret->name = strdup(""); /* a pipe cannot be read again */
		return true;
	}
	ret->size = (uint64_t)about.st_size;
	if (asprintf(&ret->name, "%s %ld %ld", real, (long)about.st_size, (long)about.st_mtime) < 0)
		abort();
	return true;
}

static int64_t number(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_int64(value) : 0;
}

/* Asks where an interrupted run of the same file stopped. */
static bool find_offset(struct ctl *ctl, struct link *link, struct input *input)
{
	struct pair query[] = {
		{"file", input->name}
        };
	struct call call = ctl_call(ADMIN_IMPORT_STATE);
	struct json_object *state;

	call.query = query;
	call.query_count = 1;
	state = ctl_get(ctl, link, &call);
	if (!state)
		return false;
	input->offset = (uint64_t)number(state, "offset");
	json_object_put(state);
	if (!input->offset)
		return true;
	fprintf(stderr, "batchctl: going on at byte %lu, where an earlier run stopped\n",
		(unsigned long)input->offset);
	return lseek(input->fd, (off_t)input->offset, SEEK_SET) >= 0;
}

/* Sends the file. ERR_LINK may mean that the answer came early: go on and read it. */
static int send_input(struct link *link, struct input *input)
{
	static uint8_t piece[PIECE];
	struct progress progress;
	uint64_t sent = input->offset;
	ssize_t n;
	int code = 0;

	progress_begin(&progress, "import", "bytes", sent, input->size);
	while (!code && (n = read(input->fd, piece, sizeof(piece))) > 0) {
		code = link_send(link, FRAME_BODY, piece, (size_t)n);
		sent += (uint64_t)n;
		progress_show(&progress, sent);
	}
	progress_end(&progress, sent);
	return code;
}

static int report_import(int status, const char *body)
{
	struct json_object *answer;

	if (status != 200) {
		ctl_complain(status, body);
		return CTL_FAILED;
	}
	answer = json_tokener_parse(body);
	printf("%ld process instances, ", (long)number(answer, "processInstances"));
	if (number(answer, "tasks"))
		printf("%ld tasks without one, ", (long)number(answer, "tasks"));
	printf("%ld decision instances, %ld user operations, "
	       "%ld definitions, %ld deployments, %ld batches; %ld skipped, %ld bad lines\n",
	       (long)number(answer, "decisionInstances"), (long)number(answer, "userOperations"),
	       (long)number(answer, "definitions"), (long)number(answer, "deployments"),
	       (long)number(answer, "batches"), (long)number(answer, "skipped"),
	       (long)number(answer, "bad"));
	json_object_put(answer);
	return CTL_OK;
}

static int run_import(struct ctl *ctl, struct link *link, struct input *input, bool skip_bad,
		      bool again)
{
	struct pair query[] = {
		{"file",    input->name                },
		{"skipBad", skip_bad ? "true" : "false"},
		{"again",   again ? "true" : "false"   }
        };
	struct call call = ctl_call(ADMIN_IMPORT);
	char *body = NULL;
	int status = 0, code;

	call.query = query;
	call.query_count = 3;
	if (*input->name && !find_offset(ctl, link, input))
		return CTL_FAILED;
	code = ctl_send_call(link, &call);
	if (!code)
		send_input(link, input);
	code = ctl_finish(ctl, link, &status, &body);
	if (code)
		fprintf(stderr, "batchctl: batchd went away; the same command goes on later\n");
	else
		code = report_import(status, body);
	free(body);
	return code ? CTL_FAILED : CTL_OK;
}

int ctl_import(struct ctl *ctl)
{
	bool skip_bad = false, again = false;
	const char *path = NULL;
	struct input input;
	struct link link;
	int i, code = CTL_FAILED;

	for (i = 1; i < ctl->argc; i++) {
		if (!strcmp(ctl->argv[i], "--skip-bad"))
			skip_bad = true;
		else if (!strcmp(ctl->argv[i], "--again"))
			again = true;
		else if (!path && (ctl->argv[i][0] != '-' || !ctl->argv[i][1]))
			path = ctl->argv[i];
		else
			return CTL_USAGE;
	}
	if (!path)
		return CTL_USAGE;
	if (!open_input(path, &input))
		return CTL_FAILED;
	if (ctl_connect(ctl, &link)) {
		code = run_import(ctl, &link, &input, skip_bad, again);
		link_clear(&link);
	}
	free(input.name);
	if (input.fd > 0)
		close(input.fd);
	return code;
}

/* Writes the answer as it comes. */
static int receive_export(struct link *link, FILE *out)
{
	struct progress progress;
	enum frame_type type;
	struct reader payload;
	uint64_t bytes = 0;
	int code;

	progress_begin(&progress, "export", "bytes", 0, 0);
	while (!(code = link_receive(link, &type, &payload)) && type != FRAME_DONE) {
		if (type == FRAME_BROKEN)
			code = ERR_LINK;
		if (type == FRAME_DATA &&
		    fwrite(payload.at, 1, reader_left(&payload), out) < reader_left(&payload))
			code = errno;
		if (code)
			break;
		bytes += reader_left(&payload);
		progress_show(&progress, bytes);
	}
	progress_end(&progress, bytes);
	return code;
}

int ctl_export(struct ctl *ctl)
{
	struct call call = ctl_call(ADMIN_EXPORT);
	struct link link;
	FILE *out;
	int code;

	if (ctl->argc != 2)
		return CTL_USAGE;
	if (!ctl_connect(ctl, &link))
		return CTL_FAILED;
	out = strcmp(ctl->argv[1], "-") ? fopen(ctl->argv[1], "we") : stdout;
	code = out ? ctl_send_call(&link, &call) : errno;
	if (!code)
		code = link_send(&link, FRAME_END, NULL, 0);
	if (!code)
		code = link_flush(&link);
	if (!code)
		code = receive_export(&link, out);
	if (out && fclose(out) && !code)
		code = errno;
	link_clear(&link);
	if (code)
		fprintf(stderr, "batchctl: export: %s\n", err_text(code));
	return code ? CTL_FAILED : CTL_OK;
}
