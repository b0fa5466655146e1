#include "stack/sighting.h"

#include "base/limits.h"
#include "stack/dump.h"

#include "base/banned.h"

/* Lines that a panic's message may have before its goroutine: 20 attempts with a blank after each are 40. */
#define MESSAGE_LINES_MAX 256U

struct qn_error *qn_sighting_create(enum qn_witness witness, struct qn_sighting **ret)
{
	struct qn_sighting *sighting = calloc(1, sizeof(*sighting));

	if (!sighting)
		return &qn_error_no_memory;
	sighting->witness = witness;
	sighting->dialect = "";
	qn_hasher_init(&sighting->hasher);
	*ret = sighting;
	return NULL;
}

void qn_sighting_destroy(struct qn_sighting *sighting)
{
	if (!sighting)
		return;
	for (unsigned i = 0; i < QN_WEAVE_COPIES_MAX; i++)
		qn_sighting_destroy(sighting->heads[i]);
	qn_sighting_destroy(sighting->beside);
	qn_weave_deinit(&sighting->weave);
	free(sighting->frames);
	qn_dump_destroy(sighting->dump);
	qn_buffer_deinit(&sighting->message);
	qn_buffer_deinit(&sighting->pending);
	qn_arena_deinit(&sighting->arena);
	free(sighting);
}

void qn_sighting_claim(struct qn_sighting *sighting, const struct qn_crash_line *line,
		       struct qn_time last_time)
{
	const struct qn_line *source = line->line;

	if (sighting->place.line == 0) {
		sighting->place.line = source->number;
		sighting->place.offset = source->offset;
		if (!sighting->time.is_known) /* else the report's own words told it */
			sighting->time = line->own_time.is_known         ? line->own_time
					 : source->wrapper_time.is_known ? source->wrapper_time
									 : last_time;
	}
	if (source->number > sighting->place.last_line)
		sighting->place.last_line = source->number;
	sighting->damage |= line->damage;
	if (sighting->phase != QN_PHASE_BEHIND)
		qn_hasher_add(&sighting->hasher, line->whole);
}

struct qn_text qn_sighting_keep(struct qn_sighting *sighting, struct qn_text text)
{
	if (text.len == 0)
		return QN_TEXT("");
	if (text.len > QN_FRAME_NAME_BYTES_MAX || sighting->arena_bytes + text.len > QN_SIGHTING_BYTES_MAX)
		sighting->is_cut = true;
	if (sighting->arena_bytes + text.len > QN_SIGHTING_BYTES_MAX)
		return QN_TEXT("");
	text = qn_text_first(text, QN_FRAME_NAME_BYTES_MAX);
	sighting->arena_bytes += text.len;
	return qn_arena_copy(&sighting->arena, text);
}

static bool is_go_frame(struct qn_text raw, struct qn_text file)
{
	return qn_text_ends(file, QN_TEXT(".go")) ||
	       (qn_text_ends(file, QN_TEXT(".s")) && qn_text_starts(raw, QN_TEXT("runtime.")));
}

struct qn_error *qn_sighting_add_frame(struct qn_sighting *sighting, struct qn_text raw,
				       const struct qn_code_place *place)
{
	struct qn_frame *frame;

	if (place->pc == UINT64_MAX) /* the native handler's end mark */
		return NULL;
	if (sighting->frames_count >= QN_STACK_FRAMES_MAX) {
		sighting->is_overfull = true;
		return NULL;
	}
	QN_TRY(qn_array_reserve(&sighting->frames, &sighting->frames_capacity, sighting->frames_count + 1,
				sizeof(*sighting->frames)));
	frame = &sighting->frames[sighting->frames_count++];
	*frame = (struct qn_frame){
		.raw = qn_sighting_keep(sighting, raw),
		.file = qn_sighting_keep(sighting, place->file),
		.line = place->line,
		.pc = place->pc,
		.module = qn_sighting_keep(sighting, place->module),
		.build_id = qn_sighting_keep(sighting, place->build_id),
	};
	frame->is_go = place->has_offset || is_go_frame(frame->raw, frame->file);
	return qn_arena_check(&sighting->arena);
}

void qn_sighting_count_other(struct qn_sighting *sighting, struct qn_text what)
{
	size_t i = 0;

	while (i < sighting->others_count && !qn_text_equal(sighting->others[i].what, what))
		i++;
	if (i == sighting->others_count && i + 1 >= QN_OTHERS_MAX) {
		what = QN_TEXT("other");
		i = QN_OTHERS_MAX - 1;
	}
	if (i >= sighting->others_count) {
		sighting->others[i] = (struct qn_others){.what = qn_sighting_keep(sighting, what)};
		sighting->others_count = i + 1;
	}
	sighting->others[i].count++;
}

static void append_capped(struct qn_buffer *buffer, struct qn_text text)
{
	size_t room = buffer->len < QN_MESSAGE_BYTES_MAX ? QN_MESSAGE_BYTES_MAX - buffer->len : 0;

	qn_buffer_append_text(buffer, qn_text_first(text, room));
}

void qn_sighting_say(struct qn_sighting *sighting, struct qn_text text)
{
	if (text.len == 0)
		return;
	if (sighting->message.len)
		append_capped(&sighting->message, QN_TEXT("\n"));
	append_capped(&sighting->message, text);
}

