#include "record/epoch.h"

#include <stdlib.h>

#include "base/limits.h"
#include "record/format.h"
#include "base/banned.h"

#define FALL_NSEC (60 * 1000000000LL) /* a clock that falls by more begins a life */
#define BANNER_LINES_MAX 30U          /* from its first line to the pid file's */
#define PREAMBLE_LINES_MAX 15U        /* from "maxprocs:" or a first time to the banner */
#define VERSION_LINES_MAX 4U          /* from Version: to GitCommit: */
#define VERSION_BYTES_MAX 96U
#define CLOCKS_MAX 8U

/* How much an end says: a crash ends what had begun to exit. */
enum weight { WEIGHT_NONE, WEIGHT_TERMINATED, WEIGHT_EXIT, WEIGHT_CRASH };

/* A time with a zone says more. */
enum trust { TRUST_NO_ZONE, TRUST_ZONE };

/* Whose times are whose: those of one format, those of the wrapper. */
struct clock {
	const void *writer;
	int64_t latest_nsec;
	bool is_running; /* in this life */
};

struct moment {
	struct qn_time time;
	uint64_t line;
	enum trust trust;
};

struct qn_epoch {
	qn_life_sink sink;
	void *context;
	struct qn_arena arena; /* texts of the current life */
	struct qn_life life;
	bool is_open; /* there is a current life */
	enum weight weight;
	struct clock clocks[CLOCKS_MAX];
	unsigned clocks_count;
	enum trust trust;                /* of life.started and life.ended */
	struct moment last, before_last; /* known times, at different lines */
	uint64_t banner_line;            /* 0: none in this life */
	uint64_t preamble_line;          /* of the last "maxprocs:", 0: none */
	struct moment before_preamble;   /* the last time above it */
	struct qn_time preamble_time;
	/* Version: without a welcome: a banner only if GitCommit: follows. */
	uint64_t version_line;
	char version[VERSION_BYTES_MAX];
	size_t version_len;
};

struct qn_error *qn_epoch_create(qn_life_sink sink, void *context, struct qn_epoch **ret)
{
	struct qn_epoch *epoch = calloc(1, sizeof(*epoch));

	if (!epoch)
		return &qn_error_no_memory;
	epoch->sink = sink;
	epoch->context = context;
	*ret = epoch;
	return NULL;
}

void qn_epoch_destroy(struct qn_epoch *epoch)
{
	if (!epoch)
		return;
	qn_arena_deinit(&epoch->arena);
	free(epoch);
}

static struct qn_error *end_life(struct qn_epoch *epoch, uint64_t last_line)
{
	struct qn_error *error = NULL;

	if (epoch->is_open) {
		epoch->life.last_line =
			last_line > epoch->life.first_line ? last_line : epoch->life.first_line;
		if (!epoch->life.end.len)
			epoch->life.end = QN_TEXT("unknown");
		error = qn_arena_check(&epoch->arena);
		if (!error)
			error = epoch->sink(epoch->context, &epoch->life);
	}
	epoch->life = (struct qn_life){0};
	epoch->is_open = false;
	epoch->weight = WEIGHT_NONE;
	epoch->banner_line = 0;
	epoch->trust = TRUST_NO_ZONE;
	for (unsigned i = 0; i < epoch->clocks_count; i++)
		epoch->clocks[i].is_running = false;
	qn_arena_clear(&epoch->arena);
	return error;
}

static void open_life(struct qn_epoch *epoch, uint64_t line)
{
	epoch->is_open = true;
	epoch->life.first_line = line;
}

static void set_end(struct qn_epoch *epoch, enum weight weight, struct qn_text end, struct qn_text evidence)
{
	if (weight <= epoch->weight)
		return;
	epoch->weight = weight;
	epoch->life.end = qn_arena_copy(&epoch->arena, end);
	epoch->life.end_evidence =
		qn_arena_copy(&epoch->arena, qn_text_first(evidence, QN_EVIDENCE_BYTES_MAX));
}

/* A time with a zone overrules those without. */
static void note_in_life(struct qn_epoch *epoch, struct qn_time time, enum trust trust)
{
	struct qn_life *life = &epoch->life;

	if (trust < epoch->trust)
		return;
	if (trust > epoch->trust || !life->started.is_known)
		life->started = life->ended = time;
	else if (time.nsec > life->ended.nsec)
		life->ended = time;
	epoch->trust = trust;
}

static struct clock *clock_of(struct qn_epoch *epoch, const void *writer)
{
	for (unsigned i = 0; i < epoch->clocks_count; i++)
		if (epoch->clocks[i].writer == writer)
			return &epoch->clocks[i];
	if (epoch->clocks_count == CLOCKS_MAX)
		return NULL;
	epoch->clocks[epoch->clocks_count] = (struct clock){.writer = writer};
	return &epoch->clocks[epoch->clocks_count++];
}

