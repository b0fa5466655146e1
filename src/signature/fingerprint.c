#include "signature/fingerprint.h"

#include "base/arena.h"
#include "base/hash.h"
#include "stack/normalize.h"

#include "base/banned.h"

const char *qn_fingerprint_of_stack(const struct qn_stack *stack, char ret[QN_FINGERPRINT_BYTES])
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, qn_text_of(qn_kind_name(stack->kind)));
	qn_hasher_add(&hasher, stack->signal);
	qn_hasher_add(&hasher, stack->exception);
	qn_hasher_add(&hasher, qn_mask_message(&arena, stack->message));
	for (size_t i = 0; i < stack->frames_count; i++) {
		qn_hasher_add(&hasher, stack->frames[i].key);
		qn_hasher_add_u64(&hasher,
				  (uint64_t)stack->frames[i].role << 1 | stack->frames[i].is_inlined);
	}
	memcpy(ret, "QP-", 3);
	qn_hash_hex(qn_hasher_result(&hasher), 32, ret + 3);
	return ret;
}
