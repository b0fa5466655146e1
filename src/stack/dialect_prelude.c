/* Last words of the C and C++ runtimes. The Go runtime reports the signal that they raise, behind them:
 *
 *	terminate called after throwing an instance of 'milvus::SegcoreError'
 *	  what():  Error:RemoveDir:Directory not empty
 *	SIGABRT: abort */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/frame_line.h"

#include "base/banned.h"

/* A line of the message as long as that may have been wrapped by the viewer it was copied from. */
#define WRAPPED_LINE_BYTES_MIN 60U

/* Another dialect's report, which has frames of its own. */
static bool is_of_another(const struct qn_sighting *sighting)
{
	return sighting->place.line && sighting->of && sighting->of->has_own_frames;
}

static void begin(struct qn_sighting *sighting, const char *dialect)
{
	if (sighting->dialect[0] == '\0')
		sighting->dialect = dialect;
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	qn_sighting_settle_message(sighting, true);
	sighting->is_message_open = false;
}

/* "terminate called after throwing an instance of 'T'"; another thread's words may be glued in before the
 * quote ends. */
static enum qn_header_use read_throw(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	struct qn_cursor cursor = qn_cursor_of(rest);
	struct qn_text type = rest;
	size_t glued;

	(void)line;
	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting, "terminate");
	glued = qn_text_find(rest, QN_TEXT("terminate called"));
	if (glued != SIZE_MAX) {
		type = qn_text_first(rest, glued);
		sighting->damage |= QN_DAMAGE_GLUED_TEXT;
	} else {
		qn_cursor_take_until(&cursor, '\'', &type);
	}
	if (sighting->exception.len == 0)
		sighting->exception = qn_sighting_keep(sighting, type);
	return QN_HEADER_TAKEN;
}

/* Words that are the message themselves, if nothing better was said before. */
static enum qn_header_use read_words(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     const char *dialect)
{
	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting, dialect);
	if (sighting->message.len == 0 && sighting->exception.len == 0)
		qn_sighting_say(sighting, line->text);
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_terminate(struct qn_sighting *sighting, const struct qn_crash_line *line,
					 struct qn_text rest)
{
	(void)rest;
	return read_words(sighting, line, "terminate");
}

static enum qn_header_use read_abort_text(struct qn_sighting *sighting, const struct qn_crash_line *line,
					  struct qn_text rest)
{
	(void)rest;
	return read_words(sighting, line, "abort-text");
}

/* "libgomp: Thread creation failed: ..." ends the process, "libgomp: Invalid value for environment variable"
 * does not. */
static enum qn_header_use read_libgomp(struct qn_sighting *sighting, const struct qn_crash_line *line,
				       struct qn_text rest)
{
	if (!qn_text_contains(rest, QN_TEXT("failed")) && !qn_text_contains(rest, QN_TEXT("memory")) &&
	    !qn_text_contains(rest, QN_TEXT("ould not")))
		return QN_HEADER_NOT_MINE;
	return read_words(sighting, line, "abort-text");
}

static enum qn_header_use read_what(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	if (sighting->place.line == 0)
		sighting->damage |= QN_DAMAGE_HEADER;
	begin(sighting, "terminate");
	rest = qn_text_trim(rest);
	if (!qn_text_contains(qn_buffer_text(&sighting->message), rest))
		qn_sighting_say(sighting, rest);
	sighting->last_line_len = line->line->text.len;
	sighting->is_message_open = true;
	return QN_HEADER_TAKEN;
}

/* libc++: "terminating due to uncaught exception of type T: what", "terminating with uncaught exception of
 * type T", "terminating". */
static enum qn_header_use read_libcxx(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	static const struct qn_text words = QN_TEXT("exception of type ");
	size_t at = qn_text_find(rest, words), end;

	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	if (at == SIZE_MAX)
		return read_words(sighting, line, "terminate");
	begin(sighting, "terminate");
	rest = qn_text_from(rest, at + words.len);
	end = qn_text_find(rest, QN_TEXT(": ")); /* not of "std::" */
	if (sighting->exception.len == 0)
		sighting->exception = qn_sighting_keep(sighting, qn_text_trim(qn_text_first(rest, end)));
	if (end != SIZE_MAX && sighting->message.len == 0) {
		qn_sighting_say(sighting, qn_text_trim(qn_text_from(rest, end + 2)));
		sighting->last_line_len = line->line->text.len;
		sighting->is_message_open = true;
	}
	return QN_HEADER_TAKEN;
}

/* "milvus: /src/EvalCtx.h:36: milvus::exec::EvalCtx::EvalCtx(RowVector*): Assertion `set != nullptr'
 * failed.": assert() of the C library, which aborts. */
