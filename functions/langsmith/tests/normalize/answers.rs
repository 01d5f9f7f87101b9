//! Models, parameters, answers, tools, and what the source says itself.

use serde_json::{Value, json};

use crate::{assert_attributes, span_with};

fn llm(fields: Value) -> Value {
    let mut fields = fields;
    fields["run_type"] = json!("LLM");
    fields
}

#[test]
fn the_first_place_that_names_a_model_wins() {
    let places = [
        ("metadata", json!({"ls_model_name": "a"})),
        ("extra", json!({"invocation_params": {"model": "b"}})),
        ("extra", json!({"invocation_params": {"model_name": "c"}})),
        ("extra", json!({"metadata": {"invocation_params": {"model": "d"}}})),
        ("metadata", json!({"model_name": "e"})),
        ("metadata", json!({"gen_ai.request.model": "f"})),
        ("inputs", json!({"model": "g"})),
        ("inputs", json!({"model_name": "h"})),
    ];
    for (member, value) in &places {
        let name = value.to_string();
        let name = name.rsplit('"').nth(1).unwrap();
        assert_attributes(llm(json!({ *member: value })), json!({"gen_ai.request.model": name}));
    }
    assert_attributes(
        llm(json!({"metadata": {"ls_model_name": " ", "model_name": "e"}, "inputs": {"model": "g"}})),
        json!({"gen_ai.request.model": "e"}),
    );
    for outputs in [
        json!({"model": "z"}),
        json!({"generations": [[{"message": {"kwargs": {"response_metadata": {"model_name": "z"}}}}]]}),
        json!({"generations": [{"generation_info": {"model_name": "z"}}]}),
        json!({"llm_output": {"model": "z"}}),
    ] {
        assert_attributes(
            llm(json!({"outputs": outputs})),
            json!({"gen_ai.response.model": "z", "gen_ai.request.model": "z"}),
        );
    }
    // Metadata is inherited: of others than model calls it says nothing.
    for run in [json!({"run_type": "TOOL"}), json!({"run_type": "CHAIN"}), json!({"run_type": "LLM", "name": "stt"})] {
        let mut run = run;
        run["metadata"] = json!({"ls_model_name": "a", "ls_provider": "openai"});
        assert_attributes(run, json!({"gen_ai.request.model": null, "gen_ai.provider.name": null}));
    }
}

#[test]
fn providers_in_the_conventions_words() {
    for (theirs, ours) in [
        ("OpenAI", "openai"),
        ("azure", "azure.ai.openai"),
        ("google_genai", "gcp.gemini"),
        ("google_vertexai", "gcp.vertex_ai"),
        ("amazon_bedrock", "aws.bedrock"),
        ("mistralai", "mistral_ai"),
        ("acme", "acme"),
    ] {
        assert_attributes(llm(json!({"metadata": {"ls_provider": theirs}})), json!({"gen_ai.provider.name": ours}));
    }
    let kind = |kind: &str| llm(json!({"extra": {"invocation_params": {"_type": kind}}}));
    assert_attributes(kind("anthropic-chat"), json!({"gen_ai.provider.name": "anthropic"}));
    assert_attributes(kind("my-own-chat"), json!({"gen_ai.provider.name": null}));
}

#[test]
fn parameters_and_tools_to_choose_from() {
    let parameters = json!({"temperature": 0.3, "max_tokens": 512, "top_p": null, "stop": "###", "stream": true, "tools": [{"type": "function"}]});
    assert_attributes(
        llm(json!({"extra": {"invocation_params": parameters}})),
        json!({"gen_ai.request.temperature": "0.3", "gen_ai.request.max_tokens": "512", "gen_ai.request.top_p": null,
            "gen_ai.request.stop_sequences": "[\"###\"]", "gen_ai.request.stream": "true",
            "gen_ai.tool.definitions": "[{\"type\":\"function\"}]"}),
    );
    assert_attributes(
        llm(json!({"metadata": {"ls_temperature": 1, "ls_max_tokens": "many", "ls_stop": ["a"]}})),
        json!({"gen_ai.request.temperature": "1", "gen_ai.request.max_tokens": null, "gen_ai.request.stop_sequences": "[\"a\"]"}),
    );
}

#[test]
fn why_a_model_stopped() {
    for outputs in [
        json!({"choices": [{"finish_reason": "stop"}]}),
        json!({"generations": [[{"generation_info": {"finish_reason": "stop"}}]]}),
        json!({"generations": [[{"generation_info": null, "message": {"kwargs": {"response_metadata": {"stop_reason": "stop"}}}}]]}),
        json!({"stop_reason": "stop"}),
        json!({"output": {"response_metadata": {"finish_reason": "stop"}}}),
    ] {
        assert_attributes(
            llm(json!({"outputs": outputs})),
            json!({"llm.finish_reason": "stop", "gen_ai.response.finish_reasons": "[\"stop\"]"}),
        );
    }
}

