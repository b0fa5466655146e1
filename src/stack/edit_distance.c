#include "stack/edit_distance.h"

#include "base/banned.h"

#define BAND (2 * QN_EDIT_DISTANCE_MAX + 3)

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Of the matrix of prefixes, only the cells at most @max off the diagonal are filled. Column k of a row
 * stands for the prefix of @b that is k - @max - 1 longer than that of @a; the outermost ones are walls. */
unsigned qn_letters_apart(struct qn_text a, struct qn_text b, unsigned max)
{
	unsigned rows[3][BAND], wall;
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	if (max > QN_EDIT_DISTANCE_MAX)
		max = QN_EDIT_DISTANCE_MAX;
	wall = max + 1;
	if (a.len > b.len + max || b.len > a.len + max)
		return wall;
	for (unsigned k = 0; k < BAND; k++)
		before[k] = above[k] = row[k] = wall;
	for (unsigned k = 0; k <= max; k++)
		above[k + max + 1] = k;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned least = wall, *spare = before;

		for (unsigned k = 1; k <= 2 * max + 1; k++) {
			size_t j = i + k; /* of @b, + max + 1 */
			unsigned cost;

			row[k] = wall;
			if (j < max + 1 || j - max - 1 > b.len)
				continue;
			j -= max + 1;
			if (j == 0) {
				row[k] = smaller((unsigned)i, wall);
				least = smaller(least, row[k]);
				continue;
			}
			cost = above[k] + (a.data[i - 1] != b.data[j - 1]);
			cost = smaller(cost, smaller(above[k + 1], row[k - 1]) + 1);
			if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
			    a.data[i - 2] == b.data[j - 1])
				cost = smaller(cost, before[k] + 1);
			row[k] = smaller(cost, wall);
			least = smaller(least, row[k]);
		}
		if (least > max)
			return wall;
		before = above;
		above = row;
		row = spare;
	}
	return above[b.len + max + 1 - a.len];
}
