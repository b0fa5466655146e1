/* Templates of any bytes, a message a line: clang -fsanitize=fuzzer,address,undefined ...
 * tests/fuzz/fuzz_miner.c testdata/fuzz/miner. Built without -fsanitize=fuzzer it replays files. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "signature/miner.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

#ifndef QN_FUZZ_ENGINE
static bool replay(const char *path)
{
	FILE *file = fopen(path, "r");
	struct qn_buffer content = {0};
	bool is_read;

	if (!file)
		return false;
	while (qn_buffer_reserve(&content, 4096)) {
		size_t size = fread(content.data + content.len, 1, 4096, file);

		content.len += size;
		if (!size)
			break;
	}
	is_read = !ferror(file) && !content.is_failed;
	fclose(file);
	/* Every cut of it, and of its own size, so that a read behind its end is seen. */
	for (size_t size = 0; is_read && size <= content.len; size += 1 + size / 64) {
		uint8_t *copy = malloc(size + !size);

		if (!copy)
			return false;
		if (size)
			memcpy(copy, content.data, size);
		LLVMFuzzerTestOneInput(copy, size);
		free(copy);
	}
	qn_buffer_deinit(&content);
	return is_read;
}

static unsigned replay_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned failed = 0, replayed = 0;

	if (!dir) {
		printf("Bail out! cannot open %s\n", path);
		return 1;
	}
	while ((entry = readdir(dir))) {
		char file[4096 + 257];
		bool is_replayed;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		is_replayed = replay(file);
		failed += !is_replayed;
		printf("%sok %u - %s\n", is_replayed ? "" : "not ", ++replayed, entry->d_name);
	}
	closedir(dir);
	printf("1..%u\n", replayed);
	return failed || !replayed;
}

int main(int argc, char **argv)
{
	const char *top = getenv("QN_SRCDIR");
	char path[4096];
	unsigned failed = 0;

	if (argc < 2) {
		snprintf(path, sizeof(path), "%s/testdata/fuzz/miner", top ? top : ".");
		return (int)replay_folder(path);
	}
	for (int i = 1; i < argc; i++)
		failed += !replay(argv[i]);
	return failed != 0;
}
#endif
