#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "stack/demangle.h"

#include <setjmp.h>
#include <stdlib.h>

#include <libiberty/demangle.h>

#include "base/limits.h"

/* What one call may cost. LLVM's output buffer doubles, so it needs twice the longest output. */
#define POOL_BYTES_MAX (1U << 20)
#define CHUNK_BYTES (32U << 10)
#define STEPS_MAX 400000U
/* LLVM's demangler recurses on nesting: up to 213 bytes of stack for each byte of the name, but 401 for
 * "ZZZZ...". With this cap a name of QN_SYMBOL_BYTES_MAX needs less than half of an 8 MiB stack. */
#define LOCAL_NAMES_MAX 1024U

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char data[];
};

/* A piece of the pool. Its size is kept because realloc() has to copy it. */
struct piece {
	_Alignas(16) size_t size;
	_Alignas(16) char data[];
};

struct demangle_call {
	jmp_buf escape;
	struct chunk *chunks; /* newest first */
	size_t pool_used;
	size_t steps;
	char *out; /* what libiberty's callback has collected */
	size_t out_len, out_capacity;
};

/* A mutable file-level variable (the other one is in cli/interrupt.c): the demangler asks for memory through
 * functions that take no context, and each thread may be inside one call. Set only while that call runs. */
static _Thread_local struct demangle_call *current;

static void *pool_alloc(struct demangle_call *call, size_t size)
{
	size_t needed;
	struct chunk *chunk = call->chunks;
	struct piece *piece;

	if (size > POOL_BYTES_MAX || call->pool_used > POOL_BYTES_MAX)
		longjmp(call->escape, 1);
	needed = (sizeof(struct piece) + size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < needed) {
		size_t chunk_size = needed > CHUNK_BYTES ? needed : CHUNK_BYTES;

		chunk = call->pool_used + chunk_size > POOL_BYTES_MAX ? NULL
								      : malloc(sizeof(*chunk) + chunk_size);
		if (!chunk)
			longjmp(call->escape, 1);
		*chunk = (struct chunk){.next = call->chunks, .size = chunk_size};
		call->chunks = chunk;
		call->pool_used += chunk_size;
	}
	piece = (struct piece *)(chunk->data + chunk->used);
	piece->size = size;
	chunk->used += needed;
	return piece->data;
}

static void pool_destroy(struct demangle_call *call)
{
	while (call->chunks) {
		struct chunk *next = call->chunks->next;

		free(call->chunks);
		call->chunks = next;
	}
}

/* Leaves the demangler for good: all it has is in the pool. */
static void count_step(struct demangle_call *call)
{
	if (++call->steps > STEPS_MAX)
		longjmp(call->escape, 1);
}

#ifdef HAVE_LLVM_DEMANGLER

/* The demangler of LLVM's libc++abi, an object whose outside symbols the build has renamed to the functions
 * below. */
char *qn_llvm_demangle(const char *name, char *buffer, size_t *size, int *status);

void *qn_llvm_malloc(size_t size);
void *qn_llvm_realloc(void *data, size_t size);
void qn_llvm_free(void *data);
void qn_llvm_delete(void *data);
void *qn_llvm_memmove(void *to, const void *from, size_t size);
void *qn_llvm_memmove_chk(void *to, const void *from, size_t size, size_t to_size);
_Noreturn void qn_llvm_terminate(void);
_Noreturn void qn_llvm_resume(void);
_Noreturn void qn_llvm_personality(void);
extern void *const qn_llvm_class_vtable[4];
extern void *const qn_llvm_si_class_vtable[4];

void *qn_llvm_malloc(size_t size)
{
	count_step(current);
	return pool_alloc(current, size);
}

void *qn_llvm_realloc(void *data, size_t size)
{
	void *grown = qn_llvm_malloc(size);

	if (data) {
		const struct piece *piece = (const struct piece *)((char *)data - sizeof(struct piece));

		memcpy(grown, data, piece->size < size ? piece->size : size);
	}
	return grown;
}

void qn_llvm_free(void *data)
{
	(void)data; /* the pool goes as a whole */
}

void qn_llvm_delete(void *data)
{
	(void)data;
}

/* Every piece of output passes here, so this bounds names that take for ever to print nothing. */
void *qn_llvm_memmove(void *to, const void *from, size_t size)
{
	count_step(current);
	return memmove(to, from, size);
}

void *qn_llvm_memmove_chk(void *to, const void *from, size_t size, size_t to_size)
{
	if (size > to_size)
		longjmp(current->escape, 1);
	return qn_llvm_memmove(to, from, size);
}

void qn_llvm_terminate(void)
{
	longjmp(current->escape, 1);
}

void qn_llvm_resume(void)
{
	longjmp(current->escape, 1);
}

