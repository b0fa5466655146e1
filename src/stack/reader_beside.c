/* docker and CRI tell which output a line was written to: what a process says on stdout is no part of the
 * report that it writes to stderr. */
#include "stack/reader_state.h"

#include "base/banned.h"

/* So many lines of the other output may come while the report goes on. */
#define LINES_MAX 32U

bool qn_reader_is_other_output(const struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	enum qn_output output = line->line->output;

	return reader->open && reader->open->place.line && reader->output && output &&
	       output != reader->output;
}

bool qn_reader_is_beside(const struct qn_stack_reader *reader, const struct qn_crash_line *line)
{
	if (!qn_reader_is_other_output(reader, line))
		return false;
	if (!line->header)
		return true;
	/* Each frame begins like a report in some languages. */
	return line->header->dialect == reader->open->of && reader->open->of->has_own_frames &&
	       reader->beside < LINES_MAX;
}
