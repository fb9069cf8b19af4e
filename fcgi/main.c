/*
 * batch.fcgi, the responder: started by a web server with a listening socket as fd 0 (lighttpd,
 * mod_fcgid, spawn-fcgi), or with --socket.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/config.h"
#include "fcgi/autostart.h"
#include "fcgi/prefork.h"
#include "fcgi/responder.h"
#include "fcgi/sandbox.h"
#include "fcgi/listener.h"
#include "storage/log.h"

static const char usage[] =
	"usage: batch.fcgi [-c FILE] [-o NAME=VALUE]... [--prefork N] [--socket PATH] "
	"[--detached]\n"
	"\n"
	"The FastCGI responder of batchd. A web server starts it: fd 0 is a listening socket.\n"
	"\n"
	"  -c FILE        configuration; otherwise $BATCH_CONF, batch.conf beside this program,\n"
	"                 or /etc/batchd/batch.conf, whichever is there first\n"
	"  -o NAME=VALUE  sets one setting\n"
	"  --prefork N    N processes at the socket, restarted when one ends\n"
	"  --socket PATH  listens at a unix socket of its own\n"
	"  --detached     goes on when the process that started it ends (spawn-fcgi)\n";

enum { OVERRIDES_MAX = 64 };

struct program {
	const char *config_path;
	const char *socket_path;
	int prefork;
	bool detached;
	size_t override_count;
	const char *overrides[OVERRIDES_MAX];
	struct arena arena;
	struct config config;
	struct listener listener;
	struct responder responder;
};

static int parse_options(struct program *program, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--detached")) {
			program->detached = true;
			continue;
		}
		if (!value)
			return EINVAL;
		if (!strcmp(argv[i], "-c"))
			program->config_path = value;
		else if (!strcmp(argv[i], "--socket"))
			program->socket_path = value;
		else if (!strcmp(argv[i], "--prefork"))
			program->prefork = atoi(value);
		else if (!strcmp(argv[i], "-o") && program->override_count < OVERRIDES_MAX)
			program->overrides[program->override_count++] = value;
		else
			return EINVAL;
		i++;
	}
	return program->prefork < 0 || program->prefork > PREFORK_MAX ? EINVAL : 0;
}

static void start_batchd(void *arg)
{
	struct program *program = arg;
	struct error error = {0};
	struct arena arena;

	if (!program->config.autostart)
		return;
	arena_init(&arena);
	if (autostart_run(&program->config, program->config_path, &arena, &error))
		log_error("%s", error.message);
	arena_clear(&arena);
}

/*
 * batchd's conversations are for all processes at the socket, but for a quarter: for batchctl, and
 * for those whose requests nobody waits for any more. Processes that others start (mod_fcgid, which
 * gives each one request at a time, or spawn-fcgi) do not know how many they are.
 */
static void share_conversations(struct program *program)
{
	int64_t threads = program->config.threads, processes = program->prefork;
	int64_t share = processes ? (threads - (threads + 3) / 4) / processes : threads / 8;
	struct responder *responder = &program->responder;

	responder->at_a_time = (uint16_t)(share < 1 ? 1 : share);
	responder->seats = processes ? (uint16_t)(responder->at_a_time * processes) : 1;
	if (responder->seats > threads)
		responder->seats = (uint16_t)threads;
}

/* One process that serves; returns its exit status. */
static int run_responder(void *arg)
{
	struct program *program = arg;
	struct error error = {0};
	int code;

	if (!program->detached || program->prefork) {
		program->listener.parent = getppid();
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	}
	share_conversations(program);
	code = responder_init(&program->responder, &program->config, &program->arena, &error);
	if (code) {
		log_error("%s", error.message);
		return 1;
	}
	program->listener.responder = &program->responder;
	code = sandbox_enter(&program->config);
	if (code)
		log_error("sandbox: %s; set sandbox = no to do without", strerror(code));
	else
		code = listener_run(&program->listener);
	responder_clear(&program->responder);
	return code != 0;
}

static int open_socket(struct program *program)
{
	int code;

	if (!program->socket_path) {
		if (listener_is_listening(STDIN_FILENO))
			return 0;
		fputs(usage, stderr);
		return EINVAL;
	}
	code = listener_listen(program->socket_path, program->config.web_server_users.count > 0,
			       &program->listener.socket);
	if (code)
		log_error("%s: %s", program->socket_path, strerror(code));
	return code;
}

static int load_config(struct program *program)
{
	struct error error = {0};
	int code;

	program->config_path = config_find(program->config_path, &program->arena);
	code = config_load(&program->config, program->config_path, program->override_count,
			   program->overrides, &program->arena, &error);
	if (code)
		log_error("%s", error.message);
	else
		log_setup("batch.fcgi", (enum log_level)program->config.log_level);
	return code;
}

int main(int argc, char **argv)
{
	struct program program = {0};

	log_setup("batch.fcgi", LOG_LEVEL_INFO);
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (parse_options(&program, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	arena_init(&program.arena);
	listener_signals();
	if (load_config(&program))
		return 1;
	listener_init(&program.listener, &program.config, &program.arena);
	if (open_socket(&program))
		return 2;
	start_batchd(&program);
	if (program.prefork)
		return prefork_run(program.prefork, program.detached, run_responder, start_batchd,
				   &program);
	return run_responder(&program);
}
