#include "core/repository/deploy.h"

#include <string.h>

#include "core/bpmn/parse.h"
#include "core/decision/dmn.h"
#include "core/engine.h"
#include "core/history/operation_log.h"
#include "core/id.h"
#include "core/job/job_executor.h"
#include "core/job/process_job_definition.h"
#include "core/repository/suspension_job.h"
#include "core/process/deployment.h"
#include "core/repository/duplicate_filter.h"
#include "core/request/api_error.h"
#include "storage/log.h"

enum { ID_MAX = 64 };

/* A resource on its way: what its bytes mean, found before the transaction. */
struct parsed {
	const struct deploy_resource *resource;
	bool chosen; /* is to be deployed */
	int code;    /* of the parse; its words are in error */
	struct error error;
	struct bpmn_resource bpmn; /* one of the two, or none */
	struct dmn_resource dmn;
};

struct deploying {
	struct engine *engine;
	const struct deploy_order *order;
	struct parsed *parsed;
	struct error *error;
	const struct problems *problems;
	struct arena *arena; /* for what outlives the transaction */
	/* of the transaction */
	uint64_t number;
	uint64_t ordinals[ID_JOB_DEFINITION + 1];
	union slot *row;
	struct deployed *ret;
};

/* The one of ENDINGS that NAME has, or NULL. */
static const char *ending_of(const char *name, const char *const *endings)
{
	size_t length = strlen(name);

	for (; *endings; endings++) {
		size_t size = strlen(*endings);

		if (length >= size && !strcmp(name + length - size, *endings))
			return *endings;
	}
	return NULL;
}

static const char *const bpmn_endings[] = {".bpmn20.xml", ".bpmn", NULL};
static const char *const dmn_endings[] = {".dmn11.xml", ".dmn", NULL};

static void parse_bpmn(struct deploying *deploying, struct parsed *parsed,
		       const struct bpmn_options *options)
{
	const struct deploy_resource *resource = parsed->resource;
	struct problems *problems = &parsed->bpmn.problems;

	parsed->code = bpmn_parse(deploying->arena, resource->name, resource->bytes.data,
				  resource->bytes.size, options, &parsed->bpmn, &parsed->error);
	if (!parsed->code && problems->count)
		parsed->code = err_set(&parsed->error, deploying->arena, ERR_PARSE,
				       "ENGINE-09005 Could not parse BPMN process. Errors: %s",
				       problems_text(problems));
}

static void parse_dmn(struct deploying *deploying, struct parsed *parsed,
		      const struct bpmn_options *options)
{
	const struct deploy_resource *resource = parsed->resource;
	const char *reason;

	parsed->code =
		dmn_parse(deploying->arena, resource->name, resource->bytes.data,
			  resource->bytes.size, options, &parsed->dmn, &reason, &parsed->error);
	if (reason)
		log_info("a DMN resource was refused: %s", reason);
}

static void parse(struct deploying *deploying, struct parsed *parsed)
{
	const struct config *config = deploying->engine->config;
	struct bpmn_options options = {config->history_time_to_live,
				       config->enforce_history_time_to_live, NULL};

	if (ending_of(parsed->resource->name, bpmn_endings))
		parse_bpmn(deploying, parsed, &options);
	else if (ending_of(parsed->resource->name, dmn_endings))
		parse_dmn(deploying, parsed, &options);
}

static int check_parsed(struct deploying *deploying)
{
	size_t i;

	for (i = 0; i < deploying->order->count; i++) {
		const struct parsed *parsed = &deploying->parsed[i];

		if (!parsed->chosen || !parsed->code)
			continue;
		if (parsed->code == ERR_PARSE)
			deploying->problems = &parsed->bpmn.problems;
		*deploying->error = parsed->error;
		return parsed->code;
	}
	return 0;
}

static const char *next_id(struct deploying *deploying, struct arena *arena, enum id_kind kind)
{
	return id_text(arena, deploying->engine->store, kind, deploying->number,
		       deploying->ordinals[kind]++);
}

