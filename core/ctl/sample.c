/*
 * batchctl sample: made-up process instances, or decision instances, for trying things out and for
 * measuring.
 *
 * A line is a copy of a template with its holes filled: ids, times, values. Templates are written
 * once for each definition and each place in a hierarchy; a hole is a mark of the width of what
 * goes there, so that filling moves nothing. What fills it follows from the seed and the instance's
 * index.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/ctl/ctl.h"
#include "core/json/writer.h"
#include "storage/uuid.h"

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	MINUTE_MS = 60 * 1000,
	FIRST_DAY = 18993, /* 2022-01-01, in days since 1970 */
	DAYS = 1300,       /* the instances start within */
	APART_MS = 100000, /* one starts after the other */
	ROWS = 20,
	SHARES = 20,
	ACTIVITY_SHARE = 8,
	SMALL_ROWS = 14,
	DOCUMENT = 3100, /* with it an instance of 20 rows packs to 5 KB */
	TIME_TEXT = 28,  /* 2013-01-23T13:42:42.000+0000 */
	FULL = 256 * 1024,
	HOLE_MARK = '@', /* stands nowhere else in a template */
	SUB_EVERY = 10,
	SUB_SUB_EVERY = 50,
	ROWS_MAX = 600,
	LIST_IDS = 250, /* ids of a list's rows: 1 and this far apart */
	CHOICE = 1250,  /* a row's value is chosen as its id is, this far behind */
};

/* Where an instance stands in its hierarchy. */
enum place { PLACE_CALLS = 1, PLACE_IS_CALLED = 2, PLACES = 4 };

static const struct definition {
	const char *key, *name;
	int version;
	const char *tenant;
} definitions[] = {
	{"order",      "Order",           1, NULL   },
	{"order",      "Order",           2, NULL   },
	{"invoice",    "Invoice receipt", 1, NULL   },
	{"invoice",    "Invoice receipt", 2, NULL   },
	{"claim",      "Claim",           1, NULL   },
	{"delivery",   "Delivery",        1, NULL   },
	{"reminder",   "Reminder",        1, NULL   },
	{"survey",     "Survey",          1, "north"},
	{"onboarding", "Onboarding",      1, "north"},
	{"disposal",   "Disposal",        1, "south"},
};

enum { DEFINITIONS = ARRAY_SIZE(definitions) };

struct hole {
	size_t at;
	unsigned kind, which;
};

struct template
{
	struct buffer text;
	struct hole *holes;
	size_t count;
};

struct sample {
	uint64_t count, rows;
	uint64_t document, attachment; /* bytes */
	bool small, decisions;
	uint8_t key[16]; /* every id and choice comes from it */
	struct template templates[DEFINITIONS][PLACES];
	struct buffer out;
	/* of the instance at hand */
	uint64_t index;
	int64_t start;
	/* of the template at hand */
	struct json_writer json;
	const struct definition *definition;
	char definition_id[64];
	enum place place;
	/* the day that was written last */
	int64_t day;
	char day_text[16];
};

static uint64_t draw(const struct sample *sample, uint64_t index, uint64_t which)
{
	uint64_t seed[2] = {index, which};

	return hash64(sample->key, seed, sizeof(seed));
}

/* An id as the original makes them: of version 1, in the order of time at its end only. */
static void write_id(const struct sample *sample, char *at, uint64_t index, uint64_t which)
{
	uint64_t words[2] = {draw(sample, index, which), index};
	uint8_t uuid[UUID_SIZE];
	char text[UUID_TEXT + 1];

	memcpy(uuid, words, sizeof(uuid));
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x10);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	uuid_format(uuid, text);
	memcpy(at, text, UUID_TEXT);
}

static void write_number(char *at, unsigned width, uint64_t number)
{
	while (width--) {
		at[width] = (char)('0' + number % 10);
		number /= 10;
	}
}

/* Each tenth instance is called by the one before it, and some of those are by a called one. */
static bool is_called(uint64_t index)
{
	return index % SUB_EVERY == SUB_EVERY - 1 || index % SUB_SUB_EVERY == SUB_SUB_EVERY - 2;
}

static uint64_t root_of(uint64_t index)
{
	while (is_called(index))
		index--;
	return index;
}

static void fill_id(struct sample *sample, char *at, unsigned which)
{
	write_id(sample, at, sample->index, which);
}

