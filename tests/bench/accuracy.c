/* Measures how well signatures and families tell bugs apart: on the excerpts of ../shared/corpus, whose bugs
 * are known, and on variants that mutators make of them. Everything goes the way of `qntriage analyze`: all
 * files are collected into one private store, and what the store says of them is read back.
 *
 *	tests/bench/accuracy            one variant per excerpt and mutator; TAP; fails below
 *tests/bench/floors tests/bench/accuracy --full     several; and speed (`make accuracy`)
 *	... --verbose                   names the variants whose signature or family is not their excerpt's
 *	... --keep FOLDER               leaves the variants there
 *	... --generate FILE SIZE        only writes stacks, as for the measure of speed */
#include "bench/accuracy_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "store/query.h"

#include "base/banned.h"

#define SEED UINT64_C(0x51a7c0ffee)
#define SPEED_BYTES UINT64_C(200000000)

struct bench {
	struct qn_arena arena;
	struct qn_bench_options options;
	struct qn_excerpts excerpts;
	struct qn_map cxxfilt;
	char *source, *folder;
	struct qn_variant *variants;
	size_t count, capacity;
	struct qn_finding *findings;
	size_t findings_count, findings_capacity;
};

static void bench_deinit(struct bench *bench)
{
	qn_map_deinit(&bench->cxxfilt);
	for (size_t i = 0; i < bench->excerpts.count; i++)
		free(bench->excerpts.items[i].lines);
	free(bench->excerpts.items);
	qn_arena_deinit(&bench->excerpts.arena);
	qn_arena_deinit(&bench->arena);
	free(bench->variants);
	free(bench->findings);
}

/* --- Variants --- */

static const char *variant_path(struct bench *bench, size_t number)
{
	const struct qn_variant *variant = &bench->variants[number];

	return qn_arena_printf(&bench->arena, "%s/%06zu-%s-%.*s", bench->folder, number,
			       variant->mutator ? variant->mutator->name : "origin",
			       QN_ARG(variant->of->file))
		.data;
}

static struct qn_error *write_variant(struct bench *bench, size_t number, const struct qn_draft *draft)
{
	const char *path = variant_path(bench, number);
	_cleanup_fclose_ FILE *file = path ? fopen(path, "w") : NULL;
	bool is_first = true;

	if (!file)
		return qn_error_system(errno, "%s", path ? path : bench->folder);
	for (size_t i = 0; i < draft->of->count; i++) {
		if (!draft->lines[i].data)
			continue;
		if (!is_first)
			fputc('\n', file);
		fwrite(draft->lines[i].data, 1, draft->lines[i].len, file);
		is_first = false;
	}
	if (!draft->has_no_newline)
		fputc('\n', file);
	return ferror(file) ? qn_error_system(errno, "%s", path) : NULL;
}

static struct qn_error *add_variant(struct bench *bench, const struct qn_excerpt *excerpt,
				    const struct qn_mutator *mutator, unsigned turn)
{
	uint64_t seed = qn_hash64(excerpt->file) ^ (SEED + turn) * UINT64_C(0x9e3779b97f4a7c15) ^
			(mutator ? qn_hash64(qn_text_of(mutator->name)) : 0);
	struct qn_draft draft = {.of = excerpt,
				 .arena = &bench->arena,
				 .seed = seed >> 8,
				 .random = seed | 1,
				 .cxxfilt = &bench->cxxfilt};

	draft.lines = qn_arena_alloc(&bench->arena, (excerpt->count + 1) * sizeof(*draft.lines));
	QN_TRY(qn_arena_check(&bench->arena));
	memcpy(draft.lines, excerpt->lines, excerpt->count * sizeof(*draft.lines));
	if (mutator && (!excerpt->is_log || !mutator->mutate(&draft)))
		return NULL;
	QN_TRY(qn_arena_check(&bench->arena));
	QN_TRY(qn_array_reserve(&bench->variants, &bench->capacity, bench->count + 1,
				sizeof(*bench->variants)));
	bench->variants[bench->count++] = (struct qn_variant){.of = excerpt, .mutator = mutator};
	return write_variant(bench, bench->count - 1, &draft);
}

static struct qn_error *make_variants(struct bench *bench)
{
	static const struct qn_mutator *const tables[] = {qn_mutators_text, qn_mutators_frames,
							  qn_mutators_names};

	for (size_t i = 0; i < bench->excerpts.count; i++)
		QN_TRY(add_variant(bench, &bench->excerpts.items[i], NULL, 0));
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct qn_mutator *mutator = tables[t]; mutator->name; mutator++)
			for (size_t i = 0; i < bench->excerpts.count; i++)
				for (unsigned k = 0; k < (bench->options.is_full ? mutator->times : 1); k++)
					QN_TRY(add_variant(bench, &bench->excerpts.items[i], mutator, k));
	return NULL;
}

/* --- The names as c++filt has them --- */

