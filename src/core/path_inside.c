#include "core/path_inside.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/banned.h"

struct walk {
	struct qn_buffer path; /* root, and what was resolved; ends in NUL */
	size_t root_len;
	struct qn_buffer rest; /* not walked yet */
	unsigned links;
};

static void walk_deinit(struct walk *walk)
{
	qn_buffer_deinit(&walk->path);
	qn_buffer_deinit(&walk->rest);
}

static void set_length(struct qn_buffer *buffer, size_t len)
{
	buffer->len = len;
	qn_buffer_append_byte(buffer, '\0');
	if (!buffer->is_failed)
		buffer->len = len;
}

/* A link's target comes in front of what is left; an absolute one begins at the root. */
static bool follow(struct walk *walk, size_t parent_len)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer rest = {0};
	char target[QN_PATH_BYTES_MAX];
	ssize_t size = readlink(walk->path.data, target, sizeof(target));

	if (size <= 0 || (size_t)size == sizeof(target) || ++walk->links > QN_PATH_LINKS_MAX ||
	    walk->rest.len > QN_PATH_BYTES_MAX)
		return false;
	qn_buffer_append(&rest, target, (size_t)size);
	qn_buffer_append_byte(&rest, '/');
	qn_buffer_append_text(&rest, qn_buffer_text(&walk->rest));
	qn_buffer_clear(&walk->rest);
	qn_buffer_append_text(&walk->rest, qn_buffer_text(&rest));
	set_length(&walk->path, target[0] == '/' ? walk->root_len : parent_len);
	return true;
}

static bool step(struct walk *walk, struct qn_text part)
{
	size_t parent_len = walk->path.len;
	struct stat status;

	if (part.len == 0 || qn_text_equal(part, QN_TEXT(".")))
		return true;
	if (qn_text_equal(part, QN_TEXT(".."))) {
		size_t slash = qn_text_rfind(qn_buffer_text(&walk->path), QN_TEXT("/"));

		if (parent_len > walk->root_len && slash != SIZE_MAX)
			set_length(&walk->path, slash > walk->root_len ? slash : walk->root_len);
		return true;
	}
	qn_buffer_append_byte(&walk->path, '/');
	qn_buffer_append_text(&walk->path, part);
	set_length(&walk->path, walk->path.len);
	if (walk->path.is_failed || walk->path.len > 2 * QN_PATH_BYTES_MAX ||
	    lstat(walk->path.data, &status) < 0)
		return false;
	return !S_ISLNK(status.st_mode) || follow(walk, parent_len);
}

char *qn_path_inside(const char *root, struct qn_text path)
{
	_cleanup_(walk_deinit) struct walk walk = {0};

	qn_buffer_append_string(&walk.path, root);
	walk.root_len = walk.path.len;
	while (walk.root_len && root[walk.root_len - 1] == '/')
		walk.root_len--;
	set_length(&walk.path, walk.root_len);
	qn_buffer_append_text(&walk.rest, path);
	while (walk.rest.len) {
		_cleanup_free_ char *part = NULL;
		size_t slash = qn_text_find_byte(qn_buffer_text(&walk.rest), '/');
		size_t len = slash == SIZE_MAX ? walk.rest.len : slash;

		part = qn_text_copy(qn_text_first(qn_buffer_text(&walk.rest), len));
		if (slash != SIZE_MAX)
			len++;
		memmove(walk.rest.data, walk.rest.data + len, walk.rest.len - len);
		walk.rest.len -= len;
		if (!part || !step(&walk, qn_text_of(part)))
			return NULL;
	}
	return walk.path.is_failed || walk.rest.is_failed ? NULL : qn_text_copy(qn_buffer_text(&walk.path));
}
