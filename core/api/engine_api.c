/* /engine and /version. */
#include "core/api/handler.h"

int engine_list(struct request *request)
{
	struct json_writer *writer = request_answer(request);

	json_open_array(writer);
	json_open_object(writer);
	json_key_string(writer, "name", "default");
	json_close_object(writer);
	json_close_array(writer);
	return 0;
}

int version_get(struct request *request)
{
	struct json_writer *writer = request_answer(request);

	json_open_object(writer);
	json_key_string(writer, "version", "7.24.0");
	json_close_object(writer);
	return 0;
}
