#include "core/query/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/json/date.h"
#include "storage/clock.h"

static const char *const java_types[] = {
	[PARAM_BOOL] = "java.lang.Boolean", [PARAM_GIVEN] = "java.lang.Boolean",
	[PARAM_INT] = "java.lang.Integer",  [PARAM_LONG] = "java.lang.Long",
	[PARAM_DATE] = "java.util.Date",
};

static const struct filter *find_filter(const struct resource *resource, const char *name)
{
	size_t i;

	for (i = 0; i < resource->filter_count; i++)
		if (!strcmp(resource->filters[i].name, name))
			return &resource->filters[i];
	return NULL;
}

static const struct sort_key *find_sort(const struct resource *resource, const char *name)
{
	size_t i;

	for (i = 0; name && i < resource->sort_count; i++)
		if (!strcmp(resource->sorts[i].name, name))
			return &resource->sorts[i];
	return NULL;
}

/* As Java splits: what is empty at the end is dropped, but for an empty text that is all. */
static struct strings split(struct arena *arena, const char *text)
{
	bool blank = !*text;
	struct strings list = {1, NULL};
	const char *at;

	for (at = text; *at; at++)
		list.count += *at == ',';
	list.items = arena_array(arena, list.count, sizeof(char *));
	for (list.count = 0;; text = at + 1) {
		at = strchrnul(text, ',');
		list.items[list.count++] = arena_strndup(arena, text, (size_t)(at - text));
		if (!*at)
			break;
	}
	while (!blank && list.count && !*list.items[list.count - 1])
		list.count--;
	return list;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n\f\v")] == '\0';
}

static int convert_scalar(struct criterion *c, const struct json *node, bool *ret_set)
{
	bool other;

	*ret_set = node->type != JSON_NULL;
	switch (c->filter->type) {
	case PARAM_BOOL:
	case PARAM_GIVEN:
		TRY(json_to_bool(node, false, &c->truth));
		TRY(json_to_bool(node, true, &other));
		*ret_set = c->truth == other;
		c->truth |= c->filter->type == PARAM_GIVEN;
		return 0;
	case PARAM_INT:
	case PARAM_LONG:
		TRY(json_to_int(node, INT_NULL, c->filter->type == PARAM_INT, &c->number));
		*ret_set = c->number != INT_NULL;
		return 0;
	case PARAM_DATE:
		TRY(json_to_time(node, &c->number));
		*ret_set = c->number != TIME_NULL;
		return 0;
	default:
		TRY(json_to_string(node, &c->text));
		return 0;
	}
}

static int refuse_param(struct request *request, const struct criterion *c, const char *value,
			const char *shown)
{
	bool quoted = c->filter->type == PARAM_DATE &&
		      (*value == '"' || (*value && value[strlen(value) - 1] == '"'));

	return request_fail(request, ERR_INVALID,
			    "Cannot set query parameter '%s' to value '%s': Cannot convert value "
			    "%s to java type %s%s",
			    c->filter->name, value, quoted ? value : shown,
			    java_types[c->filter->type], quoted ? " because of double quotes" : "");
}

/* Whether a name could go on so: a word does not end there. */
static bool goes_on_as_name(const char *text)
{
	return isalnum((unsigned char)*text) || *text == '_' || (unsigned char)*text >= 0x80;
}

