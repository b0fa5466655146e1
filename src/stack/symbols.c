#include "stack/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "core/elfutils.h"
#include "base/banned.h"

struct reading {
	Elf *elf;
	qn_symbol_sink sink;
	void *context;
	uint64_t count;
	bool is_cut;
};

/* Names come out of the string table's own bytes, by the length that the file really has. */
static void tell_symbol(struct reading *reading, const Elf_Data *strings, const GElf_Sym *symbol)
{
	struct qn_text name;
	const char *end;

	if (GELF_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF || !symbol->st_name)
		return;
	if (symbol->st_name >= strings->d_size) {
		reading->is_cut = true;
		return;
	}
	name = qn_text_from((struct qn_text){strings->d_buf, strings->d_size}, symbol->st_name);
	end = memchr(name.data, '\0', name.len < QN_SYMBOL_BYTES_MAX ? name.len : QN_SYMBOL_BYTES_MAX);
	if (end)
		reading->sink(reading->context, qn_text_first(name, (size_t)(end - name.data)));
}

static void tell_table(struct reading *reading, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *symbols = elf_getdata(section, NULL);
	Elf_Scn *strings_section = elf_getscn(reading->elf, header->sh_link);
	Elf_Data *strings = strings_section ? elf_getdata(strings_section, NULL) : NULL;
	size_t size = gelf_fsize(reading->elf, ELF_T_SYM, 1, EV_CURRENT), count;

	if (!symbols || !symbols->d_buf || !strings || !strings->d_buf || !size) {
		reading->is_cut |= header->sh_size != 0;
		return;
	}
	count = symbols->d_size / size;
	for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
		GElf_Sym symbol;

		if (reading->count++ >= QN_SYMBOLS_MAX) {
			reading->is_cut = true;
			return;
		}
		if (gelf_getsym(symbols, (int)i, &symbol))
			tell_symbol(reading, strings, &symbol);
	}
}

static bool read_elf(int fd, struct reading *reading)
{
	Elf_Scn *section = NULL;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return false;
	reading->elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!reading->elf)
		return false;
	if (elf_kind(reading->elf) != ELF_K_ELF) {
		elf_end(reading->elf);
		return false;
	}
	while ((section = elf_nextscn(reading->elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) &&
		    (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
			tell_table(reading, section, &header);
	}
	elf_end(reading->elf);
	return true;
}

struct qn_error *qn_symbols_read(const char *path, qn_symbol_sink sink, void *context, bool *ret_is_elf,
				 bool *ret_is_cut)
{
	struct reading reading = {.sink = sink, .context = context};
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char magic[SELFMAG];
	struct stat status;

	*ret_is_elf = *ret_is_cut = false;
	if (fd < 0 || fstat(fd, &status) < 0)
		return qn_error_system(errno, "%s", path);
	if (!S_ISREG(status.st_mode) || pread(fd, magic, SELFMAG, 0) != SELFMAG ||
	    memcmp(magic, ELFMAG, SELFMAG) != 0)
		return NULL;
	if ((uint64_t)status.st_size > QN_SYMBOLS_FILE_BYTES_MAX) {
		*ret_is_elf = *ret_is_cut = true;
		return NULL;
	}
	*ret_is_elf = read_elf(fd, &reading);
	*ret_is_cut = reading.is_cut;
	return NULL;
}
