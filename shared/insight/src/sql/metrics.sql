-- Every figure of the built-in metrics, for each simulation and for all of them together. Percentiles lie between the two nearest
-- values, in proportion (as spreadsheets' PERCENTILE.INC has it).
SELECT
    simulation,
    is_of_all,
    figure,
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
        figure,
        count() AS spans,
        countIf(StatusCode = 'Error') AS errors,
        count(value) AS measured,
        arraySort(groupArray(value)) AS sorted
    FROM (
        SELECT Simulation, StatusCode, pair.1 AS figure, if(isFinite(pair.2), pair.2, NULL) AS value
        FROM ({spans})
        ARRAY JOIN arrayConcat(
            [('spans', CAST(NULL AS Nullable(Float64)))],
            multiIf(
                Name = 'llm', [
                    ('llm_first_byte', if(IsMarker, NULL, FirstByte)),
                    ('llm_input_tokens', InputTokens),
                    ('llm_output_tokens', OutputTokens),
                    ('llm_total_tokens', TotalTokens)],
                Name = 'stt', [('stt_first_byte', if(IsMarker, NULL, FirstByte))],
                Name = 'tts', [('tts_first_byte', if(IsMarker, NULL, FirstByte))],
                Name = 'llm_tool_call', [('tool_calls', NULL)],
                [])) AS pair
    )
    GROUP BY GROUPING SETS ((Simulation, figure), (figure))
)
ORDER BY is_of_all DESC, simulation, figure
LIMIT {limit:UInt64}