/* What follows a JSON scalar is ignored, but a number or a word ends where it ends. */
static bool runs_on(const struct json *node, const char *text)
{
	const char *end;

	text += strspn(text, " \t\r\n");
	if (node->type == JSON_NUMBER && text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return true;
	if (node->type == JSON_NUMBER)
		end = text + strspn(text, "+-.0123456789eE");
	else if (node->type == JSON_BOOL || node->type == JSON_NULL)
		return goes_on_as_name(text + strspn(text, "truefalsn"));
	else
		return false;
	return *end && !strchr(" \t\r\n", *end);
}

/* A scalar of the query string is a JSON scalar, a date a quoted one. */
static int bind_scalar(struct request *request, struct criterion *c, const char *value,
		       bool *ret_set)
{
	bool date = c->filter->type == PARAM_DATE;
	const char *text = date ? arena_printf(request->arena, "\"%s\"", value) : value;
	struct json *node;

	if (date && (strchr(value, '"') || strchr(value, '\\')))
		return refuse_param(request, c, value, text);
	if (json_parse(request->arena, text, strlen(text), &node) || runs_on(node, text) ||
	    convert_scalar(c, node, ret_set))
		return refuse_param(request, c, value, text);
	return 0;
}

int query_param_number(struct request *request, const char *name, enum param_type type,
		       int64_t otherwise, int64_t *ret)
{
	const struct filter filter = {.name = name, .type = type};
	struct criterion criterion = {.filter = &filter};
	const char *value = request_param(request, name);
	const char *quote = type == PARAM_DATE ? "\"" : "";
	bool is_set;

	*ret = otherwise;
	if (!value)
		return 0;
	if (bind_scalar(request, &criterion, value, &is_set))
		return request_fail(request, ERR_INVALID,
				    "Cannot convert value %s%s%s to java type %s", quote, value,
				    quote, java_types[type]);
	if (is_set)
		*ret = criterion.number;
	return 0;
}

static int bind_param(struct request *request, struct criterion *c, const char *value,
		      bool *ret_set)
{
	*ret_set = true;
	switch (c->filter->type) {
	case PARAM_STRING:
		c->text = value;
		return 0;
	case PARAM_LIST:
		*ret_set = !is_blank(value);
		if (*ret_set)
			c->list = split(request->arena, value);
		return 0;
	case PARAM_ARRAY:
		c->list = split(request->arena, value);
		return 0;
	case PARAM_OBJECT:
		return c->filter->bind(request, c, value, NULL);
	default:
		return bind_scalar(request, c, value, ret_set);
	}
}

static bool given_before(const struct call *call, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (!strcmp(call->query[i].name, call->query[index].name))
			return true;
	return false;
}

static void query_init(struct query *query, const struct resource *resource, struct arena *arena,
		       size_t most)
{
	memset(query, 0, sizeof(*query));
	query->resource = resource;
	query->max = -1;
	query->criteria = arena_array(arena, most + 1, sizeof(*query->criteria));
}

/* An integer of JAX-RS: empty = absent; anything else that is none is a 404 (semantics.md 6.4). */
static int bind_page(struct request *request, const char *name, bool *ret_given, int64_t *ret)
{
	const char *value = request_param(request, name);
	char *end;

	*ret_given = value && *value;
	if (!*ret_given)
		return 0;
	*ret = strtoll(value, &end, 10);
	if (*end || *ret < INT32_MIN || *ret > INT32_MAX || is_blank(value) || *value == ' ')
		return request_fail(request, ERR_QUERY_PARAM, "HTTP 404 Not Found");
	return 0;
}

static int bind_paging(struct request *request, struct query *query)
{
	bool first_given, max_given;
	int64_t first = 0, max = -1;

	TRY(bind_page(request, "firstResult", &first_given, &first));
	TRY(bind_page(request, "maxResults", &max_given, &max));
	query->empty = (first_given && first < 0) || (max_given && max < 0);
	query->first = first < 0 ? 0 : first;
	query->max = max_given ? max : -1;
	return 0;
}

static bool sort_direction(const char *text, bool *ret_descending)
{
	*ret_descending = text && !strcmp(text, "desc");
	return text && (*ret_descending || !strcmp(text, "asc"));
}

static int refuse_sort_param(struct request *request, const char *name, const char *value)
{
	return request_fail(request, ERR_INVALID, "Cannot set query parameter '%s' to value '%s'",
			    name, value);
}

static void add_sorting(struct request *request, struct query *query, const struct sort_key *key,
			bool descending)
{
	query->sorts =
		arena_room(request->arena, query->sorts, query->sort_count, sizeof(*query->sorts));
	query->sorts[query->sort_count++] = (struct sorting){key, descending};
}

static const char only_one[] =
	"Only a single sorting parameter specified. sortBy and sortOrder required";

static int check_nulls(struct request *request, const struct query *query)
{
	size_t i, k;

	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];

		for (k = 0; c->filter->nulls && k < c->list.count; k++)
			if (!c->list.items[k])
				return request_fail(request,
						    c->filter->null_error ? c->filter->null_error
									  : ERR_NULL_VALUE,
						    "%s contains null value", c->filter->nulls);
	}
	return 0;
}

