/* A segmentation fault in words: what its address, the instruction and the memory around say. */
#include <inttypes.h>
#include <signal.h>

#include "core/fault.h"
#include "base/banned.h"

/* A member of an object at address 0; also the lowest address that Linux lets a program map. */
#define NULL_BYTES 65536U
/* How far from the stack pointer a frame reaches that does not fit any more: a call, a red zone, or locals of
 * some kilobytes. */
#define FRAME_BYTES (UINT64_C(64) << 10)
/* When the stack pointer itself has left its stack, one large frame has brought it there. */
#define LARGE_FRAME_BYTES (UINT64_C(64) << 20)

/* --- Values that tell where they come from
 * ------------------------------------------------------------------------ */

static bool is_canonical(const struct qn_fault *fault, uint64_t address)
{
	uint64_t top;

	if (fault->file->machine == QN_MACHINE_AARCH64) /* the first byte is a tag */
		return (top = address >> 48 & 0xff) == 0 || top == 0xff;
	return (top = address >> 47) == 0 || top == 0x1ffff;
}

static const struct {
	uint64_t value;
	const char *words;
} fills[] = {
	{0x5a5a5a5a5a5a5a5a, "jemalloc's fill of freed memory"},
	{0xa5a5a5a5a5a5a5a5, "jemalloc's fill of new memory"},
	{0xbebebebebebebebe, "a fill of new memory"},
	{0xdddddddddddddddd, "a fill of freed memory"},
	{0xcdcdcdcdcdcdcdcd, "a fill of new memory"},
	{0x5555555555555555, "a fill pattern"},
	{0xaaaaaaaaaaaaaaaa, "a fill pattern"},
	{0xabababababababab, "a fill pattern"},
	{0xfefefefefefefefe, "a fill pattern"},
	{0xdeadbeefdeadbeef, "0xdeadbeef"},
	{0xdeadbeef, "0xdeadbeef"},
	{0xdeadc0de, "0xdeadc0de"},
	{0xbaadf00d, "0xbaadf00d"},
	{0xfeeefeee, "a fill of freed memory"},
};

/* A member of what a filled pointer points to; the processor may have seen 48 bits of it. */
static const char *find_fill(uint64_t value)
{
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		uint64_t narrow = fills[i].value & 0xffffffffffff;

		if (value - fills[i].value + 4096 < 8192 || value - narrow + 4096 < 8192)
			return fills[i].words;
	}
	return NULL;
}

/* Six letters or more, as they stand in memory. */
static bool is_text(uint64_t value, char *ret)
{
	size_t len = 0;

	for (; value; value >>= 8, len++) {
		unsigned char byte = value & 0xff;

		if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
			return false;
		ret[len] = (char)byte;
	}
	ret[len] = '\0';
	return len >= 6;
}

static void append_guess(struct qn_buffer *to, uint64_t value)
{
	const char *fill = find_fill(value);
	char letters[9];

	if (fill)
		qn_buffer_printf(to, ", %s", fill);
	else if (is_text(value, letters))
		qn_buffer_printf(to, ", looks like text \"%s\"", letters);
}

/* --- Segmentation faults
 * ------------------------------------------------------------------------------------------ */

/* " (libfoo.so)", where the address lies in a mapped file. */
static void append_file(const struct qn_fault *fault, struct qn_buffer *to, uint64_t address)
{
	const struct qn_core_mapping *mapping = qn_core_file_mapping(fault->file, address);
	size_t module = fault->modules ? qn_modules_find(fault->modules, address) : SIZE_MAX;
	struct qn_text path = mapping              ? mapping->path
			      : module != SIZE_MAX ? fault->modules->items[module].told.path
						   : QN_TEXT("");
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));

	path = qn_text_from(path, slash == SIZE_MAX ? 0 : slash + 1);
	if (path.len)
		qn_buffer_printf(to, " (%.*s)", QN_ARG(path));
}

/* The first segment above @address that can be written to: the stack, when @address is below one. */
static const struct qn_core_segment *writable_above(const struct qn_core_file *file, uint64_t address)
{
	size_t low = 0, high = file->segments_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->segments[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < file->segments_count && !(file->segments[low].flags & 2))
		low++;
	return low < file->segments_count ? &file->segments[low] : NULL;
}

static bool is_writable(const struct qn_core_file *file, uint64_t address)
{
	const struct qn_core_segment *segment = qn_core_file_segment(file, address);

	return segment && (segment->flags & 2);
}

/* Below the stack lies its guard page, or nothing. */
static bool is_stack_overflow(const struct qn_fault *fault, uint64_t address)
{
	const struct qn_core_segment *stack, *at = qn_core_file_segment(fault->file, address);

	if (!fault->sp || (at && (at->flags & 6)))
		return false;
	stack = writable_above(fault->file, address);
	if (!stack || stack->address - address > LARGE_FRAME_BYTES)
		return false;
	if (fault->sp >= stack->address) /* the next push, or a frame's locals, do not fit */
		return fault->sp - address <= FRAME_BYTES && fault->sp - stack->address < stack->memory_size;
	return !is_writable(fault->file, fault->sp) && stack->address - fault->sp <= LARGE_FRAME_BYTES &&
	       (address >= fault->sp || fault->sp - address <= FRAME_BYTES);
}

/* Without an address: the kernel could not put a handler's frame on the stack, because what the instruction
 * reaches, or pushes, does not lie on it any more. */
