#include "stack/line_wrap.h"

#include "base/cleanup.h"
#include "stack/line_wrap_sort.h"

#include "base/banned.h"

/* Nobody reads in a narrower window. */
#define WIDTH_MIN 40U
#define WIDTH_MAX 2048U
/* A record of 64 kB in a window of 80 columns has 800 of them; a frame is looked at whole for each. */
#define PIECES_MAX 4096U
#define FRAME_PIECES_MAX 64U
#define JOINED_BYTES_MAX (1U << 20)
/* What a frame or two records show is no accident. */
#define EVIDENCE_MIN 2U
#define EVIDENCE_OF_RECORD 1U
#define EVIDENCE_OF_FRAME 2U
/* Widths that are counted; a source has one or two. */
#define TALLIES_MAX 32U
#define TAB_COLUMNS 8U

static size_t count_letters(struct qn_text text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

/* Letters of three bytes and more are mostly Chinese or Japanese, and two columns wide. */
static size_t count_columns(struct qn_text text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte == '\t')
			count += TAB_COLUMNS - count % TAB_COLUMNS;
		else if ((byte & 0xc0) != 0x80)
			count += byte >= 0xe3 ? 2 : 1;
	}
	return count;
}

/* The line at the front of @text; @ret_rest is what follows it. */
static struct qn_text first_line(struct qn_text text, struct qn_text *ret_rest)
{
	size_t end = qn_text_find_byte(text, '\n');
	struct qn_text line = qn_text_first(text, end);

	*ret_rest = qn_text_from(text, end == SIZE_MAX ? text.len : end + 1);
	if (qn_text_ends(line, QN_TEXT("\r")))
		line.len--;
	return line;
}

/* A run of pieces of one width, and the shorter last one. */
struct run {
	struct qn_text rest; /* behind it */
	size_t pieces;
	enum qn_wrap_sort sort;
	struct qn_wrap_quotes quotes;
	bool is_whole; /* up to here; asked again with each piece */
};

/* Bytes of the front that all lines have. */
static size_t front_of(const struct qn_line_wrap *wrap, struct qn_text line)
{
	return qn_text_starts(line, (struct qn_text){wrap->front, wrap->front_len}) ? wrap->front_len : 0;
}

static struct qn_text inner_of(const struct qn_line_wrap *wrap, struct qn_text line)
{
	return qn_wrap_skip_front(qn_text_from(line, front_of(wrap, line)));
}

/* Could a run of the same sort begin with @next, behind a front of its own? So no line is looked at from each
 * of many lines above it. */
static bool begins_same(const struct run *run, struct qn_text next)
{
	return (run->sort == QN_WRAP_RECORD || run->sort == QN_WRAP_GLIBC) &&
	       qn_wrap_sort_of(qn_wrap_skip_front(next)) == run->sort;
}

/* May @next be what @so_far goes on with? */
static bool may_join(const struct run *run, struct qn_text so_far, struct qn_text next)
{
	bool is_open_name = qn_text_ends(so_far, QN_TEXT("("));

	if (!next.len || qn_wrap_begins_record(next) || begins_same(run, next))
		return false;
	if (run->sort == QN_WRAP_RECORD)
		return !run->is_whole || qn_text_starts(next, QN_TEXT(" ["));
	if (qn_wrap_begins_line(next) || (qn_text_starts(next, QN_TEXT("_Z")) && !is_open_name))
		return false;
	if (run->sort == QN_WRAP_AT)
		return !qn_text_starts(qn_text_trim(next), QN_TEXT("@ "));
	return !run->is_whole || qn_wrap_is_number(next);
}

/* Is @line as wide as a window of @width? The blank at its end may have been lost. */
static bool is_full(const struct run *run, struct qn_text line, size_t width, bool *ret_lost_blank)
{
	size_t letters = count_letters(line);

	*ret_lost_blank = false;
	if (letters >= width)
		return letters == width;
	if (letters != line.len || qn_text_find_byte(line, '\t') != SIZE_MAX)
		return count_columns(line) == width;
	*ret_lost_blank = letters + 1 == width && run->sort != QN_WRAP_OTHER && !run->is_whole;
	return *ret_lost_blank;
}

static void settle_whole(struct run *run, struct qn_text so_far, struct qn_text piece)
{
	qn_wrap_look_at_quotes(&run->quotes, piece);
	run->is_whole = run->sort == QN_WRAP_RECORD ? qn_wrap_ends_record(&run->quotes, so_far)
						    : qn_wrap_is_whole(run->sort, so_far);
}

/* Joins the line at the front of @text, whose first piece is @width letters wide, into @ret. */
static void take_run(const struct qn_line_wrap *wrap, struct qn_text text, size_t width,
		     struct qn_buffer *ret, struct run *run)
{
	struct qn_text line, inner;
	size_t front, pieces_max;

