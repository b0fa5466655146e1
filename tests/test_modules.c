#include "support/crash_sample.h"

#include <elf.h>

#include "core/modules.h"
#include "core/path_inside.h"

static void finds_a_program_where_it_was(void **state)
{
	static const char *const flags[] = {"",
					    "-static",
					    "-static-pie",
					    "-no-pie",
					    "-gz",
					    "-Wl,-z,noseparate-code",
					    "-Wl,-z,max-page-size=0x200000",
					    "-Wl,--build-id=md5",
					    "-Wl,--build-id=0x0123456789abcdef",
					    "-fomit-frame-pointer -s -g0"};
	char buffer[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		char *folder = make_sample(flags[i]), *path = qn_crash_core(folder, "core", "../a");
		char *id = read_build_id(folder, "a");
		struct qn_core *core = qn_crash_inspect(path, NULL, NULL);
		const struct qn_core_module *module = qn_crash_module(core, "/a");
		bool is_stripped = strstr(flags[i], "-s ") != NULL;

		assert_text(module->path, in(folder, "a", buffer));
		assert_text(module->found, buffer);
		assert_text(module->debug, is_stripped ? "" : buffer);
		assert_text(module->build_id, id);
		assert_true(module->is_verified);
		if (is_stripped)
			assert_true(core->stacks[0].count >= 3);
		else
			check_sample(core, HAS_LINES);
		assert_false(qn_crash_has_note(core, "--symbols"));
		qn_core_destroy(core);
		free(path);
		free(id);
		qn_folder_remove(folder);
	}
}

