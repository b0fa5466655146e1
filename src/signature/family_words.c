/* Why two signatures are one family or not, in words. */
#include "signature/family.h"

#include "base/cleanup.h"

#include "base/banned.h"

#define NAME_BYTES_MAX 80U
#define TEXT_BYTES_MAX 60U

/* Parts of a sentence, joined by "; ". */
struct words {
	struct qn_buffer buffer;
};

static void words_deinit(struct words *words)
{
	qn_buffer_deinit(&words->buffer);
}

static struct qn_text clip(struct qn_text text, size_t max)
{
	while (text.len > max && max && ((unsigned char)text.data[max] & 0xc0) == 0x80)
		max--;
	return qn_text_first(text, max);
}

/* A part that begins with @what and names @value; a long one is cut. */
static void say(struct words *words, const char *before, struct qn_text value, const char *after)
{
	struct qn_text shown = clip(value, NAME_BYTES_MAX);

	qn_buffer_printf(&words->buffer, "%s%s%.*s%s%s", words->buffer.len ? "; " : "", before, QN_ARG(shown),
			 shown.len < value.len ? "..." : "", after);
}

static struct qn_text finish(struct qn_arena *arena, const struct words *words)
{
	return words->buffer.is_failed ? (struct qn_text){0}
				       : qn_arena_copy(arena, qn_buffer_text(&words->buffer));
}

struct qn_text qn_near_alike(struct qn_arena *arena, const struct qn_profile *a, const struct qn_profile *b,
			     const struct qn_near *near)
{
	_cleanup_(words_deinit) struct words words = {0};

	if (near->by_text ||
	    (!near->matched && a->exception.len && qn_text_equal(a->exception, b->exception))) {
		say(&words, "the same exception ", a->exception, "");
		if (near->by_text)
			say(&words, "the same text: ", clip(a->message, TEXT_BYTES_MAX), "");
		if (a->place.len && qn_text_equal(a->place, b->place))
			say(&words, "thrown at ", a->place, "");
	}
	if (near->by_text)
		return finish(arena, &words);
	for (size_t i = 0; i < near->alike_count; i++)
		if (i)
			qn_buffer_printf(&words.buffer, ", %.*s",
					 QN_ARG(clip(near->alike[i]->key, NAME_BYTES_MAX)));
		else
			say(&words, near->alike_count > 1 ? "the same frames " : "the same frame ",
			    near->alike[i]->key, "");
	if (near->firm > near->alike_count)
		qn_buffer_printf(&words.buffer, " and %zu more", near->firm - near->alike_count);
	if (near->common && !near->firm)
		say(&words, "the same ", near->common->key, ", which many failures pass");
	if (!a->count && !b->count && qn_text_equal(a->task, b->task) && a->task.len)
		say(&words, "the same task ", a->task, "");
	if (!a->count && !b->count && qn_text_equal(a->c_call, b->c_call) && a->c_call.len)
		say(&words, "the same call from Go, ", qn_text_from(a->c_call, 7), "");
	if (!a->count && !b->count && !a->c_call.len && !b->c_call.len && !a->message.len && !b->message.len)
		say(&words, "no frame of the application, ", QN_TEXT("only plumbing"), "");
	return finish(arena, &words);
}

/* "signal SIGSEGV here, SIGABRT there", "signal unknown here" */
static void say_values(struct words *words, const char *what, struct qn_text here, struct qn_text there)
{
	struct qn_text first = clip(here, TEXT_BYTES_MAX), second = clip(there, TEXT_BYTES_MAX);
	const char *separator = words->buffer.len ? "; " : "";

	if (qn_text_equal(here, there))
		return;
	if (!here.len || !there.len)
		qn_buffer_printf(&words->buffer, "%s%s unknown %s", separator, what,
				 here.len ? "there" : "here");
	else
		qn_buffer_printf(&words->buffer, "%s%s %.*s here, %.*s there", separator, what, QN_ARG(first),
				 QN_ARG(second));
}

static void say_differences(struct words *words, const struct qn_near *near)
{
	static const char *const shown[] = {"this one also shows inlined ", "the other also shows inlined "};
	static const char *const more[] = {"one frame more here: ", "one frame more there: "};
	static const char *const cut[] = {"this one is cut short", "the other is cut short"};

	for (unsigned side = 0; side < 2; side++) {
		if (near->inlined[side])
			say(words, shown[side], near->inlined[side]->key, "");
		if (near->more[side])
			say(words, more[side], near->more[side]->key, "");
	}
	if (near->named[0]) {
		say(words, near->is_damaged ? "a damaged name: " : "named ", near->named[0]->key, " here");
		qn_buffer_printf(&words->buffer, ", %.*s there",
				 QN_ARG(clip(near->named[1]->key, NAME_BYTES_MAX)));
	}
	for (unsigned side = 0; side < 2; side++)
		if (near->is_cut[side])
			qn_buffer_printf(&words->buffer, "%s%s: %zu of its frames are shared",
					 words->buffer.len ? "; " : "", cut[side], near->matched);
}

static void say_reason(struct words *words, const struct qn_near *near)
{
	static const char *const texts[] = {
		[QN_NEAR_LANGUAGE] = "one happened in C++, the other in Go",
		[QN_NEAR_PLUMBING] = "plumbing says nothing of a failure",
		[QN_NEAR_C_CALL] = "only Go frames below a call of C, where many failures come from",
		[QN_NEAR_COMMON] = "what they share is shared by unrelated failures too",
		[QN_NEAR_TOP] = "they died in different functions",
		[QN_NEAR_NOTHING] = "they died in different functions",
		[QN_NEAR_CALLERS] = "called from elsewhere",
		[QN_NEAR_EDITS] = "several frames differ",
	};

	if (near->reason < sizeof(texts) / sizeof(texts[0]) && texts[near->reason])
		say(words, texts[near->reason], (struct qn_text){0}, "");
	if (near->parted[0] && near->parted[1] && near->verdict != QN_NEAR_SAME) {
		say(words, "", near->parted[0]->key, " here");
		qn_buffer_printf(&words->buffer, ", %.*s there",
				 QN_ARG(clip(near->parted[1]->key, NAME_BYTES_MAX)));
	}
}

struct qn_text qn_near_apart(struct qn_arena *arena, const struct qn_profile *a, const struct qn_profile *b,
			     const struct qn_near *near)
{
	_cleanup_(words_deinit) struct words words = {0};

	if (near->reason == QN_NEAR_KIND && (!a->class.len || !b->class.len))
		say_values(&words, "kind", qn_text_of(qn_kind_name(a->kind)),
			   qn_text_of(qn_kind_name(b->kind)));
	if (near->by_text && a->kind != b->kind)
		qn_buffer_printf(&words.buffer, "%s",
				 a->kind == QN_KIND_ASSERT ? "caught here, not caught there"
							   : "not caught here, caught there");
	else
		say_values(&words, "signal", a->class, b->class);
	say_values(&words, "exception", a->exception, b->exception);
	if (near->reason == QN_NEAR_MESSAGE || (near->by_text && !qn_text_equal(a->message, b->message)))
		say_values(&words, "text", a->message, b->message);
	if (near->by_text && !qn_text_equal(a->c_call, b->c_call))
		say_values(&words, "call from Go", a->c_call, b->c_call);
	if (near->by_text && !qn_text_equal(a->task, b->task))
		say_values(&words, "task", a->task, b->task);
	say_reason(&words, near);
	say_differences(&words, near);
	return finish(arena, &words);
}
