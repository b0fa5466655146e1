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

/* The beginning of what a panic of Go says, where the program and not the runtime says it: two of one text in
 * methods of one type, of which one's name goes on where the other's ends ("AsConsumer",
 * "AsConsumerWithPosition"), are one that was renamed. Empty: it tells nothing. */
struct qn_text qn_panic_text(const struct qn_profile *profile);
/* "msgstream.(*mqmsgstream)" of a method; empty for none. */
struct qn_text qn_frame_receiver(const struct qn_profile_frame *frame);
bool qn_frame_is_renamed(const struct qn_profile_frame *a, const struct qn_profile_frame *b);

#endif
