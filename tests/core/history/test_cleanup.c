/*
 * Clean-up against a plain model: random histories with hierarchies, removal times, times to live,
 * windows and clock. The model knows what must be gone and what must remain, row by row.
 *
 * CLEANUP_ROUNDS says how many rounds, CLEANUP_SEED which: both are told when a round fails.
 */
#include "core/history/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/handler.h"
#include "core/batch/types.h"
#include "core/history/cleanup_window.h"
#include "core/id.h"
#include "core/job/cleanup_job.h"
#include "core/job/job_executor.h"
#include "core/json/date.h"
#include "core/metric/metric.h"
#include "core/process/definition.h"
#include "tests/core/history_fixture.h"

enum {
	ROUNDS = 200,
	ROWS = 4000, /* before the model begins anew */
	DEFINITIONS = 4,
	NOBODY = -1,
	FILLERS = ARCHIVE_SEGMENT - 100, /* so that rows lie in two segments */
};

#define MINUTE ((int64_t)60 * 1000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define EPOCH  ((int64_t)1700000000 * 1000)

enum subject { PROCESS, DECISION, OPERATION, SUBJECTS };

/* A row of the history as it ought to be. */
struct thing {
	enum subject subject;
	char id[40];
	uint64_t number;
	int root;  /* index of its root; NOBODY = it names none */
	int owner; /* process instance that it belongs to, if it is none */
	int definition;
	int64_t start, end, removal; /* TIME_NULL = none */
	bool gone;
};

struct model {
	struct engine_fixture *f;
	uint64_t seed, random;
	unsigned round;
	struct thing things[ROWS];
	int count;
	int64_t days[DEFINITIONS]; /* SETTING_NULL = none */
	int64_t now;
	unsigned serial;
	int64_t removed[SUBJECTS]; /* as the metrics should count */
	char hours[2 + 2 * WEEKDAYS][8];
};

static void blame(const struct model *m, const char *what)
{
	fail_msg("CLEANUP_SEED=%llu, round %u: %s", (unsigned long long)m->seed, m->round, what);
}

static uint64_t roll(struct model *m, uint64_t below)
{
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (m->random >> 33) % below;
}

static bool chance(struct model *m, unsigned percent)
{
	return roll(m, 100) < percent;
}

static int64_t some_time(struct model *m)
{
	return EPOCH + (int64_t)roll(m, 20 * 24 * 60) * MINUTE;
}

static const char *text_of(struct model *m, int64_t time)
{
	char text[DATE_SIZE];

	date_format(time, text);
	return arena_strdup(&m->f->arena, text);
}

/* The history. */

static int add_thing(struct model *m, enum subject subject, int owner, int root)
{
	struct thing *thing = &m->things[m->count];

	memset(thing, 0, sizeof(*thing));
	thing->subject = subject;
	snprintf(thing->id, sizeof(thing->id), "%08x-%04x-11f1-aa6b-02fc00000001",
		 ++m->serial * 2654435761u, subject);
	thing->owner = owner;
	thing->root = root;
	thing->definition = (int)roll(m, DEFINITIONS);
	thing->start = some_time(m);
	thing->end = subject == PROCESS && chance(m, 20)
			     ? TIME_NULL
			     : thing->start + (int64_t)roll(m, 3000) * MINUTE;
	if (subject == DECISION)
		thing->end = thing->start;
	thing->removal = chance(m, 30) ? TIME_NULL : some_time(m);
	/* those of a root are often due together */
	if (root >= 0 && chance(m, 60))
		thing->removal = m->things[root].removal;
	if (root == NOBODY && chance(m, 90))
		thing->root = m->count;
	return m->count++;
}

