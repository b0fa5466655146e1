#include "stack/crash_record.h"

#include "record/format.h"

#include "base/banned.h"

static bool is_of_tracer(const struct qn_record *record)
{
	return record->format == &qn_format_glog &&
	       qn_text_starts(record->call_site, QN_TEXT("ExceptionTracer.cpp:"));
}

static bool is_of_easylogging(const struct qn_record *record)
{
	return record->format == &qn_format_easylogging &&
	       qn_text_starts(record->message, QN_TEXT("CRASH HANDLED; Application has crashed"));
}

/* A stack that was logged line by line, each with the front of the log */
static bool is_of_script(const struct qn_record *record)
{
	return record->format == &qn_format_easylogging &&
	       (qn_text_contains(record->message, QN_TEXT("\tat ")) ||
		qn_text_contains(record->message, QN_TEXT("    at ")) ||
		qn_text_ends(record->message, QN_TEXT("Traceback (most recent call last):")));
}

bool qn_is_crash_record(const struct qn_record *record)
{
	return is_of_easylogging(record) ||
	       (record->format == &qn_format_glog && record->level == QN_LEVEL_FATAL) ||
	       (is_of_tracer(record) && !qn_is_tracer_noise(record)) || is_of_script(record);
}

bool qn_is_tracer_noise(const struct qn_record *record)
{
	return is_of_tracer(record) &&
	       qn_text_starts(record->message, QN_TEXT("Invalid trace stack for exception"));
}
