/** Keys of Milvus that operators set most, so that their values are checked while typing and planning. */
export type CommonKey = BooleanKey | NumberKey | WordKey<string> | DurationKey;

interface Described {
  /** One line of what the key does. */
  readonly meaning: string;
}

export interface BooleanKey extends Described {
  readonly type: "boolean";
}

export interface NumberKey extends Described {
  readonly type: "whole" | "number";
  /** In the plural; undefined for ratios and mere counts. */
  readonly unit: string | undefined;
  readonly min: number;
  readonly max: number | undefined;
}

export interface WordKey<W extends string> extends Described {
  readonly type: "word";
  readonly words: readonly W[];
}

/** A number with its unit, as Go writes durations: "200ms", "72h". */
export interface DurationKey extends Described {
  readonly type: "duration";
}

/** A message of gRPC is at most 2 GiB: its sizes are signed 32-bit numbers. */
const GRPC_MAX = 2_147_483_647;

/**
 * Units, words and bounds: milvus-io/milvus configs/milvus.yaml of 2.3 to 2.6. A key may be unknown to some lines; what a line
 * knows is said by its inventory. -1 stands for "no limit" where it is the least value.
 */
export const COMMON_KEYS = {
  "log.level": word("least severe messages in the log", "debug", "info", "warn", "error", "panic", "fatal"),
  "log.format": word("form of a line of the log", "text", "json"),

  "quotaAndLimits.enabled": bool("every quota and limit below"),
  "quotaAndLimits.flushRate.enabled": bool("limits on flushing"),
  "quotaAndLimits.flushRate.collection.max": number("flushes of one collection", "requests a second", -1),
  "quotaAndLimits.dml.enabled": bool("limits on writing"),
  "quotaAndLimits.dml.insertRate.max": number("inserted data", "MB a second", -1),
  "quotaAndLimits.dml.insertRate.collection.max": number("inserted data, one collection", "MB a second", -1),
  "quotaAndLimits.dml.deleteRate.max": number("deletions", "MB a second", -1),
  "quotaAndLimits.dql.enabled": bool("limits on reading"),
  "quotaAndLimits.dql.searchRate.max": number("searched vectors", "vectors a second", -1),
  "quotaAndLimits.dql.queryRate.max": number("queries", "requests a second", -1),
  "quotaAndLimits.limits.maxCollectionNum": whole("collections of the cluster", undefined, 1),
  "quotaAndLimits.limits.topK": whole("most results of a search", undefined, 1),
  "quotaAndLimits.limits.maxOutputSize": whole("most that one answer holds", "bytes", 1),
  "quotaAndLimits.limitWriting.forceDeny": bool("refuses every write"),
  "quotaAndLimits.limitWriting.memProtection.enabled": bool("slows writes down when nodes run out of memory"),
  "quotaAndLimits.limitWriting.memProtection.dataNodeMemoryHighWaterLevel": ratio(
    "data nodes: no writes above",
  ),
  "quotaAndLimits.limitWriting.memProtection.queryNodeMemoryHighWaterLevel": ratio("query nodes: the same"),
  "quotaAndLimits.limitWriting.diskProtection.enabled": bool("refuses writes beyond the quotas of space"),
  "quotaAndLimits.limitWriting.diskProtection.diskQuota": number("object storage, whole cluster", "MB", -1),
  "quotaAndLimits.limitWriting.diskProtection.diskQuotaPerCollection": number("one collection", "MB", -1),
  "quotaAndLimits.limitReading.forceDeny": bool("refuses every read"),

  "rootCoord.maxDatabaseNum": whole("databases of the cluster", undefined, 1),
  "rootCoord.dmlChannelNum": whole("channels of the log that all collections share", undefined, 1),
  "proxy.maxShardNum": whole("shards of one collection", undefined, 1),
  "proxy.maxDimension": whole("dimensions of a vector", undefined, 1),
  "proxy.accessLog.enable": bool("a log of every request"),
  "proxy.grpc.serverMaxRecvSize": whole("largest request of a client", "bytes", 1, GRPC_MAX),
  "proxy.grpc.serverMaxSendSize": whole("largest answer to a client", "bytes", 1, GRPC_MAX),

  "queryCoord.autoBalance": bool("moves segments between query nodes by itself"),
  "queryCoord.balancer": word(
    "how segments are spread",
    "RoundRobinBalancer",
    "RowCountBasedBalancer",
    "ScoreBasedBalancer",
    "MultipleTargetBalancer",
    "ChannelLevelScoreBalancer",
  ),
  "queryCoord.overloadedMemoryThresholdPercentage": number(
    "of memory: gets no more segments",
    "percent",
    1,
    100,
  ),
  "queryCoord.loadTimeoutSeconds": whole("until loading counts as failed", "seconds", 1),
  "queryCoord.clusterLevelLoadReplicaNumber": whole(
    "replicas where loading names none; 0: one",
    undefined,
    0,
  ),

  "queryNode.enableDisk": bool("loads indexes that live on disk (DiskANN)"),
  "queryNode.maxDiskUsagePercentage": number("of the disk that segments may take", "percent", 1, 100),
  "queryNode.mmap.vectorField": bool("vectors on disk, mapped, instead of in memory"),
  "queryNode.mmap.vectorIndex": bool("indexes of vectors likewise"),
  "queryNode.mmap.scalarField": bool("other fields likewise"),
  "queryNode.mmap.scalarIndex": bool("indexes of other fields likewise"),
  "queryNode.mmap.growingMmapEnabled": bool("data that is still growing likewise"),
  "queryNode.scheduler.maxReadConcurrentRatio": number("reads at a time for each CPU", undefined, 0.01, 100),
  "queryNode.gracefulStopTimeout": whole(
    "to hand segments over when stopped; killed after 30 anyway",
    "seconds",
    1,
  ),

  "dataCoord.segment.maxSize": whole("a segment", "MB", 1),
  "dataCoord.segment.diskSegmentMaxSize": whole("a segment with an index on disk", "MB", 1),
  "dataCoord.segment.sealProportion": ratio("of that size at which a segment is sealed"),
  "dataCoord.compaction.enableAutoCompaction": bool("merges small segments by itself"),
  "dataCoord.compaction.maxParallelTaskNum": whole("compactions at a time", undefined, -1),
  "dataCoord.gc.interval": whole("between two rounds of garbage collection", "seconds", 1),
  "dataCoord.gc.dropTolerance": whole("that dropped data is kept", "seconds", 0),
  "dataNode.segment.insertBufSize": whole("buffer of one segment, then it is written", "bytes", 1),
  "dataNode.segment.syncPeriod": whole("until a buffer is written at the latest", "seconds", 1),
  "dataNode.memory.forceSyncEnable": bool("writes buffers early when memory runs short"),
  "dataNode.memory.forceSyncWatermark": ratio("of memory at which it does"),
  "indexNode.scheduler.buildParallel": whole("indexes that a node builds at a time", undefined, 1),
  "common.buildIndexThreadPoolRatio": ratio("of the CPUs that build indexes"),

  "common.entityExpiration": whole("until entities vanish", "seconds", -1),
  "common.gracefulTime": whole("that a read with bounded consistency may lag", "milliseconds", 0),

  "rocksmq.retentionTimeInMinutes": whole("that read messages are kept", "minutes", -1),
  "rocksmq.retentionSizeInMB": whole("read messages that are kept", "MB", -1),
  "woodpecker.logstore.segmentSyncPolicy.maxInterval": duration("until a write is in the log at the latest"),
  "woodpecker.logstore.retentionPolicy.ttl": duration("that read messages are kept"),
  "woodpecker.logstore.fencePolicy.conditionWrite": word("writes only if new", "auto", "enable", "disable"),
  "streaming.walBalancer.expectedInitialStreamingNodeNum": whole("nodes to wait for at start", undefined, 0),
} satisfies Readonly<Record<string, CommonKey>>;

function bool(meaning: string): BooleanKey {
  return { type: "boolean", meaning };
}

function whole(meaning: string, unit: string | undefined, min: number, max?: number): NumberKey {
  return { type: "whole", meaning, unit, min, max };
}

function number(meaning: string, unit: string | undefined, min: number, max?: number): NumberKey {
  return { type: "number", meaning, unit, min, max };
}

function ratio(meaning: string): NumberKey {
  return number(meaning, undefined, 0.01, 1);
}

function word<W extends string>(meaning: string, ...words: W[]): WordKey<W> {
  return { type: "word", meaning, words };
}

function duration(meaning: string): DurationKey {
  return { type: "duration", meaning };
}
