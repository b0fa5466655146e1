/* The kernel's and systemd's reports. */
#include "stack/kernel_line.h"
#include "support/crash_feed.h"

struct front_case {
	const char *line, *text, *writer;
	bool has_time;
};

static void cuts_what_collectors_put_in_front(void **state)
{
	static const struct front_case cases[] = {
		{"[12345.678901] oops", "oops", "", false},
		{"[    0.000001][  T123] oops", "oops", "", false},
		{"<4>[12345.678901] oops", "oops", "", false},
		{"[Mon Nov 23 15:48:07 2026] oops", "oops", "", true},
		{"kernel: oops", "oops", "kernel", false},
		{"kern  :err   : [12345.678901] oops", "oops", "", false},
		{"user : a long text behind : oops", "user : a long text behind : oops", "", false},
		{"node-1 kernel: [12345.678901] oops", "oops", "kernel", false},
		{"Nov  3 15:48:07 node-1 kernel: [12345.678901] oops", "oops", "kernel", false},
		{"2026-11-23T15:48:07.123456+00:00 node-1 systemd-coredump[99]: oops", "oops",
		 "systemd-coredump", true},
		{"2026-11-23T15:48:07+0100 node-1 kernel: oops", "oops", "kernel", true},
		{"  oops  ", "oops", "", false},
		{"[pod] oops", "[pod] oops", "", false},
		{"[1.2.3] oops", "[1.2.3] oops", "", false},
		{"he said: kernel: oops", "he said: kernel: oops", "", false},
		{"Nov 23 oops", "Nov 23 oops", "", false},
		{"<999>oops", "<999>oops", "", false},
		{"", "", "", false},
		{"[", "[", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_kernel_line line;

		qn_kernel_line_read(qn_text_of(cases[i].line), &line);
		assert_text(line.text, cases[i].text);
		assert_text(line.writer, cases[i].writer);
		assert_int_equal(line.time.is_known, cases[i].has_time);
	}
}

#define OOPS_HEAD                                                                                      \
	"[ 812.100001] BUG: unable to handle page fault for address: ffffc90000abc000\n"               \
	"[ 812.100002] #PF: supervisor read access in kernel mode\n"                                   \
	"[ 812.100003] Oops: 0000 [#1] PREEMPT SMP PTI\n"                                              \
	"[ 812.100004] CPU: 3 PID: 1234 Comm: milvus Tainted: G           OE     5.15.0 #101-Ubuntu\n" \
	"[ 812.100005] RIP: 0010:nvme_queue_rq+0x12/0x340 [nvme]\n"                                    \
	"[ 812.100006] RAX: 0000000000000000 RBX: ffff888100000000 RCX: 0000000000000000\n"            \
	"[ 812.100007] Call Trace:\n"                                                                  \
	"[ 812.100008]  <TASK>\n"                                                                      \
	"[ 812.100009]  ? __die_body.cold+0x1a/0x1f\n"                                                 \
	"[ 812.100010]  blk_mq_dispatch_rq_list+0x8f/0x2a0\n"

#define OOPS_TAIL                                                     \
	"[ 812.100011]  entry_SYSCALL_64_after_hwframe+0x62/0xcc\n"   \
	"[ 812.100012] RIP: 0033:0x7f1c2e5a8b2d\n"                    \
	"[ 812.100013]  </TASK>\n"                                    \
	"[ 812.100014] ---[ end trace 0123456789abcdef ]---\n"        \
	"[ 812.100015] RIP: 0010:nvme_queue_rq+0x12/0x340 [nvme]\n"   \
	"[ 812.100016] Kernel panic - not syncing: Fatal exception\n" \
	"[ 812.100017] ---[ end Kernel panic - not syncing: Fatal exception ]---\n"

static void reads_an_oops(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, OOPS_HEAD OOPS_TAIL);
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
	assert_string_equal(feed.stacks[0]->dialect, "kernel-oops");
	assert_text(feed.stacks[0]->thread, "milvus");
	assert_int_equal(feed.stacks[0]->fault_address, 0xffffc90000abc000);
	assert_int_equal(feed.stacks[0]->frames_count, 3);
	assert_frame(feed.stacks[0], 0, "nvme_queue_rq", "", 0, 0);
	assert_text(feed.stacks[0]->frames[0].module, "nvme");
	assert_frame(feed.stacks[0], 1, "blk_mq_dispatch_rq_list", "", 0, 0);
	assert_text(feed.stacks[0]->frames[1].module, "kernel");
	assert_int_equal(feed.stacks[0]->places[0].last_line, 17);
	feed_deinit(&feed);
}

