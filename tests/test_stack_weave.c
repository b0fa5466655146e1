#include "stack/crash_line.h"
#include "support/crash_feed.h"

#define TITLE "SIGNAL CATCH BY NON-GO SIGNAL HANDLER"
#define ZAP "[2025/07/18 08:50:34.169 +00:00] [INFO] [a/b.go:97] [\"processing\"] [pending=0]"
#define LINES_MAX 128U
#define COPIES_MAX 8U

struct pair {
	const char *name, *place;
};

/* Inlined functions (one pc), bare names that come again, a function that calls itself three times, and the
 * plumbing that all threads share. */
static const struct pair plain[] = {
	{"_ZNKSt10_HashtableIlE4findERKl", "/usr/include/c++/12/bits/hashtable.h:1668 pc=0x7fb89f4a7204"},
	{"_ZNK6milvus10GroupChunk8GetChunkEl", "/src/GroupChunk.h:40 pc=0x7fb89f4a7204"},
	{"operator()", "/src/ChunkedColumnGroup.h:547 pc=0x7fb8e8330602"},
	{"_ZNK6milvus7segcore24ChunkedSegmentSealedImpl12get_raw_dataEl",
	 "/src/Sealed.cpp:2212 pc=0x7fb80a31c5ab"},
	{"operator()", "/src/Future-inl.h:310 pc=0x7fb8cd3da2d4"},
	{"call_", "/src/Function.h:374 pc=0x7fb8cd3da2d4"},
	{"operator()", "/src/Function.h:403 pc=0x7fb8cd3da2d9"},
	{"_ZN5folly18ThreadPoolExecutor7runTaskE", "/src/ThreadPoolExecutor.cpp:102 pc=0x7fb8fd90278a"},
	{"_ZN5folly21CPUThreadPoolExecutor9threadRunE",
	 "/src/CPUThreadPoolExecutor.cpp:333 pc=0x7fb83d33bb5d"},
	{"execute_native_thread_routine", "../../src/thread.cc:82 pc=0x7fb8b77db5fa"},
	{"start_thread", "./nptl/pthread_create.c:442 pc=0x7fb8b77db6fa"},
};

static const struct pair recursion[] = {
	{"_ZN6milvus5query4leafEv", "/src/leaf.cpp:7 pc=0x7f0000000001"},
	{"_ZN6milvus5query5visitEv", "/src/visit.cpp:8 pc=0x7f0000000002"},
	{"_ZN6milvus5query5visitEv", "/src/visit.cpp:8 pc=0x7f0000000002"},
	{"_ZN6milvus5query5visitEv", "/src/visit.cpp:8 pc=0x7f0000000002"},
	{"_ZN6milvus5query4rootEv", "/src/root.cpp:9 pc=0x7f0000000003"},
	{"AsyncSearch", "/src/c.cpp:10 pc=0x7f0000000004"},
	{"start_thread", "./nptl/pthread_create.c:442 pc=0x7f0000000005"},
};

static const struct pair with_go[] = {
	{"_ZN6milvus5query4leafEv", "/src/leaf.cpp:7 pc=0x7f0000000001"},
	{"AsyncSearch", "/src/c.cpp:10 pc=0x7f0000000004"},
	{"runtime.asmcgocall", "/go/asm_amd64.s:872 pc=0x1f4d4a0"},
	{"runtime.systemstack", "/go/asm_amd64.s:492 pc=0x1f4d0b0"},
	{"runtime.mstart", "/go/proc.go:1394 pc=0x1f4d0c0"},
};

struct stack_case {
	const struct pair *pairs;
	size_t count;
};
#define CASE(pairs)                                    \
	{                                              \
		pairs, sizeof(pairs) / sizeof(*pairs), \
	}
static const struct stack_case stacks[] = {CASE(plain), CASE(recursion), CASE(with_go)};

/* A generator whose numbers are the same everywhere. */
static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33) % below;
}

enum rhythm { ANY_LINE, BURSTS, NEARLY_EVEN, FRAMES_WHOLE, ONE_AFTER_OTHER, TURNS, FRAME_TURNS, RHYTHMS };

struct weaving {
	const struct stack_case *stacks[COPIES_MAX];
	unsigned copies;
	enum rhythm rhythm;
	bool has_headers, has_records, has_half_lines, has_ends;
};

