/* A core is read by a child: hostile or broken ELF and DWARF can cost its own report, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/inspect.h"
#include "core/wire.h"
#include "input/unpack.h"
#include "base/banned.h"

/* A reader that waits (for a debuginfod, for a disk) uses no time of a processor. */
#define WALL_FACTOR 6U

/* What the child says: an error, or the core as far as it is known by now. A later message replaces the one
 * before. */
enum message_kind { MESSAGE_ERROR, MESSAGE_STAGE, MESSAGE_CORE };

struct message_head {
	uint32_t kind;
	uint32_t error_code;
	int32_t error_errno;
	uint32_t is_cut; /* the packed file was damaged */
	uint64_t size;
};

/* --- The child
 * --------------------------------------------------------------------------------------------------- */

struct child {
	const struct qn_core_options *options;
	int out;
	bool is_cut;
};

static bool write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		size -= (size_t)done;
	}
	return true;
}

static void send_message(const struct child *child, struct message_head head, struct qn_text body)
{
	head.is_cut = child->is_cut;
	head.size = body.len;
	if (write_all(child->out, (const char *)&head, sizeof(head)))
		(void)write_all(child->out, body.data, body.len);
}

static struct qn_error *send_core(const struct child *child, enum message_kind kind,
				  const struct qn_core *core)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer body = {0};

	qn_core_encode(core, &body);
	QN_TRY(qn_buffer_check(&body));
	send_message(child, (struct message_head){.kind = kind}, qn_buffer_text(&body));
	return NULL;
}

static struct qn_error *send_stage(void *context, const struct qn_core *core)
{
	return send_core(context, MESSAGE_STAGE, core);
}

static struct qn_error *inspect(struct child *child, const char *path)
{
	_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
	_cleanup_close_ int fd = -1;
	bool is_packed = false;

	QN_TRY(qn_unpack_open(path, &fd, &is_packed, &child->is_cut));
	QN_TRY(qn_core_inspect_in_stages(fd, child->options, send_stage, child, &core));
	return send_core(child, MESSAGE_CORE, core);
}

/* The address sanitizer's shadow alone is larger than any sensible limit. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SHADOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SHADOW 1
#endif
#endif
#ifndef HAS_SHADOW
#define HAS_SHADOW 0
#endif

static void limit(int resource, uint64_t value)
{
	struct rlimit limits = {value, value};

	if (getrlimit(resource, &limits) == 0 && limits.rlim_max < value)
		value = limits.rlim_max;
	limits.rlim_cur = limits.rlim_max = value;
	(void)setrlimit(resource, &limits);
}

static void raise_limit(int resource)
{
	struct rlimit limits;

	if (getrlimit(resource, &limits) == 0) {
		limits.rlim_cur = limits.rlim_max;
		(void)setrlimit(resource, &limits);
	}
}

static _Noreturn void run_child(const char *path, const struct qn_core_options *options, int out,
				pid_t parent)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	struct child child = {.options = options, .out = out};
	struct qn_error *error;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	limit(RLIMIT_CORE, 0);
	raise_limit(RLIMIT_NOFILE); /* libdwfl keeps a descriptor for each module that it touches */
	limit(RLIMIT_CPU, options->cpu_seconds ? options->cpu_seconds : QN_CORE_CPU_SECONDS);
	if (!HAS_SHADOW)
		limit(RLIMIT_DATA, QN_CORE_DATA_BYTES_MAX);
	error = inspect(&child, path);
	if (error)
		send_message(&child,
			     (struct message_head){.kind = MESSAGE_ERROR,
						   .error_code = error->code,
						   .error_errno = error->errno_value},
			     qn_text_of(error->message));
	_exit(0);
}

/* --- The parent
 * -------------------------------------------------------------------------------------------------- */

struct answer {
	struct qn_buffer text;    /* what came and is not judged yet */
	struct message_head last; /* of the last whole message */
	struct qn_buffer body;
	bool has_message, is_overfull, is_late;
};

static void answer_deinit(struct answer *answer)
{
	qn_buffer_deinit(&answer->text);
	qn_buffer_deinit(&answer->body);
}

/* The whole messages that came by now. */
static void take_messages(struct answer *answer)
{
	struct qn_text rest = qn_buffer_text(&answer->text);
	struct message_head head;
	size_t used;

	while (rest.len >= sizeof(head)) {
		memcpy(&head, rest.data, sizeof(head));
		if (head.kind > MESSAGE_CORE || head.size > QN_CORE_ANSWER_BYTES_MAX) {
			answer->is_overfull = true;
			return;
		}
		if (rest.len - sizeof(head) < head.size)
			break;
		rest = qn_text_from(rest, sizeof(head));
		qn_buffer_clear(&answer->body);
		qn_buffer_append_text(&answer->body, qn_text_first(rest, (size_t)head.size));
		rest = qn_text_from(rest, (size_t)head.size);
		answer->last = head;
		answer->has_message = true;
	}
	used = answer->text.len - rest.len;
	if (used && rest.len)
		memmove(answer->text.data, rest.data, rest.len);
	answer->text.len = rest.len;
}

static int64_t now_seconds(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec;
}

#define READ_BYTES (1U << 16)

