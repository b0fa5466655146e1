/* An error with the trace of the server that made it, as a client prints it. Place and function stand on one
 * line, and the reason behind the last of them:
 *
 *	<MilvusException: (code=65535, message=fail to search on QueryNode 3: stack trace: /src/trace.go:51
 *x.Trace /src/client.go:352 x.(*ClientBase[...]).Call /usr/local/go/src/runtime/asm_amd64.s:1571
 *runtime.goexit: rpc error: code = Unavailable)>
 *
 * Where the reason holds a trace again, that one is nearer to the origin. Printed by repr() it is one line,
 * with "\n" as two bytes. Inside records it is a field (dialect_zap.c). */
#include "stack/dialect.h"

#include "base/cursor.h"

#include "base/banned.h"

static const struct qn_text trace_words = {"stack trace: ", 13};

/* Traces inside a reason, one in the other. */
#define NESTED_MAX 8U

/* "/src/trace.go:51 x.Trace: the reason". False: no frame. */
static bool split_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret_place,
			struct qn_text *ret_reason)
{
	size_t blank = qn_text_find_byte(text, ' '), end;
	struct qn_text rest;

	if (blank == SIZE_MAX || !qn_code_place_read(qn_text_first(text, blank), ret_place) ||
	    !ret_place->file.len)
		return false;
	rest = qn_text_trim(qn_text_from(text, blank + 1));
	end = qn_text_find_byte(rest, ' ');
	*ret_reason = qn_text_trim(qn_text_from(rest, end == SIZE_MAX ? rest.len : end + 1));
	rest = qn_text_first(rest, end);
	while (rest.len && memchr(":,", rest.data[rest.len - 1], 2))
		rest = qn_text_first(rest, rest.len - 1);
	*ret_name = rest;
	return qn_text_find_byte(rest, '.') != SIZE_MAX && qn_is_function_line(rest);
}

/* "message=fail to search on QueryNode 3: " */
static void say_message(struct qn_sighting *sighting, struct qn_text text)
{
	static const struct qn_text key = {"message=", 8};
	size_t at = qn_text_find(text, key);

	if (qn_text_contains(text, QN_TEXT("MilvusException")))
		sighting->exception = QN_TEXT("MilvusException");
	if (at != SIZE_MAX)
		text = qn_text_from(text, at + key.len);
	text = qn_text_trim(text);
	if (qn_text_ends(text, QN_TEXT(":")))
		text = qn_text_first(text, text.len - 1);
	qn_sighting_say(sighting, text);
}

/* One frame and what stands behind it. @ret_taken is false when it is none. */
static struct qn_error *take_frame(struct qn_sighting *sighting, struct qn_text text, bool *ret_taken)
{
	struct qn_code_place place;
	struct qn_text name, reason;

	*ret_taken = false;
	for (unsigned i = 0; i < NESTED_MAX && split_frame(text, &name, &place, &reason); i++) {
		size_t at = qn_text_find(reason, trace_words);

		*ret_taken = true;
		QN_TRY(qn_sighting_add_frame(sighting, name, &place));
		if (reason.len)
			qn_sighting_say(sighting, qn_text_trim(qn_text_first(reason, at)));
		if (at == SIZE_MAX)
			break;
		text = qn_text_trim(qn_text_from(reason, at + trace_words.len));
		sighting->frames_count = 0;
	}
	return NULL;
}

static struct qn_error *take_lines(struct qn_sighting *sighting, struct qn_text text, bool *ret_taken)
{
	for (;;) {
		size_t at = qn_text_find(text, QN_TEXT("\\n"));

		QN_TRY(take_frame(sighting, qn_text_trim(qn_text_first(text, at)), ret_taken));
		if (at == SIZE_MAX || !*ret_taken)
			return NULL;
		text = qn_text_from(text, at + 2);
	}
}

static enum qn_header_use read_trace(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	size_t at = qn_text_find(line->text, trace_words);
	bool is_taken;

	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	if (at == SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	rest = qn_text_from(line->text, at + trace_words.len);
	say_message(sighting, qn_text_first(line->text, at));
	if (take_lines(sighting, rest, &is_taken) || !sighting->frames_count)
		return QN_HEADER_NOT_MINE;
	sighting->dialect = "client-error";
	sighting->phase = QN_PHASE_FRAMES;
	qn_sighting_set_kind(sighting, QN_KIND_ERROR);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{" stack trace: /", true, read_trace},
	{NULL, false, NULL},
};

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	bool is_taken;

	QN_TRY(take_lines(sighting, line->text, &is_taken));
	*ret_use = is_taken ? QN_LINE_TAKEN : QN_LINE_NOT_MINE;
	return NULL;
}

/* No frame and no name of one: the first word tells. */
static bool may_begin(struct qn_text text)
{
	struct qn_text word = qn_text_first(text, qn_text_find_byte(text, ' '));

	return word.len && word.len < text.len && qn_text_find_byte(word, '/') == SIZE_MAX &&
	       !qn_text_contains(word, QN_TEXT("::"));
}

static const char *const triggers[] = {" stack trace: /", NULL};

const struct qn_dialect qn_dialect_client = {
	.name = "client",
	.witness = QN_WITNESS_EXCEPTION,
	.triggers = triggers,
	.headers = headers,
	.may_begin = may_begin,
	.take = take,
	.has_own_frames = true,
};
