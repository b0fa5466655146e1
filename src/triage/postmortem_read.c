/* From a file to what all threads of a process were at. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "input/unpack.h"
#include "triage/cores.h"
#include "base/banned.h"

#define HEAD_BYTES 64U
#define READ_BYTES (1U << 20)

/* A file that is open for reading at random, unpacked where it was packed. */
struct input {
	const char *path;
	int fd;
	bool is_packed, is_cut;
	char reopened[64]; /* the same, for those that want a path */
};

static void input_deinit(struct input *input)
{
	if (input->fd >= 0)
		close(input->fd);
}

static struct qn_error *open_input(struct input *input)
{
	struct stat status;

	if (strcmp(input->path, "-") != 0 && stat(input->path, &status) == 0 && S_ISDIR(status.st_mode))
		return qn_error_create(QN_ERROR_UNRECOGNIZED,
				       "%s: a folder, not a core; `qntriage analyze` reads what is in it",
				       input->path);
	QN_TRY(qn_unpack_open(input->path, &input->fd, &input->is_packed, &input->is_cut));
	snprintf(input->reopened, sizeof(input->reopened), "/proc/self/fd/%d", input->fd);
	return NULL;
}

static struct qn_error *read_head(const struct input *input, bool *ret_is_core)
{
	char head[HEAD_BYTES];
	ssize_t len = pread(input->fd, head, sizeof(head), 0);
	struct qn_text ignored;

	if (len < 0)
		return qn_error_system(errno, "%s: cannot be read", input->path);
	*ret_is_core = qn_source_recognize((struct qn_text){head, (size_t)len}, &ignored) == QN_SOURCE_CORE;
	return NULL;
}

static struct qn_error *neither(const char *path)
{
	return qn_error_create(
		QN_ERROR_UNRECOGNIZED,
		"%s: neither a core of x86-64 or AArch64 Linux nor a dump of all threads; give an ELF core, "
		"or what `gdb -batch -ex 'thread apply all bt'`, eu-stack or pstack printed",
		path);
}

/* Which file it is about, and what is read at all. */
static struct qn_error *name_file(struct qn_error *error, const struct input *input)
{
	struct qn_error *told;

	if (!error || error == &qn_error_no_memory || error->code == QN_ERROR_INTERRUPTED)
		return error;
	if (error->code != QN_ERROR_UNRECOGNIZED)
		return qn_text_starts(qn_text_of(error->message), qn_text_of(input->path))
			       ? error
			       : qn_error_context(error, "%s", input->path);
	told = qn_error_create(QN_ERROR_UNRECOGNIZED,
			       "%s: %s; 64-bit cores of x86-64 and AArch64 Linux are read", input->path,
			       error->message);
	qn_error_destroy(error);
	return told;
}

static struct qn_error *read_core(const struct qn_normalizer *normalizer, const struct input *input,
				  const struct qn_core_options *options, struct qn_postmortem **ret)
{
	const char *path = input->fd < 0 ? input->path : input->reopened;
	struct qn_core *core = NULL;

	QN_TRY(name_file(qn_core_read(path, options, &core), input));
	return qn_postmortem_of_core(normalizer, core, ret);
}

static struct qn_error *read_text(const struct qn_normalizer *normalizer, const struct input *input,
				  struct qn_postmortem **ret)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct qn_error *error;
	ssize_t count;

	do {
		if (text.len > QN_DUMP_BYTES_MAX)
			return qn_error_create(
				QN_ERROR_LIMIT,
				"%s: no core, and as a text over %ju MiB; give the dump of one "
				"process",
				input->path, (uintmax_t)(QN_DUMP_BYTES_MAX >> 20));
		if (!qn_buffer_reserve(&text, READ_BYTES))
			return &qn_error_no_memory;
		count = pread(input->fd, text.data + text.len, READ_BYTES, (off_t)text.len);
		if (count < 0 && errno != EINTR)
			return qn_error_system(errno, "%s: cannot be read", input->path);
		text.len += count > 0 ? (size_t)count : 0;
	} while (count);
	error = qn_postmortem_of_text(normalizer, qn_buffer_text(&text), ret);
	if (!error || error->code != QN_ERROR_UNRECOGNIZED)
		return name_file(error, input);
	qn_error_destroy(error);
	return neither(input->path);
}

/* The packed file, not what it holds, is damaged: nobody behind us knows that. */
static struct qn_error *note_cut(struct qn_postmortem *postmortem)
{
	struct qn_issue *issues =
		qn_arena_alloc(&postmortem->arena, (postmortem->issues_count + 1) * sizeof(*issues));

	QN_TRY(qn_arena_check(&postmortem->arena));
	issues[0] = (struct qn_issue){
		.text = QN_TEXT("the packed file is damaged or ends too early: read as far as it goes"),
		.count = 1};
	if (postmortem->issues_count)
		memcpy(&issues[1], postmortem->issues, postmortem->issues_count * sizeof(*issues));
	postmortem->issues = issues;
	postmortem->issues_count++;
	return NULL;
}

struct qn_error *qn_postmortem_read(const struct qn_normalizer *normalizer, const char *path,
				    const struct qn_core_options *options, struct qn_postmortem **ret)
{
	_cleanup_(qn_postmortem_destroy_guard) struct qn_postmortem *postmortem = NULL;
	_cleanup_(input_deinit) struct input input = {.path = path, .fd = -1};
	bool is_core = qn_cores_is_one(path); /* then its reader opens it, in a process of its own */

	if (!is_core) {
		QN_TRY(open_input(&input));
		QN_TRY(read_head(&input, &is_core));
	}
	if (is_core)
		QN_TRY(read_core(normalizer, &input, options, &postmortem));
	else
		QN_TRY(read_text(normalizer, &input, &postmortem));
	if (input.is_cut)
		QN_TRY(note_cut(postmortem));
	postmortem->source = qn_arena_copy(&postmortem->arena, qn_text_of(path));
	QN_TRY(qn_arena_check(&postmortem->arena));
	*ret = qn_take(postmortem);
	return NULL;
}
