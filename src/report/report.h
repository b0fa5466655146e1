/* What to say: everything a report shows, loaded from the store and ranked. The faces are report_<format>.c,
 * each prints from this struct and nothing else. No input is ever opened here. */
#ifndef QN_REPORT_REPORT_H
#define QN_REPORT_REPORT_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "store/query.h"
#include "store/store.h"

enum qn_verdict_state { QN_VERDICT_KNOWN, QN_VERDICT_NEW, QN_VERDICT_SEEN, QN_VERDICT_REGRESSED };
const char *qn_verdict_state_name(enum qn_verdict_state state);

/* A template that was new, or came more often, in the seconds before an occurrence (before.h). */
struct qn_report_before {
	size_t template;   /* index in the report's templates */
	uint64_t count;    /* in these seconds */
	uint64_t per_hour; /* in the hour before them */
	bool is_new;       /* nobody logged it earlier */
	bool is_grave;     /* level ERROR or above */
};
struct qn_report_befores {
	struct qn_report_before *items; /* new ones first, then by level and count */
	size_t count, left_out;
};

struct qn_report_signature {
	const struct qn_query_signature *row;
	enum qn_verdict_state
		state; /* known: a rule recognized it; regressed: and every affected build has the fix */
	const struct qn_query_occurrence *occurrences; /* at most QN_REPORT_OCCURRENCES_MAX for kind error */
	size_t occurrences_count;
	struct qn_report_befores *befores; /* of the first occurrences of a failure */
	size_t befores_count;
};

#define QN_REPORT_OCCURRENCES_MAX 100U

struct qn_report_filter {
	struct qn_time since, until;   /* unknown: open */
	struct qn_text component, pod; /* pod is a glob; empty: any */
};

struct qn_report {
	struct qn_arena arena;
	const struct qn_query_source *sources;
	size_t sources_count;
	const struct qn_query_pod *pods;
	size_t pods_count;
	const struct qn_query_process *processes;
	size_t processes_count;
	/* Ranked: failures before logged errors; among failures regressed, new, seen, known; then severity of
	 * the kind, then count (most first), then id. */
	struct qn_report_signature *signatures;
	size_t signatures_count;
	size_t failures_count; /* so many of them are no logged errors */
	size_t hidden_count;   /* signatures of which the filter lets nothing pass */
	const struct qn_query_template *templates;
	size_t templates_count;
	struct qn_map templates_merged; /* id -> char * of the id that it is reported under */
	const struct qn_query_core *cores;
	size_t cores_count;
	const struct qn_query_hit *hits;
	size_t hits_count;
	const struct qn_issue *issues;
	size_t issues_count;

	const struct qn_query_source **sources_by_id; /* as many as sources */
	struct qn_map signatures_by_id;
};

struct qn_error *qn_report_load(struct qn_store *store, const struct qn_report_filter *filter,
				struct qn_report **ret) QN_MUST_CHECK;
void qn_report_destroy(struct qn_report *report);
QN_DEFINE_GUARD(struct qn_report, qn_report_destroy);

/* The path of a source by its id; empty for 0. */
struct qn_text qn_report_source_path(const struct qn_report *report, int64_t source);

bool qn_report_is_failure(const struct qn_report_signature *signature); /* no logged error */
/* By its whole id; NULL when there is none (or the filter hides it). */
const struct qn_report_signature *qn_report_find_signature(const struct qn_report *report, struct qn_text id);

struct qn_report_style {
	unsigned width; /* columns; never exceeded */
	bool has_color;
	bool is_verbose;
	bool is_kept; /* the store outlives this run: `qntriage show ID` finds what is reported */
	struct qn_text generated_at; /* RFC 3339, for JSON */
};

struct qn_error *qn_report_print_text(const struct qn_report *report, const struct qn_report_style *style,
				      struct qn_buffer *out) QN_MUST_CHECK;
struct qn_error *qn_report_print_json(const struct qn_report *report, const struct qn_report_style *style,
				      struct qn_buffer *out) QN_MUST_CHECK;
struct qn_error *qn_report_print_ndjson(const struct qn_report *report, const struct qn_report_style *style,
					struct qn_buffer *out) QN_MUST_CHECK;

/* The whole story of one signature, occurrence or process, as text or (is_json) as its object of the JSON
 * report. QN_ERROR_NOT_FOUND when no id begins with @id (at least 4 characters after the prefix); several: an
 * error that names them. */
struct qn_error *qn_report_show(const struct qn_report *report, struct qn_store *store, struct qn_text id,
				bool is_json, const struct qn_report_style *style,
				struct qn_buffer *out) QN_MUST_CHECK;

#endif
