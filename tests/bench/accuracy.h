/* The parts of the program that measures accuracy: excerpts, the mutators that make variants of them, the
 * pairs of what was found in them, and speed. */
#ifndef QN_TESTS_BENCH_ACCURACY_H
#define QN_TESTS_BENCH_ACCURACY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "stack/normalize.h"

/* --- Excerpts (accuracy_excerpt.c) ------------------------------------------------------------------------
 */

/* A frame of the text: its name and, one line (or a woven one) below, its place; or both in one line. */
struct qn_excerpt_frame {
	size_t name, place; /* numbers of lines; equal where one line tells both */
	uint64_t pc;
	bool is_go;
};

struct qn_excerpt {
	struct qn_text file, group;
	struct qn_text key; /* of the frame that tells the bug; empty: no frame does */
	size_t key_frame;   /* the first frame of that name; SIZE_MAX: there is none */
	bool has_failure;
	bool is_headless;      /* it begins with a frame */
	bool is_log;           /* and not what kubectl says of pods, which has no lines of others */
	struct qn_text *lines; /* out of their wrappers */
	size_t count;
	struct qn_excerpt_frame *frames;
	size_t frames_count;
};

struct qn_excerpts {
	struct qn_arena arena;
	struct qn_excerpt *items; /* those of which tests/corpus.tsv says how many failures they hold */
	size_t count, capacity;
};

/* @truth  tests/corpus.tsv; @corpus  the folder with index.tsv and excerpts/. */
struct qn_error *qn_excerpts_load(struct qn_excerpts *excerpts, const char *truth,
				  const char *corpus) QN_MUST_CHECK;

/* The whole file, in @arena. */
struct qn_error *qn_excerpt_read_file(struct qn_arena *arena, const char *path,
				      struct qn_text *ret) QN_MUST_CHECK;

/* --- Variants (accuracy_mutate.c, accuracy_frames.c, accuracy_names.c) ------------------------------------
 */

/* A variant in the making. A line may hold several (joined by '\n') or be gone (data is NULL). */
struct qn_draft {
	const struct qn_excerpt *of;
	struct qn_arena *arena;
	struct qn_text *lines;
	uint64_t seed;                /* of this variant: what is mapped is mapped alike in all its lines */
	uint64_t random;              /* state */
	const struct qn_map *cxxfilt; /* mangled name -> struct qn_text *, as c++filt spells it */
	bool has_no_newline;          /* at its end */
};

uint64_t qn_draft_random(struct qn_draft *draft, uint64_t below);
void qn_draft_set(struct qn_draft *draft, size_t line, struct qn_buffer *text); /* empties @text */
void qn_draft_drop(struct qn_draft *draft, size_t first, size_t end);

struct qn_mutator {
	const char *name;
	bool (*mutate)(struct qn_draft *draft); /* false: it does not apply to this excerpt */
	unsigned times;                         /* variants of an excerpt in the full setting */
	bool is_only_shown; /* what tells the bug may be gone: a row of its own, but no pairs */
};

/* Tables; end with name NULL. */
extern const struct qn_mutator qn_mutators_text[], qn_mutators_frames[], qn_mutators_names[];
bool qn_mutate_by_name(struct qn_draft *draft, const char *name);

/* --- Pairs (accuracy_pairs.c) -----------------------------------------------------------------------------
 */

/* One failure that was found in one file. */
struct qn_item {
	struct qn_text group; /* truth */
	struct qn_text found; /* signature or family; empty: nothing was found, it equals no other */
};

struct qn_pair_counts {
	uint64_t same, found, both; /* pairs: of one bug; found to be one; both */
};
struct qn_error *qn_pairs_count(const struct qn_item *items, size_t count,
				struct qn_pair_counts *ret) QN_MUST_CHECK;
double qn_pairs_precision(const struct qn_pair_counts *counts);
double qn_pairs_recall(const struct qn_pair_counts *counts);

/* --- Speed (accuracy_generate.c, accuracy_speed.c)
 * -----------------------------------------------------------------------------
 */

/* Writes stacks of all sorts into @path until it has @size bytes. */
struct qn_error *qn_stacks_generate(const char *path, uint64_t size, uint64_t *ret_stacks) QN_MUST_CHECK;

struct qn_speed {
	uint64_t bytes, stacks;
	double seconds; /* of one core */
};
/* From lines to stacks with their signatures, without the store; one thread. */
struct qn_error *qn_stacks_read(const char *path, const struct qn_normalizer *normalizer,
				struct qn_speed *ret) QN_MUST_CHECK;

struct qn_speed_figures {
	struct qn_speed reading, whole; /* whole: with a private store, as `analyze --jobs 1` */
};
/* On a generated file of @size bytes in the current folder, which is removed again. */
struct qn_error *qn_bench_speed(const char *source, uint64_t size,
				struct qn_speed_figures *ret) QN_MUST_CHECK;

/* --- The program's own way (accuracy_collect.c) --- */

struct qn_store;

/* @source  the source tree, for its rules and frame tables */
struct qn_error *qn_bench_normalizer(const char *source, struct qn_normalizer **ret) QN_MUST_CHECK;
struct qn_error *qn_bench_collect(const char *source, const char *path, unsigned jobs,
				  struct qn_store **ret) QN_MUST_CHECK;

#endif
