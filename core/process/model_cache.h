/*
 * Models by process definition: parsed from the deployment's bytes when they are first asked for,
 * then kept until the definition is deleted or the engine closes. When there are many, those go
 * that nobody uses and that were not used for longest.
 *
 * Works for definitions deployed here and for imported ones whose deployment has the BPMN. A model
 * never changes and is shared by all threads. Whoever gets one gives it back: only then may it be
 * freed after its definition was deleted.
 */
#ifndef CORE_PROCESS_MODEL_CACHE_H
#define CORE_PROCESS_MODEL_CACHE_H

#include "core/bpmn/model.h"
#include "storage/txn.h"

struct engine;
struct model_cache;

enum { MODEL_CACHE_MAX = 256 }; /* models that nobody uses are kept only up to that many in all */

struct model_cache *model_cache_open(void);

/* Nobody may use a model any more. */
void model_cache_close(struct model_cache *cache);

/*
 * The model of the definition; give it back with model_release(). ERR_NOT_FOUND when there is no
 * such definition, or no BPMN of it; ERR_PARSE with words when it holds what we do not run.
 */
int model_get(struct engine *engine, struct txn *reader, const char *process_definition_id,
	      const struct model **ret, struct error *error);

/* How many models there are. */
size_t model_cache_count(struct model_cache *cache);

/* NULL is fine. */
void model_release(struct engine *engine, const struct model *model);

/* The definition is deleted: its model goes as soon as nobody uses it. */
void model_forget(struct engine *engine, const char *process_definition_id);

/* Definitions and resources were replaced under their ids: all models are made anew when needed. */
void model_forget_all(struct engine *engine);

#endif
