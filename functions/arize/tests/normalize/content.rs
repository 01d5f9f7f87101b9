//! What went in and came out.

use serde_json::json;

use crate::{assert_attributes, span_with};

#[test]
fn messages() {
    let message = "llm.output_messages.0.message";
    for (attributes, expected) in [
        // Sorted by number, with gaps, junk left out, without a role no message.
        (
            json!({"llm.input_messages.10.message.role": "user", "llm.input_messages.10.message.content": "b",
                "llm.input_messages.9.message.role": "agent", "llm.input_messages.9.message.content": "a",
                "llm.input_messages.x.message.role": "user", "llm.input_messages.07.message.role": "user",
                "llm.input_messages.99999999999999999999.message.role": "user", "llm.input_messages.3": "?",
                "llm.input_messages.4.message.content": "whose?", "llm.input_messages.5.message.role": "user"}),
            json!({"gen_ai.input.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"a"}]},{"role":"user","parts":[{"type":"text","content":"b"}]}]"#,
                "gen_ai.output.messages": null}),
        ),
        // Arguments that are JSON become part of it, other arguments stay text.
        (
            json!({format!("{message}.role"): "assistant", format!("{message}.content"): "",
                format!("{message}.tool_calls.1.tool_call.function.name"): "b",
                format!("{message}.tool_calls.1.tool_call.function.arguments"): "not json",
                format!("{message}.tool_calls.0.tool_call.function.name"): "a",
                format!("{message}.tool_calls.0.tool_call.id"): "call_1",
                format!("{message}.tool_calls.0.tool_call.function.arguments"): r#"{"z": 1, "a": 1.50}"#,
                format!("{message}.finish_reason"): "tool_calls"}),
            json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"a","arguments":{"z": 1, "a": 1.50}},{"type":"tool_call","name":"b","arguments":"not json"}],"finish_reason":"tool_call"}]"#,
                "gen_ai.response.finish_reasons": r#"["tool_call"]"#, "llm.finish_reason": "tool_calls"}),
        ),
        (
            json!({"llm.input_messages.0.message.role": "function", "llm.input_messages.0.message.tool_call_id": "call_1",
                "llm.input_messages.0.message.content": "sunny"}),
            json!({"gen_ai.input.messages": r#"[{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","response":"sunny"}]}]"#}),
        ),
        // The same text both ways is one part.
        (
            json!({format!("{message}.role"): "assistant", format!("{message}.content"): "hi",
                format!("{message}.contents.0.message_content.type"): "text", format!("{message}.contents.0.message_content.text"): "hi",
                "llm.finish_reason": ["stop", ""]}),
            json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"hi"}],"finish_reason":"stop"}]"#,
                "gen_ai.response.finish_reasons": r#"["stop"]"#, "llm.finish_reason": r#"["stop",""]"#}),
        ),
        (
            json!({format!("{message}.role"): "assistant",
                format!("{message}.contents.1.message_content.type"): "image",
                format!("{message}.contents.1.message_content.image.image.url"): "data:image/png;base64,AAAA",
                format!("{message}.contents.0.message_content.type"): "reasoning",
                format!("{message}.contents.0.message_content.text"): "hm"}),
            json!({"gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"blob","modality":"image","mime_type":"image/png","size":3}]}]"#,
                "gen_ai.response.finish_reasons": null}),
        ),
        (
            json!({"llm.prompts": ["one", 2], "llm.choices.0.completion.text": "three"}),
            json!({"gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"one"}]},{"role":"user","parts":[{"type":"text","content":"2"}]}]"#,
                "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"three"}]}]"#,
                "gen_ai.operation.name": "text_completion"}),
        ),
        // What the source set itself wins.
        (
            json!({"gen_ai.output.messages": "[]", format!("{message}.role"): "assistant", format!("{message}.content"): "hi",
                "gen_ai.response.finish_reasons": ["length"]}),
            json!({"gen_ai.output.messages": "[]", "gen_ai.response.finish_reasons": r#"["length"]"#, "llm.finish_reason": "length"}),
        ),
    ] {
        assert_attributes(json!({"span_kind": "LLM", "attributes": attributes}), expected);
    }
}

