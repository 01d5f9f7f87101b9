-- Every row that a question may be about: of one simulation or of one run, between two moments. The one place that names table,
-- organization and time. What statements ask of a span stands here as a column of its own: a column that a statement does not
-- use is not read, and the maps, which are most of a row, go no further than this.
WITH (text -> if(isFinite(toFloat64OrNull(text)), toFloat64OrNull(text), NULL)) AS number
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
    number(SpanAttributes['metrics.ttfb']) AS FirstByte,
    number(SpanAttributes['gen_ai.usage.input_tokens']) AS InputTokens,
    number(SpanAttributes['gen_ai.usage.output_tokens']) AS OutputTokens,
    multiIf(
        number(SpanAttributes['gen_ai.usage.total_tokens']) IS NOT NULL, number(SpanAttributes['gen_ai.usage.total_tokens']),
        InputTokens IS NULL AND OutputTokens IS NULL, NULL,
        ifNull(InputTokens, 0) + ifNull(OutputTokens, 0)) AS TotalTokens,
    number(SpanAttributes[{attribute:String}]) AS Told
FROM {table}
WHERE ResourceAttributes['{organization_attribute}'] = {organization:String}
    AND ResourceAttributes['{scope_attribute}'] = {scope:String}
    AND Timestamp BETWEEN fromUnixTimestamp64Nano({from:Int64}) AND fromUnixTimestamp64Nano({to:Int64})
