/* What the child that reads a core tells its parent. */
#include "core/wire.h"

#include <stdlib.h>

#include "support/test.h"

#include "base/banned.h"

static struct qn_core_frame frames[] = {
	{.name = {"_Z5innerv", 9},
	 .file = {"a.cpp", 5},
	 .line = 7,
	 .pc = 0x401000,
	 .module = 1,
	 .is_inlined = true},
	{.name = {"_Z5outerv", 9},
	 .file = {"a.cpp", 5},
	 .line = 9,
	 .pc = 0x401000,
	 .module = 1,
	 .is_activation = true},
	{.pc = 0x7f0000000000, .module = SIZE_MAX},
};
static struct qn_core_stack stacks[] = {
	{.frames = frames, .count = 3, .elided_at = 2, .elided_count = 123456789012},
	{.frames = frames, .count = 0},
};
static struct qn_core_thread threads[] = {
	{.tid = 10,
	 .stack = 1,
	 .unwinder = QN_UNWINDER_LIBUNWIND,
	 .end = QN_UNWIND_END_NO_CFI,
	 .end_pc = 0x55,
	 .signal = 11,
	 .handled = {{.number = 11,
		      .code = -6,
		      .has_address = true,
		      .address = UINT64_MAX,
		      .sender = 3,
		      .pc = 4}},
	 .handled_count = 1,
	 .wait = {.kind = QN_LOCK_MUTEX, .address = 0x7ffe, .owner = 11, .state = {"held", 4}},
	 .executor = 0xabc,
	 .pool = {"MILVUS_SEARCH_", 14}},
	{.tid = 11},
};
static struct qn_core_module modules[] = {
	{.path = {"/usr/lib/libc.so.6", 18}, .start = 0x1000, .end = 0x2000, .build_id = {"0123", 4}},
	{.path = {"/x", 2}, .found = {"/x", 2}, .debug = {"/d", 2}, .is_verified = true},
};
static struct qn_core_note notes[] = {{.text = {"cut", 3}, .has_offset = true, .offset = 42}};

static struct qn_core sample(void)
{
	return (struct qn_core){
		.machine = QN_MACHINE_AARCH64,
		.size_bytes = UINT64_C(17) << 30,
		.is_truncated = true,
		.content = QN_TEXT("0123456789abcdef0123456789abcdef"),
		.signal = {.number = 11, .code = 1, .has_address = true, .address = 0x20},
		.fault = QN_TEXT("null + 0x20"),
		.pid = 77,
		.command = QN_TEXT("milvus run querynode"),
		.executable = QN_TEXT("/milvus/bin/milvus"),
		.crashed = 1,
		.crashed_because = QN_TEXT("the kernel says so"),
		.message = QN_TEXT("what\nnow"),
		.exception = QN_TEXT("std::runtime_error"),
		.modules = modules,
		.modules_count = 2,
		.stacks = stacks,
		.stacks_count = 2,
		.threads = threads,
		.threads_count = 2,
		.notes = notes,
		.notes_count = 1,
	};
}

static struct qn_buffer encode(const struct qn_core *core)
{
	struct qn_buffer bytes = {0};

	qn_core_encode(core, &bytes);
	assert_no_error(qn_buffer_check(&bytes));
	return bytes;
}

static void same_signal(const struct qn_core_signal *a, const struct qn_core_signal *b)
{
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->code, b->code);
	assert_int_equal(a->has_address, b->has_address);
	assert_int_equal(a->address, b->address);
	assert_int_equal(a->sender, b->sender);
	assert_int_equal(a->pc, b->pc);
}

static void every_field_comes_through(void **state)
{
	struct qn_core core = sample(), *told = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer bytes = encode(&core);

	(void)state;
	assert_no_error(qn_core_decode(qn_buffer_text(&bytes), &told));
	assert_int_equal(told->machine, QN_MACHINE_AARCH64);
	assert_int_equal(told->size_bytes, core.size_bytes);
	assert_true(told->is_truncated);
	assert_text(told->content, "0123456789abcdef0123456789abcdef");
	same_signal(&told->signal, &core.signal);
	assert_text(told->fault, "null + 0x20");
	assert_int_equal(told->pid, 77);
	assert_text(told->command, "milvus run querynode");
	assert_text(told->executable, "/milvus/bin/milvus");
	assert_int_equal(told->crashed, 1);
	assert_text(told->crashed_because, "the kernel says so");
	assert_text(told->message, "what\nnow");
	assert_text(told->exception, "std::runtime_error");
	assert_int_equal(told->modules_count, 2);
	assert_text(told->modules[0].path, "/usr/lib/libc.so.6");
	assert_int_equal(told->modules[0].start, 0x1000);
	assert_int_equal(told->modules[0].end, 0x2000);
	assert_text(told->modules[0].build_id, "0123");
	assert_false(told->modules[0].is_verified);
	assert_text(told->modules[1].found, "/x");
	assert_text(told->modules[1].debug, "/d");
	assert_true(told->modules[1].is_verified);
	qn_core_destroy(told);
}

