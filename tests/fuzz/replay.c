/* The main() of a fuzz target where no fuzzing engine has one: replays the files that are given, or the seeds
 * in testdata/fuzz/<x> of the target fuzz_<x>, one line of TAP each. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

#include "base/banned.h"

/* The file whole, and cut at many places, each in a block of its own size so that a byte too far is seen. */
static bool replay(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "r");
	_cleanup_(qn_buffer_deinit) struct qn_buffer content = {0};
	char block[4096];
	size_t got;

	if (!file)
		return false;
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		qn_buffer_append(&content, block, got);
	if (ferror(file) || content.is_failed)
		return false;
	for (size_t size = 0, step; size <= content.len; size += step) {
		uint8_t *copy = malloc(size + !size);

		if (!copy)
			return false;
		if (size)
			memcpy(copy, content.data, size);
		LLVMFuzzerTestOneInput(copy, size);
		free(copy);
		step = 1 + size / 64;
		if (size < content.len && size + step > content.len)
			step = content.len - size;
	}
	return true;
}

static bool replay_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned failed = 0, replayed = 0;

	if (!dir) {
		printf("Bail out! cannot open %s\n", path);
		return false;
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
	return !failed && replayed;
}

int main(int argc, char **argv)
{
	const char *top = getenv("QN_SRCDIR"), *name = strrchr(argv[0], '/');
	char path[4096];
	bool is_good = true;

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	if (argc < 2) {
		snprintf(path, sizeof(path), "%s/testdata/fuzz/%s", top ? top : ".", name);
		return replay_folder(path) ? 0 : 1;
	}
	for (int i = 1; i < argc; i++)
		is_good &= replay(argv[i]);
	return is_good ? 0 : 1;
}
