#include "core/api/process_instance_json.h"

#include "core/record/row_json.h"
#include "core/runtime/typed_value.h"
#include "core/runtime/variable.h"

static void write_link(struct request *request, struct json_writer *writer, const char *id)
{
	json_key(writer, "links");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "method", "GET");
	json_key_string(writer, "href",
			arena_printf(request->arena, "%s/process-instance/%s", request->call->base,
				     uri_encode(request->arena, id)));
	json_key_string(writer, "rel", "self");
	json_close_object(writer);
	json_close_array(writer);
}

static int write_variables(struct request *request, struct json_writer *writer,
			   const struct list *variables)
{
	const struct variable *variable;

	LIST_EACH(variables, variable)
	{
		struct variable shown = *variable;

		if (variable->transient)
			shown.value_info = "{\"transient\":true}";
		json_key(writer, variable->name);
		TRY(typed_value_write(writer, request->arena, &shown, true, &request->error));
	}
	return 0;
}

int process_instance_answer(struct request *request, const struct instance *instance,
			    const struct list *variables)
{
	struct json_writer *writer = request_answer(request);

	json_open_object(writer);
	write_link(request, writer, instance->row->id);
	row_answer_members(writer, &running_instance_kind, (const union slot *)instance->row);
	if (variables) {
		json_key(writer, "variables");
		json_open_object(writer);
		TRY(write_variables(request, writer, variables));
		json_close_object(writer);
	}
	json_close_object(writer);
	return 0;
}
