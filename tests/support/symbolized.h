/* The programs that the symbolizer is asked about, built in many forms of debug information. */
#ifndef QN_TESTS_SUPPORT_SYMBOLIZED_H
#define QN_TESTS_SUPPORT_SYMBOLIZED_H

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "core/code.h"
#include "core/spans.h"
#include "stack/frame_name.h"
#include "support/folder.h"
#include "support/run.h"

static const char source_cpp[] =
	"#include <vector>\n"
	"namespace ns { namespace {\n"
	"volatile int sink;\n"
	"__attribute__((noinline)) void leaf(int x){ sink += x; *(volatile int*)&sink; }\n"
	"inline __attribute__((always_inline)) void in2(int x){ leaf(x+1); sink++; }\n"
	"template<typename T> struct Box { T t;\n"
	"  __attribute__((always_inline)) void go(const std::vector<T>&v){ in2(v.size()); sink++; }\n"
	"  template<typename F> __attribute__((noinline)) void each(F f){ f(3); sink++; } };\n"
	"}\n"
	"static __attribute__((noinline)) int file_local(int q){ in2(q); sink++; return q; }\n"
	"struct K {\n"
	"  __attribute__((noinline)) void m(int a){\n"
	"    auto l=[&](int q)__attribute__((noinline)){ leaf(q+a); sink++; }; l(a);\n"
	"    Box<long>{}.each([](auto z){ in2(z); sink++; }); }\n"
	"  static int st(unsigned long const* p){\n"
	"    auto al=[&](int q)__attribute__((always_inline)){ leaf(q+(int)*p); sink++; }; al(2);\n"
	"    struct Loc { __attribute__((always_inline)) void f(){ leaf(9); sink++; } }; Loc{}.f(); return "
	"0; }\n"
	"};\n"
	"}\n"
	"extern \"C\" int in_c(int);\n"
	"int main(int c,char**v){ ns::K{}.m(c); unsigned long q=c; ns::K::st(&q); ns::Box<int> b; "
	"b.go({1,2});\n"
	"  ns::file_local(c); return in_c(c) & 0 & (v != 0); }\n";
static const char source_c[] =
	"static volatile int n;\n"
	"static inline __attribute__((always_inline)) int twice(int x) { n += x; return 2 * n; }\n"
	"static __attribute__((noinline)) int helper(int x, int y) { n += y; return twice(x) + y; }\n"
	"int in_c(int x) { return helper(x, 3) + twice(x); }\n";

struct form {
	const char *name, *compilers, *flags;
	const char *same_as; /* the same code with DWARF that addr2line can read; NULL: it reads this one */
};
static const struct form forms[] = {
	{"gcc5", "gcc g++", "-O2 -g -gdwarf-5", NULL},
	{"gcc4", "gcc g++", "-O2 -gdwarf-4", NULL},
	{"gcc0", "gcc g++", "-O0 -g", NULL},
	{"gcclto", "gcc g++", "-O2 -g -flto", NULL},
	{"gccz", "gcc g++", "-O2 -g -gz", NULL},
	{"gccsections", "gcc g++", "-O2 -g -ffunction-sections -Wl,--gc-sections", NULL},
	{"gccsplit5", "gcc g++", "-O2 -gdwarf-5 -gsplit-dwarf", "gcc5"},
	{"gccsplit4", "gcc g++", "-O2 -gdwarf-4 -gsplit-dwarf", "gcc4"},
	{"gcctypes", "gcc g++", "-O2 -gdwarf-5 -fdebug-types-section", "gcc5"},
	{"clang5", "clang clang++", "-O2 -g -gdwarf-5", NULL},
	{"clang4", "clang clang++", "-O2 -gdwarf-4", NULL},
	{"clang0", "clang clang++", "-O0 -g", NULL},
	{"clangz", "clang clang++", "-O2 -g -gz", NULL},
	{"clangsplit5", "clang clang++", "-O2 -gdwarf-5 -gsplit-dwarf", "clang5"},
	{"clangsplit4", "clang clang++", "-O2 -gdwarf-4 -gsplit-dwarf", "clang4"},
};

/* One program, open. */
struct program {
	Dwfl *dwfl;
	struct qn_arena arena;
	struct qn_code_names names;
	struct qn_code *code;
};

static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
					 .find_debuginfo = dwfl_standard_find_debuginfo};

/* False: libdwfl does not take it. */
static bool program_open(struct program *program, const char *path)
{
	Dwfl_Module *module;

	*program = (struct program){.dwfl = dwfl_begin(&callbacks)};
	program->names.arena = &program->arena;
	assert_non_null(program->dwfl);
	dwfl_report_begin(program->dwfl);
	module = dwfl_report_elf(program->dwfl, "program", path, -1, 0, false);
	dwfl_report_end(program->dwfl, NULL, NULL);
	if (!module) {
		dwfl_end(program->dwfl);
		return false;
	}
	assert_no_error(qn_code_create(module, &program->names, &program->code));
	return true;
}

static void program_close(struct program *program)
{
	qn_code_destroy(program->code);
	qn_map_deinit(&program->names.map);
	qn_arena_deinit(&program->arena);
	dwfl_end(program->dwfl);
}

static char *folder;

static bool build(const struct form *form)
{
	char *command;
	char compilers[32];
	char *cxx;
	bool is_built;

	snprintf(compilers, sizeof(compilers), "%s", form->compilers);
	cxx = strchr(compilers, ' ');
	*cxx++ = '\0';
	/* -gsplit-dwarf puts the .dwo files beside the objects */
	assert_true(asprintf(&command,
			     "mkdir -p %s && cd %s && %s %s -c ../c.c -o c.o && %s %s -c ../x.cpp -o x.o && "
			     "%s %s x.o c.o "
			     "-o ../%s.bin",
			     form->name, form->name, compilers, form->flags, cxx, form->flags, cxx,
			     form->flags, form->name) > 0);
	is_built = qn_run_quietly(folder, command);
	free(command);
	return is_built;
}

#endif
