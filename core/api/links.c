#include "core/api/links.h"

void links_write_none(struct json_writer *writer)
{
	json_key(writer, "links");
	json_open_array(writer);
	json_close_array(writer);
}

void links_write_self(struct request *request, struct json_writer *writer, const char *path)
{
	json_key(writer, "links");
	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "method", "GET");
	json_key_string(writer, "href",
			arena_printf(request->arena, "%s%s", request->call->base, path));
	json_key_string(writer, "rel", "self");
	json_close_object(writer);
	json_close_array(writer);
}
