#include "support/crash_feed.h"

#define ASAN                                                                                               \
	"=================================================================\n"                              \
	"==8==ERROR: AddressSanitizer: heap-use-after-free on address 0x603000314ce8 at pc 0x7f1a bp 0x7 " \
	"sp 0x8\n"                                                                                         \
	"READ of size 8 at 0x603000314ce8 thread T1241\n"                                                  \
	"    #0 0x7f11 in milvus::segcore::Fill(long const*, long, bool) const /src/core/Fill.cpp:12:3\n"  \
	"    #1 0x7f12 in operator() /src/core/segment_c.cpp:225\n"                                        \
	"    #2 0x7f13  (/lib/libfolly.so+0x12ab) (BuildId: 0123abcd)\n"                                   \
	"    #3 0x7f14 in start_thread (/lib/libc.so.6+0x8)\n"                                             \
	"\n"
#define ASAN_BEHIND                                                                        \
	"0x603000314ce8 is located 8 bytes inside of 32-byte region [0x60,0x61)\n"         \
	"freed by thread T12 here:\n"                                                      \
	"    #0 0x8f11 in free (/lib/libasan.so+0x1)\n"                                    \
	"    #1 0x8f12 in milvus::Freed() /src/core/Freed.cpp:1\n"                         \
	"\n"                                                                               \
	"SUMMARY: AddressSanitizer: heap-use-after-free /src/core/Fill.cpp:12:3 in Fill\n" \
	"Shadow bytes around the buggy address:\n"                                         \
	"=>0x0c087fff8000: fa fa fd[fd]fd\n"                                               \
	"  Addressable:           00\n"                                                    \
	"==8==ABORTING\n"

static void reads_the_first_stack_of_a_report(void **state)
{
	struct feed feed;
	const struct qn_stack *stack;

	(void)state;
	feed_all(&feed, ASAN ASAN_BEHIND);
	assert_int_equal(feed.count, 1);
	stack = feed.stacks[0];
	assert_int_equal(stack->kind, QN_KIND_SANITIZER);
	assert_text(stack->message, "heap-use-after-free");
	assert_text(stack->signal, "");
	assert_text(stack->thread, "T1241");
	assert_int_equal(stack->fault_address, 0x603000314ce8);
	assert_int_equal(stack->frames_count, 4);
	assert_frame(stack, 0, "milvus::segcore::Fill(long const*, long, bool) const", "/src/core/Fill.cpp",
		     12, 0x7f11);
	assert_frame(stack, 1, "operator()", "/src/core/segment_c.cpp", 225, 0x7f12);
	assert_frame(stack, 2, "", "", 0, 0x7f13);
	assert_text(stack->frames[2].module, "/lib/libfolly.so");
	assert_text(stack->frames[2].build_id, "0123abcd");
	assert_frame(stack, 3, "start_thread", "", 0, 0x7f14);
	assert_text(stack->frames[3].module, "/lib/libc.so.6");
	assert_int_equal(stack->damage_count, 0);
	assert_int_equal(stack->places[0].line, 2);
	assert_int_equal(stack->places[0].last_line, 18);
	feed_deinit(&feed);
}

static void survives_lines_of_others_and_a_damaged_pc(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "==8==ERROR: AddressSanitizer: heap-use-after-free on address 0x603 at pc 0x7f\n"
		 "READ of size 8 at 0x603 thread T1\n"
		 "[2024-10-17T13:55:35Z INFO  tantivy::indexer::segment_updater] save metas\n"
		 "    #0 0x7e2a%s in faiss::Index::compute(float const*) const /src/faiss/Index.cpp:112\n"
		 "[2024/10/17 13:55:35.001 +00:00] [INFO] [a/b.go:1] [x]\n"
		 "    #1 0x7e2b in faiss::Scanner<...>::set_list(long, float) /src/faiss/Scalar.cpp:900\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_text(feed.stacks[0]->frames[0].raw, "faiss::Index::compute(float const*) const");
	assert_text(feed.stacks[0]->frames[1].raw, "faiss::Scanner<...>::set_list(long, float)");
	assert_true(feed_has_damage(feed.stacks[0], "interleaved log records"));
	feed_deinit(&feed);
}

struct head_case {
	const char *line, *message, *signal, *thread;
	uint64_t address;
};

