/* Folly's exception tracer (debugging/exception_tracer/ExceptionTracer.cpp), when it is linked in: the stack
 *of the throw, printed by std::terminate before it says its own words. The lines with a front are records of
 * glog:
 *
 *	E20261123 12:03:39.734570 32477 ExceptionTracer.cpp:218] terminate() called, exception stack follows
 *	E20261123 12:03:39.734735 32477 ExceptionTracer.cpp:220] Exception type: std::runtime_error (11
 *frames)
 *	    @ 00000000002ab54b __cxa_throw
 *	                       /src/ExceptionTracerLib.cpp:74
 *	E20261123 12:03:39.737943 32477 ExceptionTracer.cpp:222] exception stack complete
 *
 * Further types are of exceptions that were being handled when the first was thrown. "Invalid trace stack for
 * exception of type: T" is a complaint of the tracer about itself. */
#include "stack/dialect.h"

#include "stack/frame_line.h"

#include "base/banned.h"

enum state {
	STATE_TYPE = 1,     /* the first exception's frames come */
	STATE_FURTHER = 2,  /* another's come */
	STATE_COMPLETE = 4, /* nothing comes */
};

/* "std::runtime_error (11 frames)", "X (1 frame)" */
static bool read_exception(struct qn_text text, struct qn_text *ret_type)
{
	size_t open = qn_text_rfind(text, QN_TEXT(" ("));
	struct qn_text count;
	uint64_t number;

	if (open == SIZE_MAX)
		return false;
	count = qn_text_from(text, open + 2);
	if (!qn_take_number(&count, &number) ||
	    !(qn_text_equal(count, QN_TEXT(" frames)")) || qn_text_equal(count, QN_TEXT(" frame)"))))
		return false;
	*ret_type = qn_text_first(text, open);
	return true;
}

/* "std::runtime_error (11 fra", "std::runtime_er": a record of the tracer was cut. What is left of the name
 * may be another's. */
static struct qn_text cut_exception(struct qn_text text)
{
	size_t open = qn_text_rfind(text, QN_TEXT(" ("));
	struct qn_text count = qn_text_from(text, open == SIZE_MAX ? text.len : open + 2);
	uint64_t number;

	return qn_take_number(&count, &number) ? qn_text_first(text, open) : QN_TEXT("");
}

static enum qn_header_use take_type(struct qn_sighting *sighting, struct qn_text type)
{
	if ((sighting->place.line && sighting->of != &qn_dialect_exception) ||
	    sighting->state & STATE_COMPLETE)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "exception-tracer";
	sighting->phase = QN_PHASE_FRAMES;
	/* A type that was cut and has no frames stands for nothing. */
	if (sighting->state & STATE_TYPE && (sighting->frames_count || !sighting->is_cut)) {
		sighting->state |= STATE_FURTHER;
		return QN_HEADER_TAKEN;
	}
	sighting->state |= STATE_TYPE;
	if (!qn_text_equal(type, QN_TEXT("(unknown type)")))
		sighting->exception = qn_sighting_keep(sighting, type);
	/* Printed by the program itself, it may go on. */
	qn_sighting_set_kind(sighting, QN_KIND_ERROR);
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_type(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	struct qn_text type;

	(void)line;
	return read_exception(rest, &type) ? take_type(sighting, type) : QN_HEADER_NOT_MINE;
}

static enum qn_header_use read_type_record(struct qn_sighting *sighting, struct qn_text rest)
{
	enum qn_header_use use;
	struct qn_text type;

	if (read_exception(rest, &type))
		return take_type(sighting, type);
	if (!sighting->place.line || sighting->of != &qn_dialect_exception)
		return QN_HEADER_NOT_MINE;
	use = take_type(sighting, cut_exception(rest));
	sighting->is_cut |= use == QN_HEADER_TAKEN && !(sighting->state & STATE_FURTHER);
	return use;
}

static enum qn_header_use read_record(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	static const struct qn_text type_words = QN_TEXT("Exception type: ");
	size_t at = qn_text_find(rest, QN_TEXT("] "));

	(void)line;
	if (at == SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	rest = qn_text_trim(qn_text_from(rest, at + 2));
	if (qn_text_starts(rest, type_words))
		return read_type_record(sighting, qn_text_from(rest, type_words.len));
	if (qn_text_equal(rest, QN_TEXT("exception stack complete"))) {
		if (!sighting->place.line || sighting->of != &qn_dialect_exception)
			return QN_HEADER_IGNORED;
		sighting->state |= STATE_COMPLETE;
		return QN_HEADER_TAKEN;
	}
	if (!qn_text_ends(rest, QN_TEXT(" called, exception stack follows")))
		return QN_HEADER_IGNORED;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "exception-tracer";
	qn_sighting_set_kind(sighting, QN_KIND_ABORT);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{" ExceptionTracer.cpp:", true, read_record},
	{"Exception type: ", false, read_type},
	{NULL, false, NULL},
};

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_frame *last = sighting->frames_count ? &sighting->frames[sighting->frames_count - 1] : NULL;
	struct qn_frame_line frame;
	struct qn_text file;
	uint32_t number;

	*ret_use = QN_LINE_NOT_MINE;
	if (qn_frame_line_read_at(line->text, &frame) && sighting->state & STATE_TYPE) {
		*ret_use = QN_LINE_TAKEN;
		return sighting->state & (STATE_FURTHER | STATE_COMPLETE)
			       ? NULL
			       : qn_sighting_add_frame(sighting, frame.name, &frame.place);
	}
	if (sighting->phase == QN_PHASE_FRAMES && line->is_indented &&
	    (qn_frame_line_read_file(line->text, &file, &number) ||
	     qn_text_starts(line->text, QN_TEXT("-> ")) ||
	     qn_text_starts(line->text, QN_TEXT("!!! caught ")))) {
		*ret_use = QN_LINE_TAKEN;
		if (last && !last->file.len && !(sighting->state & STATE_FURTHER) &&
		    qn_frame_line_read_file(line->text, &file, &number)) {
			last->file = qn_sighting_keep(sighting, file);
			last->line = number;
		}
		return NULL;
	}
	if (line->header && line->header->dialect != &qn_dialect_exception)
		*ret_use = QN_LINE_END;
	return NULL;
}

static const char *const triggers[] = {"ExceptionTracer.cpp:", "Exception type: ", NULL};

const struct qn_dialect qn_dialect_exception = {
	.name = "exception",
	.witness = QN_WITNESS_PRELUDE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.has_own_frames = true,
};
