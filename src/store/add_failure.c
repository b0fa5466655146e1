/* Rows about failures: signatures, stacks, occurrences and where they were seen, tallies, templates. */
#include "store/sql.h"

#include "base/banned.h"

/* The three names of an executor stay together: those of the smallest one. */
#define EXECUTOR(row)                                                                              \
	"(coalesce(" row "executor_kind, x''), coalesce(" row "executor_pool, x''), coalesce(" row \
	"executor_task, x''))"
#define EXECUTOR_IS_SMALLER EXECUTOR("excluded.") " < " EXECUTOR("")

/* clang-format off */
const char qn_sql_add_signature[] =
	"INSERT INTO signature (id, family, kind, title, signal, reason, component, executor_kind,"
	" executor_pool, executor_task, confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT"
	" DO UPDATE SET " QN_SQL_SMALLEST("family") ", " QN_SQL_SMALLEST("kind") ", "
	QN_SQL_SMALLEST("title") ", " QN_SQL_SMALLEST("signal") ", " QN_SQL_SMALLEST("reason") ", "
	QN_SQL_SMALLEST("component") ", " QN_SQL_CHOOSE(EXECUTOR_IS_SMALLER, "executor_kind") ", "
	QN_SQL_CHOOSE(EXECUTOR_IS_SMALLER, "executor_pool") ", "
	QN_SQL_CHOOSE(EXECUTOR_IS_SMALLER, "executor_task") ", " QN_SQL_GREATEST("confidence");
/* clang-format on */

struct qn_error *qn_store_add_signature(struct qn_store *store, const struct qn_store_signature *signature)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_signature, &sql));
	qn_sql_bind_key(&sql, signature->id);
	qn_sql_bind_text(&sql, signature->family);
	qn_sql_bind_text(&sql, signature->kind);
	qn_sql_bind_text(&sql, signature->title);
	qn_sql_bind_text(&sql, signature->signal);
	qn_sql_bind_text(&sql, signature->reason);
	qn_sql_bind_text(&sql, signature->component);
	qn_sql_bind_text(&sql, signature->executor_kind);
	qn_sql_bind_text(&sql, signature->executor_pool);
	qn_sql_bind_text(&sql, signature->executor_task);
	qn_sql_bind_real(&sql, signature->confidence);
	return qn_sql_run(&sql);
}

static void hash_frames(const struct qn_frame *frames, size_t count, char ret_id[33])
{
	struct qn_hasher hasher;

	qn_hasher_init(&hasher);
	for (size_t i = 0; i < count; i++) {
		const struct qn_frame *frame = &frames[i];

		qn_hasher_add(&hasher, frame->raw);
		qn_hasher_add(&hasher, frame->function);
		qn_hasher_add(&hasher, frame->key);
		qn_hasher_add(&hasher, frame->file);
		qn_hasher_add_u64(&hasher, frame->line);
		qn_hasher_add_u64(&hasher, frame->pc);
		qn_hasher_add(&hasher, frame->module);
		qn_hasher_add(&hasher, frame->build_id);
		qn_hasher_add(&hasher, qn_text_of(qn_role_name(frame->role)));
		qn_hasher_add_u64(&hasher,
				  (uint64_t)(frame->is_inlined | frame->is_go << 1 | frame->is_ladder << 2 |
					     frame->is_rethrow << 3 | frame->is_repaired << 4));
	}
	qn_hash_hex(qn_hasher_result(&hasher), 32, ret_id);
}

const char qn_sql_add_stack[] = "INSERT INTO stack (id, frames) VALUES (?, ?) ON CONFLICT DO NOTHING";
/* clang-format off */
const char qn_sql_add_frame[] =
	"INSERT INTO frame (stack, position, raw, function, match_key, file, line, pc, module, build_id,"
	" role, is_inlined, is_go, is_rethrow, is_ladder, is_repaired) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	" ?, ?) ON CONFLICT DO NOTHING";
/* clang-format on */

