#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>

#include "cli/nearest.h"
#include "base/limits.h"
#include "base/banned.h"

enum {
	OPTION_DB = 256,
	OPTION_RULES,
	OPTION_SYMBOLS,
	OPTION_SYSROOT,
	OPTION_UNWINDER,
	OPTION_NO_DEFAULT_RULES,
	OPTION_FORMAT,
	OPTION_OUTPUT,
	OPTION_JOBS,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_COMPONENT,
	OPTION_POD,
	OPTION_BUILD,
	OPTION_LABEL,
	OPTION_COLOR,
	OPTION_QUIET,
	OPTION_NO_PROGRESS,
	OPTION_VERBOSE,
	OPTION_STRICT,
	OPTION_KEEP_GOING,
	OPTION_RAW,
	OPTION_PER_LINE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_NOT_BUILT,
};

static const struct option options_table[] = {
	{"db", required_argument, NULL, OPTION_DB},
	{"rules", required_argument, NULL, OPTION_RULES},
	{"symbols", required_argument, NULL, OPTION_SYMBOLS},
	{"sysroot", required_argument, NULL, OPTION_SYSROOT},
	{"unwinder", required_argument, NULL, OPTION_UNWINDER},
	{"no-default-rules", no_argument, NULL, OPTION_NO_DEFAULT_RULES},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"output", required_argument, NULL, OPTION_OUTPUT},
	{"jobs", required_argument, NULL, OPTION_JOBS},
	{"since", required_argument, NULL, OPTION_SINCE},
	{"until", required_argument, NULL, OPTION_UNTIL},
	{"component", required_argument, NULL, OPTION_COMPONENT},
	{"pod", required_argument, NULL, OPTION_POD},
	{"build", required_argument, NULL, OPTION_BUILD},
	{"label", required_argument, NULL, OPTION_LABEL},
	{"color", required_argument, NULL, OPTION_COLOR},
	{"quiet", no_argument, NULL, OPTION_QUIET},
	{"no-progress", no_argument, NULL, OPTION_NO_PROGRESS},
	{"verbose", no_argument, NULL, OPTION_VERBOSE},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"keep-going", no_argument, NULL, OPTION_KEEP_GOING},
	{"raw", no_argument, NULL, OPTION_RAW},
	{"per-line", no_argument, NULL, OPTION_PER_LINE},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	/* of the contract, and still to be built */
	{"sources", required_argument, NULL, OPTION_NOT_BUILT},
	{"shard", required_argument, NULL, OPTION_NOT_BUILT},
	{"baseline", required_argument, NULL, OPTION_NOT_BUILT},
	{"fail-on", required_argument, NULL, OPTION_NOT_BUILT},
	{"junit", required_argument, NULL, OPTION_NOT_BUILT},
	{"sarif", required_argument, NULL, OPTION_NOT_BUILT},
	{"summary", required_argument, NULL, OPTION_NOT_BUILT},
	{"max-size", required_argument, NULL, OPTION_NOT_BUILT},
	{"redact", required_argument, NULL, OPTION_NOT_BUILT},
	{NULL, 0, NULL, 0},
};

#define OPTIONS_COUNT (sizeof(options_table) / sizeof(options_table[0]) - 1)

/* A word that an option takes. */
struct choice {
	const char *name;
	int value; /* negative: of the contract, and still to be built */
};

static const struct choice formats[] = {
	{"text", QN_OUTPUT_TEXT},
	{"json", QN_OUTPUT_JSON},
	{"ndjson", QN_OUTPUT_NDJSON},
	{"html", -1},
	{"markdown", -1},
	{"sarif", -1},
	{"junit", -1},
};
static const struct choice colors[] = {
	{"auto", QN_COLOR_AUTO}, {"always", QN_COLOR_ALWAYS}, {"never", QN_COLOR_NEVER}};

static const struct choice unwinders[] = {
	{"auto", QN_UNWIND_AUTO}, {"libdw", QN_UNWIND_WITH_LIBDW}, {"libunwind", QN_UNWIND_WITH_LIBUNWIND}};

static struct qn_error *not_built(const char *what, const char *name)
{
	return qn_error_create(QN_ERROR_NOT_FOUND, "%s%s is not built yet; see docs/limits.md", what, name);
}

