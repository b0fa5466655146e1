/* What qn-generate writes. '$' and a letter is a value that changes:
 *
 *	$c collection   $s segment   $S one to four segments   $n one digit   $N up to 99999   $t trace id
 *	$x 12 hex digits   $p physical channel   $v virtual channel   $d duration   $T hybrid timestamp */
#ifndef QN_BENCH_GENERATE_LINES_H
#define QN_BENCH_GENERATE_LINES_H

#include <stddef.h>

struct line {
	const char *text;
	size_t len;
};

#define LINE(literal)                          \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static const struct line common[] = {
	LINE("[DEBUG] [segments/collection.go:252] [\"collection ref increment\"] [nodeID=5] "
	     "[collectionID=$c] [refCount=$n]\n"),
	LINE("[DEBUG] [segments/collection.go:266] [\"collection ref decrement\"] [nodeID=5] "
	     "[collectionID=$c] [refCount=$n]\n"),
	LINE("[DEBUG] [querynodev2/services.go:923] [\"start do query segments\"] [traceID=$t] "
	     "[collectionID=$c] [channel=$v] [scope=Historical] [segmentIDs=\"[$S]\"]\n"),
	LINE("[DEBUG] [querynodev2/services.go:938] [\"do query segments done\"] [traceID=$t] "
	     "[collectionID=$c] [channel=$v] [scope=Historical] [duration=$d]\n"),
	LINE("[DEBUG] [querynodev2/services.go:711] [\"received search request\"] [traceID=$t] "
	     "[collectionID=$c] [msgID=$T] [vChannels=\"[$v]\"] [nq=$n] [guaranteeTimestamp=$T]\n"),
	LINE("[DEBUG] [querynodev2/services.go:745] [\"do search with channel done\"] [traceID=$t] "
	     "[collectionID=$c] [vChannel=$v] [fromShardLeader=true] [segmentIDs=\"[]\"]\n"),
	LINE("[DEBUG] [querynodev2/services.go:71] [\"QueryNode current state\"] [NodeID=5] "
	     "[StateCode=Healthy]\n"),
	LINE("[DEBUG] [segments/segment.go:499] [\"search segment...\"] [traceID=$t] [collectionID=$c] "
	     "[segmentID=$s] [segmentType=Sealed] [withIndex=true]\n"),
	LINE("[DEBUG] [segments/segment.go:512] [\"search segment done\"] [traceID=$t] [collectionID=$c] "
	     "[segmentID=$s] [segmentType=Sealed] [withIndex=true]\n"),
	LINE("[DEBUG] [segments/retrieve.go:87] [\"retrieve on segments\"] [traceID=$t] [segmentNum=$n] "
	     "[segmentType=Growing] [timestamp=$T]\n"),
	LINE("[DEBUG] [delegator/delegator.go:342] [\"search segments...\"] [traceID=$t] [collectionID=$c] "
	     "[channel=$v] [replicaID=$s] [sealedNum=$n] [growingNum=$n]\n"),
	LINE("[DEBUG] [delegator/delegator.go:360] [\"search subtask dispatch\"] [traceID=$t] [channel=$v] "
	     "[targetNode=5] [segments=\"[$S]\"]\n"),
	LINE("[DEBUG] [delegator/delegator.go:471] [\"Delegator query done\"] [traceID=$t] [collectionID=$c] "
	     "[channel=$v] [replicaID=$s] [duration=$d]\n"),
	LINE("[DEBUG] [delegator/delegator.go:594] [\"tSafe not ready, wait\"] [channel=$v] [tSafe=$T] "
	     "[guaranteeTs=$T] [lag=$d]\n"),
	LINE("[DEBUG] [tasks/search_task.go:118] [\"search task execute\"] [traceID=$t] [collectionID=$c] "
	     "[shard=$v] [nq=$n] [topk=100] [mergeNum=$n]\n"),
	LINE("[DEBUG] [tasks/concurrent_safe_scheduler.go:143] [\"scheduler pop task\"] [waiting=$N] "
	     "[executing=$n] [queueTime=$d]\n"),
	LINE("[DEBUG] [pipeline/filter_node.go:95] [\"filter invalid message\"] [msgType=Insert] "
	     "[channel=$v] [timestamp=$T] [partitionID=$c]\n"),
	LINE("[DEBUG] [pipeline/manager.go:101] [\"pipeline latency\"] [channel=$v] [collectionID=$c] "
	     "[beginTs=$T] [endTs=$T]\n"),
	LINE("[DEBUG] [proxy/task_search.go:388] [\"proxy search result reduced\"] [traceID=$t] "
	     "[collectionID=$c] [nq=$n] [toReduceNum=$n] [cost=$d]\n"),
	LINE("[DEBUG] [proxy/impl.go:2914] [\"receive query\"] [traceID=$t] [role=proxy] [db=default] "
	     "[collection=laion_$n] [partitions=\"[]\"] [ConsistencyLevel=Bounded]\n"),
	LINE("[DEBUG] [meta/target_manager.go:221] [\"finish to update next targets for collection\"] "
	     "[collectionID=$c] [PartitionIDs=\"[$c]\"] [segmentNum=$N]\n"),
	LINE("[DEBUG] [task/scheduler.go:689] [\"task queue info\"] [nodeID=5] [segmentTaskNum=$n] "
	     "[channelTaskNum=$n] [processing=$n]\n"),
	LINE("[DEBUG] [importv2/scheduler.go:97] [\"processing selected tasks\"] [pending=$n] "
	     "[selected=$n]\n"),
	LINE("[DEBUG] [funcutil/parallel.go:55] [loadRemoteBM25Func] [total=$n] [\"time cost\"=$d]\n"),
	LINE("[INFO] [delegator/distribution.go:294] [\"Update readable segment version\"] [channel=$v] "
	     "[oldVersion=$T] [newVersion=$T] [growingSegmentNum=$n] [sealedSegmentNum=$N]\n"),
	LINE("[INFO] [delegator/delegator_data.go:277] [\"add growing segments to delegator\"] "
	     "[collectionID=$c] [channel=$v] [replicaID=$s] [segmentIDs=\"[$S]\"]\n"),
	LINE("[INFO] [delegator/delegator_data.go:433] [\"load segments done\"] [collectionID=$c] "
	     "[channel=$v] [replicaID=$s] [workID=5] [segments=\"[$S]\"]\n"),
	LINE("[INFO] [delegator/delegator_data.go:612] [\"worker loads segments...\"] [collectionID=$c] "
	     "[channel=$v] [workID=5] [segments=\"[$S]\"] [version=$T]\n"),
	LINE("[INFO] [segments/segment_loader.go:627] [\"start loading remote...\"] [traceID=$t] "
	     "[collectionID=$c] [segmentIDs=\"[$S]\"] [segmentNum=$n]\n"),
	LINE("[INFO] [segments/segment_loader.go:637] [\"loading bloom filter for remote...\"] [traceID=$t] "
	     "[collectionID=$c] [segmentIDs=\"[$s]\"]\n"),
	LINE("[INFO] [segments/segment_loader.go:274] [\"start loading segments...\"] [traceID=$t] "
	     "[collectionID=$c] [segmentType=Sealed] [requestSegments=\"[$S]\"] "
	     "[preparedSegments=\"[$S]\"]\n"),
	LINE("[INFO] [segments/segment_loader.go:741] [\"predict memory and disk usage while loading (in "
	     "MiB)\"] [collectionID=$c] [maxSegmentSize(MB)=$N] [concurrency=$n] [committedMemSize(MB)=$N] "
	     "[memUsage(MB)=$N] [diskUsage(MB)=$N]\n"),
	LINE("[INFO] [segments/segment.go:968] [\"start loading field data for field\"] [collectionID=$c] "
	     "[partitionID=$c] [segmentID=$s] [fieldID=10$n] [rowCount=$N]\n"),
	LINE("[INFO] [segments/segment.go:1013] [\"load field done\"] [collectionID=$c] [partitionID=$c] "
	     "[segmentID=$s] [fieldID=10$n] [rowCount=$N] [duration=$d]\n"),
	LINE("[INFO] [segments/segment.go:1187] [\"load text index\"] [traceID=$t] [\"field id\"=10$n] "
	     "[\"text logs\"=]\n"),
	LINE("[INFO] [segments/segment.go:1402] [\"Finish loading index\"] [traceID=$t] [collectionID=$c] "
	     "[segmentID=$s] [fieldID=10$n] [newLoadIndexInfoSpan=$d] [updateIndexInfoSpan=$d]\n"),
	LINE("[INFO] [segments/manager.go:512] [\"remove segment from cache\"] [collectionID=$c] "
	     "[segmentID=$s] [type=Sealed] [channel=$v]\n"),
	LINE("[INFO] [segments/segment.go:1260] [\"delete segment from memory\"] [collectionID=$c] "
	     "[partitionID=$c] [segmentID=$s] [segmentType=Sealed] [insertCount=$N]\n"),
	LINE("[INFO] [querynodev2/services.go:443] [\"received load segments request\"] [traceID=$t] "
	     "[collectionID=$c] [partitionID=$c] [shard=$v] [segmentID=$s] [currentNodeID=5] [version=$T] "
	     "[needTransfer=false] [loadScope=Full]\n"),
	LINE("[INFO] [querynodev2/services.go:498] [\"load segments done...\"] [traceID=$t] "
	     "[collectionID=$c] [shard=$v] [segments=\"[$S]\"]\n"),
	LINE("[INFO] [querynodev2/services.go:571] [\"start to release segments\"] [traceID=$t] "
	     "[collectionID=$c] [shard=$v] [segmentIDs=\"[$S]\"] [scope=Historical]\n"),
	LINE("[INFO] [querynodev2/services.go:1314] [\"sync action\"] [traceID=$t] [collectionID=$c] "
	     "[channel=$v] [currentNodeID=5] [Action=Set] [segmentID=$s] [TargetVersion=$T]\n"),
	LINE("[INFO] [pipeline/insert_node.go:78] [\"pipeline fetch insert msg\"] [collectionID=$c] "
	     "[segmentID=$s] [insertRowNum=$N] [timestampMin=$T] [timestampMax=$T]\n"),
	LINE("[INFO] [pipeline/delete_node.go:57] [\"pipeline fetch delete msg\"] [collectionID=$c] "
	     "[partitionID=$c] [insertRowNum=$n] [timestampMin=$T] [timestampMax=$T]\n"),
	LINE("[INFO] [msgdispatcher/dispatcher.go:194] [\"begin to work\"] [pchannel=$p] [isMain=true]\n"),
	LINE("[INFO] [msgdispatcher/manager.go:168] [\"merge dispatcher\"] [role=querynode] [nodeID=5] "
	     "[vchannel=$v] [checkpoint=$T]\n"),
	LINE("[INFO] [task/executor.go:230] [\"load segments...\"] [taskID=$T] [collectionID=$c] "
	     "[replicaID=$s] [segmentID=$s] [node=5] [source=segment_checker] [shardLeader=5]\n"),
	LINE("[INFO] [observers/target_observer.go:520] [\"observer trigger update current target\"] "
	     "[collectionID=$c] [duration=$d]\n"),
};

