#include "core/runtime/instruction_json.h"

#include <string.h>

#include "core/json/writer.h"
#include "core/process/definition.h"
#include "core/runtime/typed_value.h"

static const char ancestor_key[] = "ancestorActivityInstanceId";

/* Members of an instruction, and where they go. */
static const struct {
	const char *key;
	size_t offset;
} members[] = {
	{"activityId",           offsetof(struct instruction, activity_id)           },
	{"transitionId",         offsetof(struct instruction, transition_id)         },
	{ancestor_key,           offsetof(struct instruction, ancestor_id)           },
	{"activityInstanceId",   offsetof(struct instruction, activity_instance_id)  },
	{"transitionInstanceId", offsetof(struct instruction, transition_instance_id)},
};

static int read_members(const struct json *node, struct instruction *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		const struct json *member = json_present(node, members[i].key);

		if (member)
			TRY(json_to_string(member,
					   (const char **)((char *)ret + members[i].offset)));
	}
	node = json_member(node, "cancelCurrentActiveActivityInstances");
	return node ? json_to_bool(node, false, &ret->current_only) : 0;
}

static int read_type(const struct json *node, enum instruction_type *ret)
{
	const struct json *member = json_present(node, "type");
	const char *text;
	unsigned type;

	if (node->type != JSON_OBJECT || !member)
		return ERR_INPUT;
	TRY(json_to_string(member, &text));
	for (type = 0; type < INSTRUCTION_MAX; type++)
		if (!strcmp(instruction_names[type], text))
			break;
	if (type == INSTRUCTION_MAX)
		return ERR_INPUT;
	*ret = (enum instruction_type)type;
	return 0;
}

static int check_cancel(struct request *request, const char *prefix, enum cancel_rule rule,
			const struct instruction *instruction)
{
	int given = !!instruction->activity_id + !!instruction->activity_instance_id +
		    !!instruction->transition_instance_id;

	if (rule == CANCEL_ACTIVITIES && !instruction->activity_id)
		return request_fail(request, ERR_INVALID,
				    "%sFor instruction type 'cancel': 'activityId' must be set",
				    prefix);
	if (given == 1)
		return 0;
	return request_fail(request, ERR_INVALID,
			    "%sFor instruction type 'cancel': exactly one, 'activityId', "
			    "'activityInstanceId', or 'transitionInstanceId', is required",
			    prefix);
}

static int check(struct request *request, const char *prefix, enum cancel_rule rule,
		 const struct instruction *instruction)
{
	bool transition = instruction->type == START_TRANSITION;

	if (instruction->type == CANCEL)
		return check_cancel(request, prefix, rule, instruction);
	if (transition ? instruction->transition_id : instruction->activity_id)
		return 0;
	return request_fail(request, ERR_INVALID, "%sFor instruction type '%s': '%s' must be set",
			    prefix, instruction_names[instruction->type],
			    transition ? "transitionId" : "activityId");
}

int start_variables_read(struct request *request, const struct json *node, const char *prefix,
			 struct named_values *ret)
{
	int code = typed_values_read(request->arena, node, ret, &request->error);

	if (!code || !request->error.message || !api_error_wrapped(code))
		return code;
	return request_fail(request, api_error_wrapped(code), "%s%s", prefix,
			    request->error.message);
}

int instructions_bind(const struct json *list)
{
	const struct json *node;

	if (list->type != JSON_ARRAY)
		return ERR_INPUT;
	for (node = list->first; node; node = node->next) {
		struct instruction ignored;

		if (node->type == JSON_NULL)
			continue; /* it binds */
		TRY(read_type(node, &ignored.type));
		TRY(read_members(node, &ignored));
	}
	return 0;
}

int instructions_read(struct request *request, const struct json *list, const char *prefix,
		      enum cancel_rule cancel, bool variables, struct instruction **ret,
		      size_t *ret_count)
{
	const struct json *node;

	if (list->type != JSON_ARRAY)
		return ERR_INPUT;
	*ret = arena_array(request->arena, list->count + 1, sizeof(**ret));
	*ret_count = 0;
	for (node = list->first; node; node = node->next) {
		struct instruction *instruction = &(*ret)[*ret_count];
		struct named_values values;

		memset(instruction, 0, sizeof(*instruction));
		if (node->type == JSON_NULL)
			return request_fail(request, ERR_INVALID,
					    "%sinstructions contains null value", prefix);
		TRY(read_type(node, &instruction->type));
		TRY(read_members(node, instruction));
		if (instruction->type == CANCEL && cancel == CANCEL_IGNORED)
			continue;
		if (cancel !=
		    CANCEL_ONE_OF) /* of many instances, or of one that does not run yet */
			instruction->ancestor_id = NULL;
		TRY(check(request, prefix, cancel, instruction));
		if (cancel == CANCEL_ONE_OF) /* the original forgets it here */
			instruction->current_only = false;
		instruction->reasonless = instruction->activity_instance_id != NULL;
		if (variables) {
			TRY(start_variables_read(request, json_present(node, "variables"), prefix,
						 &values));
			instruction->variables = values.items;
			instruction->variable_count = values.count;
		}
		(*ret_count)++;
	}
	return 0;
}

