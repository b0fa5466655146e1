/* Stacks of programs that really died, against gdb. */
#include "support/dead_core.h"

#include "base/banned.h"

static const char parked[] =
	"#include <pthread.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
	"static pthread_barrier_t b; static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n"
	"static pthread_cond_t c = PTHREAD_COND_INITIALIZER;\n"
	"__attribute__((noinline)) static void inner(volatile int *n) {\n"
	"  pthread_mutex_lock(&m); while (*n >= 0) pthread_cond_wait(&c, &m); }\n"
	"__attribute__((noinline)) static void outer(int n) { volatile int x = n; inner(&x); x = 1; }\n"
	"static void *run(void *p) { pthread_barrier_wait(&b); outer((int)(long)p); return p; }\n"
	"__attribute__((noinline)) void die(volatile int *p) { *p = 1; }\n"
	"int main(void) { pthread_t t; pthread_barrier_init(&b, 0, 21);\n"
	"  for (long i = 0; i < 20; i++) pthread_create(&t, 0, run, (void *)i);\n"
	"  pthread_barrier_wait(&b); usleep(200000); die(0); return 0; }\n";

/* Dies below a handler on its own stack: 1 recursion, 2 a call of a null pointer, 3 a write; nr() ends with
 * its call. */
static const char handled[] =
	"#define _GNU_SOURCE\n#include <signal.h>\n#include <stdlib.h>\n"
	"__attribute__((noinline)) static void on_fault(int s, siginfo_t *i, void *c) { abort(); }\n"
	"__attribute__((noinline)) long rec(long n, volatile char *p) {\n"
	"  volatile char b[64]; b[0] = (char)n; long r = rec(n + 1, b) + p[0]; return r; }\n"
	"typedef void (*fn)(void); static char stack[65536];\n"
	"__attribute__((noinline)) void call_null(volatile fn *f) { (*f)(); __asm__ volatile(\"\"); }\n"
	"__attribute__((noinline, noreturn)) void dead(int x) {\n"
	"  if (x == 1) rec(0, \"x\");\n"
	"  if (x == 2) { volatile fn f = 0; call_null(&f); }\n"
	"  *(volatile int *)0x20 = 1; abort(); }\n"
	"__attribute__((noinline, noreturn)) void nr(int x) { dead(x); }\n"
	"int main(int n, char **v) { stack_t s = {.ss_sp = stack, .ss_size = sizeof stack};\n"
	"  struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};\n"
	"  sigaltstack(&s, 0); if (n > 2) sigaction(SIGSEGV, &a, 0); nr(atoi(v[1])); }\n";

/* What Go's sigpanic does: the handler puts a function onto the stack of the fault, here at the first
 * instruction of `first`, which begins right behind another function. */
static const char injected[] =
	"#define _GNU_SOURCE\n#include <signal.h>\n#include <stdlib.h>\n#include <ucontext.h>\n"
	"__attribute__((noinline)) void do_panic(void) { abort(); }\n"
	"static void h(int s, siginfo_t *i, void *c) { greg_t *g = ((ucontext_t *)c)->uc_mcontext.gregs;\n"
	"  g[REG_RSP] -= 8; *(long *)g[REG_RSP] = g[REG_RIP]; g[REG_RIP] = (long)do_panic; }\n"
	"long first(long *p);\n"
	"__asm__(\".text\\nbefore:\\n.cfi_startproc\\npush %rbx\\n.cfi_adjust_cfa_offset 8\\nnop\\nret\\n\"\n"
	"  \".cfi_endproc\\n.globl first\\n.type first,@function\\nfirst:\\n.cfi_startproc\\n\"\n"
	"  \"mov (%rdi),%rax\\nret\\n.cfi_endproc\\n.size first,.-first\\n\");\n"
	"__attribute__((noinline)) long mid(long *p) { return first(p) + 1; }\n"
	"int main(void) { struct sigaction a = {.sa_sigaction = h, .sa_flags = SA_SIGINFO};\n"
	"  sigaction(SIGSEGV, &a, 0); return (int)mid(0); }\n";

static char *folder;

static int make_folder(void **state)
{
	(void)state;
	folder = qn_folder_make();
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	qn_folder_remove(folder);
	return 0;
}

static const struct qn_core_thread *thread_of(const struct qn_core *core, uint32_t tid)
{
	for (size_t i = 0; i < core->threads_count; i++)
		if (core->threads[i].tid == tid)
			return &core->threads[i];
	fail_msg("no thread %u", tid);
	return NULL;
}

