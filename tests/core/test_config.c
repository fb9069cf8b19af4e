/* The configuration table, its file, and what is refused. */
#include "core/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct config config;
	struct error error;
	char path[32];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	arena_init(&f->arena);
	strcpy(f->path, "/tmp/test_config_XXXXXX");
	close(mkstemp(f->path));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	arena_clear(&f->arena);
	free(f);
	return 0;
}

static int load_text(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->path, "w");

	fputs(text, file);
	fclose(file);
	return config_load(&f->config, f->path, 0, NULL, &f->arena, &f->error);
}

static int load_override(struct fixture *f, const char *text)
{
	return config_load(&f->config, NULL, 1, &text, &f->arena, &f->error);
}

static void defaults_are_those_of_the_original(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(config_load(&f->config, NULL, 0, NULL, &f->arena, &f->error), 0);
	assert_int_equal(f->config.batch_jobs_per_seed, 100);
	assert_int_equal(f->config.invocations_per_batch_job, 1);
	assert_int_equal(f->config.batch_poll_time, 30);
	assert_int_equal(f->config.default_number_of_retries, 3);
	assert_int_equal(f->config.history_cleanup_default_number_of_retries, SETTING_NULL);
	assert_true(f->config.job_executor_priority_range_min == INT64_MIN);
	assert_true(f->config.job_executor_priority_range_max == INT64_MAX);
	assert_null(f->config.batch_operation_history_time_to_live);
	assert_string_equal(f->config.weekday_batch_window_end_time[SUNDAY], "00:00");
	assert_null(f->config.weekday_batch_window_start_time[MONDAY]);
	assert_int_equal(f->config.history_removal_time_strategy, REMOVAL_TIME_END);
	assert_true(f->config.create_incident_on_failed_job_enabled);
	assert_string_equal(f->config.socket, "/var/lib/batchd/batchd.sock");
	assert_int_equal(f->config.max_body_size, 256 * 1024 * 1024);
}

static void names_are_unique_and_every_row_has_help(void **state)
{
	size_t i, j, count;
	const struct setting *table = setting_table(&count);

	(void)state;
	for (i = 0; i < count; i++) {
		assert_non_null(table[i].help);
		assert_true(strlen(table[i].help) > 0);
		for (j = 0; j < i; j++) {
			assert_string_not_equal(table[i].name, table[j].name);
			assert_true(table[i].offset != table[j].offset);
		}
	}
}

static void what_is_printed_loads_as_the_same(void **state)
{
	struct fixture *f = *state;
	const char *overrides[] = {
		"batchJobsPerSeed=7",
		"jobExecutorPriorityRangeMin=-5",
		"historyCleanupStrategy=endTimeBased",
		"invocationsPerBatchJobByBatchType=instance-deletion:5, set-job-retries:9",
		"users=www-data,other",
		"maxBodySize=3M",
		"autostart=yes",
		"mondayHistoryCleanupBatchWindowStartTime=22:00+0200",
	};
	char *first, *second;
	size_t length;
	FILE *out = open_memstream(&first, &length);

	assert_int_equal(config_load(&f->config, NULL, ARRAY_SIZE(overrides), overrides, &f->arena,
				     &f->error),
			 0);
	config_print(&f->config, out);
	fclose(out);
	assert_int_equal(load_text(f, first), 0);
	out = open_memstream(&second, &length);
	config_print(&f->config, out);
	fclose(out);
	assert_string_equal(first, second);
	assert_non_null(strstr(second, "maxBodySize = 3145728\n"));
	assert_non_null(strstr(second, "users = www-data, other\n"));
	assert_non_null(strstr(second, "queryMaxResultsLimit =\n"));
	free(first);
	free(second);
}

static void annotated_file_has_every_setting_with_its_default(void **state)
{
	static char text[256 * 1024];
	FILE *file = fopen("conf/batch.conf", "r");
	size_t i, count;
	const struct setting *table = setting_table(&count);
	struct fixture *f = *state;

	assert_non_null(file);
	text[0] = '\n';
	text[1 + fread(text + 1, 1, sizeof(text) - 2, file)] = 0;
	fclose(file);
	for (i = 0; i < count; i++) {
		const char *line = table[i].initial
					   ? arena_printf(&f->arena, "\n#%s = %s\n", table[i].name,
							  table[i].initial)
					   : arena_printf(&f->arena, "\n#%s =\n", table[i].name);

		if (!strstr(text, line))
			fail_msg("conf/batch.conf lacks the line %s", line);
	}
}

