#include "stack/frame_name_go.h"

#include "base/banned.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where the argument list begins; @name ends in ')'. name.len: there is none ("(*T)" is a receiver). */
static size_t find_arguments(struct qn_text name)
{
	size_t depth = 0;

	for (size_t i = name.len; i-- > 0;) {
		if (name.data[i] == ')')
			depth++;
		else if (name.data[i] == '(' && --depth == 0)
			return i > 0 && name.data[i - 1] == '.' ? name.len : i;
	}
	return name.len;
}

/* "x/y.(*T).f(0xc001f1a000, {0x5e90ee8, 0xc0046e" was cut among its arguments. */
static struct qn_text cut_open_arguments(struct qn_text name)
{
	size_t plain = qn_text_find(name, QN_TEXT("(0x")), braced = qn_text_find(name, QN_TEXT("({0x"));
	struct qn_text cut = qn_text_trim(qn_text_first(name, plain < braced ? plain : braced));

	return cut.len ? cut : name;
}

struct qn_text qn_frame_name_without_values(struct qn_arena *arena, struct qn_text raw, struct qn_text file)
{
	struct qn_text copy;
	size_t at;

	if (!qn_text_ends(raw, QN_TEXT(")")) || qn_text_ends(raw, QN_TEXT("(...)")) || raw.data[0] == '_' ||
	    (!qn_text_ends(file, QN_TEXT(".go")) && !qn_text_ends(file, QN_TEXT(".s"))) ||
	    !qn_frame_name_is_go(raw, file))
		return raw;
	at = find_arguments(raw);
	if (at == raw.len || at == 0 || raw.data[at - 1] == ' ')
		return raw;
	copy = qn_arena_copy(arena, qn_text_first(raw, at + 2));
	if (!copy.data)
		return raw;
	((char *)copy.data)[at + 1] = ')';
	return copy;
}

/* "do_it.isra.0": of C */
static bool has_clone_mark(struct qn_text name)
{
	static const struct qn_text marks[] = {
		QN_TEXT(".isra."),    QN_TEXT(".part."),      QN_TEXT(".constprop."),
		QN_TEXT(".llvm."),    QN_TEXT(".lto_"),       QN_TEXT(".__uniq."),
		QN_TEXT("._omp_fn."), QN_TEXT(".localalias"), QN_TEXT(".clone."),
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (qn_text_contains(name, marks[i]))
			return true;
	return qn_text_ends(name, QN_TEXT(".cold"));
}

bool qn_frame_name_is_go(struct qn_text name, struct qn_text file)
{
	size_t dot, parenthesis, slash;

	if (qn_text_contains(name, QN_TEXT("::")) || qn_text_starts(name, QN_TEXT("_cgo_")))
		return false;
	if (qn_text_ends(file, QN_TEXT(".go")) || qn_text_ends(file, QN_TEXT(".s")))
		return true;
	if (qn_text_contains(name, QN_TEXT(".(*")) || qn_text_starts(name, QN_TEXT("panic(")))
		return true;
	if (file.len || qn_text_find_byte(name, '@') != SIZE_MAX)
		return false;
	/* "runtime.throw", "main.main", "net/http.(*conn).serve"; not "f (a=1.5)", "do_it.isra.0", "libc.so"
	 */
	dot = qn_text_find_byte(name, '.');
	parenthesis = qn_text_find_byte(name, '(');
	slash = qn_text_find_byte(name, '/');
	if (dot == SIZE_MAX || dot == 0 || dot > parenthesis || (slash > parenthesis && slash != SIZE_MAX))
		return false;
	if (slash != SIZE_MAX)
		return true;
	name = qn_text_first(name, parenthesis);
	return qn_text_find_byte(name, ' ') == SIZE_MAX && qn_text_find_byte(name, '<') == SIZE_MAX &&
	       !qn_text_ends(name, QN_TEXT(".so")) && !has_clone_mark(name);
}

/* "[...]" and "[go.shape.string]" out, "%2e" back to a dot. In place: @data is the arena's. */
static size_t cut_generics(char *data, size_t len)
{
	size_t depth = 0, to = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '[') {
			depth++;
		} else if (data[i] == ']' && depth) {
			depth--;
		} else if (!depth) {
			if (data[i] == '%' && i + 2 < len && data[i + 1] == '2' &&
			    (data[i + 2] | 32) == 'e') {
				data[to++] = '.';
				i += 2;
			} else {
				data[to++] = data[i];
			}
		}
	}
	return to;
}

/* Of "v3.5.5.(*Client)" and "v0.0.0-2024-ab/x", but not the dot before a name. */
static bool is_in_module_version(struct qn_text text, size_t at)
{
	char c = text.data[at];

	if (c == '.')
		return at + 1 < text.len && is_digit(text.data[at + 1]);
	return c != '/' && c != '(' && c != '@';
}

/* At @at is '/' ("/v2/") or '@' ("@v2.7.2/"): behind the version; @at where there is none. */
static size_t version_end(struct qn_text text, size_t at)
{
	bool is_module = text.data[at] == '@';
	size_t end = at + 2;

	if ((text.data[at] != '/' && !is_module) || end >= text.len || text.data[at + 1] != 'v' ||
	    !is_digit(text.data[end]))
		return at;
	while (end < text.len && (is_digit(text.data[end]) || (is_module && is_in_module_version(text, end))))
		end++;
	return end < text.len && strchr("/.@", text.data[end] ? text.data[end] : ' ') ? end : at;
}

