#include "fcgi/responder.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/link/operation.h"
#include "fcgi/answer.h"
#include "fcgi/body.h"
#include "fcgi/connection.h"
#include "fcgi/fiber.h"
#include "fcgi/media_type.h"
#include "fcgi/upstream.h"
#include "fcgi/uri.h"
#include "storage/log.h"

/* Answers up to this size get an exact Content-Length. */
enum { WHOLE_MAX = 256 * 1024 };

/* What serves one request at a time, kept for the next one. */
struct service {
	struct responder *responder;
	struct connection connection;
	struct upstream upstream;
	struct answer answer;
	struct arena arena; /* of the request in hand */
};

/* What became of a request. */
enum served {
	SERVED,     /* answered */
	SERVED_CUT, /* answered in part: the web server must notice */
};

struct request {
	struct responder *responder;
	struct service *service;
	struct arena *arena;
	struct answer *answer;
	struct connection *connection;
	struct uri uri;
	const char *const *segments; /* without /engine/{name} */
	size_t segment_count;
	const char *engine; /* named in the path, or NULL */
	const struct route *route;
	const struct operation *operation;
	const char *params[URI_SEGMENTS_MAX];
	struct call call;
	int64_t content_length; /* -1: not told */
	enum served served;
};

/* What can be wrong with a request, in the original's words where it has some. */
enum problem {
	BAD_PATH,
	BAD_QUERY,
	BAD_LENGTH,
	BAD_BODY_END,
	BAD_GZIP,
	BAD_JSON,
	NOT_FOUND,
	NOT_ALLOWED,
	NOT_ACCEPTABLE,
	TOO_LARGE,
	TOO_MANY_PARAMETERS,
	NOT_SUPPORTED,
	BAD_ENCODING,
	NO_ENGINE,
	AWAY,
	BUSY,
	LOST,
	SLOW,
};

static const struct {
	int status;
	const char *type, *message;
} problems[] = {
	[BAD_PATH] = {400, "InvalidRequestException", "The path of the URL is malformed"                     },
	[BAD_QUERY] = {400, "InvalidRequestException", "The query string of the URL is malformed"             },
	[BAD_LENGTH] = {400, "InvalidRequestException", "Content-Length is malformed"                          },
	[BAD_BODY_END] = {400, "InvalidRequestException", "The body is shorter than announced"                   },
	[BAD_GZIP] = {400, "InvalidRequestException", "The body is not a gzip file"                          },
	[BAD_JSON] = {400, "InvalidRequestException", ""                                                     },
	[NOT_FOUND] = {404, "NotFoundException",       "HTTP 404 Not Found"                                   },
	[NOT_ALLOWED] = {405, "NotAllowedException",     "HTTP 405 Method Not Allowed"                          },
	[NOT_ACCEPTABLE] = {406, "NotAcceptableException",  "HTTP 406 Not Acceptable"                              },
	[TOO_LARGE] = {413, "RestException",
                      "The body is larger than maxBodySize or "
		       "maxDecompressedSize allows"							  },
	[TOO_MANY_PARAMETERS] = {414, "RestException",           "The URL has too many query parameters"                },
	[NOT_SUPPORTED] = {415, "NotSupportedException",   "HTTP 415 Unsupported Media Type"                      },
	[BAD_ENCODING] = {415, "NotSupportedException",   "Content-Encoding must be gzip or absent"              },
	[NO_ENGINE] = {400, "InvalidRequestException", "No process engine available"                          },
	[AWAY] = {503, "RestException",           "batchd is not running"                                },
	[BUSY] = {503, "RestException",           "batchd serves as many requests as it may: see threads"},
	[LOST] = {502, "RestException",           "batchd ended before it answered"                      },
	[SLOW] = {504, "RestException",           "batchd did not answer in time"                        },
};

static const char *param(const struct request *request, const char *name)
{
	return connection_param(request->connection, name);
}

/* Answers with an error; the steps of a request return what this returns. */
static bool refuse_with(struct request *request, int status, const char *type, const char *message,
			const struct pair *header)
{
	if (!answer_error(request->answer, status, type, message, header))
		request->served = SERVED_CUT;
	return false;
}

static bool refuse(struct request *request, enum problem problem)
{
	static const struct pair retry = {"Retry-After", "1"};

	return refuse_with(request, problems[problem].status, problems[problem].type,
			   problems[problem].message,
			   problem == AWAY || problem == BUSY ? &retry : NULL);
}

