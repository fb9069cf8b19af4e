#include "fcgi/autostart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/link/frame.h"
#include "storage/clock.h"
#include "storage/log.h"

enum { RETRY_MS = 20 };

/* 0 when somebody listens at PATH. */
static int probe(const char *path)
{
	struct sockaddr_un address;
	int fd, code;

	TRY(link_address(path, &address));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	code = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	close(fd);
	return code == EAGAIN ? 0 : code; /* a full queue is somebody, too */
}

static const char *program_path(const struct config *config, struct arena *arena)
{
	char self[4096];
	ssize_t length;
	char *slash;

	if (config->batchd_path)
		return config->batchd_path;
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (length <= 0)
		return "batchd";
	self[length] = 0;
	slash = strrchr(self, '/');
	return arena_printf(arena, "%.*s/batchd", (int)(slash - self), self);
}

/* In the child's child: becomes batchd. fd 0 is the web server's socket: it must not stay open. */
static void become(const char *program, const char *config_path)
{
	const char *with_file[] = {program, "-c", config_path, NULL};
	sigset_t none;
	int null = open("/dev/null", O_RDWR);
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0)
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	for (fd = STDERR_FILENO + 1; fd < 256; fd++)
		close(fd);
	if (!config_path)
		with_file[1] = NULL;
	execv(program, (char *const *)(uintptr_t)with_file);
	log_error("%s: %s", program, strerror(errno));
	_exit(127);
}

/* Forks twice, so that init inherits batchd and nobody here has to wait for it. */
static int start(const char *program, const char *config_path)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return errno;
	if (!child) {
		setsid();
		child = fork();
		if (!child)
			become(program, config_path);
		_exit(child < 0);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return status ? EAGAIN : 0;
}

int autostart_run(const struct config *config, const char *config_path, struct arena *arena,
		  struct error *error)
{
	int64_t end = clock_monotonic_us() + config->autostart_timeout * 1000000;
	const char *program = program_path(config, arena);
	int code = probe(config->socket);

	if (!code)
		return 0;
	log_info("starting %s", program);
	code = start(program, config_path);
	if (code)
		return err_set(error, arena, code, "%s: %s", program, strerror(code));
	while ((code = probe(config->socket)) && clock_monotonic_us() < end)
		poll(NULL, 0, RETRY_MS);
	if (code)
		return err_set(error, arena, code, "%s was started and does not listen at %s: %s",
			       program, config->socket, strerror(code));
	return 0;
}
