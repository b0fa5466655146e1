/* The Go runtime, from 1.16 to 1.24:
 *
 *	panic: runtime error: index out of range [-1] [recovered]
 *		panic: runtime error: index out of range [-1]
 *	[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x24ddc33]
 *
 *	goroutine 59650 gp=0xc0004 m=36 mp=0xc0001 [running, locked to thread]:
 *	panic({0x568d12c?, 0xc00377fd37?})
 *		/usr/local/go/src/runtime/panic.go:1017 +0xab7 fp=0xc07 sp=0xc06 pc=0x21
 *	...additional frames elided...
 *	created by pkg.F in goroutine 12
 *		/src/f.go:183 +0x2a6 */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "base/limits.h"

#include "base/banned.h"

#define WAIT_REASON_BYTES_MAX 64U

/* "msg [recovered]", "msg [recovered, repanicked]" */
static struct qn_text cut_recovered(struct qn_text message, bool *is_recovered)
{
	size_t at = qn_text_rfind(message, QN_TEXT(" [recovered"));

	*is_recovered = at != SIZE_MAX && message.data[message.len - 1] == ']';
	return *is_recovered ? qn_text_trim(qn_text_first(message, at)) : message;
}

static bool is_same_message(const struct qn_sighting *sighting, struct qn_text message)
{
	return qn_text_equal(qn_buffer_text(&sighting->message), message);
}

static enum qn_header_use read_panic(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	bool is_recovered, is_chain = sighting->is_message_recovered;
	struct qn_text message = cut_recovered(qn_text_trim(rest), &is_recovered);

	if (sighting->place.line && (qn_sighting_has_begun(sighting) || line->own_time.is_known))
		return QN_HEADER_ANOTHER;
	if (sighting->place.line && sighting->message.len && !is_chain && !line->is_indented &&
	    !is_same_message(sighting, message))
		return QN_HEADER_ANOTHER;
	/* "[recovered, repanicked]" (1.23 on) says it once for all of the chain. */
	sighting->is_message_recovered = is_recovered && !qn_text_ends(rest, QN_TEXT("repanicked]"));
	if (sighting->dialect[0] == '\0')
		sighting->dialect = "go-panic";
	qn_sighting_set_kind(sighting, QN_KIND_PANIC);
	qn_sighting_settle_message(sighting, true);
	/* The first of a chain is what happened; the others say it again, or what went wrong because of it.
	 */
	sighting->is_message_open = sighting->message.len == 0;
	if (sighting->message.len == 0)
		qn_sighting_say(sighting, message);
	return QN_HEADER_TAKEN;
}

static enum qn_kind kind_of_fatal(struct qn_text message)
{
	/* "all goroutines are asleep - deadlock!", "no goroutines (main called runtime.Goexit) - deadlock!"
	 */
	if (qn_text_contains(message, QN_TEXT("all goroutines are asleep")) ||
	    qn_text_ends(message, QN_TEXT(" - deadlock!")))
		return QN_KIND_DEADLOCK;
	return qn_text_starts(message, QN_TEXT("unexpected signal")) ? QN_KIND_CRASH : QN_KIND_PANIC;
}

static enum qn_header_use read_fatal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	struct qn_text message = qn_text_trim(rest);

	(void)line;
	if (qn_sighting_has_begun(sighting) || sighting->phase == QN_PHASE_RUNTIME)
		return QN_HEADER_ANOTHER;
	if (sighting->dialect[0] == '\0')
		sighting->dialect = "go-fatal";
	qn_sighting_set_kind(sighting, kind_of_fatal(message));
	qn_sighting_settle_message(sighting, true);
	if (sighting->message.len == 0)
		qn_sighting_say(sighting, message);
	return QN_HEADER_TAKEN;
}

/* "panic during panic": the runtime gives up; it belongs to what it was telling. */
static enum qn_header_use read_panic_again(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	(void)rest;
	if (sighting->place.line)
		return QN_HEADER_TAKEN;
	sighting->dialect = "go-panic";
	qn_sighting_set_kind(sighting, QN_KIND_PANIC);
	qn_sighting_say(sighting, line->text);
	return QN_HEADER_TAKEN;
}

static struct qn_text known_signal(struct qn_text name)
{
	static const char *const names[] = {"SIGSEGV", "SIGBUS", "SIGFPE",  "SIGILL",  "SIGABRT",
					    "SIGTRAP", "SIGSYS", "SIGPIPE", "SIGXCPU", "SIGXFSZ"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_equal(name, qn_text_of(names[i])))
			return qn_text_of(names[i]);
	return QN_TEXT("");
}

