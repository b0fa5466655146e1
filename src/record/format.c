#include "record/format.h"

#include "base/banned.h"

/* A new format is a format_<x>.c and a line here. */
static const struct qn_format *const formats[] = {
	&qn_format_zap, &qn_format_glog, &qn_format_easylogging, &qn_format_go_std, &qn_format_plain,
};

static const struct qn_format *best(struct qn_text text)
{
	const struct qn_format *chosen = &qn_format_plain;
	unsigned highest = 0;

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		unsigned bid = formats[i]->bid(text);

		if (bid > highest) {
			highest = bid;
			chosen = formats[i];
		}
	}
	return chosen;
}

void qn_record_read(struct qn_arena *arena, const struct qn_line *line, struct qn_record *ret)
{
	const struct qn_format *format = best(line->text);

	*ret = (struct qn_record){.format = format, .line = line};
	if (!format->read(arena, line->text, ret)) {
		*ret = (struct qn_record){.format = &qn_format_plain, .line = line};
		qn_format_plain.read(arena, line->text, ret);
	}
	if (!ret->time.is_known)
		ret->time = line->wrapper_time;
}
