/* Message templates. Where a record has a call site, (level, call site, message) is the template and exact;
 * elsewhere the message is masked. */
#ifndef QN_SIGNATURE_TEMPLATE_H
#define QN_SIGNATURE_TEMPLATE_H

#include "base/arena.h"
#include "base/error.h"
#include "record/record.h"

struct qn_template {
	struct qn_text id; /* "T-" and 12 hex digits */
	enum qn_level level;
	struct qn_text call_site; /* "etcd/etcd_kv.go:648", line number and all; "" for none */
	struct qn_text text;      /* masked message */
};

struct qn_error *qn_template_of(struct qn_arena *arena, const struct qn_record *record,
				struct qn_template *ret) QN_MUST_CHECK;

#endif
