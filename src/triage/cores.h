/* Cores, and dumps of all threads, on their way to what is told of them; and the cores of a collection on
 * their way into the store. They do not go through the pipeline of lines: a core may be mapped, but never
 * read whole. */
#ifndef QN_TRIAGE_CORES_H
#define QN_TRIAGE_CORES_H

#include "core/core.h"
#include "input/source.h"
#include "stack/postmortem.h"
#include "triage/collect.h"
#include "triage/save.h"

#define QN_DUMP_BYTES_MAX (UINT64_C(512) << 20) /* of a text */

/* Reads @path ("-": standard input), a core or the text of a dump of all threads, each plain or packed.
 *
 * QN_ERROR_UNRECOGNIZED: it is neither; QN_ERROR_SYSTEM: it cannot be read; QN_ERROR_LIMIT: a text over the
 * cap. Each message names @path and says what to do. */
struct qn_error *qn_postmortem_read(const struct qn_normalizer *normalizer, const char *path,
				    const struct qn_core_options *options,
				    struct qn_postmortem **ret) QN_MUST_CHECK;

/* Is a file that holds a core, by its content, plain or packed? */
bool qn_cores_is_one(const char *path);

/* Takes the cores out of @sources, which keep their order. @ret is to be given back with qn_sources_deinit().
 */
struct qn_error *qn_cores_take(struct qn_sources *sources, struct qn_sources *ret) QN_MUST_CHECK;

/* Reads them one after the other and writes what they tell into the store, inside the caller's batch. What a
 * walk met and cannot be read is an issue. */
struct qn_error *qn_cores_collect(const struct qn_sources *cores, const struct qn_collect_options *options,
				  struct qn_issues *issues, struct qn_saved *saved) QN_MUST_CHECK;

#endif
