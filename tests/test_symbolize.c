/* `qntriage symbolize` on what real programs print of themselves, with addresses that are random; addr2line
 * and nm are the judges. */
#include <unistd.h>

#include "core/load_address.h"
#include "stack/symbolize.h"
#include "stack/symbolize_line.h"
#include "support/folder.h"
#include "support/run.h"

/* A library whose function prints its own stack in the form that is asked for, and its load address behind
 * "# base" in the first line. */
static const char source_library[] =
	"#include <execinfo.h>\n#include <cstdio>\n#include <cstdlib>\n#include <dlfcn.h>\n"
	"extern \"C\" void print_here(int form);\n"
	"namespace milvus { namespace segcore {\n"
	"volatile int sink;\n"
	"inline __attribute__((always_inline)) void inner(int f){ print_here(f); sink++; }\n"
	"__attribute__((noinline)) int Search(int f){ inner(f); return ++sink; }\n"
	"static __attribute__((noinline)) int local_part(int f){ int r=Search(f); sink+=r; return sink; }\n"
	"__attribute__((noinline)) int Retrieve(int f){ int r=local_part(f); sink+=r; return sink; }\n"
	"__attribute__((noinline)) int Query(int f){ int r=Retrieve(f); sink+=r; return sink; }\n"
	"}}\n"
	"extern \"C\" __attribute__((noinline)) int deep_c(int f){ int r=milvus::segcore::Query(f);\n"
	"  milvus::segcore::sink+=r; return 0; }\n"
	"extern \"C\" __attribute__((noinline)) void print_here(int form){\n"
	"  void*pc[64]; int n=backtrace(pc,64); Dl_info d; dladdr((void*)print_here,&d);\n"
	"  printf(\"# base %lx\\n\",(unsigned long)d.dli_fbase); fflush(stdout);\n"
	"  if(form==0){ backtrace_symbols_fd(pc,n,1); return; }\n"
	"  for(int i=0;i<n;i++){ unsigned long p=(unsigned long)pc[i]; dladdr(pc[i],&d);\n"
	"   unsigned long off=p-(unsigned long)d.dli_fbase;\n"
	"   switch(form){\n"
	"   case 1: printf(\"    @ %18p (unknown)\\n\",pc[i]); break;\n"
	"   case 2: printf(\"%2d# 0x%016lX in %s\\n\",i,p,d.dli_fname); break;\n"
	"   case 3: printf(\"    #%d 0x%lx  (%s+0x%lx)\\n\",i,p-1,d.dli_fname,off-1); break;\n"
	"   case 4: printf(\"#%-2d 0x%016lx in ?? () from %s\\n\",i,p,d.dli_fname); break;\n"
	"   case 5: printf(\"non-Go function\\n\\tpc=0x%lx\\n\",p); break;\n"
	"   case 6: printf(\"2026-01-01T00:00:00Z stderr F     @ %18p (unknown)\\n\",pc[i]); break;\n"
	"   case 7: printf(\"%s(+0x%lx) [0x%lx]\\n\",d.dli_fname,off,p); break; } }\n"
	"  if(form==1){ FILE*f=fopen(\"/proc/self/maps\",\"r\"); char l[4096];\n"
	"    if(getenv(\"WITH_MAPS\")) while(fgets(l,4096,f)) fputs(l,stdout); fclose(f); } }\n";
static const char source_main[] =
	"int deep_c(int); int main(int c, char **v) { return deep_c(v[1][0] - '0'); }\n";

static char *folder, *library;

static bool build(void)
{
	qn_folder_write(folder, "lib.cpp", source_library, sizeof(source_library) - 1);
	qn_folder_write(folder, "main.c", source_main, sizeof(source_main) - 1);
	library = qn_folder_path(folder, "libmilvus_core.so");
	return qn_run_quietly(folder, "g++ -O2 -g -shared -fPIC lib.cpp -o libmilvus_core.so && "
				      "gcc -O2 main.c -o prog -L. -lmilvus_core -Wl,-rpath,\"$PWD\"");
}

static char *print_stack(int form, const char *environment)
{
	char command[128];
	char *text;

	snprintf(command, sizeof(command), "%s ./prog %d", environment, form);
	text = qn_run_in(folder, command);
	assert_non_null(text);
	return text;
}