static const char *line_of(const struct weaving *weaving, unsigned copy, size_t at, bool *ret_is_place)
{
	static const char *const head[] = {
		TITLE, "SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x20", "BACKTRACE:"};
	const struct stack_case *stack = weaving->stacks[copy];
	bool has_head = weaving->has_headers || copy == 0;

	static const char *const end[] = {"(null)", "(null):0 pc=0xffffffffffffffff", "", ""};

	*ret_is_place = false;
	if (has_head && at < 3)
		return head[at];
	at -= has_head ? 3 : 0;
	if (at < 2 * stack->count) {
		*ret_is_place = at % 2;
		return at % 2 ? stack->pairs[at / 2].place : stack->pairs[at / 2].name;
	}
	at -= 2 * stack->count;
	*ret_is_place = at == 1;
	return weaving->has_ends && at < 4 ? end[at] : NULL;
}

static unsigned next_copy(const struct weaving *weaving, uint64_t *seed, unsigned last, const size_t *at)
{
	unsigned slowest = 0;

	for (unsigned i = 1; i < weaving->copies; i++)
		if (at[i] < at[slowest])
			slowest = i;
	switch (weaving->rhythm) {
	case BURSTS: return draw(seed, 4) ? last : draw(seed, weaving->copies);
	case NEARLY_EVEN: return draw(seed, 3) ? slowest : draw(seed, weaving->copies);
	case FRAMES_WHOLE: return (at[last] - 3) % 2 ? last : draw(seed, weaving->copies);
	case ONE_AFTER_OTHER: return last;
	case TURNS: return slowest;
	case FRAME_TURNS: return (at[last] - 3) % 2 ? last : slowest;
	default: return draw(seed, weaving->copies);
	}
}

/* A record of another writer comes in the middle of a name, or before the newline behind it. */
static void append_line(const struct weaving *weaving, uint64_t *seed, bool is_place, const char *line,
			struct qn_buffer *text)
{
	size_t len = strlen(line);
	uint32_t chance = weaving->has_half_lines ? draw(seed, 8) : 8;

	qn_buffer_append_string(text, is_place ? "\t" : "");
	if (chance == 0 && strncmp(line, "_Z", 2) == 0) {
		qn_buffer_append(text, line, len / 2);
		qn_buffer_append_string(text, draw(seed, 2) ? ZAP "\n" : "\n" ZAP "\n");
		qn_buffer_append_string(text, line + len / 2);
	} else {
		qn_buffer_append_string(text, line);
		if (chance == 1)
			qn_buffer_append_string(text, ZAP);
	}
	qn_buffer_append_byte(text, '\n');
}

/* The copies shuffled. Without headers of their own the others begin when the first has written its own. */
static void weave(const struct weaving *weaving, uint64_t seed, struct qn_buffer *text)
{
	size_t at[COPIES_MAX] = {0};
	unsigned left = weaving->copies, last = 0;

	while (left) {
		unsigned copy = !weaving->has_headers && at[0] < 3 ? 0 : next_copy(weaving, &seed, last, at);
		bool is_place;
		const char *line = line_of(weaving, copy, at[copy], &is_place);

		if (!line) {
			left -= at[copy] != SIZE_MAX / 2;
			at[copy] = SIZE_MAX / 2;
			last = (copy + 1) % weaving->copies;
			continue;
		}
		at[copy]++;
		last = copy;
		if (weaving->has_records && draw(&seed, 4) == 0)
			qn_buffer_append_string(text, ZAP "\n");
		append_line(weaving, &seed, is_place, line, text);
	}
}

static bool is_clean(const struct qn_stack *stack, const struct stack_case *expected)
{
	if (stack->frames_count != expected->count)
		return false;
	for (size_t i = 0; i < expected->count; i++) {
		struct qn_code_place place;

		assert_true(qn_code_place_read(qn_text_of(expected->pairs[i].place), &place));
		if (!qn_text_equal(stack->frames[i].raw, qn_text_of(expected->pairs[i].name)) ||
		    !qn_text_ends(place.file, stack->frames[i].file) || stack->frames[i].line != place.line ||
		    stack->frames[i].pc != place.pc)
			return false;
	}
	return true;
}

static bool reads_clean(const struct weaving *weaving, uint64_t seed, bool is_told)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct feed feed;
	bool is_good;

	weave(weaving, seed, &text);
	feed_init(&feed);
	feed_text(&feed, qn_buffer_text(&text));
	feed_flush(&feed);
	is_good = feed.count == 1 && is_clean(feed.stacks[0], weaving->stacks[0]) &&
		  feed.stacks[0]->fault_address == 0x20 &&
		  (weaving->has_ends || feed_has_damage(feed.stacks[0], "reports of several threads woven"));
	if (!is_good && is_told) {
		print_message("# copies %u rhythm %u seed %u: %zu events\n%.*s", weaving->copies,
			      weaving->rhythm, (unsigned)seed, feed.count, QN_ARG(qn_buffer_text(&text)));
		for (size_t i = 0; feed.count && i < feed.stacks[0]->frames_count; i++)
			print_message("# %.*s %.*s:%u\n", QN_ARG(feed.stacks[0]->frames[i].raw),
				      QN_ARG(feed.stacks[0]->frames[i].file), feed.stacks[0]->frames[i].line);
	}
	feed_deinit(&feed);
	return is_good;
}

