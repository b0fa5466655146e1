#include "support/test.h"

#include "stack/dialect.h"

/* What the index is to give: header by header, in the order of the dialects. */
static bool match_slowly(struct qn_text text, struct qn_header_match *ret)
{
	for (const struct qn_dialect *const *dialect = qn_dialects; *dialect; dialect++)
		for (const struct qn_header *header = (*dialect)->headers; header->words; header++) {
			struct qn_text words = qn_text_of(header->words);
			size_t at = qn_text_starts(text, words) ? 0
				    : header->is_anywhere       ? qn_text_find(text, words)
								: SIZE_MAX;

			if (at == SIZE_MAX)
				continue;
			if ((*dialect)->may_begin && !(*dialect)->may_begin(text))
				return false;
			*ret = (struct qn_header_match){.dialect = *dialect,
							.header = header,
							.rest = qn_text_from(text, at + words.len),
							.is_glued = at > 0 && words.data[0] != ' ' &&
								    !(*dialect)->has_own_frames};
			return true;
		}
	return false;
}

static void expect_same(const struct qn_header_index *index, struct qn_text text)
{
	struct qn_header_match slow = {0}, fast = {0};
	bool is_slow = match_slowly(text, &slow), is_fast = qn_dialects_match(index, text, &fast);

	if (is_slow != is_fast || slow.header != fast.header || slow.dialect != fast.dialect ||
	    slow.rest.data != fast.rest.data || slow.rest.len != fast.rest.len ||
	    slow.is_glued != fast.is_glued)
		fail_msg("%.*s: %s, not %s", QN_ARG(text), fast.header ? fast.header->words : "nothing",
			 slow.header ? slow.header->words : "nothing");
}

/* Each header in front, behind other text, cut, twice, and in front of and behind each other one. */
static void finds_the_first_header_in_the_order_of_the_dialects(void **state)
{
	static const char *const frames[] = {"%s",      "%s 'x'", "_ZN6milvus3RunEv%s at",
					     "x %s %s", " %s",    "%s%s"};
	struct qn_header_index index;
	size_t count = 0;

	(void)state;
	assert_no_error(qn_header_index_init(&index));
	for (size_t i = 0; i < index.count; i++)
		for (size_t k = 0; k < index.count; k++)
			for (size_t f = 0; f < sizeof(frames) / sizeof(*frames); f++) {
				const char *a = index.entries[i].header->words,
					   *b = index.entries[k].header->words;
				struct qn_buffer text = {0};
				struct qn_text cut;

				for (const char *at = frames[f]; *at; at++) {
					if (*at == '%')
						qn_buffer_append_string(&text, at == frames[f] ? a : b);
					else if (*at != 's' || at == frames[f] || at[-1] != '%')
						qn_buffer_append_byte(&text, *at);
				}
				cut = qn_text_first(qn_buffer_text(&text), text.len - 1);
				expect_same(&index, qn_buffer_text(&text));
				expect_same(&index, cut);
				qn_buffer_deinit(&text);
				count++;
			}
	expect_same(&index, QN_TEXT(""));
	expect_same(&index, QN_TEXT("x"));
	assert_true(count > 1000);
	qn_header_index_deinit(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_header_in_the_order_of_the_dialects)};

	return QN_RUN("dialect", tests);
}
