#include "signature/family.h"

#include "signature/frame_match.h"
#include "signature/runtime_error.h"

#include "base/banned.h"

#define FIRM_WITHOUT_EDIT 0.6 /* so much weight must be shared when nothing differs */
#define FIRM_FRAMES_EDITED 2U /* so many firm frames when one frame differs */
#define FIRM_FRAMES_TOP 3U    /* and when it is the innermost */
#define PLACE_WEIGHT 0.75     /* of a first frame that is the failure whoever calls it */
#define WEIGHT_TELLING 0.2    /* of a frame: more than a ladder's */
#define EDITS_MAX 4U
#define CUT_COST 0.09     /* of nearness, when next to nothing of the longer one is shared */
#define TEXT_BYTES_MIN 8U /* of a message that is cut */

/* A walk down both stacks at once. */
struct walk {
	const struct qn_profile *side[2];
	size_t at[2];
	size_t physical; /* pairs and edits of frames that are no inlined ones, so far */
	unsigned edits;
	bool is_top_edited, is_top_other; /* a frame more at the top; another frame at the top */
	bool is_parted;
	double shared, lost, top;
	double evidence; /* of shared: what is more than steps of a ladder */
	struct qn_near *near;
};

static const struct qn_profile_frame *frame_at(const struct walk *walk, unsigned side, size_t ahead)
{
	const struct qn_profile *profile = walk->side[side];
	size_t at = walk->at[side] + ahead;

	return at < profile->count ? &profile->frames[at] : NULL;
}

static enum qn_frame_match match_ahead(const struct walk *walk, size_t ahead_a, size_t ahead_b)
{
	const struct qn_profile_frame *a = frame_at(walk, 0, ahead_a), *b = frame_at(walk, 1, ahead_b);

	return a && b ? qn_frame_match(a, b) : QN_MATCH_NONE;
}

/* Frames further from the top tell less of where it died. */
static double position_weight(const struct walk *walk)
{
	return 1.0 / (1.0 + 0.15 * (double)walk->physical);
}

static void add_pair(struct walk *walk, enum qn_frame_match match)
{
	const struct qn_profile_frame *a = frame_at(walk, 0, 0), *b = frame_at(walk, 1, 0);
	double weight = a->weight < b->weight ? a->weight : b->weight;
	struct qn_near *near = walk->near;

	if (match == QN_MATCH_DAMAGED)
		weight *= 0.5;
	if (match != QN_MATCH_EQUAL && !near->named[0]) {
		near->named[0] = a;
		near->named[1] = b;
		near->is_damaged = match == QN_MATCH_DAMAGED;
	}
	if (!near->matched)
		walk->top = weight;
	near->matched++;
	if (weight >= QN_WEIGHT_FIRM && match != QN_MATCH_DAMAGED) {
		near->firm++;
		if (near->alike_count < QN_NEAR_SHOWN)
			near->alike[near->alike_count++] = a;
	} else if (!near->common) {
		near->common = a;
	}
	walk->shared += weight * position_weight(walk);
	if (weight >= WEIGHT_TELLING)
		walk->evidence += weight * position_weight(walk);
	walk->lost += (1.0 - weight) * 0.1 * position_weight(walk) * (match != QN_MATCH_EQUAL);
	walk->physical++;
	walk->at[0]++;
	walk->at[1]++;
}

/* Where @side shows a run of inlined frames, is the other's next frame in it or right behind it? */
static bool skip_inlined(struct walk *walk, unsigned side)
{
	const struct qn_profile_frame *other = frame_at(walk, !side, 0);
	size_t run = 0;

	while (frame_at(walk, side, run) && frame_at(walk, side, run)->is_inlined)
		run++;
	for (size_t i = 1; i <= run; i++) {
		if (!frame_at(walk, side, i) || !qn_frame_match(frame_at(walk, side, i), other))
			continue;
		if (!walk->near->inlined[side])
			walk->near->inlined[side] = frame_at(walk, side, 0);
		walk->at[side] += i;
		return true;
	}
	return false;
}