static void reads_each_form_of_the_head(void **state)
{
	static const struct head_case cases[] = {
		{"==1==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000010 (pc 0x55 bp 0x7 sp "
		 "0x8 T0)",
		 "SEGV", "SIGSEGV", "", 0x10},
		{"==1==ERROR: AddressSanitizer: FPE on unknown address 0x55 (pc 0x55 bp 0x7 sp 0x8 T0)",
		 "FPE", "SIGFPE", "", 0x55},
		{"==1==ERROR: AddressSanitizer: attempting double-free on 0x6020 in thread T7:",
		 "double-free", "", "T7", 0x6020},
		{"==1==ERROR: AddressSanitizer: stack-overflow on address 0x7ffc (pc 0x1 bp 0x2 sp 0x3 T0)",
		 "stack-overflow", "", "", 0x7ffc},
		{"==1==ERROR: LeakSanitizer: detected memory leaks", "detected memory leaks", "", "", 0},
		{"==1==WARNING: MemorySanitizer: use-of-uninitialized-value", "use-of-uninitialized-value",
		 "", "", 0},
		{"WARNING: ThreadSanitizer: data race (pid=21168)", "data race", "", "", 0},
		{"WARNING: ThreadSanitizer: data race (pi", "data race", "", "", 0},
		{"WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=2)",
		 "lock-order-inversion (potential deadlock)", "", "", 0},
		{"==1==ERROR: HWAddressSanitizer: tag-mismatch on address 0x0042 at pc 0x1", "tag-mismatch",
		 "", "", 0x42},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].line);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_SANITIZER);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_text(feed.stacks[0]->signal, cases[i].signal);
		assert_text(feed.stacks[0]->thread, cases[i].thread);
		assert_int_equal(feed.stacks[0]->fault_address, cases[i].address);
		assert_int_equal(feed.stacks[0]->damage_count, 0);
		feed_deinit(&feed);
	}
}

static void tells_one_side_of_a_race(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "==================\nWARNING: ThreadSanitizer: data race (pid=2)\n"
		 "  Write of size 4 at 0x55c31e21b090 by thread T1:\n"
		 "    #0 milvus::A::f(int) /src/a.cpp:8 (prog+0x12cd)\n"
		 "    #1 <null> <null> (libx.so+0x99)\n\n"
		 "  Previous write of size 4 at 0x55c31e21b090 by main thread:\n"
		 "    #0 milvus::B::g() /src/b.cpp:9 (prog+0x12cd)\n\n"
		 "SUMMARY: ThreadSanitizer: data race /src/a.cpp:8 in f\n==================\n"
		 "WARNING: ThreadSanitizer: data race (pid=2)\n"
		 "  Read of size 4 at 0x1 by thread T2:\n    #0 milvus::C::h() /src/c.cpp:1 (prog+0x1)\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "milvus::A::f(int)", "/src/a.cpp", 8, 0);
	assert_text(feed.stacks[0]->frames[0].module, "prog");
	assert_text(feed.stacks[0]->frames[1].raw, "");
	assert_text(feed.stacks[0]->thread, "T1");
	assert_frame(feed.stacks[1], 0, "milvus::C::h()", "/src/c.cpp", 1, 0);
	feed_deinit(&feed);
}

static void names_undefined_behaviour_by_its_place(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "../src/a.cpp:16:19: runtime error: signed integer overflow: 1 + 2 cannot be represented\n"
		 "/src/b.cpp:3:1: runtime error: load of null pointer of type 'int'\n"
		 "    #0 0x55 in milvus::f() /src/b.cpp:3\n"
		 "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.f()\n\t/a.go:1 "
		 "+0x1\n"
		 "the job said: runtime error: bad\n");
	assert_int_equal(feed.count, 3);
	assert_frame(feed.stacks[0], 0, "", "src/a.cpp", 16, 0);
	assert_text(feed.stacks[0]->message,
		    "in a.cpp: signed integer overflow: 1 + 2 cannot be represented");
	assert_int_equal(feed.stacks[1]->frames_count, 1);
	assert_frame(feed.stacks[1], 0, "milvus::f()", "/src/b.cpp", 3, 0x55);
	assert_int_equal(feed.stacks[2]->kind, QN_KIND_PANIC);
	feed_deinit(&feed);
}

