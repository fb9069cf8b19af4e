#include "fcgi/connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/fiber.h"
#include "storage/arena.h"
#include "storage/clock.h"
#include "storage/log.h"

/* IN_SIZE holds any record. A list above LIST_KEPT is given back with its connection. */
enum { IN_SIZE = 80 * 1024, LIST_KEPT = 64 * 1024 };

/* How long to read what a peer sends that has its answer: between two pieces, and in all. */
enum { LINGER_MS = 500, LINGER_MAX_US = 30 * 1000000 };

/* Records in one system call; each is a header of ours and parts of the answer. */
enum { HEADERS_MAX = 8, PARTS_MAX = 2 * HEADERS_MAX + PIECES_MAX + 1 };

void connection_init(struct connection *connection, int timeout_ms, unsigned at_a_time)
{
	memset(connection, 0, sizeof(*connection));
	connection->at_a_time = at_a_time;
	connection->fd = -1;
	connection->timeout_ms = timeout_ms;
	connection->in = memory_alloc(IN_SIZE);
	connection->params = memory_alloc(PARAMS_MAX * sizeof(*connection->params));
	buffer_init(&connection->list);
}

void connection_clear(struct connection *connection)
{
	free(connection->in);
	free(connection->params);
	buffer_clear(&connection->list);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* Takes SIZE bytes off the front of PARTS. */
static void consume(struct msghdr *parts, size_t size)
{
	while (parts->msg_iovlen && size >= parts->msg_iov->iov_len) {
		size -= parts->msg_iov->iov_len;
		parts->msg_iov++;
		parts->msg_iovlen--;
	}
	if (parts->msg_iovlen) {
		parts->msg_iov->iov_base = (uint8_t *)parts->msg_iov->iov_base + size;
		parts->msg_iov->iov_len -= size;
	}
}

static int send_parts(const struct connection *connection, struct iovec *parts, size_t count)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};

	while (message.msg_iovlen) {
		ssize_t n = sendmsg(connection->fd, &message, MSG_NOSIGNAL);

		if (n >= 0)
			consume(&message, (size_t)n);
		else if (errno == EAGAIN)
			TRY(fiber_wait(connection->fd, POLLOUT, connection->timeout_ms));
		else if (errno != EINTR)
			return ERR_LINK;
	}
	return 0;
}

static int send_record(const struct connection *connection, void *record, size_t size)
{
	return send_parts(connection, &(struct iovec){record, size}, 1);
}

/* Records of a stream, gathered for one system call. */
struct train {
	FCGI_Header headers[HEADERS_MAX];
	struct iovec parts[PARTS_MAX];
	size_t header_count, part_count;
};

static void add_part(struct train *train, void *bytes, size_t size)
{
	train->parts[train->part_count++] = (struct iovec){bytes, size};
}

/* One record of the first SIZE bytes of CONTENT. */
static void add_record(struct train *train, const struct connection *connection, uint8_t type,
		       struct msghdr *content, size_t size)
{
	FCGI_Header *header = &train->headers[train->header_count++];

	*header = fcgi_header(type, connection->request, size);
	add_part(train, header, sizeof(*header));
	while (size) {
		size_t part = content->msg_iov->iov_len < size ? content->msg_iov->iov_len : size;

		add_part(train, content->msg_iov->iov_base, part);
		consume(content, part);
		size -= part;
	}
}

/* The end of FCGI_STDOUT and of the request. */
struct ending {
	FCGI_Header stdout_end;
	FCGI_EndRequestRecord request_end;
};

static int send_stream(const struct connection *connection, uint8_t type,
		       const struct iovec *pieces, size_t count, struct ending *ending)
{
	struct iovec copy[PIECES_MAX];
	struct msghdr content = {.msg_iov = copy};
	struct train train = {.header_count = 0};
	size_t i, left = 0;

	assert(count <= PIECES_MAX);
	for (i = 0; i < count; i++)
		if (pieces[i].iov_len) {
			copy[content.msg_iovlen++] = pieces[i];
			left += pieces[i].iov_len;
		}
	while (left) {
		size_t size = left < RECORD_CONTENT_MAX ? left : RECORD_CONTENT_MAX;

		if (train.header_count == HEADERS_MAX) {
			TRY(send_parts(connection, train.parts, train.part_count));
			train.header_count = train.part_count = 0;
		}
		add_record(&train, connection, type, &content, size);
		left -= size;
	}
	if (ending)
		add_part(&train, ending, sizeof(*ending));
	return send_parts(connection, train.parts, train.part_count);
}

