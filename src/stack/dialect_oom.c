/* The kernel's OOM killer: one report is one kill, however many lines and processes it lists.
 *
 *	milvus invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=985
 *	CPU: 3 PID: 123 Comm: milvus Not tainted 5.15.0
 *	Call Trace:
 *	 dump_stack_lvl+0x34/0x48
 *	memory: usage 8388608kB, limit 8388608kB, failcnt 1234
 *	Memory cgroup stats for /kubepods/pod1/abc:
 *	Tasks state (memory values in pages):
 *	[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
 *	[    123]     0   123  5242880  2090000       123456        0           985 milvus
 *	oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),task_memcg=/kubepods/x,task=milvus,pid=123,uid=0
 *	Memory cgroup out of memory: Killed process 123 (milvus) total-vm:20971520kB, anon-rss:8360000kB, ...
 *	oom_reaper: reaped process 123 (milvus), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
 *
 * Before Linux 5.0: "Memory cgroup out of memory: Kill process 123 (milvus) score 1985 or sacrifice child",
 *then "Killed process 123 (milvus) total-vm:...". Format: mm/oom_kill.c and mm/memcontrol.c of Linux. */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/kernel_line.h"

#include "base/banned.h"

/* Of what a report tells beside the process. */
#define NOTES_BYTES_MAX 2048U

enum state {
	STATE_REPORT = 1, /* nobody was killed yet */
	STATE_CHOSEN,     /* the process is known */
	STATE_KILLED,
	STATE_GROUP, /* all of a cgroup are killed */
};

/* The kernel's and systemd's dialects are one witness. */
static bool is_of_another(const struct qn_sighting *sighting)
{
	return sighting->of && sighting->of != &qn_dialect_oom;
}

static void begin(struct qn_sighting *sighting, const struct qn_kernel_line *line)
{
	sighting->dialect = "oom-killer";
	if (!sighting->state) {
		sighting->state = STATE_REPORT;
		sighting->time = line->time;
	}
	sighting->signal = QN_TEXT("SIGKILL");
	qn_sighting_set_kind(sighting, QN_KIND_KILLED);
}

/* The message is made when the report says who was killed; what came before is pending. */
static void note(struct qn_sighting *sighting, struct qn_text text)
{
	if (sighting->pending.len > NOTES_BYTES_MAX)
		return;
	if (sighting->pending.len)
		qn_buffer_append_string(&sighting->pending, "; ");
	qn_buffer_append_text(&sighting->pending, qn_text_first(text, 256));
}

static void say_victim(struct qn_sighting *sighting, struct qn_text cause, struct qn_text name,
		       struct qn_text memory)
{
	qn_buffer_clear(&sighting->message);
	qn_buffer_printf(&sighting->message, "%.*s: killed process %llu (%.*s)", QN_ARG(cause),
			 (unsigned long long)sighting->number, QN_ARG(name));
	if (memory.len)
		qn_sighting_say(sighting, memory);
	if (sighting->pending.len)
		qn_sighting_say(sighting, qn_buffer_text(&sighting->pending));
}

/* "milvus invoked oom-killer: gfp_mask=..." */
static enum qn_header_use read_invoked(struct qn_sighting *sighting, const struct qn_crash_line *line,
				       struct qn_text rest)
{
	struct qn_kernel_line kernel;
	size_t at;

	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	(void)rest;
	qn_kernel_line_read(line->text, &kernel);
	at = qn_text_find(kernel.text, QN_TEXT(" invoked oom-killer: "));
	if (at == SIZE_MAX || at > 64 || !qn_text_contains(kernel.text, QN_TEXT("gfp_mask=")))
		return QN_HEADER_NOT_MINE;
	if (sighting->state)
		return QN_HEADER_ANOTHER;
	begin(sighting, &kernel);
	qn_buffer_printf(&sighting->message, "out of memory: the report ends before it says who was killed");
	qn_buffer_printf(&sighting->pending, "asked for by %.*s", QN_ARG(qn_text_first(kernel.text, at)));
	return QN_HEADER_TAKEN;
}

/* The value of "key=value," */
static struct qn_text find_value(struct qn_text text, struct qn_text key)
{
	size_t at = qn_text_find(text, key);
	struct qn_text value = qn_text_from(text, at == SIZE_MAX ? text.len : at + key.len);

	return qn_text_first(value, qn_text_find_byte(value, ','));
}

