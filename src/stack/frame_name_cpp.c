#include "stack/frame_name_cpp.h"

#include "base/banned.h"

/* Template arguments up to this length stay in the name for people. */
#define TEMPLATE_BYTES_SHOWN 80U
#define GROUP_DEPTH_MAX 1024U

#define LAMBDA QN_TEXT("{lambda}")

/* A name that is being written. The memory is fixed: see qn_frame_name_read_cpp(). */
struct writer {
	char *data;
	size_t len;
};

struct reader {
	struct qn_text in;
	size_t at;
	size_t full_start;    /* where the name begins, behind the return type */
	size_t rust_self_end; /* "<T as Trait>::f": behind the '>'; 0: not in one */
	struct writer function, key;
};

static void put(struct writer *writer, struct qn_text text)
{
	memcpy(writer->data + writer->len, text.data, text.len);
	writer->len += text.len;
}

static void put_both(struct reader *reader, struct qn_text text)
{
	put(&reader->function, text);
	put(&reader->key, text);
}

static struct qn_text written(const struct writer *writer)
{
	return (struct qn_text){writer->data, writer->len};
}

static void unput(struct writer *writer, struct qn_text end)
{
	if (qn_text_ends(written(writer), end))
		writer->len -= end.len;
}

static struct qn_text rest(const struct reader *reader)
{
	return qn_text_from(reader->in, reader->at);
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '$' || (unsigned char)c >= 0x80;
}

static bool is_at_start(const struct reader *reader)
{
	return reader->key.len == 0 || qn_text_ends(written(&reader->key), QN_TEXT("::"));
}

/* "(a)<(b)", "(a)<<(b)" and "operator<" within template arguments; not "operator()<(anonymous namespace)::T>"
 */
static bool is_less_than(struct qn_text in, size_t at)
{
	struct qn_text before = qn_text_first(in, at);
	char next = at + 1 < in.len ? in.data[at + 1] : '\0';

	if (qn_text_ends(before, QN_TEXT("operator()")))
		return false;
	return (qn_text_ends(before, QN_TEXT(")")) && (next == '(' || next == '<')) ||
	       qn_text_ends(before, QN_TEXT(")<")) || qn_text_ends(before, QN_TEXT("operator"));
}

static bool is_greater_than(struct qn_text in, size_t at)
{
	struct qn_text before = qn_text_first(in, at);

	return qn_text_ends(before, QN_TEXT("-")) || qn_text_ends(before, QN_TEXT("operator")) ||
	       qn_text_ends(before, QN_TEXT("operator>"));
}

/* Behind the bracket that closes the one at @at; in.len when none does. '>' closes only a '<', and what
 * closes an outer bracket closes the '<' in it too: they are operators there. */
static size_t group_end(struct qn_text in, size_t at)
{
	char open[GROUP_DEPTH_MAX];
	size_t depth = 0;

	for (; at < in.len; at++) {
		char c = in.data[at], opener = c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : '\0';

		if (c == '(' || c == '[' || c == '{' || (c == '<' && (depth == 0 || !is_less_than(in, at)))) {
			if (depth == GROUP_DEPTH_MAX)
				return in.len;
			open[depth++] = c;
		} else if (c == '>') {
			if (depth && open[depth - 1] == '<' && !is_greater_than(in, at))
				depth--;
		} else if (opener) {
			while (depth && open[depth - 1] == '<' && depth > 1)
				depth--;
			if (depth && open[depth - 1] == opener)
				depth--;
		}
		if (depth == 0)
			return at + 1;
	}
	return in.len;
}

static void skip_group(struct reader *reader)
{
	reader->at = group_end(reader->in, reader->at);
}

/* "<folly::Unit>": nothing in the key; short as it is, long as "<...>" for people. */
static void read_template(struct reader *reader)
{
	size_t start = reader->at;
	struct qn_text group;

	skip_group(reader);
	group = (struct qn_text){reader->in.data + start, reader->at - start};
	/* Rust: "f::<T>" */
	unput(&reader->key, QN_TEXT("::"));
	put(&reader->function, group.len <= TEMPLATE_BYTES_SHOWN ? group : QN_TEXT("<...>"));
}

