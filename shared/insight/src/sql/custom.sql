-- What a custom metric needs of the spans with one name: a number in an attribute, or how long they took in seconds.
WITH arraySort(groupArray(value)) AS sorted, [0.5, 0.9, 0.95, 0.99] AS levels
SELECT
    Simulation AS simulation,
    toUInt8(grouping(Simulation)) AS is_of_all,
    count() AS spans,
    countIf(StatusCode = 'Error') AS errors,
    count(value) AS measured,
    arraySum(sorted) AS sum,
    ifNull(min(value), 0) AS minimum,
    ifNull(max(value), 0) AS maximum,
    arrayMap(
        level -> if(measured = 0, 0, (
            sorted[toUInt64(floor((measured - 1) * level)) + 1] * (1 - ((measured - 1) * level - floor((measured - 1) * level)))
            + sorted[toUInt64(ceil((measured - 1) * level)) + 1] * ((measured - 1) * level - floor((measured - 1) * level)))),
        levels) AS percentiles
FROM (
    SELECT
        Simulation,
        StatusCode,
        if({is_duration:UInt8} = 1, if(IsMarker, NULL, Duration / 1e9), Told) AS value
    FROM ({spans})
    WHERE SpanName = {span_name:String}
)
GROUP BY GROUPING SETS ((Simulation), ())
ORDER BY is_of_all, simulation
LIMIT {limit:UInt64}