static char *symbolize(const char *text, const char *symbols)
{
	const char *const list[] = {symbols};
	struct qn_core_options options = {.symbols = list, .symbols_count = symbols ? 1 : 0};
	struct qn_buffer out = {0};

	assert_no_error(qn_symbolize(&options, qn_text_of(text), &out));
	return out.data ? out.data : strdup("");
}

static unsigned line_of(const char *mark)
{
	const char *at = strstr(source_library, mark);
	unsigned line = 1;

	assert_non_null(at);
	for (const char *c = source_library; c < at; c++)
		line += *c == '\n';
	return line;
}

static void assert_has(const char *text, const char *format, ...) QN_PRINTF(2, 3);
static void assert_has(const char *text, const char *format, ...)
{
	va_list arguments;
	char *wanted;

	va_start(arguments, format);
	assert_true(vasprintf(&wanted, format, arguments) > 0);
	va_end(arguments);
	if (!strstr(text, wanted))
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
	free(wanted);
}

/* The functions of the library with their lines, in the way of each form: NAME, then FILE:LINE. */
static const struct {
	const char *function, *mangled, *mark;
	bool is_inlined;
} expected[] = {
	{"milvus::segcore::inner(int)", "_ZN6milvus7segcore5innerEi", "inline __attribute__((always", true},
	{"milvus::segcore::Search(int)", "_ZN6milvus7segcore6SearchEi", "int Search(int f)", false},
	{"milvus::segcore::local_part(int)", "_ZN6milvus7segcoreL10local_partEi", "int local_part", false},
	{"milvus::segcore::Retrieve(int)", "_ZN6milvus7segcore8RetrieveEi", "int Retrieve", false},
	{"milvus::segcore::Query(int)", "_ZN6milvus7segcore5QueryEi", "int Query", false},
	{"deep_c", "deep_c", "int deep_c", false},
};
#define EXPECTED (sizeof(expected) / sizeof(*expected))

struct form_case {
	int form;
	const char *wanted; /* %1$s function, %2$s file, %3$u line, %4$s mangled */
	const char *inlined;
};
static const struct form_case form_cases[] = {
	{0, "(%4$s", "(%4$s)["},
	{1, " %1$s\n                         %2$s:%3$u\n",
	 " %1$s (inlined)\n                         %2$s:%3$u\n"},
	{2, " %1$s at %2$s:%3$u\n", NULL},
	{3, " in %1$s %2$s:%3$u (", NULL},
	{4, " in %1$s () at %2$s:%3$u\n", NULL},
	{5, "\n%1$s\n\t%2$s:%3$u pc=0x", NULL},
	{6, " %1$s\n2026-01-01T00:00:00Z stderr F                          %2$s:%3$u\n",
	 " %1$s (inlined)\n2026-01-01T00:00:00Z stderr F                          %2$s:%3$u\n"},
	{7, "(%4$s+0x", "(%4$s) ["},
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void assert_frame(const char *text, const char *format, size_t index, const char *file)
{
	char *wanted;

	assert_true(asprintf(&wanted, format, expected[index].function, file, line_of(expected[index].mark),
			     expected[index].mangled) > 0);
	if (!strstr(text, wanted))
		fail_msg("\"%s\" is not in:\n%s", wanted, text);
	free(wanted);
}
#pragma GCC diagnostic pop

static void every_form_gets_functions_files_lines_and_inlines(void **state)
{
	char *file = qn_folder_path(folder, "lib.cpp");

	(void)state;
	for (size_t i = 0; i < sizeof(form_cases) / sizeof(*form_cases); i++) {
		const struct form_case *one = &form_cases[i];
		char *text = print_stack(one->form, ""), *out = symbolize(text, library);

		for (size_t j = 0; j < EXPECTED; j++)
			assert_frame(out, expected[j].is_inlined && one->inlined ? one->inlined : one->wanted,
				     j, file);
		free(text);
		free(out);
	}
	free(file);
}

/* The program told where the library was. */
static void the_inferred_load_address_is_the_true_one(void **state)
{
	static const int raw_forms[] = {1, 2, 4, 5, 6};

	(void)state;
	for (size_t i = 0; i < sizeof(raw_forms) / sizeof(*raw_forms); i++)
		for (unsigned again = 0; again < 4; again++) {
			char *text = print_stack(raw_forms[i], ""), *out = symbolize(text, library);
			unsigned long base = strtoul(text + strlen("# base "), NULL, 16);

			assert_has(out, "# qntriage: libmilvus_core.so loaded at 0x%lx, inferred: ", base);
			free(text);
			free(out);
		}
}

static void maps_in_the_text_are_used_and_nothing_is_inferred(void **state)
{
	char *text = print_stack(1, "WITH_MAPS=1"), *out = symbolize(text, library);

	(void)state;
	assert_has(out, " milvus::segcore::Retrieve(int)\n");
	assert_null(strstr(out, "inferred"));
	free(text);
	free(out);
}

/* What stays of @text when every line that was not in it goes. */
static void other_lines_pass_byte_for_byte(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"no address here\r\n\r\nnor here",
		"byte \x80\xff and a tab\t\n    @     0x7f1203 milvus::f()\n",
		"a+0x12 is no module\nlibnowhere.so+0x12\n/nowhere/libx.so(+0x12) [0x7f12]\n",
		"[0x40]\n@ 0x\n#1 0x\npc=0x\n[0x\n(+0x)[0x]\n ip 12 in x[\n0-0 r\n1# 0x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *out = symbolize(texts[i], NULL);

		assert_string_equal(out, texts[i]);
		free(out);
	}
}