static void write_process(struct model *m, struct buffer *text, int at, int super)
{
	const struct thing *thing = &m->things[at];
	const char *comma = "";
	int i;

	buffer_put_text(text,
			arena_printf(&m->f->arena,
				     "{\"processInstance\":{\"id\":\"%s\",\"processDefinitionId\":"
				     "\"p%d:1:x\",\"startTime\":\"%s\"",
				     thing->id, thing->definition, text_of(m, thing->start)));
	if (thing->end != TIME_NULL)
		buffer_put_text(text, arena_printf(&m->f->arena, ",\"endTime\":\"%s\"",
						   text_of(m, thing->end)));
	if (thing->removal != TIME_NULL)
		buffer_put_text(text, arena_printf(&m->f->arena, ",\"removalTime\":\"%s\"",
						   text_of(m, thing->removal)));
	if (thing->root != NOBODY)
		buffer_put_text(text,
				arena_printf(&m->f->arena, ",\"rootProcessInstanceId\":\"%s\"",
					     m->things[thing->root].id));
	if (super != NOBODY)
		buffer_put_text(text,
				arena_printf(&m->f->arena, ",\"superProcessInstanceId\":\"%s\"",
					     m->things[super].id));
	buffer_put_text(text, "},\"decisionInstances\":[");
	for (i = at + 1; i < m->count && m->things[i].owner == at; i++) {
		const struct thing *d = &m->things[i];

		if (d->subject != DECISION)
			continue;
		buffer_put_text(text, comma);
		comma = ",";
		buffer_put_text(
			text, arena_printf(&m->f->arena,
					   "{\"id\":\"%s\",\"decisionDefinitionId\":\"d%d:1:x\","
					   "\"processInstanceId\":\"%s\",\"evaluationTime\":\"%s\"",
					   d->id, d->definition, thing->id, text_of(m, d->start)));
		if (d->root != i && d->root != NOBODY)
			buffer_put_text(text, arena_printf(&m->f->arena,
							   ",\"rootDecisionInstanceId\":\"%s\"",
							   m->things[d->root].id));
		if (d->removal != TIME_NULL)
			buffer_put_text(text, arena_printf(&m->f->arena, ",\"removalTime\":\"%s\"",
							   text_of(m, d->removal)));
		buffer_put_text(text, "}");
	}
	comma = "";
	buffer_put_text(text, "],\"userOperations\":[");
	for (i = at + 1; i < m->count && m->things[i].owner == at; i++) {
		const struct thing *o = &m->things[i];

		if (o->subject != OPERATION)
			continue;
		buffer_put_text(
			text,
			arena_printf(&m->f->arena,
				     "%s{\"id\":\"%s\",\"operationId\":\"%s\",\"operationType\":"
				     "\"Suspend\",\"entityType\":\"ProcessInstance\","
				     "\"processInstanceId\":\"%s\",\"timestamp\":\"%s\"",
				     comma, o->id, o->id, thing->id, text_of(m, o->start)));
		comma = ",";
		if (o->removal != TIME_NULL)
			buffer_put_text(text, arena_printf(&m->f->arena, ",\"removalTime\":\"%s\"",
							   text_of(m, o->removal)));
		buffer_put_text(text, "}");
	}
	buffer_put_text(text, "]}\n");
}

/* A process instance with what belongs to it. */
static int add_process(struct model *m, struct buffer *text, int super, int root)
{
	int at = add_thing(m, PROCESS, NOBODY, root), first = NOBODY;
	uint64_t i, count = roll(m, 3);

	for (i = 0; i < count; i++) {
		int decision = add_thing(m, DECISION, at, first);

		/* an unnamed root is the decision itself */
		if (m->things[decision].root == NOBODY)
			m->things[decision].root = decision;
		if (first == NOBODY || chance(m, 30))
			first = decision;
	}
	for (i = roll(m, 2); i; i--)
		add_thing(m, OPERATION, at, NOBODY);
	write_process(m, text, at, super);
	return at;
}

static void add_tree(struct model *m, struct buffer *text)
{
	int root = add_process(m, text, NOBODY, NOBODY), super = root;
	uint64_t i, count = chance(m, 60) ? 0 : roll(m, 6);

	for (i = 0; i < count && m->things[root].root == root; i++) {
		int sub = add_process(m, text, super, root);

		super = chance(m, 50) ? sub : super;
	}
}

static uint64_t find_number(struct model *m, const struct thing *thing)
{
	static const enum id_kind kinds[SUBJECTS] = {ID_PROCESS_INSTANCE, ID_DECISION_INSTANCE,
						     ID_USER_OPERATION};
	struct txn reader = txn_reader(m->f->engine.store, &m->f->arena);
	struct id id;

	if (id_find(&reader, thing->id, &id) || id.kind != kinds[thing->subject])
		blame(m, arena_printf(&m->f->arena, "%s was not imported", thing->id));
	return id.number;
}

