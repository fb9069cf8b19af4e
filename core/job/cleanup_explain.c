#include "core/job/cleanup_explain.h"

#include <stdarg.h>
#include <string.h>

#include "core/job/history_batch.h"
#include "core/history/cleanup_window.h"
#include "core/history/history.h"
#include "core/history/retention.h"
#include "core/job/cleanup_job.h"
#include "core/json/date.h"
#include "storage/clock.h"

enum { SENTENCES_FIRST = 16 };

static const struct {
	const char *key, *one, *many, *definition;
} nouns[DUE_SUBJECT_MAX] = {
	[DUE_PROCESSES] = {"processInstances",  "process instance",  "process instances",
			   "process-definition"						},
	[DUE_DECISIONS] = {"decisionInstances", "decision instance", "decision instances",
			   "decision-definition"                                               },
	[DUE_OPERATIONS] = {"userOperations",    "user operation",    "user operations",    NULL},
};

/* What is found, and what is said of it. */
struct explanation {
	struct engine *engine;
	struct arena *arena;
	struct txn reader;
	int64_t now;
	uint64_t due[DUE_SUBJECT_MAX], batches;
	int64_t next; /* removal time; TIME_NULL = none, or not by removal time */
	struct retention retention[DUE_SUBJECT_MAX];
	const char **sentences;
	size_t count, room;
};

__attribute__((format(printf, 2, 3))) static void say(struct explanation *e, const char *format,
						      ...)
{
	const char **grown;
	va_list args;

	if (e->count == e->room) {
		e->room = e->room * 2 + SENTENCES_FIRST;
		grown = arena_array(e->arena, e->room, sizeof(*grown));
		if (e->count)
			memcpy(grown, e->sentences, e->count * sizeof(*grown));
		e->sentences = grown;
	}
	va_start(args, format);
	e->sentences[e->count++] = arena_vprintf(e->arena, format, args);
	va_end(args);
}

static const char *date_of(struct explanation *e, int64_t time)
{
	char text[DATE_SIZE];

	date_format(time, text);
	return arena_strdup(e->arena, text);
}

static const char *noun_of(enum due_subject subject, int64_t count)
{
	return count == 1 ? nouns[subject].one : nouns[subject].many;
}

static bool by_end(const struct explanation *e)
{
	return e->engine->config->history_cleanup_strategy == CLEANUP_END_TIME_BASED;
}

static int look(struct explanation *e)
{
	struct due_rule rule;
	int64_t next;
	int i;

	e->next = TIME_NULL;
	for (i = 0; i < DUE_SUBJECT_MAX; i++) {
		TRY(due_rule_make(&e->reader, e->engine, (enum due_subject)i, e->now, 0, 59,
				  &rule));
		e->due[i] = due_count(&rule, &next);
		if (next != TIME_NULL && (e->next == TIME_NULL || next < e->next))
			e->next = next;
		TRY(retention_look(&e->reader, e->engine, (enum due_subject)i, &e->retention[i]));
	}
	return cleanup_count_batches(&e->reader, e->engine, e->now, &e->batches);
}

static void say_due(struct explanation *e)
{
	uint64_t all = e->batches;
	int i;

	for (i = 0; i < DUE_SUBJECT_MAX; i++) {
		all += e->due[i];
		if (e->due[i])
			say(e, "%lu %s %s due.", (unsigned long)e->due[i],
			    noun_of((enum due_subject)i, (int64_t)e->due[i]),
			    e->due[i] == 1 ? "is" : "are");
	}
	if (e->batches)
		say(e, "%lu %s due.", (unsigned long)e->batches,
		    e->batches == 1 ? "batch is" : "batches are");
	if (!all && e->next != TIME_NULL)
		say(e, "Nothing is due; the next removal time is %s.", date_of(e, e->next));
	else if (!all)
		say(e, "Nothing is due%s.",
		    by_end(e) ? "" : ", and no instance has a removal time to come");
}