/* "[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x24ddc33]" */
static enum qn_header_use read_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	struct qn_cursor cursor = qn_cursor_of(rest);
	struct qn_text name;
	uint64_t number;

	(void)line;
	if (!qn_cursor_take_until(&cursor, ':', &name) || known_signal(name).len == 0)
		return QN_HEADER_NOT_MINE;
	if (qn_sighting_has_begun(sighting) || sighting->phase == QN_PHASE_RUNTIME)
		return QN_HEADER_ANOTHER;
	if (sighting->place.line == 0) {
		sighting->dialect = "go-fatal";
		sighting->damage |= QN_DAMAGE_HEADER;
	}
	qn_sighting_settle_message(sighting, true);
	sighting->is_message_open = false;
	if (sighting->signal.len == 0)
		sighting->signal = known_signal(name);
	if (!sighting->has_si_code && qn_find_number(cursor.rest, QN_TEXT("code="), &number)) {
		sighting->has_si_code = true;
		sighting->si_code = (int64_t)number;
	}
	if (!sighting->has_fault_address &&
	    qn_find_number(cursor.rest, QN_TEXT("addr="), &sighting->fault_address))
		sighting->has_fault_address = true;
	if (!sighting->crash_pc && qn_find_number(cursor.rest, QN_TEXT("pc="), &number))
		sighting->crash_pc = number;
	return QN_HEADER_TAKEN;
}

/* The bracket in front was not selected: "signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x7f]"
 */
static enum qn_header_use read_bare_signal(struct qn_sighting *sighting, const struct qn_crash_line *line,
					   struct qn_text rest)
{
	static const struct qn_text words = QN_TEXT("signal ");

	if (!qn_text_contains(rest, QN_TEXT(" code=0x")) || !qn_text_contains(rest, QN_TEXT(" pc=0x")))
		return QN_HEADER_NOT_MINE;
	return read_signal(sighting, line, qn_text_from(line->text, words.len));
}

static enum qn_header_use read_runtime_stack(struct qn_sighting *sighting, const struct qn_crash_line *line,
					     struct qn_text rest)
{
	(void)line;
	if (rest.len)
		return QN_HEADER_NOT_MINE;
	if (qn_sighting_has_begun(sighting))
		return QN_HEADER_ANOTHER;
	if (sighting->place.line == 0) {
		sighting->dialect = "go-fatal";
		sighting->damage |= QN_DAMAGE_HEADER;
	}
	qn_sighting_settle_message(sighting, true);
	sighting->is_message_open = false;
	sighting->saw_runtime_stack = true;
	sighting->phase = QN_PHASE_RUNTIME;
	return QN_HEADER_TAKEN;
}

/* "2910 gp=0xc000 m=36 mp=0xc001 [syscall, locked to thread]:" */
static bool read_goroutine_title(struct qn_text rest, uint64_t *ret_id, struct qn_text *ret_state)
{
	struct qn_cursor cursor;
	struct qn_text before;

	if (!qn_take_number(&rest, ret_id) || !qn_text_ends(rest, QN_TEXT("]:")))
		return false;
	cursor = qn_cursor_of(qn_text_first(rest, rest.len - 2));
	if (!qn_cursor_take_until(&cursor, '[', &before) || (before.len && before.data[0] != ' '))
		return false;
	*ret_state = cursor.rest;
	return true;
}

/* After "runtime stack:" or an empty goroutine 0 the dump goes on with whatever goroutine there is: only one
 * that was at work can have been hit. */
static bool is_culprit(const struct qn_sighting *sighting, struct qn_text state)
{
	bool is_at_work =
		qn_text_starts(state, QN_TEXT("running")) || qn_text_starts(state, QN_TEXT("syscall"));

	if (qn_sighting_has_begun(sighting))
		return false;
	return is_at_work ||
	       (sighting->place.line && !sighting->saw_runtime_stack && !sighting->has_goroutine);
}

/* "select, 2 minutes, locked to thread" -> "select"; "chan receive (nil chan)" -> "chan receive" */
static struct qn_text cut_wait_reason(struct qn_text state)
{
	static const struct qn_text remarks[] = {QN_TEXT(" (scan)"), QN_TEXT(" (nil chan)"),
						 QN_TEXT(" (durable)")};

	state = qn_text_trim(qn_text_first(state, qn_text_find_byte(state, ',')));
	for (size_t i = 0; i < sizeof(remarks) / sizeof(*remarks); i++)
		if (qn_text_ends(state, remarks[i]))
			state = qn_text_first(state, state.len - remarks[i].len);
	return qn_text_first(state, WAIT_REASON_BYTES_MAX);
}

/* A goroutine that is not the culprit. Goroutine 0 is a thread's own stack; and what each thread prints of
 * itself behind the first dump (GOTRACEBACK=crash) was listed there. */
static void count_goroutine(struct qn_sighting *sighting, uint64_t id, struct qn_text state)
{
	sighting->phase = QN_PHASE_BEHIND;
	if (id == 0 || sighting->state == QN_GO_THREADS || sighting->is_noise ||
	    sighting->goroutines_behind >= QN_STACK_GOROUTINES_MAX)
		return;
	sighting->goroutines_behind++;
	qn_sighting_count_other(sighting, cut_wait_reason(state));
}

/* A list of goroutines that no crash is the head of: somebody asked for it. The goroutines at work in it are
 * none the less innocent. */
static void begin_list(struct qn_sighting *sighting)
{
	sighting->dialect = "go-dump";
	sighting->is_noise = true;
	sighting->phase = QN_PHASE_BEHIND;
}

/* At work for minutes: what crashes does not wait that long to be told. */
static bool is_long_at_work(struct qn_text state)
{
	return qn_text_contains(state, QN_TEXT(" minutes"));
}