static struct qn_error *note_time(struct qn_epoch *epoch, const void *writer, enum trust trust,
				  struct qn_time time, uint64_t line)
{
	struct clock *clock;
	int64_t fall;

	if (!time.is_known)
		return NULL;
	clock = clock_of(epoch, writer);
	fall = clock && clock->is_running ? clock->latest_nsec - time.nsec : 0;
	if (fall > FALL_NSEC)
		QN_TRY(end_life(epoch, line ? line - 1 : 0));
	if (!epoch->is_open)
		open_life(epoch, line);
	if (clock && (!clock->is_running || time.nsec > clock->latest_nsec)) {
		clock->latest_nsec = time.nsec;
		clock->is_running = true;
	}
	if (epoch->last.line != line)
		epoch->before_last = epoch->last;
	epoch->last = (struct moment){time, line, trust};
	note_in_life(epoch, time, trust);
	return NULL;
}

struct qn_error *qn_epoch_record(struct qn_epoch *epoch, const struct qn_record *record)
{
	static const char wrapper_clock = 0;
	const struct qn_line *line = record->line;
	bool is_wrappers = qn_record_is_plain(record) ||
			   (line->wrapper_time.is_known && record->time.nsec == line->wrapper_time.nsec);

	return note_time(epoch, is_wrappers ? (const void *)&wrapper_clock : record->format,
			 record->format == &qn_format_zap ? TRUST_ZONE : TRUST_NO_ZONE, record->time,
			 line->number);
}

/* The life before ended above "maxprocs:", whose time belongs to the next one. */
static void give_back_preamble(struct qn_epoch *epoch)
{
	const struct moment *before = &epoch->before_preamble;

	if (epoch->last.line < epoch->preamble_line || !before->time.is_known ||
	    before->trust < epoch->trust || before->line < epoch->life.first_line)
		return;
	if (qn_time_compare(before->time, epoch->life.ended) < 0)
		epoch->life.ended = before->time;
}

static bool is_near(uint64_t line, uint64_t before, uint64_t distance)
{
	return before && line >= before && line - before <= distance;
}

/* A banner begins at @line. What stands just above it (maxprocs, a first time) belongs to it. */
static struct qn_error *begin_banner(struct qn_epoch *epoch, const struct qn_record *record, uint64_t line)
{
	bool has_preamble = is_near(line, epoch->preamble_line, PREAMBLE_LINES_MAX);
	uint64_t first = has_preamble ? epoch->preamble_line : line;
	struct qn_time started = has_preamble ? epoch->preamble_time : record->time;
	/* zap begins to write only below the banner: its times are of the life before. */
	bool is_same = epoch->is_open && !epoch->banner_line && epoch->weight == WEIGHT_NONE &&
		       epoch->trust == TRUST_NO_ZONE &&
		       is_near(line, epoch->life.first_line, PREAMBLE_LINES_MAX);

	if (!is_same) {
		if (has_preamble)
			give_back_preamble(epoch);
		QN_TRY(end_life(epoch, first - 1));
		open_life(epoch, first);
		if (started.is_known)
			note_in_life(epoch, started, TRUST_NO_ZONE);
	}
	epoch->life.has_banner = true;
	epoch->banner_line = line;
	epoch->preamble_line = 0;
	return NULL;
}

/* The value behind @key at the front of @text. */
static bool take_value(struct qn_text text, struct qn_text key, struct qn_text *ret)
{
	if (!qn_text_starts(text, key))
		return false;
	*ret = qn_text_trim(qn_text_from(text, key.len));
	return true;
}

static struct qn_error *take_version(struct qn_epoch *epoch, struct qn_text value, uint64_t line)
{
	value = qn_text_first(value, VERSION_BYTES_MAX);
	if (is_near(line, epoch->banner_line, BANNER_LINES_MAX) && !epoch->life.version.len) {
		epoch->life.version = qn_arena_copy(&epoch->arena, value);
		return NULL;
	}
	epoch->version_line = line;
	epoch->version_len = value.len;
	if (value.len)
		memcpy(epoch->version, value.data, value.len);
	return NULL;
}

static struct qn_error *take_commit(struct qn_epoch *epoch, const struct qn_record *record,
				    struct qn_text value, bool *ret_is_start)
{
	uint64_t line = record->line->number;

	if (is_near(line, epoch->version_line, VERSION_LINES_MAX)) {
		QN_TRY(begin_banner(epoch, record, epoch->version_line));
		epoch->life.version =
			qn_arena_copy(&epoch->arena, (struct qn_text){epoch->version, epoch->version_len});
		epoch->version_line = 0;
		*ret_is_start = true;
	}
	if (is_near(line, epoch->banner_line, BANNER_LINES_MAX) && !epoch->life.commit.len)
		epoch->life.commit = qn_arena_copy(&epoch->arena, qn_text_first(value, VERSION_BYTES_MAX));
	return NULL;
}

