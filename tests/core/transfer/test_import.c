/* Import and export: all or nothing, once, and the same again. */
#include "core/transfer/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/history/delete.h"
#include "core/history/deleted_definitions.h"
#include "core/history/history.h"
#include "tests/core/history_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

#define LONG         "0123456789012345678901234567890123456789012345678901234567890123456789"
#define START        "\"startTime\":\"2024-01-01T10:00:00.000+0000\""
#define END          "\"endTime\":\"2024-01-01T11:00:00.000+0000\""
#define AT           "\"2024-01-01T10:30:00.000+0000\""
#define INSTANCE(id) "{\"processInstance\":{\"id\":\"" id "\"," START "," END "}}\n"

static int set_up(void **state)
{
	setenv("TZ", "UTC", 1);
	tzset();
	return engine_fixture_set_up(state);
}

static struct import *begin(struct engine_fixture *f, const struct import_options *options,
			    struct import_progress *progress)
{
	struct import *import;

	assert_int_equal(import_begin(&import, &f->engine, options, &f->arena, &f->error, progress),
			 0);
	return import;
}

/* A line of every kind, with all that an instance may have, as export writes it. */
static const char everything[] =
	"{\"deployment\":{\"id\":\"dep\",\"name\":\"Sales\",\"deploymentTime\":" AT
	",\"resources\":[{\"id\":\"r\",\"name\":\"a.bpmn\",\"data\":\"QQ==\"}]}}\n"
	"{\"processDefinition\":{\"id\":\"order:1:x\",\"key\":\"order\",\"version\":1,"
	"\"deploymentId\":\"dep\",\"suspended\":false}}\n"
	"{\"decisionRequirementsDefinition\":{\"id\":\"drd\",\"key\":\"d\",\"version\":3}}\n"
	"{\"decisionDefinition\":{\"id\":\"dec:1:y\",\"key\":\"dec\",\"version\":1}}\n"
	"{\"processInstance\":{\"id\":\"0af3eb82-e553-11f1-aa6b-02fc00000001\","
	"\"businessKey\":\"k\xc3\xa9"
	"y \\\"1\\\"\",\"processDefinitionId\":\"order:1:x\","
	"\"processDefinitionKey\":\"order\",\"processDefinitionVersion\":1," START "," END ","
	"\"durationInMillis\":3600000,\"state\":\"COMPLETED\"},"
	"\"activityInstances\":[{\"id\":\"a1\",\"activityId\":\"check\"," START ","
	"\"canceled\":false,\"completeScope\":true}],"
	"\"tasks\":[{\"id\":\"t1\",\"name\":\"\"," START ",\"priority\":-50}],"
	"\"identityLinks\":[{\"id\":\"il1\",\"time\":" AT ",\"type\":\"assignee\"}],"
	"\"variables\":[{\"id\":\"v1\",\"name\":\"n\",\"value\":0.1,\"type\":\"Double\"},"
	"{\"id\":\"v2\",\"name\":\"o\",\"value\":\"x\\ny\",\"type\":\"String\",\"valueInfo\":"
	"{\"a\":[1,null,2.50]}},{\"id\":\"v3\",\"name\":\"p\",\"type\":\"Null\"},"
	"{\"id\":\"v4\",\"name\":\"q\",\"value\":-9223372036854775807,\"type\":\"Long\"}],"
	"\"details\":[{\"id\":\"d1\",\"type\":\"variableUpdate\",\"time\":" AT ","
	"\"variableInstanceId\":\"v1\",\"value\":true,\"revision\":0}],"
	"\"incidents\":[{\"id\":\"i1\",\"createTime\":" AT ",\"incidentType\":\"failedJob\"}],"
	"\"jobLogs\":[{\"id\":\"jl1\",\"timestamp\":" AT ",\"jobId\":\"j1\",\"failureLog\":true}],"
	"\"externalTaskLogs\":[{\"id\":\"e1\",\"timestamp\":" AT ",\"errorDetails\":\"trace\"}],"
	"\"comments\":[{\"id\":\"c1\",\"time\":" AT ",\"message\":\"hi\"}],"
	"\"attachments\":[{\"id\":\"at1\",\"name\":\"file\",\"data\":\"QQ==\"}],"
	"\"jobs\":[{\"id\":\"j1\",\"retries\":0,\"suspended\":false}]}\n"
	"{\"task\":{\"id\":\"todo 1\",\"name\":\"Write\"," START "," END
	",\"priority\":0,\"tenantId\":\"t\",\"taskState\":\"Completed\"},"
	"\"identityLinks\":[{\"id\":\"il2\",\"time\":" AT ",\"type\":\"assignee\",\"taskId\":"
	"\"todo 1\"}],"
	"\"variables\":[{\"id\":\"v5\",\"name\":\"n\",\"taskId\":\"todo 1\","
	"\"value\":1,\"type\":\"Integer\"}],"
	"\"details\":[{\"id\":\"d2\",\"type\":\"variableUpdate\",\"time\":" AT "}],"
	"\"comments\":[{\"id\":\"c2\",\"time\":" AT ",\"message\":\"ho\"}],"
	"\"attachments\":[{\"id\":\"at2\",\"name\":\"file\"}]}\n"
	"{\"decisionInstance\":{\"id\":\"di1\",\"decisionDefinitionId\":\"dec:1:y\","
	"\"evaluationTime\":" AT ",\"processInstanceId\":\"0af3eb82-e553-11f1-aa6b-02fc00000001\","
	"\"inputs\":[{\"type\":\"Integer\",\"value\":4,\"id\":\"in1\"}],\"outputs\":[]}}\n"
	"{\"userOperation\":{\"id\":\"uo1\",\"userId\":\"mary\",\"timestamp\":" AT "}}\n"
	"{\"jobLog\":{\"id\":\"jl2\",\"timestamp\":" AT ",\"jobId\":\"j2\",\"successLog\":true}}\n";

