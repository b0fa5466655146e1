/* What the kernel says of a crash of its own, an oops:
 *
 *	BUG: unable to handle page fault for address: ffffc90000abc000
 *	Oops: 0000 [#1] SMP PTI
 *	CPU: 3 PID: 1234 Comm: milvus Tainted: G           OE
 *	RIP: 0010:nvme_queue_rq+0x12/0x340 [nvme]
 *	Call Trace:
 *	 <TASK>
 *	 ? __die_body+0x1a/0x60
 *	 blk_mq_dispatch_rq_list+0x8f/0x2a0
 *	 </TASK>
 *	---[ end trace 0123456789abcdef ]---
 *
 * Format: arch/x86/mm/fault.c, arch/x86/kernel/{traps,dumpstack}.c, arch/arm64/{mm/fault,kernel/traps}.c of
 * Linux. */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/kernel_line.h"

#include "base/banned.h"

enum state { STATE_NEW, STATE_OOPS, STATE_TRACE /* frames of the oops's stack were read */ };

static const char *const titles[] = {
	"BUG: unable to handle ",
	"BUG: kernel NULL pointer dereference",
	"Unable to handle kernel ",
	"kernel BUG at ",
	"general protection fault",
	"Internal error: ",
	"Oops: ",
	"Kernel panic - not syncing: ",
	NULL,
};

/* A processor or a task that does not get on. The kernel goes on, and says so again and again.
 *	watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [milvus:1723]
 *	INFO: task milvus:1801 blocked for more than 120 seconds.
 *	Watchdog detected hard LOCKUP on cpu 3 */
static bool is_lockup(struct qn_text text)
{
	static const struct qn_text task = QN_TEXT("INFO: task ");
	size_t blocked = qn_text_find(text, QN_TEXT(" blocked for more than "));
	struct qn_text name = qn_text_first(text, blocked);
	uint64_t pid;

	if (qn_text_starts(text, task)) /* programs, too, have tasks: the kernel's have a number */
		return blocked != SIZE_MAX && qn_text_contains(text, QN_TEXT(" seconds")) &&
		       qn_text_contains(name, QN_TEXT(":")) &&
		       qn_text_to_u64(qn_text_from(name, qn_text_rfind(name, QN_TEXT(":")) + 1), &pid);
	return qn_text_starts(text, QN_TEXT("watchdog: BUG: soft lockup - CPU#")) ||
	       qn_text_starts(text, QN_TEXT("BUG: soft lockup - CPU#"));
}

/* "milvus" of "stuck for 22s! [milvus:1723]", "INFO: task milvus:1801 blocked" */
static void read_stuck_process(struct qn_sighting *sighting, struct qn_text text)
{
	size_t bracket = qn_text_rfind(text, QN_TEXT("[")),
	       blocked = qn_text_find(text, QN_TEXT(" blocked for "));
	struct qn_text name;
	size_t colon;

	if (qn_text_starts(text, QN_TEXT("INFO: task ")))
		name = qn_text_first(qn_text_from(text, 11), blocked - 11);
	else
		name = qn_text_from(text, bracket == SIZE_MAX ? text.len : bracket + 1);
	colon = qn_text_rfind(name, QN_TEXT(":"));
	if (colon != SIZE_MAX)
		sighting->thread = qn_sighting_keep(sighting, qn_text_first(name, colon));
}

static bool is_title(struct qn_text text)
{
	return qn_text_starts_any(text, titles);
}

/* "ffffc90000abc000" behind the last colon or "at" of the title */
static void read_fault_address(struct qn_sighting *sighting, struct qn_text text)
{
	static const char *const keys[] = {"address: ", "virtual address ", "dereference at ", "request at ",
					   "non-canonical address "};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && !sighting->has_fault_address; i++) {
		size_t at = qn_text_find(text, qn_text_of(keys[i]));
		struct qn_text digits = qn_text_from(text, at == SIZE_MAX ? text.len : at + strlen(keys[i]));
		size_t len = 0;

		while (len < digits.len && !memchr(" :,", digits.data[len], 3))
			len++;
		sighting->has_fault_address =
			qn_text_hex_to_u64(qn_text_first(digits, len), &sighting->fault_address);
	}
}