static void say_window(struct explanation *e)
{
	const struct config *config = e->engine->config;
	struct cleanup_window window;

	if (!config->history_cleanup_enabled)
		say(e, "Clean-up is switched off: historyCleanupEnabled = false.");
	else if (!cleanup_window_configured(config))
		say(e, "No window is configured (historyCleanupBatchWindowStartTime): clean-up "
		       "runs only when somebody starts it with POST /history/cleanup.");
	else if (!cleanup_window_current_or_next(config, e->now, &window))
		say(e, "No window begins within a week.");
	else if (window.start <= e->now)
		say(e, "The window is open until %s.", date_of(e, window.end));
	else
		say(e, "Now is outside the window: the next one is from %s to %s.",
		    date_of(e, window.start), date_of(e, window.end));
}

static void say_job(struct explanation *e, const struct job *job)
{
	if (job->suspended == 1)
		say(e,
		    "Job %s is suspended: it does not run before it is activated, or POST "
		    "/history/cleanup, or a start of batchd with a window.",
		    job->id);
	else if (job->retries <= 0 && job->retry_time != TIME_NULL)
		say(e,
		    "Job %s has failed %ld times and has no retries left (%s): it is tried "
		    "again at %s.",
		    job->id, (long)job->failed_runs,
		    job->exception_message ? job->exception_message : "no message",
		    date_of(e, job->retry_time));
	else if (job->retries <= 0)
		say(e,
		    "Job %s has no retries: it does not run before PUT /job/%s/retries or POST "
		    "/history/cleanup.",
		    job->id, job->id);
	else if (job->due_date != TIME_NULL && job->due_date > e->now)
		say(e, "Job %s runs at %s.", job->id, date_of(e, job->due_date));
	else
		say(e, "Job %s is about to run.", job->id);
}

static int say_jobs(struct explanation *e)
{
	const struct config *config = e->engine->config;
	struct job jobs[CLEANUP_JOBS_MAX];
	size_t i, count;

	if (!config->history_cleanup_enabled)
		return 0;
	TRY(cleanup_jobs_get(&e->reader, jobs, &count));
	for (i = 0; i < count; i++) {
		say_job(e, &jobs[i]);
		if (config->job_executor_acquire_by_priority &&
		    (jobs[i].priority < config->job_executor_priority_range_min ||
		     jobs[i].priority > config->job_executor_priority_range_max))
			say(e,
			    "The job executor does not take jobs of priority %ld "
			    "(jobExecutorPriorityRangeMin, jobExecutorPriorityRangeMax).",
			    (long)jobs[i].priority);
	}
	if (!count)
		say(e, "There is no clean-up job yet.");
	return 0;
}

/* What stays for ever, and what would help. */
static void say_gap(struct explanation *e, enum due_subject subject,
		    const struct retention_gap *gap)
{
	const char *verb = by_end(e)         ? (gap->count == 1 ? "stays" : "stay")
			   : gap->count == 1 ? "has no removal time"
					     : "have no removal time";
	const char *what = arena_printf(e->arena, "%ld %s%s%s %s", (long)gap->count,
					noun_of(subject, gap->count),
					*gap->definition ? " of " : "", gap->definition, verb);

	if (!nouns[subject].definition)
		say(e,
		    "%s: they take their process instance's (batchctl doctor --repair); what "
		    "belongs to none stays.",
		    what);
	else if (!gap->known)
		say(e,
		    "%s: the definition is not known. Set one with POST /history/%s/"
		    "set-removal-time.",
		    what, subject == DUE_PROCESSES ? "process-instance" : "decision-instance");
	else if (gap->days == SETTING_NULL)
		say(e,
		    "%s: the definition has no time to live. Set it with PUT /%s/%s/"
		    "history-time-to-live%s.",
		    what, nouns[subject].definition, gap->definition,
		    by_end(e) ? "" : ", then batchctl doctor --repair");
	else
		say(e,
		    "%s, though the definition's time to live is %ld days: batchctl doctor "
		    "--repair sets it%s.",
		    what, (long)gap->days,
		    subject == DUE_DECISIONS ? ", unless their process instance has none" : "");
}

