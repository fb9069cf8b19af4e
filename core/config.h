/*
 * The configuration: what conf/batch.conf may say, read by batchd, batchctl and batch.fcgi.
 *
 * A file holds lines `name = value`; `#` at the start of a line begins a comment, and a name may
 * stand there once. Every setting is a row of one table (setting_table()): name, type, bounds,
 * default, one line of help. Engine settings bear Camunda's names. An unknown name, a malformed
 * value and one out of bounds are errors that say where; nothing is guessed. `name =` without a
 * value is Camunda's null where the type has one (SETTING_NULLABLE).
 *
 * Relative paths of the file are relative to its directory, those of overrides to the current one.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "storage/arena.h"
#include "storage/error.h"

/* An integer that was not set. */
#define SETTING_NULL INT64_MIN

enum config_auth { AUTH_NONE, AUTH_BASIC, AUTH_REMOTE_USER };
enum config_deletion_ends { DELETION_ENDS_INVISIBLE, DELETION_ENDS_PURGED };
enum config_cleanup_strategy { CLEANUP_REMOVAL_TIME_BASED, CLEANUP_END_TIME_BASED };
enum config_removal_time_strategy { REMOVAL_TIME_START, REMOVAL_TIME_END, REMOVAL_TIME_NONE };
enum config_history_level { HISTORY_NONE, HISTORY_ACTIVITY, HISTORY_AUDIT, HISTORY_FULL };

enum { WEEKDAYS = 7, MONDAY = 0, SUNDAY = 6 };

/* Names, in the order given. */
struct config_list {
	size_t count;
	const char **items;
};

/* `key:value,…`; `number` is the value where the setting's values are numbers. */
struct config_entry {
	const char *key;
	const char *value;
	int64_t number;
};

struct config_map {
	size_t count;
	struct config_entry *entries;
};

/* Strings are NULL when not set. Times to live and window times are valid, and raw text. */
struct config {
	/* where things are */
	const char *home;
	const char *socket; /* never NULL: by default batchd.sock in `home` */
	const char *batchd_path;

	/* the web */
	const char *base_path;
	int auth; /* enum config_auth */
	const char *auth_file;
	struct config_list users;            /* who may connect to batchd besides its own user */
	struct config_list web_server_users; /* who may speak FastCGI to the responder */
	int64_t max_body_size;               /* bytes */
	int64_t max_decompressed_size;       /* bytes */
	int64_t request_timeout;             /* seconds */
	int64_t read_timeout;                /* seconds */
	bool autostart;
	int64_t autostart_timeout; /* seconds */
	bool sandbox;

	/* batchd */
	int log_level;        /* enum log_level */
	int64_t cache_size;   /* bytes */
	int deletion_ends;    /* enum config_deletion_ends */
	int64_t threads;      /* conversations served at a time */
	int64_t reserve_size; /* bytes */

	/* batches */
	int64_t batch_jobs_per_seed;
	int64_t invocations_per_batch_job;
	struct config_map invocations_per_batch_job_by_batch_type;
	int64_t batch_poll_time; /* seconds */
	int64_t batch_job_priority;
	const char *batch_operation_history_time_to_live;
	struct config_map batch_operations_for_history_cleanup; /* batch type: time to live */
	int64_t removal_time_update_chunk_size;

	/* history cleanup */
	bool history_cleanup_enabled;
	int history_cleanup_strategy; /* enum config_cleanup_strategy */
	const char *history_cleanup_batch_window_start_time;
	const char *history_cleanup_batch_window_end_time;
	const char *weekday_batch_window_start_time[WEEKDAYS]; /* Monday first */
	const char *weekday_batch_window_end_time[WEEKDAYS];
	int64_t history_cleanup_degree_of_parallelism;
	int64_t history_cleanup_batch_size;
	int64_t history_cleanup_batch_threshold;
	bool history_cleanup_metrics_enabled;
	int64_t history_cleanup_job_priority;
	int64_t history_cleanup_default_number_of_retries; /* or SETTING_NULL */
	const char *history_cleanup_job_log_time_to_live;
	const char *task_metrics_time_to_live;

