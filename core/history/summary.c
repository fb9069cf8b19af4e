#include "core/history/summary.h"

#include <string.h>

#include "storage/error.h"

const char *const state_names[STATE_MAX] = {
	NULL,
	"ACTIVE",
	"SUSPENDED",
	"COMPLETED",
	"EXTERNALLY_TERMINATED",
	"INTERNALLY_TERMINATED",
	"STANDALONE_TASK",
};

void summary_encode(const struct summary *summary, uint8_t bytes[SUMMARY_SIZE])
{
	size_t i;

	memset(bytes, 0, SUMMARY_SIZE);
	memcpy(bytes, summary->key, 16);
	be64_write(bytes + 16, summary->order);
	be64_write(bytes + 24, (uint64_t)summary->start_time);
	be64_write(bytes + 32, (uint64_t)summary->end_time);
	be64_write(bytes + 40, (uint64_t)summary->removal_time);
	be64_write(bytes + 48, summary->business_key);
	be64_write(bytes + 56, summary->root);
	be64_write(bytes + 64, summary->super);
	be32_write(bytes + 72, summary->definition);
	be32_write(bytes + 76, summary->tenant);
	be32_write(bytes + 80, summary->user);
	bytes[84] = summary->state;
	bytes[85] = summary->flags;
	bytes[108] = summary->removal_time_set;
	be16_write(bytes + 86, summary->children);
	for (i = 0; i < SUMMARY_COUNTS; i++)
		be16_write(bytes + 88 + 2 * i, summary->counts[i]);
	be32_write(bytes + 104, summary->span);
}

int summary_decode(struct bytes bytes, struct summary *ret)
{
	const uint8_t *at = bytes.data;
	size_t i;

	if (bytes.size != SUMMARY_SIZE)
		return ERR_CORRUPT;
	memcpy(ret->key, at, 16);
	ret->order = be64_read(at + 16);
	ret->start_time = (int64_t)be64_read(at + 24);
	ret->end_time = (int64_t)be64_read(at + 32);
	ret->removal_time = (int64_t)be64_read(at + 40);
	ret->business_key = be64_read(at + 48);
	ret->root = be64_read(at + 56);
	ret->super = be64_read(at + 64);
	ret->definition = be32_read(at + 72);
	ret->tenant = be32_read(at + 76);
	ret->user = be32_read(at + 80);
	ret->state = at[84];
	ret->flags = at[85];
	ret->removal_time_set = at[108];
	ret->children = be16_read(at + 86);
	for (i = 0; i < SUMMARY_COUNTS; i++)
		ret->counts[i] = be16_read(at + 88 + 2 * i);
	ret->span = be32_read(at + 104);
	return 0;
}

/* A hexadecimal digit's value; below '0' -1, between '9' and 'a' -2, beyond 'f' -3. */
static int place(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c < '0' ? -1 : c < 'a' ? -2 : -3;
}

uint64_t id_order(const char *text)
{
	uint64_t order = 0;
	unsigned digits, at = 0;

	for (digits = 0; digits < 16; digits++) {
		unsigned left = 64 - 4 * digits;
		uint64_t rest = left == 64 ? UINT64_MAX : ((uint64_t)1 << left) - 1;
		int value;

		if ((at == 8 || at == 13) && text[at]) {
			if (text[at] != '-') /* a dash comes before every digit */
				return (unsigned char)text[at] < '-' ? order << left
								     : order << (left & 63) | rest;
			at++;
		}
		value = place((unsigned char)text[at]);
		if (value == -1)
			return left == 64 ? 0 : order << left;
		if (value == -2) /* behind every 9…, before every a… */
			return (order << 4 | 9) << (left - 4) | rest >> 4;
		if (value == -3)
			return left == 64 ? UINT64_MAX : order << left | rest;
		order = order << 4 | (uint64_t)value;
		at++;
	}
	return order;
}
