/* Scope guards: a local that owns something says how it is given back.
 *
 *	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};       (cleaned by address)
 *	_cleanup_error_ struct qn_error *error = NULL;
 *	_cleanup_free_ char *name = NULL;
 *	return qn_take(name);                                           (hands it over)
 */
#ifndef QN_BASE_CLEANUP_H
#define QN_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"

#define _cleanup_(function) __attribute__((cleanup(function)))

/* The value of @pointer, which becomes NULL. */
#define qn_take(pointer)                           \
	({                                         \
		__auto_type qn_taken_ = (pointer); \
		(pointer) = NULL;                  \
		qn_taken_;                         \
	})

/* Defines NAME_guard(), for _cleanup_(), out of DESTROY(TYPE *). */
#define QN_DEFINE_GUARD(type, destroy)               \
	static inline void destroy##_guard(type **p) \
	{                                            \
		destroy(*p);                         \
	}                                            \
	struct qn_guard_needs_a_semicolon_

static inline void qn_free_guard(void *p)
{
	free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(qn_free_guard)

static inline void qn_error_guard(struct qn_error **p)
{
	qn_error_destroy(*p);
}
#define _cleanup_error_ _cleanup_(qn_error_guard)

static inline void qn_close_guard(int *p)
{
	if (*p >= 0)
		close(*p);
}
#define _cleanup_close_ _cleanup_(qn_close_guard)

static inline void qn_fclose_guard(FILE **p)
{
	if (*p)
		fclose(*p);
}
#define _cleanup_fclose_ _cleanup_(qn_fclose_guard)

#endif
