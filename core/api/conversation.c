#include "core/api/conversation.h"

#include <string.h>

#include "core/admin/admin.h"
#include "core/api/body_shape.h"
#include "core/api/handler.h"
#include "core/history/history.h"
#include "core/history/id_list.h"
#include "core/history/purger.h"
#include "core/link/operation.h"
#include "storage/log.h"

enum { IN_KEPT = 1024 * 1024 };

/* Bodies that may hold a million ids: the array that is streamed out of them. */
static const struct {
	const char *path;
	const char *key;
} diverted_paths[] = {
	{"/history/process-instance/delete",                                  "historicProcessInstanceIds" },
	{"/history/process-instance/set-removal-time",                        "historicProcessInstanceIds" },
	{"/history/decision-instance/delete",                                 "historicDecisionInstanceIds"},
	{"/history/decision-instance/set-removal-time",                       "historicDecisionInstanceIds"},
	{"/job/retries",						      "jobIds"                     },
	{"/external-task/retries",					    "externalTaskIds"            },
	{"/external-task/retries-async",                                      "externalTaskIds"            },
	{"/process-instance/delete",					  "processInstanceIds"         },
	{"/process-instance/suspended-async",                                 "processInstanceIds"         },
	{"/process-instance/message-async",                                   "processInstanceIds"         },
	{"/process-instance/delete-historic-query-based",                     "processInstanceIds"         },
	{"/process-instance/variables-async",                                 "processInstanceIds"         },
	{"/process-instance/job-retries",                                     "processInstances"           },
	{"/process-instance/job-retries-historic-query-based",                "processInstances"           },
	{"/process-definition/key/{key}/restart",                             "processInstanceIds"         },
	{"/process-definition/key/{key}/restart-async",                       "processInstanceIds"         },
	{"/process-definition/key/{key}/tenant-id/{tenant-id}/restart",       "processInstanceIds"         },
	{"/process-definition/key/{key}/tenant-id/{tenant-id}/restart-async", "processInstanceIds"         },
	{"/modification/execute",					     "processInstanceIds"         },
	{"/modification/executeAsync",					"processInstanceIds"         },
	{"/process-definition/{id}/restart",                                  "processInstanceIds"         },
	{"/process-definition/{id}/restart-async",                            "processInstanceIds"         },
};

static const char *diverted_key(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(diverted_paths); i++)
		if (!strcmp(diverted_paths[i].path, path))
			return diverted_paths[i].key;
	return NULL;
}

/* What takes the pieces of a body: at most one of the two. */
struct body_taker {
	struct json_parser *parser;
	struct buffer *bytes;
};

/* Reads the body to its END; without one the call never happened. */
static int read_body(struct link *link, const struct body_taker *taker, int *ret_code)
{
	enum frame_type type;
	struct reader payload;
	int code = 0;

	for (;;) {
		TRY(link_receive(link, &type, &payload));
		if (type == FRAME_END)
			break;
		if (type != FRAME_BODY)
			return ERR_LINK;
		if (taker->parser && !code)
			code = json_parser_feed(taker->parser, payload.at, reader_left(&payload));
		if (taker->bytes)
			buffer_put(taker->bytes, payload.at, reader_left(&payload));
	}
	*ret_code = code;
	return 0;
}

static int refuse_null(struct request *request, const char *path)
{
	const char *words = body_shape_null_words(path);

	if (words)
		return request_fail(request, ERR_INVALID, "%s", words);
	return request_fail(request, ERR_NULL_POINTER, "the body is null: an object is wanted");
}

static int read_json(struct request *request, const struct operation *operation, int *ret_code)
{
	struct json_parser *parser = json_parser_begin(request->arena);
	const char *key = diverted_key(operation->path);
	struct json *body = NULL;
	int code, ended;

	if (key)
		json_parser_divert(parser, key, id_list_add, id_list_reset, request->diverted);
	code = read_body(request->link, &(struct body_taker){.parser = parser}, ret_code);
	ended = json_parser_end(parser, &body);
	if (code)
		return code;
	if (!*ret_code)
		*ret_code = ended;
	if (!*ret_code && body->type != JSON_OBJECT && body->type != JSON_NULL)
		*ret_code = ERR_INPUT;
	if (!*ret_code && body->type == JSON_NULL)
		*ret_code = refuse_null(request, operation->path);
	if (key)
		request->diverted->given = json_present(body, key) != NULL;
	request->body = body;
	if (!*ret_code)
		*ret_code = body_shape_check(request, operation->path);
	return 0;
}