/* "oom-kill:constraint=CONSTRAINT_MEMCG,...,task_memcg=/kubepods/x,task=milvus,pid=123,uid=0" */
static enum qn_header_use read_constraint(struct qn_sighting *sighting, const struct qn_crash_line *line,
					  struct qn_text rest)
{
	struct qn_kernel_line kernel;
	struct qn_text name, cause, group;
	uint64_t pid;

	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	(void)rest;
	qn_kernel_line_read(line->text, &kernel);
	if (!qn_text_starts(kernel.text, QN_TEXT("oom-kill:constraint=")))
		return QN_HEADER_NOT_MINE;
	if (sighting->state >= STATE_KILLED)
		return QN_HEADER_ANOTHER;
	begin(sighting, &kernel);
	name = find_value(kernel.text, QN_TEXT(",task="));
	if (!qn_text_to_u64(find_value(kernel.text, QN_TEXT(",pid=")), &pid) || !name.len)
		return QN_HEADER_TAKEN;
	cause = qn_text_contains(kernel.text, QN_TEXT("CONSTRAINT_MEMCG"))
			? QN_TEXT("Memory cgroup out of memory")
			: QN_TEXT("Out of memory");
	group = find_value(kernel.text, QN_TEXT("task_memcg="));
	if (group.len)
		note(sighting, qn_text_first(qn_text_from(kernel.text,
							  qn_text_find(kernel.text, QN_TEXT("task_memcg="))),
					     11 + group.len));
	sighting->number = pid;
	sighting->state = STATE_CHOSEN;
	say_victim(sighting, cause, name, QN_TEXT(""));
	return QN_HEADER_TAKEN;
}

/* "Memory cgroup out of memory: Killed process 123 (milvus) total-vm:...": what stands before the process is
 * the cause. False: no such line. */
static bool find_kill(struct qn_text text, struct qn_text *ret_cause, struct qn_text *ret_rest,
		      bool *ret_is_done)
{
	static const struct {
		const char *words;
		bool is_done;
	} kills[] = {{"Killed process ", true}, {"Kill process ", false}, {"OOM victim ", false}};

	for (size_t i = 0; i < sizeof(kills) / sizeof(*kills); i++) {
		size_t at = qn_text_find(text, qn_text_of(kills[i].words));
		struct qn_text front = qn_text_first(text, at);

		if (at == SIZE_MAX)
			continue;
		/* "Out of memory: ", "Memory cgroup out of memory: ", "Out of memory
		 * (oom_kill_allocating_task): ", or nothing, where the line before said it */
		if (front.len && !qn_text_starts(front, QN_TEXT("Out of memory")) &&
		    !qn_text_starts(front, QN_TEXT("Out of Memory: ")) &&
		    !qn_text_starts(front, QN_TEXT("Memory cgroup out of memory: ")))
			return false;
		*ret_cause = qn_text_first(front, qn_text_find(front, QN_TEXT(": ")));
		*ret_rest = qn_text_from(text, at + strlen(kills[i].words));
		*ret_is_done = kills[i].is_done;
		return true;
	}
	return false;
}

static enum qn_header_use read_kill(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	struct qn_kernel_line kernel;
	struct qn_text cause, name;
	uint64_t pid;
	bool is_done, has_memory;

	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	qn_kernel_line_read(line->text, &kernel);
	if (!find_kill(kernel.text, &cause, &rest, &is_done) || !qn_kernel_take_process(&rest, &pid, &name))
		return QN_HEADER_NOT_MINE;
	has_memory = qn_text_contains(rest, QN_TEXT("total-vm:"));
	/* Without a cause, only what the kernel writes behind it tells it from any other text. */
	if ((!cause.len && !has_memory) || (is_done && rest.len && !has_memory))
		return QN_HEADER_NOT_MINE;
	if (sighting->state == STATE_GROUP)
		return QN_HEADER_TAKEN;
	if (sighting->state == STATE_KILLED)
		return pid == sighting->number ? QN_HEADER_TAKEN : QN_HEADER_ANOTHER;
	begin(sighting, &kernel);
	if (!cause.len && sighting->message.len)
		cause = qn_text_first(qn_buffer_text(&sighting->message),
				      qn_text_find(qn_buffer_text(&sighting->message), QN_TEXT(": ")));
	cause = qn_sighting_keep(sighting, cause.len ? cause : QN_TEXT("Out of memory"));
	sighting->number = pid;
	sighting->state = is_done ? STATE_KILLED : STATE_CHOSEN;
	while (rest.len && memchr(" ,", rest.data[0], 2))
		rest = qn_text_from(rest, 1);
	say_victim(sighting, cause, name, has_memory ? qn_text_first(rest, 512) : QN_TEXT(""));
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{" invoked oom-killer: ", true, read_invoked},
	{"oom-kill:constraint=", false, read_constraint},
	{" oom-kill:constraint=", true, read_constraint},
	{"Out of memory", false, read_kill},
	{" Out of memory", true, read_kill},
	{"Out of Memory: ", false, read_kill},
	{" Out of Memory: ", true, read_kill},
	{"Memory cgroup out of memory: ", false, read_kill},
	{" Memory cgroup out of memory: ", true, read_kill},
	{"Killed process ", false, read_kill},
	{" Killed process ", true, read_kill},
	{NULL, false, NULL},
};

