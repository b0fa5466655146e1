/* A boost::stacktrace that stands alone: an assertion's whose first lines were lost, or one that a program
 * prints of itself.
 *
 *	 0# milvus::impl::EasyStackTrace() at /src/EasyAssert.cpp:28
 *	 1# 0x00007F12 in /lib/libmilvus_segcore.so */
#include "stack/dialect.h"

#include "stack/frame_line.h"

#include "base/banned.h"

/* A line alone may be anything. */
#define FRAMES_MIN 2U

/* The innermost machinery tells what happened. */
static void settle_kind(struct qn_sighting *sighting, struct qn_text name)
{
	static const struct {
		struct qn_text words;
		enum qn_kind kind;
	} marks[] = {
		{QN_TEXT("EasyAssertInfo"), QN_KIND_ASSERT},     {QN_TEXT("EasyStackTrace"), QN_KIND_ASSERT},
		{QN_TEXT("PanicInfo"), QN_KIND_ASSERT},          {QN_TEXT("ThrowInfo"), QN_KIND_ASSERT},
		{QN_TEXT("__assert_fail"), QN_KIND_ABORT},       {QN_TEXT("std::terminate"), QN_KIND_ABORT},
		{QN_TEXT("__verbose_terminate"), QN_KIND_ABORT},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (qn_text_contains(name, marks[i].words))
			qn_sighting_set_kind(sighting, marks[i].kind);
	if (qn_text_equal(name, QN_TEXT("abort")) || qn_text_equal(name, QN_TEXT("raise")) ||
	    qn_text_equal(name, QN_TEXT("gsignal")))
		qn_sighting_set_kind(sighting, QN_KIND_ABORT);
}

static void note(struct qn_sighting *sighting, const struct qn_frame_line *frame)
{
	settle_kind(sighting, frame->name);
	sighting->is_noise = sighting->frames_count < FRAMES_MIN;
}

/* Does it look like a frame, not only like its number? */
static bool is_sure(const struct qn_frame_line *frame)
{
	return frame->place.module.len || frame->place.file.len || frame->place.has_pc ||
	       qn_is_function_line(frame->name);
}

static enum qn_header_use read_first(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	struct qn_frame_line frame;

	(void)rest;
	if (!qn_frame_line_read_boost(line->text, &frame) || !is_sure(&frame))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	sighting->dialect = "boost-stacktrace";
	sighting->is_headless = true;
	sighting->phase = QN_PHASE_FRAMES;
	qn_frame_line_add_first(sighting, &frame);
	note(sighting, &frame);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"0# ", false, read_first},
	{NULL, false, NULL},
};

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_frame_line frame;

	*ret_use = QN_LINE_NOT_MINE;
	if (!qn_frame_line_read_boost(line->text, &frame) || frame.index == 0)
		return NULL;
	*ret_use = QN_LINE_TAKEN;
	QN_TRY(qn_sighting_add_frame(sighting, frame.name, &frame.place));
	note(sighting, &frame);
	return NULL;
}

static const char *const triggers[] = {" 0# ", NULL};

const struct qn_dialect qn_dialect_boost = {
	.name = "boost",
	.witness = QN_WITNESS_NATIVE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.has_own_frames = true,
};
