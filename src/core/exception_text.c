/* what() of an exception, out of its object: the code that would say it is not run. */
#include <inttypes.h>

#include "base/limits.h"
#include "core/last_words.h"

#include "base/banned.h"

#define BASES_MAX 64U /* looked at of one type, and their depth */
#define MEMBERS_MAX 64U

struct reader {
	const struct qn_core_file *file;
	struct qn_arena *arena;
	unsigned bases;
};

/* --- Texts as they lie in memory -------------------------------------------------------------------------
 */

static struct qn_text read_pointer(const struct reader *reader, uint64_t address)
{
	uint64_t string;

	if (!qn_core_file_read_dumped(reader->file, address, &string, sizeof(string)) || !string)
		return (struct qn_text){0};
	return qn_core_file_read_string(reader->file, reader->arena, string, QN_MESSAGE_BYTES_MAX);
}

/* libstdc++'s std::string: 0 data, 8 size, 16 capacity, or the characters themselves (up to 15) */
static struct qn_text read_string(const struct reader *reader, uint64_t address)
{
	uint64_t words[3];
	char end;

	if (!qn_core_file_read_dumped(reader->file, address, words, sizeof(words)) || !words[0] ||
	    words[1] > UINT64_C(1) << 40 ||
	    (words[0] == address + 16 ? words[1] > 15 : words[2] < words[1]) ||
	    !qn_core_file_read_dumped(reader->file, words[0] + words[1], &end, 1) || end)
		return (struct qn_text){0};
	return qn_core_file_read_string(reader->file, reader->arena, words[0],
					words[1] < QN_MESSAGE_BYTES_MAX ? (size_t)words[1]
									: QN_MESSAGE_BYTES_MAX);
}

/* filesystem_error: 32 pointer to two paths of 40 bytes and the text */
static struct qn_text read_file_error(const struct reader *reader, uint64_t address)
{
	uint64_t shared;

	if (!qn_core_file_read_dumped(reader->file, address + 32, &shared, sizeof(shared)) || !shared)
		return (struct qn_text){0};
	return read_string(reader, shared + 80);
}

static struct qn_text read_what(const struct reader *reader, uint64_t address)
{
	return read_pointer(reader, address + 8);
}

static const struct {
	const char *name;
	struct qn_text (*read)(const struct reader *reader, uint64_t address);
} readable[] = {
	{"PKc", read_pointer},
	{"Pc", read_pointer},
	{"Ss", read_pointer}, /* before C++11 */
	{"NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", read_string},
	{"NSt10filesystem7__cxx1116filesystem_errorE", read_file_error},
	{"NSt12experimental10filesystem2v17__cxx1116filesystem_errorE", read_file_error},
	/* both libraries: vtable, and a pointer to shared characters */
	{"St13runtime_error", read_what},
	{"St11logic_error", read_what},
	{"St18bad_variant_access", read_what},
};

static struct qn_text read_known(const struct reader *reader, struct qn_text name, uint64_t address)
{
	for (size_t i = 0; i < sizeof(readable) / sizeof(*readable); i++)
		if (qn_text_equal(name, qn_text_of(readable[i].name)))
			return readable[i].read(reader, address);
	return (struct qn_text){0};
}

/* --- Types whose words are always the same ---------------------------------------------------------------
 */

static const char *const fixed[][2] = {
	{"St9bad_alloc", "std::bad_alloc"},
	{"St20bad_array_new_length", "std::bad_array_new_length"},
	{"St8bad_cast", "std::bad_cast"},
	{"St10bad_typeid", "std::bad_typeid"},
	{"St13bad_exception", "std::bad_exception"},
	{"St9exception", "std::exception"},
	{"St17bad_function_call", "bad_function_call"},
	{"St12bad_weak_ptr", "bad_weak_ptr"},
	{"St12bad_any_cast", "bad any_cast"},
	{"St19bad_optional_access", "bad optional access"},
};

static struct qn_text find_fixed(struct qn_text name)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (qn_text_equal(name, qn_text_of(fixed[i][0])))
			return qn_text_of(fixed[i][1]);
	return (struct qn_text){0};
}