#[test]
fn tool_calls() {
    assert_attributes(
        json!({"run_type": "TOOL", "name": "lookup", "inputs": {"day": "today", "a": 1},
            "outputs": {"output": {"kwargs": {"tool_call_id": "call_1", "content": "open"}}}}),
        json!({"function.name": "lookup", "gen_ai.tool.name": "lookup", "gen_ai.tool.type": "function",
            "function.arguments": "{\"a\":1,\"day\":\"today\"}", "gen_ai.tool.call.arguments": "{\"a\":1,\"day\":\"today\"}",
            "tool_call_id": "call_1", "gen_ai.tool.call.id": "call_1", "tool.result": "open",
            "gen_ai.tool.call.result": "open"}),
    );
    // LiveKit and Pipecat name every tool's run alike.
    assert_attributes(
        json!({"run_type": "TOOL", "name": "function_tool", "metadata": {"tool_name": "lookup"},
            "inputs": {"input": "{\"day\": \"today\"}"}, "outputs": {"output": ""}}),
        json!({"function.name": "lookup", "function.arguments": "{\"day\": \"today\"}", "tool.result": null}),
    );
    assert_attributes(
        json!({"run_type": "TOOL", "name": "llm_tool_call", "inputs": {"input": "today"}, "outputs": {"open": true}}),
        json!({"function.name": null, "function.arguments": "{\"input\":\"today\"}", "tool.result": "{\"open\":true}"}),
    );
}

#[test]
fn what_the_source_says_stays() {
    let metadata =
        json!({"simulation_output_id": 12, "thread_id": "t", "list": [1, {"b": 1, "a": 2}], "no": null, "yes": true});
    assert_attributes(
        json!({"metadata": metadata, "tags": ["a", 7, "b"], "thread_id": "t", "session_id": "P", "app_path": "/o",
            "extra": {"metadata": {"only_here": "x"}}, "inputs": {"b": 1, "a": "é"}, "outputs": {}}),
        json!({"langsmith.metadata.list": "[1,{\"a\":2,\"b\":1}]", "langsmith.metadata.no": null,
            "langsmith.metadata.yes": "true", "langsmith.metadata.only_here": "x", "simulation_output_id": "12",
            "langsmith.tags": "[\"a\",\"b\"]", "gen_ai.conversation.id": "t", "langsmith.session_id": "p",
            "langsmith.run_type": "chain", "langsmith.status": "success", "langsmith.run_name": "step",
            "input": "{\"a\":\"é\",\"b\":1}", "output": null, "langsmith.app_path": "/o"}),
    );
}

#[test]
fn costs_in_one_spelling() {
    for (prompt, text) in
        [(json!("0.000120"), "0.00012"), (json!(1.2e-4), "0.00012"), (json!("?"), ""), (json!(-1), "")]
    {
        let span = span_with(llm(json!({"prompt_tokens": 5, "completion_tokens": 1, "prompt_cost": prompt})));
        assert_eq!(span.attributes.get("langsmith.prompt_cost"), Some(text).filter(|text| !text.is_empty()));
    }
    assert_attributes(json!({"prompt_tokens": 5, "prompt_cost": 1}), json!({"langsmith.prompt_cost": null}));
}

#[test]
fn tools_of_known_sdks() {
    let chat = json!({"toolCallId": "call_9", "messages": [{"role": "user", "content": "weather?"}]});
    let message = json!({"content": "sunny", "type": "tool", "tool_call_id": "call_1", "name": "find"});
    let command = json!({"update": {"messages": [message]}, "goto": "travel"});
    for (fields, expected) in [
        (
            json!({"inputs": {"input": "Ada"}, "outputs": {"outputs": "room 12"}}),
            json!({"function.arguments": r#"{"input":"Ada"}"#, "tool.result": "room 12"}),
        ),
        (
            json!({"inputs": {}, "outputs": {"outputs": [12, 13]}}),
            json!({"function.arguments": null, "tool.result": "[12,13]"}),
        ),
        (
            json!({"inputs": {"args": [{"city": "Paris"}, chat]}, "outputs": {"outputs": "sunny"}}),
            json!({"function.arguments": r#"{"city":"Paris"}"#, "tool_call_id": "call_9", "tool.result": "sunny"}),
        ),
        (json!({"inputs": {"args": [{"a": 1}]}}), json!({"function.arguments": r#"{"a":1}"#})),
        (
            json!({"inputs": {"a": 1}, "outputs": {"output": null}}),
            json!({"function.arguments": r#"{"a":1}"#, "tool.result": null}),
        ),
        (json!({"inputs": {"a": 1}, "outputs": null}), json!({"tool.result": null})),
        (json!({"outputs": {"output": [1, 2]}}), json!({"tool.result": "[1,2]"})),
        (
            json!({"inputs": {"input": "{'city': 'Rome', 'tag': None}"}}),
            json!({"function.arguments": r#"{"city":"Rome","tag":null}"#}),
        ),
        (json!({"outputs": {"output": message}}), json!({"tool.result": "sunny", "tool_call_id": "call_1"})),
        (
            json!({"outputs": {"output": {"lc": 1, "type": "constructor", "kwargs": message}}}),
            json!({"tool.result": "sunny", "tool_call_id": "call_1"}),
        ),
        (json!({"outputs": {"output": command}}), json!({"tool.result": "sunny", "tool_call_id": "call_1"})),
        (
            json!({"name": "execute_tool book", "outputs": {"output": "ok"}}),
            json!({"function.name": "book", "gen_ai.tool.name": "book"}),
        ),
        (json!({"name": "llm_tool_call"}), json!({"function.name": null})),
    ] {
        let mut run = json!({"run_type": "tool", "name": "find"});
        run.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        assert_attributes(run, expected);
    }
}

#[test]
fn documents_of_javascript() {
    assert_attributes(
        json!({"run_type": "retriever", "inputs": {"input": "rooms"}, "outputs": {"outputs": [{"page_content": "Room 12"}]}}),
        json!({"gen_ai.retrieval.query.text": "rooms", "gen_ai.retrieval.documents": r#"[{"page_content":"Room 12"}]"#}),
    );
}
