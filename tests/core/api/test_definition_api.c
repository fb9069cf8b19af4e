/* Definitions and deployments: every filter and sort key, single ones, times to live. */
#include "core/api/definition_api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/deployment_api.h"
#include "core/api/handler.h"
#include "tests/core/history_fixture.h"
#include "tests/core/operation_number.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, engine_fixture_tear_down)

/* o1, o2: versions of "order"; n1: the same key, of a tenant; p1: another, with open incidents. */
static const char history[] =
	"{\"deployment\":{\"id\":\"d1\",\"name\":\"first\",\"source\":\"modeler\","
	"\"deploymentTime\":\"2024-01-01T10:00:00.000+0000\",\"resources\":[{\"id\":\"r1\","
	"\"name\":\"order.xml\",\"data\":\"PG8vPg==\"},{\"id\":\"r2\","
	"\"name\":\"dir/order.SVG\",\"data\":\"PHMvPg\"}]}}\n"
	"{\"deployment\":{\"id\":\"d2\",\"name\":\"second\",\"tenantId\":\"north\","
	"\"deploymentTime\":\"2024-02-01T10:00:00.000+0000\"}}\n"
	"{\"deployment\":{\"id\":\"d3\",\"deploymentTime\":\"2024-03-01T10:00:00.000+0000\"}"
	"}\n"
	"{\"processDefinition\":{\"id\":\"o1\",\"key\":\"order\","
	"\"version\":1,\"name\":\"Order\",\"category\":\"shop\","
	"\"resource\":\"order.xml\",\"deploymentId\":\"d1\",\"versionTag\":\"a_1\","
	"\"historyTimeToLive\":5,\"diagram\":\"dir/order.SVG\","
	"\"startableInTasklist\":true}}\n"
	"{\"processDefinition\":{\"id\":\"o2\",\"key\":\"order\","
	"\"version\":2,\"name\":\"Order\",\"category\":\"shop\","
	"\"resource\":\"order.xml\",\"deploymentId\":\"d3\",\"suspended\":true,"
	"\"startableInTasklist\":true}}\n"
	"{\"processDefinition\":{\"id\":\"n1\",\"key\":\"order\","
	"\"version\":1,\"name\":\"Nord\",\"category\":\"north\","
	"\"resource\":\"order.xml\",\"deploymentId\":\"d2\",\"tenantId\":\"north\","
	"\"versionTag\":\"b\"}}\n"
	"{\"processDefinition\":{\"id\":\"p1\",\"key\":\"pay\","
	"\"version\":3,\"name\":\"Pay\",\"category\":\"money\","
	"\"resource\":\"pay.xml\",\"deploymentId\":\"d1\",\"startableInTasklist\":true}}\n"
	"{\"decisionDefinition\":{\"id\":\"e1\",\"key\":\"risk\","
	"\"version\":1,\"name\":\"Risk\",\"category\":\"money\","
	"\"resource\":\"risk.xml\",\"deploymentId\":\"d1\",\"decisionRequirementsDefinitionI"
	"d\":\"q1\",\"versionTag\":\"a_1\",\"decisionRequirementsDefinitionKey\":\"all\"}}\n"
	"{\"decisionDefinition\":{\"id\":\"e2\",\"key\":\"risk\","
	"\"version\":2,\"name\":\"Risk new\",\"category\":\"money\","
	"\"resource\":\"risk.xml\",\"deploymentId\":\"d3\"}}\n"
	"{\"decisionDefinition\":{\"id\":\"m1\",\"key\":\"vat\","
	"\"version\":1,\"name\":\"Tax\",\"category\":\"north\","
	"\"resource\":\"vat.xml\",\"deploymentId\":\"d2\",\"tenantId\":\"north\"}}\n"
	"{\"decisionRequirementsDefinition\":{\"id\":\"q1\",\"key\":\"all\","
	"\"version\":1,\"name\":\"All\",\"category\":\"money\","
	"\"resource\":\"all.xml\",\"deploymentId\":\"d1\"}}\n"
	"{\"decisionRequirementsDefinition\":{\"id\":\"q2\",\"key\":\"all\","
	"\"version\":2,\"name\":\"All new\",\"category\":\"money\","
	"\"resource\":\"all.xml\",\"deploymentId\":\"d3\"}}\n"
	"{\"decisionRequirementsDefinition\":{\"id\":\"s1\",\"key\":\"some\","
	"\"version\":1,\"name\":\"Some\",\"category\":\"north\","
	"\"resource\":\"some.xml\",\"deploymentId\":\"d2\",\"tenantId\":\"north\"}}\n"
	"{\"processInstance\":{\"id\":\"i1\",\"processDefinitionId\":\"p1\","
	"\"processDefinitionKey\":\"pay\",\"startTime\":\"2024-01-01T10:00:00.000+0000\","
	"\"state\":\"ACTIVE\"},\"incidents\":[{\"id\":\"x1\",\"processDefinitionId\":\"p1\","
	"\"incidentType\":\"failedJob\",\"incidentMessage\":\"no 100% luck\","
	"\"open\":true},{\"id\":\"x2\",\"processDefinitionId\":\"o1\","
	"\"incidentType\":\"other\",\"endTime\":\"2024-01-01T11:00:00.000+0000\","
	"\"resolved\":true}]}\n";

