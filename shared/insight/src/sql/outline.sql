-- The shape of a simulation: ids, names, times and how spans ended. No value of any attribute, and rows as they are, doubled ones too.
SELECT
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    Label AS label,
    ServiceName AS service,
    Import AS import,
    StatusCode AS status,
    toUnixTimestamp64Nano(Timestamp) AS started_at,
    Duration AS duration
FROM ({rows})
WHERE {service:String} = '' OR ServiceName = {service:String}
ORDER BY Timestamp, TraceId, SpanId
LIMIT {limit:UInt64}
