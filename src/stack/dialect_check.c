/* Failed assertions of the libraries under Milvus' C++ core, each of which ends the process with SIGABRT:
 *
 *	/usr/include/c++/12/bits/stl_vector.h:1123: reference f(size_type): Assertion '__n < size()' failed.
 *	Faiss assertion 'nprobe > 0' failed in void faiss::f(int) at /src/IndexIVF.cpp:62; details: x
 *	/src/arrow/array.h:120:  Check failed: (a) == (b)
 *	<jemalloc>: /src/arena.c:353: Failed assertion: "p[i] == 0"
 *	src/tcmalloc.cc:332] Attempt to free invalid pointer 0x7f12
 *
 * (libstdc++ with _GLIBCXX_ASSERTIONS; faiss/impl/FaissAssert.h; arrow/util/logging.cc; jemalloc's
 * internal/assert.h and safety_check.c; gperftools.) */
#include "stack/dialect.h"

#include "stack/frame_line.h"

#include "base/banned.h"

static void begin(struct qn_sighting *sighting, const char *dialect, struct qn_text exception)
{
	sighting->dialect = dialect;
	sighting->exception = exception; /* so that the text is a part of the signature */
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
}

static void add_place(struct qn_sighting *sighting, const struct qn_frame_line *frame)
{
	sighting->phase = QN_PHASE_FRAMES;
	qn_frame_line_add_first(sighting, frame);
}

/* What stands on @line before the header's @words. */
static struct qn_text front_of(const struct qn_crash_line *line, struct qn_text rest, size_t words)
{
	return qn_text_first(line->text, line->text.len - rest.len - words);
}

/* libstdc++: no program's name in front, and straight quotes. */
static enum qn_header_use read_libstdcxx(struct qn_sighting *sighting, const struct qn_crash_line *line,
					 struct qn_text rest)
{
	static const struct qn_text words = QN_TEXT(" Assertion '");
	struct qn_text front = front_of(line, rest, words.len);
	size_t end = qn_text_find(front, QN_TEXT(": "));
	struct qn_frame_line frame = {0};

	if (!qn_text_ends(rest, QN_TEXT("' failed.")) || !qn_text_ends(front, QN_TEXT(":")) ||
	    end == SIZE_MAX ||
	    !qn_source_place_read(qn_text_first(front, end), &frame.place.file, &frame.place.line))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	frame.name = qn_text_trim(qn_text_from(qn_text_first(front, front.len - 1), end + 2));
	begin(sighting, "c-assert", QN_TEXT("assert()"));
	qn_sighting_say(sighting, qn_text_from(line->text, front.len + 1));
	add_place(sighting, &frame);
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_faiss(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	static const struct qn_text words = QN_TEXT("Faiss assertion '"), in = QN_TEXT("' failed in "),
				    at = QN_TEXT(" at ");
	size_t failed = qn_text_find(rest, in), place;
	struct qn_frame_line frame = {0};
	struct qn_text told;

	if (failed == SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	told = qn_text_from(rest, failed + in.len);
	told = qn_text_first(told, qn_text_find(told, QN_TEXT("; details")));
	place = qn_text_rfind(told, at);
	if (place == SIZE_MAX || !qn_source_place_read(qn_text_trim(qn_text_from(told, place + at.len)),
						       &frame.place.file, &frame.place.line))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	frame.name = qn_text_trim(qn_text_first(told, place));
	begin(sighting, "faiss-assert", QN_TEXT("Faiss assertion"));
	qn_sighting_say(sighting,
			qn_text_first(qn_text_from(line->text, line->text.len - rest.len - words.len),
				      words.len + failed + in.len - 4)); /* without " in " */
	add_place(sighting, &frame);
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_arrow(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	static const struct qn_text words = QN_TEXT("  Check failed: ");
	struct qn_text front = front_of(line, rest, words.len);
	struct qn_frame_line frame = {0};

	if (!rest.len || !qn_text_ends(front, QN_TEXT(":")) ||
	    !qn_source_place_read(qn_text_first(front, front.len - 1), &frame.place.file, &frame.place.line))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	begin(sighting, "arrow-check", QN_TEXT("arrow CHECK"));
	qn_sighting_say(sighting, qn_text_from(line->text, front.len + 2));
	return QN_HEADER_TAKEN;
}

/* Most of what jemalloc says is a complaint that it lives on with. */
static enum qn_header_use read_jemalloc(struct qn_sighting *sighting, const struct qn_crash_line *line,
					struct qn_text rest)
{
	static const char *const ends[] = {"Failed assertion: ",
					   "Not implemented: ",
					   "Unreachable code reached",
					   "size mismatch detected",
					   "Double free detected",
					   "double free detected",
					   "Write-after-free detected",
					   "): out of memory",
					   "heap corruption detected",
					   "Corrupt redzone",
					   "Invalid deallocation detected",
					   NULL};

	for (size_t i = 0; ends[i]; i++) {
		if (!qn_text_contains(rest, qn_text_of(ends[i])))
			continue;
		if (sighting->place.line)
			return QN_HEADER_ANOTHER;
		begin(sighting, "abort-text", QN_TEXT(""));
		qn_sighting_say(sighting, line->text);
		return QN_HEADER_TAKEN;
	}
	return QN_HEADER_NOT_MINE;
}

static enum qn_header_use read_tcmalloc(struct qn_sighting *sighting, const struct qn_crash_line *line,
					struct qn_text rest)
{
	static const struct qn_text words = QN_TEXT(" Attempt to free invalid pointer ");
	struct qn_text front = front_of(line, rest, words.len), file;
	uint32_t number;

	if (!qn_text_ends(front, QN_TEXT("]")) ||
	    !qn_source_place_read(qn_text_first(front, front.len - 1), &file, &number) ||
	    !qn_text_starts(rest, QN_TEXT("0x")))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	begin(sighting, "abort-text", QN_TEXT(""));
	qn_sighting_say(sighting, qn_text_from(line->text, line->text.len - rest.len - words.len + 1));
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{" Assertion '", true, read_libstdcxx},
	{"Faiss assertion '", false, read_faiss},
	{"  Check failed: ", true, read_arrow},
	{"<jemalloc>: ", false, read_jemalloc},
	{" Attempt to free invalid pointer ", true, read_tcmalloc},
	{NULL, false, NULL},
};

static const char *const triggers[] = {" Assertion '", "Faiss assertion '",
				       "<jemalloc>: ", " Attempt to free invalid pointer ", NULL};

const struct qn_dialect qn_dialect_check = {
	.name = "check",
	.witness = QN_WITNESS_PRELUDE,
	.triggers = triggers, /* and the failure dialect's "Check failed: " */
	.headers = headers,
};
