/* Whatever copying did to a crash text: it has the signature, and the frames, that it had before. */
#include "support/crash_feed.h"

#include "base/cleanup.h"
#include "signature/signature.h"

static const char *const shapes[] = {
	/* native handler */
	"SIGNAL CATCH BY NON-GO SIGNAL HANDLER\n"
	"SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x58\n"
	"BACKTRACE:\n"
	"_ZN6milvus7segcore16DeletedRecordMap4SeekEl\n"
	"\t/src/internal/core/src/segcore/DeletedRecordMap.h:214 pc=0x7f3a51c02e18\n"
	"_ZNK6milvus7segcore18SegmentGrowingImpl14mask_by_deleteERNS_10BitsetTypeEll\n"
	"\t/src/internal/core/src/segcore/SegmentGrowingImpl.cpp:377 pc=0x7f3a51c9f315\n"
	"milvus::exec::Driver::Next(std::shared_ptr<milvus::exec::BlockingState>&)\n"
	"\t/src/internal/core/src/exec/Driver.cpp:172 pc=0x7f3a51d0d585\n",
	/* Go */
	"panic: runtime error: index out of range [7] with length 4\n"
	"\n"
	"goroutine 918 [running]:\n"
	"github.com/milvus-io/milvus/internal/querynodev2/pkoracle.(*FilterSet).pick(0xc000a1, {0x5d, 0xc0}, "
	"0x7)\n"
	"\t/go/src/github.com/milvus-io/milvus/internal/querynodev2/pkoracle/filter_set.go:188 +0x1d4\n"
	"github.com/milvus-io/milvus/internal/querynodev2/delegator.(*shard).Process.func2(0xc000d3a000)\n"
	"\t/go/src/github.com/milvus-io/milvus/internal/querynodev2/delegator/data.go:274 +0x6f2\n"
	"created by golang.org/x/sync/errgroup.(*Group).Go in goroutine 640\n"
	"\t/go/pkg/mod/golang.org/x/sync@v0.7.0/errgroup/errgroup.go:75 +0x96\n",
	/* gdb */
	"Program terminated with signal SIGSEGV, Segmentation fault.\n"
	"#0  0x00007f3a51c02e18 in milvus::segcore::DeletedRecordMap::Seek (this=0x0, at=449) at "
	"/src/internal/core/src/segcore/DeletedRecordMap.h:214\n"
	"#1  0x00007f3a51c9f315 in milvus::segcore::SegmentGrowingImpl::mask_by_delete (this=0x7f3a0c0012a0, "
	"n=1) "
	"at /src/internal/core/src/segcore/SegmentGrowingImpl.cpp:377\n"
	"#2  0x00007f3a4f094ac3 in start_thread () from /lib/x86_64-linux-gnu/libc.so.6\n",
	/* glibc */
	"*** Error in `milvus': double free or corruption (!prev): 0x00007f39f4003c40 ***\n"
	"======= Backtrace: =========\n"
	"/lib/x86_64-linux-gnu/libc.so.6(cfree+0x4c)[0x7f3a4f08453c]\n"
	"/milvus/lib/libmilvus_core.so(_ZN6milvus7segcore16DeletedRecordMap4SeekEl+0x3c)[0x7f3a51c02e18]\n"
	"/milvus/lib/libmilvus_core.so(_ZN6milvus4exec13PhyFilterNode9GetOutputEv+0x72)[0x7f3a51d463f2]\n",
	/* glog */
	"*** Aborted at 1752828634 (unix time) try \"date -d @1752828634\" if you are using GNU date ***\n"
	"PC: @     0x7f3a51c02e18 milvus::segcore::DeletedRecordMap::Seek()\n"
	"*** SIGSEGV (@0x58) received by PID 17 (TID 0x7f39e27fc700) from PID 88; stack trace: ***\n"
	"    @     0x7f3a51c02e18 milvus::segcore::DeletedRecordMap::Seek()\n"
	"    @     0x7f3a51c9f315 milvus::segcore::SegmentGrowingImpl::mask_by_delete()\n"
	"    @     0x7f3a51d0d585 milvus::exec::Driver::Next()\n",
	/* assertion, boost */
	"terminate called after throwing an instance of 'milvus::SegcoreError'\n"
	"  what():  Assert \"slot != nullptr\"  => deleted record map has no slot at "
	"/src/internal/core/src/segcore/DeletedRecordMap.h:214\n"
	" 0# milvus::impl::EasyAssertInfo(bool, int, milvus::ErrorCode) in /milvus/lib/libmilvus_core.so\n"
	" 1# milvus::segcore::DeletedRecordMap::Seek(long) in /milvus/lib/libmilvus_core.so\n"
	" 2# milvus::exec::PhyFilterNode::GetOutput() in /milvus/lib/libmilvus_core.so\n",
};
#define SHAPES (sizeof(shapes) / sizeof(*shapes))
enum { NATIVE = 1 << 0, GO = 1 << 1, GDB = 1 << 2, GLIBC = 1 << 3, GLOG = 1 << 4, ASSERT = 1 << 5, ALL = 63 };

