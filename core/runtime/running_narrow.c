#include "core/runtime/running_narrow.h"

#include <string.h>

#include "core/process/definition.h"

/* A list by the text of a filter, or one list for each text of it. */
static const struct {
	const char *filter;
	enum running_index_list list;
} rules[] = {
	{"businessKey",                  INDEX_BUSINESS_KEY},
	{"processInstanceBusinessKey",   INDEX_BUSINESS_KEY},
	{"processInstanceBusinessKeyIn", INDEX_BUSINESS_KEY},
	{"assignee",		     INDEX_ASSIGNEE    },
	{"assigneeIn",                   INDEX_ASSIGNEE    },
	{"owner",			INDEX_USER        },
	{"topicName",                    INDEX_TOPIC       },
	{"activityId",                   INDEX_ACTIVITY    },
	{"activityIdIn",                 INDEX_ACTIVITY    },
	{"taskDefinitionKey",            INDEX_ACTIVITY    },
	{"taskDefinitionKeyIn",          INDEX_ACTIVITY    },
	{"processDefinitionId",          INDEX_DEFINITION  },
	{"processDefinitionKey",         INDEX_DEFINITION  },
	{"processDefinitionKeyIn",       INDEX_DEFINITION  },
};

/* Those of a definition's id, whose key the definition tells; there are none of an unknown one. */
static int add_definition_id(struct running_lists *lists, struct txn *txn, const char *id)
{
	union slot *row;
	int code = definition_get(txn, &process_definition_kind, id, &row);

	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	return running_lists_add_definition(lists, txn, row[DEFINITION_KEY].s, id);
}

static int add_text(struct running_lists *lists, struct txn *txn, const char *filter,
		    enum running_index_list list, const char *text)
{
	if (list != INDEX_DEFINITION)
		return running_lists_add(lists, txn->arena, list, text);
	return !strcmp(filter, "processDefinitionId")
		       ? add_definition_id(lists, txn, text)
		       : running_lists_add_definition(lists, txn, text, NULL);
}

/* ERR_FULL: its lists are too many, or it asks for null. */
static int add_criterion(struct running_lists *lists, struct txn *txn, const struct criterion *c,
			 enum running_index_list list)
{
	const char *filter = c->filter->name;
	size_t i;

	if (c->filter->type == PARAM_STRING)
		return c->text ? add_text(lists, txn, filter, list, c->text) : ERR_FULL;
	for (i = 0; i < c->list.count; i++) {
		if (!c->list.items[i])
			return ERR_FULL;
		TRY(add_text(lists, txn, filter, list, c->list.items[i]));
	}
	return 0;
}

/* Tasks of a candidate user or of candidate groups, of which one is enough. */
static int add_candidates(struct running_lists *lists, struct txn *txn, const struct query *query)
{
	const struct criterion *user = query_criterion(query, "candidateUser");
	const struct criterion *group = query_criterion(query, "candidateGroup");

	if (query_criterion(query, "candidateGroupLike"))
		return ERR_FULL;
	if (!group)
		group = query_criterion(query, "candidateGroups");
	if (user)
		TRY(add_criterion(lists, txn, user, INDEX_USER));
	return group ? add_criterion(lists, txn, group, INDEX_GROUP) : 0;
}

static int add_involved(struct running_lists *lists, struct txn *txn, const struct query *query)
{
	const struct criterion *user = query_criterion(query, "involvedUser");

	if (!user)
		return 0;
	TRY(add_criterion(lists, txn, user, INDEX_ASSIGNEE));
	return add_criterion(lists, txn, user, INDEX_USER);
}

static bool asks(const struct query *query, const char *name)
{
	const struct criterion *c = query_criterion(query, name);

	return c && criterion_acts(c);
}

static int add_rules(struct running_lists *lists, struct txn *txn, const struct query *query,
		     bool *ret_narrowed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules) && !*ret_narrowed; i++) {
		const struct criterion *c = query_criterion(query, rules[i].filter);
		int code;

		if (!c || !criterion_acts(c))
			continue;
		*lists = (struct running_lists){0};
		code = add_criterion(lists, txn, c, rules[i].list);
		if (code && code != ERR_FULL)
			return code;
		*ret_narrowed = !code;
	}
	return 0;
}

/* People of tasks. */
static int add_people(struct running_lists *lists, struct txn *txn, const struct query *query,
		      bool *ret_narrowed)
{
	bool candidates = asks(query, "candidateUser") || asks(query, "candidateGroup") ||
			  asks(query, "candidateGroups");
	int code = ERR_FULL;

	*lists = (struct running_lists){0};
	if (candidates)
		code = add_candidates(lists, txn, query);
	else if (asks(query, "involvedUser"))
		code = add_involved(lists, txn, query);
	*ret_narrowed = !code;
	return code == ERR_FULL ? 0 : code;
}

int running_narrow(struct txn *txn, const struct query *query, enum running_index_list all,
		   struct running_lists **ret)
{
	struct running_lists *lists = arena_alloc(txn->arena, sizeof(*lists));
	bool narrowed = false;

	*ret = NULL;
	TRY(add_people(lists, txn, query, &narrowed));
	if (!narrowed)
		TRY(add_rules(lists, txn, query, &narrowed));
	if (!narrowed && all) {
		*lists = (struct running_lists){0};
		TRY(running_lists_add(lists, txn->arena, all, NULL));
		narrowed = true;
	}
	if (narrowed)
		*ret = lists;
	return 0;
}

static bool in_names(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

int running_narrow_count(struct txn *txn, const struct query *query, enum running_row kind,
			 const char *const *exact, int64_t *ret)
{
	struct running_lists *lists;
	struct running_state state;

	*ret = -1;
	if (query->or_count || query->count > 1)
		return 0;
	if (!query->count) {
		TRY(running_state_read(txn, &state));
		*ret = state.totals[kind];
		return 0;
	}
	if (!exact || !in_names(exact, query->criteria[0].filter->name))
		return 0;
	TRY(running_narrow(txn, query, INDEX_NONE, &lists));
	return lists && !lists->cut ? running_lists_count(txn, lists, ret) : 0;
}
