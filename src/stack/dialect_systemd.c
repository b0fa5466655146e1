/* What systemd-coredump writes of a process that dumped core, in the journal and as `coredumpctl info`:
 *
 *	        Signal: 11 (SEGV)
 *	     Timestamp: Mon 2026-11-23 15:48:07 UTC (2min ago)
 *	       Message: Process 123 (milvus) of user 0 dumped core.
 *
 *	                Module /opt/milvus/lib/libsegcore.so with build-id 5ab1cd
 *	                Stack trace of thread 125:
 *	                #0  0x00007f1203 n/a (libsegcore.so + 0x123456)
 *	                #1  0x00007f1244 _ZN6milvus5query6SearchEv (libmilvus_core.so + 0x1244)
 *
 *	                Stack trace of thread 123:
 *	                #0  0x00007f55 epoll_wait (libc.so.6 + 0x10e)
 *	                ELF object binary architecture: AMD x86-64
 *
 * The first thread is the one that crashed. Syslog writes newlines as #012. Format: src/coredump of systemd.
 */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "stack/kernel_line.h"

#include "base/banned.h"

enum state { STATE_FACTS = 1, STATE_STACK, STATE_OTHER_THREAD, STATE_OTHER_TOLD };

static const struct {
	const char *words, *signal;
} signals[] = {
	{"ABRT", "SIGABRT"}, {"BUS", "SIGBUS"},   {"FPE", "SIGFPE"},   {"ILL", "SIGILL"},
	{"QUIT", "SIGQUIT"}, {"SYS", "SIGSYS"},   {"SEGV", "SIGSEGV"}, {"TRAP", "SIGTRAP"},
	{"XCPU", "SIGXCPU"}, {"XFSZ", "SIGXFSZ"},
};

/* "SEGV", "SIGSEGV" */
static void read_signal(struct qn_sighting *sighting, struct qn_text name)
{
	if (qn_text_starts(name, QN_TEXT("SIG")))
		name = qn_text_from(name, 3);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (qn_text_equal(name, qn_text_of(signals[i].words)))
			sighting->signal = qn_text_of(signals[i].signal);
	if (sighting->signal.len)
		qn_sighting_set_kind(sighting, qn_text_equal(sighting->signal, QN_TEXT("SIGABRT"))
						       ? QN_KIND_ABORT
						       : QN_KIND_CRASH);
}

/* The kernel's and systemd's dialects are one witness. */
static bool is_of_another(const struct qn_sighting *sighting)
{
	return sighting->of && sighting->of != &qn_dialect_systemd;
}

static void begin(struct qn_sighting *sighting, struct qn_time time)
{
	sighting->dialect = "systemd-coredump";
	if (!sighting->state) {
		sighting->state = STATE_FACTS;
		sighting->time = time;
	}
}

/* "Process 123 (milvus) of user 0 dumped core.", "... terminated abnormally with signal 11/SEGV,
 * processing..." */
static bool read_message(struct qn_sighting *sighting, struct qn_text text)
{
	static const char *const fronts[] = {"Message: ", "MESSAGE=", "[\xf0\x9f\xa1\x95] "};
	static const struct qn_text key = {"with signal ", 12};
	struct qn_text name, rest;
	uint64_t pid;
	size_t at;

	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++)
		if (qn_text_starts(text, qn_text_of(fronts[i])))
			text = qn_text_from(text, strlen(fronts[i]));
	if (!qn_text_starts(text, QN_TEXT("Process ")))
		return false;
	rest = qn_text_from(text, 8);
	if (!qn_kernel_take_process(&rest, &pid, &name) ||
	    (!qn_text_contains(rest, QN_TEXT(" dumped core")) &&
	     !qn_text_contains(rest, QN_TEXT(" terminated abnormally"))))
		return false;
	if (sighting->number == 0)
		sighting->number = pid;
	if (!sighting->message.len)
		qn_buffer_printf(&sighting->message, "process %llu (%.*s) dumped core",
				 (unsigned long long)pid, QN_ARG(name));
	at = qn_text_find(rest, key);
	if (at != SIZE_MAX) {
		rest = qn_text_from(rest, at + key.len);
		at = qn_text_find_byte(rest, '/');
		rest = qn_text_from(rest, at == SIZE_MAX ? rest.len : at + 1);
		read_signal(sighting, qn_text_first(rest, qn_text_find_byte(rest, ',')));
	}
	return true;
}