static struct qn_error *choose(const char *option, const char *typed, const struct choice *choices,
			       size_t count, int *ret)
{
	_cleanup_(qn_buffer_deinit) struct qn_buffer names = {0};

	for (size_t i = 0; i < count; i++) {
		if (strcmp(choices[i].name, typed) == 0 && choices[i].value < 0)
			return qn_error_create(QN_ERROR_NOT_FOUND,
					       "%s %s is not built yet; see docs/limits.md", option, typed);
		if (strcmp(choices[i].name, typed) == 0) {
			*ret = choices[i].value;
			return NULL;
		}
		if (choices[i].value >= 0)
			qn_buffer_printf(&names, "%s%s", names.len ? ", " : "", choices[i].name);
	}
	QN_TRY(qn_buffer_check(&names));
	return qn_error_create(QN_ERROR_USAGE, "%s %s: there is no such value; one of %s", option, typed,
			       names.data);
}

/* "1h30m": numbers with their units, longest time 100 years. */
static bool duration_of(struct qn_text text, int64_t *ret_nsec)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	uint64_t total = 0;

	if (!text.len)
		return false;
	while (text.len) {
		size_t digits = 0, unit = 0;
		uint64_t number;

		while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
			digits++;
		if (digits == text.len || !qn_text_to_u64(qn_text_first(text, digits), &number))
			return false;
		while (unit < sizeof(units) / sizeof(units[0]) && units[unit].unit != text.data[digits])
			unit++;
		if (unit == sizeof(units) / sizeof(units[0]) || number > UINT32_MAX)
			return false;
		total += number * units[unit].seconds;
		if (total > 3155760000U)
			return false;
		text = qn_text_from(text, digits + 1);
	}
	*ret_nsec = (int64_t)total * 1000000000;
	return true;
}

bool qn_options_moment(struct qn_text text, struct qn_time now, struct qn_time *ret)
{
	struct qn_cursor cursor = qn_cursor_of(text);
	int64_t back;

	if (qn_time_take_rfc3339(&cursor, ret) && qn_cursor_at_end(&cursor))
		return true;
	if (!now.is_known || !duration_of(text, &back))
		return false;
	*ret = (struct qn_time){.nsec = now.nsec - back, .is_known = true};
	return true;
}

static struct qn_error *set_moment(const char *option, const char *typed, struct qn_time now,
				   struct qn_time *ret)
{
	if (qn_options_moment(qn_text_of(typed), now, ret))
		return NULL;
	return qn_error_create(
		QN_ERROR_USAGE,
		"%s %s: not a time; give RFC 3339 (2025-03-01T10:00:00Z) or a duration back (90m, 2d)",
		option, typed);
}

static struct qn_error *set_jobs(const char *typed, unsigned *ret)
{
	uint64_t jobs;

	if (!qn_text_to_u64(qn_text_of(typed), &jobs) || jobs == 0 || jobs > QN_JOBS_MAX)
		return qn_error_create(QN_ERROR_USAGE, "--jobs %s: give a number from 1 to %u", typed,
				       QN_JOBS_MAX);
	*ret = (unsigned)jobs;
	return NULL;
}

static struct qn_error *set_db(const char *typed, const char **ret)
{
	if (strncmp(typed, "postgresql://", strlen("postgresql://")) == 0 ||
	    strncmp(typed, "postgres://", strlen("postgres://")) == 0)
		return not_built("--db postgresql:// ", "(a PostgreSQL store)");
	if (!*typed)
		return qn_error_create(QN_ERROR_USAGE, "--db: give the path of a store");
	*ret = typed;
	return NULL;
}

/* One option that has been read; @name for messages. */
static struct qn_error *set_option(struct qn_options *options, int option, const char *name,
				   struct qn_time now)
{
	int value;

