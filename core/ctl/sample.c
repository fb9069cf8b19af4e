/* batchctl sample: made-up process instances, for trying things out and for measuring. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/ctl/ctl.h"
#include "core/json/date.h"
#include "core/json/writer.h"
#include "storage/clock.h"
#include "storage/uuid.h"

enum { DEFINITIONS = 8, DAY_MS = 24 * 60 * 60 * 1000, DEFAULT_ROWS = 20 };

struct sample {
	uint8_t key[16]; /* every id and choice comes from it */
	uint64_t index;  /* of the instance */
	uint64_t draws;
	int64_t start; /* of the instance */
	struct json_writer out;
	char instance[UUID_TEXT + 1], definition[64];
	const char *definition_key;
};

static const char *const keys[DEFINITIONS] = {"order",    "invoice", "claim",      "delivery",
					      "reminder", "survey",  "onboarding", "disposal"};

static uint64_t draw(struct sample *sample)
{
	uint64_t seed[2] = {sample->index, ++sample->draws};

	return hash64(sample->key, seed, sizeof(seed));
}

/* An id as the original makes them: of version 1, in the order of time at its end only. */
static void make_id(struct sample *sample, char *text)
{
	uint64_t words[2] = {draw(sample), sample->index};
	uint8_t uuid[UUID_SIZE];

	memcpy(uuid, words, sizeof(uuid));
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x10);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	uuid_format(uuid, text);
}

static void put_common(struct sample *sample, const char *id)
{
	json_key_string(&sample->out, "id", id);
	json_key_string(&sample->out, "processDefinitionKey", sample->definition_key);
	json_key_string(&sample->out, "processDefinitionId", sample->definition);
	json_key_string(&sample->out, "rootProcessInstanceId", sample->instance);
	json_key_string(&sample->out, "executionId", sample->instance);
}

static void put_activity(struct sample *sample, uint64_t n)
{
	static const char *const types[] = {"startEvent", "userTask", "serviceTask",
					    "exclusiveGateway", "noneEndEvent"};
	char id[UUID_TEXT + 1], name[32];
	int64_t start = sample->start + (int64_t)n * 60000;

	make_id(sample, id);
	snprintf(name, sizeof(name), "activity-%lu", (unsigned long)n);
	json_open_object(&sample->out);
	put_common(sample, id);
	json_key_string(&sample->out, "parentActivityInstanceId", sample->instance);
	json_key_string(&sample->out, "activityId", name);
	json_key_string(&sample->out, "activityName", "A step of the process");
	json_key_string(&sample->out, "activityType", types[n % 5]);
	json_key_time(&sample->out, "startTime", start);
	json_key_time(&sample->out, "endTime", start + 59000);
	json_key_int(&sample->out, "durationInMillis", 59000);
	json_key_bool(&sample->out, "canceled", false);
	json_key_bool(&sample->out, "completeScope", n % 5 == 4);
	json_close_object(&sample->out);
}

static void put_task(struct sample *sample, uint64_t n)
{
	char id[UUID_TEXT + 1];

	make_id(sample, id);
	json_open_object(&sample->out);
	put_common(sample, id);
	json_key_string(&sample->out, "name", "Look at it");
	json_key_string(&sample->out, "deleteReason", "completed");
	json_key_string(&sample->out, "assignee", n % 2 ? "emil" : "bert");
	json_key_time(&sample->out, "startTime", sample->start + (int64_t)n * 60000);
	json_key_time(&sample->out, "endTime", sample->start + (int64_t)n * 60000 + 59000);
	json_key_int(&sample->out, "duration", 59000);
	json_key_string(&sample->out, "taskDefinitionKey", "check");
	json_key_int(&sample->out, "priority", 50);
	json_key_string(&sample->out, "taskState", "Completed");
	json_close_object(&sample->out);
}

static void put_value(struct sample *sample, uint64_t n)
{
	char text[64];

	switch (n % 4) {
	case 0:
		json_key_string(&sample->out, "type", "Integer");
		json_key_int(&sample->out, "value", (int64_t)(draw(sample) % 1000));
		break;
	case 1:
		snprintf(text, sizeof(text), "customer %lu",
			 (unsigned long)(draw(sample) % 100000));
		json_key_string(&sample->out, "type", "String");
		json_key_string(&sample->out, "value", text);
		break;
	case 2:
		json_key_string(&sample->out, "type", "Boolean");
		json_key_bool(&sample->out, "value", draw(sample) % 2);
		break;
	default:
		json_key_string(&sample->out, "type", "Double");
		json_key(&sample->out, "value");
		json_double(&sample->out, (double)(draw(sample) % 100000) / 100);
	}
	json_key(&sample->out, "valueInfo");
	json_raw(&sample->out, "{}");
}