static enum qn_header_use read_c_assert(struct qn_sighting *sighting, const struct qn_crash_line *line,
					struct qn_text rest)
{
	static const struct qn_text words = QN_TEXT(" Assertion `");
	struct qn_text front = qn_text_first(line->text, line->text.len - rest.len - words.len), place;
	struct qn_frame_line frame = {0};
	bool is_cut = qn_text_find_byte(rest, '\'') == SIZE_MAX;
	size_t end;

	if ((!is_cut && !qn_text_ends(rest, QN_TEXT("' failed."))) || !qn_text_ends(front, QN_TEXT(":")))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	front.len--;
	end = qn_text_find(front, QN_TEXT(": "));
	place = qn_text_from(front, end == SIZE_MAX ? 0 : end + 2);
	end = qn_text_find(place, QN_TEXT(": "));
	frame.name = end == SIZE_MAX ? QN_TEXT("") : qn_text_trim(qn_text_from(place, end + 2));
	if (!qn_source_place_read(qn_text_first(place, end), &frame.place.file, &frame.place.line))
		return QN_HEADER_NOT_MINE;
	begin(sighting, "c-assert");
	sighting->is_cut |= is_cut;
	sighting->exception = QN_TEXT("assert()"); /* so that the text is a part of the signature */
	qn_sighting_say(sighting, qn_text_from(line->text, line->text.len - rest.len - words.len + 1));
	sighting->phase = QN_PHASE_FRAMES;
	qn_frame_line_add_first(sighting, &frame);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"terminate called after throwing an instance of '", true, read_throw},
	{"terminate called ", true, read_terminate},
	{"what():", false, read_what},
	{"pure virtual method called", true, read_terminate},
	{"libc++abi: terminating", false, read_libcxx},
	{"libc++abi.dylib: terminating", false, read_libcxx},
	{"libc++abi: Pure virtual function called", false, read_terminate},
	{" Assertion `", true, read_c_assert},
	{"runtime/cgo: pthread_create failed", true, read_abort_text},
	{"libgomp: ", false, read_libgomp},
	{"double free or corruption", false, read_abort_text},
	{"malloc(): ", false, read_abort_text},
	{"realloc(): ", false, read_abort_text},
	{"free(): ", false, read_abort_text},
	{"malloc_consolidate(): ", false, read_abort_text},
	{"munmap_chunk(): ", false, read_abort_text},
	{"mremap_chunk(): ", false, read_abort_text},
	{"tcache_thread_shutdown(): ", false, read_abort_text},
	{"corrupted size vs", false, read_abort_text},
	{"corrupted double-linked list", false, read_abort_text},
	{"*** stack smashing detected", false, read_abort_text},
	{"*** buffer overflow detected", false, read_abort_text},
	{"Fatal glibc error", false, read_abort_text},
	{NULL, false, NULL},
};

/* The rest of a what() that goes on: indented below it. A long line before it was wrapped, a short one ended
 * so. */
static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	if (!sighting->is_message_open || !line->is_indented || !sighting->message.len ||
	    sighting->pending_lines || strcmp(sighting->dialect, "terminate") != 0)
		return NULL;
	*ret_use = QN_LINE_TAKEN;
	if (sighting->last_line_len >= WRAPPED_LINE_BYTES_MIN && !qn_text_starts(line->text, QN_TEXT("=> ")))
		qn_sighting_say_on(sighting, line->text);
	else
		qn_sighting_say(sighting, line->text);
	sighting->last_line_len = line->line->text.len;
	return NULL;
}

/* Prose about exceptions: a process that ends names the type, in quotes, or says what() it was. */
static void finish(struct qn_sighting *sighting)
{
	struct qn_text message = qn_buffer_text(&sighting->message);

	sighting->is_noise |= sighting->kind == QN_KIND_ABORT && !sighting->frames_count &&
			      !sighting->exception.len && qn_text_find_byte(message, '\n') == SIZE_MAX &&
			      qn_text_contains(message, QN_TEXT("terminate called after throwing"));
}

static const char *const triggers[] = {"terminate called ",
				       "  what():",
				       "pure virtual method called",
				       "libc++abi",
				       " Assertion `",
				       "pthread_create failed",
				       "libgomp: ",
				       "double free or corruption",
				       "malloc(): ",
				       "realloc(): ",
				       "free(): ",
				       "malloc_consolidate(): ",
				       "munmap_chunk(): ",
				       "mremap_chunk(): ",
				       "tcache_thread_shutdown(): ",
				       "corrupted ",
				       "stack smashing detected",
				       "buffer overflow detected",
				       "Fatal glibc error",
				       NULL};

const struct qn_dialect qn_dialect_prelude = {
	.name = "prelude",
	.witness = QN_WITNESS_PRELUDE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
};