static bool is_stack_full(const struct qn_fault *fault)
{
	const struct qn_operand *operand = &fault->operand;

	if (operand->use == QN_OPERAND_NONE)
		return false;
	return (operand->use != QN_OPERAND_CALL && is_stack_overflow(fault, operand->address)) ||
	       is_stack_overflow(fault, fault->sp - 8);
}

static bool tell_null(const struct qn_fault *fault, struct qn_buffer *to, uint64_t address)
{
	if (address >= NULL_BYTES && address <= UINT64_MAX - NULL_BYTES)
		return false;
	qn_buffer_append_string(to, "null");
	if (address && address < NULL_BYTES)
		qn_buffer_printf(to, " + 0x%" PRIx64, address);
	else if (address)
		qn_buffer_printf(to, " - 0x%" PRIx64, -address);
	if (fault->pc == address)
		qn_buffer_append_string(to, ", called as a function");
	return true;
}

/* The operand of the instruction, as an assembler would write it. */
static void append_operand(const struct qn_fault *fault, struct qn_buffer *to)
{
	const struct qn_operand *operand = &fault->operand;

	if (operand->base >= 0)
		qn_buffer_append_string(to, qn_x86_register_names[operand->base & 15]);
	if (operand->index >= 0)
		qn_buffer_printf(to, "%s%s*%u", operand->base >= 0 ? " + " : "",
				 qn_x86_register_names[operand->index & 15], operand->scale);
	if (operand->displacement)
		qn_buffer_printf(to, " %c 0x%" PRIx64, operand->displacement < 0 ? '-' : '+',
				 operand->displacement < 0 ? -(uint64_t)operand->displacement
							   : (uint64_t)operand->displacement);
}

/* The value that is not canonical: the operand itself, or the pointer that lies there. */
static bool tell_operand(const struct qn_fault *fault, struct qn_buffer *to)
{
	const struct qn_operand *operand = &fault->operand;
	const uint64_t *general = fault->registers.general;
	uint64_t target;

	if (operand->use == QN_OPERAND_NONE)
		return false;
	if (operand->use == QN_OPERAND_CALL && !is_canonical(fault, general[operand->base & 15])) {
		qn_buffer_printf(to, "call of non-canonical address 0x%" PRIx64 " (%s)",
				 general[operand->base & 15], qn_x86_register_names[operand->base & 15]);
		append_guess(to, general[operand->base & 15]);
		return true;
	}
	if (operand->use == QN_OPERAND_CALL)
		return false;
	if (!is_canonical(fault, operand->address)) {
		qn_buffer_printf(to, "non-canonical address 0x%" PRIx64 " (", operand->address);
		append_operand(fault, to);
		qn_buffer_append_string(to, ")");
		append_guess(to, operand->base >= 0 ? general[operand->base & 15] : operand->address);
		return true;
	}
	if (operand->has_other && !is_canonical(fault, general[6])) {
		qn_buffer_printf(to, "non-canonical address 0x%" PRIx64 " (rsi)", general[6]);
		append_guess(to, general[6]);
		return true;
	}
	if (operand->use != QN_OPERAND_ACCESS &&
	    qn_core_file_read_u64(fault->file, operand->address, &target) && !is_canonical(fault, target)) {
		qn_buffer_printf(to, "%s non-canonical address 0x%" PRIx64,
				 operand->use == QN_OPERAND_RETURN ? "return to" : "call of", target);
		append_guess(to, target);
		return true;
	}
	if (operand->is_vector && operand->address % 16 &&
	    qn_core_file_segment(fault->file, operand->address)) {
		qn_buffer_printf(to, "misaligned address 0x%" PRIx64 " (", operand->address);
		append_operand(fault, to);
		qn_buffer_append_string(to, ") of a vector instruction");
		return true;
	}
	return false;
}

/* x86-64: the processor raises a general protection fault, which comes without address. */
void qn_fault_tell_protection(const struct qn_fault *fault, struct qn_buffer *to)
{
	if (fault->file->machine != QN_MACHINE_X86_64)
		return;
	if (tell_operand(fault, to))
		return;
	qn_buffer_append_string(to, is_stack_full(fault)
					    ? "stack overflow"
					    : "general protection: non-canonical address or privileged "
					      "instruction");
}

void qn_fault_tell_segv(const struct qn_fault *fault, struct qn_buffer *to)
{
	uint64_t address = fault->signal->address;
	const struct qn_core_segment *segment = qn_core_file_segment(fault->file, address);
	const char *what = "address not mapped";

	if (fault->signal->code == SI_KERNEL) {
		qn_fault_tell_protection(fault, to);
		return;
	}
	if (!fault->signal->has_address || tell_null(fault, to, address))
		return;
	if (!is_canonical(fault, address)) {
		what = "non-canonical address";
	} else if (is_stack_overflow(fault, address)) {
		qn_buffer_append_string(to, "stack overflow");
		return;
	} else if (fault->pc == address) {
		what = segment ? "execution of data" : "execution of an address that is not mapped";
	} else if (address >> 63) {
		what = "address of the kernel";
	} else if (fault->signal->code == SEGV_ACCERR) {
		what = segment && (segment->flags & 4) && !(segment->flags & 2)
			       ? "write to read-only memory"
			       : "access to protected memory";
	} else if (fault->signal->code == SEGV_PKUERR) {
		what = "memory protected by a key";
	}
	qn_buffer_append_string(to, what);
	append_guess(to, address);
	append_file(fault, to, address);
}
