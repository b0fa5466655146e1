/* The door to libyaml: a file read whole into a tree whose nodes know their place.
 *
 * Anchors and aliases are refused (nothing of ours needs them and they are how a small file becomes a huge
 * one), and so are trees deeper than QN_YAML_DEPTH_MAX and files over QN_RULE_FILE_BYTES_MAX. Several
 * documents in a file come one after the other. All nodes live in the document's arena. */
#ifndef QN_BASE_YAML_H
#define QN_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

enum qn_yaml_kind { QN_YAML_SCALAR, QN_YAML_LIST, QN_YAML_MAP };

struct qn_yaml {
	enum qn_yaml_kind kind;
	unsigned line, column; /* from 1 */
	struct qn_text text;   /* of a scalar; ends in NUL */
	bool is_quoted;        /* a scalar that was quoted or a block: "null" is text then */
	size_t count;          /* items of a list, or pairs of a map */
	struct qn_yaml **keys; /* of a map, in file order: scalars */
	struct qn_yaml **items;
};

struct qn_yaml_file {
	char *path;
	struct qn_arena arena;
	struct qn_yaml **documents;
	size_t count;
};

/* QN_ERROR_RULE with "PATH:LINE:COLUMN: what", or QN_ERROR_SYSTEM. */
struct qn_error *qn_yaml_load(const char *path, struct qn_yaml_file **ret) QN_MUST_CHECK;
struct qn_error *qn_yaml_parse(const char *path, struct qn_text content,
			       struct qn_yaml_file **ret) QN_MUST_CHECK;
void qn_yaml_file_destroy(struct qn_yaml_file *file);
QN_DEFINE_GUARD(struct qn_yaml_file, qn_yaml_file_destroy);

/* The value of @key in @map; NULL when it is not there or @map is NULL or no map. */
const struct qn_yaml *qn_yaml_get(const struct qn_yaml *map, const char *key);

/* An error at the place of @node: "PATH:LINE:COLUMN: ..." */
struct qn_error *qn_yaml_error(const struct qn_yaml_file *file, const struct qn_yaml *node,
			       const char *format, ...) QN_PRINTF(3, 4) QN_MUST_CHECK;

#endif
