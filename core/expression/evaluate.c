#include <string.h>

#include "core/expression/class.h"
#include "core/expression/coerce.h"
#include "core/expression/program.h"
#include "storage/buffer.h"

const expression_operator unary_operators[TOKEN_MAX] = {
	[TOKEN_NOT] = operator_not,
	[TOKEN_MINUS] = operator_negate,
	[TOKEN_EMPTY] = operator_empty,
};

const expression_operator binary_operators[TOKEN_MAX] = {
	[TOKEN_PLUS] = operator_add,
	[TOKEN_MINUS] = operator_subtract,
	[TOKEN_TIMES] = operator_multiply,
	[TOKEN_DIVIDE] = operator_divide,
	[TOKEN_MODULO] = operator_modulo,
	[TOKEN_EQUAL] = operator_equal,
	[TOKEN_UNEQUAL] = operator_unequal,
	[TOKEN_LESS] = operator_less,
	[TOKEN_LESS_EQUAL] = operator_less_equal,
	[TOKEN_GREATER] = operator_greater,
	[TOKEN_GREATER_EQUAL] = operator_greater_equal,
};

static const struct expression_context nowhere = {.now = TIME_NULL};

static int current_user(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_string(call->context->user);
	return 0;
}

static int current_user_groups(struct expression_call *call, struct expression_value *ret)
{
	const struct expression_context *context = call->context;
	struct expression_value *groups;
	size_t i;

	if (!context->groups)
		return 0;
	*ret = expression_list_new(call->arena, context->group_count, &groups);
	for (i = 0; i < context->group_count; i++)
		groups[i] = expression_string(context->groups[i]);
	return 0;
}

static int now(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date(class_now(call));
	return 0;
}

static int date_time(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_date_time(class_now(call));
	return 0;
}

static int json(struct expression_call *call, struct expression_value *ret)
{
	const char *text = expression_text(call->arena, &call->arguments[0]);
	struct json *tree;

	if (call->arguments[0].type == EXPRESSION_NULL)
		return class_throw(call, "java.lang.IllegalArgumentException: UTILS-02001 "
					 "Parameter 'parameter' is null");

	TRY(class_charge(call, strlen(text)));
	if (json_parse(call->arena, text, strlen(text), &tree))
		return class_throw(call, "org.camunda.spin.json.SpinJsonDataFormatException: "
					 "SPIN/JACKSON-JSON-01001 Unable to parse input into json "
					 "node");
	*ret = expression_json(tree);
	return 0;
}

/* A text that looks like JSON, or JSON itself. */
static int spin(struct expression_call *call, struct expression_value *ret)
{
	const struct expression_value *from = &call->arguments[0];

	if (from->type == EXPRESSION_STRING &&
	    !strchr("{[", from->as.text[strspn(from->as.text, " \t\r\n")]))
		return class_throw(call, "org.camunda.spin.spi.SpinDataFormatException: SPIN-01004 "
					 "No matching data format detected");
	if (from->type != EXPRESSION_STRING && from->type != EXPRESSION_JSON &&
	    from->type != EXPRESSION_NULL)
		return class_throw(call,
				   "java.lang.IllegalArgumentException: SPIN-01001 Unsupported "
				   "input of type '%s'",
				   expression_class_name(from));
	return json(call, ret);
}

const struct expression_builtin builtins[] = {
	{"currentUser",       0, current_user       },
	{"currentUserGroups", 0, current_user_groups},
	{"now",               0, now                },
	{"dateTime",          0, date_time          },
	{"JSON",              1, json               },
	{"S",		 1, spin               },
	{NULL,		0, NULL               },
};

struct machine {
	const struct expression *expression;
	const struct expression_context *context;
	struct arena *arena;
	struct error *error;
	struct expression_value *top; /* the stack's next free place */
	struct buffer text;           /* what is appended */
	size_t work;                  /* what may still be done */
};

/* What went wrong, as three sorts of words have it. */
static int fail(struct machine *machine, const char *what, const char *cause)
{
	return err_set(machine->error, machine->arena, ERR_INPUT, "%s expression: %s. Cause: %s",
		       what, machine->expression->source, cause);
}

static const char unknown_property[] = "Unknown property used in";
static const char unknown_method[] = "Unknown method used in";

/* Puts words around those of a conversion or an operator that failed. */
static int fail_around(struct machine *machine)
{
	return fail(machine, "Error while evaluating", machine->error->message);
}

static struct expression_call call_of(struct machine *machine, struct expression_value self)
{
	return (struct expression_call){
		.arena = machine->arena,
		.error = machine->error,
		.context = machine->context,
		.self = self,
		.work = &machine->work,
	};
}

