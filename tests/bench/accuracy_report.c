#include "bench/accuracy_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"

#include "base/banned.h"

#define FIGURES_MAX 16U

struct figure {
	const char *name;
	double value;
};

struct printer {
	const struct qn_report_input *input;
	const char *prefix; /* of each line that is for people */
	struct qn_arena arena;
	struct qn_item *signatures, *families; /* of all findings, then of files in which nothing was found */
	const struct qn_finding **origins;     /* of variant i: the finding of its excerpt; NULL: none */
	size_t items;
	struct figure figures[FIGURES_MAX];
	size_t figures_count;
};

static void add_figure(struct printer *printer, const char *name, double value)
{
	printer->figures[printer->figures_count++] = (struct figure){.name = name, .value = value};
}

static bool is_left_out(const struct qn_variant *variant, bool only_origins)
{
	return variant->mutator && (only_origins || variant->mutator->is_only_shown);
}

/* Findings first; then one item for each file of a bug in which none was found. */
static struct qn_error *make_items(struct printer *printer, bool only_origins)
{
	const struct qn_report_input *input = printer->input;
	size_t room = (input->findings_count + input->count + 1) * sizeof(struct qn_item);

	printer->items = 0;
	printer->signatures = qn_arena_alloc(&printer->arena, room);
	printer->families = qn_arena_alloc(&printer->arena, room);
	QN_TRY(qn_arena_check(&printer->arena));
	for (size_t i = 0; i < input->findings_count; i++) {
		const struct qn_finding *finding = &input->findings[i];
		const struct qn_variant *variant = &input->variants[finding->variant];
		struct qn_text group = variant->of->group;

		if (is_left_out(variant, only_origins))
			continue;
		printer->signatures[printer->items] = (struct qn_item){group, finding->signature};
		printer->families[printer->items++] = (struct qn_item){group, finding->family};
	}
	for (size_t i = 0; i < input->count; i++) {
		const struct qn_variant *variant = &input->variants[i];

		if (!variant->of->has_failure || variant->findings || is_left_out(variant, only_origins))
			continue;
		printer->signatures[printer->items] = (struct qn_item){.group = variant->of->group};
		printer->families[printer->items++] = (struct qn_item){.group = variant->of->group};
	}
	return NULL;
}

static struct qn_error *print_pairs(struct printer *printer, const char *title, bool only_origins,
				    const char *const names[4])
{
	struct qn_pair_counts signatures, families;

	QN_TRY(make_items(printer, only_origins));
	QN_TRY(qn_pairs_count(printer->signatures, printer->items, &signatures));
	QN_TRY(qn_pairs_count(printer->families, printer->items, &families));
	printf("%s%-22s %6zu failures %9ju pairs   signature %.4f / %.4f   family %.4f / %.4f\n",
	       printer->prefix, title, printer->items, (uintmax_t)signatures.same,
	       qn_pairs_precision(&signatures), qn_pairs_recall(&signatures), qn_pairs_precision(&families),
	       qn_pairs_recall(&families));
	add_figure(printer, names[0], qn_pairs_precision(&signatures));
	add_figure(printer, names[1], qn_pairs_recall(&signatures));
	add_figure(printer, names[2], qn_pairs_precision(&families));
	add_figure(printer, names[3], qn_pairs_recall(&families));
	return NULL;
}

/* --- Mutator by mutator: how many variants are what their excerpt is --- */

struct row {
	const struct qn_mutator *mutator;
	size_t variants, found, signature, family, extra;
};

static struct qn_error *find_origins(struct printer *printer)
{
	const struct qn_report_input *input = printer->input;

	printer->origins = qn_arena_alloc(&printer->arena, (input->count + 1) * sizeof(*printer->origins));
	QN_TRY(qn_arena_check(&printer->arena));
	for (size_t i = 0; i < input->findings_count; i++) {
		const struct qn_finding *finding = &input->findings[i];
		const struct qn_variant *origin = &input->variants[finding->variant];

		for (size_t k = 0; !origin->mutator && k < input->count; k++)
			if (input->variants[k].of == origin->of)
				printer->origins[k] = finding;
	}
	return NULL;
}

static void tell_variant(const struct printer *printer, size_t variant, const char *what)
{
	const struct qn_variant *of = &printer->input->variants[variant];
	const struct qn_finding *origin = printer->origins[variant];

	if (!printer->input->options->is_verbose)
		return;
	printf("%s%s: %06zu-%s-%.*s, of %.*s\n", printer->prefix, what, variant, of->mutator->name,
	       QN_ARG(of->of->file), QN_ARG(origin ? origin->title : QN_TEXT("-")));
	for (size_t i = 0; i < printer->input->findings_count; i++)
		if (printer->input->findings[i].variant == variant)
			printf("%s     %.*s %.*s %.*s\n", printer->prefix,
			       QN_ARG(printer->input->findings[i].signature),
			       QN_ARG(printer->input->findings[i].family),
			       QN_ARG(printer->input->findings[i].title));
}