/* Until the child has closed its end, is too late, or says too much. */
static void listen_to(int fd, int64_t seconds, struct answer *answer)
{
	int64_t until = now_seconds() + seconds;

	while (!answer->is_overfull) {
		struct pollfd watched = {.fd = fd, .events = POLLIN};
		int64_t left = until - now_seconds();
		ssize_t count;

		answer->is_late = left <= 0;
		if (answer->is_late)
			return;
		if (poll(&watched, 1, left > 1000 ? 1000000 : (int)left * 1000) < 0 && errno != EINTR)
			return;
		if (!(watched.revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		if (answer->text.len > QN_CORE_ANSWER_BYTES_MAX ||
		    !qn_buffer_reserve(&answer->text, READ_BYTES)) {
			answer->is_overfull = true;
			return;
		}
		count = read(fd, answer->text.data + answer->text.len, READ_BYTES);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return;
		answer->text.len += (size_t)count;
		take_messages(answer);
	}
}

/* Why the child did not say all; NULL: it did. In @arena. */
static struct qn_text find_trouble(struct qn_arena *arena, const struct answer *answer, int status,
				   unsigned seconds)
{
	if (answer->is_late)
		return qn_arena_printf(arena,
				       "reading it took more than %u s; what was known by then is told",
				       seconds * WALL_FACTOR);
	if (answer->is_overfull)
		return qn_arena_printf(arena, "it tells more than %llu MiB; only what came first is told",
				       (unsigned long long)(QN_CORE_ANSWER_BYTES_MAX >> 20));
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
		return qn_arena_printf(
			arena,
			"its reader was stopped at the limit of %u s of a processor, or of memory; "
			"what was known by then is told",
			seconds);
	if (WIFSIGNALED(status))
		return qn_arena_printf(arena, "its reader died of signal %d; what was known by then is told",
				       WTERMSIG(status));
	if (!answer->has_message || answer->last.kind == MESSAGE_STAGE)
		return qn_arena_printf(arena, "its reader ended early; what was known by then is told");
	return (struct qn_text){0};
}

static struct qn_error *add_note(struct qn_core *core, struct qn_text text)
{
	struct qn_core_note *notes = qn_arena_alloc(&core->arena, (core->notes_count + 1) * sizeof(*notes));

	QN_TRY(qn_arena_check(&core->arena));
	notes[0] = (struct qn_core_note){.text = qn_arena_copy(&core->arena, text)};
	if (core->notes_count)
		memcpy(&notes[1], core->notes, core->notes_count * sizeof(*notes));
	core->notes = notes;
	core->notes_count++;
	return qn_arena_check(&core->arena);
}

static struct qn_error *make_error(const struct answer *answer)
{
	enum qn_error_code code = answer->last.error_code <= QN_ERROR_STRICT
					  ? (enum qn_error_code)answer->last.error_code
					  : QN_ERROR_DAMAGED;
	struct qn_error *error = qn_error_create(code, "%.*s", QN_ARG(qn_buffer_text(&answer->body)));

	if (error != &qn_error_no_memory)
		error->errno_value = code == QN_ERROR_SYSTEM ? answer->last.error_errno : 0;
	return error;
}

static struct qn_error *judge(const struct answer *answer, int status, unsigned seconds, struct qn_core **ret)
{
	_cleanup_(qn_core_destroy_guard) struct qn_core *core = NULL;
	struct qn_text trouble;

	QN_TRY(qn_buffer_check(&answer->body));
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM))
		return qn_error_create(QN_ERROR_INTERRUPTED, "interrupted while it was read");
	if (answer->has_message && answer->last.kind == MESSAGE_ERROR)
		return make_error(answer);
	if (answer->has_message) {
		QN_TRY(qn_core_decode(qn_buffer_text(&answer->body), &core));
	} else {
		core = calloc(1, sizeof(*core));
		if (!core)
			return &qn_error_no_memory;
		core->crashed = SIZE_MAX;
	}
	trouble = find_trouble(&core->arena, answer, status, seconds);
	if (trouble.len)
		QN_TRY(add_note(core, trouble));
	if (answer->has_message && answer->last.is_cut)
		QN_TRY(add_note(
			core,
			QN_TEXT("the packed file is damaged or ends too early: read as far as it goes")));
	*ret = qn_take(core);
	return NULL;
}

struct qn_error *qn_core_read(const char *path, const struct qn_core_options *options, struct qn_core **ret)
{
	_cleanup_(answer_deinit) struct answer answer = {0};
	unsigned seconds = options->cpu_seconds ? options->cpu_seconds : QN_CORE_CPU_SECONDS;
	pid_t parent = getpid(), child;
	int ends[2], status = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return qn_error_system(errno, "no pipe to a reader of the core");
	child = fork();
	if (child < 0) {
		int saved = errno;

		close(ends[0]);
		close(ends[1]);
		return qn_error_system(saved, "no process to read the core");
	}
	if (child == 0) {
		close(ends[0]);
		run_child(path, options, ends[1], parent);
	}
	close(ends[1]);
	listen_to(ends[0], (int64_t)seconds * WALL_FACTOR, &answer);
	if (answer.is_late || answer.is_overfull)
		kill(child, SIGKILL);
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return judge(&answer, status, seconds, ret);
}