static void put_variable(struct sample *sample, uint64_t n)
{
	static const char *const names[] = {"amount", "customer", "approved", "price"};
	char id[UUID_TEXT + 1];

	make_id(sample, id);
	json_open_object(&sample->out);
	put_common(sample, id);
	json_key_string(&sample->out, "name", names[n % 4]);
	json_key_string(&sample->out, "activityInstanceId", sample->instance);
	json_key_string(&sample->out, "state", "CREATED");
	json_key_time(&sample->out, "createTime", sample->start);
	put_value(sample, n);
	json_close_object(&sample->out);
}

static void put_detail(struct sample *sample, uint64_t n)
{
	char id[UUID_TEXT + 1];

	make_id(sample, id);
	json_open_object(&sample->out);
	put_common(sample, id);
	make_id(sample, id);
	json_key_string(&sample->out, "variableInstanceId", id);
	json_key_string(&sample->out, "variableName", "amount");
	json_key_string(&sample->out, "variableType", "Integer");
	json_key_time(&sample->out, "time", sample->start);
	json_key_bool(&sample->out, "initial", true);
	json_key_int(&sample->out, "revision", 0);
	put_value(sample, n - n % 4);
	json_close_object(&sample->out);
}

static const struct {
	const char *name;
	void (*put)(struct sample *sample, uint64_t n);
	unsigned share; /* of 20 rows */
} lists[] = {
	{"activityInstances", put_activity, 8},
	{"tasks",             put_task,     3},
	{"variables",         put_variable, 5},
	{"details",           put_detail,   4},
};

static void begin_instance(struct sample *sample)
{
	uint64_t which;

	sample->draws = 0;
	make_id(sample, sample->instance);
	which = draw(sample) % DEFINITIONS;
	sample->definition_key = keys[which];
	snprintf(sample->definition, sizeof(sample->definition),
		 "%s:1:%08lx-0000-1000-8000-000000000000", keys[which], (unsigned long)which);
	/* some 35 instances an hour, over the years before now */
	sample->start = clock_now() / DAY_MS * DAY_MS - 1400 * (int64_t)DAY_MS +
			(int64_t)(sample->index * 100000 % (1300 * (uint64_t)DAY_MS));
}

static void put_instance(struct sample *sample)
{
	char key[32];

	json_key(&sample->out, "processInstance");
	json_open_object(&sample->out);
	snprintf(key, sizeof(key), "%s-%07lu", sample->definition_key,
		 (unsigned long)sample->index);
	put_common(sample, sample->instance);
	json_key_string(&sample->out, "businessKey", key);
	json_key_string(&sample->out, "processDefinitionName", sample->definition_key);
	json_key_int(&sample->out, "processDefinitionVersion", 1);
	json_key_time(&sample->out, "startTime", sample->start);
	json_key_time(&sample->out, "endTime", sample->start + 3600000);
	json_key_int(&sample->out, "durationInMillis", 3600000);
	json_key_string(&sample->out, "startUserId", draw(sample) % 2 ? "anna" : "bert");
	json_key_string(&sample->out, "startActivityId", "activity-0");
	json_key_string(&sample->out, "state", "COMPLETED");
	if (draw(sample) % 4 == 0)
		json_key_string(&sample->out, "tenantId", "north");
	json_close_object(&sample->out);
}

static void put_line(struct sample *sample, uint64_t rows)
{
	size_t i;
	uint64_t n;

	begin_instance(sample);
	json_open_object(&sample->out);
	put_instance(sample);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		json_key(&sample->out, lists[i].name);
		json_open_array(&sample->out);
		for (n = 0; n < rows * lists[i].share / 20; n++)
			lists[i].put(sample, n);
		json_close_array(&sample->out);
	}
	json_close_object(&sample->out);
	json_newline(&sample->out);
}

static int write_out(void *arg, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, arg) == size ? 0 : -1;
}

int ctl_sample(struct ctl *ctl)
{
	uint64_t count = 0, rows = DEFAULT_ROWS, seed = (uint64_t)clock_now();
	struct sample sample;
	int i;

	for (i = 1; i < ctl->argc; i++) {
		if (!strcmp(ctl->argv[i], "--seed") && i + 1 < ctl->argc)
			seed = strtoull(ctl->argv[++i], NULL, 10);
		else if (!strcmp(ctl->argv[i], "--rows") && i + 1 < ctl->argc)
			rows = strtoull(ctl->argv[++i], NULL, 10);
		else if (!count)
			count = strtoull(ctl->argv[i], NULL, 10);
		else
			return CTL_USAGE;
	}
	if (!count)
		return CTL_USAGE;
	memset(&sample, 0, sizeof(sample));
	memcpy(sample.key, &seed, sizeof(seed));
	json_writer_init(&sample.out, 64 * 1024, write_out, stdout);
	for (sample.index = 0; sample.index < count && !sample.out.code; sample.index++)
		put_line(&sample, rows);
	json_writer_flush(&sample.out);
	json_writer_clear(&sample.out);
	return sample.out.code || fflush(stdout) ? CTL_FAILED : CTL_OK;
}