/* Best of its findings: the others are counted as extra. */
static void count_variant(const struct printer *printer, size_t variant, struct row *row)
{
	const struct qn_report_input *input = printer->input;
	const struct qn_finding *origin = printer->origins[variant];
	bool is_signature = false, is_family = false;

	for (size_t i = 0; origin && i < input->findings_count; i++) {
		if (input->findings[i].variant != variant)
			continue;
		is_signature |= qn_text_equal(input->findings[i].signature, origin->signature);
		is_family |= qn_text_equal(input->findings[i].family, origin->family);
	}
	row->variants++;
	row->found += input->variants[variant].findings > 0;
	row->extra += input->variants[variant].findings > 1;
	row->signature += is_signature;
	row->family += is_family;
	if (!input->variants[variant].findings)
		tell_variant(printer, variant, "nothing found");
	else if (!is_family)
		tell_variant(printer, variant, "other family");
	else if (!is_signature)
		tell_variant(printer, variant, "other signature");
	else if (input->variants[variant].findings > 1)
		tell_variant(printer, variant, "more than one");
}

static void print_row(const struct printer *printer, const struct row *row)
{
	double of = row->variants ? (double)row->variants : 1;

	printf("%s%-22s %8zu %8.3f %10.3f %8.3f %8zu%s\n", printer->prefix, row->mutator->name, row->variants,
	       (double)row->found / of, (double)row->signature / of, (double)row->family / of, row->extra,
	       row->mutator->is_only_shown ? "  (no pairs)" : "");
}

static void print_mutators(const struct printer *printer)
{
	static const struct qn_mutator *const tables[] = {qn_mutators_text, qn_mutators_frames,
							  qn_mutators_names};

	printf("%s\n%s%-22s %8s %8s %10s %8s %8s\n", printer->prefix, printer->prefix, "same as the excerpt",
	       "variants", "found", "signature", "family", "several");
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (const struct qn_mutator *mutator = tables[t]; mutator->name; mutator++) {
			struct row row = {.mutator = mutator};

			for (size_t i = 0; i < printer->input->count; i++)
				if (printer->input->variants[i].mutator == mutator &&
				    printer->input->variants[i].of->has_failure)
					count_variant(printer, i, &row);
			if (row.variants)
				print_row(printer, &row);
		}
}

/* Texts of which it is known that nothing failed in them. */
static void print_false_failures(struct printer *printer)
{
	size_t count = 0, wrong = 0;

	for (size_t i = 0; i < printer->input->count; i++) {
		const struct qn_variant *variant = &printer->input->variants[i];

		if (variant->of->has_failure)
			continue;
		count++;
		wrong += variant->findings > 0;
		if (variant->findings && variant->mutator)
			tell_variant(printer, i, "nothing failed here");
	}
	printf("%s\n%sfailures found in texts without any: %zu of %zu texts\n", printer->prefix,
	       printer->prefix, wrong, count);
	add_figure(printer, "metamorphic.texts_without_false_failure",
		   count ? 1.0 - (double)wrong / (double)count : 1.0);
}

/* A family that two bugs share: named, because each is a mistake. */
static void print_mixed(const struct printer *printer)
{
	const struct qn_report_input *input = printer->input;

	for (size_t i = 0; input->options->is_verbose && i < input->findings_count; i++) {
		const struct qn_finding *a = &input->findings[i];

		for (size_t k = 0; k < i; k++) {
			const struct qn_finding *b = &input->findings[k];

			if (is_left_out(&input->variants[a->variant], false) ||
			    is_left_out(&input->variants[b->variant], false) ||
			    !qn_text_equal(a->family, b->family) ||
			    qn_text_equal(input->variants[a->variant].of->group,
					  input->variants[b->variant].of->group))
				continue;
			printf("%stwo bugs in one family%s: %.*s, %.*s: %06zu %06zu %.*s\n", printer->prefix,
			       qn_text_equal(a->signature, b->signature) ? " and signature" : "",
			       QN_ARG(input->variants[a->variant].of->file),
			       QN_ARG(input->variants[b->variant].of->file), a->variant, b->variant,
			       QN_ARG(a->title));
			break;
		}
	}
}

