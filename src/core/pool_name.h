/* What an executor of folly's calls the threads that it makes, out of memory. Inside core. */
#ifndef QN_CORE_POOL_NAME_H
#define QN_CORE_POOL_NAME_H

#include "core/core_file.h"

/* The object that a pointer of the process points at or into, when it is some ThreadPoolExecutor: its own
 * type_info says so, or that of a base. 0: it is none. */
uint64_t qn_executor_at(const struct qn_core_file *file, uint64_t pointer);

/* The prefix_ of the NamedThreadFactory that @executor has; empty: none is found. In @arena. */
struct qn_text qn_pool_name_read(const struct qn_core_file *file, struct qn_arena *arena, uint64_t executor);

#endif
