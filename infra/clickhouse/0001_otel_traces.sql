-- The trace store: the table of the OpenTelemetry collector's ClickHouse exporter, its 22 physical columns in its order and with
-- its types, so that native ingestion and the importers fill one table. Runs in the current database, and again without harm.
--
-- What differs from the exporter's own table, and why:
-- * ORDER BY: every question is about one simulation. The exporter sorts by service and span name, so the same question there
--   leans on the bloom filters and the time bound alone. (A reader must set optimize_functions_to_subcolumns = 0: from 26.x on the
--   map subscript is otherwise rewritten to a subcolumn, which the primary key does not know, and every granule is read.)
-- * TTL: 90 days, as long as the ledger remembers an import. It counts from the span's start, and whole days are dropped
--   (ttl_only_drop_parts), so nothing is rewritten. To import simulations older than this, lengthen it first: rows that
--   are expired when they arrive are dropped.
-- * non_replicated_deduplication_window: on a plain MergeTree, insert_deduplication_token does nothing without it. ClickHouse Cloud
--   makes a SharedMergeTree of this statement; that engine deduplicates by replicated_deduplication_window, which is on by default.
--   All engines of the family share one list of settings, so Cloud accepts the line and does not use it (other projects create
--   their Cloud tables with it; not tried on Cloud by us). A token is remembered for 10,000 inserts here and for an hour
--   or so on Cloud: enough for the retry of one insert, which is all that it has to cover.
CREATE TABLE IF NOT EXISTS otel_traces (
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ResourceAttributes['coval.organization_id'], ResourceAttributes['coval.simulation_output_id'], Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(90)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000;

-- From a trace id to the time it happened, which is what the trace viewer needs to prune otel_traces by day. As the exporter makes it.
CREATE TABLE IF NOT EXISTS otel_traces_trace_id_ts (
    TraceId String CODEC(ZSTD(1)),
    Start DateTime CODEC(Delta, ZSTD(1)),
    End DateTime CODEC(Delta, ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(Start)
ORDER BY (TraceId, Start)
TTL toDateTime(Start) + toIntervalDay(90)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_trace_id_ts_mv TO otel_traces_trace_id_ts AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM otel_traces
WHERE TraceId != ''
GROUP BY TraceId;
