/* A resolved address in the form of its line, as the program that wrote the line would have written it had it
 * known the names, so that what reads that form reads this. */
#include "stack/symbolize_parts.h"

#include "stack/demangle.h"
#include "base/banned.h"

struct printing {
	const struct qn_symbolize_item *item;
	struct qn_text line, end;
	struct qn_buffer *out;
	uint64_t into; /* bytes from the start of the function */
};

/* One function there. */
struct shown {
	struct qn_text raw, name; /* name: demangled */
	struct qn_text file;
	uint32_t line;
	bool is_inlined;
};

static void put_place(struct qn_buffer *out, const struct shown *shown)
{
	qn_buffer_append_text(out, shown->file);
	qn_buffer_printf(out, ":%u", shown->line);
}

static void put_blanks(struct qn_buffer *out, size_t count)
{
	while (count--)
		qn_buffer_append_byte(out, ' ');
}

static void put_end(const struct printing *printing)
{
	if (printing->end.len)
		qn_buffer_append_text(printing->out, printing->end);
	else
		qn_buffer_append_byte(printing->out, '\n');
}

/* What stands before a row under the frame: a log's prefix, but not the number of the frame. */
static void put_row_front(const struct printing *printing)
{
	static const struct qn_text numbers[] = {QN_TEXT("No."), QN_TEXT("#"), QN_TEXT("[bt]")};
	struct qn_text before = printing->item->line.before;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		before = qn_text_first(before, qn_text_rfind(before, numbers[i]));
	qn_buffer_append_text(printing->out, before);
}

static void print_glibc(const struct printing *printing, const struct shown *shown)
{
	const struct qn_address_line *line = &printing->item->line;
	struct qn_buffer *out = printing->out;

	qn_buffer_append_text(out, line->before);
	qn_buffer_append_text(out, line->path);
	qn_buffer_append_byte(out, '(');
	qn_buffer_append_text(out, shown->raw);
	if (!shown->is_inlined)
		qn_buffer_printf(out, "+0x%jx", (uintmax_t)printing->into);
	qn_buffer_append_byte(out, ')');
	qn_buffer_append_text(out, line->behind);
	put_end(printing);
	if (!shown->line)
		return;
	put_row_front(printing);
	qn_buffer_append_byte(out, '\t');
	put_place(out, shown);
	put_end(printing);
}

static void print_at(const struct printing *printing, const struct shown *shown)
{
	const struct qn_address_line *line = &printing->item->line;
	struct qn_buffer *out = printing->out;

	qn_buffer_append_text(out, line->before);
	qn_buffer_append_text(out, line->front);
	qn_buffer_append_byte(out, ' ');
	qn_buffer_append_text(out, shown->name);
	if (shown->is_inlined)
		qn_buffer_append_string(out, " (inlined)");
	put_end(printing);
	if (!shown->line)
		return;
	qn_buffer_append_text(out, line->before);
	put_blanks(out, line->front.len + 1);
	put_place(out, shown);
	put_end(printing);
}

static void print_boost(const struct printing *printing, const struct shown *shown)
{
	const struct qn_address_line *line = &printing->item->line;
	struct qn_buffer *out = printing->out;

	qn_buffer_append_text(out, line->before);
	qn_buffer_append_text(out, line->front);
	qn_buffer_append_byte(out, ' ');
	qn_buffer_append_text(out, shown->name);
	if (shown->line) {
		qn_buffer_append_string(out, " at ");
		put_place(out, shown);
	} else {
		qn_buffer_append_string(out, " in ");
		qn_buffer_append_text(out,
				      line->path.len ? line->path : qn_text_of(printing->item->binary->name));
	}
	put_end(printing);
}

static void print_sanitizer(const struct printing *printing, const struct shown *shown)
{
	const struct qn_address_line *line = &printing->item->line;
	struct qn_buffer *out = printing->out;

	qn_buffer_append_text(out, line->before);
	qn_buffer_append_text(out, line->front);
	qn_buffer_append_string(out, " in ");
	qn_buffer_append_text(out, shown->name);
	qn_buffer_append_byte(out, ' ');
	if (shown->line) {
		put_place(out, shown);
		qn_buffer_append_byte(out, ' ');
	}
	qn_buffer_append_text(out, line->behind);
	put_end(printing);
}

