#include "core/config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_LENGTH_MAX = 64 * 1024 };

#define AT(member) offsetof(struct config, member)
#define ANY        INT64_MIN, INT64_MAX
#define NONE       0, 0
#define INT32      INT32_MIN, INT32_MAX
#define COUNT      0, INT32_MAX
#define POSITIVE   1, INT32_MAX
#define MB         (1024 * 1024LL)
#define GB         (1024 * MB)

/* Shorter flags, for this table alone. */
enum { E = SETTING_ENGINE, NUL = SETTING_NULLABLE, NOP = SETTING_NO_EFFECT };

#define DAY(day, n)                                                                                \
	{#day "HistoryCleanupBatchWindowStartTime",                                                \
	 SETTING_WINDOW_TIME,                                                                      \
	 E | NUL,                                                                                  \
	 AT(weekday_batch_window_start_time[n]),                                                   \
	 NULL,                                                                                     \
	 NONE,                                                                                     \
	 NULL,                                                                                     \
	 "start of the clean-up window that begins on " #day},                                     \
	{                                                                                          \
#day "HistoryCleanupBatchWindowEndTime", SETTING_WINDOW_TIME, E,                   \
			AT(weekday_batch_window_end_time[n]), "00:00", NONE, NULL,                 \
			"end of the clean-up window that begins on " #day                          \
	}

/* clang-format off */
static const struct setting settings[] = {
	{"home", SETTING_PATH, 0, AT(home), "/var/lib/batchd", NONE, NULL,
	 "directory of the store"},
	{"socket", SETTING_PATH, NUL, AT(socket), NULL, NONE, NULL,
	 "unix socket of batchd; null: batchd.sock in home"},
	{"batchdPath", SETTING_PATH, NUL, AT(batchd_path), NULL, NONE, NULL,
	 "program that autostart starts; null: batchd beside batch.fcgi"},

	{"basePath", SETTING_TEXT, 0, AT(base_path), "/engine-rest", NONE, NULL,
	 "path of the API in URLs"},
	{"auth", SETTING_CHOICE, 0, AT(auth), "none", NONE, "none basic remote-user",
	 "who may use the API: anyone, users of authFile, users that the web server has checked"},
	{"authFile", SETTING_PATH, NUL, AT(auth_file), NULL, NONE, NULL,
	 "users file of auth = basic: lines name:hash"},
	{"users", SETTING_LIST, NUL, AT(users), NULL, NONE, NULL,
	 "system users who may connect to batchd besides its own"},
	{"webServerUsers", SETTING_LIST, NUL, AT(web_server_users), "www-data", NONE, NULL,
	 "system users who may speak FastCGI to the responder besides its own and root"},
	{"maxBodySize", SETTING_SIZE, 0, AT(max_body_size), "256M", 1, 64 * GB, NULL,
	 "bytes of a request's body as received; more is answered 413"},
	{"maxDecompressedSize", SETTING_SIZE, 0, AT(max_decompressed_size), "1G", 1, 256 * GB, NULL,
	 "bytes of a gzip body when decompressed; more is answered 413"},
	{"requestTimeout", SETTING_INTEGER, 0, AT(request_timeout), "60", 1, 86400, NULL,
	 "seconds that the responder waits for batchd before it answers 504"},
	{"readTimeout", SETTING_INTEGER, 0, AT(read_timeout), "30", 1, 3600, NULL,
	 "seconds that the responder waits for the web server inside a request"},
	{"autostart", SETTING_BOOLEAN, 0, AT(autostart), "no", NONE, NULL,
	 "the responder starts batchd when it is not running"},
	{"autostartTimeout", SETTING_INTEGER, 0, AT(autostart_timeout), "10", 1, 300, NULL,
	 "seconds that a start of batchd may take"},
	{"sandbox", SETTING_BOOLEAN, 0, AT(sandbox), "yes", NONE, NULL,
	 "the responder gives up system calls that it does not need"},

	{"logLevel", SETTING_CHOICE, 0, AT(log_level), "info", NONE, "error warning info debug",
	 "what is written to standard error"},
	{"cacheSize", SETTING_SIZE, 0, AT(cache_size), "32M", 1 * MB, 1024 * GB, NULL,
	 "bytes of Berkeley DB's cache, at most"},
	{"deletionEnds", SETTING_CHOICE, 0, AT(deletion_ends), "invisible", NONE, "invisible purged",
	 "when a deletion batch ends: its instances are invisible for good, or their bytes are gone"},
	{"threads", SETTING_INTEGER, 0, AT(threads), "64", 1, 1024, NULL,
	 "conversations that batchd serves at a time"},
	{"reserveSize", SETTING_SIZE, 0, AT(reserve_size), "256M", 0, 1024 * GB, NULL,
	 "bytes kept back so that deletion works on a full disk; 0: none"},

	{"batchJobsPerSeed", SETTING_INTEGER, E, AT(batch_jobs_per_seed), "100", POSITIVE, NULL,
	 "jobs that a run of the seed job creates"},
	{"invocationsPerBatchJob", SETTING_INTEGER, E, AT(invocations_per_batch_job), "1", POSITIVE,
	 NULL, "instances that one job of a batch works on"},
	{"invocationsPerBatchJobByBatchType", SETTING_NUMBER_MAP, E | NUL,
	 AT(invocations_per_batch_job_by_batch_type), NULL, POSITIVE, NULL,
	 "the same for some batch types: type:number,type:number"},
	{"batchPollTime", SETTING_INTEGER, E, AT(batch_poll_time), "30", COUNT, NULL,
	 "seconds between runs of the monitor job"},
	{"batchJobPriority", SETTING_INTEGER, E, AT(batch_job_priority), "0", ANY, NULL,
	 "priority of a batch's jobs"},
	{"batchOperationHistoryTimeToLive", SETTING_TIME_TO_LIVE, E | NUL,
	 AT(batch_operation_history_time_to_live), NULL, NONE, NULL,
	 "days that a finished batch is kept: 5 or P5D"},
	{"batchOperationsForHistoryCleanup", SETTING_TTL_MAP, E | NUL,
	 AT(batch_operations_for_history_cleanup), NULL, NONE, NULL,
	 "the same for some batch types: type:P5D,type:P1D"},
	{"removalTimeUpdateChunkSize", SETTING_INTEGER, E, AT(removal_time_update_chunk_size),
	 "500", 1, 500, NULL, "rows that a removal time is written to at once"},

	{"historyCleanupEnabled", SETTING_BOOLEAN, E, AT(history_cleanup_enabled), "true", NONE,
	 NULL, "history clean-up exists"},
	{"historyCleanupStrategy", SETTING_CHOICE, E, AT(history_cleanup_strategy),
	 "removalTimeBased", NONE, "removalTimeBased endTimeBased",
	 "what clean-up goes by: removal times, or end times and times to live"},
	{"historyCleanupBatchWindowStartTime", SETTING_WINDOW_TIME, E | NUL,
	 AT(history_cleanup_batch_window_start_time), NULL, NONE, NULL,
	 "when clean-up begins each day: HH:mm or HH:mm+HHMM"},
	{"historyCleanupBatchWindowEndTime", SETTING_WINDOW_TIME, E,
	 AT(history_cleanup_batch_window_end_time), "00:00", NONE, NULL,
	 "when clean-up ends each day"},
	DAY(monday, 0), DAY(tuesday, 1), DAY(wednesday, 2), DAY(thursday, 3), DAY(friday, 4),
	DAY(saturday, 5), DAY(sunday, 6),
	{"historyCleanupDegreeOfParallelism", SETTING_INTEGER, E,
	 AT(history_cleanup_degree_of_parallelism), "1", 1, 8, NULL, "clean-up jobs"},
	{"historyCleanupBatchSize", SETTING_INTEGER, E | NOP, AT(history_cleanup_batch_size), "500", 1,
	 500, NULL, "instances that a run of a clean-up job removes"},
	{"historyCleanupBatchThreshold", SETTING_INTEGER, E | NOP, AT(history_cleanup_batch_threshold),
	 "10", COUNT, NULL, "below so many instances found, clean-up waits longer"},
	{"historyCleanupMetricsEnabled", SETTING_BOOLEAN, E, AT(history_cleanup_metrics_enabled),
	 "true", NONE, NULL, "clean-up counts what it removes"},
	{"historyCleanupJobPriority", SETTING_INTEGER, E, AT(history_cleanup_job_priority), "0",
	 ANY, NULL, "priority of clean-up jobs"},
	{"historyCleanupDefaultNumberOfRetries", SETTING_INTEGER, E | NUL,
	 AT(history_cleanup_default_number_of_retries), NULL, INT32, NULL,
	 "retries of clean-up jobs; null: defaultNumberOfRetries"},
	{"historyCleanupJobLogTimeToLive", SETTING_TIME_TO_LIVE, E | NUL,
	 AT(history_cleanup_job_log_time_to_live), NULL, NONE, NULL,
	 "days that the job log of clean-up is kept"},
	{"taskMetricsTimeToLive", SETTING_TIME_TO_LIVE, E | NUL | NOP, AT(task_metrics_time_to_live),
	 NULL, NONE, NULL, "days that task metrics are kept"},

	{"history", SETTING_CHOICE, E, AT(history), "full", NONE, "none activity audit full",
	 "history level"},
	{"historyRemovalTimeStrategy", SETTING_CHOICE, E, AT(history_removal_time_strategy), "end", NONE,
	 "start end none", "from when a time to live counts"},
	{"historyTimeToLive", SETTING_TIME_TO_LIVE, E | NUL, AT(history_time_to_live), NULL, NONE,
	 NULL, "time to live of definitions that name none"},
	{"enforceHistoryTimeToLive", SETTING_BOOLEAN, E, AT(enforce_history_time_to_live), "true",
	 NONE, NULL, "definitions without a time to live are refused"},
	{"skipHistoryOptimisticLockingExceptions", SETTING_BOOLEAN, E | NOP,
	 AT(skip_history_optimistic_locking_exceptions), "true", NONE, NULL,
	 "conflicts on history are ignored"},
	{"enableHistoricInstancePermissions", SETTING_BOOLEAN, E | NOP,
	 AT(enable_historic_instance_permissions), "false", NONE, NULL,
	 "authorizations on single historic instances"},

	{"defaultNumberOfRetries", SETTING_INTEGER, E, AT(default_number_of_retries), "3", INT32, NULL,
	 "retries of a new job"},
	{"failedJobRetryTimeCycle", SETTING_TEXT, E | NUL, AT(failed_job_retry_time_cycle), NULL,
	 NONE, NULL, "when failed jobs are tried again, as R5/PT5M"},
	{"failedJobListenerMaxRetries", SETTING_INTEGER, E | NOP, AT(failed_job_listener_max_retries),
	 "3", INT32, NULL, "retries of recording a failure"},
	{"createIncidentOnFailedJobEnabled", SETTING_BOOLEAN, E,
	 AT(create_incident_on_failed_job_enabled), "true", NONE, NULL,
	 "a job without retries left opens an incident"},
	{"ensureJobDueDateNotNull", SETTING_BOOLEAN, E, AT(ensure_job_due_date_not_null), "false", NONE,
	 NULL, "every job has a due date"},
	{"producePrioritizedJobs", SETTING_BOOLEAN, E, AT(produce_prioritized_jobs), "true", NONE,
	 NULL, "new jobs have priorities"},
	{"hintJobExecutor", SETTING_BOOLEAN, E | NOP, AT(hint_job_executor), "true", NONE, NULL,
	 "a new job wakes the job executor"},
	{"jobExecutorDeploymentAware", SETTING_BOOLEAN, E | NOP, AT(job_executor_deployment_aware),
	 "false", NONE, NULL, "only jobs of registered deployments are executed"},
	{"jobExecutorAcquireByPriority", SETTING_BOOLEAN, E, AT(job_executor_acquire_by_priority),
	 "false", NONE, NULL, "jobs of higher priority come first"},
	{"jobExecutorAcquireByDueDate", SETTING_BOOLEAN, E, AT(job_executor_acquire_by_due_date),
	 "false", NONE, NULL, "jobs that are due longer come first"},
	{"jobExecutorPreferTimerJobs", SETTING_BOOLEAN, E | NOP, AT(job_executor_prefer_timer_jobs),
	 "false", NONE, NULL, "timers come first"},
	{"jobExecutorAcquireExclusiveOverProcessHierarchies", SETTING_BOOLEAN, E | NOP,
	 AT(job_executor_acquire_exclusive_over_process_hierarchies), "false", NONE, NULL,
	 "exclusive jobs exclude those of the whole hierarchy"},
	{"jobExecutorPriorityRangeMin", SETTING_INTEGER, E | NUL, AT(job_executor_priority_range_min),
	 NULL, ANY, NULL, "lowest priority that is executed; null: unbounded"},
	{"jobExecutorPriorityRangeMax", SETTING_INTEGER, E | NUL, AT(job_executor_priority_range_max),
	 NULL, ANY, NULL, "highest priority that is executed; null: unbounded"},

	{"queueSize", SETTING_INTEGER, E | NOP, AT(queue_size), "3", COUNT, NULL,
	 "jobs that wait for a thread"},
	{"corePoolSize", SETTING_INTEGER, E | NOP, AT(core_pool_size), "3", COUNT, NULL,
	 "threads that stay"},
	{"maxPoolSize", SETTING_INTEGER, E | NOP, AT(max_pool_size), "10", POSITIVE, NULL,
	 "threads at most"},
	{"maxJobsPerAcquisition", SETTING_INTEGER, E | NOP, AT(max_jobs_per_acquisition), "3", POSITIVE,
	 NULL, "jobs acquired at once"},
	{"lockTimeInMillis", SETTING_INTEGER, E | NOP, AT(lock_time_in_millis), "300000", COUNT, NULL,
	 "how long an acquired job stays locked"},
	{"waitTimeInMillis", SETTING_INTEGER, E | NOP, AT(wait_time_in_millis), "5000", COUNT, NULL,
	 "wait when there is nothing to do"},
	{"waitIncreaseFactor", SETTING_INTEGER, E | NOP, AT(wait_increase_factor), "2", POSITIVE, NULL,
	 "by which that wait grows"},
	{"maxWait", SETTING_INTEGER, E | NOP, AT(max_wait), "60000", COUNT, NULL,
	 "to which it grows, in milliseconds"},
	{"backoffTimeInMillis", SETTING_INTEGER, E | NOP, AT(backoff_time_in_millis), "0", COUNT, NULL,
	 "wait after a conflict"},
	{"maxBackoff", SETTING_INTEGER, E | NOP, AT(max_backoff), "0", COUNT, NULL,
	 "to which that wait grows"},
	{"backoffDecreaseThreshold", SETTING_INTEGER, E | NOP, AT(backoff_decrease_threshold), "100",
	 COUNT, NULL, "acquisitions without conflict until it shrinks"},

	{"queryMaxResultsLimit", SETTING_INTEGER, E | NUL | NOP, AT(query_max_results_limit), NULL,
	 POSITIVE, NULL, "results that a query may ask for at most; null: unlimited"},
};
/* clang-format on */

enum { SETTING_MAX = ARRAY_SIZE(settings) };

/* Integers whose null is not SETTING_NULL but a bound. */
static const struct {
	size_t offset;
	int64_t unbounded;
} unbounded[] = {
	{AT(job_executor_priority_range_min), INT64_MIN},
	{AT(job_executor_priority_range_max), INT64_MAX},
	{AT(query_max_results_limit),         INT64_MAX},
};

/* The original's reasons (ENGINE-12009) for values out of bounds. */
static const struct {
	const char *name, *reason;
} reasons[] = {
	{"historyCleanupDegreeOfParallelism",
	 "value for number of threads for history cleanup should be between 1 and 8"                       },
	{"historyCleanupBatchSize",           "value for batch size should be between 1 and 500"           },
	{"historyCleanupBatchThreshold",      "History cleanup batch threshold cannot be negative."        },
	{"historyCleanupStrategy",            "history cleanup strategy must be either set to "
				   "'removalTimeBased' or 'endTimeBased'"},
	{"historyRemovalTimeStrategy",        "history removal time strategy must be set to 'start', "
				       "'end' or 'none'"             },
};

/* What is being read: where errors point to. */
struct source {
	const char *path; /* NULL: an override */
	const char *directory;
	unsigned line;
	struct config *config;
	struct arena *arena;
	struct error *error;
};

const struct setting *setting_table(size_t *ret_count)
{
	*ret_count = SETTING_MAX;
	return settings;
}

static int refuse(struct source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(struct source *source, const char *format, ...)
{
	va_list args;
	const char *text;

	va_start(args, format);
	text = arena_vprintf(source->arena, format, args);
	va_end(args);
	if (!source->path)
		return err_set(source->error, source->arena, ERR_INPUT, "%s", text);
	return err_set(source->error, source->arena, ERR_INPUT, "%s:%u: %s", source->path,
		       source->line, text);
}

static int refuse_value(struct source *source, const struct setting *setting, const char *value,
			const char *reason)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (!strcmp(reasons[i].name, setting->name))
			reason = reasons[i].reason;
	return refuse(source,
		      "ENGINE-12009 Invalid value '%s' for configuration property '%s': %s.", value,
		      setting->name, reason);
}

static bool parse_number(const char *text, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 10);
	return end != text && !*end && !errno && !isspace((unsigned char)*text);
}

