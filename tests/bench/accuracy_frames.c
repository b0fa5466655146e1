/* Variants with fewer, more or other frames: cut, inlined ones gone, Go below gone or there, written twice.
 */
#include "bench/accuracy.h"

#include <stdlib.h>

#include "base/cleanup.h"

#include "base/banned.h"

#define FRAMES_KEPT_MIN 3U

static size_t c_frames(const struct qn_excerpt *excerpt)
{
	size_t count = 0;

	for (size_t i = 0; i < excerpt->frames_count; i++)
		count += !excerpt->frames[i].is_go;
	return count;
}

/* How many frames are left: at least FRAMES_KEPT_MIN, and the one that tells the bug, for without it nobody
 * could say which one it is. SIZE_MAX: too few for that. */
static size_t choose_cut(struct qn_draft *draft)
{
	size_t count = draft->of->frames_count, least = draft->of->key_frame + 1;

	if (draft->of->key_frame == SIZE_MAX)
		return SIZE_MAX;
	least = least < FRAMES_KEPT_MIN ? FRAMES_KEPT_MIN : least;
	return count <= least ? SIZE_MAX : least + qn_draft_random(draft, count - least);
}

static bool mutate_cut(struct qn_draft *draft)
{
	size_t kept = choose_cut(draft);

	if (kept == SIZE_MAX)
		return false;
	qn_draft_drop(draft, draft->of->frames[kept - 1].place + 1, draft->of->count);
	return true;
}

/* After any frame from the third on. */
static bool mutate_cut_short(struct qn_draft *draft)
{
	size_t count = draft->of->frames_count, kept;

	if (count <= FRAMES_KEPT_MIN)
		return false;
	kept = FRAMES_KEPT_MIN + qn_draft_random(draft, count - FRAMES_KEPT_MIN);
	qn_draft_drop(draft, draft->of->frames[kept - 1].place + 1, draft->of->count);
	return true;
}

static bool mutate_cut_line(struct qn_draft *draft)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	size_t kept = choose_cut(draft), line;

	if (kept == SIZE_MAX)
		return false;
	line = draft->of->frames[kept].name + qn_draft_random(draft, 2);
	if (line > draft->of->frames[kept].place)
		line--;
	qn_buffer_append_text(
		&out, qn_text_first(draft->lines[line], 1 + qn_draft_random(draft, draft->lines[line].len)));
	qn_draft_set(draft, line, &out);
	qn_draft_drop(draft, line + 1, draft->of->count);
	draft->has_no_newline = true;
	return true;
}

/* A viewer shows the end of the log only: the first line is one of the first frame. Without a pc nothing
 * tells such a text from other texts, and where Go called C the head is what tells the bug. */
static bool mutate_headless(struct qn_draft *draft)
{
	const struct qn_excerpt_frame *first = draft->of->frames;

	if (draft->of->key_frame == SIZE_MAX || draft->of->frames[draft->of->key_frame].is_go || !first->pc ||
	    first->is_go)
		return false;
	qn_draft_drop(draft, 0, first->name);
	return true;
}

static bool is_same_frame(const struct qn_excerpt_frame *a, const struct qn_excerpt_frame *b)
{
	return a->pc && a->pc == b->pc && !a->is_go && !b->is_go;
}

static bool mutate_inlined(struct qn_draft *draft)
{
	const struct qn_excerpt *of = draft->of;
	bool did = false;

	if (of->key_frame == SIZE_MAX)
		return false;
	for (size_t i = 0; i + 1 < of->frames_count; i++) {
		if (!is_same_frame(&of->frames[i], &of->frames[i + 1]))
			continue;
		qn_draft_drop(draft, of->frames[i].name, of->frames[i].place + 1);
		did = true;
	}
	return did;
}

/* Only below frames of C that tell the bug: of others nothing would be left. */
static bool mutate_go_gone(struct qn_draft *draft)
{
	bool did = false, is_below = false;

	if (draft->of->key_frame == SIZE_MAX || draft->of->frames[draft->of->key_frame].is_go)
		return false;

	for (size_t i = 0; i < draft->of->frames_count; i++) {
		const struct qn_excerpt_frame *frame = &draft->of->frames[i];

		is_below = is_below || !frame->is_go;
		if (!frame->is_go || !is_below)
			continue;
		qn_draft_drop(draft, frame->name, frame->place + 1);
		did = true;
	}
	return did;
}

/* A native report whose unwinder found the way through cgo: not on the threads of a pool. */
static bool mutate_go_there(struct qn_draft *draft)
{
	static const char frames[] =
		"\n_cgo_0123456789ab_Cfunc_AsyncSearch\n\t/tmp/go-build/cgo-gcc-prolog:98 "
		"pc=0x7f11223344aa\nruntime.asmcgocall\n\t/usr/local/go/src/runtime/asm_amd64.s:923 "
		"pc=0x7f11223345bb";
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	const struct qn_excerpt *of = draft->of;
	const struct qn_excerpt_frame *last = of->frames_count ? &of->frames[of->frames_count - 1] : NULL;

	if (!last || of->key_frame == SIZE_MAX || last->name == last->place || !last->pc ||
	    c_frames(of) != of->frames_count)
		return false;
	for (size_t i = 0; i < of->frames_count; i++)
		if (qn_text_contains(of->lines[of->frames[i].name], QN_TEXT("folly")))
			return false;
	qn_buffer_append_text(&out, draft->lines[last->place]);
	qn_buffer_append_string(&out, frames);
	qn_draft_set(draft, last->place, &out);
	return true;
}

/* Two threads write the same frames. */
static bool mutate_doubled(struct qn_draft *draft)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	bool did = false;

	for (size_t i = 0; i < draft->of->frames_count; i++) {
		const struct qn_excerpt_frame *frame = &draft->of->frames[i];

		if (frame->is_go || !frame->pc || frame->place != frame->name + 1)
			continue;
		qn_buffer_append_text(&out, draft->lines[frame->place]);
		for (size_t line = frame->name; line <= frame->place; line++) {
			qn_buffer_append_byte(&out, '\n');
			qn_buffer_append_text(&out, draft->lines[line]);
		}
		qn_draft_set(draft, frame->place, &out);
		did = true;
	}
	return did;
}

const struct qn_mutator qn_mutators_frames[] = {
	{"cut", mutate_cut, 4, false},
	{"cut-anywhere", mutate_cut_short, 4, true},
	{"cut-in-line", mutate_cut_line, 4, false},
	{"header-lost", mutate_headless, 1, false},
	{"inlined-gone", mutate_inlined, 1, false},
	{"go-below-gone", mutate_go_gone, 1, false},
	{"go-below-there", mutate_go_there, 1, false},
	{"doubled-frames", mutate_doubled, 1, false},
	{NULL, NULL, 0, false},
};