static void takes_no_remark_of_a_sanitizer_for_a_failure(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "==8==AddressSanitizer: libc interceptors initialized\n"
			"==8==WARNING: AddressSanitizer failed to allocate 0x100 bytes\n"
			"==8==WARNING: AddressSanitizer: bad option\n"
			"ThreadSanitizer: reported 1 warnings\n"
			"built with AddressSanitizer: yes\n"
			"SUMMARY: AddressSanitizer: 40 byte(s) leaked in 1 allocation(s).\n"
			"==123== Memcheck, a memory error detector\n==123== ERROR SUMMARY: 0 errors\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

static void reads_the_summary_of_a_report_whose_title_was_lost(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "    #1 0x7f4 in milvus::B::g() /src/b.cpp:9:1\n\n"
			"SUMMARY: ThreadSanitizer: data race /src/a.cpp:12:3 in milvus::A::f(long)\n"
			"==================\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_SANITIZER);
	assert_text(feed.stacks[0]->message, "data race");
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	assert_frame(feed.stacks[0], 0, "milvus::A::f(long)", "/src/a.cpp", 12, 0);
	feed_deinit(&feed);
	feed_all(&feed, "SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior /src/a.cpp:7:3 in \n");
	assert_int_equal(feed.count, 1);
	assert_frame(feed.stacks[0], 0, "", "/src/a.cpp", 7, 0);
	feed_deinit(&feed);
}

static void ends_with_what_go_says_of_the_abort(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, ASAN ASAN_BEHIND
		 "SIGABRT: abort\nPC=0x7f m=5 sigcode=18446744073709551610\n\ngoroutine 7 [syscall]:\n"
		 "runtime.cgocall(0x1)\n\t/go/cgocall.go:157 +0x5c\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_SANITIZER);
	assert_int_equal(feed.stacks[0]->frames_count, 4);
	assert_int_equal(feed.stacks[0]->places_count, 2);
	feed_deinit(&feed);
}

#define VALGRIND                                                                  \
	"==12== Invalid read of size 4\n"                                         \
	"==12==    at 0x4005A1: milvus::f(int) (a.cpp:12)\n"                      \
	"==12==    by 0x4005B2: ??? (in /usr/bin/prog)\n"                         \
	"==12==  Address 0x5204040 is 0 bytes after a block of size 40 alloc'd\n" \
	"==12==    at 0x4C2FB0F: malloc (in /usr/lib/vgpreload_memcheck.so)\n"    \
	"==12== \n"

static void reads_an_error_of_valgrind(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 VALGRIND "==12== Use of uninitialised value of size 8\n==12==    at 0x4: g() (b.cpp:1)\n");
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_SANITIZER);
	assert_text(feed.stacks[0]->message, "Invalid read of size 4");
	assert_int_equal(feed.stacks[0]->fault_address, 0x5204040);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "milvus::f(int)", "a.cpp", 12, 0x4005a1);
	assert_frame(feed.stacks[0], 1, "", "", 0, 0x4005b2);
	assert_text(feed.stacks[0]->frames[1].module, "/usr/bin/prog");
	assert_frame(feed.stacks[1], 0, "g()", "b.cpp", 1, 4);
	feed_deinit(&feed);
}

static void joins_a_bad_access_and_the_signal_that_it_raised(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 VALGRIND "==12== Process terminating with default action of signal 11 (SIGSEGV)\n"
			  "==12==  Access not within mapped region at address 0x0\n"
			  "==12==    at 0x4005A1: milvus::f(int) (a.cpp:12)\n==12== HEAP SUMMARY:\n"
			  "==12== 40 bytes in 1 blocks are still reachable in loss record 1 of 2\n"
			  "==12==    at 0x1: malloc (in /x)\n==12==    by 0x2: h() (c.cpp:3)\n==12== \n"
			  "==12== 40 bytes in 1 blocks are definitely lost in loss record 2 of 2\n"
			  "==12==    at 0x1: malloc (in /x)\n==12==    by 0x3: k() (c.cpp:9)\n");
	assert_int_equal(feed.count, 2);
	assert_text(feed.stacks[0]->signal, "SIGSEGV");
	assert_int_equal(feed.stacks[0]->places_count, 2);
	assert_text(feed.stacks[1]->message, "memory definitely lost");
	assert_text(feed.stacks[1]->frames[1].raw, "k()");
	feed_deinit(&feed);
	/* what a shell says of the program is not the leak's doing */
	feed_all(&feed, "==12== 40 bytes in 1 blocks are definitely lost in loss record 2 of 2\n"
			"==12==    at 0x1: malloc (in /x)\n==12==    by 0x3: k() (c.cpp:9)\n==12== \n"
			"Segmentation fault (core dumped)\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "");
	feed_deinit(&feed);
}

