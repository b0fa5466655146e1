#include "record/pods.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "record/pods_describe.h"
#include "record/format.h"
#include "base/banned.h"

#define TOKENS_MAX 16U
#define PROBE_LINES_MAX 400U
#define NAME_BYTES_MAX 253U

struct qn_error *qn_pod_facts_add(struct qn_pod_facts *facts, const struct qn_pod_fact *fact)
{
	QN_TRY(qn_array_reserve(&facts->items, &facts->capacity, facts->count + 1, sizeof(*facts->items)));
	facts->items[facts->count++] = *fact;
	return NULL;
}

static void facts_deinit(struct qn_pod_facts *facts)
{
	free(facts->items);
}

static size_t split(struct qn_text line, struct qn_text *ret)
{
	struct qn_cursor cursor = qn_cursor_of(line);
	size_t count = 0;

	while (count < TOKENS_MAX) {
		size_t length = 0;

		qn_cursor_skip_blanks(&cursor);
		if (qn_cursor_at_end(&cursor))
			break;
		while (length < cursor.rest.len && cursor.rest.data[length] != ' ' &&
		       cursor.rest.data[length] != '\t')
			length++;
		ret[count++] = qn_text_first(cursor.rest, length);
		cursor.rest = qn_text_from(cursor.rest, length);
	}
	return count;
}

static bool is_name(struct qn_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
			return false;
	}
	return text.len && text.len <= NAME_BYTES_MAX && text.data[0] != '-' && text.data[0] != '.';
}

/* 1/1 */
static bool is_ready(struct qn_text text)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_text ready;
	uint64_t number;

	return qn_cursor_take_until(&cursor, '/', &ready) && qn_text_to_u64(ready, &number) &&
	       qn_text_to_u64(cursor.rest, &number);
}

/* Running, CrashLoopBackOff, Init:0/1 */
static bool is_status(struct qn_text text)
{
	return text.len >= 4 && text.len <= 64 && text.data[0] >= 'A' && text.data[0] <= 'Z' &&
	       qn_text_find_byte(text, '=') == SIZE_MAX && qn_text_find_byte(text, '[') == SIZE_MAX;
}

/* 51m, 2d3h, (51m, 45s */
static bool is_age(struct qn_text text)
{
	if (text.len && text.data[0] == '(')
		text = qn_text_from(text, 1);
	if (text.len < 2 || !strchr("smhdy", text.data[text.len - 1]))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!text.data[i] || !strchr("0123456789smhdy", text.data[i]))
			return false;
	return text.data[0] >= '0' && text.data[0] <= '9';
}

/* A status that is itself the reason why the pod does not run. */
static bool is_trouble(struct qn_text status)
{
	static const char *const troubles[] = {"OOMKilled", "Error", "Evicted", "CrashLoopBackOff"};

	for (size_t i = 0; i < sizeof(troubles) / sizeof(*troubles); i++)
		if (qn_text_equal(status, qn_text_of(troubles[i])))
			return true;
	return false;
}

/* [namespace] name 1/1 Running 3 (51m ago) 51m 10.0.3.20 node21 <none> <none> */
static bool read_row(struct qn_text line, struct qn_pod_fact *ret)
{
	struct qn_text tokens[TOKENS_MAX];
	size_t count = split(line, tokens);
	uint64_t restarts;

	for (size_t i = 0; i < count && i < 2; i++) /* as `kubectl get all` has it */
		if (qn_text_starts(tokens[i], QN_TEXT("pod/")))
			tokens[i] = qn_text_from(tokens[i], 4);
	for (size_t name = 0; name < 2 && name + 4 < count; name++) {
		if (!is_name(tokens[name]) || !is_ready(tokens[name + 1]) || !is_status(tokens[name + 2]) ||
		    !qn_text_to_u64(tokens[name + 3], &restarts) || restarts > INT32_MAX ||
		    !is_age(tokens[name + 4]))
			continue;
		*ret = (struct qn_pod_fact){
			.name = tokens[name],
			.component = qn_component_of_name(tokens[name]),
			.last_state = tokens[name + 2],
			.reason = is_trouble(tokens[name + 2]) ? tokens[name + 2] : QN_TEXT(""),
			.restarts = (int64_t)restarts,
			.exit_code = -1,
		};
		return true;
	}
	return false;
}

/* NAME READY STATUS RESTARTS AGE, with or without NAMESPACE before and more behind */
static bool is_header(struct qn_text line)
{
	struct qn_text tokens[TOKENS_MAX];
	size_t count = split(line, tokens), at = 0;

	if (count && qn_text_equal(tokens[0], QN_TEXT("NAMESPACE")))
		at++;
	return count >= at + 4 && qn_text_equal(tokens[at], QN_TEXT("NAME")) &&
	       qn_text_equal(tokens[at + 1], QN_TEXT("READY")) &&
	       qn_text_equal(tokens[at + 2], QN_TEXT("STATUS")) &&
	       qn_text_equal(tokens[at + 3], QN_TEXT("RESTARTS"));
}

bool qn_pods_probe(struct qn_text sample)
{
	struct qn_cursor cursor = qn_cursor_of(sample);
	struct qn_describe_probe describe = {0};
	size_t rows = 0, headers = 0, full = 0, records = 0;
	struct qn_pod_fact fact;
	struct qn_text line;

	for (unsigned i = 0; i < PROBE_LINES_MAX && qn_cursor_take_line(&cursor, &line); i++) {
		line = qn_text_trim(line);
		if (!line.len)
			continue;
		full++;
		if (is_header(line))
			headers++;
		else if (read_row(line, &fact))
			rows++;
		else if (qn_format_zap.bid(line) || qn_format_glog.bid(line) || qn_format_go_std.bid(line))
			records++;
		else
			qn_describe_probe_line(&describe, line);
	}
	if (records * 10 > full)
		return false;
	return (rows + headers) * 2 >= full ? rows > 0 : qn_describe_probe_is_pod(&describe);
}

struct qn_error *qn_pods_read(struct qn_arena *arena, struct qn_text text, struct qn_pod_fact **ret,
			      size_t *ret_count)
{
	_cleanup_(facts_deinit) struct qn_pod_facts facts = {0};
	struct qn_describe describe = {.facts = &facts};
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_pod_fact fact, *copies;
	struct qn_text line;

	for (uint64_t number = 1; qn_cursor_take_line(&cursor, &line); number++) {
		if (read_row(qn_text_trim(line), &fact)) {
			fact.line = number;
			QN_TRY(qn_pod_facts_add(&facts, &fact));
		} else {
			QN_TRY(qn_describe_line(&describe, line, number));
		}
	}
	QN_TRY(qn_describe_finish(&describe));
	copies = qn_arena_alloc(arena, (facts.count + 1) * sizeof(*copies));
	for (size_t i = 0; copies && i < facts.count; i++) {
		copies[i] = facts.items[i];
		copies[i].name = qn_arena_copy(arena, facts.items[i].name);
		copies[i].last_state = qn_arena_copy(arena, facts.items[i].last_state);
		copies[i].reason = qn_arena_copy(arena, facts.items[i].reason);
	}
	QN_TRY(qn_arena_check(arena));
	*ret = copies;
	*ret_count = facts.count;
	return NULL;
}
