/* The excerpts of real crash reports that lie beside the source tree, where they do. What each must give
 * stands in their index; what is not of the dialects here (ASAN, the 1.x server, records) gives none. */
#include "support/crash_feed.h"

#include "base/cleanup.h"

struct excerpt {
	const char *name;
	size_t events;
	enum qn_kind kind;
	const char *signal;
	size_t places;
};

static const struct excerpt excerpts[] = {
	{"11781-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"14273-1.log", 1, QN_KIND_PANIC, "", 1},
	{"15283-1.log", 1, QN_KIND_PANIC, "", 1},        {"15952-1.log", 1, QN_KIND_PANIC, "SIGSEGV", 1},
	{"16074-1.log", 0, QN_KIND_ERROR, "", 0},        {"16119-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"16429-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"16621-1.log", 1, QN_KIND_PANIC, "SIGSEGV", 1},
	{"16914-1.log", 1, QN_KIND_PANIC, "", 1},        {"17147-1.log", 1, QN_KIND_PANIC, "", 1},
	{"17187-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"19454-1.log", 1, QN_KIND_PANIC, "", 1},
	{"20079-1.log", 1, QN_KIND_PANIC, "", 1},        {"20855-1.log", 0, QN_KIND_ERROR, "", 0},
	{"21001-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"22796-1.log", 1, QN_KIND_PANIC, "", 1},
	{"23089-1.log", 1, QN_KIND_PANIC, "SIGSEGV", 1}, {"24731-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"25362-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"25362-2.log", 0, QN_KIND_ERROR, "", 0},
	{"25645-1.log", 1, QN_KIND_PANIC, "", 1},        {"25900-1.log", 1, QN_KIND_PANIC, "SIGSEGV", 1},
	{"26846-1.log", 0, QN_KIND_ERROR, "", 0},        {"27355-1.log", 0, QN_KIND_ERROR, "", 0},
	{"27535-1.log", 1, QN_KIND_PANIC, "", 1},        {"28065-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"28542-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1}, {"29132-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"29132-2.log", 1, QN_KIND_CRASH, "", 1},        {"29217-1.log", 1, QN_KIND_CRASH, "SIGILL", 1},
	{"29339-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"29654-1.log", 0, QN_KIND_ERROR, "", 0},
	{"31925-1.log", 1, QN_KIND_PANIC, "SIGSEGV", 1}, {"31946-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1},
	{"33587-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1}, {"34088-1.log", 0, QN_KIND_ERROR, "", 0},
	{"34270-1.log", 0, QN_KIND_ERROR, "", 0},        {"34416-1.log", 0, QN_KIND_ERROR, "", 0},
	{"34442-1.log", 1, QN_KIND_CRASH, "SIGBUS", 1},  {"3472-1.log", 1, QN_KIND_CRASH, "", 1},
	{"35029-1.log", 0, QN_KIND_ERROR, "", 0},        {"35089-1.log", 0, QN_KIND_ERROR, "", 0},
	{"35483-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"35882-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"36198-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1}, {"36209-1.log", 1, QN_KIND_CRASH, "", 1},
	{"36362-1.log", 1, QN_KIND_PANIC, "", 1},        {"36974-1.log", 1, QN_KIND_SANITIZER, "", 1},
	{"36992-1.log", 1, QN_KIND_CRASH, "", 1},        {"37284-1.log", 1, QN_KIND_PANIC, "", 1},
	{"37609-1.log", 1, QN_KIND_CRASH, "", 1},        {"37623-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1},
	{"38731-1.log", 1, QN_KIND_SANITIZER, "", 1},    {"3906-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"39436-1.log", 0, QN_KIND_ERROR, "", 0},        {"39603-1.log", 0, QN_KIND_ERROR, "", 0},
	{"40308-3.log", 0, QN_KIND_ERROR, "", 0},        {"41044-1.log", 1, QN_KIND_CRASH, "", 1},
	{"42871-1.log", 1, QN_KIND_CRASH, "", 1},        {"42936-2.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"43445-1.log", 1, QN_KIND_CRASH, "SIGBUS", 1},  {"43453-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 2},
	{"45181-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1}, {"45201-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 2},
	{"46595-1.log", 0, QN_KIND_ERROR, "", 0},        {"47339-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"47738-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1}, {"48792-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1},
	{"50366-1.log", 2, QN_KIND_PANIC, "", 1},        {"52723-1.log", 1, QN_KIND_CRASH, "SIGSEGV", 1},
	{"7450-1.log", 1, QN_KIND_PANIC, "", 1},         {"7933-1.log", 1, QN_KIND_ABORT, "SIGABRT", 1},
};

static void read_excerpt(const char *name, struct qn_buffer *ret)
{
	char path[4096], block[4096];
	size_t size;

	snprintf(path, sizeof(path), "%s/../shared/corpus/excerpts/%s", qn_srcdir(), name);
	{
		_cleanup_fclose_ FILE *file = fopen(path, "rb");

		assert_non_null(file);
		while ((size = fread(block, 1, sizeof(block), file)) > 0)
			qn_buffer_append(ret, block, size);
	}
}

static void each_excerpt_gives_its_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(excerpts) / sizeof(*excerpts); i++) {
		_cleanup_(qn_buffer_deinit) struct qn_buffer text = {0};
		struct feed feed;

		read_excerpt(excerpts[i].name, &text);
		feed_init(&feed);
		feed_source(&feed, qn_buffer_text(&text));
		if (feed.count != excerpts[i].events)
			fail_msg("%s: %zu events, expected %zu", excerpts[i].name, feed.count,
				 excerpts[i].events);
		for (size_t event = 0; event < feed.count; event++) {
			if (feed.stacks[event]->kind != excerpts[i].kind)
				fail_msg("%s: %s", excerpts[i].name, qn_kind_name(feed.stacks[event]->kind));
			assert_text(feed.stacks[event]->signal, excerpts[i].signal);
			assert_int_equal(feed.stacks[event]->places_count, excerpts[i].places);
		}
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_excerpt_gives_its_events)};
	char path[4096];

	snprintf(path, sizeof(path), "%s/../shared/corpus/excerpts", qn_srcdir());
	if (access(path, R_OK) != 0) {
		printf("1..0 # SKIP no excerpts beside the source tree\n");
		return 0;
	}
	return QN_RUN("corpus_reader", tests);
}
