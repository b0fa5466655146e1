/* The lines that stacks of the JVM are made of, wherever they stand (java.lang.Throwable.printStackTrace;
 * log4j and logback print the same, with the jar behind each frame). Texts are borrowed. */
#ifndef QN_STACK_JAVA_LINE_H
#define QN_STACK_JAVA_LINE_H

#include "stack/crash_line.h"

/* "at java.base/java.lang.Thread.run(Thread.java:829) ~[?:?]"; nothing else may stand on the line. */
bool qn_java_frame_read(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret);

/* Finds "package.Type: message" or "package.Type" in @text, at its beginning or behind other words of a log
 * line. The first one: "failed: java.lang.X: java.lang.Y: message" is an X. */
bool qn_java_exception_find(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message);

/* "EndOfStreamException: Unable to read": a class without a package is one only where nothing stands before
 * it. */
bool qn_java_bare_exception_read(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message);

/* What stands behind "Caused by: ", whatever it ends with; the type is "" where there is none. */
void qn_java_exception_read(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message);

#endif
