/* Reports of the sanitizers (compiler-rt's sanitizer_common; address, hwaddress, memory, thread, leak,
 *undefined):
 *
 *	==8==ERROR: AddressSanitizer: heap-use-after-free on address 0x603 at pc 0x7f1 bp 0x7f2 sp 0x7f3
 *	READ of size 8 at 0x603 thread T1241
 *	    #0 0x7f1 in milvus::segcore::Fill(long) /src/a.cpp:12:3
 *	    #1 0x7f4  (/lib/libsegcore.so+0x12) (BuildId: 0123abcd)
 *
 *	freed by thread T12 here:
 *	    #0 ...
 *	SUMMARY: AddressSanitizer: heap-use-after-free /src/a.cpp:12:3 in milvus::segcore::Fill(long)
 *
 *	WARNING: ThreadSanitizer: data race (pid=12)
 *	  Write of size 4 at 0x7b0 by thread T1:
 *	    #0 f /src/a.cpp:12 (prog+0x4c1)
 *
 *	/src/a.cpp:12:3: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type
 *'int'
 *
 * Only the first stack is where it happened: the others say where the memory came from, where a thread was
 *made, and what the other side of a race did. */
#include "stack/dialect.h"

#include "base/cursor.h"
#include "stack/frame_line.h"

#include "base/banned.h"

enum part {
	PART_HEAD,   /* facts above the first stack */
	PART_SURE,   /* the same, and something was told that only a report has */
	PART_FRAMES, /* the first stack */
	PART_BEHIND, /* other stacks, remarks */
	PART_SUMMARY /* "SUMMARY: ..." was seen: what follows is a picture of the memory */
};

/* "==8==" in front of a line, "" when there is none. */
static struct qn_text cut_pid(struct qn_text text)
{
	struct qn_text rest = qn_text_from(text, 2);
	uint64_t pid;

	if (!qn_text_starts(text, QN_TEXT("==")) || !qn_take_number(&rest, &pid) ||
	    !qn_text_starts(rest, QN_TEXT("==")))
		return text;
	return qn_text_trim(qn_text_from(rest, 2));
}

/* "ERROR: AddressSanitizer: heap-use-after-free on address 0x603 at pc ..." -> "heap-use-after-free". The
 * words up to the first that only this report has. */
static struct qn_text error_words(struct qn_text text)
{
	static const struct qn_text ends[] = {QN_TEXT(" on unknown address"),
					      QN_TEXT(" on address"),
					      QN_TEXT(" on 0x"),
					      QN_TEXT(" 0x"),
					      QN_TEXT(" (pid="),
					      QN_TEXT(" (pc "),
					      QN_TEXT(": 0x"),
					      QN_TEXT(" in thread T")};
	static const struct qn_text attempt = QN_TEXT("attempting ");
	size_t end;

	if (qn_text_starts(text, attempt)) /* the summary below says "double-free", too */
		text = qn_text_from(text, attempt.len);
	end = text.len;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t at = qn_text_find(text, ends[i]);

		if (at < end)
			end = at;
	}
	text = qn_text_first(text, end);
	end = qn_text_rfind(text, QN_TEXT(" ("));
	if (end != SIZE_MAX && qn_text_find_byte(qn_text_from(text, end), ')') == SIZE_MAX)
		text = qn_text_first(text, end); /* "data race (pi": cut there */
	return qn_text_trim(text);
}

/* "SEGV on unknown address 0x10 (pc 0x7f ...)": the sanitizer's handler saw a signal. */
static struct qn_text signal_of(struct qn_text words)
{
	static const struct {
		const char *word, *signal;
	} signals[] = {{"SEGV", "SIGSEGV"}, {"BUS", "SIGBUS"},   {"FPE", "SIGFPE"},
		       {"ILL", "SIGILL"},   {"ABRT", "SIGABRT"}, {"TRAP", "SIGTRAP"}};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (qn_text_equal(words, qn_text_of(signals[i].word)))
			return qn_text_of(signals[i].signal);
	return QN_TEXT("");
}