/* BYTES are what request->upload points into. */
static int read_upload(struct request *request, struct buffer *bytes, int *ret_code)
{
	TRY(read_body(request->link, &(struct body_taker){.bytes = bytes}, ret_code));
	request->upload = (struct bytes){bytes->data, bytes->length};
	return 0;
}

static int read_any(struct request *request, const struct operation *operation,
		    struct buffer *upload, int *ret_code)
{
	if (operation->body == BODY_JSON)
		return read_json(request, operation, ret_code);
	if (operation->body == BODY_MULTIPART)
		return read_upload(request, upload, ret_code);
	return read_body(request->link, &(struct body_taker){0}, ret_code);
}

/* Handlers take for granted that what their path names is there. */
static size_t param_count(const struct operation *operation)
{
	const char *at = operation->path;
	size_t count = 0;

	for (; (at = strchr(at, '{')); at++)
		count++;
	return count;
}

static int serve_operation(struct request *request)
{
	const struct operation *operation;
	size_t count;
	handler handle = handler_of(request->call->operation);
	struct buffer upload;
	int code = 0, link_code;

	operation = operation_table(&count);
	if (request->call->operation >= count)
		return ERR_LINK;
	operation += request->call->operation;
	if (request->call->param_count != param_count(operation))
		return ERR_LINK;
	purger_note_request(request->engine->history);
	buffer_init(&upload);
	link_code = read_any(request, operation, &upload, &code);
	if (link_code) {
		buffer_clear(&upload);
		return link_code;
	}
	if (!code)
		code = handle ? handle(request)
			      : request_fail(request, ERR_REST_501,
					     "batchd does not offer %s %s yet",
					     method_names[operation->method], operation->path);
	code = request_finish(request, code);
	buffer_clear(&upload);
	return code;
}

/* A call that was not finished costs something and answers nobody: the log has it. */
static void note_unfinished(const struct running_call *running)
{
	struct running_view view = running_view(running);

	if (view.stopped && !running->gone)
		log_info("%s %s was stopped after %.1f s", view.method, view.path, view.seconds);
	else
		log_info("%s %s: the caller has gone after %.1f s", view.method, view.path,
			 view.seconds);
}

static int serve_call(struct conversation *conversation, struct reader *payload)
{
	struct arena *arena = &conversation->arena;
	struct link *link = &conversation->link;
	struct running_call running;
	struct call call;
	struct request request = {.engine = conversation->engine,
				  .arena = arena,
				  .link = link,
				  .call = &call,
				  .running = &running};
	struct id_list ids;
	int code;

	TRY(call_decode(payload, arena, &call));
	running_begin(conversation->running, &running, &call, link);
	id_list_init(&ids, arena);
	request.diverted = &ids;
	code = call.operation >= CALL_ADMIN ? admin_serve(&request) : serve_operation(&request);
	id_list_clear(&ids);
	running_end(&running);
	if (atomic_load(&running.stopped) || (code == ERR_LINK && request.begun))
		note_unfinished(&running);
	return code;
}

int conversation_serve(struct conversation *conversation)
{
	struct link *link = &conversation->link;
	enum frame_type type;
	struct reader payload;

	TRY(link_receive(link, &type, &payload));
	if (type != FRAME_CALL)
		return ERR_LINK;
	TRY(serve_call(conversation, &payload));
	arena_clear(&conversation->arena);
	if (link->in.capacity > IN_KEPT && link->in.length == link->taken) {
		buffer_clear(&link->in); /* big bodies are rare */
		link->taken = 0;
	}
	return 0;
}

void conversation_init(struct conversation *conversation, struct engine *engine,
		       struct running_list *running, int fd)
{
	memset(conversation, 0, sizeof(*conversation));
	conversation->engine = engine;
	conversation->running = running;
	arena_init(&conversation->arena);
	link_init(&conversation->link, fd);
}

void conversation_clear(struct conversation *conversation)
{
	arena_clear(&conversation->arena);
	conversation->link.fd = -1;
	link_clear(&conversation->link);
}