static size_t lines_of(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* Whether every line of ALL is a line of TEXT. */
static void expect_lines(struct arena *arena, const char *text, const char *all)
{
	char *rest = arena_strdup(arena, all), *line;

	assert_int_equal(lines_of(text), lines_of(all));
	while ((line = strsep(&rest, "\n")))
		if (*line && !strstr(text, line))
			fail_msg("not exported as it was: %s\n%s", line, text);
}

static void export_writes_what_import_read(void **state)
{
	struct engine_fixture *f = *state;

	history_fixture_import(f, everything, sizeof(everything));
	expect_lines(&f->arena, history_fixture_export(f), everything);
	engine_fixture_reopen(f);
	expect_lines(&f->arena, history_fixture_export(f), everything);
}

static void pieces_may_have_any_size(void **state)
{
	struct engine_fixture *f = *state;
	struct import_progress progress = history_fixture_import(f, everything, 1);

	assert_int_equal(progress.offset, sizeof(everything) - 1);
	assert_int_equal(progress.lines, lines_of(everything));
	assert_int_equal(progress.instances, 1);
	assert_int_equal(progress.tasks, 1);
	assert_int_equal(progress.decisions, 1);
	assert_int_equal(progress.operations, 1);
	assert_int_equal(progress.definitions, 3);
	assert_int_equal(progress.deployments, 1);
	assert_int_equal(progress.job_logs, 1);
	expect_lines(&f->arena, history_fixture_export(f), everything);
}

static char *read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "r");
	char *text;
	long size;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = arena_alloc(arena, (size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	fclose(file);
	return text;
}

static void an_export_is_imported_as_the_same_history(void **state)
{
	struct engine_fixture *f = *state, *other;
	const char *company = read_file(&f->arena, "tests/conformance/dataset/company.ndjson");
	struct import_progress first = history_fixture_import(f, company, 65536), second;
	const char *text = history_fixture_export(f);
	void *fresh;

	assert_int_equal(first.instances, 436);
	assert_int_equal(lines_of(text), first.instances + first.decisions + first.operations +
						 first.definitions + first.deployments +
						 first.batches);
	assert_int_equal(engine_fixture_set_up(&fresh), 0);
	other = fresh;
	second = history_fixture_import(other, text, 777);
	assert_string_equal(history_fixture_export(other), text);
	assert_int_equal(second.instances, first.instances);
	assert_int_equal(second.decisions, first.decisions);
	assert_int_equal(second.operations, first.operations);
	assert_int_equal(engine_fixture_tear_down(&fresh), 0);
}

static void importing_again_changes_nothing(void **state)
{
	struct engine_fixture *f = *state;
	struct import_progress progress;

	history_fixture_import(f, everything, sizeof(everything));
	progress = history_fixture_import(f, everything, 1000);
	assert_int_equal(
		progress.instances + progress.tasks + progress.decisions + progress.operations, 0);
	assert_int_equal(progress.skipped, 4);
	expect_lines(&f->arena, history_fixture_export(f), everything);
}

static void one_id_twice_is_stored_once(void **state)
{
	struct import_progress progress =
		history_fixture_import(*state, INSTANCE("a") INSTANCE("b") INSTANCE("a"), 10);

	assert_int_equal(progress.instances, 2);
	assert_int_equal(progress.skipped, 1);
	assert_int_equal(history_fixture_count(*state, "{}"), 2);
}

static void a_last_line_needs_no_newline(void **state)
{
	char text[] = "\n\n" INSTANCE("a");

	text[sizeof(text) - 2] = '\0';
	history_fixture_import(*state, text, sizeof(text));
	assert_int_equal(history_fixture_count(*state, "{\"processInstanceId\":\"a\"}"), 1);
}

static const char *const bad_lines[] = {
	"{\"deployment\":{\"id\":\"d\",\"resources\":[{\"id\":\"r\",\"data\":\"*\"}]}}\n",
	"not json\n",
	"[]\n",
	"{}\n",
	"{\"unknown\":{}}\n",
	"{\"processInstance\":[]}\n",
	"{\"processInstance\":{\"id\":\"x\"," START ",\"state\":\"STANDALONE_TASK\"}}\n",
	"{\"task\":{" START "}}\n",
	"{\"task\":{\"id\":\"x\"}}\n",
	"{\"task\":{\"id\":\"x\"," START ",\"processInstanceId\":\"p\"}}\n",
	"{\"task\":{\"id\":\"x\"," START "},\"comments\":{}}\n",
	"{\"processInstance\":{\"id\":\"x\"}}\n",
	"{\"processInstance\":{" START "}}\n",
	"{\"processInstance\":{\"id\":5," START "}}\n",
	"{\"processInstance\":{\"id\":\"x\",\"startTime\":\"soon\"}}\n",
	"{\"processInstance\":{\"id\":\"x\"," START ",\"durationInMillis\":\"1\"}}\n",
	"{\"processInstance\":{\"id\":\"x\"," START "},\"tasks\":{}}\n",
	"{\"processInstance\":{\"id\":\"x\"," START "},\"tasks\":[{\"id\":1}]}\n",
	"{\"processInstance\":{\"id\":\"x\"," START "},\"decisionInstances\":[{}]}\n",
	"{\"decisionInstance\":{\"id\":\"x\"}}\n",
	"{\"userOperation\":{}}\n",
	"{\"batch\":{}}\n",
	"{\"jobLog\":{}}\n",
	"{\"deployment\":{\"name\":\"x\"}}\n",
	"{\"jobLog\":{\"id\":\"a\"}}{\"jobLog\":{\"id\":\"b\"}}\n",
	"{\"decisionDefinition\":{\"id\":\"d\",\"key\":\"d\",\"historyTimeToLive\":-1}}\n",
	"{\"processDefinition\":{\"key\":\"d\",\"id\":\"" LONG LONG LONG LONG LONG "\"}}\n",
};

static void a_bad_line_leaves_nothing_of_the_run(void **state)
{
	struct import_options options = {.name = "file"};
	struct engine_fixture *f = *state;
	struct import_progress progress;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_lines); i++) {
		struct import *import = begin(f, &options, &progress);

		assert_int_equal(import_feed(import, everything, sizeof(everything) - 1, &f->error),
				 0);
		assert_int_equal(import_feed(import, bad_lines[i], strlen(bad_lines[i]), &f->error),
				 ERR_INPUT);
		assert_memory_equal(f->error.message, "line 10: ", 9);
		import_end(import, true);
		assert_string_equal(history_fixture_export(f), "");
		assert_int_equal(import_interrupted(&f->engine, &f->arena, "file", &progress),
				 ERR_NOT_FOUND);
	}
	history_fixture_import(f, everything, sizeof(everything));
	expect_lines(&f->arena, history_fixture_export(f), everything);
}

