#include "core/code_parts.h"

#include <stdlib.h>

#include "base/banned.h"

struct qn_text qn_code_intern(struct qn_code_names *names, const char *string)
{
	struct qn_text text = qn_text_of(string), *kept;
	_cleanup_error_ struct qn_error *error = NULL;

	if (!text.len)
		return (struct qn_text){0};
	kept = qn_map_find(&names->map, text);
	if (kept)
		return *kept;
	kept = qn_arena_alloc(names->arena, sizeof(*kept));
	text = qn_arena_copy(names->arena, text);
	if (!kept || !text.data)
		return (struct qn_text){0};
	*kept = text;
	error = qn_map_put(&names->map, text, kept);
	if (error)
		names->arena->is_failed = true;
	return text;
}

struct qn_error *qn_code_create(Dwfl_Module *module, struct qn_code_names *names, struct qn_code **ret)
{
	struct qn_code *code = calloc(1, sizeof(*code));

	if (!code)
		return &qn_error_no_memory;
	code->module = module;
	code->names = names;
	*ret = code;
	return NULL;
}

void qn_code_destroy(struct qn_code *code)
{
	if (!code)
		return;
	qn_code_units_deinit(code);
	qn_spans_deinit(&code->symbol_spans);
	qn_map_deinit(&code->symbol_names);
	free(code->symbols);
	free(code);
}

/* "memcpy@@GLIBC_2.14": the version tells nothing. "f@plt" is no version. */
static struct qn_text symbol_name(struct qn_code *code, const char *name)
{
	const char *at = name ? strchr(name, '@') : NULL;
	_cleanup_free_ char *bare = NULL;

	if (!at || at == name || strcmp(at, "@plt") == 0)
		return qn_code_intern(code->names, name);
	bare = qn_text_copy((struct qn_text){name, (size_t)(at - name)});
	if (!bare)
		code->names->arena->is_failed = true;
	return qn_code_intern(code->names, bare);
}

/* A copy that the compiler made of a function with a plain name: "main.cold", "init.constprop.0". */
static bool is_clone_of(struct qn_text symbol, struct qn_text name)
{
	return name.len && qn_text_starts(symbol, name) && symbol.len > name.len &&
	       symbol.data[name.len] == '.';
}

static struct qn_error *name_physical(struct qn_code *code, struct qn_code_unit *unit, Dwarf_Die *function,
				      uint64_t address, struct qn_core_frame *ret)
{
	const char *symbol;

	if (function)
		ret->name = qn_code_linkage_name(code, function);
	if (ret->name.len)
		return NULL;
	QN_TRY(qn_code_symbol_find(code, address, &symbol));
	ret->name = symbol_name(code, symbol);
	if (function) {
		struct qn_text full = ret->name.len ? qn_code_plain_name(code, function)
						    : qn_code_full_name(code, unit, function);

		if (!ret->name.len || is_clone_of(ret->name, full))
			ret->name = full;
	}
	return NULL;
}

static struct qn_text inlined_name(struct qn_code *code, struct qn_code_unit *unit, Dwarf_Die *inlined)
{
	struct qn_text name = qn_code_linkage_name(code, inlined);

	return name.len ? name : qn_code_full_name(code, unit, inlined);
}

struct qn_error *qn_code_find(struct qn_code *code, uint64_t address,
			      struct qn_core_frame ret[QN_CODE_FUNCTIONS_MAX], size_t *ret_count)
{
	Dwarf_Die inlines[QN_CODE_FUNCTIONS_MAX - 1], *function = NULL;
	uint64_t at;
	struct qn_code_unit *unit;
	size_t count = 0;

	memset(ret, 0, sizeof(*ret));
	QN_TRY(qn_code_unit_find(code, address, &unit));
	at = address - code->bias;
	if (unit) {
		QN_TRY(qn_code_function_find(unit, at, &function));
		if (function)
			count = qn_code_inlines(function, at, inlines, QN_CODE_FUNCTIONS_MAX - 1);
		memset(ret, 0, (count + 1) * sizeof(*ret));
		qn_code_line_find(code, unit, at, &ret[0]);
	}
	for (size_t i = 0; i < count; i++) {
		Dwarf_Die *inlined = &inlines[count - 1 - i];

		ret[i].is_inlined = true;
		ret[i].name = inlined_name(code, unit, inlined);
		qn_code_call_place(code, inlined, &ret[i + 1]);
	}
	QN_TRY(name_physical(code, unit, function, address, &ret[count]));
	*ret_count = count + 1;
	return qn_arena_check(code->names->arena);
}
