#include "stack/fragments.h"

#include "base/hash.h"
#include "stack/demangle.h"
#include "stack/sighting.h"

#include "base/banned.h"

/* Nobody reads in a narrower window. */
#define WIDTH_MIN 40U
/* "pc=0x7f1203aabbcc": of libraries, which lie high in memory */
#define PC_DIGITS 12U

void qn_fragments_deinit(struct qn_fragments *fragments)
{
	qn_buffer_deinit(&fragments->text);
	qn_arena_deinit(&fragments->scratch);
}

void qn_fragments_clear(struct qn_fragments *fragments)
{
	qn_buffer_clear(&fragments->text);
	fragments->count = fragments->width = 0;
	fragments->is_place = fragments->is_whole = fragments->is_ended = fragments->is_interrupted = false;
	fragments->foreign = 0;
}

/* Brackets that are parts of operators' names close nothing: "operator()", "operator<<", "->". */
static size_t skip_operator(struct qn_text text, size_t at)
{
	static const struct qn_text word = {"operator", 8};
	size_t end = at + word.len;

	if (qn_text_starts(qn_text_from(text, at), QN_TEXT("->")))
		return at + 2;
	if (!qn_text_starts(qn_text_from(text, at), word))
		return at;
	if (qn_text_starts(qn_text_from(text, end), QN_TEXT("()")))
		return end + 2;
	while (end < text.len && end < at + word.len + 3 && memchr("<>-=", text.data[end], 4))
		end++;
	return end;
}

/* Every byte of every name comes by here. */
enum bracket { NO_BRACKET, OPEN_ANGLE, CLOSE_ANGLE, OPEN_OTHER, CLOSE_OTHER, MAY_BE_OPERATOR };
static const uint8_t brackets[UINT8_MAX + 1] = {
	['<'] = OPEN_ANGLE,      ['>'] = CLOSE_ANGLE,     ['('] = OPEN_OTHER,  ['['] = OPEN_OTHER,
	['{'] = OPEN_OTHER,      [')'] = CLOSE_OTHER,     [']'] = CLOSE_OTHER, ['}'] = CLOSE_OTHER,
	['-'] = MAY_BE_OPERATOR, ['o'] = MAY_BE_OPERATOR,
};

bool qn_brackets_are_balanced(struct qn_text text)
{
	int64_t angles = 0, others = 0;

	for (size_t i = 0; i < text.len;) {
		enum bracket bracket = brackets[(uint8_t)text.data[i]];
		size_t next = bracket == MAY_BE_OPERATOR ? skip_operator(text, i) : i;

		if (next > i) {
			i = next;
			continue;
		}
		angles += (bracket == OPEN_ANGLE) - (bracket == CLOSE_ANGLE);
		others += (bracket == OPEN_OTHER) - (bracket == CLOSE_OTHER);
		i++;
	}
	return angles == 0 && others == 0;
}

static bool is_mangled(struct qn_text text)
{
	return qn_text_starts(text, QN_TEXT("_Z"));
}

static bool is_whole_name(struct qn_fragments *fragments, struct qn_text name)
{
	struct qn_text ignored;
	uint64_t hash, *known;
	bool is_whole;

	name = qn_text_trim(name);
	if (!name.len)
		return false;
	hash = qn_hash64(name) | 1U;
	known = &fragments->whole[hash / 2 % QN_WHOLE_NAMES];
	if ((*known | 1U) == hash)
		return *known & 1U;
	if (is_mangled(name)) {
		qn_arena_clear(&fragments->scratch);
		is_whole = qn_demangle(&fragments->scratch, name, &ignored);
	} else {
		is_whole = !qn_text_ends(name, QN_TEXT(",")) && !qn_text_ends(name, QN_TEXT("::")) &&
			   qn_brackets_are_balanced(name);
	}
	*known = is_whole ? hash : hash - 1U;
	return is_whole;
}

