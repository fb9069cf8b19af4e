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

/* Sends the file, or what of it can be read: errno then. ERR_LINK may mean that the answer came
 * early: go on and read it. */
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
	if (!code && n < 0)
		code = errno;
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
		code = send_input(link, input);
	if (code > 0) { /* without an END batchd keeps what came, for a run that goes on */
		fprintf(stderr, "batchctl: the file cannot be read: %s\n", strerror(code));
		return CTL_FAILED;
	}
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

/* An answer that is no export is one message. */
static int refused(int status, struct buffer *words)
{
	buffer_put(words, "", 1);
	ctl_complain(status, (const char *)words->data);
	buffer_clear(words);
	return ERR_INPUT;
}

/* Writes the answer as it comes. ERR_INPUT, with a message, when it is an error. */
static int receive_export(struct ctl *ctl, struct link *link, FILE *out)
{
	struct progress progress;
	struct answer_head head = {.status = 200};
	enum frame_type type;
	struct reader payload;
	struct buffer words;
	uint64_t bytes = 0;
	int code;

	buffer_init(&words);
	progress_begin(&progress, "export", "bytes", 0, 0);
	while (!(code = link_receive(link, &type, &payload)) && type != FRAME_DONE) {
		size_t size = reader_left(&payload);

		if (type == FRAME_BROKEN)
			code = ERR_LINK;
		else if (type == FRAME_ANSWER)
			code = answer_head_decode(&payload, &ctl->arena, &head);
		else if (type == FRAME_DATA && head.status != 200)
			buffer_put(&words, payload.at, size);
		else if (type == FRAME_DATA && fwrite(payload.at, 1, size, out) < size)
			code = errno;
		if (code)
			break;
		bytes += size;
		progress_show(&progress, bytes);
	}
	progress_end(&progress, bytes);
	if (!code && head.status != 200)
		return refused(head.status, &words);
	buffer_clear(&words);
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
		code = receive_export(ctl, &link, out);
	if (out && fclose(out) && !code)
		code = errno;
	link_clear(&link);
	if (code && code != ERR_INPUT)
		fprintf(stderr, "batchctl: export: %s\n", err_text(code));
	return code ? CTL_FAILED : CTL_OK;
}
