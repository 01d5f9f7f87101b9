-- What a text for a judge may say of each span: a handful of attributes, the first of each list that has a value, cut where it is
-- read. `…_length` is how long the value is in characters, so that a cut can be told.
SELECT
    trace_id, span_id, parent_span_id, label, import, status, started_at, duration, first_byte, input_tokens, output_tokens, model,
    substringUTF8(StatusMessage, 1, {cut:UInt64}) AS error,
    lengthUTF8(StatusMessage) AS error_length,
    substringUTF8(whole_input, 1, {cut:UInt64}) AS input,
    lengthUTF8(whole_input) AS input_length,
    substringUTF8(whole_output, 1, {cut:UInt64}) AS output,
    lengthUTF8(whole_output) AS output_length
FROM (
    SELECT
        TraceId AS trace_id,
        SpanId AS span_id,
        ParentSpanId AS parent_span_id,
        Label AS label,
        Import AS import,
        StatusCode AS status,
        StatusMessage,
        toUnixTimestamp64Nano(Timestamp) AS started_at,
        Duration AS duration,
        if(isFinite(FirstByte), FirstByte, NULL) AS first_byte,
        if(isFinite(InputTokens), InputTokens, NULL) AS input_tokens,
        if(isFinite(OutputTokens), OutputTokens, NULL) AS output_tokens,
        coalesce(nullIf(SpanAttributes['gen_ai.response.model'], ''), nullIf(SpanAttributes['gen_ai.request.model'], ''), '') AS model,
        coalesce(
            nullIf(SpanAttributes['transcript'], ''),
            nullIf(SpanAttributes['stt.transcription'], ''),
            nullIf(SpanAttributes['function.arguments'], ''),
            nullIf(SpanAttributes['tool.arguments'], ''),
            nullIf(SpanAttributes['input'], ''),
            '') AS whole_input,
        coalesce(nullIf(SpanAttributes['tool.result'], ''), nullIf(SpanAttributes['output'], ''), '') AS whole_output
    FROM ({spans})
)
ORDER BY started_at, duration DESC, label, trace_id, span_id
LIMIT {limit:UInt64}
