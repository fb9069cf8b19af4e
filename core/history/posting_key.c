#include "core/history/posting_key.h"

#include <string.h>

#include "core/json/date.h"
#include "storage/uuid.h"

enum { ID_ORDER = 6, ID_HASH = 2 }; /* bytes of an id's order and hash in a posting */

void number_key(struct buffer *buffer, double number)
{
	uint64_t bits;

	number += 0.0; /* no negative zero */
	memcpy(&bits, &number, sizeof(bits));
	buffer_put_be64(buffer, bits >> 63 ? ~bits : bits | (uint64_t)1 << 63);
}

static void time_key(struct buffer *buffer, int64_t time)
{
	buffer_put_be64(buffer, (uint64_t)time ^ (uint64_t)1 << 63);
}

/* What a type's values must be to be compared; anything else is kept, but found by no value. */
static const struct {
	const char *type;
	enum value_class class;
	enum value_type value;
} classes[] = {
	{"String",  VALUE_CLASS_TEXT,   VALUE_STRING},
        {"Integer", VALUE_CLASS_NUMBER, VALUE_LONG  },
	{"Long",    VALUE_CLASS_NUMBER, VALUE_LONG  },
        {"Short",   VALUE_CLASS_NUMBER, VALUE_LONG  },
	{"Double",  VALUE_CLASS_DOUBLE, VALUE_DOUBLE},
        {"Double",  VALUE_CLASS_DOUBLE, VALUE_LONG  },
	{"Boolean", VALUE_CLASS_BOOL,   VALUE_BOOL  },
        {"Date",    VALUE_CLASS_DATE,   VALUE_STRING},
};

/* How a variable of TYPE with that value is compared. */
static enum value_class value_class_of(const char *type, const struct value *value)
{
	size_t i;

	if (!value && type && !strcmp(type, "Null"))
		return VALUE_CLASS_NULL;
	for (i = 0; type && i < ARRAY_SIZE(classes); i++)
		if (!strcmp(classes[i].type, type) && (!value || classes[i].value == value->type))
			return value ? classes[i].class : VALUE_CLASS_NULL;
	return VALUE_CLASS_OTHER;
}

void text_key(struct buffer *buffer, const char *text)
{
	size_t length = strlen(text);

	buffer_put(buffer, text, length < POSTING_TEXT_MAX ? length : POSTING_TEXT_MAX);
	buffer_put_u8(buffer, 0);
}

void value_key(struct buffer *buffer, const char *type, const struct value *value)
{
	enum value_class class = value_class_of(type, value);
	int64_t time = 0;

	buffer_put_u8(buffer, (uint8_t) class);
	switch (class) {
	case VALUE_CLASS_BOOL:
		buffer_put_u8(buffer, value->as.truth);
		break;
	case VALUE_CLASS_NUMBER:
	case VALUE_CLASS_DOUBLE:
		number_key(buffer, value->type == VALUE_LONG ? (double)value->as.number
							     : value->as.fraction);
		break;
	case VALUE_CLASS_TEXT:
		text_key(buffer, value->as.text);
		break;
	case VALUE_CLASS_DATE:
		date_parse(value->as.text, &time);
		time_key(buffer, time);
		break;
	case VALUE_CLASS_NULL:
	case VALUE_CLASS_OTHER:
		break;
	}
}

void child_key(struct buffer *buffer, enum process_row kind)
{
	buffer_put_u8(buffer, (uint8_t)(POSTING_CHILD + kind));
}

/* Also the UUID that an id ends with, and how much of its text comes before. */
static enum id_form form_of(const char *id, uint8_t uuid[UUID_SIZE], size_t *ret_name)
{
	size_t length = id ? strlen(id) : 0;
	const char *colon;

	*ret_name = 0;
	if (!id)
		return ID_ABSENT;
	if (uuid_parse(id, length, uuid))
		return ID_UUID;
	colon = memchr(id, ':', length < POSTING_TEXT_MAX ? length : POSTING_TEXT_MAX);
	*ret_name = colon ? (size_t)(colon - id) + 1 : 0;
	return colon && uuid_parse(colon + 1, length - *ret_name, uuid) ? ID_NAMED : ID_TEXT;
}

bool id_may_be_named(enum process_row kind, const union slot *row)
{
	const char *id = row[0].s, *name = row[ACTIVITY_ACTIVITY_ID].s;
	size_t length;

	if (kind != ROW_ACTIVITY || !id)
		return true;
	length = name ? strlen(name) : 0;
	return name && !strncmp(id, name, length) && id[length] == ':';
}

void id_posting(struct buffer *buffer, const struct history *history, const char *id, bool named,
		enum id_own own)
{
	uint8_t uuid[UUID_SIZE], hash[8];
	size_t name;
	enum id_form form = form_of(id, uuid, &name);

	if (form == ID_NAMED && !named)
		form = ID_TEXT;
	buffer_put_u8(buffer, (uint8_t)form);
	if (form == ID_ABSENT)
		return;
	if (form == ID_TEXT)
		text_key(buffer, id);
	else
		buffer_put(buffer, id, name);
	if (form != ID_TEXT && id_is_tagged(history->store, uuid)) {
		buffer_put(buffer, uuid, own);
		return;
	}
	if (form != ID_TEXT)
		buffer_put(buffer, uuid, ID_ORDER);
	be64_write(hash, history_hash(history, id));
	buffer_put(buffer, hash, ID_HASH);
}

const char *id_of_posting(struct arena *arena, struct bytes posting)
{
	enum id_form form = posting.size ? posting.data[0] : ID_ABSENT;
	const uint8_t *at = posting.data + 1, *colon = NULL, *uuid;

	if (form == ID_ABSENT || posting.size < 1 + ID_HASH + (form == ID_TEXT ? 1 : ID_ORDER))
		return "";
	if (form == ID_TEXT)
		return arena_strndup(arena, (const char *)at, posting.size - 2 - ID_HASH);
	if (form == ID_NAMED)
		colon = memchr(at, ':', posting.size - 1 - ID_ORDER - ID_HASH);
	uuid = colon ? colon + 1 : at;
	if (posting.data + posting.size - uuid >= ID_SERIAL_BYTES)
		return arena_printf(arena, "%.*s%08x-%04x-%04x-%02x", (int)(uuid - at),
				    (const char *)at, be32_read(uuid), be16_read(uuid + 4),
				    be16_read(uuid + 6), uuid[8]);
	return arena_printf(arena, "%.*s%08x-%04x", (int)(uuid - at), (const char *)at,
			    be32_read(uuid), be16_read(uuid + 4));
}

void assignee_key(struct buffer *buffer, const char *assignee)
{
	buffer_put_u8(buffer, POSTING_ASSIGNEE);
	text_key(buffer, assignee);
}