static void manual_page_has_every_setting(void **state)
{
	static char text[256 * 1024];
	FILE *file = fopen("conf/batch.conf.5", "r");
	const char *idle;
	size_t i, count;
	const struct setting *table = setting_table(&count);
	struct fixture *f = *state;

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	idle = strstr(text, "\n.Sh SETTINGS WITHOUT EFFECT\n");
	assert_non_null(idle);
	for (i = 0; i < count; i++) {
		const char *name = table[i].name;
		bool listed = strstr(idle, arena_printf(&f->arena, "\n.Sy %s\n", name));

		if (!strstr(text, arena_printf(&f->arena, "\n.It Sy %s No =", name)))
			fail_msg("batch.conf(5) lacks %s", name);
		if (listed != !!(table[i].flags & SETTING_NO_EFFECT))
			fail_msg("batch.conf(5) is wrong about the effect of %s", name);
	}
}

static void later_overrides_win_over_the_file(void **state)
{
	struct fixture *f = *state;
	const char *overrides[] = {"batchPollTime = 2", "batchPollTime=3"};
	FILE *file = fopen(f->path, "w");

	fputs("# comment\n\n  batchPollTime = 1  \nbatchJobPriority=9\n", file);
	fclose(file);
	assert_int_equal(config_load(&f->config, f->path, 2, overrides, &f->arena, &f->error), 0);
	assert_int_equal(f->config.batch_poll_time, 3);
	assert_int_equal(f->config.batch_job_priority, 9);
}

static void errors_say_where_and_why(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_text(f, "home = /x\n\nbatchPolTime = 1\n"), ERR_INPUT);
	assert_string_equal(
		f->error.message,
		arena_printf(&f->arena, "%s:3: unknown setting 'batchPolTime'", f->path));
	assert_int_equal(load_text(f, "home = /x\nhome = /y\n"), ERR_INPUT);
	assert_non_null(strstr(f->error.message, ":2: home stands twice"));
	assert_int_equal(load_text(f, "home\n"), ERR_INPUT);
	assert_non_null(strstr(f->error.message, "'home' is not of the form name = value"));
	assert_int_equal(load_text(f, "home =\n"), ERR_INPUT);
	assert_non_null(strstr(f->error.message, "home needs a value"));
	assert_int_equal(config_load(&f->config, "/nonexistent/x", 0, NULL, &f->arena, &f->error),
			 2);
	assert_string_equal(f->error.message, "/nonexistent/x: No such file or directory");
}

/* The original's words, down to its two dots. */
static void engine_settings_are_refused_in_the_original_words(void **state)
{
	static const struct {
		const char *setting, *message;
	} cases[] = {
		{"historyCleanupDegreeOfParallelism=9",
		 "ENGINE-12009 Invalid value '9' for configuration property "
		 "'historyCleanupDegreeOfParallelism': value for number of threads for history "
		 "cleanup should be between 1 and 8."                                          },
		{"historyCleanupBatchSize=501",
		 "ENGINE-12009 Invalid value '501' for configuration property "
		 "'historyCleanupBatchSize': value for batch size should be between 1 and 500."},
		{"historyCleanupBatchThreshold=-1",
		 "ENGINE-12009 Invalid value '-1' for configuration property "
		 "'historyCleanupBatchThreshold': History cleanup batch threshold cannot be "
		 "negative.."								  },
		{"historyCleanupStrategy=x",
		 "ENGINE-12009 Invalid value 'x' for configuration property "
		 "'historyCleanupStrategy': history cleanup strategy must be either set to "
		 "'removalTimeBased' or 'endTimeBased'."                                       },
		{"historyRemovalTimeStrategy=x",
		 "ENGINE-12009 Invalid value 'x' for configuration property "
		 "'historyRemovalTimeStrategy': history removal time strategy must be set to "
		 "'start', 'end' or 'none'."						   },
		{"historyRemovalTimeStrategy=none",
		 "ENGINE-12009 Invalid value 'none' for configuration property "
		 "'historyRemovalTimeStrategy': history removal time strategy cannot be set to "
		 "'none' in conjunction with 'removalTimeBased' history cleanup strategy."     },
		{"batchOperationHistoryTimeToLive=P5X",
		 "ENGINE-12011 Invalid value 'P5X' for configuration property "
		 "'batchOperationHistoryTimeToLive': must be days, as 5 or P5D."               },
		{"historyCleanupBatchWindowStartTime=25:00",
		 "ENGINE-12008 Invalid value '25:00' for configuration property "
		 "'historyCleanupBatchWindowStartTime': must be a time of day, as 22:30 or "
		 "22:30+0100."								 },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(load_override(f, cases[i].setting), ERR_INPUT);
		assert_string_equal(f->error.message, cases[i].message);
	}
}