#[test]
fn content() {
    let native = json!({"gen_ai.response.model": "m-1", "gen_ai.output.messages": "[1]", "output.mime_type": "application/json",
        "output.value": r#"{"model": "m-1"}"#});
    let other = json!({"gen_ai.response.model": "m-1", "gen_ai.output.messages": "[1]", "output.mime_type": "application/json",
        "output.value": r#"{"model": "m-2"}"#});
    let silent = json!({"gen_ai.response.model": "m-1", "output.mime_type": "application/json", "output.value": r#"{"model": "m-1"}"#});
    for (fields, expected) in [
        (
            json!({"span_kind": "LLM", "attributes": native}),
            json!({"output": "[1]", "output.value": r#"{"model": "m-1"}"#}),
        ),
        (json!({"span_kind": "LLM", "attributes": other}), json!({"output": r#"{"model": "m-2"}"#})),
        (json!({"span_kind": "LLM", "attributes": silent}), json!({"output": null})),
        (
            json!({"span_kind": "LLM", "attributes": {"output.value": r#"{"id": 7, "model": ""}"#, "output.mime_type": "application/json"}}),
            json!({"gen_ai.response.id": "7", "gen_ai.response.model": null}),
        ),
        (
            json!({"span_kind": "LLM", "attributes": {"output.value": r#"{"id": 7}"#}}),
            json!({"gen_ai.response.id": null}),
        ),
        (
            json!({"span_kind": "CHAIN", "attributes": {"output.value": r#"{"id": 7}"#, "output.mime_type": "application/json"}}),
            json!({"gen_ai.response.id": null}),
        ),
        (
            json!({"span_kind": "RETRIEVER", "attributes": {"input.value": "fares"}}),
            json!({"gen_ai.retrieval.query.text": "fares", "input": "fares"}),
        ),
        (
            json!({"span_kind": "RETRIEVER", "attributes": {"input.value": "{}", "input.mime_type": "application/json"}}),
            json!({"gen_ai.retrieval.query.text": null, "input": null}),
        ),
        (
            json!({"attributes": {"embedding.embeddings.1.embedding.vector": "[1, 2]", "embedding.embeddings.0.embedding.vector": [1, 2, 3]}}),
            json!({"embedding.embeddings.0.embedding.vector": null, "embedding.embeddings.1.embedding.vector": null,
                "gen_ai.embeddings.dimension.count": "3"}),
        ),
        (
            json!({"attributes": {"my.embedding.vector": "a word"}}),
            json!({"my.embedding.vector": "a word", "gen_ai.embeddings.dimension.count": null}),
        ),
        (
            json!({"attributes": {"a": 3.0, "b": true, "c": [1.0, null, "x"], "d": {"z": 1, "a": {"y": 2, "b": 3}}, "e": null, "f": ""}}),
            json!({"a": "3", "b": "true", "c": r#"[1.0,null,"x"]"#, "d": r#"{"a":{"b":3,"y":2},"z":1}"#, "e": null, "f": ""}),
        ),
        (
            json!({"attributes": {"service.name": "mine", "import.source_name": "forged"}}),
            json!({"service.name": "mine", "import.source_name": "step"}),
        ),
    ] {
        assert_attributes(fields, expected);
    }
    assert!(span_with(json!({"attributes": {"service.name": "mine"}})).resource.is_empty());
}

/// Phoenix copies the reasons of the conventions; `LiteLLM` writes them as text, and the AI SDK tells an agent's.
#[test]
fn a_copied_list_of_reasons_is_no_reason() {
    let reasons = r#"["stop"]"#;
    let with = |copied: &str| json!({"span_kind": "LLM", "attributes": {"gen_ai.response.finish_reasons": reasons, "llm.finish_reason": copied}});
    assert_attributes(with(reasons), json!({"llm.finish_reason": "stop"}));
    assert_attributes(with("stop"), json!({"llm.finish_reason": "stop"}));
    assert_attributes(with("length"), json!({"llm.finish_reason": "length"}));
    let of_agent = |copied: &str| json!({"span_kind": "AGENT", "attributes": {"gen_ai.operation.name": "invoke_agent", "gen_ai.response.finish_reasons": ["stop"], "llm.finish_reason": copied}});
    assert_attributes(of_agent("stop"), json!({"llm.finish_reason": null, "gen_ai.response.finish_reasons": reasons}));
    assert_attributes(of_agent("length"), json!({"llm.finish_reason": "length"}));
}
