#include "cli/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/banned.h"

#define WIDTH_MIN 20U
#define WIDTH_MAX 400U

static unsigned clamp(uint64_t width)
{
	return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : (unsigned)width;
}

static bool is_terminal(const struct qn_options *options)
{
	return !options->output && isatty(STDOUT_FILENO);
}

unsigned qn_terminal_width(const struct qn_options *options)
{
	struct winsize size = {0};
	uint64_t columns;

	if (is_terminal(options) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col; /* as narrow as it is: no line is ever wider */
	if (qn_text_to_u64(qn_text_of(getenv("COLUMNS")), &columns) && columns)
		return clamp(columns);
	return QN_WIDTH_DEFAULT;
}

bool qn_terminal_has_color(const struct qn_options *options)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (options->color != QN_COLOR_AUTO)
		return options->color == QN_COLOR_ALWAYS;
	if ((no_color && *no_color) || !term || strcmp(term, "dumb") == 0)
		return false;
	return is_terminal(options);
}
