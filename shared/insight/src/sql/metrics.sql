-- Every figure of the built-in metrics, for each simulation and for all of them together. Percentiles lie between the two nearest
-- values, in proportion (as spreadsheets' PERCENTILE.INC has it).
WITH arraySort(groupArray(value)) AS sorted, [0.5, 0.9, 0.95, 0.99] AS levels
SELECT
    Simulation AS simulation,
    toUInt8(grouping(Simulation)) AS is_of_all,
    figure,
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
    SELECT Simulation, StatusCode, pair.1 AS figure, pair.2 AS value
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
ORDER BY is_of_all, simulation, figure
LIMIT {limit:UInt64}