/* The version that a new definition of KEY gets. */
static int next_version(struct deploying *deploying, struct txn *txn, const struct kind *kind,
			const char *key, int64_t *ret)
{
	union slot *latest;
	int code = definition_find_latest(txn, kind, key, deploying->order->tenant_id, &latest);

	*ret = 1;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (latest[DEFINITION_VERSION].i > 0)
		*ret = latest[DEFINITION_VERSION].i + 1;
	return 0;
}

static bool is_chosen_name(const struct deploying *deploying, const char *name)
{
	size_t i;

	for (i = 0; i < deploying->order->count; i++)
		if (deploying->parsed[i].chosen &&
		    !strcmp(deploying->order->resources[i].name, name))
			return true;
	return false;
}

/* The resource that shows the process KEY of the resource NAME, or NULL. */
static const char *diagram_of(const struct deploying *deploying, struct arena *arena,
			      const char *name, const char *key)
{
	static const char *const endings[] = {"png", "jpg", "gif", "svg"};
	int length = (int)(strlen(name) - strlen(ending_of(name, bpmn_endings)));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(endings); i++) {
		const char *own = arena_printf(arena, "%.*s.%s.%s", length, name, key, endings[i]);
		const char *common = arena_printf(arena, "%.*s.%s", length, name, endings[i]);

		if (is_chosen_name(deploying, own))
			return own;
		if (is_chosen_name(deploying, common))
			return common;
	}
	return NULL;
}

/* What all kinds of definitions have. */
static int fill_definition(struct deploying *deploying, struct txn *txn, const struct kind *kind,
			   union slot *row, enum id_kind id_kind)
{
	struct arena *arena = txn->arena;
	const char *uuid = next_id(deploying, arena, id_kind), *id;
	const char *tenant = deploying->order->tenant_id;

	row[DEFINITION_TENANT_ID].s = tenant;
	row[DEFINITION_DEPLOYMENT_ID].s = deploying->row[DEPLOYMENT_ID].s;
	TRY(next_version(deploying, txn, kind, row[DEFINITION_KEY].s, &row[DEFINITION_VERSION].i));
	id = arena_printf(arena, "%s:%lld:%s", row[DEFINITION_KEY].s,
			  (long long)row[DEFINITION_VERSION].i, uuid);
	row[DEFINITION_ID].s = strlen(id) > ID_MAX ? uuid : id;
	return 0;
}

static void add_definition(struct arena *arena, struct definitions *definitions, union slot *row)
{
	union slot **rows = arena_array(arena, definitions->count + 1, sizeof(*rows));

	if (definitions->count)
		memcpy(rows, definitions->rows, definitions->count * sizeof(*rows));
	rows[definitions->count++] = row;
	definitions->rows = rows;
}

static int refuse_twin(struct deploying *deploying, const char *key)
{
	return err_set(deploying->error, deploying->arena, ERR_ENGINE,
		       "The deployment contains definitions with the same key '%s' (id "
		       "attribute), this is not allowed",
		       key);
}

/* Definitions of one deployment: each is compared with all others. */
enum { DEFINITIONS_MAX = 1000 };

static bool has_key(const struct definitions *definitions, const char *key)
{
	size_t i;

	for (i = 0; i < definitions->count; i++)
		if (!strcmp(definitions->rows[i][DEFINITION_KEY].s, key))
			return true;
	return false;
}

static int put_job_definition(struct deploying *deploying, struct txn *txn, const union slot *row,
			      const struct node *node, const char *configuration)
{
	struct job_definition definition = {
		.id = next_id(deploying, txn->arena, ID_JOB_DEFINITION),
		.process_definition_id = row[DEFINITION_ID].s,
		.process_definition_key = row[DEFINITION_KEY].s,
		.job_type = JOB_TYPE_ASYNC,
		.job_configuration = configuration,
		.activity_id = node->id,
		.overriding_job_priority = INT_NULL,
		.suspended = deploying->order->activation_time != TIME_NULL,
		.tenant_id = row[DEFINITION_TENANT_ID].s,
	};

	return process_job_definition_put(txn, &definition);
}

