/* A post-mortem made by hand: a crash on thread 13, two threads in a deadlock, a starved pool, a recursion.
 */
#ifndef QN_TESTS_SUPPORT_MADE_POSTMORTEM_H
#define QN_TESTS_SUPPORT_MADE_POSTMORTEM_H

#include "stack/postmortem.h"

#define MADE_HOSTILE "evil\x1b[31m\nname"

struct made_postmortem {
	struct qn_core core;
	struct qn_core_module modules[2];
	struct qn_pm_thread threads[5];
	struct qn_pm_stack stacks[4];
	struct qn_pm_group groups[4];
	struct qn_pm_pool pools[1];
	struct qn_pm_cycle cycle;
	size_t members[5], ring[2];
	struct qn_frame crash[2], lock[2], recursion[8], idle[1];
	struct qn_issue issues[1];
	struct qn_stack failure;
	struct qn_postmortem told;
};

static inline struct qn_frame made_frame(const char *name, const char *file, uint32_t line, uint64_t pc,
					 enum qn_role role)
{
	return (struct qn_frame){.raw = qn_text_of(name),
				 .function = qn_text_of(name),
				 .key = qn_text_of(name),
				 .file = qn_text_of(file),
				 .line = line,
				 .pc = pc,
				 .role = role};
}

static inline void made_stacks(struct made_postmortem *made)
{
	made->crash[0] = made_frame("milvus::inner", "a.cpp", 7, 0x1010, QN_ROLE_USER);
	made->crash[0].is_inlined = true;
	made->crash[1] = made_frame("milvus::outer", "a.cpp", 9, 0x1010, QN_ROLE_USER);
	made->lock[0] = made_frame("pthread_mutex_lock", "", 0, 0x2010, QN_ROLE_LIBRARY);
	made->lock[1] = made_frame("milvus::take_both", "b.cpp", 3, 0x2020, QN_ROLE_USER);
	for (size_t i = 0; i < 7; i++)
		made->recursion[i] = made_frame("milvus::visit", "c.cpp", 5, 0x3010, QN_ROLE_USER);
	made->recursion[7] = made_frame("main", "c.cpp", 50, 0x3020, QN_ROLE_USER);
	made->idle[0] = (struct qn_frame){
		.pc = 0x4010, .module = QN_TEXT("/lib/" MADE_HOSTILE), .role = QN_ROLE_UNKNOWN};
	made->stacks[0] = (struct qn_pm_stack){.stack = {.frames = made->crash, .frames_count = 2}};
	made->stacks[1] = (struct qn_pm_stack){.stack = {.frames = made->lock, .frames_count = 2},
					       .activity = QN_ACTIVITY_BLOCKED};
	made->stacks[2] = (struct qn_pm_stack){.stack = {.frames = made->recursion, .frames_count = 8},
					       .elided_at = 4,
					       .elided_count = 1000};
	made->stacks[3] = (struct qn_pm_stack){.stack = {.frames = made->idle, .frames_count = 1},
					       .activity = QN_ACTIVITY_IDLE};
}

