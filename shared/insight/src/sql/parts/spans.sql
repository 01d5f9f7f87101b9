-- Each span once, where a sender wrote it twice (native ingestion appends what is sent again), and only of the service that was asked for.
SELECT *
FROM ({rows})
WHERE {service:String} = '' OR ServiceName = {service:String}
LIMIT 1 BY Simulation, Import, TraceId, SpanId
