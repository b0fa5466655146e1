/* glibc's pthread_rwlock_t, which std::shared_mutex is. */
#include "core/lock.h"

#include "base/banned.h"

/* word: 0 __readers, 1 __writers, 2 __wrphase_futex, 3 __writers_futex, 4 and 5 padding, 6 __cur_writer,
 * 7 __shared, 8 to 11 padding, 12 __flags. A reader waits for the end of the write phase, the first writer
 * for its begin, further writers at __writers_futex; where writers go first a reader waits at __readers. */
enum { READERS, WRITERS, PHASE, NEXT, PADDING, WRITER = 6, SHARED, FLAGS = 12, WORDS };

/* __readers */
#define WRITE_PHASE 1U
#define WRITE_LOCKED 2U
#define READERS_SHIFT 3U
/* __writers: a writer hands over to the next one */
#define HANDOVER UINT32_C(0x80000000)
/* both futexes: 1 is the phase, or the lock, 2 that somebody sleeps */
#define FUTEX_VALUES 3U

static bool looks_right(const struct qn_lock_search *search, const struct qn_futex *futex, size_t at,
			const uint32_t *words)
{
	size_t threads = search->core->threads_count;
	bool is_written = words[READERS] & WRITE_LOCKED;

	if (words[PADDING] || words[PADDING + 1] || words[PHASE] > FUTEX_VALUES ||
	    words[NEXT] > FUTEX_VALUES || words[FLAGS] > 2 || words[READERS] >> READERS_SHIFT > threads ||
	    (words[WRITERS] & ~HANDOVER) > threads || (words[SHARED] != 0) == futex->is_private)
		return false;
	if (words[WRITER] && (!is_written || !qn_lock_is_live(search, words[WRITER])))
		return false;
	if (futex->word != futex->value)
		return false;
	switch (at) {
	case PHASE:
		if (!(futex->value & 2))
			return false;
		return futex->value & 1 ? words[READERS] & WRITE_PHASE
					: is_written && words[READERS] >> READERS_SHIFT > 0;
	case NEXT: return futex->value == FUTEX_VALUES && is_written;
	default: return words[FLAGS] == 2 && words[READERS] & 4;
	}
}

static void tell(const struct qn_lock_search *search, const uint32_t *words, struct qn_core_wait *ret)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	uint32_t readers = words[READERS] >> READERS_SHIFT;
	bool writers = words[NEXT] & 2; /* behind the first one; how many is not counted */

	if ((words[READERS] & (WRITE_PHASE | WRITE_LOCKED)) == (WRITE_PHASE | WRITE_LOCKED)) {
		qn_lock_set_owner(search, words[WRITER], ret);
		qn_buffer_append_string(&text, "held exclusively");
		if (ret->state.len)
			qn_buffer_printf(&text, " by thread %u, which has ended", words[WRITER]);
		qn_buffer_append_string(&text, writers ? ", writers wait" : "");
		if (readers)
			qn_buffer_printf(&text, ", %u reader%s", readers, readers == 1 ? " waits" : "s wait");
	} else if (readers && !(words[READERS] & WRITE_PHASE)) {
		qn_buffer_printf(&text, "held by %u reader%s", readers, readers == 1 ? "" : "s");
		if (words[READERS] & WRITE_LOCKED)
			qn_buffer_append_string(&text, writers ? ", writers wait" : ", a writer waits");
	} else {
		return;
	}
	ret->state = qn_arena_copy(&search->core->arena, qn_buffer_text(&text));
}

bool qn_lock_is_rwlock(const struct qn_lock_search *search, const struct qn_futex *futex, bool is_named,
		       struct qn_core_wait *ret)
{
	static const unsigned char places[] = {PHASE, NEXT, READERS};
	uint32_t words[WORDS];

	for (size_t i = 0; i < sizeof(places); i++) {
		uint64_t address = futex->address - places[i] * 4U;

		if (address % 8 || !futex->has_word || !qn_lock_read(search, address, words, WORDS) ||
		    !looks_right(search, futex, places[i], words))
			continue;
		ret->kind = QN_LOCK_RWLOCK;
		ret->address = address;
		tell(search, words, ret);
		return true;
	}
	if (is_named)
		ret->kind = QN_LOCK_RWLOCK;
	return is_named;
}