/* "by thread T1", "thread T1241", "in thread T0:" */
static void read_thread(struct qn_sighting *sighting, struct qn_text text)
{
	size_t at = qn_text_rfind(text, QN_TEXT("thread T"));
	struct qn_text name = qn_text_from(text, at == SIZE_MAX ? text.len : at + 7);
	size_t len = 1;

	while (len < name.len && name.data[len] >= '0' && name.data[len] <= '9')
		len++;
	if (!sighting->thread.len && name.len && len > 1)
		sighting->thread = qn_sighting_keep(sighting, qn_text_first(name, len));
}

static void read_address(struct qn_sighting *sighting, struct qn_text text)
{
	static const struct qn_text keys[] = {QN_TEXT("unknown address "), QN_TEXT("on address "),
					      QN_TEXT(" at 0x"), QN_TEXT("free on ")};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && !sighting->has_fault_address; i++) {
		struct qn_text key = keys[i];

		if (qn_text_ends(key, QN_TEXT("0x")))
			key = qn_text_first(key, key.len - 2);
		sighting->has_fault_address = qn_find_number(text, key, &sighting->fault_address);
	}
}

/* The dialect of reports behind which the process goes on: those of TSan and UBSan. */
static const char lives_on[] = "sanitizer-warning";

static enum qn_header_use begin(struct qn_sighting *sighting, struct qn_text rest)
{
	struct qn_text words = error_words(rest);
	uint64_t pc;

	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	if (words.len == 0)
		return QN_HEADER_NOT_MINE;
	sighting->dialect = "sanitizer";
	qn_sighting_set_kind(sighting, QN_KIND_SANITIZER);
	qn_sighting_say(sighting, words);
	sighting->signal = signal_of(words);
	read_address(sighting, rest);
	read_thread(sighting, rest);
	if (qn_find_number(rest, QN_TEXT("pc "), &pc))
		sighting->crash_pc = pc;
	return QN_HEADER_TAKEN;
}

/* "==8==ERROR: AddressSanitizer: ...", "WARNING: ThreadSanitizer: ...": told by the words in front. Remarks
 * of the same tools ("AddressSanitizer: libc interceptors initialized") have none. */
static enum qn_header_use read_report(struct qn_sighting *sighting, const struct qn_crash_line *line,
				      struct qn_text rest)
{
	static const char *const levels[] = {"ERROR: ", "WARNING: ", "FATAL: "};
	struct qn_text text = cut_pid(line->text), tool;
	enum qn_header_use use;
	size_t level = 0, end;

	while (level < 3 && !qn_text_starts(text, qn_text_of(levels[level])))
		level++;
	if (level == 3)
		return QN_HEADER_NOT_MINE;
	text = qn_text_from(text, strlen(levels[level]));
	end = qn_text_find(text, QN_TEXT("Sanitizer: "));
	if (end == SIZE_MAX || qn_text_find_byte(qn_text_first(text, end), ' ') != SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	tool = qn_text_first(text, end + 9);
	/* "WARNING: AddressSanitizer failed to allocate", "... CHECK failed" and such are remarks of the
	 * tool. */
	if (level == 1 && !qn_text_equal(tool, QN_TEXT("ThreadSanitizer")) &&
	    !qn_text_equal(tool, QN_TEXT("MemorySanitizer")))
		return QN_HEADER_NOT_MINE;
	(void)rest;
	use = begin(sighting, qn_text_from(text, end + 11));
	if (use == QN_HEADER_TAKEN &&
	    (qn_text_starts(line->text, QN_TEXT("==")) || qn_text_contains(line->text, QN_TEXT(" (p"))))
		sighting->state = PART_SURE;
	if (use == QN_HEADER_TAKEN && level == 1 && qn_text_equal(tool, QN_TEXT("ThreadSanitizer")))
		sighting->dialect = lives_on;
	return use;
}

/* "AddressSanitizer: CHECK failed: asan_poisoning.cpp:38 "((AddrIsInMem(addr))) != (0)" (0x0, 0x0) (tid=7)":
 * the tool itself gave up; the stack below says where. Older ones write "==7==AddressSanitizer CHECK
 * failed:".
 */
static enum qn_header_use read_check(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	enum qn_header_use use;

	(void)line;
	rest = qn_text_first(rest, qn_text_find(rest, QN_TEXT(" (0x")));
	use = begin(sighting, QN_TEXT("CHECK failed"));
	if (use == QN_HEADER_TAKEN) {
		qn_sighting_say_on(sighting, QN_TEXT(": "));
		qn_sighting_say_on(sighting, qn_text_trim(rest));
		sighting->state = PART_SURE;
	}
	return use;
}

/* "Direct leak of 303 byte(s) in 3 object(s) allocated from:", below another or with the title lost */
static enum qn_header_use read_leak(struct qn_sighting *sighting, const struct qn_crash_line *line,
				    struct qn_text rest)
{
	(void)line;
	if (!qn_text_contains(rest, QN_TEXT(" object(s) allocated from:")))
		return QN_HEADER_NOT_MINE;
	return begin(sighting, QN_TEXT("detected memory leaks"));
}

/* "a.cpp:12:3" */
static bool has_column(struct qn_text text)
{
	size_t colon = qn_text_rfind(text, QN_TEXT(":"));
	struct qn_text file;
	uint32_t line;

	return colon != SIZE_MAX && qn_source_place_read(qn_text_first(text, colon), &file, &line);
}

/* "/src/a.cpp:12:3: runtime error: shift exponent 33 is too large for 32-bit type 'int'" */
static enum qn_header_use read_undefined(struct qn_sighting *sighting, const struct qn_crash_line *line,
					 struct qn_text rest)
{
	size_t at = qn_text_find(line->text, QN_TEXT(": runtime error: "));
	struct qn_code_place place = {0};
	struct qn_error *error;
	struct qn_text file;
	size_t slash;