static void fill_root(struct sample *sample, char *at, unsigned which)
{
	write_id(sample, at, root_of(sample->index), which);
}

static void fill_super(struct sample *sample, char *at, unsigned which)
{
	write_id(sample, at, sample->index - 1, which);
}

static void fill_called(struct sample *sample, char *at, unsigned which)
{
	write_id(sample, at, sample->index + 1, which);
}

static void remember_day(struct sample *sample, int64_t day)
{
	time_t seconds = (time_t)(day * (DAY_MS / 1000));
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(sample->day_text, sizeof(sample->day_text), "%Y-%m-%d", &utc);
	sample->day = day;
}

/* WHICH minutes after the start. */
static void fill_time(struct sample *sample, char *at, unsigned which)
{
	int64_t time = sample->start + (int64_t)which * MINUTE_MS;
	uint64_t in_day = (uint64_t)(time % DAY_MS);

	if (time / DAY_MS != sample->day)
		remember_day(sample, time / DAY_MS);
	memcpy(at, sample->day_text, 10);
	memcpy(at + 10, "T00:00:00.000+0000", 18);
	write_number(at + 11, 2, in_day / (60 * MINUTE_MS));
	write_number(at + 14, 2, in_day / MINUTE_MS % 60);
	write_number(at + 17, 2, in_day / 1000 % 60);
	write_number(at + 20, 3, in_day % 1000);
}

static void fill_index(struct sample *sample, char *at, unsigned which)
{
	(void)which;
	write_number(at, 8, sample->index);
}

static void fill_integer(struct sample *sample, char *at, unsigned which)
{
	write_number(at, 4, 1000 + draw(sample, sample->index, CHOICE + which) % 9000);
}

/* A thousand regions: 0.1 % of the instances share one. */
static void fill_region(struct sample *sample, char *at, unsigned which)
{
	write_number(at, 4, draw(sample, sample->index, CHOICE + which) % 1000);
}

static void fill_customer(struct sample *sample, char *at, unsigned which)
{
	write_number(at, 6, draw(sample, sample->index, CHOICE + which) % 100000);
}

static void fill_truth(struct sample *sample, char *at, unsigned which)
{
	bool truth = draw(sample, sample->index, CHOICE + which) % 2;

	memcpy(at, truth ? "true " : "false", 5);
}

static void fill_fraction(struct sample *sample, char *at, unsigned which)
{
	uint64_t number = draw(sample, sample->index, CHOICE + which) % 90000;

	write_number(at, 3, 100 + number / 100);
	at[3] = '.';
	write_number(at + 4, 2, number % 100);
}

static void fill_state(struct sample *sample, char *at, unsigned which)
{
	uint64_t number = draw(sample, sample->index, CHOICE + which) % 16;

	memcpy(at, number ? "\"COMPLETED\"             " : "\"EXTERNALLY_TERMINATED\" ", 24);
}

static void fill_user(struct sample *sample, char *at, unsigned which)
{
	static const char users[4][5] = {"anna", "bert", "emil", "jana"};

	memcpy(at, users[draw(sample, sample->index, CHOICE + which) % 4], 4);
}

/* What a hole takes; `which` of them counts ids, minutes, or rows that have a choice. */
enum hole_kind {
	HOLE_ID,
	HOLE_ROOT,
	HOLE_SUPER,
	HOLE_CALLED,
	HOLE_TIME,
	HOLE_INDEX,
	HOLE_INTEGER,
	HOLE_REGION,
	HOLE_CUSTOMER,
	HOLE_TRUTH,
	HOLE_FRACTION,
	HOLE_STATE,
	HOLE_USER,
};

static const struct {
	unsigned width;
	void (*fill)(struct sample *sample, char *at, unsigned which);
} hole_kinds[] = {
	[HOLE_ID] = {UUID_TEXT, fill_id      },
          [HOLE_ROOT] = {UUID_TEXT, fill_root    },
	[HOLE_SUPER] = {UUID_TEXT, fill_super   },
          [HOLE_CALLED] = {UUID_TEXT, fill_called  },
	[HOLE_TIME] = {TIME_TEXT, fill_time    },
          [HOLE_INDEX] = {8,         fill_index   },
	[HOLE_INTEGER] = {4,         fill_integer },
          [HOLE_REGION] = {4,         fill_region  },
	[HOLE_CUSTOMER] = {6,         fill_customer},
          [HOLE_TRUTH] = {5,         fill_truth   },
	[HOLE_FRACTION] = {6,         fill_fraction},
          [HOLE_STATE] = {24,        fill_state   },
	[HOLE_USER] = {4,         fill_user    },
};

