/* Functions that mean something to the unwinder, found by name: one pass over the symbols of a module where a
 * thread stands. */
#include <stdlib.h>

#include "core/unwind_step.h"
#include "base/banned.h"

/* Go's assembly functions end in ".abi0" since 1.17. */
static const struct {
	const char *name;
	enum qn_special special;
} names[] = {
	{"runtime.goexit", QN_SPECIAL_TOP},
	{"runtime.rt0_go", QN_SPECIAL_TOP},
	{"_rt0_amd64", QN_SPECIAL_TOP},
	{"_rt0_amd64_linux", QN_SPECIAL_TOP},
	{"_rt0_arm64_linux", QN_SPECIAL_TOP},
	{"runtime.clone", QN_SPECIAL_TOP},
	{"runtime.mstart", QN_SPECIAL_ENTRY},
	{"runtime.mstart0", QN_SPECIAL_ENTRY},
	{"runtime.mstart1", QN_SPECIAL_ENTRY},
	{"runtime.mcall", QN_SPECIAL_ENTRY},
	{"runtime.systemstack", QN_SPECIAL_ENTRY},
	{"runtime.morestack", QN_SPECIAL_ENTRY},
	{"_start", QN_SPECIAL_ENTRY},
	{"_dl_start_user", QN_SPECIAL_ENTRY},
	{"__libc_start_main", QN_SPECIAL_ENTRY},
	{"clone", QN_SPECIAL_ENTRY},
	{"__clone", QN_SPECIAL_ENTRY},
	{"clone3", QN_SPECIAL_ENTRY},
	{"__clone3", QN_SPECIAL_ENTRY},
	{"start_thread", QN_SPECIAL_ENTRY},
	{"thread_start", QN_SPECIAL_ENTRY},
	{"runtime.sigpanic", QN_SPECIAL_SIGPANIC},
	{"runtime.sigpanic0", QN_SPECIAL_SIGPANIC},
	{"runtime.asmcgocall", QN_SPECIAL_ASMCGOCALL},
	{"crosscall_amd64", QN_SPECIAL_CROSSCALL},
	{"crosscall1", QN_SPECIAL_CROSSCALL},
};

static enum qn_special special_of(const char *name)
{
	struct qn_text text;

	if (name[0] == '_' && name[1] == 'Z')
		return strstr(name, "ThreadPoolExecutor9threadRun") ||
				       strstr(name, "ThreadPoolExecutorBase9threadRun")
			       ? QN_SPECIAL_WORKER
			       : QN_SPECIAL_NONE;
	if (name[0] != 'r' && name[0] != '_' && name[0] != 'c' && name[0] != 's' && name[0] != 't')
		return QN_SPECIAL_NONE;
	text = qn_text_of(name);
	if (qn_text_ends(text, QN_TEXT(".abi0")))
		text.len -= strlen(".abi0");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_equal(text, qn_text_of(names[i].name)))
			return names[i].special;
	return QN_SPECIAL_NONE;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct qn_special_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

static void read_specials(const struct qn_module *module, struct qn_module_specials *specials)
{
	int count = dwfl_module_getsymtab(module->dwfl);

	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		GElf_Word section;
		const char *name =
			dwfl_module_getsym_info(module->dwfl, i, &symbol, &address, &section, NULL, NULL);
		enum qn_special special;
		_cleanup_error_ struct qn_error *error = NULL;

		if (!name || symbol.st_shndx == SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) > STT_FUNC)
			continue;
		special = special_of(name);
		if (special == QN_SPECIAL_NONE)
			continue;
		error = qn_array_reserve(&specials->ranges, &specials->capacity, specials->count + 1,
					 sizeof(*specials->ranges));
		if (error)
			return;
		/* assembly has no sizes */
		specials->ranges[specials->count++] = (struct qn_special_range){
			address, address + (symbol.st_size ? symbol.st_size : 64), special};
	}
	if (specials->count)
		qsort(specials->ranges, specials->count, sizeof(*specials->ranges), compare_ranges);
}

enum qn_special qn_special_at(struct qn_rows *rows, size_t index, uint64_t pc)
{
	struct qn_module_specials *specials = &rows->specials[index];
	size_t low = 0, high;

	if (!rows->modules->items[index].dwfl)
		return QN_SPECIAL_NONE;
	if (!specials->is_read) {
		specials->is_read = true;
		read_specials(&rows->modules->items[index], specials);
	}
	for (high = specials->count; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (specials->ranges[middle].start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low && pc < specials->ranges[low - 1].end ? specials->ranges[low - 1].special
							 : QN_SPECIAL_NONE;
}
