#include "stack/frame_name_script.h"

#include "base/banned.h"

static bool ends_any(struct qn_text file, const char *const *extensions)
{
	for (; *extensions; extensions++)
		if (qn_text_ends(file, qn_text_of(*extensions)))
			return true;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What the compiler and the JVM number anew in every build and run:
 *	lambda$open$58 -> lambda$open	Service$4 -> Service$	$$Lambda$123/0x0000000800 -> $$Lambda
 *	GeneratedMethodAccessor12 -> GeneratedMethodAccessor	$Proxy12 -> $Proxy */
static struct qn_text cut_numbers(struct qn_arena *arena, struct qn_text name)
{
	static const struct qn_text numbered[] = {QN_TEXT("Accessor"), QN_TEXT("$Proxy"), QN_TEXT("$")};
	char *copy = qn_arena_alloc(arena, name.len + 1);
	size_t len = 0;

	if (!copy)
		return (struct qn_text){0};
	for (size_t i = 0; i < name.len; i++) {
		size_t digits = 0;
		bool is_numbered = false;

		while (i + digits < name.len && is_digit(name.data[i + digits]))
			digits++;
		for (size_t k = 0; digits && k < sizeof(numbered) / sizeof(*numbered); k++)
			is_numbered |= qn_text_ends((struct qn_text){copy, len}, numbered[k]);
		if (is_numbered) {
			i += digits;
			while (i < name.len && name.data[i] == '/') /* "/0x0000000800c0" */
				for (i++; i < name.len && name.data[i] != '.'; i++)
					continue;
		}
		if (i < name.len)
			copy[len++] = name.data[i];
	}
	while (len && copy[len - 1] == '$')
		len--;
	return (struct qn_text){copy, len};
}

bool qn_frame_name_read_java(struct qn_arena *arena, struct qn_text name, struct qn_text file,
			     struct qn_frame_name *ret)
{
	static const char *const extensions[] = {".java", ".kt", ".scala", ".groovy", NULL};
	size_t slash = qn_text_find_byte(name, '/');
	size_t lambda = qn_text_find(name, QN_TEXT("$$Lambda"));

	if (!ends_any(file, extensions) || qn_text_find_byte(name, ' ') != SIZE_MAX)
		return false;
	/* "java.base@17/java.lang.Thread.run", "app//org.x.F.f": the module; a lambda's address has one, too
	 */
	if (slash != SIZE_MAX && slash < lambda)
		name = qn_text_from(name, qn_text_rfind(qn_text_first(name, lambda), QN_TEXT("/")) + 1);
	ret->function = name;
	ret->full = name;
	ret->key = cut_numbers(arena, name);
	ret->lookup = ret->key;
	return true;
}

bool qn_frame_name_read_python(struct qn_arena *arena, struct qn_text name, struct qn_text file,
			       struct qn_frame_name *ret)
{
	static const char *const extensions[] = {".py", ".pyx", ".pyi", "<stdin>", "<string>", NULL};
	size_t slash, dot;

	if (!ends_any(file, extensions) || !name.len)
		return false;
	slash = qn_text_rfind(file, QN_TEXT("/"));
	file = qn_text_from(file, slash == SIZE_MAX ? 0 : slash + 1);
	dot = qn_text_rfind(file, QN_TEXT("."));
	file = qn_text_first(file, dot);
	ret->function = name;
	ret->full = name;
	ret->key = qn_arena_printf(arena, "%.*s.%.*s", QN_ARG(file), QN_ARG(name));
	ret->lookup = ret->key;
	return true;
}