static void a_second_oops_is_another_event(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, OOPS_HEAD OOPS_HEAD OOPS_TAIL);
	assert_int_equal(feed.count, 2);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_int_equal(feed.stacks[1]->frames_count, 3);
	feed_deinit(&feed);
}

static void reads_each_form_of_an_oops(void **state)
{
	static const struct {
		const char *text, *first;
		size_t frames;
	} cases[] = {
		/* before Linux 4.x: addresses, and the trace begins with the instruction */
		{"BUG: unable to handle kernel NULL pointer dereference at 0000000000000008\n"
		 "IP: [<ffffffff81234567>] ext4_find_entry+0x10/0x90\nOops: 0000 [#1] SMP\n"
		 "RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] ext4_find_entry+0x10/0x90\n"
		 "Call Trace:\n [<ffffffff81234567>] ext4_find_entry+0x10/0x90\n"
		 " [<ffffffff81234599>] ext4_lookup+0x55/0x200\n",
		 "ext4_find_entry", 2},
		{"Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010\n"
		 "Internal error: Oops: 96000004 [#1] SMP\npc : nvme_irq+0x20/0x80 [nvme]\n"
		 "lr : handle_irq+0x2/0x8\nCall trace:\n nvme_irq+0x20/0x80 [nvme]\n handle_irq+0x2/0x8\n",
		 "nvme_irq", 2},
		{"general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] "
		 "SMP\nRIP: 0010:list_del+0x1/0x9\nCall Trace:\n kfree+0x1/0x2\n",
		 "list_del", 2},
		{"kernel BUG at mm/slub.c:4023!\ninvalid opcode: 0000 [#1] SMP\nRIP: 0010:kfree+0x1/0x2\n",
		 "kfree", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		assert_string_equal(feed.stacks[0]->dialect, "kernel-oops");
		assert_int_equal(feed.stacks[0]->frames_count, cases[i].frames);
		assert_text(feed.stacks[0]->frames[0].raw, cases[i].first);
		feed_deinit(&feed);
	}
}

struct trap_case {
	const char *line, *signal, *thread, *module;
	uint64_t pc, crash_pc;
	bool has_address;
};

static void reads_signals_without_a_handler(void **state)
{
	static const struct trap_case cases[] = {
		{"milvus[123]: segfault at 20 ip 00007f1c2e5a8b2d sp 00007f1bd8ff5a48 error 4 in "
		 "libsegcore.so[7f1c2e000000+900000]",
		 "SIGSEGV", "milvus", "libsegcore.so", 0x5a8b2d, 0x7f1c2e5a8b2d, true},
		{"kernel: knowhere build[99]: segfault at 0 ip 00007f1c2e5a8b2d sp 00007f1bd8ff5a48 error 6 "
		 "in "
		 "libknowhere.so[1000,7f1c2e000000+900000] likely on CPU 3 (core 3, socket 0)",
		 "SIGSEGV", "knowhere build", "libknowhere.so", 0x1000, 0x7f1c2e5a8b2d, true},
		{"[ 12.5] milvus[123]: segfault at 0 ip 0000000000000000 sp 00007f1bd8ff5a48 error 14",
		 "SIGSEGV", "milvus", "", 0, 0, true},
		{"traps: milvus[1] general protection fault ip:7f10 sp:7ffe error:0 in libx.so[7f00+1000]",
		 "SIGSEGV", "milvus", "libx.so", 0x10, 0x7f10, false},
		{"milvus[1] general protection ip:7f10 sp:7ffe error:0 in libx.so[7f00+1000]", "SIGSEGV",
		 "milvus", "libx.so", 0x10, 0x7f10, false},
		{"traps: milvus[1] trap invalid opcode ip:7f10 sp:7ffe error:0 in libx.so[7f00+1000]",
		 "SIGILL", "milvus", "libx.so", 0x10, 0x7f10, false},
		{"traps: milvus[1] trap divide error ip:7f10 sp:7ffe error:0 in libx.so[7f00+1000]", "SIGFPE",
		 "milvus", "libx.so", 0x10, 0x7f10, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].line);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_CRASH);
		assert_text(feed.stacks[0]->signal, cases[i].signal);
		assert_text(feed.stacks[0]->thread, cases[i].thread);
		assert_int_equal(feed.stacks[0]->crash_pc, cases[i].crash_pc);
		assert_int_equal(feed.stacks[0]->has_fault_address, cases[i].has_address);
		assert_frame(feed.stacks[0], 0, "", "", 0, cases[i].pc);
		assert_text(feed.stacks[0]->frames[0].module, cases[i].module);
		feed_deinit(&feed);
	}
}