static void bad_lines_are_counted_when_they_are_to_be_skipped(void **state)
{
	struct import_options options = {.name = "", .skip_bad = true};
	size_t i, count = ARRAY_SIZE(bad_lines);
	struct engine_fixture *f = *state;
	struct import_progress progress;
	struct import *import = begin(f, &options, &progress);

	for (i = 0; i < count; i++)
		assert_int_equal(import_feed(import, bad_lines[i], strlen(bad_lines[i]), &f->error),
				 0);
	assert_int_equal(import_feed(import, everything, sizeof(everything) - 1, &f->error), 0);
	assert_int_equal(import_finish(import, &f->error, &progress), 0);
	import_end(import, false);
	assert_int_equal(progress.bad, count);
	assert_int_equal(progress.instances, 1);
	expect_lines(&f->arena, history_fixture_export(f), everything);
}

static const char *many_instances(struct arena *arena, int count)
{
	struct buffer buffer;
	const char *text;
	int i;

	buffer_init(&buffer);
	for (i = 0; i < count; i++)
		buffer_put_text(&buffer, arena_printf(arena, INSTANCE("i%d"), i));
	text = arena_strndup(arena, (const char *)buffer.data, buffer.length);
	buffer_clear(&buffer);
	return text;
}

static void nothing_is_seen_before_the_end(void **state)
{
	struct import_options options = {.name = "file"};
	struct engine_fixture *f = *state;
	const char *text = many_instances(&f->arena, 1000);
	struct import_progress progress;
	struct import *import = begin(f, &options, &progress);

	assert_int_equal(import_feed(import, text, strlen(text), &f->error), 0);
	assert_int_equal(history_fixture_count(f, "{}"), 0);
	assert_int_equal(history_fixture_count(f, "{\"processInstanceId\":\"i1\"}"), 0);
	assert_int_equal(import_finish(import, &f->error, &progress), 0);
	import_end(import, false);
	assert_int_equal(history_fixture_count(f, "{}"), 1000);
}

