/* Creation of batches over jobs (semantics.md 2.9). */
#include <stdlib.h>
#include <string.h>

#include "core/api/handler.h"
#include "core/api/retries_body.h"
#include "core/job/batch.h"
#include "core/batch/select.h"
#include "core/history/id_list.h"
#include "core/runtime/job_query.h"
#include "core/batch/job_target.h"
#include "storage/uuid.h"

/* Names that become a target. */
struct names {
	struct arena *arena; /* of texts that are no UUIDs */
	size_t count, room;
	union target_name *items; /* malloced */
};

static void names_clear(struct names *names)
{
	free(names->items);
	names->items = NULL;
}

static void add_name(struct names *names, union target_name name)
{
	if (names->count == names->room) {
		names->room = names->room ? names->room * 2 : 64;
		names->items = memory_resize(names->items, names->room * sizeof(*names->items));
	}
	names->items[names->count++] = name;
}

static void take_name(void *arg, const char *id)
{
	struct names *names = arg;
	union target_name name = target_name_of(id);

	if (!name.other.high)
		name.other.text = arena_strdup(names->arena, id);
	add_name(names, name);
}

/* The ids that were streamed out of the body. */
static void read_names(struct request *request, struct names *ret)
{
	const struct id_list *ids = request->diverted;
	char text[UUID_TEXT + 1];
	size_t i;

	*ret = (struct names){.arena = request->arena};
	for (i = 0; i < ids->uuid_count; i++) {
		uuid_format(ids->uuids[i], text);
		take_name(ret, text);
	}
	for (i = 0; i < ids->text_count; i++)
		add_name(ret, target_name_of(ids->texts[i]));
	if (ids->nulls)
		add_name(ret, target_name_of(NULL));
}

/* They were streamed out of the body, unless they are no list. */
static int check_ids(const struct request *request, const char *key)
{
	const struct json *node = json_present(request->body, key);

	return node && node->type != JSON_ARRAY ? ERR_INPUT : 0;
}

/* Ids of the body and of what its jobQuery finds: the batch's target, by deployment. */
static int select_jobs(struct request *request, const struct query *query, struct target *ret)
{
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct names names;
	int code = 0;

	read_names(request, &names);
	if (query)
		code = job_query_ids(request, query, take_name, &names);
	names.count = target_names_unique(names.items, names.count);
	if (!code)
		code = job_target(&reader, names.items, names.count, ret);
	names_clear(&names);
	return code;
}

static int bind_job_query(struct request *request, const struct json *nested, struct query *ret)
{
	if (nested->type != JSON_OBJECT)
		return ERR_INPUT;
	TRY(query_bind_object(request, &job_resource, nested, ret));
	TRY(job_query_check(request, ret));
	return query_check_direction(request, ret, ERR_INVALID);
}

int job_retries_async(struct request *request)
{
	const struct json *nested = json_present(request->body, "jobQuery");
	const struct id_list *ids = request->diverted;
	struct batch_plan plan = {.type = "set-job-retries"};
	struct query query;
	int64_t retries;

	TRY(retries_read(request, &retries));
	plan.configuration = retries_configuration(request, retries);
	TRY(check_ids(request, "jobIds"));
	if (!plan.configuration || (nested && nested->type != JSON_OBJECT))
		return ERR_INPUT;
	if (retries == INT_NULL)
		return request_fail(request, ERR_INVALID, "retries is null");
	if (nested)
		TRY(bind_job_query(request, nested, &query));
	if (!nested && !ids->uuid_count && !ids->text_count && !ids->nulls)
		return request_fail(request, ERR_ENGINE,
				    "ENGINE-13050 You must specify at least one of jobIds or "
				    "jobQuery.");
	TRY(select_jobs(request, nested ? &query : NULL, &plan.target));
	return retries_create_batch(request, &plan, retries);
}
