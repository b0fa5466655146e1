/* Variants in which the same functions are spelt in other ways, and lie in other folders. */
#include "bench/accuracy.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "stack/demangle.h"

#include "base/banned.h"

typedef bool (*name_change)(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out);

/* Asks @change for each line with a frame's name (@wants_places: with its place). */
static bool change_frames(struct qn_draft *draft, name_change change, bool wants_places)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer out = {0};
	bool did = false;

	for (size_t i = 0; i < draft->of->frames_count; i++) {
		const struct qn_excerpt_frame *frame = &draft->of->frames[i];
		size_t line = wants_places ? frame->place : frame->name;

		qn_buffer_clear(&out);
		if (!draft->lines[line].data || !change(draft, draft->lines[line], &out))
			continue;
		qn_draft_set(draft, line, &out);
		did = true;
	}
	return did;
}

static bool is_mangled(struct qn_text name)
{
	return qn_text_starts(name, QN_TEXT("_Z"));
}

/* --- Demangled --- */

static bool demangle_llvm(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out)
{
	struct qn_text demangled;

	if (!is_mangled(name) || !qn_demangle(draft->arena, name, &demangled))
		return false;
	qn_buffer_append_text(out, demangled);
	return true;
}

static bool demangle_gnu(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out)
{
	const struct qn_text *demangled = is_mangled(name) ? qn_map_find(draft->cxxfilt, name) : NULL;

	if (!demangled)
		return false;
	qn_buffer_append_text(out, *demangled);
	return true;
}

/* "{lambda(int)#3}" as the compiler's own names have it: "<lambda(int)>"; "{anonymous}" */
static bool respell_gcc(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out)
{
	static const struct qn_text anonymous = QN_TEXT("(anonymous namespace)");

	struct qn_text before = name;

	if (qn_text_starts(qn_text_trim(name), QN_TEXT("#")) ||
	    (is_mangled(name) && !demangle_gnu(draft, name, out)))
		return false;
	if (out->len)
		name = qn_arena_copy(draft->arena, qn_buffer_text(out));
	qn_buffer_clear(out);
	for (size_t i = 0; i < name.len; i++) {
		struct qn_text left = qn_text_from(name, i);

		if (qn_text_starts(left, QN_TEXT("{lambda("))) {
			qn_buffer_append_byte(out, '<');
		} else if (left.data[0] == '#') {
			while (i + 1 < name.len && name.data[i + 1] >= '0' && name.data[i + 1] <= '9')
				i++;
			if (i + 1 < name.len && name.data[i + 1] == '}')
				i++;
			qn_buffer_append_byte(out, '>');
		} else if (qn_text_starts(left, anonymous)) {
			qn_buffer_append_string(out, "{anonymous}");
			i += anonymous.len - 1;
		} else {
			qn_buffer_append_byte(out, left.data[0]);
		}
	}
	return !qn_text_equal(before, qn_buffer_text(out));
}

/* --- Numbers and marks that compilers add --- */

static const struct {
	struct qn_text before; /* a number follows, or nothing */
	struct qn_text after;
} numbered[] = {
	{QN_TEXT("auto:"), QN_TEXT("")},    {QN_TEXT("#"), QN_TEXT("}")},
	{QN_TEXT("'lambda"), QN_TEXT("'")}, {QN_TEXT("$_"), QN_TEXT("")},
	{QN_TEXT(".func"), QN_TEXT("")},    {QN_TEXT(".gowrap"), QN_TEXT("")},
	{QN_TEXT("UlvE"), QN_TEXT("_")},    {QN_TEXT("UlT_E"), QN_TEXT("_")},
	{QN_TEXT("UlOT_E"), QN_TEXT("_")},  {QN_TEXT("UlDpOT_E"), QN_TEXT("_")},
	{QN_TEXT("UlRT_E"), QN_TEXT("_")},
};

static bool change_numbers(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out)
{
	bool did = false;

	for (size_t i = 0; i < name.len; i++) {
		qn_buffer_append_byte(out, name.data[i]);
		for (size_t k = 0; k < sizeof(numbered) / sizeof(*numbered); k++) {
			size_t end = i + 1;

			if (!qn_text_ends(qn_text_first(name, i + 1), numbered[k].before))
				continue;
			while (end < name.len && name.data[end] >= '0' && name.data[end] <= '9')
				end++;
			if (!qn_text_starts(qn_text_from(name, end), numbered[k].after))
				continue;
			if (end == i + 1 && !numbered[k].after.len)
				continue;
			qn_buffer_printf(out, "%u", (unsigned)(1 + qn_draft_random(draft, 20)));
			i = end - 1;
			did = true;
			break;
		}
	}
	return did;
}

