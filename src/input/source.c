#include "input/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/banned.h"

/* A folder whose entries are still to be visited. */
struct pending {
	char *path;
	unsigned depth;
};

struct walk {
	struct qn_sources *sources;
	struct qn_issues *issues;
	struct qn_arena arena; /* keys of seen */
	struct qn_map seen;    /* "device:inode" -> path */
	struct pending *stack; /* a stack, so that a folder is walked whole before its neighbour */
	size_t count, capacity;
};

void qn_sources_deinit(struct qn_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->items[i].path);
	free(sources->items);
	*sources = (struct qn_sources){0};
}

static struct qn_error *add_source(struct walk *walk, char *path, bool is_named)
{
	struct qn_sources *sources = walk->sources;
	struct qn_error *error = qn_array_reserve(&sources->items, &sources->capacity, sources->count + 1,
						  sizeof(*sources->items));

	if (!error && sources->count >= QN_WALK_FILES_MAX)
		error = qn_error_create(QN_ERROR_LIMIT,
					"%s: more than %u files; name fewer folders at a time", path,
					QN_WALK_FILES_MAX);
	if (error) {
		free(path);
		return error;
	}
	sources->items[sources->count++] = (struct qn_source){.path = path, .is_named = is_named};
	return NULL;
}

/* True: this file or folder was met before; its first path goes to @ret_first. */
static struct qn_error *meet(struct walk *walk, const struct stat *status, const char *path,
			     const char **ret_first)
{
	struct qn_text key = qn_arena_printf(&walk->arena, "%ju:%ju", (uintmax_t)status->st_dev,
					     (uintmax_t)status->st_ino);
	struct qn_text copy = qn_arena_copy(&walk->arena, qn_text_of(path));

	if (!key.data || !copy.data)
		return &qn_error_no_memory;
	*ret_first = qn_map_find(&walk->seen, key);
	return *ret_first ? NULL : qn_map_put(&walk->seen, key, (void *)copy.data);
}

static struct qn_error *push(struct walk *walk, char *path, unsigned depth)
{
	struct qn_error *error =
		qn_array_reserve(&walk->stack, &walk->capacity, walk->count + 1, sizeof(*walk->stack));

	if (error)
		free(path);
	else
		walk->stack[walk->count++] = (struct pending){path, depth};
	return error;
}

