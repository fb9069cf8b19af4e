#include <stdlib.h>
#include <string.h>

#include "core/expression/class.h"
#include "core/expression/variable.h"

static const struct json *node(const struct expression_call *call)
{
	return call->self.as.json;
}

static int prop(struct expression_call *call, struct expression_value *ret)
{
	const struct json *member = NULL;

	if (node(call)->type == JSON_OBJECT)
		member = json_member(node(call), argument_text(call, 0));
	if (!member)
		return class_throw(call,
				   "org.camunda.spin.json.SpinJsonPropertyException: "
				   "SPIN/JACKSON-JSON-01004 Unable to find '%s'",
				   argument_text(call, 0));
	*ret = expression_json(member);
	return 0;
}

static int has_prop(struct expression_call *call, struct expression_value *ret)
{
	*ret = expression_boolean(node(call)->type == JSON_OBJECT &&
				  json_member(node(call), argument_text(call, 0)) != NULL);
	return 0;
}

static int fail_type(struct expression_call *call, const char *wanted)
{
	static const char *const names[] = {
		[JSON_NULL] = "NULL",     [JSON_BOOL] = "BOOLEAN", [JSON_NUMBER] = "NUMBER",
		[JSON_STRING] = "STRING", [JSON_ARRAY] = "ARRAY",  [JSON_OBJECT] = "OBJECT"};

	return class_throw(call,
			   "org.camunda.spin.json.SpinJsonDataFormatException: "
			   "SPIN/JACKSON-JSON-01002 Expected '%s', got '%s'",
			   wanted, names[node(call)->type]);
}

static int elements(struct expression_call *call, struct expression_value *ret)
{
	const struct json *member = node(call)->first;
	struct expression_value *values;

	if (node(call)->type != JSON_ARRAY)
		return fail_type(call, "SpinList");
	*ret = expression_list_new(call->arena, node(call)->count, &values);
	for (; member; member = member->next)
		*values++ = expression_json(member);
	return 0;
}

static int field_names(struct expression_call *call, struct expression_value *ret)
{
	const struct json *member = node(call)->first;
	struct expression_value *values;

	if (node(call)->type != JSON_OBJECT && node(call)->type != JSON_ARRAY)
		return fail_type(call, "Array/Object");
	*ret = expression_list_new(
		call->arena, node(call)->type == JSON_OBJECT ? node(call)->count : 0, &values);
	for (; member && member->key; member = member->next)
		*values++ = expression_string(member->key);
	return 0;
}

static int value(struct expression_call *call, struct expression_value *ret)
{
	if (node(call)->type == JSON_OBJECT || node(call)->type == JSON_ARRAY)
		return fail_type(call, "String/Number/Boolean/Null");
	*ret = expression_from_json(call->arena, node(call));
	return 0;
}

static int string_value(struct expression_call *call, struct expression_value *ret)
{
	return node(call)->type == JSON_STRING ? value(call, ret) : fail_type(call, "String");
}

static int number_value(struct expression_call *call, struct expression_value *ret)
{
	return node(call)->type == JSON_NUMBER ? value(call, ret) : fail_type(call, "Number");
}

static int bool_value(struct expression_call *call, struct expression_value *ret)
{
	return node(call)->type == JSON_BOOL ? value(call, ret) : fail_type(call, "Boolean");
}

static int itself(struct expression_call *call, struct expression_value *ret)
{
	*ret = call->self;
	return 0;
}

/* As a list or map of Java's; other classes are none of ours. */
static int map_to(struct expression_call *call, struct expression_value *ret)
{
	if (strncmp(argument_text(call, 0), "java.", 5) != 0)
		return class_throw(call,
				   "org.camunda.spin.json.SpinJsonException: "
				   "SPIN/JACKSON-JSON-01007 Cannot construct java type from string "
				   "'%s'",
				   argument_text(call, 0));
	*ret = expression_from_json(call->arena, node(call));
	return 0;
}

#define IS(name, test)                                                                             \
	static int name(struct expression_call *call, struct expression_value *ret)                \
	{                                                                                          \
		const enum json_type type = node(call)->type;                                      \
                                                                                                   \
		*ret = expression_boolean(test);                                                   \
		return 0;                                                                          \
	}

IS(is_object, type == JSON_OBJECT)
IS(is_array, type == JSON_ARRAY)
IS(is_string, type == JSON_STRING)
IS(is_number, type == JSON_NUMBER)
IS(is_boolean, type == JSON_BOOL)
IS(is_null, type == JSON_NULL)
IS(is_value, type != JSON_OBJECT && type != JSON_ARRAY)

/* The member or element that the path's next step names: .name, ['name'] or [index]. */
static const struct json *path_step(struct arena *arena, const struct json *at, const char **path)
{
	const char *start = *path + 1, *end;
	bool quoted = **path == '[' && *start == '\'', named = quoted || **path == '.';
	const struct json *child;
	unsigned long index;

	start += quoted;
	end = start + strcspn(start, quoted ? "'" : named ? ".[" : "]");
	*path = end + (quoted && *end) + (**path == '[' && end[quoted && *end] == ']');
	if (named)
		return at->type == JSON_OBJECT && end > start
			       ? json_member(at, arena_strndup(arena, start, (size_t)(end - start)))
			       : NULL;
	if (at->type != JSON_ARRAY || end == start ||
	    strspn(start, "0123456789") != (size_t)(end - start))
		return NULL;
	index = strtoul(start, NULL, 10);
	for (child = at->first; child && index; index--)
		child = child->next;
	return child;
}

/* Paths of names and indexes alone; they give one node. */
static int json_path(struct expression_call *call, struct expression_value *ret)
{
	const char *path = argument_text(call, 0);
	const struct json *at = *path == '$' ? node(call) : NULL;

	for (path++; at && *path;)
		at = *path == '.' || *path == '[' ? path_step(call->arena, at, &path) : NULL;
	if (!at)
		return class_throw(call,
				   "org.camunda.spin.json.SpinJsonPathException: "
				   "SPIN/JACKSON-JSON-01013 Unable to evaluate JsonPath expression "
				   "on element '%s'",
				   expression_class_name(&call->self));
	*ret = expression_json(at);
	return 0;
}

static const struct expression_method methods[] = {
	{"prop",        "s", prop        },
	{"hasProp",     "s", has_prop    },
	{"elements",    "",  elements    },
	{"fieldNames",  "",  field_names },
	{"value",       "",  value       },
	{"stringValue", "",  string_value},
	{"numberValue", "",  number_value},
	{"boolValue",   "",  bool_value  },
	{"isObject",    "",  is_object   },
	{"isArray",     "",  is_array    },
	{"isString",    "",  is_string   },
	{"isNumber",    "",  is_number   },
	{"isBoolean",   "",  is_boolean  },
	{"isNull",      "",  is_null     },
	{"isValue",     "",  is_value    },
	{"jsonPath",    "s", json_path   },
	{"element",     "",  itself      },
	{"elementList", "",  elements    },
	{"mapTo",       "s", map_to      },
};

const struct expression_class json_class = EXPRESSION_CLASS(
	"org.camunda.spin.impl.json.jackson.JacksonJsonNode", methods, &object_class);