static struct qn_error *add_frame(struct qn_store *store, struct qn_text stack, size_t position,
				  const struct qn_frame *frame)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_frame, &sql));
	qn_sql_bind_key(&sql, stack);
	qn_sql_bind_u64(&sql, position);
	qn_sql_bind_text(&sql, frame->raw);
	qn_sql_bind_text(&sql, frame->function);
	qn_sql_bind_text(&sql, frame->key);
	qn_sql_bind_text(&sql, frame->file);
	qn_sql_bind_u64(&sql, frame->line);
	qn_sql_bind_u64(&sql, frame->pc);
	qn_sql_bind_text(&sql, frame->module);
	qn_sql_bind_text(&sql, frame->build_id);
	qn_sql_bind_text(&sql, qn_text_of(qn_role_name(frame->role)));
	qn_sql_bind_i64(&sql, frame->is_inlined);
	qn_sql_bind_i64(&sql, frame->is_go);
	qn_sql_bind_i64(&sql, frame->is_rethrow);
	qn_sql_bind_i64(&sql, frame->is_ladder);
	qn_sql_bind_i64(&sql, frame->is_repaired);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_add_stack(struct qn_store *store, const struct qn_frame *frames, size_t count,
				    char ret_id[33])
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};
	char id[33];

	hash_frames(frames, count, id);
	QN_TRY(qn_sql_start(store, qn_sql_add_stack, &sql));
	qn_sql_bind_key(&sql, qn_text_of(id));
	qn_sql_bind_u64(&sql, count);
	QN_TRY(qn_sql_run(&sql));
	/* Most stacks were seen before, and then their frames are there. */
	if (sqlite3_changes(store->db))
		for (size_t i = 0; i < count; i++)
			QN_TRY(add_frame(store, qn_text_of(id), i, &frames[i]));
	memcpy(ret_id, id, sizeof(id));
	return NULL;
}

#define NEW_OCCURRENCE                                                                                       \
	"INSERT INTO occurrence (id, signature, stack, evidence, time_nsec, time_digits, thread, goroutine," \
	" pod, component, process, version, message, exception, fault_address, damage, others)"              \
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO "

/* clang-format off */
const char qn_sql_add_occurrence[] =
	NEW_OCCURRENCE "UPDATE SET " QN_SQL_SMALLEST("signature") ", " QN_SQL_SMALLEST("stack") ", "
	QN_SQL_SMALLEST("evidence") ", " QN_SQL_EARLIEST("time") ", " QN_SQL_SMALLEST("thread") ", "
	QN_SQL_GREATEST("goroutine") ", " QN_SQL_SMALLEST("pod") ", " QN_SQL_SMALLEST("component") ", "
	QN_SQL_SMALLEST("process") ", " QN_SQL_SMALLEST("version") ", " QN_SQL_SMALLEST("message") ", "
	QN_SQL_SMALLEST("exception") ", " QN_SQL_SMALLEST("fault_address") ", " QN_SQL_SMALLEST("damage") ", " QN_SQL_SMALLEST("others");
/* clang-format on */

/* clang-format off */
const char qn_sql_add_place[] =
	"INSERT INTO place (occurrence, source, line, last_line, offset_bytes) VALUES ((SELECT number"
	" FROM occurrence WHERE id = ?), ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
	QN_SQL_GREATEST("last_line") ", " QN_SQL_SMALLEST("offset_bytes");
/* clang-format on */

static struct qn_error *run_occurrence(struct qn_store *store, const char *insert,
				       const struct qn_store_occurrence *occurrence)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_key(&sql, occurrence->id);
	qn_sql_bind_key(&sql, occurrence->signature);
	qn_sql_bind_text(&sql, occurrence->stack);
	qn_sql_bind_text(&sql, occurrence->evidence);
	qn_sql_bind_time(&sql, occurrence->time);
	qn_sql_bind_text(&sql, occurrence->thread);
	qn_sql_bind_u64(&sql, occurrence->goroutine);
	qn_sql_bind_text(&sql, occurrence->pod);
	qn_sql_bind_text(&sql, occurrence->component);
	qn_sql_bind_text(&sql, occurrence->process);
	qn_sql_bind_text(&sql, occurrence->version);
	qn_sql_bind_text(&sql, occurrence->message);
	qn_sql_bind_text(&sql, occurrence->exception);
	if (occurrence->has_fault_address)
		qn_sql_bind_u64(&sql, occurrence->fault_address);
	else
		qn_sql_bind_null(&sql);
	qn_sql_bind_text(&sql, occurrence->damage);
	qn_sql_bind_text(&sql, occurrence->others);
	return qn_sql_run(&sql);
}

/* A new row has no place yet and its number is at hand, so nothing is looked up. */
static struct qn_error *add_first_place(struct qn_store *store, const struct qn_store_occurrence *occurrence)
{
	/* clang-format off */
	static const char insert[] =
		"INSERT INTO place (occurrence, source, line, last_line, offset_bytes) VALUES (?, ?, ?, ?,"
		" ?)";
	/* clang-format on */
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, insert, &sql));
	qn_sql_bind_i64(&sql, sqlite3_last_insert_rowid(store->db));
	qn_sql_bind_i64(&sql, occurrence->source);
	qn_sql_bind_u64(&sql, occurrence->line);
	qn_sql_bind_u64(&sql, occurrence->last_line);
	qn_sql_bind_u64(&sql, occurrence->offset);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_add_occurrence(struct qn_store *store, const struct qn_store_occurrence *occurrence)
{
	static const char insert_new[] = NEW_OCCURRENCE "NOTHING";
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(run_occurrence(store, insert_new, occurrence));
	if (sqlite3_changes(store->db))
		return occurrence->source ? add_first_place(store, occurrence) : NULL;
	QN_TRY(run_occurrence(store, qn_sql_add_occurrence, occurrence));
	if (!occurrence->source)
		return NULL;
	QN_TRY(qn_sql_start(store, qn_sql_add_place, &sql));
	qn_sql_bind_key(&sql, occurrence->id);
	qn_sql_bind_i64(&sql, occurrence->source);
	qn_sql_bind_u64(&sql, occurrence->line);
	qn_sql_bind_u64(&sql, occurrence->last_line);
	qn_sql_bind_u64(&sql, occurrence->offset);
	return qn_sql_run(&sql);
}

