/* Stacks for people: the application's frames, plumbing folded to one line a run. */
#include "report/report_text.h"

#include "base/banned.h"

/* What a run of frames is called when it is folded; NULL: the frame is shown. */
const char *qn_print_fold_name(enum qn_role role)
{
	static const char *const names[] = {
		[QN_ROLE_UNKNOWN] = "without a symbol",
		[QN_ROLE_FAULT] = "that raise the signal or panic",
		[QN_ROLE_ASSERT] = NULL,
		[QN_ROLE_USER] = NULL,
		[QN_ROLE_LIBRARY] = "of libraries",
		[QN_ROLE_EXECUTOR] = "of the executor",
		[QN_ROLE_RUNTIME] = "of the runtime",
		[QN_ROLE_THREAD_ENTRY] = "of thread start",
	};

	return names[role];
}

/* "github.com/milvus-io/milvus/internal/mq/server.(*rocksmq).moveConsumePos" from its last folder on. */
static struct qn_text short_name(const struct qn_frame *frame)
{
	struct qn_text name = frame->key.len        ? frame->key
			      : frame->function.len ? frame->function
						    : frame->raw;
	size_t end = qn_text_find_byte(name, '('), slash;

	if (!name.len)
		return QN_TEXT("(no symbol)");
	slash = frame->is_go ? qn_text_rfind(qn_text_first(name, end), QN_TEXT("/")) : SIZE_MAX;
	return slash == SIZE_MAX || slash + 1 == name.len ? name : qn_text_from(name, slash + 1);
}

static struct qn_text base_name(struct qn_text path)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));

	return slash == SIZE_MAX ? path : qn_text_from(path, slash + 1);
}

void qn_print_frame_parts(struct qn_paint *paint, const struct qn_frame *frame)
{
	unsigned room = qn_paint_room(paint);
	struct qn_text name = short_name(frame), file = frame->file;
	unsigned name_columns = qn_paint_columns(name), place = 0;

	/* the place is worth more than the end of a long name: it gets its room first */
	if (file.len) {
		place = qn_paint_columns(file) + 8;
		if (name_columns + place > room) {
			file = base_name(file);
			place = qn_paint_columns(file) + 8;
		}
		if (place > room / 3 * 2)
			place = room / 3 * 2;
	}
	if (name_columns + place > room)
		name_columns = room - place;
	qn_paint_cell(paint, QN_INK_PLAIN, name, name_columns);
	if (file.len) {
		qn_paint_string(paint, QN_INK_PLAIN, "  ");
		qn_paint_text(paint, QN_INK_DIM, file);
		if (frame->line)
			qn_paint_printf(paint, QN_INK_DIM, ":%u", frame->line);
	}
}

void qn_print_frame(struct qn_paint *paint, const struct qn_frame *frame)
{
	qn_print_frame_parts(paint, frame);
	qn_paint_newline(paint);
}

/* "… Folly CPUThreadPoolExecutor, task AsyncRetrieve (4 frames)"
 *
 * @note  behind the number of frames; may be empty */
static void print_executor(struct qn_paint *paint, const struct qn_store_signature *row, size_t frames,
			   const char *note)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	bool is_folly = qn_text_ends(row->executor_kind, QN_TEXT("Executor"));

	qn_buffer_printf(&text, "… %s", is_folly ? "Folly " : "");
	qn_buffer_append_text(&text, row->executor_kind.len ? row->executor_kind : QN_TEXT("executor"));
	if (row->executor_pool.len)
		qn_buffer_printf(&text, ", pool %.*s", QN_ARG(row->executor_pool));
	if (row->executor_task.len)
		qn_buffer_printf(&text, ", task %.*s", QN_ARG(row->executor_task));
	if (frames)
		qn_buffer_printf(&text, " (%zu frame%s%s)", frames, frames == 1 ? "" : "s", note);
	qn_paint_wrap(paint, QN_INK_DIM, qn_buffer_text(&text), 2);
	qn_paint_newline(paint);
}

static bool is_shown(const struct qn_frame *frame)
{
	/* Where an assertion stands is told without its function. */
	return !qn_print_fold_name(frame->role) ||
	       (frame->role == QN_ROLE_UNKNOWN && frame->file.len && frame->line);
}

/* Looks the same when printed. */
static bool looks_same(const struct qn_frame *a, const struct qn_frame *b)
{
	return a->role == b->role && a->line == b->line && qn_text_equal(short_name(a), short_name(b)) &&
	       qn_text_equal(a->file, b->file);
}

/* A recursion: a circle of so many frames at the most, gone through so often at the least. */
#define CIRCLE_FRAMES_MAX 8U
#define CIRCLE_ROUNDS_MIN 3U

struct circle {
	size_t frames, rounds; /* rounds: 1 where nothing is repeated */
};

/* The circle that begins with the frame @from, which is no plumbing. */
static struct circle find_circle(const struct qn_query_signature *row, size_t from)
{
	const struct qn_frame *frames = row->frames;

