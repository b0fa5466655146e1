/* The frame tables: which names and files mean what. Data, read from YAML (format: docs/signatures.md,
 * "Frame tables"). */
#ifndef QN_STACK_FRAME_TABLE_H
#define QN_STACK_FRAME_TABLE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "stack/frame_name.h"
#include "stack/prefix_tree.h"
#include "stack/stack.h"

/* A set of conditions whose answers are numbers of entries: the lowest one is the answer. */
struct qn_name_matcher {
	struct qn_map names;      /* whole lookup name */
	struct qn_map bare_names; /* the same, but only for a frame that has no file */
	struct qn_prefix_tree prefixes, suffixes;
	struct qn_prefix_tree texts; /* beginning of the full name: template arguments and all */
	struct qn_prefix_tree files; /* beginning at a folder of the path */
};

/* What to cut of a path that holds a marker. */
struct qn_path_entry {
	bool keeps_marker; /* "from", not "after" */
	bool is_last;      /* the last place of the marker, not the first */
	uint32_t skip;     /* folders to cut behind the marker (a version, a hash) */
	size_t marker_len;
	uint32_t
		group; /* number of the entry in the file, which may name several markers: a lower one wins */
};

struct qn_executor_entry {
	struct qn_text name; /* lookup name of the frame, or its beginning */
	struct qn_text kind;
};

struct qn_pool_entry {
	struct qn_text thread, pool; /* beginning of the thread's name, name of the pool */
};

/* What a frame tells of the worker below it. */
enum qn_frame_mark {
	QN_MARK_TASK, /* what stands inside of it is a task */
	QN_MARK_IDLE, /* it waits; for work, if there is no task outside of it */
};

/* What is waited for, as far as the function tells. Names in YAML: as here, in small letters. */
enum qn_wait_kind {
	QN_WAIT_NONE,
	QN_WAIT_EVENTS,    /* work, input, time, a signal */
	QN_WAIT_CONDITION, /* another thread's word: a condition variable, a semaphore, a baton */
	QN_WAIT_FUTURE,    /* what a task of an executor gives */
	QN_WAIT_PROMISE,   /* what any thread may give */
	QN_WAIT_POOL,      /* the end of a pool's threads */
	QN_WAIT_THREAD,    /* the end of a thread */
	QN_WAIT_LOCK,
};
#define QN_WAIT_KINDS 8U

struct qn_wait_entry {
	struct qn_text what; /* "waiting in pthread_cond_wait" */
	enum qn_wait_kind kind;
	bool is_blocked; /* of a worker it says more than which task it is in */
};

struct qn_frame_table {
	struct qn_arena arena;
	enum qn_role *roles; /* of the entries, by number */
	size_t roles_count, roles_capacity;
	struct qn_name_matcher role_matcher;
	struct qn_name_matcher ladder_matcher;
	struct qn_prefix_tree path_markers;
	struct qn_path_entry *paths;
	size_t paths_count, paths_capacity;
	struct qn_executor_entry *executors; /* the first one wins */
	size_t executors_count, executors_capacity;
	struct qn_pool_entry *pools;
	size_t pools_count, pools_capacity;
	struct qn_text *task_functions; /* "asyncProduce" */
	size_t task_functions_count, task_functions_capacity;
	struct qn_text *task_callbacks; /* "registerConsumeCallback" */
	size_t task_callbacks_count, task_callbacks_capacity;
	struct qn_name_matcher mark_matcher; /* answers enum qn_frame_mark */
	struct qn_name_matcher wait_matcher;
	struct qn_wait_entry *waits;
	size_t waits_count, waits_capacity;
	bool has_defaults;
	enum qn_role go_default, default_role;
};

void qn_frame_table_init(struct qn_frame_table *table);
void qn_frame_table_deinit(struct qn_frame_table *table);

/* Adds the entries of a file behind those that are there. QN_ERROR_RULE names the place of what is wrong. */
struct qn_error *qn_frame_table_load(struct qn_frame_table *table, const char *path) QN_MUST_CHECK;

struct qn_yaml_file;
/* Is it a frame table, and not a file of rules? By the sections of its first document. */
bool qn_frame_table_is(const struct qn_yaml_file *file);

/* @file  as found, build root and all */
enum qn_role qn_frame_table_role(const struct qn_frame_table *table, const struct qn_frame_name *name,
				 struct qn_text file);
bool qn_frame_table_is_ladder(const struct qn_frame_table *table, const struct qn_frame_name *name);

/* @key  of a C or C++ frame: only conditions on names count */
bool qn_frame_table_has_mark(const struct qn_frame_table *table, struct qn_text key, enum qn_frame_mark mark);
/* SIZE_MAX: such a frame is no wait; else an index into waits. */
size_t qn_frame_table_find_wait(const struct qn_frame_table *table, struct qn_text key);

/* @file without its build root; empty for "(null)". Part of @file or in @arena. */
struct qn_text qn_frame_table_cut_path(const struct qn_frame_table *table, struct qn_arena *arena,
				       struct qn_text file);

#endif
