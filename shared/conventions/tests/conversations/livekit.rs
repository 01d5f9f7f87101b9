//! `livekit-agents` 1.8, one turn.

use serde_json::{Value, json};
use spanlift_model::StatusCode;

use crate::{assert_means, meaning, stored};

fn turn() -> Vec<Value> {
    let user = json!([{"role": "user", "parts": [{"type": "text", "content": "Cancel my order"}]}]);
    let answer = json!([{"role": "assistant", "parts": [{"type": "text", "content": "It is cancelled."}]}]);
    vec![
        json!({"name": "agent_session", "t": 0.5, "d": 12, "up": null, "attrs": {"lk.job_id": "AJ_1"}}),
        json!({"name": "user_turn", "t": 1, "d": 2, "up": 0, "attrs": {
            "lk.pii.user_transcript": "Cancel my order", "lk.transcription_delay": 0.31, "gen_ai.request.model": "nova-3",
            "gen_ai.provider.name": "deepgram"}}),
        json!({"name": "agent_turn", "t": 3, "d": 8, "up": 0, "attrs": {
            "gen_ai.operation.name": "invoke_agent", "lk.pii.user_input": "Cancel my order", "lk.e2e_latency": 1.2}}),
        json!({"name": "llm_node", "t": 3.1, "d": 2, "up": 2, "attrs": {
            "lk.pii.chat_ctx": "{\"items\": []}", "lk.pii.response.text": "It is cancelled.", "lk.response.ttft": 0.41}}),
        json!({"name": "llm_request", "t": 3.2, "d": 1.8, "up": 3, "attrs": {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4.1-mini",
            "gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.cache_read.input_tokens": 256, "gen_ai.usage.cache_write.input_tokens": 8,
            "gen_ai.response.time_to_first_chunk": 0.4, "lk.llm_metrics": "{\"ttft\": 0.4, \"total_tokens\": 320}",
            "gen_ai.input.messages": user.to_string(), "gen_ai.output.messages": answer.to_string()}}),
        json!({"name": "llm_request_run", "t": 3.25, "d": 1.7, "up": 4, "attrs": {
            "lk.retry_count": 0, "gen_ai.request.model": "gpt-4.1-mini"}}),
        json!({"name": "function_tool", "t": 5.1, "d": 0.5, "up": 2, "attrs": {
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "cancel", "gen_ai.tool.call.id": "fc_1",
            "lk.pii.function_tool.arguments": "{\"order\": 7}", "lk.function_tool.is_error": false,
            "lk.pii.function_tool.output": "done"}}),
        json!({"name": "tts_node", "t": 5.7, "d": 3, "up": 2, "attrs": {
            "lk.response.ttfb": 0.22, "lk.pii.input_text": "It is cancelled."}}),
        json!({"name": "tts_request", "t": 5.8, "d": 2.8, "up": 7, "attrs": {
            "gen_ai.provider.name": "cartesia", "gen_ai.request.model": "sonic-2", "lk.tts_metrics": "{\"ttfb\": 0.21}",
            "lk.pii.input_text": "It is cancelled."}}),
        json!({"name": "realtime_inference", "t": 9, "d": 1.5, "up": 2, "attrs": {
            "gen_ai.operation.name": "generate_content", "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-live", "gen_ai.output.type": "speech"}}),
    ]
}

#[test]
fn each_call_is_one_span() {
    let spans = meaning(&turn());
    assert_means(&spans, "agent_session", "agent_session", json!({}));
    assert_means(&spans, "agent_turn", "agent_turn", json!({"gen_ai.usage.input_tokens": null, "metrics.ttfb": null}));
    assert_means(
        &spans,
        "user_turn",
        "user_turn",
        json!({"transcript": "Cancel my order", "metrics.ttfb": null, "gen_ai.operation.name": null}),
    );
    assert_means(&spans, "llm_node", "llm_node", json!({"metrics.ttfb": null}));
    assert_means(
        &spans,
        "llm_request",
        "llm",
        json!({"metrics.ttfb": "0.4", "gen_ai.usage.input_tokens": "300", "gen_ai.usage.output_tokens": "20",
            "gen_ai.usage.total_tokens": "320", "gen_ai.usage.cache_read.input_tokens": "256",
            "gen_ai.usage.cache_creation.input_tokens": "8"}),
    );
    assert_means(&spans, "llm_request_run", "llm_request_run", json!({"metrics.ttfb": null}));
    assert_means(
        &spans,
        "function_tool",
        "llm_tool_call",
        json!({"function.name": "cancel", "tool_call_id": "fc_1", "function.arguments": {"order": 7}, "tool.result": "done"}),
    );
    assert_means(&spans, "tts_node", "tts", json!({"metrics.ttfb": "0.22", "input": "It is cancelled."}));
    assert_means(&spans, "tts_request", "tts_request", json!({"metrics.ttfb": null}));
    assert_means(&spans, "realtime_inference", "llm", json!({"gen_ai.request.model": "gpt-live"}));
}