/* K, M and G are powers of 1024. */
static bool parse_size(const char *text, int64_t *ret)
{
	static const char units[] = "KMG";
	char *end;
	int64_t value;
	const char *unit;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || errno || value < 0)
		return false;
	unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (*end && (!unit || end[1]))
		return false;
	if (unit && value > INT64_MAX >> (10 * (unit - units + 1)))
		return false;
	*ret = unit ? value << (10 * (unit - units + 1)) : value;
	return true;
}

static int check_bounds(struct source *source, const struct setting *setting, const char *value,
			int64_t number)
{
	const char *reason;

	if (number >= setting->least && number <= setting->most)
		return 0;
	reason = arena_printf(source->arena, "must be between %" PRId64 " and %" PRId64,
			      setting->least, setting->most);
	return refuse_value(source, setting, value, reason);
}

static int set_text(struct source *source, const struct setting *setting, const char *value,
		    void *at)
{
	(void)setting;
	*(const char **)at = arena_strdup(source->arena, value);
	return 0;
}

static int set_path(struct source *source, const struct setting *setting, const char *value,
		    void *at)
{
	if (*value == '/' || !source->directory)
		return set_text(source, setting, value, at);
	*(const char **)at = arena_printf(source->arena, "%s/%s", source->directory, value);
	return 0;
}

