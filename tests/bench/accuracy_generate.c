/* A file of stacks for the measure of speed: native reports with the names of 10 kB that Folly's
 * continuations have, Go panics with further goroutines, zap records with a stack, the crash reports of the
 * Go runtime. */
#include "bench/accuracy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"

#include "base/banned.h"

#define FOLLY_NAME_BYTES 10000U
#define FLUSH_BYTES (1U << 20)

struct generator {
	uint64_t random, clock_usec, written, stacks;
	struct qn_buffer out, task[3]; /* names of 10 kB */
};

static uint64_t below(struct generator *generator, uint64_t limit)
{
	uint64_t x = generator->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	generator->random = x;
	return (x >> 11) % limit;
}

static void put(struct generator *generator, const char *text)
{
	qn_buffer_append_string(&generator->out, text);
}

static const struct {
	const char *name, *place;
} native_frames[] = {
	{"_ZNKSt12__shared_ptrIN6milvus13FieldDataBaseELN9__gnu_cxx12_Lock_policyE2EE3getEv",
	 "/usr/include/c++/12/bits/shared_ptr_base.h:1666"},
	{"_ZNK6milvus12ColumnVector10GetRawDataEv", "/root/milvus/internal/core/src/common/Vector.h:130"},
	{"_ZN6milvus4exec15PhyRescoresNode9GetOutputEv",
	 "/root/milvus/internal/core/src/exec/operator/RescoresNode.cpp:118"},
	{"_ZN6milvus9SkipIndex18MinMaxBinaryFilterINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEEENSt9"
	 "enable_ifIXntsrSt13is_arithmeticIT_E5valueEbE4typeERKNS_17FieldChunkMetricsERKS9_SG_bb",
	 "/workspace/source/internal/core/src/index/SkipIndex.h:311"},
	{"_ZNK6milvus7segcore24ChunkedSegmentSealedImpl9search_pkERKSt7variantIJSt9monostatelNSt7__cxx1112"
	 "basic_stringIcSt11char_traitsIcESaIcEEEEEm",
	 "/workspace/source/internal/core/src/segcore/ChunkedSegmentSealedImpl.cpp:479"},
	{"_ZN6milvus7segcore17SegmentSealedImpl14bulk_subscriptEN6fluent9NamedTypeIlNS_"
	 "4impl10FieldIdTagEJNS2_"
	 "10ComparableENS2_8HashableEEEEPKll",
	 "/workspace/source/internal/core/src/segcore/SegmentSealedImpl.cpp:1174"},
	{"_ZN8knowhere12IvfIndexNodeIN5faiss12IndexIVFFlatEE11DeserializeERKNS_9BinarySetERKNS_6ConfigE",
	 "/root/.conan/data/knowhere/2.2/src/index/ivf/ivf.cc:801"},
	{"_ZN6milvus4exec7ExprSet4EvalEiibRNS0_7EvalCtxERSt6vectorISt10shared_ptrINS_10BaseVectorEESaIS7_EE",
	 "/workspace/source/internal/core/src/exec/expression/Expr.cpp:51"},
	{"_ZN6milvus4exec6Driver11RunInternalERSt10shared_ptrIS1_ERS2_INS0_13BlockingStateEERS2_INS_"
	 "9RowVectorEE",
	 "/workspace/source/internal/core/src/exec/Driver.cpp:237"},
	{"_ZN6milvus4exec4Task4NextEPN5folly10SemiFutureINS2_4UnitEEE",
	 "/workspace/source/internal/core/src/exec/Task.cpp:199"},
	{"_ZN6milvus5query19ExecPlanNodeVisitor5visitERNS0_16RetrievePlanNodeE",
	 "/workspace/source/internal/core/src/query/ExecPlanNodeVisitor.cpp:253"},
};

static const char *const folly_frames[] = {
	"_ZN5folly6detail8function14FunctionTraitsIFvvEEclEv\n\t/root/.conan/data/folly/include/folly/"
	"Function.h:374",
	"_ZN5folly8Executor18invokeCatchingExnsINS_8FunctionIFvvEEEEEvPKcT_\n\t/root/.conan/data/folly/dev/"
	"build/00000000/folly/Executor.h:234",
	"_ZN5folly18ThreadPoolExecutor7runTaskERKSt10shared_ptrINS0_6ThreadEEONS0_4TaskE\n\t/root/.conan/"
	"data/"
	"folly/dev/build/00000000/folly/executors/ThreadPoolExecutor.cpp:102",
	"_ZN5folly21CPUThreadPoolExecutor9threadRunESt10shared_ptrINS_18ThreadPoolExecutor6ThreadEE\n\t/root/"
	".conan/data/folly/dev/build/00000000/folly/executors/CPUThreadPoolExecutor.cpp:333",
	"_ZSt13__invoke_implIvRMN5folly18ThreadPoolExecutorEFvSt10shared_ptrINS1_6ThreadEEERPS1_JRS4_EET_"
	"St21__invoke_memfun_derefOT0_OT1_DpOT2_\n\t/usr/include/c++/12/bits/invoke.h:74",
	"start_thread\n\t./nptl/pthread_create.c:442",
	"clone\n\t../sysdeps/unix/sysv/linux/x86_64/clone.S:100",
};

