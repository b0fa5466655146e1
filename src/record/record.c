#include "record/record.h"

#include <strings.h>

#include "record/bracket.h"
#include "base/banned.h"

struct level_name {
	const char *name;
	enum qn_level level;
};

/* The first name of a level is the one we print. */
static const struct level_name level_names[] = {
	{"DEBUG", QN_LEVEL_DEBUG},   {"INFO", QN_LEVEL_INFO},     {"WARN", QN_LEVEL_WARN},
	{"ERROR", QN_LEVEL_ERROR},   {"DPANIC", QN_LEVEL_DPANIC}, {"PANIC", QN_LEVEL_PANIC},
	{"FATAL", QN_LEVEL_FATAL},   {"WARNING", QN_LEVEL_WARN},  {"TRACE", QN_LEVEL_DEBUG},
	{"VERBOSE", QN_LEVEL_DEBUG},
};

const char *qn_level_name(enum qn_level level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(*level_names); i++)
		if (level_names[i].level == level)
			return level_names[i].name;
	return "";
}

enum qn_level qn_level_of(struct qn_text name)
{
	for (size_t i = 0; name.len && i < sizeof(level_names) / sizeof(*level_names); i++)
		if (strlen(level_names[i].name) == name.len &&
		    strncasecmp(level_names[i].name, name.data, name.len) == 0)
			return level_names[i].level;
	return QN_LEVEL_NONE;
}

bool qn_record_next_field(struct qn_arena *arena, struct qn_text *fields, struct qn_field *ret)
{
	struct qn_cursor cursor = qn_cursor_of(*fields);
	struct qn_bracket bracket;

	if (!qn_bracket_take(arena, &cursor, &bracket))
		return false;
	*fields = cursor.rest;
	ret->key = bracket.key;
	ret->value = bracket.value.data ? bracket.value : QN_TEXT("");
	return true;
}
