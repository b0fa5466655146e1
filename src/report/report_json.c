/* The JSON report, schema qntriage.report/1 (docs/report.schema.json), and the same as one object a line. */
#include "report/report_json.h"

#include "base/banned.h"

/* A list of the report: adding one is a line here and a function that writes an item's members. */
struct section {
	const char *key;  /* of the list */
	const char *type; /* of an item, where every item is a line */
	size_t count;
	void (*put)(struct qn_json_writer *json, const struct qn_report *report,
		    size_t index); /* its members */
	bool is_inline;            /* an item a line */
};

#define SECTIONS_COUNT 7U

static void list_sections(const struct qn_report *report, struct section ret[SECTIONS_COUNT])
{
	const struct section sections[SECTIONS_COUNT] = {
		{"sources", "source", report->sources_count, qn_report_put_source, true},
		{"pods", "pod", report->pods_count, qn_report_put_pod, true},
		{"processes", "process", report->processes_count, qn_report_put_process, true},
		{"signatures", "signature", report->signatures_count, qn_report_put_signature, false},
		{"templates", "template", report->templates_count, qn_report_put_template, true},
		{"hits", "hit", report->hits_count, qn_report_put_hit, false},
		{"issues", "issue", report->issues_count, qn_report_put_issue, true},
	};

	memcpy(ret, sections, sizeof(sections));
}

static void put_head(struct qn_json_writer *json, const struct qn_report_style *style)
{
	qn_json_key(json, "schema");
	qn_json_string(json, "qntriage.report/1");
	qn_json_key(json, "tool");
	qn_json_inline_object_begin(json);
	qn_json_key(json, "name");
	qn_json_string(json, "qntriage");
	qn_json_key(json, "version");
	qn_json_string(json, PACKAGE_VERSION);
	qn_json_object_end(json);
	qn_json_key(json, "generated_at");
	qn_json_text_or_null(json, style->generated_at);
}

static void put_section(struct qn_json_writer *json, const struct qn_report *report,
			const struct section *section)
{
	qn_json_key(json, section->key);
	qn_json_array_begin(json);
	for (size_t i = 0; i < section->count; i++) {
		if (section->is_inline)
			qn_json_inline_object_begin(json);
		else
			qn_json_object_begin(json);
		section->put(json, report, i);
		qn_json_object_end(json);
	}
	qn_json_array_end(json);
}

/* They are in the store as they are printed. */
static void put_cores(struct qn_json_writer *json, const struct qn_report *report)
{
	qn_json_key(json, "cores");
	qn_json_array_begin(json);
	for (size_t i = 0; i < report->cores_count; i++)
		qn_json_written(json, report->cores[i].row.json);
	qn_json_array_end(json);
}

struct qn_error *qn_report_print_json(const struct qn_report *report, const struct qn_report_style *style,
				      struct qn_buffer *out)
{
	struct qn_json_writer json = {.out = out};
	struct section sections[SECTIONS_COUNT];

	list_sections(report, sections);
	qn_json_object_begin(&json);
	put_head(&json, style);
	for (size_t i = 0; i < SECTIONS_COUNT; i++) {
		put_section(&json, report, &sections[i]);
		if (sections[i].put == qn_report_put_template)
			put_cores(&json, report);
	}
	qn_json_key(&json, "totals");
	qn_json_object_begin(&json);
	qn_report_put_totals(&json, report);
	qn_json_object_end(&json);
	qn_json_object_end(&json);
	qn_buffer_append_byte(out, '\n');
	return qn_buffer_check(out);
}

static struct qn_json_writer line_begin(struct qn_buffer *out, const char *type)
{
	struct qn_json_writer json = {.out = out};

	qn_json_inline_object_begin(&json);
	qn_json_key(&json, "type");
	qn_json_string(&json, type);
	return json;
}

static void line_end(struct qn_json_writer *json)
{
	qn_json_object_end(json);
	qn_buffer_append_byte(json->out, '\n');
}

struct qn_error *qn_report_print_ndjson(const struct qn_report *report, const struct qn_report_style *style,
					struct qn_buffer *out)
{
	struct qn_json_writer json = line_begin(out, "report");
	struct section sections[SECTIONS_COUNT];

	list_sections(report, sections);
	put_head(&json, style);
	line_end(&json);
	for (size_t i = 0; i < SECTIONS_COUNT; i++)
		for (size_t k = 0; k < sections[i].count; k++) {
			json = line_begin(out, sections[i].type);
			sections[i].put(&json, report, k);
			line_end(&json);
		}
	for (size_t i = 0; i < report->cores_count; i++) {
		json = line_begin(out, "core");
		qn_json_key(&json, "core");
		qn_json_written(&json, report->cores[i].row.json);
		line_end(&json);
	}
	json = line_begin(out, "totals");
	qn_report_put_totals(&json, report);
	line_end(&json);
	return qn_buffer_check(out);
}
