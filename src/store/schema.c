/* The tables, as numbered migrations: user_version says how many were done. A migration that was released is
 * never changed; a new one goes behind it. docs/database.md describes the tables and views for people who
 * query them. */
#include <inttypes.h>
#include <stdio.h>

#include "store/sql.h"

#include "base/banned.h"

#define APPLICATION_ID 1364096114 /* "QNtr" */
#define TO_STRING_(number) #number
#define TO_STRING(number) TO_STRING_(number)

/* Where evidence comes from. Content 0 is "of no source". */
/* clang-format off */
static const char tables_of_sources[] =
	"CREATE TABLE run (id TEXT NOT NULL PRIMARY KEY, label TEXT, last_nsec INTEGER, last_digits"
	" INTEGER) STRICT, WITHOUT ROWID;"
	"CREATE TABLE content (id INTEGER PRIMARY KEY, hash TEXT UNIQUE) STRICT;"
	"INSERT INTO content VALUES (0, NULL);"
	"CREATE TABLE source (id INTEGER PRIMARY KEY, path TEXT NOT NULL, content INTEGER NOT NULL"
	" REFERENCES content, text INTEGER NOT NULL REFERENCES content, kind TEXT, wrappers TEXT, component TEXT, pod TEXT, size_bytes INTEGER NOT"
	" NULL, lines INTEGER NOT NULL, records INTEGER NOT NULL, issues INTEGER NOT NULL,"
	" bytes_not_understood INTEGER NOT NULL, lines_not_understood INTEGER NOT NULL, UNIQUE (path,"
	" content)) STRICT;"
	"CREATE INDEX source_of_content ON source (content, path);"
	"CREATE INDEX source_of_text ON source (text);"
	"CREATE TABLE source_format (source INTEGER NOT NULL REFERENCES source, format TEXT NOT NULL,"
	" lines INTEGER NOT NULL, PRIMARY KEY (source, format)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE source_run (source INTEGER NOT NULL REFERENCES source, run TEXT NOT NULL REFERENCES"
	" run DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (source, run)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE pod (name TEXT NOT NULL PRIMARY KEY, component TEXT, last_state TEXT, reason TEXT,"
	" restarts INTEGER, exit_code INTEGER, source INTEGER REFERENCES source, line INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE process (id TEXT NOT NULL PRIMARY KEY, component TEXT, pod TEXT, version TEXT,"
	" commit_hash TEXT, started_nsec INTEGER, started_digits INTEGER, ended_nsec INTEGER, ended_digits"
	" INTEGER, end_kind TEXT, end_evidence TEXT, decided_end TEXT) STRICT, WITHOUT ROWID;"
	"CREATE TABLE process_source (process TEXT NOT NULL REFERENCES process DEFERRABLE INITIALLY"
	" DEFERRED, source INTEGER NOT NULL REFERENCES source, first_line INTEGER NOT NULL, last_line"
	" INTEGER NOT NULL, has_banner INTEGER NOT NULL, is_previous INTEGER NOT NULL, PRIMARY KEY (process,"
	" source)) STRICT, WITHOUT ROWID;";
