/* The excerpts (../shared/corpus, beside the source tree where there is one), each stack of them seen in many
 * other ways: what comes of one stack must be one family (and mostly one signature), and nothing else in it.
 * Who is one failure with whom is the index's column `group`. */
#include <unistd.h>

#include "base/cleanup.h"
#include "support/crash_feed.h"
#include "support/profiles.h"

#define ITEMS_MAX 4096U
#define RECALL_FAMILY 0.95
#define RECALL_SIGNATURE 0.85

struct item {
	uint32_t label;
	const char *name; /* of the label */
	bool is_hard;     /* only its family is asked for */
	struct qn_profile profile;
};

struct set {
	struct qn_arena arena;
	struct qn_normalizer *normalizer;
	struct qn_weights *weights;
	struct item *items;
	size_t count;
	const char *name; /* of what is being added */
};

static void add(struct set *set, uint32_t label, bool is_hard, struct qn_stack stack)
{
	struct qn_frame *frames = qn_arena_alloc(&set->arena, (stack.frames_count + 1) * sizeof(*frames));

	assert_non_null(frames);
	assert_true(set->count < ITEMS_MAX);
	if (stack.frames_count)
		memcpy(frames, stack.frames, stack.frames_count * sizeof(*frames));
	stack.frames = frames;
	stack.executor = (struct qn_executor){0};
	set->items[set->count++] = (struct item){
		label, set->name, is_hard, make_profile(&set->arena, set->normalizer, set->weights, stack)};
}

/* The first frame of the application that is no inlined one; SIZE_MAX: none. */
static size_t first_solid(const struct qn_stack *stack)
{
	for (size_t i = 0; i < stack->frames_count; i++)
		if (stack->frames[i].role == QN_ROLE_USER && !stack->frames[i].is_inlined)
			return i;
	return SIZE_MAX;
}

static struct qn_stack other_addresses(struct qn_arena *arena, const struct qn_stack *stack, uint64_t by)
{
	struct qn_stack copy = *qn_stack_copy(arena, stack);

	for (size_t i = 0; i < copy.frames_count; i++)
		if (copy.frames[i].pc)
			copy.frames[i].pc += by;
	return copy;
}

static struct qn_stack without_inlined(struct qn_arena *arena, const struct qn_stack *stack)
{
	struct qn_stack copy = *qn_stack_copy(arena, stack);
	size_t kept = 0;

	for (size_t i = 0; i < copy.frames_count; i++)
		if (!copy.frames[i].is_inlined)
			copy.frames[kept++] = copy.frames[i];
	copy.frames_count = kept;
	return copy;
}

/* Names as a demangler gives them, with other lambda numbers. */
static struct qn_stack demangled(struct qn_arena *arena, const struct qn_stack *stack)
{
	struct qn_stack copy = *qn_stack_copy(arena, stack);

	for (size_t i = 0; i < copy.frames_count; i++)
		if (!copy.frames[i].is_go && copy.frames[i].role == QN_ROLE_USER)
			copy.frames[i].raw = qn_arena_printf(arena, "%.*s(int, char const*) [clone .isra.0]",
							     QN_ARG(copy.frames[i].function));
	return copy;
}

static struct qn_stack with_frame(struct qn_arena *arena, const struct qn_stack *stack, size_t at,
				  const char *name)
{
	struct qn_stack copy = *qn_stack_copy(arena, stack);
	struct qn_frame *frames = qn_arena_alloc(arena, (copy.frames_count + 1) * sizeof(*frames));

	memcpy(frames, copy.frames, at * sizeof(*frames));
	frames[at] = (struct qn_frame){.raw = qn_text_of(name), .pc = 77};
	memcpy(frames + at + 1, copy.frames + at, (copy.frames_count - at) * sizeof(*frames));
	copy.frames = frames;
	copy.frames_count++;
	return copy;
}

/* C's own frames only: the Go frames below are cut off. */
static struct qn_stack without_go(struct qn_arena *arena, const struct qn_stack *stack)
{
	struct qn_stack copy = *qn_stack_copy(arena, stack);
	size_t kept = 0;

	for (size_t i = 0; i < copy.frames_count; i++)
		if (!copy.frames[i].is_go)
			copy.frames[kept++] = copy.frames[i];
	copy.frames_count = kept;
	return copy;
}

/* One name is lost but for its last part, or has a letter misread. */
static struct qn_stack renamed(struct qn_arena *arena, const struct qn_stack *stack, size_t at,
			       bool is_misread)
{
	struct qn_stack copy = *qn_stack_copy(arena, stack);
	struct qn_text name = qn_arena_copy(arena, copy.frames[at].function);
	size_t colons = qn_text_rfind(name, QN_TEXT("::"));

	if (is_misread)
		((char *)name.data)[name.len / 2] = 'x';
	else if (colons != SIZE_MAX)
		name = qn_text_from(name, colons + 2);
	copy.frames[at].raw = name;
	return copy;
}