static bool is_oops(struct qn_text text)
{
	return is_title(text) &&
	       (!qn_text_starts(text, QN_TEXT("general protection fault")) ||
		qn_text_contains(text, QN_TEXT("[#")) || qn_text_contains(text, QN_TEXT("non-canonical"))) &&
	       (!qn_text_starts(text, QN_TEXT("Internal error: ")) ||
		qn_text_contains(text, QN_TEXT("[#"))) &&
	       (!qn_text_starts(text, QN_TEXT("Oops: ")) || qn_text_contains(text, QN_TEXT("[#")));
}

static enum qn_header_use read_oops(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	struct qn_kernel_line kernel;

	(void)rest;
	qn_kernel_line_read(line->text, &kernel);
	if (!is_oops(kernel.text))
		return QN_HEADER_NOT_MINE;
	if (sighting->state != STATE_NEW)
		return QN_HEADER_ANOTHER;
	read_fault_address(sighting, kernel.text);
	if (!sighting->has_fault_address && qn_text_contains(kernel.text, QN_TEXT("nable to handle ")))
		return QN_HEADER_NOT_MINE;
	sighting->state = STATE_OOPS;
	sighting->dialect = "kernel-oops";
	sighting->time = kernel.time;
	qn_sighting_set_kind(sighting, QN_KIND_CRASH);
	qn_sighting_say(sighting, kernel.text);
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_lockup(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	struct qn_kernel_line kernel;
	size_t at;

	qn_kernel_line_read(line->text, &kernel);
	if (!is_lockup(kernel.text))
		return QN_HEADER_NOT_MINE;
	if (sighting->state != STATE_NEW)
		return QN_HEADER_ANOTHER;
	sighting->state = STATE_OOPS;
	sighting->dialect = "kernel-lockup";
	sighting->time = kernel.time;
	qn_sighting_set_kind(sighting, QN_KIND_DEADLOCK);
	read_stuck_process(sighting, kernel.text);
	at = qn_text_find(kernel.text, QN_TEXT(" - CPU#"));
	if (at != SIZE_MAX) /* which processor it was says nothing */
		rest = QN_TEXT("soft lockup");
	else
		rest = QN_TEXT("task blocked");
	qn_sighting_say(sighting, rest);
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"BUG: soft lockup - ", false, read_lockup},
	{" BUG: soft lockup - ", true, read_lockup},
	{"INFO: task ", false, read_lockup},
	{" INFO: task ", true, read_lockup},
	{"BUG: unable to handle ", false, read_oops},
	{" BUG: unable to handle ", true, read_oops},
	{"BUG: kernel NULL pointer", false, read_oops},
	{" BUG: kernel NULL pointer", true, read_oops},
	{"Unable to handle kernel ", false, read_oops},
	{" Unable to handle kernel ", true, read_oops},
	{"kernel BUG at ", false, read_oops},
	{" kernel BUG at ", true, read_oops},
	{"general protection", false, read_oops},
	{" general protection", true, read_oops},
	{" Internal error: ", true, read_oops},
	{"Internal error: ", false, read_oops},
	{"Oops: ", false, read_oops},
	{" Oops: ", true, read_oops},
	{"Kernel panic - not syncing: ", false, read_oops},
	{" Kernel panic - not syncing: ", true, read_oops},
	{NULL, false, NULL},
};

/* "func+0x12/0x34 [mod]", also with "? " (a guess of the unwinder) or "[<ffffffff81234567>] " in front.
 * False: no frame. */
