/* Internal to frame_name.c: names of Go functions. */
#ifndef QN_STACK_FRAME_NAME_GO_H
#define QN_STACK_FRAME_NAME_GO_H

#include "stack/frame_name.h"

bool qn_frame_name_is_go(struct qn_text name, struct qn_text file);

/* "github.com/milvus-io/milvus/pkg/v2/util/conc.(*Pool[...]).Submit.func1({0x1, 0x2})" */
void qn_frame_name_read_go(struct qn_arena *arena, struct qn_text name, struct qn_frame_name *ret);

#endif
