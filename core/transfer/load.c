#include "core/transfer/load.h"

#include <stdlib.h>
#include <string.h>

#include "core/history/history.h"
#include "core/history/purger.h"
#include "core/id.h"
#include "core/schema.h"

enum { LOAD_ITEMS = 256, LOAD_BYTES = 4 * 1024 * 1024 };

struct stock_row {
	struct archive *archive;
	struct columns *columns;
	enum id_kind id;
};

static struct stock_row stock_of(struct history *h, enum stock stock)
{
	const struct stock_row rows[STOCK_MAX] = {
		{h->processes,  h->process_columns,   ID_PROCESS_INSTANCE },
		{h->decisions,  h->decision_columns,  ID_DECISION_INSTANCE},
		{h->operations, h->operation_columns, ID_USER_OPERATION   },
	};

	return rows[stock];
}

void load_old_key(uint8_t key[17], const uint8_t id[16])
{
	key[0] = 'O';
	memcpy(key + 1, id, 16);
}

static bool is_task(const struct item *item)
{
	return item->summary.state == STATE_STANDALONE_TASK;
}

static enum id_kind kind_of(const struct stock_row *stock, const struct item *item)
{
	return is_task(item) ? ID_STANDALONE_TASK : stock->id;
}

static int keep_old(struct txn *txn, const struct item *item, const struct id *old)
{
	uint8_t key[17], value[9];

	load_old_key(key, item->summary.key);
	value[0] = (uint8_t)old->kind;
	be64_write(value + 1, old->number);
	return txn_put(txn, TABLE_IMPORT, key, sizeof(key), value, sizeof(value));
}

/* Whether ITEM is to be stored: not there yet, or dead and wanted again. */
static int is_wanted(struct txn *txn, const struct loader *loader, const struct stock_row *stock,
		     const struct item *item, bool *ret)
{
	struct id found;
	int code = id_find(txn, item->id, &found);

	*ret = code == ERR_NOT_FOUND;
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	if (loader->options->again && found.kind == kind_of(stock, item) &&
	    found.number < archive_visible(stock->archive))
		*ret = archive_hidden(stock->archive, found.number);
	return *ret ? keep_old(txn, item, &found) : 0;
}

/* Items with consecutive numbers; their postings come later. */
struct stored {
	uint64_t first;
	struct archive_item *items;
	size_t count;
	size_t tasks; /* of them, those without a process instance */
};

/* Appends ITEMS as if they had no postings. */
static int append_bare(struct txn *txn, struct archive *archive, struct stored *stored)
{
	struct archive_item *bare =
		arena_copy(txn->arena, stored->items, stored->count * sizeof(*bare));
	size_t i;

	for (i = 0; i < stored->count; i++)
		bare[i].postings.size = 0;
	return archive_append(txn, archive, bare, stored->count, &stored->first);
}

static int store_stock(struct txn *txn, const struct loader *loader, const struct load *load,
		       enum stock stock, struct stored *ret)
{
	size_t i, count = load->count[stock], kept = 0;
	struct stock_row row = stock_of(loader->engine->history, stock);
	struct archive_item *items = arena_array(txn->arena, count, sizeof(*items));
	struct summary *summaries = arena_array(txn->arena, count, sizeof(*summaries));
	uint64_t first;

	TRY(archive_next_in(txn, row.archive, &first));
	*ret = (struct stored){.first = first, .items = items};
	for (i = 0; i < count; i++) {
		const struct item *item = &load->items[stock][i];
		bool wanted;

		TRY(is_wanted(txn, loader, &row, item, &wanted));
		if (!wanted)
			continue;
		TRY(id_put(txn, item->id, kind_of(&row, item), first + kept));
		ret->tasks += is_task(item);
		items[kept] = item->stored;
		summaries[kept++] = item->summary;
	}
	ret->count = kept;
	if (!kept)
		return 0;
	TRY(append_bare(txn, row.archive, ret));
	TRY(columns_follow(txn, row.columns, first, summaries, kept));
	return 0;
}

