/* Between the symbolize*.c files. */
#ifndef QN_STACK_SYMBOLIZE_PARTS_H
#define QN_STACK_SYMBOLIZE_PARTS_H

#include "core/binaries.h"
#include "core/load_address.h"
#include "stack/symbolize.h"
#include "stack/symbolize_line.h"

/* A line with an address. */
struct qn_symbolize_item {
	struct qn_address_line line;
	size_t number;  /* of the line in the text */
	size_t run;     /* frames that stand together are one */
	bool is_return; /* its address is behind a call */
	bool is_resolved;
	struct qn_binary *named;  /* the module that the line names; NULL: none, or not found */
	struct qn_binary *binary; /* with `address`, once it is resolved */
	uint64_t address;         /* of the file, as printed: a return address where is_return */
};

struct qn_symbolize_map {
	struct qn_maps_line line;
	size_t number;
};

struct qn_symbolizing {
	struct qn_binaries *binaries;
	struct qn_arena arena;
	struct qn_symbolize_item *items;
	size_t count, capacity;
	struct qn_symbolize_map *maps;
	size_t maps_count, maps_capacity;
	size_t runs;
	struct qn_buffer notes;
};

/* symbolize_place.c: fills binary, address and is_resolved of the items. */
struct qn_error *qn_symbolize_place(struct qn_symbolizing *all) QN_MUST_CHECK;
/* symbolize_infer.c: the same for those of the process whose load address nothing tells. */
struct qn_error *qn_symbolize_infer(struct qn_symbolizing *all) QN_MUST_CHECK;

/* Is the function at @address the one that the text calls @name, in whatever spelling? */
struct qn_error *qn_symbolize_name_agrees(struct qn_symbolizing *all, struct qn_binary *binary,
					  uint64_t address, struct qn_text name, bool *ret) QN_MUST_CHECK;

/* symbolize_print.c: the lines that stand for @item, without @line's own end. */
struct qn_error *qn_symbolize_print(struct qn_symbolizing *all, const struct qn_symbolize_item *item,
				    struct qn_text line, struct qn_text end,
				    struct qn_buffer *out) QN_MUST_CHECK;

#endif