static const char tables_of_failures[] =
	"CREATE TABLE signature (id TEXT NOT NULL PRIMARY KEY, family TEXT, kind TEXT, title TEXT, signal"
	" TEXT, reason TEXT, component TEXT, executor_kind TEXT, executor_pool TEXT, executor_task TEXT,"
	" confidence REAL NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE stack (id TEXT NOT NULL PRIMARY KEY, frames INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE frame (stack TEXT NOT NULL REFERENCES stack DEFERRABLE INITIALLY DEFERRED, position"
	" INTEGER NOT NULL, raw TEXT, function TEXT, match_key TEXT, file TEXT, line INTEGER, pc INTEGER,"
	" module TEXT, build_id TEXT, role TEXT, is_inlined INTEGER NOT NULL, is_go INTEGER NOT NULL,"
	" is_rethrow INTEGER NOT NULL, is_ladder INTEGER NOT NULL, PRIMARY KEY (stack, position)) STRICT,"
	" WITHOUT ROWID;"
	"CREATE TABLE occurrence (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, signature TEXT NOT"
	" NULL REFERENCES signature DEFERRABLE INITIALLY DEFERRED, stack TEXT REFERENCES stack DEFERRABLE"
	" INITIALLY DEFERRED, evidence TEXT, time_nsec INTEGER, time_digits INTEGER, thread TEXT,"
	" goroutine INTEGER NOT NULL, pod TEXT, component TEXT, process TEXT, version TEXT, message TEXT,"
	" exception TEXT, fault_address INTEGER, damage TEXT) STRICT;"
	"CREATE INDEX occurrence_of_signature ON occurrence (signature);"
	"CREATE TABLE place (occurrence INTEGER NOT NULL REFERENCES occurrence, source INTEGER NOT NULL"
	" REFERENCES source, line INTEGER NOT NULL, last_line INTEGER, offset_bytes INTEGER, PRIMARY KEY"
	" (occurrence, source, line)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE tally (signature TEXT NOT NULL REFERENCES signature DEFERRABLE INITIALLY DEFERRED,"
	" text INTEGER NOT NULL REFERENCES content, count INTEGER NOT NULL, first_nsec INTEGER,"
	" first_digits INTEGER, last_nsec INTEGER, last_digits INTEGER, PRIMARY KEY (signature, text))"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE template (id TEXT NOT NULL PRIMARY KEY, level TEXT, text TEXT, call_site TEXT)"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE template_tally (template TEXT NOT NULL REFERENCES template DEFERRABLE INITIALLY"
	" DEFERRED, text INTEGER NOT NULL REFERENCES content, count INTEGER NOT NULL, first_nsec"
	" INTEGER, first_digits INTEGER, last_nsec INTEGER, last_digits INTEGER, PRIMARY KEY (template,"
	" text)) STRICT, WITHOUT ROWID;";
static const char tables_of_rules[] =
	"CREATE TABLE hit (rule TEXT NOT NULL, content INTEGER NOT NULL REFERENCES content, line INTEGER"
	" NOT NULL, is_judged INTEGER NOT NULL, cre_id TEXT, title TEXT, category TEXT, severity INTEGER NOT NULL, confidence REAL NOT"
	" NULL, time_nsec INTEGER, time_digits INTEGER, signature TEXT, evidence_count INTEGER NOT NULL,"
	" evidence_hash TEXT NOT NULL, PRIMARY KEY (rule, content, line, is_judged)) STRICT, WITHOUT"
	" ROWID;"
	"CREATE INDEX hit_judged ON hit (is_judged) WHERE is_judged;"
	"CREATE TABLE hit_evidence (rule TEXT NOT NULL, content INTEGER NOT NULL, hit_line INTEGER NOT"
	" NULL, is_judged INTEGER NOT NULL, position INTEGER NOT NULL, evidence_content INTEGER NOT NULL"
	" REFERENCES content, line INTEGER NOT NULL, text TEXT, PRIMARY KEY (rule, content, hit_line,"
	" is_judged, position), FOREIGN KEY (rule, content, hit_line, is_judged) REFERENCES hit ON DELETE"
	" CASCADE) STRICT, WITHOUT ROWID;"
	"CREATE TABLE verdict (signature TEXT NOT NULL PRIMARY KEY REFERENCES signature DEFERRABLE"
	" INITIALLY DEFERRED, rule TEXT, issue TEXT, url TEXT, title TEXT, fix TEXT, advice TEXT,"
	" confidence REAL NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE verdict_fixed_in (signature TEXT NOT NULL REFERENCES verdict, position INTEGER NOT"
	" NULL, version TEXT, PRIMARY KEY (signature, position)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE issue (content INTEGER NOT NULL REFERENCES content, path TEXT NOT NULL, line INTEGER"
	" NOT NULL, text TEXT NOT NULL, offset_bytes INTEGER, has_offset INTEGER NOT NULL, count INTEGER"
	" NOT NULL, PRIMARY KEY (content, path, line, text)) STRICT, WITHOUT ROWID;";
/* clang-format on */

/* 1750264367127000000 and 3 digits: 2025-06-18T16:32:47.127Z */
#define FRACTION(nsec) "((" nsec " % 1000000000 + 1000000000) % 1000000000)"
#define TIME(nsec, digits)                                                                                \
	"strftime('%Y-%m-%dT%H:%M:%S', (" nsec                                                            \
	" - " FRACTION(nsec) ") / 1000000000, 'unixepoch')"                                               \
			     " || CASE WHEN " digits                                                      \
			     " > 0 THEN '.' || substr(printf('%09d', " FRACTION(nsec) "), 1, " digits ")" \
										      " ELSE '' END || 'Z'"