#define OOM                                                                                              \
	"[91234.1] MILVUS_FUTURE_C invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "            \
	"oom_score_adj=985\n"                                                                            \
	"[91234.2] CPU: 3 PID: 2223 Comm: MILVUS_FUTURE_C Not tainted 5.15.0\n"                          \
	"[91234.3] Call Trace:\n[91234.4]  dump_stack_lvl+0x4a/0x63\n[91234.5]  out_of_memory+0x1/0x2\n" \
	"[91234.6] memory: usage 8388608kB, limit 8388608kB, failcnt 20175\n"                            \
	"[91234.7] Tasks state (memory values in pages):\n"                                              \
	"[91234.8] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n" \
	"[91234.9] [   2101]     0  2101      243        1    28672        0          -998 pause\n"      \
	"[91234.9] [   2223]     0  2223  5242880  2090112 18874368        0           985 milvus\n"

#define OOM_END                                                                                      \
	"[91235.1] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=8c1d,mems_allowed=0," \
	"oom_memcg=/kubepods/pod3f2a,task_memcg=/kubepods/pod3f2a/8c1d,task=milvus,pid=2223,uid=0\n" \
	"[91235.2] Memory cgroup out of memory: Killed process 2223 (milvus) total-vm:20971520kB, "  \
	"anon-rss:8348672kB, file-rss:11776kB, shmem-rss:0kB, UID:0 pgtables:18432kB "               \
	"oom_score_adj:985\n"                                                                        \
	"[91235.3] oom_reaper: reaped process 2223 (milvus), now anon-rss:0kB, file-rss:0kB\n"

static void assert_kill(struct feed *feed, size_t index, const char *first_line)
{
	struct qn_text message = feed->stacks[index]->message;

	assert_int_equal(feed->stacks[index]->kind, QN_KIND_KILLED);
	assert_text(feed->stacks[index]->signal, "SIGKILL");
	assert_string_equal(feed->stacks[index]->dialect, "oom-killer");
	assert_text(qn_text_first(message, qn_text_find_byte(message, '\n')), first_line);
	assert_int_equal(feed->stacks[index]->frames_count, 0);
}

static void a_report_of_the_oom_killer_is_one_kill(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, OOM OOM_END "[91240.0] eth0: link up\n");
	assert_int_equal(feed.count, 1);
	assert_kill(&feed, 0, "Memory cgroup out of memory: killed process 2223 (milvus)");
	assert_true(qn_text_contains(feed.stacks[0]->message, QN_TEXT("anon-rss:8348672kB")));
	assert_true(qn_text_contains(feed.stacks[0]->message, QN_TEXT("limit 8388608kB")));
	assert_int_equal(feed.stacks[0]->places[0].line, 1);
	assert_int_equal(feed.stacks[0]->places[0].last_line, 13);
	feed_deinit(&feed);
}

static void a_report_of_the_oom_killer_may_be_cut_anywhere(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, OOM);
	assert_int_equal(feed.count, 1);
	assert_kill(&feed, 0, "out of memory: the report ends before it says who was killed");
	feed_deinit(&feed);
	feed_all(&feed, OOM_END);
	assert_int_equal(feed.count, 1);
	assert_kill(&feed, 0, "Memory cgroup out of memory: killed process 2223 (milvus)");
	feed_deinit(&feed);
}

