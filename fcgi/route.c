#include "fcgi/route.h"

#include <string.h>

/* A segment of a path: siblings in a list, literals first. */
struct route {
	const char *text; /* NULL: a parameter */
	size_t length;
	struct route *child, *next;
	bool known; /* an operation ends here */
	int operations[METHOD_MAX];
};

static struct route *route_new(struct arena *arena, const char *text, size_t length)
{
	struct route *route = arena_alloc(arena, sizeof(*route));
	size_t i;

	route->text = *text == '{' ? NULL : text;
	route->length = length;
	for (i = 0; i < METHOD_MAX; i++)
		route->operations[i] = -1;
	return route;
}

static bool same_segment(const struct route *route, const char *text, size_t length)
{
	if (*text == '{')
		return !route->text;
	return route->text && route->length == length && !memcmp(route->text, text, length);
}

/* The child of PARENT for a segment of a path of the table; made when there is none. */
static struct route *route_child(struct route *parent, struct arena *arena, const char *text,
				 size_t length)
{
	struct route **at = &parent->child, *route;

	while (*at && !same_segment(*at, text, length))
		at = &(*at)->next;
	if (*at)
		return *at;
	route = route_new(arena, text, length);
	if (route->text) { /* before the parameter, which is the last one */
		route->next = parent->child;
		parent->child = route;
	} else {
		*at = route;
	}
	return route;
}

struct route *route_build(struct arena *arena)
{
	size_t i, count;
	const struct operation *table = operation_table(&count);
	struct route *root = route_new(arena, "", 0);

	for (i = 0; i < count; i++) {
		const char *path = table[i].path;
		struct route *route = root;

		while (*path == '/') {
			size_t length = strcspn(++path, "/");

			route = route_child(route, arena, path, length);
			path += length;
		}
		route->known = true;
		route->operations[table[i].method] = (int)i;
	}
	return root;
}

const struct route *route_find(const struct route *root, const char *const *segments, size_t count,
			       const char **params, size_t *ret_param_count)
{
	size_t length = count ? strlen(segments[0]) : 0;
	const struct route *child, *found;

	if (!count) {
		*ret_param_count = 0;
		return root->known ? root : NULL;
	}
	for (child = root->child; child; child = child->next) {
		size_t taken = !child->text;

		if (child->text &&
		    (child->length != length || memcmp(child->text, segments[0], length)))
			continue;
		found = route_find(child, segments + 1, count - 1, params + taken, ret_param_count);
		if (!found)
			continue;
		if (taken)
			params[0] = segments[0];
		*ret_param_count += taken;
		return found;
	}
	return NULL;
}

/* Services of the original that hold an engine: all of them below /history, and one more. */
static bool holds_engine(const char *const *segments, size_t depth)
{
	return depth == 2 && (!strcmp(segments[0], "history") ||
			      (!strcmp(segments[0], "task") && !strcmp(segments[1], "report")));
}

static bool has_parameter(const struct route *route)
{
	const struct route *child = route->child;

	while (child && child->text)
		child = child->next;
	return child != NULL;
}

static const struct route *literal_child(const struct route *route, const char *segment)
{
	const struct route *child = route->child;
	size_t length = strlen(segment);

	while (child && !(child->text && same_segment(child, segment, length)))
		child = child->next;
	return child;
}

bool route_asks_engine(const struct route *root, const char *const *segments, size_t count)
{
	const struct route *route = root;
	bool below_id = false;
	size_t i;

	for (i = 0; i < count && route; i++) {
		below_id |= has_parameter(route);
		route = literal_child(route, segments[i]);
		if (route && holds_engine(segments, i + 1))
			return true;
	}
	return below_id && !(route && route->known);
}

int route_operation(const struct route *route, enum method method)
{
	return route->operations[method];
}

const char *route_allow(const struct route *route, struct arena *arena)
{
	const char *allow = route->operations[METHOD_GET] >= 0 ? "HEAD" : "";
	int i;

	for (i = 0; i < METHOD_OPTIONS; i++)
		if (route->operations[i] >= 0)
			allow = arena_printf(arena, "%s%s%s", allow, *allow ? "," : "",
					     method_names[i]);
	return arena_printf(arena, "%s%sOPTIONS", allow, *allow ? "," : "");
}

size_t route_lookup(const char *const *segments, size_t count)
{
	static const char *const resources[] = {"process-definition", "decision-definition",
						"decision-requirements-definition"};
	size_t i;

	if (count < 3 || strcmp(segments[1], "key"))
		return 0;
	for (i = 0; i < ARRAY_SIZE(resources); i++)
		if (!strcmp(resources[i], segments[0]))
			return count >= 5 && !strcmp(segments[3], "tenant-id") ? 5 : 3;
	return 0;
}
