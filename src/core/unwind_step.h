/* From one physical frame to its caller: what unwind.c is made of.
 *
 * libdw reads the call frame information (CFI, DWARF 5 section 6.4); what it says of one pc is kept as a
 * `row` and applied to the registers of each frame that stands there. Unlike libdwfl's own loop this tells
 * why a walk ends, can go on at an exact pc where a return address is none, and reads a row once however many
 * threads stand there.
 *
 * Registers have DWARF's numbers: x86-64 psABI figure 3.36; AAPCS64's DWARF supplement. */
#ifndef QN_CORE_UNWIND_STEP_H
#define QN_CORE_UNWIND_STEP_H

#include "base/hash.h"
#include "core/unwind.h"

#define QN_REGISTERS_MAX 33U

struct qn_registers {
	uint64_t value[QN_REGISTERS_MAX];
	uint64_t known; /* bit N: value[N] is the frame's */
	uint64_t pc;
};

struct qn_register_names { /* of a machine */
	unsigned count, sp, fp, return_address;
};
const struct qn_register_names *qn_register_names(enum qn_machine machine);

static inline bool qn_register_get(const struct qn_registers *registers, unsigned number, uint64_t *ret)
{
	if (number >= QN_REGISTERS_MAX || !(registers->known >> number & 1))
		return false;
	*ret = registers->value[number];
	return true;
}

static inline void qn_register_set(struct qn_registers *registers, unsigned number, uint64_t value)
{
	registers->value[number] = value;
	registers->known |= UINT64_C(1) << number;
}

void qn_registers_of_thread(const struct qn_core_file *file, const struct qn_core_status *status,
			    struct qn_registers *ret);

/* What a function is to the unwinder, by its name. */
enum qn_special {
	QN_SPECIAL_NONE,
	QN_SPECIAL_TOP,        /* nothing is below it: Go's goexit */
	QN_SPECIAL_ENTRY,      /* a thread's first function, where CFI does not say so */
	QN_SPECIAL_SIGPANIC,   /* put onto the stack by a signal handler: its return address is exact */
	QN_SPECIAL_ASMCGOCALL, /* Go's way into C: the caller is on another stack */
	QN_SPECIAL_CROSSCALL,  /* C's way into a new thread of Go: it pushes six registers, without CFI */
	QN_SPECIAL_WORKER,     /* ThreadPoolExecutor::threadRun */
};

enum qn_row_kind {
	QN_ROW_CFI,
	QN_ROW_SIGNAL_FRAME, /* the code after a signal handler's return: the kernel's frame is at sp */
	QN_ROW_ENTRY,        /* CFI says that there is no caller */
	QN_ROW_NO_MODULE,
	QN_ROW_NO_FILE,
	QN_ROW_NO_CFI,
};

enum qn_rule_kind {
	QN_RULE_AT_OFFSET, /* in memory at CFA + offset */
	QN_RULE_IS_OFFSET, /* CFA + offset */
	QN_RULE_REGISTER,  /* in register `offset` */
	QN_RULE_AT_EXPRESSION,
	QN_RULE_IS_EXPRESSION,
};

struct qn_rule {
	uint8_t kind, number; /* of the register that is told */
	int64_t offset;
	const Dwarf_Op *ops; /* libdw's, as long as the module lives */
	size_t ops_count;
};

struct qn_row {
	uint64_t key[2]; /* pc, is_activation */
	enum qn_row_kind kind;
	enum qn_special special;
	bool is_exact;      /* what stands at pc counts, not the call before it */
	size_t module;      /* SIZE_MAX: none */
	struct qn_rule cfa; /* IS_OFFSET of register `number`, or IS_EXPRESSION */
	uint64_t same;      /* bit N: the caller's register N is the frame's */
	struct qn_rule *rules;
	size_t rules_count;
	unsigned return_address;
};

struct qn_special_range {
	uint64_t start, end;
	enum qn_special special;
};

struct qn_module_specials {
	bool is_read;
	struct qn_special_range *ranges; /* by address */
	size_t count, capacity;
};

struct qn_rows {
	const struct qn_core_file *file;
	struct qn_modules *modules;
	struct qn_arena arena;
	struct qn_map map;
	struct qn_module_specials *specials; /* one for each module */
};

struct qn_error *qn_rows_init(struct qn_rows *rows, const struct qn_core_file *file,
			      struct qn_modules *modules) QN_MUST_CHECK;
void qn_rows_deinit(struct qn_rows *rows);
struct qn_error *qn_rows_find(struct qn_rows *rows, uint64_t pc, bool is_activation,
			      const struct qn_row **ret) QN_MUST_CHECK;

/* unwind_special.c: names that mean something, of the module at @index. */
enum qn_special qn_special_at(struct qn_rows *rows, size_t index, uint64_t pc);

/* unwind_expression.c: a DWARF expression of CFI; false: it reads what is not there, or is not valid. */
bool qn_expression_evaluate(const struct qn_core_file *file, const struct qn_registers *registers,
			    const uint64_t *cfa, const Dwarf_Op *ops, size_t count, uint64_t *ret);

/* unwind_code.c: what instructions tell. */
enum qn_call { QN_CALL_UNKNOWN, QN_CALL_YES, QN_CALL_NO };
/* Whether the instruction that ends at @pc is a call. UNKNOWN: the bytes are not there. */
enum qn_call qn_code_is_after_call(const struct qn_core_file *file, uint64_t pc);
/* Whether @pc makes the system call that returns from a signal handler. */
bool qn_code_is_sigreturn(const struct qn_core_file *file, uint64_t pc);
/* Whether code may lie at @pc, as far as the core tells. */
bool qn_code_may_run(const struct qn_core_file *file, uint64_t pc);

/* signal_frame.c: what the kernel saved at @sp of a signal frame. */
bool qn_signal_frame_registers(const struct qn_core_file *file, uint64_t sp, struct qn_registers *ret);
bool qn_signal_frame_signal(const struct qn_core_file *file, uint64_t sp, struct qn_core_signal *ret);

/* unwind_step.c */
struct qn_step {
	struct qn_registers registers; /* of the frame; afterwards of its caller */
	bool is_activation;
	const struct qn_row *row; /* of the frame */
	enum qn_unwind_end end;   /* where there is no caller */
	bool is_switched;         /* the caller is on another stack */
};

/* From @step's frame, whose row was found, to its caller; false: there is none, and `end` says why. */
bool qn_step(struct qn_rows *rows, struct qn_step *step);

/* In a module, where code may run, behind a call. */
bool qn_is_return_address(const struct qn_rows *rows, uint64_t pc);
/* Why a walk that came to @row's frame and no further ended, as far as the frame itself tells. */
enum qn_unwind_end qn_row_end(const struct qn_row *row);

/* unwind_libunwind.c: frames of one thread after the other; fills registers and is_activation of @step. NULL:
 * libunwind was not built for the core's machine, or there is no memory. @registers must outlive the walk. */
struct qn_libunwind;
struct qn_libunwind *qn_libunwind_create(const struct qn_rows *rows);
void qn_libunwind_destroy(struct qn_libunwind *unwind);
bool qn_libunwind_start(struct qn_libunwind *unwind, const struct qn_registers *registers,
			struct qn_step *step);
bool qn_libunwind_step(struct qn_libunwind *unwind, struct qn_step *step);

#endif
