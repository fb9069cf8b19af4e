/* What set-external-task-retries does (semantics.md 2.10). */
#include "core/batch/types.h"
#include "core/request/api_error.h"
#include "core/runtime/command.h"
#include "core/runtime/external_task.h"

static int fail(struct batch_run *run, uint64_t item, const char *words)
{
	run->failed_item = item;
	return err_set(&run->error, run->txn->arena, ERR_BAD_USER_REQUEST, "%s", words);
}

/* The task with that id; its instance joins the command. ERR_NOT_FOUND. */
static int find(struct command *command, const char *id, struct instance **ret_instance,
		struct external_task **ret)
{
	if (!id)
		return ERR_NOT_FOUND;
	TRY(command_find(command, id, ret_instance));
	*ret = instance_external_task(*ret_instance, id);
	return *ret ? 0 : ERR_NOT_FOUND;
}

/* All are looked for before one is changed. */
static int check(struct batch_run *run, struct command *command)
{
	struct external_task *task;
	struct instance *instance;
	uint64_t i;

	for (i = 0; i < run->items.count; i++) {
		const char *id = run->items.texts[i];
		int code = find(command, id, &instance, &task);

		if (code == ERR_NOT_FOUND)
			return fail(run, i,
				    arena_printf(run->txn->arena,
						 "Cannot find external task with id %s: "
						 "externalTask is null",
						 id ? id : "null"));
		TRY(code);
	}
	return 0;
}

static int set(struct batch_run *run, struct command *command, int64_t retries)
{
	struct external_task *task;
	struct instance *instance;
	uint64_t i;

	TRY(check(run, command));
	for (i = 0; i < run->items.count; i++) {
		TRY(find(command, run->items.texts[i], &instance, &task));
		external_task_set_retries(instance, task, retries);
	}
	return command_write(command);
}

int external_task_retries_execute(struct batch_run *run)
{
	const struct json *node = json_member(run->configuration, "retries");
	struct command command;
	int64_t retries;
	int code;

	if (!node || json_to_int(node, 0, true, &retries) || !run->items.texts)
		return ERR_CORRUPT;
	if (retries < 0)
		return fail(run, 0,
			    "The number of retries cannot be negative: retries is not greater "
			    "than or equal to 0");
	command_init(&command, run->engine, run->txn, &run->error);
	code = set(run, &command, retries);
	command_end(&command);
	return code;
}