static void malformed_values_are_refused(void **state)
{
	static const char *const cases[] = {
		"batchPollTime=1x",
		"batchPollTime=-1",
		"batchPollTime=99999999999999999999",
		"autostart=1",
		"maxBodySize=1T",
		"maxBodySize=0",
		"maxBodySize=-1",
		"maxBodySize=1MB",
		"maxBodySize=9999999999G",
		"auth=digest",
		"auth=basic",
		"basePath=engine",
		"basePath=/",
		"users=a,,b",
		"invocationsPerBatchJobByBatchType=x",
		"invocationsPerBatchJobByBatchType=x:0",
		"batchOperationsForHistoryCleanup=x:P1Y",
		"historyTimeToLive=-1",
		"historyTimeToLive=P-1D",
		"sundayHistoryCleanupBatchWindowEndTime=1:0",
		"fridayHistoryCleanupBatchWindowStartTime=10:00+2400",
		"mondayHistoryCleanupBatchWindowEndTime=24:01",
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (load_override(f, cases[i]) != ERR_INPUT)
			fail_msg("%s was accepted", cases[i]);
}

static void an_entry_of_a_map_may_have_a_line_of_its_own(void **state)
{
	struct fixture *f = *state;
	const struct config_map *map = &f->config.invocations_per_batch_job_by_batch_type;

	assert_int_equal(load_text(f, "invocationsPerBatchJobByBatchType = a:5,b:6\n"
				      "invocationsPerBatchJobByBatchType.b = 7\n"
				      "invocationsPerBatchJobByBatchType.c-d = 8\n"
				      "batchOperationsForHistoryCleanup.a = P3D\n"),
			 0);
	assert_int_equal(map->count, 3);
	assert_int_equal(config_map_number(map, "a", 0), 5);
	assert_int_equal(config_map_number(map, "b", 0), 7);
	assert_int_equal(config_map_number(map, "c-d", 0), 8);
	assert_string_equal(config_map_text(&f->config.batch_operations_for_history_cleanup, "a"),
			    "P3D");
	assert_int_equal(load_override(f, "invocationsPerBatchJobByBatchType.a=0"), ERR_INPUT);
	assert_int_equal(load_override(f, "invocationsPerBatchJobByBatchType.a=1,b:2"), ERR_INPUT);
	assert_int_equal(load_override(f, "invocationsPerBatchJobByBatchType.=1"), ERR_INPUT);
	assert_int_equal(load_override(f, "batchPollTime.a=1"), ERR_INPUT);
}

static void a_failed_load_leaves_the_configuration_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_override(f, "batchPollTime=5"), 0);
	assert_int_equal(load_text(f, "batchPollTime = 6\nx = y\n"), ERR_INPUT);
	assert_int_equal(f->config.batch_poll_time, 5);
}

static void paths_of_the_file_are_relative_to_it(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_text(f, "home = store\nbatchdPath = /bin/batchd\n"), 0);
	assert_string_equal(f->config.home, "/tmp/store");
	assert_string_equal(f->config.socket, "/tmp/store/batchd.sock");
	assert_string_equal(f->config.batchd_path, "/bin/batchd");
	assert_int_equal(load_override(f, "home=store"), 0);
	assert_string_equal(f->config.home, "store");
}

static void maps_are_looked_up_by_batch_type(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load_text(f, "invocationsPerBatchJobByBatchType = a:5,b:6\n"
				      "batchOperationsForHistoryCleanup = a:P7D, c:3\n"),
			 0);
	assert_int_equal(
		config_map_number(&f->config.invocations_per_batch_job_by_batch_type, "b", 1), 6);
	assert_int_equal(
		config_map_number(&f->config.invocations_per_batch_job_by_batch_type, "c", 1), 1);
	assert_string_equal(config_map_text(&f->config.batch_operations_for_history_cleanup, "a"),
			    "P7D");
	assert_null(config_map_text(&f->config.batch_operations_for_history_cleanup, "b"));
	assert_int_equal(config_time_to_live_days("P7D"), 7);
	assert_int_equal(config_time_to_live_days("3"), 3);
	assert_int_equal(config_time_to_live_days(NULL), SETTING_NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		T(defaults_are_those_of_the_original),
		T(names_are_unique_and_every_row_has_help),
		T(what_is_printed_loads_as_the_same),
		T(annotated_file_has_every_setting_with_its_default),
		T(manual_page_has_every_setting),
		T(later_overrides_win_over_the_file),
		T(errors_say_where_and_why),
		T(engine_settings_are_refused_in_the_original_words),
		T(malformed_values_are_refused),
		T(an_entry_of_a_map_may_have_a_line_of_its_own),
		T(a_failed_load_leaves_the_configuration_alone),
		T(paths_of_the_file_are_relative_to_it),
		T(maps_are_looked_up_by_batch_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