#define PATH_OF_CONTENT(content) \
	"(SELECT path FROM source WHERE source.content = " content " ORDER BY path LIMIT 1)"

/* clang-format off */
#define VIEW_OF_SIGNATURES(family) \
	"CREATE VIEW v_signature AS SELECT g.id, " family ", g.kind, g.title, g.signal, g.reason," \
	" g.component, CASE WHEN g.kind = 'error' THEN (SELECT sum(count) FROM tally t WHERE t.signature =" \
	" g.id) ELSE (SELECT count(*) FROM occurrence o WHERE o.signature = g.id) END AS count, (SELECT " \
	TIME("min(n)", "9") " FROM (SELECT first_nsec AS n FROM tally WHERE signature = g.id UNION ALL" \
	" SELECT time_nsec FROM occurrence WHERE signature = g.id)) AS first_seen, (SELECT " \
	TIME("max(n)", "9") " FROM (SELECT last_nsec AS n FROM tally WHERE signature = g.id UNION ALL" \
	" SELECT time_nsec FROM occurrence WHERE signature = g.id)) AS last_seen, v.rule, v.issue, v.url," \
	" v.fix, v.advice FROM signature g LEFT JOIN verdict v ON v.signature = g.id;"
static const char views[] =
	"CREATE VIEW v_occurrence AS SELECT o.id, o.signature, g.kind, g.title, "
	TIME("o.time_nsec", "o.time_digits") " AS time, o.pod, o.component, o.version, o.process, o.thread,"
	" nullif(o.goroutine, 0) AS goroutine, o.exception, o.message, printf('0x%x', o.fault_address) AS"
	" fault_address, s.path, p.line, o.stack FROM occurrence o JOIN signature g ON g.id = o.signature"
	" JOIN place p ON p.occurrence = o.number JOIN source s ON s.id = p.source WHERE NOT EXISTS"
	" (SELECT 1 FROM place q JOIN source t ON t.id = q.source WHERE q.occurrence = o.number AND"
	" (t.path, q.line, t.id) < (s.path, p.line, s.id));"
	VIEW_OF_SIGNATURES("g.family")
	"CREATE VIEW v_process AS SELECT r.id, r.pod, r.component, r.version, r.commit_hash, "
	TIME("r.started_nsec", "r.started_digits") " AS started, " TIME("r.ended_nsec", "r.ended_digits")
	" AS ended, coalesce(r.decided_end, r.end_kind) AS end_kind, r.end_evidence, s.path, p.first_line, p.last_line FROM process r LEFT JOIN"
	" process_source p ON p.process = r.id LEFT JOIN source s ON s.id = p.source;"
	"CREATE VIEW v_hit AS SELECT h.rule, h.cre_id, h.title, h.category, h.severity, h.confidence,"
	" h.signature, " TIME("h.time_nsec", "h.time_digits") " AS time, " PATH_OF_CONTENT("h.content")
	" AS path, h.line, e.position AS evidence_position, " PATH_OF_CONTENT("e.evidence_content") " AS"
	" evidence_path, e.line AS evidence_line, e.text AS evidence_text FROM hit h LEFT JOIN"
	" hit_evidence e ON e.rule = h.rule AND e.content = h.content AND e.hit_line = h.line AND e.is_judged ="
	" h.is_judged WHERE h.is_judged OR NOT EXISTS (SELECT 1 FROM hit j WHERE j.rule = h.rule AND j.content ="
	" h.content AND j.line = h.line AND j.is_judged);"
	"PRAGMA application_id = " TO_STRING(APPLICATION_ID) ";";
/* clang-format on */

static const char *const version_1[] = {tables_of_sources, tables_of_failures, tables_of_rules, views, NULL};

/* clang-format off */
static const char columns_of_stacks[] =
	"ALTER TABLE occurrence ADD COLUMN others TEXT;"
	"ALTER TABLE frame ADD COLUMN is_repaired INTEGER NOT NULL DEFAULT 0;";
/* How often a template came, by steps of time: bucket is the step's number since 1970, width_sec its length. */
static const char table_of_rates[] =
	"CREATE TABLE template_rate (template TEXT NOT NULL REFERENCES template DEFERRABLE INITIALLY"
	" DEFERRED, text INTEGER NOT NULL REFERENCES content, width_sec INTEGER NOT NULL, bucket INTEGER NOT"
	" NULL, count INTEGER NOT NULL, PRIMARY KEY (template, text, width_sec, bucket)) STRICT, WITHOUT ROWID;";