static const char *const go_frames[] = {
	"github.com/milvus-io/milvus/internal/querynodev2/segments.(*LocalSegment).Retrieve\n\t/go/src/"
	"github.com/milvus-io/milvus/internal/querynodev2/segments/segment.go:",
	"github.com/milvus-io/milvus/internal/querynodev2/segments.retrieveOnSegments.func1\n\t/go/src/"
	"github.com/milvus-io/milvus/internal/querynodev2/segments/retrieve.go:",
	"github.com/milvus-io/milvus/internal/querynodev2/delegator.(*shardDelegator).LoadGrowing\n\t/go/src/"
	"github.com/milvus-io/milvus/internal/querynodev2/delegator/delegator_data.go:",
	"github.com/milvus-io/milvus/pkg/v2/util/conc.(*Pool[...]).Submit.func1\n\t/go/src/github.com/"
	"milvus-io/"
	"milvus/pkg/util/conc/pool.go:",
	"github.com/panjf2000/ants/v2.(*goWorker).run.func1\n\t/go/pkg/mod/github.com/panjf2000/ants/"
	"v2@v2.7.2/"
	"worker.go:",
	"golang.org/x/sync/errgroup.(*Group).Go.func1\n\t/go/pkg/mod/golang.org/x/sync@v0.5.0/errgroup/"
	"errgroup.go:",
	"google.golang.org/grpc.(*Server).processUnaryRPC\n\t/go/pkg/mod/google.golang.org/grpc@v1.65.0/"
	"server.go:",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* thenTry() in thenTry(): a lambda's type names the function it stands in, whose arguments name a lambda */
static void make_task_name(struct qn_buffer *name, const char *task)
{
	qn_buffer_append_string(name, "invoke<");
	for (unsigned depth = 0; name->len < FOLLY_NAME_BYTES; depth++)
		qn_buffer_printf(
			name,
			"folly::futures::detail::FutureBase<folly::Unit>::thenImplementation<folly::"
			"Future<folly::Unit>::thenTry<milvus::futures::Future<CProto>::asyncProduce<"
			"%s(CTraceContext, CSegmentInterface, CRetrievePlan, uint64_t)::<lambda("
			"milvus::futures::CancellationToken)> >(folly::Executor::KeepAlive<>, int, "
			"%s(CTraceContext, CSegmentInterface, CRetrievePlan, uint64_t)::<lambda("
			"milvus::futures::CancellationToken)>&&)::<lambda(auto:%u&&)>&>(int) &&::<lambda("
			"folly::Executor::KeepAlive<>&&, folly::Try<folly::Unit>&&)>, ",
			task, task, 80 + depth);
	qn_buffer_append_string(name, "folly::Unit>");
}

static void put_record(struct generator *generator, const char *level, const char *rest)
{
	uint64_t usec;

	generator->clock_usec += 400000 + below(generator, 400000);
	usec = generator->clock_usec;
	qn_buffer_printf(&generator->out, "[2025/03/04 %02ju:%02ju:%02ju.%03ju +00:00] [%s] %s",
			 (uintmax_t)(usec / 3600000000 % 24), (uintmax_t)(usec / 60000000 % 60),
			 (uintmax_t)(usec / 1000000 % 60), (uintmax_t)(usec / 1000 % 1000), level, rest);
}

static void put_native(struct generator *generator)
{
	uint64_t base = UINT64_C(0x7f0000000000) + (below(generator, UINT64_C(1) << 32) << 4);
	size_t first = below(generator, 7);

	put_record(generator, "DEBUG", "[segments/collection.go:252] [\"collection ref increment\"]\n");
	qn_buffer_printf(&generator->out,
			 "\nSIGNAL CATCH BY NON-GO SIGNAL HANDLER\nSIGNO: 11; SIGNAME: Segmentation fault; "
			 "SI_CODE: 1; SI_ADDR: 0x%jx\nBACKTRACE:\n",
			 (uintmax_t)below(generator, UINT64_C(1) << 40));
	for (size_t i = first; i < COUNT(native_frames); i++)
		if (i <= first + 1 || i >= 7)
			qn_buffer_printf(&generator->out, "%s\n\t%s pc=0x%jx\n", native_frames[i].name,
					 native_frames[i].place, (uintmax_t)(base += 4096));
	qn_buffer_append_text(&generator->out, qn_buffer_text(&generator->task[below(generator, 3)]));
	qn_buffer_printf(&generator->out,
			 "\n\t/root/.conan/data/folly/dev/include/folly/futures/Future-inl.h:310 pc=0x%jx\n",
			 (uintmax_t)(base += 4096));
	for (size_t i = 0; i < COUNT(folly_frames); i++)
		qn_buffer_printf(&generator->out, "%s pc=0x%jx\n", folly_frames[i],
				 (uintmax_t)(base += 4096));
	put(generator, "\n\n");
}

static void put_go_frame(struct generator *generator, size_t which)
{
	const char *frame = go_frames[which], *end = strchr(frame, '\n');

	qn_buffer_append(&generator->out, frame, (size_t)(end - frame));
	qn_buffer_printf(&generator->out, "(0xc%09jx, {0x%jx?, 0x1?})%s%ju +0x%jx\n",
			 (uintmax_t)below(generator, UINT64_C(1) << 36), (uintmax_t)below(generator, 1 << 24),
			 end, (uintmax_t)(100 + which), (uintmax_t)below(generator, 4096));
}

static void put_goroutine(struct generator *generator, const char *state)
{
	qn_buffer_printf(&generator->out, "goroutine %ju [%s]:\n", (uintmax_t)(1 + below(generator, 1000000)),
			 state);
}

static void put_go(struct generator *generator)
{
	static const char *const states[] = {"select", "chan receive, 12 minutes", "IO wait", "sleep",
					     "semacquire"};
	size_t first = below(generator, 3);

	put_record(generator, "INFO", "[querynodev2/services.go:923] [\"start do query segments\"]\n");
	put(generator, "panic: runtime error: invalid memory address or nil pointer dereference\n[signal "
		       "SIGSEGV: segmentation violation code=0x1 addr=0x58 pc=0x103ca6361]\n\n");
	put_goroutine(generator, "running");
	for (size_t i = first; i < COUNT(go_frames); i++)
		put_go_frame(generator, i);
	for (uint64_t more = 4 + below(generator, 12); more > 0; more--) {
		put(generator, "\n");
		put_goroutine(generator, states[below(generator, COUNT(states))]);
		for (size_t i = below(generator, 4); i < COUNT(go_frames); i++)
			put_go_frame(generator, i);
	}
	put(generator, "\n");
}

/* As zap escapes it */
static void put_zap(struct generator *generator)
{
	size_t first = below(generator, 4);

	put_record(generator, "ERROR",
		   "[tasks/query_task.go:97] [\"failed to query\"] [error=\"segment not "
		   "loaded\"] [stack=\"");
	for (size_t i = first; i < COUNT(go_frames); i++) {
		for (const char *c = go_frames[i]; *c; c++) {
			if (*c == '\n' || *c == '\t')
				put(generator, *c == '\n' ? "\\n" : "\\t");
			else
				qn_buffer_append_byte(&generator->out, *c);
		}
		qn_buffer_printf(&generator->out, "%zu%s", 100 + i, i + 1 < COUNT(go_frames) ? "\\n" : "");
	}
	put(generator, "\"]\n");
}

static struct qn_error *flush(struct generator *generator, FILE *file, const char *path)
{
	QN_TRY(qn_buffer_check(&generator->out));
	if (fwrite(generator->out.data, 1, generator->out.len, file) != generator->out.len)
		return qn_error_system(errno, "%s", path);
	generator->written += generator->out.len;
	qn_buffer_clear(&generator->out);
	return NULL;
}

static struct qn_error *generate(struct generator *generator, FILE *file, const char *path, uint64_t size)
{
	static void (*const sorts[])(struct generator *) = {put_native, put_native, put_go, put_zap};

	while (generator->written + generator->out.len < size) {
		sorts[below(generator, COUNT(sorts))](generator);
		generator->stacks++;
		if (generator->out.len > FLUSH_BYTES)
			QN_TRY(flush(generator, file, path));
	}
	return flush(generator, file, path);
}

struct qn_error *qn_stacks_generate(const char *path, uint64_t size, uint64_t *ret_stacks)
{
	static const char *const tasks[] = {"AsyncRetrieve", "AsyncSearch", "AsyncRetrieveByOffsets"};
	struct generator generator = {.random = UINT64_C(0x5eed)};
	_cleanup_fclose_ FILE *file = fopen(path, "w");
	struct qn_error *error;

	if (!file)
		return qn_error_system(errno, "%s", path);
	for (size_t i = 0; i < COUNT(tasks); i++)
		make_task_name(&generator.task[i], tasks[i]);
	error = generate(&generator, file, path, size);
	if (!error && fflush(file) != 0)
		error = qn_error_system(errno, "%s", path);
	*ret_stacks = generator.stacks;
	for (size_t i = 0; i < COUNT(tasks); i++)
		qn_buffer_deinit(&generator.task[i]);
	qn_buffer_deinit(&generator.out);
	return error;
}
