/* Functions, inlines and lines at every address of real programs, in all forms of DWARF; addr2line and gdb
 * are the judges. */
#include "support/symbolized.h"

/* Addresses of the functions of the program itself: from the lowest to the highest symbol in `nm`. */
static size_t find_addresses(const char *binary, uint64_t *ret, size_t max)
{
	char *command, *text;
	size_t count = 0;

	assert_true(asprintf(&command,
			     "nm -S --defined-only %s.bin | awk '$3 ~ /[tTwW]/ && NF == 4 && $4 !~ "
			     "/^_start|^_init|^_fini/ "
			     "{ print $1, $2 }'",
			     binary) > 0);
	text = qn_run_in(folder, command);
	free(command);
	assert_non_null(text);
	for (char *at = text; *at;) {
		uint64_t start = strtoull(at, &at, 16), size = strtoull(at, &at, 16);

		for (uint64_t i = 0; i < size && count < max; i += 3)
			ret[count++] = start + i;
		while (*at == '\n')
			at++;
	}
	free(text);
	return count;
}

static char *ask(const char *binary, const char *question, const uint64_t *addresses, size_t count)
{
	struct qn_buffer input = {0};
	char *command, *text;

	for (size_t i = 0; i < count; i++)
		qn_buffer_printf(&input, strchr(question, '*') ? "info line *0x%jx\n" : "0x%jx\n",
				 (uintmax_t)addresses[i]);
	qn_folder_write(folder, "questions", input.data, input.len);
	qn_buffer_deinit(&input);
	assert_true(asprintf(&command,
			     question[0] == '*' ? "%s -x questions %s.bin" : "%s %s.bin < questions",
			     question + (question[0] == '*'), binary) > 0);
	text = qn_run_in(folder, command);
	free(command);
	return text;
}

/* "ADDRESS NAME FILE:LINE ..." of one address, as addr2line prints it in several lines.
 * @is_short  without folders, in which two builds differ */
static void describe(struct program *program, uint64_t address, bool is_short, struct qn_buffer *ret)
{
	struct qn_core_frame frames[QN_CODE_FUNCTIONS_MAX];
	size_t count;

	assert_no_error(qn_code_find(program->code, address, frames, &count));
	qn_buffer_printf(ret, "0x%016jx\n", (uintmax_t)address);
	for (size_t i = 0; i < count; i++) {
		struct qn_text file = frames[i].file;
		size_t slash = is_short ? qn_text_rfind(file, QN_TEXT("/")) : SIZE_MAX;

		assert_int_equal(frames[i].is_inlined, i + 1 < count);
		file = qn_text_from(file, slash == SIZE_MAX ? 0 : slash);
		qn_buffer_printf(ret, "%.*s\n%.*s:%u\n", QN_ARG(frames[i].name), QN_ARG(file),
				 frames[i].line);
	}
}

static bool has_form(const char *name)
{
	char *path;
	bool has;

	assert_true(asprintf(&path, "%s/%s.bin", folder, name) > 0);
	has = access(path, R_OK) == 0;
	free(path);
	return has;
}

static void open_form(const char *name, struct program *program)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s.bin", folder, name) > 0);
	assert_true(program_open(program, path));
	free(path);
}

/* The next line of *@at, ended by NUL. */
static char *take_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (end) {
		*end = '\0';
		*at = end + 1;
	} else {
		*at = line + strlen(line);
	}
	return line;
}

/* addr2line tells the same functions, and the same place of each call; it may know names only unqualified,
 * and chooses another of several rows at one address (gdb judges those). */
