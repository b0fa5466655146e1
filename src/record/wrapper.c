#include "record/wrapper.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "record/format.h"
#include "record/wrapper_kinds.h"
#include "base/banned.h"

#define SAMPLE_LINES_MAX 200U
#define SHARE_PERCENT 60U
#define FEW_LINES 3U    /* a sample so short may have one line that fits */
#define CERTAIN_BID 90U /* what is peeled off a line of a known format must be a wrapper */

/* The most particular first. A new wrapper is a wrapper_<x>.c, a line in wrapper_kinds.h and one here. */
static const struct qn_wrapper *const wrappers[] = {
	&qn_wrapper_docker,    &qn_wrapper_cri,     &qn_wrapper_kubectl_prefix,
	&qn_wrapper_grep,      &qn_wrapper_ansi,    &qn_wrapper_invisible,
	&qn_wrapper_live,      &qn_wrapper_jenkins, &qn_wrapper_stern,
	&qn_wrapper_kubetail,  &qn_wrapper_argo,    &qn_wrapper_logcli,
	&qn_wrapper_kibana,    &qn_wrapper_rancher, &qn_wrapper_csv,
	&qn_wrapper_journal,   &qn_wrapper_members, &qn_wrapper_table,
	&qn_wrapper_loki,      &qn_wrapper_compose, &qn_wrapper_timestamps,
	&qn_wrapper_viewer,    &qn_wrapper_clock,   &qn_wrapper_numbers,
	&qn_wrapper_repl,      &qn_wrapper_quote,   &qn_wrapper_indent,
	&qn_wrapper_continued,
};

struct sample {
	struct qn_arena arena;
	struct qn_text lines[SAMPLE_LINES_MAX]; /* as peeled so far */
	size_t count;
};

static void sample_deinit(struct sample *sample)
{
	qn_arena_deinit(&sample->arena);
}

static void sample_take(struct sample *sample, struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_text line;

	while (sample->count < SAMPLE_LINES_MAX && qn_cursor_take_line(&cursor, &line)) {
		/* A sample ends anywhere; its last line would not have its wrapper's end. */
		if (qn_cursor_at_end(&cursor) && sample->count && !qn_text_ends(text, QN_TEXT("\n")) &&
		    text.len > 4096)
			break;
		if (qn_text_ends(line, QN_TEXT("\r")))
			line.len--;
		sample->lines[sample->count++] = line;
	}
}

/* The lines that are not blank, nor the lone bracket around a list of objects: those count. */
static size_t collect_full(const struct sample *sample, struct qn_text *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < sample->count; i++) {
		struct qn_text text = qn_text_trim(sample->lines[i]);

		if (text.len > 1 || (text.len && text.data[0] != '[' && text.data[0] != ']'))
			ret[count++] = sample->lines[i];
	}
	return count;
}

static bool is_known_format(struct qn_arena *arena, struct qn_text text)
{
	struct qn_line line = {.text = text};
	struct qn_record record;

	if (qn_format_zap.bid(text) < CERTAIN_BID && qn_format_glog.bid(text) < CERTAIN_BID)
		return false;
	qn_record_read(arena, &line, &record);
	return !qn_record_is_plain(&record);
}

static bool fits(const struct qn_wrapper *wrapper, struct sample *sample)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer scratch = {0};
	struct qn_text full[SAMPLE_LINES_MAX];
	size_t count = collect_full(sample, full), fitting = 0;
	bool is_certain = wrapper->is_unmistakable;
	struct qn_wrapped wrapped;

	for (size_t i = 0; i < count; i++) {
		if (!wrapper->peel(full[i], &scratch, &wrapped))
			continue;
		fitting++;
		is_certain |= is_known_format(&sample->arena, wrapped.text);
	}
	if (!fitting || (wrapper->confirm && !wrapper->confirm(full, count)))
		return false;
	if (wrapper->is_sparse)
		return true;
	if (fitting * 100 < count * SHARE_PERCENT)
		return false;
	return fitting >= 2 || (count <= FEW_LINES && is_certain);
}

/* Puts what is under the wrapper in the place of the lines; false when memory ran out. */
static bool peel_all(const struct qn_wrapper *wrapper, struct sample *sample)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer scratch = {0};
	struct qn_wrapped wrapped;

	for (size_t i = 0; i < sample->count; i++) {
		if (!wrapper->peel(sample->lines[i], &scratch, &wrapped))
			continue;
		sample->lines[i] = qn_arena_copy(&sample->arena, wrapped.text);
		if (sample->arena.is_failed)
			return false;
	}
	return true;
}