static void import_some(struct model *m)
{
	int first = m->count, i;
	struct buffer text;

	buffer_init(&text);
	for (i = 0; i < 6 && m->count < ROWS - 200; i++)
		add_tree(m, &text);
	buffer_put_u8(&text, 0);
	history_fixture_import(m->f, (const char *)text.data, 1 << 16);
	buffer_clear(&text);
	for (i = first; i < m->count; i++)
		m->things[i].number = find_number(m, &m->things[i]);
}

/* What changes it. */

static int64_t calculated(const struct model *m, const struct thing *thing)
{
	int64_t days = m->days[thing->definition];
	int strategy = m->f->config.history_removal_time_strategy;

	if (days == SETTING_NULL || strategy == REMOVAL_TIME_NONE)
		return TIME_NULL;
	if (thing->end != TIME_NULL)
		return thing->end + days * DAY;
	return strategy == REMOVAL_TIME_START ? thing->start + days * DAY : TIME_NULL;
}

struct change {
	struct model *m;
	enum subject subject;
	const char *configuration;
	uint64_t numbers[64];
	int things[64];
	uint64_t count;
};

static int change_body(struct txn *txn, void *arg)
{
	struct change *change = arg;
	/* single: this is not the executor's thread, whose kin is its own */
	struct batch_run run = {.engine = &change->m->f->engine, .txn = txn, .single = true};
	struct json *configuration;

	TRY(json_parse(txn->arena, change->configuration, strlen(change->configuration),
		       &configuration));
	run.configuration = configuration;
	run.items.count = change->count;
	run.items.numbers = arena_copy(txn->arena, change->numbers, change->count * 8);
	return change->subject == PROCESS ? history_removal_time_execute(&run)
					  : history_decision_removal_time_execute(&run);
}

/* Process instances hand their removal time to what belongs to them. */
static void model_set(struct model *m, int at, int64_t time)
{
	int i;

	m->things[at].removal = time;
	for (i = at + 1; m->things[at].subject == PROCESS && i < m->count; i++)
		if (m->things[i].owner == at)
			m->things[i].removal = time;
}

static int64_t value_for(const struct model *m, int mode, int64_t time, const struct thing *thing)
{
	return mode == 0 ? time : mode == 1 ? TIME_NULL : calculated(m, thing);
}

static void model_change(struct model *m, const struct change *change, int mode, int64_t time,
			 bool hierarchical)
{
	static bool done[ROWS];
	uint64_t i;
	int k;

	memset(done, 0, sizeof(done));
	for (i = 0; i < change->count; i++) {
		const struct thing *item = &m->things[change->things[i]];

		if (!hierarchical || item->root == NOBODY) {
			model_set(m, change->things[i], value_for(m, mode, time, item));
			continue;
		}
		if (done[item->root])
			continue;
		done[item->root] = true;
		for (k = 0; k < m->count; k++)
			if (m->things[k].subject == item->subject && !m->things[k].gone &&
			    m->things[k].root == item->root)
				model_set(m, k, value_for(m, mode, time, &m->things[item->root]));
	}
}

/* A batch that sets removal times, as one of its jobs does it. */
static void change_some(struct model *m)
{
	static const char *const modes[] = {"absolute", "cleared", "calculated"};
	struct change change = {.m = m, .subject = chance(m, 70) ? PROCESS : DECISION};
	int mode = (int)roll(m, 3), i;
	bool hierarchical = chance(m, 50);
	int64_t time = some_time(m);

	for (i = 0; i < m->count && change.count < 64; i++) {
		const struct thing *thing = &m->things[i];

		if (thing->subject != change.subject || thing->gone || !chance(m, 20))
			continue;
		/* without its root a hierarchical calculation fails */
		if (hierarchical && mode == 2 && thing->root != NOBODY &&
		    m->things[thing->root].gone)
			continue;
		change.numbers[change.count] = thing->number;
		change.things[change.count++] = i;
	}
	change.configuration =
		arena_printf(&m->f->arena,
			     mode ? "{\"mode\":\"%s\",\"hierarchical\":%s}"
				  : "{\"mode\":\"%s\",\"hierarchical\":%s,"
				    "\"removalTime\":%lld}",
			     modes[mode], hierarchical ? "true" : "false", (long long)time);
	engine_fixture_run(m->f, change_body, &change, 0);
	model_change(m, &change, mode, time, hierarchical);
}