struct qn_error *qn_store_add_place(struct qn_store *store, struct qn_text occurrence, int64_t source,
				    uint64_t line)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_place, &sql));
	qn_sql_bind_key(&sql, occurrence);
	qn_sql_bind_i64(&sql, source);
	qn_sql_bind_u64(&sql, line);
	qn_sql_bind_null(&sql);
	qn_sql_bind_null(&sql);
	return qn_sql_run(&sql);
}

/* The text of source ?2; 0 for source 0. */
#define TEXT_OF_SOURCE "coalesce((SELECT text FROM source WHERE id = ?2), 0)"
#define TALLY_CONFLICT                                                               \
	" ON CONFLICT DO UPDATE SET " QN_SQL_GREATEST("count") ", " QN_SQL_EARLIEST( \
		"first") ", " QN_SQL_LATEST("last")

/* clang-format off */
const char qn_sql_add_tally[] =
	"INSERT INTO tally (signature, text, count, first_nsec, first_digits, last_nsec, last_digits)"
	" VALUES (?1, " TEXT_OF_SOURCE ", ?3, ?4, ?5, ?6, ?7)" TALLY_CONFLICT;
/* clang-format on */

struct qn_error *qn_store_add_signature_tally(struct qn_store *store, const struct qn_store_tally *tally)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_tally, &sql));
	qn_sql_bind_key(&sql, tally->signature);
	qn_sql_bind_source(&sql, tally->source);
	qn_sql_bind_u64(&sql, tally->count);
	qn_sql_bind_time(&sql, tally->first);
	qn_sql_bind_time(&sql, tally->last);
	return qn_sql_run(&sql);
}

/* clang-format off */
const char qn_sql_add_template[] =
	"INSERT INTO template (id, level, text, call_site) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
	QN_SQL_SMALLEST("level") ", " QN_SQL_SMALLEST("text") ", " QN_SQL_SMALLEST("call_site");
/* clang-format on */

/* clang-format off */
const char qn_sql_add_template_tally[] =
	"INSERT INTO template_tally (template, text, count, first_nsec, first_digits, last_nsec,"
	" last_digits) VALUES (?1, " TEXT_OF_SOURCE ", ?3, ?4, ?5, ?6, ?7)" TALLY_CONFLICT;
/* clang-format on */

struct qn_error *qn_store_add_template(struct qn_store *store, const struct qn_store_template *row)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_template, &sql));
	qn_sql_bind_key(&sql, row->id);
	qn_sql_bind_text(&sql, row->level);
	qn_sql_bind_text(&sql, row->text);
	qn_sql_bind_text(&sql, row->call_site);
	QN_TRY(qn_sql_run(&sql));
	QN_TRY(qn_sql_start(store, qn_sql_add_template_tally, &sql));
	qn_sql_bind_key(&sql, row->id);
	qn_sql_bind_source(&sql, row->source);
	qn_sql_bind_u64(&sql, row->count);
	qn_sql_bind_time(&sql, row->first);
	qn_sql_bind_time(&sql, row->last);
	return qn_sql_run(&sql);
}

/* clang-format off */
const char qn_sql_add_template_rate[] =
	"INSERT INTO template_rate (template, text, width_sec, bucket, count) VALUES (?1, " TEXT_OF_SOURCE ","
	" ?3, ?4, ?5) ON CONFLICT DO UPDATE SET count = max(count, excluded.count)";
/* clang-format on */

struct qn_error *qn_store_add_rate(struct qn_store *store, const struct qn_store_rate *rate)
{
	_cleanup_(qn_sql_finish) struct qn_sql sql = {0};

	QN_TRY(qn_sql_start(store, qn_sql_add_template_rate, &sql));
	qn_sql_bind_key(&sql, rate->template);
	qn_sql_bind_source(&sql, rate->source);
	qn_sql_bind_i64(&sql, rate->width_sec);
	qn_sql_bind_i64(&sql, rate->bucket);
	qn_sql_bind_u64(&sql, rate->count);
	return qn_sql_run(&sql);
}
