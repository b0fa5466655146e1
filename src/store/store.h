/* The only memory between runs: an SQLite file in WAL mode. The door to sqlite3 is this layer.
 *
 * Everything in it is addressed by content, so adding what is there already changes nothing, and a merge is a
 * set union: the result is the same in any order. Where two rows of one id differ in what is no part of the
 * id, the rule that picks one is beside the struct. Rows go in inside a batch (one transaction); a process
 * killed in the middle leaves the store as it was before the batch.
 *
 * Rows are read back with query.h. Texts given to qn_store_add_*() are borrowed for the call. Empty text =
 * unknown (NULL in the database). */
#ifndef QN_STORE_STORE_H
#define QN_STORE_STORE_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/issue.h"
#include "base/text.h"
#include "record/record.h"
#include "stack/stack.h"

struct qn_store;

enum qn_store_flags {
	QN_STORE_CREATE = 1, /* make it (and its folder) when it is not there */
	QN_STORE_READ_ONLY = 2,
};

/* @path  a file, or NULL for a private temporary store that goes away with qn_store_close().
 * QN_ERROR_STORE: no such store, not a store, or one of a newer version; each message says what to do. */
struct qn_error *qn_store_open(const char *path, unsigned flags, struct qn_store **ret) QN_MUST_CHECK;
void qn_store_close(struct qn_store *store);
QN_DEFINE_GUARD(struct qn_store, qn_store_close);

struct qn_error *qn_store_begin(struct qn_store *store) QN_MUST_CHECK;
struct qn_error *qn_store_commit(struct qn_store *store) QN_MUST_CHECK;
void qn_store_rollback(struct qn_store *store);

/* One ingest of evidence, or all that were given one label. Its id is a hash over the label, or without one
 * over the contents of its sources, so that the same ingest done again is the same run. Runs are ordered by
 * (last_time, id). A signature is `new` when the last run is the only one that shows it. */
struct qn_store_run {
	struct qn_text id, label;
	struct qn_time last_time; /* the latest time in its evidence; unknown sorts first */
};
struct qn_error *qn_store_add_run(struct qn_store *store, const struct qn_store_run *run) QN_MUST_CHECK;

struct qn_store_format_count {
	struct qn_text format;
	uint64_t lines;
};

/* Id: (path, content). Same id: the row is the same. */
struct qn_store_source {
	struct qn_text path;
	struct qn_text content;  /* hex hash over its bytes */
	struct qn_text text;     /* hex hash over what is inside its wrappers; empty: as content */
	struct qn_text kind;     /* log, core, pods, archive, other */
	struct qn_text wrappers; /* names joined by ',', outermost first */
	const struct qn_store_format_count *formats;
	size_t formats_count;
	struct qn_text component, pod;
	uint64_t size_bytes, lines, records, issues;
	uint64_t bytes_not_understood, lines_not_understood;
	struct qn_text run;
};
/* @ret_id  for the rows that name a source */
struct qn_error *qn_store_add_source(struct qn_store *store, const struct qn_store_source *source,
				     int64_t *ret_id) QN_MUST_CHECK;

/* Id: (name). Two rows: the one with more restarts, then the greater one byte for byte. */
struct qn_store_pod {
	struct qn_text name, component, last_state, reason; /* "Running", "OOMKilled" */
	int64_t restarts;                                   /* -1: not told */
	int64_t exit_code;                                  /* -1: not told */
	int64_t source;
	uint64_t line;
};
struct qn_error *qn_store_add_pod(struct qn_store *store, const struct qn_store_pod *pod) QN_MUST_CHECK;

/* One life of a process. Id: hash the caller makes over pod (or source content), start and build. Two rows:
 * the one that ended later, then the one with a known end, then the greater one. */
struct qn_store_process {
	struct qn_text id, component, pod, version, commit;
	struct qn_time started, ended; /* ended: its last sign of life when end is not "running" */
	struct qn_text end; /* crash, panic, abort, oom-killed, killed, terminated, exit, running, unknown */
	struct qn_text end_evidence; /* the line that proves the end; may be empty */
	int64_t source;              /* called again with another source: both are kept */
	uint64_t first_line, last_line;
	bool has_banner;  /* the source shows its start */
	bool is_previous; /* the source is the log of a container that is gone */
};
struct qn_error *qn_store_add_process(struct qn_store *store,
				      const struct qn_store_process *process) QN_MUST_CHECK;
/* How a life ended, as told by everything the store holds; beside what its own lines say. @end empty: as its
 * own lines say. It is no part of a merge: whoever merges decides anew. */
struct qn_error *qn_store_decide_end(struct qn_store *store, struct qn_text process,
				     struct qn_text end) QN_MUST_CHECK;

/* Id: id. component: the smallest one that is known. family: its own when added; read back, the one that was
 * set. */
struct qn_store_signature {
	struct qn_text id, family, kind, title, signal, reason, component;
	struct qn_text executor_kind, executor_pool, executor_task; /* kind empty: none */
	double confidence;
};
struct qn_error *qn_store_add_signature(struct qn_store *store,
					const struct qn_store_signature *signature) QN_MUST_CHECK;

/* Frames of one stack, shared by the occurrences that have the same. @ret_id: 32 hex digits of their content.
 */
struct qn_error *qn_store_add_stack(struct qn_store *store, const struct qn_frame *frames, size_t count,
				    char ret_id[33]) QN_MUST_CHECK;

