/* Process lifetimes in one stream of lines: a banner or a clock that falls starts one; how it ended is told
 * by its last words. What the collector cannot see here (restart counts, kills) is joined in triage. */
#ifndef QN_RECORD_EPOCH_H
#define QN_RECORD_EPOCH_H

#include "base/cleanup.h"
#include "base/error.h"
#include "record/record.h"

struct qn_life {
	struct qn_text version;   /* "v2.4.4", "2.5-20250218-fd15d2a9-amd64"; "" unknown */
	struct qn_text commit;    /* "8e7f36d9" */
	struct qn_text component; /* from the pid file's name: "querynode"; "" unknown */
	struct qn_time started;   /* first time known in it */
	struct qn_time ended;     /* last time known in it */
	bool has_banner;          /* false: the collection begins in the middle of it */
	/* crash, panic, abort, terminated, exit, or unknown: no last words. "running" and the kills are for
	 * triage. */
	struct qn_text end;
	struct qn_text end_evidence; /* the line that says so */
	uint64_t first_line, last_line;
	uint64_t total_mem_bytes, used_mem_bytes; /* of the banner; 0: not told */
};

typedef struct qn_error *(*qn_life_sink)(void *context, const struct qn_life *life);

struct qn_epoch;
struct qn_error *qn_epoch_create(qn_life_sink sink, void *context, struct qn_epoch **ret) QN_MUST_CHECK;
void qn_epoch_destroy(struct qn_epoch *epoch);
QN_DEFINE_GUARD(struct qn_epoch, qn_epoch_destroy);

/* A line holding none of these says nothing about lifetimes. NULL-terminated. */
extern const char *const qn_epoch_triggers[];

/* The line that holds a trigger, whatever its format. @ret_is_start, if not NULL: a new life began. */
struct qn_error *qn_epoch_line(struct qn_epoch *epoch, const struct qn_record *record,
			       bool *ret_is_start) QN_MUST_CHECK;

/* The time of a record; far below the latest one (over 60 s) it begins a new life. Call it at least for the
 * first and the last record of each block and for every record that is read anyway.
 *
 * Writers that share a source may have clocks in different zones (zap writes its zone, glog and Go's log do
 * not), so that a time is compared only with times of the same writer. */
struct qn_error *qn_epoch_record(struct qn_epoch *epoch, const struct qn_record *record) QN_MUST_CHECK;

/* A crash text was found in the current life. @end: "crash", "panic", "abort", ... The first one counts, and
 * counts more than a stop or an exit that had begun. Say it before the next life's banner is given: a life
 * that ended is gone. Without a life (no time, no banner so far) it is nothing. */
void qn_epoch_crashed(struct qn_epoch *epoch, struct qn_text end, struct qn_text evidence, uint64_t line);

/* Ends the last life, at the end of the source. A source without any time or banner has none. */
struct qn_error *qn_epoch_finish(struct qn_epoch *epoch, uint64_t last_line) QN_MUST_CHECK;

/* Is this record one of the words with which a process leaves on purpose and in order ("Get signal to exit")?
 * Such a record is never a failure, whatever its level. */
bool qn_record_is_graceful_stop(const struct qn_record *record);

/* Is this record a process's own decision to leave because of trouble (etcd lease lost: "disconnected from
 * etcd, process will exit")? Such a record is a failure of kind exit. */
bool qn_record_is_forced_exit(const struct qn_record *record);

#endif