static void print_gdb(const struct printing *printing, const struct shown *shown)
{
	const struct qn_address_line *line = &printing->item->line;
	struct qn_buffer *out = printing->out;

	qn_buffer_append_text(out, line->before);
	qn_buffer_append_text(out, line->front);
	qn_buffer_append_string(out, " in ");
	qn_buffer_append_text(out, shown->name);
	qn_buffer_append_string(out, " ()");
	if (shown->line) {
		qn_buffer_append_string(out, " at ");
		put_place(out, shown);
	} else if (line->path.len) {
		qn_buffer_append_string(out, " from ");
		qn_buffer_append_text(out, line->path);
	}
	put_end(printing);
}

/* Name and place on two lines, as Go and the handlers in native code print them. */
static void print_pc(const struct printing *printing, const struct shown *shown)
{
	struct qn_buffer *out = printing->out;

	qn_buffer_append_text(out, shown->name);
	put_end(printing);
	qn_buffer_append_byte(out, '\t');
	if (shown->line)
		put_place(out, shown);
	else
		qn_buffer_append_string(out, "(null):0");
	qn_buffer_printf(out, " pc=0x%jx", (uintmax_t)printing->item->line.pc);
	put_end(printing);
}

/* Forms that have no place for it: below the line. */
static void print_below(const struct printing *printing, const struct shown *shown)
{
	struct qn_buffer *out = printing->out;

	qn_buffer_append_byte(out, '\t');
	qn_buffer_append_text(out, shown->name);
	if (shown->line) {
		qn_buffer_append_string(out, " at ");
		put_place(out, shown);
	}
	if (shown->is_inlined)
		qn_buffer_append_string(out, " (inlined)");
	put_end(printing);
}

static const struct {
	void (*print)(const struct printing *printing, const struct shown *shown);
	bool keeps_line; /* the line itself stays, and this follows */
} forms[] = {
	[QN_ADDRESS_GLIBC] = {print_glibc, false}, [QN_ADDRESS_AT] = {print_at, false},
	[QN_ADDRESS_BOOST] = {print_boost, false}, [QN_ADDRESS_SANITIZER] = {print_sanitizer, false},
	[QN_ADDRESS_GDB] = {print_gdb, false},     [QN_ADDRESS_KERNEL] = {print_below, true},
	[QN_ADDRESS_PC] = {print_pc, true},        [QN_ADDRESS_PLUS] = {print_below, true},
};

static struct shown show(struct qn_symbolizing *all, const struct qn_core_frame *frame)
{
	struct shown shown = {.raw = frame->name,
			      .name = frame->name,
			      .file = frame->file,
			      .line = frame->file.len ? frame->line : 0,
			      .is_inlined = frame->is_inlined};

	(void)qn_demangle(&all->arena, frame->name, &shown.name);
	return shown;
}

struct qn_error *qn_symbolize_print(struct qn_symbolizing *all, const struct qn_symbolize_item *item,
				    struct qn_text line, struct qn_text end, struct qn_buffer *out)
{
	struct qn_core_frame frames[QN_CODE_FUNCTIONS_MAX];
	struct printing printing = {.item = item, .line = line, .end = end, .out = out};
	const char *symbol;
	size_t count;

	QN_TRY(qn_binary_look_up(all->binaries, item->binary, item->address - item->is_return, frames,
				 &count));
	QN_TRY(qn_binary_symbol_at(item->binary, item->address - item->is_return, &symbol, &printing.into));
	printing.into += item->is_return;
	if (item->line.name.len && !frames[count - 1].name.len)
		frames[count - 1].name = item->line.name;
	/* It says no more than the line does. */
	if (item->line.is_whole || !frames[count - 1].name.len ||
	    (item->line.name.len && count == 1 && !frames[0].line)) {
		qn_buffer_append_text(out, line);
		qn_buffer_append_text(out, end);
		return NULL;
	}
	if (forms[item->line.form].keeps_line) {
		qn_buffer_append_text(out, line);
		put_end(&printing);
	}
	for (size_t i = 0; i < count; i++) {
		struct shown shown = show(all, &frames[i]);

		forms[item->line.form].print(&printing, &shown);
	}
	return qn_arena_check(&all->arena);
}