void qn_llvm_personality(void)
{
	longjmp(current->escape, 1);
}

/* Only their addresses stand in the object's type information, which nothing reads. */
void *const qn_llvm_class_vtable[4] = {NULL};
void *const qn_llvm_si_class_vtable[4] = {NULL};

static const char *demangle_llvm(const char *name)
{
	return qn_llvm_demangle(name, NULL, NULL, NULL);
}
#else
static const char *demangle_llvm(const char *name)
{
	(void)name;
	return NULL;
}
#endif

/* libiberty hands its output over in pieces. */
static void collect(const char *piece, size_t len, void *context)
{
	struct demangle_call *call = context;

	count_step(call);
	if (call->out_len + len > QN_DEMANGLED_BYTES_MAX)
		longjmp(call->escape, 1);
	if (call->out_len + len >= call->out_capacity) {
		size_t capacity = 2 * (call->out_len + len) + 1024;
		char *grown = pool_alloc(call, capacity);

		if (call->out_len)
			memcpy(grown, call->out, call->out_len);
		call->out = grown;
		call->out_capacity = capacity;
	}
	if (len) /* @piece may be NULL then */
		memcpy(call->out + call->out_len, piece, len);
	call->out_len += len;
	call->out[call->out_len] = '\0';
}

/* LLVM's of Debian refuses conversions to a template's type ("cvNSt7__cxx1112basic_stringI...EEE"), which
 * libiberty reads. That one takes 1024 bytes at most. */
static const char *demangle_cpp(struct demangle_call *call, const char *name)
{
	const char *output = demangle_llvm(name);

	if (output)
		return output;
	call->out_len = 0;
	return cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_ANSI, collect, call) ? call->out : NULL;
}

/* Without DMGL_VERBOSE the hash is left out. */
static const char *demangle_rust(struct demangle_call *call, const char *name)
{
	return rust_demangle_callback(name, DMGL_PARAMS | DMGL_ANSI, collect, call) ? call->out : NULL;
}

/* Legacy Rust names are C++ names whose last part is "17h" and 16 hex digits. */
static bool is_rust_name(struct qn_text name)
{
	struct qn_text hash;

	if (qn_text_starts(name, QN_TEXT("_R")))
		return true;
	if (name.len < 24 || name.data[name.len - 1] != 'E')
		return false;
	hash = qn_text_first(qn_text_from(name, name.len - 20), 19);
	return qn_text_starts(hash, QN_TEXT("17h")) && strspn(hash.data + 3, "0123456789abcdef") >= 16;
}

static bool is_over_a_cap(struct qn_text name)
{
	size_t locals = 0;

	if (name.len > QN_SYMBOL_BYTES_MAX)
		return true;
	for (size_t i = 0; i < name.len; i++) {
		locals += name.data[i] == 'Z';
		/* libiberty holds memory of its own while it prints a punycode name; leaving it then would
		 * leak. */
		if (i && name.data[i] == 'u' && name.data[1] == 'R' && i + 1 < name.len &&
		    name.data[i + 1] >= '0' && name.data[i + 1] <= '9')
			return true;
	}
	return locals > LOCAL_NAMES_MAX;
}

static bool is_mangled(struct qn_text name)
{
	return name.len > 2 && name.data[0] == '_' &&
	       (name.data[1] == 'Z' || (name.data[1] == 'R' && name.data[2] >= 'A' && name.data[2] <= 'Z')) &&
	       !memchr(name.data, '\0', name.len);
}

static const char *demangle_name(struct demangle_call *call, struct qn_text name)
{
	const char *output = NULL;
	char *input;

	input = pool_alloc(call, name.len + 1);
	memcpy(input, name.data, name.len);
	input[name.len] = '\0';
	if (is_rust_name((struct qn_text){input, name.len}))
		output = demangle_rust(call, input);
	call->out_len = 0;
	if (!output && name.data[1] == 'Z')
		output = demangle_cpp(call, input);
	return output && strlen(output) <= QN_DEMANGLED_BYTES_MAX ? output : NULL;
}

/* In the pool of @call; NULL: not read, or over a cap. */
static const char *run(struct demangle_call *call, struct qn_text name)
{
	if (setjmp(call->escape) != 0)
		return NULL;
	return demangle_name(call, name);
}

bool qn_demangle(struct qn_arena *arena, struct qn_text name, struct qn_text *ret)
{
	struct demangle_call call = {0};
	struct qn_text copy = {0};
	const char *output;

	if (!is_mangled(name) || is_over_a_cap(name))
		return false;
	current = &call;
	output = run(&call, name);
	current = NULL;
	if (output)
		copy = qn_arena_copy(arena, qn_text_of(output));
	pool_destroy(&call);
	if (!copy.data)
		return false;
	*ret = copy;
	return true;
}

#include "base/banned.h"