static int put_job_definitions(struct deploying *deploying, struct txn *txn, const union slot *row,
			       const struct model *model)
{
	size_t i;

	for (i = 1; i < model->node_count; i++) {
		const struct node *node = &model->nodes[i];

		if (node->flags & NODE_ASYNC_BEFORE)
			TRY(put_job_definition(deploying, txn, row, node, CONFIGURATION_BEFORE));
		if (node->flags & NODE_ASYNC_AFTER)
			TRY(put_job_definition(deploying, txn, row, node, CONFIGURATION_AFTER));
	}
	return 0;
}

/* Users that the model names as those who may start it. */
static const char *starters_of(struct arena *arena, const struct model *model)
{
	struct buffer buffer;
	const char *text;
	size_t i;

	if (!model->candidate_user_count)
		return NULL;
	buffer_init(&buffer);
	for (i = 0; i < model->candidate_user_count; i++) {
		buffer_put_u8(&buffer, '\n');
		buffer_put_text(&buffer, model->candidate_starter_users[i]);
	}
	buffer_put_u8(&buffer, '\n');
	text = arena_strndup(arena, (const char *)buffer.data, buffer.length);
	buffer_clear(&buffer);
	return text;
}

/* Until a timer activates it; the answer shows it as if it were active. */
static int put_suspended(struct deploying *deploying, struct txn *txn, union slot *row)
{
	struct suspension activation = {.definition_id = row[DEFINITION_ID].s,
					.include_instances = true};

	row[PROCESS_DEFINITION_SUSPENDED].i = 1;
	TRY(definition_put(txn, &process_definition_kind, row));
	row[PROCESS_DEFINITION_SUSPENDED].i = 0;
	return suspension_job_create(txn, deploying->engine, &activation,
				     row[DEFINITION_DEPLOYMENT_ID].s,
				     deploying->order->activation_time);
}

static int deploy_process(struct deploying *deploying, struct txn *txn, const struct parsed *parsed,
			  const struct model *model)
{
	union slot *row = row_new(txn->arena, &process_definition_kind);

	if (deploying->ret->processes.count == DEFINITIONS_MAX)
		return err_set(deploying->error, deploying->arena, ERR_INVALID,
			       "The deployment has more than %d process definitions",
			       DEFINITIONS_MAX);
	if (has_key(&deploying->ret->processes, model->key))
		return refuse_twin(deploying, model->key);
	row[DEFINITION_KEY].s = model->key;
	row[DEFINITION_NAME].s = model->name;
	row[DEFINITION_CATEGORY].s = model->category;
	row[DEFINITION_RESOURCE].s = parsed->resource->name;
	row[DEFINITION_TIME_TO_LIVE].i = model->time_to_live;
	row[PROCESS_DEFINITION_DESCRIPTION].s = model->description;
	row[PROCESS_DEFINITION_DIAGRAM].s =
		diagram_of(deploying, txn->arena, parsed->resource->name, model->key);
	row[PROCESS_DEFINITION_SUSPENDED].i = 0;
	row[PROCESS_DEFINITION_VERSION_TAG].s = model->version_tag;
	row[PROCESS_DEFINITION_STARTABLE].i = model->startable_in_tasklist;
	row[PROCESS_DEFINITION_STARTERS].s = starters_of(txn->arena, model);
	TRY(fill_definition(deploying, txn, &process_definition_kind, row, ID_PROCESS_DEFINITION));
	add_definition(txn->arena, &deploying->ret->processes, row);
	TRY(put_job_definitions(deploying, txn, row, model));
	if (deploying->order->activation_time != TIME_NULL)
		return put_suspended(deploying, txn, row);
	return definition_put(txn, &process_definition_kind, row);
}

static int deploy_processes(struct deploying *deploying, struct txn *txn)
{
	size_t i, j;

	for (i = 0; i < deploying->order->count; i++) {
		const struct parsed *parsed = &deploying->parsed[i];

		for (j = 0; parsed->chosen && j < parsed->bpmn.count; j++)
			TRY(deploy_process(deploying, txn, parsed, parsed->bpmn.models[j]));
	}
	return 0;
}

