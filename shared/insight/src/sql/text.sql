-- What a text for a judge may say of each span: a handful of attributes, the first of each list that has a value, cut where it is
-- read. `…_length` is how long the value is in characters, so that a cut can be told.
WITH (names -> arrayFirst(text -> text != '', arrayMap(name -> SpanAttributes[name], names))) AS first_of
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
        FirstByte AS first_byte,
        InputTokens AS input_tokens,
        OutputTokens AS output_tokens,
        first_of(['gen_ai.response.model', 'gen_ai.request.model']) AS model,
        first_of(['transcript', 'stt.transcription', 'function.arguments', 'tool.arguments', 'input']) AS whole_input,
        first_of(['tool.result', 'output']) AS whole_output
    FROM ({spans})
)
ORDER BY started_at, duration DESC, label, trace_id, span_id
LIMIT {limit:UInt64}
