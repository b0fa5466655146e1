#include "base/issue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/banned.h"

void qn_issues_deinit(struct qn_issues *issues)
{
	free(issues->items);
	qn_map_deinit(&issues->index);
	qn_arena_deinit(&issues->arena);
	*issues = (struct qn_issues){0};
}

void qn_issues_add(struct qn_issues *issues, const struct qn_issue *issue)
{
	uint64_t count = issue->count ? issue->count : 1;
	_cleanup_(qn_buffer_deinit) struct qn_buffer key = {0};
	_cleanup_error_ struct qn_error *error = NULL;
	struct qn_issue *kept;
	struct qn_text stored_key;
	uintptr_t index;

	qn_buffer_append_text(&key, issue->source);
	qn_buffer_append_byte(&key, '\0');
	qn_buffer_append_text(&key, issue->text);
	index = (uintptr_t)qn_map_find(&issues->index, qn_buffer_text(&key));
	if (index) {
		issues->items[index - 1].count += count;
		return;
	}
	if (issues->count >= QN_ISSUES_MAX || key.is_failed) {
		issues->left_out += count;
		return;
	}
	stored_key = qn_arena_copy(&issues->arena, qn_buffer_text(&key));
	error = qn_array_reserve(&issues->items, &issues->capacity, issues->count + 1,
				 sizeof(*issues->items));
	if (!error && stored_key.data)
		error = qn_map_put(&issues->index, stored_key, (void *)(uintptr_t)(issues->count + 1));
	if (error || !stored_key.data) {
		issues->left_out += count;
		return;
	}
	kept = &issues->items[issues->count++];
	*kept = *issue;
	kept->source = qn_text_first(stored_key, issue->source.len);
	kept->text = qn_text_from(stored_key, issue->source.len + 1);
	kept->count = count;
}

void qn_issues_note(struct qn_issues *issues, struct qn_text source, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		text = NULL;
		issues->left_out++;
		return;
	}
	qn_issues_add(issues, &(struct qn_issue){.source = source, .text = {text, (size_t)length}});
}