/* "pkg/v2/util" -> "pkg/util", "ants/v2.(*goWorker)" -> "ants.(*goWorker)". Only within the package path. */
static size_t cut_versions(char *data, size_t len)
{
	size_t to = 0, i = 0;

	while (i < len && data[i] != '(') {
		size_t end = version_end((struct qn_text){data, len}, i);

		if (end > i)
			i = end;
		else
			data[to++] = data[i++];
	}
	memmove(data + to, data + i, len - i);
	return to + len - i;
}

/* "github.com/a/app/vendor/github.com/b/c.F", "vendor/golang.org/x/net.F" -> what was vendored */
static struct qn_text cut_vendor(struct qn_text name)
{
	static const struct qn_text folder = QN_TEXT("vendor/");
	struct qn_text path = qn_text_first(name, qn_text_find_byte(name, '('));
	size_t at = qn_text_rfind(path, folder);

	if (at == SIZE_MAX || (at > 0 && path.data[at - 1] != '/'))
		return name;
	return qn_text_from(name, at + folder.len);
}

/* A part that the compiler made: "func1", "gowrap2", "deferwrap1", "1". */
static bool is_closure(struct qn_text part)
{
	static const struct qn_text words[] = {QN_TEXT("func"), QN_TEXT("gowrap"), QN_TEXT("deferwrap"),
					       QN_TEXT("")};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t at = words[i].len;

		if (part.len <= at || !qn_text_starts(part, words[i]))
			continue;
		while (at < part.len && is_digit(part.data[at]))
			at++;
		if (at == part.len || qn_text_starts(qn_text_from(part, at), QN_TEXT("-range")))
			return true;
	}
	return false;
}

/* "T.Run-range1", the body of a loop over a function -> "T.Run" */
static struct qn_text cut_range(struct qn_text name)
{
	struct qn_text cut = name;

	while (cut.len && is_digit(cut.data[cut.len - 1]))
		cut.len--;
	if (cut.len == name.len || !qn_text_ends(cut, QN_TEXT("-range")))
		return name;
	return qn_text_first(cut, cut.len - 6);
}

/* A closure in a function that was inlined into a closure: "pkg.F.func1.G.func2" -> "pkg.F"; and Go 1.17's
 * wrapper of a deferred call, "F\302\267dwrap\302\2671" -> "F". */
static struct qn_text cut_inner_closures(struct qn_text name)
{
	size_t start = 0, parts = 0;

	name = qn_text_first(name, qn_text_find(name, QN_TEXT("\302\267dwrap")));
	for (size_t i = 0; i < name.len; i++) {
		struct qn_text part = {name.data + start, i - start};

		if (name.data[i] == '/') {
			parts = 0;
		} else if (name.data[i] == '.') {
			if (parts >= 2 && qn_text_starts(part, QN_TEXT("func")) && is_closure(part))
				return qn_text_first(name, start - 1);
			parts++;
		}
		if (name.data[i] == '/' || name.data[i] == '.')
			start = i + 1;
	}
	return name;
}

/* "querynode.(*Segment).search.func1.2" -> "querynode.(*Segment).search", "T.Run-fm" -> "T.Run" */
static struct qn_text cut_closures(struct qn_text name)
{
	for (;;) {
		size_t dot = name.len;

		if (qn_text_ends(name, QN_TEXT("-fm"))) {
			name.len -= 3;
			continue;
		}
		name = cut_range(name);
		while (dot > 0 && name.data[dot - 1] != '.' && name.data[dot - 1] != '/')
			dot--;
		if (dot < 2 || name.data[dot - 1] != '.' || !is_closure(qn_text_from(name, dot)))
			return name;
		name.len = dot - 1;
		while (name.len && name.data[name.len - 1] == '.') /* "pkg.glob..func1" */
			name.len--;
	}
}

/* "github.com/milvus-io/milvus/internal/querynodev2/segments.(*LocalSegment).Insert" -> from "segments" on */
static struct qn_text cut_package_path(struct qn_text name)
{
	size_t start = 0;

	for (size_t i = 0; i < name.len && name.data[i] != '('; i++)
		if (name.data[i] == '/')
			start = i + 1;
	return start < name.len ? qn_text_from(name, start) : name;
}

/* "segments._Cfunc_Search" and "segments._C2func_Search" -> "_Cfunc_Search" */
static struct qn_text find_cgo_call(struct qn_arena *arena, struct qn_text key)
{
	size_t at = qn_text_find(key, QN_TEXT("._Cfunc_"));

	if (at != SIZE_MAX)
		return qn_text_from(key, at + 1);
	at = qn_text_find(key, QN_TEXT("._C2func_"));
	if (at == SIZE_MAX)
		return key;
	key = qn_text_from(key, at + 9);
	return qn_arena_printf(arena, "_Cfunc_%.*s", QN_ARG(key));
}

void qn_frame_name_read_go(struct qn_arena *arena, struct qn_text name, struct qn_frame_name *ret)
{
	struct qn_text copy, full = name;

	ret->is_go = true;
	if (qn_text_ends(name, QN_TEXT(")"))) {
		ret->is_inlined = qn_text_ends(name, QN_TEXT("(...)"));
		name = qn_text_trim(qn_text_first(name, find_arguments(name)));
	} else {
		name = cut_open_arguments(name);
	}
	copy = qn_arena_copy(arena, name);
	if (!copy.data)
		return;
	copy.len = cut_generics((char *)copy.data, copy.len);
	copy.len = cut_versions((char *)copy.data, copy.len);
	copy = cut_closures(cut_inner_closures(cut_vendor(copy)));
	ret->function = name;
	ret->full = full;
	ret->key = find_cgo_call(arena, cut_package_path(copy));
	ret->lookup = qn_text_starts(ret->key, QN_TEXT("_Cfunc_")) ? ret->key : copy;
}