/* One event. Id: hash the caller makes over signature, evidence, time and pod. */
struct qn_store_occurrence {
	struct qn_text id, signature;
	struct qn_text stack;    /* id of the stack; empty: no frames */
	struct qn_text evidence; /* hex: equal evidence, and one of two pods unknown = one event, told when
				    reading */
	int64_t source;
	uint64_t line, last_line, offset;
	struct qn_time time;
	struct qn_text thread, pod, component, process, version, message, exception;
	uint64_t goroutine; /* 0: none */
	uint64_t fault_address;
	bool has_fault_address;
	struct qn_text damage; /* items joined by '\n' */
	struct qn_text others; /* what further goroutines or threads were at, "12\tselect", joined by '\n' */
};
struct qn_error *qn_store_add_occurrence(struct qn_store *store,
					 const struct qn_store_occurrence *occurrence) QN_MUST_CHECK;
/* A further place where the event was seen; the first place given for an occurrence is (source, line) above,
 * and of several sources the smallest (path, line) is shown as the primary one. */
struct qn_error *qn_store_add_place(struct qn_store *store, struct qn_text occurrence, int64_t source,
				    uint64_t line) QN_MUST_CHECK;

/* How often a signature of kind error occurred in one source; the total is the sum over different texts: a
 * log and its copy in another wrapper count once. Id: (signature, text of the source). */
struct qn_store_tally {
	struct qn_text signature;
	int64_t source;
	uint64_t count;
	struct qn_time first, last;
};
struct qn_error *qn_store_add_signature_tally(struct qn_store *store,
					      const struct qn_store_tally *tally) QN_MUST_CHECK;

struct qn_store_template {
	struct qn_text id, level, text, call_site;
	int64_t source;
	uint64_t count;
	struct qn_time first, last;
};
struct qn_error *qn_store_add_template(struct qn_store *store,
				       const struct qn_store_template *row) QN_MUST_CHECK;

/* How often a template came in one step of time of one source; the sum over different texts counts. Id:
 * (template, text of the source, width, bucket). */
struct qn_store_rate {
	struct qn_text template;
	int64_t source;
	int64_t width_sec, bucket; /* it begins width_sec * bucket seconds after 1970 */
	uint64_t count;
};
struct qn_error *qn_store_add_rate(struct qn_store *store, const struct qn_store_rate *rate) QN_MUST_CHECK;

/* A rule's match. Id: (rule, source content, line), apart for those that were judged. */
struct qn_store_hit {
	struct qn_text rule; /* cre.id */
	struct qn_text cre_id, title, category;
	unsigned severity;
	double confidence;
	int64_t source;
	uint64_t line;
	struct qn_time time;
	struct qn_text signature; /* empty: the line belongs to none */
	bool is_judged; /* told by looking at the store, not at a line: goes away with the verdicts */
};
struct qn_store_evidence {
	int64_t source;
	uint64_t line;
	struct qn_text text;
};
struct qn_error *qn_store_add_hit(struct qn_store *store, const struct qn_store_hit *hit,
				  const struct qn_store_evidence *evidence,
				  size_t evidence_count) QN_MUST_CHECK;

/* What the rule that recognized a signature says. Replaces what an earlier run of the rules said of it. */
struct qn_store_verdict {
	struct qn_text signature, rule, issue, url, title, fix,
		advice; /* fix: upgrade, open, present, unknown */
	const struct qn_text *fixed_in;
	size_t fixed_in_count;
	double confidence;
};
struct qn_error *qn_store_clear_verdicts(struct qn_store *store) QN_MUST_CHECK;
struct qn_error *qn_store_add_verdict(struct qn_store *store,
				      const struct qn_store_verdict *verdict) QN_MUST_CHECK;

/* What families were found by looking at all signatures (triage/family.h). No part of a merge: whoever merges
 * looks anew. */
struct qn_store_family_link {
	struct qn_text signature, other;
	double nearness;
	struct qn_text alike,
		apart; /* sentences: what both share, what tells them apart; @signature is `here` */
};
struct qn_error *qn_store_clear_families(struct qn_store *store) QN_MUST_CHECK;
/* A signature that was given none is a family of its own. */
struct qn_error *qn_store_set_family(struct qn_store *store, struct qn_text signature,
				     struct qn_text family) QN_MUST_CHECK;
struct qn_error *qn_store_add_family_link(struct qn_store *store,
					  const struct qn_store_family_link *link) QN_MUST_CHECK;

/* What a core tells. Id: (source content). Two rows, of two readings of one core: the one with more names,
 * then the smaller one. */
struct qn_store_core {
	int64_t source;
	uint64_t named;           /* frames whose function is known */
	struct qn_text signature; /* "" : nothing failed */
	struct qn_text json;      /* a qntriage.core/1 object */
	struct qn_text summary;   /* lines for people, joined by '\n' */
};
struct qn_error *qn_store_add_core(struct qn_store *store, const struct qn_store_core *core) QN_MUST_CHECK;

/* source 0: of no source. Id: (source content, line, text). */
struct qn_error *qn_store_add_issue(struct qn_store *store, int64_t source,
				    const struct qn_issue *issue) QN_MUST_CHECK;

/* Adds all that @from holds; @into then holds the union. QN_ERROR_STORE names the store that is
 * wrong. */
struct qn_error *qn_store_merge(struct qn_store *into, const char *from) QN_MUST_CHECK;

#endif
