#include "core/request/running.h"

#include <string.h>
#include <sys/socket.h>

#include "core/link/operation.h"
#include "storage/clock.h"
#include "storage/error.h"

/* How often a call looks whether its caller is still there. */
enum { LOOK_US = 20 * 1000 };

void running_init(struct running_list *list)
{
	memset(list, 0, sizeof(*list));
	pthread_mutex_init(&list->mutex, NULL);
}

void running_clear(struct running_list *list)
{
	pthread_mutex_destroy(&list->mutex);
}

void running_begin(struct running_list *list, struct running_call *running, const struct call *call,
		   const struct link *link)
{
	memset(running, 0, sizeof(*running));
	running->list = list;
	running->call = call;
	running->link = link;
	running->started = clock_monotonic_us();
	running->look_at = running->started + LOOK_US;
	pthread_mutex_lock(&list->mutex);
	running->id = ++list->last_id;
	running->next = list->first;
	list->first = running;
	pthread_mutex_unlock(&list->mutex);
}

void running_end(struct running_call *running)
{
	struct running_call **at;

	pthread_mutex_lock(&running->list->mutex);
	for (at = &running->list->first; *at != running; at = &(*at)->next)
		;
	*at = running->next;
	pthread_mutex_unlock(&running->list->mutex);
}

int running_stopped(struct running_call *running)
{
	int64_t now;

	if (!running)
		return 0;
	atomic_fetch_add_explicit(&running->asked, 1, memory_order_relaxed);
	if (atomic_load_explicit(&running->stopped, memory_order_relaxed))
		return ERR_STOPPED;
	now = clock_monotonic_us();
	if (now < running->look_at)
		return 0;
	running->look_at = now + LOOK_US;
	if (!link_closed(running->link))
		return 0;
	running->gone = true;
	atomic_store(&running->stopped, true);
	return ERR_STOPPED;
}

/* Who writes to a caller that does not read cannot see the flag: its link is closed. */
static void stop(struct running_call *running)
{
	atomic_store(&running->stopped, true);
	if (atomic_load(&running->begun))
		shutdown(running->link->fd, SHUT_RDWR);
}

int running_stop(struct running_list *list, uint64_t id)
{
	struct running_call *running;
	int code = ERR_NOT_FOUND;

	pthread_mutex_lock(&list->mutex);
	for (running = list->first; running; running = running->next)
		if (!id || running->id == id) {
			stop(running);
			code = 0;
		}
	pthread_mutex_unlock(&list->mutex);
	return code;
}

int64_t running_conversations(const struct running_call *running)
{
	int64_t open = atomic_load(&running->list->conversations);

	return running->link->seats > open ? running->link->seats : open;
}

struct running_view running_view(const struct running_call *running)
{
	static const char *const commands[] = {
		[ADMIN_IMPORT - CALL_ADMIN] = "import",
		[ADMIN_EXPORT - CALL_ADMIN] = "export",
		[ADMIN_STATUS - CALL_ADMIN] = "status",
		[ADMIN_BACKUP - CALL_ADMIN] = "backup",
		[ADMIN_VERIFY - CALL_ADMIN] = "verify",
		[ADMIN_IMPORT_STATE - CALL_ADMIN] = "import",
		[ADMIN_STOP - CALL_ADMIN] = "stop",
		[ADMIN_REPAIR - CALL_ADMIN] = "doctor --repair",
	};
	size_t count, number = running->call->operation;
	const struct operation *operations = operation_table(&count);
	struct running_view view = {.method = "unknown", .path = "unknown"};

	if (number < count) {
		view.method = method_names[operations[number].method];
		view.path = operations[number].path;
	} else if (number >= CALL_ADMIN && number < ADMIN_MAX) {
		view.method = "batchctl";
		view.path = commands[number - CALL_ADMIN];
	}
	view.id = running->id;
	view.user = running->call->user;
	view.seconds = (double)(clock_monotonic_us() - running->started) / 1e6;
	view.steps = atomic_load_explicit(&running->asked, memory_order_relaxed);
	view.stopped = atomic_load(&running->stopped);
	return view;
}

struct running_view *running_look(struct running_list *list, struct arena *arena, size_t *ret_count)
{
	struct running_call *running;
	struct running_view *views;
	size_t count = 0, i;

	pthread_mutex_lock(&list->mutex);
	for (running = list->first; running; running = running->next)
		count++;
	views = arena_array(arena, count, sizeof(*views));
	i = count;
	for (running = list->first; running; running = running->next) {
		views[--i] = running_view(running);
		views[i].user = arena_strdup(arena, views[i].user);
	}
	pthread_mutex_unlock(&list->mutex);
	*ret_count = count;
	return views;
}
