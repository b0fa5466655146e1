/* One source on its way into the store: goes through the marked lines of its blocks in order, and keeps what
 * was found. Nothing is written before the source was read whole, when its content's hash is known. */
#ifndef QN_TRIAGE_FEED_H
#define QN_TRIAGE_FEED_H

#include "record/epoch.h"
#include "record/pods.h"
#include "record/wrapper.h"
#include "rule/match.h"
#include "signature/signature.h"
#include "signature/template.h"
#include "stack/reader.h"
#include "triage/collect.h"
#include "triage/identity.h"
#include "triage/rate.h"
#include "triage/scan.h"

/* Occurrences of one logged error that are kept of a source; the tally counts all. */
#define QN_FEED_ERRORS_MAX 20U

enum qn_feed_kind { QN_FEED_LINES, QN_FEED_PODS, QN_FEED_CLOSED };

/* One event. */
struct qn_finding {
	struct qn_stack *stack; /* never NULL; frames may be none */
	struct qn_signature signature;
	struct qn_text pod; /* where the event itself says it: of a pod description */
};

/* From this line on, lines are of this pod. */
struct qn_pod_mark {
	uint64_t line;
	struct qn_text pod;
};

/* All occurrences of one logged error in this source. */
struct qn_tally {
	struct qn_signature signature;
	struct qn_stack *first_stack; /* of its stack= field; NULL: none */
	uint64_t count, kept;
	struct qn_time first, last;
};

struct qn_template_count {
	struct qn_template template;
	uint64_t count;
	struct qn_time first, last;
	struct qn_rate *rates; /* by bucket */
	size_t rates_count, rates_capacity;
};

/* A rule's text terms matched a line. */
struct qn_feed_hit {
	size_t rule; /* index in the set */
	uint64_t line;
	struct qn_time time;
	struct qn_text text;
	struct qn_text signature; /* of the logged error of that line; "" otherwise */
};

/* Where pods take turns each one's crash texts are read on their own. */
struct qn_feed_reader {
	struct qn_text pod; /* "": not told */
	struct qn_stack_reader *reader;
	uint64_t last_fed;  /* line number that it got last */
	uint64_t last_turn; /* line number at which its pod came last */
};

struct qn_feed {
	const struct qn_collect_options *options;
	const struct qn_source *source;
	enum qn_feed_kind kind;
	struct qn_text kind_name; /* log, core, pods, archive, other */
	struct qn_wrapping wrapping;
	struct qn_line_place *order; /* the newest line came first, or lines came in pieces: where each stood;
					NULL otherwise */
	size_t order_count;
	bool is_turned;           /* the newest line came first */
	uint64_t lines_in_pieces; /* lines of the source, of which a terminal broke some; 0: it broke none */
	struct qn_identity identity;
	struct qn_arena arena;          /* all texts below */
	struct qn_arena names;          /* what a wrapper told */
	struct qn_stack_reader *reader; /* of the current line's pod; one of readers */
	struct qn_feed_reader *readers; /* not NULL; the current line's is the turn-th */
	size_t readers_count, readers_capacity, turn;
	struct qn_epoch *epoch;
	struct qn_issues issues;
	struct qn_buffer pods_text;
	struct qn_digest text; /* of a wrapped source: over what is inside the wrappers */

	/* Where we are */
	uint64_t lines_before; /* of the current block */
	struct qn_buffer tail; /* the last line of the block before */
	uint64_t tail_number, tail_offset;
	struct qn_time last_time;   /* latest time met */
	bool has_own_times;         /* it is a record's own, with a zone */
	uint64_t last_met;          /* number of the last line that was read */
	unsigned first_time_lines;  /* so many more lines are looked at for the first time of a new life */
	size_t last_exit;           /* the last finding of a process that left on its own, + 1; 0: none */
	size_t last_panic;          /* the last finding of a record of level PANIC or DPANIC, + 1; 0: none */
	struct qn_text panic_words; /* its message */
	struct qn_tally *panic_tally;  /* where it was counted, for DPANIC is an error at first; or NULL */
	struct qn_text line_signature; /* of the logged error on the current line */

	/* Where the wrapper tells pods: whose the lines that mattered were */
	struct qn_map pod_names; /* name -> its kept struct qn_text * */
	struct qn_pod_mark *pod_marks;
	size_t pod_marks_count, pod_marks_capacity;
	bool has_wrapper_pod;
	bool has_woven_pods; /* and they take turns */
	bool has_many_pods;  /* the lines of several are in this one source */