static struct qn_error *write_names(struct bench *bench, const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "w");

	if (!file)
		return qn_error_system(errno, "%s", path);
	for (size_t i = 0; i < bench->excerpts.count; i++) {
		const struct qn_excerpt *excerpt = &bench->excerpts.items[i];

		for (size_t k = 0; k < excerpt->frames_count; k++)
			if (qn_text_starts(excerpt->lines[excerpt->frames[k].name], QN_TEXT("_Z")))
				fprintf(file, "%.*s\n", QN_ARG(excerpt->lines[excerpt->frames[k].name]));
	}
	return NULL;
}

/* Both files have a name a line. What c++filt leaves as it is cannot be read by it. */
static struct qn_error *load_names(struct bench *bench, const char *mangled, const char *demangled)
{
	struct qn_text a, b, name, spelling;
	struct qn_cursor names, spellings;

	QN_TRY(qn_excerpt_read_file(&bench->arena, mangled, &a));
	QN_TRY(qn_excerpt_read_file(&bench->arena, demangled, &b));
	names = qn_cursor_of(a);
	spellings = qn_cursor_of(b);
	while (qn_cursor_take_line(&names, &name) && qn_cursor_take_line(&spellings, &spelling)) {
		struct qn_text *value = qn_arena_alloc(&bench->arena, sizeof(*value));

		if (!value)
			return &qn_error_no_memory;
		*value = spelling;
		if (!qn_text_equal(name, spelling))
			QN_TRY(qn_map_put(&bench->cxxfilt, name, value));
	}
	return NULL;
}

/* Where there is no c++filt, its spellings are not measured. */
static struct qn_error *spell_names(struct bench *bench)
{
	_cleanup_free_ char *mangled = NULL, *demangled = NULL, *command = NULL;
	struct qn_error *error;

	if (asprintf(&mangled, "%s.names", bench->folder) < 0 ||
	    asprintf(&demangled, "%s.spelt", bench->folder) < 0 ||
	    asprintf(&command, "c++filt <'%s' >'%s' 2>/dev/null", mangled, demangled) < 0)
		return &qn_error_no_memory;
	QN_TRY(write_names(bench, mangled));
	error = system(command) == 0 ? load_names(bench, mangled, demangled) : NULL;
	unlink(mangled);
	unlink(demangled);
	return error;
}

/* --- What was found --- */

/* The number with which the file's name begins. */
static struct qn_error *variant_of_source(const struct bench *bench, struct qn_text path, size_t *ret)
{
	struct qn_text name = qn_text_from(path, qn_text_rfind(path, QN_TEXT("/")) + 1);
	uint64_t number;

	if (!qn_text_to_u64(qn_text_first(name, 6), &number) || number >= bench->count)
		return qn_error_create(QN_ERROR_NOT_FOUND, "%.*s is no variant", QN_ARG(path));
	*ret = number;
	return NULL;
}

static struct qn_error *add_finding(struct bench *bench, const struct qn_query_signature *signature,
				    size_t variant)
{
	struct qn_finding *last = bench->findings_count ? &bench->findings[bench->findings_count - 1] : NULL;

	/* A second occurrence in the same file says nothing new. */
	for (; last && last >= bench->findings && qn_text_equal(last->signature, signature->row.id); last--)
		if (last->variant == variant)
			return NULL;
	QN_TRY(qn_array_reserve(&bench->findings, &bench->findings_capacity, bench->findings_count + 1,
				sizeof(*bench->findings)));
	bench->findings[bench->findings_count++] =
		(struct qn_finding){.variant = variant,
				    .signature = qn_arena_copy(&bench->arena, signature->row.id),
				    .family = qn_arena_copy(&bench->arena, signature->row.family),
				    .title = qn_arena_copy(&bench->arena, signature->row.title)};
	bench->variants[variant].findings++;
	return qn_arena_check(&bench->arena);
}

static struct qn_error *read_signature(struct bench *bench, struct qn_store *store, const size_t *by_source,
				       const struct qn_query_signature *signature)
{
	struct qn_query_occurrence *occurrences;
	size_t count;

	if (qn_text_equal(signature->row.kind, QN_TEXT("error")))
		return NULL;
	QN_TRY(qn_query_occurrences(store, &bench->arena, signature->row.id, 0, &occurrences, &count));
	for (size_t i = 0; i < count; i++) {
		QN_TRY(add_finding(bench, signature, by_source[occurrences[i].row.source]));
		for (size_t k = 0; k < occurrences[i].also_count; k++)
			QN_TRY(add_finding(bench, signature, by_source[occurrences[i].also[k].source]));
	}
	return NULL;
}

static struct qn_error *read_findings(struct bench *bench, struct qn_store *store)
{
	struct qn_query_signature *signatures;
	struct qn_query_source *sources;
	_cleanup_free_ size_t *by_source = NULL;
	size_t sources_count, count, ids = 0;

