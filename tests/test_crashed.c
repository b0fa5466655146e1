/* Who crashed, in programs that really died. */
#include "support/dead_core.h"

#include "base/banned.h"

/* Two threads; argument: how the second one, or the process, ends. */
static const char deaths[] =
	"#define _GNU_SOURCE\n#include <pthread.h>\n#include <signal.h>\n#include <stdlib.h>\n#include "
	"<unistd.h>\n"
	"static int how;\n"
	"static void on_fault(int s, siginfo_t *i, void *c) { abort(); }\n"
	"__attribute__((noinline)) void fault(volatile int *p) { *p = 1; }\n"
	"__attribute__((noinline)) void gives_up(void) { abort(); }\n"
	"static void *run(void *p) { (void)p; usleep(100000);\n"
	"  if (how == 'f') fault((int *)0x18); if (how == 'a') gives_up();\n"
	"  if (how == 'h') { struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};\n"
	"    sigaction(SIGSEGV, &a, 0); fault((int *)0x18); }\n"
	"  if (how == 'k') kill(getppid(), SIGCONT); for (;;) pause(); }\n"
	"int main(int n, char **v) { pthread_t t; how = v[1][0]; signal(SIGQUIT, SIG_DFL);\n"
	"  pthread_create(&t, 0, run, 0); for (;;) pause(); return n; }\n";

static void the_thread_with_the_evidence_crashed(void **state)
{
	static const struct {
		const char *command, *function;
		uint32_t signal;
		int32_t code;
		uint64_t address;
		const char *because;
	} cases[] = {
		{"./deaths f", "fault", 11, 1, 0x18, "the kernel raised SIGSEGV for what this thread did"},
		{"./deaths a", "gives_up", 6, -6, 0, "it called abort() or raised SIGABRT"},
		{"./deaths h", "fault", 11, 1, 0x18,
		 "a handler of the SIGSEGV that it caused is on its stack; that handler ended the process"},
	};
	char *folder = qn_folder_make();

	(void)state;
	live_compile(folder, "cc", "-g -O2 -fno-optimize-sibling-calls", "deaths", deaths);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
		_cleanup_free_ char *path = live_core(folder, cases[i].command);

		core = live_read(path, QN_UNWIND_AUTO);
		assert_true(core->crashed < core->threads_count);
		assert_true(live_frame(live_stack(core, core->crashed), cases[i].function) != SIZE_MAX);
		assert_int_equal(core->signal.number, cases[i].signal);
		assert_int_equal(core->signal.code, cases[i].code);
		assert_int_equal(core->signal.address, cases[i].address);
		assert_text(core->crashed_because, cases[i].because);
	}
	qn_folder_remove(folder);
}

static void a_signal_from_outside_crashed_nobody(void **state)
{
	static const char *const commands[][2] = {
		{"./deaths w & pid=$!; sleep 0.3; echo $$ >sender; kill -ABRT $pid; wait $pid", "SIGABRT"},
		{"./deaths w & pid=$!; sleep 0.3; echo $$ >sender; kill -QUIT $pid; wait $pid", "SIGQUIT"},
		{"./deaths w & pid=$!; sleep 0.3; echo $$ >sender; kill -SEGV $pid; wait $pid", "SIGSEGV"},
	};
	char *folder = qn_folder_make(), *sender = qn_folder_path(folder, "sender");

	(void)state;
	live_compile(folder, "cc", "-O2", "deaths", deaths);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
		_cleanup_free_ char *path = NULL, *expected = NULL;
		char pid[32] = "";
		FILE *file;

		path = live_core(folder, commands[i][0]);
		file = fopen(sender, "r");
		assert_non_null(file);
		assert_non_null(fgets(pid, sizeof(pid), file));
		fclose(file);
		pid[strcspn(pid, "\n")] = '\0';
		core = live_read(path, QN_UNWIND_AUTO);
		assert_true(core->crashed == SIZE_MAX);
		assert_true(asprintf(&expected, "%s was sent by process %s", commands[i][1], pid) > 0);
		assert_text(core->crashed_because, expected);
	}
	free(sender);
	qn_folder_remove(folder);
}