static void a_run_goes_on_where_it_was_cut_off(void **state)
{
	struct import_options options = {.name = "file"};
	struct engine_fixture *f = *state;
	const char *text = many_instances(&f->arena, 1000);
	struct import_progress progress;
	struct import *import = begin(f, &options, &progress);

	assert_int_equal(progress.offset, 0);
	assert_int_equal(import_feed(import, text, strlen(text) - 5000, &f->error), 0);
	import_end(import, false);
	engine_fixture_reopen(f);
	import = begin(f, &options, &progress);
	assert_in_range(progress.offset, 1, strlen(text) - 5000);
	assert_int_equal(text[progress.offset - 1], '\n');
	assert_int_equal(import_feed(import, text + progress.offset, strlen(text) - progress.offset,
				     &f->error),
			 0);
	assert_int_equal(import_finish(import, &f->error, &progress), 0);
	import_end(import, false);
	assert_int_equal(progress.lines, 1000);
	assert_int_equal(progress.instances, 1000);
	assert_int_equal(history_fixture_count(f, "{}"), 1000);
}

#define KEYED                                                                                      \
	"{\"processInstance\":{\"id\":\"k%d\",\"businessKey\":\"key %d\"," START "," END "}}\n"
#define LIKE "{\"processInstanceBusinessKeyLike\":\"%ey 1%\"}"

/* What leads to instances is put later than they are: a kill may come in between. */
static void what_a_run_stored_before_it_was_cut_off_is_found(void **state)
{
	struct import_options options = {.name = "file"};
	struct engine_fixture *f = *state;
	struct import_progress progress;
	struct import *import;
	struct buffer buffer;
	int i;

	buffer_init(&buffer);
	for (i = 0; i < 1000; i++)
		buffer_put_text(&buffer, arena_printf(&f->arena, KEYED, i, i));
	import = begin(f, &options, &progress);
	assert_int_equal(import_feed(import, buffer.data, buffer.length - 5000, &f->error), 0);
	import_end(import, false);
	engine_fixture_reopen(f);
	import = begin(f, &options, &progress);
	assert_in_range(progress.instances, 1, 999);
	assert_int_equal(import_feed(import, buffer.data + progress.offset,
				     buffer.length - progress.offset, &f->error),
			 0);
	assert_int_equal(history_fixture_count(f, LIKE), 0);
	assert_int_equal(import_finish(import, &f->error, &progress), 0);
	import_end(import, false);
	assert_int_equal(history_fixture_count(f, LIKE), 111);
	assert_int_equal(history_fixture_count(f, "{\"processInstanceBusinessKey\":\"key 7\"}"), 1);
	buffer_clear(&buffer);
}

