#include "core/operand.h"

#include <string.h>

#include "base/banned.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

const char *const qn_x86_register_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					       "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

struct decoder {
	const unsigned char *bytes;
	size_t size, at;
	const struct qn_x86_registers *registers;
	bool has_66, is_vex, is_evex, is_segment;
	unsigned rex; /* W R X B */
	unsigned map; /* 0: one byte; 1: 0f; 2: 0f 38; 3: 0f 3a */
	unsigned opcode;
};

/* The next byte; 0 behind the end, where `at` passes `size`. */
static unsigned take(struct decoder *decoder)
{
	return decoder->at < decoder->size ? decoder->bytes[decoder->at++] : (decoder->at++, 0U);
}

static unsigned peek(const struct decoder *decoder)
{
	return decoder->at < decoder->size ? decoder->bytes[decoder->at] : 0U;
}

static bool is_prefix(unsigned byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0xf0 || byte == 0xf2 || byte == 0xf3 || byte == 0x2e ||
	       byte == 0x36 || byte == 0x3e || byte == 0x26 || byte == 0x64 || byte == 0x65;
}

static void take_prefixes(struct decoder *decoder)
{
	while (decoder->at < decoder->size && is_prefix(peek(decoder))) {
		unsigned byte = take(decoder);

		decoder->has_66 |= byte == 0x66;
		decoder->is_segment |= byte == 0x64 || byte == 0x65;
	}
	if ((peek(decoder) & 0xf0) == 0x40)
		decoder->rex = take(decoder) & 0xf;
}

/* VEX: c5 RvvvvLpp, or c4 RXBmmmmm WvvvvLpp; EVEX: 62 RXBR'0mmm Wvvvv1pp ... R, X and B are inverted. */
static void take_opcode(struct decoder *decoder)
{
	unsigned first = take(decoder), second;

	if (first == 0xc5) {
		second = take(decoder);
		decoder->rex = second & 0x80 ? 0 : 4;
		decoder->map = 1;
	} else if (first == 0xc4 || first == 0x62) {
		second = take(decoder);
		decoder->rex = (~second >> 5) & 7;
		decoder->map = second & (first == 0xc4 ? 0x1f : 7);
		decoder->rex |= take(decoder) & 0x80 ? 8 : 0;
		if (first == 0x62)
			(void)take(decoder);
		decoder->is_evex = first == 0x62;
	} else {
		if (first == 0x0f) {
			first = take(decoder);
			decoder->map = first == 0x38 ? 2 : first == 0x3a ? 3 : 1;
			if (decoder->map > 1)
				first = take(decoder);
		}
		decoder->opcode = first;
		return;
	}
	decoder->is_vex = true;
	decoder->opcode = take(decoder);
}

struct range {
	unsigned char first, last;
};

static bool is_in(const struct range *ranges, size_t count, unsigned opcode)
{
	for (size_t i = 0; i < count; i++)
		if (opcode >= ranges[i].first && opcode <= ranges[i].last)
			return true;
	return false;
}
#define IS_IN(ranges, opcode) is_in(ranges, sizeof(ranges) / sizeof((ranges)[0]), opcode)

/* Does a ModRM byte follow, and is memory that it names really reached (not only its address taken)? */
static bool has_operand(const struct decoder *decoder)
{
	static const struct range one_byte[] = {{0x63, 0x63}, {0x69, 0x69}, {0x6b, 0x6b}, {0x80, 0x8c},
						{0x8e, 0x8f}, {0xc0, 0xc1}, {0xc6, 0xc7}, {0xd0, 0xd3},
						{0xd8, 0xdf}, {0xf6, 0xf7}, {0xfe, 0xff}};
	static const struct range two_bytes_without[] = {{0x05, 0x0f}, {0x18, 0x1f}, {0x30, 0x37},
							 {0x77, 0x77}, {0x80, 0x8f}, {0xa0, 0xa2},
							 {0xa8, 0xaa}, {0xc8, 0xcf}};

	if (decoder->map == 0)
		return (decoder->opcode < 0x40 && (decoder->opcode & 7) < 4) ||
		       IS_IN(one_byte, decoder->opcode);
	if (decoder->map == 1)
		return !IS_IN(two_bytes_without, decoder->opcode);
	return true;
}

/* movaps and its like in every encoding; other SSE instructions only without VEX. */
static bool wants_alignment(const struct decoder *decoder)
{
	static const struct range always[] = {{0x28, 0x29}, {0x2b, 0x2b}, {0xe7, 0xe7}};
	static const struct range arithmetic[] = {{0x14, 0x15}, {0x51, 0x5f}, {0xc2, 0xc2}, {0xc6, 0xc6}};
	static const struct range integer[] = {{0x60, 0x6d}, {0x6f, 0x70}, {0x74, 0x76}, {0x7f, 0x7f},
					       {0xd1, 0xd5}, {0xd8, 0xef}, {0xf1, 0xf6}, {0xf8, 0xfe}};

	if (decoder->map != 1)
		return false;
	if (decoder->is_vex)
		return IS_IN(always, decoder->opcode);
	return IS_IN(always, decoder->opcode) || IS_IN(arithmetic, decoder->opcode) ||
	       (decoder->has_66 && IS_IN(integer, decoder->opcode));
}

