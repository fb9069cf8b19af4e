#include "fcgi/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/log.h"

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

/* Everything on the file system that landlock's first version knows. */
#define ALL_ACCESS ((1ULL << 13) - 1)

#ifdef MACHINE

#define LOAD(field)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define ALLOW(call)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), RETURN(SECCOMP_RET_ALLOW)

/* clang-format off */
static struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	/* numbers above are x86's 32 bit variants */
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	/* the loop over requests */
	ALLOW(epoll_create1), ALLOW(epoll_ctl), ALLOW(epoll_pwait), ALLOW(ppoll), ALLOW(accept4), ALLOW(read), ALLOW(write), ALLOW(writev), ALLOW(close),
	ALLOW(recvfrom), ALLOW(recvmsg), ALLOW(sendto), ALLOW(sendmsg), ALLOW(shutdown),
	ALLOW(getsockopt), ALLOW(setsockopt), ALLOW(getsockname), ALLOW(getpeername),
	ALLOW(connect), ALLOW(fcntl), ALLOW(pselect6),
	/* the users file */
	ALLOW(openat), ALLOW(newfstatat), ALLOW(fstat), ALLOW(lseek), ALLOW(readv),
	/* memory, time, random numbers, signals, the end */
	ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect), ALLOW(madvise),
	ALLOW(clock_gettime), ALLOW(gettimeofday), ALLOW(clock_nanosleep), ALLOW(nanosleep),
	ALLOW(getrandom), ALLOW(futex), ALLOW(restart_syscall),
	ALLOW(rt_sigaction), ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(sigaltstack),
	ALLOW(getpid), ALLOW(gettid), ALLOW(getppid), ALLOW(tgkill), ALLOW(getuid),
	ALLOW(exit), ALLOW(exit_group), ALLOW(sched_yield), ALLOW(getrusage), ALLOW(sysinfo),
	ALLOW(prlimit64),
#ifdef __x86_64__
	ALLOW(poll), ALLOW(select), ALLOW(stat), ALLOW(open), ALLOW(time),
#endif
	/* sockets: of the unix domain only */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
	LOAD(args[0]),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
	RETURN(SECCOMP_RET_ALLOW),
	RETURN(SECCOMP_RET_ERRNO | EPERM),
};
/* clang-format on */

static int limit_calls(void)
{
	struct sock_fprog program = {ARRAY_SIZE(filter), filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? errno : 0;
}
#else
static int limit_calls(void)
{
	log_warning("no system call filter for this machine type");
	return 0;
}
#endif

static int allow_reading(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	};
	char copy[4096];
	int code;

	if (strlen(path) >= sizeof(copy))
		return ENAMETOOLONG;
	memcpy(copy, path, strlen(path) + 1);
	rule.parent_fd = open(dirname(copy), O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno;
	code = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) ? errno
											     : 0;
	close(rule.parent_fd);
	return code;
}

/* Closes the file system. Kernels without landlock leave that to seccomp and permissions. */
static int limit_files(const struct config *config)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_ACCESS};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int code = 0;

	if (ruleset < 0) {
		log_debug("landlock: %s", strerror(errno));
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : errno;
	}
	if (config->auth_file)
		code = allow_reading(ruleset, config->auth_file);
	if (!code && syscall(SYS_landlock_restrict_self, ruleset, 0))
		code = errno;
	close(ruleset);
	return code;
}

int sandbox_enter(const struct config *config)
{
	int code;

	if (!config->sandbox)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return errno;
	code = limit_files(config);
	return code ? code : limit_calls();
}