static void old_kernels_say_it_in_two_lines(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "Nov 23 15:48:07 n kernel: [1.1] Out of memory: Kill process 2223 (milvus) score 912 or "
		 "sacrifice "
		 "child\n"
		 "Nov 23 15:48:07 n kernel: [1.2] Killed process 2223 (milvus) total-vm:20971520kB, "
		 "anon-rss:8348672kB, file-rss:0kB\n"
		 "Nov 23 15:58:07 n kernel: [2.1] Out of memory: Killed process 2323 (milvus) total-vm:1kB, "
		 "anon-rss:1kB, UID:0\n");
	assert_int_equal(feed.count, 2);
	assert_kill(&feed, 0, "Out of memory: killed process 2223 (milvus)");
	assert_kill(&feed, 1, "Out of memory: killed process 2323 (milvus)");
	feed_deinit(&feed);
}

static void all_of_a_group_are_one_kill(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, OOM OOM_END "[91236.1] Memory cgroup out of memory: Killed process 7 (milvus) "
				    "total-vm:1kB, anon-rss:1kB\n");
	assert_int_equal(feed.count, 2);
	feed_deinit(&feed);
	feed_all(&feed,
		 OOM "[91235.0] Tasks in /kubepods/x are going to be killed due to memory.oom.group set\n"
		     "[91235.1] Memory cgroup out of memory: Killed process 7 (milvus) total-vm:1kB, "
		     "anon-rss:1kB\n"
		     "[91235.1] Memory cgroup out of memory: Killed process 8 (tini) total-vm:1kB, "
		     "anon-rss:1kB\n");
	assert_int_equal(feed.count, 1);
	feed_deinit(&feed);
}

#define JOURNAL "Nov 23 15:48:07 node-1 systemd-coredump[2555]: "
#define FRAMES                                                                          \
	"Module /opt/milvus/lib/libsegcore.so with build-id 5ab1cd\n"                   \
	"Stack trace of thread 2299:\n"                                                 \
	"#0  0x00007f1c2e5a8b2d n/a (libsegcore.so + 0x5a8b2d)\n"                       \
	"#1  0x00007f1c2e5a9000 _ZN6milvus5query6SearchEv (libsegcore.so + 0x5a9000)\n" \
	"\nStack trace of thread 2223:\n"                                               \
	"#0  0x00007f1c2d000001 epoll_wait (libc.so.6 + 0x88f1f)\n"                     \
	"#1  0x00007f1c2d000002 n/a (milvus + 0x1)\n"                                   \
	"\nStack trace of thread 2224:\n"                                               \
	"#0  0x00007f1c2d000001 epoll_wait (libc.so.6 + 0x88f1f)\n"                     \
	"ELF object binary architecture: AMD x86-64\n"

static void assert_core(struct feed *feed, const char *signal, size_t frames)
{
	assert_int_equal(feed->count, 1);
	assert_string_equal(feed->stacks[0]->dialect, "systemd-coredump");
	assert_int_equal(feed->stacks[0]->kind, QN_KIND_CRASH);
	assert_text(feed->stacks[0]->signal, signal);
	assert_text(feed->stacks[0]->message, "process 2223 (milvus) dumped core");
	assert_int_equal(feed->stacks[0]->frames_count, frames);
	assert_frame(feed->stacks[0], 0, "", "", 0, 0x7f1c2e5a8b2d);
	assert_text(feed->stacks[0]->frames[0].module, "libsegcore.so");
	if (frames > 1)
		assert_frame(feed->stacks[0], 1, "_ZN6milvus5query6SearchEv", "", 0, 0x7f1c2e5a9000);
}

static void reads_a_core_dump_of_the_journal(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, JOURNAL "[\xf0\x9f\xa1\x95] Process 2223 (milvus) of user 0 dumped core.\n\n" FRAMES);
	assert_core(&feed, "", 2);
	assert_int_equal(feed.stacks[0]->others_count, 1);
	assert_text(feed.stacks[0]->others[0].what, "epoll_wait");
	assert_int_equal(feed.stacks[0]->others[0].count, 2);
	feed_deinit(&feed);
}

