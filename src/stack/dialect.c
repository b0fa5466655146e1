#include "stack/dialect.h"

#include "stack/reader.h"

#include "base/banned.h"

const struct qn_dialect *const qn_dialects[] = {
	&qn_dialect_native, &qn_dialect_cgo,    &qn_dialect_go, &qn_dialect_prelude,
	&qn_dialect_rust,   &qn_dialect_parent, NULL,
};

const char *const qn_stack_triggers[] = {
	/* native */ "SIGNAL CATCH BY NON-GO",
	"SIGNO: ",
	"BACKTRACE:",
	/* Go */ "panic:",
	"fatal error: ",
	"[signal SIG",
	"runtime stack:",
	"goroutine ",
	"panic during panic",
	/* cgo */ "SIGSEGV: ",
	"SIGBUS: ",
	"SIGILL: ",
	"SIGFPE: ",
	"SIGABRT: ",
	"SIGTRAP: ",
	"signal arrived during ",
	/* C and C++ runtimes */ "terminate called ",
	"  what():",
	"pure virtual method called",
	"pthread_create failed",
	"libgomp: ",
	"double free or corruption",
	"malloc(): ",
	"realloc(): ",
	"free(): ",
	"malloc_consolidate(): ",
	"munmap_chunk(): ",
	"corrupted ",
	"stack smashing detected",
	"buffer overflow detected",
	"Fatal glibc error",
	/* Rust */ "panicked at ",
	"fatal runtime error: ",
	"panic in a function that cannot unwind",
	/* the parent process */ "subprocess exit,",
	"exit code: ",
	/* frames whose header was lost */ "pc=0x",
	NULL,
};

static bool match_header(const struct qn_header *header, struct qn_text text, struct qn_header_match *ret)
{
	struct qn_text words = qn_text_of(header->words);
	size_t at = 0;

	if (!qn_text_starts(text, words)) {
		at = header->is_anywhere ? qn_text_find(text, words) : SIZE_MAX;
		if (at == SIZE_MAX)
			return false;
	}
	ret->header = header;
	ret->rest = qn_text_from(text, at + words.len);
	ret->is_glued = at > 0 && header->words[0] != ' ';
	return true;
}

bool qn_dialects_match(struct qn_text text, struct qn_header_match *ret)
{
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++) {
		for (const struct qn_header *header = (*dialect)->headers; header->words; header++) {
			if (!match_header(header, text, ret))
				continue;
			ret->dialect = *dialect;
			return true;
		}
	}
	return false;
}

struct qn_error *qn_dialects_take(struct qn_sighting *sighting, const struct qn_crash_line *line,
				  bool *ret_taken)
{
	*ret_taken = false;
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++) {
		if ((*dialect)->witness != sighting->witness || !(*dialect)->take)
			continue;
		QN_TRY((*dialect)->take(sighting, line, ret_taken));
		if (*ret_taken)
			break;
	}
	return NULL;
}
