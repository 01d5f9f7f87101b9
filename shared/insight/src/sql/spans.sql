-- A simulation's spans with all that is stored of them, by their start.
SELECT
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    SpanName AS name,
    SpanKind AS kind,
    ServiceName AS service,
    toUnixTimestamp64Nano(Timestamp) AS started_at,
    Duration AS duration,
    StatusCode AS status,
    StatusMessage AS status_message,
    ResourceAttributes AS resource,
    SpanAttributes AS attributes,
    arrayMap(moment -> toUnixTimestamp64Nano(moment), Events.Timestamp) AS event_times,
    Events.Name AS event_names,
    Events.Attributes AS event_attributes
FROM ({spans})
ORDER BY Timestamp, Duration DESC, Label, TraceId, SpanId
LIMIT {limit:UInt64}
