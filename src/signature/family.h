/* How near two signatures are, and why: the judgement on one pair (docs/signatures.md, "Families"). */
#ifndef QN_SIGNATURE_FAMILY_H
#define QN_SIGNATURE_FAMILY_H

#include "signature/profile.h"

enum qn_near_verdict {
	QN_NEAR_SAME,   /* one failure, as far as both tell */
	QN_NEAR_UNSURE, /* nothing contradicts, and too little is shared */
	QN_NEAR_APART,  /* two failures */
};

/* Why not the same. */
enum qn_near_reason {
	QN_NEAR_NO_REASON,
	QN_NEAR_KIND,
	QN_NEAR_SIGNAL,
	QN_NEAR_EXCEPTION,
	QN_NEAR_MESSAGE,
	QN_NEAR_LANGUAGE, /* one in C++, one in Go */
	QN_NEAR_PLUMBING, /* no frame of the application on one side */
	QN_NEAR_C_CALL,   /* only Go frames below a call of C */
	QN_NEAR_NOTHING,  /* no frame shared at all */
	QN_NEAR_COMMON,   /* only frames that unrelated failures share */
	QN_NEAR_TOP,      /* they died in different functions */
	QN_NEAR_CALLERS,  /* the same first frames, called from elsewhere */
	QN_NEAR_EDITS,    /* too many frames differ */
};

#define QN_NEAR_SHOWN 3U

/* Differences are those of the first place where they were met; NULL: none. */
struct qn_near {
	enum qn_near_verdict verdict;
	enum qn_near_reason reason;
	double nearness; /* 0 to 1 */
	bool by_text;    /* the same exception and text, no frames of the application */
	size_t matched, firm;
	const struct qn_profile_frame *alike[QN_NEAR_SHOWN];
	size_t alike_count;
	const struct qn_profile_frame *common;     /* the first that both pass, and many others */
	const struct qn_profile_frame *inlined[2]; /* shown by one side only */
	const struct qn_profile_frame *more[2];    /* one frame more on this side */
	const struct qn_profile_frame *named[2];   /* one frame, named in two ways */
	bool is_damaged;                           /* and one of the names is damaged */
	const struct qn_profile_frame *parted[2];  /* where they went apart */
	bool is_cut[2];                            /* this side ended first */
};

/* @a side 0, @b side 1. Linear in the frames; symmetric but for the sides. */
void qn_family_compare(const struct qn_profile *a, const struct qn_profile *b, struct qn_near *ret);

/* Sentences for people: what @a (this one) and @b (the other) have in common, and what tells them apart. In
 * @arena. */
struct qn_text qn_near_alike(struct qn_arena *arena, const struct qn_profile *a, const struct qn_profile *b,
			     const struct qn_near *near);
struct qn_text qn_near_apart(struct qn_arena *arena, const struct qn_profile *a, const struct qn_profile *b,
			     const struct qn_near *near);

#endif