	/* What was found, in order */
	struct qn_finding *findings;
	size_t findings_count, findings_capacity;
	struct qn_tally **tallies;
	size_t tallies_count, tallies_capacity;
	struct qn_map tally_by_key, tally_by_id; /* raw key, signature id -> struct qn_tally * */
	struct qn_template_count **templates;
	size_t templates_count, templates_capacity;
	struct qn_map template_by_key, template_by_id;
	size_t rates_count; /* of all templates */
	unsigned rate_step; /* index of their buckets' width */
	struct qn_feed_hit *hits;
	size_t hits_count, hits_capacity;
	struct qn_life *lives;
	size_t lives_count, lives_capacity;
	struct qn_pod_fact *pods;
	size_t pods_count;
	struct qn_map
		signatures;    /* id, title, reason -> struct qn_signature *: equal ones share their texts */
	struct qn_map asserts; /* signature id, message -> struct qn_assert_group * (feed_assert.c) */
	size_t asserts_count;
	struct qn_arena scratch; /* of one signature that is being made */
	struct qn_map frames;    /* hash of frames -> struct qn_stack *: equal stacks share theirs */

	uint64_t lines, format_lines[QN_SCAN_FORMATS], blank_lines, plain_bytes, taken_lines, taken_bytes;
	uint64_t bytes_skipped; /* of a source that is no log */
};

/* Scratch of one worker thread. */
struct qn_feed_worker {
	struct qn_matcher *matcher;
	struct qn_arena arena; /* of the current record */
	struct qn_scan_scratch scan;
};

/* @first  the front of the source; empty when it has none */
struct qn_error *qn_feed_create(const struct qn_collect_options *options, const struct qn_source *source,
				struct qn_text first, struct qn_feed **ret) QN_MUST_CHECK;
void qn_feed_destroy(struct qn_feed *feed);
QN_DEFINE_GUARD(struct qn_feed, qn_feed_destroy);

struct qn_error *qn_feed_collect(struct qn_feed *feed, struct qn_feed_worker *worker,
				 const struct qn_block *block,
				 const struct qn_scanned *scanned) QN_MUST_CHECK;

/* Where the @number-th line that was read stands in the source. */
struct qn_line_place qn_feed_line(const struct qn_feed *feed, uint64_t number);
/* The same of a place. */
struct qn_place qn_feed_place(const struct qn_feed *feed, struct qn_place place);

/* After the last block. */
struct qn_error *qn_feed_end(struct qn_feed *feed) QN_MUST_CHECK;

/* feed_lines.c: the lines of a block. */
struct qn_error *qn_feed_collect_lines(struct qn_feed *feed, struct qn_feed_worker *worker,
				       const struct qn_block *block,
				       const struct qn_scanned *scanned) QN_MUST_CHECK;

/* feed.c: one more reader of crash texts. */
struct qn_error *qn_feed_add_reader(struct qn_feed *feed) QN_MUST_CHECK;

/* feed_turns.c: the stack readers of the pods. */
/* The line at @index of @scanned, with that number, comes now. */
struct qn_error *qn_feed_take_turn(struct qn_feed *feed, const struct qn_scanned *scanned, size_t index,
				   uint64_t number) QN_MUST_CHECK;
/* Where pods take turns line by line, that alone is no reason to look at a line while no crash text is open.
 */
bool qn_feed_is_turn_only(const struct qn_feed *feed, unsigned reasons);
uint64_t *qn_feed_last_fed(struct qn_feed *feed); /* of the current reader */
struct qn_error *qn_feed_flush_readers(struct qn_feed *feed) QN_MUST_CHECK;
void qn_feed_destroy_readers(struct qn_feed *feed);

/* feed_pods.c: a block of a listing of pods, and its end. */
struct qn_error *qn_feed_collect_pods(struct qn_feed *feed, const struct qn_block *block) QN_MUST_CHECK;
struct qn_error *qn_feed_end_pods(struct qn_feed *feed) QN_MUST_CHECK;

/* feed_trouble.c: a record of level WARN or above. @is_known: a rule matched its line, so it tells of trouble
 * whatever its level. */
struct qn_error *qn_feed_trouble(struct qn_feed *feed, struct qn_feed_worker *worker,
				 const struct qn_record *record, bool is_known) QN_MUST_CHECK;
/* The same of one that the stack reader took as a part of a crash text: only its template counts. */
struct qn_error *qn_feed_trouble_taken(struct qn_feed *feed, struct qn_feed_worker *worker,
				       const struct qn_record *record) QN_MUST_CHECK;

/* feed_assert.c: an assertion of the C++ core that the stack reader found, and one that a record tells of. */
struct qn_error *qn_feed_bare_assert(struct qn_feed *feed, const struct qn_stack *stack) QN_MUST_CHECK;
struct qn_error *qn_feed_logged_assert(struct qn_feed *feed, const struct qn_record *record,
				       const struct qn_stack *stack) QN_MUST_CHECK;

/* Adds to the damage of @stack what was undone to its source and to its lines. */
void qn_feed_add_damage(const struct qn_feed *feed, struct qn_stack *stack);

/* Copies what the texts of @signature say to where they live as long as the feed; once, for equal ones. */
struct qn_error *qn_feed_own_signature(struct qn_feed *feed, struct qn_signature *signature) QN_MUST_CHECK;
/* @signature  owned by the feed */
struct qn_error *qn_feed_add_finding(struct qn_feed *feed, const struct qn_stack *stack,
				     const struct qn_signature *signature, struct qn_text pod) QN_MUST_CHECK;

#endif
