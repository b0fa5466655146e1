/* The literal that every match of a regex must contain.
 *
 * A run of characters grows as long as each must follow the one before; what may be left out, differ or
 * repeat ends it. The longest run of a group counts, unless the group may be left out. Of an alternation
 * counts what the longest runs of all branches share. Where in doubt there is no literal: too short a literal
 * costs time, a wrong one loses hits. */
#include "rule/pattern.h"

#include "base/cursor.h"
#include "rule/pattern_dialect.h"
#include "base/banned.h"

#define DEPTH_MAX 32U
#define SHARED_BYTES_MAX 256U /* of branches that are compared */

/* One open group. */
struct level {
	struct qn_text best;   /* of the branch that is being read */
	struct qn_text shared; /* by the branches before it */
	bool has_branches;
};

struct extraction {
	struct qn_arena *arena;
	struct qn_cursor cursor;
	struct qn_buffer run;
	struct level levels[DEPTH_MAX];
	unsigned depth;
	bool is_unsure;                                   /* what comes of it is not to be relied on */
	struct qn_text branches[QN_PATTERN_BRANCHES_MAX]; /* of the outermost level */
	size_t branches_count;                            /* may be more than there is room for */
};

enum atom {
	ATOM_CHARACTER, /* appended to the run */
	ATOM_EMPTY,     /* \b, ^, (?s): takes no room, the run goes on */
	ATOM_OTHER,     /* a class, a dot: the run ends */
};

static void end_run(struct extraction *x)
{
	struct level *level = &x->levels[x->depth];

	if (x->run.len > level->best.len)
		level->best = qn_arena_copy(x->arena, qn_buffer_text(&x->run));
	qn_buffer_clear(&x->run);
}

/* The longest text that both hold. */
static struct qn_text shared_text(struct qn_text a, struct qn_text b)
{
	unsigned short lengths[SHARED_BYTES_MAX + 1] = {0};
	struct qn_text best = {0};

	a = qn_text_first(a, SHARED_BYTES_MAX);
	b = qn_text_first(b, SHARED_BYTES_MAX);
	for (size_t i = 0; i < a.len; i++)
		for (size_t k = b.len; k-- > 0;) {
			lengths[k + 1] = a.data[i] == b.data[k] ? (unsigned short)(lengths[k] + 1) : 0;
			if (lengths[k + 1] > best.len)
				best = (struct qn_text){a.data + i + 1 - lengths[k + 1], lengths[k + 1]};
		}
	return best;
}

static void end_branch(struct extraction *x)
{
	struct level *level = &x->levels[x->depth];

	end_run(x);
	if (!x->depth && x->branches_count++ < QN_PATTERN_BRANCHES_MAX)
		x->branches[x->branches_count - 1] = level->best;
	level->shared = level->has_branches ? shared_text(level->shared, level->best) : level->best;
	level->best = (struct qn_text){0};
	level->has_branches = true;
}

/* Takes a quantifier and says whether there is one and whether it allows none at all. */
static bool take_quantifier(struct qn_cursor *cursor, bool *ret_optional)
{
	unsigned least, most;
	size_t length = 1;

	*ret_optional = qn_cursor_peek(cursor) == '*' || qn_cursor_peek(cursor) == '?';
	if (!*ret_optional && qn_cursor_peek(cursor) != '+') {
		length = qn_pattern_repeat_length(cursor->rest, &least, &most);
		*ret_optional = length && least == 0;
	}
	cursor->rest = qn_text_from(cursor->rest, length);
	if (length)
		(void)qn_cursor_take_byte(cursor, '?');
	return length != 0;
}

/* Behind an atom of @len bytes at the end of the run. */
static void end_character(struct extraction *x, size_t len)
{
	bool is_optional = false;

	if (!take_quantifier(&x->cursor, &is_optional))
		return;
	if (is_optional && len <= x->run.len)
		x->run.len -= len;
	end_run(x);
}

static void add_character(struct extraction *x, struct qn_text bytes)
{
	qn_buffer_append_text(&x->run, bytes);
	end_character(x, bytes.len);
}

static void end_atom(struct extraction *x, enum atom atom)
{
	bool is_optional;

	if (take_quantifier(&x->cursor, &is_optional) || atom == ATOM_OTHER)
		end_run(x);
}

/* Behind `[`. */
static void skip_class(struct qn_cursor *cursor)
{
	(void)qn_cursor_take_byte(cursor, '^');
	(void)qn_cursor_take_byte(cursor, ']');
	while (!qn_cursor_at_end(cursor) && !qn_cursor_take_byte(cursor, ']')) {
		size_t posix = qn_pattern_posix_class_length(cursor->rest);

		(void)qn_cursor_take_byte(cursor, '\\');
		cursor->rest = qn_text_from(cursor->rest, posix ? posix : 1);
	}
}

/* Behind `\Q`. */
static void take_quoted(struct extraction *x)
{
	size_t end = qn_text_find(x->cursor.rest, QN_TEXT("\\E"));
	struct qn_text quoted = qn_text_first(x->cursor.rest, end);
	size_t last = quoted.len ? quoted.len - 1 : 0;

	x->cursor.rest = qn_text_from(x->cursor.rest, end == SIZE_MAX ? quoted.len : end + 2);
	/* the last one, which a quantifier is about, may be a character of several bytes */
	while (last && ((unsigned char)quoted.data[last] & 0xC0) == 0x80)
		last--;
	/* a quantifier behind an empty one is about the atom before */
	x->is_unsure |= quoted.len == 0;
	qn_buffer_append_text(&x->run, quoted);
	end_character(x, quoted.len - last);
}