static size_t count_pc_digits(struct qn_text text)
{
	size_t at = qn_text_rfind(text, QN_TEXT("pc=0x"));

	return at == SIZE_MAX ? 0 : text.len - at - 5;
}

static bool is_whole_place(struct qn_text text)
{
	struct qn_code_place place;

	return qn_code_place_read(text, &place) && (place.has_pc || place.has_offset);
}

/* "/root/.conan/data", "../../src/thread", "(null):0" */
static bool begins_place(const struct qn_crash_line *line)
{
	static const char *const begins[] = {"/", "../", "./", "(null):", "pc=0x"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (qn_text_starts(line->text, qn_text_of(begins[i])))
			return true;
	return false;
}

/* A place of C code with a pc that may go on in the next line. */
static bool may_go_on(const struct qn_crash_line *line)
{
	return line->line->text.len >= WIDTH_MIN && !qn_text_contains(line->text, QN_TEXT(".go:")) &&
	       !qn_text_contains(line->text, QN_TEXT(".s:")) && count_pc_digits(line->text) > 0 &&
	       count_pc_digits(line->text) < PC_DIGITS;
}

static void append(struct qn_fragments *fragments, const struct qn_crash_line *line, struct qn_text text)
{
	struct qn_fragment *piece = &fragments->pieces[fragments->count++];

	qn_buffer_append_text(&fragments->text, text);
	piece->line = *line->line;
	piece->line.text = QN_TEXT("");
	piece->end = fragments->text.len;
}

/* Viewers put a tab or so many blanks in front of what goes on. */
#define INDENT_BLANKS 6U

/* Without what a viewer put in front; one blank there, and those at the end, are the name's. */
static struct qn_text piece_of(const struct qn_fragments *fragments, const struct qn_crash_line *line)
{
	struct qn_text text = line->line->text;
	size_t blanks = 0;

	/* "> >&, folly::Executor" is quoted only where the first piece is. */
	if (line->damage & QN_DAMAGE_GLUED_RECORD || fragments->damage & QN_DAMAGE_PROMPT)
		return line->text;
	if (qn_text_starts(text, QN_TEXT("\t")))
		return qn_text_from(text, 1);
	while (blanks < text.len && blanks < INDENT_BLANKS && text.data[blanks] == ' ')
		blanks++;
	return qn_text_from(text, blanks == 1 ? 0 : blanks);
}

bool qn_fragments_begin(struct qn_fragments *fragments, const struct qn_crash_line *line)
{
	bool is_place = begins_place(line);
	bool is_piece = is_place ? line->line->text.len >= WIDTH_MIN &&
					   (!is_whole_place(line->text) || may_go_on(line))
				 : is_mangled(line->text) || qn_is_function_line(line->text);
	struct qn_code_place place;

	if (!is_piece || line->text.len > QN_FRAME_NAME_BYTES_MAX || qn_is_other_writer(line) ||
	    (!is_place && qn_code_place_read(line->text, &place)))
		return false;
	qn_fragments_clear(fragments);
	/* The tab or the blanks in front of a place are told as they stood. */
	append(fragments, line, line->damage ? line->text : line->line->text);
	fragments->is_place = is_place;
	fragments->damage = line->damage;
	fragments->is_interrupted = line->damage & QN_DAMAGE_GLUED_RECORD;
	fragments->width = fragments->is_interrupted ? 0 : line->line->text.len;
	fragments->is_whole = !is_place && is_whole_name(fragments, qn_buffer_text(&fragments->text));
	return true;
}

static bool is_room(const struct qn_fragments *fragments, struct qn_text text)
{
	return fragments->count < QN_FRAGMENTS_MAX &&
	       fragments->text.len + text.len <= QN_FRAME_NAME_BYTES_MAX;
}

/* Is the text whole with @text behind it? */
static bool completes(struct qn_fragments *fragments, struct qn_text text)
{
	size_t len = fragments->text.len;
	bool is_whole;

	qn_buffer_append_text(&fragments->text, text);
	is_whole = fragments->is_place ? is_whole_place(qn_buffer_text(&fragments->text))
				       : is_whole_name(fragments, qn_buffer_text(&fragments->text));
	fragments->text.len = len;
	if (fragments->text.data)
		fragments->text.data[len] = '\0';
	return is_whole;
}

static bool is_known_width(const struct qn_fragments *fragments)
{
	return fragments->width && fragments->width == fragments->known_width;
}

static bool is_only(struct qn_text text, const char *bytes)
{
	for (size_t i = 0; i < text.len; i++)
		if (!memchr(bytes, text.data[i], strlen(bytes)))
			return false;
	return text.len;
}

static enum qn_fragment_use pass_by(struct qn_fragments *fragments)
{
	fragments->is_interrupted = true;
	return fragments->foreign++ < QN_FRAGMENTS_FOREIGN_MAX ? QN_FRAGMENT_FOREIGN : QN_FRAGMENT_NEXT;
}

static enum qn_fragment_use take(struct qn_fragments *fragments, const struct qn_crash_line *line,
				 struct qn_text text)
{
	append(fragments, line, text);
	fragments->is_interrupted |= (line->damage & QN_DAMAGE_GLUED_RECORD) != 0;
	return QN_FRAGMENT_TAKEN;
}

static enum qn_fragment_use offer_to_place(struct qn_fragments *fragments, const struct qn_crash_line *line,
					   struct qn_text text)
{
	bool is_pc = count_pc_digits(qn_buffer_text(&fragments->text)) > 0;

	if ((begins_place(line) && (is_pc || !qn_text_starts(line->text, QN_TEXT("pc=0x")))) ||
	    is_mangled(line->text))
		return QN_FRAGMENT_NEXT;
	if (qn_is_other_writer(line))
		return pass_by(fragments);
	if (is_pc && !is_only(text, "0123456789abcdef"))
		return QN_FRAGMENT_NEXT;
	if (completes(fragments, text)) {
		fragments->is_whole = true;
		fragments->is_ended = text.len != fragments->width || count_pc_digits(text) >= PC_DIGITS ||
				      !may_go_on(line);
		return take(fragments, line, text);
	}
	if (text.len != fragments->width || !fragments->width)
		return fragments->is_interrupted ? pass_by(fragments) : QN_FRAGMENT_NEXT;
	return take(fragments, line, text);
}

/* "milvus::Task::opera" and "tor()(int) const" */
static bool is_cut_in_operator(struct qn_text so_far, struct qn_text text)
{
	static const struct qn_text word = {"operator", 8};

	for (size_t len = 1; len < word.len; len++) {
		struct qn_text before, behind;

		if (!qn_text_ends(so_far, qn_text_first(word, len)) ||
		    !qn_text_starts(text, qn_text_from(word, len)))
			continue;
		before = qn_text_first(so_far, so_far.len - len);
		behind = qn_text_from(text, word.len - len);
		return (!before.len || qn_text_ends(before, QN_TEXT(":")) ||
			qn_text_ends(before, QN_TEXT(" "))) &&
		       behind.len && memchr("([<>=+-*/!&|^%~, ", behind.data[0], 17);
	}
	return false;
}

static uint64_t *place_of_seen(struct qn_fragments *fragments, uint64_t hash)
{
	return &fragments->seen[hash % QN_WHOLE_NAMES];
}

static void see_name(struct qn_fragments *fragments)
{
	uint64_t hash = qn_hash64(qn_text_trim(qn_buffer_text(&fragments->text)));

	*place_of_seen(fragments, hash) = hash;
}

static bool is_seen(struct qn_fragments *fragments, struct qn_text name)
{
	uint64_t hash = qn_hash64(qn_text_trim(name));

	return *place_of_seen(fragments, hash) == hash;
}

/* "AsyncRet" and "rieve", where "AsyncRetrieve" stood elsewhere in one piece, and neither of them. */
static bool is_seen_together(struct qn_fragments *fragments, struct qn_text text)
{
	size_t len = fragments->text.len;
	bool is_one;

	if (is_seen(fragments, qn_buffer_text(&fragments->text)) || is_seen(fragments, text))
		return false;
	qn_buffer_append_text(&fragments->text, text);
	is_one = is_seen(fragments, qn_buffer_text(&fragments->text));
	fragments->text.len = len;
	if (fragments->text.data)
		fragments->text.data[len] = '\0';
	return is_one;
}

static bool is_name_cut(struct qn_fragments *fragments, struct qn_text text)
{
	if (!fragments->is_whole || fragments->count != 1 || !text.len || is_mangled(text))
		return false;
	return (is_cut_in_operator(qn_buffer_text(&fragments->text), text) && completes(fragments, text)) ||
	       is_seen_together(fragments, text);
}

static enum qn_fragment_use offer_to_name(struct qn_fragments *fragments, const struct qn_crash_line *line,
					  struct qn_text text)
{
	bool is_full = fragments->width >= WIDTH_MIN && text.len == fragments->width;
	bool is_tail = fragments->width >= WIDTH_MIN && text.len < fragments->width;
	bool is_place = is_whole_place(line->text);

	/* "_ZN6milvus5query6SearchE" is whole, but was cut before its "v". */
	bool is_cut_whole = fragments->is_whole && is_known_width(fragments) && fragments->count == 1 &&
			    !is_mangled(line->text) && completes(fragments, text);

	/* A mangled name tells by itself where it ends. */
	if (!is_mangled(qn_buffer_text(&fragments->text))) {
		if (is_place && fragments->count == 1)
			see_name(fragments);
		else
			is_cut_whole |= is_name_cut(fragments, text);
	}
	if (is_place || (fragments->is_whole && !is_cut_whole) ||
	    (is_mangled(line->text) && !fragments->is_interrupted) ||
	    (begins_place(line) && line->is_indented))
		return QN_FRAGMENT_NEXT;
	if (qn_is_other_writer(line))
		return pass_by(fragments);
	if (is_full &&
	    is_mangled(qn_buffer_text(&fragments->text)) == (qn_text_find_byte(text, ' ') == SIZE_MAX))
		return take(fragments, line, text);
	if (completes(fragments, text)) {
		fragments->is_whole = fragments->is_ended = true;
		return take(fragments, line, text);
	}
	if (is_full)
		return take(fragments, line, text);
	if (is_tail && fragments->count > 1) {
		fragments->is_ended = true;
		return take(fragments, line, text);
	}
	return qn_is_function_line(line->text) ? QN_FRAGMENT_NEXT : pass_by(fragments);
}

enum qn_fragment_use qn_fragments_offer(struct qn_fragments *fragments, const struct qn_crash_line *line)
{
	struct qn_text text = piece_of(fragments, line);

	if (fragments->is_ended || !is_room(fragments, text))
		return QN_FRAGMENT_NEXT;
	return fragments->is_place ? offer_to_place(fragments, line, text)
				   : offer_to_name(fragments, line, text);
}

bool qn_fragments_are_one(struct qn_fragments *fragments)
{
	bool are_one = fragments->is_whole ||
		       (!fragments->is_place && !fragments->is_ended &&
			is_whole_name(fragments, qn_buffer_text(&fragments->text))) ||
		       (fragments->width >= WIDTH_MIN && fragments->count > 2);

	if (are_one && !fragments->is_interrupted && fragments->width >= WIDTH_MIN)
		fragments->known_width = fragments->width;
	return are_one;
}

struct qn_line qn_fragments_line(const struct qn_fragments *fragments, size_t index)
{
	size_t start = index == SIZE_MAX || index == 0 ? 0 : fragments->pieces[index - 1].end;
	size_t end = index == SIZE_MAX ? fragments->text.len : fragments->pieces[index].end;
	struct qn_line line = fragments->pieces[index == SIZE_MAX ? 0 : index].line;

	line.text = qn_text_first(qn_text_from(qn_buffer_text(&fragments->text), start), end - start);
	return line;
}
