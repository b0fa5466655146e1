/* ELF symbols by address. */
#include "core/code_parts.h"

#include <stdlib.h>

#include "base/banned.h"

/* 0: not a function. Of several names of one function the global one counts; GNU ld's order decides the
 * rest. */
static unsigned char preference(const char *name, const GElf_Sym *symbol, GElf_Word section)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	if (!name || !*name || section == SHN_UNDEF || section == SHN_ABS || section == SHN_COMMON)
		return 0;
	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return 0;
	if (name[0] == '$' || strncmp(name, ".L", 2) == 0) /* "$x", "$d": what AArch64 code is */
		return 0;
	switch (GELF_ST_BIND(symbol->st_info)) {
	case STB_GLOBAL: return 3;
	case STB_WEAK: return 2;
	default: return 1;
	}
}

struct found {
	uint64_t address, size;
	struct qn_code_symbol symbol;
	size_t order;
};

struct found_list {
	struct found *items;
	size_t count, capacity;
};

static void found_list_deinit(struct found_list *list)
{
	free(list->items);
}

static int compare(const void *left, const void *right)
{
	const struct found *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->symbol.preference != b->symbol.preference)
		return a->symbol.preference > b->symbol.preference ? -1 : 1;
	return a->order == b->order ? 0 : a->order < b->order ? -1 : 1;
}

static struct qn_error *collect(struct qn_code *code, struct found_list *list)
{
	int count = dwfl_module_getsymtab(code->module);

	for (int i = 1; i < count && (unsigned)i < QN_CODE_SYMBOLS_MAX; i++) {
		GElf_Sym symbol;
		GElf_Addr address = 0;
		GElf_Word section = 0;
		const char *name =
			dwfl_module_getsym_info(code->module, i, &symbol, &address, &section, NULL, NULL);
		unsigned char rank = preference(name, &symbol, section);

		if (!rank)
			continue;
		QN_TRY(qn_array_reserve(&list->items, &list->capacity, list->count + 1,
					sizeof(*list->items)));
		list->items[list->count] =
			(struct found){address, symbol.st_size, {name, rank, address}, (size_t)i};
		list->count++;
	}
	return NULL;
}

/* Hand-written code often has no size: such a symbol goes to the next one, at most to the end of its section
 * (which the reach of a page stands for). */
#define SIZELESS_BYTES_MAX 4096U

static struct qn_error *index_symbols(struct qn_code *code, const struct found_list *list)
{
	code->symbols = calloc(list->count + 1, sizeof(*code->symbols));
	if (!code->symbols)
		return &qn_error_no_memory;
	for (size_t i = 0; i < list->count; i++) {
		const struct found *found = &list->items[i];
		uint64_t size = found->size;
		size_t next = i + 1;

		while (next < list->count && list->items[next].address == found->address)
			next++;
		if (size == 0) {
			size = SIZELESS_BYTES_MAX;
			if (next < list->count && list->items[next].address - found->address < size)
				size = list->items[next].address - found->address;
		}
		if (size > UINT64_MAX - found->address)
			size = UINT64_MAX - found->address;
		code->symbols[code->symbols_count] = found->symbol;
		QN_TRY(qn_spans_add(&code->symbol_spans, found->address, found->address + size,
				    code->symbols_count++));
	}
	qn_spans_sort(&code->symbol_spans);
	return NULL;
}

static struct qn_error *read_symbols(struct qn_code *code)
{
	_cleanup_(found_list_deinit) struct found_list list = {0};

	if (code->has_symbols)
		return NULL;
	code->has_symbols = true;
	QN_TRY(collect(code, &list));
	if (list.count)
		qsort(list.items, list.count, sizeof(*list.items), compare);
	return index_symbols(code, &list);
}

struct qn_error *qn_code_symbol_place(struct qn_code *code, uint64_t address, const char **ret,
				      uint64_t *ret_offset)
{
	const struct qn_span *span;

	*ret = NULL;
	*ret_offset = 0;
	QN_TRY(read_symbols(code));
	span = qn_spans_find(&code->symbol_spans, address);
	if (span) {
		*ret = code->symbols[span->value].name;
		*ret_offset = address - span->start;
	}
	return NULL;
}

struct qn_error *qn_code_symbol_find(struct qn_code *code, uint64_t address, const char **ret)
{
	uint64_t offset;

	return qn_code_symbol_place(code, address, ret, &offset);
}

struct qn_error *qn_code_symbol_named(struct qn_code *code, struct qn_text name, bool *ret_has, uint64_t *ret)
{
	const struct qn_code_symbol *symbol;

	*ret_has = false;
	QN_TRY(read_symbols(code));
	for (size_t i = 0; !code->has_symbol_names && i < code->symbols_count; i++) {
		struct qn_text key = qn_text_of(code->symbols[i].name);

		key = qn_text_first(key, qn_text_find_byte(key, '@'));
		if (key.len && !qn_map_find(&code->symbol_names, key))
			QN_TRY(qn_map_put(&code->symbol_names, key, &code->symbols[i]));
	}
	code->has_symbol_names = true;
	symbol = qn_map_find(&code->symbol_names, name);
	if (symbol) {
		*ret_has = true;
		*ret = symbol->address;
	}
	return NULL;
}
