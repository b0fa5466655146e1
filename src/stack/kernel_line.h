/* The front of a line that the kernel or systemd wrote, as dmesg, syslog and the journal show it:
 *
 *	[12345.678901] text
 *	<4>[12345.678901] [  T123] text
 *	[Mon Nov 23 15:48:07 2026] text
 *	Nov 23 15:48:07 node-1 kernel: [12345.678901] text
 *	2026-11-23T15:48:07.123456+00:00 node-1 systemd-coredump[99]: text
 *	node-1 kernel: text
 */
#ifndef QN_STACK_KERNEL_LINE_H
#define QN_STACK_KERNEL_LINE_H

#include "base/text.h"
#include "record/timestamp.h"
#include "stack/crash_line.h"

struct qn_kernel_line {
	struct qn_text text;   /* trimmed, without the front */
	struct qn_text writer; /* "kernel", "systemd-coredump", "systemd"; "" not told */
	struct qn_time time;   /* unknown where no year is told */
};

/* All texts of @ret are borrowed from @text. */
void qn_kernel_line_read(struct qn_text text, struct qn_kernel_line *ret);

/* May @text be such a line at all? No frame of a stack is: its first word tells. */
bool qn_kernel_line_may_be(struct qn_text text);

/* "123 (milvus) of": the number and the name, which may hold blanks and brackets. @text is moved behind
 * them. */
bool qn_kernel_take_process(struct qn_text *text, uint64_t *ret_pid, struct qn_text *ret_name);

#endif
