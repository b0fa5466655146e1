/* The seeds of tests/fuzz/fuzz_reader.c, whole and cut: small ones at every byte, others at so many places.
 */
#include "support/test.h"

#include <dirent.h>

#include "base/cleanup.h"
#include "fuzz/fuzz.h"

#define CUTS_MAX 1500U

static void run_file(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "rb");
	uint8_t seed[1 << 16];
	size_t size, step;

	assert_non_null(file);
	size = fread(seed, 1, sizeof(seed), file);
	assert_true(size > 0);
	step = size / CUTS_MAX + 1;
	for (size_t len = 0; len <= size; len += len == size ? 1 : len + step < size ? step : size - len) {
		/* Of its own size, so that a read behind its end is seen. */
		_cleanup_free_ uint8_t *piece = malloc(len + !len);

		assert_non_null(piece);
		memcpy(piece, seed, len);
		assert_int_equal(LLVMFuzzerTestOneInput(piece, len), 0);
	}
}

static void run_folder(const char *name, size_t seeds_min)
{
	char folder[4096], path[8192];
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/testdata/fuzz/%s", qn_srcdir(), name);
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
	assert_true(count >= seeds_min);
}

static void survives_every_cut_of_the_seeds(void **state)
{
	(void)state;
	run_folder("reader", 6);
}

static void survives_every_cut_of_the_seeds_of_the_dialects(void **state)
{
	(void)state;
	run_folder("dialect", 8);
}

/* Each header of each dialect, followed by nothing, by itself, and by lines of all the others. */
static void survives_every_header(void **state)
{
	uint8_t text[] =
		"?0x1 m=2 99999999999999999999 (x:1)\n\x01\n?#0 0x7f in f (a.c:1)\n\tat a.b(C.java:1)\n\n\n?";

	(void)state;
	for (unsigned byte = 1; byte < ' '; byte++) {
		text[0] = (uint8_t)byte;
		assert_int_equal(LLVMFuzzerTestOneInput(text, sizeof(text) - 1), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_every_cut_of_the_seeds),
		cmocka_unit_test(survives_every_cut_of_the_seeds_of_the_dialects),
		cmocka_unit_test(survives_every_header),
	};

	return QN_RUN("fuzz_reader", tests);
}