/* A mark in a template is @, a letter, two digits to a base that avoids what JSON escapes. */
enum { LETTERS = 'a', DIGITS = '#', BASE = 50 };

/* TEXT has room for UUID_TEXT + 1. */
static const char *mark(char *text, enum hole_kind kind, uint64_t which)
{
	unsigned width = hole_kinds[kind].width;

	memset(text, '.', width);
	text[0] = HOLE_MARK;
	text[1] = (char)(LETTERS + kind);
	text[2] = (char)(DIGITS + which / BASE);
	text[3] = (char)(DIGITS + which % BASE);
	text[width] = '\0';
	return text;
}

static void put_hole(struct sample *sample, const char *key, enum hole_kind kind, uint64_t which)
{
	char text[UUID_TEXT + 1];

	json_key_string(&sample->json, key, mark(text, kind, which));
}

static void put_raw_hole(struct sample *sample, const char *key, enum hole_kind kind,
			 uint64_t which)
{
	char text[UUID_TEXT + 1];

	json_key(&sample->json, key);
	json_raw(&sample->json, mark(text, kind, which));
}

static void put_key(struct sample *sample)
{
	json_key_string(&sample->json, "processDefinitionKey", sample->definition->key);
	json_key_string(&sample->json, "processDefinitionId", sample->definition_id);
	put_hole(sample, "rootProcessInstanceId", HOLE_ROOT, 0);
	if (sample->definition->tenant)
		json_key_string(&sample->json, "tenantId", sample->definition->tenant);
}

static void put_common(struct sample *sample)
{
	put_key(sample);
	if (!sample->small)
		put_hole(sample, "executionId", HOLE_ID, 0);
}

static void put_times(struct sample *sample, uint64_t n, const char *duration)
{
	put_hole(sample, "startTime", HOLE_TIME, n);
	put_hole(sample, "endTime", HOLE_TIME, n + 1);
	if (!sample->small)
		json_key_int(&sample->json, duration, MINUTE_MS);
}

/* Ids of activities begin with what they are an instance of. */
static void put_activity_id(struct sample *sample, const char *key, uint64_t n)
{
	char hole[UUID_TEXT + 1], text[128];

	mark(hole, HOLE_ID, 1 + n);
	snprintf(text, sizeof(text), "activity-%lu:%s", (unsigned long)n, hole);
	json_key_string(&sample->json, key, sample->small ? hole : text);
}

static void put_activity(struct sample *sample, uint64_t id, uint64_t n)
{
	static const char *const types[] = {"startEvent", "userTask", "serviceTask",
					    "exclusiveGateway", "noneEndEvent"};
	bool calls = n == 2 && sample->place & PLACE_CALLS;
	char name[32];

	(void)id;
	snprintf(name, sizeof(name), "activity-%lu", (unsigned long)n);
	put_activity_id(sample, "id", n);
	put_common(sample);
	put_hole(sample, "parentActivityInstanceId", HOLE_ID, 0);
	json_key_string(&sample->json, "activityId", name);
	json_key_string(&sample->json, "activityType", calls ? "callActivity" : types[n % 5]);
	if (calls)
		put_hole(sample, "calledProcessInstanceId", HOLE_CALLED, 0);
	put_times(sample, n, "durationInMillis");
	if (sample->small)
		return;
	json_key_string(&sample->json, "activityName", "A step of the process");
	json_key_bool(&sample->json, "canceled", false);
	json_key_bool(&sample->json, "completeScope", n % 5 == 4);
}

/* How many of an instance's rows belong to a list with that share. */
static uint64_t count_rows(const struct sample *sample, unsigned share)
{
	return sample->rows * share / SHARES;
}

static void put_task(struct sample *sample, uint64_t id, uint64_t n)
{
	uint64_t activities = count_rows(sample, ACTIVITY_SHARE);

	put_hole(sample, "id", HOLE_ID, id);
	put_common(sample);
	put_hole(sample, "assignee", HOLE_USER, id);
	if (activities)
		put_activity_id(sample, "activityInstanceId", (n * 5 + 1) % activities);
	put_times(sample, n, "duration");
	json_key_string(&sample->json, "taskDefinitionKey", "activity-1");
	json_key_string(&sample->json, "taskState", "Completed");
	if (sample->small)
		return;
	json_key_string(&sample->json, "name", "Look at it");
	json_key_string(&sample->json, "deleteReason", "completed");
	json_key_int(&sample->json, "priority", 50);
}