static void say_retention(struct explanation *e)
{
	bool none = e->engine->config->history_removal_time_strategy == REMOVAL_TIME_NONE;
	int i;
	size_t k;

	if (none)
		say(e, "historyRemovalTimeStrategy = none: only batches set removal times, and "
		       "nothing can be repaired.");
	for (i = 0; i < DUE_SUBJECT_MAX; i++) {
		const struct retention *retention = &e->retention[i];

		for (k = 0; k < retention->gap_count && !(by_end(e) && i == DUE_OPERATIONS); k++)
			say_gap(e, (enum due_subject)i, &retention->gaps[k]);
		if (retention->running)
			say(e, "%ld %s that still run%s get a removal time when they end.",
			    (long)retention->running,
			    noun_of((enum due_subject)i, retention->running),
			    retention->running == 1 ? "s" : "");
		if (retention->cleared)
			say(e,
			    "%ld %s %s without a removal time by a set-removal-time batch; only "
			    "another one gives %s one.",
			    (long)retention->cleared,
			    noun_of((enum due_subject)i, retention->cleared),
			    retention->cleared == 1 ? "is" : "are",
			    retention->cleared == 1 ? "it" : "them");
		if (retention->contradicts)
			say(e,
			    "%ld %s %s another removal time than their root. Give them their "
			    "root's with a batch that is hierarchical.",
			    (long)retention->contradicts,
			    noun_of((enum due_subject)i, retention->contradicts),
			    retention->contradicts == 1 ? "has" : "have");
	}
}

static void write_gaps(struct json_writer *writer, const struct retention *retention)
{
	size_t i;

	json_open_array(writer);
	for (i = 0; i < retention->gap_count; i++) {
		const struct retention_gap *gap = &retention->gaps[i];

		json_open_object(writer);
		json_key_string(writer, "definitionId", *gap->definition ? gap->definition : NULL);
		json_key(writer, "historyTimeToLive");
		if (gap->days == SETTING_NULL)
			json_null(writer);
		else
			json_int(writer, gap->days);
		json_key_int(writer, "count", gap->count);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void write_members(const struct explanation *e, struct json_writer *writer)
{
	size_t i;

	json_key(writer, "due");
	json_open_object(writer);
	for (i = 0; i < DUE_SUBJECT_MAX; i++)
		json_key_int(writer, nouns[i].key, (int64_t)e->due[i]);
	json_key_int(writer, "batches", (int64_t)e->batches);
	json_close_object(writer);
	json_key_time(writer, "nextDue", e->next);
	json_key(writer, "withoutRemovalTime");
	json_open_object(writer);
	for (i = 0; i < DUE_SUBJECT_MAX; i++) {
		json_key(writer, nouns[i].key);
		write_gaps(writer, &e->retention[i]);
	}
	json_close_object(writer);
	json_key(writer, "contradicting");
	json_open_object(writer);
	for (i = 0; i < DUE_OPERATIONS; i++)
		json_key_int(writer, nouns[i].key, e->retention[i].contradicts);
	json_close_object(writer);
	json_key(writer, "explanation");
	json_open_array(writer);
	for (i = 0; i < e->count; i++)
		json_string(writer, e->sentences[i]);
	json_close_array(writer);
}

int cleanup_explain(struct request *request, struct json_writer *writer)
{
	struct explanation e = {
		.engine = request->engine, .arena = request->arena, .now = clock_now()};

	e.reader = txn_reader(request->engine->store, request->arena);
	TRY(look(&e));
	say_due(&e);
	say_window(&e);
	TRY(say_jobs(&e));
	say_retention(&e);
	write_members(&e, writer);
	return 0;
}