static void a_living_process_has_not_crashed(void **state)
{
	_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
	_cleanup_free_ char *path = NULL;
	char *folder;

	(void)state;
	if (!live_has("gcore"))
		qn_skip("gcore is missing");
	folder = qn_folder_make();
	live_compile(folder, "cc", "-O2", "deaths", deaths);
	path = live_core(folder, "./deaths w & pid=$!; i=0; until [ $(ls /proc/$pid/task | wc -l) = 2 ] || [ "
				 "$i = 5000 ]; do i=$((i + 1)); done; gcore -o core $pid; kill -9 $pid");
	core = live_read(path, QN_UNWIND_AUTO);
	assert_int_equal(core->threads_count, 2);
	assert_true(core->crashed == SIZE_MAX);
	assert_text(core->crashed_because, "no signal: taken of a living process");
	qn_folder_remove(folder);
}

static const char cgo[] =
	"package main\n/*\n#include <stdlib.h>\n#include <unistd.h>\n"
	"static __attribute__((noinline)) int crash(int *p) { return *p + 1; }\n"
	"static __attribute__((noinline)) int stop(int x) { if (x) abort(); return 0; }\n"
	"static int enter(int how) { return how == 0 ? crash((int *)0) + 1 : stop(1) + 2; }\n"
	"static void wait_long(void) { sleep(1000); }\n*/\nimport \"C\"\n"
	"import (\"os\"; \"time\"; \"runtime\")\n"
	"//go:noinline\nfunc search(how int) int { return int(C.enter(C.int(how))) }\n"
	"func main() {\n\thow := int(os.Args[1][0] - '0')\n"
	"\tfor i := 0; i < 4; i++ { go C.wait_long() }\n"
	"\ttime.Sleep(200 * time.Millisecond)\n\truntime.LockOSThread()\n"
	"\tdone := make(chan int)\n\tgo func() { done <- search(how) }()\n\t<-done\n}\n";

/* GOTRACEBACK=crash: Go lets the last of its threads raise SIGABRT; the C function, and below it the Go
 * functions that called it, are on the stack of another one. */
static void in_go_the_thread_that_failed_crashed(void **state)
{
	static const char *const functions[] = {"crash", "stop"};
	char *folder;

	(void)state;
	if (!live_has("go"))
		qn_skip("there is no Go compiler");
	folder = qn_folder_make();
	qn_folder_write(folder, "main.go", cgo, strlen(cgo));
	live_run(folder, "GOCACHE=$PWD/cache GOFLAGS=-mod=mod GO111MODULE=off go build -o cgo main.go");
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
		_cleanup_free_ char *path = NULL, *command = NULL;
		const struct qn_core_stack *stack;
		size_t at = SIZE_MAX;

		assert_true(asprintf(&command, "GOTRACEBACK=crash ./cgo %zu", i) > 0);
		path = live_core(folder, command);
		core = live_read(path, QN_UNWIND_AUTO);
		assert_true(core->crashed < core->threads_count);
		stack = live_stack(core, core->crashed);
		for (size_t k = 0; k < stack->count; k++)
			if (qn_text_starts(stack->frames[k].name, qn_text_of(functions[i])))
				at = k; /* "crash.constprop.0" */
		assert_true(at != SIZE_MAX);
		assert_true(at < live_frame(stack, "runtime.cgocall"));
		assert_true(live_frame(stack, "main.search") != SIZE_MAX);
		for (size_t k = 0; k < core->threads_count; k++)
			assert_int_equal(core->threads[k].end, QN_UNWIND_END_ENTRY);
	}
	qn_folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_thread_with_the_evidence_crashed),
		cmocka_unit_test(a_signal_from_outside_crashed_nobody),
		cmocka_unit_test(a_living_process_has_not_crashed),
		cmocka_unit_test(in_go_the_thread_that_failed_crashed),
	};
	const char *obstacle = live_obstacle();

	if (obstacle) {
		printf("1..0 # SKIP %s\n", obstacle);
		return 0;
	}
	return QN_RUN("crashed", tests);
}