static void finds_what_other_compilers_and_linkers_make(void **state)
{
	static const struct {
		const char *tool, *line;
	} cases[] = {
		{"clang", "clang -g -gdwarf-aranges -O1 -DTAG=1 a.c -o a"},
		{"clang", "clang -g -gdwarf-aranges -O1 -DTAG=1 -static a.c -o a"},
		{"ld.gold", "gcc -g -O1 -DTAG=1 -fuse-ld=gold -Wl,--build-id a.c -o a"},
		{"ld.lld", "clang -g -gdwarf-aranges -O1 -DTAG=1 -fuse-ld=lld -Wl,--build-id a.c -o a"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *folder, *path;
		struct qn_core *core;

		if (!qn_crash_has(cases[i].tool)) {
			print_message("%s is not here\n", cases[i].tool);
			continue;
		}
		folder = make_sample("");
		qn_crash_do(folder, "%s", cases[i].line);
		path = qn_crash_core(folder, "core", "../a");
		core = qn_crash_inspect(path, NULL, NULL);
		assert_int_not_equal(qn_crash_module(core, "/a")->found.len, 0);
		check_sample(core, HAS_LINES);
		qn_core_destroy(core);
		free(path);
		qn_folder_remove(folder);
	}
}

static void refuses_another_build(void **state)
{
	char *folder = make_sample(""), *path = qn_crash_core(folder, "core", "../a"),
	     *right = read_build_id(folder, "a");
	char *wrong, a[4096], b[4096];
	struct qn_core *core;

	(void)state;
	qn_crash_do(folder, "mv a right && gcc -g -O1 -DTAG=2 a.c -o a");
	wrong = read_build_id(folder, "a");
	assert_string_not_equal(right, wrong);
	core = qn_crash_inspect(path, NULL, NULL);
	assert_text(qn_crash_module(core, "/a")->found, "");
	assert_text(qn_crash_module(core, "/a")->build_id, right);
	assert_false(qn_crash_module(core, "/a")->is_verified);
	assert_true(qn_crash_has_note(core, right) && qn_crash_has_note(core, wrong));
	assert_true(qn_crash_has_note(core, in(folder, "a is another build and not used", a)));
	assert_text(core->stacks[0].frames[0].name, "");
	qn_core_destroy(core);

	/* the right one is given: the other is not even looked at */
	core = qn_crash_inspect(path, NULL, (const char *[]){in(folder, "right", a), NULL});
	assert_text(qn_crash_module(core, "/a")->found, a);
	assert_false(qn_crash_has_note(core, "another build"));
	check_sample(core, HAS_LINES);
	qn_core_destroy(core);

	/* the wrong one is given, the right one is where it was */
	qn_crash_do(folder, "mkdir given && mv a given/a && mv right a");
	core = qn_crash_inspect(path, NULL, (const char *[]){in(folder, "given/a", a), NULL});
	assert_text(qn_crash_module(core, "/a")->found, in(folder, "a", b));
	assert_true(qn_crash_has_note(core, a) && qn_crash_has_note(core, wrong));
	check_sample(core, HAS_LINES);
	qn_core_destroy(core);
	free(wrong);
	free(right);
	free(path);
	qn_folder_remove(folder);
}

/* $id, $xx and $rest are the build-id and its parts, $PWD the folder. */

static void finds_programs_in_folders_of_symbols(void **state)
{
	static const char *const moves[] = {
		"mkdir -p s/any/where && mv a s/any/where/another.name",
		"mkdir -p s && mv a s/a",
		"mkdir -p s/.build-id/$xx && mv a s/.build-id/$xx/$rest",
		"mkdir -p s/$xx && mv a s/$xx/$rest",
		"mkdir -p s/usr/lib/debug/.build-id/$xx && mv a s/usr/lib/debug/.build-id/$xx/$rest",
		"mkdir -p s$PWD && mv a s$PWD/a",
		/* a debug file has the same build-id, but no code */
		"mkdir -p s/1 s/2 && objcopy --only-keep-debug a s/1/a && mv a s/2/b",
		"mkdir -p s && mv a s/real && ln -s real s/link",
	};
	char buffer[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		char *folder = make_sample(""), *path = qn_crash_core(folder, "core", "../a");
		struct qn_core *core;

		qn_crash_do(folder, IDS "%s", moves[i]);
		core = qn_crash_inspect(path, NULL, (const char *[]){in(folder, "s", buffer), NULL});
		assert_true(qn_text_starts(qn_crash_module(core, "/a")->found, qn_text_of(buffer)));
		assert_true(qn_crash_module(core, "/a")->is_verified);
		check_sample(core, HAS_LINES);
		qn_core_destroy(core);
		free(path);
		qn_folder_remove(folder);
	}
}

/* Without build-ids the checksum of .gnu_debuglink decides. */

static void stays_inside_the_sysroot(void **state)
{
	char *folder = make_sample(""), *path = qn_crash_core(folder, "core", "../a"), root[4096],
	     buffer[4096];
	struct qn_core *core;
	char *found;

	(void)state;
	/* the folder of the program is an absolute link in the image, and so is the program there */
	qn_crash_do(folder, "mkdir -p root/image \"root$(dirname \"$PWD\")\" && mv a root/image/real && "
			    "ln -s /image \"root$PWD\" && ln -s /image/real root/image/a && "
			    "ln -s ../../../../../../etc root/up && ln -s loop root/loop");
	core = qn_crash_inspect(path, in(folder, "root", root), NULL);
	assert_text(qn_crash_module(core, "/a")->found, in(root, "image/real", buffer));
	check_sample(core, HAS_LINES);
	qn_core_destroy(core);

	assert_null(qn_path_inside(root, QN_TEXT("/up/passwd")));
	assert_null(qn_path_inside(root, QN_TEXT("/../../etc/passwd")));
	assert_null(qn_path_inside(root, QN_TEXT("/loop/a")));
	found = qn_path_inside(root, QN_TEXT("/../image/./../image//real"));
	assert_string_equal(found, buffer);
	free(found);
	free(path);
	qn_folder_remove(folder);
}

static void finds_a_removed_program_in_symbols(void **state)
{
	char *folder = make_sample(""), *path, buffer[4096];
	struct qn_core *core;

	(void)state;
	qn_crash_do(folder, "mkdir s && cp a s/a && cp a kept && "
			    "printf '#include <unistd.h>\\n__attribute__((constructor)) void go(void) "
			    "{ unlink(\"../a\"); }\\n' >go.c && gcc -shared -fPIC go.c -o go.so");
	path = qn_crash_core(folder, "core", "LD_PRELOAD=../go.so ../a");
	core = qn_crash_inspect(path, NULL, NULL);
	assert_text(qn_crash_module(core, "/a (deleted)")->found, "");
	qn_core_destroy(core);
	core = qn_crash_inspect(path, NULL, (const char *[]){in(folder, "s", buffer), NULL});
	assert_true(qn_text_ends(qn_crash_module(core, "/a (deleted)")->found, QN_TEXT("/s/a")));
	check_sample(core, HAS_LINES);
	qn_core_destroy(core);
	free(path);
	qn_folder_remove(folder);
}

/* NT_FILE stands at the beginning: the modules are there, and the innermost frame is. */

static void knows_the_modules_of_a_cut_core(void **state)
{
	static const unsigned percents[] = {10, 50, 99};
	char *folder = make_sample(""), *whole = qn_crash_core(folder, "core", "../a"), buffer[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
		struct qn_core *core;

		qn_crash_do(folder, "head -c $(($(stat -c %%s core) * %u / 100)) core >cut", percents[i]);
		core = qn_crash_inspect(in(folder, "cut", buffer), NULL, NULL);
		assert_text(qn_crash_module(core, "/a")->found, in(folder, "a", buffer));
		assert_int_not_equal(qn_crash_module(core, "/libc.so.6")->found.len, 0);
		assert_text(core->stacks[0].frames[0].name, "deep");
		assert_int_equal(core->stacks[0].frames[0].line, LINE_DEEP);
		qn_core_destroy(core);
	}
	free(whole);
	qn_folder_remove(folder);
}

/* A program that maps itself, as symbolizers in processes do, and a file without ELF header. */

static void takes_no_mapped_data_for_a_module(void **state)
{
	static const char maps[] =
		"#include <fcntl.h>\n#include <stdlib.h>\n#include <sys/mman.h>\n"
		"int main(int count, char **arguments)\n{\n"
		"int self = open(arguments[0], O_RDONLY), data = open(\"../a.c\", O_RDONLY);\n"
		"mmap(0, 65536, PROT_READ, MAP_PRIVATE, self, 0);\n"
		"mmap(0, 4096, PROT_READ, MAP_PRIVATE, data, 0);\n"
		"mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, data, 0);\n"
		"abort();\n}\n";
	char *folder = make_sample(""), *path;
	struct qn_core *core;
	size_t count = 0;

	(void)state;
	qn_folder_write(folder, "m.c", maps, sizeof(maps) - 1);
	qn_crash_do(folder, "gcc -g m.c -o m");
	path = qn_crash_core(folder, "core", "../m");
	core = qn_crash_inspect(path, NULL, NULL);
	for (size_t i = 0; i < core->modules_count; i++) {
		count += qn_text_ends(core->modules[i].path, QN_TEXT("/m"));
		assert_false(qn_text_ends(core->modules[i].path, QN_TEXT("/a.c")));
		assert_true(i == 0 || core->modules[i].start >= core->modules[i - 1].end);
	}
	assert_int_equal(count, 1);
	assert_true(core->stacks[0].count >= 3);
	qn_core_destroy(core);
	free(path);
	qn_folder_remove(folder);
}

/* The bytes of @path with @size bytes at the first @from replaced by @to. */

static void patch(const char *path, const char *from, const char *to, size_t size)
{
	FILE *file = fopen(path, "r+");
	static char data[1 << 16];
	size_t len;

	assert_non_null(file);
	len = fread(data, 1, sizeof(data), file);
	for (size_t i = 0; i + size <= len; i++) {
		if (memcmp(data + i, from, size) != 0)
			continue;
		assert_int_equal(fseek(file, (long)i, SEEK_SET), 0);
		assert_int_equal(fwrite(to, 1, size, file), size);
		fclose(file);
		return;
	}
	fail_msg("nothing to patch");
}

static void finds_modules_in_memory_without_nt_file(void **state)
{
	/* type of the note, then its owner */
	static const char note[] = "ELIFCORE", other[] = "XLIFCORE";
	static const char *const flags[] = {"", "-static", "-no-pie"};
	char a[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		char *folder = make_sample(flags[i]), *path = qn_crash_core(folder, "core", "../a"),
		     *id = read_build_id(folder, "a");
		struct qn_core *core;
		size_t known = SIZE_MAX;

		patch(path, note, other, 8);
		core = qn_crash_inspect(path, NULL, (const char *[]){in(folder, "a", a), NULL});
		for (size_t k = 0; k < core->modules_count; k++)
			if (qn_text_equal(core->modules[k].build_id, qn_text_of(id)))
				known = k;
		assert_int_not_equal(known, SIZE_MAX);
		assert_text(core->modules[known].found, a);
		check_sample(core, HAS_LINES);
		qn_core_destroy(core);
		free(path);
		free(id);
		qn_folder_remove(folder);
	}
}

static void finds_symbols_and_left_out_memory(void **state)
{
	struct qn_core_options options = {0};
	char *folder = make_sample("-no-pie"), *path = qn_crash_core(folder, "core", "../a");
	char *deep = qn_crash_shell(folder, "nm a | sed -n 's/ T deep$//p'");
	char *changed = qn_crash_shell(folder, "nm a | sed -n 's/ D changed$//p'");
	struct qn_core_file *file = NULL;
	struct qn_modules *modules = NULL;
	uint64_t at = strtoull(deep, NULL, 16), data = strtoull(changed, NULL, 16);
	unsigned char code[4], word[4];
	size_t libc;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_no_error(qn_core_file_open(fd, &file));
	close(fd);
	assert_no_error(qn_modules_create(file, &options, &modules));
	assert_int_equal(qn_modules_find(modules, at), 0);
	assert_int_equal(qn_modules_symbol(modules, 0, "deep"), at);
	assert_int_equal(qn_modules_symbol(modules, 0, "changed"), data);
	assert_int_equal(qn_modules_symbol(modules, 0, "no_such_symbol"), 0);
	libc = qn_modules_named(modules, "libc.so");
	assert_int_not_equal(libc, SIZE_MAX);
	assert_true(qn_modules_find(modules, qn_modules_symbol(modules, libc, "malloc")) == libc);
	assert_int_equal(qn_modules_named(modules, "libno"), SIZE_MAX);

	/* text is the file's; data is what the process made of it, never the file's */
	assert_false(qn_core_file_read_dumped(file, at, code, sizeof(code)));
	assert_true(qn_core_file_read(file, at, code, sizeof(code)));
	assert_true(qn_core_file_read(file, data, word, sizeof(word)));
	assert_int_equal(word[0], 2);
	for (size_t i = 0; i < file->segments_count; i++)
		file->segments[i].size = 0;
	assert_false(qn_core_file_read(file, data, word, sizeof(word)));
	assert_true(qn_core_file_read(file, at, code, sizeof(code)));
	assert_false(qn_core_file_read(file, UINT64_MAX - 1, code, sizeof(code)));
	qn_modules_destroy(modules);
	qn_core_file_close(file);
	free(deep);
	free(changed);
	free(path);
	qn_folder_remove(folder);
}

/* Whatever stands in the ELF headers in memory, it is read without harm. */

static void survives_damaged_headers(void **state)
{
	char *folder = make_sample("-no-pie"), *path = qn_crash_core(folder, "core", "../a");
	FILE *stream = fopen(path, "r+");
	static unsigned char data[1 << 18], head[1024];
	size_t size, at = 64;
	uint32_t random = 1;

	(void)state;
	assert_non_null(stream);
	size = fread(data, 1, sizeof(data), stream);
	while (at + sizeof(head) < size && memcmp(data + at, ELFMAG, SELFMAG) != 0)
		at++;
	assert_true(at + sizeof(head) < size);
	for (unsigned round = 0; round < 150; round++) {
		memcpy(head, data + at, sizeof(head));
		for (unsigned i = 0; i < 8; i++) {
			random = random * 1664525 + 1013904223;
			head[16 + (random >> 16) % (sizeof(head) - 16)] =
				random & 256 ? 255 : (unsigned char)random;
		}
		assert_int_equal(fseek(stream, (long)at, SEEK_SET), 0);
		assert_int_equal(fwrite(head, 1, sizeof(head), stream), sizeof(head));
		assert_int_equal(fflush(stream), 0);
		qn_core_destroy(qn_crash_inspect(path, NULL, NULL));
	}
	fclose(stream);
	free(path);
	qn_folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_program_where_it_was),
		cmocka_unit_test(finds_what_other_compilers_and_linkers_make),
		cmocka_unit_test(refuses_another_build),
		cmocka_unit_test(finds_programs_in_folders_of_symbols),
		cmocka_unit_test(stays_inside_the_sysroot),
		cmocka_unit_test(finds_a_removed_program_in_symbols),
		cmocka_unit_test(knows_the_modules_of_a_cut_core),
		cmocka_unit_test(takes_no_mapped_data_for_a_module),
		cmocka_unit_test(finds_modules_in_memory_without_nt_file),
		cmocka_unit_test(finds_symbols_and_left_out_memory),
		cmocka_unit_test(survives_damaged_headers),
	};
	const char *refusal = qn_crash_refusal();

	if (refusal) {
		printf("1..0 # SKIP %s\n", refusal);
		return 0;
	}
	unsetenv("DEBUGINFOD_URLS");
	return QN_RUN("modules", tests);
}
