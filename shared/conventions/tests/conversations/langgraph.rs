//! `LangGraph` by OpenInference's instrumentor of `LangChain`: a tool's input is Python's `repr`, its output a message.

use serde_json::json;

use crate::{assert_means, meaning};

#[test]
fn tools_and_models() {
    let spans = meaning(&[
        json!({"name": "LangGraph", "t": 1, "d": 9, "up": null, "attrs": {"openinference.span.kind": "CHAIN",
            "input.value": "{\"messages\": [{\"role\": \"user\", \"content\": \"Rome?\"}]}", "input.mime_type": "application/json"}}),
        json!({"name": "ChatOpenAI", "t": 1.2, "d": 2, "up": 0, "attrs": {
            "openinference.span.kind": "LLM", "llm.provider": "openai", "llm.system": "openai",
            "llm.model_name": "gpt-4o-mini-2024-07-18", "llm.token_count.prompt": 81, "llm.token_count.completion": 17,
            "llm.token_count.total": 98, "llm.token_count.prompt_details.cache_read": 64,
            "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Rome?",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.id": "call_9",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "get_weather",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{\"city\": \"Rome\"}",
            "output.value": "{\"generations\": [[{\"text\": \"\", \"generation_info\": {\"finish_reason\": \"tool_calls\"}}]]}",
            "output.mime_type": "application/json",
            "llm.invocation_parameters": "{\"model\": \"gpt-4o-mini\", \"temperature\": null, \"stream\": true}"},
            "events": [{"name": "First Token Stream Event", "t": 1.65, "attrs": {}}]}),
        json!({"name": "get_weather", "t": 4.2, "d": 1, "up": 0, "attrs": {
            "openinference.span.kind": "TOOL", "tool.name": "get_weather",
            "input.value": "{'city': 'Rome', 'note': \"l'alba\", 'now': True, 'tag': None}",
            "output.value": "{\"type\": \"tool\", \"name\": \"get_weather\", \"tool_call_id\": \"call_9\", \"content\": \"18 °C\"}",
            "output.mime_type": "application/json"}}),
    ]);
    assert_means(&spans, "LangGraph", "LangGraph", json!({}));
    assert_means(
        &spans,
        "ChatOpenAI",
        "llm",
        json!({"metrics.ttfb": "0.45", "gen_ai.usage.input_tokens": "81", "gen_ai.usage.total_tokens": "98",
            "gen_ai.usage.cache_read.input_tokens": "64", "gen_ai.provider.name": "openai",
            "llm.finish_reason": "tool_calls", "gen_ai.request.stream": "true", "gen_ai.request.temperature": null,
            "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Rome?"}]}]}),
    );
    assert_means(
        &spans,
        "get_weather",
        "llm_tool_call",
        json!({"function.arguments": {"city": "Rome", "note": "l'alba", "now": true, "tag": null},
            "tool_call_id": "call_9", "tool.result": "18 °C", "function.name": "get_weather"}),
    );
}

/// `openinference-instrumentation-langchain` 0.1.50 and before: ids of calls and details of the counts stand only in what came out.
#[test]
fn what_an_older_instrumentor_leaves_in_the_answer() {
    let answer = json!({"generations": [[{"text": "", "message": {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"],
        "kwargs": {"content": "", "type": "ai", "tool_calls": [{"name": "get_weather", "args": {"city": "Rome"}, "id": "call_9", "type": "tool_call"}],
            "usage_metadata": {"input_tokens": 81, "output_tokens": 17, "total_tokens": 98, "input_token_details": {"cache_read": 64}}}}}]]});
    let call = |mime_type: &str| {
        json!({"name": "ChatOpenAI", "t": 1, "d": 2, "up": null, "attrs": {
            "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini",
            "llm.token_count.prompt": 81, "llm.token_count.completion": 17, "llm.token_count.total": 98,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "get_weather",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{\"city\": \"Rome\"}",
            "output.value": answer.to_string(), "output.mime_type": mime_type}})
    };
    let said = |id: Option<&str>| {
        let mut call = json!({"type": "tool_call", "name": "get_weather", "arguments": {"city": "Rome"}});
        if let Some(id) = id {
            call["id"] = json!(id);
        }
        json!([{"role": "assistant", "parts": [call]}])
    };
    let known = json!({"gen_ai.usage.cache_read.input_tokens": "64", "gen_ai.output.messages": said(Some("call_9"))});
    assert_means(&meaning(&[call("application/json")]), "ChatOpenAI", "llm", known);
    let unknown = json!({"gen_ai.usage.cache_read.input_tokens": null, "gen_ai.output.messages": said(None)});
    assert_means(&meaning(&[call("text/plain")]), "ChatOpenAI", "llm", unknown);
}
