/*
 * /process-definition/statistics and /process-definition/…/statistics: how many instances run, and
 * what ails them. Told from the history, which knows of every instance that runs.
 */
#include <stddef.h>
#include <string.h>

#include "core/api/definition_api.h"
#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/incident_kind.h"
#include "core/history/job_log_entry.h"
#include "core/history/statistics.h"
#include "core/record/row_json.h"

/* What is to be told besides instances. */
struct asked {
	bool failed_jobs;
	bool incidents, root_incidents;
	const char *incident_type;
};

/* What stands in a statistic under one name: of a definition or an activity. */
struct situation {
	const char *name;
	int64_t instances, failed_jobs;
	struct tallies incidents; /* of struct incident_tally */
};

struct incident_tally {
	const char *type;
	int64_t count;
};

/* Two that exclude each other do so even if they are given as false. */
static int read_asked(struct request *request, bool root, struct asked *ret)
{
	static const char both[] = "Only one of the query parameter %s or %s can be set.";

	bool incidents = request_param(request, "incidents");
	bool root_incidents = root && request_param(request, "rootIncidents");

	ret->failed_jobs = request_flag(request, "failedJobs", false);
	ret->incidents = request_flag(request, "incidents", false);
	ret->root_incidents = root && request_flag(request, "rootIncidents", false);
	ret->incident_type = request_param(request, "incidentsForType");
	if (incidents && ret->incident_type)
		return request_fail(request, ERR_INVALID, both, "includeIncidents",
				    "includeIncidentsForType");
	if (incidents && root_incidents)
		return request_fail(request, ERR_INVALID, both, "includeIncidents",
				    "includeRootIncidents");
	if (root_incidents && ret->incident_type)
		return request_fail(request, ERR_INVALID, both, "includeRootIncidents",
				    "includeIncidentsForType");
	return 0;
}

static bool asks_incidents(const struct asked *asked)
{
	return asked->incidents || asked->root_incidents || asked->incident_type;
}

static bool is_asked(const struct asked *asked, const union slot *incident)
{
	const char *id = incident[INCIDENT_ID].s, *root = incident[INCIDENT_ROOT_CAUSE_ID].s;

	if (incident[INCIDENT_END_TIME].i != TIME_NULL || !incident[INCIDENT_TYPE].s)
		return false;
	if (asked->incident_type)
		return !strcmp(incident[INCIDENT_TYPE].s, asked->incident_type);
	return asked->incidents || (asked->root_incidents && id && root && !strcmp(id, root));
}

static struct situation *situation_of(struct tallies *situations, const char *name)
{
	struct situation *situation = tally(situations, name);

	if (!situation->incidents.size)
		tallies_init(&situation->incidents, situations->arena,
			     sizeof(struct incident_tally));
	return situation;
}

static void add_incident(struct tallies *situations, const char *name, const union slot *incident)
{
	struct situation *situation = situation_of(situations, name);
	struct incident_tally *of = tally(&situation->incidents, incident[INCIDENT_TYPE].s);

	of->count++;
}

static bool has_failed(const union slot *job)
{
	return job[RUNTIME_JOB_RETRIES].i == 0;
}

struct collecting {
	const struct asked *asked;
	struct tallies *situations;
};

/* By definition: incidents and failed jobs; instances are counted from the columns. */
static void collect_definition(void *arg, const struct rows *rows)
{
	const struct collecting *collecting = arg;
	const char *id = rows[ROW_INSTANCE].row[0][INSTANCE_DEFINITION_ID].s;
	size_t i;

	if (!id)
		return;
	for (i = 0; i < rows[ROW_INCIDENT].count; i++)
		if (is_asked(collecting->asked, rows[ROW_INCIDENT].row[i]))
			add_incident(collecting->situations, id, rows[ROW_INCIDENT].row[i]);
	for (i = 0; collecting->asked->failed_jobs && i < rows[ROW_JOB].count; i++)
		if (has_failed(rows[ROW_JOB].row[i]))
			situation_of(collecting->situations, id)->failed_jobs++;
}