static struct qn_text read_number(const struct reader *reader, struct qn_text name, uint64_t address)
{
	static const struct {
		char letter;
		unsigned char size;
		bool is_signed;
	} numbers[] = {{'i', 4, true},  {'j', 4, false}, {'l', 8, true}, {'m', 8, false},
		       {'x', 8, true},  {'y', 8, false}, {'s', 2, true}, {'t', 2, false},
		       {'b', 1, false}, {'h', 1, false}, {'a', 1, true}};
	uint64_t value = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers) && name.len == 1; i++) {
		unsigned shift = 64 - numbers[i].size * 8U;

		if (name.data[0] != numbers[i].letter ||
		    !qn_core_file_read_dumped(reader->file, address, &value, numbers[i].size))
			continue;
		if (numbers[i].is_signed)
			return qn_arena_printf(reader->arena, "%" PRId64, (int64_t)(value << shift) >> shift);
		return qn_arena_printf(reader->arena, "%" PRIu64, value);
	}
	return (struct qn_text){0};
}

/* --- Base classes ----------------------------------------------------------------------------------------
 */

struct base {
	uint64_t type, address;
};

/* abi::__vmi_class_type_info: 16 flags, 20 count, from 24 pairs of type and offset. The offset's lowest bit:
 * a virtual base, which is found by the vtable; from bit 8 the number itself. */
static bool read_base(const struct reader *reader, struct base of, uint32_t index, struct base *ret)
{
	uint64_t pair[2], vtable;
	int64_t offset;

	if (!qn_core_file_read(reader->file, of.type + 24 + index * UINT64_C(16), pair, sizeof(pair)))
		return false;
	offset = (int64_t)pair[1] >> 8;
	if (pair[1] & 1 && (!qn_core_file_read_dumped(reader->file, of.address, &vtable, 8) ||
			    !qn_core_file_read(reader->file, vtable + (uint64_t)offset, &offset, 8)))
		return false;
	*ret = (struct base){pair[0], of.address + (uint64_t)offset};
	return true;
}

/* The bases of @of, into @ret; which class of type_info it is tells its form: one base is a pointer to a
 * type_info, several are flags (up to 3) and a count. */
static uint32_t list_bases(struct reader *reader, struct base of, struct base *ret)
{
	uint32_t several[2], count = 0;
	uint64_t single;

	if (!qn_core_file_read(reader->file, of.type + 16, &single, sizeof(single)))
		return 0;
	if (single > UINT64_C(0xffffffffff) || single % 8 == 0) {
		if (qn_type_info_name(reader->file, reader->arena, single).len) {
			ret[0] = (struct base){single, of.address};
			return 1;
		}
	}
	memcpy(several, &single, sizeof(several));
	if (several[0] > 3 || several[1] > BASES_MAX)
		return 0;
	for (uint32_t i = 0; i < several[1]; i++) {
		if (!read_base(reader, of, i, &ret[count]) ||
		    !qn_type_info_name(reader->file, reader->arena, ret[count].type).len)
			return count;
		count++;
	}
	return count;
}

/* --- Exceptions with words of their own ------------------------------------------------------------------
 */

/* A class right below std::exception keeps its text in a std::string, or in a member that is an exception
 * itself: that one says by its vtable what it is. */
static struct qn_text read_members(const struct reader *reader, uint64_t address)
{
	struct qn_text text = read_string(reader, address + 8);

	for (uint64_t at = 8; !text.len && at <= MEMBERS_MAX; at += 8) {
		uint64_t vtable, type;
		struct qn_text name;

		if (!qn_core_file_read_dumped(reader->file, address + at, &vtable, 8) || vtable % 8 ||
		    !qn_core_file_read(reader->file, vtable - 8, &type, 8))
			continue;
		name = qn_type_info_name(reader->file, reader->arena, type);
		if (name.len > 3)
			text = read_known(reader, name, address + at);
	}
	return text;
}

struct qn_text qn_exception_text(const struct qn_core_file *file, struct qn_arena *arena,
				 const struct qn_exception *exception)
{
	struct reader reader = {.file = file, .arena = arena};
	struct base queue[2 * BASES_MAX];
	struct qn_text text = find_fixed(exception->mangled);
	uint64_t standard = 0; /* where a std::exception of it lies */
	size_t count = 1;

	if (!text.len)
		text = read_number(&reader, exception->mangled, exception->object);
	queue[0] = (struct base){exception->type, exception->object};
	for (size_t i = 0; i < count && !text.len; i++) {
		struct qn_text name = qn_type_info_name(file, arena, queue[i].type);

		text = read_known(&reader, name, queue[i].address);
		if (qn_text_equal(name, QN_TEXT("St9exception")))
			standard = queue[i].address;
		if (count < BASES_MAX)
			count += list_bases(&reader, queue[i], &queue[count]);
	}
	if (!text.len && standard)
		text = read_members(&reader, standard);
	return text;
}