/* What becomes of each line, with what stands before, behind and between them, and of single characters. */
struct copying {
	const char *what;
	const char *before, *behind; /* of a line; a '9' in before stands for its number */
	const char *newline;
	struct {
		const char *is, *becomes;
	} swaps[6];
	unsigned shapes;
	const char *damage; /* in words, of at least the first shape that is in it; NULL: none is told */
};

#define HTML                                                                                    \
	{                                                                                       \
		{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}, \
		{                                                                               \
			NULL, NULL                                                              \
		}                                                                               \
	}

static const struct copying copyings[] = {
	{"cat -n", "  9\t", "", "\n", {{NULL, NULL}}, ALL, "viewer line numbers"},
	{"grep -nA", "9-", "", "\n", {{NULL, NULL}}, ALL, "viewer line numbers"},
	{"glued numbers", "9", "", "\n", {{NULL, NULL}}, NATIVE | GO | GDB | GLOG, "viewer line numbers"},
	{"no tabs", "", "", "\n", {{"\t", ""}}, ALL, NULL},
	{"tabs and newlines lost", "", "", "\n", {{"\n\t", " "}}, ALL, "tabs lost"},
	{"blank lines", "", "", "\n\n", {{NULL, NULL}}, ALL, "blank line after each line"},
	{"mail", "> ", "", "\n", {{NULL, NULL}}, ALL, "prompt or quote marks"},
	{"mail without blanks",
	 ">",
	 "",
	 "\n",
	 {{NULL, NULL}},
	 NATIVE | GO | GDB | GLIBC | GLOG,
	 "prompt or quote marks"},
	{"a REPL", ">>> ", "", "\n", {{NULL, NULL}}, ALL, "prompt or quote marks"},
	{"a table", "| ", " |", "\n", {{NULL, NULL}}, ALL, "prompt or quote marks"},
	{"a box", "\xe2\x94\x82 ", " \xe2\x94\x82", "\n", {{NULL, NULL}}, ALL, "prompt or quote marks"},
	{"comments", "// ", "", "\n", {{NULL, NULL}}, ALL, "prompt or quote marks"},
	{"code", "`", "`", "\n", {{NULL, NULL}}, ALL, "markdown or HTML markup"},
	{"a list", "- ", "", "\n", {{NULL, NULL}}, ALL, "markdown or HTML markup"},
	{"a list of code", "* `", "`", "\n", {{NULL, NULL}}, ALL, "markdown or HTML markup"},
	{"Markdown escapes",
	 "",
	 "",
	 "\n",
	 {{"_", "\\_"}, {"*", "\\*"}, {"<", "\\<"}, {"#", "\\#"}, {">", "\\>"}},
	 ALL,
	 "markdown or HTML markup"},
	{"HTML", "", "", "\n", HTML, ALL, "markdown or HTML markup"},
	{"HTML lines", "", "<br />", "\n", HTML, ALL, "markdown or HTML markup"},
	{"HTML spans", "<span class=\"l\">", "</span>", "\n", HTML, ALL, "markdown or HTML markup"},
	{"HTML cells", "<td><code>", "</code></td>", "\n", HTML, ALL, "markdown or HTML markup"},
	{"links",
	 "",
	 "",
	 "\n",
	 {{"Map.h:214", "[Map.h:214](http://Map.h:214)"}, {"set.go:188", "[set.go:188](http://set.go:188)"}},
	 NATIVE | GO | GDB,
	 "markdown or HTML markup"},
	{"colours", "\x1b[31m", "\x1b[0m", "\n", {{NULL, NULL}}, ALL, "colours or invisible letters"},
	{"colours without ESC", "[31m", "[0m", "\n", {{NULL, NULL}}, ALL, "colours or invisible letters"},
	{"colours as cat -v has them",
	 "^[[31m",
	 "^[[0m",
	 "\n",
	 {{NULL, NULL}},
	 ALL,
	 "colours or invisible letters"},
	{"colours as JSON has them",
	 "\\u001b[31m",
	 "\\u001b[0m",
	 "\n",
	 {{NULL, NULL}},
	 ALL,
	 "colours or invisible letters"},
	{"links of a terminal",
	 "\x1b]8;;x\a",
	 "\x1b]8;;\a",
	 "\n",
	 {{NULL, NULL}},
	 ALL,
	 "colours or invisible letters"},
	{"marks of direction",
	 "\xe2\x80\x8e",
	 "\xe2\x80\xac",
	 "\n",
	 {{NULL, NULL}},
	 ALL,
	 "colours or invisible letters"},
	{"zero width",
	 "",
	 "",
	 "\n",
	 {{"::", "::\xe2\x80\x8b"}, {"/", "/\xe2\x80\x8b"}},
	 ALL & ~GO,
	 "colours or invisible letters"},
	{"byte order marks", "\xef\xbb\xbf", "", "\n", {{NULL, NULL}}, ALL, "colours or invisible letters"},
	{"blanks that do not break",
	 "",
	 "",
	 "\n",
	 {{"\t", "\xc2\xa0\xc2\xa0"}},
	 NATIVE | GO,
	 "colours or invisible letters"},
	{"backslashes", "", "\\", "\n", {{NULL, NULL}}, ALL, "escaped newlines"},
	{"strings", "\"", "\\n\",", "\n", {{"\t", "\\t"}}, ALL & ~ASSERT, "escaped newlines"},
	{"one line, escaped", "", "", "\\n", {{"\t", "\\t"}}, ALL, "escaped newlines"},
	{"one line, escaped twice", "", "", "\\\\n", {{"\t", "\\\\t"}}, ALL, "escaped newlines"},
	{"one line of Windows", "", "", "\\r\\n", {{"\t", "\\t"}}, ALL, "escaped newlines"},
	{"one line of HTML", "", "", "<br>", {{NULL, NULL}}, ALL, "newlines lost"},
	{"one line with arrows", "", "", "\xe2\x86\xb5", {{NULL, NULL}}, ALL, "newlines lost"},
	{"one line with blanks", "", "", " ", {{"\t", ""}}, ALL, "newlines lost"},
	{"one line of HTML and no tabs", "", "", "<br>", {{"\n\t", " "}}, NATIVE | GO, "newlines lost"},
	{"misread letters",
	 "",
	 "",
	 "\n",
	 {{"NON-GO", "N0N-GO"}, {"BACKTRACE", "BACKTRAGE"}, {":214 pc=0x", ":2l4 pc=Ox"}},
	 NATIVE,
	 "misread letters or digits"},
};