/* *RET is the requirements definition of the resource's decisions, or NULL. */
static int deploy_requirements(struct deploying *deploying, struct txn *txn,
			       const struct parsed *parsed, const union slot **ret)
{
	union slot *row = row_new(txn->arena, &requirements_definition_kind);

	*ret = NULL;
	if (!parsed->dmn.has_requirements)
		return 0;
	if (has_key(&deploying->ret->requirements, parsed->dmn.key))
		return refuse_twin(deploying, parsed->dmn.key);
	row[DEFINITION_KEY].s = parsed->dmn.key;
	row[DEFINITION_NAME].s = parsed->dmn.name;
	row[DEFINITION_CATEGORY].s = parsed->dmn.category;
	row[DEFINITION_RESOURCE].s = parsed->resource->name;
	TRY(fill_definition(deploying, txn, &requirements_definition_kind, row,
			    ID_REQUIREMENTS_DEFINITION));
	add_definition(txn->arena, &deploying->ret->requirements, row);
	*ret = row;
	return definition_put(txn, &requirements_definition_kind, row);
}

static int deploy_decision(struct deploying *deploying, struct txn *txn,
			   const struct parsed *parsed, const struct dmn_decision *decision,
			   const union slot *requirements)
{
	union slot *row = row_new(txn->arena, &decision_definition_kind);

	if (has_key(&deploying->ret->decisions, decision->key))
		return refuse_twin(deploying, decision->key);
	row[DEFINITION_KEY].s = decision->key;
	row[DEFINITION_NAME].s = decision->name;
	row[DEFINITION_CATEGORY].s = parsed->dmn.category;
	row[DEFINITION_RESOURCE].s = parsed->resource->name;
	row[DEFINITION_TIME_TO_LIVE].i = decision->time_to_live;
	row[DECISION_DEFINITION_VERSION_TAG].s = decision->version_tag;
	if (requirements) {
		row[DECISION_DEFINITION_REQUIREMENTS_ID].s = requirements[DEFINITION_ID].s;
		row[DECISION_DEFINITION_REQUIREMENTS_KEY].s = requirements[DEFINITION_KEY].s;
	}
	TRY(fill_definition(deploying, txn, &decision_definition_kind, row,
			    ID_DECISION_DEFINITION));
	add_definition(txn->arena, &deploying->ret->decisions, row);
	return definition_put(txn, &decision_definition_kind, row);
}

static int deploy_decisions(struct deploying *deploying, struct txn *txn)
{
	const union slot *row;
	size_t i, j;

	for (i = 0; i < deploying->order->count; i++) {
		const struct parsed *parsed = &deploying->parsed[i];

		if (!parsed->chosen || !parsed->dmn.count)
			continue;
		TRY(deploy_requirements(deploying, txn, parsed, &row));
		for (j = 0; j < parsed->dmn.count; j++)
			TRY(deploy_decision(deploying, txn, parsed, &parsed->dmn.decisions[j],
					    row));
	}
	return 0;
}

static struct rows *resource_rows(struct deploying *deploying, struct txn *txn, struct bytes *bytes)
{
	struct rows *rows = arena_alloc(txn->arena, sizeof(*rows));
	size_t i;

	rows->kind = &resource_kind;
	rows->row = arena_array(txn->arena, deploying->order->count, sizeof(*rows->row));
	for (i = 0; i < deploying->order->count; i++) {
		const struct deploy_resource *resource = &deploying->order->resources[i];
		union slot *row;

		if (!deploying->parsed[i].chosen)
			continue;
		row = row_new(txn->arena, &resource_kind);
		row[RESOURCE_ID].s = next_id(deploying, txn->arena, ID_RESOURCE);
		row[RESOURCE_NAME].s = resource->name;
		bytes[rows->count] = resource->bytes;
		rows->row[rows->count++] = row;
	}
	return rows;
}

