#include "core/symbols_table.h"

#include <elf.h>
#include <stdlib.h>

#include "base/hash.h"
#include "core/modules.h"
#include "base/banned.h"

/* Open addressing: numbers of symbols, 0 is free. */
struct qn_symbols_table {
	Dwfl_Module *module;
	uint32_t *slots;
	size_t mask;
};

static const char *get_symbol(const struct qn_symbols_table *table, uint32_t number, uint64_t *ret)
{
	GElf_Sym symbol;
	GElf_Addr address = 0;
	const char *name =
		dwfl_module_getsym_info(table->module, (int)number, &symbol, &address, NULL, NULL, NULL);

	*ret = address;
	return name && *name && symbol.st_shndx != SHN_UNDEF ? name : NULL;
}

/* The slot of @name, or the free one where it would stand. */
static uint32_t *find_slot(const struct qn_symbols_table *table, const char *name, uint64_t *ret)
{
	size_t at = qn_hash64(qn_text_of(name)) & table->mask;

	for (; table->slots[at]; at = (at + 1) & table->mask) {
		const char *other = get_symbol(table, table->slots[at], ret);

		if (other && strcmp(other, name) == 0)
			break;
	}
	return &table->slots[at];
}

struct qn_symbols_table *qn_symbols_table_create(Dwfl_Module *module)
{
	int count = dwfl_module_getsymtab(module);
	struct qn_symbols_table *table = calloc(1, sizeof(*table));
	size_t slots = 16;

	while (count > 0 && slots < (size_t)count * 2)
		slots *= 2;
	if (table)
		*table = (struct qn_symbols_table){module, calloc(slots, sizeof(uint32_t)), slots - 1};
	if (!table || !table->slots) {
		qn_symbols_table_destroy(table);
		return NULL;
	}
	for (int i = 1; i < count; i++) {
		uint64_t address;
		const char *name = get_symbol(table, (uint32_t)i, &address);
		uint32_t *slot = name ? find_slot(table, name, &address) : NULL;

		if (slot && !*slot)
			*slot = (uint32_t)i;
	}
	return table;
}

void qn_symbols_table_destroy(struct qn_symbols_table *table)
{
	if (!table)
		return;
	free(table->slots);
	free(table);
}

uint64_t qn_symbols_table_find(const struct qn_symbols_table *table, const char *name)
{
	uint64_t address = 0;

	return *find_slot(table, name, &address) ? address : 0;
}

/* What is loaded of @file, by address in the file. */
static bool read_loaded(const struct qn_elf_file *file, uint64_t address, void *to, size_t size)
{
	for (size_t i = 0; i < file->head.loads_count; i++) {
		const struct qn_elf_load *load = &file->head.loads[i];
		uint64_t offset = load->offset + (address - load->address);

		if (address < load->address || address - load->address >= load->size)
			continue;
		if (size > load->size - (address - load->address) || offset > file->size ||
		    size > file->size - offset)
			return false;
		memcpy(to, file->image + offset, size);
		return true;
	}
	return false;
}

static uint64_t read_dynamic(const struct qn_elf_file *file, uint64_t tag)
{
	for (uint64_t at = 0; at + 16 <= file->head.dynamic_size; at += 16) {
		uint64_t pair[2];

		if (file->head.dynamic > file->size || at + 16 > file->size - file->head.dynamic)
			return 0;
		memcpy(pair, file->image + file->head.dynamic + at, sizeof(pair));
		if (pair[0] == tag)
			return pair[1];
		if (pair[0] == DT_NULL)
			return 0;
	}
	return 0;
}

static bool has_name(const struct qn_elf_file *file, uint64_t address, const char *name)
{
	size_t size = strlen(name) + 1;
	_cleanup_free_ char *text = malloc(size);

	return text && read_loaded(file, address, text, size) && memcmp(text, name, size) == 0;
}

#define CHAIN_MAX 100000U

/* DT_GNU_HASH: counts of buckets, first symbol, words of the Bloom filter, its shift; the filter; for each
 * bucket its first symbol; from the first symbol on a hash for each, bit 0 set at the end of a bucket. */
uint64_t qn_elf_file_export(const struct qn_elf_file *file, const char *name)
{
	uint64_t table = read_dynamic(file, DT_GNU_HASH), symbols = read_dynamic(file, DT_SYMTAB);
	uint64_t strings = read_dynamic(file, DT_STRTAB), buckets, chain;
	uint32_t head[4], hash = 5381, number, other;
	Elf64_Sym symbol;

	for (const char *p = name; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	if (!table || !symbols || !strings || !read_loaded(file, table, head, sizeof(head)) || !head[0])
		return 0;
	buckets = table + 16 + (uint64_t)head[2] * 8;
	chain = buckets + (uint64_t)head[0] * 4;
	if (!read_loaded(file, buckets + (uint64_t)(hash % head[0]) * 4, &number, 4) || number < head[1])
		return 0;
	for (uint32_t i = 0; i < CHAIN_MAX; i++, number++) {
		if (!read_loaded(file, chain + (uint64_t)(number - head[1]) * 4, &other, 4) ||
		    !read_loaded(file, symbols + (uint64_t)number * sizeof(symbol), &symbol, sizeof(symbol)))
			return 0;
		if ((other | 1) == (hash | 1) && symbol.st_shndx != SHN_UNDEF &&
		    ELF64_ST_TYPE(symbol.st_info) != STT_TLS &&
		    has_name(file, strings + symbol.st_name, name))
			return symbol.st_value;
		if (other & 1)
			return 0;
	}
	return 0;
}

uint64_t qn_modules_symbol(const struct qn_modules *modules, size_t index, const char *name)
{
	struct qn_module *module = &modules->items[index];
	uint64_t address = module->file ? qn_elf_file_export(module->file, name) : 0;

	if (address)
		return address + module->bias;
	if (!module->dwfl)
		return 0;
	if (!module->symbols)
		module->symbols = qn_symbols_table_create(module->dwfl);
	return module->symbols ? qn_symbols_table_find(module->symbols, name) : 0;
}
