//! `google-adk`: 1.0 (`telemetry.py`) makes two spans of a call of a tool, and no attribute names the tool. 1.30 (`telemetry/tracing.py`) writes two spans
//! of a call of a model: the inner one has the counts, the outer one also what is cached and what is reasoning.

use serde_json::json;

use crate::{assert_means, meaning};

#[test]
fn a_tool_of_two_spans() {
    let answer = json!({"content": {"parts": [{"function_response": {"id": "call_0", "name": "track_parcel", "response": {"result": "sent"}}}]}});
    let spans = meaning(&[
        json!({"name": "call_llm", "t": 0, "d": 3, "up": null, "attrs": {"gen_ai.system": "gcp.vertex.agent", "gcp.vertex.agent.event_id": "1"}}),
        json!({"name": "tool_call [track_parcel]", "t": 1, "d": 1, "up": 0, "attrs": {"gcp.vertex.agent.tool_call_args": "{\"number\": \"A17\"}"}}),
        json!({"name": "tool_response [track_parcel]", "t": 2, "d": 1, "up": 0, "attrs": {"gcp.vertex.agent.tool_response": answer.to_string()}}),
    ]);
    let called = json!({"function.name": "track_parcel", "function.arguments": {"number": "A17"}, "tool.result": null});
    assert_means(&spans, "tool_call [track_parcel]", "llm_tool_call", called);
    let answered =
        json!({"function.name": "track_parcel", "tool_call_id": "call_0", "tool.result": {"result": "sent"}});
    assert_means(&spans, "tool_response [track_parcel]", "tool_response [track_parcel]", answered);
}

#[test]
fn what_only_the_outer_span_counts() {
    let response = |total: u32| {
        json!({"model_version": "gemini-3-flash", "usage_metadata": {"prompt_token_count": 1200, "candidates_token_count": 60,
            "cached_content_token_count": 1024, "thoughts_token_count": 32, "total_token_count": total}})
    };
    // Reasoning is told as a part of the tokens out by LiteLLM, and beside them by Gemini. From 2.0 on the attributes have it among them, whoever told it.
    for (output, total) in [(60, 1260), (60, 1292), (92, 1260), (92, 1292)] {
        let counts = json!({"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": output});
        let mut outer = json!({"gen_ai.system": "gcp.vertex.agent", "gcp.vertex.agent.llm_response": response(total).to_string(),
            "gen_ai.usage.experimental.reasoning_tokens": 32});
        let mut inner = json!({"gen_ai.operation.name": "generate_content", "gen_ai.request.model": "gemini-3-flash", "gcp.vertex.agent.event_id": "1"});
        for attrs in [&mut outer, &mut inner] {
            attrs.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
        }
        let spans = meaning(&[
            json!({"name": "call_llm", "t": 0, "d": 3, "up": null, "attrs": outer}),
            json!({"name": "generate_content gemini-3-flash", "t": 1, "d": 1, "up": 0, "attrs": inner}),
        ]);
        let call = json!({"gen_ai.usage.output_tokens": output, "gen_ai.usage.cache_read.input_tokens": "1024",
            "gen_ai.usage.reasoning.output_tokens": "32", "gen_ai.response.model": "gemini-3-flash"});
        assert_means(&spans, "generate_content gemini-3-flash", "llm", call);
        assert_means(&spans, "call_llm", "call_llm", json!({"gen_ai.usage.cache_read.input_tokens": null}));
    }
}
