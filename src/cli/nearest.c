#include "cli/nearest.h"

#include <string.h>

#include "base/banned.h"

#define NAME_BYTES_MAX 32U

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned qn_edit_distance(const char *a, const char *b)
{
	unsigned rows[NAME_BYTES_MAX + 1][NAME_BYTES_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > NAME_BYTES_MAX || b_len > NAME_BYTES_MAX)
		return NAME_BYTES_MAX;
	for (size_t i = 0; i <= a_len; i++)
		rows[i][0] = (unsigned)i;
	for (size_t k = 0; k <= b_len; k++)
		rows[0][k] = (unsigned)k;
	for (size_t i = 1; i <= a_len; i++)
		for (size_t k = 1; k <= b_len; k++) {
			unsigned cost = a[i - 1] != b[k - 1];

			rows[i][k] =
				least(least(rows[i - 1][k], rows[i][k - 1]) + 1, rows[i - 1][k - 1] + cost);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				rows[i][k] = least(rows[i][k], rows[i - 2][k - 2] + 1);
		}
	return rows[a_len][b_len];
}

const char *qn_nearest(const char *typed, const char *const *names, size_t count, size_t stride)
{
	unsigned best = (unsigned)strlen(typed) / 3 + 2; /* one less than this is still near */
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *name = *(const char *const *)((const char *)names + i * stride);
		unsigned distance = qn_edit_distance(typed, name);

		if (distance < best) {
			best = distance;
			found = name;
		}
	}
	return found;
}
