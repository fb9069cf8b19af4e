/*
 * Texts that many records share, as small numbers: definitions, tenants, users, variable names.
 *
 * Numbers are handed out once and never again for another text; all texts are in memory. 0 stands
 * for the absent text. Lookups are safe from any thread, and so are entries once they are handed
 * out.
 */
#ifndef CORE_HISTORY_DICTIONARY_H
#define CORE_HISTORY_DICTIONARY_H

#include <stdint.h>

#include "storage/txn.h"

struct dictionary;

/* Which dictionary: the first byte of its keys in TABLE_DICTIONARY. */
enum dictionary_name {
	DICTIONARY_DEFINITION = 'd', /* id, key, name and version, separated by unit separators */
	DICTIONARY_DECISION = 'e',   /* the same of decision definitions */
	DICTIONARY_SHAPE = 's',      /* of children: core/history/child_shape.h */
	DICTIONARY_TENANT = 't',
	DICTIONARY_USER = 'u',
	DICTIONARY_VARIABLE = 'v',
};

int dictionary_open(struct dictionary **ret, struct store *store, struct arena *arena,
		    enum dictionary_name name);
void dictionary_close(struct dictionary *dictionary);

/* The number of TEXT, in a transaction of its own when it is new. NULL is 0. */
int dictionary_intern(struct dictionary *dictionary, struct arena *arena, const char *text,
		      uint32_t *ret);

/* The number of TEXT, or 0 when it has none. */
uint32_t dictionary_find(struct dictionary *dictionary, const char *text);

/* Numbers run from 1 to this. */
uint32_t dictionary_count(struct dictionary *dictionary);

/* The text of NUMBER (not 0); lives as long as the dictionary. */
const char *dictionary_text(struct dictionary *dictionary, uint32_t number);

/* Part INDEX of the text of NUMBER, cut at unit separators; "" when there is none. In ARENA. */
const char *dictionary_part(struct dictionary *dictionary, struct arena *arena, uint32_t number,
			    unsigned index);

#endif