/// A service that does not stream is called by way of an adapter, which has a span too; what was said stands below it.
#[test]
fn an_adapter_is_a_part_of_the_synthesis() {
    let mut spans = turn();
    spans.truncate(8);
    spans[7]["attrs"].as_object_mut().unwrap().remove("lk.pii.input_text");
    spans.push(json!({"name": "tts_stream_adapter", "t": 5.7, "d": 2.9, "up": 7, "attrs": {
        "lk.tts.streaming": true, "gen_ai.request.model": "sonic-2"}}));
    spans.push(json!({"name": "tts_request", "t": 5.8, "d": 2.8, "up": 8, "attrs": {
        "gen_ai.request.model": "sonic-2", "lk.pii.input_text": "It is cancelled."}}));
    let spans = meaning(&spans);
    assert_means(&spans, "tts_node", "tts", json!({"metrics.ttfb": "0.22", "input": "It is cancelled."}));
    assert_means(&spans, "tts_stream_adapter", "tts_stream_adapter", json!({"metrics.ttfb": null}));
    assert_means(&spans, "tts_request", "tts_request", json!({"metrics.ttfb": null}));
}

/// Where one model may stand in for another, an adapter stands around a request for each that was asked. An adapter that repeats the counts is still no call.
#[test]
fn a_fallback_is_a_part_of_the_call() {
    let counts = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1-mini",
        "gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 20, "lk.llm_metrics": "{\"ttft\": 0.4}"});
    let failed = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1", "lk.llm.label": "first"});
    let spans = meaning(&[
        json!({"name": "llm_node", "t": 0, "d": 3, "up": null, "attrs": {"lk.response.ttft": 0.9}}),
        json!({"name": "llm_fallback_adapter", "t": 0, "d": 3, "up": 0, "attrs": counts}),
        json!({"name": "llm_request_run", "t": 0, "d": 3, "up": 1, "attrs": {"lk.retry_count": 0}}),
        json!({"name": "llm_request", "t": 0, "d": 1, "up": 2, "attrs": failed}),
        json!({"name": "llm_request", "t": 1, "d": 2, "up": 2, "attrs": counts}),
    ]);
    assert_means(&spans, "llm_node", "llm_node", json!({"metrics.ttfb": null}));
    assert_means(&spans, "llm_fallback_adapter", "llm_fallback_adapter", json!({"metrics.ttfb": null}));
    assert_means(&spans, "llm_request", "llm", json!({"metrics.ttfb": "0.4", "gen_ai.usage.input_tokens": "300"}));
    let speech = meaning(&[
        json!({"name": "tts_node", "t": 0, "d": 3, "up": null, "attrs": {"lk.response.ttfb": 0.3}}),
        json!({"name": "tts_fallback_adapter", "t": 0, "d": 3, "up": 0, "attrs": {"lk.tts.streaming": true}}),
        json!({"name": "tts_request_run", "t": 0, "d": 3, "up": 1, "attrs": {"lk.retry_count": 0}}),
        json!({"name": "tts_stream_adapter", "t": 0, "d": 3, "up": 2, "attrs": {"lk.tts.streaming": true}}),
        json!({"name": "tts_request", "t": 0, "d": 3, "up": 3, "attrs": {"lk.pii.input_text": "It is cancelled."}}),
    ]);
    assert_means(&speech, "tts_node", "tts", json!({"metrics.ttfb": "0.3", "input": "It is cancelled."}));
    assert_means(&speech, "tts_fallback_adapter", "tts_fallback_adapter", json!({"metrics.ttfb": null}));
}