static int compare_names_down(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

/* The names in the folder, last one first: they are pushed, and the last pushed is visited first. */
static struct qn_error *list_folder(const char *path, char ***ret, size_t *ret_count, int *ret_errno)
{
	size_t capacity = 0;
	DIR *folder = opendir(path);
	struct qn_error *error = NULL;
	struct dirent *entry;

	*ret = NULL;
	*ret_count = 0;
	*ret_errno = folder ? 0 : errno;
	if (!folder)
		return NULL;
	while (!error && (errno = 0, entry = readdir(folder))) {
		char *joined;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (asprintf(&joined, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
			     entry->d_name) < 0)
			error = &qn_error_no_memory;
		else if ((error = qn_array_reserve(ret, &capacity, *ret_count + 1, sizeof(**ret))))
			free(joined);
		else
			(*ret)[(*ret_count)++] = joined;
	}
	if (!error)
		*ret_errno = errno;
	closedir(folder);
	if (*ret_count)
		qsort(*ret, *ret_count, sizeof(**ret), compare_names_down);
	return error;
}

static struct qn_error *enter(struct walk *walk, const char *path, unsigned depth, bool is_named)
{
	char **names;
	size_t count;
	int errno_value;
	struct qn_error *error;

	if (depth >= QN_WALK_DEPTH_MAX) {
		qn_issues_note(walk->issues, qn_text_of(path), "more than %u folders deep: not entered",
			       QN_WALK_DEPTH_MAX);
		return NULL;
	}
	error = list_folder(path, &names, &count, &errno_value);
	if (!error && errno_value && is_named)
		error = qn_error_system(errno_value, "%s", path);
	else if (!error && errno_value)
		qn_issues_note(walk->issues, qn_text_of(path), "folder cannot be read: %s",
			       strerror(errno_value));
	for (size_t i = 0; i < count; i++) {
		if (error)
			free(names[i]);
		else
			error = push(walk, names[i], depth + 1);
	}
	free(names);
	return error;
}

/* Takes ownership of @path. */
static struct qn_error *visit(struct walk *walk, char *path, unsigned depth)
{
	_cleanup_free_ char *owned = path;
	bool is_named = depth == 0;
	const char *first = NULL;
	struct stat status;

	if (is_named && !strcmp(path, "-"))
		return add_source(walk, qn_take(owned), true);
	if (stat(path, &status) < 0) {
		if (is_named)
			return qn_error_system(errno, "%s", path);
		qn_issues_note(walk->issues, qn_text_of(path), "cannot be read: %s", strerror(errno));
		return NULL;
	}
	QN_TRY(meet(walk, &status, path, &first));
	if (first) {
		qn_issues_note(walk->issues, qn_text_of(path), "is the same %s as %s: read once",
			       S_ISDIR(status.st_mode) ? "folder" : "file", first);
		return NULL;
	}
	if (S_ISDIR(status.st_mode))
		return enter(walk, path, depth, is_named);
	if (is_named && access(path, R_OK) < 0)
		return qn_error_system(errno, "%s", path);
	if (!is_named && !S_ISREG(status.st_mode)) {
		qn_issues_note(walk->issues, qn_text_of(path), "is no regular file: not read");
		return NULL;
	}
	return add_source(walk, qn_take(owned), is_named);
}

struct qn_error *qn_sources_find(const char *const *paths, size_t count, struct qn_issues *issues,
				 struct qn_sources *ret)
{
	struct qn_sources sources = {0};
	struct walk walk = {.sources = &sources, .issues = issues};
	struct qn_error *error = NULL;

	for (size_t i = 0; i < count && !error; i++) {
		char *copy = qn_text_copy(qn_text_of(paths[i]));

		error = copy ? push(&walk, copy, 0) : &qn_error_no_memory;
		while (!error && walk.count) {
			struct pending next = walk.stack[--walk.count];

			error = visit(&walk, next.path, next.depth);
		}
	}
	while (walk.count)
		free(walk.stack[--walk.count].path);
	free(walk.stack);
	qn_map_deinit(&walk.seen);
	qn_arena_deinit(&walk.arena);
	if (error)
		qn_sources_deinit(&sources);
	else
		*ret = sources;
	return error;
}

/* What a file is by the bytes at its front; definitions: each format's own specification. */
static const struct magic {
	size_t offset;
	struct qn_text bytes;
	enum qn_source_kind kind;
	struct qn_text what;
} magics[] = {
	{0, {"\x1f\x8b", 2}, QN_SOURCE_ARCHIVE, {"a gzip file", 11}},
	{0, {"\x28\xb5\x2f\xfd", 4}, QN_SOURCE_ARCHIVE, {"a Zstandard file", 16}},
	{0,
	 {"\xfd"
	  "7zXZ\0",
	  6},
	 QN_SOURCE_ARCHIVE,
	 {"an xz file", 10}},
	{0, {"BZh", 3}, QN_SOURCE_ARCHIVE, {"a bzip2 file", 12}},
	{0, {"\x04\x22\x4d\x18", 4}, QN_SOURCE_ARCHIVE, {"an LZ4 file", 11}},
	{0, {"PK\x03\x04", 4}, QN_SOURCE_ARCHIVE, {"a zip archive", 13}},
	{0, {"7z\xbc\xaf\x27\x1c", 6}, QN_SOURCE_ARCHIVE, {"a 7z archive", 12}},
	{257, {"ustar", 5}, QN_SOURCE_ARCHIVE, {"a tar archive", 13}},
	{0, {"SQLite format 3", 16}, QN_SOURCE_OTHER, {"an SQLite database", 18}},
	{0, {"\x89PNG\r\n", 6}, QN_SOURCE_OTHER, {"a PNG picture", 13}},
	{0, {"\xff\xd8\xff", 3}, QN_SOURCE_OTHER, {"a JPEG picture", 14}},
	{0, {"%PDF-", 5}, QN_SOURCE_OTHER, {"a PDF document", 14}},
	{0, {"\xff\xfe", 2}, QN_SOURCE_OTHER, {"UTF-16 text", 11}},
	{0, {"\xfe\xff", 2}, QN_SOURCE_OTHER, {"UTF-16 text", 11}},
};

/* Runs of so many NULs are holes: a log that was truncated while it was written, or lost power, has them.
 * Single ones are numbers, or UTF-16. */
#define HOLE_BYTES_MIN 8U

/* Text has hardly any control bytes; nothing but holes is no text. */
static bool is_binary(struct qn_text sample)
{
	size_t control = 0, seen = 0;

	for (size_t i = 0; i < sample.len;) {
		unsigned char c = (unsigned char)sample.data[i];
		size_t run = 1;

		while (c == 0 && i + run < sample.len && sample.data[i + run] == 0)
			run++;
		i += run;
		if (run >= HOLE_BYTES_MIN)
			continue;
		seen += run;
		if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b && c != '\f' &&
		     c != '\b') ||
		    c == 0x7f)
			control += run;
	}
	return control * 20 > seen || (!seen && sample.len);
}

enum qn_source_kind qn_source_recognize(struct qn_text sample, struct qn_text *ret_what)
{
	*ret_what = QN_TEXT("");
	if (qn_text_starts(sample, (struct qn_text){"\x7f"
						    "ELF",
						    4}) &&
	    sample.len >= 18) {
		/* e_type, in the file's byte order: ET_CORE is 4 */
		bool is_little = sample.data[5] == 1;
		bool is_core = (unsigned char)sample.data[is_little ? 16 : 17] == 4;

		*ret_what = is_core ? QN_TEXT("a core dump") : QN_TEXT("an ELF program or library");
		return is_core ? QN_SOURCE_CORE : QN_SOURCE_OTHER;
	}
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (qn_text_starts(qn_text_from(sample, magics[i].offset), magics[i].bytes)) {
			*ret_what = magics[i].what;
			return magics[i].kind;
		}
	}
	if (is_binary(sample)) {
		*ret_what = QN_TEXT("binary data");
		return QN_SOURCE_OTHER;
	}
	return QN_SOURCE_LOG;
}