static int set_boolean(struct source *source, const struct setting *setting, const char *value,
		       void *at)
{
	static const char *const words[] = {"false", "true", "no", "yes"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(value, words[i])) {
			*(bool *)at = i & 1;
			return 0;
		}
	return refuse_value(source, setting, value, "must be true or false");
}

static int set_integer(struct source *source, const struct setting *setting, const char *value,
		       void *at)
{
	int64_t number;

	if (!parse_number(value, &number))
		return refuse_value(source, setting, value, "must be a whole number");
	TRY(check_bounds(source, setting, value, number));
	*(int64_t *)at = number;
	return 0;
}

static int set_size(struct source *source, const struct setting *setting, const char *value,
		    void *at)
{
	int64_t number;

	if (!parse_size(value, &number))
		return refuse_value(source, setting, value,
				    "must be a number of bytes, or one with K, M or G behind it");
	TRY(check_bounds(source, setting, value, number));
	*(int64_t *)at = number;
	return 0;
}

static int set_choice(struct source *source, const struct setting *setting, const char *value,
		      void *at)
{
	const char *choice = setting->choices;
	size_t length = strlen(value);
	int n = 0;

	for (; *choice; n++) {
		size_t size = strcspn(choice, " ");

		if (size == length && !memcmp(choice, value, size)) {
			*(int *)at = n;
			return 0;
		}
		choice += size + (choice[size] == ' ');
	}
	return refuse_value(source, setting, value,
			    arena_printf(source->arena, "must be one of: %s", setting->choices));
}