void qn_wrapping_detect(struct qn_text sample_text, struct qn_wrapping *ret)
{
	_cleanup_(sample_deinit) struct sample sample = {0};
	bool is_used[sizeof(wrappers) / sizeof(*wrappers)] = {false};

	*ret = (struct qn_wrapping){0};
	sample_take(&sample, sample_text);
	for (bool is_found = true; is_found && ret->count < QN_WRAPPERS_NESTED_MAX;) {
		is_found = false;
		for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers) && !is_found; i++) {
			if (is_used[i] || !fits(wrappers[i], &sample))
				continue;
			is_found = is_used[i] = true;
			ret->layers[ret->count++] = wrappers[i];
			if (!peel_all(wrappers[i], &sample))
				return;
		}
	}
}

/* What the inner layer knows better: its time is nearer to the writer's. The outer one's names stay. */
static void merge(struct qn_wrapped *whole, const struct qn_wrapped *layer)
{
	whole->text = layer->text;
	if (layer->time.is_known)
		whole->time = layer->time;
	if (!whole->pod.len)
		whole->pod = layer->pod;
	if (!whole->container.len)
		whole->container = layer->container;
	if (!whole->stream.len)
		whole->stream = layer->stream;
	whole->is_partial |= layer->is_partial;
	whole->is_noise |= layer->is_noise;
}

/* What a line of the sample adds to the picture. */
struct order {
	struct qn_time last;
	unsigned falls, rises, times;
	unsigned places_above_head, places;
	bool has_head;
};

static void look_at(struct order *order, const struct qn_wrapped *wrapped)
{
	static const struct qn_text heads[] = {QN_TEXT("goroutine "), QN_TEXT("panic: "),
					       QN_TEXT("BACKTRACE:"), QN_TEXT("fatal error: "),
					       QN_TEXT("SIGNAL CATCH BY")};
	struct qn_text text = qn_text_trim(wrapped->text);

	if (wrapped->time.is_known) {
		order->falls += order->last.is_known && wrapped->time.nsec < order->last.nsec;
		order->rises += order->last.is_known && wrapped->time.nsec > order->last.nsec;
		order->times++;
		order->last = wrapped->time;
	}
	order->places +=
		text.len && text.data[0] == '/' &&
		(qn_text_contains(text, QN_TEXT(" pc=0x")) || qn_text_contains(text, QN_TEXT(" +0x")));
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (!qn_text_starts(text, heads[i]))
			continue;
		order->places_above_head = order->has_head ? order->places_above_head : order->places;
		order->has_head = true;
	}
}

bool qn_wrapping_is_newest_first(const struct qn_wrapping *wrapping, struct qn_text sample)
{
	static const unsigned falls_min = 3, places_min = 2;
	struct qn_buffer scratch[QN_WRAPPERS_NESTED_MAX] = {0};
	struct qn_cursor cursor = qn_cursor_of(sample);
	struct order order = {0};
	struct qn_text line;

	while (wrapping->count && qn_cursor_take_line(&cursor, &line)) {
		struct qn_wrapped wrapped;

		qn_wrapping_peel(wrapping, line, scratch, &wrapped);
		if (!wrapped.is_noise)
			look_at(&order, &wrapped);
	}
	for (unsigned i = 0; i < QN_WRAPPERS_NESTED_MAX; i++)
		qn_buffer_deinit(&scratch[i]);
	if (order.falls >= falls_min)
		return order.rises * 10 <= order.falls;
	return order.times && !order.rises && order.has_head && order.places_above_head >= places_min &&
	       order.places_above_head == order.places;
}

enum qn_output qn_wrapped_output(const struct qn_wrapped *wrapped)
{
	return qn_text_equal(wrapped->stream, QN_TEXT("stdout"))   ? QN_OUTPUT_STDOUT
	       : qn_text_equal(wrapped->stream, QN_TEXT("stderr")) ? QN_OUTPUT_STDERR
								   : QN_OUTPUT_UNKNOWN;
}

void qn_wrapping_peel(const struct qn_wrapping *wrapping, struct qn_text line, struct qn_buffer *scratch,
		      struct qn_wrapped *ret)
{
	struct qn_wrapped layer;

	*ret = (struct qn_wrapped){.text = line};
	for (unsigned i = 0; i < wrapping->count; i++)
		if (wrapping->layers[i]->peel(ret->text, &scratch[i], &layer))
			merge(ret, &layer);
}