static int run_name(struct machine *machine, const char *name)
{
	int code = ERR_NOT_FOUND;

	*machine->top = expression_null();
	if (machine->context->resolve)
		code = machine->context->resolve(machine->context->arg, name, machine->arena,
						 machine->top, machine->error);
	if (code == ERR_NOT_FOUND)
		return fail(machine, unknown_property,
			    arena_printf(machine->arena, "Cannot resolve identifier '%s'", name));
	if (code == ERR_CORRUPT)
		return fail(machine, "Error while evaluating",
			    arena_printf(machine->arena,
					 "Cannot deserialize object in variable '%s': "
					 "SPIN/JACKSON-JSON-01001 Unable to parse input into json "
					 "node",
					 name));
	machine->top++;
	return code;
}

static int run_operator(struct machine *machine, expression_operator operator, size_t count)
{
	const struct operands operands = {
		.arena = machine->arena,
		.left = machine->top - count,
		.right = machine->top - 1,
		.error = machine->error,
	};
	struct expression_value result;

	if (operator(&operands, &result))
		return fail_around(machine);
	machine->top -= count;
	*machine->top++ = result;
	return 0;
}

static int top_boolean(struct machine *machine, bool *ret)
{
	return coerce_boolean(machine->arena, machine->top - 1, ret, machine->error)
		       ? fail_around(machine)
		       : 0;
}

static int run_boolean(struct machine *machine)
{
	bool truth;

	TRY(top_boolean(machine, &truth));
	machine->top[-1] = expression_boolean(truth);
	return 0;
}

/* *AT is the index of the instruction that comes next. */
static int run_shortcut(struct machine *machine, const struct instruction *instruction, size_t *at)
{
	bool truth;

	TRY(top_boolean(machine, &truth));
	if (instruction->operation != OP_UNLESS && truth == (instruction->operation == OP_OR)) {
		machine->top[-1] = expression_boolean(truth);
		*at = instruction->number;
		return 0;
	}
	machine->top--;
	if (instruction->operation == OP_UNLESS && !truth)
		*at = instruction->number;
	return 0;
}

/* An element by its index, which may also be a text or a fraction. Beyond the ends it is null. */
static int list_element(struct machine *machine, const struct expression_list *list,
			const struct expression_value *index, struct expression_value *ret)
{
	int64_t number;

	if (index->type == EXPRESSION_STRING &&
	    (!long_of_text(index->as.text, &number) || number != (int32_t)number))
		return fail(
			machine, "Error while evaluating",
			arena_printf(machine->arena, "For input string: \"%s\"", index->as.text));
	if (index->type != EXPRESSION_STRING &&
	    coerce_long(machine->arena, index, &number, machine->error))
		return fail(machine, "Error while evaluating", "null");
	if (number >= 0 && (uint64_t)number < list->count)
		*ret = list->values[number];
	return 0;
}

/* Single bytes are not given. */
static const struct expression_list no_list;

static int get_property(struct machine *machine, const struct expression_value *object,
			const struct expression_value *name, struct expression_value *ret)
{
	struct expression_call call = call_of(machine, *object);
	const struct expression_method *getter;
	const char *text;

	if (name->type == EXPRESSION_NULL)
		return 0;
	if (object->type == EXPRESSION_LIST || object->type == EXPRESSION_ARRAY)
		return list_element(machine, object->as.list, name, ret);
	if (object->type == EXPRESSION_STORED && !strcmp(object->as.stored->type, "Bytes"))
		return list_element(machine, &no_list, name, ret);
	text = expression_text(machine->arena, name);
	if (object->type == EXPRESSION_MAP) {
		if (name->type == EXPRESSION_STRING)
			*ret = expression_map_get(object->as.map, text);
		return 0;
	}
	getter = class_getter(&call, text);
	if (getter)
		return getter->call(&call, ret);
	return fail(machine, unknown_property,
		    arena_printf(machine->arena, "The class '%s' does not have the property '%s'.",
				 expression_class_name(object), text));
}

static int run_property(struct machine *machine)
{
	struct expression_value result = expression_null();

	TRY(get_property(machine, machine->top - 2, machine->top - 1, &result));
	machine->top--;
	machine->top[-1] = result;
	return 0;
}

static int run_require(struct machine *machine, const char *described)
{
	if (machine->top[-1].type != EXPRESSION_NULL)
		return 0;
	return fail(machine, unknown_property,
		    arena_printf(machine->arena,
				 "Target unreachable, base expression '%s' resolved to null",
				 described));
}