/* The entry of the log that tells where a job belongs, or NULL. */
static const union slot *log_of_job(const struct rows *rows, const char *job)
{
	const struct rows *logs = &rows[ROW_JOB_LOG];
	size_t i;

	for (i = 0; job && i < logs->count; i++)
		if (logs->row[i][JOB_LOG_JOB_ID].s &&
		    !strcmp(logs->row[i][JOB_LOG_JOB_ID].s, job) &&
		    logs->row[i][JOB_LOG_ACTIVITY_ID].s)
			return logs->row[i];
	return NULL;
}

/* Whether an execution is active there: not in a scope around others, nor where they join. */
static bool is_open(const union slot *activity)
{
	static const char *const joins[] = {"parallelGateway", "inclusiveGateway"};
	const char *type = activity[ACTIVITY_TYPE].s;
	size_t i;

	for (i = 0; type && i < ARRAY_SIZE(joins); i++)
		if (!strcmp(type, joins[i]))
			return false;
	return activity[ACTIVITY_END_TIME].i == TIME_NULL && activity[ACTIVITY_ACTIVITY_ID].s &&
	       !activity_is_scope(type);
}

/* An execution that waits for a job to go on stands in no activity instance. */
static bool waits_for_job(const struct rows *rows, const union slot *job, const union slot *log)
{
	const char *type = log[JOB_LOG_DEFINITION_TYPE].s,
		   *execution = job[RUNTIME_JOB_EXECUTION_ID].s;
	size_t i;

	if (!type || strcmp(type, "async-continuation"))
		return false;
	for (i = 0; execution && i < rows[ROW_ACTIVITY].count; i++) {
		const union slot *activity = rows[ROW_ACTIVITY].row[i];
		const char *other = activity[ACTIVITY_EXECUTION_ID].s;

		if (is_open(activity) && other && !strcmp(other, execution))
			return false;
	}
	return true;
}

static void collect_job(const struct collecting *collecting, const struct rows *rows,
			const union slot *job)
{
	const union slot *log = log_of_job(rows, job[RUNTIME_JOB_ID].s);
	struct situation *situation;

	if (!log)
		return;
	situation = situation_of(collecting->situations, log[JOB_LOG_ACTIVITY_ID].s);
	situation->instances += waits_for_job(rows, job, log);
	situation->failed_jobs += collecting->asked->failed_jobs && has_failed(job);
}

static void collect_activities(void *arg, const struct rows *rows)
{
	const struct collecting *collecting = arg;
	size_t i;

	for (i = 0; i < rows[ROW_ACTIVITY].count; i++)
		if (is_open(rows[ROW_ACTIVITY].row[i]))
			situation_of(collecting->situations,
				     rows[ROW_ACTIVITY].row[i][ACTIVITY_ACTIVITY_ID].s)
				->instances++;
	for (i = 0; i < rows[ROW_JOB].count; i++)
		collect_job(collecting, rows, rows[ROW_JOB].row[i]);
	for (i = 0; i < rows[ROW_INCIDENT].count; i++) {
		const union slot *incident = rows[ROW_INCIDENT].row[i];

		if (is_asked(collecting->asked, incident) && incident[INCIDENT_ACTIVITY_ID].s)
			add_incident(collecting->situations, incident[INCIDENT_ACTIVITY_ID].s,
				     incident);
	}
}