static void compare_inlines(const char *form, char *mine, char *theirs)
{
	while (*mine) {
		char *a = take_line(&mine), *b = take_line(&theirs);
		bool is_first = true;

		assert_string_equal(a, b);
		while (*mine && strncmp(mine, "0x", 2) != 0) {
			char *name = take_line(&mine), *name_there = take_line(&theirs);
			char *place = take_line(&mine), *place_there = take_line(&theirs);
			char *note = strstr(place_there, " (discriminator");
			size_t len = strlen(name), len_there;

			if (note)
				*note = '\0';
			if (strncmp(name_there, "0x", 2) == 0)
				fail_msg("%s: %s: addr2line knows fewer functions: %s %s", form, a, name,
					 place);
			bool is_inlined = *mine && strncmp(mine, "0x", 2) != 0;

			/* For the innermost one it takes the ELF symbol, though that is of the function
			 * around it, where DWARF has no linkage name. */
			if (is_first && is_inlined && strncmp(name, "_Z", 2) != 0)
				name_there = name;
			/* And the other way round: for the function around it DWARF's name. */
			if (!is_inlined && strncmp(name, "_Z", 2) == 0 && strncmp(name_there, "_Z", 2) != 0) {
				name_there[strcspn(name_there, "<(")] = '\0';
				if (strstr(name, name_there))
					name_there = name;
			}
			len_there = strlen(name_there);
			if (len < len_there || strcmp(name + len - len_there, name_there) != 0)
				fail_msg("%s: %s: function %s, addr2line says %s", form, a, name, name_there);
			if (!is_first && strcmp(place, place_there) != 0)
				fail_msg("%s: %s: call at %s, addr2line says %s", form, a, place,
					 place_there);
			is_first = false;
		}
		if (*theirs && strncmp(theirs, "0x", 2) != 0)
			fail_msg("%s: %s: addr2line knows more functions: %s", form, a, theirs);
	}
}

/* gdb's "Line 12 of "x.cpp" ..." for each address */
static void compare_lines(const char *form, struct program *program, const uint64_t *addresses, size_t count,
			  char *theirs)
{
	for (size_t i = 0; i < count; i++) {
		struct qn_core_frame frames[QN_CODE_FUNCTIONS_MAX];
		size_t frames_count;
		char *line = take_line(&theirs);
		unsigned number = 0;

		while (*line && strncmp(line, "Line ", 5) != 0 && strncmp(line, "No line", 7) != 0)
			line = take_line(&theirs);
		assert_true(*line);
		(void)sscanf(line, "Line %u of", &number);
		assert_no_error(qn_code_find(program->code, addresses[i], frames, &frames_count));
		if (frames[0].line != number)
			fail_msg("%s: 0x%jx: line %u, gdb says: %s", form, (uintmax_t)addresses[i],
				 frames[0].line, line);
	}
}

#define ADDRESSES_MAX 1500U

static void check_form(const struct form *form)
{
	static uint64_t addresses[ADDRESSES_MAX];
	struct qn_buffer mine = {0}, other = {0};
	struct program program;
	size_t count = find_addresses(form->name, addresses, ADDRESSES_MAX);
	char *theirs;

	assert_true(count > 40);
	open_form(form->name, &program);
	for (size_t i = 0; i < count; i++)
		describe(&program, addresses[i], form->same_as != NULL, &mine);
	if (form->same_as) {
		struct program plain;

		open_form(form->same_as, &plain);
		for (size_t i = 0; i < count; i++)
			describe(&plain, addresses[i], true, &other);
		program_close(&plain);
		assert_string_equal(mine.data, other.data);
	} else {
		theirs = ask(form->name, "addr2line -a -i -f -e", addresses, count);
		assert_non_null(theirs);
		compare_inlines(form->name, mine.data, theirs);
		free(theirs);
	}
	theirs = ask(form->name, "*gdb -nx -batch", addresses, count);
	if (theirs)
		compare_lines(form->name, &program, addresses, count, theirs);
	free(theirs);
	program_close(&program);
	qn_buffer_deinit(&mine);
	qn_buffer_deinit(&other);
}

static void functions_calls_and_lines_are_those_of_the_judges(void **state)
{
	size_t checked = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (!has_form(forms[i].name)) {
			print_message("# %s: cannot be built here\n", forms[i].name);
			continue;
		}
		check_form(&forms[i]);
		checked++;
	}
	assert_true(checked > 0);
}