/* Seconds of one core, so that what else the machine does hardly matters. */
static void print_speed(struct printer *printer)
{
	const struct qn_speed_figures *speed = printer->input->speed;
	const struct qn_speed *const all[] = {&speed->reading, &speed->whole};
	static const char *const names[] = {"speed.stacks.mb_per_s", "speed.analyze.mb_per_s"};
	static const char *const titles[] = {"stacks read", "the same with the store"};

	for (size_t i = 0; i < 2 && speed->reading.bytes; i++) {
		double rate = (double)all[i]->bytes / 1e6 / all[i]->seconds;

		printf("%s%-24s %8.1f MB/s %10.0f stacks/s  (%ju stacks, %.1f MB, %.2f s of one core)\n",
		       printer->prefix, titles[i], rate, (double)all[i]->stacks / all[i]->seconds,
		       (uintmax_t)all[i]->stacks, (double)all[i]->bytes / 1e6, all[i]->seconds);
		add_figure(printer, names[i], rate);
	}
}

/* Grouping of messages whose templates are known: a figure of quality always, of speed in the full setting.
 */
static struct qn_error *print_templates(struct printer *printer)
{
	struct qn_template_figures figures;

	QN_TRY(qn_bench_templates(printer->input->source, printer->prefix, printer->input->options->is_full,
				  &figures));
	if (figures.systems == 0)
		return NULL;
	add_figure(printer, "templates.ga", figures.ga);
	add_figure(printer, "templates.fga", figures.fga);
	if (figures.megabytes_per_second > 0)
		add_figure(printer, "speed.templates.mb_per_s", figures.megabytes_per_second);
	return NULL;
}

/* --- Floors --- */

/* "corpus.family.recall 0.95": false when the file does not know the figure */
static bool find_floor(struct qn_text floors, const char *name, double *ret)
{
	struct qn_cursor cursor = qn_cursor_of(floors);
	struct qn_text line, word;

	while (qn_cursor_take_line(&cursor, &line)) {
		struct qn_cursor words = qn_cursor_of(line);
		char *end;

		if (!qn_cursor_take_until(&words, ' ', &word) || !qn_text_equal(word, qn_text_of(name)))
			continue;
		*ret = strtod(words.rest.data, &end);
		return end != words.rest.data;
	}
	return false;
}

static struct qn_error *compare_floors(struct printer *printer, bool *ret_passed)
{
	struct qn_text path =
		qn_arena_printf(&printer->arena, "%s/tests/bench/floors", printer->input->source);
	struct qn_text floors;
	size_t number = 0;

	QN_TRY(qn_arena_check(&printer->arena));
	QN_TRY(qn_excerpt_read_file(&printer->arena, path.data, &floors));
	*ret_passed = true;
	printf("1..%zu\n", printer->figures_count);
	for (size_t i = 0; i < printer->figures_count; i++) {
		const struct figure *figure = &printer->figures[i];
		double floor = 0;
		bool is_known = find_floor(floors, figure->name, &floor);
		bool is_held = is_known && figure->value >= floor - 1e-9;

		*ret_passed &= is_held;
		printf("%s %zu - %s is %.4f, %s %.4f\n", is_held ? "ok" : "not ok", ++number, figure->name,
		       figure->value, is_known ? "floor" : "no floor in tests/bench/floors,", floor);
	}
	return NULL;
}

static struct qn_error *print_all(struct printer *printer, bool *ret_passed)
{
	static const char *const corpus[] = {"corpus.signature.precision", "corpus.signature.recall",
					     "corpus.family.precision", "corpus.family.recall"};
	static const char *const variants[] = {"metamorphic.signature.precision",
					       "metamorphic.signature.recall", "metamorphic.family.precision",
					       "metamorphic.family.recall"};

	printf("%s%62s precision / recall      precision / recall\n", printer->prefix, "");
	QN_TRY(print_pairs(printer, "corpus", true, corpus));
	QN_TRY(print_pairs(printer, "metamorphic set", false, variants));
	QN_TRY(find_origins(printer));
	print_mutators(printer);
	print_mixed(printer);
	print_false_failures(printer);
	QN_TRY(print_templates(printer));
	print_speed(printer);
	return compare_floors(printer, ret_passed);
}

struct qn_error *qn_bench_print(const struct qn_report_input *input, bool *ret_passed)
{
	struct printer printer = {.input = input, .prefix = input->options->is_full ? "" : "# "};
	struct qn_error *error = print_all(&printer, ret_passed);

	qn_arena_deinit(&printer.arena);
	return error;
}