/* "P5D" or "5"; the original takes a number with a sign too, and no other letters. */
static bool parse_time_to_live(const char *text, int64_t *ret_days)
{
	size_t length = strlen(text);
	char digits[12];

	if (length > 2 && text[0] == 'P' && text[length - 1] == 'D' &&
	    length - 2 < sizeof(digits) && isdigit((unsigned char)text[1])) {
		memcpy(digits, text + 1, length - 2);
		digits[length - 2] = 0;
		text = digits;
	}
	return parse_number(text, ret_days) && *ret_days >= 0 && *ret_days <= INT32_MAX;
}

static int set_time_to_live(struct source *source, const struct setting *setting, const char *value,
			    void *at)
{
	int64_t days;

	if (!parse_time_to_live(value, &days))
		return refuse(source,
			      "ENGINE-12011 Invalid value '%s' for configuration property '%s': "
			      "must be days, as 5 or P5D.",
			      value, setting->name);
	return set_text(source, setting, value, at);
}

static bool two_digits(const char *text, int most)
{
	return isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[1]) &&
	       (text[0] - '0') * 10 + text[1] - '0' <= most;
}

/* "22:30", "6:00", "24:00", each perhaps with a zone behind it. */
static bool window_time_valid(const char *text)
{
	bool short_hour = isdigit((unsigned char)text[0]) && text[1] == ':';
	const char *rest = text + (short_hour ? 1 : 2);

	if (!short_hour && !two_digits(text, 23) && strncmp(text, "24:00", 5) != 0)
		return false;
	if (rest[0] != ':' || !two_digits(rest + 1, 59))
		return false;
	rest += 3;
	return !*rest || ((*rest == '+' || *rest == '-') && two_digits(rest + 1, 23) &&
			  two_digits(rest + 3, 59) && !rest[5]);
}

