/* /task/{id}/identity-links: who may do a task, and whoever else has to do with it. */
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/record/kind.h"
#include "core/record/row_json.h"
#include "core/runtime/task.h"
#include "core/runtime/task_log.h"
#include "core/runtime/task_query.h"

static const char *id_of(const struct request *request)
{
	return request->call->params[0];
}

static void write_link(struct request *request, const struct identity_link *link)
{
	const char *type = request_param(request, "type");

	if (!type || texts_match(link->type, type))
		row_answer(&request->writer, &running_identity_link_kind, (const union slot *)link);
}

/* An assignee or owner is shown like a link, behind the others. */
static void write_person(struct request *request, const char *type, const char *user)
{
	struct identity_link link = {.user_id = user, .type = type};

	if (user)
		write_link(request, &link);
}

int task_identity_link_list(struct request *request)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	const struct identity_link *link;
	struct instance *instance;
	struct task *task;
	int code = task_read(&reader, id_of(request), &instance, &task);

	if (code == ERR_NOT_FOUND)
		return request_fail(request, ERR_NULL_VALUE,
				    "Cannot find task with id %s: task is null", id_of(request));
	TRY(code);
	json_open_array(request_answer(request));
	LIST_EACH(&instance->identity_links, link)
	{
		if (texts_match(link->task_id, task->id))
			write_link(request, link);
	}
	write_person(request, "assignee", task->assignee);
	write_person(request, "owner", task->owner);
	json_close_array(&request->writer);
	return 0;
}

struct change {
	struct request *request;
	const char *user_id, *group_id, *type;
	int missing; /* what it is when there is no such task */
	bool delete;
};

/* Sets whom links of TYPE mean, if that is a field of the task. False when it is none. */
static bool set_person(struct instance *instance, struct task *task, const char *type,
		       const char *user)
{
	if (texts_match(type, "assignee"))
		task_set_assignee(instance, task, user);
	else if (texts_match(type, "owner"))
		task_set_owner(instance, task, user);
	else
		return false;
	return true;
}

static void apply(struct instance *instance, struct task *task, const struct change *change)
{
	const char *user = change->delete ? NULL : change->user_id;

	if (set_person(instance, task, change->type, user))
		return;
	if (change->delete)
		task_delete_identity_link(instance, task, change->type, change->user_id,
					  change->group_id);
	else
		task_add_identity_link(instance, task, change->type, change->user_id,
				       change->group_id);
}

static const char *const names[2][2] = {
	{"AddUserLink",    "AddGroupLink"   },
	{"DeleteUserLink", "DeleteGroupLink"},
};

static int change_body(struct command *command, void *arg)
{
	struct change *change = arg;
	struct instance *instance;
	struct task *task, before;
	int code = task_find(command, id_of(change->request), &instance, &task);

	if (code == ERR_NOT_FOUND)
		return command_fail(command, change->missing,
				    "Cannot find task with id %s: task is null",
				    id_of(change->request));
	TRY(code);
	TRY(task_check_active(command, task));
	before = *task;
	apply(instance, task, change);
	TRY(task_changed(instance, task, &before));
	return task_log_property(instance, task, names[change->delete][change->group_id != NULL],
				 "IdentityLink", change->type, NULL,
				 change->group_id ? change->group_id : change->user_id);
}

static int read_change(struct request *request, struct change *ret)
{
	const struct {
		const char *key;
		const char **text;
	} texts[] = {
		{"userId",  &ret->user_id },
		{"groupId", &ret->group_id},
		{"type",    &ret->type    },
	};
	const struct json *node;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if ((node = json_present(request->body, texts[i].key)))
			TRY(json_to_string(node, texts[i].text));
	if (ret->user_id && ret->group_id)
		return request_fail(request, ERR_INVALID,
				    "Identity Link requires userId or groupId, but not both.");
	if (!ret->user_id && !ret->group_id)
		return request_fail(request, ERR_INVALID,
				    "Identity Link requires userId or groupId.");
	if (ret->delete &&!ret->type)
		return request_fail(request, ERR_NULL_VALUE,
				    "type is required when adding a new task identity link: type "
				    "is null");
	if (ret->group_id && texts_match(ret->type, "assignee"))
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "Incompatible usage: cannot use ASSIGNEE together with a "
				    "groupId");
	if (ret->group_id && ret->delete &&texts_match(ret->type, "owner"))
		return request_fail(request, ERR_ENGINE,
				    "Incompatible usage: cannot use type 'owner' together with a "
				    "groupId");
	return 0;
}

static int run(struct change *change)
{
	TRY(read_change(change->request, change));
	TRY(command_run(change->request, change_body, change));
	return request_answer_nothing(change->request);
}

int task_identity_link_add(struct request *request)
{
	struct change change = {.request = request, .missing = ERR_NO_DEFINITION};

	return run(&change);
}

int task_identity_link_delete(struct request *request)
{
	struct change change = {.request = request, .missing = ERR_NULL_VALUE, .delete = true};

	return run(&change);
}
