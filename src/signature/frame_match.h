/* Are two frames' names the name of one function? */
#ifndef QN_SIGNATURE_FRAME_MATCH_H
#define QN_SIGNATURE_FRAME_MATCH_H

#include "signature/profile.h"

enum qn_frame_match {
	QN_MATCH_NONE,
	QN_MATCH_MAYBE,   /* no: but not so different that damage could not explain it */
	QN_MATCH_DAMAGED, /* a letter or two differ, in a way that reading a picture makes */
	QN_MATCH_SHORT,   /* one is the end of the other: `Insert`, `milvus::segcore::X::Insert` */
	QN_MATCH_EQUAL,
};

/* Never DAMAGED or MAYBE: cheap. */
enum qn_frame_match qn_frame_match(const struct qn_profile_frame *a, const struct qn_profile_frame *b);

/* Only for frames that qn_frame_match() finds different. */
enum qn_frame_match qn_frame_match_damaged(const struct qn_profile_frame *a,
					   const struct qn_profile_frame *b);

#endif
