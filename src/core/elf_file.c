#include "core/elf_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/elfutils.h"
#include "base/banned.h"

static bool read_image(const void *context, uint64_t offset, void *to, size_t size)
{
	const struct qn_elf_file *file = context;

	if (offset > file->size || size > file->size - offset)
		return false;
	memcpy(to, file->image + offset, size);
	return true;
}

int qn_elf_file_descriptor(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat status;
	int result = fd;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size < 64)
		return -1;
	fd = -1;
	return result;
}

/* What only section headers tell: without them the file is taken to be complete. */
static void read_sections(struct qn_elf_file *file, Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	file->has_code = file->has_head;
	if (elf_getshdrstrndx(elf, &names) < 0)
		return;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (header.sh_type == SHT_NOBITS && (header.sh_flags & SHF_ALLOC) &&
		    (header.sh_flags & SHF_EXECINSTR))
			file->has_code = false;
		else if (name && header.sh_type != SHT_NOBITS &&
			 (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0))
			file->has_dwarf = true;
	}
}

static void read_build_id(struct qn_elf_file *file, Elf *elf)
{
	const void *id;
	ssize_t size = dwelf_elf_gnu_build_id(elf, &id);

	if (size <= 0 || (size_t)size > sizeof(file->head.build_id))
		return;
	memcpy(file->head.build_id, id, (size_t)size);
	file->head.build_id_size = (size_t)size;
	file->head.build_id_state = QN_BUILD_ID_KNOWN;
}

struct qn_elf_file *qn_elf_file_open(const char *path)
{
	_cleanup_(qn_elf_file_close_guard) struct qn_elf_file *file = calloc(1, sizeof(*file));
	_cleanup_close_ int fd = qn_elf_file_descriptor(path);
	struct stat status;
	unsigned char magic[5];
	void *image;
	Elf *elf;

	if (!file || fd < 0 || fstat(fd, &status) < 0 ||
	    pread(fd, magic, sizeof(magic), 0) != sizeof(magic) || memcmp(magic, ELFMAG, SELFMAG) != 0 ||
	    magic[EI_CLASS] != ELFCLASS64)
		return NULL;
	image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		return NULL;
	file->image = image;
	file->size = (uint64_t)status.st_size;
	file->path = strdup(path);
	file->has_head = qn_elf_head_read(read_image, file, &file->head);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf || !file->path) {
		elf_end(elf);
		return NULL;
	}
	read_sections(file, elf);
	read_build_id(file, elf);
	elf_end(elf);
	return qn_take(file);
}

void qn_elf_file_close(struct qn_elf_file *file)
{
	if (!file)
		return;
	if (file->image)
		munmap((void *)file->image, (size_t)file->size);
	free(file->path);
	free(file);
}