static const struct line warnings[] = {
	LINE("[WARN] [sessionutil/session_util.go:550] [\"fail to retry keepAliveOnce\"] "
	     "[serverName=querynode] [LeaseID=$T] [error=\"context deadline exceeded\"]\n"),
	LINE("[WARN] [delegator/delegator.go:622] [\"tsafe lag is larger than limit\"] [channel=$v] "
	     "[tSafe=$T] [lag=$d] [maxTimestampLag=30s]\n"),
	LINE("[WARN] [segments/segment_loader.go:806] [\"load segment failed, wait for retry\"] "
	     "[collectionID=$c] [segmentID=$s] [attempt=$n] [error=\"segment loader: memory not "
	     "enough[predict=$N][total=$N]\"]\n"),
	LINE("[WARN] [querynodev2/handlers.go:214] [\"failed to search on delegator\"] [traceID=$t] "
	     "[collectionID=$c] [channel=$v] [error=\"channel distribution is not serviceable: channel not "
	     "available[channel=$v]\"]\n"),
	LINE("[WARN] [grpcclient/client.go:410] [\"grpc client is retrying call\"] [func=Search] "
	     "[attempt=$n] [error=\"rpc error: code = Unavailable desc = error reading from server: "
	     "EOF\"]\n"),
	LINE("[WARN] [msgstream/mq_msgstream.go:735] [\"MqTtMsgStream seek slow\"] [channel=$p] "
	     "[msgID=\"CJ$NGA$N\"] [cost=$d]\n"),
	LINE("[WARN] [server/rocksmq_impl.go:920] [\"RocksMQ: trying to move Consume position backward\"] "
	     "[key=$p/querynode-$n-$v-true] [oldPos=$T] [newPos=$T]\n"),
	LINE("[WARN] [storage/minio_object_storage.go:118] [\"failed to stat object\"] "
	     "[bucket=milvus-bucket] [path=files/insert_log/$c/$c/$s/10$n/$s] [error=\"Get "
	     "\\\"http://minio:9000/\\\": dial tcp 10.0.$n.$n:9000: i/o timeout\"]\n"),
};

