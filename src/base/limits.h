/* Caps on what comes from outside that more than one file needs; what one file alone caps stands at its top.
 * Reaching one is an issue or an error that names the cap. */
#ifndef QN_BASE_LIMITS_H
#define QN_BASE_LIMITS_H

#define QN_BLOCK_BYTES (1U << 20)              /* one read; a line that fills it is cut */
#define QN_LINE_BYTES_MAX (QN_BLOCK_BYTES / 2) /* what is kept of a line that is cut */
#define QN_BACKWARDS_BYTES_MAX \
	(64U << 20)                /* a source whose newest line is first is held whole to be turned round */
#define QN_PROBE_BYTES (64U << 10) /* what recognizing a source may look at */
#define QN_STACK_FRAMES_MAX 512U   /* frames kept of one stack */
#define QN_STACK_GOROUTINES_MAX 100000U    /* goroutines counted behind one culprit */
#define QN_MESSAGE_BYTES_MAX (16U << 10)   /* panic text, what(), error text that is kept */
#define QN_SYMBOL_BYTES_MAX (16U << 10)    /* a mangled name that is demangled */
#define QN_DEMANGLED_BYTES_MAX (64U << 10) /* what a demangled name may grow to */
#define QN_WALK_DEPTH_MAX 32U              /* nested folders */
#define QN_WALK_FILES_MAX 1000000U
#define QN_RULE_FILE_BYTES_MAX (4U << 20)
#define QN_RULES_MAX 10000U
#define QN_TERMS_MAX 64U /* terms of one rule (as in CRE) */
#define QN_PATTERN_BYTES_MAX (16U << 10)
#define QN_YAML_DEPTH_MAX 64U
#define QN_YAML_KEYS_MAX 1000U  /* of one map */
#define QN_MATCH_LIMIT 1000000U /* PCRE2 match limit, a line */
#define QN_MATCH_DEPTH_LIMIT 10000U
#define QN_MATCH_HEAP_KIB 20480U
#define QN_ISSUES_MAX 10000U        /* different issues kept; the rest is counted */
#define QN_EVIDENCE_BYTES_MAX 4096U /* one evidence line */
#define QN_TEMPLATE_BYTES_MAX 2048U
#define QN_TEMPLATES_MAX 100000U
#define QN_FIELDS_MAX 256U /* fields of one zap line */

#define QN_JOBS_MAX 256U     /* worker threads */
#define QN_ERRORS_MAX 10000U /* different logged errors of one source */
#define QN_HITS_MAX 100000U  /* matches of rules in one source */

#endif