struct new_days {
	const struct kind *kind;
	const char *id;
	int64_t days;
};

static int set_days_body(struct txn *txn, void *arg)
{
	const struct new_days *wanted = arg;
	const union slot *before;

	return definition_set_time_to_live(txn, wanted->kind, wanted->id, wanted->days, &before);
}

static void set_days(struct model *m, int definition, int64_t days)
{
	struct new_days process = {&process_definition_kind,
				   arena_printf(&m->f->arena, "p%d:1:x", definition),
				   days == SETTING_NULL ? INT_NULL : days};
	struct new_days decision = {&decision_definition_kind,
				    arena_printf(&m->f->arena, "d%d:1:x", definition),
				    process.days};

	m->days[definition] = days;
	assert_int_equal(
		txn_run(m->f->engine.store, &m->f->arena, TXN_LAZY, set_days_body, &process), 0);
	assert_int_equal(
		txn_run(m->f->engine.store, &m->f->arena, TXN_LAZY, set_days_body, &decision), 0);
}

/* What is due. */

static int64_t floor_of(int64_t time, int64_t unit)
{
	return time / unit - (time % unit < 0);
}

static bool in_minutes(int64_t time, int from, int to)
{
	int64_t minute = floor_of(time, MINUTE) - floor_of(time, HOUR) * 60;

	return minute >= from && minute <= to;
}

static bool is_due(const struct model *m, const struct thing *thing, int from, int to)
{
	int64_t days = m->days[thing->definition];

	if (thing->gone)
		return false;
	if (m->f->config.history_cleanup_strategy == CLEANUP_REMOVAL_TIME_BASED)
		return thing->removal != TIME_NULL && thing->removal <= m->now &&
		       in_minutes(thing->removal, from, to);
	if (thing->subject == OPERATION || thing->end == TIME_NULL || days == SETTING_NULL ||
	    !in_minutes(thing->end, from, to))
		return false;
	return days ? floor_of(thing->end, DAY) + days <= floor_of(m->now, DAY)
		    : thing->end <= m->now;
}

static bool is_there(struct model *m, const struct thing *thing)
{
	struct archive *archives[] = {m->f->engine.history->processes,
				      m->f->engine.history->decisions,
				      m->f->engine.history->operations};

	return !archive_hidden(archives[thing->subject], thing->number);
}

/* The purger moves columns that are saved to where they are mapped. */
static void read_row(struct columns *columns, uint64_t number, struct summary *ret)
{
	archive_lock_shared(columns_archive(columns));
	columns_row(columns, number, ret);
	archive_unlock(columns_archive(columns));
}

/* All that remains, as it should be; nothing else. */
static void compare(struct model *m)
{
	struct history *h = m->f->engine.history;
	struct columns *columns[] = {h->process_columns, h->decision_columns, h->operation_columns};
	int i;

	for (i = 0; i < m->count; i++) {
		const struct thing *thing = &m->things[i];
		struct summary summary;

		if (is_there(m, thing) == thing->gone)
			blame(m, arena_printf(&m->f->arena, "%s %s", thing->id,
					      thing->gone ? "is still there" : "is gone"));
		if (thing->gone)
			continue;
		read_row(columns[thing->subject], thing->number, &summary);
		if (summary.removal_time != thing->removal)
			blame(m,
			      arena_printf(&m->f->arena, "%s has the removal time %lld, not %lld",
					   thing->id, (long long)summary.removal_time,
					   (long long)thing->removal));
	}
}

struct cleaning {
	struct model *m;
	struct cleanup_run run;
};

