/* glibc's pthread_mutex_t, which std::mutex and its relatives are. */
#include "core/lock.h"

#include "base/banned.h"

/* word: 0 __lock, 1 __count, 2 __owner, 3 __nusers, 4 __kind, 5 spins, 6..9 list of robust ones */
enum { LOCK, COUNT, OWNER, USERS, KIND, LIST = 6, WORDS = 10 };

/* __kind: the lowest two bits are normal, recursive, error-checking, adaptive */
#define KIND_TYPE 3U
#define KIND_RECURSIVE 1U
#define KIND_ROBUST 16U
#define KIND_INHERIT 32U
#define KIND_PROTECT 64U
#define KIND_SHARED 128U
#define KIND_KNOWN (KIND_TYPE | KIND_ROBUST | KIND_INHERIT | KIND_PROTECT | KIND_SHARED | 256U | 512U)

/* Of robust and priority-inheriting ones the lock word is the owner's tid; else 2 is "held, and somebody
 * waits", below the ceiling of a priority-protecting one. */
static uint32_t holder(const uint32_t *words)
{
	if (words[KIND] & (KIND_ROBUST | KIND_INHERIT))
		return words[LOCK] & QN_FUTEX_OWNER_DIED ? 0 : words[LOCK] & QN_FUTEX_TID;
	return words[LOCK] & 3 ? words[OWNER] : 0;
}

/* Low-level locks of malloc and stdio sleep in the same way: what lies behind them are flags and pointers.
 */
static bool looks_right(const struct qn_lock_search *search, const struct qn_futex *futex,
			const uint32_t *words)
{
	static const uint32_t no_list[4];
	bool is_robust = words[KIND] & KIND_ROBUST;
	bool is_recursive = (words[KIND] & KIND_TYPE) == KIND_RECURSIVE;

	if (words[KIND] & ~KIND_KNOWN || words[LOCK] != futex->value ||
	    words[USERS] - 1 >= search->core->threads_count || holder(words) != words[OWNER] ||
	    !qn_lock_is_live(search, words[OWNER]))
		return false;
	/* only one with a timeout asks for a bit set */
	if (futex->operation == QN_FUTEX_WAIT_BITSET && !futex->has_timeout)
		return false;
	if (is_robust)
		return words[LOCK] & QN_FUTEX_WAITERS;
	if (is_recursive ? words[COUNT] == 0 : words[COUNT] != 0)
		return false;
	if (memcmp(words + LIST, no_list, sizeof(no_list)) != 0 ||
	    futex->is_private == !!(words[KIND] & KIND_SHARED))
		return false;
	return words[KIND] & KIND_PROTECT ? (words[LOCK] & 3) == 2 : words[LOCK] == 2;
}

bool qn_lock_is_mutex(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
		      struct qn_core_wait *ret)
{
	uint32_t words[WORDS];
	bool is_kernels = futex->operation == QN_FUTEX_LOCK_PI || futex->operation == QN_FUTEX_LOCK_PI2;

	if (is_kernels) { /* the kernel itself wants the owner's tid in the word */
		ret->kind = QN_LOCK_MUTEX;
		if (futex->has_word && !(futex->word & QN_FUTEX_OWNER_DIED))
			qn_lock_set_owner(search, futex->word & QN_FUTEX_TID, ret);
		return true;
	}
	if (futex->address % 8 || !qn_lock_read(search, futex->address, words, WORDS)) {
		ret->kind = is_named ? QN_LOCK_MUTEX : QN_LOCK_FUTEX;
		return is_named;
	}
	if (!is_named && !looks_right(search, futex, words))
		return false;
	ret->kind = QN_LOCK_MUTEX;
	if (words[KIND] & ~KIND_KNOWN)
		return true;
	qn_lock_set_owner(search, holder(words), ret);
	if (ret->owner && (words[KIND] & KIND_TYPE) == KIND_RECURSIVE && words[COUNT] > 1)
		ret->state = qn_arena_printf(&search->core->arena, "taken %u times", words[COUNT]);
	return true;
}