static inline void made_threads(struct made_postmortem *made)
{
	static const size_t group_of[] = {1, 1, 0, 2, 3};

	for (size_t i = 0; i < 5; i++) {
		made->threads[i] = (struct qn_pm_thread){.tid = 11 + i,
							 .group = group_of[i],
							 .stack = group_of[i],
							 .unwinder = QN_UNWINDER_LIBDW,
							 .pool = SIZE_MAX};
		made->members[i] = i;
	}
	made->threads[0].wait = (struct qn_core_wait){.kind = QN_LOCK_MUTEX, .address = 0x7000, .owner = 12};
	made->threads[1].wait = (struct qn_core_wait){.kind = QN_LOCK_MUTEX, .address = 0x7100, .owner = 11};
	made->threads[4].stopped = QN_TEXT("at 0x4010 in " MADE_HOSTILE ": no file");
	made->groups[0] = (struct qn_pm_group){
		.threads = &made->members[2], .count = 1, .stack = 0, .is_crashed = true};
	made->groups[1] = (struct qn_pm_group){.threads = &made->members[0],
					       .count = 2,
					       .stack = 1,
					       .activity = QN_ACTIVITY_BLOCKED,
					       .what = QN_TEXT("blocked in std::mutex lock")};
	made->groups[2] = (struct qn_pm_group){.threads = &made->members[3],
					       .count = 1,
					       .stack = 2,
					       .activity = QN_ACTIVITY_RUNNING,
					       .what = QN_TEXT("milvus::visit")};
	made->groups[3] = (struct qn_pm_group){.threads = &made->members[4],
					       .count = 1,
					       .stack = 3,
					       .activity = QN_ACTIVITY_IDLE,
					       .what = QN_TEXT("idle " MADE_HOSTILE)};
	made->ring[0] = 0;
	made->ring[1] = 1;
	made->cycle = (struct qn_pm_cycle){.threads = made->ring, .count = 2};
}

static inline void made_core(struct made_postmortem *made)
{
	made->modules[0] = (struct qn_core_module){.path = QN_TEXT("/bin/milvus"),
						   .start = 0x1000,
						   .end = 0x5000,
						   .build_id = QN_TEXT("0123abcd"),
						   .found = QN_TEXT("/bin/milvus"),
						   .debug = QN_TEXT("/bin/milvus"),
						   .is_verified = true};
	made->modules[1] = (struct qn_core_module){
		.path = QN_TEXT("/lib/" MADE_HOSTILE), .start = 0x8000, .end = 0x9000};
	made->core = (struct qn_core){.machine = QN_MACHINE_X86_64,
				      .size_bytes = 2000000,
				      .is_truncated = true,
				      .content = QN_TEXT("0123456789abcdef0123456789abcdef"),
				      .modules = made->modules,
				      .modules_count = 2,
				      .crashed_because = QN_TEXT("the kernel raised it")};
	made->issues[0] = (struct qn_issue){
		.text = QN_TEXT("segment cut " MADE_HOSTILE), .has_offset = true, .offset = 64, .count = 2};
}

/* Nothing of it is to be given back. */
static inline void made_postmortem_init(struct made_postmortem *made)
{
	*made = (struct made_postmortem){0};
	made_stacks(made);
	made_threads(made);
	made_core(made);
	made->pools[0] = (struct qn_pm_pool){.kind = QN_TEXT("CPUThreadPoolExecutor"),
					     .name = QN_TEXT("POOL"),
					     .address = 0xabc0,
					     .blocked = 4,
					     .verdict = QN_POOL_STARVED,
					     .evidence = QN_TEXT("all 4 workers wait for what only it runs")};
	made->failure = (struct qn_stack){.kind = QN_KIND_CRASH,
					  .signal = QN_TEXT("SIGSEGV"),
					  .message = QN_TEXT(MADE_HOSTILE),
					  .frames = made->crash,
					  .frames_count = 2};
	made->told = (struct qn_postmortem){.source = QN_TEXT("dir/core.1"),
					    .core = &made->core,
					    .signal = QN_TEXT("SIGSEGV"),
					    .has_si_code = true,
					    .si_code = 1,
					    .has_fault_address = true,
					    .fault_address = UINT64_C(0xffffffffffffffe0),
					    .reason = QN_TEXT("SIGSEGV: address not mapped"),
					    .pid = 4711,
					    .command = QN_TEXT("milvus " MADE_HOSTILE),
					    .executable = QN_TEXT("/bin/milvus"),
					    .threads = made->threads,
					    .threads_count = 5,
					    .stacks = made->stacks,
					    .stacks_count = 4,
					    .groups = made->groups,
					    .groups_count = 4,
					    .pools = made->pools,
					    .pools_count = 1,
					    .cycles = &made->cycle,
					    .cycles_count = 1,
					    .crashed = 2,
					    .failure = &made->failure,
					    .issues = made->issues,
					    .issues_count = 1};
}

#endif
