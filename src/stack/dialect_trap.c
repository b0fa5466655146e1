/* What the kernel says of a process that had no handler for its signal, on one line:
 *
 *	milvus[123]: segfault at 20 ip 00007f12 sp 00007ffe error 4 in libsegcore.so[7f10+1000]
 *	Code: 48 8b 07
 *	traps: milvus[123] general protection fault ip:7f12 sp:7ffe error:0 in libsegcore.so[7f10+1000]
 *
 * The number is the thread's. Format: arch/x86/mm/fault.c and arch/x86/kernel/traps.c of Linux. */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/kernel_line.h"

#include "base/banned.h"

enum state { STATE_NEW, STATE_PROCESS };

/* The kernel keeps 15 bytes of a name. */
#define NAME_BYTES_MAX 64U

/* "milvus[123]" in front of @at; the name may hold blanks. */
static bool read_process(struct qn_sighting *sighting, struct qn_text text, size_t at)
{
	struct qn_text front = qn_text_trim(qn_text_first(text, at));
	size_t bracket = qn_text_rfind(front, QN_TEXT("[")), end = qn_text_rfind(front, QN_TEXT("]"));

	if (bracket == SIZE_MAX || end == SIZE_MAX || end < bracket || bracket == 0 ||
	    bracket > NAME_BYTES_MAX ||
	    !qn_text_to_u64(qn_text_first(qn_text_from(front, bracket + 1), end - bracket - 1),
			    &sighting->number))
		return false;
	sighting->thread = qn_sighting_keep(sighting, qn_text_first(front, bracket));
	return true;
}

/* "in libsegcore.so[7f10+1000]", since Linux 6.8 "in libsegcore.so[123,7f10+1000]": what is left of @ip is
 * where in the module it is. */
static struct qn_code_place find_module(struct qn_text text, uint64_t ip)
{
	size_t in = qn_text_find(text, QN_TEXT(" in ")), bracket;
	struct qn_text name = qn_text_from(text, in == SIZE_MAX ? text.len : in + 4), range;
	struct qn_code_place place = {.pc = ip, .has_pc = true};
	uint64_t offset, base;
	size_t comma, plus;

	bracket = qn_text_find_byte(name, '[');
	if (bracket == SIZE_MAX)
		return place;
	range = qn_text_from(name, bracket + 1);
	place.module = qn_text_first(name, bracket);
	comma = qn_text_find_byte(range, ',');
	plus = qn_text_find_byte(range, '+');
	if (comma < plus && qn_text_hex_to_u64(qn_text_first(range, comma), &offset))
		place.pc = offset;
	else if (plus != SIZE_MAX && qn_text_hex_to_u64(qn_text_first(range, plus), &base) && base <= ip)
		place.pc = ip - base;
	return place;
}

static bool find_hex(struct qn_text text, struct qn_text key, uint64_t *ret)
{
	size_t at = qn_text_find(text, key), len = 0;
	struct qn_text digits = qn_text_from(text, at == SIZE_MAX ? text.len : at + key.len);

	while (len < digits.len && digits.data[len] != ' ')
		len++;
	return qn_text_hex_to_u64(qn_text_first(digits, len), ret);
}

static enum qn_header_use begin_process(struct qn_sighting *sighting, const struct qn_kernel_line *line,
					size_t at, const char *signal, struct qn_text what, uint64_t ip)
{
	struct qn_code_place place = find_module(qn_text_from(line->text, at), ip);
	bool has_module = place.module.len > 0;

	if (sighting->state != STATE_NEW)
		return QN_HEADER_ANOTHER;
	if (!read_process(sighting, line->text, at))
		return QN_HEADER_NOT_MINE;
	sighting->state = STATE_PROCESS;
	sighting->dialect = "kernel-trap";
	sighting->time = line->time;
	sighting->signal = qn_text_of(signal);
	sighting->crash_pc = ip;
	sighting->phase = QN_PHASE_FRAMES;
	qn_sighting_set_kind(sighting, QN_KIND_CRASH);
	qn_buffer_printf(&sighting->message, "%.*s%s%.*s", QN_ARG(what), has_module ? " in " : "",
			 QN_ARG(place.module));
	if (qn_sighting_add_frame(sighting, QN_TEXT(""), &place))
		sighting->is_cut = true;
	return QN_HEADER_TAKEN;
}