/* What gcc 12 and clang 14 print below the first stack of a variable on the stack. */
static void counts_the_picture_of_the_memory_to_the_report(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(
		&feed,
		"==7==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7ffca47c93e8 at pc 0x55b8 "
		"bp "
		"0x7ffc sp 0x7ffb\nREAD of size 4 at 0x7ffca47c93e8 thread T0\n"
		"    #0 0x55b823a10540 in milvus::Touch(int*, int) /src/so.cc:5:57\n"
		"    #1 0x55b823a10df5 in main /src/so.cc:19:58\n\n"
		"Address 0x7ffca47c93e8 is located in stack of thread T0 at offset 72 in frame\n"
		"    #0 0x55b823a1055f in milvus::StackOver(int) /src/so.cc:6\n\n"
		"  This frame has 1 object(s):\n"
		"    [32, 72) 'a' (line 6) <== Memory access at offset 72 overflows this variable\n"
		"HINT: this may be a false positive if your program uses some custom stack unwind mechanism\n"
		"      (longjmp and C++ exceptions *are* supported)\n"
		"SUMMARY: AddressSanitizer: stack-buffer-overflow /src/so.cc:5:57 in milvus::Touch(int*, "
		"int)\n"
		"==7==ABORTING\n");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "milvus::Touch(int*, int)", "/src/so.cc", 5, 0x55b823a10540);
	assert_int_equal(feed.stacks[0]->damage_count, 0);
	feed_deinit(&feed);

	feed_all(&feed,
		 "/src/ub.cc:10:60: runtime error: member call on address 0x7ffe which does not point to an "
		 "object of type 'B'\n0x7ffe: note: object is of type 'milvus::A'\n"
		 " 20 56 00 00  70 fd 2b 9b 20 56 00 00  ?? ?? ?? ??\n"
		 "              ^~~~~~~~~~~~~~~~~~~~~~~\n              vptr for 'milvus::A'\n"
		 "    #0 0x56209b2bd428 in milvus::Vptr(void*) /src/ub.cc:10\n");
	assert_int_equal(feed.count, 1);
	assert_frame(feed.stacks[0], 0, "milvus::Vptr(void*)", "/src/ub.cc", 10, 0x56209b2bd428);
	assert_int_equal(feed.stacks[0]->damage_count, 0);
	feed_deinit(&feed);
}

static void tells_each_direct_leak(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "==7==ERROR: LeakSanitizer: detected memory leaks\n\n"
		 "Direct leak of 303 byte(s) in 3 object(s) allocated from:\n"
		 "    #0 0x1 in malloc (/lib/libasan.so+0x1)\n    #1 0x2 in milvus::A() /src/a.cc:1\n\n"
		 "Direct leak of 16 byte(s) in 1 object(s) allocated from:\n"
		 "    #0 0x1 in malloc (/lib/libasan.so+0x1)\n    #1 0x3 in milvus::B() /src/b.cc:2\n\n"
		 "Indirect leak of 7 byte(s) in 1 object(s) allocated from:\n"
		 "    #0 0x1 in malloc (/lib/libasan.so+0x1)\n    #1 0x4 in milvus::C() /src/c.cc:3\n\n"
		 "SUMMARY: AddressSanitizer: 326 byte(s) leaked in 5 allocation(s).\n");
	assert_int_equal(feed.count, 2);
	assert_text(feed.stacks[0]->frames[1].raw, "milvus::A()");
	assert_text(feed.stacks[1]->frames[1].raw, "milvus::B()");
	assert_text(feed.stacks[1]->message, "detected memory leaks");
	assert_int_equal(feed.stacks[1]->frames_count, 2);
	feed_deinit(&feed);
}

static void tells_where_the_tool_itself_gave_up(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "AddressSanitizer: CHECK failed: asan_poisoning.cpp:38 \"((AddrIsInMem(addr))) != (0)\" "
		 "(0x0, 0x0) (tid=7)\n    #0 0x1 in milvus::A() /src/a.cc:1\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message,
		    "CHECK failed: asan_poisoning.cpp:38 \"((AddrIsInMem(addr))) != (0)\"");
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	feed_deinit(&feed);
}

static void takes_no_prose_for_a_report(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "WARNING: ThreadSanitizer: data race reports are listed below.\n"
			"src/a.c:12: runtime error: see docs\n"
			"==1234== Invalid read of size 4 is how Valgrind says it.\n"
			"We saw \"ERROR: AddressSanitizer: heap-use-after-free\" last week.\n"
			"Direct leak of memory was seen.\n");
	assert_int_equal(feed.count, 0);
	feed_deinit(&feed);
}

