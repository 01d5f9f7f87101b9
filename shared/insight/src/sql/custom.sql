-- What a custom metric needs of the spans with one name: a number in an attribute, or how long they took in seconds.
-- All simulations together come first: the limit must not cut that row.
SELECT
    simulation,
    is_of_all,
    'custom' AS figure,
    spans,
    errors,
    measured,
    arraySum(sorted) AS sum,
    if(measured = 0, 0, sorted[1]) AS minimum,
    if(measured = 0, 0, sorted[measured]) AS maximum,
    arrayMap(
        place -> if(measured = 0, 0, sorted[toUInt64(floor(place)) + 1] * (1 - (place - floor(place))) + sorted[toUInt64(ceil(place)) + 1] * (place - floor(place))),
        arrayMap(level -> (measured - 1) * level, [0.5, 0.9, 0.95, 0.99])) AS percentiles
FROM (
    SELECT
        Simulation AS simulation,
        toUInt8(grouping(Simulation)) AS is_of_all,
        count() AS spans,
        countIf(StatusCode = 'Error') AS errors,
        count(value) AS measured,
        arraySort(groupArray(value)) AS sorted
    FROM (
        SELECT
            Simulation,
            StatusCode,
            multiIf({is_duration:UInt8} = 0, if(isFinite(Told), Told, NULL), IsMarker, NULL, Duration / 1e9) AS value
        FROM ({spans})
        WHERE SpanName = {span_name:String}
    )
    GROUP BY GROUPING SETS ((Simulation), ())
)
ORDER BY is_of_all DESC, simulation
LIMIT {limit:UInt64}
