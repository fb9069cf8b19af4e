#include "fcgi/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH_UNKNOWN = -1 };

void answer_init(struct answer *answer, struct connection *connection)
{
	answer->connection = connection;
	answer->head_only = answer->no_cache = false;
	answer->status = 0;
	answer->buffer.length = 0;
}

void answer_clear(struct answer *answer)
{
	buffer_clear(&answer->buffer);
}

static void put_number(struct buffer *buffer, const char *name, int64_t number)
{
	char line[64];

	snprintf(line, sizeof(line), "%s: %" PRId64 "\r\n", name, number);
	buffer_put_text(buffer, line);
}

static void put_header(struct buffer *buffer, const char *name, const char *value)
{
	buffer_put_text(buffer, name);
	buffer_put_text(buffer, ": ");
	buffer_put(buffer, value, strcspn(value, "\r\n"));
	buffer_put_text(buffer, "\r\n");
}

static void put_head(struct answer *answer, const struct answer_head *head, int64_t length)
{
	struct buffer *buffer = &answer->buffer;
	size_t i;

	answer->status = head->status;
	buffer->length = 0;
	put_number(buffer, "Status", head->status);
	if (head->type)
		put_header(buffer, "Content-Type", head->type);
	if (length != LENGTH_UNKNOWN && head->status != 204)
		put_number(buffer, "Content-Length", length);
	if (answer->no_cache)
		put_header(buffer, "Cache-Control", "no-cache");
	for (i = 0; i < head->header_count; i++)
		put_header(buffer, head->headers[i].name, head->headers[i].value);
	buffer_put_text(buffer, "\r\n");
}

bool answer_send(struct answer *answer, const struct answer_head *head, const void *body,
		 size_t size)
{
	struct iovec pieces[2];

	put_head(answer, head, (int64_t)size);
	pieces[0] = connection_piece(answer->buffer.data, answer->buffer.length);
	pieces[1] = connection_piece(body, size);
	return connection_finish(answer->connection, pieces, answer->head_only ? 1 : 2);
}

bool answer_start(struct answer *answer, const struct answer_head *head, const void *body,
		  size_t size)
{
	struct iovec pieces[2];

	put_head(answer, head, LENGTH_UNKNOWN);
	pieces[0] = connection_piece(answer->buffer.data, answer->buffer.length);
	pieces[1] = connection_piece(body, size);
	return connection_write(answer->connection, pieces, answer->head_only ? 1 : 2);
}

bool answer_more(struct answer *answer, const void *bytes, size_t size)
{
	struct iovec more = connection_piece(bytes, size);

	return answer->head_only || connection_write(answer->connection, &more, 1);
}

static void put_json_text(struct buffer *buffer, const char *text)
{
	char escape[8];

	buffer_put_u8(buffer, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_put_u8(buffer, '\\');
		if ((unsigned char)*text < ' ') {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*text);
			buffer_put_text(buffer, escape);
		} else {
			buffer_put_u8(buffer, (uint8_t)*text);
		}
	}
	buffer_put_u8(buffer, '"');
}

bool answer_error(struct answer *answer, int status, const char *type, const char *message,
		  const struct pair *header)
{
	struct pair headers[1];
	struct answer_head head = {.status = (uint16_t)status, .type = "application/json"};
	struct buffer body;
	bool sent;

	if (header) {
		headers[0] = *header;
		head.headers = headers;
		head.header_count = 1;
	}
	buffer_init(&body);
	buffer_put_text(&body, "{\"type\":");
	put_json_text(&body, type);
	buffer_put_text(&body, ",\"message\":");
	put_json_text(&body, message);
	buffer_put_text(&body, ",\"code\":null}");
	sent = answer_send(answer, &head, body.data, body.length);
	buffer_clear(&body);
	return sent;
}
