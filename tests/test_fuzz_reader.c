/* The seeds of tests/fuzz/fuzz_reader.c, whole and cut at every byte. */
#include "support/test.h"

#include <dirent.h>

#include "base/cleanup.h"
#include "fuzz/fuzz_reader.h"

static void run_file(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "rb");
	uint8_t seed[1 << 16];
	size_t size;

	assert_non_null(file);
	size = fread(seed, 1, sizeof(seed), file);
	assert_true(size > 0);
	for (size_t len = 0; len <= size; len++) {
		/* Of its own size, so that a read behind its end is seen. */
		_cleanup_free_ uint8_t *piece = malloc(len + !len);

		assert_non_null(piece);
		memcpy(piece, seed, len);
		assert_int_equal(LLVMFuzzerTestOneInput(piece, len), 0);
	}
}

static void survives_every_cut_of_the_seeds(void **state)
{
	char folder[4096], path[8192];
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/testdata/fuzz/reader", qn_srcdir());
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		run_file(path);
		count++;
	}
	closedir(dir);
	assert_true(count >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(survives_every_cut_of_the_seeds)};

	return QN_RUN("fuzz_reader", tests);
}
