#include "core/history/cleanup.h"
#include "core/history/purger.h"

#include "core/history/due.h"
#include "core/history/history.h"

/* What is due of one subject, as long as the run has room for it. */
static int clean_subject(struct txn *txn, struct engine *engine, enum due_subject subject,
			 struct archive *archive, struct cleanup_run *run, uint64_t *ret_buried)
{
	struct due_rule rule;
	size_t buried = 0;
	struct due due;
	int code = 0;

	TRY(due_rule_make(txn, engine, subject, run->now, run->minute_from, run->minute_to, &rule));
	due_find(txn, &rule, run->room, &due);
	run->room -= due.count < run->room ? due.count : run->room;
	run->more |= due.more;
	if (due.count)
		code = archive_bury(txn, archive, due.numbers, due.count, &buried);
	*ret_buried = buried;
	due_clear(&due);
	return code;
}

int cleanup(struct txn *txn, struct engine *engine, struct cleanup_run *run)
{
	struct history *h = engine->history;
	const struct {
		struct archive *archive;
		uint64_t *removed;
	} subjects[DUE_SUBJECT_MAX] = {
		[DUE_PROCESSES] = {h->processes,  &run->processes },
		[DUE_DECISIONS] = {h->decisions,  &run->decisions },
		[DUE_OPERATIONS] = {h->operations, &run->operations},
	};
	int i;

	run->room = run->most;
	for (i = 0; i < DUE_SUBJECT_MAX; i++)
		TRY(clean_subject(txn, engine, (enum due_subject)i, subjects[i].archive, run,
				  subjects[i].removed));
	if (run->processes || run->decisions || run->operations)
		txn_on_commit(txn, purger_wake, h);
	return 0;
}
