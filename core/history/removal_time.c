#include "core/history/removal_time.h"

#include <string.h>

#include "core/config.h"
#include "core/json/date.h"
#include "storage/clock.h"

static const char *const mode_names[] = {
	[REMOVAL_TIME_UNSET] = "unset",
	[REMOVAL_TIME_ABSOLUTE] = "absolute",
	[REMOVAL_TIME_CLEARED] = "cleared",
	[REMOVAL_TIME_CALCULATED] = "calculated",
};

static int body_flag(const struct request *request, const char *key, bool *ret)
{
	const struct json *node = json_member(request->body, key);

	*ret = false;
	return node ? json_to_bool(node, false, ret) : 0;
}

int removal_time_bind(struct request *request, struct removal_time *ret)
{
	const struct json *time = json_member(request->body, "absoluteRemovalTime");
	bool cleared, calculated, absolute;

	ret->time = TIME_NULL;
	if (time)
		TRY(json_to_time(time, &ret->time));
	absolute = ret->time != TIME_NULL;
	TRY(body_flag(request, "clearedRemovalTime", &cleared));
	TRY(body_flag(request, "calculatedRemovalTime", &calculated));
	TRY(body_flag(request, "hierarchical", &ret->hierarchical));
	if (absolute + cleared + calculated > 1)
		return request_fail(request, ERR_BAD_USER_REQUEST,
				    "The removal time modes are mutually exclusive: mode is not "
				    "null");
	ret->mode = absolute     ? REMOVAL_TIME_ABSOLUTE
		    : cleared    ? REMOVAL_TIME_CLEARED
		    : calculated ? REMOVAL_TIME_CALCULATED
				 : REMOVAL_TIME_UNSET;
	return 0;
}

const char *removal_time_configuration(struct arena *arena, const struct removal_time *removal_time,
				       const char *extra)
{
	int64_t time = removal_time->time;

	/* the engine ends up with a cleared time for those before 1970 */
	if (time != TIME_NULL && time <= 0)
		time = TIME_NULL;
	return arena_printf(arena,
			    time == TIME_NULL ? "{\"mode\":\"%s\",\"hierarchical\":%s%s}"
					      : "{\"mode\":\"%s\",\"hierarchical\":%s%s,"
						"\"removalTime\":%lld}",
			    mode_names[removal_time->mode],
			    removal_time->hierarchical ? "true" : "false", extra, (long long)time);
}

int removal_time_read(const struct json *configuration, struct removal_time *ret)
{
	const struct json *hierarchical = json_member(configuration, "hierarchical");
	const struct json *time = json_present(configuration, "removalTime");
	const char *mode = NULL;
	int i;

	memset(ret, 0, sizeof(*ret));
	ret->time = TIME_NULL;
	if (json_to_string(json_member(configuration, "mode"), &mode) || !mode)
		return ERR_CORRUPT;
	for (i = REMOVAL_TIME_ABSOLUTE; i <= REMOVAL_TIME_CALCULATED; i++)
		if (!strcmp(mode_names[i], mode))
			ret->mode = (enum removal_time_mode)i;
	if (hierarchical)
		TRY(json_to_bool(hierarchical, false, &ret->hierarchical));
	return time ? json_to_time(time, &ret->time) : 0;
}

void removal_time_log(struct logged_operation *operation, struct arena *arena,
		      const struct removal_time *removal_time)
{
	static const char *const names[] = {
		[REMOVAL_TIME_UNSET] = NULL,
		[REMOVAL_TIME_ABSOLUTE] = "ABSOLUTE_REMOVAL_TIME",
		[REMOVAL_TIME_CLEARED] = "CLEARED_REMOVAL_TIME",
		[REMOVAL_TIME_CALCULATED] = "CALCULATED_REMOVAL_TIME",
	};

	operation_add(operation, "mode", names[removal_time->mode]);
	if (removal_time->time == TIME_NULL)
		operation_add(operation, "removalTime", NULL);
	else
		operation_add_number(operation, arena, "removalTime", removal_time->time);
}

int64_t removal_time_value(const struct removal_time *removal_time, const struct config *config,
			   int64_t start, int64_t end, int64_t days)
{
	int strategy = config->history_removal_time_strategy;

	if (removal_time->mode != REMOVAL_TIME_CALCULATED)
		return removal_time->time;
	if (days == SETTING_NULL || strategy == REMOVAL_TIME_NONE)
		return TIME_NULL;
	if (end != TIME_NULL)
		return date_add_days(end, days);
	return strategy == REMOVAL_TIME_END ? TIME_NULL : date_add_days(start, days);
}

int removal_times_write(struct txn *txn, struct columns *columns, const uint64_t *numbers,
			const int64_t *values, size_t count)
{
	if (!count)
		return 0;
	TRY(columns_follow_removal_times(
		txn, columns, arena_copy(txn->arena, numbers, count * sizeof(*numbers)),
		arena_copy(txn->arena, values, count * sizeof(*values)), count));
	return archive_mark(txn, columns_archive(columns), numbers, values, count);
}
