#include "support/test.h"

#include "base/cleanup.h"
#include "record/epoch.h"
#include "record/format.h"

struct lives {
	struct qn_buffer text;
	bool refuse;
};

/* One line a life: lines, banner, version, commit, component, times, memory, end, evidence. */
static struct qn_error *print_life(void *context, const struct qn_life *life)
{
	struct lives *lives = context;
	char started[QN_TIME_BYTES], ended[QN_TIME_BYTES];

	if (lives->refuse)
		return qn_error_create(QN_ERROR_STORE, "refused");
	qn_buffer_printf(&lives->text, "%ju-%ju %s %.*s %.*s %.*s %s..%s %ju/%ju %.*s",
			 (uintmax_t)life->first_line, (uintmax_t)life->last_line,
			 life->has_banner ? "banner" : "-", QN_ARG(life->version), QN_ARG(life->commit),
			 QN_ARG(life->component), qn_time_format(life->started, started),
			 qn_time_format(life->ended, ended), (uintmax_t)life->used_mem_bytes,
			 (uintmax_t)life->total_mem_bytes, QN_ARG(life->end));
	if (life->end_evidence.len)
		qn_buffer_printf(&lives->text, " (%.*s)", QN_ARG(life->end_evidence));
	qn_buffer_append_byte(&lives->text, '\n');
	return NULL;
}

#define ZAP(clock) "[2025/06/18 " clock ".000 +00:00] [INFO] [a.go:1] [x]\n"
#define BANNER                                         \
	"    __  _________ _   ____  ______\n"         \
	"\n"                                           \
	"Welcome to use Milvus!\n"                     \
	"Version:   v2.4.4\n"                          \
	"Built:     Mon Apr 15 10:25:16 UTC 2024\n"    \
	"GitCommit: 8e7f36d9\n"                        \
	"GoVersion: go version go1.20.7 linux/arm64\n" \
	"\n"                                           \
	"TotalMem: 25166397440\n"                      \
	"UsedMem: 84520960\n"                          \
	"\n"                                           \
	"open pid file: /run/milvus/querynode.pid\n"   \
	"lock pid file: /run/milvus/querynode.pid\n"
#define SIGTERM_LINE                                                                           \
	"[2025/06/18 10:05:00.000 +00:00] [WARN] [roles/roles.go:1] [\"Get signal to exit\"] " \
	"[signal=terminated]"
#define OLD_SIGTERM \
	"[2025/06/18 10:05:00.000 +00:00] [ERROR] [r.go:1] [\"Get signal to exit\\n\"] [signal=terminated]"
#define LEASE                                                                   \
	"[2025/06/18 10:04:00.000 +00:00] [ERROR] [querynodev2/server.go:180] " \
	"[\"Query Node disconnected from etcd, process will exit\"] [\"Server Id\"=4]"

struct epoch_case {
	const char *text; /* a line that begins with ! is a crash: the text behind it is the end */
	const char *lives;
};

