/*
 * The OPTIONS operations of identity, tenants and filters: links to what can be done. They tell of
 * no state, so they are the same whatever is stored.
 */
#include <string.h>

#include "core/api/handler.h"
#include "core/link/operation.h"

/* Paths of the operation table, blanks between. */
#define LISTS   "/user /group /tenant /filter /authorization"
#define USER    "/user/{id}"
#define FILTER  "/filter/{id}"
#define SINGLES "/group/{id} /tenant/{id} /filter/{id} /authorization/{id}"
#define MEMBERS "/group/{id}/members /tenant/{id}/user-members /tenant/{id}/group-members"

static const struct {
	const char *paths;
	const char *method;
	const char *suffix;
	const char *relation;
} links[] = {
	{LISTS,   "GET",    "",              "list"        },
	{LISTS,   "GET",    "/count",        "count"       },
	{LISTS,   "POST",   "/create",       "create"      },
	{USER,    "GET",    "/profile",      "self"        },
	{SINGLES, "GET",    "",              "self"        },
	{FILTER,  "GET",    "/singleResult", "singleResult"},
	{FILTER,  "POST",   "/singleResult", "singleResult"},
	{FILTER,  "GET",    "/list",         "list"        },
	{FILTER,  "POST",   "/list",         "list"        },
	{FILTER,  "GET",    "/count",        "count"       },
	{FILTER,  "POST",   "/count",        "count"       },
	{USER,    "DELETE", "",              "delete"      },
	{SINGLES, "DELETE", "",              "delete"      },
	{USER,    "PUT",    "/profile",      "update"      },
	{SINGLES, "PUT",    "",              "update"      },
	{MEMBERS, "DELETE", "",              "delete"      },
	{MEMBERS, "PUT",    "",              "create"      },
};

static bool names_path(const char *paths, const char *path)
{
	size_t length = strlen(path);
	const char *at;

	for (at = paths; (at = strstr(at, path)); at++)
		if ((at == paths || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

/* The path with the id in the place of its parameter. */
static const char *path_asked(const struct request *request, const char *path)
{
	const char *brace = strchr(path, '{');

	if (!brace)
		return path;
	return arena_printf(request->arena, "%.*s%s%s", (int)(brace - path), path,
			    uri_encode(request->arena, request->call->params[0]),
			    strchr(brace, '}') + 1);
}

int options_links(struct request *request)
{
	size_t count, i;
	const char *path = operation_table(&count)[request->call->operation].path;
	const char *asked = path_asked(request, path);
	struct json_writer *writer = request_answer(request);

	json_open_object(writer);
	json_key(writer, "links");
	json_open_array(writer);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		if (!names_path(links[i].paths, path))
			continue;
		json_open_object(writer);
		json_key_string(writer, "method", links[i].method);
		json_key_string(writer, "href",
				arena_printf(request->arena, "%s%s%s", request->call->base, asked,
					     links[i].suffix));
		json_key_string(writer, "rel", links[i].relation);
		json_close_object(writer);
	}
	json_close_array(writer);
	json_close_object(writer);
	return 0;
}
