#include "stack/frame_name.h"

#include "base/limits.h"
#include "stack/demangle.h"
#include "stack/frame_name_cpp.h"
#include "stack/frame_name_go.h"
#include "stack/frame_name_script.h"

#include "base/banned.h"

/* What tools print where there is no name. */
static const struct qn_text no_names[] = {
	QN_TEXT("(null)"),    QN_TEXT("null"),      QN_TEXT("??"),        QN_TEXT("?"),
	QN_TEXT("(unknown)"), QN_TEXT("<unknown>"), QN_TEXT("[unknown]"), QN_TEXT("non-Go function"),
	QN_TEXT("???"),
};

/* eu-stack prints the address in place of a name, gdb "?? ()". */
static bool is_no_name(struct qn_text name)
{
	uint64_t address;

	if (qn_text_ends(name, QN_TEXT(" ()")))
		name = qn_text_first(name, name.len - 3);
	if (name.len == 0 || (qn_text_starts(name, QN_TEXT("0x")) && qn_text_hex_to_u64(name, &address)))
		return true;
	for (size_t i = 0; i < sizeof(no_names) / sizeof(*no_names); i++)
		if (qn_text_equal(name, no_names[i]))
			return true;
	return false;
}

/* "created by pkg.F in goroutine 12" -> "pkg.F"; " [inlined by]" and what a linker adds
 * ("memcpy@@GLIBC_2.14") go. */
static struct qn_text cut_capture_marks(struct qn_text name)
{
	static const struct qn_text inlined[] = {QN_TEXT("[inlined by]"), QN_TEXT("(inlined by)"),
						 QN_TEXT("[inlined]")};
	size_t at;

	name = qn_text_trim(name);
	if (qn_text_starts(name, QN_TEXT("created by "))) {
		name = qn_text_from(name, 11);
		at = qn_text_rfind(name, QN_TEXT(" in goroutine "));
		name = qn_text_first(name, at);
	}
	for (size_t i = 0; i < sizeof(inlined) / sizeof(*inlined); i++) {
		if (qn_text_starts(name, inlined[i]))
			name = qn_text_trim(qn_text_from(name, inlined[i].len));
		if (qn_text_ends(name, inlined[i]))
			name = qn_text_trim(qn_text_first(name, name.len - inlined[i].len));
	}
	return qn_text_trim(name);
}

static bool is_mangled(struct qn_text name)
{
	return qn_text_starts(name, QN_TEXT("_Z")) || qn_text_starts(name, QN_TEXT("_R"));
}

/* "_ZN1a1bEv.isra.0", "_ZN1a1bEv@plt", "_ZN1a1bEv (a=1)" -> "_ZN1a1bEv". Two dots are Rust's "::". */
static struct qn_text cut_mangled_end(struct qn_text name)
{
	size_t i = 0;

	while (i < name.len) {
		if (qn_text_starts(qn_text_from(name, i), QN_TEXT("..")))
			i += 2;
		else if (strchr(".@ \t([+", name.data[i] ? name.data[i] : ' '))
			break;
		else
			i++;
	}
	return qn_text_first(name, i);
}

static void read_mangled(struct qn_arena *arena, struct qn_text name, struct qn_frame_name *ret)
{
	struct qn_text mangled = cut_mangled_end(name), demangled;

	if (qn_demangle(arena, mangled, &demangled))
		qn_frame_name_read_cpp(arena, demangled, ret);
	else
		qn_frame_name_read_damaged(arena, mangled, ret);
}

/* What debuggers print in the place of a name for frames that are no calls. */
static bool is_remark(struct qn_text name)
{
	return qn_text_equal(name, QN_TEXT("<signal handler called>")) ||
	       qn_text_equal(name, QN_TEXT("<function called from gdb>"));
}

void qn_frame_name_read(struct qn_arena *arena, struct qn_text raw, struct qn_text file,
			struct qn_frame_name *ret)
{
	struct qn_text name = cut_capture_marks(qn_text_first(raw, QN_DEMANGLED_BYTES_MAX));

	*ret = (struct qn_frame_name){0};
	if (is_no_name(name))
		return;
	if (is_remark(name)) {
		ret->function = ret->key = name;
		return;
	}
	if (qn_frame_name_read_java(arena, name, file, ret) ||
	    qn_frame_name_read_python(arena, name, file, ret))
		return;
	if (name.len > 3 && qn_text_starts(name, QN_TEXT("__Z"))) /* as Mach-O has them */
		name = qn_text_from(name, 1);
	if (is_mangled(name))
		read_mangled(arena, name, ret);
	else if (qn_frame_name_is_go(name, file))
		qn_frame_name_read_go(arena, name, ret);
	else
		qn_frame_name_read_cpp(arena, name, ret);
}
