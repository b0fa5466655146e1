/* What a futex belongs to. Inside core: locks.c finds out who is in futex(2), the recognizers say what it is.
 *
 * Layouts: glibc's struct_mutex.h, struct_rwlock.h and thread-shared-types.h for LP64, which are equal on
 * x86-64 and AArch64; glibc 2.26 and newer. Owner fields are believed only when they name a thread of the
 * core: a wrong owner is worse than none. */
#ifndef QN_CORE_LOCK_H
#define QN_CORE_LOCK_H

#include "base/hash.h"
#include "core/core_file.h"

/* futex(2) */
#define QN_FUTEX_WAIT 0U
#define QN_FUTEX_LOCK_PI 6U
#define QN_FUTEX_WAIT_BITSET 9U
#define QN_FUTEX_WAIT_REQUEUE_PI 11U
#define QN_FUTEX_LOCK_PI2 13U
#define QN_FUTEX_TID UINT32_C(0x3fffffff)
#define QN_FUTEX_OWNER_DIED UINT32_C(0x40000000)
#define QN_FUTEX_WAITERS UINT32_C(0x80000000)

struct qn_futex {
	uint64_t address;
	uint32_t operation; /* without its flags */
	bool is_private;
	bool has_timeout;
	uint32_t value; /* that the thread saw before it went to sleep */
	bool has_word;
	uint32_t word; /* that is there now */
};

struct qn_lock_search {
	const struct qn_core_file *file;
	struct qn_core *core;
	struct qn_map tids; /* four bytes of a tid -> its thread of the core */
};

bool qn_lock_is_live(const struct qn_lock_search *search, uint32_t tid);
/* Words of the process as the core itself has them: a file's are those of its start. */
bool qn_lock_read(const struct qn_lock_search *search, uint64_t address, uint32_t *ret, size_t count);
/* Owner if it lives, words if not. */
void qn_lock_set_owner(const struct qn_lock_search *search, uint32_t tid, struct qn_core_wait *ret);

/* Each fills @ret and returns true when @futex is of its kind.
 *
 * @is_named  a function of that kind stands on the stack: then it is, and memory only says more. Without a
 *            name all of the object must look right. */
typedef bool (*qn_lock_recognize)(const struct qn_lock_search *search, const struct qn_futex *futex,
				  bool is_named, struct qn_core_wait *ret);
bool qn_lock_is_mutex(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
		      struct qn_core_wait *ret);
bool qn_lock_is_rwlock(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
		       struct qn_core_wait *ret);
bool qn_lock_is_join(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
		     struct qn_core_wait *ret);
bool qn_lock_is_condition(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
			  struct qn_core_wait *ret);
bool qn_lock_is_semaphore(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
			  struct qn_core_wait *ret);
bool qn_lock_is_shared_mutex(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
			     struct qn_core_wait *ret);

#endif
