/* What the process said when it died: glibc's message, or the exception that nobody caught. */
#include "core/last_words.h"

#include "base/limits.h"
#include "base/banned.h"

#define FRAMES_LOOKED_AT 64U
#define STACK_BYTES_MAX (UINT64_C(1) << 20)
#define UNNAMED_BYTES_MAX (UINT64_C(64) << 10) /* of a stack without names */
#define SIGNAL_ABORT 6U

/* --- glibc -----------------------------------------------------------------------------------------------
 */

/* __abort_msg (stdlib/abort.h): pointer to {uint32_t size; char text[]}, for debuggers. */
static struct qn_text read_abort_message(const struct qn_core_file *file, struct qn_arena *arena,
					 uint64_t symbol)
{
	uint64_t message;
	uint32_t size;
	struct qn_text text;

	if (!symbol || !qn_core_file_read_dumped(file, symbol, &message, sizeof(message)) || !message ||
	    !qn_core_file_read_dumped(file, message, &size, sizeof(size)))
		return (struct qn_text){0};
	text = qn_core_file_read_string(file, arena, message + sizeof(size),
					size < QN_MESSAGE_BYTES_MAX ? size : QN_MESSAGE_BYTES_MAX);
	return qn_text_trim(text);
}

static struct qn_text find_abort_message(const struct qn_core_file *file, const struct qn_modules *modules,
					 struct qn_arena *arena)
{
	/* the library, as it is called now and before 2.34; a static program has it itself */
	size_t places[] = {qn_modules_named(modules, "libc.so"), qn_modules_named(modules, "libc-2"),
			   qn_modules_find(modules, file->entry)};
	struct qn_text text = {0};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !text.len; i++)
		if (places[i] != SIZE_MAX)
			text = read_abort_message(file, arena,
						  qn_modules_symbol(modules, places[i], "__abort_msg"));
	return text;
}

/* --- Exceptions ------------------------------------------------------------------------------------------
 */

/* Mangled, or as debug information has them. */
static const char *const machinery[] = {
	"__cxa_throw",
	"__cxa_rethrow",
	"__cxa_call_terminate",
	"__cxa_call_unexpected",
	"__clang_call_terminate",
	"_Unwind_RaiseException",
	"_Unwind_Resume",
	"_ZSt9terminatev",
	"std::terminate",
	"_ZSt17rethrow_exception",
	"std::rethrow_exception",
	"_ZN10__cxxabiv111__terminate",
	"__cxxabiv1::__terminate",
	"_ZN9__gnu_cxx27__verbose_terminate_handler",
	"__gnu_cxx::__verbose_terminate_handler",
	NULL,
};

/* How far from its innermost frame the stack of the crashed thread may know of an exception: to the end of
 * the function that threw. 0: it does not die of one. */
static uint64_t reach_of_exception(const struct qn_unwound_stack *physical, const struct qn_core_stack *stack,
				   bool is_abort)
{
	size_t index = 0, outermost = SIZE_MAX;
	bool is_nameless = false;
	uint64_t base = physical->count ? physical->frames[0].sp : 0;

	for (size_t i = 0; i < stack->count && index < FRAMES_LOOKED_AT; i++) {
		struct qn_text name = stack->frames[i].name;

		if (qn_text_starts_any(name, machinery))
			outermost = index;
		is_nameless |= !name.len;
		index += !stack->frames[i].is_inlined;
	}
	if (outermost == SIZE_MAX)
		return is_nameless && is_abort ? UNNAMED_BYTES_MAX : 0;
	/* one frame threw it, the next one's begin is its end; the C++ library stands in between where it is
	 * a part of the program */
	for (index = outermost + 3; index > 0; index--)
		if (index < physical->count && physical->frames[index].sp > base)
			return physical->frames[index].sp - base;
	return UNNAMED_BYTES_MAX;
}

static bool find_exception(const struct qn_core_file *file, const struct qn_unwinding *unwinding,
			   struct qn_core *core, struct qn_exception *ret)
{
	const struct qn_core_thread *thread = &core->threads[core->crashed];
	const struct qn_unwound *unwound = &unwinding->threads[core->crashed];
	const struct qn_core_status *status = &file->threads[core->crashed];
	uint64_t reach;

	if (thread->stack >= core->stacks_count || unwound->stack >= unwinding->stacks_count)
		return false;
	reach = reach_of_exception(&unwinding->stacks[unwound->stack], &core->stacks[thread->stack],
				   core->signal.number == SIGNAL_ABORT);
	if (reach > STACK_BYTES_MAX)
		reach = STACK_BYTES_MAX;
	return reach && qn_exception_find(file, &core->arena, status->registers, QN_CORE_REGISTERS_MAX,
					  unwound->sp, unwound->sp + reach, ret);
}

void qn_core_read_last_words(const struct qn_core_file *file, const struct qn_modules *modules,
			     const struct qn_unwinding *unwinding, struct qn_core *core)
{
	struct qn_exception exception;

	core->message = find_abort_message(file, modules, &core->arena);
	if (core->message.len || core->crashed >= core->threads_count ||
	    core->crashed >= file->threads_count || core->crashed >= unwinding->threads_count ||
	    !find_exception(file, unwinding, core, &exception))
		return;
	core->exception = qn_type_name_read(&core->arena, exception.mangled);
	core->message = qn_exception_text(file, &core->arena, &exception);
}