/* Variables in turn; those behind the last one get a number to their names. */
static const struct {
	const char *name, *type, *prefix; /* of a text, before its hole; NULL = no text */
	enum hole_kind kind;
} variables[] = {
	{"region",   "String",  "region-",      HOLE_REGION  },
	{"amount",   "Integer", NULL,           HOLE_INTEGER },
	{"document", "Json",    "",             HOLE_CUSTOMER},
	{"customer", "String",  "customer ",    HOLE_CUSTOMER},
	{"approved", "Boolean", NULL,           HOLE_TRUTH   },
	{"price",    "Double",  NULL,           HOLE_FRACTION},
	{"quantity", "Long",    NULL,           HOLE_INTEGER },
	{"channel",  "String",  "by ",          HOLE_USER    },
	{"urgent",   "Boolean", NULL,           HOLE_TRUTH   },
	{"weight",   "Double",  NULL,           HOLE_FRACTION},
	{"account",  "String",  "DE12 3456 78", HOLE_CUSTOMER},
	{"limit",    "Integer", NULL,           HOLE_INTEGER },
};

enum { VARIABLES = ARRAY_SIZE(variables) };

/* What processes carry along: a text that nobody queries by. */
static void put_document(struct sample *sample, const char *hole)
{
	struct buffer text;

	buffer_init(&text);
	buffer_put_text(&text, "{\"number\":\"");
	buffer_put_text(&text, hole);
	buffer_put_text(&text, "\",\"lines\":[");
	while (text.length < sample->document)
		buffer_put_text(&text, "{\"article\":\"A-4711\",\"text\":\"Folding table, beech, "
				       "120 by 80 cm, delivered to the kerb\",\"price\":129.95},");
	buffer_put(&text, "null]}", 7);
	json_string(&sample->json, (const char *)text.data);
	buffer_clear(&text);
}

static void put_value(struct sample *sample, uint64_t id, uint64_t n)
{
	const char *prefix = variables[n % VARIABLES].prefix;
	char hole[UUID_TEXT + 1], text[64];

	mark(hole, variables[n % VARIABLES].kind, id);
	json_key(&sample->json, "value");
	snprintf(text, sizeof(text), "%s%s", prefix ? prefix : "", hole);
	if (!prefix)
		json_raw(&sample->json, text);
	else if (*prefix || sample->small)
		json_string(&sample->json, text);
	else
		put_document(sample, hole);
	json_key(&sample->json, "valueInfo");
	json_raw(&sample->json, "{}");
}

static const char *variable_name(char *text, size_t size, uint64_t n)
{
	const char *name = variables[n % VARIABLES].name;

	if (n < VARIABLES)
		return name;
	snprintf(text, size, "%s-%lu", name, (unsigned long)(n / VARIABLES));
	return text;
}

static void put_variable(struct sample *sample, uint64_t id, uint64_t n)
{
	char name[64];

	put_hole(sample, "id", HOLE_ID, id);
	put_common(sample);
	json_key_string(&sample->json, "name", variable_name(name, sizeof(name), n));
	json_key_string(&sample->json, "type", variables[n % VARIABLES].type);
	put_value(sample, id, n);
	put_hole(sample, "activityInstanceId", HOLE_ID, 0);
	json_key_string(&sample->json, "state", "CREATED");
	put_hole(sample, "createTime", HOLE_TIME, 0);
}

static void put_detail(struct sample *sample, uint64_t id, uint64_t n)
{
	uint64_t variable = id - LIST_IDS; /* lists[]: variables stand before details */
	char name[64];

	put_hole(sample, "id", HOLE_ID, id);
	put_common(sample);
	json_key_string(&sample->json, "type", "variableUpdate");
	put_hole(sample, "variableInstanceId", HOLE_ID, variable);
	json_key_string(&sample->json, "variableName", variable_name(name, sizeof(name), n));
	json_key_string(&sample->json, "variableType", variables[n % VARIABLES].type);
	put_value(sample, variable, n);
	put_hole(sample, "time", HOLE_TIME, 0);
	if (sample->small)
		return;
	put_hole(sample, "activityInstanceId", HOLE_ID, 0);
	json_key_bool(&sample->json, "initial", true);
	json_key_int(&sample->json, "revision", 0);
}