/* Every thread has the pcs that gdb gives it, in number and order. */
static void assert_as_gdb(const struct qn_core *core, const char *program, const char *path)
{
	char *text = live_gdb(folder, program, path), *line = text, *end;
	size_t threads = 0;

	for (; *line; line = end + 1, threads++) {
		const struct qn_core_stack *stack;
		size_t count = 0;

		end = strchr(line, '\n');
		assert_non_null(end);
		stack = &core->stacks[thread_of(core, (uint32_t)strtoul(line, &line, 10))->stack];
		for (; line < end; line += strspn(line, " ")) {
			uint64_t pc = strtoull(line, &line, 16);

			while (count < stack->count && stack->frames[count].is_inlined)
				count++;
			assert_true(count < stack->count);
			assert_int_equal(stack->frames[count++].pc, pc);
		}
		assert_int_equal(count, stack->count);
	}
	assert_int_equal(threads, core->threads_count);
	free(text);
}

static void all_threads_stand_where_gdb_says(void **state)
{
	static const struct {
		const char *compiler, *flags;
	} cases[] = {
		{"cc", "-g -O2"},         {"cc", "-O2 -fomit-frame-pointer"},
		{"cc", "-g -O2 -static"}, {"cc", "-g -O0 -fno-omit-frame-pointer -no-pie"},
		{"clang", "-g -O2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
		_cleanup_free_ char *path = NULL;

		if (!live_has(cases[i].compiler)) {
			print_message("# no %s\n", cases[i].compiler);
			continue;
		}
		live_compile(folder, cases[i].compiler, cases[i].flags, "parked", parked);
		path = live_core(folder, "./parked");
		core = live_read(path, QN_UNWIND_AUTO);
		assert_int_equal(core->threads_count, 21);
		for (size_t t = 0; t < 21; t++) {
			assert_int_equal(core->threads[t].end, QN_UNWIND_END_ENTRY);
			assert_int_equal(core->threads[t].end_pc, 0);
			assert_int_equal(core->threads[t].unwinder, QN_UNWINDER_LIBDW);
		}
		/* those that wait stand alike */
		assert_int_equal(core->stacks_count, 2);
		if (live_has("gdb"))
			assert_as_gdb(core, "parked", path);
	}
}

static void the_second_unwinder_finds_the_same(void **state)
{
	_cleanup_(qn_core_destroy_guard) struct qn_core *first = NULL, *second = NULL;
	_cleanup_free_ char *path = NULL;

	(void)state;
	live_compile(folder, "cc", "-g -O2", "parked", parked);
	path = live_core(folder, "./parked");
	first = live_read(path, QN_UNWIND_WITH_LIBDW);
	second = live_read(path, QN_UNWIND_WITH_LIBUNWIND);
	assert_int_equal(first->threads_count, second->threads_count);
	for (size_t i = 0; i < first->threads_count; i++) {
		const struct qn_core_stack *a = live_stack(first, i), *b = live_stack(second, i);

		assert_int_equal(second->threads[i].unwinder, QN_UNWINDER_LIBUNWIND);
		assert_int_equal(second->threads[i].end, QN_UNWIND_END_ENTRY);
		assert_int_equal(a->count, b->count);
		for (size_t k = 0; k < a->count; k++)
			assert_int_equal(a->frames[k].pc, b->frames[k].pc);
	}
}

static void a_stack_goes_on_below_a_handler(void **state)
{
	static const char *const compilers[] = {"cc -fno-optimize-sibling-calls -g -O2",
						"cc -fno-optimize-sibling-calls -g -O2 -static"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
		_cleanup_free_ char *path = NULL;
		const struct qn_core_thread *thread;

		live_compile(folder, compilers[i], "", "handled", handled);
		path = live_core(folder, "./handled 3 handler");
		core = live_read(path, QN_UNWIND_AUTO);
		thread = &core->threads[0];
		assert_int_equal(thread->end, QN_UNWIND_END_ENTRY);
		assert_int_equal(thread->handled_count, 1);
		assert_int_equal(thread->handled[0].number, 11);
		assert_int_equal(thread->handled[0].code, 1); /* SEGV_MAPERR */
		assert_true(thread->handled[0].has_address);
		assert_int_equal(thread->handled[0].address, 0x20);
		assert_true(live_frame(live_stack(core, 0), "on_fault") <
			    live_frame(live_stack(core, 0), "nr"));
		assert_true(live_frame(live_stack(core, 0), "nr") < live_frame(live_stack(core, 0), "main"));
		if (live_has("gdb"))
			assert_as_gdb(core, "handled", path);
	}
}

static void a_call_into_nowhere_has_its_caller(void **state)
{
	static const char *const commands[] = {"./handled 2", "./handled 2 handler"};

	(void)state;
	live_compile(folder, "cc", "-g -O2 -fno-optimize-sibling-calls", "handled", handled);
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
		_cleanup_free_ char *path = live_core(folder, commands[i]);
		const struct qn_core_stack *stack;
		size_t at;

		core = live_read(path, QN_UNWIND_AUTO);
		stack = live_stack(core, 0);
		at = live_frame(stack, "call_null");
		assert_true(at != SIZE_MAX && at > 0);
		assert_int_equal(stack->frames[at - 1].pc, 0);
		assert_true(stack->frames[at - 1].is_activation);
		assert_int_equal(core->threads[0].end, QN_UNWIND_END_ENTRY);
		assert_true(live_frame(stack, "nr") != SIZE_MAX);
	}
}