/* "#0  0x00007f1203 _ZN6milvus5query6SearchEv (libmilvus_core.so + 0x1244)" */
static bool read_frame(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret_place)
{
	struct qn_text rest = qn_text_from(text, 1), module;
	uint64_t number;
	size_t open;

	*ret_place = (struct qn_code_place){.has_pc = true};
	if (!qn_text_starts(text, QN_TEXT("#")) || !qn_take_number(&rest, &number) || number > 100000)
		return false;
	rest = qn_text_trim(rest);
	if (!qn_text_starts(rest, QN_TEXT("0x")) || !qn_take_number(&rest, &ret_place->pc) ||
	    !qn_text_starts(rest, QN_TEXT(" ")))
		return false;
	open = qn_text_rfind(rest, QN_TEXT(" ("));
	*ret_name = qn_text_trim(qn_text_first(rest, open));
	if (open != SIZE_MAX) {
		module = qn_text_from(rest, open + 2);
		ret_place->module = qn_text_first(module, qn_text_find(module, QN_TEXT(" + 0x")));
		if (qn_text_ends(ret_place->module, QN_TEXT(")")))
			ret_place->module = qn_text_first(ret_place->module, ret_place->module.len - 1);
	}
	if (qn_text_equal(ret_place->module, QN_TEXT("n/a")))
		ret_place->module = QN_TEXT("");
	if (qn_text_equal(*ret_name, QN_TEXT("n/a")))
		*ret_name = QN_TEXT("");
	return true;
}

/* A further thread is counted by what it was at. */
static void count_thread(struct qn_sighting *sighting, struct qn_text name, const struct qn_code_place *place)
{
	struct qn_text what = name.len ? name : place->module;

	sighting->state = STATE_OTHER_TOLD;
	qn_sighting_count_other(sighting, what.len ? qn_text_first(what, 128) : QN_TEXT("unknown"));
}

static bool begin_thread(struct qn_sighting *sighting, struct qn_text rest)
{
	uint64_t id;

	if (!qn_take_number(&rest, &id) || !qn_text_starts(rest, QN_TEXT(":")))
		return false;
	if (sighting->state == STATE_FACTS) {
		sighting->state = STATE_STACK;
		sighting->phase = QN_PHASE_FRAMES;
		sighting->number = id;
	} else {
		sighting->state = STATE_OTHER_THREAD;
		sighting->phase = QN_PHASE_BEHIND;
	}
	return true;
}

/* Facts of coredumpctl, and of `journalctl -o verbose`, that are nothing to tell. */
static const char *const facts[] = {"PID: ",         "UID: ",
				    "GID: ",         "Command Line: ",
				    "Executable: ",  "Control Group: ",
				    "Unit: ",        "User Unit: ",
				    "Slice: ",       "Owner UID: ",
				    "Boot ID: ",     "Machine ID: ",
				    "Hostname: ",    "Storage: ",
				    "Session: ",     "Coredump: ",
				    "Found module ", "Module ",
				    "Disk Size: ",   "Size on Disk: ",
				    "Package: ",     "build-id: ",
				    "COREDUMP_",     "_",
				    "Stack trace ",  "Metadata for ",
				    "PRIORITY=",     "SYSLOG_",
				    "MESSAGE_ID=",   "Build ID: ",
				    "LWP ID: ",      "Truncated ",
				    "Namespace: ",   NULL};

static bool is_fact(struct qn_text text)
{
	return qn_text_starts_any(text, facts);
}

/* "Mon 2026-11-23 15:48:07 UTC (2min ago)" */
static void read_timestamp(struct qn_sighting *sighting, struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(qn_text_from(qn_text_trim(text), 4));
	struct qn_time time;

	if (!qn_time_take_rfc3339(&cursor, &time) || qn_text_contains(cursor.rest, QN_TEXT("UTC")) == false)
		return;
	sighting->time = time;
}

/* "11 (SEGV)" */
static bool read_signal_fact(struct qn_sighting *sighting, struct qn_text rest)
{
	struct qn_text name;
	uint64_t number;

	rest = qn_text_trim(rest);
	if (!qn_kernel_take_process(&rest, &number, &name) || rest.len || number > 64)
		return false;
	read_signal(sighting, name);
	return sighting->signal.len > 0;
}

static struct qn_error *take_text(struct qn_sighting *sighting, struct qn_text text,
				  enum qn_line_use *ret_use)
{
	struct qn_code_place place;
	struct qn_text name;