static bool add_clone_mark(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out)
{
	static const char *const mangled[] = {".isra.0", ".constprop.1",     ".part.2",
					      ".cold",   ".llvm.1234567890", ".isra.0.cold"};
	static const char *const demangled[] = {" [clone .isra.0]", " [clone .part.2] [clone .cold]",
						" (.cold)", " [clone .constprop.1]"};

	if (is_mangled(name))
		qn_buffer_printf(out, "%.*s%s", QN_ARG(name), mangled[qn_draft_random(draft, 6)]);
	else if (qn_text_contains(name, QN_TEXT("::")) && qn_text_ends(name, QN_TEXT(")")))
		qn_buffer_printf(out, "%.*s%s", QN_ARG(name), demangled[qn_draft_random(draft, 4)]);
	return out->len;
}

/* "_ZN1a1bEv" -> "_ZN1a1bB5cxx11Ev", of plain nested names */
static bool add_abi_tag(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out)
{
	size_t at = 3;

	(void)draft;
	if (!qn_text_starts(name, QN_TEXT("_ZN")))
		return false;
	while (at < name.len && name.data[at] == 'K')
		at++;
	while (at < name.len && name.data[at] >= '1' && name.data[at] <= '9') {
		size_t len = 0;

		while (at < name.len && name.data[at] >= '0' && name.data[at] <= '9')
			len = len * 10 + (size_t)(name.data[at++] - '0');
		at += len;
	}
	if (at >= name.len || name.data[at] != 'E' || at < 6)
		return false;
	qn_buffer_printf(out, "%.*sB5cxx11%.*s", QN_ARG(qn_text_first(name, at)),
			 QN_ARG(qn_text_from(name, at)));
	return true;
}

/* --- Folders and modules --- */

static const struct {
	struct qn_text root;
	const char *others[4];
} roots[] = {
	{QN_TEXT("/workspace/source/"),
	 {"/root/milvus/", "/go/src/github.com/milvus-io/milvus/", "/home/dev/src/milvus/",
	  "/build/milvus/"}},
	{QN_TEXT("/root/milvus/"),
	 {"/workspace/source/", "/home/jenkins/agent/workspace/milvus/", "/Users/u/milvus/", "/src/"}},
	{QN_TEXT("/go/src/github.com/milvus-io/milvus/"),
	 {"/workspace/source/", "/root/milvus/", "/home/u/go/src/github.com/milvus-io/milvus/", "/build/"}},
	{QN_TEXT("/usr/local/go/src/"),
	 {"/opt/go/src/", "/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.24.4.linux-amd64/src/",
	  "/root/.gvm/gos/go1.21/src/", "/usr/lib/go-1.22/src/"}},
	{QN_TEXT("/usr/include/c++/12/"),
	 {"/usr/include/c++/9/", "/usr/include/c++/13/", "/opt/rh/devtoolset-7/root/usr/include/c++/7/",
	  "/usr/lib/gcc/x86_64-linux-gnu/11/../../../../include/c++/11/"}},
	{QN_TEXT("/root/.conan/"),
	 {"/home/u/.conan/", "/github/home/.conan/", "/root/.conan2/", "/workspace/.conan/"}},
	{QN_TEXT("/home/u/milvus/"),
	 {"/workspace/source/", "/root/milvus/", "/home/x/y/milvus/", "/milvus/"}},
	{QN_TEXT("/go/pkg/mod/"),
	 {"/root/go/pkg/mod/", "/home/u/go/pkg/mod/", "/gomod/pkg/mod/", "/go/pkg/mod/"}},
};

static bool change_root(struct qn_draft *draft, struct qn_text place, struct qn_buffer *out)
{
	size_t choice = draft->seed % 4;

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		size_t at = qn_text_find(place, roots[i].root);

		if (at == SIZE_MAX)
			continue;
		qn_buffer_printf(out, "%.*s%s%.*s", QN_ARG(qn_text_first(place, at)), roots[i].others[choice],
				 QN_ARG(qn_text_from(place, at + roots[i].root.len)));
		return true;
	}
	return false;
}