static bool read_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret_place,
		       bool *ret_is_guess)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_text address, rest;
	uint64_t number;
	size_t plus;

	*ret_place = (struct qn_code_place){.module = QN_TEXT("kernel")};
	if (qn_cursor_take(&cursor, QN_TEXT("[<"))) {
		if (!qn_cursor_take_until(&cursor, ']', &address) || address.len < 2)
			return false;
		qn_text_hex_to_u64(qn_text_first(address, address.len - 1), &ret_place->pc);
		qn_cursor_skip_blanks(&cursor);
	}
	*ret_is_guess = qn_cursor_take(&cursor, QN_TEXT("? "));
	plus = qn_text_find(cursor.rest, QN_TEXT("+0x"));
	if (plus == SIZE_MAX || plus == 0 ||
	    qn_text_find_byte(qn_text_first(cursor.rest, plus), ' ') != SIZE_MAX)
		return false;
	*ret_name = qn_text_first(cursor.rest, plus);
	rest = qn_text_from(cursor.rest, plus + 1);
	if (!qn_take_number(&rest, &number) || !qn_text_starts(rest, QN_TEXT("/")))
		return false;
	rest = qn_text_from(rest, 1);
	if (!qn_take_number(&rest, &number))
		return false;
	cursor = qn_cursor_of(qn_text_trim(rest));
	if (qn_cursor_take_byte(&cursor, '[') && qn_cursor_take_until(&cursor, ']', &rest))
		ret_place->module = qn_text_first(rest, qn_text_find_byte(rest, ' '));
	return true;
}

/* "RIP: 0010:func+0x12/0x34 [mod]", "pc : func+0x12/0x34", "EIP: func+0x12/0x34" */
static bool read_pc_line(struct qn_text text, struct qn_text *ret_rest)
{
	static const char *const keys[] = {"RIP: 0010:", "RIP: e030:", "EIP: ", "pc : "};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!qn_text_starts(text, qn_text_of(keys[i])))
			continue;
		*ret_rest = qn_text_trim(qn_text_from(text, strlen(keys[i])));
		return true;
	}
	return false;
}

/* Lines of an oops that tell nothing of where it happened. */
static const char *const details[] = {"#PF: ",
				      "PGD ",
				      "P4D ",
				      "Hardware name:",
				      "RIP: ",
				      "RSP: ",
				      "Code: ",
				      "RAX: ",
				      "RDX: ",
				      "RBP: ",
				      "R10: ",
				      "R13: ",
				      "FS: ",
				      "CS: ",
				      "CR2: ",
				      "DR0: ",
				      "DR3: ",
				      "PKRU: ",
				      "Stack:",
				      "EFLAGS: ",
				      "Modules linked in:",
				      "Workqueue: ",
				      "Tainted: ",
				      "ORIG_RAX: ",
				      "<TASK>",
				      "</TASK>",
				      "<IRQ>",
				      "</IRQ>",
				      "<NMI>",
				      "</NMI>",
				      "#DF",
				      "invalid opcode: ",
				      "Mem abort info:",
				      "ESR = ",
				      "EC = ",
				      "SET = ",
				      "EA = ",
				      "FSC = ",
				      "Data abort info:",
				      "ISV = ",
				      "CM = ",
				      "user pgtable:",
				      "[ffff",
				      "[0000",
				      "lr : ",
				      "sp : ",
				      "pstate: ",
				      "x0 : ",
				      "x2 : ",
				      "x5 : ",
				      "x8 : ",
				      "x11: ",
				      "x14: ",
				      "x17: ",
				      "x20: ",
				      "x23: ",
				      "x26: ",
				      "x29: ",
				      "Kernel Offset: ",
				      "RBX: ",
				      "last sysfs file:",
				      "note: ",
				      "------------[ cut",
				      "Rebooting in",
				      "Shutting down cpus",
				      "swapper pgtable:",
				      "SMP",
				      "Not tainted ",
				      "\"echo 0 > /proc/sys/kernel/hung_task",
				      "task:",
				      NULL};

static bool is_detail(struct qn_text text)
{
	return qn_text_starts_any(text, details);
}

/* "CPU: 3 PID: 1234 Comm: milvus Tainted: G": which process made the call */
static bool take_process_line(struct qn_sighting *sighting, struct qn_text text)
{
	static const struct qn_text key = {" Comm: ", 7};
	size_t at = qn_text_starts(text, QN_TEXT("CPU: ")) ? qn_text_find(text, key) : SIZE_MAX;
	struct qn_text name;

	if (at == SIZE_MAX)
		return false;
	name = qn_text_from(text, at + key.len);
	at = qn_text_find(name, QN_TEXT(" Not tainted"));
	if (at == SIZE_MAX)
		at = qn_text_find(name, QN_TEXT(" Tainted:"));
	if (!sighting->thread.len)
		sighting->thread = qn_sighting_keep(sighting, qn_text_first(name, at));
	return true;
}