/* Both show inlined frames, and others: what they were inlined into is what counts. */
static bool skip_both_inlined(struct walk *walk)
{
	bool has_skipped = false;

	for (unsigned side = 0; side < 2; side++) {
		while (frame_at(walk, side, 0) && frame_at(walk, side, 0)->is_inlined &&
		       frame_at(walk, side, 1)) {
			if (!walk->near->inlined[side])
				walk->near->inlined[side] = frame_at(walk, side, 0);
			walk->at[side]++;
			has_skipped = true;
		}
	}
	return has_skipped;
}

static void skip_frame(struct walk *walk, unsigned side)
{
	const struct qn_profile_frame *frame = frame_at(walk, side, 0);

	walk->at[side]++;
	walk->lost += frame->weight * position_weight(walk);
	if (frame->is_ladder)
		return;
	if (!walk->near->more[side])
		walk->near->more[side] = frame;
	walk->is_top_edited |= !walk->physical && frame->weight >= QN_WEIGHT_FIRM;
	walk->edits++;
}

/* One of the frames here is changed: in its letters, or (where both go on alike) another altogether. */
static bool change_frame(struct walk *walk)
{
	const struct qn_profile_frame *a = frame_at(walk, 0, 0), *b = frame_at(walk, 1, 0);
	enum qn_frame_match match = qn_frame_match_damaged(a, b);

	if (match == QN_MATCH_DAMAGED) {
		walk->is_top_edited |= !walk->physical;
		walk->edits++;
		add_pair(walk, QN_MATCH_DAMAGED);
		return true;
	}
	if (match == QN_MATCH_NONE && !match_ahead(walk, 1, 1))
		return false;
	if (!walk->physical && match == QN_MATCH_NONE)
		walk->is_top_other = true;
	walk->near->parted[0] = a;
	walk->near->parted[1] = b;
	walk->lost += (a->weight + b->weight) * position_weight(walk);
	walk->edits += 2; /* more than one frame's difference */
	walk->physical++;
	walk->at[0]++;
	walk->at[1]++;
	return true;
}

/* The frames here differ: finds how both go on. False: they do not. */
static bool resume(struct walk *walk)
{
	const struct qn_profile_frame *a = frame_at(walk, 0, 0), *b = frame_at(walk, 1, 0);

	if (skip_inlined(walk, 0) || skip_inlined(walk, 1) || skip_both_inlined(walk))
		return true;
	if (walk->edits >= EDITS_MAX)
		return false;
	if (match_ahead(walk, 1, 0)) {
		skip_frame(walk, 0);
		return true;
	}
	if (match_ahead(walk, 0, 1)) {
		skip_frame(walk, 1);
		return true;
	}
	if (a->is_ladder || b->is_ladder) { /* one shows a step of the ladder that the other does not */
		if (a->is_ladder)
			skip_frame(walk, 0);
		if (b->is_ladder)
			skip_frame(walk, 1);
		return true;
	}
	return change_frame(walk);
}

/* They died in one method under two names, and say the same. */
static bool is_renamed(const struct walk *walk)
{
	struct qn_text text = qn_panic_text(walk->side[0]);

	return !walk->physical && text.len && qn_text_equal(text, qn_panic_text(walk->side[1])) &&
	       qn_frame_is_renamed(frame_at(walk, 0, 0), frame_at(walk, 1, 0));
}

/* ... or would, if both told what they said. */
static bool may_be_renamed(const struct walk *walk)
{
	const struct qn_profile *a = walk->side[0], *b = walk->side[1];

	return (!a->message.len || !b->message.len) && (qn_panic_text(a).len || qn_panic_text(b).len) &&
	       qn_frame_is_renamed(&a->frames[0], &b->frames[0]);
}

static void align(struct walk *walk)
{
	while (frame_at(walk, 0, 0) && frame_at(walk, 1, 0)) {
		enum qn_frame_match match = match_ahead(walk, 0, 0);

		if (!match && is_renamed(walk))
			match = QN_MATCH_SHORT;

		if (match) {
			add_pair(walk, match);
			continue;
		}
		if (resume(walk))
			continue;
		walk->is_parted = true;
		walk->near->parted[0] = frame_at(walk, 0, 0);
		walk->near->parted[1] = frame_at(walk, 1, 0);
		walk->lost +=
			(frame_at(walk, 0, 0)->weight + frame_at(walk, 1, 0)->weight) * position_weight(walk);
		return;
	}
	for (unsigned side = 0; side < 2; side++)
		walk->near->is_cut[side] = !frame_at(walk, side, 0) && frame_at(walk, !side, 0);
}