static void write_situation(struct json_writer *writer, const char *type, const char *id,
			    const struct situation *situation)
{
	size_t i;

	json_key_string(writer, "@class", type);
	json_key_string(writer, "id", id);
	json_key_int(writer, "instances", situation->instances);
	json_key_int(writer, "failedJobs", situation->failed_jobs);
	json_key(writer, "incidents");
	json_open_array(writer);
	for (i = 0; i < situation->incidents.count; i++) {
		const struct incident_tally *of = situation->incidents.entries[i];

		json_open_object(writer);
		json_key_string(writer, "incidentType", of->type);
		json_key_int(writer, "incidentCount", of->count);
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* Adds the running instances of every definition to its situation. */
static int count_instances(struct request *request, const struct definitions *definitions,
			   int64_t **ret)
{
	struct dictionary *dictionary = request->engine->history->definitions;
	int64_t *counts, *sums;
	uint32_t number, count;

	sums = arena_array(request->arena, definitions->count + 1, sizeof(*sums));
	TRY(statistics_count_running(request, &counts, &count));
	for (number = 1; number <= count; number++)
		sums[definitions_find(definitions, dictionary_text(dictionary, number))] +=
			counts[number];
	*ret = sums;
	return 0;
}

static int collect(struct request *request, const struct asked *asked, struct tallies *situations)
{
	struct collecting collecting = {asked, situations};

	tallies_init(situations, request->arena, sizeof(struct situation));
	if (!asks_incidents(asked) && !asked->failed_jobs)
		return 0;
	return statistics_running(request, NULL, asked->failed_jobs ? 0 : SUMMARY_INCIDENTS,
				  1u << ROW_INCIDENT | 1u << ROW_JOB, collect_definition,
				  &collecting);
}

int process_definition_statistics(struct request *request)
{
	static const char type[] =
		"org.camunda.bpm.engine.rest.dto.repository.ProcessDefinitionStatisticsResultDto";
	struct txn reader = txn_reader(request->engine->store, request->arena);
	struct definitions definitions;
	struct tallies situations;
	struct json_writer *writer;
	struct asked asked;
	int64_t *instances;
	size_t i;

	TRY(read_asked(request, true, &asked));
	TRY(definitions_read(&reader, &process_definition_kind, &definitions));
	TRY(count_instances(request, &definitions, &instances));
	TRY(collect(request, &asked, &situations));
	writer = request_answer(request);
	json_open_array(writer);
	for (i = 0; i < definitions.count && !writer->code; i++) {
		const char *id = definitions.rows[i][DEFINITION_ID].s;
		struct situation *situation = situation_of(&situations, id);

		situation->instances = instances[i];
		json_open_object(writer);
		write_situation(writer, type, id, situation);
		json_key(writer, "definition");
		/* the original does not tell these two here */
		definitions.rows[i][PROCESS_DEFINITION_DESCRIPTION].s = NULL;
		definitions.rows[i][DEFINITION_TIME_TO_LIVE].i = INT_NULL;
		row_answer(writer, &process_definition_kind, definitions.rows[i]);
		json_close_object(writer);
	}
	json_close_array(writer);
	return writer->code;
}

static int answer_activities(struct request *request, const struct tallies *situations)
{
	static const char type[] =
		"org.camunda.bpm.engine.rest.dto.repository.ActivityStatisticsResultDto";
	struct json_writer *writer = request_answer(request);
	size_t i;

	json_open_array(writer);
	for (i = 0; i < situations->count; i++) {
		const struct situation *situation = situations->entries[i];

		if (!situation->instances)
			continue; /* a boundary timer, say: nothing stands there */
		json_open_object(writer);
		write_situation(writer, type, situation->name, situation);
		json_close_object(writer);
	}
	json_close_array(writer);
	return writer->code;
}

int process_definition_activity_statistics(struct request *request)
{
	struct history *history = request->engine->history;
	struct tallies situations;
	struct asked asked;
	struct collecting collecting = {&asked, &situations};
	const char *id;

	TRY(definition_id_of_path(request, &process_definition_source, &id));
	TRY(read_asked(request, false, &asked));
	tallies_init(&situations, request->arena, sizeof(struct situation));
	TRY(statistics_running(request, statistics_definition(history, request->arena, id), 0,
			       1u << ROW_ACTIVITY | 1u << ROW_JOB | 1u << ROW_JOB_LOG |
				       1u << ROW_INCIDENT,
			       collect_activities, &collecting));
	return answer_activities(request, &situations);
}
