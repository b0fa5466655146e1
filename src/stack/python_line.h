/* The lines that tracebacks of Python are made of (Lib/traceback.py), and those of IPython, which Jupyter
 * prints. Texts are borrowed. */
#ifndef QN_STACK_PYTHON_LINE_H
#define QN_STACK_PYTHON_LINE_H

#include "stack/crash_line.h"

/* 'File "/a/b.py", line 12, in func'; the name is "" where an error of syntax has none. */
bool qn_python_frame_read(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret);

/* "pymilvus.exceptions.MilvusException: <...>", "KeyboardInterrupt": a dotted name and nothing else in front
 * of the colon. */
bool qn_python_exception_read(struct qn_text text, struct qn_text *ret_type, struct qn_text *ret_message);

/* IPython: "File ~/x.py:58, in Client.f(self)", "Cell In[12], line 3", "Input In [12], in <cell line: 3>()",
 * and
 * "~/x.py in f(self)", of which qn_python_arrow_read() tells the line. The name is the function's own, as in
 * a traceback of Python itself. */
bool qn_python_cell_frame_read(struct qn_text text, struct qn_text *ret_name, struct qn_code_place *ret);

/* "---> 58     uri, user" */
bool qn_python_arrow_read(struct qn_text text, uint32_t *ret_line);

#endif
