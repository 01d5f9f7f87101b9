//! `anthropic` 2.14 (`_tracing.py`): the client writes a span of each request, inside the span that whoever asks by way of it writes of the same call.

use serde_json::{Value, json};

use crate::{assert_means, meaning};

fn span(name: &str, up: Option<u64>, attrs: &Value) -> Value {
    json!({"name": name, "t": 1, "d": 2, "up": up, "attrs": attrs})
}

/// The client's own span: what it told of the answer.
fn request(up: Option<u64>) -> Value {
    let attrs = json!({"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 60, "gen_ai.usage.cache_write.input_tokens": 16,
        "gen_ai.response.time_to_first_chunk": 0.5, "anthropic.message.stop_reason": "tool_use"});
    span("anthropic.messages.create", up, &attrs)
}

#[test]
fn a_request_by_itself_is_a_call() {
    let expected = json!({"gen_ai.usage.input_tokens": "1200", "gen_ai.usage.cache_creation.input_tokens": "16",
        "metrics.ttfb": "0.5", "llm.finish_reason": "tool_use"});
    let below_an_agent = meaning(&[span("conversation", None, &json!({})), request(Some(0))]);
    assert_means(&below_an_agent, "anthropic.messages.create", "llm", expected);
    assert_means(&below_an_agent, "conversation", "conversation", json!({"gen_ai.usage.input_tokens": null}));
}

#[test]
fn inside_a_span_of_the_same_call_it_stands_for_it() {
    let instrumented = json!({"openinference.span.kind": "LLM", "llm.model_name": "claude-sonnet-4-5", "input.value": "hello",
        "llm.token_count.prompt": 1200, "llm.token_count.completion": 60, "llm.token_count.total": 1260});
    let conventions = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-sonnet-4-5", "input": "hello",
        "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 60});
    let livekit = json!({"lk.request_id": "1", "gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-sonnet-4-5", "input": "hello",
        "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 60});
    let outer = [
        ("messages.create", &instrumented),
        ("ChatAnthropic", &instrumented),
        ("chat claude-sonnet-4-5", &conventions),
    ];
    for (name, attrs) in outer.into_iter().chain([("llm_request", &livekit)]) {
        let spans = meaning(&[span(name, None, attrs), request(Some(0))]);
        let call = json!({"gen_ai.usage.input_tokens": "1200", "metrics.ttfb": "0.5", "input": "hello"});
        assert_means(&spans, "anthropic.messages.create", "llm", call);
        let wrapper = json!({"llm.finish_reason": null, "metrics.ttfb": null});
        assert_means(&spans, name, name, wrapper);
    }
}

/// Pipecat's own name is the canonical one, which a span keeps.
#[test]
fn a_span_that_bears_the_canonical_name_stands_for_it() {
    let pipecat = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-sonnet-4-5", "metrics.ttfb": 0.75,
        "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 60});
    let spans = meaning(&[span("llm", None, &pipecat), request(Some(0))]);
    let call = json!({"gen_ai.usage.input_tokens": "1200", "metrics.ttfb": "0.75", "llm.finish_reason": "tool_use"});
    assert_means(&spans, "llm", "llm", call);
    let inner = json!({"llm.finish_reason": null, "metrics.ttfb": null});
    assert_means(&spans, "anthropic.messages.create", "anthropic.messages.create", inner);
    let spans = meaning(&[span("llm", None, &json!({"metrics.ttfb": 0.75})), request(Some(0))]);
    let counted = json!({"gen_ai.usage.input_tokens": "1200", "gen_ai.usage.output_tokens": "60", "gen_ai.usage.total_tokens": "1260"});
    assert_means(&spans, "llm", "llm", counted);
}

/// Counts that differ are of other calls, and the same names of others are what they were.
#[test]
fn what_is_not_the_same_call_stays_one() {
    let other =
        json!({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 1});
    let spans = meaning(&[span("chat claude-sonnet-4-5", None, &other), request(Some(0))]);
    assert_means(&spans, "chat claude-sonnet-4-5", "llm", json!({"gen_ai.usage.input_tokens": "7"}));
    assert_means(&spans, "anthropic.messages.create", "llm", json!({"gen_ai.usage.input_tokens": "1200"}));
    assert_means(&meaning(&[span("chat", None, &other)]), "chat", "llm", json!({"gen_ai.usage.input_tokens": "7"}));
}

#[test]
fn a_tool_gives_the_text_that_is_alone_in_its_answer() {
    let attrs = json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track_parcel", "gen_ai.tool.call.arguments": "{\"number\":\"A17\"}",
        "anthropic.tool_result.content": "[{\"type\":\"text\",\"text\":\"out for delivery\"}]"});
    let name = "anthropic.custom_tool_use track_parcel";
    let expected = json!({"function.name": "track_parcel", "tool.result": "out for delivery"});
    assert_means(&meaning(&[span(name, None, &attrs)]), name, "llm_tool_call", expected);
}