static void another_run_drops_what_was_cut_off(void **state)
{
	struct import_options options = {.name = "file"}, others = {.name = "other"};
	struct engine_fixture *f = *state;
	const char *text = many_instances(&f->arena, 1000);
	struct import_progress progress;
	struct import *import = begin(f, &options, &progress);

	assert_int_equal(import_feed(import, text, strlen(text), &f->error), 0);
	import_end(import, false);
	import = begin(f, &others, &progress);
	assert_int_equal(progress.offset, 0);
	import_end(import, true);
	assert_int_equal(import_interrupted(&f->engine, &f->arena, "file", &progress),
			 ERR_NOT_FOUND);
	assert_int_equal(history_fixture_import(f, text, 4096).instances, 1000);
	assert_int_equal(history_fixture_count(f, "{}"), 1000);
}

static void one_import_runs_at_a_time(void **state)
{
	struct import_options options = {.name = ""};
	struct engine_fixture *f = *state;
	struct import_progress progress;
	struct import *import = begin(f, &options, &progress), *second;

	assert_int_equal(
		import_begin(&second, &f->engine, &options, &f->arena, &f->error, &progress),
		ERR_BUSY);
	assert_string_equal(f->error.message, "another import is running");
	import_end(import, true);
	import_end(begin(f, &options, &progress), true);
}

static void what_was_deleted_stays_so_unless_it_is_wanted_again(void **state)
{
	struct import_options options = {.name = "", .again = true};
	struct engine_fixture *f = *state;
	struct import_progress progress;
	struct import *import;

	history_fixture_import(f, INSTANCE("a") INSTANCE("b"), 4096);
	assert_int_equal(history_fixture_delete(f, "a"), 0);
	history_fixture_import(f, INSTANCE("a") INSTANCE("b"), 4096);
	assert_int_equal(history_fixture_count(f, "{}"), 1);
	import = begin(f, &options, &progress);
	assert_int_equal(import_feed(import, INSTANCE("a") INSTANCE("b"),
				     strlen(INSTANCE("a") INSTANCE("b")), &f->error),
			 0);
	assert_int_equal(import_finish(import, &f->error, &progress), 0);
	import_end(import, false);
	assert_int_equal(progress.instances, 1);
	assert_int_equal(history_fixture_count(f, "{\"processInstanceId\":\"a\"}"), 1);
	assert_int_equal(history_fixture_count(f, "{}"), 2);
}

static int delete_definition(struct txn *txn, void *arg)
{
	struct engine_fixture *f = arg;

	return deleted_definitions_add(txn, f->engine.history->deleted_definitions, "order:1:x");
}

/* As two files say that come in one stream. */
static void a_deleted_definition_may_come_twice(void **state)
{
	static const char line[] = "{\"processDefinition\":{\"id\":\"order:1:x\",\"key\":\"order\","
				   "\"version\":1,\"deploymentId\":\"dep\"}}\n";
	struct engine_fixture *f = *state;

	engine_fixture_run(f, delete_definition, f, 0);
	assert_true(deleted_definitions_have(f->engine.history->deleted_definitions, "order:1:x"));
	history_fixture_import(f, arena_printf(&f->arena, "%s%s%s", line, INSTANCE("a"), line),
			       4096);
	assert_false(deleted_definitions_have(f->engine.history->deleted_definitions, "order:1:x"));
	assert_int_equal(history_fixture_count(f, "{}"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(export_writes_what_import_read),
		TEST(pieces_may_have_any_size),
		TEST(an_export_is_imported_as_the_same_history),
		TEST(importing_again_changes_nothing),
		TEST(one_id_twice_is_stored_once),
		TEST(a_last_line_needs_no_newline),
		TEST(a_bad_line_leaves_nothing_of_the_run),
		TEST(bad_lines_are_counted_when_they_are_to_be_skipped),
		TEST(nothing_is_seen_before_the_end),
		TEST(a_run_goes_on_where_it_was_cut_off),
		TEST(what_a_run_stored_before_it_was_cut_off_is_found),
		TEST(another_run_drops_what_was_cut_off),
		TEST(one_import_runs_at_a_time),
		TEST(what_was_deleted_stays_so_unless_it_is_wanted_again),
		TEST(a_deleted_definition_may_come_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