static int clean_body(struct txn *txn, void *arg)
{
	struct cleaning *cleaning = arg;
	struct cleanup_run run = cleaning->run;

	TRY(cleanup(txn, &cleaning->m->f->engine, &run));
	cleaning->run = run;
	return 0;
}

/* Takes note of what is gone: all of it was due, and what was due with it has gone as well. */
static void follow(struct model *m, int from, int to, uint64_t most)
{
	uint64_t gone[SUBJECTS] = {0};
	int i, k;

	for (i = 0; i < m->count; i++)
		if (!m->things[i].gone && !is_there(m, &m->things[i]) &&
		    !is_due(m, &m->things[i], from, to))
			blame(m, arena_printf(&m->f->arena, "%s went and was not due",
					      m->things[i].id));
	for (i = 0; i < m->count; i++) {
		struct thing *thing = &m->things[i];

		if (thing->gone || is_there(m, thing) || thing->root == NOBODY)
			continue;
		for (k = 0; k < m->count; k++)
			if (m->things[k].subject == thing->subject &&
			    m->things[k].root == thing->root &&
			    is_due(m, &m->things[k], from, to) && is_there(m, &m->things[k]))
				blame(m, arena_printf(&m->f->arena,
						      "%s went without %s, which was due with it",
						      thing->id, m->things[k].id));
	}
	for (i = 0; i < m->count; i++) {
		struct thing *thing = &m->things[i];

		if (thing->gone || is_there(m, thing))
			continue;
		thing->gone = true;
		gone[thing->subject]++;
		m->removed[thing->subject]++;
	}
	if (gone[PROCESS] > most + 50)
		blame(m, "a run took far more than it was to");
}

static uint64_t count_due(const struct model *m, int from, int to)
{
	uint64_t count = 0;
	int i;

	for (i = 0; i < m->count; i++)
		count += is_due(m, &m->things[i], from, to);
	return count;
}

/* Runs of a few instances, until nothing is due. */
static void clean_by_runs(struct model *m)
{
	int from = chance(m, 60) ? 0 : (int)roll(m, 60);
	int to = from ? from + (int)roll(m, (uint64_t)(60 - from)) : 59;
	struct cleaning cleaning = {
		m, {.now = m->now, .minute_from = from, .minute_to = to}
        };
	int64_t removed[SUBJECTS];

	do {
		uint64_t due = count_due(m, from, to);

		memcpy(removed, m->removed, sizeof(removed));
		cleaning.run.most = 1 + roll(m, 20);
		cleaning.run.more = false;
		engine_fixture_run(m->f, clean_body, &cleaning, 0);
		follow(m, from, to, cleaning.run.most);
		if (cleaning.run.more != (count_due(m, from, to) > 0))
			blame(m, "a run does not know whether it has left something");
		if (due && count_due(m, from, to) == due)
			blame(m, "a run did nothing");
		if ((int64_t)cleaning.run.processes != m->removed[PROCESS] - removed[PROCESS] ||
		    (int64_t)cleaning.run.decisions != m->removed[DECISION] - removed[DECISION])
			blame(m, "a run counts wrong");
		/* these runs are not those of jobs, which metrics count */
		memcpy(m->removed, removed, sizeof(removed));
	} while (cleaning.run.more);
	compare(m);
}

/* Windows, the slow way: each day's of the weeks around. */

static bool window_of_day(const struct model *m, int64_t day, int64_t *start, int64_t *end)
{
	const struct config *config = &m->f->config;
	size_t weekday = (size_t)((day % 7 + 7 + 3) % 7); /* the epoch was a Thursday */
	const char *from = config->weekday_batch_window_start_time[weekday];
	const char *to = config->weekday_batch_window_end_time[weekday];

	if (!from) {
		from = config->history_cleanup_batch_window_start_time;
		to = config->history_cleanup_batch_window_end_time;
	}
	if (!from)
		return false;
	*start = day * DAY + atoi(from) * HOUR + atoi(from + 3) * MINUTE;
	*end = day * DAY + atoi(to) * HOUR + atoi(to + 3) * MINUTE;
	if (*end <= *start)
		*end += DAY;
	return true;
}