static void apply_precedence(struct query *query, const struct precedence *rule)
{
	const struct criterion *winner = query_criterion(query, rule->kept);
	size_t i, kept = 0;

	if (!winner || winner->filter->op >= OP_OWN) /* the resource looks after its own */
		return;
	for (i = 0; i < query->count; i++)
		if (strcmp(query->criteria[i].filter->name, rule->dropped) != 0)
			query->criteria[kept++] = query->criteria[i];
	query->count = kept;
}

/* Which of two filters was given first does not matter. */
static void settle_precedence(struct query *query)
{
	static const struct precedence tenants[] = {
		{"withoutTenantId", "tenantIdIn"},
		{NULL,              NULL        },
	};
	const struct precedence *rule =
		query->resource->precedence ? query->resource->precedence : tenants;

	for (; rule->kept; rule++)
		apply_precedence(query, rule);
}

static uint32_t java_hash(const char *text)
{
	uint32_t hash = 0;

	while (*text)
		hash = 31 * hash + (unsigned char)*text++;
	return hash ^ hash >> 16;
}

/*
 * The original looks at the parameters in the order of a hash table, and tells of the first that
 * is wrong: ORDER receives the indexes of those that count, which are the first of each name.
 */
static size_t parameter_order(struct arena *arena, const struct call *call, size_t **ret)
{
	uint32_t *slots = arena_array(arena, call->query_count + 1, sizeof(*slots));
	size_t *order = arena_array(arena, call->query_count + 1, sizeof(*order));
	size_t i, k, count = 0, size = 16;

	for (i = 0; i < call->query_count; i++)
		count += !given_before(call, i);
	while (count * 4 > size * 3)
		size *= 2;
	for (i = count = 0; i < call->query_count; i++) {
		uint32_t slot = java_hash(call->query[i].name) & (uint32_t)(size - 1);

		if (given_before(call, i))
			continue;
		for (k = count++; k && slots[k - 1] > slot; k--) {
			slots[k] = slots[k - 1];
			order[k] = order[k - 1];
		}
		slots[k] = slot;
		order[k] = i;
	}
	*ret = order;
	return count;
}

int query_bind_params(struct request *request, const struct resource *resource, bool paged,
		      struct query *ret)
{
	const struct call *call = request->call;
	const struct sort_key *key = NULL;
	bool descending = false, directed = false, set;
	size_t i, count, *order;

	query_init(ret, resource, request->arena, call->query_count);
	if (paged)
		TRY(bind_paging(request, ret));
	count = parameter_order(request->arena, call, &order);
	for (i = 0; i < count; i++) {
		const char *name = call->query[order[i]].name;
		const char *value = call->query[order[i]].value;
		struct criterion *c = &ret->criteria[ret->count];

		if (!resource->ignores_sorting && !strcmp(name, "sortBy")) {
			key = find_sort(resource, value);
			if (!key)
				return refuse_sort_param(request, name, value);
		} else if (!resource->ignores_sorting && !strcmp(name, "sortOrder")) {
			directed = sort_direction(value, &descending);
			if (!directed)
				return refuse_sort_param(request, name, value);
		} else if ((c->filter = find_filter(resource, name))) {
			TRY(bind_param(request, c, value, &set));
			ret->count += set;
		}
	}
	TRY(check_nulls(request, ret));
	settle_precedence(ret);
	if (!key != !directed)
		return request_fail(request, ERR_INVALID, only_one);
	if (key)
		add_sorting(request, ret, key, descending);
	return 0;
}

static int bind_list(struct arena *arena, struct criterion *c, const struct json *node)
{
	const struct json *member;

	if (node->type != JSON_ARRAY)
		return ERR_INPUT;
	c->list.items = arena_array(arena, node->count + 1, sizeof(char *));
	for (member = node->first; member; member = member->next)
		TRY(json_to_string(member, &c->list.items[c->list.count++]));
	return 0;
}

