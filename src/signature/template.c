#include "signature/template.h"

#include "base/hash.h"
#include "base/limits.h"
#include "stack/normalize.h"

#include "base/banned.h"

#define TEMPLATE_VERSION 1U

struct qn_error *qn_template_of(struct qn_arena *arena, const struct qn_record *record,
				struct qn_template *ret)
{
	struct qn_hasher hasher;
	char digits[13];

	*ret = (struct qn_template){.level = record->level, .call_site = record->call_site};
	ret->text = qn_mask_message(arena, qn_text_first(record->message, QN_TEMPLATE_BYTES_MAX));
	qn_hasher_init(&hasher);
	qn_hasher_add(&hasher, QN_TEXT("template"));
	qn_hasher_add_u64(&hasher, TEMPLATE_VERSION);
	qn_hasher_add(&hasher, qn_text_of(qn_level_name(record->level)));
	qn_hasher_add(&hasher, record->call_site);
	qn_hasher_add(&hasher, ret->text);
	qn_hash_hex(qn_hasher_result(&hasher), 12, digits);
	ret->id = qn_arena_printf(arena, "T-%s", digits);
	return qn_arena_check(arena);
}
