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

static enum qn_header_use read_facts(struct qn_sighting *sighting, const struct qn_crash_line *line,
				     struct qn_text rest)
{
	struct qn_cursor cursor = qn_cursor_of(line->text);
	struct qn_text part, key;

	(void)rest;
	if (qn_sighting_has_begun(sighting))
		return QN_HEADER_ANOTHER;
	begin(sighting);
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
	return QN_HEADER_TAKEN;
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
	sighting->phase = QN_PHASE_FRAMES;
	return QN_HEADER_TAKEN;
}

static const struct qn_header headers[] = {
	{"SIGNAL CATCH BY NON-GO SIGNAL HANDLER", true, read_title},
	{"SIGNO: ", false, read_facts},
	{"BACKTRACE:", false, read_backtrace},
	{NULL, false, NULL},
};

static const char *const triggers[] = {"SIGNAL CATCH BY NON-GO", "SIGNO: ", "BACKTRACE:", NULL};

const struct qn_dialect qn_dialect_native = {
	.name = "native",
	.witness = QN_WITNESS_NATIVE,
	.triggers = triggers,
	.headers = headers,
};