static const struct epoch_case cases[] = {
	{"", ""},
	{"panic: x\n!panic\n", ""},
	{ZAP("10:00:00") ZAP("10:01:00"),
	 "1-2 -    2025-06-18T10:00:00.000Z..2025-06-18T10:01:00.000Z 0/0 unknown\n"},
	{BANNER ZAP("10:00:00") SIGTERM_LINE "\n",
	 "3-15 banner v2.4.4 8e7f36d9 querynode 2025-06-18T10:00:00.000Z..2025-06-18T10:05:00.000Z "
	 "84520960/25166397440 "
	 "terminated (" SIGTERM_LINE ")\n"},
	/* The banner of the next life ends the one before; a time above the first one is of an earlier life.
	 */
	{ZAP("10:00:00") BANNER ZAP("10:01:00") OLD_SIGTERM "\n" BANNER,
	 "1-3 -    2025-06-18T10:00:00.000Z..2025-06-18T10:00:00.000Z 0/0 unknown\n"
	 "4-18 banner v2.4.4 8e7f36d9 querynode 2025-06-18T10:01:00.000Z..2025-06-18T10:05:00.000Z "
	 "84520960/25166397440 "
	 "terminated (" OLD_SIGTERM ")\n"
	 "19-29 banner v2.4.4 8e7f36d9 querynode .. 84520960/25166397440 unknown\n"},
	/* A lost lease is the reason, the signal that the process sends to itself only follows. */
	{ZAP("10:00:00") LEASE "\n" SIGTERM_LINE "\n",
	 "1-3 -    2025-06-18T10:00:00.000Z..2025-06-18T10:05:00.000Z 0/0 exit (" LEASE ")\n"},
	{ZAP("10:00:00") SIGTERM_LINE "\n!crash\n" ZAP("10:06:00") "!abort\n",
	 "1-3 -    2025-06-18T10:00:00.000Z..2025-06-18T10:06:00.000Z 0/0 crash (evidence)\n"},
	{SIGTERM_LINE "\n",
	 "1-1 -    2025-06-18T10:05:00.000Z..2025-06-18T10:05:00.000Z 0/0 terminated (" SIGTERM_LINE ")\n"},
	/* No welcome, but a version and its commit; a version alone is somebody else's. */
	{ZAP("10:00:00") "Version:   2.5-20250618-e30fc0fb\nBuilt: x\nGitCommit: e30fc0fb\n" ZAP("10:02:00"),
	 "1-1 -    2025-06-18T10:00:00.000Z..2025-06-18T10:00:00.000Z 0/0 unknown\n"
	 "2-5 banner 2.5-20250618-e30fc0fb e30fc0fb  2025-06-18T10:02:00.000Z..2025-06-18T10:02:00.000Z 0/0 "
	 "unknown\n"},
	{ZAP("10:00:00") "Version:   v1\n" ZAP("10:00:01") ZAP("10:00:02") ZAP("10:00:03")
		 ZAP("10:00:04") "GitCommit: e30fc0fb\nTotalMem: 7\nUsedMem: 7\n",
	 "1-9 -    2025-06-18T10:00:00.000Z..2025-06-18T10:00:04.000Z 0/0 unknown\n"},
	/* maxprocs comes before the banner of its life, and its time is not the last of the life before. */
	{ZAP("10:00:00") "2025/06/18 11:00:00 maxprocs: Leaving GOMAXPROCS=16\n" BANNER,
	 "1-1 -    2025-06-18T10:00:00.000Z..2025-06-18T10:00:00.000Z 0/0 unknown\n"
	 "2-15 banner v2.4.4 8e7f36d9 querynode 2025-06-18T11:00:00Z..2025-06-18T11:00:00Z "
	 "84520960/25166397440 unknown\n"},
	{"2025/06/18 10:00:00 subprocess\n2025/06/18 11:00:00 maxprocs: Leaving GOMAXPROCS=16\nx\ny\n" BANNER
	 "2025/06/18 11:00:00 maxprocs: Leaving GOMAXPROCS=16\n",
	 "1-18 banner v2.4.4 8e7f36d9 querynode 2025-06-18T10:00:00Z..2025-06-18T11:00:00Z "
	 "84520960/25166397440 unknown\n"},
	/* A clock that falls begins a life; a little disorder and another writer's zone do not. */
	{ZAP("10:00:00") ZAP("09:59:10") ZAP("10:01:00") ZAP("09:00:00"),
	 "1-3 -    2025-06-18T10:00:00.000Z..2025-06-18T10:01:00.000Z 0/0 unknown\n"
	 "4-4 -    2025-06-18T09:00:00.000Z..2025-06-18T09:00:00.000Z 0/0 unknown\n"},
	{"I20250618 18:00:00.500000 1 a.cc:1] x\n" ZAP(
		 "10:00:00") "I20250618 18:00:00.600000 1 a.cc:1] x\n" ZAP("10:00:01"),
	 "1-4 -    2025-06-18T10:00:00.000Z..2025-06-18T10:00:01.000Z 0/0 unknown\n"},
	{"Welcome to use Milvus!\nlock pid file: /run/milvus/datanode-blue.pid\n",
	 "1-2 banner   datanode .. 0/0 unknown\n"},
	{"Welcome to use Milvus!\nlock pid file: proxy.pid\nlock pid file: other.pid\nlock pid file: "
	 "/tmp/no\n",
	 "1-4 banner   proxy .. 0/0 unknown\n"},
	{"lock pid file: proxy.pid\nTotalMem: 5\nGitCommit: abc\n", ""},
};

static bool is_trigger(struct qn_text line)
{
	for (size_t i = 0; qn_epoch_triggers[i]; i++)
		if (qn_text_contains(line, qn_text_of(qn_epoch_triggers[i])))
			return true;
	return false;
}

