/* How well the template miner groups messages whose true groups are known (../shared/loghub: line, event,
 * content).
 *
 * GA  share of messages whose group holds exactly the messages of their true group
 * FGA harmonic mean of the precision and recall of whole groups */
#ifndef QN_TEST_TEMPLATE_SCORE_H
#define QN_TEST_TEMPLATE_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct qn_template_score {
	size_t messages, true_groups, groups, right_groups;
	double ga, fga;
	double megabytes_per_second; /* adding and finding, repeated until a second is over; 0: not measured
				      */
};

/* @path      a file of lines "line<TAB>event<TAB>content", the first one a heading
 * @is_timed  measure the speed, too: takes about a second
 * @is_told   print the groups that are wrong, for a person, on standard error */
struct qn_error *qn_template_score(const char *path, bool is_timed, bool is_told,
				   struct qn_template_score *ret) QN_MUST_CHECK;

#endif