_Static_assert(sizeof(struct import_progress) % sizeof(uint64_t) == 0, "numbers only");

static void progress_encode(struct buffer *buffer, const struct import_progress *progress)
{
	const uint64_t *numbers = &progress->offset;
	size_t i;

	for (i = 0; i < sizeof(*progress) / sizeof(*numbers); i++)
		buffer_put_be64(buffer, numbers[i]);
}

static void progress_decode(struct reader *reader, struct import_progress *ret)
{
	uint64_t *numbers = &ret->offset;
	size_t i;

	for (i = 0; i < sizeof(*ret) / sizeof(*numbers); i++)
		numbers[i] = reader_be64(reader);
}

int load_state_decode(struct bytes value, struct arena *arena, struct load_state *ret)
{
	struct reader in = reader_of(value.data, value.size);

	ret->name = reader_string(&in, arena);
	progress_decode(&in, &ret->progress);
	ret->posted = reader_be64(&in);
	return ret->name && !in.bad ? 0 : ERR_CORRUPT;
}

static int put_state(struct txn *txn, const struct loader *loader,
		     const struct import_progress *progress, uint64_t posted)
{
	struct buffer buffer;
	int code;

	buffer_init(&buffer);
	buffer_put_string(&buffer, loader->options->name);
	progress_encode(&buffer, progress);
	buffer_put_be64(&buffer, posted);
	code = txn_put(txn, TABLE_IMPORT, LOAD_STATE_KEY, strlen(LOAD_STATE_KEY), buffer.data,
		       buffer.length);
	buffer_clear(&buffer);
	return code;
}

static int put_staged(struct txn *txn, const struct load *load)
{
	const struct staged_line *staged;
	uint8_t key[9] = {'L'};

	for (staged = load->staged; staged; staged = staged->next) {
		be64_write(key + 1, staged->number);
		TRY(txn_put(txn, TABLE_IMPORT, key, sizeof(key), staged->text,
			    strlen(staged->text)));
	}
	return 0;
}

struct storing {
	struct loader *loader;
	const struct load *load;
	struct import_progress progress;
	struct stored stored[STOCK_MAX];
};

static int store_body(struct txn *txn, void *arg)
{
	struct storing *storing = arg;
	const struct import_progress *done = &storing->loader->done;
	struct import_progress *progress = &storing->progress;
	struct stored *stored = storing->stored;
	enum stock stock;

	*progress = storing->load->progress;
	progress->skipped = done->skipped;
	for (stock = 0; stock < STOCK_MAX; stock++) {
		TRY(store_stock(txn, storing->loader, storing->load, stock, &stored[stock]));
		progress->skipped += storing->load->count[stock] - stored[stock].count;
	}
	progress->instances =
		done->instances + stored[STOCK_PROCESS].count - stored[STOCK_PROCESS].tasks;
	progress->tasks = done->tasks + stored[STOCK_PROCESS].tasks;
	progress->decisions = done->decisions + stored[STOCK_DECISION].count;
	progress->operations = done->operations + stored[STOCK_OPERATION].count;
	TRY(put_staged(txn, storing->load));
	return put_state(txn, storing->loader, progress, storing->loader->posted);
}

struct posting {
	struct loader *loader;
	bool more;
};

static int post_body(struct txn *txn, void *arg)
{
	struct posting *posting = arg;
	const struct loader *loader = posting->loader;
	uint32_t segment;

	if (archive_backlog_waits(loader->backlog, &segment))
		columns_postings_came(txn, loader->engine->history->process_columns, segment);
	TRY(archive_backlog_put(txn, loader->backlog, &posting->more));
	return posting->more ? 0 : put_state(txn, loader, &loader->done, loader->gathered);
}

