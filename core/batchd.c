/*
 * batchd: opens the store, runs the job executor, serves responders and batchctl.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/config.h"
#include "core/engine.h"
#include "core/job/job_executor.h"
#include "core/api/server.h"
#include "storage/log.h"

enum { OVERRIDES_MAX = 128, STOP_SECONDS = 5, EXIT_USAGE = 2, DRAIN_POLL_MS = 20 };

struct arguments {
	const char *file;
	const char *overrides[OVERRIDES_MAX];
	int override_count;
	bool check, drain;
};

static const char usage[] = "usage: batchd [-c FILE] [-o NAME=VALUE]... [-n | --drain]\n"
			    "  -c, --config FILE      configuration (batch.conf(5))\n"
			    "  -o, --set NAME=VALUE   a setting that overrides the file\n"
			    "  -n, --check            check the configuration, print it, and exit\n"
			    "      --drain            work off what is due, then exit: for cron\n"
			    "  -h, --help             this text\n"
			    "  -V, --version          the version\n";

static const struct option options[] = {
	{"config",  required_argument, NULL, 'c'},
	{"set",     required_argument, NULL, 'o'},
	{"check",   no_argument,       NULL, 'n'},
	{"drain",   no_argument,       NULL, 'd'},
	{"help",    no_argument,       NULL, 'h'},
	{"version", no_argument,       NULL, 'V'},
	{NULL,      0,                 NULL, 0  },
};

static void parse_arguments(int argc, char **argv, struct arguments *ret)
{
	int c;

	memset(ret, 0, sizeof(*ret));
	while ((c = getopt_long(argc, argv, "c:o:nhV", options, NULL)) != -1) {
		if (c == 'c') {
			ret->file = optarg;
		} else if (c == 'o' && ret->override_count < OVERRIDES_MAX) {
			ret->overrides[ret->override_count++] = optarg;
		} else if (c == 'n') {
			ret->check = true;
		} else if (c == 'd') {
			ret->drain = true;
		} else if (c == 'h' || c == 'V') {
			fputs(c == 'h' ? usage : "batchd 0.1, speaks Camunda 7.24.0\n", stdout);
			exit(0);
		} else {
			fputs(usage, stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		exit(EXIT_USAGE);
	}
}

static void wait_for_signal(sigset_t *signals)
{
	int signal_number;

	sigwait(signals, &signal_number);
	log_info("stopping on signal %d", signal_number);
}

/* Until nothing is due, or a signal comes. */
static void wait_for_idle(struct engine *engine, sigset_t *signals)
{
	struct timespec pause = {0, DRAIN_POLL_MS * 1000000L};

	while (!job_executor_idle(engine->executor))
		if (sigtimedwait(signals, NULL, &pause) > 0)
			return;
}

static int serve(struct engine *engine, const struct arguments *arguments, sigset_t *signals,
		 struct arena *arena, struct error *error)
{
	struct server *server;

	TRY(server_open(&server, engine, arena, error));
	log_info("ready");
	if (arguments->drain)
		wait_for_idle(engine, signals);
	else
		wait_for_signal(signals);
	if (server_close(server, STOP_SECONDS))
		_exit(0); /* a start after a kill is as good as any: nothing is taken from a thread
			   */
	return 0;
}

static int run(const struct arguments *arguments, struct arena *arena, struct error *error)
{
	struct config config;
	struct engine engine;
	sigset_t signals;
	int code;

	TRY(config_load(&config, config_find(arguments->file, arena),
			(size_t)arguments->override_count, arguments->overrides, arena, error));
	if (arguments->check) {
		config_print(&config, stdout);
		return 0;
	}
	log_setup("batchd", config.log_level);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL); /* for every thread to come */
	signal(SIGPIPE, SIG_IGN);
	TRY(engine_open(&engine, &config, arena, error));
	code = serve(&engine, arguments, &signals, arena, error);
	engine_close(&engine);
	return code;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct error error = {0, NULL};
	struct arena arena;
	int code;

	parse_arguments(argc, argv, &arguments);
	arena_init(&arena);
	code = run(&arguments, &arena, &error);
	if (code)
		log_error("%s", error.message ? error.message : err_text(code));
	arena_clear(&arena);
	return code ? 1 : 0;
}
