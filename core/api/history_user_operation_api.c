/* /history/user-operation/{operationId}: annotations. */
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/operation_annotate.h"
#include "core/history/operation_log.h"

struct annotating {
	struct request *request;
	const char *annotation;
};

/* Beside what was annotated stands who did it. */
static int log_body(struct txn *txn, void *arg)
{
	const struct annotating *annotating = arg;
	struct logged_operation operation = {.type = annotating->annotation ? "SetAnnotation"
									    : "ClearAnnotation",
					     .entity = "OperationLog"};

	operation_add(&operation, "operationId", annotating->request->call->params[0]);
	return operation_log_write(txn, annotating->request, &operation);
}

static int annotate(struct request *request, const char *annotation)
{
	struct annotating annotating = {request, annotation};
	int code = operation_annotate(request->engine->history, request->arena,
				      request->call->params[0], annotation);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_BAD_USER_REQUEST, "operation is null");
	TRY(code);
	TRY(operation_log_run(request, TXN_DURABLE, log_body, &annotating));
	return request_answer_nothing(request);
}

int history_user_operation_set_annotation(struct request *request)
{
	const struct json *node = json_present(request->body, "annotation");
	const char *annotation = NULL;

	if (node)
		TRY(json_to_string(node, &annotation));
	return annotate(request, annotation);
}

int history_user_operation_clear_annotation(struct request *request)
{
	return annotate(request, NULL);
}