/* Behind `\x`: \x41 \x{41}. */
static void take_hex(struct extraction *x)
{
	struct qn_text digits;
	uint64_t value = 0;
	bool is_known;

	if (qn_cursor_take_byte(&x->cursor, '{')) {
		is_known =
			qn_cursor_take_until(&x->cursor, '}', &digits) && qn_text_hex_to_u64(digits, &value);
	} else {
		digits = qn_text_first(x->cursor.rest, 2);
		is_known = digits.len == 2 && qn_text_hex_to_u64(digits, &value);
		x->cursor.rest = qn_text_from(x->cursor.rest, digits.len);
	}
	if (is_known && value && value < 0x80)
		add_character(x, (struct qn_text){&(char){(char)value}, 1});
	else
		end_atom(x, ATOM_OTHER);
}

static void take_escape(struct extraction *x)
{
	static const char letters[] = "afnrt", meanings[] = "\a\f\n\r\t";
	char letter = qn_cursor_peek(&x->cursor);
	const char *known = letter ? strchr(letters, letter) : NULL;
	struct qn_text name;

	x->cursor.rest = qn_text_from(x->cursor.rest, 1);
	if (known)
		add_character(x, (struct qn_text){&meanings[known - letters], 1});
	else if (letter == 'Q')
		take_quoted(x);
	else if (letter == 'x')
		take_hex(x);
	else if (letter == 'b' || letter == 'B' || letter == 'A' || letter == 'z')
		end_atom(x, ATOM_EMPTY);
	else if (letter >= '0' && letter <= '7') {
		while (qn_cursor_peek(&x->cursor) >= '0' && qn_cursor_peek(&x->cursor) <= '7')
			x->cursor.rest = qn_text_from(x->cursor.rest, 1);
		end_atom(x, ATOM_OTHER);
	} else if (letter == 'p' || letter == 'P') {
		if (qn_cursor_take_byte(&x->cursor, '{'))
			(void)qn_cursor_take_until(&x->cursor, '}', &name);
		else
			x->cursor.rest = qn_text_from(x->cursor.rest, 1);
		end_atom(x, ATOM_OTHER);
	} else if ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z')
		end_atom(x, ATOM_OTHER);
	else
		add_character(x, (struct qn_text){&letter, 1});
}

/* Behind `(`. False: nothing can be said of this regex. */
static bool open_group(struct extraction *x)
{
	struct qn_text name;

	if (qn_cursor_take(&x->cursor, QN_TEXT("?P<"))) {
		if (!qn_cursor_take_until(&x->cursor, '>', &name))
			return false;
	} else if (qn_cursor_take_byte(&x->cursor, '?')) {
		while (!qn_cursor_at_end(&x->cursor) && strchr("msU-", qn_cursor_peek(&x->cursor)))
			x->cursor.rest = qn_text_from(x->cursor.rest, 1);
		/* (?i): the text may stand in either case */
		if (!qn_cursor_take_byte(&x->cursor, ':'))
			return qn_cursor_take_byte(&x->cursor, ')');
	}
	end_run(x);
	if (x->depth + 1 == DEPTH_MAX)
		return false;
	x->levels[++x->depth] = (struct level){0};
	return true;
}

/* Behind `)`. */
static bool close_group(struct extraction *x)
{
	struct qn_text found;
	bool is_optional = false;

	if (!x->depth)
		return false;
	end_branch(x);
	found = x->levels[x->depth--].shared;
	(void)take_quantifier(&x->cursor, &is_optional);
	if (!is_optional && found.len > x->levels[x->depth].best.len)
		x->levels[x->depth].best = found;
	return true;
}

static bool take_atom(struct extraction *x)
{
	size_t len = 1;
	char byte = qn_cursor_peek(&x->cursor);
	struct qn_text at = x->cursor.rest;

	x->cursor.rest = qn_text_from(at, 1);
	switch (byte) {
	case '(': return open_group(x);
	case ')': return close_group(x);
	case '|': end_branch(x); return true;
	case '\\': take_escape(x); return true;
	case '[':
		skip_class(&x->cursor);
		end_atom(x, ATOM_OTHER);
		return true;
	case '.': end_atom(x, ATOM_OTHER); return true;
	case '^':
	case '$': end_atom(x, ATOM_EMPTY); return true;
	default: break;
	}
	/* a character of several bytes is one atom */
	while ((unsigned char)byte >= 0xC0 && len < at.len && ((unsigned char)at.data[len] & 0xC0) == 0x80)
		len++;
	x->cursor.rest = qn_text_from(at, len);
	add_character(x, qn_text_first(at, len));
	return true;
}

/* False: nothing can be said of it. */
static bool extract(struct extraction *x)
{
	bool is_sure = true;

	while (is_sure && !qn_cursor_at_end(&x->cursor))
		is_sure = take_atom(x);
	is_sure = is_sure && x->depth == 0 && !x->run.is_failed && !x->is_unsure;
	if (is_sure)
		end_branch(x);
	qn_buffer_deinit(&x->run);
	return is_sure;
}

struct qn_text qn_pattern_required_literal(struct qn_arena *arena, struct qn_text regex)
{
	struct extraction x = {.arena = arena, .cursor = qn_cursor_of(regex)};

	return extract(&x) ? x.levels[0].shared : (struct qn_text){0};
}

size_t qn_pattern_branch_literals(struct qn_arena *arena, struct qn_text regex,
				  struct qn_text ret[QN_PATTERN_BRANCHES_MAX])
{
	struct extraction x = {.arena = arena, .cursor = qn_cursor_of(regex)};

	if (!extract(&x) || x.branches_count > QN_PATTERN_BRANCHES_MAX)
		return 0;
	for (size_t i = 0; i < x.branches_count; i++) {
		if (!x.branches[i].len)
			return 0;
		ret[i] = x.branches[i];
	}
	return x.branches_count;
}
