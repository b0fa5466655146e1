#include "stack/line_opening.h"

#include "base/banned.h"

/* Words that begin a line of a report, and up to where that line goes. */
static const struct opening {
	struct qn_text words;
	struct qn_text end; /* "": the words are the line; {NULL}: up to the next opening */
} openings[] = {
	{QN_TEXT("goroutine "), QN_TEXT("]:")},
	{QN_TEXT("SIGNAL CATCH BY NON-GO SIGNAL HANDLER"), QN_TEXT("")},
	{QN_TEXT("SIGNO: "), {NULL, 0}},
	{QN_TEXT("BACKTRACE:"), QN_TEXT("")},
	{QN_TEXT("runtime stack:"), QN_TEXT("")},
	{QN_TEXT("[signal SIG"), QN_TEXT("]")},
	{QN_TEXT("signal arrived during cgo execution"), QN_TEXT("")},
	{QN_TEXT("PC=0x"), {NULL, 0}},
	{QN_TEXT("SIGSEGV: segmentation violation"), QN_TEXT("")},
	{QN_TEXT("SIGABRT: abort"), QN_TEXT("")},
	{QN_TEXT("SIGBUS: bus error"), QN_TEXT("")},
	{QN_TEXT("SIGILL: illegal instruction"), QN_TEXT("")},
	{QN_TEXT("SIGFPE: floating-point exception"), QN_TEXT("")},
	{QN_TEXT("panic: "), {NULL, 0}},
	{QN_TEXT("fatal error: "), {NULL, 0}},
	{QN_TEXT("terminate called "), {NULL, 0}},
	{QN_TEXT("what():  "), {NULL, 0}},
	{QN_TEXT("created by "), {NULL, 0}},
	{QN_TEXT("READ of size "), {NULL, 0}},
	{QN_TEXT("WRITE of size "), {NULL, 0}},
	{QN_TEXT("freed by thread "), QN_TEXT(":")},
	{QN_TEXT("previously allocated by thread "), QN_TEXT(":")},
	{QN_TEXT("Previous read of size "), QN_TEXT(":")},
	{QN_TEXT("Previous write of size "), QN_TEXT(":")},
	{QN_TEXT("SUMMARY: "), {NULL, 0}},
	{QN_TEXT("WARNING: ThreadSanitizer: "), {NULL, 0}},
	{QN_TEXT("Write of size "), QN_TEXT(":")},
	{QN_TEXT("Read of size "), QN_TEXT(":")},
	{QN_TEXT("*** Signal "), {NULL, 0}},
	{QN_TEXT("*** SIG"), {NULL, 0}},
	{QN_TEXT("*** Aborted at "), {NULL, 0}},
	{QN_TEXT("*** Error in `"), {NULL, 0}},
	{QN_TEXT("======= Backtrace: ========="), QN_TEXT("")},
	{QN_TEXT("======= Memory map: ========"), QN_TEXT("")},
	{QN_TEXT("PC: @ "), {NULL, 0}},
	{QN_TEXT("stack backtrace:"), QN_TEXT("")},
	{QN_TEXT("Program terminated with signal "), QN_TEXT(".")},
	{QN_TEXT("[Current thread is "), QN_TEXT("]")},
	{QN_TEXT("(gdb) bt"), QN_TEXT("")},
	{QN_TEXT("(gdb) quit"), QN_TEXT("")},
	{QN_TEXT("Stack trace of thread "), QN_TEXT(":")},
	{QN_TEXT("TID "), QN_TEXT(":")},
};

#define OPENING_BYTES_MAX 256U

/* Where the line that @text begins with ends; SIZE_MAX: not near, so it is no such line ("created by f in
 * goroutine 7"). */
static size_t opening_end(struct qn_text text, const struct opening *opening)
{
	size_t at = qn_text_find(qn_text_first(text, OPENING_BYTES_MAX), opening->end);

	return at == SIZE_MAX ? SIZE_MAX : at + opening->end.len;
}

static const struct opening *opening_at(struct qn_text text)
{
	if (!text.len || !strchr("gSBr[sPpftwcRW(T*=", text.data[0] ? text.data[0] : 'x'))
		return NULL;
	for (size_t i = 0; i < sizeof(openings) / sizeof(*openings); i++)
		if (qn_text_starts(text, openings[i].words))
			return !openings[i].end.len || opening_end(text, &openings[i]) != SIZE_MAX
				       ? &openings[i]
				       : NULL;
	return NULL;
}

bool qn_begins_opening(struct qn_text text)
{
	return opening_at(text) != NULL;
}

static void put_trimmed(struct qn_buffer *ret, struct qn_text text)
{
	text = qn_text_trim(text);
	if (text.len) {
		qn_buffer_append_text(ret, text);
		qn_buffer_append_byte(ret, '\n');
	}
}

/* What stands between two places: heads, and the name of a function. */
void qn_split_between(struct qn_buffer *ret, struct qn_text text)
{
	size_t start = 0, at = 0;

	while (at < text.len) {
		const struct opening *opening =
			!at || text.data[at - 1] == ' ' ? opening_at(qn_text_from(text, at)) : NULL;
		size_t end;

		if (!opening) {
			at++;
			continue;
		}
		put_trimmed(ret, qn_text_first(qn_text_from(text, start), at - start));
		start = at;
		if (!opening->end.data) {
			at += opening->words.len;
			continue;
		}
		end = opening->end.len ? opening_end(qn_text_from(text, at), opening) : opening->words.len;
		at += end;
		put_trimmed(ret, qn_text_first(qn_text_from(text, start), at - start));
		start = at;
	}
	put_trimmed(ret, qn_text_from(text, start));
}
