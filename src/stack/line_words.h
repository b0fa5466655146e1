/* The words of a line, one after the other. */
#ifndef QN_STACK_LINE_WORDS_H
#define QN_STACK_LINE_WORDS_H

#include <stdbool.h>

#include "base/text.h"

struct qn_word_walk {
	struct qn_text text;
	size_t at;
};

/* False at the end. */
static inline bool qn_next_word(struct qn_word_walk *walk, struct qn_text *ret)
{
	size_t end;

	while (walk->at < walk->text.len &&
	       (walk->text.data[walk->at] == ' ' || walk->text.data[walk->at] == '\t'))
		walk->at++;
	end = walk->at;
	while (end < walk->text.len && walk->text.data[end] != ' ' && walk->text.data[end] != '\t')
		end++;
	*ret = (struct qn_text){walk->text.data + walk->at, end - walk->at};
	walk->at = end;
	return ret->len;
}

#endif
