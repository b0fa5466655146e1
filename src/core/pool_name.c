/* Objects of C++ tell their class: before the vtable that their first word points at stand the offset of the
 * whole object and its std::type_info (Itanium C++ ABI, 2.5.2). That needs neither symbols nor DWARF, and
 * what does not tell it is not believed.
 *
 *	executor: 0 vtable ... threadFactory_ {pointer, control block} ...
 *	folly::NamedThreadFactory: 0 vtable, 8 prefix_ {data, size, 16 bytes}, 40 suffix_
 *	folly::PriorityThreadFactory: 0 vtable, 8 {pointer to another factory, control block} */
#include "core/pool_name.h"

#include "base/banned.h"

#define EXECUTOR_BYTES_MAX 1024U /* folly's have 400 to 700 */
#define FACTORY_BYTES_MAX 64U
#define FACTORIES_MAX 3U /* one around the other */
#define BASES_MAX 8U
#define OFFSET_MAX 4096 /* of a base in its object */
#define TYPE_BYTES_MAX 128U
#define NAME_BYTES_MAX 256U

static bool read_type_name(const struct qn_core_file *file, uint64_t type, char *ret)
{
	uint64_t words[2];

	if (!type || type % 8 || !qn_core_file_read(file, type, words, sizeof(words)) || !words[0] ||
	    !words[1])
		return false;
	/* the end of a section may be near */
	for (size_t size = TYPE_BYTES_MAX; size >= 16; size /= 2)
		if (qn_core_file_read(file, words[1], ret, size)) {
			ret[size] = '\0';
			return true;
		}
	return false;
}

/* @ret_object: the beginning of the object that @pointer points into */
static bool read_type(const struct qn_core_file *file, uint64_t pointer, uint64_t *ret_type,
		      uint64_t *ret_object)
{
	uint64_t vtable, words[2];
	int64_t offset;

	if (!pointer || pointer % 8 || !qn_core_file_read_dumped(file, pointer, &vtable, 8) ||
	    vtable < 4096 || vtable % 8 || !qn_core_file_read(file, vtable - 16, words, sizeof(words)))
		return false;
	offset = (int64_t)words[0];
	if (offset > 0 || offset < -OFFSET_MAX)
		return false;
	*ret_type = words[1];
	*ret_object = pointer + (uint64_t)offset;
	return true;
}

/* "N5folly18NamedThreadFactoryE": the class itself, and no template or lambda that has its name within. */
static bool ends_with_class(const char *mangled, const char *word)
{
	struct qn_text name = qn_text_of(mangled);

	if (name.len && name.data[name.len - 1] == 'E')
		name = qn_text_first(name, name.len - 1);
	return qn_text_ends(name, qn_text_of(word));
}

/* Is it, or is its first base, of a class whose name ends with @word? */
static bool is_of_class(const struct qn_core_file *file, uint64_t type, const char *word)
{
	char name[TYPE_BYTES_MAX + 1];

	for (unsigned i = 0; i < BASES_MAX && read_type_name(file, type, name); i++) {
		uint64_t words[2]; /* of one base: its type; of several: flags and count, the first one */

		if (ends_with_class(name, word))
			return true;
		if (!qn_core_file_read(file, type + 16, words, sizeof(words)))
			return false;
		type = (uint32_t)words[0] <= 3 && words[0] >> 32 && words[0] >> 32 < 16 ? words[1] : words[0];
	}
	return false;
}

uint64_t qn_executor_at(const struct qn_core_file *file, uint64_t pointer)
{
	uint64_t type, object;

	return read_type(file, pointer, &type, &object) && is_of_class(file, type, "ThreadPoolExecutor")
		       ? object
		       : 0;
}

static bool is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return len > 0;
}

/* libstdc++'s std::string: 0 data, 8 size, 16 capacity, or the characters themselves (up to 15) */
static struct qn_text read_string(const struct qn_core_file *file, struct qn_arena *arena, uint64_t address)
{
	char text[NAME_BYTES_MAX];
	uint64_t words[3];

	if (!qn_core_file_read_dumped(file, address, words, sizeof(words)) || words[1] >= sizeof(text) ||
	    (words[0] == address + 16 ? words[1] > 15 : words[2] < words[1]) ||
	    !qn_core_file_read_dumped(file, words[0], text, words[1] + 1) || text[words[1]] ||
	    !is_printable(text, words[1]))
		return (struct qn_text){0};
	return qn_arena_copy(arena, (struct qn_text){text, words[1]});
}

/* The first pointer to some ThreadFactory among the words of an object. */
static uint64_t find_factory(const struct qn_core_file *file, uint64_t object, size_t size,
			     bool *ret_is_named)
{
	for (uint64_t at = 8; at < size; at += 8) {
		uint64_t pointer, type, factory;

		if (!qn_core_file_read_dumped(file, object + at, &pointer, 8))
			return 0;
		if (!read_type(file, pointer, &type, &factory) || factory == object)
			continue;
		*ret_is_named = is_of_class(file, type, "NamedThreadFactory");
		if (*ret_is_named || is_of_class(file, type, "ThreadFactory"))
			return factory;
	}
	return 0;
}

struct qn_text qn_pool_name_read(const struct qn_core_file *file, struct qn_arena *arena, uint64_t executor)
{
	struct qn_text name = {0};
	uint64_t object = executor;
	size_t size = EXECUTOR_BYTES_MAX;
	bool is_named = false;

	for (unsigned i = 0; i < FACTORIES_MAX && object && !is_named; i++) {
		object = find_factory(file, object, size, &is_named);
		size = FACTORY_BYTES_MAX;
	}
	for (uint64_t at = 8; is_named && object && !name.len && at < FACTORY_BYTES_MAX; at += 8)
		name = read_string(file, arena, object + at);
	return name;
}