/* Puts all postings that wait. */
static int post(struct loader *loader)
{
	struct posting posting = {loader, true};
	struct arena arena;
	int code = 0;

	arena_init(&arena);
	while (!code && posting.more) {
		code = txn_run(loader->engine->store, &arena, TXN_BACKGROUND, post_body, &posting);
		arena_clear(&arena);
	}
	if (!code)
		loader->posted = loader->gathered;
	return code;
}

/* The postings of what has been stored, segment by segment. */
static int gather(struct loader *loader, struct arena *arena, struct stored stored)
{
	while (stored.count) {
		size_t room = ARCHIVE_SEGMENT - stored.first % ARCHIVE_SEGMENT;
		size_t count = stored.count < room ? stored.count : room;

		if (archive_backlog_due(loader->backlog, stored.first))
			TRY(post(loader));
		TRY(archive_backlog_add(loader->backlog, arena, stored.first, stored.items, count));
		stored.first += count;
		stored.items += count;
		stored.count -= count;
		loader->gathered = stored.first;
	}
	return 0;
}

/* Those of records that a run before this one stored. */
static int gather_again(struct loader *loader)
{
	struct history *history = loader->engine->history;
	struct archive *archive = history->processes;
	struct arena arena;
	int code = 0;

	arena_init(&arena);
	while (!code && loader->gathered < archive_next(archive)) {
		struct txn reader = txn_reader(loader->engine->store, &arena);
		struct archive_item item = {
			{NULL, 0},
                        {NULL, 0},
                        {NULL, 0}
                };
		struct stored stored = {loader->gathered, &item, 1, 0};

		code = archive_read(&reader, archive, stored.first, &item.record);
		if (!code)
			code = postings_of_process(history, &arena, item.record, &item.postings);
		if (!code)
			code = gather(loader, &arena, stored);
		arena_clear(&arena);
	}
	return code;
}

/* Whether one before it is full now. */
static bool begins_segment(const struct stored *stored)
{
	uint64_t next = stored->first + ARCHIVE_SEGMENT - 1;

	return next - next % ARCHIVE_SEGMENT < stored->first + stored->count;
}

/* Snapshots of the columns are prepared as segments fill. */
static void wake_saver(struct loader *loader, const struct stored stored[STOCK_MAX])
{
	enum stock stock;

	for (stock = 0; stock < STOCK_MAX; stock++)
		if (begins_segment(&stored[stock]))
			purger_wake(loader->engine->history);
}

static int store_load(struct loader *loader, const struct load *load)
{
	struct storing storing = {.loader = loader, .load = load};
	struct arena arena;
	int code;

	arena_init(&arena);
	code = txn_run(loader->engine->store, &arena, TXN_BACKGROUND, store_body, &storing);
	if (!code) {
		loader->done = storing.progress;
		code = gather(loader, &arena, storing.stored[STOCK_PROCESS]);
		wake_saver(loader, storing.stored);
	}
	arena_clear(&arena);
	return code;
}

static void empty_load(struct load *load)
{
	memset(load->count, 0, sizeof(load->count));
	load->staged = NULL;
	arena_clear(&load->arena);
}

static void *loader_thread(void *arg)
{
	struct loader *loader = arg;

	pthread_mutex_lock(&loader->mutex);
	while (!loader->stop) {
		struct load *load = loader->storing;
		int code;

		if (!load) {
			pthread_cond_wait(&loader->changed, &loader->mutex);
			continue;
		}
		pthread_mutex_unlock(&loader->mutex);
		code = loader->code ? loader->code : store_load(loader, load);
		empty_load(load);
		pthread_mutex_lock(&loader->mutex);
		loader->code = code;
		loader->storing = NULL;
		pthread_cond_broadcast(&loader->changed);
	}
	pthread_mutex_unlock(&loader->mutex);
	return NULL;
}

