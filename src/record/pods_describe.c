#include "record/pods_describe.h"

#include "base/cursor.h"
#include "base/banned.h"

/*	Name:             my-release-milvus-querynode-6f4d9c7b5d-a2db9
 *	Containers:
 *	  querynode:
 *	    State:          Waiting
 *	      Reason:       CrashLoopBackOff
 *	    Last State:     Terminated
 *	      Reason:       Error
 *	      Exit Code:    134
 *	      Finished:     Thu, 20 Feb 2025 07:40:21 +0000
 *	    Restart Count:  31
 *	Conditions:
 * Any part of it may be missing, and copying may have lost the indentation. */

static bool key_is(struct qn_text key, const char *expected)
{
	return qn_text_equal(key, qn_text_of(expected));
}

/* "Last State:     Terminated" */
static bool take_pair(struct qn_text line, struct qn_text *ret_key, struct qn_text *ret_value)
{
	struct qn_cursor cursor = qn_cursor_of(qn_text_trim(line));

	if (!qn_cursor_take_until(&cursor, ':', ret_key) || !ret_key->len)
		return false;
	*ret_value = qn_text_trim(cursor.rest);
	return true;
}

static bool is_containers(struct qn_text key)
{
	return key_is(key, "Containers") || key_is(key, "Init Containers") ||
	       key_is(key, "Ephemeral Containers");
}

/* What follows the containers in a description. */
static bool is_behind_containers(struct qn_text key)
{
	return key_is(key, "Conditions") || key_is(key, "Volumes") || key_is(key, "QoS Class") ||
	       key_is(key, "Events") || key_is(key, "Node-Selectors");
}

static bool is_container_name(struct qn_text key)
{
	for (size_t i = 0; i < key.len; i++) {
		char c = key.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return key.len && key.len <= 63;
}

/* How it ended last: now, if it is dead now; else before. */
static const struct qn_state *telling_state(const struct qn_describe *describe)
{
	if (!describe->last_state.line || key_is(describe->state.value, "Terminated"))
		return &describe->state;
	return &describe->last_state;
}

static struct qn_error *close_container(struct qn_describe *describe)
{
	const struct qn_state *state = telling_state(describe);
	struct qn_pod_fact fact = {
		.name = describe->pod,
		.component = qn_component_of_name(describe->container),
		.last_state = state->value,
		.reason = state->reason,
		.restarts = describe->restarts,
		.exit_code = state->exit_code,
		.line = state->line,
		.finished = state->finished,
	};
	bool is_told = describe->is_open && state->line;

	if (!fact.component.len)
		fact.component = qn_component_of_name(describe->pod);
	describe->state = describe->last_state = (struct qn_state){.exit_code = -1};
	describe->current = NULL;
	describe->restarts = -1;
	describe->is_open = false;
	describe->container = QN_TEXT("");
	return is_told ? qn_pod_facts_add(describe->facts, &fact) : NULL;
}

static struct qn_error *open_container(struct qn_describe *describe, struct qn_text name)
{
	QN_TRY(close_container(describe));
	describe->is_open = true;
	describe->container = name;
	return NULL;
}

/* Text that begins in the middle of a container has no name for it. */
static struct qn_error *begin_state(struct qn_describe *describe, struct qn_state *state,
				    struct qn_text value, uint64_t line)
{
	if (!describe->is_open || state->line)
		QN_TRY(open_container(describe, QN_TEXT("")));
	*state = (struct qn_state){.value = value, .exit_code = -1, .line = line};
	describe->current = state;
	return NULL;
}

static size_t indent_of(struct qn_text line)
{
	struct qn_cursor cursor = qn_cursor_of(line);

	return qn_cursor_skip_blanks(&cursor);
}

/* Volumes have a Name: too, but deeper in. */
static struct qn_error *take_pod_name(struct qn_describe *describe, struct qn_text line, struct qn_text value)
{
	size_t indent = indent_of(line);

	if (describe->has_name && indent > describe->name_indent)
		return NULL;
	QN_TRY(close_container(describe));
	describe->has_name = true;
	describe->name_indent = indent;
	describe->pod = value;
	describe->is_in_containers = false;
	describe->has_containers = false;
	return NULL;
}

static void take_detail(struct qn_describe *describe, struct qn_text key, struct qn_text value)
{
	struct qn_cursor time = qn_cursor_of(value);
	uint64_t number;

	if (describe->current && key_is(key, "Finished"))
		qn_time_take_rfc1123(&time, &describe->current->finished);
	else if (describe->current && key_is(key, "Reason"))
		describe->current->reason = value;
	else if (describe->current && key_is(key, "Exit Code") && qn_text_to_u64(value, &number) &&
		 number <= UINT32_MAX)
		describe->current->exit_code = (int64_t)number;
	else if (describe->is_open && key_is(key, "Restart Count") && qn_text_to_u64(value, &number) &&
		 number <= INT32_MAX)
		describe->restarts = (int64_t)number;
	/* The states' details end where the container's next key begins. */
	if (key_is(key, "Ready") || key_is(key, "Restart Count"))
		describe->current = NULL;
}

struct qn_error *qn_describe_line(struct qn_describe *describe, struct qn_text line, uint64_t number)
{
	struct qn_text key, value;

	if (!take_pair(line, &key, &value))
		return NULL;
	if (key_is(key, "Name") && value.len)
		return take_pod_name(describe, line, value);
	if (is_containers(key) && !value.len) {
		describe->is_in_containers = describe->has_containers = true;
		return close_container(describe);
	}
	if (is_behind_containers(key)) {
		describe->is_in_containers = false;
		return close_container(describe);
	}
	if (describe->has_containers && !describe->is_in_containers)
		return NULL;
	if (describe->is_in_containers && !value.len && is_container_name(key))
		return open_container(describe, key);
	if (key_is(key, "State"))
		return begin_state(describe, &describe->state, value, number);
	if (key_is(key, "Last State"))
		return begin_state(describe, &describe->last_state, value, number);
	take_detail(describe, key, value);
	return NULL;
}

struct qn_error *qn_describe_finish(struct qn_describe *describe)
{
	return close_container(describe);
}

void qn_describe_probe_line(struct qn_describe_probe *probe, struct qn_text line)
{
	struct qn_text key, value;
	uint64_t number;

	if (!take_pair(line, &key, &value))
		return;
	if (is_containers(key) && !value.len)
		probe->containers++;
	else if (key_is(key, "State") || key_is(key, "Last State"))
		probe->states +=
			key_is(value, "Running") || key_is(value, "Waiting") || key_is(value, "Terminated");
	else if (key_is(key, "Exit Code"))
		probe->exit_codes += qn_text_to_u64(value, &number);
	else if (key_is(key, "Restart Count"))
		probe->restart_counts += qn_text_to_u64(value, &number);
}

bool qn_describe_probe_is_pod(const struct qn_describe_probe *probe)
{
	return probe->states && (probe->containers || probe->exit_codes || probe->restart_counts);
}
