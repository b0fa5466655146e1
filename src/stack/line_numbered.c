#include "stack/line_numbered.h"

#include "stack/line_opening.h"
#include "stack/line_words.h"

#include "base/banned.h"

/* "#12", "12#", "12:": the number of a frame, with @mark before or behind it. */
static bool read_frame_number(struct qn_text token, struct qn_text before, struct qn_text behind,
			      uint64_t *ret)
{
	if (token.len <= before.len + behind.len || !qn_text_starts(token, before) ||
	    !qn_text_ends(token, behind))
		return false;
	return qn_text_to_u64(
		qn_text_first(qn_text_from(token, before.len), token.len - before.len - behind.len), ret);
}

struct frame_walk {
	bool is_behind_pc;  /* "PC: @ 0x7f12 f()" is a head */
	bool has_backtrace; /* of Rust, whose "0:" may else be anything */
	uint64_t next;      /* the number that the next frame must have */
	unsigned frames;
};

static bool is_valgrind_mark(struct qn_text token)
{
	uint64_t pid;

	return token.len > 4 && qn_text_starts(token, QN_TEXT("==")) &&
	       read_frame_number(
		       qn_text_first(token, qn_text_find(qn_text_from(token, 2), QN_TEXT("==")) + 4),
		       QN_TEXT("=="), QN_TEXT("=="), &pid);
}

/* "/lib/x.so(f+0x3)[0x7f12]", "./x(f+0x3) [0x7f12]": as glibc's backtrace_symbols() has them */
static bool is_symbol_frame(struct qn_text token, struct qn_text behind)
{
	if (token.data[0] != '/' && !qn_text_starts(token, QN_TEXT("./")))
		return false;
	if (token.data[token.len - 1] == ']')
		return qn_text_contains(token, QN_TEXT("[0x"));
	return token.data[token.len - 1] == ')' && qn_text_contains(token, QN_TEXT("(")) &&
	       qn_text_starts(behind, QN_TEXT(" [0x"));
}

/* Does a line begin with @token? @behind: what follows it. */
static bool begins_line(struct frame_walk *walk, struct qn_text token, struct qn_text behind)
{
	uint64_t number;

	if (read_frame_number(token, QN_TEXT("#"), QN_TEXT(""), &number) ||
	    read_frame_number(token, QN_TEXT(""), QN_TEXT("#"), &number) ||
	    (walk->has_backtrace && read_frame_number(token, QN_TEXT(""), QN_TEXT(":"), &number))) {
		if (number && number != walk->next)
			return false;
		walk->next = number + 1;
		walk->frames++;
		return true;
	}
	if (is_symbol_frame(token, behind)) {
		walk->frames++;
		return true;
	}
	if (qn_text_equal(token, QN_TEXT("@")) && !walk->is_behind_pc &&
	    qn_text_starts(qn_text_trim(qn_text_first(behind, 32)), QN_TEXT("0"))) {
		walk->frames++;
		return true;
	}
	if (qn_text_starts(token, QN_TEXT("==")) && is_valgrind_mark(token)) {
		behind = qn_text_trim(qn_text_first(behind, 16));
		walk->frames +=
			qn_text_starts(behind, QN_TEXT("at 0x")) || qn_text_starts(behind, QN_TEXT("by 0x"));
		return true;
	}
	if (!walk->frames)
		return false;
	/* The place of a frame that glog or Rust printed. */
	if (walk->has_backtrace)
		return qn_text_equal(token, QN_TEXT("at")) && qn_text_starts(behind, QN_TEXT(" /"));
	return !walk->next && (qn_text_starts(token, QN_TEXT("/")) || qn_text_starts(token, QN_TEXT("./"))) &&
	       token.data[token.len - 1] >= '0' && token.data[token.len - 1] <= '9';
}

bool qn_line_split_numbered(struct qn_text text, struct qn_buffer *ret)
{
	struct frame_walk frames = {0};
	struct qn_word_walk walk = {.text = text};
	struct qn_text token;
	size_t from = 0;

	/* Most lines hold none of what numbers frames; mangled names, which are long, hold no blank. */
	if (!memchr(text.data, ' ', text.len) && !memchr(text.data, '\t', text.len))
		return false;
	/* of Rust, behind "thread 'main' panicked" or alone */
	frames.has_backtrace = (memchr(text.data, '\'', text.len) ||
				qn_text_starts(qn_text_trim(text), QN_TEXT("stack "))) &&
			       qn_text_contains(text, QN_TEXT("stack backtrace:"));
	if (!frames.has_backtrace && !memchr(text.data, '#', text.len) && !memchr(text.data, '@', text.len) &&
	    !memchr(text.data, '=', text.len) && !memchr(text.data, '[', text.len))
		return false;
	if (!qn_text_contains(text, QN_TEXT("#1 ")) && !qn_text_contains(text, QN_TEXT(" 1# ")) &&
	    !qn_text_contains(text, QN_TEXT(" @ ")) && !qn_text_contains(text, QN_TEXT("== ")) &&
	    !qn_text_contains(text, QN_TEXT("[0x")) && !frames.has_backtrace)
		return false;
	while (qn_next_word(&walk, &token)) {
		size_t start = (size_t)(token.data - text.data);

		bool begins = begins_line(&frames, token, qn_text_from(text, walk.at));

		frames.is_behind_pc = qn_text_equal(token, QN_TEXT("PC:"));
		if (!begins)
			continue;
		qn_split_between(ret, qn_text_first(qn_text_from(text, from), start - from));
		from = start;
	}
	qn_split_between(ret, qn_text_from(text, from));
	/* What says "#0 and #1" has no addresses, and no names of C++. */
	return frames.frames > 1 &&
	       (qn_text_contains(text, QN_TEXT("0x")) || qn_text_contains(text, QN_TEXT("::")) ||
		qn_text_contains(text, QN_TEXT("@ 0")));
}
