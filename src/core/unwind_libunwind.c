/* The second unwinder: libunwind, with the core and the modules' files as its memory.
 *
 * libunwind-coredump's own accessors know only what the core holds. Text is not dumped, so that they find no
 * ELF header and no .eh_frame_hdr where code is mapped and stop at the first frame; files that are added for
 * a segment are taken to begin there, while linkers put text at another offset (-z separate-code), so that
 * every table is found for the wrong place. Therefore three of them are ours: memory comes from
 * qn_core_file_read(), registers from the thread, and a procedure from the .eh_frame_hdr of its module. */
#include <stdlib.h>

#include <libunwind-coredump.h>

#include "core/unwind_step.h"
#include "base/banned.h"

/* Exported for unwinders of other processes, and in no header (perf declares it the same way). */
int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *, unw_proc_info_t *, int,
				       void *);

struct qn_libunwind {
	const struct qn_rows *rows;
	unw_accessors_t accessors;
	unw_addr_space_t space;
	unw_cursor_t cursor;
	const struct qn_registers *start;
	bool is_after_signal, is_first;
};

static int access_memory(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int is_write,
			 void *context)
{
	const struct qn_libunwind *unwind = context;
	uint64_t word;

	(void)space;
	if (is_write || !qn_core_file_read_u64(unwind->rows->file, address, &word))
		return -UNW_EINVAL;
	*value = word;
	return 0;
}

static int access_register(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int is_write,
			   void *context)
{
	const struct qn_libunwind *unwind = context;
	uint64_t word;

	(void)space;
	if (is_write || number < 0)
		return -UNW_EREADONLYREG;
	if (number == UNW_REG_IP)
		word = unwind->start->pc;
	else if (!qn_register_get(unwind->start, (unsigned)number, &word))
		return -UNW_EBADREG;
	*value = word;
	return 0;
}

/* .eh_frame_hdr (LSB, 10.6.2): version 1, encodings of the next two and of the table (1 byte each), the
 * address of .eh_frame, the number of entries, then pairs of 4 bytes relative to its begin, by address. */
static bool find_table(const struct qn_core_file *file, const struct qn_module *module, unw_dyn_info_t *info)
{
	static const unsigned char usual[4] = {1, 0x1b, 0x03, 0x3b};
	Dwarf_Addr bias;
	Elf *elf = dwfl_module_getelf(module->dwfl, &bias);
	unsigned char head[12];
	uint32_t count;
	size_t headers;

	if (!elf || elf_getphdrnum(elf, &headers) != 0)
		return false;
	for (size_t i = 0; i < headers; i++) {
		GElf_Phdr header;
		uint64_t address;

		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_GNU_EH_FRAME)
			continue;
		address = header.p_vaddr + bias;
		if (!qn_core_file_read(file, address, head, sizeof(head)) ||
		    memcmp(head, usual, sizeof(usual)) != 0)
			return false;
		memcpy(&count, head + 8, sizeof(count));
		if (count > (header.p_memsz - sizeof(head)) / 8)
			return false;
		info->format = UNW_INFO_FORMAT_REMOTE_TABLE;
		info->start_ip = module->told.start;
		info->end_ip = module->told.end;
		info->u.rti.segbase = address;
		info->u.rti.table_data = address + sizeof(head);
		info->u.rti.table_len = count;
		return count != 0;
	}
	return false;
}

static int find_procedure(unw_addr_space_t space, unw_word_t pc, unw_proc_info_t *ret, int need_info,
			  void *context)
{
	const struct qn_libunwind *unwind = context;
	const struct qn_modules *modules = unwind->rows->modules;
	size_t index = qn_modules_find(modules, pc);
	unw_dyn_info_t info = {0};

	if (index == SIZE_MAX || !modules->items[index].dwfl ||
	    !find_table(unwind->rows->file, &modules->items[index], &info))
		return -UNW_ENOINFO;
	return UNW_OBJ(dwarf_search_unwind_table)(space, pc, &info, ret, need_info, context);
}

static void put_procedure(unw_addr_space_t space, unw_proc_info_t *info, void *context)
{
	(void)space;
	(void)info;
	(void)context;
}

static int find_dynamic(unw_addr_space_t space, unw_word_t *ret, void *context)
{
	(void)space;
	(void)ret;
	(void)context;
	return -UNW_ENOINFO;
}

static bool is_of_this_machine(const struct qn_core_file *file)
{
#if defined(__x86_64__)
	return file->machine == QN_MACHINE_X86_64;
#else
	(void)file;
	return false;
#endif
}

struct qn_libunwind *qn_libunwind_create(const struct qn_rows *rows)
{
	_cleanup_free_ struct qn_libunwind *unwind = NULL;

	if (!is_of_this_machine(rows->file))
		return NULL;
	unwind = calloc(1, sizeof(*unwind));
	if (!unwind)
		return NULL;
	unwind->rows = rows;
	unwind->accessors = _UCD_accessors;
	unwind->accessors.access_mem = access_memory;
	unwind->accessors.access_reg = access_register;
	unwind->accessors.find_proc_info = find_procedure;
	unwind->accessors.put_unwind_info = put_procedure;
	unwind->accessors.get_dyn_info_list_addr = find_dynamic;
	unwind->space = unw_create_addr_space(&unwind->accessors, 0);
	if (!unwind->space)
		return NULL;
	(void)unw_set_caching_policy(unwind->space, UNW_CACHE_GLOBAL);
	return qn_take(unwind);
}

void qn_libunwind_destroy(struct qn_libunwind *unwind)
{
	if (!unwind)
		return;
	unw_destroy_addr_space(unwind->space);
	free(unwind);
}

static bool take_registers(struct qn_libunwind *unwind, struct qn_step *step)
{
	const struct qn_register_names *names = qn_register_names(unwind->rows->file->machine);
	unw_word_t value;

	step->registers = (struct qn_registers){0};
	if (unw_get_reg(&unwind->cursor, UNW_REG_IP, &value) != 0)
		return false;
	step->registers.pc = value;
	if (unw_get_reg(&unwind->cursor, UNW_REG_SP, &value) == 0)
		qn_register_set(&step->registers, names->sp, value);
	for (unsigned i = 0; i < names->return_address; i++)
		if (i != names->sp && unw_get_reg(&unwind->cursor, (unw_regnum_t)i, &value) == 0)
			qn_register_set(&step->registers, i, value);
	step->is_activation = unwind->is_first || unwind->is_after_signal;
	unwind->is_first = false;
	unwind->is_after_signal = qn_code_is_sigreturn(unwind->rows->file, step->registers.pc);
	return true;
}

bool qn_libunwind_start(struct qn_libunwind *unwind, const struct qn_registers *registers,
			struct qn_step *step)
{
	unwind->start = registers;
	unwind->is_first = true;
	unwind->is_after_signal = false;
	return unw_init_remote(&unwind->cursor, unwind->space, unwind) == 0 && take_registers(unwind, step);
}

/* Where it has no table it goes on by guesses, and finds what an earlier call left on the stack. The answer
 * of unw_get_proc_info() is one byte of code there. */
static bool has_table(struct qn_libunwind *unwind)
{
	unw_proc_info_t info;

	if (unw_is_signal_frame(&unwind->cursor) > 0)
		return true;
	return unw_get_proc_info(&unwind->cursor, &info) == 0 && info.end_ip - info.start_ip > 1;
}

bool qn_libunwind_step(struct qn_libunwind *unwind, struct qn_step *step)
{
	return has_table(unwind) && unw_step(&unwind->cursor) > 0 && take_registers(unwind, step) &&
	       (step->registers.pc != 0 || step->is_activation);
}
