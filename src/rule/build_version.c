#include "rule/build_version.h"

#include "base/cursor.h"
#include "base/banned.h"

/* Suffixes that say how an image was built and not what is in it. */
static const char *const build_flavours[] = {"gpu", "amd64", "arm64", "cpu", "lite", "ubuntu"};

static size_t count_digits(struct qn_text text)
{
	size_t count = 0;

	while (count < text.len && text.data[count] >= '0' && text.data[count] <= '9')
		count++;
	return count;
}

static bool take_number(struct qn_cursor *cursor, unsigned *ret)
{
	size_t digits = count_digits(cursor->rest);
	uint64_t value;

	if (!digits || digits > 9 || !qn_cursor_take_digits(cursor, (unsigned)digits, &value))
		return false;
	*ret = (unsigned)value;
	return true;
}

/* -20250306-89bc9459 and an optional -amd64 */
static bool take_branch_build(struct qn_cursor *cursor, struct qn_build_version *version)
{
	struct qn_cursor at = *cursor;
	size_t end;

	if (!qn_cursor_take_byte(&at, '-') || count_digits(at.rest) != 8 ||
	    !take_number(&at, &version->date) || !qn_cursor_take_byte(&at, '-'))
		return false;
	end = qn_text_find_byte(at.rest, '-');
	version->commit = qn_text_first(at.rest, end);
	version->suffix = end == SIZE_MAX ? QN_TEXT("") : qn_text_from(at.rest, end + 1);
	if (!version->commit.len)
		return false;
	cursor->rest = qn_text_from(at.rest, at.rest.len);
	return true;
}

/* v2.5.6  2.4.13-hotfix  v2.5.3-gpu  2.5.0-beta  2.5-20250306-89bc9459-amd64  master-20250705-951c312e */
struct qn_build_version qn_build_version_parse(struct qn_text text)
{
	const struct qn_build_version unknown = {.kind = QN_BUILD_UNKNOWN};
	struct qn_build_version version = {0};
	struct qn_cursor cursor = qn_cursor_of(qn_text_trim(text));
	struct qn_text start = cursor.rest;

	version.kind = QN_BUILD_BRANCH;
	if (qn_cursor_take(&cursor, QN_TEXT("master"))) {
		version.branch = qn_text_first(start, 6);
		return take_branch_build(&cursor, &version) ? version : unknown;
	}
	if (qn_cursor_take_byte(&cursor, 'v'))
		start = cursor.rest;
	if (!take_number(&cursor, &version.major) || !qn_cursor_take_byte(&cursor, '.') ||
	    !take_number(&cursor, &version.minor))
		return unknown;
	version.branch = qn_text_first(start, start.len - cursor.rest.len);
	if (take_branch_build(&cursor, &version))
		return version;
	version.kind = QN_BUILD_TAG;
	version.branch = QN_TEXT("");
	if (!qn_cursor_take_byte(&cursor, '.') || !take_number(&cursor, &version.patch))
		return unknown;
	if (qn_cursor_take_byte(&cursor, '-'))
		version.suffix = cursor.rest;
	else if (!qn_cursor_at_end(&cursor))
		return unknown;
	return version;
}

/* One part of a suffix: "rc1" of "rc1-gpu". A release has rank 0; what came before it is below, a hotfix
 * above. */
static bool rank_of(struct qn_text part, int *ret_rank, unsigned *ret_number)
{
	static const struct {
		const char *word;
		int rank;
	} ranks[] = {{"alpha", -3}, {"beta", -2}, {"rc", -1}, {"hotfix", 1}, {"patch", 1}};

	for (size_t i = 0; i < sizeof(build_flavours) / sizeof(build_flavours[0]); i++)
		if (qn_text_starts(part, qn_text_of(build_flavours[i]))) {
			*ret_rank = 0;
			return true;
		}
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
		struct qn_cursor cursor = qn_cursor_of(part);

		if (!qn_cursor_take(&cursor, qn_text_of(ranks[i].word)))
			continue;
		(void)qn_cursor_take_byte(&cursor, '.');
		if (!qn_cursor_at_end(&cursor) &&
		    (!take_number(&cursor, ret_number) || !qn_cursor_at_end(&cursor)))
			return false;
		*ret_rank = ranks[i].rank;
		return true;
	}
	return false;
}