static unsigned count_failures(struct weaving *weaving, unsigned seeds)
{
	unsigned failures = 0;

	for (uint64_t seed = 1; seed <= seeds; seed++)
		failures += !reads_clean(weaving, seed, failures == 0);
	return failures;
}

static void copies_of_one_stack_are_that_stack(void **state)
{
	static const unsigned copies[] = {2, 3, 8};

	(void)state;
	for (size_t i = 0; i < sizeof(stacks) / sizeof(*stacks); i++)
		for (size_t k = 0; k < sizeof(copies) / sizeof(*copies); k++)
			for (enum rhythm rhythm = 0; rhythm < RHYTHMS; rhythm++)
				for (unsigned options = 0; options < 8; options++) {
					struct weaving weaving = {.copies = copies[k],
								  .rhythm = rhythm,
								  .has_headers = true,
								  .has_records = options & 1,
								  .has_half_lines = options & 2,
								  .has_ends = options & 4};
					unsigned failures;

					for (unsigned j = 0; j < COPIES_MAX; j++)
						weaving.stacks[j] = &stacks[i];
					failures = count_failures(&weaving, 10);
					if (failures)
						print_message("# stack %zu copies %u rhythm %u records %u: "
							      "%u failed\n",
							      i, copies[k], rhythm, options, failures);
					assert_int_equal(failures, 0);
				}
}

static void copies_without_headers_of_their_own_are_found_by_their_number(void **state)
{
	static const unsigned copies[] = {2, 3, 8};

	(void)state;
	for (size_t k = 0; k < sizeof(copies) / sizeof(*copies); k++)
		for (enum rhythm rhythm = 0; rhythm < ONE_AFTER_OTHER; rhythm++) {
			struct weaving weaving = {
				.copies = copies[k], .rhythm = rhythm, .has_ends = rhythm == FRAMES_WHOLE};

			for (unsigned j = 0; j < COPIES_MAX; j++)
				weaving.stacks[j] = &stacks[0];
			assert_int_equal(count_failures(&weaving, 40), 0);
		}
}

/* Threads that crashed in different functions of one pool. */
static const struct pair others_top[] = {
	{"_ZN6milvus5index6ScalarE", "/src/Scalar.cpp:1 pc=0x7fb800000001"},
	{"_ZN6milvus5index5RangeE", "/src/Range.cpp:2 pc=0x7fb800000002"},
	{"_ZN6milvus4exec4EvalE", "/src/Eval.cpp:3 pc=0x7fb800000003"},
	{"operator()", "/src/Future-inl.h:310 pc=0x7fb8cd3da2d4"},
	{"call_", "/src/Function.h:374 pc=0x7fb8cd3da2d4"},
	{"operator()", "/src/Function.h:403 pc=0x7fb8cd3da2d9"},
	{"_ZN5folly18ThreadPoolExecutor7runTaskE", "/src/ThreadPoolExecutor.cpp:102 pc=0x7fb8fd90278a"},
	{"_ZN5folly21CPUThreadPoolExecutor9threadRunE",
	 "/src/CPUThreadPoolExecutor.cpp:333 pc=0x7fb83d33bb5d"},
	{"execute_native_thread_routine", "../../src/thread.cc:82 pc=0x7fb8b77db5fa"},
	{"start_thread", "./nptl/pthread_create.c:442 pc=0x7fb8b77db6fa"},
};
static const struct stack_case other_stack = CASE(others_top);

static void of_threads_with_stacks_of_their_own_the_first_is_told(void **state)
{
	struct weaving weaving = {.stacks = {&stacks[0], &other_stack}, .copies = 2, .has_headers = true};

	(void)state;
	weaving.rhythm = TURNS;
	assert_int_equal(count_failures(&weaving, 1), 0);
	weaving.rhythm = ONE_AFTER_OTHER;
	assert_int_equal(count_failures(&weaving, 1), 0);
	weaving.rhythm = FRAME_TURNS;
	assert_int_equal(count_failures(&weaving, 1), 0);
}