static void a_runaway_recursion_keeps_both_ends(void **state)
{
	_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
	_cleanup_free_ char *path = NULL;
	const struct qn_core_stack *stack;

	(void)state;
	live_compile(folder, "cc", "-g -O2 -fno-optimize-sibling-calls", "handled", handled);
	path = live_core(folder, "ulimit -s 16384; ./handled 1");
	core = live_read(path, QN_UNWIND_AUTO);
	stack = live_stack(core, 0);
	assert_int_equal(core->threads[0].end, QN_UNWIND_END_ENTRY);
	/* 16 MB of frames: at least an array of 64 bytes and a return address, at most twice that */
	assert_in_range(stack->elided_count, (16 << 20) / 144 - 4096, (16 << 20) / 72);
	assert_int_equal(stack->elided_at, QN_CORE_FRAMES_INNER_MAX);
	assert_int_equal(stack->count, QN_CORE_FRAMES_INNER_MAX + QN_CORE_FRAMES_OUTER_MAX);
	assert_text(stack->frames[0].name, "rec");
	assert_true(live_frame(stack, "main") > QN_CORE_FRAMES_INNER_MAX);
	assert_int_equal(live_count(stack, "rec"), live_frame(stack, "dead"));
}

static void what_a_handler_put_on_the_stack_is_left_exactly(void **state)
{
#ifdef __x86_64__
	_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
	_cleanup_free_ char *path = NULL;
	const struct qn_core_stack *stack;
	size_t at;

	(void)state;
	live_compile(folder, "cc", "-g -O2 -fno-optimize-sibling-calls", "injected", injected);
	path = live_core(folder, "./injected");
	core = live_read(path, QN_UNWIND_AUTO);
	stack = live_stack(core, 0);
	at = live_frame(stack, "do_panic");
	assert_true(at != SIZE_MAX);
	assert_text(stack->frames[at + 1].name, "first");
	assert_true(stack->frames[at + 1].is_activation);
	assert_text(stack->frames[at + 2].name, "mid");
	assert_text(stack->frames[at + 3].name, "main");
	assert_int_equal(core->threads[0].end, QN_UNWIND_END_ENTRY);
#else
	(void)state;
	qn_skip("the processor is another");
#endif
}

/* The end of the parked threads' stacks is cut off: they end where the memory does, and say so. */
static void a_stack_that_is_not_in_the_core_ends_there(void **state)
{
	_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
	_cleanup_free_ char *path = NULL;
	struct stat stat_;
	size_t cut = 0;

	(void)state;
	live_compile(folder, "cc", "-g -O2", "parked", parked);
	path = live_core(folder, "./parked");
	assert_int_equal(stat(path, &stat_), 0);
	assert_int_equal(truncate(path, stat_.st_size / 4), 0);
	core = live_read(path, QN_UNWIND_AUTO);
	assert_int_equal(core->threads_count, 21);
	for (size_t i = 0; i < core->threads_count; i++) {
		const struct qn_core_thread *thread = &core->threads[i];

		assert_true(live_stack(core, i)->count > 0);
		if (thread->end == QN_UNWIND_END_ENTRY)
			continue;
		cut++;
		assert_int_equal(thread->end, QN_UNWIND_END_NO_MEMORY);
		assert_int_equal(thread->end_pc,
				 live_stack(core, i)->frames[live_stack(core, i)->count - 1].pc);
	}
	assert_true(cut > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_threads_stand_where_gdb_says),
		cmocka_unit_test(the_second_unwinder_finds_the_same),
		cmocka_unit_test(a_stack_goes_on_below_a_handler),
		cmocka_unit_test(a_call_into_nowhere_has_its_caller),
		cmocka_unit_test(a_runaway_recursion_keeps_both_ends),
		cmocka_unit_test(what_a_handler_put_on_the_stack_is_left_exactly),
		cmocka_unit_test(a_stack_that_is_not_in_the_core_ends_there),
	};
	const char *obstacle = live_obstacle();

	if (obstacle) {
		printf("1..0 # SKIP %s\n", obstacle);
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("unwind", tests, make_folder, remove_folder);
}