/* False: the suffix is a word we cannot place, and so the tag cannot be placed against its neighbours. */
static bool rank_of_suffix(struct qn_text suffix, int *ret_rank, unsigned *ret_number)
{
	struct qn_cursor cursor = qn_cursor_of(suffix);
	struct qn_text part;

	*ret_rank = 0;
	*ret_number = 0;
	while (!qn_cursor_at_end(&cursor)) {
		int rank = 0;

		if (!qn_cursor_take_until(&cursor, '-', &part)) {
			part = cursor.rest;
			cursor.rest = qn_text_from(part, part.len);
		}
		if (!rank_of(part, &rank, ret_number))
			return false;
		if (rank)
			*ret_rank = rank;
	}
	return true;
}

static enum qn_build_order order_of(int64_t a, int64_t b)
{
	if (a == b)
		return QN_BUILD_SAME;
	return a < b ? QN_BUILD_OLDER : QN_BUILD_NEWER;
}

static enum qn_build_order compare_tags(const struct qn_build_version *a, const struct qn_build_version *b)
{
	int rank_a, rank_b;
	unsigned number_a, number_b;

	if (a->major != b->major || a->minor != b->minor)
		return QN_BUILD_NOT_COMPARABLE;
	if (a->patch != b->patch)
		return order_of(a->patch, b->patch);
	if (qn_text_equal(a->suffix, b->suffix))
		return QN_BUILD_SAME;
	if (!rank_of_suffix(a->suffix, &rank_a, &number_a) || !rank_of_suffix(b->suffix, &rank_b, &number_b))
		return QN_BUILD_NOT_COMPARABLE;
	return rank_a != rank_b ? order_of(rank_a, rank_b) : order_of(number_a, number_b);
}

/* A commit may be cut to fewer digits on one side. */
static bool is_same_commit(struct qn_text a, struct qn_text b)
{
	size_t len = a.len < b.len ? a.len : b.len;

	return len >= 7 ? qn_text_equal(qn_text_first(a, len), qn_text_first(b, len)) : qn_text_equal(a, b);
}

enum qn_build_order qn_build_version_compare(const struct qn_build_version *a,
					     const struct qn_build_version *b)
{
	if (a->kind != b->kind || a->kind == QN_BUILD_UNKNOWN)
		return QN_BUILD_NOT_COMPARABLE;
	if (a->kind == QN_BUILD_TAG)
		return compare_tags(a, b);
	if (!qn_text_equal(a->branch, b->branch))
		return QN_BUILD_NOT_COMPARABLE;
	if (a->date != b->date)
		return order_of(a->date, b->date);
	return is_same_commit(a->commit, b->commit) ? QN_BUILD_SAME : QN_BUILD_NOT_COMPARABLE;
}

const char *qn_fix_name(enum qn_fix fix)
{
	static const char *const names[] = {
		[QN_FIX_UPGRADE] = "upgrade",
		[QN_FIX_OPEN] = "open",
		[QN_FIX_PRESENT] = "present",
		[QN_FIX_UNKNOWN] = "unknown",
	};

	return names[fix];
}

static bool is_later_minor(const struct qn_build_version *a, const struct qn_build_version *b)
{
	return a->major != b->major ? a->major > b->major : a->minor > b->minor;
}

/* A fix reaches each release branch by a commit of its own. So a version is placed against the entries of its
 * own branch; only a tag of a later minor than all fixed tags is known to hold the fix, having branched off
 * after it. */
enum qn_fix qn_build_fix_status(struct qn_text text, const struct qn_text *fixed_in, size_t count)
{
	struct qn_build_version version = qn_build_version_parse(text);
	bool is_after_all_tags = version.kind == QN_BUILD_TAG, has_tag = false, is_older = false;

	if (!count)
		return QN_FIX_OPEN;
	for (size_t i = 0; i < count; i++) {
		struct qn_build_version fix = qn_build_version_parse(fixed_in[i]);
		enum qn_build_order order = qn_build_version_compare(&version, &fix);

		if (order == QN_BUILD_SAME || order == QN_BUILD_NEWER)
			return QN_FIX_PRESENT;
		if (order == QN_BUILD_OLDER)
			is_older = true;
		if (fix.kind != QN_BUILD_TAG)
			continue;
		has_tag = true;
		if (!is_later_minor(&version, &fix))
			is_after_all_tags = false;
	}
	if (is_older)
		return QN_FIX_UPGRADE;
	return has_tag && is_after_all_tags ? QN_FIX_PRESENT : QN_FIX_UNKNOWN;
}
