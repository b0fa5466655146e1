/* Values of a rule file: checked, copied into the set's arena, and refused with their place. Internal to the
 * readers of rule files. */
#ifndef QN_RULE_RULE_VALUE_H
#define QN_RULE_RULE_VALUE_H

#include "rule/rule_set.h"

/* A key that a map may hold. */
enum qn_rule_key_kind {
	QN_RULE_KEY_READ,
	QN_RULE_KEY_IGNORED,     /* means something elsewhere, nothing here */
	QN_RULE_KEY_UNSUPPORTED, /* would change what the rule means: refused */
};
struct qn_rule_key {
	const char *name;
	enum qn_rule_key_kind kind;
};

/* Every key of @map is in @keys (count of them); others are an issue with the nearest known one, or an error.
 * @where names the map: "rule.set". An error too when @map is no map. */
struct qn_error *qn_rule_check_keys(struct qn_rule_reader *reader, const struct qn_yaml *map,
				    const char *where, const struct qn_rule_key *keys,
				    size_t count) QN_MUST_CHECK;

/* All of these: the key that is not there leaves @ret as it is. */

struct qn_error *qn_rule_read_text(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				   struct qn_text *ret) QN_MUST_CHECK;
/* A list, or a single text as a list of one. */
struct qn_error *qn_rule_read_texts(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				    struct qn_text **ret, size_t *ret_count) QN_MUST_CHECK;
struct qn_error *qn_rule_read_pattern(struct qn_rule_reader *reader, const struct qn_yaml *map,
				      const char *key, struct qn_pattern **ret) QN_MUST_CHECK;
struct qn_error *qn_rule_read_patterns(struct qn_rule_reader *reader, const struct qn_yaml *map,
				       const char *key, struct qn_pattern ***ret,
				       size_t *ret_count) QN_MUST_CHECK;
struct qn_error *qn_rule_read_bool(struct qn_rule_reader *reader, const struct qn_yaml *map, const char *key,
				   bool *ret) QN_MUST_CHECK;
/* A Go duration: 90s, 1h30m, 500ms. */
struct qn_error *qn_rule_read_duration(struct qn_rule_reader *reader, const struct qn_yaml *map,
				       const char *key, int64_t *ret_nsec) QN_MUST_CHECK;

/* One scalar as a compiled pattern that the set owns. */
struct qn_error *qn_rule_compile(struct qn_rule_reader *reader, const struct qn_yaml *node,
				 struct qn_pattern **ret) QN_MUST_CHECK;

#endif
