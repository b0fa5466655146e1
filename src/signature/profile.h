/* What of a signature is compared with others: the application's frames with their weights, and what must not
 * contradict. */
#ifndef QN_SIGNATURE_PROFILE_H
#define QN_SIGNATURE_PROFILE_H

#include "signature/weight.h"

#define QN_PROFILE_FRAMES_MAX 24U

struct qn_profile_frame {
	struct qn_text key;
	struct qn_text folded; /* the key in small letters: what is compared */
	struct qn_text tail;   /* of folded: behind the last "::" (Go: the last '.') */
	double weight;
	bool is_inlined, is_ladder;
};

struct qn_profile {
	struct qn_text id;
	enum qn_kind kind;
	struct qn_text class;              /* signal, or the word for what happened without one; "" unknown */
	struct qn_text exception, message; /* message: masked; "" unknown */
	struct qn_text task, c_call;
	struct qn_text place; /* that an exception names without a function: "SegmentSealedImpl.cpp:643" */
	struct qn_profile_frame *frames; /* the application's, innermost first */
	size_t count;
	uint64_t whole; /* hash over all frames of whatever role that are not inlined; 0: fewer than three */
	bool is_go;     /* they are Go's */
	bool is_c_only; /* C or C++ failed and only Go frames below the call are known */
};

/* @stack->message is masked already (the reason of a signature). Nothing is borrowed: texts are in
 * @arena. */
struct qn_error *qn_profile_of_stack(struct qn_arena *arena, const struct qn_weights *weights,
				     struct qn_text id, const struct qn_stack *stack,
				     struct qn_profile *ret) QN_MUST_CHECK;

/* A frame that tells failures apart. */
#define QN_WEIGHT_FIRM 0.5

#endif
