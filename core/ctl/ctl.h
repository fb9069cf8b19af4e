/*
 * batchctl's commands, and what they share: the connection to batchd, calls, progress bars.
 */
#ifndef CORE_CTL_CTL_H
#define CORE_CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/link/frame.h"

struct json_object;

enum { CTL_OK, CTL_FAILED, CTL_USAGE };

struct ctl {
	struct config config;
	struct arena arena;
	int argc; /* of the command: argv[0] is its name */
	char **argv;
};

/* Connects to batchd; says on stderr what is wrong. */
bool ctl_connect(struct ctl *ctl, struct link *link);

/* One call: the number of the row METHOD PATH in the operation table, or an enum admin_command. */
uint16_t ctl_operation(int method, const char *path);
struct call ctl_call(uint16_t operation);
int ctl_send_call(struct link *link, const struct call *call);

/* Sends END and reads the whole answer; *RET_BODY is malloced text. ERR_LINK: see the refusal. */
int ctl_finish(struct ctl *ctl, struct link *link, int *ret_status, char **ret_body);

/* A call without body, its answer parsed; NULL (and words on stderr) unless it answered 2xx. */
struct json_object *ctl_get(struct ctl *ctl, struct link *link, const struct call *call);

/* Prints an error answer's message on stderr. */
void ctl_complain(int status, const char *body);

/* A bar on the terminal: nothing in a pipe. DONE of TOTAL, and a rate in UNIT a second. */
struct progress {
	const char *what;
	const char *unit;
	uint64_t total;
	int64_t started, shown; /* clock_monotonic_us() */
	uint64_t first;
	bool terminal;
};

void progress_begin(struct progress *progress, const char *what, const char *unit, uint64_t first,
		    uint64_t total);
void progress_show(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress, uint64_t done);

/* The commands; they return CTL_OK, CTL_FAILED or CTL_USAGE. */
int ctl_import(struct ctl *ctl);
int ctl_export(struct ctl *ctl);
int ctl_status(struct ctl *ctl);
int ctl_doctor(struct ctl *ctl);
int ctl_stop(struct ctl *ctl);
int ctl_backup(struct ctl *ctl);
int ctl_restore(struct ctl *ctl);
int ctl_verify(struct ctl *ctl);
int ctl_passwd(struct ctl *ctl);
int ctl_delete(struct ctl *ctl);
int ctl_sample(struct ctl *ctl);

#endif