bool connection_write(struct connection *connection, const struct iovec *pieces, size_t count)
{
	assert(!connection->finished);
	return !send_stream(connection, FCGI_STDOUT, pieces, count, NULL);
}

bool connection_finish(struct connection *connection, const struct iovec *pieces, size_t count)
{
	struct ending ending = {
		fcgi_header(FCGI_STDOUT, connection->request, 0),
		fcgi_end_request(connection->request, FCGI_REQUEST_COMPLETE),
	};

	if (connection->finished)
		return true;
	connection->finished = true;
	return !send_stream(connection, FCGI_STDOUT, pieces, count, &ending);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

/* The peer broke the protocol: says so, to it and in the log. */
static int malformed(struct connection *connection, const char *words)
{
	struct iovec piece = connection_piece(words, strlen(words));

	log_warning("FastCGI: %s", words);
	if (connection->request)
		send_stream(connection, FCGI_STDERR, &piece, 1, NULL);
	return ERR_INPUT;
}

/* Receives at least one byte more. */
static int receive(struct connection *connection)
{
	for (;;) {
		ssize_t n = recv(connection->fd, connection->in + connection->end,
				 IN_SIZE - connection->end, 0);

		if (n > 0) {
			connection->end += (size_t)n;
			return 0;
		}
		if (!n) {
			connection->half_closed = true;
			return ERR_LINK;
		}
		if (errno == EAGAIN)
			TRY(fiber_wait(connection->fd, POLLIN, connection->wait_ms));
		else if (errno != EINTR)
			return ERR_LINK;
	}
}

/* Until SIZE bytes lie at `at`. */
static int fill(struct connection *connection, size_t size)
{
	size_t have = connection->end - connection->at;

	assert(size <= IN_SIZE);
	if (have < size && connection->at) {
		memmove(connection->in, connection->in + connection->at, have);
		connection->at = 0;
		connection->end = have;
	}
	while (connection->end - connection->at < size)
		TRY(receive(connection));
	return 0;
}

/* Some bytes of the record's content, where they lie; 0 at its end. */
static int take(struct connection *connection, size_t *left, const uint8_t **ret_bytes,
		size_t *ret_size)
{
	size_t size;

	*ret_size = 0;
	if (!*left)
		return 0;
	TRY(fill(connection, 1));
	size = connection->end - connection->at;
	if (size > *left)
		size = *left;
	*ret_bytes = connection->in + connection->at;
	*ret_size = size;
	connection->at += size;
	*left -= size;
	return 0;
}

static int skip(struct connection *connection, size_t *left)
{
	const uint8_t *bytes;
	size_t size;

	while (*left)
		TRY(take(connection, left, &bytes, &size));
	return 0;
}

static int read_header(struct connection *connection)
{
	TRY(skip(connection, &connection->left));
	TRY(skip(connection, &connection->padding));
	TRY(fill(connection, FCGI_HEADER_LEN));
	if (!fcgi_record_decode(connection->in + connection->at, &connection->record))
		return malformed(connection, "a record is not of version 1");
	connection->at += FCGI_HEADER_LEN;
	connection->left = connection->record.length;
	connection->padding = connection->record.padding;
	return 0;
}

/* What FCGI_GET_VALUES may ask for. */
static const char *const value_names[] = {FCGI_MAX_CONNS, FCGI_MAX_REQS, FCGI_MPXS_CONNS};

enum { VALUE_COUNT = ARRAY_SIZE(value_names) };

static void note_wanted(const struct fcgi_pair *pair, bool *wanted)
{
	size_t i;

	for (i = 0; i < VALUE_COUNT; i++)
		if (pair->name_size == strlen(value_names[i]) &&
		    !memcmp(pair->name, value_names[i], pair->name_size))
			wanted[i] = true;
}

/* Each value once, however often it was asked for. A connection has one request. */
static int send_values(const struct connection *connection, const bool *wanted)
{
	static const FCGI_Header room;
	char at_a_time[16];
	struct buffer result;
	FCGI_Header header;
	size_t i;
	int code;

	snprintf(at_a_time, sizeof(at_a_time), "%u", connection->at_a_time);
	buffer_init(&result);
	buffer_put(&result, &room, sizeof(room));
	for (i = 0; i < VALUE_COUNT; i++)
		if (wanted[i])
			fcgi_pair_put(&result, value_names[i],
				      strcmp(value_names[i], FCGI_MPXS_CONNS) ? at_a_time : "0");
	header = fcgi_header(FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID,
			     result.length - sizeof(header));
	memcpy(result.data, &header, sizeof(header));
	code = send_record(connection, result.data, result.length);
	buffer_clear(&result);
	return code;
}

static int answer_values(struct connection *connection)
{
	bool wanted[VALUE_COUNT] = {false};
	struct reader names;

	TRY(fill(connection, connection->left));
	names = reader_of(connection->in + connection->at, connection->left);
	while (reader_left(&names) && !names.bad) {
		struct fcgi_pair pair = fcgi_pair_take(&names);

		if (!names.bad)
			note_wanted(&pair, wanted);
	}
	if (names.bad)
		return malformed(connection, "a name of FCGI_GET_VALUES is longer than its record");
	return send_values(connection, wanted);
}

/* A record of the connection, not of a request. */
static int manage(struct connection *connection)
{
	FCGI_UnknownTypeRecord unknown = fcgi_unknown_type(connection->record.type);

	if (connection->record.type == FCGI_GET_VALUES)
		return answer_values(connection);
	return send_record(connection, &unknown, sizeof(unknown));
}

/* Ends the request of the record at hand, which is not served. */
static int refuse(const struct connection *connection, uint8_t status)
{
	FCGI_EndRequestRecord end = fcgi_end_request(connection->record.request, status);

	return send_record(connection, &end, sizeof(end));
}

static int begin(struct connection *connection)
{
	const FCGI_BeginRequestBody *body;

	if (connection->request == connection->record.request)
		return malformed(connection, "a request begins twice");
	if (connection->request)
		return refuse(connection, FCGI_CANT_MPX_CONN);
	if (connection->left != sizeof(*body))
		return malformed(connection, "FCGI_BEGIN_REQUEST has a wrong length");
	TRY(fill(connection, sizeof(*body)));
	body = (const FCGI_BeginRequestBody *)(connection->in + connection->at);
	if ((body->roleB1 << 8 | body->roleB0) == FCGI_RESPONDER) {
		connection->request = connection->record.request;
		return 0;
	}
	log_warning("FastCGI: the role %d is not that of a responder",
		    body->roleB1 << 8 | body->roleB0);
	connection->finished = true;
	TRY(refuse(connection, FCGI_UNKNOWN_ROLE));
	return ERR_INPUT;
}

/* The next record of our request. Others are dealt with on the way, or are nobody's. */
static int next_record(struct connection *connection)
{
	for (;;) {
		TRY(read_header(connection));
		if (connection->record.request == FCGI_NULL_REQUEST_ID) {
			TRY(manage(connection));
		} else if (connection->record.type == FCGI_BEGIN_REQUEST) {
			TRY(begin(connection));
		} else if (connection->record.request == connection->request) {
			connection->aborted = connection->record.type == FCGI_ABORT_REQUEST;
			return connection->aborted ? ERR_STOPPED : 0;
		}
	}
}

/* All of FCGI_PARAMS, as it came. */
static int read_list(struct connection *connection)
{
	const uint8_t *bytes;
	size_t size;

	for (;;) {
		TRY(next_record(connection));
		if (connection->record.type != FCGI_PARAMS)
			return malformed(connection, "the parameters are not complete");
		if (!connection->left)
			return 0;
		if (connection->list.length + connection->left > PARAMS_SIZE_MAX)
			return malformed(connection, "the parameters are too long");
		while (connection->left) {
			TRY(take(connection, &connection->left, &bytes, &size));
			buffer_put(&connection->list, bytes, size);
		}
	}
}

/* Moves SIZE bytes DOWN a few, where the bytes of lengths were, and ends them with a NUL. */
static const char *settle(const uint8_t *bytes, size_t size, size_t down)
{
	char *text = (char *)(uintptr_t)bytes - down;

	memmove(text, bytes, size);
	text[size] = '\0';
	return text;
}

/* Makes strings of the list, in place: the two lengths before each pair leave room for two NULs. */
static int split_list(struct connection *connection)
{
	struct reader list = reader_of(connection->list.data, connection->list.length);

	while (reader_left(&list)) {
		struct fcgi_pair pair = fcgi_pair_take(&list);
		struct pair *param = &connection->params[connection->param_count];

		if (list.bad)
			return malformed(connection, "a parameter is longer than the parameters");
		if (connection->param_count++ == PARAMS_MAX)
			return malformed(connection, "there are too many parameters");
		if (memchr(pair.name, '\0', pair.name_size) ||
		    memchr(pair.value, '\0', pair.value_size))
			return malformed(connection, "a parameter contains NUL");
		param->name = settle(pair.name, pair.name_size, 2);
		param->value = settle(pair.value, pair.value_size, 1);
	}
	return 0;
}

static void reset(struct connection *connection, int fd)
{
	connection->fd = fd;
	connection->wait_ms = connection->timeout_ms;
	connection->request = 0;
	connection->param_count = 0;
	connection->body_ended = connection->half_closed = false;
	connection->aborted = connection->finished = false;
	connection->code = 0;
	connection->left = connection->padding = 0;
	connection->at = connection->end = 0;
	connection->list.length = 0;
}

int connection_open(struct connection *connection, int fd)
{
	reset(connection, fd);
	connection->code = read_list(connection);
	if (!connection->code)
		connection->code = split_list(connection);
	if (connection->code && connection->code != ERR_LINK && connection->request)
		connection_finish(connection, NULL, 0);
	return connection->code;
}

const char *connection_param(const struct connection *connection, const char *name)
{
	size_t i;

	for (i = 0; i < connection->param_count; i++)
		if (!strcmp(connection->params[i].name, name))
			return connection->params[i].value;
	return NULL;
}

static int read_body(struct connection *connection, const uint8_t **ret_bytes, size_t *ret_size)
{
	while (!connection->left) {
		TRY(next_record(connection));
		if (connection->record.type != FCGI_STDIN)
			return malformed(connection, "the body is not complete");
		connection->body_ended = !connection->left;
		if (connection->body_ended)
			return 0;
	}
	return take(connection, &connection->left, ret_bytes, ret_size);
}

int connection_body(struct connection *connection, const void **ret_bytes, size_t *ret_size)
{
	const uint8_t *bytes = NULL;

	*ret_size = 0;
	if (!connection->code && !connection->body_ended)
		connection->code = read_body(connection, &bytes, ret_size);
	*ret_bytes = bytes;
	return connection->code;
}

/* ---- the end ----------------------------------------------------------------------------------
 */

short connection_events(const struct connection *connection)
{
	/* the end of a half-closed one would be reported for ever; hanging up always is */
	return connection->half_closed ? 0 : POLLIN;
}

bool connection_has_more(const struct connection *connection)
{
	return connection->end - connection->at > FCGI_HEADER_LEN;
}

bool connection_gone(struct connection *connection)
{
	struct pollfd poll_fd = {.fd = connection->fd, .events = connection_events(connection)};
	int code;

	if (poll(&poll_fd, 1, 0) <= 0 && !connection_has_more(connection))
		return false;
	if (poll_fd.revents & (POLLHUP | POLLERR))
		return true;
	connection->wait_ms = 0;
	do {
		code = next_record(connection);
		if (!code && connection->record.type == FCGI_STDIN && !connection->left)
			connection->body_ended = true;
	} while (!code);
	connection->wait_ms = connection->timeout_ms;
	return code != ERR_LINK;
}

/* Whether the peer has sent all it had to: then closing loses nothing. */
static bool all_received(struct connection *connection)
{
	const void *bytes;
	size_t size;

	connection->wait_ms = 0;
	while (!connection_body(connection, &bytes, &size) && size)
		;
	return connection->body_ended || connection->half_closed;
}

/* Lets the peer see the end, and reads until it closes too. */
static void linger(struct connection *connection)
{
	int64_t last = clock_monotonic_us() + LINGER_MAX_US;

	shutdown(connection->fd, SHUT_WR);
	connection->wait_ms = LINGER_MS;
	do {
		connection->at = connection->end = 0;
	} while (!receive(connection) && clock_monotonic_us() < last);
}

void connection_close(struct connection *connection)
{
	if (connection->finished && !all_received(connection))
		linger(connection);
	close(connection->fd);
	connection->fd = -1;
	connection->param_count = 0;
	if (connection->list.capacity > LIST_KEPT)
		buffer_clear(&connection->list);
}
