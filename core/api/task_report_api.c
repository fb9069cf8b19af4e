/* /task/report/candidate-group-count: how many tasks nobody has taken yet, by candidate group. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/runtime/running_index.h"

/* NAME NULL: other links, and tasks without any, as the original counts them. */
struct group {
	const char *name;
	int64_t count;
};

struct groups {
	struct arena *arena;
	struct group *items; /* in order of names */
	size_t count, room;
};

static int compare_names(const char *a, const char *b)
{
	if (!a || !b)
		return (b == NULL) - (a == NULL);
	return strcmp(a, b);
}

/* The place of NAME, or where it belongs. */
static size_t place_of(const struct groups *groups, const char *name)
{
	size_t low = 0, high = groups->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_names(groups->items[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void count_name(struct groups *groups, const char *name)
{
	size_t at = place_of(groups, name);

	assert(at == groups->count || groups->items);
	if (at == groups->count || compare_names(groups->items[at].name, name) != 0) {
		if (groups->count == groups->room) {
			groups->room = groups->room ? groups->room * 2 : 16;
			groups->items =
				memory_resize(groups->items, groups->room * sizeof(*groups->items));
		}
		memmove(&groups->items[at + 1], &groups->items[at],
			(groups->count++ - at) * sizeof(*groups->items));
		groups->items[at] = (struct group){arena_strdup(groups->arena, name), 0};
	}
	groups->items[at].count++;
}

static void count_task(struct groups *groups, const struct instance *instance,
		       const struct task *task)
{
	const struct identity_link *link;
	bool linked = false;

	if (task->assignee)
		return;
	LIST_EACH(&instance->identity_links, link)
	{
		if (strcmp(link->task_id, task->id) != 0)
			continue;
		linked = true;
		count_name(groups, link->group_id);
	}
	if (!linked)
		count_name(groups, NULL);
}

static int count_all(struct request *request, struct groups *groups)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct running_lists lists = {0};
	struct running_walk walk;
	struct instance *instance;
	const struct task *task;
	struct arena arena;
	int code;

	TRY(running_lists_add(&lists, request->arena, INDEX_TASK, NULL));
	TRY(running_walk_start(&walk, &reader, &lists, 0));
	arena_init(&arena);
	while (!(code = running_walk_read(&walk, &reader, &arena, &instance)) &&
	       !(code = request_stopped(request))) {
		LIST_EACH(&instance->tasks, task)
		{
			count_task(groups, instance, task);
		}
	}
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

static void write_csv(struct request *request, const struct groups *groups)
{
	size_t i;

	request_answer_text(request, request->call->accept, "CANDIDATE_GROUP_NAME,TASK_COUNT");
	request_attach(request, "task-count-by-candidate-group.csv");
	for (i = 0; i < groups->count; i++)
		buffer_put_text(&request->writer.buffer,
				arena_printf(request->arena, "\n%s,%lld",
					     groups->items[i].name ? groups->items[i].name : "null",
					     (long long)groups->items[i].count));
}

static void write_json(struct request *request, const struct groups *groups)
{
	struct json_writer *writer = request_answer(request);
	size_t i;

	json_open_array(writer);
	for (i = 0; i < groups->count; i++) {
		json_open_object(writer);
		json_key_string(writer, "groupName", groups->items[i].name);
		json_key_int(writer, "taskCount", groups->items[i].count);
		json_close_object(writer);
	}
	json_close_array(writer);
}

int task_report_candidate_groups(struct request *request)
{
	struct groups groups = {.arena = request->arena};
	int code = count_all(request, &groups);

	if (!code && request->call->accept && strstr(request->call->accept, "csv"))
		write_csv(request, &groups);
	else if (!code)
		write_json(request, &groups);
	free(groups.items);
	return code;
}