static int set_up(void **state)
{
	return history_fixture_set_up(state, history);
}

/* The ids of a list's rows, in their order, with blanks between. */
static const char *ids_of(struct engine_fixture *fixture, const char *answer)
{
	static const char before[] = "\"id\":\"";
	char *ids = arena_alloc(&fixture->arena, strlen(answer) + 1), *end = ids;

	while ((answer = strstr(answer, before))) {
		answer += strlen(before);
		end += sprintf(end, "%s%.*s", end == ids ? "" : " ", (int)strcspn(answer, "\""),
			       answer);
	}
	return ids;
}

struct row {
	const char *query;
	const char *ids;
};

/* Fails unless every filter and sort key of RESOURCE is asked for in one of ROWS. */
static void check_complete(const struct resource *resource, const struct row *rows, size_t count)
{
	size_t i, k;

	for (i = 0; i < resource->filter_count; i++) {
		const char *name = resource->filters[i].name;

		for (k = 0; k < count; k++)
			if (!strncmp(rows[k].query, name, strlen(name)) &&
			    rows[k].query[strlen(name)] == '=')
				break;
		if (k == count)
			fail_msg("nobody asks for %s", name);
	}
	for (i = 0; i < resource->sort_count; i++) {
		char query[64];

		snprintf(query, sizeof(query), "sortBy=%s&", resource->sorts[i].name);
		for (k = 0; k < count; k++)
			if (!strncmp(rows[k].query, query, strlen(query)))
				break;
		if (k == count)
			fail_msg("nobody sorts by %s", resource->sorts[i].name);
	}
}

static void check_rows(struct engine_fixture *fixture, const struct resource *resource,
		       handler list, handler count, const struct row *rows, size_t row_count)
{
	size_t i;

	check_complete(resource, rows, row_count);
	for (i = 0; i < row_count; i++) {
		const char *ids =
			ids_of(fixture, history_fixture_answer(fixture, list, rows[i].query, NULL));
		char counted[32];

		if (strcmp(ids, rows[i].ids))
			fail_msg("%s finds %s", rows[i].query, ids);
		snprintf(counted, sizeof(counted), "{\"count\":%zu}",
			 *ids ? strlen(ids) / 3 + 1 : (size_t)0);
		assert_string_equal(history_fixture_answer(fixture, count, rows[i].query, NULL),
				    counted);
	}
}

