/* Names of functions from any bytes, a line each: clang -fsanitize=fuzzer,address,undefined ...
 * tests/fuzz/fuzz_names.c testdata/fuzz/names. Built without -fsanitize=fuzzer it replays files. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "stack/frame_name.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void read_name(struct qn_text name, struct qn_text file)
{
	struct qn_arena arena = {0};
	struct qn_frame_name ret, again;
	struct qn_text shorter = qn_frame_name_without_values(&arena, name, file);

	qn_frame_name_read(&arena, name, file, &ret);
	check(ret.key.len <= 4 * (size_t)QN_DEMANGLED_BYTES_MAX + 64);
	check(ret.function.len <= 4 * (size_t)QN_DEMANGLED_BYTES_MAX + 64);
	/* Without the values of its arguments it is the same function. */
	qn_frame_name_read(&arena, shorter, file, &again);
	check(qn_text_equal(ret.key, again.key) && qn_text_equal(ret.function, again.function) &&
	      qn_text_equal(ret.lookup, again.lookup) && ret.is_go == again.is_go &&
	      ret.is_inlined == again.is_inlined);
	qn_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qn_cursor cursor = qn_cursor_of((struct qn_text){(const char *)data, size});
	struct qn_text name;

	while (qn_cursor_take_line(&cursor, &name)) {
		read_name(name, QN_TEXT(""));
		read_name(name, QN_TEXT("a/b.go"));
		read_name(name, QN_TEXT("a/b.cpp"));
	}
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
		snprintf(path, sizeof(path), "%s/testdata/fuzz/names", top ? top : ".");
		return (int)replay_folder(path);
	}
	for (int i = 1; i < argc; i++)
		failed += !replay(argv[i]);
	return failed != 0;
}
#endif
