/* An ELF core as bytes: segments, notes, memory. It is mapped, advised to be read at random and never read
 * whole; nothing of it is trusted. One thread at a time. */
#ifndef QN_CORE_CORE_FILE_H
#define QN_CORE_CORE_FILE_H

#include "base/hash.h"
#include "core/core.h"

#define QN_CORE_SEGMENTS_MAX 1000000U
#define QN_CORE_MAPPINGS_MAX 1000000U
#define QN_CORE_NOTE_BYTES_MAX                                                               \
	(UINT64_C(512) << 20) /* all notes together; 100,000 threads with AVX-512 state need \
				 300 MB, of which little is looked at */
#define QN_CORE_REGISTERS_MAX 34U

/* A piece of memory that the core holds. */
struct qn_core_segment {
	uint64_t address, size; /* size: bytes in the file */
	uint64_t memory_size;   /* of the mapping; greater than size when the rest was left out */
	uint64_t offset;
	uint32_t flags; /* PF_R, PF_W, PF_X */
};

/* NT_FILE: a file that was mapped. */
struct qn_core_mapping {
	uint64_t start, end;
	uint64_t offset; /* in bytes */
	struct qn_text path;
};

/* NT_PRSTATUS. x86-64: the 27 words of struct user_regs_struct in its order; AArch64: x0..x30, sp, pc,
 * pstate. */
struct qn_core_status {
	uint32_t tid;
	uint32_t signal;
	uint64_t registers[QN_CORE_REGISTERS_MAX];
};

enum qn_core_register {
	QN_CORE_PC,
	QN_CORE_SP,
	QN_CORE_FP,      /* rbp, x29 */
	QN_CORE_SYSCALL, /* number of the system call it is in; only then are the next ones arguments */
	QN_CORE_ARGUMENT_1,
	QN_CORE_ARGUMENT_2,
	QN_CORE_ARGUMENT_3,
};

/* A file that stands for memory which the core leaves out (text, constants): false when it has not got @size
 * bytes at @address. */
typedef bool (*qn_core_fallback)(void *context, uint64_t address, void *to, size_t size);

struct qn_core_file {
	struct qn_arena arena;
	const unsigned char *data; /* mapped */
	uint64_t size;             /* of the file */
	enum qn_machine machine;
	bool is_truncated;
	struct qn_text content; /* as in struct qn_core */

	struct qn_core_segment *segments; /* by address; they do not overlap */
	size_t segments_count;
	struct qn_core_mapping *mappings; /* by address */
	size_t mappings_count;
	struct qn_core_status *threads; /* as in the core; the kernel puts the one that it dumped for first */
	size_t threads_count, threads_capacity;

	bool has_siginfo;
	struct qn_core_signal signal;
	uint32_t pid;
	struct qn_text name, arguments; /* pr_fname, pr_psargs */
	uint64_t entry, phdr, sysinfo;  /* AT_ENTRY, AT_PHDR, AT_SYSINFO_EHDR: the vDSO; 0 unknown */
	uint64_t phdr_count;            /* AT_PHNUM */
	uint64_t page_size;             /* AT_PAGESZ; 0 unknown */
	struct qn_text execfn;          /* AT_EXECFN, out of memory; "" unknown */

	qn_core_fallback fallback; /* NULL: none */
	void *fallback_context;

	struct qn_core_note *notes; /* what is odd */
	size_t notes_count, notes_capacity;
	struct qn_map notes_seen; /* by their text */

	bool is_mapped;      /* data is ours to unmap */
	uint64_t note_bytes; /* of ELF notes, looked at so far */
	uint64_t execfn_at;  /* where AT_EXECFN points to; 0 unknown */
	bool has_process;    /* an NT_PRPSINFO was taken: a core has one of each */
	bool has_mappings;   /* the same of NT_FILE */
};

/* Maps the core at @fd, which stays the caller's and may be closed at once. The format: elf(5), core(5), and
 * fs/binfmt_elf.c of Linux, which writes it.
 * QN_ERROR_UNRECOGNIZED: no ELF core, or one of a kind that we cannot read; the message says what it is. */
struct qn_error *qn_core_file_open(int fd, struct qn_core_file **ret) QN_MUST_CHECK;
/* The same of bytes in memory, which are borrowed: for tests and fuzzing. */
struct qn_error *qn_core_file_of_bytes(const void *data, size_t size,
				       struct qn_core_file **ret) QN_MUST_CHECK;
void qn_core_file_close(struct qn_core_file *file);
QN_DEFINE_GUARD(struct qn_core_file, qn_core_file_close);

/* Copies memory of the process; false, with nothing written that counts, when not all of it is known. */
bool qn_core_file_read(const struct qn_core_file *file, uint64_t address, void *to, size_t size);
/* The same without the fallback: only what the core itself holds. */
bool qn_core_file_read_dumped(const struct qn_core_file *file, uint64_t address, void *to, size_t size);
static inline bool qn_core_file_read_u64(const struct qn_core_file *file, uint64_t address, uint64_t *ret)
{
	return qn_core_file_read(file, address, ret, sizeof(*ret));
}
/* A string up to its NUL or @max bytes; empty when nothing can be read. In @arena. */
struct qn_text qn_core_file_read_string(const struct qn_core_file *file, struct qn_arena *arena,
					uint64_t address, size_t max);

/* The segment that holds @address (also what was left out of it); NULL: none. */
const struct qn_core_segment *qn_core_file_segment(const struct qn_core_file *file, uint64_t address);
/* The mapped file at @address; NULL: none. */
const struct qn_core_mapping *qn_core_file_mapping(const struct qn_core_file *file, uint64_t address);

/* 0 for one that is not known (no system call). */
uint64_t qn_core_status_register(const struct qn_core_file *file, const struct qn_core_status *status,
				 enum qn_core_register which);

/* Something odd, at @offset of the core; UINT64_MAX: no place. Equal ones are kept once; at most
 * QN_CORE_NOTES_MAX. */
#define QN_CORE_NOTES_MAX 1000U
void qn_core_file_note(struct qn_core_file *file, uint64_t offset, const char *format, ...) QN_PRINTF(3, 4);

#endif