static uint64_t general(const struct decoder *decoder, int number)
{
	return number < 0 ? 0 : decoder->registers->general[number & 15];
}

static int64_t take_displacement(struct decoder *decoder, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint32_t)take(decoder) << (8 * i);
	return bytes == 1 ? (int8_t)value : (int32_t)value;
}

static void take_memory(struct decoder *decoder, unsigned modrm, struct qn_operand *ret)
{
	unsigned mod = modrm >> 6, rm = modrm & 7;

	ret->base = (int)(rm | (decoder->rex & 1) << 3);
	if (rm == 4) {
		unsigned sib = take(decoder);
		unsigned index = (sib >> 3 & 7) | (decoder->rex & 2) << 2;

		ret->scale = 1U << (sib >> 6);
		ret->index = index == 4 ? -1 : (int)index;
		ret->base = (int)((sib & 7) | (decoder->rex & 1) << 3);
		if ((sib & 7) == 5 && mod == 0)
			ret->base = -1;
	} else if (rm == 5 && mod == 0) {
		return; /* relative to the pc: never non-canonical */
	}
	if (mod == 1)
		ret->displacement = take_displacement(decoder, 1);
	else if (mod == 2 || ret->base < 0)
		ret->displacement = take_displacement(decoder, 4);
	/* a gather has vectors for an index, EVEX a displacement in units, and the segment's base is not
	 * known */
	if ((decoder->is_vex && decoder->map == 2 && decoder->opcode >= 0x90 && decoder->opcode <= 0x93) ||
	    (decoder->is_evex && mod == 1) || decoder->is_segment)
		return;
	ret->use = QN_OPERAND_ACCESS;
	ret->address = general(decoder, ret->base) + general(decoder, ret->index) * ret->scale +
		       (uint64_t)ret->displacement;
}

static void take_operand(struct decoder *decoder, struct qn_operand *ret)
{
	unsigned modrm = take(decoder), extension = modrm >> 3 & 7;
	bool is_one = decoder->map == 0 && !decoder->is_vex;

	if (modrm >> 6 == 3) {
		ret->is_register = true;
		ret->base = (int)((modrm & 7) | (decoder->rex & 1) << 3);
	} else {
		take_memory(decoder, modrm, ret);
	}
	ret->is_division = is_one && (decoder->opcode & 0xfe) == 0xf6 && extension >= 6;
	ret->is_vector = wants_alignment(decoder);
	if (is_one && decoder->opcode == 0xff && (extension == 2 || extension == 4)) {
		if (ret->is_register)
			ret->use = QN_OPERAND_CALL;
		else if (ret->use == QN_OPERAND_ACCESS)
			ret->use = QN_OPERAND_CALL_AT;
	}
}

/* Instructions whose operand is not named. */
static const struct {
	struct range opcodes;
	int base;
	enum qn_operand_use use;
	bool has_other;
} implicit[] = {
	{{0x50, 0x5f}, RSP, QN_OPERAND_ACCESS, false}, {{0x68, 0x68}, RSP, QN_OPERAND_ACCESS, false},
	{{0x6a, 0x6a}, RSP, QN_OPERAND_ACCESS, false}, {{0x9c, 0x9d}, RSP, QN_OPERAND_ACCESS, false},
	{{0xa4, 0xa7}, RDI, QN_OPERAND_ACCESS, true},  {{0xaa, 0xab}, RDI, QN_OPERAND_ACCESS, false},
	{{0xac, 0xad}, RSI, QN_OPERAND_ACCESS, false}, {{0xae, 0xaf}, RDI, QN_OPERAND_ACCESS, false},
	{{0xc2, 0xc3}, RSP, QN_OPERAND_RETURN, false}, {{0xc9, 0xc9}, RBP, QN_OPERAND_ACCESS, false},
	{{0xe8, 0xe8}, RSP, QN_OPERAND_ACCESS, false},
};

void qn_operand_decode(const unsigned char *bytes, size_t size, const struct qn_x86_registers *registers,
		       struct qn_operand *ret)
{
	struct decoder decoder = {.bytes = bytes, .size = size, .registers = registers};

	*ret = (struct qn_operand){.base = -1, .index = -1, .scale = 1};
	if (decoder.size > QN_X86_INSTRUCTION_BYTES_MAX)
		decoder.size = QN_X86_INSTRUCTION_BYTES_MAX;
	take_prefixes(&decoder);
	take_opcode(&decoder);
	for (size_t i = 0; decoder.map == 0 && i < sizeof(implicit) / sizeof(implicit[0]); i++) {
		if (!is_in(&implicit[i].opcodes, 1, decoder.opcode))
			continue;
		ret->use = implicit[i].use;
		ret->base = implicit[i].base;
		ret->has_other = implicit[i].has_other;
		ret->address = general(&decoder, ret->base);
	}
	if (has_operand(&decoder))
		take_operand(&decoder, ret);
	ret->is_wide = decoder.rex & 8;
	if (decoder.at > decoder.size)
		*ret = (struct qn_operand){.base = -1, .index = -1, .scale = 1};
}
