#include "stack/symbolize.h"

#include <stdlib.h>

#include "stack/symbolize_parts.h"
#include "base/banned.h"

static void symbolizing_deinit(struct qn_symbolizing *all)
{
	qn_binaries_destroy(all->binaries);
	qn_arena_deinit(&all->arena);
	qn_buffer_deinit(&all->notes);
	free(all->items);
	free(all->maps);
}

/* The next line and what ends it ("\r\n", "\n" or nothing). */
static bool next_line(struct qn_text *rest, struct qn_text *ret_line, struct qn_text *ret_end)
{
	size_t len = qn_text_find_byte(*rest, '\n');

	if (!rest->len)
		return false;
	if (len == SIZE_MAX)
		len = rest->len;
	*ret_line = qn_text_first(*rest, len);
	*ret_end = qn_text_first(qn_text_from(*rest, len), 1);
	*rest = qn_text_from(*rest, len + 1);
	if (ret_line->len && ret_line->data[ret_line->len - 1] == '\r') {
		ret_line->len--;
		*ret_end = (struct qn_text){ret_line->data + ret_line->len, ret_end->len + 1};
	}
	return true;
}

/* Where a signal came in the address is exact again. */
static bool is_trampoline(struct qn_text name)
{
	return qn_text_contains(name, QN_TEXT("__restore_rt")) ||
	       qn_text_contains(name, QN_TEXT("__kernel_rt_sigreturn"));
}

static bool is_signal_line(struct qn_text line)
{
	return qn_text_contains(line, QN_TEXT("<signal handler called>"));
}

static struct qn_error *add_item(struct qn_symbolizing *all, const struct qn_address_line *line,
				 size_t number, bool is_after_signal)
{
	struct qn_symbolize_item *item, *last = all->count ? &all->items[all->count - 1] : NULL;
	bool is_new = !last || number - last->number > QN_SYMBOLIZE_RUN_GAP || last->line.form != line->form;

	QN_TRY(qn_array_reserve(&all->items, &all->capacity, all->count + 1, sizeof(*all->items)));
	last = all->count ? &all->items[all->count - 1] : NULL;
	item = &all->items[all->count++];
	all->runs += is_new;
	*item = (struct qn_symbolize_item){.line = *line, .number = number, .run = all->runs};
	item->is_return = !line->is_exact && !is_after_signal && !(last && is_trampoline(last->line.name)) &&
			  !(is_new && line->form == QN_ADDRESS_PLUS);
	return NULL;
}

static struct qn_error *read_lines(struct qn_symbolizing *all, struct qn_text text)
{
	struct qn_text line, end;
	bool is_after_signal = false;

	for (size_t number = 0; next_line(&text, &line, &end); number++) {
		struct qn_address_line address;
		struct qn_maps_line map;

		if (qn_maps_line_read(line, &map)) {
			QN_TRY(qn_array_reserve(&all->maps, &all->maps_capacity, all->maps_count + 1,
						sizeof(*all->maps)));
			all->maps[all->maps_count++] = (struct qn_symbolize_map){map, number};
			continue;
		}
		if (is_signal_line(line)) {
			is_after_signal = true;
			continue;
		}
		if (all->count < QN_SYMBOLIZE_ADDRESSES_MAX && qn_address_line_read(line, &address)) {
			QN_TRY(add_item(all, &address, number, is_after_signal));
			is_after_signal = false;
		}
	}
	return NULL;
}

static struct qn_error *print(struct qn_symbolizing *all, struct qn_text text, struct qn_buffer *out)
{
	struct qn_text line, end;
	size_t at = 0;

	for (size_t number = 0; next_line(&text, &line, &end); number++) {
		while (at < all->count && all->items[at].number < number)
			at++;
		if (at < all->count && all->items[at].number == number && all->items[at].is_resolved) {
			QN_TRY(qn_symbolize_print(all, &all->items[at], line, end, out));
		} else {
			qn_buffer_append_text(out, line);
			qn_buffer_append_text(out, end);
		}
	}
	if (all->notes.len) {
		if (out->len && out->data[out->len - 1] != '\n')
			qn_buffer_append_byte(out, '\n');
		qn_buffer_append_text(out, qn_buffer_text(&all->notes));
	}
	QN_TRY(qn_buffer_check(&all->notes));
	return qn_buffer_check(out);
}

struct qn_error *qn_symbolize(const struct qn_core_options *options, struct qn_text text,
			      struct qn_buffer *ret)
{
	_cleanup_(symbolizing_deinit) struct qn_symbolizing all = {0};

	QN_TRY(qn_binaries_create(options, &all.binaries));
	QN_TRY(read_lines(&all, text));
	QN_TRY(qn_symbolize_place(&all));
	QN_TRY(qn_symbolize_infer(&all));
	QN_TRY(print(&all, text, ret));
	return qn_arena_check(&all.arena);
}
