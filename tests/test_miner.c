/* The template miner: what is masked, what is one group, and what it does with too much. */
#include "signature/miner.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

#include "base/banned.h"

#define LINES_MAX 12

static struct qn_miner *create(void)
{
	struct qn_miner *miner = NULL;

	assert_no_error(qn_miner_create(&miner));
	return miner;
}

static void masks_what_differs_from_message_to_message(void **state)
{
	static const struct {
		const char *message, *template;
	} cases[] = {
		{"", ""},
		{"started ok", "started ok"},
		{"took 10.5ms for 3 MB of 1.5 GiB in <1 sec", "took <*> for <*> of <*> in <*>"},
		{"at 0x7f01 and deadbeef and -17", "at <*> and <*> and <*>"},
		{"from 10.2.3.4:9000 at Fri Jun 17 07:07:00 2005", "from <*> at <*>"},
		{"2025-06-18T16:32:47.127Z begin", "<*> begin"},
		{"open /var/lib/x/1.log: denied", "open <*>: denied"},
		{"open C:\\Windows\\x.dll done", "open <*> done"},
		{"GET http://host.example.com/a?b=c done", "GET <*> done"},
		{"sessionid:0x34ed closed", "sessionid:<*> closed"},
		{"a=5 b= c=true d=word", "a=<*> b=<*> c=<*> d=word"},
		{"free [1, 2, 3] and []", "free [<*>] and [<*>]"},
		{"from 10.2.3.4 (host.example.com) ok", "from <*> ok"},
		{"from 10.2.3.4 (host7.example.com) ok", "from <*> ok"},
		{"from 10.2.3.4 () ok", "from <*> ok"},
		{"to host.example.com:80 now", "to host.example.com:80 now"}, /* always the same */
		{"enable......0", "enable......<*>"},
		{"FF:F2:9F:16 and 550e8400-e29b-41d4-a716-446655440000", "<*> and <*>"},
		{"seen <*> before", "seen <*> before"},
		{"\"x\" 'y'", "\"x\" 'y'"},
		{"flags=0x1, tag=\"View Lock\", pid=2", "flags=<*>, tag=\"<*>\", pid=<*>"},
		{"Component \\042ab-cd:01:0-1\\042 is up", "Component \\042<*>\\042 is up"},
		{"\"GET /v2/x/y HTTP/1.1\" status: 200", "\"GET <*>\" status: <*>"},
		{"1190 bytes (1.16 KB) sent", "<*> bytes (<*>) sent"}, /* not as "1190 bytes sent" */
		{"fans ( 3552 **** 3515 ) ok", "fans ( <*> ) ok"},
		{"listening on :: port 22.", "listening on <*> port <*>."},
		{"<jane> sent from=<> and to=<jane@example.com>",
		 "<jane> sent from=<<*>> and to=<jane@example.com>"},
		{"new: , old: 3", "new: <*>, old: <*>"},
		{"tag=*tick* on :::8080", "tag=*tick* on <*>"},
		{"rhost=a.example.com user=root", "rhost=<*> user=root"},
		{"Reboot required: no [4]", "Reboot required: <*> [<*>]"},
		{"dial: no route to host", "dial: no route to host"},
		{"link is up, at 5", "link is <*>, at <*>"},
		{"10 bytes used", "<*> used"},
		{"offer: ssh-rsa,ssh-dss [preauth]", "offer: ssh-rsa,ssh-dss [preauth]"},
		{"a=x,b=y done", "a=x,b=y done"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_miner *miner = create();

		assert_no_error(qn_miner_add(miner, qn_text_of(cases[i].message)));
		assert_no_error(qn_miner_finish(miner));
		assert_int_equal(qn_miner_count(miner), 1);
		assert_text(qn_miner_get(miner, 0)->template, cases[i].template);
		qn_miner_destroy(miner);
	}
}

/* "0 0 1": lines 1 and 2 are one group, 3 is another. */
static void groups_what_came_from_one_statement(void **state)
{
	static const struct {
		const char *lines[LINES_MAX];
		const char *groups;
	} cases[] = {
		/* ids differ */
		{{"read block_17 done", "read block_18 done", "read block_18 failed"}, "001"},
		/* two words at a place are words of the program ... */
		{{"worker started (x)", "worker stopped (x)"}, "01"},
		/* ... many are values ... */
		{{"set mode alpha now", "set mode beta now", "set mode gamma now", "set mode delta now",
		  "set mode eps now"},
		 "00000"},
		/* ... behind a preposition three are ... */
		{{"closed for user ann", "closed for user bob", "closed for user eve"}, "000"},
		/* ... where a number was seen, two ... */
		{{"mode is on here", "mode is 5 here"}, "00"},
		/* ... and the first word is a word of the program. */
		{{"alpha started ok", "beta started ok", "gamma started ok", "delta started ok",
		  "eps started ok"},
		 "01234"},
		/* lists of words of any length */
		{{"their offer: ssh-rsa,ssh-dss [x]", "their offer: des [x]", "their offer: des,aes,rc [x]"},
		 "000"},
		/* several words in the midst of a message, in three ways and more ... */
		{{"The print spooler service entered it at 5",
		  "The task scheduler host service entered it at 5", "The update service entered it at 5"},
		 "000"},
		/* ... but not where a clause begins */
		{{"imap(7): logged out in 4 out 5", "imap(7): gone in 4 out 5",
		  "imap(7): closed by peer in 4 out 5"},
		 "012"},
		/* the place of an answer, unless verbs stand there */
		{{"The disk 7 entered the running state again", "The disk 7 entered the frozen state again"},
		 "00"},
		{{"worker 7 of the pool started it", "worker 7 of the pool stopped it",
		  "worker 7 of the pool killed it"},
		 "012"},
		/* lists of any length, and an explanation or none */
		{{"delete blk_1", "delete blk_1 blk_2 blk_3", "from 10.0.0.1 (host-1) ok",
		  "from 10.0.0.1 () ok"},
		 "0011"},
		{{"", "  ", "x", "\t"}, "0010"},
		/* behind "=", in quotes and in brackets two are values ... */
		{{"mode=fast on", "mode=slow on", "set 'fast' on", "set 'slow' on", "set (fast) on",
		  "set (slow) on", "{Kind:fast,n:1}", "{Kind:slow,n:1}"},
		 "00112233"},
		/* ... also where other columns differ as well, and with a digit or none */
		{{"user=ann db=x", "user=bob db=y", "user=eve db=x1", "set \"one\" on", "set \"two\" on"},
		 "00011"},
		/* ... but not where nearly all are the same */
		{{"mode=slow on", "mode=fast on", "mode=fast on", "mode=fast on", "mode=fast on",
		  "mode=fast on", "mode=fast on", "mode=fast on", "mode=fast on", "mode=fast on",
		  "mode=fast on"},
		 "01111111111"},
		/* what is written as names are */
		{{"now in phase RUN_UP then", "now in phase RUN_DOWN then", "went ready here",
		  "went busy here"},
		 "0012"},
		/* causes of any length */
		{{"connect 10.0.0.1 to it failed: no route", "connect 10.0.0.2 to it failed: refused",
		  "connect 10.0.0.3 to it failed: timed out by peer", "connect 10.0.0.3 to it went well"},
		 "0001"},
		{{"will sleep now 5 due to lid switch (uid 3)", "will sleep now 6 due to timeout (uid 3)",
		  "will sleep now 7 due to power button (uid 4)"},
		 "000"},
		/* not behind a short name of a component */
		{{"core: up now", "core: down", "core: not yet ready"}, "012"},
		{{"a.service: done", "b.service: done", "c.service: done", "A.run: began", "B.run: began",
		  "C.run: began"},
		 "000123"},
		/* the first word of quotes and brackets is one of the program */
		{{"\"GET /x HTTP/1.1\" 200", "\"POST /x HTTP/1.1\" 200", "\"HEAD /x HTTP/1.1\" 200"}, "012"},
		{{"lifetime 00:01 end", "lifetime <1 sec end", "lifetime 3 sec end"}, "000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qn_miner *miner = create();

		for (size_t k = 0; cases[i].groups[k]; k++)
			assert_no_error(qn_miner_add(miner, qn_text_of(cases[i].lines[k])));
		assert_no_error(qn_miner_finish(miner));
		for (size_t k = 0; cases[i].groups[k]; k++) {
			size_t group = qn_miner_find(miner, qn_text_of(cases[i].lines[k]));

			if ((size_t)(cases[i].groups[k] - '0') != group)
				fail_msg("case %zu, line %zu: group %zu", i, k, group);
		}
		qn_miner_destroy(miner);
	}
}

static void opens_two_columns_that_differ_together(void **state)
{
	struct qn_miner *miner = create();
	char line[100];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "user %c%c%c logged in from %c%c place", 'a' + i % 26,
			 'a' + i / 26, 'x', 'z' - i % 26, 'z' - i / 26);
		assert_no_error(qn_miner_add(miner, qn_text_of(line)));
	}
	assert_no_error(qn_miner_finish(miner));
	assert_int_equal(qn_miner_count(miner), 1);
	assert_text(qn_miner_get(miner, 0)->template, "user <*> logged in from <*> place");
	assert_int_equal(qn_miner_get(miner, 0)->count, 40);
	qn_miner_destroy(miner);
}

