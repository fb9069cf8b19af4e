#include "core/api/process_instance_json.h"

#include "core/api/links.h"
#include "core/record/row_json.h"
#include "core/runtime/typed_value.h"
#include "core/runtime/variable.h"

static void write_link(struct request *request, struct json_writer *writer, const char *id)
{
	links_write_self(request, writer,
			 arena_printf(request->arena, "/process-instance/%s",
				      uri_encode(request->arena, id)));
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
		TRY(typed_value_write(writer, request->arena, &shown, false, &request->error));
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