static void every_filter_and_sort_key_of_process_definitions(void **state)
{
	static const struct row rows[] = {
		{"processDefinitionId=o1",                                     "o1"         },
		{"processDefinitionIdIn=o2,p1,x",                              "o2 p1"      },
		{"processDefinitionIdIn=,",                                    "n1 o1 o2 p1"},
		{"name=Order",						 "o1 o2"      },
		{"nameLike=%R%",					       "n1 o1 o2"   },
		{"deploymentId=d1",					    "o1 p1"      },
		{"deployedAfter=2024-02-01T10:00:00.000+0000",                 "o2"         },
		{"deployedAt=2024-02-01T10:00:00.000+0000",                    "n1"         },
		{"key=order",						  "n1 o1 o2"   },
		{"keysIn=pay,x",					       "p1"         },
		{"keyLike=p%",						 "p1"         },
		{"category=shop",					      "o1 o2"      },
		{"categoryLike=%o%",					   "n1 o1 o2 p1"},
		{"version=1",						  "n1 o1"      },
		{"latestVersion=true",					 "n1 o2 p1"   },
		{"latestVersion=false",					"n1 o1 o2 p1"},
		{"resourceName=pay.xml",                                       "p1"         },
		{"resourceNameLike=o%",					"n1 o1 o2"   },
		{"startableBy=mary",					   ""           },
		{"active=true",						"n1 o1 p1"   },
		{"active=true&suspended=true",                                 "o2"         },
		{"suspended=true",					     "o2"         },
		{"incidentId=x1",					      "p1"         },
		{"incidentId=x2",					      ""           },
		{"incidentType=failedJob",                                     "p1"         },
		{"incidentMessage=no 100% luck",                               "p1"         },
		{"incidentMessageLike=%100\\%%",                               "p1"         },
		{"incidentMessageLike=%100\\%%&incidentType=other",            ""           },
		{"tenantIdIn=north,x",					 "n1"         },
		{"tenantIdIn=north&withoutTenantId=true",                      "o1 o2 p1"   },
		{"withoutTenantId=true",                                       "o1 o2 p1"   },
		{"includeProcessDefinitionsWithoutTenantId=true",              "n1 o1 o2 p1"},
		{"includeProcessDefinitionsWithoutTenantId=true&tenantIdIn=x", "o1 o2 p1"   },
		{"versionTag=a_1",					     "o1"         },
		{"versionTag=a_1&withoutVersionTag=true",                      "o2 p1"      },
		{"versionTagLike=%\\_%",                                       "o1"         },
		{"withoutVersionTag=true",                                     "o2 p1"      },
		{"startableInTasklist=true",                                   "o1 o2 p1"   },
		{"notStartableInTasklist=true",                                "n1"         },
		{"startablePermissionCheck=true",                              "n1 o1 o2 p1"},
		{"sortBy=category&sortOrder=asc",                              "p1 n1 o1 o2"},
		{"sortBy=key&sortOrder=desc",                                  "p1 n1 o1 o2"},
		{"sortBy=id&sortOrder=desc",                                   "p1 o2 o1 n1"},
		{"sortBy=name&sortOrder=asc",                                  "n1 o1 o2 p1"},
		{"sortBy=version&sortOrder=desc",                              "p1 o2 n1 o1"},
		{"sortBy=deploymentId&sortOrder=asc",                          "o1 p1 n1 o2"},
		{"sortBy=deployTime&sortOrder=desc",                           "o2 n1 o1 p1"},
		{"sortBy=tenantId&sortOrder=desc",                             "n1 o1 o2 p1"},
		{"sortBy=versionTag&sortOrder=asc",                            "o2 p1 o1 n1"},
	};

	check_rows(*state, process_definition_source.resource, process_definition_list,
		   process_definition_count, rows, ARRAY_SIZE(rows));
}