static int set_window_time(struct source *source, const struct setting *setting, const char *value,
			   void *at)
{
	if (!window_time_valid(value))
		return refuse(source,
			      "ENGINE-12008 Invalid value '%s' for configuration property '%s': "
			      "must be a time of day, as 22:30 or 22:30+0100.",
			      value, setting->name);
	return set_text(source, setting, value, at);
}

/* Cuts the next part of a list off *REST: trimmed, NULL at the end. */
static char *next_part(struct arena *arena, const char **rest)
{
	const char *start = *rest, *end;

	if (!start)
		return NULL;
	end = start + strcspn(start, ",");
	*rest = *end ? end + 1 : NULL;
	while (start < end && isspace((unsigned char)*start))
		start++;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	return arena_strndup(arena, start, (size_t)(end - start));
}

static size_t part_count(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == ',';
	return count;
}

static int set_list(struct source *source, const struct setting *setting, const char *value,
		    void *at)
{
	struct config_list list = {0,
				   arena_array(source->arena, part_count(value), sizeof(char *))};
	const char *rest = value, *part;

	while ((part = next_part(source->arena, &rest))) {
		if (!*part)
			return refuse_value(source, setting, value, "has an empty name");
		list.items[list.count++] = part;
	}
	*(struct config_list *)at = list;
	return 0;
}

