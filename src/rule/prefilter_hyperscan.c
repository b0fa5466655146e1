#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rule/prefilter_engine.h"

#ifdef HAVE_HYPERSCAN

#include <stdlib.h>

#include <hs.h>

#include "base/banned.h"

/* Hyperscan refuses patterns near 16 KiB and is slow to compile long ones: of a longer literal it gets the
 * end, and the rest is compared at each hit. */
#define WINDOW_BYTES 64U

struct engine {
	hs_database_t *database;
	hs_scratch_t *scratch; /* the one that those of the threads are cloned from */
	const struct qn_text *literals;
	size_t count;
};

static void engine_destroy(void *object)
{
	struct engine *engine = object;

	if (!engine)
		return;
	hs_free_scratch(engine->scratch);
	hs_free_database(engine->database);
	free(engine);
}
QN_DEFINE_GUARD(struct engine, engine_destroy);

static struct qn_error *error_of(hs_error_t status, const char *what)
{
	if (status == HS_NOMEM)
		return &qn_error_no_memory;
	return qn_error_create(QN_ERROR_UNRECOGNIZED, "hyperscan cannot %s (%d)", what, status);
}

static struct qn_error *compile(struct engine *engine)
{
	_cleanup_free_ const char **windows = calloc(engine->count, sizeof(*windows));
	_cleanup_free_ size_t *lengths = calloc(engine->count, sizeof(*lengths));
	_cleanup_free_ unsigned *flags = calloc(engine->count, sizeof(*flags));
	_cleanup_free_ unsigned *ids = calloc(engine->count, sizeof(*ids));
	hs_compile_error_t *problem = NULL;
	struct qn_error *error;

	if (!windows || !lengths || !flags || !ids)
		return &qn_error_no_memory;
	for (size_t i = 0; i < engine->count; i++) {
		struct qn_text literal = engine->literals[i];

		lengths[i] = literal.len < WINDOW_BYTES ? literal.len : WINDOW_BYTES;
		windows[i] = literal.data + literal.len - lengths[i];
		ids[i] = (unsigned)i;
	}
	if (hs_compile_lit_multi(windows, flags, ids, lengths, (unsigned)engine->count, HS_MODE_BLOCK, NULL,
				 &engine->database, &problem) == HS_SUCCESS)
		return NULL;
	error = qn_error_create(QN_ERROR_UNRECOGNIZED, "hyperscan: %s",
				problem ? problem->message : "failed");
	hs_free_compile_error(problem);
	return error;
}

static struct qn_error *engine_create(const struct qn_text *literals, size_t count, void **ret)
{
	_cleanup_(engine_destroy_guard) struct engine *engine = NULL;
	hs_error_t status = hs_valid_platform();

	if (status != HS_SUCCESS)
		return error_of(status, "run on this processor");
	engine = calloc(1, sizeof(*engine));
	if (!engine)
		return &qn_error_no_memory;
	engine->literals = literals;
	engine->count = count;
	QN_TRY(compile(engine));
	status = hs_alloc_scratch(engine->database, &engine->scratch);
	if (status != HS_SUCCESS)
		return error_of(status, "make its scratch");
	*ret = qn_take(engine);
	return NULL;
}

static struct qn_error *scratch_create(const void *object, void **ret)
{
	const struct engine *engine = object;
	hs_scratch_t *scratch = NULL;
	hs_error_t status = hs_clone_scratch(engine->scratch, &scratch);

	if (status != HS_SUCCESS)
		return error_of(status, "make its scratch");
	*ret = scratch;
	return NULL;
}

static void scratch_destroy(void *scratch)
{
	hs_free_scratch(scratch);
}

struct scan {
	const struct engine *engine;
	struct qn_text block;
	struct qn_prefilter_hits *hits;
	struct qn_error *error;
};

/* Hyperscan's callback; anything but 0 ends the scan. */
static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct scan *scan = context;
	struct qn_text literal = scan->engine->literals[id];

	(void)from;
	(void)flags;
	if (to < literal.len)
		return 0;
	if (literal.len > WINDOW_BYTES &&
	    memcmp(scan->block.data + to - literal.len, literal.data, literal.len - WINDOW_BYTES) != 0)
		return 0;
	scan->error = qn_prefilter_hits_add(scan->hits, (size_t)to - 1, id);
	return scan->error != NULL;
}

static struct qn_error *scan_block(const void *object, void *scratch, struct qn_text block,
				   struct qn_prefilter_hits *hits)
{
	const struct engine *engine = object;
	struct scan scan = {.engine = engine, .block = block, .hits = hits};
	hs_error_t status =
		hs_scan(engine->database, block.data, (unsigned)block.len, 0, scratch, on_hit, &scan);

	if (scan.error)
		return scan.error;
	return status == HS_SUCCESS ? NULL : error_of(status, "scan a block");
}

static const struct qn_prefilter_ops ops = {
	.name = "hyperscan",
	.create = engine_create,
	.destroy = engine_destroy,
	.scratch_create = scratch_create,
	.scratch_destroy = scratch_destroy,
	.scan = scan_block,
};
const struct qn_prefilter_ops *const qn_prefilter_hyperscan = &ops;

#else

#include "base/banned.h"

const struct qn_prefilter_ops *const qn_prefilter_hyperscan = NULL;

#endif