static void every_filter_and_sort_key_of_decision_definitions(void **state)
{
	static const struct row rows[] = {
		{"decisionDefinitionId=e1",                                     "e1"      },
		{"decisionDefinitionIdIn=e2,m1",                                "e2 m1"   },
		{"name=Risk",						   "e1"      },
		{"nameLike=Risk%",					      "e1 e2"   },
		{"deploymentId=d3",					     "e2"      },
		{"key=vat",						     "m1"      },
		{"keyLike=r%",						  "e1 e2"   },
		{"category=money",					      "e1 e2"   },
		{"categoryLike=n%",					     "m1"      },
		{"version=2",						   "e2"      },
		{"latestVersion=true",					  "e2 m1"   },
		{"resourceName=vat.xml",                                        "m1"      },
		{"resourceNameLike=risk%",                                      "e1 e2"   },
		{"tenantIdIn=north",					    "m1"      },
		{"withoutTenantId=true",                                        "e1 e2"   },
		{"includeDecisionDefinitionsWithoutTenantId=true&tenantIdIn=x", "e1 e2"   },
		{"deployedAfter=2024-01-01T10:00:00.000+0000",                  "e2 m1"   },
		{"deployedAt=2024-01-01T10:00:00.000+0000",                     "e1"      },
		{"decisionRequirementsDefinitionId=q1",                         "e1"      },
		{"decisionRequirementsDefinitionKey=all",                       "e1"      },
		{"withoutDecisionRequirementsDefinition=true",                  "e2 m1"   },
		{"versionTag=a_1",					      "e1"      },
		{"versionTagLike=a%",					   "e1"      },
		{"sortBy=category&sortOrder=desc",                              "m1 e1 e2"},
		{"sortBy=key&sortOrder=desc",                                   "m1 e1 e2"},
		{"sortBy=id&sortOrder=desc",                                    "m1 e2 e1"},
		{"sortBy=name&sortOrder=desc",                                  "m1 e2 e1"},
		{"sortBy=version&sortOrder=desc",                               "e2 e1 m1"},
		{"sortBy=deploymentId&sortOrder=desc",                          "e2 m1 e1"},
		{"sortBy=tenantId&sortOrder=desc",                              "m1 e1 e2"},
		{"sortBy=deployTime&sortOrder=asc",                             "e1 m1 e2"},
		{"sortBy=versionTag&sortOrder=desc",                            "e1 e2 m1"},
		{"sortBy=decisionRequirementsDefinitionKey&sortOrder=desc",     "e1 e2 m1"},
	};

	check_rows(*state, decision_definition_source.resource, decision_definition_list,
		   decision_definition_count, rows, ARRAY_SIZE(rows));
}

static void every_filter_and_sort_key_of_decision_requirements_definitions(void **state)
{
	static const struct row rows[] = {
		{"decisionRequirementsDefinitionId=q1",                                     "q1"      },
		{"decisionRequirementsDefinitionIdIn=q2,s1",                                "q2 s1"   },
		{"name=All",								"q1"      },
		{"nameLike=All%",							   "q1 q2"   },
		{"deploymentId=d3",							 "q2"      },
		{"key=some",								"s1"      },
		{"keyLike=a%",							      "q1 q2"   },
		{"category=money",							  "q1 q2"   },
		{"categoryLike=n%",							 "s1"      },
		{"version=2",							       "q2"      },
		{"latestVersion=true",						      "q2 s1"   },
		{"resourceName=some.xml",						   "s1"      },
		{"resourceNameLike=all%",						   "q1 q2"   },
		{"tenantIdIn=north",							"s1"      },
		{"withoutTenantId=true",						    "q1 q2"   },
		{"includeDecisionRequirementsDefinitionsWithoutTenantId=true&tenantIdIn=x",
		 "q1 q2"									      },
		{"sortBy=category&sortOrder=desc",                                          "s1 q1 q2"},
		{"sortBy=key&sortOrder=desc",					       "s1 q1 q2"},
		{"sortBy=id&sortOrder=desc",						"s1 q2 q1"},
		{"sortBy=name&sortOrder=desc",                                              "s1 q2 q1"},
		{"sortBy=version&sortOrder=desc",                                           "q2 q1 s1"},
		{"sortBy=deploymentId&sortOrder=desc",                                      "q2 s1 q1"},
		{"sortBy=tenantId&sortOrder=desc",                                          "s1 q1 q2"},
	};

	check_rows(*state, requirements_definition_source.resource,
		   decision_requirements_definition_list, decision_requirements_definition_count,
		   rows, ARRAY_SIZE(rows));
}