/* Frames of C++ that tell: with fewer, a changed one cannot be told from another failure. */
static size_t count_firm(const struct qn_profile *profile)
{
	size_t count = 0;

	for (size_t i = 0; i < profile->count && !profile->is_go; i++)
		count += profile->frames[i].weight >= QN_WEIGHT_FIRM && !profile->frames[i].is_inlined;
	return count;
}

static void add_hard_variants(struct set *set, uint32_t label, const struct qn_stack *stack, size_t top)
{
	size_t firm = count_firm(&set->items[set->count - 1].profile);

	if (firm < 1)
		return;
	add(set, label, false, without_go(&set->arena, stack));
	if (firm < 3)
		return;
	add(set, label, true, renamed(&set->arena, stack, top, false));
	add(set, label, true, renamed(&set->arena, stack, top, true));
}

static void add_variants(struct set *set, uint32_t label, const struct qn_stack *stack)
{
	size_t top = first_solid(stack), cuts[] = {1, 2, 4, 8};
	struct qn_stack copy;

	add(set, label, false, *qn_stack_copy(&set->arena, stack));
	add(set, label, false, other_addresses(&set->arena, stack, 0x1000));
	add(set, label, false, other_addresses(&set->arena, stack, 0x7f0000));
	add(set, label, false, without_inlined(&set->arena, stack));
	add(set, label, false, demangled(&set->arena, stack));
	copy = demangled(&set->arena, stack);
	add(set, label, false, without_inlined(&set->arena, &copy));
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts) && top != SIZE_MAX; i++) {
		copy = *qn_stack_copy(&set->arena, stack);
		if (copy.frames_count > top + cuts[i])
			copy.frames_count = top + cuts[i];
		add(set, label, false, copy);
		add(set, label, false, without_inlined(&set->arena, &copy));
	}
	if (top != SIZE_MAX)
		add_hard_variants(set, label, stack, top);
	/* Nothing but plumbing, or Go frames below C, are a family of their own whatever is lost. */
	if (!set->items[set->count - 1].profile.count || !stack->signal.len || stack->kind == QN_KIND_ABORT)
		return;
	copy = *qn_stack_copy(&set->arena, stack);
	copy.signal = QN_TEXT("");
	copy.message = QN_TEXT("");
	if (set->items[set->count - 1].profile.frames[0].weight >= QN_WEIGHT_FIRM)
		add(set, label, true, copy);
	if (set->items[set->count - 1].profile.count > 3 &&
	    set->items[set->count - 1].profile.frames[1].weight >= QN_WEIGHT_FIRM && top != SIZE_MAX)
		add(set, label, true,
		    with_frame(&set->arena, stack, top + 1, "milvus::detail::Forward::call"));
}

static char *read_whole(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "rb");
	char *data = calloc(1, 1U << 20);

	assert_non_null(file);
	assert_non_null(data);
	assert_true(fread(data, 1, (1U << 20) - 1, file) > 0);
	return data;
}

/* The first stack of an excerpt that dies where @at does: the same failure, once more. */
static size_t first_alike(const struct feed *feed, size_t at)
{
	const struct qn_stack *stack = feed->stacks[at];

	for (size_t i = 0; i < at; i++)
		if (feed->stacks[i]->kind == stack->kind &&
		    qn_text_equal(feed->stacks[i]->message, stack->message) &&
		    feed->stacks[i]->frames_count == stack->frames_count)
			return i;
	return at;
}

static void load_excerpt(struct set *set, struct qn_map *labels, struct qn_text name, struct qn_text group)
{
	char path[4096], *text;
	struct feed feed;

	snprintf(path, sizeof(path), "%s/../shared/corpus/excerpts/%.*s", qn_srcdir(), QN_ARG(name));
	text = read_whole(path);
	feed_init(&feed);
	qn_stack_reader_destroy(feed.reader);
	qn_normalizer_destroy(feed.normalizer);
	feed.normalizer = qn_shipped_normalizer();
	assert_no_error(qn_stack_reader_create(feed.normalizer, keep, &feed, &feed.reader));
	feed_source(&feed, qn_text_of(text));
	for (size_t i = 0; i < feed.count && i < FEED_STACKS_MAX; i++) {
		size_t first = first_alike(&feed, i);
		struct qn_text key = qn_arena_printf(&set->arena, "%.*s/%zu%c", QN_ARG(group), first, 0);
		uintptr_t label = (uintptr_t)qn_map_find(labels, key);

		set->name = key.data;
		if (!label) {
			label = labels->count + 1;
			assert_no_error(qn_map_put(labels, key, (void *)label)); /* NOLINT: a number */
		}
		if (feed.stacks[i]->kind != QN_KIND_ERROR)
			add_variants(set, (uint32_t)label, qn_stack_copy(&set->arena, feed.stacks[i]));
	}
	feed_deinit(&feed);
	free(text);
}