/* A word of letters only, another one for each number. */
static void make_word(char *word, unsigned number)
{
	for (unsigned i = 0; i < 6; i++, number /= 16)
		word[i] = (char)('g' + number % 16);
	word[6] = '\0';
}

static void knows_every_message_again_when_there_are_too_many(void **state)
{
	struct qn_miner *miner = create();
	char a[7], b[7], line[100];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3 * QN_MINER_SHAPES_MAX; i++) {
			make_word(a, i * 7919);
			make_word(b, i * 104729);
			snprintf(line, sizeof(line), i % 3 ? "%s %s %u" : "user %s of %s left", a, b, i);
			if (!round)
				assert_no_error(qn_miner_add(miner, qn_text_of(line)));
			else if (qn_miner_find(miner, qn_text_of(line)) >= qn_miner_count(miner))
				fail_msg("%s: unknown", line);
		}
		if (!round)
			assert_no_error(qn_miner_finish(miner));
	}
	assert_true(qn_miner_is_coarse(miner));
	assert_true(qn_miner_count(miner) < 2 * QN_MINER_SHAPES_MAX);
	assert_text(qn_miner_get(miner, qn_miner_find(miner, QN_TEXT("user anybody of mine left")))->template,
		    "user <*> of <*> left");
	qn_miner_destroy(miner);
}

