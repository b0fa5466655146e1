/* A temporary folder for one test, removed with all that is in it. */
#ifndef QN_TESTS_SUPPORT_FOLDER_H
#define QN_TESTS_SUPPORT_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"

/* The caller's to give to qn_folder_remove(). */
static inline char *qn_folder_make(void)
{
	const char *base = getenv("TMPDIR");
	char *path;

	assert_true(asprintf(&path, "%s/qntriage-test-XXXXXX", base ? base : "/tmp") > 0);
	assert_non_null(mkdtemp(path));
	return path;
}

static inline int qn_folder_remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void qn_folder_remove(char *path)
{
	nftw(path, qn_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

/* FOLDER/NAME; the caller's to free(). */
static inline char *qn_folder_path(const char *folder, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

static inline void qn_folder_write(const char *folder, const char *name, const char *data, size_t size)
{
	char *path = qn_folder_path(folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	free(path);
}

#endif
