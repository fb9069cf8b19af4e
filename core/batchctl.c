/*
 * batchctl: what an administrator does with batchd from the shell.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ctl/ctl.h"
#include "storage/error.h"
#include "storage/log.h"

enum { OVERRIDES_MAX = 64 };

static const struct {
	const char *name;
	int (*run)(struct ctl *ctl);
	const char *arguments;
	const char *help;
} commands[] = {
	{"import",  ctl_import,  "[--skip-bad] [--again] FILE|-",
	 "store history from NDJSON: all of it, or nothing"												  },
	{"export",  ctl_export,  "FILE|-",							  "write all history as NDJSON"                            },
	{"status",  ctl_status,  "[--watch] [--verbose]",
	 "batches with progress, what waits to be purged, requests that take long"                                                                           },
	{"doctor",  ctl_doctor,  "[--repair]",
	 "say what clean-up does, what it does not, and why; set removal times that are missing"                                                             },
	{"stop",    ctl_stop,    "ID",							      "stop a request that status shows"                       },
	{"backup",  ctl_backup,  "DIR",							     "copy the running store into the new directory DIR"      },
	{"restore", ctl_restore, "DIR",							     "bring a backup back; batchd must be stopped"            },
	{"verify",  ctl_verify,  "[DIR]",							   "check every page of a store that is not in use"         },
	{"passwd",  ctl_passwd,  "USER",							    "set a password in the users file"                       },
	{"delete",  ctl_delete,  "--ids FILE|-",						    "delete the finished instances listed in FILE"           },
	{"sample",  ctl_sample,
	 "[--seed S] [--rows R] [--document BYTES] [--attachment BYTES] [--small | --decisions] N", "print N made-up process or decision instances as NDJSON"},
};

enum { COMMANDS = ARRAY_SIZE(commands) };

static void print_usage(FILE *out)
{
	size_t i;

	fputs("usage: batchctl [-c FILE] [-o NAME=VALUE]... COMMAND [ARGUMENTS]\n"
	      "  -c, --config FILE      configuration (batch.conf(5))\n"
	      "  -o, --set NAME=VALUE   a setting that overrides the file\n"
	      "  -h, --help             this text\n"
	      "commands:\n",
	      out);
	for (i = 0; i < COMMANDS; i++)
		fprintf(out, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments,
			commands[i].help);
	fputs("exit status: 0 done, 1 failed, 2 wrong usage\n", out);
}

static int run_command(struct ctl *ctl)
{
	size_t i;
	int code;

	for (i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, ctl->argv[0]))
			continue;
		code = commands[i].run(ctl);
		if (code == CTL_USAGE)
			fprintf(stderr, "usage: batchctl %s %s\n", commands[i].name,
				commands[i].arguments);
		return code;
	}
	fprintf(stderr, "batchctl: unknown command %s\n", ctl->argv[0]);
	print_usage(stderr);
	return CTL_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"set",    required_argument, NULL, 'o'},
		{"help",   no_argument,       NULL, 'h'},
		{NULL,     0,                 NULL, 0  }
        };
	const char *file = NULL, *overrides[OVERRIDES_MAX];
	struct error error = {0, NULL};
	size_t override_count = 0;
	struct ctl ctl;
	int c, code;

	while ((c = getopt_long(argc, argv, "+c:o:h", options, NULL)) != -1) {
		if (c == 'c') {
			file = optarg;
		} else if (c == 'o' && override_count < OVERRIDES_MAX) {
			overrides[override_count++] = optarg;
		} else {
			print_usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? CTL_OK : CTL_USAGE;
		}
	}
	if (optind == argc) {
		print_usage(stderr);
		return CTL_USAGE;
	}
	log_setup("batchctl", LOG_LEVEL_INFO);
	arena_init(&ctl.arena);
	ctl.argc = argc - optind;
	ctl.argv = argv + optind;
	code = config_load(&ctl.config, config_find(file, &ctl.arena), override_count, overrides,
			   &ctl.arena, &error);
	if (code)
		fprintf(stderr, "batchctl: %s\n", error.message ? error.message : err_text(code));
	else
		code = run_command(&ctl);
	arena_clear(&ctl.arena);
	return code ? (code == CTL_USAGE ? CTL_USAGE : CTL_FAILED) : CTL_OK;
}
