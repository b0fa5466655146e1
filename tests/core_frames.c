/* Prints what struct qn_core holds of a core, for tests/crashers.sh, which compares it with what gdb says. No
 *test by itself.
 *
 *	core_frames [--libunwind|--libdw] CORE [SYMBOLS...]
 *
 * Lines of fields between tabs:
 *
 *	signal NUMBER CODE HAS_ADDRESS ADDRESS
 *	crashed TID
 *	fault|exception|message TEXT
 *	thread TID UNWINDER END WAIT_KIND WAIT_ADDRESS OWNER POOL
 *	frame PC inlined|physical LINE FILE NAME DEMANGLED
 *	elided COUNT
 *	module PATH BUILD_ID FOUND DEBUG
 *	note TEXT */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/core.h"
#include "stack/demangle.h"
#include "base/banned.h"

static void print_text(const char *name, struct qn_text text)
{
	printf("%s\t", name);
	for (size_t i = 0; i < text.len; i++)
		putchar(text.data[i] == '\n' || text.data[i] == '\t' ? ' ' : text.data[i]);
	putchar('\n');
}

static void print_frame(struct qn_arena *arena, const struct qn_core_frame *frame)
{
	struct qn_text demangled;

	if (!qn_demangle(arena, frame->name, &demangled))
		demangled = frame->name;
	printf("frame\t%" PRIx64 "\t%s\t%" PRIu32 "\t%.*s\t%.*s\t%.*s\n", frame->pc,
	       frame->is_inlined ? "inlined" : "physical", frame->line, QN_ARG(frame->file),
	       QN_ARG(frame->name), QN_ARG(demangled));
}

static void print_thread(struct qn_arena *arena, const struct qn_core *core,
			 const struct qn_core_thread *thread)
{
	const struct qn_core_stack *stack = &core->stacks[thread->stack];

	printf("thread\t%" PRIu32 "\t%s\t%s\t%s\t%" PRIx64 "\t%" PRIu32 "\t%.*s\n", thread->tid,
	       qn_unwinder_name(thread->unwinder), qn_unwind_end_words(thread->end),
	       qn_lock_kind_name(thread->wait.kind), thread->wait.address, thread->wait.owner,
	       QN_ARG(thread->pool));
	for (size_t i = 0; i < stack->count; i++) {
		if (stack->elided_count && i == stack->elided_at)
			printf("elided\t%" PRIu64 "\n", stack->elided_count);
		print_frame(arena, &stack->frames[i]);
	}
}

static void print_core(struct qn_arena *arena, const struct qn_core *core)
{
	printf("signal\t%" PRIu32 "\t%" PRId32 "\t%d\t%" PRIx64 "\n", core->signal.number, core->signal.code,
	       core->signal.has_address, core->signal.address);
	printf("crashed\t%" PRIu32 "\n", core->crashed == SIZE_MAX ? 0 : core->threads[core->crashed].tid);
	print_text("fault", core->fault);
	print_text("exception", core->exception);
	print_text("message", core->message);
	for (size_t i = 0; i < core->threads_count; i++)
		print_thread(arena, core, &core->threads[i]);
	for (size_t i = 0; i < core->modules_count; i++)
		printf("module\t%.*s\t%.*s\t%.*s\t%.*s\n", QN_ARG(core->modules[i].path),
		       QN_ARG(core->modules[i].build_id), QN_ARG(core->modules[i].found),
		       QN_ARG(core->modules[i].debug));
	for (size_t i = 0; i < core->notes_count; i++)
		print_text("note", core->notes[i].text);
}

int main(int argc, char **argv)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_core_options options = {0};
	struct qn_core *core = NULL;
	struct qn_error *error;
	int fd;

	if (argc > 1 && strcmp(argv[1], "--libunwind") == 0)
		options.unwinder = QN_UNWIND_WITH_LIBUNWIND;
	else if (argc > 1 && strcmp(argv[1], "--libdw") == 0)
		options.unwinder = QN_UNWIND_WITH_LIBDW;
	argc -= options.unwinder != QN_UNWIND_AUTO;
	argv += options.unwinder != QN_UNWIND_AUTO;
	if (argc < 2)
		return 2;
	options.symbols = (const char *const *)argv + 2;
	options.symbols_count = (size_t)argc - 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 2;
	error = qn_core_inspect(fd, &options, &core);
	close(fd);
	if (error) {
		fprintf(stderr, "%s: %s\n", argv[1], error->message);
		qn_error_destroy(error);
		return 1;
	}
	print_core(&arena, core);
	qn_core_destroy(core);
	return 0;
}
