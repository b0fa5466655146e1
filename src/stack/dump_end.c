#include "stack/dump_end.h"

#include "base/banned.h"

bool qn_dump_is_fault(struct qn_text signal)
{
	static const struct qn_text signals[] = {QN_TEXT("SIGSEGV"), QN_TEXT("SIGBUS"), QN_TEXT("SIGFPE"),
						 QN_TEXT("SIGILL"),  QN_TEXT("SIGSYS"), QN_TEXT("SIGTRAP")};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (qn_text_equal(signal, signals[i]))
			return true;
	return false;
}

/* What a signal handler did stands above what the signal interrupted. */
size_t qn_dump_find_handler(const struct qn_sighting *frames)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < frames->frames_count; i++)
		if (qn_text_equal(frames->frames[i].raw, QN_TEXT("<signal handler called>")) ||
		    qn_text_equal(frames->frames[i].raw, QN_TEXT("__restore_rt")))
			found = i;
	return found;
}

/* Frames that only an abort has. */
bool qn_dump_is_abort(struct qn_text raw)
{
	static const struct qn_text names[] = {QN_TEXT("abort"),          QN_TEXT("__GI_abort"),
					       QN_TEXT("__assert_fail"),  QN_TEXT("__GI___assert_fail"),
					       QN_TEXT("std::terminate"), QN_TEXT("__cxxabiv1::__terminate")};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_starts(raw, names[i]) &&
		    (raw.len == names[i].len || raw.data[names[i].len] == '('))
			return true;
	return false;
}
