/* The words that a dying process left in its memory. Inside core: last_words.c puts them together. */
#ifndef QN_CORE_LAST_WORDS_H
#define QN_CORE_LAST_WORDS_H

#include "core/evidence.h"

#define QN_TYPE_NAME_BYTES_MAX 4096U

/* type_name.c: "N6milvus12SegcoreErrorE" (Itanium C++ ABI, <type>) as "milvus::SegcoreError". What it does
 * not read becomes "_ZTS" and the name as it is, which the stack layer's demangler knows. In @arena. */
struct qn_text qn_type_name_read(struct qn_arena *arena, struct qn_text mangled);

/* The mangled name of the std::type_info at @type; empty when there is none. */
struct qn_text qn_type_info_name(const struct qn_core_file *file, struct qn_arena *arena, uint64_t type);

/* exception_in_flight.c: the object that was thrown last and has not been dealt with.
 *
 * Looks at the words of memory from @from to @to (a part of the crashed thread's stack), innermost first,
 * after @registers. False: there is none. */
struct qn_exception {
	uint64_t object;
	uint64_t type; /* its std::type_info */
	struct qn_text mangled;
};
bool qn_exception_find(const struct qn_core_file *file, struct qn_arena *arena, const uint64_t *registers,
		       size_t registers_count, uint64_t from, uint64_t to, struct qn_exception *ret);

/* exception_text.c: what() of it, or its value when it is text or a number; empty: memory does not tell. */
struct qn_text qn_exception_text(const struct qn_core_file *file, struct qn_arena *arena,
				 const struct qn_exception *exception);

#endif