static bool in_window(const struct model *m, int64_t time)
{
	int64_t day = floor_of(time, DAY), start, end;
	int back;

	/* a window of the same day comes first, as in the original */
	for (back = 1; back >= 0; back--)
		if (window_of_day(m, day - back, &start, &end) && start <= time && time < end)
			return true;
	return false;
}

static int64_t next_window(const struct model *m, int64_t time)
{
	int64_t day = floor_of(time, DAY), start, end, ahead;

	for (ahead = 0; ahead <= 7; ahead++)
		if (window_of_day(m, day + ahead, &start, &end) && start > time)
			return start;
	return TIME_NULL;
}

/* Text PLACE of the settings, which outlive the round. */
static const char *some_hour(struct model *m, size_t place)
{
	snprintf(m->hours[place], sizeof(m->hours[place]), "%02d:%02d", (int)roll(m, 24),
		 (int)roll(m, 60));
	return m->hours[place];
}

static void choose_windows(struct model *m)
{
	struct config *config = &m->f->config;
	size_t day;

	config->history_cleanup_batch_window_start_time = chance(m, 60) ? some_hour(m, 0) : NULL;
	config->history_cleanup_batch_window_end_time = some_hour(m, 1);
	for (day = 0; day < WEEKDAYS; day++) {
		config->weekday_batch_window_start_time[day] =
			chance(m, 20) ? some_hour(m, 2 + day) : NULL;
		config->weekday_batch_window_end_time[day] = some_hour(m, 2 + WEEKDAYS + day);
	}
}

static struct job cleanup_job(struct model *m)
{
	struct txn reader = txn_reader(m->f->engine.store, &m->f->arena);
	struct job job;

	assert_int_equal(cleanup_job_get(&reader, 0, &job), 0);
	return job;
}

static int run_body(struct txn *txn, void *arg)
{
	struct model *m = arg;
	struct job_failure failure = {0};
	struct batch none;
	struct job job;

	TRY(batch_get(txn, 0, &none));
	TRY(cleanup_job_get(txn, 0, &job));
	return cleanup_job_run(txn, &m->f->engine, &none, &job, 0, m->now, &failure);
}

/* The job of a clean-up that was started by hand, or is scheduled by its window. */
static void clean_by_job(struct model *m)
{
	bool by_hand = chance(m, 40), works;
	int64_t expected = TIME_NULL;
	struct job job;

	choose_windows(m);
	if (!by_hand && next_window(m, m->now) == TIME_NULL)
		return; /* no job is made */
	history_fixture_answer(m->f, history_cleanup_start, by_hand ? NULL : "immediatelyDue=false",
			       NULL);
	works = by_hand || in_window(m, m->now);
	engine_fixture_run(m->f, run_body, m, 0);
	follow(m, 0, works ? 59 : -1, ROWS);
	if (works && count_due(m, 0, 59))
		blame(m, "the job left something that was due");
	compare(m);
	job = cleanup_job(m);
	expected = in_window(m, m->now) && in_window(m, m->now + 10000) ? m->now + 10000
									: next_window(m, m->now);
	if (expected == TIME_NULL ? job.suspended != 1 : job.due_date != expected)
		blame(m, arena_printf(&m->f->arena, "the job is due at %lld, not %lld",
				      (long long)job.due_date, (long long)expected));
}

/* Counts of jobs' runs alone. */
static void compare_metrics(struct model *m)
{
	static const char *const names[] = {"history-cleanup-removed-process-instances",
					    "history-cleanup-removed-decision-instances"};
	struct txn reader = txn_reader(m->f->engine.store, &m->f->arena);
	size_t i;

	for (i = 0; i < 2; i++) {
		struct metric_query query = {names[i], TIME_NULL, TIME_NULL, 0};
		int64_t sum;

		assert_int_equal(metric_sum(&reader, &query, &sum), 0);
		if (sum != m->removed[i])
			blame(m, arena_printf(&m->f->arena, "%s is %lld, not %lld", names[i],
					      (long long)sum, (long long)m->removed[i]));
	}
}

static bool is_idle(struct engine_fixture *f, const void *arg)
{
	(void)arg;
	return job_executor_idle(f->engine.executor);
}

