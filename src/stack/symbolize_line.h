/* A line of a text that holds a code address, in all the forms in which stacks print them.
 *
 * What the address is, by form (a frame above the first stands for a call: its address is the one behind it):
 *	glibc      /usr/bin/qn(+0x363b0) [0x7f12]        address of the file; always a return address
 *	           libc.so.6(gsignal+0x110) [0x7f12]     the same, from a symbol
 *	at         @     0x7f1203 f()                    glog: of the process; a return address, but not the
 *one below a signal's trampoline
 *	           @ 000000000001bf90 f()                Folly: of the file, one less already
 *	boost       3# 0x00007F12 in /lib/x.so           of the process; a return address
 *	sanitizer  #1 0x7f4  (/lib/x.so+0x12)            of the file; one less already
 *	gdb        #3  0x00007f12 in ?? () from /lib/x.so  of the process; a return address from #1 on
 *	kernel     ip 00007f12 sp .. in x.so[7f0000+1000]  exact
 *	pc         pc=0x7f12                             of the process; a return address; "PC=" exact
 *	plus       libx.so+0x1a2b3c                      of the file; a return address but for the first
 */
#ifndef QN_STACK_SYMBOLIZE_LINE_H
#define QN_STACK_SYMBOLIZE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum qn_address_form {
	QN_ADDRESS_GLIBC,
	QN_ADDRESS_AT,
	QN_ADDRESS_BOOST,
	QN_ADDRESS_SANITIZER,
	QN_ADDRESS_GDB,
	QN_ADDRESS_KERNEL,
	QN_ADDRESS_PC,
	QN_ADDRESS_PLUS,
};

/* Texts are borrowed from the line. */
struct qn_address_line {
	enum qn_address_form form;
	struct qn_text before; /* what stands in front: a log's prefix, the padding */
	struct qn_text front;  /* the frame up to where the name goes */
	struct qn_text behind; /* what follows the name */
	struct qn_text path, build_id;
	struct qn_text name;     /* "" none */
	bool has_pc, has_offset; /* has_offset: of the file; with a name, from its symbol */
	bool is_exact;           /* not a return address */
	bool is_whole;           /* function, file and line are there already */
	uint64_t pc, offset;
	uint64_t mapping_size; /* kernel: offset is from the start of a mapping of so many bytes; else 0 */
};

/* False: it holds none. @line is without its newline. */
bool qn_address_line_read(struct qn_text line, struct qn_address_line *ret);

/* A line of /proc/<pid>/maps: "7f12000-7f13000 r-xp 00001000 08:01 123   /lib/x.so". */
struct qn_maps_line {
	uint64_t start, end, offset;
	struct qn_text path;
};
bool qn_maps_line_read(struct qn_text line, struct qn_maps_line *ret);

#endif
