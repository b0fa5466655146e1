/* For the tests of the store: a folder of one's own, and all that a store says as one text. Ids of sources
 * are numbers of one store, so the text names sources by path and content. */
#ifndef QN_TESTS_SUPPORT_STORE_DUMP_H
#define QN_TESTS_SUPPORT_STORE_DUMP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/query.h"
#include "store/store.h"
#include "support/test.h"

struct folder {
	char path[256];
	struct qn_arena names; /* given by folder_file() */
};

static inline void folder_make(struct folder *folder)
{
	const char *parent = getenv("TMPDIR");

	*folder = (struct folder){0};
	snprintf(folder->path, sizeof(folder->path), "%s/qn-store-XXXXXX",
		 parent && *parent ? parent : "/tmp");
	assert_non_null(mkdtemp(folder->path));
}

/* Good until folder_remove(). */
static inline const char *folder_file(struct folder *folder, const char *name)
{
	return qn_arena_printf(&folder->names, "%s/%s", folder->path, name).data;
}

/* Two levels are enough here. */
static inline void folder_remove(struct folder *folder)
{
	char inner[600];
	DIR *dir = opendir(folder->path);

	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", folder->path, entry->d_name);
		if (unlink(inner)) {
			struct folder below = {0};

			snprintf(below.path, sizeof(below.path), "%.255s", inner);
			folder_remove(&below);
		}
	}
	closedir(dir);
	qn_arena_deinit(&folder->names);
	assert_int_equal(rmdir(folder->path), 0);
}

struct dump {
	struct qn_buffer out;
	struct qn_arena arena;
	const struct qn_query_source *sources;
	size_t sources_count;
};

static inline void dump_text(struct dump *dump, const char *name, struct qn_text text)
{
	qn_buffer_printf(&dump->out, " %s=%zu:", name, text.len);
	qn_buffer_append_text(&dump->out, text);
}

static inline void dump_time(struct dump *dump, const char *name, struct qn_time time)
{
	if (time.is_known)
		qn_buffer_printf(&dump->out, " %s=%lld.%u", name, (long long)time.nsec,
				 (unsigned)time.digits);
	else
		qn_buffer_printf(&dump->out, " %s=?", name);
}

static inline void dump_u64(struct dump *dump, const char *name, uint64_t value)
{
	qn_buffer_printf(&dump->out, " %s=%llu", name, (unsigned long long)value);
}

static inline void dump_source(struct dump *dump, int64_t source)
{
	for (size_t i = 0; i < dump->sources_count; i++)
		if (dump->sources[i].id == source) {
			dump_text(dump, "source", dump->sources[i].row.path);
			dump_text(dump, "content", dump->sources[i].row.content);
			return;
		}
	qn_buffer_append_string(&dump->out, source ? " source=unknown!" : " source=none");
}

static inline void dump_frames(struct dump *dump, const struct qn_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct qn_frame *frame = &frames[i];

		qn_buffer_append_string(&dump->out, "\n    frame");
		dump_text(dump, "raw", frame->raw);
		dump_text(dump, "function", frame->function);
		dump_text(dump, "key", frame->key);
		dump_text(dump, "file", frame->file);
		dump_u64(dump, "line", frame->line);
		dump_u64(dump, "pc", frame->pc);
		dump_text(dump, "module", frame->module);
		dump_text(dump, "build_id", frame->build_id);
		qn_buffer_printf(&dump->out, " %s %d%d%d%d", qn_role_name(frame->role), frame->is_inlined,
				 frame->is_go, frame->is_rethrow, frame->is_ladder);
	}
}