/* Parts of a name that have no name of their own, in all spellings. */
static const struct {
	struct qn_text spelling;
	struct qn_text is;
	char quote;           /* ends with this; '\0': the group that begins here */
	bool takes_arguments; /* "'lambda'(auto&&)" */
} unnamed_parts[] = {
	{QN_TEXT("<lambda"), QN_TEXT("{lambda}"), '\0', false},
	{QN_TEXT("{lambda"), QN_TEXT("{lambda}"), '\0', false},
	{QN_TEXT("'lambda"), QN_TEXT("{lambda}"), '\'', true},
	{QN_TEXT("'unnamed"), QN_TEXT("{unnamed}"), '\'', false},
	{QN_TEXT("'block-literal"), QN_TEXT("{block}"), '\'', true},
	{QN_TEXT("{{closure"), QN_TEXT("{closure}"), '\0', false},
	{QN_TEXT("{closure"), QN_TEXT("{closure}"), '\0', false},
	{QN_TEXT("{unnamed"), QN_TEXT("{unnamed}"), '\0', false},
	{QN_TEXT("{anonymous"), QN_TEXT("(anonymous namespace)"), '\0', false},
	{QN_TEXT("<unnamed>"), QN_TEXT("(anonymous namespace)"), '\0', false},
	{QN_TEXT("<anonymous"), QN_TEXT("(anonymous namespace)"), '\0', false},
	{QN_TEXT("`anonymous"), QN_TEXT("(anonymous namespace)"), '\'', false},
	{QN_TEXT("(anonymous class)"), QN_TEXT("{lambda}"), '\0', false},
	{QN_TEXT("(anonymous"), QN_TEXT("(anonymous namespace)"), '\0', false},
	{QN_TEXT("(lambda"), QN_TEXT("{lambda}"), '\0', false},
	{QN_TEXT("{impl"), QN_TEXT("{impl}"), '\0', false},
};

static bool read_unnamed_part(struct reader *reader)
{
	struct qn_text left = rest(reader);

	for (size_t i = 0; i < sizeof(unnamed_parts) / sizeof(*unnamed_parts); i++) {
		if (!qn_text_starts(left, unnamed_parts[i].spelling))
			continue;
		if (unnamed_parts[i].quote) {
			size_t quote = qn_text_find_byte(qn_text_from(left, 1), unnamed_parts[i].quote);

			if (quote == SIZE_MAX)
				return false;
			reader->at += quote + 2;
			if (unnamed_parts[i].takes_arguments && qn_text_starts(rest(reader), QN_TEXT("(")))
				skip_group(reader);
		} else {
			skip_group(reader);
		}
		put_both(reader, unnamed_parts[i].is);
		return true;
	}
	if (qn_text_starts(left, QN_TEXT("_GLOBAL__N_"))) { /* as the linker knows it: "_GLOBAL__N_1" */
		while (reader->at < reader->in.len && is_word(reader->in.data[reader->at]))
			reader->at++;
		put_both(reader, QN_TEXT("(anonymous namespace)"));
		return true;
	}
	if (left.len > 2 && left.data[0] == '$' && left.data[1] == '_') { /* clang: "$_0" */
		reader->at += 2;
		while (reader->at < reader->in.len && is_word(reader->in.data[reader->at]))
			reader->at++;
		put_both(reader, LAMBDA);
		return true;
	}
	return false;
}