static void swap_all(struct qn_buffer *ret, struct qn_text text, const struct copying *copying)
{
	while (text.len) {
		size_t taken = 0;

		for (size_t i = 0; i < 6 && copying->swaps[i].is && !taken; i++)
			if (qn_text_starts(text, qn_text_of(copying->swaps[i].is))) {
				qn_buffer_append_string(ret, copying->swaps[i].becomes);
				taken = strlen(copying->swaps[i].is);
			}
		if (!taken) {
			qn_buffer_append(ret, text.data, 1);
			taken = 1;
		}
		text = qn_text_from(text, taken);
	}
}

static void copy(struct qn_buffer *ret, const char *shape, const struct copying *copying)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer swapped = {0};
	struct qn_cursor cursor;
	struct qn_text line;
	unsigned number = 36;

	swap_all(&swapped, qn_text_of(shape), copying);
	for (cursor = qn_cursor_of(qn_buffer_text(&swapped)); qn_cursor_take_line(&cursor, &line);) {
		number++;
		for (const char *c = copying->before; *c; c++)
			if (*c == '9')
				qn_buffer_printf(ret, "%u", number);
			else
				qn_buffer_append_byte(ret, *c);
		qn_buffer_append_text(ret, line);
		qn_buffer_append_string(ret, copying->behind);
		qn_buffer_append_string(ret, copying->newline);
	}
	qn_buffer_append_byte(ret, '\n');
}

static bool are_alike(struct feed *a, struct feed *b)
{
	struct qn_signature of_a, of_b;

	if (a->count != 1 || b->count != 1 || a->stacks[0]->frames_count != b->stacks[0]->frames_count)
		return false;
	for (size_t i = 0; i < a->stacks[0]->frames_count; i++) {
		const struct qn_frame *x = &a->stacks[0]->frames[i], *y = &b->stacks[0]->frames[i];

		if (!qn_text_equal(x->raw, y->raw) || !qn_text_equal(x->file, y->file) || x->line != y->line)
			return false;
	}
	assert_no_error(qn_signature_of_stack(&a->arena, a->stacks[0], &of_a));
	assert_no_error(qn_signature_of_stack(&b->arena, b->stacks[0], &of_b));
	return qn_text_equal(of_a.id, of_b.id);
}

static bool tells_damage(const struct feed *feed, const char *words)
{
	return feed->count && feed_has_damage(feed->stacks[0], words);
}

static void no_copying_changes_the_signature(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(copyings) / sizeof(*copyings); i++) {
		bool is_first = true;

		for (size_t k = 0; k < SHAPES; k++) {
			_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
			struct feed clean, damaged;
			bool is_right;

			if (!(copyings[i].shapes & (1U << k)))
				continue;
			copy(&text, shapes[k], &copyings[i]);
			feed_all(&clean, shapes[k]);
			feed_init(&damaged);
			feed_text(&damaged, qn_buffer_text(&text));
			feed_flush(&damaged);
			is_right = are_alike(&clean, &damaged);
			if (is_first && copyings[i].damage)
				is_right &= tells_damage(&damaged, copyings[i].damage);
			is_first = false;
			if (!is_right)
				print_message(
					"# %s, shape %zu: %.*s\n", copyings[i].what, k,
					QN_ARG(damaged.count ? damaged.stacks[0]->damage[0] : QN_TEXT("")));
			wrong += !is_right;
			feed_deinit(&clean);
			feed_deinit(&damaged);
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_copying_changes_the_signature)};

	return QN_RUN("damage_signature", tests);
}
