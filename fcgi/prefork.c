#include "fcgi/prefork.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/listener.h"
#include "storage/clock.h"
#include "storage/log.h"

/* Web servers kill what has not ended some 9 s after SIGTERM. */
enum { GRACE_US = 8 * 1000000, SHORT_LIFE_US = 1000000, CHECK_NS = 500 * 1000000 };

struct worker {
	pid_t pid; /* 0: none */
	int64_t started;
};

static void note_child(int number)
{
	(void)number; /* interrupts the wait below */
}

/* Lets signals through for at most half a second. */
static void wait_signal(void)
{
	struct timespec timeout = {.tv_nsec = CHECK_NS};
	sigset_t none;

	sigemptyset(&none);
	pselect(0, NULL, NULL, NULL, &timeout, &none);
}

static void start(struct worker *worker, int (*child)(void *), void *arg)
{
	pid_t pid = fork();

	if (!pid)
		_exit(child(arg));
	if (pid < 0)
		log_error("fork: %s", strerror(errno));
	worker->pid = pid < 0 ? 0 : pid;
	worker->started = clock_monotonic_us();
}

/* Forgets those that have ended. */
static void reap(struct worker *workers, int count)
{
	int i, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (WIFSIGNALED(status))
			log_error("process %ld ended by signal %d", (long)pid, WTERMSIG(status));
		for (i = 0; i < count; i++)
			if (workers[i].pid == pid)
				workers[i].pid = 0;
	}
}

static int alive(const struct worker *workers, int count, int signal_number)
{
	int i, n = 0;

	for (i = 0; i < count; i++)
		if (workers[i].pid) {
			n++;
			if (signal_number)
				kill(workers[i].pid, signal_number);
		}
	return n;
}

/* Starts those that are missing; one that ended soon after its start waits, not to spin. */
static void fill(struct worker *workers, int count, int (*child)(void *), void (*before)(void *),
		 void *arg)
{
	int64_t now = clock_monotonic_us();
	int i;

	for (i = 0; i < count; i++)
		if (!workers[i].pid && now - workers[i].started > SHORT_LIFE_US) {
			before(arg);
			start(&workers[i], child, arg);
		}
}

static void end(struct worker *workers, int count)
{
	int64_t last = clock_monotonic_us() + GRACE_US;

	alive(workers, count, SIGTERM);
	while (alive(workers, count, 0) && clock_monotonic_us() < last) {
		wait_signal();
		reap(workers, count);
	}
	alive(workers, count, SIGKILL);
}

int prefork_run(int count, bool detached, int (*child)(void *), void (*before)(void *), void *arg)
{
	struct sigaction action = {.sa_handler = note_child};
	struct worker workers[PREFORK_MAX] = {{0}};
	pid_t parent = getppid();
	sigset_t blocked;
	int i;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGCHLD, &action, NULL);
	for (i = 0; i < count; i++)
		start(&workers[i], child, arg);
	while (!listener_stopping() && (detached || getppid() == parent)) {
		wait_signal();
		reap(workers, count);
		if (!listener_stopping())
			fill(workers, count, child, before, arg);
	}
	end(workers, count);
	return 0;
}
