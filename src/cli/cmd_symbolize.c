/* symbolize: names, files and lines for the addresses in a text. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"
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

static struct qn_error *check_path(const char *path)
{
	return access(path, R_OK) == 0 ? NULL : qn_error_system(errno, "%s", path);
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
	for (size_t i = 0; i < options->symbols_count; i++)
		QN_TRY(check_path(options->symbols[i]));
	if (options->sysroot)
		QN_TRY(check_path(options->sysroot));
	QN_TRY(read_text(call, options->arguments_count ? options->arguments[0] : NULL, &text));
	QN_TRY(qn_symbolize(&core, qn_buffer_text(&text), &out));
	return qn_output_write(options->output, qn_buffer_text(&out));
}
