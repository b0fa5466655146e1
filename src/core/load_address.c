#include "core/load_address.h"

#include <elf.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/banned.h"

#define PAGE_BYTES UINT64_C(4096)
/* How many wrong load addresses may be expected to look as good as one that counts as clear. */
#define FALSE_EXPECTED_MAX 0.001
#define RETURNS_MIN 3U

struct qn_call_sites {
	uint64_t low, high; /* of the code */
	uint64_t *items;    /* by low 12 bits, then by address */
	size_t count;
	size_t starts[PAGE_BYTES + 1]; /* where those of each low 12 bits begin */
};

void qn_call_sites_destroy(struct qn_call_sites *sites)
{
	if (!sites)
		return;
	free(sites->items);
	free(sites);
}

/* A piece of code as the file has it. */
struct code {
	const unsigned char *data;
	uint64_t address, size;
	uint64_t low, high;
	bool is_arm;
};

/* x86-64, ff /2: the bytes behind ModRM. */
static bool is_indirect_call(const unsigned char *at, size_t len)
{
	unsigned modrm, mode, base, need;

	if (at[0] != 0xff)
		return false;
	modrm = at[1];
	mode = modrm >> 6;
	base = modrm & 7;
	if (((modrm >> 3) & 7) != 2)
		return false;
	need = 2;
	if (mode != 3 && base == 4) { /* SIB */
		if (len < 3)
			return false;
		need++;
		if (mode == 0 && (at[2] & 7) == 5)
			need += 4;
	} else if (mode == 0 && base == 5) {
		need += 4;
	}
	need += mode == 1 ? 1 : mode == 2 ? 4 : 0;
	return need == len;
}

/* Does the code at @at stand right behind a call? */
static bool follows_call(const struct code *code, uint64_t at)
{
	const unsigned char *data = code->data;
	uint32_t word;

	if (code->is_arm) {
		if (at < 4 || (code->address + at) % 4)
			return false;
		memcpy(&word, data + at - 4, 4);
		return (word & 0xfc000000U) == 0x94000000U || (word & 0xfffffc1fU) == 0xd63f0000U ||
		       (word & 0xfefff800U) == 0xd63f0800U; /* bl; blr; blraa and its kin */
	}
	if (at >= 5 && data[at - 5] == 0xe8) {
		int32_t relative;
		uint64_t target;

		memcpy(&relative, data + at - 4, 4);
		target = code->address + at + (uint64_t)(int64_t)relative;
		if (target >= code->low && target < code->high)
			return true;
	}
	for (size_t len = 2; len <= 7; len++)
		if (at >= len && is_indirect_call(data + at - len, len))
			return true;
	return false;
}

/* Counts them by their low bits, or, with @next, puts each in its place: they come in their order. */
static void scan(const struct code *code, struct qn_call_sites *sites, size_t *next)
{
	for (uint64_t at = 1; at < code->size && sites->count < QN_CALL_SITES_MAX; at++) {
		uint64_t address = code->address + at;

		if (!follows_call(code, at))
			continue;
		if (next)
			sites->items[next[address % PAGE_BYTES]++] = address;
		else
			sites->starts[address % PAGE_BYTES + 1]++;
		sites->count++;
	}
}

static void scan_file(const struct qn_elf_file *file, struct qn_call_sites *sites, size_t *next)
{
	sites->count = 0;
	for (size_t i = 0; i < file->head.loads_count; i++) {
		const struct qn_elf_load *load = &file->head.loads[i];
		struct code code = {.address = load->address,
				    .size = load->size,
				    .low = sites->low,
				    .high = sites->high,
				    .is_arm = file->head.machine == EM_AARCH64};

		if (!load->is_executable || load->offset > file->size ||
		    load->size > file->size - load->offset)
			continue;
		code.data = file->image + load->offset;
		scan(&code, sites, next);
	}
}

static void find_limits(const struct qn_elf_file *file, struct qn_call_sites *sites)
{
	sites->low = UINT64_MAX;
	for (size_t i = 0; i < file->head.loads_count; i++) {
		const struct qn_elf_load *load = &file->head.loads[i];

		if (!load->is_executable || load->size > UINT64_MAX - load->address)
			continue;
		if (load->address < sites->low)
			sites->low = load->address;
		if (load->address + load->size > sites->high)
			sites->high = load->address + load->size;
	}
}

struct qn_error *qn_call_sites_create(const struct qn_elf_file *file, struct qn_call_sites **ret)
{
	_cleanup_(qn_call_sites_destroy_guard) struct qn_call_sites *sites = calloc(1, sizeof(*sites));
	size_t next[PAGE_BYTES];

	if (!sites)
		return &qn_error_no_memory;
	find_limits(file, sites);
	scan_file(file, sites, NULL);
	for (size_t i = 1; i <= PAGE_BYTES; i++)
		sites->starts[i] += sites->starts[i - 1];
	sites->items = calloc(sites->count + 1, sizeof(*sites->items));
	if (!sites->items)
		return &qn_error_no_memory;
	memcpy(next, sites->starts, sizeof(next));
	scan_file(file, sites, next);
	*ret = qn_take(sites);
	return NULL;
}

