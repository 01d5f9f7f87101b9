-- Which span follows which, over all simulations: docs/INSIGHT.md#transitions says it in words, and so does every answer.
SELECT
    previous AS from_label,
    Label AS to_label,
    count() AS count,
    uniqExact(Simulation) AS simulations,
    countIf(StatusCode = 'Error') AS failures,
    arraySlice(arraySort(groupUniqArrayIf(Simulation, StatusCode = 'Error')), 1, 10) AS failed_in
FROM (
    SELECT
        Simulation,
        Label,
        StatusCode,
        lagInFrame(Label) OVER (
            PARTITION BY Simulation, Import
            ORDER BY toUnixTimestamp64Milli(Timestamp), Duration DESC, Label, TraceId, SpanId
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous,
        row_number() OVER (
            PARTITION BY Simulation, Import
            ORDER BY toUnixTimestamp64Milli(Timestamp), Duration DESC, Label, TraceId, SpanId) AS place
    FROM ({spans})
)
WHERE place > 1
GROUP BY from_label, to_label
ORDER BY failures DESC, count DESC, from_label, to_label
LIMIT {limit:UInt64}
