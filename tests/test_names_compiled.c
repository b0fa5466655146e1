/* Real compilers and tools as judges: what g++ and clang++ mangle, c++filt, gdb and LLVM's demangler spell in
 * their own ways, and it is one function with one key. Those that are not there are left out. */
#include "support/folder.h"

#include "base/cleanup.h"
#include "base/cursor.h"
#include "stack/demangle.h"
#include "stack/frame_name.h"

static bool has_tool(const char *tool)
{
	_cleanup_free_ char *command = NULL;

	assert_true(asprintf(&command, "command -v %s >/dev/null 2>&1", tool) > 0);
	return system(command) == 0;
}

static bool run(const char *command)
{
	return system(command) == 0;
}

static char *read_all(const char *folder, const char *name)
{
	_cleanup_free_ char *path = qn_folder_path(folder, name);
	FILE *file = fopen(path, "r");
	char *data = calloc(1, 8U << 20);

	assert_non_null(file);
	assert_non_null(data);
	data[fread(data, 1, (8U << 20) - 1, file)] = '\0';
	fclose(file);
	return data;
}

/* The objects of one compiler: names.txt has the mangled names, filt.txt and gdb.txt what tools make of them.
 */
static bool compile(const char *folder, const char *compiler, const char *option)
{
	static const char format[] =
		"cd '%s' && %s -std=c++17 -g %s -w -c '%s/testdata/names/spellings.cpp' -o a.o 2>/dev/null "
		"&& "
		"nm --defined-only a.o | awk '$2 ~ /[tTwW]/ && $3 ~ /^_Z/ { print $3 }' >names.txt && "
		"c++filt <names.txt >filt.txt && test -s names.txt";
	_cleanup_free_ char *command = NULL;

	assert_true(asprintf(&command, format, folder, compiler, option, qn_srcdir()) > 0);
	return run(command);
}

static bool ask_gdb(const char *folder)
{
	static const char format[] = "cd '%s' && sed 's/.*/demangle -- &/' names.txt >gdb.in && "
				     "gdb -batch -nx -x gdb.in >gdb.txt 2>/dev/null && "
				     "test $(wc -l <gdb.txt) = $(wc -l <names.txt)";
	_cleanup_free_ char *command = NULL;

	assert_true(asprintf(&command, format, folder) > 0);
	return has_tool("gdb") && run(command);
}

static struct qn_text key_of(struct qn_arena *arena, struct qn_text spelling)
{
	struct qn_frame_name name;

	qn_frame_name_read(arena, spelling, QN_TEXT(""), &name);
	assert_true(name.key.len > 0);
	return name.key;
}

/* "f::{lambda(int)#2}::operator()" as gcc's own messages and its debug information have it */
static struct qn_text respell(struct qn_arena *arena, struct qn_text spelling)
{
	struct qn_buffer out = {0};
	struct qn_text copy;

	for (size_t i = 0; i < spelling.len; i++) {
		struct qn_text left = qn_text_from(spelling, i);

		if (qn_text_starts(left, QN_TEXT("{lambda("))) {
			qn_buffer_append_byte(&out, '<');
		} else if (left.data[0] == '#' && i && spelling.data[i - 1] == ')') {
			while (i < spelling.len && spelling.data[i] != '}')
				i++;
			qn_buffer_append_byte(&out, '>');
		} else if (qn_text_starts(left, QN_TEXT("(anonymous namespace)"))) {
			qn_buffer_append_string(&out, "{anonymous}");
			i += 20;
		} else {
			qn_buffer_append_byte(&out, left.data[0]);
		}
	}
	copy = qn_arena_copy(arena, qn_buffer_text(&out));
	qn_buffer_deinit(&out);
	return copy;
}

static void expect_key(struct qn_arena *arena, struct qn_text mangled, struct qn_text spelling,
		       struct qn_text key)
{
	struct qn_text found = key_of(arena, spelling);

	if (!qn_text_equal(found, key))
		fail_msg("%.*s is %.*s, but %.*s is %.*s", QN_ARG(mangled), QN_ARG(key), QN_ARG(spelling),
			 QN_ARG(found));
}

static void compare_spellings(const char *names, const char *filt, const char *gdb)
{
	static const char *const marks[] = {".isra.0", ".constprop.1", ".part.2.cold", ".llvm.1234567890"};
	struct qn_cursor mangled_lines = qn_cursor_of(qn_text_of(names));
	struct qn_cursor filt_lines = qn_cursor_of(qn_text_of(filt));
	struct qn_cursor gdb_lines = qn_cursor_of(qn_text_of(gdb ? gdb : ""));
	struct qn_arena arena = {0};
	struct qn_text mangled, spelling, key, demangled;
	size_t count = 0, unread = 0;

	while (qn_cursor_take_line(&mangled_lines, &mangled) && qn_cursor_take_line(&filt_lines, &spelling)) {
		key = key_of(&arena, mangled);
		/* A conversion to a template's own type is what no demangler reads. */
		if (qn_demangle(&arena, qn_text_first(mangled, qn_text_find_byte(mangled, '.')), &demangled))
			expect_key(&arena, mangled, demangled, key);
		else
			unread++;
		expect_key(&arena, mangled,
			   qn_arena_printf(&arena, "%.*s%s", QN_ARG(mangled), marks[count % 4]), key);
		/* What GNU's tools cannot read they print as it was. */
		expect_key(&arena, mangled, spelling, key);
		expect_key(&arena, mangled, respell(&arena, spelling), key);
		if (gdb && qn_cursor_take_line(&gdb_lines, &spelling) &&
		    !qn_text_starts(spelling, QN_TEXT("Can't demangle")))
			expect_key(&arena, mangled, spelling, key);
		qn_arena_clear(&arena);
		count++;
	}
	assert_true(count > 60);
	assert_true(unread <= 1);
	qn_arena_deinit(&arena);
}

static void check_compiler(const char *compiler, const char *option)
{
	char *folder;

	if (!has_tool(compiler))
		return;
	folder = qn_folder_make();
	if (compile(folder, compiler, option)) {
		bool has_gdb = ask_gdb(folder);
		_cleanup_free_ char *names = read_all(folder, "names.txt"),
				    *filt = read_all(folder, "filt.txt");
		_cleanup_free_ char *gdb = has_gdb ? read_all(folder, "gdb.txt") : NULL;

		compare_spellings(names, filt, gdb);
	}
	qn_folder_remove(folder);
}

static void all_spellings_of_what_gcc_makes_are_one_key(void **state)
{
	(void)state;
	check_compiler("g++", "-O0");
	check_compiler("g++", "-O2");
}

static void all_spellings_of_what_clang_makes_are_one_key(void **state)
{
	(void)state;
	check_compiler("clang++", "-O0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_spellings_of_what_gcc_makes_are_one_key),
		cmocka_unit_test(all_spellings_of_what_clang_makes_are_one_key),
	};

	if (!has_tool("nm") || !has_tool("c++filt") || !has_tool("awk")) {
		puts("1..0 # SKIP nm, c++filt or awk is missing");
		return 0;
	}
	return QN_RUN("names-compiled", tests);
}
