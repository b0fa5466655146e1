/* `show`: finds what an id means, and hands it to a face. */
#include "report/report_show.h"

#include "report/report_json.h"
#include "base/banned.h"

#define ID_CHARACTERS_MIN 4U
#define NAMES_SHOWN 5U

/* The part of an id behind "QN-". */
static struct qn_text bare(struct qn_text id)
{
	size_t dash = qn_text_find_byte(id, '-');

	return dash == SIZE_MAX ? id : qn_text_from(id, dash + 1);
}

/* Begins @id with what the user typed, with the prefix or without? */
static bool begins(struct qn_text id, struct qn_text typed)
{
	return qn_text_starts(id, typed) || qn_text_starts(bare(id), typed);
}

struct search {
	struct qn_text typed;
	struct qn_shown found;
	size_t count;
	bool is_exact;
	struct qn_buffer names; /* of the first few */
};

static void search_deinit(struct search *search)
{
	qn_buffer_deinit(&search->names);
}

static void consider(struct search *search, struct qn_text id, struct qn_shown candidate)
{
	if (search->is_exact || !begins(id, search->typed))
		return;
	search->is_exact = qn_text_equal(id, search->typed);
	search->found = candidate;
	if (search->is_exact)
		search->count = 0;
	if (search->count++ < NAMES_SHOWN)
		qn_buffer_printf(&search->names, "%s%.*s", search->names.len ? ", " : "", QN_ARG(id));
}

static void search_all(struct search *search, const struct qn_report *report)
{
	for (size_t i = 0; i < report->signatures_count; i++) {
		const struct qn_report_signature *signature = &report->signatures[i];

		consider(search, signature->row->row.id,
			 (struct qn_shown){.kind = QN_SHOWN_SIGNATURE, .index = i});
		for (size_t k = 0; k < signature->occurrences_count; k++)
			consider(search, signature->occurrences[k].row.id,
				 (struct qn_shown){QN_SHOWN_OCCURRENCE, i, &signature->occurrences[k]});
	}
	for (size_t i = 0; i < report->processes_count; i++)
		consider(search, report->processes[i].row.id,
			 (struct qn_shown){.kind = QN_SHOWN_PROCESS, .index = i});
}

static struct qn_error *find(const struct qn_report *report, struct qn_text id, struct qn_shown *ret)
{
	_cleanup_(search_deinit) struct search search = {.typed = id};

	if (bare(id).len < ID_CHARACTERS_MIN)
		return qn_error_create(QN_ERROR_USAGE,
				       "`%.*s` is too short for an id: give at least %u characters",
				       QN_ARG(id), ID_CHARACTERS_MIN);
	search_all(&search, report);
	QN_TRY(qn_buffer_check(&search.names));
	if (!search.count)
		return qn_error_create(
			QN_ERROR_NOT_FOUND,
			"no signature, occurrence or process `%.*s` in the store; `qntriage report` "
			"lists what there is",
			QN_ARG(id));
	if (search.count > 1)
		return qn_error_create(QN_ERROR_NOT_FOUND,
				       "`%.*s` is the beginning of %zu ids: %s%s; give more of it",
				       QN_ARG(id), search.count, search.names.data,
				       search.count > NAMES_SHOWN ? ", ..." : "");
	*ret = search.found;
	return NULL;
}

static void show_json(const struct qn_report *report, const struct qn_shown *shown, struct qn_buffer *out)
{
	struct qn_json_writer json = {.out = out};

	qn_json_object_begin(&json);
	switch (shown->kind) {
	case QN_SHOWN_SIGNATURE: qn_report_put_signature(&json, report, shown->index); break;
	case QN_SHOWN_OCCURRENCE: qn_report_put_occurrence(&json, report, shown->occurrence); break;
	case QN_SHOWN_PROCESS: qn_report_put_process(&json, report, shown->index); break;
	}
	qn_json_object_end(&json);
	qn_buffer_append_byte(out, '\n');
}

struct qn_error *qn_report_show(const struct qn_report *report, struct qn_store *store, struct qn_text id,
				bool is_json, const struct qn_report_style *style, struct qn_buffer *out)
{
	struct qn_paint paint = {.out = out, .width = style->width, .has_color = style->has_color};
	struct qn_shown shown = {0};

	QN_TRY(find(report, id, &shown));
	if (is_json)
		show_json(report, &shown, out);
	else if (shown.kind == QN_SHOWN_SIGNATURE)
		QN_TRY(qn_show_signature(&paint, report, store, &report->signatures[shown.index]));
	else if (shown.kind == QN_SHOWN_OCCURRENCE)
		QN_TRY(qn_show_occurrence(&paint, report, store, &report->signatures[shown.index],
					  shown.occurrence));
	else
		qn_show_process(&paint, report, &report->processes[shown.index]);
	return qn_buffer_check(out);
}