static int set_map(struct source *source, const struct setting *setting, const char *value,
		   void *at)
{
	struct config_map map = {
		0, arena_array(source->arena, part_count(value), sizeof(struct config_entry))};
	bool numbers = setting->type == SETTING_NUMBER_MAP;
	const char *rest = value;
	char *part, *colon;

	while ((part = next_part(source->arena, &rest))) {
		struct config_entry *entry = &map.entries[map.count++];

		colon = strrchr(part, ':');
		if (!colon || colon == part)
			return refuse_value(source, setting, value,
					    "must be name:value,name:value");
		*colon = 0;
		*entry = (struct config_entry){part, colon + 1, 0};
		if (!numbers && !parse_time_to_live(entry->value, &entry->number))
			return refuse_value(source, setting, value, "must have times to live");
		if (numbers && !parse_number(entry->value, &entry->number))
			return refuse_value(source, setting, value, "must have whole numbers");
		if (numbers)
			TRY(check_bounds(source, setting, value, entry->number));
	}
	*(struct config_map *)at = map;
	return 0;
}

/* One entry of a map, KEY:VALUE; it takes the place of one with its key. */
static int set_entry(struct source *source, const struct setting *setting, const char *key,
		     const char *value)
{
	struct config_map *map =
		(struct config_map *)(void *)((char *)source->config + setting->offset);
	struct config_map one = {0, NULL};
	struct config_entry *entries = arena_array(source->arena, map->count + 1, sizeof(*entries));
	size_t i, count = 0;

	TRY(set_map(source, setting, arena_printf(source->arena, "%s:%s", key, value), &one));
	if (one.count != 1)
		return refuse_value(source, setting, value, "must be one value");
	for (i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].key, one.entries[0].key) != 0)
			entries[count++] = map->entries[i];
	entries[count++] = one.entries[0];
	*map = (struct config_map){count, entries};
	return 0;
}

/* How each type is read; by enum setting_type. */
static int (*const setters[])(struct source *, const struct setting *, const char *, void *) = {
	[SETTING_TEXT] = set_text,
	[SETTING_PATH] = set_path,
	[SETTING_BOOLEAN] = set_boolean,
	[SETTING_INTEGER] = set_integer,
	[SETTING_SIZE] = set_size,
	[SETTING_CHOICE] = set_choice,
	[SETTING_TIME_TO_LIVE] = set_time_to_live,
	[SETTING_WINDOW_TIME] = set_window_time,
	[SETTING_LIST] = set_list,
	[SETTING_NUMBER_MAP] = set_map,
	[SETTING_TTL_MAP] = set_map,
};

static int64_t integer_null(const struct setting *setting)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unbounded); i++)
		if (unbounded[i].offset == setting->offset)
			return unbounded[i].unbounded;
	return SETTING_NULL;
}

