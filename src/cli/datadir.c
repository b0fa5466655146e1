#include "cli/datadir.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/banned.h"

#define PARENTS_MAX 3U

char *qn_path_join(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* Takes @dir into @ret when it is the place. */
static struct qn_error *try_dir(const char *dir, char **ret)
{
	_cleanup_free_ char *marker = qn_path_join(dir, "rules/frames.yaml");

	if (!marker)
		return &qn_error_no_memory;
	if (access(marker, R_OK) == 0) {
		*ret = strdup(dir);
		if (!*ret)
			return &qn_error_no_memory;
	}
	return NULL;
}

struct qn_error *qn_datadir_find_in(const char *override, const char *executable, const char *installed,
				    char **ret)
{
	_cleanup_free_ char *dir = executable ? strdup(executable) : NULL;

	*ret = NULL;
	if (override && *override) {
		QN_TRY(try_dir(override, ret));
		if (*ret)
			return NULL;
		return qn_error_create(
			QN_ERROR_NOT_FOUND,
			"%s: holds no rules/frames.yaml; set QNTRIAGE_DATADIR to the folder that does, or "
			"unset it",
			override);
	}
	for (unsigned i = 0; dir && !*ret && i <= PARENTS_MAX; i++) {
		char *slash = strrchr(dir, '/');

		if (!slash || slash == dir)
			break;
		*slash = '\0';
		QN_TRY(try_dir(dir, ret));
	}
	if (!*ret && installed)
		QN_TRY(try_dir(installed, ret));
	if (*ret)
		return NULL;
	return qn_error_create(QN_ERROR_NOT_FOUND,
			       "rules/frames.yaml is neither beside %s or in a folder above it, nor in %s; "
			       "set QNTRIAGE_DATADIR to the folder that holds rules/",
			       executable ? executable : "the program",
			       installed ? installed : "the installed data");
}

struct qn_error *qn_datadir_find(char **ret)
{
	char executable[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", executable, sizeof(executable) - 1);

	if (len >= 0)
		executable[len] = '\0';
	return qn_datadir_find_in(getenv("QNTRIAGE_DATADIR"), len >= 0 ? executable : NULL, QN_PKGDATADIR,
				  ret);
}
