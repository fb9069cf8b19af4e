#include "core/runtime/running_change.h"

#include <string.h>

#include "core/runtime/command.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/running_index.h"

enum {
	AT_ONCE = 256,       /* instances in a transaction */
	LOOK_AT_ONCE = 5000, /* instances that are looked at in one */
};

struct changing {
	struct request *request;
	const struct running_selection *selection;
	const struct running_change *change;
	size_t count;
	uint64_t serials[AT_ONCE];
};

static int read_text(const struct json *body, const char *key, const char **ret)
{
	const struct json *node = json_present(body, key);

	*ret = NULL;
	return node ? json_to_string(node, ret) : 0;
}

int running_selection_read(const struct json *body, struct running_selection *ret)
{
	const struct json *without = json_present(body, "processDefinitionWithoutTenantId");
	bool none = false;

	memset(ret, 0, sizeof(*ret));
	TRY(read_text(body, "jobDefinitionId", &ret->job_definition_id));
	TRY(read_text(body, "processInstanceId", &ret->process_instance_id));
	TRY(read_text(body, "processDefinitionId", &ret->process_definition_id));
	TRY(read_text(body, "processDefinitionKey", &ret->process_definition_key));
	TRY(read_text(body, "processDefinitionTenantId", &ret->tenant_id));
	if (without)
		TRY(json_to_bool(without, false, &none));
	ret->by_tenant = ret->tenant_id || none;
	return 0;
}

bool running_selection_means(const struct running_selection *selection, const char *definition_id,
			     const char *key, const char *tenant)
{
	if (selection->process_definition_id)
		return definition_id && !strcmp(selection->process_definition_id, definition_id);
	if (!selection->process_definition_key || !key ||
	    strcmp(selection->process_definition_key, key))
		return false;
	if (!selection->by_tenant || selection->tenant_id == tenant)
		return true;
	return selection->tenant_id && tenant && !strcmp(selection->tenant_id, tenant);
}

static bool means_job(const struct running_selection *selection, const struct instance *instance,
		      const struct instance_job *job)
{
	const struct running_instance *row = instance->row;

	if (selection->job_definition_id)
		return job->job_definition_id &&
		       !strcmp(selection->job_definition_id, job->job_definition_id);
	if (selection->process_instance_id)
		return !strcmp(selection->process_instance_id, row->id);
	return running_selection_means(selection, row->definition_id, row->definition_key,
				       row->tenant_id);
}

static bool means_any(const struct running_selection *selection, const struct instance *instance)
{
	const struct instance_job *job;

	LIST_EACH(&instance->jobs, job)
	{
		if (means_job(selection, instance, job))
			return true;
	}
	return false;
}

static int change_job(struct instance *instance, const struct running_change *change,
		      struct instance_job *job)
{
	switch (change->type) {
	case CHANGE_JOBS_SUSPENDED:
		job->suspended = change->suspended;
		break;
	case CHANGE_JOBS_PRIORITY:
		job->priority = change->priority;
		break;
	case CHANGE_JOBS_RETRIES:
		if (job->retries)
			return 0;
		job->retries = change->retries;
		if (change->set_due_date)
			job->due_date = change->due_date;
		break;
	}
	return instance_job_note(instance, job);
}

static int change_instance(struct instance *instance, const struct running_selection *selection,
			   const struct running_change *change)
{
	struct instance_job *job;

	LIST_EACH(&instance->jobs, job)
	{
		if (means_job(selection, instance, job))
			TRY(change_job(instance, change, job));
	}
	return 0;
}

static int change_body(struct command *command, void *arg)
{
	const struct changing *changing = arg;
	struct instance *instance;
	size_t i;

	for (i = 0; i < changing->count; i++) {
		int code = command_instance(command, changing->serials[i], &instance);

		if (code == ERR_NOT_FOUND)
			continue;
		TRY(code);
		TRY(change_instance(instance, changing->selection, changing->change));
	}
	return 0;
}

static int flush(struct changing *changing)
{
	struct arena *arena = changing->request->arena;
	struct arena_mark mark = arena_mark(arena);
	int code = command_run(changing->request, change_body, changing);

	changing->count = 0;
	if (!code)
		arena_rewind(arena, mark);
	return code;
}

/* Takes in what INSTANCE has to be changed, and changes when there is a lot of them. */
static int add(struct changing *changing, const struct instance *instance)
{
	if (!means_any(changing->selection, instance))
		return 0;
	changing->serials[changing->count++] = instance->serial;
	return changing->count == AT_ONCE ? flush(changing) : 0;
}

/* All instances that have jobs, from serial number FROM on. */
static int walk_jobs(struct running_walk *walk, struct txn *txn, uint64_t from)
{
	struct running_lists lists = {0};

	TRY(running_lists_add(&lists, txn->arena, INDEX_JOB, NULL));
	return running_walk_start(walk, txn, &lists, from);
}

static int change_all(struct changing *changing, struct arena *arena)
{
	struct txn reader = txn_reader(changing->request->engine->store, changing->request->arena);
	struct instance *instance;
	struct running_walk walk;
	int code;

	TRY(walk_jobs(&walk, &reader, 0));
	while (!(code = running_walk_read(&walk, &reader, arena, &instance))) {
		TRY(request_stopped(changing->request));
		TRY(add(changing, instance));
	}
	return code == ERR_NOT_FOUND ? 0 : code;
}

static int change_one(struct changing *changing)
{
	struct txn reader = txn_reader(changing->request->engine->store, changing->request->arena);
	struct instance *instance;
	uint64_t serial;

	if (!instance_serial(reader.store, changing->selection->process_instance_id, &serial))
		return ERR_NOT_FOUND;
	TRY(instance_read(&reader, serial, &instance));
	return add(changing, instance);
}

int running_change_all(struct request *request, const struct running_selection *selection,
		       const struct running_change *change)
{
	struct changing *changing = arena_alloc(request->arena, sizeof(*changing));
	struct arena arena;
	int code;

	changing->request = request;
	changing->selection = selection;
	changing->change = change;
	arena_init(&arena);
	code = selection->process_instance_id ? change_one(changing) : change_all(changing, &arena);
	arena_clear(&arena);
	TRY(code == ERR_NOT_FOUND ? 0 : code);
	return changing->count ? flush(changing) : 0;
}

/* The next lot, from *NEXT on; each instance is looked at in ARENA. */
static int collect(struct txn *txn, struct arena *arena, struct changing *changing, uint64_t *next)
{
	struct instance *instance;
	struct running_walk walk;
	unsigned looked;

	TRY(walk_jobs(&walk, txn, *next));
	for (looked = 0; looked < LOOK_AT_ONCE && changing->count < AT_ONCE; looked++) {
		TRY(running_walk_read(&walk, txn, arena, &instance));
		*next = instance->serial + 1;
		if (means_any(changing->selection, instance))
			changing->serials[changing->count++] = instance->serial;
	}
	return 0;
}

int running_change_some(struct txn *txn, struct engine *engine,
			const struct running_selection *selection,
			const struct running_change *change, uint64_t *next, bool *ret_more,
			struct error *error)
{
	struct changing *changing = arena_alloc(txn->arena, sizeof(*changing));
	struct command command;
	struct arena arena;
	int code;

	changing->selection = selection;
	changing->change = change;
	arena_init(&arena);
	code = collect(txn, &arena, changing, next);
	arena_clear(&arena);
	*ret_more = !code;
	if (code && code != ERR_NOT_FOUND)
		return code;
	command_init(&command, engine, txn, error);
	code = change_body(&command, changing);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}
