/* Paths below the top of an unpacked container image: links in it mean files of the image, never of this
 * machine. */
#ifndef QN_CORE_PATH_INSIDE_H
#define QN_CORE_PATH_INSIDE_H

#include "base/text.h"

#define QN_PATH_BYTES_MAX 4096U
#define QN_PATH_LINKS_MAX 40U /* as the kernel's */

/* Where @path, taken as absolute, lies below @root after all links were followed inside; the caller's to
 * free(). NULL: there is none. */
char *qn_path_inside(const char *root, struct qn_text path);

#endif
