/*
 * What batches over running process instances do (semantics.md 2.7, 2.8, 2.12). Their items are
 * ids; what does not run, or not any more, is passed over.
 */
#include "core/batch/types.h"
#include "core/runtime/cancel.h"
#include "core/runtime/command.h"
#include "core/runtime/running_scan.h"
#include "core/runtime/step.h"
#include "core/runtime/suspension.h"
#include "core/runtime/typed_value.h"

/* What is done to each, with what the configuration says. */
struct instance_work {
	int (*work)(struct instance *instance, const struct instance_work *work);
	const char *reason; /* of deletions */
	int64_t skip_flags;
	bool suspended;
	struct named_values values;
};

static int work_on(struct command *command, const struct instance_work *work, const char *id)
{
	struct instance *instance;
	uint64_t serial;
	int code = id && running_serial(command->engine->store, id, &serial)
			   ? command_instance(command, serial, &instance)
			   : ERR_NOT_FOUND;

	/* an item may stand there twice in one transaction */
	if (code == ERR_NOT_FOUND || (!code && !instance->root))
		return 0;
	TRY(code);
	TRY(work->work(instance, work));
	return steps_run(command);
}

static int work_on_all(struct batch_run *run, const struct instance_work *work)
{
	struct command command;
	uint64_t i;
	int code = 0;

	if (!run->items.texts)
		return 0;
	command_init(&command, run->engine, run->txn, &run->error);
	for (i = 0; i < run->items.count && !code; i++) {
		run->failed_item = i;
		code = work_on(&command, work, run->items.texts[i]);
	}
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}

static int read_flag(const struct batch_run *run, const char *key, bool *ret)
{
	const struct json *node = json_member(run->configuration, key);

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

static int delete_one(struct instance *instance, const struct instance_work *work)
{
	return instance_delete(instance, work->reason, work->skip_flags, true);
}

int instance_deletion_execute(struct batch_run *run)
{
	const struct json *reason = json_present(run->configuration, "deleteReason");
	struct instance_work work = {.work = delete_one};
	bool listeners, mappings;

	if (read_flag(run, "skipCustomListeners", &listeners) ||
	    read_flag(run, "skipIoMappings", &mappings) ||
	    (reason && json_to_string(reason, &work.reason)))
		return ERR_CORRUPT;
	work.skip_flags = (listeners ? EXECUTION_SKIP_LISTENERS : 0) |
			  (mappings ? EXECUTION_SKIP_MAPPINGS : 0);
	return work_on_all(run, &work);
}

static int suspend_one(struct instance *instance, const struct instance_work *work)
{
	return instance_set_suspended(instance, work->suspended);
}

int instance_suspension_execute(struct batch_run *run)
{
	struct instance_work work = {.work = suspend_one};

	if (read_flag(run, "suspended", &work.suspended))
		return ERR_CORRUPT;
	return work_on_all(run, &work);
}

static int set_variables(struct instance *instance, const struct instance_work *work)
{
	struct scope scope = scope_at(instance, instance->root);

	return named_values_set(&scope, &work->values, false);
}

int set_variables_execute(struct batch_run *run)
{
	struct instance_work work = {.work = set_variables};
	struct error ignored;

	if (typed_values_read(run->txn->arena, json_present(run->configuration, "variables"),
			      &work.values, &ignored))
		return ERR_CORRUPT;
	return work_on_all(run, &work);
}