	/* history */
	int history;                       /* enum config_history_level */
	int history_removal_time_strategy; /* enum config_removal_time_strategy */
	const char *history_time_to_live;
	bool enforce_history_time_to_live;
	bool skip_history_optimistic_locking_exceptions;
	bool enable_historic_instance_permissions;

	/* jobs */
	int64_t default_number_of_retries;
	const char *failed_job_retry_time_cycle;
	int64_t failed_job_listener_max_retries;
	bool create_incident_on_failed_job_enabled;
	bool ensure_job_due_date_not_null;
	bool produce_prioritized_jobs;
	bool hint_job_executor;
	bool job_executor_deployment_aware;
	bool job_executor_acquire_by_priority;
	bool job_executor_acquire_by_due_date;
	bool job_executor_prefer_timer_jobs;
	bool job_executor_acquire_exclusive_over_process_hierarchies;
	int64_t job_executor_priority_range_min; /* INT64_MIN: unbounded */
	int64_t job_executor_priority_range_max; /* INT64_MAX: unbounded */

	/* job executor */
	int64_t queue_size;
	int64_t core_pool_size;
	int64_t max_pool_size;
	int64_t max_jobs_per_acquisition;
	int64_t lock_time_in_millis;
	int64_t wait_time_in_millis;
	int64_t wait_increase_factor;
	int64_t max_wait;
	int64_t backoff_time_in_millis;
	int64_t max_backoff;
	int64_t backoff_decrease_threshold;

	/* queries */
	int64_t query_max_results_limit; /* INT64_MAX: unlimited */
};

enum setting_type {
	SETTING_TEXT,
	SETTING_PATH,
	SETTING_BOOLEAN, /* true, false, yes, no */
	SETTING_INTEGER,
	SETTING_SIZE, /* an integer with an optional K, M or G behind it */
	SETTING_CHOICE,
	SETTING_TIME_TO_LIVE, /* P<days>D or a number of days */
	SETTING_WINDOW_TIME,  /* HH:mm or HH:mm±HHMM */
	SETTING_LIST,         /* names, separated by commas */
	SETTING_NUMBER_MAP,   /* name:number,… */
	SETTING_TTL_MAP,      /* name:time to live,… */
};

enum {
	SETTING_NULLABLE = 1,  /* `name =` is allowed and means null */
	SETTING_NO_EFFECT = 2, /* accepted, checked and so far without effect */
	SETTING_ENGINE = 4,    /* one of Camunda's */
};

struct setting {
	const char *name;
	enum setting_type type;
	unsigned flags;
	size_t offset;       /* in struct config */
	const char *initial; /* the default, as it would stand in the file; NULL = null */
	int64_t least, most; /* of integers, sizes and the numbers of maps */
	const char *choices; /* "a b c": the values of the enum, in order */
	const char *help;    /* one line */
};

/* The table and its length, grouped as in conf/batch.conf. */
const struct setting *setting_table(size_t *ret_count);

/*
 * The file to read when a program was started with `-c GIVEN` (NULL: without): that one, else
 * $BATCH_CONF, else batch.conf in the directory of the program, else /etc/batchd/batch.conf; the
 * last two if they are there. NULL: none, the defaults apply. Allocated in ARENA.
 */
const char *config_find(const char *given, struct arena *arena);

/*
 * Fills CONFIG with the defaults, then the file PATH unless it is NULL, then OVERRIDES, each
 * "name=value". Everything is allocated in ARENA. ERR_INPUT (or errno, when the file cannot be
 * read) with a message "PATH:LINE: …" that fits behind a program's name.
 */
int config_load(struct config *config, const char *path, size_t override_count,
		const char *const *overrides, struct arena *arena, struct error *error);

/* Writes the effective settings in the form of the file, one line each: for `batchd -n`. */
void config_print(const struct config *config, FILE *out);

/* The value of KEY in a map with numbers, or OTHERWISE. */
int64_t config_map_number(const struct config_map *map, const char *key, int64_t otherwise);

/* The value of KEY, or NULL. */
const char *config_map_text(const struct config_map *map, const char *key);

/* Days of a valid time to live; SETTING_NULL for NULL and "". */
int64_t config_time_to_live_days(const char *time_to_live);

#endif