static bool change_version(struct qn_draft *draft, struct qn_text place, struct qn_buffer *out)
{
	size_t at = qn_text_find(place, QN_TEXT("@v")), end;

	if (at == SIZE_MAX)
		return false;
	end = at;
	while (end < place.len && place.data[end] != '/')
		end++;
	qn_buffer_printf(out, "%.*s@v%u.%u.%u%.*s", QN_ARG(qn_text_first(place, at)),
			 (unsigned)(1 + qn_draft_random(draft, 3)), (unsigned)qn_draft_random(draft, 30),
			 (unsigned)qn_draft_random(draft, 10), QN_ARG(qn_text_from(place, end)));
	return true;
}

/* "milvus/pkg/util" -> "milvus/pkg/v2/util", and back */
static bool change_module(struct qn_draft *draft, struct qn_text name, struct qn_buffer *out)
{
	static const struct qn_text old = QN_TEXT("milvus/pkg/"), ants = QN_TEXT("ants/v2.");
	size_t at = qn_text_find(name, old);

	(void)draft;
	if (at != SIZE_MAX && !qn_text_contains(name, QN_TEXT("milvus/pkg/v2/"))) {
		qn_buffer_printf(out, "%.*sv2/%.*s", QN_ARG(qn_text_first(name, at + old.len)),
				 QN_ARG(qn_text_from(name, at + old.len)));
		return true;
	}
	at = qn_text_find(name, ants);
	if (at == SIZE_MAX)
		return false;
	qn_buffer_printf(out, "%.*sants.%.*s", QN_ARG(qn_text_first(name, at)),
			 QN_ARG(qn_text_from(name, at + ants.len)));
	return true;
}

static bool mutate_llvm(struct qn_draft *draft)
{
	return change_frames(draft, demangle_llvm, false);
}

static bool mutate_gnu(struct qn_draft *draft)
{
	return change_frames(draft, demangle_gnu, false);
}

static bool mutate_gcc(struct qn_draft *draft)
{
	return change_frames(draft, respell_gcc, false);
}

static bool mutate_numbers(struct qn_draft *draft)
{
	return change_frames(draft, change_numbers, false);
}

static bool mutate_clones(struct qn_draft *draft)
{
	return change_frames(draft, add_clone_mark, false);
}

static bool mutate_tags(struct qn_draft *draft)
{
	return change_frames(draft, add_abi_tag, false);
}

static bool mutate_roots(struct qn_draft *draft)
{
	return change_frames(draft, change_root, true);
}

static bool mutate_modules(struct qn_draft *draft)
{
	bool did = change_frames(draft, change_version, true);

	return change_frames(draft, change_module, false) || did;
}

/* What a real second report of a bug differs in, all at once. */
static bool mutate_other_build(struct qn_draft *draft)
{
	bool did = false;

	if (qn_draft_random(draft, 2))
		did |= mutate_llvm(draft);
	else
		did |= mutate_clones(draft);
	did |= qn_mutate_by_name(draft, "inlined-gone");
	did |= mutate_roots(draft);
	qn_mutate_by_name(draft, "numbers");
	qn_mutate_by_name(draft, "woven");
	qn_mutate_by_name(draft, qn_draft_random(draft, 2) ? "docker" : "cri");
	return did;
}

const struct qn_mutator qn_mutators_names[] = {
	{"demangled-llvm", mutate_llvm, 1, false},     {"demangled-c++filt", mutate_gnu, 1, false},
	{"demangled-gcc", mutate_gcc, 1, false},       {"lambda-numbers", mutate_numbers, 2, false},
	{"clone-marks", mutate_clones, 2, false},      {"abi-tags", mutate_tags, 1, false},
	{"build-roots", mutate_roots, 4, false},       {"go-modules", mutate_modules, 2, false},
	{"other-build", mutate_other_build, 4, false}, {NULL, NULL, 0, false},
};

bool qn_mutate_by_name(struct qn_draft *draft, const char *name)
{
	static const struct qn_mutator *const tables[] = {qn_mutators_text, qn_mutators_frames,
							  qn_mutators_names};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct qn_mutator *mutator = tables[i]; mutator->name; mutator++)
			if (qn_text_equal(qn_text_of(mutator->name), qn_text_of(name)))
				return mutator->mutate(draft);
	return false;
}