static const struct qn_text operators[] = {
	QN_TEXT("->*"),   QN_TEXT("<=>"), QN_TEXT("<<="),      QN_TEXT(">>="),    QN_TEXT("()"),
	QN_TEXT("[]"),    QN_TEXT("->"),  QN_TEXT("<<"),       QN_TEXT(">>"),     QN_TEXT("<="),
	QN_TEXT(">="),    QN_TEXT("=="),  QN_TEXT("!="),       QN_TEXT("&&"),     QN_TEXT("||"),
	QN_TEXT("++"),    QN_TEXT("--"),  QN_TEXT("+="),       QN_TEXT("-="),     QN_TEXT("*="),
	QN_TEXT("/="),    QN_TEXT("%="),  QN_TEXT("^="),       QN_TEXT("&="),     QN_TEXT("|="),
	QN_TEXT("+"),     QN_TEXT("-"),   QN_TEXT("*"),        QN_TEXT("/"),      QN_TEXT("%"),
	QN_TEXT("^"),     QN_TEXT("&"),   QN_TEXT("|"),        QN_TEXT("~"),      QN_TEXT("!"),
	QN_TEXT("="),     QN_TEXT("<"),   QN_TEXT(">"),        QN_TEXT(","),      QN_TEXT("\"\""),
	QN_TEXT("new[]"), QN_TEXT("new"), QN_TEXT("delete[]"), QN_TEXT("delete"),
};

/* The call operator of a lambda is the lambda. */
static void put_operator(struct reader *reader, struct qn_text symbol)
{
	bool is_spaced = symbol.data[0] == 'n' || symbol.data[0] == 'd';

	put(&reader->function, QN_TEXT("operator"));
	if (is_spaced)
		put(&reader->function, QN_TEXT(" "));
	put(&reader->function, symbol);
	if (qn_text_equal(symbol, QN_TEXT("()")) &&
	    qn_text_ends(written(&reader->key), QN_TEXT("{lambda}::"))) {
		reader->key.len -= 2;
		return;
	}
	put(&reader->key, QN_TEXT("operator"));
	if (is_spaced)
		put(&reader->key, QN_TEXT(" "));
	put(&reader->key, symbol);
}

/* Inline namespaces of the standard libraries, which come and go with the build. */
static void cut_inline_namespace(struct writer *key)
{
	static const struct qn_text names[] = {QN_TEXT("::__cxx11::"), QN_TEXT("::__1::"), QN_TEXT("::_V2::"),
					       QN_TEXT("::__ndk1::")};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (qn_text_ends(written(key), names[i]))
			key->len -= names[i].len - 2;
}

/* "operator std::vector<int>() const": the type up to the arguments */
static void read_conversion(struct reader *reader)
{
	put_both(reader, QN_TEXT("operator "));
	while (reader->at < reader->in.len && reader->in.data[reader->at] != '(') {
		if (reader->in.data[reader->at] == '<') {
			read_template(reader);
			continue;
		}
		put_both(reader, qn_text_first(rest(reader), 1));
		reader->at++;
		cut_inline_namespace(&reader->key);
	}
}

static bool read_operator(struct reader *reader)
{
	struct qn_text left = rest(reader);
	bool is_spaced;

	if (!qn_text_starts(left, QN_TEXT("operator")) || (left.len > 8 && is_word(left.data[8])))
		return false;
	reader->at += 8;
	is_spaced = qn_text_starts(rest(reader), QN_TEXT(" "));
	reader->at += is_spaced;
	left = rest(reader);
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		struct qn_text symbol = operators[i], after;

		if (!qn_text_starts(left, symbol))
			continue;
		after = qn_text_from(left, symbol.len);
		if (is_word(symbol.data[0]) && after.len && is_word(after.data[0]))
			continue;
		/* "operator<<int>(...)" is "operator<" of int, "operator<<(...)" is the other */
		if (qn_text_equal(symbol, QN_TEXT("<<")) && after.len && (is_word(after.data[0])))
			continue;
		reader->at += symbol.len;
		put_operator(reader, symbol);
		return true;
	}
	read_conversion(reader);
	return true;
}

/* What may follow the arguments, with a blank before it. */
static const struct qn_text qualifiers[] = {
	QN_TEXT("const"),    QN_TEXT("volatile"), QN_TEXT("noexcept"), QN_TEXT("mutable"),
	QN_TEXT("restrict"), QN_TEXT("&&"),       QN_TEXT("&"),        QN_TEXT("throw"),
};