static struct qn_error *take_code(struct qn_sighting *sighting, struct qn_text text,
				  enum qn_line_use *ret_use)
{
	struct qn_code_place place;
	struct qn_text name;
	bool is_guess = false, is_again, is_pc = read_pc_line(text, &text);

	if (!read_frame(text, &name, &place, &is_guess)) {
		*ret_use = is_pc ? QN_LINE_TAKEN : QN_LINE_NOT_MINE;
		return NULL;
	}
	if (!is_pc && sighting->phase == QN_PHASE_HEAD)
		return NULL;
	*ret_use = QN_LINE_TAKEN;
	/* The instruction is told again below the stack, and in old kernels as the first of it. */
	is_again = sighting->frames_count &&
		   (is_pc || (sighting->state == STATE_OOPS && qn_text_equal(sighting->frames[0].raw, name)));
	if (is_guess || is_again || sighting->phase == QN_PHASE_BEHIND)
		return NULL;
	if (!is_pc)
		sighting->state = STATE_TRACE;
	return qn_sighting_add_frame(sighting, name, &place);
}

static struct qn_error *take_oops(struct qn_sighting *sighting, struct qn_text text,
				  enum qn_line_use *ret_use)
{
	if (qn_text_starts(text, QN_TEXT("Call Trace:")) || qn_text_starts(text, QN_TEXT("Call trace:"))) {
		if (sighting->phase == QN_PHASE_HEAD)
			sighting->phase = QN_PHASE_FRAMES;
	} else if (qn_text_starts(text, QN_TEXT("---[ end trace"))) {
		sighting->phase = QN_PHASE_BEHIND;
	} else if (qn_text_starts(text, QN_TEXT("---[ end Kernel panic"))) {
		*ret_use = QN_LINE_LAST;
		return NULL;
	} else if (is_lockup(text)) {
		*ret_use = QN_LINE_END;
		return NULL;
	} else if (is_title(text)) {
		/* "Oops: 0000 [#1] SMP" goes on with what the line above began; a panic is its end. */
		bool is_panic = qn_text_starts(text, QN_TEXT("Kernel panic"));
		bool is_first = !qn_text_starts(text, QN_TEXT("Oops: ")) &&
				!qn_text_starts(text, QN_TEXT("Internal error: "));

		if (!is_panic && (is_first || sighting->frames_count)) {
			*ret_use = QN_LINE_NOT_MINE;
			return NULL;
		}
		if (!sighting->frames_count)
			qn_sighting_say(sighting, text);
	} else if (!take_process_line(sighting, text)) {
		*ret_use = QN_LINE_NOT_MINE;
		if (!is_detail(text) || qn_text_starts(text, QN_TEXT("[<")))
			return take_code(sighting, text, ret_use);
		if (qn_text_starts(text, QN_TEXT("RIP: 0010:")) ||
		    qn_text_starts(text, QN_TEXT("RIP: e030:")))
			return take_code(sighting, text, ret_use);
	}
	*ret_use = QN_LINE_TAKEN;
	return NULL;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_kernel_line kernel;

	qn_kernel_line_read(line->text, &kernel);
	return take_oops(sighting, kernel.text, ret_use);
}

static const char *const triggers[] = {"BUG: unable to handle ",     "BUG: kernel NULL pointer",
				       "Unable to handle kernel ",   "kernel BUG at ",
				       "general protection fault: ", "general protection fault, ",
				       "Internal error: Oops",       "Oops: ",
				       "Kernel panic - not syncing", "BUG: soft lockup - CPU#",
				       " blocked for more than ",    NULL};

const struct qn_dialect qn_dialect_kernel = {
	.name = "kernel",
	.witness = QN_WITNESS_SYSTEM,
	.triggers = triggers,
	.headers = headers,
	.may_begin = qn_kernel_line_may_be,
	.take = take,
	.has_own_frames = true,
};
