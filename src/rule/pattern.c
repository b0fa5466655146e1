#include "rule/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/limits.h"
#include "rule/pattern_dialect.h"
#include "base/banned.h"

#define JIT_STACK_START (32U << 10)
#define JIT_STACK_MAX (1U << 20)

struct qn_pattern {
	pcre2_code *code;
	char *source;
	size_t source_len;
};

struct qn_pattern_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

static struct qn_error *compile_error(int code, size_t offset)
{
	char message[160];

	if (code == PCRE2_ERROR_NOMEMORY)
		return &qn_error_no_memory;
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof(message)) < 0)
		return qn_error_create(QN_ERROR_RULE, "offset %zu: not a regex (%d)", offset, code);
	return qn_error_create(QN_ERROR_RULE, "offset %zu: %s; put a backslash before what is meant as text",
			       offset, message);
}

struct qn_error *qn_pattern_compile(struct qn_text regex, struct qn_pattern **ret)
{
	_cleanup_(qn_pattern_destroy_guard) struct qn_pattern *pattern = NULL;
	pcre2_compile_context *context;
	uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
	size_t offset = 0;
	int code = 0;

	if (regex.len > QN_PATTERN_BYTES_MAX)
		return qn_error_create(QN_ERROR_RULE, "offset %u: the regex is longer than %u bytes",
				       QN_PATTERN_BYTES_MAX, QN_PATTERN_BYTES_MAX);
	QN_TRY(qn_pattern_check_dialect(regex));
	pattern = calloc(1, sizeof(*pattern));
	if (!pattern || !(pattern->source = qn_text_copy(regex)))
		return &qn_error_no_memory;
	pattern->source_len = regex.len;
	if (qn_pattern_needs_utf(regex))
		options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	context = pcre2_compile_context_create(NULL);
	if (!context)
		return &qn_error_no_memory;
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pattern->code =
		pcre2_compile((PCRE2_SPTR)pattern->source, regex.len, options, &code, &offset, context);
	pcre2_compile_context_free(context);
	if (!pattern->code)
		return compile_error(code, offset);
	/* no JIT (by the build, or by a kernel that forbids it) only costs speed */
	(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	*ret = qn_take(pattern);
	return NULL;
}

void qn_pattern_destroy(struct qn_pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_code_free(pattern->code);
	free(pattern->source);
	free(pattern);
}

struct qn_text qn_pattern_source(const struct qn_pattern *pattern)
{
	return (struct qn_text){pattern->source, pattern->source_len};
}

struct qn_error *qn_pattern_scratch_create(struct qn_pattern_scratch **ret)
{
	_cleanup_(qn_pattern_scratch_destroy_guard) struct qn_pattern_scratch *scratch =
		calloc(1, sizeof(*scratch));

	if (!scratch)
		return &qn_error_no_memory;
	scratch->data = pcre2_match_data_create(1, NULL);
	scratch->context = pcre2_match_context_create(NULL);
	if (!scratch->data || !scratch->context)
		return &qn_error_no_memory;
	pcre2_set_match_limit(scratch->context, QN_MATCH_LIMIT);
	pcre2_set_depth_limit(scratch->context, QN_MATCH_DEPTH_LIMIT);
	pcre2_set_heap_limit(scratch->context, QN_MATCH_HEAP_KIB);
	/* NULL without JIT support, and not needed then */
	scratch->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	if (scratch->stack)
		pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
	*ret = qn_take(scratch);
	return NULL;
}

void qn_pattern_scratch_destroy(struct qn_pattern_scratch *scratch)
{
	if (!scratch)
		return;
	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->context);
	pcre2_jit_stack_free(scratch->stack);
	free(scratch);
}

enum qn_match qn_pattern_match(const struct qn_pattern *pattern, struct qn_pattern_scratch *scratch,
			       struct qn_text subject)
{
	_cleanup_(qn_pattern_scratch_destroy_guard) struct qn_pattern_scratch *own = NULL;
	_cleanup_error_ struct qn_error *error = NULL;
	int result;

	if (!scratch) {
		error = qn_pattern_scratch_create(&own);
		if (error)
			return QN_MATCH_LIMIT_HIT;
		scratch = own;
	}
	result = pcre2_match(pattern->code, (PCRE2_SPTR)(subject.data ? subject.data : ""), subject.len, 0, 0,
			     scratch->data, scratch->context);
	if (result >= 0)
		return QN_MATCH_YES;
	/* everything else is a limit: of matching, of depth, of the heap, of the JIT's stack, of memory */
	return result == PCRE2_ERROR_NOMATCH ? QN_MATCH_NO : QN_MATCH_LIMIT_HIT;
}