static void load(struct set *set)
{
	struct qn_map labels = {0};
	char path[4096], *index;
	struct qn_cursor lines;
	struct qn_text line, name, group = {0};

	snprintf(path, sizeof(path), "%s/../shared/corpus/index.tsv", qn_srcdir());
	index = read_whole(path);
	lines = qn_cursor_of(qn_text_of(index));
	assert_true(qn_cursor_take_line(&lines, &line)); /* the head */
	while (qn_cursor_take_line(&lines, &line)) {
		struct qn_cursor cells = qn_cursor_of(line);

		assert_true(qn_cursor_take_until(&cells, '\t', &name));
		for (unsigned i = 0; i < 6; i++)
			assert_true(qn_cursor_take_until(&cells, '\t', &group));
		load_excerpt(set, &labels, name, group);
	}
	qn_map_deinit(&labels);
	free(index);
}

static int compare_items(const void *a, const void *b)
{
	return qn_text_compare(((const struct item *)a)->profile.id, ((const struct item *)b)->profile.id);
}

/* One profile for each signature, by id: the one with most frames, as the store chooses. */
static size_t choose_profiles(struct set *set, struct qn_profile *profiles, size_t *profile_of)
{
	size_t count = 0;

	qsort(set->items, set->count, sizeof(*set->items), compare_items);
	for (size_t i = 0; i < set->count; i++) {
		const struct qn_profile *profile = &set->items[i].profile;

		if (!count || !qn_text_equal(profiles[count - 1].id, profile->id))
			profiles[count++] = *profile;
		else if (profile->count > profiles[count - 1].count)
			profiles[count - 1] = *profile;
		profile_of[i] = count - 1;
	}
	return count;
}

struct score {
	size_t alike, both,
		joined; /* pairs that are one failure; found so; found so whether or not they are */
};

static void measure(const struct set *set, const size_t *family, bool has_hard, struct score *ret)
{
	for (size_t i = 0; i < set->count; i++)
		for (size_t k = i + 1; k < set->count; k++) {
			bool is_one = set->items[i].label == set->items[k].label;

			if (!has_hard && (set->items[i].is_hard || set->items[k].is_hard))
				continue;
			ret->alike += is_one;
			ret->joined += family[i] == family[k];
			ret->both += is_one && family[i] == family[k];
			if (getenv("QN_MISSED") && family[i] != family[k] && is_one)
				print_message("missed: %s %.*s %.*s\n", set->items[i].name,
					      QN_ARG(set->items[i].profile.id),
					      QN_ARG(set->items[k].profile.id));
			if (family[i] == family[k] && !is_one)
				print_message("joined: %s %.*s and %s %.*s\n", set->items[i].name,
					      QN_ARG(set->items[i].profile.id), set->items[k].name,
					      QN_ARG(set->items[k].profile.id));
		}
}

static void stacks_seen_in_other_ways_are_one_family(void **state)
{
	struct set set = {.items = calloc(ITEMS_MAX, sizeof(*set.items)),
			  .normalizer = qn_shipped_normalizer(),
			  .weights = shipped_weights()};
	struct qn_profile *profiles = calloc(ITEMS_MAX, sizeof(*profiles));
	size_t *profile_of = calloc(ITEMS_MAX, sizeof(*profile_of)), count;
	struct score signatures = {0}, families = {0};
	struct qn_group_member *members;

	(void)state;
	assert_true(set.items && profiles && profile_of);
	load(&set);
	count = choose_profiles(&set, profiles, profile_of);
	measure(&set, profile_of, false, &signatures);
	assert_no_error(qn_grouping_find(&set.arena, profiles, count, &members));
	for (size_t i = 0; i < set.count; i++)
		profile_of[i] = members[profile_of[i]].family;
	measure(&set, profile_of, true, &families);
	print_message(
		"%zu stacks; signatures: precision %.4f recall %.4f; families: precision %.4f recall %.4f\n",
		set.count, (double)signatures.both / (double)signatures.joined,
		(double)signatures.both / (double)signatures.alike,
		(double)families.both / (double)families.joined,
		(double)families.both / (double)families.alike);
	assert_int_equal(signatures.both, signatures.joined);
	assert_int_equal(families.both, families.joined);
	assert_true((double)signatures.both >= RECALL_SIGNATURE * (double)signatures.alike);
	assert_true((double)families.both >= RECALL_FAMILY * (double)families.alike);
	qn_arena_deinit(&set.arena);
	qn_weights_destroy(set.weights);
	qn_normalizer_destroy(set.normalizer);
	free(set.items);
	free(profiles);
	free(profile_of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stacks_seen_in_other_ways_are_one_family)};
	char path[4096];

	snprintf(path, sizeof(path), "%s/../shared/corpus/index.tsv", qn_srcdir());
	if (access(path, R_OK) != 0) {
		printf("1..0 # SKIP no excerpts beside the source tree\n");
		return 0;
	}
	return QN_RUN("family_corpus", tests);
}