/* Told by looking at all signatures, so no part of a merge: whoever merges looks anew. */
static const char tables_of_families[] =
	"ALTER TABLE signature ADD COLUMN near_family TEXT;"
	"CREATE TABLE family_link (signature TEXT NOT NULL REFERENCES signature DEFERRABLE INITIALLY"
	" DEFERRED, other TEXT NOT NULL, nearness REAL NOT NULL, alike TEXT NOT NULL, apart TEXT NOT NULL,"
	" PRIMARY KEY (signature, other)) STRICT, WITHOUT ROWID;"
	"DROP VIEW v_signature;"
	VIEW_OF_SIGNATURES("coalesce(g.near_family, g.family) AS family");
/* clang-format on */
static const char *const version_2[] = {columns_of_stacks, table_of_rates, tables_of_families, NULL};
/* What cores tell, as JSON and in a few lines; named: of how many frames the names are known. */
/* clang-format off */
static const char table_of_cores[] =
	"CREATE TABLE core (content INTEGER NOT NULL PRIMARY KEY REFERENCES content, named INTEGER NOT NULL,"
	" signature TEXT, json TEXT NOT NULL, summary TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE VIEW v_core AS SELECT " PATH_OF_CONTENT("k.content") " AS path, k.signature, k.summary, k.json"
	" FROM core k;";
/* clang-format on */
static const char *const version_3[] = {table_of_cores, NULL};
static const char *const *const migrations[] = {version_1, version_2, version_3};
#define VERSION ((int64_t)(sizeof(migrations) / sizeof(migrations[0])))

struct identity {
	int64_t application, version, objects;
};

static struct qn_error *read_identity(struct qn_store *store, struct identity *ret)
{
	QN_TRY(qn_sql_number(store, "SELECT count(*) FROM sqlite_schema", &ret->objects));
	QN_TRY(qn_sql_number(store, "PRAGMA application_id", &ret->application));
	return qn_sql_number(store, "PRAGMA user_version", &ret->version);
}

static bool is_empty(const struct identity *identity)
{
	return identity->application == 0 && identity->version == 0 && identity->objects == 0;
}

static struct qn_error *check_identity(struct qn_store *store, unsigned flags,
				       const struct identity *identity)
{
	const char *name = qn_store_name(store);
	bool may_write = !(flags & QN_STORE_READ_ONLY);

	if (is_empty(identity)) {
		if (may_write && flags & QN_STORE_CREATE)
			return NULL;
		return qn_error_create(QN_ERROR_STORE,
				       "%s: the store is empty; run `qntriage ingest` first or give --db",
				       name);
	}
	if (identity->application != APPLICATION_ID || identity->version < 1)
		return qn_error_create(QN_ERROR_STORE, "%s: not a qntriage store; use another --db", name);
	if (identity->version > VERSION)
		return qn_error_create(QN_ERROR_STORE,
				       "%s: made by a newer qntriage (schema %" PRId64
				       ", this one reads up to %" PRId64
				       "); upgrade qntriage or use another --db",
				       name, identity->version, VERSION);
	if (identity->version < VERSION && !may_write)
		return qn_error_create(
			QN_ERROR_STORE,
			"%s: made by an older qntriage; open it once for writing with `qntriage ingest`",
			name);
	return NULL;
}

static struct qn_error *migrate_in_batch(struct qn_store *store)
{
	struct identity identity;
	char pragma[64];

	/* Another process may have done it while we waited. */
	QN_TRY(read_identity(store, &identity));
	for (int64_t version = identity.version; version < VERSION; version++) {
		for (const char *const *part = migrations[version]; *part; part++)
			QN_TRY(qn_sql_exec(store, *part));
		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %" PRId64, version + 1);
		QN_TRY(qn_sql_exec(store, pragma));
	}
	return NULL;
}

struct qn_error *qn_store_prepare_schema(struct qn_store *store, unsigned flags)
{
	struct identity identity;
	struct qn_error *error;

	QN_TRY(read_identity(store, &identity));
	QN_TRY(check_identity(store, flags, &identity));
	if (store->path && !(flags & QN_STORE_READ_ONLY))
		QN_TRY(qn_sql_exec(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"));
	if (identity.version == VERSION)
		return NULL;
	QN_TRY(qn_store_begin(store));
	error = migrate_in_batch(store);
	if (error) {
		qn_store_rollback(store);
		return error;
	}
	return qn_store_commit(store);
}
