/* Profiles and families of stacks that are written down as text. */
#ifndef QN_TESTS_SUPPORT_PROFILES_H
#define QN_TESTS_SUPPORT_PROFILES_H

#include "support/tables.h"

#include "base/cursor.h"
#include "signature/grouping.h"
#include "signature/signature.h"

#define PROFILES_FRAMES_MAX 64U

/* A header "KIND SIGNAL EXCEPTION", '-' is unknown, and frames, innermost first: "name", "+name" (inlined
 * into the next), "@file" (line 7 of it, in no known function). A message may follow the header behind a
 * '\t'. */
struct profile_text {
	const char *header, *frames;
};

static inline struct qn_weights *shipped_weights(void)
{
	struct qn_weights *weights = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/rules/weights.yaml", qn_srcdir());
	assert_no_error(qn_weights_load(path, &weights));
	return weights;
}

static inline struct qn_text header_word(struct qn_cursor *cursor)
{
	struct qn_text word;

	if (!qn_cursor_take_until(cursor, ' ', &word)) {
		word = cursor->rest;
		cursor->rest = QN_TEXT("");
	}
	return qn_text_equal(word, QN_TEXT("-")) ? QN_TEXT("") : word;
}

/* @list: room for PROFILES_FRAMES_MAX frames. */
static inline struct qn_stack read_stack(const struct profile_text *text, struct qn_frame *list)
{
	struct qn_text header = qn_text_of(text->header), line;
	size_t tab = qn_text_find_byte(header, '\t');
	struct qn_cursor words = qn_cursor_of(qn_text_first(header, tab)),
			 frames = qn_cursor_of(qn_text_of(text->frames));
	struct qn_stack stack = {.frames = list, .dialect = "native-handler"};
	uint64_t pc = 4096;

	assert_true(qn_kind_of_name(header_word(&words), &stack.kind));
	stack.signal = header_word(&words);
	stack.exception = header_word(&words);
	if (tab != SIZE_MAX)
		stack.message = qn_text_from(header, tab + 1);
	while (qn_cursor_take_line(&frames, &line)) {
		bool is_inlined = qn_text_starts(line, QN_TEXT("+"));

		assert_true(stack.frames_count < PROFILES_FRAMES_MAX);
		list[stack.frames_count] = (struct qn_frame){.raw = qn_text_from(line, is_inlined), .pc = pc};
		if (qn_text_starts(line, QN_TEXT("@")))
			list[stack.frames_count] =
				(struct qn_frame){.file = qn_text_from(line, 1), .line = 7};
		stack.frames_count++;
		pc += is_inlined ? 0 : 16;
	}
	return stack;
}

/* What an ingest would compare: signed, with the reason for a message. */
static inline struct qn_profile make_profile(struct qn_arena *arena, const struct qn_normalizer *normalizer,
					     const struct qn_weights *weights, struct qn_stack stack)
{
	struct qn_signature signature;
	struct qn_profile profile;

	qn_normalizer_apply(normalizer, arena, &stack);
	assert_no_error(qn_signature_of_stack(arena, &stack, &signature));
	stack.kind = signature.kind;
	stack.signal = signature.signal;
	stack.message = qn_text_equal(signature.reason, stack.exception) ? QN_TEXT("") : signature.reason;
	assert_no_error(qn_profile_of_stack(arena, weights, signature.id, &stack, &profile));
	return profile;
}

#endif