static int run_select(struct machine *machine)
{
	if (machine->top[-1].type != EXPRESSION_NULL)
		return 0;
	return fail(machine, unknown_property,
		    arena_printf(machine->arena, "Cannot find method 'null' in '%s'",
				 expression_text(machine->arena, machine->top - 2)));
}

static int fail_method(struct machine *machine, const char *name,
		       const struct expression_call *call, const struct expression_value *arguments)
{
	struct buffer types;
	size_t i;

	buffer_init(&types);
	for (i = 0; i < call->count; i++) {
		if (i)
			buffer_put_text(&types, ", ");
		buffer_put_text(&types, expression_class_name(&arguments[i]));
	}
	fail(machine, unknown_method,
	     arena_printf(machine->arena, "Method not found: class %s.%s(%.*s)",
			  expression_class_name(&call->self), name, (int)types.length,
			  (const char *)types.data));
	buffer_clear(&types);
	return ERR_INPUT;
}

static int run_call(struct machine *machine, size_t count)
{
	const struct expression_value *arguments = machine->top - count;
	struct expression_call call = call_of(machine, arguments[-2]);
	const char *name = expression_text(machine->arena, &arguments[-1]);
	struct expression_value result = expression_null();
	const struct expression_method *method = class_method(&call, name, arguments, count);

	if (!method)
		return fail_method(machine, name, &call, arguments);
	TRY(method->call(&call, &result));
	machine->top -= count + 1;
	machine->top[-1] = result;
	return 0;
}

static int run_function(struct machine *machine, const struct expression_builtin *builtin)
{
	struct expression_call call = call_of(machine, expression_null());
	struct expression_value result = expression_null();

	machine->top -= builtin->arguments;
	call.arguments = machine->top;
	call.count = builtin->arguments;
	TRY(builtin->call(&call, &result));
	*machine->top++ = result;
	return 0;
}

static int run_append(struct machine *machine)
{
	struct expression_call call = call_of(machine, expression_null());
	const char *text = expression_text(machine->arena, --machine->top);

	TRY(class_charge(&call, strlen(text)));
	buffer_put_text(&machine->text, text);
	return 0;
}

static int run_jump(struct machine *machine, const struct instruction *instruction, size_t *at)
{
	if (instruction->operation == OP_JUMP || machine->top[-1].type == EXPRESSION_NULL)
		*at = instruction->number;
	return 0;
}

static int run_one(struct machine *machine, const struct instruction *instruction, size_t *at)
{
	switch (instruction->operation) {
	case OP_PUSH:
		*machine->top++ = instruction->value;
		return 0;
	case OP_NAME:
		return run_name(machine, instruction->value.as.text);
	case OP_UNARY:
		return run_operator(machine, unary_operators[instruction->number], 1);
	case OP_BINARY:
		return run_operator(machine, binary_operators[instruction->number], 2);
	case OP_BOOLEAN:
		return run_boolean(machine);
	case OP_AND:
	case OP_OR:
	case OP_UNLESS:
		return run_shortcut(machine, instruction, at);
	case OP_JUMP:
	case OP_SKIP_NULL:
		return run_jump(machine, instruction, at);
	case OP_PROPERTY:
		return run_property(machine);
	case OP_REQUIRE:
		return run_require(machine, instruction->value.as.text);
	case OP_SELECT:
		return run_select(machine);
	case OP_CALL:
		return run_call(machine, instruction->number);
	case OP_FUNCTION:
		return run_function(machine, &builtins[instruction->number]);
	case OP_APPEND:
		return run_append(machine);
	}
	return 0;
}

static int run(struct machine *machine)
{
	const struct expression *expression = machine->expression;
	const struct instruction *instruction;
	size_t at = 0;

	while (at < expression->count) {
		instruction = &expression->instructions[at++];
		TRY(run_one(machine, instruction, &at));
	}
	return 0;
}

int expression_evaluate(const struct expression *expression,
			const struct expression_context *context, struct arena *arena,
			struct expression_value *ret, struct error *error)
{
	struct machine machine = {
		.expression = expression,
		.context = context ? context : &nowhere,
		.arena = arena,
		.error = error,
		.top = arena_array(arena, expression->depth, sizeof(*ret)),
		.work = EXPRESSION_WORK_MAX,
	};
	int code;

	buffer_init(&machine.text);
	code = run(&machine);
	if (!code && expression->single)
		*ret = machine.top[-1];
	else if (!code)
		*ret = expression_string(
			arena_strndup(arena, (const char *)machine.text.data, machine.text.length));
	buffer_clear(&machine.text);
	return code;
}