/* Many on end above the first that is doubled might as well be another thread's. */
static void of_doubled_frames_one_may_be_lost(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
		uint64_t random = seed;
		struct feed feed;

		qn_buffer_append_string(&text, TITLE "\n" TITLE "\nBACKTRACE:\nBACKTRACE:\n");
		for (size_t i = 0; i < stacks[0].count; i++)
			for (uint32_t times = i % 4 ? draw(&random, 2) + 1 : 2; times > 0; times--)
				qn_buffer_printf(&text, "%s\n\t%s\n", plain[i].name, plain[i].place);
		feed_init(&feed);
		feed_text(&feed, qn_buffer_text(&text));
		feed_flush(&feed);
		if (feed.count != 1 || !is_clean(feed.stacks[0], &stacks[0]))
			print_message("# seed %u\n%.*s", (unsigned)seed, QN_ARG(qn_buffer_text(&text)));
		assert_int_equal(feed.count, 1);
		assert_true(is_clean(feed.stacks[0], &stacks[0]));
		feed_deinit(&feed);
	}
}

enum row { EQUAL, OTHER_ADDRESSES, OTHER_PLACES, OTHER_TOPS, CUT, ROWS };

/* Each report whole, one behind the other, none with the blank lines at its end. */
static void append_row(enum row row, unsigned count, struct qn_buffer *text)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned k = row == EQUAL ? 0 : i, base = row == OTHER_PLACES || row == CUT ? k << 12 : 0;

		qn_buffer_printf(text,
				 TITLE "\nSIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: "
				       "0x%x\nBACKTRACE:\n",
				 0x20 + (row == OTHER_ADDRESSES || row == OTHER_TOPS ? k : 0));
		qn_buffer_printf(text, "_ZN6milvus4leafEv\n\t/src/leaf.cpp:7 pc=0x7f00%08x\n",
				 base + (row == OTHER_TOPS ? 0x100 + k : 1));
		qn_buffer_printf(text, "_ZN6milvus4rootEv\n\t/src/root.cpp:9 pc=0x7f00%08x\n", base + 2);
		qn_buffer_append_string(text, "start_thread\n");
		if (row != CUT)
			qn_buffer_printf(text, "\t./nptl/pthread_create.c:442 pc=0x7f00%08x\n", base + 3);
	}
}

static void reports_one_behind_the_other_are_each_told(void **state)
{
	static const unsigned counts[] = {2, 3, 9, 32, 33, 34, 65, 500};

	(void)state;
	for (enum row row = 0; row < ROWS; row++)
		for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
			_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
			/* one address, the same frames: they join */
			bool is_one = row == EQUAL;
			struct feed feed;

			append_row(row, counts[i], &text);
			feed_init(&feed);
			feed_text(&feed, qn_buffer_text(&text));
			feed_flush(&feed);
			if (feed.count != (is_one ? 1 : counts[i]))
				print_message("# row %u of %u: %zu\n", row, counts[i], feed.count);
			assert_int_equal(feed.count, is_one ? 1 : counts[i]);
			for (size_t k = 0; k < feed.count && k < FEED_STACKS_MAX; k++) {
				assert_int_equal(feed.stacks[k]->frames_count, row == CUT ? 2 : 3);
				assert_text(feed.stacks[k]->frames[1].raw, "_ZN6milvus4rootEv");
				if (is_one)
					continue;
				assert_int_equal(feed.stacks[k]->places[0].line,
						 k * (row == CUT ? 8 : 9) + 1);
				assert_int_equal(
					feed.stacks[k]->fault_address,
					0x20 + (row == OTHER_ADDRESSES || row == OTHER_TOPS ? k : 0));
			}
			feed_deinit(&feed);
		}
}

static void the_go_report_behind_the_last_one_is_its_own(void **state)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
	struct feed feed;

	(void)state;
	append_row(OTHER_PLACES, 3, &text);
	qn_buffer_append_string(&text, "SIGSEGV: segmentation violation\nPC=0x7f m=1 sigcode=1 addr=0x20\n\n"
				       "goroutine 1 [syscall]:\nx/q.(*S).Load(0xc0)\n\t/x/s.go:11 +0x24\n");
	feed_init(&feed);
	feed_text(&feed, qn_buffer_text(&text));
	feed_flush(&feed);
	assert_int_equal(feed.count, 3);
	assert_int_equal(feed.stacks[0]->places_count, 1);
	assert_int_equal(feed.stacks[2]->places_count, 2);
	feed_deinit(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_of_one_stack_are_that_stack),
		cmocka_unit_test(copies_without_headers_of_their_own_are_found_by_their_number),
		cmocka_unit_test(of_doubled_frames_one_may_be_lost),
		cmocka_unit_test(of_threads_with_stacks_of_their_own_the_first_is_told),
		cmocka_unit_test(reports_one_behind_the_other_are_each_told),
		cmocka_unit_test(the_go_report_behind_the_last_one_is_its_own),
	};
	return QN_RUN("stack_weave", tests);
}