static bool skip_qualifier(struct reader *reader)
{
	struct qn_text left = rest(reader);

	for (size_t i = 0; i < sizeof(qualifiers) / sizeof(*qualifiers); i++) {
		size_t len = qualifiers[i].len;

		if (!qn_text_starts(left, qualifiers[i]))
			continue;
		if (is_word(left.data[0]) && left.len > len && is_word(left.data[len]))
			continue;
		reader->at += len;
		return true;
	}
	return false;
}

/* What was read was the return type (or "non-virtual thunk to"). */
static void restart(struct reader *reader)
{
	reader->key.len = 0;
	reader->function.len = 0;
	reader->full_start = reader->at;
}

/* " (this=0x1, n=3)" as gdb prints arguments, " (.isra.0)" as LLVM prints clones. */
static bool is_end_group(struct qn_text in, size_t at)
{
	struct qn_text after = qn_text_trim(qn_text_from(in, group_end(in, at)));

	return after.len == 0 || after.data[0] == '[' || after.data[0] == '(' ||
	       qn_text_starts(after, QN_TEXT("const")) || qn_text_starts(after, QN_TEXT("at ")) ||
	       qn_text_starts(after, QN_TEXT("from "));
}

/* At a blank outside all brackets. False: the name ends here. */
static bool read_blank(struct reader *reader)
{
	struct qn_text left;

	while (reader->at < reader->in.len && reader->in.data[reader->at] == ' ')
		reader->at++;
	left = rest(reader);
	if (left.len == 0 || qn_text_starts(left, QN_TEXT("at ")) || qn_text_starts(left, QN_TEXT("from ")) ||
	    qn_text_starts(left, QN_TEXT("requires ")) || qn_text_starts(left, QN_TEXT("+ ")))
		return false;
	if (reader->rust_self_end && qn_text_starts(left, QN_TEXT("as "))) {
		reader->at = reader->rust_self_end;
		reader->rust_self_end = 0;
		return true;
	}
	if (left.data[0] == '[' || left.data[0] == '<') {
		if (qn_text_starts(left, QN_TEXT("<lambda")) || qn_text_starts(left, QN_TEXT("<unnamed")) ||
		    qn_text_starts(left, QN_TEXT("<anonymous")))
			restart(reader);
		return true;
	}
	if (left.data[0] == '(' && !qn_text_starts(left, QN_TEXT("(anonymous")) &&
	    is_end_group(reader->in, reader->at) && reader->key.len)
		return false;
	if (skip_qualifier(reader))
		return true;
	restart(reader);
	return true;
}

