/* What a rule set is made of. Internal to the readers of rule files. */
#ifndef QN_RULE_RULE_SET_H
#define QN_RULE_RULE_SET_H

#include "base/yaml.h"
#include "rule/rule.h"

/* A line that matches a term holds one of these. */
struct qn_term_literals {
	uint32_t *numbers; /* indexes into the set's literals */
	size_t count;      /* 0: it has none */
};

struct qn_rule_set {
	struct qn_arena arena; /* all texts and lists of the rules */
	struct qn_rule *rules;
	size_t count, capacity;
	struct qn_pattern **patterns; /* of all rules, to be destroyed with the set */
	size_t patterns_count, patterns_capacity;
	struct qn_text *literals; /* of all terms, each once */
	size_t literals_count;
	struct qn_term_literals **term_literals; /* by rule and term */
	const char **tables;                     /* paths of frame tables, in the arena */
	size_t tables_count, tables_capacity;
	bool has_always; /* some rule has no literal in any of its terms */
};

/* Goes along while one file is read. */
struct qn_rule_reader {
	struct qn_rule_set *set;
	const struct qn_yaml_file *file;
	const struct qn_yaml *terms; /* the file's shared terms; may be NULL */
	unsigned flags;
	struct qn_issues *issues; /* may be NULL */
};

/* Adds all rules of a file, or none of them. */
struct qn_error *qn_rule_file_read(struct qn_rule_set *set, const char *path, unsigned flags,
				   struct qn_issues *issues) QN_MUST_CHECK;

/* `qntriage:` of one rule; @map is the rule's node. */
struct qn_error *qn_rule_read_predicates(struct qn_rule_reader *reader, const struct qn_yaml *map,
					 struct qn_rule *ret) QN_MUST_CHECK;

#endif
