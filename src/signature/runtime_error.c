#include "signature/runtime_error.h"

#include "base/banned.h"

struct qn_text qn_runtime_error(struct qn_text message)
{
	static const struct qn_text errors[] = {
		QN_TEXT("index out of range"),
		QN_TEXT("slice bounds out of range"),
		QN_TEXT("interface conversion"),
		QN_TEXT("assignment to entry in nil map"),
		QN_TEXT("close of closed channel"),
		QN_TEXT("close of nil channel"),
		QN_TEXT("send on closed channel"),
		QN_TEXT("all goroutines are asleep"),
		QN_TEXT("concurrent map"),
		QN_TEXT("integer divide by zero"),
		QN_TEXT("makeslice"),
		QN_TEXT("makechan"),
		QN_TEXT("invalid memory address"),
		QN_TEXT("hash of unhashable type"),
		QN_TEXT("comparing uncomparable type"),
		QN_TEXT("sync: "),
		QN_TEXT("out of memory"),
		QN_TEXT("stack overflow"),
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (qn_text_starts(message, errors[i]))
			return errors[i];
	return (struct qn_text){0};
}
