/* What the program prints of what it found, and the comparison with the floors. */
#ifndef QN_TESTS_BENCH_ACCURACY_REPORT_H
#define QN_TESTS_BENCH_ACCURACY_REPORT_H

#include "bench/accuracy.h"

struct qn_bench_options {
	bool is_full, is_verbose;
	const char *keep, *generate; /* NULL: not given */
	uint64_t generate_bytes;
};

/* A file that was collected. */
struct qn_variant {
	const struct qn_excerpt *of;
	const struct qn_mutator *mutator; /* NULL: the excerpt itself */
	size_t findings;
};

/* A failure in it. */
struct qn_finding {
	size_t variant; /* index */
	struct qn_text signature, family, title;
};

struct qn_report_input {
	const struct qn_variant *variants;
	size_t count;
	const struct qn_finding *findings;
	size_t findings_count;
	const struct qn_bench_options *options;
	const struct qn_speed_figures *speed; /* all zero: not measured */
	const char *source;                   /* the source tree */
};

/* --- Message templates (accuracy_templates.c) --- */

struct qn_template_figures {
	size_t systems;                       /* 0: ../shared/loghub is not there */
	double ga, fga, megabytes_per_second; /* means; the last one 0: not measured */
};
/* Prints a row for each file of @source/../shared/loghub, each behind @prefix. */
struct qn_error *qn_bench_templates(const char *source, const char *prefix, bool is_timed,
				    struct qn_template_figures *ret) QN_MUST_CHECK;

/* As TAP, or (full) as tables for people. @ret_passed: no figure is below its floor. */
struct qn_error *qn_bench_print(const struct qn_report_input *input, bool *ret_passed) QN_MUST_CHECK;

#endif
