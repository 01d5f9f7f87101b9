//! `openinference-instrumentation-openai-agents` 2.6, `_realtime.py`: a turn of OpenAI's Realtime API.

use serde_json::{Value, json};

use crate::{assert_means, meaning};

fn turn() -> Vec<Value> {
    vec![
        json!({"name": "conversation.turn", "t": 0, "d": 3, "up": null, "attrs": {
            "openinference.span.kind": "AUDIO", "llm.model_name": "gpt-realtime", "input.value": "Cancel my order",
            "output.value": "It is cancelled.", "end_reason": "complete"}}),
        json!({"name": "user", "t": 0, "d": 3, "up": 0, "attrs": {
            "openinference.span.kind": "USER", "input.audio.url": "data:audio/wav;base64,UklGRg==",
            "input.audio.mime_type": "audio/wav", "input.audio.transcript": "Cancel my order"}}),
        json!({"name": "assistant", "t": 1, "d": 1, "up": 0, "attrs": {
            "openinference.span.kind": "LLM", "llm.system": "openai", "llm.finish_reason": "stop",
            "llm.token_count.prompt": 120, "llm.token_count.completion": 48, "llm.token_count.total": 168,
            "llm.token_count.prompt_details.audio": 40, "time_to_first_token_ms": 432,
            "output.audio.url": "data:audio/wav;base64,UklGRg==", "output.audio.transcript": "It is cancelled."}}),
        json!({"name": "cancel", "t": 1.5, "d": 0.3, "up": 2, "attrs": {
            "openinference.span.kind": "TOOL", "tool.name": "cancel", "input.value": "{\"order\": 7}",
            "input.mime_type": "application/json", "output.value": "done"}}),
    ]
}

/// The turn names a model, and is no call of it; the caller's span lasts as long as the turn, and is no recognition.
#[test]
fn a_turn_is_no_call_of_a_model() {
    let spans = meaning(&turn());
    assert_means(
        &spans,
        "conversation.turn",
        "conversation.turn",
        json!({"gen_ai.operation.name": null, "metrics.ttfb": null, "input": "Cancel my order", "output": "It is cancelled."}),
    );
    assert_means(&spans, "user", "user", json!({"transcript": "Cancel my order", "gen_ai.operation.name": null}));
    assert_means(
        &spans,
        "cancel",
        "llm_tool_call",
        json!({"function.name": "cancel", "function.arguments": {"order": 7}, "tool.result": "done"}),
    );
}

/// Phoenix drops the scope: `pipecat-ai` 1.14 says by its operation that it is Pipecat's.
#[test]
fn what_pipecats_realtime_model_spoke() {
    let response = json!({"name": "llm_response", "t": 0, "d": 0.001, "up": null, "attrs": {
        "gen_ai.operation.name": "llm_response", "gen_ai.request.model": "gpt-realtime", "output": "It is cancelled."}});
    let said = json!([{"role": "assistant", "parts": [{"type": "text", "content": "It is cancelled."}]}]);
    assert_means(&meaning(&[response]), "llm_response", "llm", json!({"gen_ai.output.messages": said}));
}

/// `pipecat-ai` 1.14 with Gemini Live (`traced_gemini_live`): the call of a tool and its end are spans of their own, and the model's is `llm_response`.
#[test]
fn what_pipecats_gemini_does() {
    let span = |operation: &str, more: Value| {
        let mut attributes = json!({"gen_ai.operation.name": operation, "service.operation": operation,
            "gen_ai.provider.name": "gcp.gemini", "gen_ai.request.model": "gemini-live", "metrics.ttfb": 0.3});
        attributes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"name": operation, "t": 0, "d": 0.001, "up": null, "attrs": attributes})
    };
    let spans = meaning(&[
        span("llm_setup", json!({"tools.count": 1, "tools.names": "cancel"})),
        span(
            "llm_tool_call",
            json!({"tool.function_name": "cancel", "tool.call_id": "fc_1",
            "tool.calls_count": 1, "tool.all_function_names": "cancel", "tool.arguments": "{\"order\": 7}"}),
        ),
        span(
            "llm_tool_result",
            json!({"tool.function_name": "cancel", "tool.call_id": "fc_1",
            "tool.result": "{\"error\": \"it has shipped\"}", "tool.result_status": "error"}),
        ),
        span(
            "llm_response",
            json!({"gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 20,
            "output": "It has shipped.", "output_modality": "AUDIO"}),
        ),
    ]);
    assert_means(&spans, "llm_setup", "llm_setup", json!({"gen_ai.usage.input_tokens": null}));
    let call = json!({"function.name": "cancel", "tool_call_id": "fc_1", "function.arguments": {"order": 7}});
    assert_means(&spans, "llm_tool_call", "llm_tool_call", call);
    let result = json!({"function.name": "cancel", "tool_call_id": "fc_1", "tool.result": {"error": "it has shipped"}});
    assert_means(&spans, "llm_tool_result", "llm_tool_result", result);
    let said = json!([{"role": "assistant", "parts": [{"type": "text", "content": "It has shipped."}]}]);
    let response = json!({"metrics.ttfb": "0.3", "gen_ai.usage.total_tokens": "320", "gen_ai.output.messages": said});
    assert_means(&spans, "llm_response", "llm", response);
}

#[test]
fn what_the_model_spoke_is_its_answer() {
    let said = json!([{"role": "assistant", "parts": [{"type": "text", "content": "It is cancelled."}], "finish_reason": "stop"}]);
    assert_means(
        &meaning(&turn()),
        "assistant",
        "llm",
        json!({"metrics.ttfb": "0.432", "gen_ai.usage.input_tokens": "120", "gen_ai.usage.total_tokens": "168",
            "gen_ai.output.messages": said, "output": "It is cancelled.", "transcript": null}),
    );
}
