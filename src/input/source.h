/* Where bytes come from: what the arguments name, walked, in a fixed order; and what each is, by its content.
 */
#ifndef QN_INPUT_SOURCE_H
#define QN_INPUT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/issue.h"
#include "base/text.h"

enum qn_source_kind { QN_SOURCE_LOG, QN_SOURCE_CORE, QN_SOURCE_ARCHIVE, QN_SOURCE_OTHER };

struct qn_source {
	char *path;    /* as reports show it: the argument, plus what the walk added. "-" is standard input */
	bool is_named; /* by an argument: then it must be readable */
};

struct qn_sources {
	struct qn_source
		*items; /* arguments in the order given, a folder's entries in byte order of their names */
	size_t count, capacity;
};

/* Walks @paths. Links are followed; a file or folder that was met before (by device and inode) is noted in
 * @issues and left out, and so is what a walk meets that is no file (sockets, devices, pipes), cannot be
 * entered or lies deeper than QN_WALK_DEPTH_MAX. QN_ERROR_SYSTEM for an argument that does not exist or
 * cannot be read. */
struct qn_error *qn_sources_find(const char *const *paths, size_t count, struct qn_issues *issues,
				 struct qn_sources *ret) QN_MUST_CHECK;
void qn_sources_deinit(struct qn_sources *sources);

/* What the first bytes (at most QN_PROBE_BYTES of them) say. @ret_what gets words for an issue: "a gzip
 * file"; empty for a log. The words are static. */
enum qn_source_kind qn_source_recognize(struct qn_text sample, struct qn_text *ret_what);

#endif