/* A name put together from DWARF compares equal to the mangled one of the same function. */
static void names_from_dwarf_have_the_key_of_the_mangled_ones(void **state)
{
	static const struct {
		const char *built, *mangled;
	} pairs[] = {
		{"ns::(anonymous namespace)::in2", "_ZN2ns12_GLOBAL__N_13in2Ei"},
		{"ns::K::m::{lambda()}::operator()", "_ZZN2ns1K1mEiENKUliE_clEi"},
		{"ns::K::st::Loc::f", "_ZZN2ns1K2stEPKmEN3Loc1fEv"},
		{"ns::(anonymous namespace)::Box<int>::go",
		 "_ZN2ns12_GLOBAL__N_13BoxIiE2goERKSt6vectorIiSaIiEE"},
	};
	struct qn_arena arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct qn_frame_name built, mangled;

		qn_frame_name_read(&arena, qn_text_of(pairs[i].built), (struct qn_text){0}, &built);
		qn_frame_name_read(&arena, qn_text_of(pairs[i].mangled), (struct qn_text){0}, &mangled);
		assert_text(built.key, qn_arena_printf(&arena, "%.*s", QN_ARG(mangled.key)).data);
	}
	qn_arena_deinit(&arena);
}

static bool knows_name(const char *form, const char *wanted)
{
	static uint64_t addresses[ADDRESSES_MAX];
	size_t count = find_addresses(form, addresses, ADDRESSES_MAX);
	struct program program;
	bool knows = false;

	open_form(form, &program);
	for (size_t i = 0; i < count; i++) {
		struct qn_core_frame frames[QN_CODE_FUNCTIONS_MAX];
		size_t frames_count;

		assert_no_error(qn_code_find(program.code, addresses[i], frames, &frames_count));
		for (size_t j = 0; j < frames_count; j++)
			knows |= qn_text_equal(frames[j].name, qn_text_of(wanted));
	}
	program_close(&program);
	return knows;
}

static void inlined_functions_without_linkage_name_get_their_whole_name(void **state)
{
	(void)state;
	if (!has_form("gcc5"))
		qn_skip("the program could not be built");
	assert_true(knows_name("gcc5", "ns::(anonymous namespace)::in2"));
	assert_true(knows_name("gcc5", "ns::(anonymous namespace)::Box<int>::go"));
	assert_true(knows_name("gcc5", "helper"));
	assert_true(knows_name("gcc5", "twice"));
	assert_true(knows_name("gcc5", "main"));
	assert_false(knows_name("gcc5", "main.cold"));
}

static void without_dwarf_there_are_symbols_and_without_symbols_nothing(void **state)
{
	struct program program;
	struct qn_core_frame frames[QN_CODE_FUNCTIONS_MAX];
	uint64_t addresses[ADDRESSES_MAX];
	size_t count;
	char *path;

	(void)state;
	if (!has_form("gcc5"))
		qn_skip("the program could not be built");
	(void)find_addresses("gcc5", addresses, ADDRESSES_MAX);
	assert_true(
		qn_run_quietly(folder, "strip -g -o nodebug.bin gcc5.bin && strip -s -o bare.bin gcc5.bin"));
	open_form("nodebug", &program);
	assert_no_error(qn_code_find(program.code, addresses[20], frames, &count));
	assert_int_equal(count, 1);
	assert_true(frames[0].name.len > 0);
	assert_int_equal(frames[0].line, 0);
	program_close(&program);
	assert_true(asprintf(&path, "%s/bare.bin", folder) > 0);
	assert_true(program_open(&program, path));
	free(path);
	assert_no_error(qn_code_find(program.code, addresses[20], frames, &count));
	assert_int_equal(count, 1);
	assert_int_equal(frames[0].name.len, 0);
	program_close(&program);
}

/* Where the sections with debug information lie in the file. */
struct piece {
	size_t offset, size;
};

static size_t find_debug_sections(const char *name, struct piece *ret, size_t max)
{
	char *command, *text, *at;
	size_t count = 0;

	assert_true(asprintf(&command,
			     "readelf -SW %s.bin | sed 's/^ *\\[ *[0-9]*\\]//' | awk '$1 ~ "
			     "/^.debug_(info|abbrev|line|str_offsets|rnglists|addr)$/ { print $4, $5 }'",
			     name) > 0);
	text = qn_run_in(folder, command);
	free(command);
	assert_non_null(text);
	for (at = text; *at && count < max; count++) {
		ret[count].offset = strtoul(at, &at, 16);
		ret[count].size = strtoul(at, &at, 16);
		while (*at == '\n')
			at++;
	}
	free(text);
	return count;
}

#define FLIP_ROUNDS 300U
#define FLIP_SECONDS 120U

