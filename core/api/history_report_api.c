/* /history/process-instance/report: durations by month or quarter, as JSON or CSV. */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "core/api/handler.h"
#include "core/engine.h"
#include "core/history/duration_report.h"
#include "core/query/query.h"

enum {
	ASK_TYPE = OP_OWN,
	ASK_UNIT,
	ASK_DEFINITION_IDS,
	ASK_DEFINITION_KEYS,
	ASK_STARTED_BEFORE,
	ASK_STARTED_AFTER,
};

static const char *const unit_names[] = {
	[PERIOD_MONTH] = "MONTH",
	[PERIOD_QUARTER] = "QUARTER",
};

static int bind_type(struct request *request, struct criterion *criterion, const char *text,
		     const struct json *node)
{
	(void)node;
	if (strcmp(text, "duration") && strcmp(text, "count"))
		return request_fail(request, ERR_INVALID,
				    "Cannot set query parameter 'reportType' to value '%s'", text);
	criterion->text = text;
	return 0;
}

static int bind_unit(struct request *request, struct criterion *criterion, const char *text,
		     const struct json *node)
{
	size_t unit;

	(void)node;
	for (unit = PERIOD_MONTH; unit < ARRAY_SIZE(unit_names); unit++)
		if (!strcasecmp(text, unit_names[unit])) {
			criterion->number = (int64_t)unit;
			return 0;
		}
	return request_fail(request, ERR_INVALID,
			    "Cannot set query parameter 'periodUnit' to value '%s': Cannot convert "
			    "value %s to java enum type org.camunda.bpm.engine.query.PeriodUnit",
			    text, text);
}

static const struct filter filters[] = {
	{"reportType",             PARAM_OBJECT, ASK_TYPE,            0, NULL, 0, bind_type},
	{"periodUnit",             PARAM_OBJECT, ASK_UNIT,            0, NULL, 0, bind_unit},
	{"processDefinitionIdIn",  PARAM_ARRAY,  ASK_DEFINITION_IDS,  0, NULL, 0, NULL     },
	{"processDefinitionKeyIn", PARAM_ARRAY,  ASK_DEFINITION_KEYS, 0, NULL, 0, NULL     },
	{"startedBefore",          PARAM_DATE,   ASK_STARTED_BEFORE,  0, NULL, 0, NULL     },
	{"startedAfter",           PARAM_DATE,   ASK_STARTED_AFTER,   0, NULL, 0, NULL     },
};

/* Not listed by a query: the kind is only there to be complete. */
static const struct kind report_kind = {"report", 0, NULL, 0};

static const struct resource resource = {
	.kind = &report_kind,
	.filters = filters,
	.filter_count = ARRAY_SIZE(filters),
	.ignores_sorting = true,
};

static bool is_listed(const struct strings *list, const char *text)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

/* Definitions whose id (PART 0) or key (1) is listed; a list of none is no condition. */
static void add_definitions(struct plan *plan, const struct strings *list, unsigned part)
{
	struct dictionary *dictionary = plan->history->definitions;
	uint32_t number, count = dictionary_count(dictionary);
	/* numbers that come up meanwhile belong to what came later than the plan */
	uint8_t *table = arena_alloc(plan->arena, count + 65536);

	if (!list->count)
		return;
	for (number = 1; number <= count; number++)
		table[number] =
			is_listed(list, dictionary_part(dictionary, plan->arena, number, part));
	condition_table(plan_add(plan, &plan->all), offsetof(struct column_set, definition), table);
}

static void add_condition(struct plan *plan, const struct criterion *criterion)
{
	size_t start = offsetof(struct column_set, start_time);

	switch (criterion->filter->op) {
	case ASK_DEFINITION_IDS:
		add_definitions(plan, &criterion->list, 0);
		break;
	case ASK_DEFINITION_KEYS:
		add_definitions(plan, &criterion->list, 1);
		break;
	case ASK_STARTED_BEFORE:
		condition_range(plan_add(plan, &plan->all), start, TIME_NULL + 1,
				criterion->number);
		break;
	case ASK_STARTED_AFTER:
		condition_range(plan_add(plan, &plan->all), start, criterion->number, INT64_MAX);
		break;
	default:
		break;
	}
}

static void write_json(struct request *request, enum period_unit unit,
		       const struct duration_period periods[PERIODS_MAX])
{
	struct json_writer *writer = request_answer(request);
	size_t i;

	json_open_array(writer);
	for (i = 0; i < PERIODS_MAX; i++) {
		if (!periods[i].count)
			continue;
		json_open_object(writer);
		json_key_int(writer, "minimum", periods[i].minimum);
		json_key_int(writer, "maximum", periods[i].maximum);
		json_key_int(writer, "average", duration_average(&periods[i]));
		json_key_int(writer, "period", (int64_t)i + 1);
		json_key_string(writer, "periodUnit", unit_names[unit]);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void write_csv(struct request *request, enum period_unit unit,
		      const struct duration_period periods[PERIODS_MAX])
{
	size_t i;

	request_answer_text(request, request->call->accept,
			    "PERIOD,PERIOD_UNIT,MINIMUM,MAXIMUM,AVERAGE");
	request_attach(request, "process-instance-report.csv");
	for (i = 0; i < PERIODS_MAX; i++)
		if (periods[i].count)
			buffer_put_text(&request->writer.buffer,
					arena_printf(request->arena, "\n%zu,%s,%lld,%lld,%lld",
						     i + 1, unit_names[unit],
						     (long long)periods[i].minimum,
						     (long long)periods[i].maximum,
						     (long long)(duration_average(&periods[i]))));
}

static int check(struct request *request, const struct query *query, enum period_unit *ret_unit)
{
	const struct criterion *type = query_criterion(query, "reportType");
	const struct criterion *unit = query_criterion(query, "periodUnit");

	if (!type || strcmp(type->text, "duration"))
		return request_fail(request, ERR_INVALID, "Unknown report type %s",
				    type ? type->text : "null");
	if (!unit)
		return request_fail(request, ERR_INVALID_0, "periodUnit is null");
	*ret_unit = (enum period_unit)unit->number;
	return 0;
}

int history_process_instance_report(struct request *request)
{
	struct history *history = request->engine->history;
	struct duration_period periods[PERIODS_MAX];
	enum period_unit unit = PERIOD_NONE;
	struct query query;
	struct plan plan;
	size_t i;

	TRY(query_bind_params(request, &resource, false, &query));
	TRY(check(request, &query, &unit));
	plan_init(&plan, history, history->process_columns, request->arena);
	plan.caller = request->running;
	for (i = 0; i < query.count; i++)
		add_condition(&plan, &query.criteria[i]);
	TRY(duration_report(&plan, unit, periods));
	if (request->call->accept && strstr(request->call->accept, "csv"))
		write_csv(request, unit, periods);
	else
		write_json(request, unit, periods);
	return 0;
}