	(void)rest;
	/* It always tells a column. */
	if (at == SIZE_MAX || !has_column(qn_text_first(line->text, at)) ||
	    !qn_source_place_read(qn_text_first(line->text, at), &file, &place.line))
		return QN_HEADER_NOT_MINE;
	if (sighting->place.line)
		return QN_HEADER_ANOTHER;
	place.file = file;
	sighting->dialect = lives_on;
	qn_sighting_set_kind(sighting, QN_KIND_SANITIZER);
	/* What was undefined says little without where; a stack, if one follows, says more than the file. */
	slash = qn_text_rfind(file, QN_TEXT("/"));
	qn_sighting_say(sighting, QN_TEXT("in "));
	qn_sighting_say_on(sighting, qn_text_from(file, slash == SIZE_MAX ? 0 : slash + 1));
	qn_sighting_say_on(sighting, QN_TEXT(": "));
	qn_sighting_say_on(sighting, qn_text_from(line->text, at + 17));
	/* Without -fno-sanitize-recover and a stack the place is all there is; a stack replaces it. */
	error = qn_sighting_add_frame(sighting, QN_TEXT(""), &place);
	sighting->is_cut |= error != NULL;
	qn_error_destroy(error);
	sighting->number = 1;
	return QN_HEADER_TAKEN;
}

/* "heap-use-after-free /src/a.cpp:12:3 in milvus::segcore::Fill(long)", "SEGV (/lib/x.so+0x12) (BuildId: 0a)
 * in f", "SEGV in f": what, where; the place is cut off @text when there is one. */
static struct qn_frame_line cut_summary(struct qn_text *text)
{
	static const struct qn_text in = QN_TEXT(" in ");
	struct qn_frame_line frame = {0};
	size_t at = qn_text_find(*text, in), blank;
	struct qn_text head, place;

	if (at == SIZE_MAX && qn_text_ends(*text, QN_TEXT(" in"))) /* the function is not known */
		at = text->len - 3;
	if (at == SIZE_MAX)
		return frame;
	head = qn_text_first(*text, at);
	frame.name = qn_text_trim(qn_text_from(*text, at + in.len));
	blank = qn_text_find(head, QN_TEXT(" ("));
	if (blank == SIZE_MAX)
		blank = qn_text_rfind(head, QN_TEXT(" "));
	place = qn_text_from(head, blank == SIZE_MAX ? head.len : blank + 1);
	if (has_column(place))
		place = qn_text_first(place, qn_text_rfind(place, QN_TEXT(":")));
	if (qn_source_place_read(place, &frame.place.file, &frame.place.line) ||
	    qn_text_starts(place, QN_TEXT("(")))
		head = qn_text_first(head, blank);
	*text = head;
	return frame;
}

/* "SUMMARY: AddressSanitizer: heap-use-after-free /src/a.cpp:12:3 in milvus::segcore::Fill(long)", of a
 * report whose beginning was lost. */
static enum qn_header_use read_summary(struct qn_sighting *sighting, const struct qn_crash_line *line,
				       struct qn_text rest)
{
	static const struct qn_text tool = QN_TEXT("Sanitizer: ");
	size_t at = qn_text_find(rest, tool);
	struct qn_frame_line frame;
	enum qn_header_use use;

