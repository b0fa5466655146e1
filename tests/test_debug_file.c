#include "support/crash_sample.h"

#include "core/modules.h"

static void finds_separate_debug_files(void **state)
{
	static const char *const moves[] = {
		"strip a; mkdir -p s && mv a.debug s/another.name",
		"strip a; mkdir -p s/.build-id/$xx && mv a.debug s/.build-id/$xx/$rest.debug",
		"strip a; d=s/usr/lib/debug/.build-id/$xx; mkdir -p $d && mv a.debug $d/$rest.debug",
		"objcopy -g --add-gnu-debuglink=a.debug a",
		"objcopy -g --add-gnu-debuglink=a.debug a; mkdir .debug; mv a.debug .debug",
		"objcopy -g --add-gnu-debuglink=a.debug a; mkdir -p s$PWD; mv a.debug s$PWD",
		"eu-strip -f e.debug a 2>/dev/null || objcopy -g --add-gnu-debuglink=a.debug a",
	};
	char buffer[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		char *folder = make_sample("-s -g"), *path;
		struct qn_core *core;

		qn_crash_do(folder, "gcc -g -O1 -DTAG=1 a.c -o a && objcopy --only-keep-debug a a.debug");
		path = qn_crash_core(folder, "core", "../a");
		qn_crash_do(folder, IDS "%s", moves[i]);
		core = qn_crash_inspect(path, NULL, (const char *[]){in(folder, "s", buffer), NULL});
		assert_text(qn_crash_module(core, "/a")->found, in(folder, "a", buffer));
		assert_false(qn_text_equal(qn_crash_module(core, "/a")->debug, qn_text_of(buffer)));
		assert_int_not_equal(qn_crash_module(core, "/a")->debug.len, 0);
		check_sample(core, HAS_LINES);
		qn_core_destroy(core);
		free(path);
		qn_folder_remove(folder);
	}
}

static void refuses_a_debug_file_of_another_build(void **state)
{
	char *folder = make_sample(""), *path, *wrong;
	struct qn_core *core;

	(void)state;
	qn_crash_do(folder, "gcc -g -O1 -DTAG=2 a.c -o b && objcopy --only-keep-debug b a.debug && "
			    "objcopy -g --add-gnu-debuglink=a.debug a");
	path = qn_crash_core(folder, "core", "../a");
	wrong = read_build_id(folder, "b");
	core = qn_crash_inspect(path, NULL, NULL);
	assert_text(qn_crash_module(core, "/a")->debug, "");
	assert_true(qn_crash_has_note(core, "a.debug is of another build and not used"));
	assert_true(qn_crash_has_note(core, wrong));
	check_sample(core, NO_LINES);
	qn_core_destroy(core);
	free(wrong);
	free(path);
	qn_folder_remove(folder);
}

static void checks_the_sum_of_a_debug_file_without_build_id(void **state)
{
	char *folder = make_sample("-Wl,--build-id=none"), *path;
	struct qn_core *core;

	(void)state;
	qn_crash_do(folder,
		    "objcopy --only-keep-debug a a.debug && objcopy -g --add-gnu-debuglink=a.debug a");
	path = qn_crash_core(folder, "core", "../a");
	core = qn_crash_inspect(path, NULL, NULL);
	assert_false(qn_crash_module(core, "/a")->is_verified);
	assert_true(qn_crash_has_note(core, "are used unchecked"));
	check_sample(core, HAS_LINES);
	qn_core_destroy(core);

	qn_crash_do(folder, "printf x >>a.debug");
	core = qn_crash_inspect(path, NULL, NULL);
	assert_text(qn_crash_module(core, "/a")->debug, "");
	check_sample(core, NO_LINES);
	qn_core_destroy(core);

	/* a program of another layout is none for this core */
	qn_crash_do(folder, "gcc -g -O1 -DTAG=1 -DPADDING=100000 -Wl,--build-id=none a.c -o a");
	core = qn_crash_inspect(path, NULL, NULL);
	assert_text(qn_crash_module(core, "/a")->found, "");
	assert_true(qn_crash_has_note(core, "is another build and not used"));
	qn_core_destroy(core);
	free(path);
	qn_folder_remove(folder);
}

static void reads_the_symbols_of_gnu_debugdata(void **state)
{
	char *folder = make_sample(""), *path;
	struct qn_core *core;

	(void)state;
	if (!qn_crash_has("xz")) {
		print_message("xz is not here\n");
		qn_folder_remove(folder);
		return;
	}
	qn_crash_do(folder, "objcopy --only-keep-debug a b && objcopy -S -K deep -K caller -K main b mini && "
			    "xz mini && strip a && objcopy --add-section .gnu_debugdata=mini.xz a");
	path = qn_crash_core(folder, "core", "../a");
	core = qn_crash_inspect(path, NULL, NULL);
	check_sample(core, NO_LINES);
	qn_core_destroy(core);
	free(path);
	qn_folder_remove(folder);
}

static void finds_the_supplement_of_dwz(void **state)
{
	static const char *const folders[] = {"s", "none"};
	char buffer[4096];

	(void)state;
	if (!qn_crash_has("dwz")) {
		print_message("dwz is not here\n");
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		char *folder = make_sample(""), *path = qn_crash_core(folder, "core", "../a");
		struct qn_core_options options = {.symbols = (const char *[]){in(folder, folders[i], buffer)},
						  .symbols_count = 1};
		struct qn_core_file *file = NULL;
		struct qn_modules *modules = NULL;
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		Dwarf_Addr bias;
		Dwarf *dwarf;

		qn_crash_do(folder, "mkdir s && cp a b && dwz -m common a b && mv common s/common.dwz");
		assert_no_error(qn_core_file_open(fd, &file));
		close(fd);
		assert_no_error(qn_modules_create(file, &options, &modules));
		dwarf = dwfl_module_getdwarf(modules->items[0].dwfl, &bias);
		assert_non_null(dwarf);
		assert_true((dwarf_getalt(dwarf) != NULL) == (i == 0));
		qn_modules_destroy(modules);
		qn_core_file_close(file);
		free(path);
		qn_folder_remove(folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_separate_debug_files),
		cmocka_unit_test(refuses_a_debug_file_of_another_build),
		cmocka_unit_test(checks_the_sum_of_a_debug_file_without_build_id),
		cmocka_unit_test(reads_the_symbols_of_gnu_debugdata),
		cmocka_unit_test(finds_the_supplement_of_dwz),
	};
	const char *refusal = qn_crash_refusal();

	if (refusal) {
		printf("1..0 # SKIP %s\n", refusal);
		return 0;
	}
	unsetenv("DEBUGINFOD_URLS");
	return QN_RUN("debug_file", tests);
}
