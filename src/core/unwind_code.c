#include "core/unwind_step.h"

#include "base/banned.h"

/* Calls of x86-64 (Intel's manual, volume 2, CALL):
 *
 *	e8 rel32            5 bytes
 *	ff /2               2 bytes and what ModRM asks for: 3 with SIB or disp8, 4 with both, 6 with disp32,
 *	                    7 with both
 *
 * Prefixes stand before these. */
static bool is_call_x86_64(const unsigned char *end)
{
	if (end[-5] == 0xe8)
		return true;
	for (unsigned size = 2; size <= 7; size++) {
		unsigned mod, rm, needed = 2;

		if (end[-(int)size] != 0xff || (end[1 - (int)size] >> 3 & 7) != 2)
			continue;
		mod = end[1 - (int)size] >> 6;
		rm = end[1 - (int)size] & 7;
		if (mod != 3 && rm == 4)
			needed++;
		if (mod == 1)
			needed++;
		else if (mod == 2 || (mod == 0 && rm == 5) ||
			 (mod == 0 && rm == 4 && size > 2 && (end[2 - (int)size] & 7) == 5))
			needed += 4;
		if (needed == size)
			return true;
	}
	return false;
}

/* BL; BLR and its authenticating forms (Arm ARM, C6.2) */
static bool is_call_aarch64(uint32_t word)
{
	return (word & 0xfc000000) == 0x94000000 || (word & 0xfffffc1f) == 0xd63f0000 ||
	       (word & 0xfefff800) == 0xd63f0800;
}

enum qn_call qn_code_is_after_call(const struct qn_core_file *file, uint64_t pc)
{
	unsigned char bytes[8];
	uint32_t word;

	if (file->machine == QN_MACHINE_AARCH64) {
		if (pc < 4 || !qn_core_file_read(file, pc - 4, &word, sizeof(word)))
			return QN_CALL_UNKNOWN;
		return is_call_aarch64(word) ? QN_CALL_YES : QN_CALL_NO;
	}
	if (pc < sizeof(bytes) || !qn_core_file_read(file, pc - sizeof(bytes), bytes, sizeof(bytes)))
		return QN_CALL_UNKNOWN;
	return is_call_x86_64(bytes + sizeof(bytes)) ? QN_CALL_YES : QN_CALL_NO;
}

bool qn_code_is_sigreturn(const struct qn_core_file *file, uint64_t pc)
{
	/* mov $15, %rax (or %eax); syscall */
	static const unsigned char x86_64[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	static const unsigned char x86_64_short[] = {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05};
	/* mov x8, #139; svc #0 */
	static const unsigned char aarch64[] = {0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4};
	unsigned char bytes[9];

	if (file->machine == QN_MACHINE_AARCH64)
		return qn_core_file_read(file, pc, bytes, sizeof(aarch64)) &&
		       memcmp(bytes, aarch64, sizeof(aarch64)) == 0;
	if (!qn_core_file_read(file, pc, bytes, sizeof(x86_64_short)))
		return false;
	if (memcmp(bytes, x86_64_short, sizeof(x86_64_short)) == 0)
		return true;
	return qn_core_file_read(file, pc, bytes, sizeof(x86_64)) &&
	       memcmp(bytes, x86_64, sizeof(x86_64)) == 0;
}

bool qn_code_may_run(const struct qn_core_file *file, uint64_t pc)
{
	const struct qn_core_segment *segment = qn_core_file_segment(file, pc);

	return segment && segment->flags & PF_X;
}