	(void)line;
	if (at == SIZE_MAX || qn_text_find_byte(qn_text_first(rest, at), ' ') != SIZE_MAX)
		return QN_HEADER_NOT_MINE;
	rest = qn_text_from(rest, at + tool.len);
	if (!rest.len || (rest.data[0] >= '0' && rest.data[0] <= '9'))
		return QN_HEADER_NOT_MINE; /* "40 byte(s) leaked in 1 allocation(s)." */
	frame = cut_summary(&rest);
	if (!frame.name.len && !frame.place.file.len)
		return QN_HEADER_NOT_MINE;
	use = begin(sighting, rest);
	if (use != QN_HEADER_TAKEN)
		return use;
	sighting->state = PART_SUMMARY;
	sighting->is_headless = true;
	sighting->damage |= QN_DAMAGE_HEADER;
	qn_frame_line_add_first(sighting, &frame);
	return use;
}

static const struct qn_header headers[] = {
	{"SUMMARY: ", false, read_summary},
	{" AddressSanitizer: ", true, read_report},
	{" HWAddressSanitizer: ", true, read_report},
	{" LeakSanitizer: ", true, read_report},
	{" MemorySanitizer: ", true, read_report},
	{" ThreadSanitizer: ", true, read_report},
	{" UndefinedBehaviorSanitizer: ", true, read_report},
	{" runtime error: ", true, read_undefined},
	{"Sanitizer: CHECK failed: ", true, read_check},
	{"Sanitizer CHECK failed: ", true, read_check},
	{"Direct leak of ", false, read_leak},
	{NULL, false, NULL},
};

/* Above the first stack. */
static const char *const facts[] = {"READ of size ",
				    "WRITE of size ",
				    "ACCESS of size ",
				    "Read of size ",
				    "Write of size ",
				    "Atomic read of size ",
				    "Atomic write of size ",
				    "Direct leak of ",
				    "Indirect leak of ",
				    "The signal is caused by ",
				    "Hint: ",
				    "Cycle in lock order graph",
				    "Register values:",
				    "Using libbacktrace symbolizer",
				    NULL};
/* Titles of further stacks, and remarks between them. */
static const char *const behind[] = {"freed by ",
				     "previously allocated by ",
				     "allocated by ",
				     "Thread T",
				     "Previous ",
				     "Location is ",
				     "Mutex M",
				     "As if synchronized",
				     "Uninitialized value",
				     "Memory was marked",
				     "Address ",
				     "Shadow byte",
				     "Shadow bytes",
				     "This frame has ",
				     "HINT: ",
				     "AddressSanitizer can not",
				     "Addressable:",
				     "Partially addressable",
				     "Heap left redzone",
				     "Freed heap region",
				     "Stack ",
				     "Global ",
				     "Poisoned by user",
				     "Container overflow",
				     "Array cookie",
				     "Intra object",
				     "ASan internal",
				     "Left alloca",
				     "Right alloca",
				     "Shadow gap",
				     "AddressSanitizer: ",
				     "ThreadSanitizer can not",
				     "ThreadSanitizer: reported ",
				     "UndefinedBehaviorSanitizer can not",
				     "MemorySanitizer can not",
				     "(longjmp and C++ exceptions",
				     "0x",
				     "=>0x",
				     "[0]",
				     NULL};

/* Below the words of a report of undefined behaviour: what the memory there held.
 *	0x7ffe5b70a031: note: pointer points here
 *	 00 00 00  00 00
 *	              ^~~~
 *	              vptr for 'milvus::A'
 * Below those on a stack's memory: "[32, 72) 'a' (line 6) <== Memory access at ...". */
static bool is_picture(struct qn_text text)
{
	if (text.data[0] == '^' || qn_text_starts(text, QN_TEXT("vptr for ")))
		return true;
	if (text.data[0] == '[')
		return qn_text_contains(text, QN_TEXT(") '"));
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '?' && !memchr("0123456789abcdefABCDEF ", text.data[i], 23))
			return false;
	return text.len > 8;
}

