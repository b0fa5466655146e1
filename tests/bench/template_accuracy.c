/* qn-template-accuracy [-v] FILE...: how well the template miner groups each file's messages, and the mean.
 */
#include <stdio.h>
#include <string.h>

#include "template_score.h"

#include "base/banned.h"

int main(int argc, char **argv)
{
	bool is_told = argc > 1 && strcmp(argv[1], "-v") == 0;
	double ga = 0, fga = 0, speed = 0;
	int files = argc - 1 - is_told;

	printf("%-24s %6s %6s %6s %6s %6s %6s\n", "messages of", "true", "found", "right", "GA", "FGA",
	       "MB/s");
	for (int i = argc - files; i < argc; i++) {
		struct qn_template_score score;
		struct qn_error *error = qn_template_score(argv[i], true, is_told, &score);
		const char *name = strrchr(argv[i], '/');

		if (error) {
			fprintf(stderr, "%s\n", error->message);
			qn_error_destroy(error);
			return 1;
		}
		printf("%-24.24s %6zu %6zu %6zu %6.3f %6.3f %6.0f\n", name ? name + 1 : argv[i],
		       score.true_groups, score.groups, score.right_groups, score.ga, score.fga,
		       score.megabytes_per_second);
		ga += score.ga / files;
		fga += score.fga / files;
		speed += score.megabytes_per_second / files;
	}
	printf("%-24s %20s %6.3f %6.3f %6.0f\n", "mean", "", ga, fga, speed);
	return 0;
}
