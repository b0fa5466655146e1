/* How well messages are grouped by template: the files of ../shared/loghub, system by system. */
#include "bench/accuracy_report.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bench/template_score.h"

#include "base/banned.h"

static int is_table(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".tsv") == 0;
}

static struct qn_error *score_file(const char *folder, const char *name, const char *prefix, bool is_timed,
				   struct qn_template_figures *sums)
{
	_cleanup_free_ char *path = NULL;
	struct qn_template_score score;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return &qn_error_no_memory;
	QN_TRY(qn_template_score(path, is_timed, false, &score));
	printf("%s%-22.*s %8zu %8zu %8zu %8zu %8.3f %8.3f %8.0f\n", prefix, (int)(strlen(name) - 4), name,
	       score.messages, score.true_groups, score.groups, score.right_groups, score.ga, score.fga,
	       score.megabytes_per_second);
	sums->systems++;
	sums->ga += score.ga;
	sums->fga += score.fga;
	sums->megabytes_per_second += score.megabytes_per_second;
	return NULL;
}

static struct qn_error *score_all(const char *folder, struct dirent **entries, int count, const char *prefix,
				  bool is_timed, struct qn_template_figures *ret)
{
	printf("%s\n%s%-22s %8s %8s %8s %8s %8s %8s %8s\n", prefix, prefix, "templates", "messages", "true",
	       "found", "right", "GA", "FGA", "MB/s");
	for (int i = 0; i < count; i++)
		QN_TRY(score_file(folder, entries[i]->d_name, prefix, is_timed, ret));
	ret->ga /= count;
	ret->fga /= count;
	ret->megabytes_per_second /= count;
	printf("%s%-22s %8s %8s %8s %8s %8.3f %8.3f %8.0f\n", prefix, "mean", "", "", "", "", ret->ga,
	       ret->fga, ret->megabytes_per_second);
	return NULL;
}

struct qn_error *qn_bench_templates(const char *source, const char *prefix, bool is_timed,
				    struct qn_template_figures *ret)
{
	_cleanup_free_ char *folder = NULL;
	struct dirent **entries = NULL;
	struct qn_error *error;
	int count;

	*ret = (struct qn_template_figures){0};
	if (asprintf(&folder, "%s/../shared/loghub", source) < 0)
		return &qn_error_no_memory;
	count = scandir(folder, &entries, is_table, alphasort);
	if (count <= 0)
		return NULL;
	error = score_all(folder, entries, count, prefix, is_timed, ret);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return error;
}