static inline void dump_sources(struct dump *dump, struct qn_store *store)
{
	struct qn_query_source *sources;

	assert_no_error(qn_query_sources(store, &dump->arena, &sources, &dump->sources_count));
	dump->sources = sources;
	for (size_t i = 0; i < dump->sources_count; i++) {
		const struct qn_store_source *row = &sources[i].row;

		qn_buffer_append_string(&dump->out, "source");
		dump_source(dump, sources[i].id);
		dump_text(dump, "kind", row->kind);
		dump_text(dump, "wrappers", row->wrappers);
		dump_text(dump, "component", row->component);
		dump_text(dump, "pod", row->pod);
		dump_text(dump, "run", row->run);
		dump_u64(dump, "size", row->size_bytes);
		dump_u64(dump, "lines", row->lines);
		dump_u64(dump, "records", row->records);
		dump_u64(dump, "issues", row->issues);
		dump_u64(dump, "bytes_not", row->bytes_not_understood);
		dump_u64(dump, "lines_not", row->lines_not_understood);
		for (size_t j = 0; j < row->formats_count; j++) {
			dump_text(dump, "format", row->formats[j].format);
			dump_u64(dump, "lines", row->formats[j].lines);
		}
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_pods(struct dump *dump, struct qn_store *store)
{
	struct qn_query_pod *pods;
	size_t count;

	assert_no_error(qn_query_pods(store, &dump->arena, &pods, &count));
	for (size_t i = 0; i < count; i++) {
		qn_buffer_append_string(&dump->out, "pod");
		dump_text(dump, "name", pods[i].row.name);
		dump_text(dump, "component", pods[i].row.component);
		dump_text(dump, "state", pods[i].row.last_state);
		dump_text(dump, "reason", pods[i].row.reason);
		qn_buffer_printf(&dump->out, " restarts=%lld exit=%lld", (long long)pods[i].row.restarts,
				 (long long)pods[i].row.exit_code);
		dump_source(dump, pods[i].row.source);
		dump_u64(dump, "line", pods[i].row.line);
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_processes(struct dump *dump, struct qn_store *store)
{
	struct qn_query_process *processes;
	size_t count;

	assert_no_error(qn_query_processes(store, &dump->arena, &processes, &count));
	for (size_t i = 0; i < count; i++) {
		const struct qn_store_process *row = &processes[i].row;

		qn_buffer_append_string(&dump->out, "process");
		dump_text(dump, "id", row->id);
		dump_text(dump, "component", row->component);
		dump_text(dump, "pod", row->pod);
		dump_text(dump, "version", row->version);
		dump_text(dump, "commit", row->commit);
		dump_time(dump, "started", row->started);
		dump_time(dump, "ended", row->ended);
		dump_text(dump, "end", row->end);
		dump_text(dump, "evidence", row->end_evidence);
		dump_source(dump, row->source);
		dump_u64(dump, "first_line", row->first_line);
		dump_u64(dump, "last_line", row->last_line);
		for (size_t j = 0; j < processes[i].sources_count; j++)
			dump_source(dump, processes[i].sources[j]);
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_verdict(struct dump *dump, const struct qn_store_verdict *verdict)
{
	qn_buffer_append_string(&dump->out, "\n    verdict");
	dump_text(dump, "rule", verdict->rule);
	dump_text(dump, "issue", verdict->issue);
	dump_text(dump, "url", verdict->url);
	dump_text(dump, "title", verdict->title);
	dump_text(dump, "fix", verdict->fix);
	dump_text(dump, "advice", verdict->advice);
	qn_buffer_printf(&dump->out, " confidence=%.6f", verdict->confidence);
	for (size_t i = 0; i < verdict->fixed_in_count; i++)
		dump_text(dump, "fixed_in", verdict->fixed_in[i]);
}

static inline void dump_signatures(struct dump *dump, struct qn_store *store)
{
	struct qn_query_signature *signatures;
	size_t count;

	assert_no_error(qn_query_signatures(store, &dump->arena, &signatures, &count));
	for (size_t i = 0; i < count; i++) {
		const struct qn_query_signature *signature = &signatures[i];

		qn_buffer_append_string(&dump->out, "signature");
		dump_text(dump, "id", signature->row.id);
		dump_text(dump, "family", signature->row.family);
		dump_text(dump, "kind", signature->row.kind);
		dump_text(dump, "title", signature->row.title);
		dump_text(dump, "signal", signature->row.signal);
		dump_text(dump, "reason", signature->row.reason);
		dump_text(dump, "component", signature->row.component);
		dump_text(dump, "executor", signature->row.executor_kind);
		dump_text(dump, "pool", signature->row.executor_pool);
		dump_text(dump, "task", signature->row.executor_task);
		qn_buffer_printf(&dump->out, " confidence=%.6f new=%d", signature->row.confidence,
				 signature->is_new);
		dump_u64(dump, "count", signature->count);
		dump_time(dump, "first", signature->first);
		dump_time(dump, "last", signature->last);
		for (size_t j = 0; j < signature->versions_count; j++)
			dump_text(dump, "version", signature->versions[j]);
		for (size_t j = 0; j < signature->pods_count; j++)
			dump_text(dump, "pod", signature->pods[j]);
		if (signature->has_verdict)
			dump_verdict(dump, &signature->verdict);
		dump_frames(dump, signature->frames, signature->frames_count);
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_occurrence(struct dump *dump, struct qn_store *store,
				   const struct qn_query_occurrence *event)
{
	const struct qn_store_occurrence *row = &event->row;
	struct qn_frame *frames;
	size_t count;

	qn_buffer_append_string(&dump->out, "occurrence");
	dump_text(dump, "id", row->id);
	dump_text(dump, "signature", row->signature);
	dump_text(dump, "stack", row->stack);
	dump_text(dump, "evidence", row->evidence);
	dump_source(dump, row->source);
	dump_u64(dump, "line", row->line);
	dump_u64(dump, "last_line", row->last_line);
	dump_u64(dump, "offset", row->offset);
	dump_time(dump, "time", row->time);
	dump_text(dump, "thread", row->thread);
	dump_text(dump, "pod", row->pod);
	dump_text(dump, "component", row->component);
	dump_text(dump, "process", row->process);
	dump_text(dump, "version", row->version);
	dump_text(dump, "message", row->message);
	dump_text(dump, "exception", row->exception);
	dump_text(dump, "damage", row->damage);
	dump_u64(dump, "goroutine", row->goroutine);
	if (row->has_fault_address)
		dump_u64(dump, "address", row->fault_address);
	for (size_t j = 0; j < event->also_count; j++) {
		qn_buffer_append_string(&dump->out, "\n    also");
		dump_source(dump, event->also[j].source);
		dump_u64(dump, "line", event->also[j].line);
	}
	assert_no_error(qn_query_frames(store, &dump->arena, row->stack, &frames, &count));
	dump_frames(dump, frames, count);
	qn_buffer_append_byte(&dump->out, '\n');
}

static inline void dump_occurrences(struct dump *dump, struct qn_store *store)
{
	struct qn_query_occurrence *occurrences;
	size_t count;

	assert_no_error(qn_query_occurrences(store, &dump->arena, QN_TEXT(""), 0, &occurrences, &count));
	for (size_t i = 0; i < count; i++)
		dump_occurrence(dump, store, &occurrences[i]);
}

static inline void dump_templates(struct dump *dump, struct qn_store *store)
{
	struct qn_query_template *templates;
	size_t count;

	assert_no_error(qn_query_templates(store, &dump->arena, &templates, &count));
	for (size_t i = 0; i < count; i++) {
		qn_buffer_append_string(&dump->out, "template");
		dump_text(dump, "id", templates[i].row.id);
		dump_text(dump, "level", templates[i].row.level);
		dump_text(dump, "text", templates[i].row.text);
		dump_text(dump, "call_site", templates[i].row.call_site);
		dump_source(dump, templates[i].row.source);
		dump_u64(dump, "count", templates[i].row.count);
		dump_time(dump, "first", templates[i].row.first);
		dump_time(dump, "last", templates[i].row.last);
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_rates(struct dump *dump, struct qn_store *store)
{
	struct qn_query_rate *rates;
	size_t count;

	assert_no_error(qn_query_rates(store, &dump->arena, INT64_MAX, &rates, &count));
	for (size_t i = 0; i < count; i++) {
		qn_buffer_append_string(&dump->out, "rate");
		dump_text(dump, "template", rates[i].template);
		dump_u64(dump, "start", (uint64_t)rates[i].start_nsec);
		dump_u64(dump, "width", (uint64_t)rates[i].width_sec);
		dump_u64(dump, "count", rates[i].count);
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_hits(struct dump *dump, struct qn_store *store)
{
	struct qn_query_hit *hits;
	size_t count;

	assert_no_error(qn_query_hits(store, &dump->arena, &hits, &count));
	for (size_t i = 0; i < count; i++) {
		qn_buffer_append_string(&dump->out, "hit");
		dump_text(dump, "rule", hits[i].row.rule);
		dump_text(dump, "cre", hits[i].row.cre_id);
		dump_text(dump, "title", hits[i].row.title);
		dump_text(dump, "category", hits[i].row.category);
		qn_buffer_printf(&dump->out, " severity=%u confidence=%.6f", hits[i].row.severity,
				 hits[i].row.confidence);
		dump_source(dump, hits[i].row.source);
		dump_u64(dump, "line", hits[i].row.line);
		dump_time(dump, "time", hits[i].row.time);
		dump_text(dump, "signature", hits[i].row.signature);
		for (size_t j = 0; j < hits[i].evidence_count; j++) {
			qn_buffer_append_string(&dump->out, "\n    evidence");
			dump_source(dump, hits[i].evidence[j].source);
			dump_u64(dump, "line", hits[i].evidence[j].line);
			dump_text(dump, "text", hits[i].evidence[j].text);
		}
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_cores(struct dump *dump, struct qn_store *store)
{
	struct qn_query_core *cores;
	size_t count;

	assert_no_error(qn_query_cores(store, &dump->arena, &cores, &count));
	for (size_t i = 0; i < count; i++) {
		qn_buffer_append_string(&dump->out, "core");
		dump_source(dump, cores[i].row.source);
		dump_u64(dump, "named", cores[i].row.named);
		dump_text(dump, "signature", cores[i].row.signature);
		dump_text(dump, "json", cores[i].row.json);
		dump_text(dump, "summary", cores[i].row.summary);
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

static inline void dump_issues(struct dump *dump, struct qn_store *store)
{
	struct qn_issue *issues;
	size_t count;

	assert_no_error(qn_query_issues(store, &dump->arena, &issues, &count));
	for (size_t i = 0; i < count; i++) {
		qn_buffer_append_string(&dump->out, "issue");
		dump_text(dump, "source", issues[i].source);
		dump_u64(dump, "line", issues[i].line);
		dump_u64(dump, "offset", issues[i].offset);
		dump_u64(dump, "has_offset", issues[i].has_offset);
		dump_text(dump, "text", issues[i].text);
		dump_u64(dump, "count", issues[i].count);
		qn_buffer_append_byte(&dump->out, '\n');
	}
}

/* NULs in hostile text become 0x01, so that cmocka shows all of it. To be freed. */
static inline char *dump_store(struct qn_store *store)
{
	struct dump dump = {0};

	dump_sources(&dump, store);
	dump_pods(&dump, store);
	dump_processes(&dump, store);
	dump_signatures(&dump, store);
	dump_occurrences(&dump, store);
	dump_templates(&dump, store);
	dump_rates(&dump, store);
	dump_hits(&dump, store);
	dump_cores(&dump, store);
	dump_issues(&dump, store);
	qn_arena_deinit(&dump.arena);
	assert_no_error(qn_buffer_check(&dump.out));
	for (size_t i = 0; i < dump.out.len; i++)
		if (!dump.out.data[i])
			dump.out.data[i] = 1;
	return dump.out.len ? dump.out.data : calloc(1, 1);
}

#endif