/* From which number on postings are missing: from the first new one, unless a run goes on. */
static int find_posted(struct loader *loader)
{
	struct load_state state;
	struct bytes value;
	struct arena arena;
	struct txn reader;
	int code;

	arena_init(&arena);
	reader = txn_reader(loader->engine->store, &arena);
	code = txn_get(&reader, TABLE_IMPORT, LOAD_STATE_KEY, strlen(LOAD_STATE_KEY), &value);
	if (!code)
		code = load_state_decode(value, &arena, &state);
	if (!code)
		loader->posted = state.posted;
	else if (code == ERR_NOT_FOUND)
		loader->posted = archive_next(loader->engine->history->processes);
	loader->gathered = loader->posted;
	arena_clear(&arena);
	return code == ERR_NOT_FOUND ? 0 : code;
}

int loader_start(struct loader *loader, struct engine *engine, const struct import_options *options,
		 const struct import_progress *done)
{
	int code;

	memset(loader, 0, sizeof(*loader));
	loader->engine = engine;
	loader->options = options;
	loader->done = *done;
	loader->filling = &loader->loads[0];
	arena_init(&loader->loads[0].arena);
	arena_init(&loader->loads[1].arena);
	pthread_mutex_init(&loader->mutex, NULL);
	pthread_cond_init(&loader->changed, NULL);
	loader->backlog = archive_backlog_new(engine->history->processes);
	code = find_posted(loader);
	if (!code)
		code = gather_again(loader);
	if (!code)
		code = pthread_create(&loader->thread, NULL, loader_thread, loader);
	if (code)
		archive_backlog_free(loader->backlog);
	return code;
}

struct item *loader_item(struct loader *loader, enum stock stock)
{
	struct load *load = loader->filling;

	if (load->count[stock] == load->room[stock]) {
		load->room[stock] = load->room[stock] * 2 + LOAD_ITEMS;
		load->items[stock] =
			memory_resize(load->items[stock], load->room[stock] * sizeof(struct item));
	}
	return &load->items[stock][load->count[stock]++];
}

bool loader_full(const struct loader *loader)
{
	const struct load *load = loader->filling;
	enum stock stock;

	for (stock = 0; stock < STOCK_MAX; stock++)
		if (load->count[stock] >= LOAD_ITEMS)
			return true;
	return load->arena.total >= LOAD_BYTES;
}

/* Mutex held. */
static int await(struct loader *loader)
{
	while (loader->storing)
		pthread_cond_wait(&loader->changed, &loader->mutex);
	return loader->code;
}

int loader_pass(struct loader *loader, const struct import_progress *progress)
{
	struct load *load = loader->filling;
	int code;

	load->progress = *progress;
	pthread_mutex_lock(&loader->mutex);
	code = await(loader);
	if (!code) {
		loader->storing = load;
		loader->filling = &loader->loads[load == &loader->loads[0]];
		pthread_cond_broadcast(&loader->changed);
	}
	pthread_mutex_unlock(&loader->mutex);
	return code;
}

int loader_finish(struct loader *loader)
{
	int code;

	pthread_mutex_lock(&loader->mutex);
	code = await(loader);
	pthread_mutex_unlock(&loader->mutex);
	return code ? code : post(loader);
}

static void free_load(struct load *load)
{
	enum stock stock;

	for (stock = 0; stock < STOCK_MAX; stock++)
		free(load->items[stock]);
	arena_clear(&load->arena);
}

void loader_stop(struct loader *loader)
{
	pthread_mutex_lock(&loader->mutex);
	await(loader);
	loader->stop = true;
	pthread_cond_broadcast(&loader->changed);
	pthread_mutex_unlock(&loader->mutex);
	pthread_join(loader->thread, NULL);
	pthread_cond_destroy(&loader->changed);
	pthread_mutex_destroy(&loader->mutex);
	free_load(&loader->loads[0]);
	free_load(&loader->loads[1]);
	archive_backlog_free(loader->backlog);
}
