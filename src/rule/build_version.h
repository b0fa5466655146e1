/* Versions of Milvus builds and their order. A version is a tag (v2.5.6, 2.4.13-hotfix, v2.5.3-gpu), a branch
 * build with date and commit (2.5-20250306-89bc9459-amd64, master-20250705-951c312e) or unknown. Two are
 * comparable only on one branch: tags of the same major.minor, branch builds of the same branch by date, a
 * tag against a branch build never (docs/rules.md, "Build versions"). */
#ifndef QN_RULE_BUILD_VERSION_H
#define QN_RULE_BUILD_VERSION_H

#include <stdbool.h>

#include "base/text.h"

enum qn_build_kind { QN_BUILD_UNKNOWN, QN_BUILD_TAG, QN_BUILD_BRANCH };

struct qn_build_version {
	enum qn_build_kind kind;
	unsigned major, minor, patch; /* of a tag; of a branch build major.minor, 0.0 for master */
	struct qn_text branch;        /* "2.5", "master"; "" for a tag */
	unsigned date;                /* 20250306; 0 for a tag */
	struct qn_text commit;        /* "89bc9459" */
	struct qn_text suffix;        /* "hotfix", "gpu", "rc1", "amd64" */
};

struct qn_build_version qn_build_version_parse(struct qn_text text);

enum qn_build_order { QN_BUILD_OLDER, QN_BUILD_SAME, QN_BUILD_NEWER, QN_BUILD_NOT_COMPARABLE };
enum qn_build_order qn_build_version_compare(const struct qn_build_version *a,
					     const struct qn_build_version *b);

/* Does a build contain a fix that went into each of @fixed_in? */
enum qn_fix { QN_FIX_UPGRADE, QN_FIX_OPEN, QN_FIX_PRESENT, QN_FIX_UNKNOWN };
const char *qn_fix_name(enum qn_fix fix); /* "upgrade", "open", "present", "unknown" */
enum qn_fix qn_build_fix_status(struct qn_text version, const struct qn_text *fixed_in, size_t count);

#endif
