#include "fcgi/record.h"

#include <string.h>

/* A length below 128 is one byte; others are four, marked by their highest bit. */
enum { LONG_LENGTH = 0x80 };

bool fcgi_record_decode(const uint8_t *header, struct fcgi_record *ret_record)
{
	ret_record->type = header[1];
	ret_record->request = (uint16_t)(header[2] << 8 | header[3]);
	ret_record->length = (uint16_t)(header[4] << 8 | header[5]);
	ret_record->padding = header[6];
	return header[0] == FCGI_VERSION_1;
}

FCGI_Header fcgi_header(uint8_t type, uint16_t request, size_t length)
{
	return (FCGI_Header){
		.version = FCGI_VERSION_1,
		.type = type,
		.requestIdB1 = (uint8_t)(request >> 8),
		.requestIdB0 = (uint8_t)request,
		.contentLengthB1 = (uint8_t)(length >> 8),
		.contentLengthB0 = (uint8_t)length,
	};
}

FCGI_EndRequestRecord fcgi_end_request(uint16_t request, uint8_t status)
{
	return (FCGI_EndRequestRecord){
		.header = fcgi_header(FCGI_END_REQUEST, request, sizeof(FCGI_EndRequestBody)),
		.body.protocolStatus = status,
	};
}

FCGI_UnknownTypeRecord fcgi_unknown_type(uint8_t type)
{
	return (FCGI_UnknownTypeRecord){
		.header = fcgi_header(FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID,
				      sizeof(FCGI_UnknownTypeBody)),
		.body.type = type,
	};
}

static size_t take_length(struct reader *pairs)
{
	if (reader_left(pairs) && *pairs->at & LONG_LENGTH)
		return reader_be32(pairs) & ~((uint32_t)LONG_LENGTH << 24);
	return reader_u8(pairs);
}

struct fcgi_pair fcgi_pair_take(struct reader *pairs)
{
	struct fcgi_pair pair;

	pair.name_size = take_length(pairs);
	pair.value_size = take_length(pairs);
	pair.name = reader_take(pairs, pair.name_size);
	pair.value = reader_take(pairs, pair.value_size);
	return pair;
}

void fcgi_pair_put(struct buffer *pairs, const char *name, const char *value)
{
	buffer_put_u8(pairs, (uint8_t)strlen(name));
	buffer_put_u8(pairs, (uint8_t)strlen(value));
	buffer_put_text(pairs, name);
	buffer_put_text(pairs, value);
}