static void every_filter_and_sort_key_of_deployments(void **state)
{
	static const struct row rows[] = {
		{"id=d2",					       "d2"      },
		{"name=first",					  "d1"      },
		{"nameLike=%s%",					"d1 d2"   },
		{"source=modeler",				      "d1"      },
		{"withoutSource=true",                                  "d2 d3"   },
		{"tenantIdIn=north",                                    "d2"      },
		{"tenantIdIn=x&includeDeploymentsWithoutTenantId=true", "d1 d3"   },
		{"withoutTenantId=true",                                "d1 d3"   },
		{"includeDeploymentsWithoutTenantId=true&tenantIdIn=x", "d1 d3"   },
		{"after=2024-02-01T10:00:00.000+0000",                  "d3"      },
		{"before=2024-02-01T10:00:00.000+0000",                 "d1"      },
		{"sortBy=id&sortOrder=desc",                            "d3 d2 d1"},
		{"sortBy=name&sortOrder=desc",                          "d2 d1 d3"},
		{"sortBy=deploymentTime&sortOrder=desc",                "d3 d2 d1"},
		{"sortBy=tenantId&sortOrder=desc",                      "d2 d1 d3"},
	};

	check_rows(*state, &deployment_query_resource, deployment_list, deployment_count, rows,
		   ARRAY_SIZE(rows));
	history_fixture_refused(*state, deployment_list, "source=x&withoutSource=true", NULL,
				ERR_INVALID,
				"The query parameters \"withoutSource\" and \"source\" cannot be "
				"used in combination.");
}

static void the_latest_version_is_not_asked_for_with_what_names_another(void **state)
{
	static const char process[] =
		"Calling latest() can only be used in combination with key(String) and "
		"keyLike(String) or name(String) and nameLike(String)";
	static const char decision[] = "Calling latest() can only be used in combination with "
				       "key(String) and keyLike(String)";

	history_fixture_refused(*state, process_definition_list, "latestVersion=true&version=1",
				NULL, ERR_ENGINE, process);
	history_fixture_refused(*state, decision_definition_count, "latestVersion=true&name=x",
				NULL, ERR_NOT_VALID, decision);
	history_fixture_refused(*state, decision_requirements_definition_list, "version=0", NULL,
				ERR_NOT_VALID, "version is not greater than 0");
}

/* A request on the path PATH of METHOD, with what stands for its parameters. */
static struct request request_on(struct engine_fixture *fixture, const char *method,
				 const char *path, const char *first, const char *second,
				 const char *body)
{
	struct request request = history_fixture_request(fixture, NULL, body);
	struct call *call = arena_copy(&fixture->arena, request.call, sizeof(*call));

	call->operation = operation_number(method, path);
	call->params = arena_array(&fixture->arena, 2, sizeof(char *));
	call->params[0] = first;
	call->params[1] = second;
	call->param_count = second ? 2 : 1;
	request.call = call;
	return request;
}

/* What the operation answers; or its error's message. */
static const char *ask(struct engine_fixture *fixture, const char *path, const char *first,
		       const char *second)
{
	struct request request = request_on(fixture, "GET", path, first, second, NULL);
	int code = handler_of(request.call->operation)(&request);
	const char *answer =
		code ? request.error.message
		     : arena_strndup(&fixture->arena, (const char *)request.writer.buffer.data,
				     request.writer.buffer.length);

	json_writer_clear(&request.writer);
	return answer;
}