	QN_TRY(qn_query_sources(store, &bench->arena, &sources, &sources_count));
	for (size_t i = 0; i < sources_count; i++)
		ids = (size_t)sources[i].id > ids ? (size_t)sources[i].id : ids;
	by_source = calloc(ids + 1, sizeof(*by_source));
	if (!by_source)
		return &qn_error_no_memory;
	for (size_t i = 0; i < sources_count; i++)
		QN_TRY(variant_of_source(bench, sources[i].row.path, &by_source[sources[i].id]));
	QN_TRY(qn_query_signatures(store, &bench->arena, &signatures, &count));
	for (size_t i = 0; i < count; i++)
		QN_TRY(read_signature(bench, store, by_source, &signatures[i]));
	return NULL;
}

static struct qn_error *collect(struct bench *bench)
{
	_cleanup_(qn_store_close_guard) struct qn_store *store = NULL;

	QN_TRY(qn_bench_collect(bench->source, bench->folder, 0, &store));
	return read_findings(bench, store);
}

/* --- The whole --- */

static void remove_variants(struct bench *bench)
{
	if (bench->options.keep)
		return;
	for (size_t i = 0; i < bench->count; i++)
		unlink(variant_path(bench, i));
	rmdir(bench->folder);
}

static struct qn_error *measure(struct bench *bench)
{
	struct qn_error *error = spell_names(bench);

	if (!error)
		error = make_variants(bench);
	if (!error)
		error = collect(bench);
	remove_variants(bench);
	return error;
}

static struct qn_error *make_folder(struct bench *bench)
{
	struct qn_text path = qn_arena_printf(&bench->arena, "accuracy-%ld.tmp", (long)getpid());

	QN_TRY(qn_arena_check(&bench->arena));
	bench->folder = bench->options.keep ? (char *)bench->options.keep : (char *)path.data;
	if (mkdir(bench->folder, 0777) != 0 && errno != EEXIST)
		return qn_error_system(errno, "%s", bench->folder);
	return NULL;
}

static struct qn_error *run(struct bench *bench, bool *ret_passed)
{
	struct qn_text corpus = qn_arena_printf(&bench->arena, "%s/../shared/corpus", bench->source);
	struct qn_text truth = qn_arena_printf(&bench->arena, "%s/tests/corpus.tsv", bench->source);
	struct qn_report_input input;
	struct qn_speed_figures speed = {0};

	QN_TRY(qn_arena_check(&bench->arena));
	QN_TRY(qn_excerpts_load(&bench->excerpts, truth.data, corpus.data));
	QN_TRY(make_folder(bench));
	QN_TRY(measure(bench));
	if (bench->options.is_full)
		QN_TRY(qn_bench_speed(bench->source, SPEED_BYTES, &speed));
	input = (struct qn_report_input){.speed = &speed,
					 .variants = bench->variants,
					 .count = bench->count,
					 .findings = bench->findings,
					 .findings_count = bench->findings_count,
					 .options = &bench->options,
					 .source = bench->source};
	return qn_bench_print(&input, ret_passed);
}

static bool read_options(int argc, char **argv, struct qn_bench_options *ret)
{
	for (int i = 1; i < argc; i++) {
		struct qn_text option = qn_text_of(argv[i]);

		if (qn_text_equal(option, QN_TEXT("--full")))
			ret->is_full = true;
		else if (qn_text_equal(option, QN_TEXT("--verbose")))
			ret->is_verbose = true;
		else if (qn_text_equal(option, QN_TEXT("--keep")) && i + 1 < argc)
			ret->keep = argv[++i];
		else if (qn_text_equal(option, QN_TEXT("--generate")) && i + 2 < argc) {
			ret->generate = argv[++i];
			if (!qn_text_to_u64(qn_text_of(argv[++i]), &ret->generate_bytes))
				return false;
		} else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct qn_error *error = NULL;
	_cleanup_(bench_deinit) struct bench bench = {0};
	_cleanup_free_ char *index = NULL;
	bool passed = true;
	uint64_t stacks;

	if (!read_options(argc, argv, &bench.options)) {
		fputs("accuracy [--full] [--verbose] [--keep FOLDER] [--generate FILE BYTES]\n", stderr);
		return 2;
	}
	bench.source = getenv("QN_SRCDIR") ? getenv("QN_SRCDIR") : (char *)".";
	if (asprintf(&index, "%s/../shared/corpus/index.tsv", bench.source) < 0)
		return 1;
	if (bench.options.generate) {
		error = qn_stacks_generate(bench.options.generate, bench.options.generate_bytes, &stacks);
	} else if (access(index, R_OK) != 0) {
		puts("1..0 # SKIP ../shared/corpus is not beside the source tree");
	} else {
		error = run(&bench, &passed);
	}
	if (error)
		fprintf(stderr, "accuracy: %s\n", error->message);
	return error || !passed;
}
