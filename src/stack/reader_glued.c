/* Crash text behind a log record on the same line: nothing keeps C's and Go's streams apart.
 *
 *	[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] ["x"]SIGNAL CATCH BY NON-GO SIGNAL HANDLER
 *	[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] ["proceSIGNAL CATCH BY NON-GO SIGNAL HANDLER
 *	I20240531 17:30:14.165886 181993 a.cc:52] [KNOWHERE][f][milvus] textfatal error: fault */
#include "stack/crash_line.h"
#include "stack/reader.h"

#include "base/banned.h"

/* Nobody else writes these. The others must be glued in earnest: to the end of a record, or to a letter of
 * one that was cut. */
static const struct {
	const char *words;
	bool is_sure, is_end; /* is_end: nothing may follow */
} begins[] = {
	{"SIGNAL CATCH BY NON-GO SIGNAL HANDLER", true, false},
	{"terminate called after throwing an instance of '", true, false},
	{"SIGSEGV: segmentation violation", false, true},
	{"SIGABRT: abort", false, true},
	{"SIGBUS: bus error", false, true},
	{"SIGFPE: floating-point exception", false, true},
	{"SIGILL: illegal instruction", false, true},
	{"panic: ", false, false},
	{"fatal error: ", false, false},
	{"BACKTRACE:", false, true},
	{"SIGNO: ", false, false},
};

static size_t count_byte(struct qn_text text, char byte)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == byte && (i == 0 || text.data[i - 1] != '\\');
	return count;
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Is @tail, behind @record, none of the record's own words? A quotation that was begun goes on to its end,
 * and a word has a blank in front. */
static bool is_glued(struct qn_text record, struct qn_text tail, bool is_sure)
{
	bool is_quoted = count_byte(record, '"') % 2;

	if (count_byte(tail, '"') % 2 || (is_quoted && qn_text_ends(tail, QN_TEXT("]"))))
		return false;
	if (is_sure)
		return true;
	return is_quoted ? is_word_byte(record.data[record.len - 1]) : record.data[record.len - 1] == ']';
}

/* "...] ["x"]_ZN6milvus5query6SearchEv", "...] ["x"]\t/src/a.cpp:7 pc=0x7f12" */
static bool find_frame(struct qn_text text, struct qn_text *ret)
{
	size_t at = qn_text_rfind(text, QN_TEXT("]"));
	struct qn_text tail = at == SIZE_MAX ? QN_TEXT("") : qn_text_from(text, at + 1);
	struct qn_code_place place;
	bool is_name = qn_text_starts(tail, QN_TEXT("_Z")) && qn_text_find_byte(tail, ' ') == SIZE_MAX;

	if (!is_name &&
	    (!qn_text_starts(tail, QN_TEXT("\t")) || !qn_code_place_read(tail, &place) || !place.has_pc))
		return false;
	*ret = tail;
	return count_byte(qn_text_first(text, at), '"') % 2 == 0;
}

bool qn_stack_find_glued(struct qn_text text, bool is_open, struct qn_text *ret)
{
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		struct qn_text words = qn_text_of(begins[i].words), tail;
		/* Forwards is much faster, and nearly all records hold none of them. */
		size_t at = qn_text_contains(text, words) ? qn_text_rfind(text, words) : SIZE_MAX;

		if (at == SIZE_MAX || at == 0)
			continue;
		tail = qn_text_from(text, at);
		if (begins[i].is_end && qn_text_trim_right(tail).len != strlen(begins[i].words))
			continue;
		if (!is_glued(qn_text_first(text, at), tail, begins[i].is_sure))
			continue;
		*ret = tail;
		return true;
	}
	return is_open && find_frame(text, ret);
}