/* The executor sees that the clock was set, and schedules jobs anew, before anything else. */
static void set_clock(struct model *m, int64_t now)
{
	m->now = now;
	clock_hold(now);
	job_executor_wake(m->f->engine.executor);
	engine_fixture_await(m->f, is_idle, NULL);
}

static int bury_body(struct txn *txn, void *arg)
{
	struct model *m = arg;
	struct history *h = m->f->engine.history;
	struct archive *archives[] = {h->processes, h->decisions, h->operations};
	size_t buried;
	int i;

	for (i = 0; i < m->count; i++)
		if (!m->things[i].gone)
			TRY(archive_bury(txn, archives[m->things[i].subject], &m->things[i].number,
					 1, &buried));
	return 0;
}

/* What is left is deleted, so that the model may forget it. */
static void begin_anew(struct model *m)
{
	engine_fixture_run(m->f, bury_body, m, 0);
	m->count = 0;
}

static void play_round(struct model *m)
{
	uint64_t steps;

	m->f->config.history_cleanup_strategy =
		chance(m, 70) ? CLEANUP_REMOVAL_TIME_BASED : CLEANUP_END_TIME_BASED;
	m->f->config.history_removal_time_strategy =
		chance(m, 70) ? REMOVAL_TIME_END : REMOVAL_TIME_START;
	if (m->count > ROWS - 400)
		begin_anew(m);
	import_some(m);
	for (steps = roll(m, 4); steps; steps--) {
		set_clock(m, some_time(m) + (int64_t)roll(m, 1000) * HOUR / 100);
		if (chance(m, 50))
			change_some(m);
		if (chance(m, 30))
			set_days(m, (int)roll(m, DEFINITIONS),
				 chance(m, 30) ? SETTING_NULL : (int64_t)roll(m, 8));
		if (chance(m, 50))
			clean_by_runs(m);
		else
			clean_by_job(m);
	}
	compare(m);
	compare_metrics(m);
}

static void import_definitions(struct model *m)
{
	struct buffer text;
	int i;

	buffer_init(&text);
	for (i = 0; i < DEFINITIONS; i++)
		buffer_put_text(
			&text, arena_printf(&m->f->arena,
					    "{\"processDefinition\":{\"id\":\"p%d:1:x\",\"key\":"
					    "\"p%d\",\"version\":1}}\n{\"decisionDefinition\":"
					    "{\"id\":\"d%d:1:x\",\"key\":\"d%d\",\"version\":1}}\n",
					    i, i, i, i));
	for (i = 0; i < FILLERS; i++)
		buffer_put_text(&text,
				arena_printf(&m->f->arena,
					     "{\"processInstance\":{\"id\":\"%08x-ffff-11f1-aa6b-"
					     "02fc00000001\",\"startTime\":"
					     "\"2024-01-01T10:00:00.000+0000\"}}\n",
					     i));
	buffer_put_u8(&text, 0);
	history_fixture_import(m->f, (const char *)text.data, 1 << 16);
	buffer_clear(&text);
	for (i = 0; i < DEFINITIONS; i++)
		m->days[i] = SETTING_NULL;
}

static void what_is_due_goes_and_all_else_remains(void **state)
{
	const char *rounds = getenv("CLEANUP_ROUNDS"), *seed = getenv("CLEANUP_SEED");
	unsigned last = rounds ? (unsigned)atoi(rounds) : ROUNDS;
	struct model *m = memory_alloc(sizeof(*m));

	memset(m, 0, sizeof(*m));
	m->f = *state;
	m->seed = m->random = seed ? strtoull(seed, NULL, 10) : (uint64_t)clock_monotonic_us();
	m->now = EPOCH;
	clock_hold(m->now);
	import_definitions(m);
	for (m->round = 1; m->round <= last; m->round++) {
		struct arena_mark mark = arena_mark(&m->f->arena);

		play_round(m);
		if (chance(m, 2))
			engine_fixture_reopen(m->f);
		else
			arena_rewind(&m->f->arena, mark);
	}
	clock_hold(TIME_NULL);
	engine_fixture_reopen(m->f); /* with settings of its own */
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_due_goes_and_all_else_remains,
						engine_fixture_set_up, engine_fixture_tear_down),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
