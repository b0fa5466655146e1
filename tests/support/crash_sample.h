/* A program of a few lines that dies, for tests of how its files are found again. */
#ifndef QN_TESTS_SUPPORT_CRASH_SAMPLE_H
#define QN_TESTS_SUPPORT_CRASH_SAMPLE_H

#include "support/crash_program.h"

/* One program, compiled and stripped in many ways; it dies in deep(), called by caller(). */
static const char sample_source[] =
	"#include <stdlib.h>\n"
	"int changed = 1;\n"
	"#ifdef PADDING\n"
	"char padding[PADDING] = {1};\n"
	"#endif\n"
	"__attribute__((noinline)) void deep(long n) { *(volatile int *)n = TAG; }\n"
	"__attribute__((noinline)) void caller(long n) { deep(n); changed = 3; }\n"
	"int main(int count, char **arguments)\n"
	"{\n"
	"\tchanged = 2;\n"
	"\tcaller(count - 1);\n"
	"\treturn arguments == NULL;\n"
	"}\n";
#define LINE_DEEP 6
#define LINE_CALLER 7

static inline char *make_sample(const char *flags)
{
	char *folder = qn_folder_make();

	qn_folder_write(folder, "a.c", sample_source, sizeof(sample_source) - 1);
	qn_crash_do(folder, "gcc -g -O1 -DTAG=1 %s a.c -o a 2>/dev/null", flags);
	return folder;
}

/* As readelf prints it, not we. */
static inline char *read_build_id(const char *folder, const char *file)
{
	return qn_crash_shell(folder, "readelf -n %s 2>/dev/null | sed -n 's/.*Build ID: //p'", file);
}

#define HAS_LINES true
#define NO_LINES false

/* deep() called by caller() is what died. */
static inline void check_sample(const struct qn_core *core, bool has_lines)
{
	const struct qn_core_stack *stack = core->stacks;

	assert_true(core->stacks_count == 1 && stack->count >= 3);
	assert_text(stack->frames[0].name, "deep");
	assert_text(stack->frames[1].name, "caller");
	assert_text(stack->frames[2].name, "main");
	assert_int_equal(stack->frames[0].line, has_lines ? LINE_DEEP : 0);
	assert_int_equal(stack->frames[1].line, has_lines ? LINE_CALLER : 0);
	assert_true(qn_text_ends(stack->frames[0].file, qn_text_of(has_lines ? "/a.c" : "")));
}

/* Path of @name in @folder, in a buffer of the caller. */
static inline const char *in(const char *folder, const char *name, char *buffer)
{
	int size = snprintf(buffer, 4096, "%s/%s", folder, name);

	assert_true(size > 0 && size < 4096);
	return buffer;
}

/* $id, $xx and $rest are the build-id and its parts, $PWD the folder. */
#define IDS "id=$(readelf -n a | sed -n 's/.*Build ID: //p'); xx=${id%%\"${id#??}\"}; rest=${id#??}; "

#endif