	*run = (struct run){.pieces = 1};
	line = first_line(text, &run->rest);
	inner = inner_of(wrap, line);
	front = (size_t)(inner.data - line.data);
	run->sort = qn_wrap_sort_of(inner);
	settle_whole(run, inner, inner);
	qn_buffer_clear(ret);
	qn_buffer_append_text(ret, line);
	pieces_max =
		run->sort == QN_WRAP_RECORD || run->sort == QN_WRAP_OTHER ? PIECES_MAX : FRAME_PIECES_MAX;
	while (run->pieces < pieces_max && ret->len < JOINED_BYTES_MAX && run->rest.len && ret->data) {
		struct qn_text rest, next = first_line(run->rest, &rest), piece;
		bool lost_blank;

		piece = qn_text_from(next, front_of(wrap, next));
		if (!is_full(run, line, width, &lost_blank) ||
		    !may_join(run, qn_text_from(qn_buffer_text(ret), front), piece) ||
		    (!wrap->front_len && qn_wrap_has_front_of(qn_buffer_text(ret), next)))
			return;
		if (lost_blank)
			qn_buffer_append_byte(ret, ' ');
		qn_buffer_append_text(ret, piece);
		settle_whole(run, qn_text_from(qn_buffer_text(ret), front), piece);
		line = next;
		run->rest = rest;
		run->pieces++;
	}
}

/* What the joined line shows, whose first piece was @line: 0 for nothing. */
static unsigned evidence_of(const struct qn_line_wrap *wrap, const struct run *run, struct qn_text line)
{
	if (run->pieces < 2 || run->sort == QN_WRAP_OTHER || !run->is_whole)
		return 0;
	if (run->sort == QN_WRAP_RECORD)
		return EVIDENCE_OF_RECORD;
	return qn_wrap_is_whole(run->sort, inner_of(wrap, line)) ? 0 : EVIDENCE_OF_FRAME;
}

struct tally {
	size_t width;
	unsigned evidence;
};

static void count(struct tally *tallies, unsigned *tallies_count, size_t width, unsigned evidence)
{
	for (unsigned i = 0; i < *tallies_count; i++)
		if (tallies[i].width == width) {
			tallies[i].evidence += evidence;
			return;
		}
	if (*tallies_count < TALLIES_MAX)
		tallies[(*tallies_count)++] = (struct tally){width, evidence};
}

/* Could @line, of which the next one is known, be a first piece? A quick look, at every line. */
static bool may_be_broken(const struct qn_line_wrap *wrap, struct qn_text line, size_t letters,
			  struct qn_text rest)
{
	struct qn_text ignored, next = first_line(rest, &ignored);

	return letters >= WIDTH_MIN && letters <= WIDTH_MAX && rest.len &&
	       !qn_wrap_begins_record(qn_text_from(next, front_of(wrap, next))) &&
	       qn_wrap_sort_of(inner_of(wrap, line)) != QN_WRAP_OTHER;
}

/* What all lines that are not blank begin with, up to its last blank: "> ", "[pod/a/b] ". Indentation is
 * none.
 */
static void find_front(struct qn_text sample, struct qn_line_wrap *wrap)
{
	struct qn_text front = {0};
	bool is_first = true;

	while (sample.len && (is_first || front.len)) {
		struct qn_text line = first_line(sample, &sample);
		size_t same = 0;

		if (!line.len)
			continue;
		if (is_first)
			front = qn_text_first(line, QN_WRAP_FRONT_BYTES_MAX);
		while (same < front.len && same < line.len && front.data[same] == line.data[same])
			same++;
		front.len = same;
		is_first = false;
	}
	while (front.len && front.data[front.len - 1] != ' ')
		front.len--;
	if (qn_text_trim(front).len && !qn_text_starts(front, QN_TEXT(" "))) {
		memcpy(wrap->front, front.data, front.len);
		wrap->front_len = front.len;
	}
}

void qn_line_wrap_detect(struct qn_text sample, struct qn_line_wrap *ret)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer joined = {0};
	struct tally tallies[TALLIES_MAX];
	unsigned tallies_count = 0;

	*ret = (struct qn_line_wrap){0};
	find_front(sample, ret);
	while (sample.len) {
		struct qn_text rest, line = first_line(sample, &rest);
		size_t letters = count_letters(line);
		struct run run;

		ret->longest = letters > ret->longest ? letters : ret->longest;
		if (may_be_broken(ret, line, letters, rest)) {
			take_run(ret, sample, letters, &joined, &run);
			count(tallies, &tallies_count, letters, evidence_of(ret, &run, line));
			if (run.pieces > 1)
				rest = run.rest;
		}
		sample = rest;
	}
	for (unsigned i = 0; i < tallies_count; i++)
		if (tallies[i].evidence >= EVIDENCE_MIN && ret->count < QN_WRAP_WIDTHS_MAX)
			ret->widths[ret->count++] = tallies[i].width;
}

size_t qn_line_wrap_take(const struct qn_line_wrap *wrap, struct qn_text text, struct qn_buffer *ret,
			 struct qn_text *ret_rest)
{
	struct qn_text line = first_line(text, ret_rest);
	bool may_be_any = qn_wrap_sort_of(inner_of(wrap, line)) == QN_WRAP_OTHER;
	struct run run;

	for (unsigned i = 0; i < wrap->count; i++) {
		if (may_be_any && wrap->widths[i] < wrap->longest)
			continue;
		take_run(wrap, text, wrap->widths[i], ret, &run);
		if (run.pieces > 1 && (wrap->widths[i] >= wrap->longest || evidence_of(wrap, &run, line))) {
			*ret_rest = run.rest;
			return run.pieces;
		}
	}
	qn_buffer_clear(ret);
	qn_buffer_append_text(ret, line);
	return 1;
}
