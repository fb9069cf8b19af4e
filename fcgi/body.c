#include "fcgi/body.h"

#include <stdlib.h>
#include <string.h>

#include "storage/arena.h"
#include "storage/log.h"

enum { PIECE = 64 * 1024, GZIP_ONLY = 15 + 16 };

static const uint8_t byte_order_mark[3] = {0xef, 0xbb, 0xbf};

void body_begin(struct body *body)
{
	if (body->gzip) {
		if (inflateInit2(&body->inflater, GZIP_ONLY) != Z_OK) {
			log_error("zlib: out of memory");
			abort();
		}
		body->piece = memory_alloc(PIECE);
		body->inflating = true;
	}
	if (body->json)
		json_check_init(&body->check);
	body->mark_done = !body->json;
}

void body_clear(struct body *body)
{
	if (body->inflating) {
		inflateEnd(&body->inflater);
		free(body->piece);
	}
	if (body->json)
		json_check_clear(&body->check);
	body->inflating = false;
}

static enum body_result pass(struct body *body, const void *bytes, size_t size)
{
	if (!size)
		return BODY_OK;
	if (body->json && !json_check_feed(&body->check, bytes, size))
		return BODY_BAD_JSON;
	if (body->json && json_check_too_large(&body->check))
		return BODY_TOO_LARGE;
	body->passed += (int64_t)size;
	body->sink_code = body->sink(body->sink_arg, bytes, size);
	return body->sink_code ? BODY_REFUSED : BODY_OK;
}

/* Holds the first three bytes back until they are there, or the body ends. */
static enum body_result pass_mark(struct body *body)
{
	body->mark_done = true;
	if (body->mark_size == sizeof(byte_order_mark) &&
	    !memcmp(body->mark, byte_order_mark, sizeof(byte_order_mark)))
		return BODY_OK;
	return pass(body, body->mark, body->mark_size);
}

static enum body_result pass_text(struct body *body, const uint8_t *bytes, size_t size)
{
	enum body_result result;

	while (!body->mark_done && size) {
		body->mark[body->mark_size++] = *bytes++;
		size--;
		if (body->mark_size == sizeof(body->mark)) {
			result = pass_mark(body);
			if (result != BODY_OK)
				return result;
		}
	}
	return pass(body, bytes, size);
}

/* One call of inflate(). A file may consist of several members: after one, the next begins. */
static enum body_result inflate_piece(struct body *body)
{
	int64_t before = (int64_t)body->inflater.total_out;
	int code;

	if (body->member_ended) {
		inflateReset(&body->inflater);
		body->member_ended = false;
		before = 0;
	}
	body->inflater.next_out = body->piece;
	body->inflater.avail_out = PIECE;
	code = inflate(&body->inflater, Z_NO_FLUSH);
	if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
		return BODY_BAD_GZIP;
	body->member_ended = code == Z_STREAM_END;
	if (body->passed + ((int64_t)body->inflater.total_out - before) > body->max_inflated)
		return BODY_TOO_LARGE;
	return pass_text(body, body->piece, PIECE - body->inflater.avail_out);
}

static enum body_result inflate_all(struct body *body, const void *bytes, size_t size)
{
	enum body_result result;

	body->inflater.next_in = (z_const Bytef *)(uintptr_t)bytes;
	body->inflater.avail_in = (uInt)size;
	do {
		result = inflate_piece(body);
	} while (result == BODY_OK &&
		 (body->inflater.avail_in || (!body->inflater.avail_out && !body->member_ended)));
	return result;
}

enum body_result body_feed(struct body *body, const void *bytes, size_t size)
{
	body->received += (int64_t)size;
	if (body->received > body->max_size)
		return BODY_TOO_LARGE;
	if (!size)
		return BODY_OK;
	return body->gzip ? inflate_all(body, bytes, size) : pass_text(body, bytes, size);
}

enum body_result body_finish(struct body *body)
{
	enum body_result result = BODY_OK;

	if (body->gzip && body->received && !body->member_ended)
		return BODY_BAD_GZIP;
	if (!body->mark_done)
		result = pass_mark(body);
	if (result == BODY_OK && body->json && !body->passed)
		result = pass(body, "{}", 2);
	if (result != BODY_OK)
		return result;
	return !body->json || json_check_finish(&body->check) ? BODY_OK : BODY_BAD_JSON;
}
