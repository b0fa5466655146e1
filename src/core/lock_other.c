/* What threads wait for that has no holder: another thread's end, conditions, semaphores. And
 * folly::SharedMutex, which does not note its. */
#include "core/lock.h"

#include "base/banned.h"

/* glibc: struct pthread has {struct list_head list; pid_t tid;}; the list of all stacks goes through it. */
static bool is_thread_descriptor(const struct qn_lock_search *search, uint64_t tid_at)
{
	uint64_t list[2], back[2];

	return qn_core_file_read_dumped(search->file, tid_at - 16, list, sizeof(list)) &&
	       qn_core_file_read_dumped(search->file, list[0] + 8, &back[0], 8) &&
	       qn_core_file_read_dumped(search->file, list[1], &back[1], 8) && back[0] == tid_at - 16 &&
	       back[1] == tid_at - 16;
}

/* The kernel clears the word and wakes (CLONE_CHILD_CLEARTID), never privately. */
bool qn_lock_is_join(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
		     struct qn_core_wait *ret)
{
	bool is_tid = futex->has_word && futex->word == futex->value && qn_lock_is_live(search, futex->value);

	if (!is_named && (!is_tid || futex->is_private || !is_thread_descriptor(search, futex->address)))
		return false;
	ret->kind = QN_LOCK_JOIN;
	ret->owner = is_tid ? futex->value : 0;
	return true;
}

/* glibc 2.25 to 2.40: 0 wseq, 8 g1_start, 16 g_refs[2], 24 g_size[2], 32 g1_orig_size, 36 wrefs,
 * 40 g_signals[2], on which waiters sleep. From 2.41 g_refs is no more: all behind it is 8 bytes nearer. */
static bool is_condition_at(const struct qn_lock_search *search, uint64_t address, bool is_new)
{
	uint32_t words[12];
	uint32_t waiters;

	if (address % 8 || !qn_lock_read(search, address, words, 12))
		return false;
	waiters = words[is_new ? 7 : 9] >> 3;
	if (words[1] || words[3] || words[2] > words[0] + 1 || waiters == 0 ||
	    waiters > search->core->threads_count || words[0] >> 1 < waiters)
		return false;
	return is_new || (words[4] >> 1) + (words[5] >> 1) == waiters;
}

bool qn_lock_is_condition(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
			  struct qn_core_wait *ret)
{
	uint64_t group = futex->address % 8; /* 0 or 4 */
	uint64_t is_old = is_condition_at(search, futex->address - group - 40, false);
	uint64_t is_new = is_condition_at(search, futex->address - group - 32, true);

	/* not on the newer layout alone, which says little */
	if (!is_named && (!is_old || futex->operation != QN_FUTEX_WAIT_BITSET || futex->word != 0))
		return false;
	ret->kind = QN_LOCK_CONDITION;
	if (is_old)
		ret->address = futex->address - group - 40;
	else if (is_new)
		ret->address = futex->address - group - 32;
	return true;
}

/* glibc's struct new_sem: 0 value, 4 number of waiters, 8 whether it is shared: 0 or 128 */
bool qn_lock_is_semaphore(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
			  struct qn_core_wait *ret)
{
	uint32_t words[4];

	if (!is_named &&
	    (futex->address % 8 || futex->value != 0 || futex->operation != QN_FUTEX_WAIT_BITSET ||
	     !qn_lock_read(search, futex->address, words, 4) || words[0] != 0 ||
	     words[1] - 1 >= search->core->threads_count || words[2] != (futex->is_private ? 0 : 128U) ||
	     words[3] != 0))
		return false;
	ret->kind = QN_LOCK_SEMAPHORE;
	return true;
}

/* folly/SharedMutex.h, one word: 1 readers wait, 2 an upgrader waits, 4 a writer waits, 8 several do,
 * 0x10 a writer waits for readers to leave, 0x20 held for upgrade, 0x40 a writer has begun, 0x80 a writer
 * has it, 0x100 and 0x200 readers may be noted elsewhere, 0x400 for tools, from bit 11 the number of readers
 */
#define SHARED_WAITING_READERS 0x1U
#define SHARED_WAITING_UPGRADER 0x2U
#define SHARED_WAITING_WRITER 0x4U
#define SHARED_WAITING_WRITERS 0x8U
#define SHARED_WAITING_FOR_READERS 0x10U
#define SHARED_UPGRADE 0x20U
#define SHARED_BEGUN 0x40U
#define SHARED_EXCLUSIVE 0x80U
#define SHARED_ELSEWHERE 0x300U
#define SHARED_READERS_SHIFT 11

static void say_shared_holder(struct qn_buffer *text, uint32_t state)
{
	uint32_t readers = state >> SHARED_READERS_SHIFT;
	bool is_claimed = state & (SHARED_EXCLUSIVE | SHARED_BEGUN);

	if (is_claimed && !readers && !(state & (SHARED_WAITING_FOR_READERS | SHARED_BEGUN))) {
		qn_buffer_append_string(text, "held exclusively");
		return;
	}
	if (readers)
		qn_buffer_printf(text, "held by %u reader%s", readers, readers == 1 ? "" : "s");
	else if (is_claimed || (state & SHARED_ELSEWHERE && !(state & SHARED_UPGRADE)))
		qn_buffer_append_string(text, "held by readers that it does not count");
	if (state & SHARED_UPGRADE)
		qn_buffer_printf(text, "%sheld for upgrade", text->len ? ", " : "");
	if (is_claimed)
		qn_buffer_append_string(text, ", a writer has claimed it and waits for them");
}

bool qn_lock_is_shared_mutex(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
			     struct qn_core_wait *ret)
{
	static const struct {
		uint32_t bit;
		const char *words;
	} waiting[] = {
		{SHARED_WAITING_WRITERS, ", writers wait"},
		{SHARED_WAITING_WRITER, ", a writer waits"},
		{SHARED_WAITING_UPGRADER, ", an upgrader waits"},
		{SHARED_WAITING_READERS, ", readers wait"},
	};
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};

	if (!is_named)
		return false;
	ret->kind = QN_LOCK_SHARED_MUTEX;
	if (!futex->has_word)
		return true;
	say_shared_holder(&text, futex->word);
	if (!text.len) /* nobody has it: no state that one waits in */
		return true;
	for (size_t i = 0; i < sizeof(waiting) / sizeof(*waiting); i++)
		if (futex->word & waiting[i].bit)
			qn_buffer_append_string(&text, waiting[i].words);
	ret->state = qn_arena_copy(&search->core->arena, qn_buffer_text(&text));
	return true;
}