static enum qn_header_use read_goroutine(struct qn_sighting *sighting, const struct qn_crash_line *line,
					 struct qn_text rest)
{
	struct qn_text state;
	uint64_t id;
	bool culprit;

	(void)line;
	if (!read_goroutine_title(rest, &id, &state))
		return QN_HEADER_NOT_MINE;
	culprit = is_culprit(sighting, state);
	if (sighting->place.line == 0) {
		culprit &= !is_long_at_work(state);
		sighting->dialect = "cgo-signal";
		sighting->damage |= QN_DAMAGE_HEADER;
		if (!culprit)
			begin_list(sighting);
	}
	qn_sighting_settle_message(sighting, true);
	sighting->is_message_open = false;
	if (culprit) {
		sighting->phase = QN_PHASE_FRAMES;
		sighting->has_goroutine = true;
		sighting->goroutine = id;
	} else {
		count_goroutine(sighting, id, state);
	}
	return QN_HEADER_TAKEN;
}

/* "http: panic serving 10.0.0.1:4242: boom": net/http lives on, and prints the goroutine. */
static enum qn_header_use read_served(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	size_t at = qn_text_find(rest, QN_TEXT(": "));

	(void)line;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	if (at == SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	sighting->dialect = "go-http-panic";
	qn_sighting_set_kind(sighting, QN_KIND_ERROR);
	qn_sighting_say(sighting, QN_TEXT("http: panic serving a request: "));
	qn_sighting_say_on(sighting, qn_text_from(rest, at + 2));
	sighting->is_message_open = true;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"panic: ", false, read_panic},
	{"http: panic serving ", false, read_served},
	{"fatal error: ", false, read_fatal},
	{"panic during panic", false, read_panic_again},
	{"[signal ", false, read_signal},
	{"runtime stack:", false, read_runtime_stack},
	{"goroutine ", false, read_goroutine},
	{"signal SIG", false, read_bare_signal},
	{NULL, false, NULL},
};

static size_t count_hex(struct qn_text text)
{
	size_t count = 0;

	while (count < text.len && ((text.data[count] >= '0' && text.data[count] <= '9') ||
				    (text.data[count] >= 'a' && text.data[count] <= 'f')))
		count++;
	return count;
}

/* "rax    0x7f12", "r10    0x0", "rflags 0x10246": what the runtime prints last */
static bool is_register(struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	size_t name = 0;

	while (name < text.len && name < 8 &&
	       ((text.data[name] >= 'a' && text.data[name] <= 'z') ||
		(text.data[name] >= '0' && text.data[name] <= '9')))
		name++;
	cursor.rest = qn_text_from(text, name);
	return name >= 2 && qn_cursor_skip_blanks(&cursor) && qn_cursor_take(&cursor, QN_TEXT("0x")) &&
	       cursor.rest.len && count_hex(cursor.rest) == cursor.rest.len;
}

/* "00007fc3e4cd71a0:  0c5e6908f7b4cdc6  441859c93cdd8a90", a memory dump of the stack */
static bool is_hex_dump(struct qn_text text)
{
	return text.len > 17 && count_hex(text) == 16 && text.data[16] == ':';
}

static bool is_remark(struct qn_text text)
{
	static const char *const remarks[] = {
		"runtime: ",
		"stack: frame=",
		"goroutine running on other thread",
		"[originating from goroutine",
		"instruction bytes:",
		"[instruction bytes",
		"unexpected fault address",
		"exit status ",
		"[recovered]",
		"fatal: ",
		"\t[recovered]",
		"-----",
		"runtime/cgo: ",
		"fault ",
	};

	for (size_t i = 0; i < sizeof(remarks) / sizeof(*remarks); i++)
		if (qn_text_starts(text, qn_text_of(remarks[i])))
			return true;
	return false;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_text text = line->text;

	*ret_use = QN_LINE_TAKEN;
	if (qn_text_starts(text, QN_TEXT("created by "))) {
		sighting->is_place_skipped = true;
	} else if (qn_text_starts(text, QN_TEXT("...")) && qn_text_contains(text, QN_TEXT("frames elided"))) {
		sighting->is_cut |= sighting->phase == QN_PHASE_FRAMES;
	} else if (is_register(text)) {
		/* Only a signal makes the runtime print them; who panics does not. */
		if (!sighting->signal.len && !sighting->message.len)
			qn_sighting_set_kind(sighting, QN_KIND_CRASH);
		sighting->phase = QN_PHASE_BEHIND;
		sighting->is_message_open = false;
	} else {
		*ret_use = is_hex_dump(text) || is_remark(text) ? QN_LINE_TAKEN : QN_LINE_NOT_MINE;
	}
	return NULL;
}

static const char *const triggers[] = {
	"panic:",         "http: panic serving ", "fatal error: ",      "signal SIG",
	"runtime stack:", "goroutine ",           "panic during panic", NULL};

const struct qn_dialect qn_dialect_go = {
	.name = "go",
	.witness = QN_WITNESS_GO,
	.triggers = triggers,
	.headers = headers,
	.take = take,
};
