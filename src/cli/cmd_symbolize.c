/* symbolize: names, files and lines for the addresses in a text. */
#include <errno.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/setup.h"
#include "stack/symbolize.h"
#include "base/banned.h"

#define CHUNK_BYTES (1U << 16)

/* All of it: what tells the load address may stand at the end. */
static struct qn_error *read_text(const struct qn_call *call, const char *path, struct qn_buffer *ret)
{
	bool is_stdin = !path || strcmp(path, "-") == 0;
	_cleanup_fclose_ FILE *opened = is_stdin ? NULL : fopen(path, "re");
	FILE *file = is_stdin ? stdin : opened;
	const char *name = is_stdin ? "standard input" : path;

	if (!file)
		return qn_error_system(errno, "%s", name);
	while (!feof(file)) {
		if (*call->interrupted)
			return qn_error_create(QN_ERROR_INTERRUPTED, "interrupted: nothing is printed");
		if (!qn_buffer_reserve(ret, CHUNK_BYTES))
			return &qn_error_no_memory;
		ret->len += fread(ret->data + ret->len, 1, CHUNK_BYTES, file);
		ret->data[ret->len] = '\0';
		if (ferror(file))
			return qn_error_system(errno, "%s", name);
		if (ret->len > QN_SYMBOLIZE_TEXT_BYTES_MAX)
			return qn_error_create(QN_ERROR_LIMIT, "%s: more than %ju MiB of text", name,
					       (uintmax_t)(QN_SYMBOLIZE_TEXT_BYTES_MAX >> 20));
	}
	return NULL;
}

struct qn_error *qn_cmd_symbolize(const struct qn_call *call)
{
	const struct qn_options *options = call->options;
	struct qn_core_options core = {.symbols = options->symbols,
				       .symbols_count = options->symbols_count,
				       .sysroot = options->sysroot};
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};

	if (options->format != QN_OUTPUT_TEXT)
		return qn_error_create(QN_ERROR_USAGE,
				       "symbolize: it prints text: there is no other --format");
	QN_TRY(qn_setup_check_paths(options->arguments, options->arguments_count));
	QN_TRY(qn_setup_check_paths(options->symbols, options->symbols_count));
	QN_TRY(qn_setup_check_paths(&options->sysroot, options->sysroot ? 1 : 0));
	QN_TRY(read_text(call, options->arguments_count ? options->arguments[0] : NULL, &text));
	QN_TRY(qn_symbolize(&core, qn_buffer_text(&text), &out));
	return qn_output_write(options->output, qn_buffer_text(&out));
}