	for (size_t length = 1; length <= CIRCLE_FRAMES_MAX; length++) {
		size_t end = from + length;

		while (end < row->frames_count && looks_same(&frames[end], &frames[end - length]))
			end++;
		if ((end - from) / length >= CIRCLE_ROUNDS_MIN)
			return (struct circle){length, (end - from) / length};
	}
	return (struct circle){1, 1};
}

/* "… the same 510 times more", "… these 3 frames 12 times more" */
static void print_rounds(struct qn_paint *paint, const struct circle *circle)
{
	if (circle->frames == 1)
		qn_paint_printf(paint, QN_INK_DIM, "… the same %zu times more", circle->rounds - 1);
	else
		qn_paint_printf(paint, QN_INK_DIM, "… these %zu frames %zu times more", circle->frames,
				circle->rounds - 1);
	qn_paint_newline(paint);
}

/* "operator()" of which no file is told: what it is, the executor's task says. */
static bool is_bare(const struct qn_frame *frame)
{
	return !frame->file.len &&
	       qn_text_equal(frame->key.len ? frame->key : frame->function, QN_TEXT("operator()"));
}

/* Is it plumbing of the executor, or a bare frame above such? */
static bool is_plumbing(const struct qn_query_signature *row, size_t i)
{
	return row->frames[i].role == QN_ROLE_EXECUTOR ||
	       (is_bare(&row->frames[i]) && i + 1 < row->frames_count &&
		row->frames[i + 1].role == QN_ROLE_EXECUTOR);
}

/* Of a short report: the innermost frames of the application, then the executor. */
static void print_brief(struct qn_paint *paint, const struct qn_query_signature *row, size_t lines_max)
{
	bool has_executor = row->row.executor_kind.len || row->row.executor_task.len;
	size_t shown = 0, executor = 0, nameless = 0;

	for (size_t i = 0; i < row->frames_count; i++) {
		struct circle circle;

		nameless += row->frames[i].role == QN_ROLE_UNKNOWN;
		executor += is_plumbing(row, i);
		if (!is_shown(&row->frames[i]) || is_plumbing(row, i) || shown + has_executor >= lines_max)
			continue;
		qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
		qn_print_frame(paint, &row->frames[i]);
		shown++;
		circle = find_circle(row, i);
		if (circle.frames == 1 && circle.rounds > 1 && shown + has_executor < lines_max) {
			qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
			print_rounds(paint, &circle);
			shown++;
			i += circle.rounds - 1;
		}
	}
	if (has_executor) {
		qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
		print_executor(paint, &row->row, shown ? executor : row->frames_count,
			       shown ? "" : ", all plumbing");
	} else if (!shown) {
		qn_paint_printf(paint, QN_INK_YELLOW, "%zu frame%s, %s", row->frames_count,
				row->frames_count == 1 ? "" : "s",
				nameless == row->frames_count ? "none with a symbol" : "all plumbing");
		qn_paint_newline(paint);
	}
}

static size_t run_length(const struct qn_query_signature *row, size_t from)
{
	bool of_executor = is_plumbing(row, from);
	size_t i = from + 1;

	while (i < row->frames_count &&
	       (of_executor ? is_plumbing(row, i)
			    : row->frames[i].role == row->frames[from].role && !is_plumbing(row, i) &&
				      !is_shown(&row->frames[i])))
		i++;
	return i - from;
}

/* The frames [@from, @end), runs of plumbing as one line each. */
static void print_run(struct qn_paint *paint, const struct qn_query_signature *row, size_t from, size_t end)
{
	while (from < end) {
		bool of_executor = is_plumbing(row, from);
		const char *name = of_executor ? qn_print_fold_name(QN_ROLE_EXECUTOR)
				   : is_shown(&row->frames[from])
					   ? NULL
					   : qn_print_fold_name(row->frames[from].role);
		size_t length = name ? run_length(row, from) : 1;

		qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
		if (length > end - from)
			length = end - from;
		if (!name || (length == 1 && row->frames[from].function.len)) {
			qn_print_frame(paint, &row->frames[from]);
		} else if (of_executor) {
			print_executor(paint, &row->row, length, "");
		} else {
			qn_paint_printf(paint, QN_INK_DIM, "… %zu frame%s %s", length, length == 1 ? "" : "s",
					name);
			qn_paint_newline(paint);
		}
		from += length;
	}
}

static void print_folded(struct qn_paint *paint, const struct qn_query_signature *row)
{
	for (size_t i = 0; i < row->frames_count;) {
		struct circle circle = {1, 1};

		if (is_shown(&row->frames[i]))
			circle = find_circle(row, i);
		else
			circle.frames = run_length(row, i);
		print_run(paint, row, i, i + circle.frames);
		if (circle.rounds > 1) {
			qn_paint_goto(paint, QN_TEXT_VALUE_COLUMN);
			print_rounds(paint, &circle);
		}
		i += circle.frames * circle.rounds;
	}
}

void qn_print_stack(struct qn_paint *paint, const struct qn_query_signature *row, size_t lines_max)
{
	if (!row->frames_count)
		return;
	qn_print_label(paint, "stack");
	if (lines_max)
		print_brief(paint, row, lines_max);
	else
		print_folded(paint, row);
}