	switch (option) {
	case OPTION_DB: return set_db(optarg, &options->db);
	case OPTION_RULES: options->rules[options->rules_count++] = optarg; break;
	case OPTION_SYMBOLS: options->symbols[options->symbols_count++] = optarg; break;
	case OPTION_SYSROOT: options->sysroot = optarg; break;
	case OPTION_UNWINDER:
		QN_TRY(choose("--unwinder", optarg, unwinders, sizeof(unwinders) / sizeof(unwinders[0]),
			      &value));
		options->unwinder = (enum qn_unwinder_choice)value;
		break;
	case OPTION_NO_DEFAULT_RULES: options->has_default_rules = false; break;
	case OPTION_FORMAT:
		QN_TRY(choose("--format", optarg, formats, sizeof(formats) / sizeof(formats[0]), &value));
		options->format = (enum qn_output_format)value;
		break;
	case 'o':
	case OPTION_OUTPUT: options->output = optarg; break;
	case OPTION_JOBS: return set_jobs(optarg, &options->jobs);
	case OPTION_SINCE: return set_moment("--since", optarg, now, &options->filter.since);
	case OPTION_UNTIL: return set_moment("--until", optarg, now, &options->filter.until);
	case OPTION_COMPONENT: options->filter.component = qn_text_of(optarg); break;
	case OPTION_POD: options->filter.pod = qn_text_of(optarg); break;
	case OPTION_BUILD: options->build = qn_text_of(optarg); break;
	case OPTION_LABEL: options->label = qn_text_of(optarg); break;
	case OPTION_COLOR:
		QN_TRY(choose("--color", optarg, colors, sizeof(colors) / sizeof(colors[0]), &value));
		options->color = (enum qn_color_choice)value;
		break;
	case OPTION_QUIET: options->is_quiet = true; break;
	case OPTION_NO_PROGRESS: break; /* no progress is ever printed */
	case OPTION_VERBOSE: options->is_verbose = true; break;
	case OPTION_STRICT: options->is_strict = true; break;
	case OPTION_KEEP_GOING: options->is_keep_going = true; break;
	case OPTION_RAW: options->is_raw = true; break;
	case OPTION_PER_LINE: options->is_per_line = true; break;
	case 'h':
	case OPTION_HELP: options->wants_help = true; break;
	case 'V':
	case OPTION_VERSION: options->wants_version = true; break;
	case OPTION_NOT_BUILT: return not_built("--", name);
	}
	return NULL;
}

static struct qn_error *complain(int found, const char *typed)
{
	char name[64] = "";
	size_t len = strcspn(typed, "=");
	const char *nearest;

	if (found == ':')
		return qn_error_create(QN_ERROR_USAGE, "%.*s: a value is missing behind it", (int)len, typed);
	if (optopt && optopt < 256)
		return qn_error_create(QN_ERROR_USAGE, "-%c: there is no such option; see `qntriage help`",
				       optopt);
	if (optopt)
		return qn_error_create(QN_ERROR_USAGE, "%.*s: takes no value", (int)len, typed);
	if (len > 2 && len < sizeof(name))
		memcpy(name, typed + 2, len - 2);
	nearest = qn_nearest(name, &options_table[0].name, OPTIONS_COUNT, sizeof(options_table[0]));
	if (nearest)
		return qn_error_create(QN_ERROR_USAGE, "%.*s: there is no such option; did you mean --%s?",
				       (int)len, typed, nearest);
	return qn_error_create(QN_ERROR_USAGE, "%.*s: there is no such option; see `qntriage help`", (int)len,
			       typed);
}

struct qn_error *qn_options_parse(struct qn_options *options, int argc, char **argv, struct qn_time now)
{
	*options = (struct qn_options){.has_default_rules = true};
	options->rules = calloc((size_t)argc + 1, sizeof(*options->rules));
	options->symbols = calloc((size_t)argc + 1, sizeof(*options->symbols));
	if (!options->rules || !options->symbols)
		return &qn_error_no_memory;
	opterr = 0;
	optind = 0; /* GNU: begin anew */
	for (;;) {
		int index = 0;
		int found = getopt_long(argc, argv, ":o:hV", options_table, &index);

		if (found == -1)
			break;
		if (found == '?' || found == ':')
			return complain(found, argv[optind - 1]);
		QN_TRY(set_option(options, found, options_table[index].name, now));
	}
	if (options->filter.since.is_known && options->filter.until.is_known &&
	    options->filter.since.nsec > options->filter.until.nsec)
		return qn_error_create(QN_ERROR_USAGE,
				       "--since is later than --until: nothing lies between them");
	if (optind < argc)
		options->command = argv[optind++];
	options->arguments = (const char *const *)argv + optind;
	options->arguments_count = (size_t)(argc - optind);
	return NULL;
}

void qn_options_deinit(struct qn_options *options)
{
	free(options->rules);
	free(options->symbols);
	*options = (struct qn_options){0};
}
