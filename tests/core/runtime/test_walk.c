/*
 * Random walks: processes that nobody thought of, driven in any order, restarted anywhere.
 *
 * A generator writes block-structured BPMN; the walk completes tasks, external tasks and jobs at
 * random until the instance ends. After every step the tree, the history and what is stored must
 * agree with each other. WALKS sets how many processes are made; SEED repeats one.
 */
#include "core/runtime/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/history/history.h"
#include "core/id.h"
#include "core/repository/deploy.h"
#include "core/runtime/activity_tree.h"
#include "core/runtime/cancel.h"
#include "core/runtime/execution.h"
#include "core/runtime/external_task.h"
#include "core/runtime/instance_job.h"
#include "core/runtime/restart.h"
#include "core/runtime/step.h"
#include "core/runtime/task.h"
#include "core/schema.h"
#include "tests/core/process_fixture.h"

enum { WALKS = 12, DEPTH_MAX = 3, BLOCKS_MAX = 4, STEPS_OF_WALK = 400 };

static uint64_t dice_state;

static unsigned dice(unsigned sides)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (unsigned)(dice_state >> 33) % sides;
}

/* The document so far. */
struct paper {
	struct buffer text;
	unsigned nodes, flows;
};

__attribute__((format(printf, 2, 3))) static void put(struct paper *paper, const char *format, ...)
{
	char line[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	assert_true(length > 0 && length < (int)sizeof(line));
	buffer_put(&paper->text, line, (size_t)length);
}

static void put_flow(struct paper *paper, unsigned from, unsigned to, const char *condition)
{
	put(paper, "<sequenceFlow id='f%u' sourceRef='n%u' targetRef='n%u'>", paper->flows++, from,
	    to);
	if (condition)
		put(paper,
		    "<conditionExpression xsi:type='tFormalExpression'>%s</conditionExpression>",
		    condition);
	put(paper, "</sequenceFlow>");
}

static const char *async_attributes(void)
{
	static const char *const all[] = {"",
					  "",
					  "",
					  "camunda:asyncBefore='true'",
					  "camunda:asyncAfter='true'",
					  "camunda:asyncBefore='true' camunda:asyncAfter='true'"};

	return all[dice(ARRAY_SIZE(all))];
}

/* One element that lets a token through sooner or later. */
static unsigned put_activity(struct paper *paper)
{
	static const char mapping[] =
		"<extensionElements><camunda:inputOutput><camunda:inputParameter name='in'>${1 + 1}"
		"</camunda:inputParameter><camunda:outputParameter name='out'>${in}"
		"</camunda:outputParameter></camunda:inputOutput></extensionElements>";
	const char *async = async_attributes(), *inner = dice(4) ? "" : mapping;
	unsigned node = paper->nodes++;

	switch (dice(6)) {
	case 0:
	case 1:
		put(paper, "<userTask id='n%u' %s>%s</userTask>", node, async, inner);
		break;
	case 2:
		put(paper,
		    "<serviceTask id='n%u' %s camunda:type='external' camunda:topic='t'>%s"
		    "</serviceTask>",
		    node, async, inner);
		break;
	case 3:
		put(paper,
		    "<serviceTask id='n%u' %s camunda:expression='${1 + 2}' "
		    "camunda:resultVariable='r'>%s</serviceTask>",
		    node, async, inner);
		break;
	case 4:
		put(paper, "<manualTask id='n%u' %s/>", node, async);
		break;
	default:
		put(paper, "<task id='n%u' %s/>", node, async);
	}
	return node;
}

struct block {
	unsigned first, last;
};

static struct block put_sequence(struct paper *paper, unsigned depth);

static struct block put_gateways(struct paper *paper, const char *name, unsigned depth)
{
	bool parallel = !strcmp(name, "parallelGateway");
	struct block block = {paper->nodes, paper->nodes + 1};
	unsigned branches = 2 + dice(2), i;

	paper->nodes += 2;
	put(paper, "<%s id='n%u' %s/><%s id='n%u'/>", name, block.first, async_attributes(), name,
	    block.last);
	for (i = 0; i < branches; i++) {
		struct block branch = put_sequence(paper, depth + 1);
		const char *condition = parallel ? NULL : i && dice(2) ? "${1 > 2}" : "${true}";

		put_flow(paper, block.first, branch.first, condition);
		put_flow(paper, branch.last, block.last, NULL);
	}
	return block;
}

static struct block put_sub_process(struct paper *paper, unsigned depth)
{
	struct block block = {paper->nodes, paper->nodes}, inside;
	unsigned start = paper->nodes + 1, end = paper->nodes + 2;

	paper->nodes += 3;
	put(paper, "<subProcess id='n%u' %s><startEvent id='n%u'/>", block.first,
	    async_attributes(), start);
	if (dice(5))
		put(paper, "<endEvent id='n%u'/>", end);
	else
		put(paper, "<endEvent id='n%u'><terminateEventDefinition/></endEvent>", end);
	inside = put_sequence(paper, depth + 1);
	put_flow(paper, start, inside.first, NULL);
	put_flow(paper, inside.last, end, NULL);
	put(paper, "</subProcess>");
	return block;
}

static struct block put_block(struct paper *paper, unsigned depth)
{
	struct block block;

	if (depth < DEPTH_MAX) {
		switch (dice(7)) {
		case 0:
			return put_gateways(paper, "parallelGateway", depth);
		case 1:
			return put_gateways(paper, "exclusiveGateway", depth);
		case 2:
			return put_gateways(paper, "inclusiveGateway", depth);
		case 3:
			return put_sub_process(paper, depth);
		default:
			break;
		}
	}
	block.first = block.last = put_activity(paper);
	return block;
}

static struct block put_sequence(struct paper *paper, unsigned depth)
{
	struct block all = put_block(paper, depth);
	unsigned count = dice(BLOCKS_MAX), i;

	for (i = 0; i < count; i++) {
		struct block next = put_block(paper, depth);

		put_flow(paper, all.last, next.first, NULL);
		all.last = next.last;
	}
	return all;
}

static void put_process(struct paper *paper)
{
	struct block block;

	put(paper, "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
		   "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' targetNamespace='x' "
		   "xmlns:camunda='http://camunda.org/schema/1.0/bpmn'><process id='walk' "
		   "isExecutable='true' camunda:historyTimeToLive='5'>"
		   "<startEvent id='n0'/><endEvent id='n1'/>");
	paper->nodes = 2;
	block = put_sequence(paper, 0);
	put_flow(paper, 0, block.first, NULL);
	put_flow(paper, block.last, 1, NULL);
	put(paper, "</process></definitions>");
}

struct walk {
	struct engine_fixture *fixture;
	const union slot *definition;
	uint64_t serial, number;
	const char *restart_at; /* node of a restart */
	bool ended;
	bool restarted; /* and may wait for ever for a token that was never started */
	bool stuck;
};

typedef int (*walk_body)(struct command *command, struct walk *walk);

struct call_of_walk {
	struct walk *walk;
	walk_body body;
};

static int in_txn(struct txn *txn, void *arg)
{
	struct call_of_walk *call = arg;
	struct command command;
	int code;

	command_init(&command, &call->walk->fixture->engine, txn, &call->walk->fixture->error);
	code = call->body(&command, call->walk);
	if (!code)
		code = command_write(&command);
	command_end(&command);
	return code;
}

static void run(struct walk *walk, walk_body body)
{
	struct call_of_walk call = {walk, body};
	struct engine_fixture *fixture = walk->fixture;
	int code;

	fixture->error = (struct error){0, NULL};
	code = txn_run(fixture->engine.store, &fixture->arena, TXN_LAZY, in_txn, &call);
	if (code)
		fail_msg("%d %s", code, fixture->error.message ? fixture->error.message : "");
}

static int start(struct command *command, struct walk *walk)
{
	struct start plain = {.business_key = "walk"};
	struct instance *instance;

	TRY(instance_start(command, walk->definition, &plain, &instance));
	walk->serial = instance->serial;
	walk->ended = !instance->root;
	return 0;
}

static int restart(struct command *command, struct walk *walk)
{
	struct instruction instruction = {.type = START_BEFORE_ACTIVITY,
					  .activity_id = walk->restart_at};
	struct restart wanted = {.definition = walk->definition,
				 .instruction_count = 1,
				 .instructions = &instruction};

	TRY(instance_restart(command, &wanted, walk->number));
	walk->serial = ((struct instance *)command->instances.items[0])->serial;
	walk->ended = !((struct instance *)command->instances.items[0])->root;
	return 0;
}

/* Does one of the things that wait. */
static int advance(struct command *command, struct walk *walk)
{
	struct instance *instance;
	size_t choice;

	TRY(command_instance(command, walk->serial, &instance));
	choice = instance->tasks.count + instance->external_tasks.count + instance->jobs.count;
	assert_true(choice > 0);
	choice = dice((unsigned)choice);
	if (choice < instance->tasks.count) {
		TRY(task_complete(instance, instance->tasks.items[choice]));
	} else if ((choice -= instance->tasks.count) < instance->external_tasks.count) {
		TRY(external_task_complete(instance, instance->external_tasks.items[choice]));
	} else {
		choice -= instance->external_tasks.count;
		TRY(instance_job_continue(instance, instance->jobs.items[choice]));
	}
	TRY(steps_run(command));
	walk->ended = !instance->root;
	return 0;
}

/* A scope has its token itself, one child that is a scope, or concurrent children: two or more. */
static void check_tree(const struct instance *instance)
{
	const struct execution *execution;

	LIST_EACH(&instance->executions, execution)
	{
		size_t children = execution_child_count(instance, execution);
		const struct execution *child = execution_child(instance, execution, 0);

		assert_true(execution == instance->root || execution->parent);
		if (children)
			assert_true(execution->node == NODE_NONE);
		if (children == 1)
			assert_false(child->flags & EXECUTION_CONCURRENT);
		if (children > 1)
			assert_true(child->flags & EXECUTION_CONCURRENT);
		if (execution->scope != NODE_NONE)
			assert_true(execution->flags & EXECUTION_SCOPE);
		if (!children)
			assert_true(execution->node != NODE_NONE);
	}
}

/* Everything belongs to an execution that is there and stands where it should. */
static void check_places(const struct instance *instance)
{
	const struct external_task *external_task;
	const struct instance_job *job;
	const struct variable *variable;
	const struct execution *at;
	const struct task *task;

	LIST_EACH(&instance->tasks, task)
	{
		at = instance_execution(instance, task->execution_id);
		assert_non_null(at);
		assert_string_equal(at->activity_id, task->task_definition_key);
	}
	LIST_EACH(&instance->external_tasks, external_task)
	{
		at = instance_execution(instance, external_task->execution_id);
		assert_non_null(at);
		assert_string_equal(at->activity_id, external_task->activity_id);
	}
	LIST_EACH(&instance->jobs, job)
	{
		at = instance_execution(instance, job->execution_id);
		assert_non_null(at);
		assert_string_equal(at->activity_id, job->activity_id);
		assert_null(at->activity_instance_id);
	}
	LIST_EACH(&instance->variables, variable)
	{
		assert_non_null(instance_execution(instance, variable->execution_id));
	}
}

static size_t open_activities(const struct rows *rows)
{
	size_t i, open = 0;

	for (i = 0; i < rows->count; i++)
		open += rows->row[i][ACTIVITY_END_TIME].i == TIME_NULL;
	return open;
}

/* Activity instances that history has open are those in which tokens are, and no others. */
static void check_history(const struct instance *instance)
{
	const struct rows *rows = &instance->history[ROW_ACTIVITY];
	const struct execution *execution;
	size_t expected = 0;

	LIST_EACH(&instance->executions, execution)
	{
		if (execution->parent && execution_is_container(instance, execution)) {
			const union slot *row = instance_find_history(
				instance, ROW_ACTIVITY,
				execution_scope_activity(instance, execution));

			assert_non_null(row);
			assert_true(row[ACTIVITY_END_TIME].i == TIME_NULL);
			expected++;
		}
		if (execution->node != NODE_NONE && execution->activity_instance_id &&
		    !execution_child_count(instance, execution)) {
			const union slot *row = instance_find_history(
				instance, ROW_ACTIVITY, execution->activity_instance_id);

			assert_non_null(row);
			assert_true(row[ACTIVITY_END_TIME].i == TIME_NULL);
			assert_string_equal(row[ACTIVITY_ACTIVITY_ID].s, execution->activity_id);
			expected++;
		}
	}
	assert_int_equal(open_activities(rows), expected);
}

struct counted {
	size_t activities, transitions, executions;
};

/* Every item of the tree stands where the history has it. */
static void check_item(const struct instance *instance, const struct activity_instance *item,
		       struct counted *counted)
{
	const struct activity_instance *child;

	counted->executions += item->executions.count;
	assert_ptr_equal(item->executions.items[0], item->execution);
	if (item->transition) {
		assert_string_equal(item->id, item->execution->id);
		assert_int_equal(item->children.count, 0);
		counted->transitions++;
	} else if (item->parent_id) {
		const union slot *row = instance_find_history(instance, ROW_ACTIVITY, item->id);

		assert_non_null(row);
		assert_true(row[ACTIVITY_END_TIME].i == TIME_NULL);
		/* see EXECUTION_UNPLACED: the process may stand for none */
		assert_string_equal(row[ACTIVITY_PARENT_ID].s ? row[ACTIVITY_PARENT_ID].s
							      : instance->row->id,
				    item->parent_id);
		assert_string_equal(row[ACTIVITY_ACTIVITY_ID].s,
				    instance->model->nodes[item->node].id);
		counted->activities++;
	}
	LIST_EACH(&item->children, child)
	{
		assert_string_equal(child->parent_id, item->id);
		check_item(instance, child, counted);
	}
}

static void check_activities(const struct instance *instance)
{
	struct counted counted = {0, 0, 0};

	check_item(instance, activity_tree(instance), &counted);
	assert_int_equal(counted.activities, open_activities(&instance->history[ROW_ACTIVITY]));
	assert_int_equal(counted.transitions, instance->jobs.count);
	assert_true(counted.executions >= instance->executions.count);
}

static int look(struct command *command, struct walk *walk)
{
	struct instance *instance;

	TRY(command_instance(command, walk->serial, &instance));
	walk->number = instance->number;
	check_tree(instance);
	check_places(instance);
	check_history(instance);
	check_activities(instance);
	walk->stuck =
		!(instance->tasks.count + instance->external_tasks.count + instance->jobs.count);
	assert_true(walk->restarted || !walk->stuck);
	return 0;
}

static int delete (struct command *command, struct walk *walk)
{
	struct instance *instance;

	TRY(command_instance(command, walk->serial, &instance));
	TRY(instance_delete(instance, "stuck", 0, true));
	walk->ended = true;
	return steps_run(command);
}

/* Nothing of the instance is left but its history, in which all has ended. */
static void check_end(struct walk *walk)
{
	struct engine_fixture *fixture = walk->fixture;
	struct txn reader = txn_reader(fixture->engine.store, &fixture->arena);
	const char *id =
		id_text(&fixture->arena, fixture->engine.store, ID_RUNNING, walk->serial, 0);
	struct rows rows[ROW_MAX];
	struct instance *ignored;
	size_t i;

	assert_int_equal(instance_read(&reader, walk->serial, &ignored), ERR_NOT_FOUND);
	assert_int_equal(history_find_process(&reader, fixture->engine.history, id, &walk->number),
			 0);
	assert_int_equal(history_read_process(&reader, fixture->engine.history, walk->number,
					      UINT64_MAX, rows),
			 0);
	assert_string_equal(rows[ROW_INSTANCE].row[0][INSTANCE_STATE].s,
			    walk->stuck ? "EXTERNALLY_TERMINATED" : "COMPLETED");
	assert_int_equal(open_activities(&rows[ROW_ACTIVITY]), 0);
	assert_int_equal(rows[ROW_JOB].count, 0);
	for (i = 0; i < rows[ROW_TASK].count; i++)
		assert_true(rows[ROW_TASK].row[i][TASK_END_TIME].i != TIME_NULL);
}

static void walk_to_end(struct walk *walk)
{
	unsigned steps;

	for (steps = 0; !walk->ended; steps++) {
		struct arena_mark mark = arena_mark(&walk->fixture->arena);

		assert_true(steps < STEPS_OF_WALK);
		run(walk, look);
		process_fixture_check_index(walk->fixture);
		/* now and then one is deleted although it could go on */
		walk->stuck |= walk->restarted && !dice(20);
		run(walk, walk->stuck ? delete : advance);
		arena_rewind(&walk->fixture->arena, mark);
	}
	check_end(walk);
	process_fixture_check_index(walk->fixture);
}

static void deploy_paper(struct walk *walk, const struct paper *paper)
{
	struct deploy_resource resource = {
		"walk.bpmn", {paper->text.data, paper->text.length}
        };
	struct deploy_order order = {
		.name = "d", .activation_time = TIME_NULL, .count = 1, .resources = &resource};
	struct engine_fixture *fixture = walk->fixture;
	const struct problems *problems;
	struct deployed deployed;
	int code = deploy(&fixture->engine, &fixture->arena, &order, &deployed, &problems,
			  &fixture->error);

	if (code)
		fail_msg("%s in %.*s", fixture->error.message, (int)paper->text.length,
			 (const char *)paper->text.data);
	walk->definition = deployed.processes.rows[0];
}

static void walk_once(struct engine_fixture *fixture, uint64_t seed)
{
	struct walk walk = {.fixture = fixture};
	struct paper paper = {.nodes = 0};
	char node[16];
	unsigned i;

	dice_state = seed * 0x9e3779b97f4a7c15u + 1;
	buffer_init(&paper.text);
	put_process(&paper);
	if (getenv("SEED"))
		fwrite(paper.text.data, 1, paper.text.length, stderr);
	deploy_paper(&walk, &paper);
	run(&walk, start);
	walk_to_end(&walk);
	for (i = 0; i < 3; i++) {
		snprintf(node, sizeof(node), "n%u", dice(paper.nodes));
		walk.restart_at = node;
		walk.restarted = true;
		walk.stuck = false;
		run(&walk, restart);
		walk_to_end(&walk);
	}
	buffer_clear(&paper.text);
}

static void every_walk_comes_to_an_end(void **state)
{
	const char *wanted = getenv("SEED"), *count = getenv("WALKS");
	uint64_t seed = wanted ? strtoull(wanted, NULL, 10) : 1, walks = WALKS, i;
	struct engine_fixture *fixture = *state;

	walks = wanted ? 1 : count ? strtoull(count, NULL, 10) : walks;
	for (i = 0; i < walks; i++) {
		struct arena_mark mark = arena_mark(&fixture->arena);

		print_message("# seed %llu\n", (unsigned long long)(seed + i));
		walk_once(fixture, seed + i);
		arena_rewind(&fixture->arena, mark);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_walk_comes_to_an_end, engine_fixture_set_up,
						engine_fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
