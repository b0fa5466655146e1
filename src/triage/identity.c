#include "triage/identity.h"

#include "record/pods.h"
#include "base/banned.h"

/* What stands behind a name and is no part of it; cut again and again, as is "previous-" in front. */
static const struct {
	struct qn_text suffix;
	bool is_previous;
} suffixes[] = {
	{{".log", 4}, false},     {{".txt", 4}, false},     {{".out", 4}, false},
	{{".err", 4}, false},     {{".json", 5}, false},    {{".gz", 3}, false},
	{{".zst", 4}, false},     {{"-previous", 9}, true}, {{"_previous", 9}, true},
	{{".previous", 9}, true}, {{"-prev", 5}, true},     {{"_prev", 5}, true},
	{{".prev", 5}, true},     {{"-current", 8}, false}, {{"_current", 8}, false},
	{{".current", 8}, false}, {{".stdout", 7}, false},  {{".stderr", 7}, false},
};

static bool is_number(struct qn_text text)
{
	uint64_t value;

	return qn_text_to_u64(text, &value);
}

static bool cut_affix(struct qn_text *name, bool *is_previous)
{
	static const struct qn_text prefixes[] = {QN_TEXT("previous-"), QN_TEXT("previous_"),
						  QN_TEXT("prev-")};
	size_t dot = qn_text_rfind(*name, QN_TEXT("."));

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (name->len > prefixes[i].len && qn_text_starts(*name, prefixes[i])) {
			*name = qn_text_from(*name, prefixes[i].len);
			*is_previous = true;
			return true;
		}
	}

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (name->len > suffixes[i].suffix.len && qn_text_ends(*name, suffixes[i].suffix)) {
			name->len -= suffixes[i].suffix.len;
			*is_previous |= suffixes[i].is_previous;
			return true;
		}
	}
	if (dot != SIZE_MAX && dot && is_number(qn_text_from(*name, dot + 1))) { /* rotated: x.log.1 */
		name->len = dot;
		return true;
	}
	return false;
}

/* The part of @name, cut at '_', that is a pod's name. */
static struct qn_text find_pod(struct qn_text name)
{
	struct qn_text rest = name;

	if (qn_is_pod_name(name))
		return name;
	while (rest.len) {
		size_t at = qn_text_find_byte(rest, '_');
		struct qn_text part = qn_text_first(rest, at);

		if (qn_is_pod_name(part))
			return part;
		rest = qn_text_from(rest, at == SIZE_MAX ? rest.len : at + 1);
	}
	return QN_TEXT("");
}

struct qn_identity qn_identity_of_path(struct qn_text path)
{
	struct qn_identity identity = {0};
	bool is_file = true;

	while (path.len) {
		size_t slash = qn_text_rfind(path, QN_TEXT("/"));
		struct qn_text name = slash == SIZE_MAX ? path : qn_text_from(path, slash + 1);

		path = qn_text_first(path, slash == SIZE_MAX ? 0 : slash);
		while (is_file && cut_affix(&name, &identity.is_previous))
			;
		if (!identity.pod.len)
			identity.pod = find_pod(name);
		/* A folder's name may say anything ("pulsar-pod-kill"): only a plain component's or a pod's
		 * counts. */
		if (!identity.component.len &&
		    (is_file || find_pod(name).len || qn_text_equal(name, qn_component_of_name(name))))
			identity.component = qn_component_of_name(name);
		is_file = false;
	}
	return identity;
}