static void reads_what_coredumpctl_shows(void **state)
{
	struct feed feed;
	char time[QN_TIME_BYTES];

	(void)state;
	feed_all(&feed, "           PID: 2223 (milvus)\n           UID: 0 (root)\n        Signal: 11 (SEGV)\n"
			"     Timestamp: Mon 2026-11-23 15:48:07 UTC (2min ago)\n"
			"  Command Line: /milvus/bin/milvus run querynode\n"
			"       Message: Process 2223 (milvus) of user 0 dumped core.\n\n" FRAMES);
	assert_core(&feed, "SIGSEGV", 2);
	assert_string_equal(qn_time_format(feed.stacks[0]->time, time), "2026-11-23T15:48:07Z");
	feed_deinit(&feed);
}

static void reads_a_core_dump_that_syslog_wrote_on_one_line(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed, JOURNAL
		 "Process 2223 (milvus) of user 0 dumped core.#012#012Stack trace of thread 2299:#012#0  "
		 "0x00007f1c2e5a8b2d n/a (libsegcore.so + 0x5a8b2d)#012#1  0x00007f1c2e5a9000 "
		 "_ZN6milvus5query6SearchEv (libsegcore.so + 0x5a9000)\n");
	assert_core(&feed, "", 2);
	feed_deinit(&feed);
}

static void a_core_dump_cut_short_keeps_what_there_is(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 JOURNAL "Process 2223 (milvus) of user 0 dumped core.\n\nStack trace of thread 2299:\n"
			 "#0  0x00007f1c2e5a8b2d n/a (libsegc");
	assert_int_equal(feed.count, 1);
	assert_int_equal(feed.stacks[0]->frames_count, 1);
	feed_deinit(&feed);
	feed_all(&feed,
		 "Stack trace of thread 2299:\n#0  0x00007f1c2e5a8b2d n/a (libsegcore.so + 0x5a8b2d)\n");
	assert_int_equal(feed.count, 1);
	assert_true(feed_has_damage(feed.stacks[0], "beginning of the report lost"));
	feed_deinit(&feed);
}

static void the_kernel_systemd_and_the_unit_tell_of_one_crash(void **state)
{
	struct feed feed;

	(void)state;
	feed_all(&feed,
		 "Nov 23 15:48:06 node-1 kernel: milvus[2299]: segfault at 20 ip 00007f1c2e5a8b2d sp "
		 "00007f1b error "
		 "4 in libsegcore.so[7f1c2e000000+900000]\n"
		 "Nov 23 15:48:06 node-1 kernel: Code: 48 8b 07\n" JOURNAL
		 "Process 2223 (milvus) of user 0 dumped core.\n\n" FRAMES
		 "Nov 23 15:48:08 node-1 systemd[1]: milvus.service: Main process exited, code=dumped, "
		 "status=11/SEGV\n");
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGSEGV");
	assert_int_equal(feed.stacks[0]->fault_address, 0x20);
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	assert_int_equal(feed.stacks[0]->places_count, 3);
	feed_deinit(&feed);
}

static void ordinary_lines_are_no_reports(void **state)
{
	static const char *const texts[] = {
		"Killed process 12 (x)\n",
		"he said: Out of memory: Killed process 12 (x) yesterday\n",
		"Out of memory: Killed process with the name x\n",
		"Process 12 of 14 dumped core.\n",
		"the process dumped core. again\n",
		"Stack trace of thread main:\n",
		"    Signal: 11 is SEGV\n",
		"    Signal: 15 (TERM)\n",
		"why does milvus write segfault at 20 ?\n",
		"x: segfault at all times ip none sp none error none\n",
		"general protection fault: what is that\n",
		"BUG: unable to handle the request\n",
		"Oops: something went wrong\n",
		"[ 8.3] WARNING: CPU: 3 PID: 1 at mm/x.c:12 func+0x1/0x2\n[ 8.3] Call Trace:\n[ 8.3]  "
		"f+0x1/0x2\n",
		"the oom-killer is enabled\n",
		"INFO: task compaction:slow blocked for more than 30 seconds\n",
		"request blocked for more than 10 seconds\n",
		"somebody invoked oom-killer: on purpose\n",
		"Nov 23 15:48:08 n systemd[1]: sshd.service: Main process exited, code=exited, "
		"status=255/EXCEPTION\n",
		"Nov 23 15:48:08 n systemd[1]: milvus.service: Main process exited, code=killed, "
		"status=15/TERM\n",
		"the signal: killed it\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct feed feed;

		feed_all(&feed, texts[i]);
		assert_int_equal(feed.count, 0);
		feed_deinit(&feed);
	}
}