bool qn_call_sites_has(const struct qn_call_sites *sites, uint64_t address)
{
	size_t low = sites->starts[address % PAGE_BYTES], high = sites->starts[address % PAGE_BYTES + 1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sites->items[middle] == address)
			return true;
		if (sites->items[middle] < address)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

struct votes {
	uint64_t *items;
	size_t count, capacity;
};

static void votes_deinit(struct votes *votes)
{
	free(votes->items);
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a == b ? 0 : a < b ? -1 : 1;
}

static struct qn_error *collect(const struct qn_call_sites *sites, const struct qn_load_pc *pcs, size_t count,
				struct votes *votes)
{
	for (size_t i = 0; i < count; i++) {
		size_t from = sites->starts[pcs[i].pc % PAGE_BYTES];
		size_t to = sites->starts[pcs[i].pc % PAGE_BYTES + 1];

		if (votes->count + (to - from) > QN_LOAD_VOTES_MAX)
			break;
		QN_TRY(qn_array_reserve(&votes->items, &votes->capacity, votes->count + (to - from) + 1,
					sizeof(*votes->items)));
		for (size_t j = from; j < to; j++)
			if (sites->items[j] <= pcs[i].pc)
				votes->items[votes->count++] = pcs[i].pc - sites->items[j];
	}
	if (votes->count)
		qsort(votes->items, votes->count, sizeof(*votes->items), compare_u64);
	return NULL;
}

struct question {
	const struct qn_call_sites *sites;
	const struct qn_load_pc *pcs;
	size_t count;
	qn_load_name_agrees agrees;
	void *context;
};

static void judge(const struct question *question, uint64_t bias, bool wants_names,
		  struct qn_load_address *ret)
{
	*ret = (struct qn_load_address){.bias = bias};
	for (size_t i = 0; i < question->count; i++) {
		uint64_t at = question->pcs[i].pc - bias;

		if (at < question->sites->low || at > question->sites->high)
			continue;
		ret->inside++;
		ret->explained += qn_call_sites_has(question->sites, at);
		if (!wants_names || !question->pcs[i].has_name)
			continue;
		ret->named++;
		ret->agreeing += question->agrees(question->context, i, at - 1);
	}
}

/* Names that are wrong speak against it, right ones for it. */
static long score(const struct qn_load_address *address)
{
	return (long)address->explained - (long)(address->inside - address->explained) +
	       2 * (long)address->agreeing - 2 * (long)(address->named - address->agreeing);
}

/* So many load addresses come into question because one return address fits; that the others fit by chance,
 * too, takes a factor for each. */
static bool is_beyond_chance(const struct qn_call_sites *sites, const struct qn_load_address *best,
			     size_t count)
{
	double density =
		sites->high > sites->low ? (double)sites->count / (double)(sites->high - sites->low) : 1.0;
	double expected = (double)sites->count / (double)PAGE_BYTES * (double)count;

	for (size_t i = 1; i < best->explained; i++)
		expected *= density * (double)(count > i ? count - i : 1) / (double)(i + 1);
	for (size_t i = 0; i < best->agreeing; i++)
		expected *= 0.001; /* it takes a function of that very name */
	return expected < FALSE_EXPECTED_MAX;
}

static bool is_clear(const struct question *question, const struct qn_load_address *best, long best_score,
		     long next_score)
{
	if (best_score <= next_score || best->named - best->agreeing > best->agreeing / 4)
		return false;
	if (best->explained * 10 < best->inside * 9)
		return false;
	if (best->explained < RETURNS_MIN && best->agreeing < 2)
		return false;
	if (best_score - next_score < 2)
		return false;
	return is_beyond_chance(question->sites, best, question->count);
}

struct qn_error *qn_load_address_infer(const struct qn_call_sites *sites, const struct qn_load_pc *pcs,
				       size_t count, qn_load_name_agrees agrees, void *context,
				       struct qn_load_address *ret)
{
	struct question question = {sites, pcs, count, agrees, context};
	_cleanup_(votes_deinit) struct votes votes = {0};
	long best_score = 0, next_score = 0;
	size_t most = 0, names = 0, looked = 0, others = 0; /* others: votes of those not looked at */

	*ret = (struct qn_load_address){0};
	QN_TRY(collect(sites, pcs, count, &votes));
	for (size_t i = 0; i < count; i++)
		names += pcs[i].has_name;
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0, end; i < votes.count; i = end) {
			struct qn_load_address one;

			for (end = i + 1; end < votes.count && votes.items[end] == votes.items[i];)
				end++;
			if (pass == 0 && end - i > most)
				most = end - i;
			if (pass == 0)
				continue;
			/* With names at hand one return address may do. */
			if (end - i + 2 < most && !(names && end - i + names > most)) {
				if (end - i > others)
					others = end - i;
				continue;
			}
			judge(&question, votes.items[i], names && looked++ < QN_LOAD_CANDIDATES_MAX, &one);
			if (!ret->explained || score(&one) > best_score) {
				next_score = ret->explained ? best_score : 0;
				one.next_best = ret->explained;
				*ret = one;
				best_score = score(&one);
			} else {
				if (score(&one) > next_score)
					next_score = score(&one);
				if (one.explained > ret->next_best)
					ret->next_best = one.explained;
			}
		}
	}
	if (others > ret->next_best)
		ret->next_best = others;
	ret->is_clear = ret->explained && is_clear(&question, ret, best_score, next_score);
	return NULL;
}