static void takes_hostile_messages(void **state)
{
	enum { SIZE = 200000 };
	static const char *const pieces[] = {"(",    "=",    "<",  "a ",   "9",   "[]",
					     "\x01", "\xff", ":/", "....", "<*>", "\\042"};
	struct qn_miner *miner = create();
	char *line = malloc(SIZE);

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t len = strlen(pieces[i]);

		for (size_t at = 0; at + len <= SIZE; at += len)
			memcpy(line + at, pieces[i], len);
		for (size_t cut = 1; cut < 6; cut++)
			assert_no_error(qn_miner_add(miner, (struct qn_text){line, SIZE / cut / cut}));
	}
	for (unsigned byte = 0; byte < 256; byte++) {
		char text[3] = {(char)byte, 'x', (char)byte};

		assert_no_error(qn_miner_add(miner, (struct qn_text){text, 3}));
		assert_no_error(qn_miner_add(miner, (struct qn_text){text, 1}));
	}
	assert_no_error(qn_miner_finish(miner));
	free(line);
	qn_miner_destroy(miner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_what_differs_from_message_to_message),
		cmocka_unit_test(groups_what_came_from_one_statement),
		cmocka_unit_test(opens_two_columns_that_differ_together),
		cmocka_unit_test(knows_every_message_again_when_there_are_too_many),
		cmocka_unit_test(takes_hostile_messages),
	};

	return QN_RUN("miner", tests);
}