/// A caller who breaks in is no error, though `LiveKit`'s finish reason says so. What the model counted never came: zeros are no counts.
#[test]
fn an_interruption_is_no_error() {
    let status = |metrics: &str| {
        let mut spans = turn();
        let attributes = spans[4]["attrs"].as_object_mut().unwrap();
        attributes.insert("lk.llm_metrics".to_owned(), json!(metrics));
        attributes.insert("gen_ai.response.finish_reasons".to_owned(), json!(["error"]));
        attributes.insert("gen_ai.usage.input_tokens".to_owned(), json!(0));
        attributes.insert("gen_ai.usage.output_tokens".to_owned(), json!(0));
        let spans = meaning(&spans);
        let unknown = json!({"gen_ai.usage.input_tokens": null, "gen_ai.usage.output_tokens": null, "gen_ai.usage.total_tokens": null});
        assert_means(&spans, "llm_request", "llm", unknown);
        spans["llm_request"].status
    };
    assert_eq!(status(r#"{"cancelled": true}"#), StatusCode::Unset);
    assert_eq!(status(r#"{"cancelled": false}"#), StatusCode::Error);
}

/// From 1.8 on the conventions' attribute is JSON, whatever the tool gave.
#[test]
fn a_result_is_the_text_that_the_tool_gave() {
    let mut spans = turn();
    spans[6]["attrs"].as_object_mut().unwrap().insert("gen_ai.tool.call.result".to_owned(), json!("\"done\""));
    let spans = meaning(&spans);
    assert_means(&spans, "function_tool", "llm_tool_call", json!({"tool.result": "done"}));
}

/// Without counts on any of them, the span that the table names stands for the call, and has what is known around it.
#[test]
fn without_counts_the_table_names_the_call() {
    let mut spans = turn();
    for name in ["input_tokens", "output_tokens", "cache_read.input_tokens", "cache_write.input_tokens"] {
        spans[4]["attrs"].as_object_mut().unwrap().remove(&format!("gen_ai.usage.{name}"));
    }
    for name in ["gen_ai.response.time_to_first_chunk", "lk.llm_metrics"] {
        spans[4]["attrs"].as_object_mut().unwrap().remove(name);
    }
    let spans = meaning(&spans);
    assert_means(&spans, "llm_request", "llm", json!({"metrics.ttfb": "0.41", "gen_ai.usage.input_tokens": null}));
    assert_means(&spans, "llm_node", "llm_node", json!({"metrics.ttfb": null}));
}

/// `livekit-agents` 1.6 and 1.7: messages are events, calls in them a list of JSON texts. `LangSmith` keeps such events as JSON.
#[test]
fn calls_as_texts_in_a_list() {
    let call = r#"{"function": {"name": "cancel", "arguments": "{\"order\": 7}"}, "id": "call_0", "type": "function"}"#;
    let calls = json!([call]).to_string();
    let request = json!({"name": "llm_request", "t": 0, "d": 1, "up": null, "attrs": {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1-mini"}, "events": [
        {"name": "gen_ai.user.message", "t": 0.1, "attrs": {"content": "Cancel my order"}},
        {"name": "gen_ai.assistant.message", "t": 0.1, "attrs": {"role": "assistant", "tool_calls": calls}},
        {"name": "gen_ai.tool.message", "t": 0.1, "attrs": {"content": "done", "name": "cancel", "id": "call_0"}},
        {"name": "gen_ai.choice", "t": 0.9, "attrs": {"role": "assistant", "tool_calls": calls}}]});
    let called = json!({"role": "assistant", "parts": [{"type": "tool_call", "id": "call_0", "name": "cancel", "arguments": {"order": 7}}]});
    let asked = json!([{"role": "user", "parts": [{"type": "text", "content": "Cancel my order"}]}, called,
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_0", "response": "done"}], "name": "cancel"}]);
    let spans = meaning(&[request]);
    assert_means(
        &spans,
        "llm_request",
        "llm",
        json!({"gen_ai.input.messages": asked, "gen_ai.output.messages": [called]}),
    );
}

/// `livekit-agents` 1.3: a synthesis tells its time and its model with its metrics only. A turn that only calls a tool has the span of
/// a synthesis too, in which nothing is said.
#[test]
fn an_older_synthesis() {
    let metrics = r#"{"ttfb": 0.08, "metadata": {"model_name": "sonic-2", "model_provider": "cartesia"}}"#;
    let adapter = |text: &str| json!({"lk.tts.streaming": true, "lk.input_text": text});
    let attempt = json!({"lk.retry_count": 0});
    let mut spans = vec![
        json!({"name": "tts_node", "t": 0, "d": 3, "up": null, "attrs": {}}),
        json!({"name": "tts_stream_adapter", "t": 0, "d": 3, "up": 0, "attrs": adapter("It is cancelled.")}),
        json!({"name": "tts_request_run", "t": 0, "d": 3, "up": 1, "attrs": attempt}),
        json!({"name": "tts_request", "t": 0, "d": 3, "up": 2, "attrs": {
            "lk.tts.streaming": false, "lk.input_text": "It is cancelled.", "lk.tts_metrics": metrics}}),
        json!({"name": "tts_request_run", "t": 0, "d": 3, "up": 3, "attrs": attempt}),
    ];
    let said = meaning(&spans);
    let expected = json!({"metrics.ttfb": "0.08", "input": "It is cancelled.", "gen_ai.request.model": "sonic-2"});
    assert_means(&said, "tts_node", "tts", expected);
    spans.truncate(3);
    for asked in [json!({"lk.tts.streaming": true}), adapter("")] {
        spans[1]["attrs"] = asked;
        let silent = meaning(&spans);
        assert_means(&silent, "tts_node", "tts_node", json!({"metrics.ttfb": null, "input": null}));
    }
    // A service that streams has its request, with nothing to say. Where it cannot be known what was said, it is a synthesis.
    spans.remove(2);
    spans[1] = json!({"name": "tts_request", "t": 0, "d": 3, "up": 0, "attrs": {"lk.input_text": " "}});
    assert_means(&meaning(&spans), "tts_node", "tts_node", json!({}));
    spans[1]["attrs"] = json!({"lk.tts.streaming": true});
    assert_means(&meaning(&spans), "tts_node", "tts", json!({}));
    assert_means(&meaning(&spans[..1]), "tts_node", "tts_node", json!({}));
}

/// `livekit-agents` 1.2: an adapter's span is a request as well.
#[test]
fn an_adapter_that_is_a_request() {
    let counts = json!({"gen_ai.request.model": "gpt-4.1-mini", "gen_ai.usage.input_tokens": 300,
        "gen_ai.usage.output_tokens": 20, "lk.llm_metrics": "{\"ttft\": 0.4}"});
    let request =
        |up: u64, attributes: &Value| json!({"name": "llm_request", "t": 0, "d": 3, "up": up, "attrs": attributes});
    let nothing = json!({"gen_ai.request.model": "gpt-4.1-mini"});
    for (counts, tokens) in [(&counts, json!("300")), (&nothing, Value::Null)] {
        let turn = json!({"name": "assistant_turn", "t": 0, "d": 3, "up": null, "attrs": {"lk.speech_id": "speech_1"}});
        let node =
            json!({"name": "llm_node", "t": 0, "d": 3, "up": 0, "attrs": {"lk.response.text": "It is cancelled."}});
        let spans = [turn, node, request(1, counts), request(2, counts)];
        let meant = meaning(&spans);
        assert_means(&meant, "assistant_turn", "assistant_turn", json!({"gen_ai.usage.input_tokens": null}));
        assert_means(&meant, "llm_request", "llm", json!({"gen_ai.usage.input_tokens": tokens}));
        assert_eq!(stored(&spans).iter().filter(|span| span.name == "llm").count(), 1);
    }
    let turn = json!({"name": "realtime_assistant_turn", "t": 0, "d": 3, "up": null, "attrs": {
        "gen_ai.request.model": "gpt-realtime", "gen_ai.usage.input_tokens": 40, "gen_ai.usage.output_tokens": 9,
        "lk.realtime_model_metrics": "{\"ttft\": 0.3}"}});
    let meant = meaning(&[turn]);
    assert_means(&meant, "realtime_assistant_turn", "llm", json!({"metrics.ttfb": "0.3"}));
}

/// `livekit-agents` 1.8: an agent with an `llm_node` of its own asks no model of the SDK, and the node itself says that it is a chat.
#[test]
fn a_node_that_answers_by_itself() {
    let node = |attributes: Value| [json!({"name": "llm_node", "t": 0, "d": 3, "up": null, "attrs": attributes})];
    let chat = json!({"gen_ai.operation.name": "chat", "gen_ai.response.time_to_first_chunk": 0.2,
        "gen_ai.response.finish_reasons": ["stop"], "lk.pii.response.text": "It is cancelled."});
    let expected = json!({"metrics.ttfb": "0.2", "output": "It is cancelled.", "llm.finish_reason": "stop"});
    assert_means(&meaning(&node(chat)), "llm_node", "llm", expected);
    let older = json!({"lk.response.ttft": 0.2, "lk.response.text": "It is cancelled."});
    assert_means(&meaning(&node(older)), "llm_node", "llm_node", json!({"metrics.ttfb": null}));
}

/// `livekit-agents` 1.4 to 1.7, realtime: a turn calls itself a chat. Counts that came when it had ended (the caller broke in) are a
/// span inside it, which is the one call.
#[test]
fn counts_that_came_too_late() {
    let counts = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-realtime", "gen_ai.usage.input_tokens": 40,
        "gen_ai.usage.output_tokens": 9, "lk.realtime_model_metrics": "{\"ttft\": 0.3}"});
    let turn = |attributes: &Value| json!({"name": "agent_turn", "t": 0, "d": 3, "up": null, "attrs": attributes});
    let in_time = meaning(&[turn(&counts)]);
    assert_means(&in_time, "agent_turn", "llm", json!({"gen_ai.usage.input_tokens": "40", "metrics.ttfb": "0.3"}));
    let chat = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-realtime", "lk.interrupted": true});
    let late = json!({"name": "realtime_metrics", "t": 3, "d": 0, "up": 0, "attrs": counts});
    let spans = meaning(&[turn(&chat), late.clone()]);
    assert_means(&spans, "agent_turn", "agent_turn", json!({"gen_ai.usage.input_tokens": null, "metrics.ttfb": null}));
    assert_means(&spans, "realtime_metrics", "llm", json!({"gen_ai.usage.input_tokens": "40", "metrics.ttfb": "0.3"}));
    // From 1.8 on the response has a span of its own, which is the call where nothing was counted.
    let mut response =
        turn(&json!({"gen_ai.operation.name": "generate_content", "gen_ai.request.model": "gpt-realtime"}));
    response["name"] = json!("realtime_inference");
    assert_means(&meaning(&[response.clone()]), "realtime_inference", "llm", json!({}));
    let spans = meaning(&[response, late]);
    assert_means(&spans, "realtime_inference", "realtime_inference", json!({"metrics.ttfb": null}));
    assert_means(&spans, "realtime_metrics", "llm", json!({"gen_ai.usage.input_tokens": "40", "metrics.ttfb": "0.3"}));
}

/// `@livekit/agents` 1.0 to 1.2, for JavaScript: what was measured stands in metrics only, in milliseconds and camel case.
#[test]
fn metrics_of_javascript() {
    let llm = r#"{"type": "llm_metrics", "ttftMs": 400, "durationMs": 900, "cancelled": false, "completionTokens": 20, "promptTokens": 300,
        "promptCachedTokens": 256, "totalTokens": 320, "metadata": {"modelProvider": "openai", "modelName": "gpt-4.1-mini"}}"#;
    let tts = r#"{"type": "tts_metrics", "ttfbMs": 80, "durationMs": 200, "metadata": {"modelProvider": "cartesia", "modelName": "sonic-2"}}"#;
    let spans = meaning(&[
        json!({"name": "llm_node", "t": 0, "d": 1, "up": null, "attrs": {"lk.response.text": "It is cancelled."}}),
        json!({"name": "llm_request", "t": 0, "d": 1, "up": 0, "attrs": {"gen_ai.request.model": "gpt-4.1-mini",
            "gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 20, "lk.llm_metrics": llm}}),
        json!({"name": "tts_node", "t": 1, "d": 1, "up": null, "attrs": {}}),
        json!({"name": "tts_request", "t": 1, "d": 1, "up": 2, "attrs": {"lk.tts.streaming": true}}),
        json!({"name": "tts_request_run", "t": 1, "d": 1, "up": 3, "attrs": {"lk.retry_count": 0}}),
        json!({"name": "tts_request", "t": 1, "d": 1, "up": 4, "attrs": {"lk.tts.streaming": false, "lk.tts_metrics": tts}}),
    ]);
    let call = json!({"metrics.ttfb": "0.4", "gen_ai.usage.cache_read.input_tokens": "256", "gen_ai.usage.total_tokens": "320"});
    assert_means(&spans, "llm_request", "llm", call);
    let speech = json!({"metrics.ttfb": "0.08", "gen_ai.request.model": "sonic-2", "gen_ai.provider.name": "cartesia"});
    assert_means(&spans, "tts_node", "tts", speech);
}