/* In the core the thread has its number inside of the container: the address is what both tell. */
static void a_core_of_a_container_and_its_trap_are_one_crash(void **state)
{
	static const char text[] =
		"Nov 23 15:48:06 node-1 kernel: milvus[2299]: segfault at 20 ip 00007f1c2e5a8b2d sp "
		"00007f1bd8ff5a48 error 4 in libmilvus_core.so[7f1c2e400000+1000]\n"
		"Nov 23 15:48:07 node-1 systemd-coredump[2301]: Process 2290 (milvus) of user 0 dumped "
		"core.\n\n"
		"                Stack trace of thread 17:\n"
		"                #0  0x00007f1c2e5a8b2d milvus::f (libmilvus_core.so + 0x1a8b2d)\n"
		"                #1  0x00007f1c2e5a9999 milvus::g (libmilvus_core.so + 0x1a9999)\n";
	struct feed feed;

	(void)state;
	feed_all(&feed, text);
	assert_int_equal(feed.count, 1);
	assert_text(feed.stacks[0]->signal, "SIGSEGV");
	assert_int_equal(feed.stacks[0]->frames_count, 2);
	feed_deinit(&feed);
}

static void a_lockup_is_told_with_its_process(void **state)
{
	static const struct {
		const char *text, *thread, *message;
	} cases[] = {
		{"kernel: watchdog: BUG: soft lockup - CPU#3 stuck for 23s! [milvus:2299]\n"
		 "kernel: CPU: 3 PID: 2299 Comm: milvus Not tainted 6.1.0 #1\n"
		 "kernel: RIP: 0010:wait_cond+0x1/0x2\nkernel: Call Trace:\nkernel:  flush_all+0x1/0x2\n",
		 "milvus", "soft lockup"},
		{"[9.3] INFO: task milvus:2299 blocked for more than 120 seconds.\n[9.3]       Not tainted "
		 "6.1.0\n"
		 "[9.3] \"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.\n"
		 "[9.3] task:milvus          state:D stack:0     pid:2299\n[9.3] Call Trace:\n"
		 "[9.3]  wait_cond+0x1/0x2\n[9.3]  flush_all+0x1/0x2\n",
		 "milvus", "task blocked"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct feed feed;

		feed_all(&feed, cases[i].text);
		assert_int_equal(feed.count, 1);
		assert_int_equal(feed.stacks[0]->kind, QN_KIND_DEADLOCK);
		assert_text(feed.stacks[0]->thread, cases[i].thread);
		assert_text(feed.stacks[0]->message, cases[i].message);
		assert_int_equal(feed.stacks[0]->frames_count, 2);
		assert_int_equal(feed.stacks[0]->damage_count, 0);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_what_collectors_put_in_front),
		cmocka_unit_test(reads_an_oops),
		cmocka_unit_test(a_second_oops_is_another_event),
		cmocka_unit_test(reads_each_form_of_an_oops),
		cmocka_unit_test(reads_signals_without_a_handler),
		cmocka_unit_test(a_report_of_the_oom_killer_is_one_kill),
		cmocka_unit_test(a_report_of_the_oom_killer_may_be_cut_anywhere),
		cmocka_unit_test(old_kernels_say_it_in_two_lines),
		cmocka_unit_test(all_of_a_group_are_one_kill),
		cmocka_unit_test(reads_a_core_dump_of_the_journal),
		cmocka_unit_test(reads_what_coredumpctl_shows),
		cmocka_unit_test(reads_a_core_dump_that_syslog_wrote_on_one_line),
		cmocka_unit_test(a_core_dump_cut_short_keeps_what_there_is),
		cmocka_unit_test(the_kernel_systemd_and_the_unit_tell_of_one_crash),
		cmocka_unit_test(ordinary_lines_are_no_reports),
		cmocka_unit_test(a_core_of_a_container_and_its_trap_are_one_crash),
		cmocka_unit_test(a_lockup_is_told_with_its_process),
	};
	return QN_RUN("dialect_system", tests);
}