	*ret_use = QN_LINE_TAKEN;
	if (read_frame(text, &name, &place)) {
		if (sighting->state == STATE_STACK)
			return qn_sighting_add_frame(sighting, name, &place);
		if (sighting->state == STATE_OTHER_THREAD)
			count_thread(sighting, name, &place);
		return NULL;
	}
	if (qn_text_starts(text, QN_TEXT("Stack trace of thread ")))
		*ret_use = begin_thread(sighting, qn_text_from(text, 22)) ? QN_LINE_TAKEN : QN_LINE_NOT_MINE;
	else if (qn_text_starts(text, QN_TEXT("ELF object binary architecture")))
		*ret_use = QN_LINE_LAST;
	else if (qn_text_starts(text, QN_TEXT("Timestamp: ")))
		read_timestamp(sighting, qn_text_from(text, 11));
	else if (qn_text_starts(text, QN_TEXT("Signal: ")) && sighting->state == STATE_FACTS)
		read_signal_fact(sighting, qn_text_from(text, 8));
	else if (qn_text_starts(text, QN_TEXT("COREDUMP_SIGNAL_NAME=")))
		read_signal(sighting, qn_text_from(text, 21));
	else if (sighting->state == STATE_FACTS && read_message(sighting, text))
		return NULL;
	else if (!is_fact(text))
		*ret_use = QN_LINE_NOT_MINE;
	return NULL;
}

/* The lines of one that syslog wrote as one. */
static struct qn_error *take_escaped(struct qn_sighting *sighting, struct qn_text text,
				     enum qn_line_use *ret_use)
{
	static const struct qn_text newline = {"#012", 4};

	for (;;) {
		size_t at = qn_text_find(text, newline);

		QN_TRY(take_text(sighting, qn_text_trim(qn_text_first(text, at)), ret_use));
		if (at == SIZE_MAX)
			return NULL;
		text = qn_text_from(text, at + newline.len);
	}
}

static enum qn_header_use read_dumped(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	struct qn_kernel_line kernel;
	enum qn_line_use use;

	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	qn_kernel_line_read(line->text, &kernel);
	rest = kernel.text;
	if (sighting->state > STATE_FACTS)
		return QN_HEADER_ANOTHER;
	if (!read_message(sighting, qn_text_first(rest, qn_text_find(rest, QN_TEXT("#012")))))
		return QN_HEADER_NOT_MINE;
	begin(sighting, kernel.time);
	if (qn_text_contains(rest, QN_TEXT("#012")) && take_escaped(sighting, rest, &use))
		sighting->is_cut = true;
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_fact(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	(void)line;
	if (sighting->state > STATE_FACTS)
		return QN_HEADER_ANOTHER;
	if (!read_signal_fact(sighting, rest))
		return QN_HEADER_NOT_MINE;
	begin(sighting, (struct qn_time){0});
	return QN_HEADER_TAKEN;
}

static enum qn_header_use read_field(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)line;
	if (sighting->state > STATE_FACTS)
		return QN_HEADER_ANOTHER;
	read_signal(sighting, rest);
	if (!sighting->signal.len)
		return QN_HEADER_NOT_MINE;
	begin(sighting, (struct qn_time){0});
	return QN_HEADER_TAKEN;
}

/* Its beginning was lost. */
static enum qn_header_use read_thread(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	struct qn_kernel_line kernel;

	if (is_of_another(sighting))
		return QN_HEADER_ANOTHER;
	qn_kernel_line_read(line->text, &kernel);
	if (sighting->state || !qn_text_starts(kernel.text, QN_TEXT("Stack trace of thread ")))
		return QN_HEADER_NOT_MINE;
	sighting->state = STATE_FACTS;
	if (!begin_thread(sighting, rest)) {
		sighting->state = 0;
		return QN_HEADER_NOT_MINE;
	}
	sighting->dialect = "systemd-coredump";
	sighting->time = kernel.time;
	sighting->damage |= QN_DAMAGE_HEADER;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{" dumped core", true, read_dumped},
	{" terminated abnormally", true, read_dumped},
	{"Signal: ", false, read_fact},
	{"COREDUMP_SIGNAL_NAME=", false, read_field},
	{"Stack trace of thread ", false, read_thread},
	{" Stack trace of thread ", true, read_thread},
	{NULL, false, NULL},
};

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_kernel_line kernel;

	qn_kernel_line_read(line->text, &kernel);
	if (sighting->state > STATE_FACTS && (qn_text_contains(kernel.text, QN_TEXT(" dumped core")) ||
					      qn_text_starts(kernel.text, QN_TEXT("Signal: ")))) {
		*ret_use = QN_LINE_END;
		return NULL;
	}
	return take_text(sighting, kernel.text, ret_use);
}

static const char *const triggers[] = {" dumped core.",         " terminated abnormally", "    Signal: ",
				       "COREDUMP_SIGNAL_NAME=", "Stack trace of thread ", NULL};

const struct qn_dialect qn_dialect_systemd = {
	.name = "systemd",
	.witness = QN_WITNESS_SYSTEM,
	.triggers = triggers,
	.headers = headers,
	.may_begin = qn_kernel_line_may_be,
	.take = take,
	.has_own_frames = true,
};