/* "milvus[123]: segfault at 20 ip 00007f12 sp 00007ffe error 4 in libsegcore.so[7f10+1000]" */
static enum qn_header_use read_segfault(struct qn_sighting *sighting, const struct qn_crash_line *line,
					struct qn_text rest)
{
	static const struct qn_text words = {": segfault at ", 14};
	struct qn_kernel_line kernel;
	enum qn_header_use use;
	uint64_t address, ip;
	size_t at;

	(void)rest;
	qn_kernel_line_read(line->text, &kernel);
	at = qn_text_find(kernel.text, words);
	if (at == SIZE_MAX || !find_hex(kernel.text, words, &address) ||
	    !find_hex(kernel.text, QN_TEXT(" ip "), &ip))
		return QN_HEADER_NOT_MINE;
	use = begin_process(sighting, &kernel, at, "SIGSEGV", QN_TEXT("segfault"), ip);
	if (use == QN_HEADER_TAKEN) {
		sighting->has_fault_address = true;
		sighting->fault_address = address;
	}
	return use;
}

static const struct {
	const char *words, *signal;
} traps[] = {
	{"general protection", "SIGSEGV"},
	{"trap invalid opcode", "SIGILL"},
	{"trap divide error", "SIGFPE"},
	{"trap int3", "SIGTRAP"},
	{"trap stack segment", "SIGBUS"},
	{"trap bounds", "SIGSEGV"},
	{"trap coprocessor", "SIGFPE"},
	{"trap overflow", "SIGSEGV"},
	{"trap SIMD", "SIGFPE"},
	{"trap alignment check", "SIGBUS"},
	{"trap segment not present", "SIGBUS"},
};

/* "traps: milvus[123] trap invalid opcode ip:7f12 sp:7ffe error:0 in libsegcore.so[7f10+1000]" */
static enum qn_header_use read_trap(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	struct qn_kernel_line kernel;
	struct qn_cursor cursor;
	uint64_t ip;
	size_t end;

	(void)rest;
	qn_kernel_line_read(line->text, &kernel);
	cursor = qn_cursor_of(kernel.text);
	qn_cursor_take(&cursor, QN_TEXT("traps: "));
	kernel.text = cursor.rest;
	end = qn_text_find(kernel.text, QN_TEXT(" ip:"));
	if (end == SIZE_MAX || !find_hex(kernel.text, QN_TEXT(" ip:"), &ip))
		return QN_HEADER_NOT_MINE;
	for (size_t i = 0; i < sizeof(traps) / sizeof(*traps); i++) {
		size_t at = qn_text_find(qn_text_first(kernel.text, end), qn_text_of(traps[i].words));

		if (at == SIZE_MAX || at == 0)
			continue;
		return begin_process(sighting, &kernel, at - 1, traps[i].signal,
				     qn_text_first(qn_text_from(kernel.text, at), end - at), ip);
	}
	return QN_HEADER_NOT_MINE;
}

static const struct qn_header headers[] = {
	{" segfault at ", true, read_segfault},
	{" general protection fault ip:", true, read_trap},
	{" general protection ip:", true, read_trap},
	{" trap ", true, read_trap},
	{NULL, false, NULL},
};

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_kernel_line kernel;

	(void)sighting;
	qn_kernel_line_read(line->text, &kernel);
	*ret_use = qn_text_starts(kernel.text, QN_TEXT("Code: ")) ? QN_LINE_LAST : QN_LINE_END;
	return NULL;
}

static const char *const triggers[] = {": segfault at ",          " general protection fault ip:",
				       " general protection ip:", " trap invalid opcode ip:",
				       " trap divide error ip:",  " trap int3 ip:",
				       " trap stack segment ip:", NULL};

const struct qn_dialect qn_dialect_trap = {
	.name = "trap",
	.witness = QN_WITNESS_SYSTEM,
	.triggers = triggers,
	.headers = headers,
	.may_begin = qn_kernel_line_may_be,
	.take = take,
	.has_own_frames = true,
};
