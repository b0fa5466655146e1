/* Exceptions by the headers that the C++ runtimes put in front of what is thrown. */
#include "core/last_words.h"

#include "base/banned.h"

/* Offsets from struct _Unwind_Exception, whose first word is the class, on 64-bit machines. libstdc++ and
 * libc++abi agree on most. Behind it (32 bytes) lies the object.
 *
 *	-96 count of references (libstdc++)   -88 the same (libc++abi), or the primary's object
 *	-80 std::type_info, or the primary's object (libstdc++)   -48 the next one, by its type's place
 *	 +0 class: vendor, language, and 0 for an object or 1 for a reference to another one's */
#define OBJECT 32
#define TYPE (-80)
#define NEXT (-48)
#define CANDIDATES_MAX 32U
#define REFERENCES_MAX 100000U

struct runtime {
	uint64_t name; /* "GNUCC++\0" as the ABI writes it: the first letter is the highest byte */
	int references, primary;
};
static const struct runtime runtimes[] = {
	{UINT64_C(0x474e5543432b2b00), -96, -80}, /* GNUCC++ */
	{UINT64_C(0x434c4e47432b2b00), -88, -88}, /* CLNGC++ */
};

static uint64_t at(uint64_t address, int offset)
{
	return address + (uint64_t)(int64_t)offset;
}

static bool is_name(struct qn_text name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '$' || c == '.'))
			return false;
	}
	return name.len > 0;
}

/* std::type_info: 0 vtable, 8 name; a star in front says that the name is no other module's. */
struct qn_text qn_type_info_name(const struct qn_core_file *file, struct qn_arena *arena, uint64_t type)
{
	struct qn_text name;
	uint64_t words[2];

	if (type % 8 || !qn_core_file_read(file, type, words, sizeof(words)) || !words[0] || !words[1])
		return (struct qn_text){0};
	name = qn_core_file_read_string(file, arena, words[1], QN_TYPE_NAME_BYTES_MAX);
	if (name.len && name.data[0] == '*')
		name = qn_text_from(name, 1);
	return is_name(name) ? name : (struct qn_text){0};
}

/* What was freed has a count of 0, or the allocator's words in its place: the runtimes clear the whole header
 * before they count, the 12 bytes behind libstdc++'s int too. */
static bool is_referenced(const struct qn_core_file *file, const struct runtime *runtime, uint64_t header)
{
	uint64_t words[2];
	size_t size = runtime->references + 16 == TYPE ? 16 : 8;

	words[1] = 0;
	return qn_core_file_read_dumped(file, at(header, runtime->references), words, size) && words[0] > 0 &&
	       words[0] <= REFERENCES_MAX && words[1] == 0;
}

static bool read_header(const struct qn_core_file *file, struct qn_arena *arena, uint64_t header,
			struct qn_exception *ret)
{
	const struct runtime *runtime = NULL;
	uint64_t word;

	if (header % 8 || !qn_core_file_read_dumped(file, header, &word, sizeof(word)))
		return false;
	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++)
		if ((word & ~UINT64_C(1)) == runtimes[i].name)
			runtime = &runtimes[i];
	if (!runtime)
		return false;
	ret->object = header + OBJECT;
	if (word & 1) {
		if (!qn_core_file_read_dumped(file, at(header, runtime->primary), &ret->object, 8))
			return false;
		header = ret->object - OBJECT;
		if (!qn_core_file_read_dumped(file, header, &word, sizeof(word)) || word != runtime->name)
			return false;
	}
	if (!is_referenced(file, runtime, header) ||
	    !qn_core_file_read_dumped(file, at(header, TYPE), &ret->type, 8))
		return false;
	ret->mangled = qn_type_info_name(file, arena, ret->type);
	return ret->mangled.len > 0;
}

struct candidates {
	struct qn_exception exceptions[CANDIDATES_MAX];
	uint64_t headers[CANDIDATES_MAX];
	size_t count;
};

static void consider(const struct qn_core_file *file, struct qn_arena *arena, uint64_t word,
		     struct candidates *candidates)
{
	if (candidates->count >= CANDIDATES_MAX)
		return;
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->headers[i] == word)
			return;
	if (!read_header(file, arena, word, &candidates->exceptions[candidates->count]))
		return;
	candidates->headers[candidates->count++] = word;
}

/* Thrown while another one was handled, it has that one as its next. */
static size_t newest(const struct qn_core_file *file, const struct candidates *candidates)
{
	size_t best = 0;
	uint64_t next;

	for (size_t i = 1; i < candidates->count; i++)
		if (qn_core_file_read_dumped(file, at(candidates->headers[i], NEXT), &next, 8) &&
		    next == at(candidates->headers[best], TYPE))
			best = i;
	return best;
}

bool qn_exception_find(const struct qn_core_file *file, struct qn_arena *arena, const uint64_t *registers,
		       size_t registers_count, uint64_t from, uint64_t to, struct qn_exception *ret)
{
	const struct qn_core_segment *segment = qn_core_file_segment(file, from);
	struct candidates candidates = {0};
	uint64_t words[512];

	if (segment && to > segment->address + segment->size)
		to = segment->address + segment->size;
	for (size_t i = 0; i < registers_count; i++)
		consider(file, arena, registers[i], &candidates);
	for (uint64_t place = (from + 7) & ~UINT64_C(7); place < to; place += sizeof(words)) {
		size_t size = to - place < sizeof(words) ? (size_t)(to - place) & ~(size_t)7 : sizeof(words);

		if (!qn_core_file_read_dumped(file, place, words, size))
			break;
		for (size_t i = 0; i < size / 8; i++)
			consider(file, arena, words[i], &candidates);
	}
	if (!candidates.count)
		return false;
	*ret = candidates.exceptions[newest(file, &candidates)];
	return true;
}
