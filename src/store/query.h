/* What the store holds, whole, in an order that depends on the content alone. Sources are told apart by path
 * here: of two contents under one path both are listed. */
#ifndef QN_STORE_QUERY_H
#define QN_STORE_QUERY_H

#include "store/store.h"

/* Lists live in the arena that was given. Order is said beside each. */

struct qn_query_source {
	int64_t id;
	struct qn_store_source row; /* by path, then content */
};
struct qn_error *qn_query_sources(struct qn_store *store, struct qn_arena *arena,
				  struct qn_query_source **ret, size_t *ret_count) QN_MUST_CHECK;

struct qn_query_pod {
	struct qn_store_pod row; /* by name */
};
struct qn_error *qn_query_pods(struct qn_store *store, struct qn_arena *arena, struct qn_query_pod **ret,
			       size_t *ret_count) QN_MUST_CHECK;

struct qn_query_process {
	struct qn_store_process row; /* by pod, started, id; row.source is the first of sources */
	/* row.end: as decided, if it was; row.has_banner, row.is_previous: in any source */
	struct qn_text own_end; /* as its own lines say; empty: they say nothing */
	struct qn_text
		place; /* what it is a life of: its pod, or its source's content where no pod is known */
	int64_t *sources;
	size_t sources_count;
};
struct qn_error *qn_query_processes(struct qn_store *store, struct qn_arena *arena,
				    struct qn_query_process **ret, size_t *ret_count) QN_MUST_CHECK;

struct qn_query_place {
	int64_t source;
	uint64_t line;
};

struct qn_query_occurrence {
	struct qn_store_occurrence row; /* by time (unknown last), path, line, id */
	struct qn_query_place *also;    /* further places, by path and line */
	size_t also_count;
};

struct qn_query_signature {
	struct qn_store_signature row; /* by id */
	uint64_t count;                /* events; for kind error the sum of the tallies */
	struct qn_time first, last;
	struct qn_text *versions; /* of its occurrences, sorted, each once */
	size_t versions_count;
	struct qn_text *pods; /* sorted, each once */
	size_t pods_count;
	struct qn_frame
		*frames; /* of the occurrence whose stack has most frames, of equal ones the smallest id */
	size_t frames_count;
	bool is_new; /* only the last run shows it */
	bool has_verdict;
	struct qn_store_verdict verdict;
};
struct qn_error *qn_query_signatures(struct qn_store *store, struct qn_arena *arena,
				     struct qn_query_signature **ret, size_t *ret_count) QN_MUST_CHECK;

/* @limit  at most so many; 0: all. Events told twice (equal evidence, one pod unknown) come once. */
struct qn_error *qn_query_occurrences(struct qn_store *store, struct qn_arena *arena,
				      struct qn_text signature, size_t limit,
				      struct qn_query_occurrence **ret, size_t *ret_count) QN_MUST_CHECK;

/* The frames of one occurrence's stack. */
struct qn_error *qn_query_frames(struct qn_store *store, struct qn_arena *arena, struct qn_text stack,
				 struct qn_frame **ret, size_t *ret_count) QN_MUST_CHECK;

/* What of a signature families are found by; not of logged errors. */
struct qn_query_failure {
	struct qn_text id, kind, signal, reason, task, exception; /* by id */
	struct qn_text family;                                    /* its own */
	struct qn_text stack; /* with most frames, of equal ones of the smallest occurrence; empty: none */
};
struct qn_error *qn_query_failures(struct qn_store *store, struct qn_arena *arena,
				   struct qn_query_failure **ret, size_t *ret_count) QN_MUST_CHECK;

struct qn_query_family_link {
	struct qn_store_family_link row; /* of the same family first, then nearest first, then by other */
	struct qn_text title;            /* of the other one */
	bool is_family;                  /* both are of one family; else they were kept apart */
};
struct qn_error *qn_query_family_links(struct qn_store *store, struct qn_arena *arena,
				       struct qn_text signature, struct qn_query_family_link **ret,
				       size_t *ret_count) QN_MUST_CHECK;

/* Each name of a frame with its file and line, once, in order; not those that were repaired. The texts live
 * until the sink returns. */
typedef void (*qn_name_sink)(void *context, struct qn_text name, struct qn_text file, uint32_t line);
struct qn_error *qn_query_names(struct qn_store *store, qn_name_sink sink, void *context) QN_MUST_CHECK;

struct qn_query_template {
	struct qn_store_template
		row; /* by count (most first), id; count, first, last over all contents; source 0 */
};
struct qn_error *qn_query_templates(struct qn_store *store, struct qn_arena *arena,
				    struct qn_query_template **ret, size_t *ret_count) QN_MUST_CHECK;

struct qn_query_rate {
	struct qn_text template;
	int64_t start_nsec; /* of a step of width_sec seconds */
	int64_t width_sec;
	uint64_t count; /* over all texts */
};
/* Of steps of at most @width_max seconds; by start, width, template. */
struct qn_error *qn_query_rates(struct qn_store *store, struct qn_arena *arena, int64_t width_max,
				struct qn_query_rate **ret, size_t *ret_count) QN_MUST_CHECK;

struct qn_query_hit {
	struct qn_store_hit row; /* by time (unknown last), path, line, rule; a judged one hides its like */
	struct qn_store_evidence *evidence;
	size_t evidence_count;
};
struct qn_error *qn_query_hits(struct qn_store *store, struct qn_arena *arena, struct qn_query_hit **ret,
			       size_t *ret_count) QN_MUST_CHECK;

struct qn_query_core {
	struct qn_store_core row; /* by path; source is the first of its content */
};
struct qn_error *qn_query_cores(struct qn_store *store, struct qn_arena *arena, struct qn_query_core **ret,
				size_t *ret_count) QN_MUST_CHECK;

struct qn_error *
qn_query_issues(struct qn_store *store, struct qn_arena *arena, struct qn_issue **ret,
		size_t *ret_count) QN_MUST_CHECK; /* by path, line, text; source is the path */

#endif