static void parts_two_processes_under_valgrind_that_write_by_turns(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "==12== Invalid read of size 4\n==13== Invalid write of size 8\n"
			"==12==    at 0x4005A1: f(int) (a.cpp:12)\n==13==    at 0x5005A1: h() (h.cpp:2)\n"
			"==12==    by 0x4005B2: g() (a.cpp:20)\n==13==    by 0x5005B2: k() (h.cpp:3)\n"
			"==12==  Address 0x10 is not stack'd\n==13==  Address 0x20 is not stack'd\n"
			"==12== \n==13==    by 0x9: ignored() (h.cpp:4)\n==13== \n"
			"==13== Invalid free() / delete\n==13==    at 0x7: m() (m.cpp:1)\n==13== \n");
	assert_int_equal(feed.count, 3);
	assert_text(feed.stacks[0]->message, "Invalid read of size 4");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_frame(feed.stacks[0], 0, "f(int)", "a.cpp", 12, 0x4005a1);
	assert_frame(feed.stacks[0], 1, "g()", "a.cpp", 20, 0x4005b2);
	assert_int_equal(feed.stacks[0]->fault_address, 0x10);
	assert_true(feed_has_damage(feed.stacks[0], "interleaved lines of other writers"));
	assert_text(feed.stacks[1]->message, "Invalid write of size 8");
	assert_int_equal(feed.stacks[1]->frames_count, 2);
	assert_frame(feed.stacks[1], 0, "h()", "h.cpp", 2, 0x5005a1);
	assert_frame(feed.stacks[1], 1, "k()", "h.cpp", 3, 0x5005b2);
	assert_int_equal(feed.stacks[1]->fault_address, 0x20);
	assert_int_equal(feed.stacks[1]->places[0].line, 2);
	assert_int_equal(feed.stacks[1]->places[0].last_line, 11);
	assert_text(feed.stacks[2]->message, "Invalid free() / delete");
	feed_deinit(&feed);
}

static void the_summary_alone_is_a_report_cut_at_its_beginning(void **state)
{
	static const struct {
		const char *line, *message, *raw, *file;
		uint32_t number;
	} cases[] = {
		{"SUMMARY: AddressSanitizer: heap-buffer-overflow /src/a.cpp:12:3 in a::f(int)\n",
		 "heap-buffer-overflow", "a::f(int)", "/src/a.cpp", 12},
		{"SUMMARY: AddressSanitizer: SEGV (/bin/x+0x1234) (BuildId: 12ab) in a::f(int)\n", "SEGV",
		 "a::f(int)", "", 0},
		{"SUMMARY: MemorySanitizer: use-of-uninitialized-value in a::~f()\n",
		 "use-of-uninitialized-value", "a::~f()", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].line);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_SANITIZER);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_int_equal(feed.stacks[0]->frames_count, 1);
		assert_frame(feed.stacks[0], 0, cases[i].raw, cases[i].file, cases[i].number, 0);
		assert_true(feed_has_damage(feed.stacks[0], "beginning of the report lost"));
		feed_deinit(&feed);
	}
}

static void valgrind_may_tell_the_time_on_each_line(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, "==00:00:00:05.123 12== Invalid write of size 4\n"
			"==00:00:00:05.123 12==    at 0x401136: f(int) (a.c:5)\n"
			"==00:00:00:05.124 12==    by 0x401156: main (a.c:9)\n"
			"==00:00:00:05.124 12==  Address 0x20 is not stack'd\n==00:00:00:05.124 12== \n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->message, "Invalid write of size 4");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_int_equal(feed.stacks[0]->fault_address, 0x20);
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_first_stack_of_a_report),
		cmocka_unit_test(survives_lines_of_others_and_a_damaged_pc),
		cmocka_unit_test(reads_each_form_of_the_head),
		cmocka_unit_test(tells_one_side_of_a_race),
		cmocka_unit_test(names_undefined_behaviour_by_its_place),
		cmocka_unit_test(takes_no_remark_of_a_sanitizer_for_a_failure),
		cmocka_unit_test(reads_the_summary_of_a_report_whose_title_was_lost),
		cmocka_unit_test(ends_with_what_go_says_of_the_abort),
		cmocka_unit_test(reads_an_error_of_valgrind),
		cmocka_unit_test(joins_a_bad_access_and_the_signal_that_it_raised),
		cmocka_unit_test(counts_the_picture_of_the_memory_to_the_report),
		cmocka_unit_test(tells_each_direct_leak),
		cmocka_unit_test(tells_where_the_tool_itself_gave_up),
		cmocka_unit_test(takes_no_prose_for_a_report),
		cmocka_unit_test(parts_two_processes_under_valgrind_that_write_by_turns),
		cmocka_unit_test(the_summary_alone_is_a_report_cut_at_its_beginning),
		cmocka_unit_test(valgrind_may_tell_the_time_on_each_line),
	};

	return QN_RUN("dialect_sanitizer", tests);
}