static void a_key_stands_for_its_latest_version_of_a_tenant(void **state)
{
	struct engine_fixture *fixture = *state;

	assert_string_equal(
		ids_of(fixture, ask(fixture, "/process-definition/key/{key}", "order", NULL)),
		"o2");
	assert_string_equal(ids_of(fixture, ask(fixture,
						"/process-definition/key/{key}/tenant-id/"
						"{tenant-id}",
						"order", "north")),
			    "n1");
	assert_string_equal(ids_of(fixture, ask(fixture, "/process-definition/{id}", "o1", NULL)),
			    "o1");
	assert_string_equal(ask(fixture, "/decision-definition/key/{key}", "vat", NULL),
			    "No matching decision definition with key: vat and no tenant-id");
	assert_string_equal(ask(fixture, "/process-definition/{id}", "x", NULL),
			    "No matching definition with id x");
	assert_string_equal(ask(fixture, "/decision-requirements-definition/{id}", "x", NULL),
			    "no deployed decision requirements definition found with id 'x': "
			    "decisionRequirementsDefinition is null");
}

static void models_and_diagrams_are_resources_of_the_deployment(void **state)
{
	struct engine_fixture *fixture = *state;
	struct request request =
		request_on(fixture, "GET", "/process-definition/{id}/diagram", "o1", NULL, NULL);

	assert_string_equal(ask(fixture, "/process-definition/{id}/xml", "o1", NULL),
			    "{\"id\":\"o1\",\"bpmn20Xml\":\"<o/>\"}");
	assert_int_equal(process_definition_get_diagram(&request), 0);
	assert_string_equal(request.head.type, "image/svg+xml");
	assert_string_equal(request.head.headers[0].value,
			    "attachment; filename=\"order.SVG\"; filename*=UTF-8''order.SVG");
	assert_memory_equal(request.writer.buffer.data, "<s/>", 4);
	json_writer_clear(&request.writer);
	assert_string_equal(ask(fixture, "/process-definition/{id}/xml", "o2", NULL),
			    "no resource found with name 'order.xml' in deployment 'd3': resource "
			    "is null");
	assert_string_equal(
		ask(fixture, "/deployment/{id}/resources/{resourceId}/data", "d1", "r1"), "<o/>");
	assert_string_equal(ask(fixture, "/deployment/{id}/resources", "d3", NULL),
			    "Deployment resources for deployment id 'd3' do not exist.");
}

static int set_days(struct engine_fixture *fixture, const char *path, const char *name,
		    const char *body)
{
	struct request request = request_on(fixture, "PUT", path, name, NULL, body);

	return handler_of(request.call->operation)(&request);
}

static void times_to_live_are_set_and_kept(void **state)
{
	static const char by_id[] = "/process-definition/{id}/history-time-to-live";
	static const char by_key[] = "/decision-definition/key/{key}/history-time-to-live";
	struct engine_fixture *fixture = *state;

	assert_int_equal(set_days(fixture, by_id, "o1", "{\"historyTimeToLive\":9}"), 0);
	assert_int_equal(set_days(fixture, by_key, "risk", "{\"historyTimeToLive\":\"8\"}"), 0);
	engine_fixture_reopen(fixture);
	assert_non_null(strstr(ask(fixture, "/process-definition/{id}", "o1", NULL),
			       "\"historyTimeToLive\":9"));
	assert_non_null(strstr(ask(fixture, "/decision-definition/{id}", "e2", NULL),
			       "\"historyTimeToLive\":8"));
	assert_int_equal(set_days(fixture, by_id, "o1", "{\"historyTimeToLive\":-1}"),
			 ERR_BAD_USER_REQUEST);
	assert_int_equal(set_days(fixture, by_id, "x", "{\"historyTimeToLive\":1}"),
			 ERR_INVALID_404_0);
	assert_int_equal(set_days(fixture, by_id, "o1", "{\"historyTimeToLive\":[]}"), ERR_INPUT);
	fixture->config.enforce_history_time_to_live = true;
	assert_int_equal(set_days(fixture, by_id, "o1", "{}"), ERR_NOT_ALLOWED);
	fixture->config.enforce_history_time_to_live = false;
	assert_int_equal(set_days(fixture, by_id, "o1", "{}"), 0);
	assert_non_null(strstr(ask(fixture, "/process-definition/{id}", "o1", NULL),
			       "\"historyTimeToLive\":null"));
}