static int bind_member(struct request *request, struct criterion *c, const struct json *node,
		       bool *ret_set)
{
	*ret_set = node->type != JSON_NULL;
	if (node->type == JSON_NULL)
		return 0;
	switch (c->filter->type) {
	case PARAM_LIST:
	case PARAM_ARRAY:
		return bind_list(request->arena, c, node);
	case PARAM_OBJECT:
		return c->filter->bind(request, c, NULL, node);
	default:
		return convert_scalar(c, node, ret_set);
	}
}

/* Of resources that look at the elements of `sorting` one by one (semantics.md 5.9). */
static int refuse_element(struct request *request, const struct resource *resource,
			  const struct sort_key *key, const char *by, const char *order)
{
	if (!key)
		return request_fail(request, ERR_INVALID, "%s%s", resource->refuse_sort,
				    by ? by : "null");
	return order ? 0 : request_fail(request, ERR_INVALID, only_one);
}

/* An element of `sorting`: see semantics.md 0.5 for what is skipped and what is refused. */
static int bind_sorting_element(struct request *request, struct query *query,
				const struct json *element, bool *directed)
{
	const struct resource *resource = query->resource;
	const struct json *by = json_present(element, "sortBy");
	const struct json *order = json_present(element, "sortOrder");
	const struct json *parameters = json_present(element, "parameters");
	const char *by_text = NULL, *order_text = NULL;
	const struct sort_key *key;
	bool descending, known;

	if (element->type != JSON_OBJECT || (parameters && parameters->type != JSON_OBJECT) ||
	    (by && json_to_string(by, &by_text)) || (order && json_to_string(order, &order_text)))
		return ERR_INPUT;
	key = find_sort(resource, by_text);
	if (resource->refuse_sort)
		TRY(refuse_element(request, resource, key, by_text, order_text));
	if (key) {
		if (query->sort_count && !*directed)
			return 0; /* refused when the query runs */
		add_sorting(request, query, key, false);
		*directed = false;
	}
	known = sort_direction(order_text, &descending);
	if (!known)
		return 0;
	if (!query->sort_count)
		return request_fail(request, ERR_NOT_VALID,
				    "You should call any of the orderBy methods first before "
				    "specifying a direction: currentOrderingProperty is null");
	if (*directed)
		return request_fail(request, ERR_NOT_VALID,
				    "Invalid query: can specify only one direction desc() or "
				    "asc() for an ordering constraint: direction is not null");
	query->sorts[query->sort_count - 1].descending = descending;
	*directed = true;
	return 0;
}

static int bind_sorting(struct request *request, struct query *query, const struct json *list)
{
	bool directed = query->sort_count > 0;
	const struct json *element;

	if (list->type == JSON_NULL)
		return 0;
	if (list->type != JSON_ARRAY)
		return ERR_INPUT;
	for (element = list->first; element; element = element->next)
		TRY(bind_sorting_element(request, query, element, &directed));
	query->undirected = query->sort_count && !directed;
	return 0;
}

/* Top-level sortBy and sortOrder of a body: what they do not know is a binding error, and so is
 * null. */
static int bind_top_sorting(struct request *request, struct query *query, const struct json *object)
{
	const struct json *by = json_member(object, "sortBy");
	const struct json *order = json_member(object, "sortOrder");
	const char *by_text = NULL, *order_text = NULL;
	const struct sort_key *key = NULL;
	bool descending = false;

	if ((by && json_to_string(by, &by_text)) || (order && json_to_string(order, &order_text)))
		return ERR_INPUT;
	if (by && !(key = find_sort(query->resource, by_text)))
		return ERR_INPUT;
	if (order && !sort_direction(order_text, &descending))
		return ERR_INPUT;
	if (!by != !order)
		return request_fail(request, ERR_INVALID, only_one);
	if (key)
		add_sorting(request, query, key, descending);
	return 0;
}