static const struct {
	const char *name;
	void (*put)(struct sample *sample, uint64_t id, uint64_t n);
	unsigned share; /* of SHARES rows */
} lists[] = {
	{"activityInstances", put_activity, ACTIVITY_SHARE},
	{"tasks",             put_task,     3             },
	{"variables",         put_variable, 5             },
	{"details",           put_detail,   4             },
};

enum { LISTS = ARRAY_SIZE(lists) };

static void put_list(struct sample *sample, size_t list)
{
	uint64_t n;

	json_key(&sample->json, lists[list].name);
	json_open_array(&sample->json);
	for (n = 0; n < count_rows(sample, lists[list].share); n++) {
		json_open_object(&sample->json);
		lists[list].put(sample, 1 + list * LIST_IDS + n, n);
		json_close_object(&sample->json);
	}
	json_close_array(&sample->json);
}

/* Content that does not compress: base64 of made-up bytes, the same in every instance. */
static void put_attachment(struct sample *sample)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t size = (sample->attachment + 2) / 3 * 4, i;
	char *data = malloc(size + 1);

	if (!data)
		abort();
	for (i = 0; i < size; i++)
		data[i] = digits[draw(sample, UINT64_MAX, i) % 64];
	data[size] = '\0';
	json_key(&sample->json, "attachments");
	json_open_array(&sample->json);
	json_open_object(&sample->json);
	put_hole(sample, "id", HOLE_ID, 1 + LISTS * LIST_IDS);
	json_key_string(&sample->json, "name", "scan.pdf");
	json_key_string(&sample->json, "type", "document");
	put_hole(sample, "createTime", HOLE_TIME, 0);
	put_hole(sample, "rootProcessInstanceId", HOLE_ROOT, 0);
	json_key_string(&sample->json, "data", data);
	json_close_object(&sample->json);
	json_close_array(&sample->json);
	free(data);
}

static void put_instance(struct sample *sample)
{
	const struct definition *definition = sample->definition;
	char text[64], hole[UUID_TEXT + 1];

	json_key(&sample->json, "processInstance");
	json_open_object(&sample->json);
	put_hole(sample, "id", HOLE_ID, 0);
	put_key(sample);
	snprintf(text, sizeof(text), "%s-%s", definition->key, mark(hole, HOLE_INDEX, 0));
	json_key_string(&sample->json, "businessKey", text);
	json_key_string(&sample->json, "processDefinitionName", definition->name);
	json_key_int(&sample->json, "processDefinitionVersion", definition->version);
	put_hole(sample, "startTime", HOLE_TIME, 0);
	put_hole(sample, "endTime", HOLE_TIME, 60);
	json_key_int(&sample->json, "durationInMillis", 60 * MINUTE_MS);
	put_hole(sample, "startUserId", HOLE_USER, 0);
	json_key_string(&sample->json, "startActivityId", "activity-0");
	put_raw_hole(sample, "state", HOLE_STATE, 0);
	if (sample->place & PLACE_IS_CALLED)
		put_hole(sample, "superProcessInstanceId", HOLE_SUPER, 0);
	json_close_object(&sample->json);
}

static void put_input(struct sample *sample, uint64_t n)
{
	json_open_object(&sample->json);
	put_hole(sample, "id", HOLE_ID, 1 + n);
	put_hole(sample, "decisionInstanceId", HOLE_ID, 0);
	json_key_string(&sample->json, "clauseId", n ? "in-region" : "in-amount");
	json_key_string(&sample->json, "clauseName", n ? "Region" : "Amount");
	put_hole(sample, "createTime", HOLE_TIME, 0);
	json_key_string(&sample->json, "type", variables[n ? 0 : 5].type);
	put_value(sample, 1 + n, n ? 0 : 5);
	json_close_object(&sample->json);
}