void qn_sighting_say_on(struct qn_sighting *sighting, struct qn_text text)
{
	append_capped(&sighting->message, text);
}

void qn_sighting_say_perhaps(struct qn_sighting *sighting, const struct qn_crash_line *line)
{
	if (++sighting->pending_lines > MESSAGE_LINES_MAX) {
		sighting->is_message_open = false;
		return;
	}
	if (sighting->pending.len)
		append_capped(&sighting->pending, QN_TEXT("\n"));
	sighting->pending_last = sighting->pending.len;
	sighting->pending_number = line->line->number;
	append_capped(&sighting->pending, line->whole);
}

void qn_sighting_settle_message(struct qn_sighting *sighting, bool belongs)
{
	if (belongs && sighting->pending.len) {
		qn_sighting_say(sighting, qn_buffer_text(&sighting->pending));
		qn_hasher_add(&sighting->hasher, qn_buffer_text(&sighting->pending));
		if (sighting->pending_number > sighting->place.last_line)
			sighting->place.last_line = sighting->pending_number;
	}
	qn_buffer_clear(&sighting->pending);
	sighting->pending_last = 0;
	sighting->pending_lines = 0;
}

void qn_sighting_set_kind(struct qn_sighting *sighting, enum qn_kind kind)
{
	if (sighting->has_kind)
		return;
	sighting->has_kind = true;
	sighting->kind = kind;
}

bool qn_sighting_has_begun(const struct qn_sighting *sighting)
{
	return sighting->phase == QN_PHASE_BEHIND ||
	       (sighting->phase == QN_PHASE_FRAMES && sighting->frames_count);
}

/* panic({0x386b2c0, 0xc0dcd894a0}) */
static bool is_panic_call(const struct qn_frame *frame)
{
	return frame->is_go && qn_text_starts(frame->raw, QN_TEXT("panic("));
}

/* Without a header only the frames tell where it happened: in C, or in what Go called it through. */
static bool is_below_c(const struct qn_sighting *sighting)
{
	return sighting->frames_count &&
	       (!sighting->frames[0].is_go ||
		qn_text_starts(sighting->frames[0].raw, QN_TEXT("runtime.cgocall")));
}

/* A signal in C is a crash, but for the one that the process sends itself. */
static void settle_signal_kind(struct qn_sighting *sighting)
{
	qn_sighting_set_kind(sighting, QN_KIND_CRASH);
	if (sighting->kind == QN_KIND_CRASH && qn_text_equal(sighting->signal, QN_TEXT("SIGABRT")))
		sighting->kind = QN_KIND_ABORT;
}

static void finish_native(struct qn_sighting *sighting)
{
	for (size_t i = 0; i < sighting->frames_count && sighting->is_headless; i++)
		if (sighting->frames[i].is_go && qn_text_ends(sighting->frames[i].raw, QN_TEXT(")")))
			sighting->dialect = "cgo-signal";
	settle_signal_kind(sighting);
}

static void finish_go(struct qn_sighting *sighting)
{
	size_t last_panic = SIZE_MAX;

	for (size_t i = 0; i < sighting->frames_count; i++)
		if (is_panic_call(&sighting->frames[i]))
			last_panic = i;
	if (!sighting->has_kind &&
	    (last_panic != SIZE_MAX || (sighting->signal.len == 0 && !is_below_c(sighting)))) {
		qn_sighting_set_kind(sighting, QN_KIND_PANIC);
		sighting->dialect = "go-panic";
	}
	settle_signal_kind(sighting);
	if (sighting->kind != QN_KIND_PANIC || last_panic == SIZE_MAX)
		return;
	for (size_t i = 0; i < last_panic; i++)
		sighting->frames[i].is_rethrow = true;
}

void qn_sighting_finish(struct qn_sighting *sighting)
{
	qn_sighting_settle_message(sighting, false);
	sighting->is_cut |= sighting->is_overfull;
	if (sighting->witness == QN_WITNESS_NATIVE)
		finish_native(sighting);
	else if (sighting->witness == QN_WITNESS_GO)
		finish_go(sighting);
	else if (sighting->dump)
		qn_dump_finish(sighting->dump, sighting);
}

bool qn_sighting_is_own_dump(const struct qn_sighting *sighting)
{
	static const struct qn_text tops[] = {QN_TEXT("runtime/debug."), QN_TEXT("runtime/pprof.")};

	if (sighting->witness != QN_WITNESS_GO || !sighting->frames_count || sighting->message.len ||
	    sighting->signal.len)
		return false;
	for (size_t i = 0; i < sighting->frames_count; i++)
		if (is_panic_call(&sighting->frames[i]))
			return false;
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++)
		if (qn_text_starts(sighting->frames[0].raw, tops[i]))
			return true;
	return false;
}

struct qn_text qn_signal_of_number(uint64_t number)
{
	static const struct {
		uint64_t number;
		const char *name;
	} signals[] = {
		{4, "SIGILL"},   {5, "SIGTRAP"},  {6, "SIGABRT"},  {7, "SIGBUS"},
		{8, "SIGFPE"},   {9, "SIGKILL"},  {11, "SIGSEGV"}, {13, "SIGPIPE"},
		{24, "SIGXCPU"}, {25, "SIGXFSZ"}, {31, "SIGSYS"},
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (signals[i].number == number)
			return qn_text_of(signals[i].name);
	return QN_TEXT("");
}
