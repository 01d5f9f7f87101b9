-- Every row that a question may be about: of one simulation or of one run, between two moments. The one place that names table,
-- organization and time. What statements ask of a span stands here as a column of its own: a column that a statement does not
-- use is not read, and the maps, which are most of a row, go no further than this. Numbers may be `inf` or `nan`: statements leave these out.
SELECT
    *,
    ResourceAttributes['{simulation_attribute}'] AS Simulation,
    ResourceAttributes['import.id'] AS Import,
    if(SpanName = 'tool_call', 'llm_tool_call', SpanName) AS Name,
    multiIf(
        Name != 'llm_tool_call', '',
        SpanAttributes['function.name'] != '', SpanAttributes['function.name'],
        SpanAttributes['tool.name'] != '', SpanAttributes['tool.name'],
        SpanAttributes['gen_ai.tool.name']) AS Tool,
    if(Tool = '', Name, concat(Name, ': ', Tool)) AS Label,
    SpanAttributes['trace.timing'] = 'metadata_marker' AS IsMarker,
    toFloat64OrNull(SpanAttributes['metrics.ttfb']) AS FirstByte,
    toFloat64OrNull(SpanAttributes['gen_ai.usage.input_tokens']) AS InputTokens,
    toFloat64OrNull(SpanAttributes['gen_ai.usage.output_tokens']) AS OutputTokens,
    coalesce(
        toFloat64OrNull(SpanAttributes['gen_ai.usage.total_tokens']),
        InputTokens + OutputTokens,
        InputTokens,
        OutputTokens) AS TotalTokens,
    toFloat64OrNull(SpanAttributes[{attribute:String}]) AS Told
FROM {table}
WHERE ResourceAttributes['{organization_attribute}'] = {organization:String}
    AND ResourceAttributes['{scope_attribute}'] = {scope:String}
    AND Timestamp BETWEEN fromUnixTimestamp64Nano({from:Int64}) AND fromUnixTimestamp64Nano({to:Int64})
