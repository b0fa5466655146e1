/* Frames that stand on one line each, as the libraries print them that walk the stack of their own process.
 * Texts are borrowed from the line. */
#ifndef QN_STACK_FRAME_LINE_H
#define QN_STACK_FRAME_LINE_H

#include "stack/crash_line.h"
#include "stack/sighting.h"

struct qn_frame_line {
	struct qn_text name; /* with its argument list, as found; "" for none */
	struct qn_code_place place;
	uint64_t index; /* where the form has one, else UINT64_MAX */
};

/* boost::stacktrace (boost/stacktrace/frame.hpp, "to_string"); the index is its line's:
 *	 0# milvus::impl::EasyStackTrace() at /src/EasyAssert.cpp:28
 *	 1# 0x00007F12 in /lib/libmilvus_segcore.so
 *	12# search in /lib/libmilvus_segcore.so
 * Nameless ones may be an address alone. */
bool qn_frame_line_read_boost(struct qn_text text, struct qn_frame_line *ret);

/* backtrace_symbols of glibc (debug/backtracesyms.c), bare or numbered by who printed it:
 *	/usr/lib/libx.so(_ZN1aEv+0x1f) [0x7f12]		./bin(+0x363b0) [0x7f12]	./bin() [0x40]
 *	libc.so.6(gsignal+0x110)[0x7f12]		./bin [0x40]			[0x40]
 *	No.3: ./bin() [0x40]		#3 ./bin() [0x40]		[bt] (3) ./bin() [0x40] */
bool qn_frame_line_read_glibc(struct qn_text text, struct qn_frame_line *ret);

/* glog's and Folly's symbolizers; an address of Folly's is an offset in the file, without 0x:
 *	@     0x7f1203 milvus::segcore::Search()
 *	@ 000000000001bf90 milvus::segcore::Search(int const*, long) const
 *	@ 000000000003c04f (unknown)
 *	@           0x40 (unknown)
 *	@     0x7f1203         80  milvus::segcore::Search()	(Abseil's, with the frame's size) */
bool qn_frame_line_read_at(struct qn_text text, struct qn_frame_line *ret);

/* The row below such a frame of Folly's: "/src/Search.cpp:64", also with " (inlined)". False for all else. */
bool qn_frame_line_read_file(struct qn_text text, struct qn_text *ret_file, uint32_t *ret_line);

/* The symbolizer of the sanitizers (sanitizer_common, its default format; ThreadSanitizer's without pcs), as
 * gcc and clang bring it along:
 *	#0 0x7f1 in milvus::F(int) /src/a.cpp:12:3
 *	#1 0x7f4  (/lib/x.so+0x12) (BuildId: 0123)
 *	#2 f /src/a.cpp:12 (prog+0x4c1)		#3 <null> <null> (libx.so+0x12) */
bool qn_frame_line_read_sanitizer(struct qn_text text, struct qn_frame_line *ret);

/* "path/x.cpp:64" or "path/x.cpp:64:3" (the column goes) up to the end of @text, without blanks; false when
 * it is none. */
bool qn_source_place_read(struct qn_text text, struct qn_text *ret_file, uint32_t *ret_line);

/* For the header of a report, which cannot fail: without memory the report is cut. */
void qn_frame_line_add_first(struct qn_sighting *sighting, const struct qn_frame_line *frame);

#endif
