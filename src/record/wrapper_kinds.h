/* The wrappers, for the table in wrapper.c. */
#ifndef QN_RECORD_WRAPPER_KINDS_H
#define QN_RECORD_WRAPPER_KINDS_H

#include "record/wrapper.h"

extern const struct qn_wrapper qn_wrapper_docker;
extern const struct qn_wrapper qn_wrapper_cri;
extern const struct qn_wrapper qn_wrapper_kubectl_prefix;
extern const struct qn_wrapper qn_wrapper_stern;
extern const struct qn_wrapper qn_wrapper_kubetail;
extern const struct qn_wrapper qn_wrapper_argo;
extern const struct qn_wrapper qn_wrapper_logcli;
extern const struct qn_wrapper qn_wrapper_kibana;
extern const struct qn_wrapper qn_wrapper_rancher;
extern const struct qn_wrapper qn_wrapper_csv;
extern const struct qn_wrapper qn_wrapper_journal;
extern const struct qn_wrapper qn_wrapper_members;
extern const struct qn_wrapper qn_wrapper_grep;
extern const struct qn_wrapper qn_wrapper_compose;
extern const struct qn_wrapper qn_wrapper_ansi;
extern const struct qn_wrapper qn_wrapper_quote;
extern const struct qn_wrapper qn_wrapper_repl;
extern const struct qn_wrapper qn_wrapper_indent;
extern const struct qn_wrapper qn_wrapper_table;
extern const struct qn_wrapper qn_wrapper_loki;
extern const struct qn_wrapper qn_wrapper_jenkins;
extern const struct qn_wrapper qn_wrapper_timestamps;
extern const struct qn_wrapper qn_wrapper_viewer;
extern const struct qn_wrapper qn_wrapper_clock;
extern const struct qn_wrapper qn_wrapper_numbers;
extern const struct qn_wrapper qn_wrapper_live;
extern const struct qn_wrapper qn_wrapper_invisible;
extern const struct qn_wrapper qn_wrapper_continued;

#endif