static const struct line errors[] = {
	LINE("[ERROR] [pipeline/flow_graph_write_node.go:96] [\"failed to buffer data\"] [collectionID=$c] "
	     "[error=\"channel not found[channel=$v]\"] "
	     "[stack=\"github.com/milvus-io/milvus/internal/flushcommon/pipeline.(*writeNode).Operate\\n\\t/"
	     "workspace/source/internal/flushcommon/pipeline/flow_graph_write_node.go:96\\ngithub.com/"
	     "milvus-io/milvus/internal/util/flowgraph.(*nodeCtxManager).workNodeStart\\n\\t/workspace/"
	     "source/internal/util/flowgraph/node.go:131\"]\n"),
	LINE("[ERROR] [segments/segment.go:1031] [\"load field data failed\"] [collectionID=$c] "
	     "[segmentID=$s] [fieldID=10$n] [error=\"Error:GetObjectSize[errcode:404, exception:, "
	     "errmessage:No response body.]\"]\n"),
	LINE("[ERROR] [querynodev2/services.go:486] [\"failed to load segments\"] [traceID=$t] "
	     "[collectionID=$c] [shard=$v] [segmentID=$s] [error=\"At LoadIndex: bad allocation\"]\n"),
	LINE("[ERROR] [task/executor.go:257] [\"failed to load segment, it may be a false failure\"] "
	     "[taskID=$T] [collectionID=$c] [segmentID=$s] [node=5] [error=\"context deadline exceeded\"]\n"),
};