static void set_null(struct config *config, const struct setting *setting)
{
	void *at = (char *)config + setting->offset;

	if (setting->type == SETTING_INTEGER)
		*(int64_t *)at = integer_null(setting);
	else if (setting->type == SETTING_LIST)
		*(struct config_list *)at = (struct config_list){0, NULL};
	else if (setting->type == SETTING_NUMBER_MAP || setting->type == SETTING_TTL_MAP)
		*(struct config_map *)at = (struct config_map){0, NULL};
	else
		*(const char **)at = NULL;
}

static int set_value(struct source *source, const struct setting *setting, const char *value)
{
	if (*value)
		return setters[setting->type](source, setting, value,
					      (char *)source->config + setting->offset);
	if (!(setting->flags & SETTING_NULLABLE))
		return refuse(source, "%s needs a value", setting->name);
	set_null(source->config, setting);
	return 0;
}

static const struct setting *setting_find(const char *name)
{
	size_t i;

	for (i = 0; i < SETTING_MAX; i++)
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	return NULL;
}

/* The map that "map.key" names an entry of, or NULL. */
static const struct setting *map_of_entry(const char *name, const char **ret_key)
{
	const char *dot = strchr(name, '.');
	size_t i;

	if (!dot || !dot[1])
		return NULL;
	*ret_key = dot + 1;
	for (i = 0; i < SETTING_MAX; i++)
		if ((settings[i].type == SETTING_NUMBER_MAP ||
		     settings[i].type == SETTING_TTL_MAP) &&
		    strlen(settings[i].name) == (size_t)(dot - name) &&
		    !strncmp(settings[i].name, name, (size_t)(dot - name)))
			return &settings[i];
	return NULL;
}

/* Cuts spaces off both ends of TEXT, in place. */
static char *trim(char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		text[--length] = 0;
	return text;
}

/* "name = value". SEEN marks the settings that the file has had already; NULL for overrides. */
static int assign(struct source *source, const char *text, bool *seen)
{
	char *line = trim(arena_strdup(source->arena, text)), *equals = strchr(line, '=');
	const struct setting *setting;
	const char *key;
	char *name;

	if (!equals)
		return refuse(source, "'%s' is not of the form name = value", line);
	*equals = 0;
	name = trim(line);
	setting = map_of_entry(name, &key);
	if (setting)
		return set_entry(source, setting, key, trim(equals + 1));
	setting = setting_find(name);
	if (!setting)
		return refuse(source, "unknown setting '%s'", name);
	if (seen && seen[setting - settings])
		return refuse(source, "%s stands twice in this file", name);
	if (seen)
		seen[setting - settings] = true;
	return set_value(source, setting, trim(equals + 1));
}

static int load_lines(struct source *source, FILE *file)
{
	bool seen[SETTING_MAX] = {false};
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int code = 0;

	while (!code && (length = getline(&line, &room, file)) >= 0) {
		const char *start = line + strspn(line, " \t\r\n");

		source->line++;
		if (strlen(line) != (size_t)length || length > LINE_LENGTH_MAX)
			code = refuse(source, "this is not a line of text");
		else if (*start && *start != '#')
			code = assign(source, start, seen);
	}
	free(line);
	if (!code && ferror(file))
		code = err_set(source->error, source->arena, EIO, "%s: cannot be read",
			       source->path);
	return code;
}

static int load_file(struct source *source, const char *path)
{
	FILE *file = fopen(path, "re");
	const char *slash = strrchr(path, '/');
	int code;

	if (!file) {
		code = errno;
		return err_set(source->error, source->arena, code, "%s: %s", path, strerror(code));
	}
	source->path = path;
	source->directory =
		slash ? arena_strndup(source->arena, path, (size_t)(slash - path)) : ".";
	code = load_lines(source, file);
	fclose(file);
	source->path = source->directory = NULL;
	return code;
}

/* batch.conf in the directory of this program, or NULL. */
static const char *beside_program(struct arena *arena)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length <= 0)
		return NULL;
	self[length] = 0;
	return arena_printf(arena, "%.*s/batch.conf", (int)(strrchr(self, '/') - self), self);
}

const char *config_find(const char *given, struct arena *arena)
{
	static const char system_wide[] = "/etc/batchd/batch.conf";
	const char *path = given ? given : getenv("BATCH_CONF");

	if (path)
		return path;
	path = beside_program(arena);
	if (path && !access(path, F_OK))
		return path;
	return access(system_wide, F_OK) ? NULL : system_wide;
}