static bool has_begun(const struct qn_sighting *sighting)
{
	return sighting->frames_count > sighting->number;
}

static struct qn_error *take_frame(struct qn_sighting *sighting, const struct qn_frame_line *frame)
{
	if (frame->index == 0 && has_begun(sighting))
		sighting->state = sighting->state == PART_SUMMARY ? PART_SUMMARY : PART_BEHIND;
	if (sighting->state > PART_FRAMES)
		return NULL;
	if (sighting->number) { /* the place that stood in for a stack */
		sighting->frames_count = 0;
		sighting->number = 0;
	}
	sighting->state = PART_FRAMES;
	sighting->phase = QN_PHASE_FRAMES;
	return qn_sighting_add_frame(sighting, frame->name, &frame->place);
}

static enum qn_line_use take_words(struct qn_sighting *sighting, struct qn_text text)
{
	/* Each leak that is not of another's is a failure of its own. */
	if (qn_text_starts(text, QN_TEXT("Direct leak of ")) && has_begun(sighting))
		return QN_LINE_END;
	if (text.len && is_picture(text))
		return QN_LINE_TAKEN;
	if (qn_text_starts_any(text, facts)) {
		if (sighting->state == PART_HEAD)
			sighting->state = PART_SURE;
		if (has_begun(sighting))
			sighting->state = PART_BEHIND;
		read_thread(sighting, text);
		read_address(sighting, text);
	} else if (qn_text_starts_any(text, behind)) {
		if (has_begun(sighting) && sighting->state == PART_FRAMES)
			sighting->state = PART_BEHIND;
	} else if (qn_text_starts(text, QN_TEXT("SUMMARY: "))) {
		sighting->state = PART_SUMMARY;
	} else if (qn_text_starts(text, QN_TEXT("ABORTING"))) {
		return QN_LINE_LAST;
	} else if (qn_text_starts(text, QN_TEXT("====="))) {
		return sighting->state == PART_SUMMARY ? QN_LINE_LAST : QN_LINE_TAKEN;
	} else {
		return QN_LINE_NOT_MINE;
	}
	return QN_LINE_TAKEN;
}

static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_text text = cut_pid(line->text);
	struct qn_frame_line frame;

	if (qn_frame_line_read_sanitizer(text, &frame)) {
		*ret_use = QN_LINE_TAKEN;
		return take_frame(sighting, &frame);
	}
	*ret_use = take_words(sighting, text);
	return NULL;
}

/* The words of a title with neither facts nor a stack: somebody's prose. */
static void finish(struct qn_sighting *sighting)
{
	sighting->is_noise = !sighting->frames_count && !sighting->has_fault_address && !sighting->state &&
			     !sighting->thread.len && !sighting->crash_pc;
}

static const char *const triggers[] = {"ERROR: AddressSanitizer: ",
				       "ERROR: HWAddressSanitizer: ",
				       "ERROR: LeakSanitizer: ",
				       "ERROR: UndefinedBehaviorSanitizer: ",
				       "ERROR: ThreadSanitizer: ",
				       "ERROR: MemorySanitizer: ",
				       "FATAL: ThreadSanitizer: ",
				       "WARNING: ThreadSanitizer: ",
				       "WARNING: MemorySanitizer: ",
				       ": runtime error: ",
				       "Sanitizer: CHECK failed: ",
				       "Sanitizer CHECK failed: ",
				       "Direct leak of ",
				       "SUMMARY: AddressSanitizer: ",
				       "SUMMARY: HWAddressSanitizer: ",
				       "SUMMARY: MemorySanitizer: ",
				       "SUMMARY: ThreadSanitizer: ",
				       "SUMMARY: UndefinedBehaviorSanitizer: ",
				       NULL};

const struct qn_dialect qn_dialect_sanitizer = {
	.name = "sanitizer",
	.witness = QN_WITNESS_SANITIZER,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
	.has_own_frames = true,
};