static int put_deployment(struct deploying *deploying, struct txn *txn)
{
	const struct deploy_order *order = deploying->order;
	struct bytes *bytes = arena_array(txn->arena, order->count, sizeof(*bytes));
	union slot *row = row_new(txn->arena, &deployment_kind);

	TRY(id_next_number(txn, "deployment", &deploying->number));
	row[DEPLOYMENT_ID].s = next_id(deploying, txn->arena, ID_DEPLOYMENT);
	row[DEPLOYMENT_NAME].s = order->name;
	row[DEPLOYMENT_TIME].i = clock_now();
	row[DEPLOYMENT_SOURCE].s = order->source;
	row[DEPLOYMENT_TENANT_ID].s = order->tenant_id;
	row[DEPLOYMENT_RESOURCES].r = resource_rows(deploying, txn, bytes);
	deploying->row = row;
	deploying->ret->deployment = row;
	return deployment_put(txn, row, bytes);
}

/* *RET_NOTHING: all is as it was deployed last; that deployment is the answer. */
static int choose(struct deploying *deploying, struct txn *txn, bool *ret_nothing)
{
	const struct deploy_order *order = deploying->order;
	bool *changed = arena_alloc(txn->arena, order->count + 1), any = false;
	union slot *latest;
	size_t i;

	*ret_nothing = false;
	for (i = 0; i < order->count; i++)
		deploying->parsed[i].chosen = true;
	if (!order->filter_duplicates)
		return 0;
	TRY(duplicate_filter(txn, order, changed, &latest));
	for (i = 0; i < order->count; i++) {
		any |= changed[i];
		if (order->changed_only)
			deploying->parsed[i].chosen = changed[i];
	}
	if (any || !latest)
		return 0;
	*ret_nothing = true;
	deploying->ret->deployment = latest;
	return 0;
}

static int log_deployment(struct deploying *deploying, struct txn *txn)
{
	const struct deploy_order *order = deploying->order;
	struct logged_operation operation = {.type = "Create", .entity = "Deployment"};

	if (!order->request)
		return 0;
	operation.deployment_id = deploying->row[DEPLOYMENT_ID].s;
	operation_add_flag(&operation, "duplicateFilterEnabled", order->filter_duplicates);
	if (order->filter_duplicates)
		operation_add_flag(&operation, "deployChangedOnly", order->changed_only);
	return operation_log_write(txn, order->request, &operation);
}

static int deploy_body(struct txn *txn, void *arg)
{
	struct deploying *deploying = arg;
	bool nothing;

	memset(deploying->ret, 0, sizeof(*deploying->ret));
	memset(deploying->ordinals, 0, sizeof(deploying->ordinals));
	TRY(choose(deploying, txn, &nothing));
	if (nothing)
		return 0;
	TRY(check_parsed(deploying));
	TRY(put_deployment(deploying, txn));
	TRY(deploy_processes(deploying, txn));
	TRY(deploy_decisions(deploying, txn));
	return log_deployment(deploying, txn);
}

static int run(struct deploying *deploying)
{
	struct request *request = deploying->order->request;

	return request ? operation_log_run(request, TXN_DURABLE, deploy_body, deploying)
		       : txn_run(deploying->engine->store, deploying->arena, TXN_DURABLE,
				 deploy_body, deploying);
}

int deploy(struct engine *engine, struct arena *arena, const struct deploy_order *order,
	   struct deployed *ret, const struct problems **ret_problems, struct error *error)
{
	struct deploying deploying = {
		.engine = engine, .order = order, .error = error, .arena = arena, .ret = ret};
	int code;
	size_t i;

	deploying.parsed = arena_array(arena, order->count, sizeof(*deploying.parsed));
	for (i = 0; i < order->count; i++) {
		deploying.parsed[i].resource = &order->resources[i];
		parse(&deploying, &deploying.parsed[i]);
	}
	code = run(&deploying);
	if (!code && order->activation_time != TIME_NULL)
		job_executor_wake(engine->executor);
	*ret_problems = deploying.problems;
	return code;
}