static int set_defaults(struct source *source)
{
	size_t i;

	for (i = 0; i < SETTING_MAX; i++)
		TRY(set_value(source, &settings[i],
			      settings[i].initial ? settings[i].initial : ""));
	return 0;
}

/* What a single row cannot know. */
static int check_whole(struct source *source)
{
	struct config *config = source->config;

	if (config->history_removal_time_strategy == REMOVAL_TIME_NONE &&
	    config->history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED)
		return refuse(source,
			      "ENGINE-12009 Invalid value 'none' for configuration property "
			      "'historyRemovalTimeStrategy': history removal time strategy cannot "
			      "be set to 'none' in conjunction with 'removalTimeBased' history "
			      "cleanup strategy.");
	if (config->job_executor_priority_range_min > config->job_executor_priority_range_max)
		return refuse(source, "jobExecutorPriorityRangeMin is greater than "
				      "jobExecutorPriorityRangeMax");
	if (config->auth == AUTH_BASIC && !config->auth_file)
		return refuse(source, "auth = basic needs authFile");
	if (*config->base_path != '/' || config->base_path[strlen(config->base_path) - 1] == '/')
		return refuse(source, "basePath must begin with a slash and not end with one");
	if (!config->socket)
		config->socket = arena_printf(source->arena, "%s/batchd.sock", config->home);
	return 0;
}

int config_load(struct config *config, const char *path, size_t override_count,
		const char *const *overrides, struct arena *arena, struct error *error)
{
	struct config loaded = {0};
	struct source source = {.config = &loaded, .arena = arena, .error = error};
	size_t i;

	TRY(set_defaults(&source));
	if (path)
		TRY(load_file(&source, path));
	for (i = 0; i < override_count; i++)
		TRY(assign(&source, overrides[i], NULL));
	TRY(check_whole(&source));
	*config = loaded;
	return 0;
}

static void print_choice(const char *choices, int n, FILE *out)
{
	for (; n; n--)
		choices += strcspn(choices, " ") + 1;
	fprintf(out, " %.*s", (int)strcspn(choices, " "), choices);
}

static void print_map(const struct config_map *map, FILE *out)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		fprintf(out, "%s%s:%s", i ? "," : " ", map->entries[i].key, map->entries[i].value);
}

static void print_list(const struct config_list *list, FILE *out)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		fprintf(out, "%s%s", i ? ", " : " ", list->items[i]);
}

static void print_integer(const struct setting *setting, int64_t value, FILE *out)
{
	if (!(setting->flags & SETTING_NULLABLE) || value != integer_null(setting))
		fprintf(out, " %" PRId64, value);
}

static void print_value(const struct setting *setting, const void *at, FILE *out)
{
	const char *text;

	switch (setting->type) {
	case SETTING_BOOLEAN:
		fputs(*(const bool *)at ? " true" : " false", out);
		break;
	case SETTING_INTEGER:
	case SETTING_SIZE:
		print_integer(setting, *(const int64_t *)at, out);
		break;
	case SETTING_CHOICE:
		print_choice(setting->choices, *(const int *)at, out);
		break;
	case SETTING_LIST:
		print_list(at, out);
		break;
	case SETTING_NUMBER_MAP:
	case SETTING_TTL_MAP:
		print_map(at, out);
		break;
	default:
		text = *(const char *const *)at;
		if (text)
			fprintf(out, " %s", text);
	}
}

void config_print(const struct config *config, FILE *out)
{
	size_t i;

	for (i = 0; i < SETTING_MAX; i++) {
		fprintf(out, "%s =", settings[i].name);
		print_value(&settings[i], (const char *)config + settings[i].offset, out);
		fputc('\n', out);
	}
}

static const struct config_entry *map_find(const struct config_map *map, const char *key)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (!strcmp(map->entries[i].key, key))
			return &map->entries[i];
	return NULL;
}

int64_t config_map_number(const struct config_map *map, const char *key, int64_t otherwise)
{
	const struct config_entry *entry = map_find(map, key);

	return entry ? entry->number : otherwise;
}

const char *config_map_text(const struct config_map *map, const char *key)
{
	const struct config_entry *entry = map_find(map, key);

	return entry ? entry->value : NULL;
}

int64_t config_time_to_live_days(const char *time_to_live)
{
	int64_t days;

	if (!time_to_live || !*time_to_live)
		return SETTING_NULL;
	return parse_time_to_live(time_to_live, &days) ? days : SETTING_NULL;
}
