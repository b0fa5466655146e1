#include "signature/frame_match.h"

#include "signature/runtime_error.h"

#include "base/banned.h"

#define NAME_BYTES_MIN 16U /* of shorter names, one letter makes another name */
#define BEGINNING_BYTES_MIN 10U
#define NAME_BYTES_MAX 160U /* longer ones are not looked at for damage */
#define LETTERS_DAMAGED 2U
#define LETTERS_MAYBE 8U
#define METHOD_BYTES_MIN 8U /* of a method's name that another's goes on from */
#define PANIC_BYTES 20U     /* of a text: so much of it must be the same */

/* `Insert` of `milvus::segcore::X::Insert`: begins behind a "::". */
static bool is_end_of(struct qn_text name, struct qn_text end)
{
	return name.len > end.len + 2 && qn_text_ends(name, end) &&
	       qn_text_ends(qn_text_first(name, name.len - end.len), QN_TEXT("::"));
}

enum qn_frame_match qn_frame_match(const struct qn_profile_frame *a, const struct qn_profile_frame *b)
{
	if (qn_text_equal(a->folded, b->folded))
		return QN_MATCH_EQUAL;
	if (!qn_text_equal(a->tail, b->tail))
		return QN_MATCH_NONE;
	return is_end_of(a->folded, b->folded) || is_end_of(b->folded, a->folded) ? QN_MATCH_SHORT
										  : QN_MATCH_NONE;
}

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many letters must be put in, left out or changed; @max + 1 when more. Only the diagonals that may
 * matter are looked at. */
static unsigned count_changes(struct qn_text a, struct qn_text b, unsigned max)
{
	unsigned row[NAME_BYTES_MAX + 2];

	if (a.len > b.len + max || b.len > a.len + max)
		return max + 1;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t from = i > max ? i - max : 1, to = i + max < b.len ? i + max : b.len;
		unsigned corner = row[from - 1], best = max + 1;

		row[from - 1] = from == 1 ? (unsigned)i : max + 1;
		for (size_t j = from; j <= to; j++) {
			unsigned above = j == i + max ? max + 1 : row[j];
			unsigned changed = corner + (a.data[i - 1] != b.data[j - 1]);

			corner = row[j];
			row[j] = smallest(changed, above + 1, row[j - 1] + 1);
			best = row[j] < best ? row[j] : best;
		}
		if (best > max)
			return max + 1;
	}
	return row[b.len] <= max ? row[b.len] : max + 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "Int32" and "Int64", "GetChunk" and "SetChunk" are siblings: where they first differ both have a digit, or
 * both a word's beginning. */
static bool are_siblings(struct qn_text a, struct qn_text b)
{
	size_t at = 0, end = 0;

	while (at < a.len && at < b.len && a.data[at] == b.data[at])
		at++;
	while (end < a.len - at && end < b.len - at && a.data[a.len - 1 - end] == b.data[b.len - 1 - end])
		end++;
	if (at >= a.len || at >= b.len || at + end >= a.len || at + end >= b.len)
		return (at < a.len && is_digit(a.data[at])) || (at < b.len && is_digit(b.data[at]));
	if (is_digit(a.data[at]) && is_digit(b.data[at]))
		return true;
	return a.data[at] >= 'A' && a.data[at] <= 'Z' && b.data[at] >= 'A' && b.data[at] <= 'Z';
}

/* Of a name that is cut or no longer demangles, the beginning is read: `milvus::GroupChunk` of
 * `milvus::GroupChunk::GetChunk`. */
static bool is_beginning_of(struct qn_text name, struct qn_text beginning)
{
	return beginning.len >= BEGINNING_BYTES_MIN && qn_text_contains(beginning, QN_TEXT("::")) &&
	       qn_text_starts(name, beginning);
}

enum qn_frame_match qn_frame_match_damaged(const struct qn_profile_frame *a, const struct qn_profile_frame *b)
{
	unsigned changes, max = LETTERS_MAYBE;
	size_t least = a->folded.len < b->folded.len ? a->folded.len : b->folded.len;

	if (is_beginning_of(a->folded, b->folded) || is_beginning_of(b->folded, a->folded))
		return QN_MATCH_DAMAGED;
	if (least < NAME_BYTES_MIN || a->folded.len > NAME_BYTES_MAX || b->folded.len > NAME_BYTES_MAX)
		return QN_MATCH_NONE;
	if (max > least / 4)
		max = (unsigned)(least / 4);
	changes = count_changes(a->folded, b->folded, max);
	if (changes > max)
		return QN_MATCH_NONE;
	return changes <= LETTERS_DAMAGED && !are_siblings(a->key, b->key) ? QN_MATCH_DAMAGED
									   : QN_MATCH_MAYBE;
}

struct qn_text qn_panic_text(const struct qn_profile *profile)
{
	if (!profile->is_go || profile->message.len < PANIC_BYTES ||
	    !qn_text_equal(profile->class, QN_TEXT("panic")))
		return (struct qn_text){0};
	return qn_text_first(profile->message, PANIC_BYTES);
}

struct qn_text qn_frame_receiver(const struct qn_profile_frame *frame)
{
	struct qn_text receiver = qn_text_first(frame->folded, frame->folded.len - frame->tail.len);

	return qn_text_ends(receiver, QN_TEXT(").")) ? receiver : (struct qn_text){0};
}

bool qn_frame_is_renamed(const struct qn_profile_frame *a, const struct qn_profile_frame *b)
{
	struct qn_text receiver = qn_frame_receiver(a);

	return receiver.len && qn_text_equal(receiver, qn_frame_receiver(b)) &&
	       a->tail.len >= METHOD_BYTES_MIN && b->tail.len >= METHOD_BYTES_MIN &&
	       (qn_text_starts(a->tail, b->tail) || qn_text_starts(b->tail, a->tail));
}