static bool parse_uri(struct request *request)
{
	static const enum problem why[] = {
		[URI_ELSEWHERE] = NOT_FOUND,
		[URI_BAD_PATH] = BAD_PATH,
		[URI_BAD_QUERY] = BAD_QUERY,
		[URI_TOO_LONG] = TOO_MANY_PARAMETERS,
	};
	const char *text = param(request, "REQUEST_URI");
	enum uri_result result = uri_parse(text ? text : "", request->responder->config->base_path,
					   request->arena, &request->uri);

	return result == URI_OK || refuse(request, why[result]);
}

static bool authenticate(struct request *request)
{
	static struct pair challenge[] = {
		{"WWW-Authenticate", "Basic realm=\"default\""},
		{"Cache-Control",    "no-store"               },
	};
	struct answer_head head = {.status = 401};
	const char *authorization = param(request, "HTTP_AUTHORIZATION");

	if (!authorization) /* renamed by Apache's internal redirects, as in an .htaccess */
		authorization = param(request, "REDIRECT_HTTP_AUTHORIZATION");
	if (auth_check(&request->responder->auth, authorization, param(request, "REMOTE_USER"),
		       request->arena, &request->call.user))
		return true;
	if (request->responder->config->auth == AUTH_BASIC) {
		head.headers = challenge;
		head.header_count = 2;
	}
	if (!answer_send(request->answer, &head, "", 0))
		request->served = SERVED_CUT;
	return false;
}

/* "/engine/{name}/…" is the same as "/…", but for "/engine" itself. */
static void cut_engine(struct request *request)
{
	request->segments = request->uri.segments;
	request->segment_count = request->uri.count;
	if (request->segment_count < 3 || strcmp(request->segments[0], "engine") ||
	    !strcmp(request->segments[2], "engine"))
		return;
	request->engine = request->segments[1];
	request->segments += 2;
	request->segment_count -= 2;
}

/* There is one engine, "default". */
static bool engine_unknown(const struct request *request)
{
	return request->engine && strcmp(request->engine, "default") != 0;
}

static bool definition_missing(struct request *request);

/* A definition that the path names by its key has to be there before anything else is wrong. */
static bool refuse_found(struct request *request, enum problem problem, const struct pair *header)
{
	return !definition_missing(request) &&
	       refuse_with(request, problems[problem].status, problems[problem].type,
			   problems[problem].message, header);
}

static bool find_route(struct request *request)
{
	const struct route *root = request->responder->routes;

	cut_engine(request);
	if (engine_unknown(request) &&
	    route_asks_engine(root, request->segments, request->segment_count))
		return refuse(request, NO_ENGINE);
	request->route = route_find(root, request->segments, request->segment_count,
				    request->params, &request->call.param_count);
	return request->route || refuse_found(request, NOT_FOUND, NULL);
}

static int method_find(const char *name)
{
	int i;

	for (i = 0; i < METHOD_MAX; i++)
		if (!strcmp(method_names[i], name))
			return i;
	return -1;
}

/* OPTIONS where the API has no such operation: what could be done here. */
static bool answer_options(struct request *request)
{
	struct pair allow = {"Allow", route_allow(request->route, request->arena)};
	struct answer_head head = {.status = 200, .headers = &allow, .header_count = 1};

	if (definition_missing(request))
		return false;
	if (!answer_send(request->answer, &head, "", 0))
		request->served = SERVED_CUT;
	return false;
}

static bool find_operation(struct request *request)
{
	size_t count;
	const char *name = param(request, "REQUEST_METHOD");
	int method = method_find(request->answer->head_only ? "GET" : name ? name : "");
	int number = method < 0 ? -1 : route_operation(request->route, (enum method)method);

	if (number < 0 && method == METHOD_OPTIONS)
		return answer_options(request);
	if (number < 0) {
		struct pair allow = {"Allow", route_allow(request->route, request->arena)};

		return refuse_found(request, NOT_ALLOWED, &allow);
	}
	request->call.operation = (uint16_t)number;
	request->operation = &operation_table(&count)[number];
	request->answer->no_cache =
		method == METHOD_GET && !request->answer->head_only && !request->uri.xml;
	return true;
}

static bool check_body_type(struct request *request)
{
	static const char *const types[] = {
		[BODY_JSON] = "application/json",
		[BODY_MULTIPART] = "multipart/form-data",
	};
	const char *type = param(request, "CONTENT_TYPE");

	request->call.type = type ? type : "";
	if (request->operation->body == BODY_NONE ||
	    media_type_is(type, types[request->operation->body]))
		return true;
	return refuse_found(request, NOT_SUPPORTED, NULL);
}

