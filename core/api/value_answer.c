#include "core/api/value_answer.h"

int value_answer_bytes(struct request *request, const struct kind *kind, const union slot *row,
		       const char *id)
{
	struct value_bytes value;
	int code = value_bytes_of(request->arena, kind, row, &value);

	if (code == ERR_INPUT)
		return request_fail(request, ERR_INVALID,
				    "Value of variable with id %s is not a binary value.", id);
	TRY(code);
	if (value.file)
		return request_answer_file(request, value.media_type, value.file, value.bytes,
					   value.size);
	request_answer(request);
	request->head.type = value.media_type;
	if (value.size)
		buffer_put(&request->writer.buffer, value.bytes, value.size);
	return 0;
}
