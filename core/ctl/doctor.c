/*
 * batchctl doctor: what clean-up does and does not, in words (GET /history/cleanup/configuration
 * with explain). With --repair, missing removal times are set before, a transaction at a time.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "core/link/operation.h"
#include "core/ctl/ctl.h"

static int64_t number(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return json_object_get_int64(value);
}

/* What a repair has come to. */
struct repair {
	unsigned subject;
	int64_t next, set, unset;
	bool ended;
};

static bool repair_once(struct ctl *ctl, struct link *link, struct repair *repair, int64_t *ret_end)
{
	char subject[24], next[24];
	struct pair query[] = {
		{"subject", subject},
                {"next",    next   }
        };
	struct call call = ctl_call(ADMIN_REPAIR);
	struct json_object *answer, *last = NULL;

	snprintf(subject, sizeof(subject), "%u", repair->subject);
	snprintf(next, sizeof(next), "%ld", (long)repair->next);
	call.query = query;
	call.query_count = 2;
	answer = ctl_get(ctl, link, &call);
	if (!answer)
		return false;
	repair->set += number(answer, "set");
	repair->unset += number(answer, "unset");
	repair->next = number(answer, "next");
	*ret_end = number(answer, "end");
	json_object_object_get_ex(answer, "last", &last);
	repair->ended = repair->next >= *ret_end && json_object_get_boolean(last);
	json_object_put(answer);
	return true;
}

static bool repair_all(struct ctl *ctl, struct link *link)
{
	static const char *const names[] = {"process instances", "decision instances",
					    "user operations"};
	enum { NAMES = ARRAY_SIZE(names) };
	struct repair repair = {0};
	struct progress progress;
	int64_t end = 0;

	while (!repair.ended) {
		if (!repair.next)
			progress_begin(&progress, names[repair.subject % NAMES], "rows", 0, 0);
		if (!repair_once(ctl, link, &repair, &end))
			return false;
		progress.total = (uint64_t)end;
		progress_show(&progress, (uint64_t)repair.next);
		if (repair.next < end)
			continue;
		progress_end(&progress, (uint64_t)repair.next);
		repair.subject++;
		repair.next = 0;
	}
	printf("%ld removal times were set, %ld rows stay without one\n", (long)repair.set,
	       (long)repair.unset);
	return true;
}

static bool explain(struct ctl *ctl, struct link *link)
{
	struct call call = ctl_call(ctl_operation(METHOD_GET, "/history/cleanup/configuration"));
	struct pair query = {"explain", "true"};
	struct json_object *answer, *sentences = NULL;
	size_t i;

	call.query = &query;
	call.query_count = 1;
	answer = ctl_get(ctl, link, &call);
	if (!answer)
		return false;
	json_object_object_get_ex(answer, "explanation", &sentences);
	for (i = 0; i < json_object_array_length(sentences); i++)
		puts(json_object_get_string(json_object_array_get_idx(sentences, i)));
	json_object_put(answer);
	return true;
}

int ctl_doctor(struct ctl *ctl)
{
	bool repair = ctl->argc == 2 && !strcmp(ctl->argv[1], "--repair"), ok;
	struct link link;

	if (ctl->argc != 1 + repair)
		return CTL_USAGE;
	if (!ctl_connect(ctl, &link))
		return CTL_FAILED;
	ok = (!repair || repair_all(ctl, &link)) && explain(ctl, &link);
	link_clear(&link);
	return ok ? CTL_OK : CTL_FAILED;
}
