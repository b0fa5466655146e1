/* The handler for signals in native code (cgosymbolizer's symbolizer.c; SIGSEGV, SIGBUS and SIGFPE only):
 *
 *	SIGNAL CATCH BY NON-GO SIGNAL HANDLER
 *	SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x20
 *	BACKTRACE:
 *	_ZN6milvus5query6SearchEv
 *		/src/query/Search.cpp:38 pc=0x7f1203
 *	(null)
 *		(null):0 pc=0xffffffffffffffff */
#include "stack/dialect.h"

#include "base/cursor.h"

#include "base/banned.h"

/* Of the line of facts so much is kept. */
#define FACTS_BYTES_MAX 512U
/* Nobody reads in a narrower window; a blank at the end is not counted. */
#define WIDTH_MIN 39U

/* Of sighting->state: only "BACKTRACE:" was seen of its head. */
enum { STATE_LONE = 1 };

static void begin(struct qn_sighting *sighting)
{
	sighting->dialect = "native-handler";
}

static enum qn_header_use read_title(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)line;
	(void)rest;
	if (qn_sighting_has_begun(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting);
	sighting->state = 0;
	return QN_HEADER_TAKEN;
}

/* One "KEY: value". Keys are matched by their first letters: retyped texts have SI_COPDE. */
static void read_fact(struct qn_sighting *sighting, struct qn_text key, struct qn_text value)
{
	bool is_negative = qn_text_starts(value, QN_TEXT("-"));
	uint64_t number;

	if (qn_text_equal(value, QN_TEXT("(nil)")))
		value = QN_TEXT("0");
	value = qn_text_from(value, is_negative ? 1 : 0);
	if (!qn_take_number(&value, &number))
		return;
	if (qn_text_starts(key, QN_TEXT("SI_CO")) && !sighting->has_si_code && number <= INT32_MAX) {
		sighting->has_si_code = true;
		sighting->si_code = is_negative ? -(int64_t)number : (int64_t)number;
	} else if (qn_text_starts(key, QN_TEXT("SI_A")) && !sighting->has_fault_address) {
		sighting->has_fault_address = true;
		sighting->fault_address = number;
	} else if (qn_text_equal(key, QN_TEXT("SIGNO")) && sighting->signal.len == 0) {
		sighting->signal = qn_signal_of_number(number);
	}
}

static void read_all_facts(struct qn_sighting *sighting, struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_text part, key;

	while (!qn_cursor_at_end(&cursor)) {
		struct qn_cursor fact;

		if (!qn_cursor_take_until(&cursor, ';', &part)) {
			part = cursor.rest;
			cursor.rest = QN_TEXT("");
		}
		fact = qn_cursor_of(qn_text_trim(part));
		if (qn_cursor_take_until(&fact, ':', &key))
			read_fact(sighting, qn_text_trim(key), qn_text_trim(fact.rest));
	}
}

/* The line of facts is kept: a terminal may have broken it in two. */
static enum qn_header_use read_facts(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	(void)rest;
	if (qn_sighting_has_begun(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting);
	sighting->state = 0;
	sighting->damage |= sighting->place.line ? 0 : QN_DAMAGE_HEADER;
	read_all_facts(sighting, line->text);
	qn_buffer_clear(&sighting->pending);
	qn_buffer_append_text(&sighting->pending, qn_text_first(line->text, FACTS_BYTES_MAX));
	sighting->pending_number = line->line->number;
	return QN_HEADER_TAKEN;
}

/* "SIGNO: 11; ..; SI_ADDR: 0x7f1203", "..; SI_ADDR: (nil)" */
static bool has_all_facts(struct qn_text text)
{
	size_t at = qn_text_rfind(text, QN_TEXT("SI_ADDR:"));
	struct qn_text value = at == SIZE_MAX ? QN_TEXT("") : qn_text_trim(qn_text_from(text, at + 8));
	uint64_t ignored;

	return qn_text_equal(value, QN_TEXT("(nil)")) ||
	       (qn_text_starts(value, QN_TEXT("0x")) && qn_take_number(&value, &ignored) && !value.len);
}

/* "_ADDR: 0x7f1203", "aabb40": the rest of the line of facts, right below it. */
static struct qn_error *take(struct qn_sighting *sighting, const struct qn_crash_line *line,
			     enum qn_line_use *ret_use)
{
	struct qn_buffer *facts = &sighting->pending;
	size_t len = facts->len;

	*ret_use = QN_LINE_NOT_MINE;
	if (sighting->phase != QN_PHASE_HEAD || len < WIDTH_MIN ||
	    line->line->number != sighting->pending_number + 1 || line->text.len > len)
		return NULL;
	qn_buffer_append_text(facts, line->text);
	QN_TRY(qn_buffer_check(facts));
	if (!has_all_facts(qn_buffer_text(facts))) {
		qn_buffer_clear(facts);
		return NULL;
	}
	sighting->signal = QN_TEXT("");
	sighting->has_si_code = sighting->has_fault_address = false;
	read_all_facts(sighting, qn_buffer_text(facts));
	qn_buffer_clear(facts);
	sighting->damage |= QN_DAMAGE_WRAPPED;
	*ret_use = QN_LINE_TAKEN;
	return NULL;
}

static enum qn_header_use read_backtrace(struct qn_sighting *sighting, const struct qn_crash_line *line,
					 struct qn_text rest)
{
	(void)line;
	if (rest.len)
		return QN_HEADER_NOT_MINE;
	if (qn_sighting_has_begun(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting);
	if (!sighting->place.line) {
		sighting->state = STATE_LONE;
		sighting->damage |= QN_DAMAGE_HEADER;
	}
	sighting->phase = QN_PHASE_FRAMES;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"SIGNAL CATCH BY NON-GO SIGNAL HANDLER", true, read_title},
	{"SIGNO: ", false, read_facts},
	{"BACKTRACE:", false, read_backtrace},
	{NULL, false, NULL},
};

/* The word alone tells nothing. */
static void finish(struct qn_sighting *sighting)
{
	sighting->is_noise = sighting->state == STATE_LONE && !sighting->frames_count;
}

static const char *const triggers[] = {"SIGNAL CATCH BY NON-GO",
				       "SIGNO: ", "; SIGNAME: ", "BACKTRACE:", NULL};

const struct qn_dialect qn_dialect_native = {
	.name = "native",
	.witness = QN_WITNESS_NATIVE,
	.triggers = triggers,
	.headers = headers,
	.take = take,
	.finish = finish,
};