static void too_little_is_not_resolved_and_said(void **state)
{
	char *text = print_stack(1, ""), *out, *one = strstr(text, "    @ "), *end;

	(void)state;
	one = strchr(one, '\n') + 1;
	end = strchr(one, '\n') + 1;
	*end = '\0'; /* one return address alone */
	out = symbolize(one, library);
	assert_has(out, "(unknown)\n");
	assert_has(out, "# qntriage: libmilvus_core.so: where it was loaded is not clear, nothing resolved");
	free(out);
	free(text);
}

/* Stacks of two runs of one program, which were loaded at two places. */
static void each_process_has_a_load_address_of_its_own(void **state)
{
	char *first = print_stack(1, ""), *second = print_stack(1, ""), *text, *out;

	(void)state;
	assert_true(asprintf(&text, "%s1\n2\n3\n4\n5\n6\n%s", first, second) > 0);
	out = symbolize(text, library);
	assert_has(out, "loaded at 0x%lx", strtoul(first + strlen("# base "), NULL, 16));
	assert_has(out, "loaded at 0x%lx", strtoul(second + strlen("# base "), NULL, 16));
	assert_null(strstr(out, "not clear"));
	free(first);
	free(second);
	free(text);
	free(out);
}

/* Addresses that are no return addresses of the library do not get a place by chance. */
static void random_addresses_are_not_resolved(void **state)
{
	struct qn_buffer text = {0};
	uint64_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		char *out;

		qn_buffer_clear(&text);
		for (unsigned j = 0; j < 12; j++) {
			random = random * 6364136223846793005U + 1442695040888963407U;
			qn_buffer_printf(&text, "    @     0x7f12%08x (unknown)\n", (unsigned)(random >> 44));
		}
		out = symbolize(text.data, library);
		assert_null(strstr(out, "loaded at"));
		assert_null(strstr(out, "lib.cpp"));
		free(out);
	}
	qn_buffer_deinit(&text);
}

static void a_line_of_another_build_is_not_resolved(void **state)
{
	char *out = symbolize("    #1 0x7f4  (libmilvus_core.so+0x1300) (BuildId: 00112233445566778899)\n",
			      library);

	(void)state;
	assert_string_equal(out,
			    "    #1 0x7f4  (libmilvus_core.so+0x1300) (BuildId: 00112233445566778899)\n");
	free(out);
}

