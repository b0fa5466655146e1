/* What makes two events the same failure.
 *
 * A signature is computed from content alone: kind, signal, exception type, masked message and the
 * significant frames (docs/signatures.md says which). Stores made on different machines agree, and
 * QN_SIGNATURE_VERSION is part of it. */
#ifndef QN_SIGNATURE_SIGNATURE_H
#define QN_SIGNATURE_SIGNATURE_H

#include "base/arena.h"
#include "base/error.h"
#include "stack/stack.h"

#define QN_SIGNATURE_VERSION 2U

struct qn_signature {
	struct qn_text id; /* "QN-" and 12 hex digits */
	struct qn_text
		family; /* its own, by content: "QF-" and 12 hex digits; of a stack the same digits as id.
			 * Which signatures are one family is told by looking at all (triage/family.h) */
	enum qn_kind kind;
	struct qn_text title; /* one line for people: "SIGSEGV in milvus::ColumnVector::GetRawData" */
	struct qn_text signal;
	struct qn_text reason; /* masked message or exception: "index out of range [<*>]" */
	double confidence;     /* 1.0; 0.3 when the stack holds nothing but plumbing, 0.6 when a message or an
				* exception tells more */
};

/* Texts in @arena. */
struct qn_error *qn_signature_of_stack(struct qn_arena *arena, const struct qn_stack *stack,
				       struct qn_signature *ret) QN_MUST_CHECK;

/* Of a logged error: the template is exact where the record has a call site (level, call site, message), else
 * the masked text. @error is the value of the error field ("" for none). */
struct qn_error *qn_signature_of_error(struct qn_arena *arena, const struct qn_record *record,
				       struct qn_text error, struct qn_signature *ret) QN_MUST_CHECK;

/* Fills kind, signal, title and id of an event that has no stack: a pod that was OOM-killed, an exit code, a
 * child that the parent saw die. @reason is the key ("OOMKilled", "exit code 134"). */
struct qn_error *qn_signature_of_reason(struct qn_arena *arena, enum qn_kind kind, struct qn_text signal,
					struct qn_text reason, struct qn_text component,
					struct qn_signature *ret) QN_MUST_CHECK;

#endif