static void statistics_tell_what_runs_and_what_is_open(void **state)
{
	struct engine_fixture *fixture = *state;
	const char *answer = history_fixture_answer(fixture, process_definition_statistics,
						    "incidents=true", NULL);

	assert_non_null(strstr(answer, "\"id\":\"p1\",\"instances\":1,\"failedJobs\":0,"
				       "\"incidents\":[{\"incidentType\":\"failedJob\","
				       "\"incidentCount\":1}]"));
	assert_non_null(strstr(answer, "\"id\":\"o1\",\"instances\":0,\"failedJobs\":0,"
				       "\"incidents\":[]"));
	history_fixture_refused(fixture, process_definition_statistics,
				"incidents=true&rootIncidents=true", NULL, ERR_INVALID,
				"Only one of the query parameter includeIncidents or "
				"includeRootIncidents can be set.");
}

static void what_is_no_utf8_in_a_model_is_replaced(void **state)
{
	static const char line[] = "{\"deployment\":{\"id\":\"d9\",\"resources\":[{\"id\":\"r9\","
				   "\"name\":\"n.bpmn\",\"data\":\"PGE+/8PDvO2ggPCfkqkvPg==\"}]}}\n"
				   "{\"processDefinition\":{\"id\":\"o9\",\"key\":\"nine\","
				   "\"deploymentId\":\"d9\",\"resource\":\"n.bpmn\"}}\n";

	history_fixture_import(*state, line, sizeof(line));
	assert_string_equal(ask(*state, "/process-definition/{id}/xml", "o9", NULL),
			    "{\"id\":\"o9\",\"bpmn20Xml\":\"<a>\xef\xbf\xbd\xef\xbf\xbd\xc3\xbc"
			    "\xef\xbf\xbd\xf0\x9f\x92\xa9/>\"}");
}

/* How many rows a cleanable report of process definitions has, and whether the count agrees. */
static size_t cleanable(struct engine_fixture *fixture, const char *query)
{
	const char *at =
		history_fixture_answer(fixture, history_cleanable_process_report, query, NULL);
	char counted[32];
	size_t rows = 0;

	while ((at = strstr(at, "\"processDefinitionId\":"))) {
		at++;
		rows++;
	}
	snprintf(counted, sizeof(counted), "{\"count\":%zu}", rows);
	assert_string_equal(history_fixture_answer(fixture, history_cleanable_process_report_count,
						   query, NULL),
			    counted);
	return rows;
}

static void cleanable_reports_are_filtered(void **state)
{
	static const struct {
		const char *query;
		size_t rows;
	} rows[] = {
		{"x=y",				   4},
		{"processDefinitionIdIn=o1,p1",           2},
		{"processDefinitionIdIn=",                0},
		{"processDefinitionKeyIn=order",          3},
		{"tenantIdIn=north",                      1},
		{"tenantIdIn=",                           0},
		{"withoutTenantId=true",                  3},
		{"withoutTenantId=true&tenantIdIn=north", 1},
		{"compact=true",                          0},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (cleanable(*state, rows[i].query) != rows[i].rows)
			fail_msg("%s", rows[i].query);
	assert_string_equal(
		history_fixture_answer(*state, history_cleanable_case_report, "x=y", NULL), "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_filter_and_sort_key_of_process_definitions),
		TEST(every_filter_and_sort_key_of_decision_definitions),
		TEST(every_filter_and_sort_key_of_decision_requirements_definitions),
		TEST(every_filter_and_sort_key_of_deployments),
		TEST(the_latest_version_is_not_asked_for_with_what_names_another),
		TEST(a_key_stands_for_its_latest_version_of_a_tenant),
		TEST(models_and_diagrams_are_resources_of_the_deployment),
		TEST(times_to_live_are_set_and_kept),
		TEST(what_is_no_utf8_in_a_model_is_replaced),
		TEST(cleanable_reports_are_filtered),
		TEST(statistics_tell_what_runs_and_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
