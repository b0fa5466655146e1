/* Internal to frame_name.c: names of the JVM's methods and of Python's functions. They are told by their
 * file. */
#ifndef QN_STACK_FRAME_NAME_SCRIPT_H
#define QN_STACK_FRAME_NAME_SCRIPT_H

#include "stack/frame_name.h"

/* "java.base/java.lang.Thread.run", "org.apache.X.lambda$f$58" with "X.java"; false: not the JVM's */
bool qn_frame_name_read_java(struct qn_arena *arena, struct qn_text name, struct qn_text file,
			     struct qn_frame_name *ret);

/* "handler" with "/x/pymilvus/decorators.py": the key is "decorators.handler"; false: not Python's */
bool qn_frame_name_read_python(struct qn_arena *arena, struct qn_text name, struct qn_text file,
			       struct qn_frame_name *ret);

#endif