/* The filters of OBJECT, without its orQueries. */
static int bind_filters(struct request *request, const struct resource *resource,
			const struct json *object, struct query *ret)
{
	const struct json *member;
	bool set;
	size_t i;

	if (object->type != JSON_OBJECT)
		return ERR_INPUT;
	query_init(ret, resource, request->arena, resource->filter_count);
	for (i = 0; i < resource->filter_count; i++) {
		struct criterion *c = &ret->criteria[ret->count];

		member = json_member(object, resource->filters[i].name);
		if (!member)
			continue;
		memset(c, 0, sizeof(*c));
		c->filter = &resource->filters[i];
		TRY(bind_member(request, c, member, &set));
		ret->count += set;
	}
	TRY(check_nulls(request, ret));
	settle_precedence(ret);
	return 0;
}

/* The sorting of an element of orQueries has to bind, too. ERR_INPUT, or 0 whatever it means. */
static int check_ignored_sorting(struct request *request, const struct resource *resource,
				 const struct json *element)
{
	const struct json *sorting = json_member(element, "sorting");
	struct error before = request->error;
	struct query ignored;
	int code;

	query_init(&ignored, resource, request->arena, 0);
	code = bind_top_sorting(request, &ignored, element);
	if (code != ERR_INPUT && sorting)
		code = bind_sorting(request, &ignored, sorting);
	request->error = before;
	return code == ERR_INPUT ? code : 0;
}

/* What sorting and orQueries an element of orQueries has is ignored. */
static int bind_or_queries(struct request *request, struct query *query, const struct json *list)
{
	const struct json *element;

	if (list->type == JSON_NULL)
		return 0;
	if (list->type != JSON_ARRAY)
		return ERR_INPUT;
	query->ors = arena_array(request->arena, list->count + 1, sizeof(*query->ors));
	for (element = list->first; element; element = element->next) {
		struct query *inner = arena_alloc(request->arena, sizeof(*inner));

		TRY(bind_filters(request, query->resource, element, inner));
		TRY(check_ignored_sorting(request, query->resource, element));
		inner->nested = true;
		query->ors[query->or_count++] = inner;
	}
	return 0;
}

int query_bind_object(struct request *request, const struct resource *resource,
		      const struct json *object, struct query *ret)
{
	const struct json *member;

	TRY(bind_filters(request, resource, object, ret));
	member = json_member(object, "orQueries");
	if (member && resource->or_queries)
		TRY(bind_or_queries(request, ret, member));
	TRY(bind_top_sorting(request, ret, object));
	member = json_member(object, "sorting");
	return member ? bind_sorting(request, ret, member) : 0;
}

int query_check_direction(struct request *request, const struct query *query, int code)
{
	return query->undirected ? request_fail(request, code,
						"Invalid query: call asc() or desc() after using "
						"orderByXX(): direction is null")
				 : 0;
}

int query_bind_body(struct request *request, const struct resource *resource, bool paged,
		    struct query *ret)
{
	struct query paging = {0};

	if (paged)
		TRY(bind_paging(request, &paging));
	if (request->body->type == JSON_NULL)
		return request_fail(request, ERR_NULL_POINTER,
				    "the body is null: an object is wanted");
	TRY(query_bind_object(request, resource, request->body, ret));
	TRY(query_check_direction(request, ret, ERR_NOT_VALID));
	if (paged) {
		ret->first = paging.first;
		ret->max = paging.max;
		ret->empty = paging.empty;
	}
	return 0;
}

void query_order_by_id(struct request *request, struct query *query)
{
	static const struct sort_key by_id = {"id", 0};

	if (!query->sort_count && (query->max >= 0 || query->first))
		add_sorting(request, query, &by_id, false);
}

const struct criterion *query_criterion(const struct query *query, const char *name)
{
	size_t i;

	for (i = 0; i < query->count; i++) {
		const struct criterion *c = &query->criteria[i];

		if (!strcmp(c->filter->name, name))
			return c->filter->type == PARAM_BOOL && !c->truth && c->filter->op != OP_IS
				       ? NULL
				       : c;
	}
	return NULL;
}
