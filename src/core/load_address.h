/* Where a library was loaded, told by addresses alone: a return address stands right behind a call. Libraries
 * are loaded at whole pages, so the low 12 bits of an address are those in the file; each pair of a return
 * address and a place behind a call with the same low bits votes for one load address.
 *
 * x86-64: e8 rel32 (to a place in the code) and the forms of ff /2; AArch64: bl and blr. Code is not
 * disassembled, so that a few places count that are none; the rule for "clear" allows for that. */
#ifndef QN_CORE_LOAD_ADDRESS_H
#define QN_CORE_LOAD_ADDRESS_H

#include "core/elf_file.h"
#include "base/error.h"

#define QN_CALL_SITES_MAX (UINT64_C(64) << 20)
#define QN_LOAD_VOTES_MAX 20000000U
#define QN_LOAD_CANDIDATES_MAX 4096U

struct qn_call_sites;

struct qn_error *qn_call_sites_create(const struct qn_elf_file *file,
				      struct qn_call_sites **ret) QN_MUST_CHECK;
void qn_call_sites_destroy(struct qn_call_sites *sites);
QN_DEFINE_GUARD(struct qn_call_sites, qn_call_sites_destroy);

/* Does @address (of the file) follow a call? */
bool qn_call_sites_has(const struct qn_call_sites *sites, uint64_t address);

/* An address of the process of which more than the number is known. */
struct qn_load_pc {
	uint64_t pc;
	bool has_name;
};

/* Is the function at @address (of the file) the one that the text names at @index? */
typedef bool (*qn_load_name_agrees)(void *context, size_t index, uint64_t address);

struct qn_load_address {
	bool is_clear;          /* else nothing may be resolved with it */
	uint64_t bias;          /* address in the process minus address in the file */
	size_t explained;       /* return addresses that follow a call */
	size_t inside;          /* of so many that lie in its code */
	size_t named, agreeing; /* those of them that have a name, and where it is right */
	size_t next_best;       /* what the best other load address explains */
};

/* @pcs  different return addresses, of this library and perhaps of others */
struct qn_error *qn_load_address_infer(const struct qn_call_sites *sites, const struct qn_load_pc *pcs,
				       size_t count, qn_load_name_agrees agrees, void *context,
				       struct qn_load_address *ret) QN_MUST_CHECK;

#endif