/* How the configuration names an instruction and what it is aimed at. */
static const struct {
	const char *key;
	enum instruction_type type;
	size_t offset;
} targets[] = {
	{"startBeforeActivity",      START_BEFORE_ACTIVITY, offsetof(struct instruction, activity_id)           },
	{"startAfterActivity",       START_AFTER_ACTIVITY,  offsetof(struct instruction, activity_id)           },
	{"startTransition",          START_TRANSITION,      offsetof(struct instruction, transition_id)         },
	{"cancel",		   CANCEL,                offsetof(struct instruction, activity_id)           },
	{"cancelActivityInstance",   CANCEL,                offsetof(struct instruction, activity_instance_id)  },
	{"cancelTransitionInstance", CANCEL,                offsetof(struct instruction, transition_instance_id)},
};

static const char **target_of(struct instruction *instruction, size_t target)
{
	return (const char **)((char *)instruction + targets[target].offset);
}

/* Flags of a configuration. */
static const struct {
	const char *key;
	size_t offset;
} flags[] = {
	{"initialVariables",    offsetof(struct restart, initial_variables)   },
	{"skipCustomListeners", offsetof(struct restart, skip_listeners)      },
	{"skipIoMappings",      offsetof(struct restart, skip_mappings)       },
	{"withoutBusinessKey",  offsetof(struct restart, without_business_key)},
};

static void write_target(struct json_writer *writer, struct instruction instruction)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(targets); i++)
		if (targets[i].type == instruction.type && *target_of(&instruction, i))
			json_key_string(writer, targets[i].key, *target_of(&instruction, i));
}

const char *restart_configuration(struct arena *arena, const struct restart *restart)
{
	struct json_writer writer;
	const char *text;
	size_t i;

	json_writer_init(&writer, 0, NULL, NULL);
	json_open_object(&writer);
	json_key_string(&writer, "processDefinitionId", restart->definition[DEFINITION_ID].s);
	json_key(&writer, "instructions");
	json_open_array(&writer);
	for (i = 0; i < restart->instruction_count; i++) {
		const struct instruction *instruction = &restart->instructions[i];

		json_open_object(&writer);
		write_target(&writer, *instruction);
		if (instruction->ancestor_id)
			json_key_string(&writer, ancestor_key, instruction->ancestor_id);
		if (instruction->current_only)
			json_key_bool(&writer, "cancelCurrentActiveActivityInstances", true);
		json_close_object(&writer);
	}
	json_close_array(&writer);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		json_key_bool(&writer, flags[i].key,
			      *(const bool *)((const char *)restart + flags[i].offset));
	json_close_object(&writer);
	text = arena_strndup(arena, (const char *)writer.buffer.data, writer.buffer.length);
	json_writer_clear(&writer);
	return text;
}

static int read_configured(const struct json *node, struct instruction *ret)
{
	const struct json *ancestor = json_present(node, ancestor_key);
	size_t i;

	if (ancestor)
		TRY(json_to_string(ancestor, &ret->ancestor_id));

	for (i = 0; i < ARRAY_SIZE(targets); i++) {
		const struct json *member = json_present(node, targets[i].key);

		if (!member)
			continue;
		ret->type = targets[i].type;
		node = json_member(node, "cancelCurrentActiveActivityInstances");
		if (node)
			TRY(json_to_bool(node, false, &ret->current_only));
		return json_to_string(member, target_of(ret, i));
	}
	return ERR_CORRUPT;
}

int restart_of_configuration(struct arena *arena, const struct json *configuration,
			     struct restart *ret, const char **ret_definition)
{
	const struct json *list = json_present(configuration, "instructions");
	const struct json *id = json_present(configuration, "processDefinitionId"), *node;
	struct instruction *instructions;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	if (!list || !id)
		return ERR_CORRUPT;
	instructions = arena_array(arena, list->count + 1, sizeof(*instructions));
	for (node = list->first; node; node = node->next)
		TRY(read_configured(node, &instructions[ret->instruction_count++]));
	ret->instructions = instructions;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		node = json_member(configuration, flags[i].key);
		if (node)
			TRY(json_to_bool(node, false, (bool *)((char *)ret + flags[i].offset)));
	}
	return json_to_string(id, ret_definition);
}
