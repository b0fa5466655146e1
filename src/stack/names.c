#include "stack/names.h"

#include "stack/sighting.h"

#include "base/banned.h"

void qn_names_deinit(struct qn_names *names)
{
	for (size_t i = 0; i < QN_NAMES_MAX; i++)
		qn_buffer_deinit(&names->held[i].text);
}

void qn_names_clear(struct qn_names *names)
{
	names->count = 0;
	names->is_stale = false;
}

const struct qn_held_name *qn_names_first(const struct qn_names *names)
{
	return names->count ? &names->held[0] : NULL;
}

/* Moves the first behind the last, so that its buffer is used again. */
static void drop_first(struct qn_names *names)
{
	struct qn_held_name first = names->held[0];

	memmove(names->held, names->held + 1, (QN_NAMES_MAX - 1) * sizeof(*names->held));
	names->held[QN_NAMES_MAX - 1] = first;
	names->count--;
}

void qn_names_take_first(struct qn_names *names)
{
	if (names->count)
		drop_first(names);
	names->is_stale = true;
}

bool qn_names_hold(struct qn_names *names, const struct qn_crash_line *line)
{
	struct qn_held_name *name;

	if (names->is_stale)
		qn_names_clear(names);
	if (names->count == QN_NAMES_MAX)
		drop_first(names);
	name = &names->held[names->count++];
	qn_buffer_clear(&name->text);
	qn_buffer_append_text(&name->text, qn_text_first(line->text, QN_FRAME_NAME_BYTES_MAX));
	name->line = *line->line;
	name->line.text = QN_TEXT("");
	name->damage = line->damage;
	return names->count == 1;
}

struct qn_text qn_held_name_text(const struct qn_held_name *name)
{
	return qn_buffer_text(&name->text);
}

void qn_held_name_line(const struct qn_held_name *name, struct qn_line *ret_line, struct qn_crash_line *ret)
{
	*ret_line = name->line;
	ret_line->text = qn_buffer_text(&name->text);
	*ret = (struct qn_crash_line){
		.text = ret_line->text, .whole = ret_line->text, .line = ret_line, .damage = name->damage};
}