static void damaged_dwarf_never_hangs_or_fails(void **state)
{
	struct piece pieces[8];
	uint64_t addresses[ADDRESSES_MAX], random = 20261123;
	size_t pieces_count, count, size;
	char *path, *data;
	FILE *file;

	(void)state;
	if (!has_form("gcc5"))
		qn_skip("the program could not be built");
	count = find_addresses("gcc5", addresses, ADDRESSES_MAX);
	pieces_count = find_debug_sections("gcc5", pieces, 8);
	assert_true(pieces_count >= 3);
	assert_true(asprintf(&path, "%s/gcc5.bin", folder) > 0);
	file = fopen(path, "r");
	free(path);
	assert_non_null(file);
	data = malloc(1U << 22);
	assert_non_null(data);
	size = fread(data, 1, 1U << 22, file);
	fclose(file);
	alarm(FLIP_SECONDS); /* a hang ends the test */
	for (unsigned round = 0; round < FLIP_ROUNDS; round++) {
		struct program program;
		unsigned flips = 1 + round % 20;
		size_t places[20];
		char old[20];

		for (unsigned i = 0; i < flips; i++) {
			const struct piece *piece;

			random = random * 6364136223846793005U + 1442695040888963407U;
			piece = &pieces[(random >> 33) % pieces_count];
			random = random * 6364136223846793005U + 1442695040888963407U;
			places[i] = piece->offset + (random >> 20) % piece->size;
			old[i] = data[places[i]];
			data[places[i]] = (char)(random >> 55);
		}
		qn_folder_write(folder, "damaged.bin", data, size);
		open_form("damaged", &program);
		for (size_t i = round % 7; i < count; i += 7) {
			struct qn_core_frame frames[QN_CODE_FUNCTIONS_MAX];
			size_t frames_count = 0;

			assert_no_error(qn_code_find(program.code, addresses[i], frames, &frames_count));
			assert_in_range(frames_count, 1, QN_CODE_FUNCTIONS_MAX);
		}
		program_close(&program);
		for (unsigned i = flips; i > 0; i--)
			data[places[i - 1]] = old[i - 1];
	}
	alarm(0);
	free(data);
}

static void the_smallest_span_that_holds_the_address_is_found(void **state)
{
	struct qn_spans spans = {0};

	(void)state;
	assert_no_error(qn_spans_add(&spans, 100, 200, 1));
	assert_no_error(qn_spans_add(&spans, 120, 130, 2));
	assert_no_error(qn_spans_add(&spans, 50, 60, 3));
	assert_no_error(qn_spans_add(&spans, 70, 70, 4)); /* empty */
	assert_no_error(qn_spans_add(&spans, 120, 130, 5));
	qn_spans_sort(&spans);
	assert_null(qn_spans_find(&spans, 49));
	assert_int_equal(qn_spans_find(&spans, 50)->value, 3);
	assert_null(qn_spans_find(&spans, 60));
	assert_null(qn_spans_find(&spans, 70));
	assert_int_equal(qn_spans_find(&spans, 119)->value, 1);
	assert_int_equal(qn_spans_find(&spans, 125)->value, 2);
	assert_int_equal(qn_spans_find(&spans, 130)->value, 1);
	assert_int_equal(qn_spans_find(&spans, 199)->value, 1);
	assert_null(qn_spans_find(&spans, 200));
	qn_spans_deinit(&spans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_span_that_holds_the_address_is_found),
		cmocka_unit_test(functions_calls_and_lines_are_those_of_the_judges),
		cmocka_unit_test(names_from_dwarf_have_the_key_of_the_mangled_ones),
		cmocka_unit_test(inlined_functions_without_linkage_name_get_their_whole_name),
		cmocka_unit_test(without_dwarf_there_are_symbols_and_without_symbols_nothing),
		cmocka_unit_test(damaged_dwarf_never_hangs_or_fails),
	};
	int failed;

	unsetenv("DEBUGINFOD_URLS");
	folder = qn_folder_make();
	qn_folder_write(folder, "x.cpp", source_cpp, sizeof(source_cpp) - 1);
	qn_folder_write(folder, "c.c", source_c, sizeof(source_c) - 1);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		(void)build(&forms[i]);
	if (!has_form("gcc5") && !has_form("clang5")) {
		printf("1..0 # SKIP no compiler\n");
		qn_folder_remove(folder);
		return 0;
	}
	failed = QN_RUN("symbolizer", tests);
	qn_folder_remove(folder);
	return failed;
}
