#include "stack/frame_name_cpp.h"

#include "base/banned.h"

/* Of a name of which nothing can be read. */
#define UNREAD_BYTES_SHOWN 80U

/* The memory is fixed: parts are shorter than what spells them, and one may come twice (a destructor). */
struct writer {
	char *data;
	size_t len;
};

struct reader {
	struct qn_text in;
	size_t at;
	struct writer key;
};

static void put(struct writer *writer, struct qn_text text)
{
	memcpy(writer->data + writer->len, text.data, text.len);
	writer->len += text.len;
}

static struct qn_text written(const struct writer *writer)
{
	return (struct qn_text){writer->data, writer->len};
}

static struct qn_text rest(const struct reader *reader)
{
	return qn_text_from(reader->in, reader->at);
}

/* What a substitution at the beginning of a nested name stands for. */
static const struct {
	char letter;
	struct qn_text is;
} substitutions[] = {
	{'t', QN_TEXT("std")},           {'a', QN_TEXT("std::allocator")},
	{'s', QN_TEXT("std::string")},   {'b', QN_TEXT("std::basic_string")},
	{'i', QN_TEXT("std::istream")},  {'o', QN_TEXT("std::ostream")},
	{'d', QN_TEXT("std::iostream")},
};

static void put_part(struct writer *writer, struct qn_text part)
{
	if (writer->len)
		put(writer, QN_TEXT("::"));
	put(writer, part);
}

/* "13AsyncRetrieve": false when no part begins here. */
static bool read_source_name(struct reader *reader)
{
	size_t len = 0, digits = 0;
	struct qn_text part;

	while (reader->at + digits < reader->in.len && digits < 5 &&
	       reader->in.data[reader->at + digits] >= '0' && reader->in.data[reader->at + digits] <= '9')
		len = len * 10 + (size_t)(reader->in.data[reader->at + digits++] - '0');
	part = qn_text_first(qn_text_from(reader->in, reader->at + digits), len);
	if (digits == 0 || part.len == 0)
		return false;
	put_part(&reader->key,
		 qn_text_starts(part, QN_TEXT("_GLOBAL__N")) ? QN_TEXT("(anonymous namespace)") : part);
	reader->at += digits + part.len;
	return true;
}

/* C1 and D2: the last part again. */
static bool read_structor(struct reader *reader)
{
	struct qn_text key = written(&reader->key), left = rest(reader), part;
	size_t colons = qn_text_rfind(key, QN_TEXT("::"));

	if (left.len < 2 || (left.data[0] != 'C' && left.data[0] != 'D') || left.data[1] < '0' ||
	    left.data[1] > '5' || !key.len)
		return false;
	part = qn_text_from(key, colons == SIZE_MAX ? 0 : colons + 2);
	put_part(&reader->key, left.data[0] == 'D' ? QN_TEXT("~") : QN_TEXT(""));
	put(&reader->key, part);
	return true;
}

/* "_ZN6milvus4exec6Driver4NextER" (cut) -> milvus::exec::Driver::Next; "_ZNKSt10_Hashtable..." ->
 * std::_Hashtable */
void qn_frame_name_read_damaged(struct qn_arena *arena, struct qn_text mangled, struct qn_frame_name *ret)
{
	struct reader reader = {.in = mangled, .at = 2};

	reader.key.data = qn_arena_alloc(arena, 4 * mangled.len + 64);
	if (!reader.key.data)
		return;
	while (reader.at < mangled.len &&
	       strchr("ZNKVrROL", mangled.data[reader.at] ? mangled.data[reader.at] : ' '))
		reader.at++;
	for (size_t i = 0; i < sizeof(substitutions) / sizeof(*substitutions); i++)
		if (reader.at + 1 < mangled.len && mangled.data[reader.at] == 'S' &&
		    mangled.data[reader.at + 1] == substitutions[i].letter) {
			put(&reader.key, substitutions[i].is);
			reader.at += 2;
			break;
		}
	while (read_source_name(&reader))
		;
	read_structor(&reader);
	ret->key = reader.key.len ? written(&reader.key) : qn_text_first(mangled, UNREAD_BYTES_SHOWN);
	ret->function = ret->key;
	ret->lookup = ret->key;
	ret->full = mangled;
	ret->is_damaged = true;
}