static void put_output(struct sample *sample)
{
	json_open_object(&sample->json);
	put_hole(sample, "id", HOLE_ID, 3);
	put_hole(sample, "decisionInstanceId", HOLE_ID, 0);
	json_key_string(&sample->json, "clauseId", "out-limit");
	json_key_string(&sample->json, "ruleId", "rule-1");
	json_key_int(&sample->json, "ruleOrder", 1);
	json_key_string(&sample->json, "variableName", "limit");
	put_hole(sample, "createTime", HOLE_TIME, 0);
	json_key_string(&sample->json, "type", "Integer");
	put_value(sample, 3, 1);
	json_close_object(&sample->json);
}

/* What is called is required by the evaluation that calls. */
static void put_decision(struct sample *sample)
{
	const struct definition *definition = sample->definition;

	json_key(&sample->json, "decisionInstance");
	json_open_object(&sample->json);
	put_hole(sample, "id", HOLE_ID, 0);
	json_key_string(&sample->json, "decisionDefinitionId", sample->definition_id);
	json_key_string(&sample->json, "decisionDefinitionKey", definition->key);
	json_key_string(&sample->json, "decisionDefinitionName", definition->name);
	put_hole(sample, "evaluationTime", HOLE_TIME, 0);
	put_hole(sample, "userId", HOLE_USER, 0);
	if (definition->tenant)
		json_key_string(&sample->json, "tenantId", definition->tenant);
	if (sample->place & PLACE_IS_CALLED)
		put_hole(sample, "rootDecisionInstanceId", HOLE_ROOT, 0);
	json_key(&sample->json, "inputs");
	json_open_array(&sample->json);
	put_input(sample, 0);
	put_input(sample, 1);
	json_close_array(&sample->json);
	json_key(&sample->json, "outputs");
	json_open_array(&sample->json);
	put_output(sample);
	json_close_array(&sample->json);
	json_close_object(&sample->json);
}

static void choose_definition(struct sample *sample, size_t which)
{
	sample->definition = &definitions[which];
	snprintf(sample->definition_id, sizeof(sample->definition_id),
		 "%s:%d:%08lx-0000-1000-8000-000000000000", sample->definition->key,
		 sample->definition->version, (unsigned long)which);
}

/* Notes where the marks are. */
static void find_holes(struct template *template)
{
	const char *text = (const char *)template->text.data, *end = text + template->text.length;
	const char *at = text;
	size_t room = 0;

	while ((at = memchr(at, HOLE_MARK, (size_t)(end - at)))) {
		struct hole hole = {(size_t)(at - text), (unsigned)(at[1] - LETTERS),
				    (unsigned)((at[2] - DIGITS) * BASE + at[3] - DIGITS)};

		if (template->count == room) {
			room = room ? room * 2 : 256;
			template->holes = realloc(template->holes, room * sizeof(hole));
			if (!template->holes)
				abort();
		}
		template->holes[template->count++] = hole;
		at += hole_kinds[hole.kind].width;
	}
}

static void make_template(struct sample *sample, struct template *template)
{
	size_t i;

	json_writer_init(&sample->json, 0, NULL, NULL);
	json_open_object(&sample->json);
	if (sample->decisions)
		put_decision(sample);
	else
		put_instance(sample);
	for (i = 0; i < LISTS && !sample->decisions; i++)
		put_list(sample, i);
	if (sample->attachment)
		put_attachment(sample);
	json_close_object(&sample->json);
	json_newline(&sample->json);
	template->text = sample->json.buffer;
	find_holes(template);
}

static void begin_instance(struct sample *sample)
{
	/* some 36 instances an hour, again and again */
	sample->start = FIRST_DAY * (int64_t)DAY_MS +
			(int64_t)(sample->index * APART_MS % (DAYS * (uint64_t)DAY_MS));
	sample->place =
		(is_called(sample->index) ? PLACE_IS_CALLED : 0) |
		(is_called(sample->index + 1) && sample->index + 1 < sample->count ? PLACE_CALLS
										   : 0);
	choose_definition(sample, draw(sample, sample->index, CHOICE * 2) % DEFINITIONS);
}

static void put_line(struct sample *sample)
{
	struct template *template;
	char *line;
	size_t i;

	begin_instance(sample);
	template = &sample->templates[sample->definition - definitions][sample->place];
	if (!template->count)
		make_template(sample, template);
	line = (char *)buffer_reserve(&sample->out, template->text.length);
	memcpy(line, template->text.data, template->text.length);
	for (i = 0; i < template->count; i++) {
		const struct hole *hole = &template->holes[i];

		hole_kinds[hole->kind].fill(sample, line + hole->at, hole->which);
	}
	sample->out.length += template->text.length;
}

