/*
 * What the resources /process-definition, /decision-definition and
 * /decision-requirements-definition have in common: lists with filters, single definitions by id,
 * by key, and by key and tenant, their models and diagrams, times to live (semantics.md 3.11, 5.9).
 *
 * A handler serves all three forms of a path; the path's row in the operation table tells which.
 */
#ifndef CORE_API_DEFINITION_API_H
#define CORE_API_DEFINITION_API_H

#include "core/process/definition.h"
#include "core/query/query.h"

/* Ops of filters that are answered here. */
enum definition_op {
	ASK_TENANTS = OP_OWN, /* one of the list, or none if `include` was given */
	ASK_ACTIVE,           /* not suspended, unless suspended ones are asked for */
	ASK_VERSION_TAG,      /* equal, unless withoutVersionTag is given */
	ASK_VERSION,          /* refuses what is no version */
	ASK_DEFINITION_OWN,   /* this and above: the resource's own */
};

struct definition_source {
	const struct resource *resource;
	const char *noun;     /* "process definition" */
	const char *variable; /* "processDefinition": what is null when there is none */
	const char *include;  /* filter that lets those without tenant pass, too */
	int query_error;      /* of a query that makes no sense */
	const char *latest_error;
	const char *const *not_with_latest; /* filters, NULL at the end */
	const char *model;                  /* member that holds the XML */
	int missing;         /* error for an unknown id; the message is `missing_text` */
	int missing_diagram; /* the same where the diagram is asked for */
	const char
		*missing_text; /* NULL = "no deployed NOUN found with id 'ID': VARIABLE is null" */
	int diagram;           /* slot with the diagram's name, -1 = no diagrams */
	/*
	 * The resource's own filters, or NULL: *RET says of each definition whether it meets them;
	 * left NULL when none was given.
	 */
	int (*select)(struct request *request, const struct query *query,
		      const struct definitions *definitions, const uint8_t **ret);
};

int definition_answer_list(struct request *request, const struct definition_source *source);
int definition_answer_count(struct request *request, const struct definition_source *source);

/* The definition that the path names, by whichever form. Else the error that the API has for it. */
int definition_of_path(struct request *request, const struct definition_source *source, int missing,
		       union slot **ret);

/* Its id: as it stands in the path, known or not, or that of the definition with the key. */
int definition_id_of_path(struct request *request, const struct definition_source *source,
			  const char **ret);

extern const struct definition_source process_definition_source;
extern const struct definition_source decision_definition_source;
extern const struct definition_source requirements_definition_source;

int definition_answer(struct request *request, const struct definition_source *source);
int definition_answer_xml(struct request *request, const struct definition_source *source);
int definition_answer_diagram(struct request *request, const struct definition_source *source);
int definition_answer_set_time_to_live(struct request *request,
				       const struct definition_source *source);

#endif