/* /run/milvus/querynode.pid, /run/milvus/querynode-blue.pid: the component is what stands before the dash */
static void take_pid_file(struct qn_epoch *epoch, struct qn_text path)
{
	size_t slash = qn_text_rfind(path, QN_TEXT("/"));
	struct qn_text name = slash == SIZE_MAX ? path : qn_text_from(path, slash + 1);

	if (!qn_text_ends(name, QN_TEXT(".pid")) || !epoch->is_open || epoch->life.component.len)
		return;
	name = qn_text_first(name, qn_text_find_byte(name, '-'));
	name = qn_text_first(name, qn_text_find(name, QN_TEXT(".pid")));
	epoch->life.component = qn_arena_copy(&epoch->arena, qn_text_first(name, VERSION_BYTES_MAX));
}

/* 2024/06/14 20:04:32 maxprocs: Leaving GOMAXPROCS=16: the first line of a process, above its banner */
static void note_preamble(struct qn_epoch *epoch, const struct qn_record *record)
{
	epoch->preamble_line = record->line->number;
	epoch->preamble_time = record->time;
	epoch->before_preamble = epoch->last.line < record->line->number ? epoch->last : epoch->before_last;
}

const char *const qn_epoch_triggers[] = {
	"Welcome to use Milvus!", "Version:",  "GitCommit:",         "TotalMem:",         "UsedMem:",
	"lock pid file:",         "maxprocs:", "Get signal to exit", "process will exit", NULL,
};

static struct qn_error *take_banner_line(struct qn_epoch *epoch, const struct qn_record *record,
					 bool *ret_is_start)
{
	struct qn_text text = qn_text_trim(record->message), value;
	uint64_t line = record->line->number;
	bool is_in_banner = is_near(line, epoch->banner_line, BANNER_LINES_MAX);

	if (qn_text_starts(text, QN_TEXT("Welcome to use Milvus!"))) {
		*ret_is_start = true;
		return begin_banner(epoch, record, line);
	}
	if (take_value(text, QN_TEXT("Version:"), &value))
		return take_version(epoch, value, line);
	if (take_value(text, QN_TEXT("GitCommit:"), &value))
		return take_commit(epoch, record, value, ret_is_start);
	if (take_value(text, QN_TEXT("lock pid file:"), &value))
		take_pid_file(epoch, value);
	else if (is_in_banner && take_value(text, QN_TEXT("TotalMem:"), &value))
		(void)qn_text_to_u64(value, &epoch->life.total_mem_bytes);
	else if (is_in_banner && take_value(text, QN_TEXT("UsedMem:"), &value))
		(void)qn_text_to_u64(value, &epoch->life.used_mem_bytes);
	else if (qn_text_starts(text, QN_TEXT("maxprocs:")))
		note_preamble(epoch, record);
	return NULL;
}

struct qn_error *qn_epoch_line(struct qn_epoch *epoch, const struct qn_record *record, bool *ret_is_start)
{
	bool is_start = false;
	enum weight weight = qn_record_is_forced_exit(record)     ? WEIGHT_EXIT
			     : qn_record_is_graceful_stop(record) ? WEIGHT_TERMINATED
								  : WEIGHT_NONE;

	if (weight != WEIGHT_NONE) {
		QN_TRY(qn_epoch_record(epoch, record));
		if (!epoch->is_open)
			open_life(epoch, record->line->number);
		set_end(epoch, weight, weight == WEIGHT_EXIT ? QN_TEXT("exit") : QN_TEXT("terminated"),
			record->line->text);
	} else {
		QN_TRY(take_banner_line(epoch, record, &is_start));
	}
	if (ret_is_start)
		*ret_is_start = is_start;
	return NULL;
}

void qn_epoch_crashed(struct qn_epoch *epoch, struct qn_text end, struct qn_text evidence, uint64_t line)
{
	if (epoch->is_open && line >= epoch->life.first_line)
		set_end(epoch, WEIGHT_CRASH, end, evidence);
}

struct qn_error *qn_epoch_finish(struct qn_epoch *epoch, uint64_t last_line)
{
	return end_life(epoch, last_line);
}

/* Milvus 2.3 on, a warning:	["Get signal to exit"] [signal=terminated]
 * 2.0 to 2.2, an error:	["Get signal to exit\n"] [signal=terminated] [stack=...] */
bool qn_record_is_graceful_stop(const struct qn_record *record)
{
	return qn_text_starts(qn_text_trim(record->message), QN_TEXT("Get signal to exit"));
}

/* ["Query Node disconnected from etcd, process will exit"], and so each other component */
bool qn_record_is_forced_exit(const struct qn_record *record)
{
	return qn_text_ends(qn_text_trim(record->message), QN_TEXT("process will exit"));
}
