/* Who is in futex(2), by registers, and what on. */
#include "core/evidence.h"
#include "core/lock.h"

#include "base/banned.h"

#define FLAG_PRIVATE 0x80U
#define FLAG_REALTIME 0x100U
#define FRAMES_LOOKED_AT                                                                   \
	24U /* of the innermost: folly's own locks stand ten deep behind inlined functions \
	     */

/* --- Who waits -------------------------------------------------------------------------------------------
 */

struct machine {
	enum qn_machine machine;
	uint32_t futex, restart; /* numbers of futex(2) and restart_syscall(2) */
	unsigned char timeout;   /* the register with the fourth argument */
	unsigned char size;
	unsigned char instruction[4]; /* that enters the kernel */
};
static const struct machine machines[] = {
	{QN_MACHINE_X86_64, 202, 219, 7 /* r10 */, 2, {0x0f, 0x05}},
	{QN_MACHINE_AARCH64, 98, 128, 3 /* x3 */, 4, {0x01, 0x00, 0x00, 0xd4}},
};

static bool is_entry(const struct qn_core_file *file, const struct machine *machine, uint64_t address)
{
	unsigned char code[4];

	return qn_core_file_read(file, address, code, machine->size) &&
	       memcmp(code, machine->instruction, machine->size) == 0;
}

/* The pc stands behind the instruction, or on it: Linux for AArch64 puts it back before it dumps, so that the
 * call begins anew. Without the code x86-64 still knows: outside of calls its number is no number. */
static bool is_in_call(const struct qn_core_file *file, const struct machine *machine, uint64_t pc)
{
	unsigned char code[4];

	if (is_entry(file, machine, pc - machine->size) || is_entry(file, machine, pc))
		return true;
	return machine->machine == QN_MACHINE_X86_64 &&
	       !qn_core_file_read(file, pc - machine->size, code, machine->size);
}

static bool read_futex(const struct qn_core_file *file, const struct machine *machine,
		       const struct qn_core_status *status, struct qn_futex *ret)
{
	uint64_t number = qn_core_status_register(file, status, QN_CORE_SYSCALL);
	uint32_t operation = (uint32_t)qn_core_status_register(file, status, QN_CORE_ARGUMENT_2);
	bool is_restarted = number == machine->restart;

	if ((number != machine->futex && !is_restarted) ||
	    !is_in_call(file, machine, qn_core_status_register(file, status, QN_CORE_PC)))
		return false;
	*ret = (struct qn_futex){
		.address = qn_core_status_register(file, status, QN_CORE_ARGUMENT_1),
		.operation = operation & ~(FLAG_PRIVATE | FLAG_REALTIME),
		.is_private = operation & FLAG_PRIVATE,
		.has_timeout = status->registers[machine->timeout] != 0,
		.value = (uint32_t)qn_core_status_register(file, status, QN_CORE_ARGUMENT_3),
	};
	if (ret->address % 4)
		return false;
	ret->has_word = qn_core_file_read_dumped(file, ret->address, &ret->word, sizeof(ret->word));
	/* other calls begin anew too: theirs are no arguments of a futex */
	if (is_restarted && (!ret->is_private || !ret->has_word || !ret->has_timeout))
		return false;
	switch (ret->operation) {
	case QN_FUTEX_WAIT:
	case QN_FUTEX_WAIT_BITSET:
	case QN_FUTEX_LOCK_PI:
	case QN_FUTEX_LOCK_PI2:
	case QN_FUTEX_WAIT_REQUEUE_PI: return true;
	default: return false; /* it wakes others */
	}
}

/* --- What its frames say ---------------------------------------------------------------------------------
 */

enum hint {
	HINT_NONE,
	HINT_OWN,
	HINT_MUTEX,
	HINT_RWLOCK,
	HINT_JOIN,
	HINT_CONDITION,
	HINT_SEMAPHORE,
	HINT_SHARED
};

struct named {
	const char *begins;
	enum hint hint;
};

/* Functions of C, without underscores in front. The ones that mean a lock of their own come first. */
static const struct named functions[] = {
	{"lll_lock_wait_private", HINT_OWN}, /* malloc, stdio */
	{"cxa_guard_", HINT_OWN},
	{"pthread_once", HINT_OWN},
	{"pthread_barrier_", HINT_OWN},
	{"runtime.futex", HINT_OWN}, /* Go */
	{"pthread_mutex_", HINT_MUTEX},
	{"pthread_rwlock_", HINT_RWLOCK},
	{"pthread_cond_", HINT_CONDITION},
	{"pthread_join", HINT_JOIN},
	{"pthread_timedjoin", HINT_JOIN},
	{"pthread_clockjoin", HINT_JOIN},
	{"sem_wait", HINT_SEMAPHORE},
	{"sem_timedwait", HINT_SEMAPHORE},
	{"sem_clockwait", HINT_SEMAPHORE},
	{"new_sem_wait", HINT_SEMAPHORE},
};