static void forms_are_read_with_all_their_parts(void **state)
{
	static const struct {
		const char *text;
		enum qn_address_form form;
		const char *path, *name;
		uint64_t pc, offset;
		bool has_pc, has_offset, is_exact;
	} cases[] = {
		{"./bin(+0x363b0) [0x7f12]", QN_ADDRESS_GLIBC, "./bin", "", 0x7f12, 0x363b0, true, true,
		 false},
		{"libc.so.6(gsignal+0x110)[0x7f12]", QN_ADDRESS_GLIBC, "libc.so.6", "gsignal", 0x7f12, 0x110,
		 true, true, false},
		{"[bt] (3) ./bin() [0x40]", QN_ADDRESS_GLIBC, "./bin", "", 0x40, 0, true, false, false},
		{"    @ 000000000001bf90 folly::f(int)", QN_ADDRESS_AT, "", "folly::f(int)", 0, 0x1bf90,
		 false, true, true},
		{"    @     0x7f1203 (unknown)", QN_ADDRESS_AT, "", "", 0x7f1203, 0, true, false, false},
		{" 3# 0x00007F12 in /lib/x.so", QN_ADDRESS_BOOST, "/lib/x.so", "", 0x7f12, 0, true, false,
		 false},
		{"    #1 0x7f4  (/lib/x.so+0x12) (BuildId: 0123)", QN_ADDRESS_SANITIZER, "/lib/x.so", "",
		 0x7f4, 0x12, false, true, true},
		{"#0  0x00007f12 in ?? () from /lib/x.so", QN_ADDRESS_GDB, "/lib/x.so", "", 0x7f12, 0, true,
		 false, true},
		{"#3  0x00007f12 in f () from /lib/x.so", QN_ADDRESS_GDB, "/lib/x.so", "f", 0x7f12, 0, true,
		 false, false},
		{"qn[12]: segfault at 20 ip 00007f0000000123 sp 00007ffd error 4 in "
		 "libx.so[7f0000000000+1000]",
		 QN_ADDRESS_KERNEL, "libx.so", "", 0x7f0000000123, 0x123, false, true, true},
		{"\tpc=0x7f12", QN_ADDRESS_PC, "", "", 0x7f12, 0, true, false, false},
		{"PC=0x7f12 m=3 sigcode=1", QN_ADDRESS_PC, "", "", 0x7f12, 0, true, false, true},
		{"at libmilvus_core.so+0x1a2b3c", QN_ADDRESS_PLUS, "libmilvus_core.so", "", 0, 0x1a2b3c,
		 false, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qn_address_line line;

		if (!qn_address_line_read(qn_text_of(cases[i].text), &line))
			fail_msg("not read: %s", cases[i].text);
		assert_int_equal(line.form, cases[i].form);
		assert_text(line.path, cases[i].path);
		assert_text(line.name, cases[i].name);
		if (cases[i].has_pc)
			assert_int_equal(line.pc, cases[i].pc);
		if (cases[i].has_offset)
			assert_int_equal(line.offset, cases[i].offset);
		assert_int_equal(line.has_offset, cases[i].has_offset);
		assert_int_equal(line.is_exact, cases[i].is_exact);
	}
}

static void maps_lines_are_read(void **state)
{
	struct qn_maps_line map;

	(void)state;
	assert_true(qn_maps_line_read(
		QN_TEXT("7f12ab001000-7f12ab021000 r-xp 00001000 08:01 1835   /usr/lib/libx.so"), &map));
	assert_int_equal(map.start, 0x7f12ab001000);
	assert_int_equal(map.end, 0x7f12ab021000);
	assert_int_equal(map.offset, 0x1000);
	assert_text(map.path, "/usr/lib/libx.so");
	assert_false(qn_maps_line_read(QN_TEXT("7f12ab001000-7f12ab021000 rw-p 00000000 00:00 0"), &map));
	assert_false(qn_maps_line_read(QN_TEXT("2026-01-01 something /x"), &map));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_read_with_all_their_parts),
		cmocka_unit_test(maps_lines_are_read),
		cmocka_unit_test(other_lines_pass_byte_for_byte),
		cmocka_unit_test(every_form_gets_functions_files_lines_and_inlines),
		cmocka_unit_test(the_inferred_load_address_is_the_true_one),
		cmocka_unit_test(maps_in_the_text_are_used_and_nothing_is_inferred),
		cmocka_unit_test(too_little_is_not_resolved_and_said),
		cmocka_unit_test(each_process_has_a_load_address_of_its_own),
		cmocka_unit_test(random_addresses_are_not_resolved),
		cmocka_unit_test(a_line_of_another_build_is_not_resolved),
	};
	int failed;

	unsetenv("DEBUGINFOD_URLS");
	folder = qn_folder_make();
	if (!build()) {
		printf("1..0 # SKIP no compiler\n");
		qn_folder_remove(folder);
		free(library);
		return 0;
	}
	failed = QN_RUN("symbolize", tests);
	qn_folder_remove(folder);
	free(library);
	return failed;
}
