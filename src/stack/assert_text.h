/* The text of a failed assertion of Milvus' C++ core (common/EasyAssert.cpp), wherever it is printed: bare,
 * in what(), in the error of a log record.
 *
 *	2.0 to 2.5	Assert "expr" at /src/x.cpp:12\n => info[\n 0# boost stack]
 *	2.6		Assert "expr"  => info at /src/x.cpp:12
 *	no expression	 => info			(also " => info at /src/x.cpp:12")
 *
 * Go puts its own words before and behind: "At LoadSegment: [UnexpectedError] Assert ... => info: segcore
 * error[segcoreCode=2001]". */
#ifndef QN_STACK_ASSERT_TEXT_H
#define QN_STACK_ASSERT_TEXT_H

#include "stack/normalize.h"
#include "stack/stack.h"

struct qn_assert_text {
	struct qn_text expression; /* may hold quotes; "" for none */
	struct qn_text info;       /* "" for none */
	struct qn_text file;       /* as found; "" when it was not told */
	uint32_t line;
	struct qn_text behind; /* what follows, from the first frame of a boost::stacktrace on; "" for none */
};

/* Does @text hold an assertion with an expression? */
bool qn_assert_text_is_in(struct qn_text text);

/* The first assertion in @text; texts are borrowed from it. False: none. */
bool qn_assert_text_read(struct qn_text text, struct qn_assert_text *ret);

/* Where the message of @stack holds one: the message becomes 'Assert "expr" => info', the exception
 * milvus::SegcoreError unless it is known, and the place a frame: of the function that asserted where the
 * frames show it, else a nameless one in front. To be called before the frames are normalized. New texts are
 * in @arena. */
void qn_assert_text_apply(struct qn_arena *arena, struct qn_stack *stack);

/* Is the error of a log record an assertion, with an expression or without one? */
bool qn_stack_holds_assert(struct qn_text error);

/* The assertion that @text holds as a stack of kind assert, with its boost::stacktrace if there is one.
 * Places, time and evidence stay the caller's to fill. False: there is none. */
bool qn_stack_read_assert(const struct qn_normalizer *normalizer, struct qn_arena *arena, struct qn_text text,
			  struct qn_stack *ret);

#endif