/* The definitions that the instances name, and their deployment. */
static void put_definition(struct sample *sample, size_t which)
{
	char file[64];

	choose_definition(sample, which);
	snprintf(file, sizeof(file), "%s.%s", sample->definition->key,
		 sample->decisions ? "dmn" : "bpmn");
	json_open_object(&sample->json);
	json_key(&sample->json, sample->decisions ? "decisionDefinition" : "processDefinition");
	json_open_object(&sample->json);
	json_key_string(&sample->json, "id", sample->definition_id);
	json_key_string(&sample->json, "key", sample->definition->key);
	json_key_string(&sample->json, "name", sample->definition->name);
	json_key_int(&sample->json, "version", sample->definition->version);
	json_key_string(&sample->json, "resource", file);
	if (sample->definition->tenant)
		json_key_string(&sample->json, "tenantId", sample->definition->tenant);
	if (!sample->decisions) {
		json_key_bool(&sample->json, "suspended", false);
		json_key_bool(&sample->json, "startableInTasklist", true);
	}
	json_close_object(&sample->json);
	json_close_object(&sample->json);
	json_newline(&sample->json);
}

static void put_definitions(struct sample *sample)
{
	size_t i;

	json_writer_init(&sample->json, 0, NULL, NULL);
	for (i = 0; i < DEFINITIONS; i++)
		put_definition(sample, i);
	buffer_put(&sample->out, sample->json.buffer.data, sample->json.buffer.length);
	json_writer_clear(&sample->json);
}

static bool hand_on(struct sample *sample)
{
	size_t length = sample->out.length;

	sample->out.length = 0;
	return fwrite(sample->out.data, 1, length, stdout) == length;
}

static bool write_sample(struct sample *sample)
{
	bool good = true;

	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4 * FULL); /* for whoever reads less at a time */
	put_definitions(sample);
	for (sample->index = 0; sample->index < sample->count && good; sample->index++) {
		put_line(sample);
		if (sample->out.length >= FULL)
			good = hand_on(sample);
	}
	return good && hand_on(sample) && !fflush(stdout);
}

static void clear_sample(struct sample *sample)
{
	size_t i, k;

	for (i = 0; i < DEFINITIONS; i++) {
		for (k = 0; k < PLACES; k++) {
			buffer_clear(&sample->templates[i][k].text);
			free(sample->templates[i][k].holes);
		}
	}
	buffer_clear(&sample->out);
}

static bool read_options(struct ctl *ctl, struct sample *sample, uint64_t *seed)
{
	const struct {
		const char *name;
		uint64_t *value;
	} options[] = {
		{"--seed",       seed               },
		{"--rows",       &sample->rows      },
		{"--document",   &sample->document  },
		{"--attachment", &sample->attachment},
	};
	const size_t count = ARRAY_SIZE(options);
	size_t k;
	int i;

	for (i = 1; i < ctl->argc; i++) {
		for (k = 0; k < count && strcmp(ctl->argv[i], options[k].name); k++)
			;
		if (k < count && i + 1 < ctl->argc)
			*options[k].value = strtoull(ctl->argv[++i], NULL, 10);
		else if (!strcmp(ctl->argv[i], "--small"))
			sample->small = true;
		else if (!strcmp(ctl->argv[i], "--decisions"))
			sample->decisions = true;
		else if (!sample->count)
			sample->count = strtoull(ctl->argv[i], NULL, 10);
		else
			return false;
	}
	if (!sample->rows)
		sample->rows = sample->small ? SMALL_ROWS : ROWS;
	return sample->count && sample->rows <= ROWS_MAX &&
	       !(sample->decisions && sample->attachment);
}

int ctl_sample(struct ctl *ctl)
{
	struct sample sample;
	uint64_t seed;
	bool good;

	random_bytes(&seed, sizeof(seed));
	memset(&sample, 0, sizeof(sample));
	sample.document = DOCUMENT;
	if (!read_options(ctl, &sample, &seed))
		return CTL_USAGE;
	memcpy(sample.key, &seed, sizeof(seed));
	buffer_init(&sample.out);
	good = write_sample(&sample);
	clear_sample(&sample);
	if (!good)
		perror("batchctl: sample");
	return good ? CTL_OK : CTL_FAILED;
}