static const char *const shared_mutexes[] = {"_ZN5folly15SharedMutexImpl", "_ZNK5folly15SharedMutexImpl",
					     "folly::SharedMutexImpl", NULL};

static struct qn_text without_decoration(struct qn_text name)
{
	while (name.len && name.data[0] == '_')
		name = qn_text_from(name, 1);
	if (qn_text_starts(name, QN_TEXT("GI_")))
		name = qn_text_from(name, 3);
	while (name.len && name.data[0] == '_')
		name = qn_text_from(name, 1);
	return name;
}

/* glibc enters the kernel itself: who comes by syscall(3) made a lock of his own, and only folly's is known.
 */
static enum hint read_hint(const struct qn_core_stack *stack)
{
	bool is_own = false;

	for (size_t i = 0; i < stack->count && i < FRAMES_LOOKED_AT; i++) {
		struct qn_text name = stack->frames[i].name;

		if (qn_text_starts_any(name, shared_mutexes))
			return HINT_SHARED;
		if (is_own)
			continue;
		name = without_decoration(name);
		is_own = qn_text_equal(name, QN_TEXT("syscall"));
		for (size_t k = 0; k < sizeof(functions) / sizeof(*functions); k++)
			if (qn_text_starts(name, qn_text_of(functions[k].begins)))
				return functions[k].hint;
	}
	return is_own ? HINT_OWN : HINT_NONE;
}

/* --- What it waits for -----------------------------------------------------------------------------------
 */

bool qn_lock_is_live(const struct qn_lock_search *search, uint32_t tid)
{
	return tid && qn_map_find(&search->tids, (struct qn_text){(const char *)&tid, sizeof(tid)});
}

bool qn_lock_read(const struct qn_lock_search *search, uint64_t address, uint32_t *ret, size_t count)
{
	return qn_core_file_read_dumped(search->file, address, ret, count * sizeof(*ret));
}

void qn_lock_set_owner(const struct qn_lock_search *search, uint32_t tid, struct qn_core_wait *ret)
{
	if (qn_lock_is_live(search, tid))
		ret->owner = tid;
	else if (tid)
		ret->state = qn_arena_printf(&search->core->arena, "held by thread %u, which has ended", tid);
}

/* In the order in which they are tried where no name helps: what is most sure first. */
static const struct {
	enum hint hint;
	qn_lock_recognize recognize;
} kinds[] = {
	{HINT_SHARED, qn_lock_is_shared_mutex}, {HINT_MUTEX, qn_lock_is_mutex},
	{HINT_RWLOCK, qn_lock_is_rwlock},       {HINT_JOIN, qn_lock_is_join},
	{HINT_CONDITION, qn_lock_is_condition}, {HINT_SEMAPHORE, qn_lock_is_semaphore},
};

static void recognize(const struct qn_lock_search *search, const struct qn_futex *futex, enum hint hint,
		      struct qn_core_wait *ret)
{
	bool is_kernels = futex->operation == QN_FUTEX_LOCK_PI || futex->operation == QN_FUTEX_LOCK_PI2;

	*ret = (struct qn_core_wait){.kind = QN_LOCK_FUTEX, .address = futex->address};
	if (is_kernels)
		hint = HINT_MUTEX;
	if (hint == HINT_OWN)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if ((hint == HINT_NONE || hint == kinds[i].hint) &&
		    kinds[i].recognize(search, futex, hint != HINT_NONE, ret))
			return;
}

static struct qn_error *index_threads(struct qn_lock_search *search)
{
	for (size_t i = 0; i < search->core->threads_count; i++) {
		struct qn_core_thread *thread = &search->core->threads[i];

		QN_TRY(qn_map_put(&search->tids,
				  (struct qn_text){(const char *)&thread->tid, sizeof(thread->tid)}, thread));
	}
	return NULL;
}

static const struct machine *find_machine(enum qn_machine machine)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (machines[i].machine == machine)
			return &machines[i];
	return NULL;
}

void qn_core_find_waits(const struct qn_core_file *file, const struct qn_unwinding *unwinding,
			struct qn_core *core)
{
	const struct machine *machine = find_machine(file->machine);
	struct qn_lock_search search = {.file = file, .core = core};
	_cleanup_free_ unsigned char *hints = calloc(core->stacks_count + 1, 1); /* 1 more than the hint */
	_cleanup_error_ struct qn_error *error = NULL;
	struct qn_futex futex;

	(void)unwinding;
	if (machine && hints)
		error = index_threads(&search);
	for (size_t i = 0; machine && hints && !error && i < core->threads_count; i++) {
		size_t stack = core->threads[i].stack;

		if (i >= file->threads_count || stack >= core->stacks_count ||
		    !read_futex(file, machine, &file->threads[i], &futex))
			continue;
		if (!hints[stack])
			hints[stack] = (unsigned char)(read_hint(&core->stacks[stack]) + 1);
		recognize(&search, &futex, (enum hint)(hints[stack] - 1), &core->threads[i].wait);
	}
	qn_map_deinit(&search.tids);
}