static const struct line crash_blocks[] = {
	LINE("\n"
	     "SIGNAL CATCH BY NON-GO SIGNAL HANDLER\n"
	     "SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x30\n"
	     "BACKTRACE:\n"
	     "_ZNK6milvus12ColumnVector10GetRawDataEv\n"
	     "\t/root/milvus/internal/core/src/common/Vector.h:130 pc=0x7f$x\n"
	     "_ZN6milvus4exec15PhyRescoresNode9GetOutputEv\n"
	     "\t/root/milvus/internal/core/src/exec/operator/RescoresNode.cpp:118 pc=0x7f$x\n"
	     "_ZN6milvus4exec6Driver11RunInternalERSt10shared_ptrIS1_ERS2_INS0_13BlockingStateEERS2_INS_"
	     "9RowVectorEE\n"
	     "\t/workspace/source/internal/core/src/exec/Driver.cpp:237 pc=0x7f$x\n"
	     "_ZN6milvus4exec4Task4NextEPN5folly10SemiFutureINS2_4UnitEEE\n"
	     "\t/workspace/source/internal/core/src/exec/Task.cpp:199 pc=0x7f$x\n"
	     "\n"),
	LINE("panic: runtime error: invalid memory address or nil pointer dereference\n"
	     "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x4a$x]\n"
	     "\n"
	     "goroutine $N [running]:\n"
	     "github.com/milvus-io/milvus/internal/querynodev2/delegator.(*shardDelegator).Search(0xc000$x, "
	     "{0x5bb0a88, 0xc01$x}, 0xc02$x)\n"
	     "\t/workspace/source/internal/querynodev2/delegator/delegator.go:342 +0x2e5\n"
	     "github.com/milvus-io/milvus/internal/querynodev2.(*QueryNode).searchChannel(0xc000$x, "
	     "{0x5bb0a88, 0xc01$x}, 0xc02$x, {0xc03$x, 0x31})\n"
	     "\t/workspace/source/internal/querynodev2/handlers.go:214 +0x9c5\n"
	     "created by golang.org/x/sync/errgroup.(*Group).Go in goroutine $N\n"
	     "\t/go/pkg/mod/golang.org/x/sync@v0.5.0/errgroup/errgroup.go:72 +0x96\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"
	     "goroutine $N [select, $n minutes]:\n"
	     "github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).work(0xc000$x)\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:201 +0x1b8\n"
	     "created by github.com/milvus-io/milvus/pkg/mq/msgdispatcher.(*Dispatcher).Handle in goroutine "
	     "$N\n"
	     "\t/workspace/source/pkg/mq/msgdispatcher/dispatcher.go:173 +0x2a6\n"
	     "\n"),
};

#endif
