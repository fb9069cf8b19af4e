#include "storage/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *program = "batchd";
static enum log_level highest = LOG_LEVEL_INFO;
static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_setup(const char *name, enum log_level level)
{
	program = name;
	highest = level;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[2048];
	va_list args;
	int n;

	if (level > highest)
		return;
	n = snprintf(line, sizeof(line), "%s: %s: ", program, level_names[level]);
	va_start(args, format);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
	va_end(args);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to say it */
}