/* "f.isra.0", "f.cold" */
static bool is_clone_mark(struct qn_text left)
{
	static const struct qn_text marks[] = {
		QN_TEXT(".isra"),     QN_TEXT(".constprop"), QN_TEXT(".part."),      QN_TEXT(".cold"),
		QN_TEXT(".llvm."),    QN_TEXT(".lto_"),      QN_TEXT(".localalias"), QN_TEXT(".clone."),
		QN_TEXT(".resume"),   QN_TEXT(".destroy"),   QN_TEXT(".actor"),      QN_TEXT(".__uniq."),
		QN_TEXT("._omp_fn."),
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (qn_text_starts(left, marks[i]))
			return true;
	return false;
}

static void read_colons(struct reader *reader)
{
	reader->at += 2;
	if (!is_at_start(reader)) { /* "f()::{default arg#1}::{lambda()#1}": one part of it has no name */
		put_both(reader, QN_TEXT("::"));
		cut_inline_namespace(&reader->key);
	}
}

/* The next piece of the name. False: the name ends here. */
static bool read_piece(struct reader *reader)
{
	struct qn_text left = rest(reader);
	char c = left.data[0];

	if (is_at_start(reader) && (read_unnamed_part(reader) || read_operator(reader)))
		return true;
	if (c == '<' && reader->key.len == 0 && !reader->rust_self_end) {
		reader->rust_self_end = group_end(reader->in, reader->at);
		reader->at++;
	} else if (c == '>' && reader->rust_self_end) {
		reader->rust_self_end = 0;
		reader->at++;
	} else if (c == '<') {
		read_template(reader);
	} else if (c == '(' || c == '[' || c == '{') {
		skip_group(reader);
	} else if (c == ' ') {
		return read_blank(reader);
	} else if (qn_text_starts(left, QN_TEXT("::"))) {
		read_colons(reader);
	} else if (c == '@' || qn_text_starts(left, QN_TEXT("+0x")) || is_clone_mark(left)) {
		return reader->key.len == 0 && ++reader->at;
	} else {
		put_both(reader, qn_text_first(left, 1));
		reader->at++;
	}
	return true;
}

/* "tantivy::index::open::h0123456789abcdef" */
static struct qn_text cut_rust_hash(struct qn_text name)
{
	size_t at = name.len >= 19 ? name.len - 19 : 0;

	if (at && qn_text_starts(qn_text_from(name, at), QN_TEXT("::h"))) {
		for (size_t i = at + 3; i < name.len; i++)
			if (!strchr("0123456789abcdef", name.data[i] ? name.data[i] : 'x'))
				return name;
		return qn_text_first(name, at);
	}
	return name;
}

/* "_cgo_0123456789ab_Cfunc_Insert" and "..._C2func_Insert" -> "_Cfunc_Insert"; "_cgoexp_0123456789ab_done" ->
 * "_cgoexp_done" */
static struct qn_text cut_cgo_hash(struct qn_arena *arena, struct qn_text key)
{
	static const struct qn_text exported = QN_TEXT("_cgoexp_");
	size_t at;

	if (qn_text_starts(key, exported)) {
		at = qn_text_find_byte(qn_text_from(key, exported.len), '_');
		if (at != 12) /* no hash */
			return key;
		key = qn_text_from(key, exported.len + at + 1);
		return qn_arena_printf(arena, "_cgoexp_%.*s", QN_ARG(key));
	}
	if (!qn_text_starts(key, QN_TEXT("_cgo_")))
		return key;
	at = qn_text_find(key, QN_TEXT("_Cfunc_"));
	if (at != SIZE_MAX)
		return qn_text_from(key, at);
	at = qn_text_find(key, QN_TEXT("_C2func_"));
	if (at == SIZE_MAX)
		return key;
	key = qn_text_from(key, at + 8);
	return qn_arena_printf(arena, "_Cfunc_%.*s", QN_ARG(key));
}

static struct qn_text finish_key(struct qn_arena *arena, struct writer *key)
{
	static const struct qn_text ends[] = {QN_TEXT("::_FUN"), QN_TEXT("::__invoke")};

	unput(key, QN_TEXT("::"));
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (qn_text_ends(written(key), ends[i]) &&
		    qn_text_ends(qn_text_first(written(key), key->len - ends[i].len), LAMBDA))
			key->len -= ends[i].len;
	return cut_cgo_hash(arena, written(key));
}

void qn_frame_name_read_cpp(struct qn_arena *arena, struct qn_text name, struct qn_frame_name *ret)
{
	struct reader reader = {.in = cut_rust_hash(qn_frame_name_decode_rust(arena, name))};
	/* Nothing grows more than "$_" -> "{lambda}" and "{an" -> "(anonymous namespace)" do */
	size_t capacity = 4 * name.len + 64;

	reader.function.data = qn_arena_alloc(arena, capacity);
	reader.key.data = qn_arena_alloc(arena, capacity);
	if (!reader.function.data || !reader.key.data)
		return;
	while (reader.at < reader.in.len && read_piece(&reader))
		;
	ret->key = finish_key(arena, &reader.key);
	ret->function = qn_text_trim_right(written(&reader.function));
	if (ret->key.len == 0) {
		ret->key = qn_text_first(name, TEMPLATE_BYTES_SHOWN);
		ret->function = ret->key;
	}
	ret->lookup = ret->key;
	ret->full = qn_text_from(name, reader.full_start);
}
