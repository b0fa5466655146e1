/* Templates of any bytes, a message a line. Seeds: testdata/fuzz/miner. */
#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "signature/miner.h"

#include "base/banned.h"

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qn_text all = {(const char *)data, size}, message;
	struct qn_cursor cursor = qn_cursor_of(all);
	struct qn_miner *miner = NULL;
	uint64_t lines = 0, counted = 0;

	check(!qn_miner_create(&miner));
	while (qn_cursor_take_line(&cursor, &message)) {
		check(!qn_miner_add(miner, message));
		lines++;
	}
	check(!qn_miner_finish(miner));
	for (size_t i = 0; i < qn_miner_count(miner); i++) {
		const struct qn_miner_group *group = qn_miner_get(miner, i);

		counted += group->count;
		check(group->count > 0);
		check(group->template.len <= 5 * (size_t)QN_MESSAGE_BYTES_MAX);
	}
	check(counted == lines);
	/* Every message that was added has a group. */
	cursor = qn_cursor_of(all);
	while (qn_cursor_take_line(&cursor, &message))
		check(qn_miner_find(miner, message) < qn_miner_count(miner));
	qn_miner_destroy(miner);
	return 0;
}