static struct qn_error *feed(struct qn_epoch *epoch, struct qn_text text)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct qn_cursor cursor = qn_cursor_of(text);
	struct qn_line line = {0};
	struct qn_record record;

	while (qn_cursor_take_line(&cursor, &line.text)) {
		if (qn_text_starts(line.text, QN_TEXT("!"))) {
			qn_epoch_crashed(epoch, qn_text_from(line.text, 1), QN_TEXT("evidence"), line.number);
			continue;
		}
		line.number++;
		qn_record_read(&arena, &line, &record);
		QN_TRY(qn_epoch_record(epoch, &record));
		if (is_trigger(line.text))
			QN_TRY(qn_epoch_line(epoch, &record, NULL));
	}
	return qn_epoch_finish(epoch, line.number);
}

static void tells_the_lives_of_a_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lives lives = {0};
		struct qn_epoch *epoch;

		print_message("# case %zu\n", i);
		qn_buffer_append_string(&lives.text, "");
		assert_no_error(qn_epoch_create(print_life, &lives, &epoch));
		assert_no_error(feed(epoch, qn_text_of(cases[i].text)));
		assert_string_equal(lives.text.data ? lives.text.data : "", cases[i].lives);
		qn_epoch_destroy(epoch);
		qn_buffer_deinit(&lives.text);
	}
}

static void a_cut_stream_is_no_trouble(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t len = 0; len < strlen(cases[i].text); len += 3) {
			struct lives lives = {0};
			struct qn_epoch *epoch;

			assert_no_error(qn_epoch_create(print_life, &lives, &epoch));
			assert_no_error(feed(epoch, (struct qn_text){cases[i].text, len}));
			qn_epoch_destroy(epoch);
			qn_buffer_deinit(&lives.text);
		}
}

static void says_that_a_life_began(void **state)
{
	_cleanup_(qn_arena_deinit) struct qn_arena arena = {0};
	struct lives lives = {0};
	struct qn_line line = {.text = QN_TEXT("Welcome to use Milvus!"), .number = 3};
	struct qn_record record;
	struct qn_epoch *epoch;
	bool is_start = false;

	(void)state;
	assert_no_error(qn_epoch_create(print_life, &lives, &epoch));
	qn_record_read(&arena, &line, &record);
	assert_no_error(qn_epoch_line(epoch, &record, &is_start));
	assert_true(is_start);
	line = (struct qn_line){.text = QN_TEXT("Version:   unknown"), .number = 4};
	qn_record_read(&arena, &line, &record);
	assert_no_error(qn_epoch_line(epoch, &record, &is_start));
	assert_false(is_start);
	qn_epoch_destroy(epoch);
	qn_epoch_destroy(NULL);
	qn_buffer_deinit(&lives.text);
}

static void the_sinks_error_comes_back(void **state)
{
	struct lives lives = {.refuse = true};
	struct qn_epoch *epoch;

	(void)state;
	assert_no_error(qn_epoch_create(print_life, &lives, &epoch));
	assert_error(feed(epoch, QN_TEXT(ZAP("10:00:00"))), QN_ERROR_STORE, "refused");
	assert_error(feed(epoch, QN_TEXT(ZAP("10:00:00") BANNER)), QN_ERROR_STORE, "refused");
	assert_error(feed(epoch, QN_TEXT(ZAP("10:00:00") ZAP("09:00:00"))), QN_ERROR_STORE, "refused");
	qn_epoch_destroy(epoch);
	qn_buffer_deinit(&lives.text);
}

static void knows_leaving_in_order_from_giving_up(void **state)
{
	static const struct {
		const char *message;
		bool is_graceful, is_forced;
	} words[] = {
		{"Get signal to exit", true, false},
		{"Get signal to exit\n", true, false},
		{"Query Node disconnected from etcd, process will exit", false, true},
		{"Root Coord disconnected from etcd, process will exit", false, true},
		{"connection lost detected, shuting down", false, false},
		{"failed to get signal to exit", false, false},
		{"the process will exit soon", false, false},
		{"", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct qn_record record = {.message = qn_text_of(words[i].message)};

		assert_int_equal(qn_record_is_graceful_stop(&record), words[i].is_graceful);
		assert_int_equal(qn_record_is_forced_exit(&record), words[i].is_forced);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_lives_of_a_stream),
		cmocka_unit_test(a_cut_stream_is_no_trouble),
		cmocka_unit_test(says_that_a_life_began),
		cmocka_unit_test(the_sinks_error_comes_back),
		cmocka_unit_test(knows_leaving_in_order_from_giving_up),
	};

	return QN_RUN("epoch", tests);
}
