#include "core/request/request.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "storage/log.h"

static int send_head(struct request *request)
{
	struct buffer head;
	int code;

	buffer_init(&head);
	answer_head_encode(&head, &request->head);
	code = link_send(request->link, FRAME_ANSWER, head.data, head.length);
	buffer_clear(&head);
	request->begun = true;
	if (request->running)
		atomic_store(&request->running->begun, true);
	return code;
}

/* The writer's sink: what is called only when 64 KB have gathered. */
static int send_data(void *arg, const void *bytes, size_t size)
{
	struct request *request = arg;
	const uint8_t *at = bytes;

	if (!request->failed)
		TRY(request_stopped(request));
	if (!request->begun)
		TRY(send_head(request));
	while (size) {
		size_t piece = size < FRAME_MAX ? size : FRAME_MAX;

		TRY(link_send(request->link, FRAME_DATA, at, piece));
		at += piece;
		size -= piece;
	}
	return 0;
}

int(request_wrap)(struct request *request, int code, const char *format, ...)
{
	const char *words, *message = request->error.message;
	int wrapped = api_error_wrapped(code);
	va_list args;

	if (!wrapped || !message || request->error.code != code)
		return code;
	va_start(args, format);
	words = arena_vprintf(request->arena, format, args);
	va_end(args);
	return request_fail(request, wrapped, "%s: %s", words, message);
}

struct json_writer *request_answer(struct request *request)
{
	request->head.status = 200;
	request->head.type = "application/json";
	json_writer_init(&request->writer, 64 * 1024, send_data, request);
	return &request->writer;
}

int request_answer_text(struct request *request, const char *type, const char *text)
{
	request_answer(request);
	request->head.type = type;
	buffer_put_text(&request->writer.buffer, text);
	return 0;
}

/* For a quoted string of a header. */
static void put_quoted(struct buffer *buffer, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_put_u8(buffer, '\\');
		buffer_put_u8(buffer, (uint8_t)*text < ' ' || *text == 0x7f ? '_' : (uint8_t)*text);
	}
}

const char *uri_encode(struct arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = arena_alloc(arena, strlen(text) * 3 + 1), *end = encoded;

	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;

		if ((c < 0x80 && isalnum(c)) || strchr("-._~!$&+", c)) {
			*end++ = (char)c;
		} else {
			*end++ = '%';
			*end++ = digits[c >> 4];
			*end++ = digits[c & 15];
		}
	}
	return encoded;
}

void request_attach(struct request *request, const char *name)
{
	struct pair *header = arena_alloc(request->arena, sizeof(*header));
	const char *last = strrchr(name, '/');
	struct buffer value;

	last = last ? last + 1 : name;
	buffer_init(&value);
	buffer_put_text(&value, "attachment; filename=\"");
	put_quoted(&value, last);
	buffer_put_text(&value, "\"; filename*=UTF-8''");
	buffer_put_text(&value, uri_encode(request->arena, last));
	header->name = "Content-Disposition";
	header->value = arena_strndup(request->arena, (const char *)value.data, value.length);
	buffer_clear(&value);
	request->head.headers = header;
	request->head.header_count = 1;
}

int request_answer_file(struct request *request, const char *type, const char *name,
			const void *bytes, size_t size)
{
	request_answer(request);
	request_attach(request, name);
	request->head.type = type;
	buffer_put(&request->writer.buffer, bytes, size);
	return 0;
}

int request_answer_nothing(struct request *request)
{
	request->head.status = 204;
	request->head.type = NULL;
	return 0;
}

int request_answer_count(struct request *request, int64_t count)
{
	struct json_writer *writer = request_answer(request);

	json_open_object(writer);
	json_key_int(writer, "count", count);
	json_close_object(writer);
	return 0;
}

const char *request_param(const struct request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->call->query_count; i++)
		if (!strcmp(request->call->query[i].name, name))
			return request->call->query[i].value;
	return NULL;
}

bool request_flag(const struct request *request, const char *name, bool absent)
{
	const char *value = request_param(request, name);

	return value && *value ? !strcasecmp(value, "true") : absent;
}

static void write_error(struct request *request, int code)
{
	const struct api_error *error = api_error_of(code);
	const char *message = request->error.code == code ? request->error.message : NULL;
	struct json_writer *writer;

	if (!message)
		message = code == ERR_INPUT ? "" : err_text(code);
	json_writer_clear(&request->writer);
	request->failed = true;
	writer = request_answer(request);
	request->head.status = (uint16_t)error->status;
	request->head.header_count = 0;
	json_open_object(writer);
	json_key_string(writer, "type", error->type);
	json_key_string(writer, "message", message);
	json_key(writer, "code");
	if (error->code == NO_CODE)
		json_null(writer);
	else
		json_int(writer, error->code);
	if (request->details && request->error.code == code) {
		json_key(writer, "details");
		json_raw(writer, request->details);
	}
	json_close_object(writer);
}

int request_finish(struct request *request, int code)
{
	int sent;

	if (code == ERR_STOPPED)
		request_fail(request, code, "The request was stopped");
	else if (code && code > ERR_API && code != ERR_INPUT && code != ERR_LINK)
		log_warning("request failed: %s",
			    request->error.code == code ? request->error.message : err_text(code));
	if (code && request->begun) {
		link_send(request->link, FRAME_BROKEN, err_text(code), strlen(err_text(code)));
		link_flush(request->link);
		json_writer_clear(&request->writer);
		return ERR_LINK;
	}
	if (code)
		write_error(request, code);
	sent = json_writer_flush(&request->writer);
	if (!sent && !request->begun)
		sent = send_head(request);
	if (!sent)
		sent = link_send(request->link, FRAME_DONE, NULL, 0);
	json_writer_clear(&request->writer);
	return sent ? sent : link_flush(request->link);
}