static void stacks_and_threads_come_through(void **state)
{
	struct qn_core core = sample(), *told = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer bytes = encode(&core);

	(void)state;
	assert_no_error(qn_core_decode(qn_buffer_text(&bytes), &told));
	assert_int_equal(told->stacks_count, 2);
	assert_int_equal(told->stacks[0].count, 3);
	assert_int_equal(told->stacks[0].elided_at, 2);
	assert_int_equal(told->stacks[0].elided_count, 123456789012);
	assert_int_equal(told->stacks[1].count, 0);
	assert_text(told->stacks[0].frames[0].name, "_Z5innerv");
	assert_text(told->stacks[0].frames[1].file, "a.cpp");
	assert_int_equal(told->stacks[0].frames[1].line, 9);
	assert_int_equal(told->stacks[0].frames[0].module, 1);
	assert_true(told->stacks[0].frames[0].is_inlined);
	assert_false(told->stacks[0].frames[0].is_activation);
	assert_true(told->stacks[0].frames[1].is_activation);
	assert_int_equal(told->stacks[0].frames[2].pc, 0x7f0000000000);
	assert_true(told->stacks[0].frames[2].module == SIZE_MAX);
	assert_int_equal(told->threads_count, 2);
	assert_int_equal(told->threads[0].tid, 10);
	assert_int_equal(told->threads[0].stack, 1);
	assert_int_equal(told->threads[0].unwinder, QN_UNWINDER_LIBUNWIND);
	assert_int_equal(told->threads[0].end, QN_UNWIND_END_NO_CFI);
	assert_int_equal(told->threads[0].end_pc, 0x55);
	assert_int_equal(told->threads[0].signal, 11);
	assert_int_equal(told->threads[0].handled_count, 1);
	same_signal(&told->threads[0].handled[0], &threads[0].handled[0]);
	assert_int_equal(told->threads[0].wait.kind, QN_LOCK_MUTEX);
	assert_int_equal(told->threads[0].wait.address, 0x7ffe);
	assert_int_equal(told->threads[0].wait.owner, 11);
	assert_text(told->threads[0].wait.state, "held");
	assert_int_equal(told->threads[0].executor, 0xabc);
	assert_text(told->threads[0].pool, "MILVUS_SEARCH_");
	assert_int_equal(told->threads[1].tid, 11);
	assert_int_equal(told->notes_count, 1);
	assert_text(told->notes[0].text, "cut");
	assert_true(told->notes[0].has_offset);
	assert_int_equal(told->notes[0].offset, 42);
	qn_core_destroy(told);
}

static void a_message_cut_anywhere_is_refused(void **state)
{
	struct qn_core core = sample(), *told = NULL;
	_cleanup_(qn_buffer_deinit) struct qn_buffer bytes = encode(&core);

	(void)state;
	for (size_t len = 0; len < bytes.len; len++) {
		/* a copy of that size, so that a read behind it is seen */
		_cleanup_free_ char *copy = malloc(len + 1);
		struct qn_error *error;

		assert_non_null(copy);
		memcpy(copy, bytes.data, len);
		error = qn_core_decode((struct qn_text){copy, len}, &told);
		assert_error(error, QN_ERROR_DAMAGED, "what the reader of the core told is damaged");
		assert_null(told);
	}
}

static void bytes_that_were_changed_do_no_harm(void **state)
{
	struct qn_core core = sample();
	_cleanup_(qn_buffer_deinit) struct qn_buffer bytes = encode(&core);

	(void)state;
	for (size_t at = 0; at < bytes.len; at++) {
		for (unsigned flip = 1; flip < 256; flip <<= 1) {
			struct qn_core *told = NULL;

			bytes.data[at] ^= (char)flip;
			qn_error_destroy(qn_core_decode(qn_buffer_text(&bytes), &told));
			/* what is told refers to what is there */
			for (size_t i = 0; told && i < told->threads_count; i++)
				assert_true(told->threads[i].stack < told->stacks_count);
			assert_true(!told || told->crashed == SIZE_MAX ||
				    told->crashed < told->threads_count);
			qn_core_destroy(told);
			bytes.data[at] ^= (char)flip;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_comes_through),
		cmocka_unit_test(stacks_and_threads_come_through),
		cmocka_unit_test(a_message_cut_anywhere_is_refused),
		cmocka_unit_test(bytes_that_were_changed_do_no_harm),
	};

	return QN_RUN("core_wire", tests);
}