static bool contradict(struct qn_text a, struct qn_text b)
{
	return a.len && b.len && !qn_text_equal(a, b);
}

/* Text may be cut, or wrapped within a word. */
static bool texts_contradict(struct qn_text a, struct qn_text b)
{
	size_t i = 0, j = 0;

	if (!a.len || !b.len)
		return false;
	for (;;) {
		while (i < a.len && a.data[i] == ' ')
			i++;
		while (j < b.len && b.data[j] == ' ')
			j++;
		if (i == a.len || j == b.len)
			break;
		if (a.data[i++] != b.data[j++])
			return true;
	}
	return (i < a.len || j < b.len) && (i < TEXT_BYTES_MIN || j < TEXT_BYTES_MIN);
}

/* An assertion that was caught and told, and one that nobody caught: it was thrown either way. */
static bool are_thrown(const struct qn_profile *a, const struct qn_profile *b)
{
	static const bool is_thrown[QN_KIND_COUNT] = {[QN_KIND_ASSERT] = true, [QN_KIND_ABORT] = true};

	return is_thrown[a->kind] && is_thrown[b->kind] && a->exception.len &&
	       qn_text_equal(a->exception, b->exception);
}

/* The same exception with the same text from the same line. */
static bool are_thrown_at_one_place(const struct qn_profile *a, const struct qn_profile *b)
{
	return are_thrown(a, b) && a->place.len && qn_text_equal(a->place, b->place) &&
	       a->message.len >= TEXT_BYTES_MIN && !texts_contradict(a->message, b->message);
}

/* A crash of C++ and a panic of Go are one kind, by where they happened; a stack without its header may be
 * any of the deadly ones. */
static bool kinds_contradict(const struct qn_profile *a, const struct qn_profile *b)
{
	static const bool is_fault[QN_KIND_COUNT] = {[QN_KIND_CRASH] = true, [QN_KIND_PANIC] = true};

	if (a->kind == b->kind || are_thrown(a, b) || (is_fault[a->kind] && is_fault[b->kind]))
		return false;
	if (is_fault[a->kind] && !a->class.len)
		return b->kind != QN_KIND_ABORT;
	if (is_fault[b->kind] && !b->class.len)
		return a->kind != QN_KIND_ABORT;
	return true;
}

/* The whole text tells failures apart where it was thrown: of an exception, an assertion, an abort. What a Go
 * panic says varies, and its frames tell. */
static bool is_text_telling(const struct qn_profile *profile)
{
	return profile->exception.len || profile->kind == QN_KIND_ASSERT || profile->kind == QN_KIND_ABORT ||
	       !profile->count;
}

/* What a program says in a panic of its own: how it begins. It may be cut. */
static bool panics_contradict(const struct qn_profile *a, const struct qn_profile *b)
{
	struct qn_text first, second;

	if (!qn_text_equal(a->class, QN_TEXT("panic")) || !qn_text_equal(b->class, QN_TEXT("panic")))
		return false;
	first = qn_panic_words(a->message);
	second = qn_panic_words(b->message);
	return texts_contradict(first, second);
}

static enum qn_near_reason find_contradiction(const struct qn_profile *a, const struct qn_profile *b)
{
	if (kinds_contradict(a, b))
		return QN_NEAR_KIND;
	if (contradict(a->class, b->class))
		return QN_NEAR_SIGNAL;
	if (contradict(a->exception, b->exception))
		return QN_NEAR_EXCEPTION;
	if (is_text_telling(a) && is_text_telling(b) && texts_contradict(a->message, b->message))
		return QN_NEAR_MESSAGE;
	if (panics_contradict(a, b))
		return QN_NEAR_MESSAGE;
	if (a->count && b->count && a->is_go != b->is_go && !are_thrown_at_one_place(a, b))
		return QN_NEAR_LANGUAGE;
	return QN_NEAR_NO_REASON;
}

/* No frames of the application on one side: the same exception with the same text is one failure, where what
 * else is known agrees; plumbing and Go frames below C never are. */