static bool choose_answer_type(struct request *request)
{
	request->call.accept =
		media_type_choose(param(request, "HTTP_ACCEPT"), request->operation->answer);
	return request->call.accept || refuse_found(request, NOT_ACCEPTABLE, NULL);
}

/* The version is the same for all. */
static bool check_engine(struct request *request)
{
	if (!engine_unknown(request) || !strcmp(request->operation->path, "/version"))
		return true;
	return refuse(request, NO_ENGINE);
}

static bool check_built(struct request *request)
{
	const struct operation *operation = request->operation;

	if (operation->built)
		return true;
	return refuse_with(request, 501, "RestException",
			   arena_printf(request->arena, "batchd does not offer %s %s yet",
					method_names[operation->method], operation->path),
			   NULL);
}

static bool check_length(struct request *request)
{
	const char *text = param(request, "CONTENT_LENGTH");
	char *end;

	request->content_length = -1;
	if (request->operation->body == BODY_NONE || !text || !*text)
		return true;
	request->content_length = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end)
		return refuse(request, BAD_LENGTH);
	return request->content_length <= request->responder->config->max_body_size ||
	       refuse(request, TOO_LARGE);
}

static bool host_valid(const char *host)
{
	return host && *host &&
	       !host[strspn(host, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789.:-_[]")];
}

/* The URL of the API as the client sees it, for links in answers. */
static const char *base_url(const struct request *request)
{
	const char *scheme = param(request, "REQUEST_SCHEME"), *https = param(request, "HTTPS");
	const char *host = param(request, "HTTP_HOST");
	bool secure = (https && !strcasecmp(https, "on")) || (scheme && !strcmp(scheme, "https"));

	if (!host_valid(host))
		host = param(request, "SERVER_NAME");
	return arena_printf(request->arena, "%s://%s%s", secure ? "https" : "http",
			    host_valid(host) ? host : "localhost",
			    request->responder->config->base_path);
}

/* Says once that batchd is away, and once that it is back. */
static void note_away(struct responder *responder, bool away, const char *why)
{
	responder->gone = false;
	if (away && !responder->away)
		log_warning("batchd at %s: %s", responder->config->socket, why);
	else if (!away && responder->away)
		log_info("batchd at %s is back", responder->config->socket);
	responder->away = away;
}

/* The client has gone: closing the link tells batchd so. */
static bool give_up(struct request *request)
{
	upstream_drop(&request->service->upstream);
	log_debug("nobody waits for the answer to %s %s", method_names[request->operation->method],
		  request->operation->path);
	request->served = request->connection->aborted ? SERVED : SERVED_CUT;
	return false;
}

/* The link failed before anything of the answer has gone out. */
static bool refuse_link(struct request *request, enum problem problem, int code)
{
	struct upstream *upstream = &request->service->upstream;
	const struct pair retry = {"Retry-After", "1"};
	bool slow = upstream->timed_out;

	if (code == ERR_STOPPED)
		return give_up(request);
	upstream_drop(upstream);
	if (upstream->refusal) {
		note_away(request->responder, true, upstream->refusal);
		request->responder->gone = true; /* the web server's programs are old */
		return refuse_with(request, 503, "RestException", upstream->refusal, &retry);
	}
	if (code == ERR_BUSY)
		return refuse(request, BUSY);
	if (slow) {
		log_warning("batchd did not answer %s %s in time",
			    method_names[request->operation->method], request->operation->path);
		return refuse(request, SLOW);
	}
	if (problem == AWAY) {
		note_away(request->responder, true, err_text(code));
		request->responder->gone = code == ENOENT || code == ECONNREFUSED;
	} else {
		log_warning("batchd ended before it answered %s %s",
			    method_names[request->operation->method], request->operation->path);
	}
	return refuse(request, problem);
}

static bool begin_call(struct request *request)
{
	bool reads = request->operation->method == METHOD_GET ||
		     request->operation->method == METHOD_OPTIONS;
	int code;

	request->call.base = base_url(request);
	request->call.params = request->params;
	request->call.query = request->uri.query;
	request->call.query_count = request->uri.query_count;
	code = upstream_call(&request->service->upstream, request->arena, &request->call, reads);
	if (code == ERR_INPUT)
		return refuse(request, TOO_MANY_PARAMETERS);
	return !code || refuse_link(request, AWAY, code);
}

static int forward(void *arg, const void *bytes, size_t size)
{
	struct request *request = arg;

	return upstream_body(&request->service->upstream, request->arena, bytes, size);
}

/* Passes all of FCGI_STDIN on. CONTENT_LENGTH alone does not say where it ends. */
static enum body_result pass_body(struct request *request, struct body *body)
{
	enum body_result result = BODY_OK;
	const void *piece;
	size_t size;

	while (result == BODY_OK && !connection_body(request->connection, &piece, &size) && size) {
		if (body->received)
			fiber_yield(); /* a long one lets others go first */
		result = body_feed(body, piece, size);
	}
	return result;
}

static bool body_cut(const struct request *request, const struct body *body)
{
	return request->connection->code ||
	       (request->content_length >= 0 && request->content_length != body->received);
}

static bool check_encoding(struct request *request, bool *ret_gzip)
{
	const char *encoding = param(request, "HTTP_CONTENT_ENCODING");

	*ret_gzip = encoding && (!strcasecmp(encoding, "gzip") || !strcasecmp(encoding, "x-gzip"));
	return *ret_gzip || !encoding || !*encoding || !strcasecmp(encoding, "identity") ||
	       refuse(request, BAD_ENCODING);
}

static bool send_body(struct request *request)
{
	static const enum problem why[] = {
		[BODY_TOO_LARGE] = TOO_LARGE,
		[BODY_BAD_GZIP] = BAD_GZIP,
		[BODY_BAD_JSON] = BAD_JSON,
		[BODY_REFUSED] = LOST,
	};
	const struct config *config = request->responder->config;
	struct body body = {
		.json = request->operation->body == BODY_JSON,
		.max_size = config->max_body_size,
		.max_inflated = config->max_decompressed_size,
		.sink = forward,
		.sink_arg = request,
	};
	enum body_result result;
	bool cut;

	if (request->operation->body == BODY_NONE)
		return true;
	if (!check_encoding(request, &body.gzip)) {
		upstream_drop(&request->service->upstream);
		return false;
	}
	body_begin(&body);
	result = pass_body(request, &body);
	cut = result == BODY_OK && body_cut(request, &body);
	if (result == BODY_OK && !cut)
		result = body_finish(&body);
	body_clear(&body);
	if (result == BODY_OK && !cut)
		return true;
	if (result == BODY_REFUSED)
		return refuse_link(request, LOST, body.sink_code);
	upstream_drop(&request->service->upstream); /* without END: nothing has happened */
	return refuse(request, cut ? BAD_BODY_END : why[result]);
}

static bool end_call(struct request *request)
{
	int code = upstream_end(&request->service->upstream, request->arena);

	return !code || refuse_link(request, LOST, code);
}

/* The answer's body on its way: kept while it is small, then passed on as it comes. */
struct relay {
	struct answer_head head;
	struct buffer kept;
	bool started;
};

static bool relay_data(struct request *request, struct relay *relay, struct reader *data)
{
	size_t size = reader_left(data);

	if (!relay->started && relay->kept.length + size <= WHOLE_MAX) {
		buffer_put(&relay->kept, data->at, size);
		return true;
	}
	if (!relay->started) {
		relay->started = true;
		if (!answer_start(request->answer, &relay->head, relay->kept.data,
				  relay->kept.length))
			return false;
	}
	fiber_yield(); /* a long answer lets others go first */
	return answer_more(request->answer, data->at, size);
}

/* BROKEN, or the link failed: what was not begun becomes an error, what was begun is cut. */
static void relay_broken(struct request *request, const struct relay *relay, const char *words,
			 int code)
{
	if (code == ERR_STOPPED) {
		give_up(request);
	} else if (relay->started) {
		log_warning("cut the answer to %s %s: %s", method_names[request->operation->method],
			    request->operation->path, words ? words : err_text(code));
		request->served = SERVED_CUT;
	} else if (words) {
		refuse_with(request, 500, "RestException", words, NULL);
	} else {
		refuse_link(request, LOST, code);
	}
	upstream_drop(&request->service->upstream);
}

/* Frames until DONE. */
static void relay_body(struct request *request, struct relay *relay)
{
	struct upstream *upstream = &request->service->upstream;
	enum frame_type type;
	struct reader payload;
	int code;

	while (!(code = upstream_receive(upstream, request->arena, request->connection, &type,
					 &payload)) &&
	       type == FRAME_DATA) {
		bool sent = relay_data(request, relay, &payload);

		if (sent && !(relay->started && request->answer->head_only))
			continue;
		upstream_drop(upstream); /* nobody wants the rest */
		request->served = sent ? SERVED : SERVED_CUT;
		return;
	}
	if (code || type != FRAME_DONE) {
		const char *words =
			!code && type == FRAME_BROKEN
				? arena_strndup(request->arena, (const char *)payload.at,
						reader_left(&payload))
				: NULL;

		relay_broken(request, relay, words, code ? code : ERR_LINK);
		return;
	}
	upstream_keep(upstream);
	if (!relay->started &&
	    !answer_send(request->answer, &relay->head, relay->kept.data, relay->kept.length))
		request->served = SERVED_CUT;
}

static int receive_head(struct request *request, struct answer_head *ret)
{
	enum frame_type type;
	struct reader payload;

	TRY(upstream_receive(&request->service->upstream, request->arena, request->connection,
			     &type, &payload));
	if (type != FRAME_ANSWER)
		return ERR_LINK;
	return answer_head_decode(&payload, request->arena, ret);
}

/* With STATUS 0 any answer; else one of another status is dropped, and false returned. */
static bool relay_answer(struct request *request, int status)
{
	struct relay relay = {.started = false};
	int code = receive_head(request, &relay.head);

	if (code) {
		refuse_link(request, LOST, code);
		return true;
	}
	note_away(request->responder, false, NULL);
	if (status && relay.head.status != status) {
		upstream_drop(&request->service->upstream);
		return false;
	}
	buffer_init(&relay.kept);
	relay_body(request, &relay);
	buffer_clear(&relay.kept);
	return true;
}

/*
 * Asks batchd for the definition that the path names by its key, if it does so. True when that was
 * answered: there is no such definition, or nobody to ask.
 */
static bool definition_missing(struct request *request)
{
	size_t count, named = route_lookup(request->segments, request->segment_count);
	const struct route *route =
		named ? route_find(request->responder->routes, request->segments, named,
				   request->params, &request->call.param_count)
		      : NULL;

	if (!route)
		return false;
	request->call.operation = (uint16_t)route_operation(route, METHOD_GET);
	request->operation = &operation_table(&count)[request->call.operation];
	request->call.type = "";
	request->call.accept = "application/json";
	return !begin_call(request) || !end_call(request) || relay_answer(request, 404);
}

/* Each answers and returns false, or lets the request pass. */
static bool (*const steps[])(struct request *) = {
	parse_uri,       authenticate,       find_route,   find_operation,
	check_body_type, choose_answer_type, check_engine, check_built,
	check_length,    begin_call,         send_body,    end_call,
};

static enum served serve(struct service *service)
{
	struct request request = {
		.responder = service->responder,
		.service = service,
		.arena = &service->arena,
		.answer = &service->answer,
		.connection = &service->connection,
		.served = SERVED,
	};
	const char *method = connection_param(&service->connection, "REQUEST_METHOD");
	size_t i;

	answer_init(&service->answer, &service->connection);
	service->answer.head_only = method && !strcmp(method, "HEAD");
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (!steps[i](&request))
			break;
	if (i == ARRAY_SIZE(steps))
		relay_answer(&request, 0);
	arena_clear(&service->arena);
	return request.served;
}

/* A connection that is cut on purpose is closed without the record that ends a request. */
void service_run(struct service *service, int fd)
{
	struct connection *connection = &service->connection;

	if (!connection_open(connection, fd) && serve(service) == SERVED)
		connection_finish(connection, NULL, 0);
	connection_close(connection);
}

struct service *service_new(struct responder *responder)
{
	struct service *service = memory_alloc(sizeof(*service));

	memset(service, 0, sizeof(*service));
	service->responder = responder;
	connection_init(&service->connection, (int)responder->config->read_timeout * 1000,
			responder->at_a_time);
	arena_init(&service->arena);
	buffer_init(&service->answer.buffer);
	upstream_init(&service->upstream, responder->config, responder->seats);
	return service;
}

void service_rest(struct service *service)
{
	upstream_drop(&service->upstream);
}

void service_free(struct service *service)
{
	upstream_drop(&service->upstream);
	buffer_clear(&service->upstream.again);
	connection_clear(&service->connection);
	answer_clear(&service->answer);
	arena_clear(&service->arena);
	free(service);
}

bool responder_goes_on(const struct responder *responder)
{
	return !responder->config->autostart || !responder->gone;
}

int responder_init(struct responder *responder, const struct config *config, struct arena *arena,
		   struct error *error)
{
	responder->config = config;
	responder->away = responder->gone = false;
	responder->routes = route_build(arena);
	return auth_init(&responder->auth, config, arena, error);
}

void responder_clear(struct responder *responder)
{
	auth_clear(&responder->auth);
}
