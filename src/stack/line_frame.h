/* Frames of one line each, as the sanitizers' symbolizer prints them, and places as compilers print them. */
#ifndef QN_STACK_LINE_FRAME_H
#define QN_STACK_LINE_FRAME_H

#include "stack/crash_line.h"

struct qn_line_frame {
	uint64_t number;     /* "#3" */
	struct qn_text name; /* with its arguments; "" unknown */
	struct qn_code_place place;
};

/* "#0 0x7f1 in milvus::F(int) /src/a.cpp:12:3", "#1 0x7f4  (/lib/x.so+0x12) (BuildId: 0123)",
 * "#2 f /src/a.cpp:12 (prog+0x4c1)", "#3 <null> <null> (libx.so+0x12)". Texts are part of @text. */
bool qn_line_frame_read(struct qn_text text, struct qn_line_frame *ret);

/* "/src/a.cpp:12:3", "a.cpp:12": file and line; the column goes. */
bool qn_line_frame_read_source(struct qn_text text, struct qn_text *ret_file, uint32_t *ret_line);

#endif