/* "[    123]     0   123  5242880  2090000 ..." and the title above it */
static bool is_table_row(struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_text inner;
	uint64_t pid;

	if (!qn_cursor_take_byte(&cursor, '[') || !qn_cursor_take_until(&cursor, ']', &inner))
		return false;
	inner = qn_text_trim(inner);
	return qn_text_equal(inner, QN_TEXT("pid")) || qn_text_to_u64(inner, &pid);
}

/* Lines that tell nothing of who was killed: registers, the caller's stack, the state of the memory. */
static const char *const details[] = {"CPU: ",
				      "Hardware name:",
				      "Call Trace:",
				      "Call trace:",
				      "<TASK>",
				      "</TASK>",
				      "RIP: ",
				      "RSP: ",
				      "Code: ",
				      "RAX: ",
				      "RDX: ",
				      "RBP: ",
				      "R10: ",
				      "R13: ",
				      "ORIG_RAX: ",
				      "Mem-Info:",
				      "active_anon:",
				      "active_file:",
				      "unevictable:",
				      "slab_reclaimable:",
				      "mapped:",
				      "free:",
				      "kernel_misc_reclaimable:",
				      "sec_pagetables:",
				      "Node ",
				      "lowmem_reserve",
				      "swap: ",
				      "kmem: ",
				      "Memory cgroup stats for ",
				      "Tasks state",
				      "Tasks in ",
				      "anon ",
				      "file ",
				      "kernel ",
				      "kernel_stack ",
				      "pagetables ",
				      "percpu ",
				      "sock ",
				      "shmem ",
				      "zswap",
				      "file_",
				      "anon_",
				      "inactive_",
				      "active_",
				      "unevictable ",
				      "slab",
				      "workingset_",
				      "pg",
				      "thp_",
				      "swap",
				      "Total swap",
				      "Free swap",
				      "cache:",
				      "rss:",
				      "HighMem",
				      "Swap cache",
				      "memory+swap:",
				      "memory.",
				      "cma",
				      "oom_memcg",
				      "Unreclaimable slab",
				      "vmalloc",
				      "total pagecache",
				      "sec_",
				      "writeback",
				      NULL};

static bool is_detail(struct qn_text text)
{
	return qn_text_starts_any(text, details) || qn_text_contains(text, QN_TEXT("+0x")) ||
	       qn_text_ends(text, QN_TEXT(" total pagecache pages")) ||
	       qn_text_ends(text, QN_TEXT(" pages RAM")) || qn_text_ends(text, QN_TEXT(" pages reserved")) ||
	       qn_text_ends(text, QN_TEXT(" pages in swap cache")) ||
	       qn_text_ends(text, QN_TEXT(" pages hwpoisoned"));
}

static bool is_group_kill(struct qn_text text)
{
	return qn_text_contains(text, QN_TEXT("are going to be killed due to memory.oom.group set"));
}

static bool is_other_header(struct qn_text text)
{
	struct qn_text cause, rest;
	bool is_done;

	return qn_text_starts(text, QN_TEXT("oom-kill:")) || find_kill(text, &cause, &rest, &is_done) ||
	       qn_text_contains(text, QN_TEXT(" invoked oom-killer: "));
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_kernel_line kernel;

	qn_kernel_line_read(line->text, &kernel);
	*ret_use = QN_LINE_TAKEN;
	if (is_group_kill(kernel.text)) {
		sighting->state = STATE_GROUP;
	} else if (is_other_header(kernel.text)) {
		*ret_use = QN_LINE_NOT_MINE; /* the headers have it */
	} else if (qn_text_starts(kernel.text, QN_TEXT("oom_reaper: "))) {
		if (sighting->state == STATE_KILLED)
			*ret_use = QN_LINE_LAST;
	} else if (sighting->state >= STATE_KILLED) {
		*ret_use = QN_LINE_NOT_MINE;
	} else if (qn_text_starts(kernel.text, QN_TEXT("memory: usage "))) {
		note(sighting, kernel.text);
	} else if (!is_table_row(kernel.text) && !is_detail(kernel.text)) {
		*ret_use = QN_LINE_NOT_MINE;
	}
	return NULL;
}

static const char *const triggers[] = {" invoked oom-killer: ",
				       "oom-kill:constraint=",
				       "ut of memory: Kill",
				       "ut of Memory: Kill",
				       "Killed process ",
				       "ut of memory (oom_kill_allocating_task)",
				       NULL};

const struct qn_dialect qn_dialect_oom = {
	.name = "oom",
	.witness = QN_WITNESS_SYSTEM,
	.triggers = triggers,
	.headers = headers,
	.may_begin = qn_kernel_line_may_be,
	.take = take,
	.has_own_frames = true,
};
