#include "core/repository/static_call.h"

#include <stdlib.h>
#include <string.h>

#include "core/bpmn/parser.h"
#include "core/bpmn/xml.h"
#include "core/process/definition.h"
#include "core/process/deployment.h"

/* Which version of a key is meant. */
struct reference {
	const char *key, *binding, *version, *tag, *tenant;
};

/* What a search works with. */
struct search {
	struct arena *arena;
	const union slot *caller;
	struct definitions known;
	struct static_call *calls;
	size_t count;
};

static bool is_expression(const char *text)
{
	text += strspn(text, " \t\r\n");
	return !strncmp(text, "${", 2) || !strncmp(text, "#{", 2);
}

/* False where nothing is called, or an expression says what. */
static bool read_reference(const struct search *search, const struct xml_element *element,
			   struct reference *ret)
{
	const char *parts[4];
	size_t i;

	ret->key = parts[0] = xml_attribute(element, "calledElement");
	ret->binding = extension_attribute(element, "calledElementBinding");
	ret->version = parts[1] = extension_attribute(element, "calledElementVersion");
	ret->tag = parts[2] = extension_attribute(element, "calledElementVersionTag");
	ret->tenant = parts[3] = extension_attribute(element, "calledElementTenantId");
	if (!ret->tenant)
		ret->tenant = search->caller[DEFINITION_TENANT_ID].s;
	if (!ret->binding)
		ret->binding = "latest";
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i] && is_expression(parts[i]))
			return false;
	return ret->key != NULL;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool is_meant(const struct search *search, const struct reference *reference,
		     const union slot *row)
{
	if (!same(row[DEFINITION_KEY].s, reference->key))
		return false;
	if (!strcmp(reference->binding, "deployment"))
		return same(row[DEFINITION_DEPLOYMENT_ID].s,
			    search->caller[DEFINITION_DEPLOYMENT_ID].s);
	if (!same(row[DEFINITION_TENANT_ID].s, reference->tenant))
		return false;
	if (!strcmp(reference->binding, "version"))
		return reference->version &&
		       row[DEFINITION_VERSION].i == strtoll(reference->version, NULL, 10);
	if (!strcmp(reference->binding, "versionTag"))
		return reference->tag &&
		       same(row[PROCESS_DEFINITION_VERSION_TAG].s, reference->tag);
	return row[DEFINITION_LATEST].i == 1;
}

static const union slot *find_called(const struct search *search, const struct reference *reference)
{
	size_t i;

	for (i = 0; i < search->known.count; i++)
		if (is_meant(search, reference, search->known.rows[i]))
			return search->known.rows[i];
	return NULL;
}

/* Adds the activity to those of the call. */
static void add_activity(struct arena *arena, struct static_call *call, const char *id)
{
	const char **grown;

	if (!(call->count & (call->count - 1))) { /* full: 0, 1, 2, 4 ... */
		grown = arena_array(arena, call->count ? call->count * 2 : 1, sizeof(*grown));
		if (call->count)
			memcpy(grown, call->activity_ids, call->count * sizeof(*grown));
		call->activity_ids = grown;
	}
	call->activity_ids[call->count++] = id;
}

static void add_call(struct search *search, const union slot *called, const char *activity_id)
{
	struct static_call *call = search->calls;

	while (call < search->calls + search->count && call->called != called)
		call++;
	if (call == search->calls + search->count) {
		search->count++;
		*call = (struct static_call){called, 0, NULL};
	}
	add_activity(search->arena, call, activity_id);
}

static bool is_call(const struct xml_element *element)
{
	return !strcmp(element->space, BPMN_SPACE) && !strcmp(element->name, "callActivity");
}

/* Whether the process that the element is in is the caller's: a resource may have several. */
static bool is_inside(const struct search *search, const struct xml_element *element)
{
	while (element && strcmp(element->name, "process") != 0)
		element = element->parent;
	return element && same(xml_attribute(element, "id"), search->caller[DEFINITION_KEY].s);
}

static void find_calls(struct search *search, const struct xml_element *root)
{
	const struct xml_element *element;
	struct reference reference;
	const union slot *called;
	size_t room = 0;

	for (element = root; element; element = element->following)
		room += is_call(element);
	search->calls = arena_array(search->arena, room + 1, sizeof(*search->calls));
	for (element = root; element; element = element->following) {
		if (!is_call(element) || !is_inside(search, element) ||
		    !read_reference(search, element, &reference))
			continue;
		called = find_called(search, &reference);
		if (called)
			add_call(search, called, xml_attribute(element, "id"));
	}
}

int static_calls_read(struct txn *reader, const union slot *definition, struct static_call **ret,
		      size_t *ret_count)
{
	struct search search = {.arena = reader->arena, .caller = definition};
	const char *deployment_id = definition[DEFINITION_DEPLOYMENT_ID].s;
	const char *resource = definition[DEFINITION_RESOURCE].s;
	struct xml_document document;
	struct error ignored = {0};
	union slot *deployment;
	struct bytes bytes;
	int code = deployment_id && resource ? deployment_get(reader, deployment_id, &deployment)
					     : ERR_NOT_FOUND;

	*ret_count = 0;
	if (!code)
		code = resource_read(reader, deployment, RESOURCE_NAME, resource, &bytes);
	if (!code)
		code = xml_parse(reader->arena, bytes.data, bytes.size, &document, &ignored);
	if (code)
		return code == ERR_NOT_FOUND || code == ERR_INPUT ? 0 : code;
	TRY(definitions_read(reader, &process_definition_kind, &search.known));
	find_calls(&search, document.root);
	*ret = search.calls;
	*ret_count = search.count;
	return 0;
}