static void compare_texts(const struct qn_profile *a, const struct qn_profile *b, struct qn_near *near)
{
	bool has_text = a->exception.len && a->message.len >= TEXT_BYTES_MIN &&
			b->message.len >= TEXT_BYTES_MIN && qn_text_equal(a->exception, b->exception);

	near->verdict = QN_NEAR_UNSURE;
	near->reason = a->is_c_only || b->is_c_only ? QN_NEAR_C_CALL : QN_NEAR_PLUMBING;
	if (!has_text || a->count || b->count || contradict(a->task, b->task) ||
	    contradict(a->c_call, b->c_call))
		return;
	near->verdict = QN_NEAR_SAME;
	near->reason = QN_NEAR_NO_REASON;
	near->by_text = true;
	near->nearness = 0.8;
}

/* Whatever frames of Go stand below. Where both know who called it in C++, the callers tell more. */
static bool is_one_throw(const struct qn_profile *a, const struct qn_profile *b)
{
	return are_thrown_at_one_place(a, b) && (!a->count || a->is_go || !b->count || b->is_go);
}

static enum qn_near_reason judge_edited(const struct walk *walk)
{
	const struct qn_near *near = walk->near;
	size_t wanted = walk->is_top_edited && !near->is_damaged ? FIRM_FRAMES_TOP : FIRM_FRAMES_EDITED;

	if (walk->edits > 1)
		return QN_NEAR_EDITS;
	return near->firm >= wanted ? QN_NEAR_NO_REASON : QN_NEAR_COMMON;
}

/* Every frame of both is the same, the libraries' too, and one of them is more than a step of a ladder. */
static bool are_whole(const struct walk *walk)
{
	return walk->side[0]->whole && walk->side[0]->whole == walk->side[1]->whole &&
	       walk->top >= WEIGHT_TELLING;
}

static void judge(const struct walk *walk)
{
	struct qn_near *near = walk->near;
	size_t a = walk->side[0]->count, b = walk->side[1]->count, longest = a > b ? a : b;
	bool is_place = walk->top >= PLACE_WEIGHT && !walk->edits;

	near->nearness = walk->shared > 0 ? walk->shared / (walk->shared + walk->lost) : 0;
	near->nearness *= 1.0 - CUT_COST * (1.0 - (double)near->matched / (double)longest);
	near->verdict = QN_NEAR_UNSURE;
	if (!near->matched)
		near->reason = QN_NEAR_NOTHING;
	else if (walk->is_top_other)
		near->reason = QN_NEAR_TOP;
	else if (walk->is_parted && !is_place)
		near->reason = near->firm ? QN_NEAR_CALLERS : QN_NEAR_COMMON;
	else if (walk->edits)
		near->reason = judge_edited(walk);
	else if ((!near->firm || walk->evidence < FIRM_WITHOUT_EDIT) && !are_whole(walk))
		near->reason = QN_NEAR_COMMON;
	if (near->reason == QN_NEAR_NO_REASON)
		near->verdict = QN_NEAR_SAME;
	else if ((near->reason == QN_NEAR_TOP || near->reason == QN_NEAR_NOTHING ||
		  near->reason == QN_NEAR_CALLERS) &&
		 !may_be_renamed(walk))
		near->verdict = QN_NEAR_APART;
}

void qn_family_compare(const struct qn_profile *a, const struct qn_profile *b, struct qn_near *ret)
{
	struct walk walk = {.side = {a, b}, .near = ret};
	enum qn_near_reason contradiction = find_contradiction(a, b);

	*ret = (struct qn_near){0};
	if (a->count && b->count && a->is_go == b->is_go) {
		align(&walk);
		judge(&walk);
	} else {
		compare_texts(a, b, ret);
	}
	if (contradiction == QN_NEAR_NO_REASON && ret->verdict != QN_NEAR_SAME && is_one_throw(a, b))
		*ret = (struct qn_near){.verdict = QN_NEAR_SAME, .by_text = true, .nearness = 0.95};
	if (contradiction == QN_NEAR_NO_REASON)
		return;
	ret->verdict = QN_NEAR_APART;
	ret->reason = contradiction;
	ret->by_text = false;
}
