//! What went in and came out: tools, speech, messages.

use serde_json::json;

use crate::{assert_attributes, span_with};

#[test]
fn names_what_the_metrics_look_for() {
    for (kind, name, expected) in [
        ("GENERATION", "answer", "llm"),
        ("generation", "answer", "llm"),
        ("TOOL", "lookup_order", "llm_tool_call"),
        ("SPAN", "stt", "stt"),
        ("GENERATION", "deepgram.stt", "stt"),
        ("GENERATION", "tts_review", "llm"),
        ("GENERATION", "tts_request", "tts"),
        ("SPAN", "tts_request", "tts_request"),
        ("SPAN", "tool_call", "llm_tool_call"),
        ("SPAN", "turn", "turn"),
        ("AGENT", "llm", "llm"),
        ("EVENT", "tts", "tts"),
        ("SOMETHING_NEW", "x", "x"),
    ] {
        let span = span_with(json!({"type": kind, "name": name}));
        let expected = if kind == "AGENT" { name } else { expected };
        assert_eq!(span.name, expected, "{kind} {name}");
        assert_eq!(span.attributes.get("import.source_name"), Some(name));
    }
    let operation = json!({"name": "x", "metadata": {"attributes": {"gen_ai.operation.name": "chat"}}});
    assert_eq!(span_with(operation).name, "llm");
}

#[test]
fn tells_tool_calls_in_both_words() {
    assert_attributes(
        json!({
            "type": "TOOL", "name": "get_weather", "input": "{\"city\":\"Oslo\"}", "output": "{\"c\":-2}",
            "metadata": {"attributes.gen_ai.tool.call.id": "call_9"},
        }),
        json!({
            "function.name": "get_weather", "gen_ai.tool.name": "get_weather", "function.arguments": "{\"city\":\"Oslo\"}",
            "gen_ai.tool.call.arguments": "{\"city\":\"Oslo\"}", "tool.result": "{\"c\":-2}", "tool_call_id": "call_9",
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.type": "function", "input": "{\"city\":\"Oslo\"}",
        }),
    );
    assert_attributes(
        json!({"type": "TOOL", "name": "tool_call"}),
        json!({"function.name": null, "gen_ai.tool.type": null}),
    );
    let own = json!({"type": "TOOL", "name": "run", "metadata": {"function.name": "real", "tool_call_id": 7}});
    assert_attributes(own, json!({"function.name": "real", "gen_ai.tool.name": "real", "tool_call_id": "7"}));
}

#[test]
fn tells_what_was_heard_and_asked() {
    let media = "@@@langfuseMedia:type=audio/wav|id=5f3c1d9a0b7e4c21|source=bytes@@@";
    assert_attributes(
        json!({"name": "stt", "input": media, "output": "where is my order"}),
        json!({"transcript": "where is my order", "input": media, "langfuse.observation.input": media}),
    );
    assert_attributes(json!({"name": "stt", "output": "{\"text\":\"hi\"}"}), json!({"transcript": "hi"}));
    assert_attributes(json!({"name": "stt", "output": "{\"x\":1}"}), json!({"transcript": null}));
    let retriever = json!({"type": "RETRIEVER", "input": "{\"query\":\"refund window\"}"});
    assert_attributes(
        retriever,
        json!({"gen_ai.retrieval.query.text": "refund window", "gen_ai.operation.name": "retrieval"}),
    );
    assert_attributes(json!({"type": "AGENT", "name": "turn-1"}), json!({"gen_ai.agent.name": "turn-1"}));
    assert_attributes(json!({"type": "CHAIN", "name": "rag"}), json!({"gen_ai.workflow.name": "rag"}));
}

#[test]
fn both_apis_contents_are_the_same_text() {
    // v2 tells text, v1 what that text parses to.
    for (v2, v1, text) in [
        (json!("hello"), json!("hello"), Some("hello")),
        (json!("{\"b\":1,\"a\":2.50}"), json!({"b": 1, "a": 2.5}), None),
        (json!("42"), json!(42), Some("42")),
        (json!("\"quoted\""), json!("quoted"), Some("quoted")),
        (json!("true"), json!(true), Some("true")),
        (json!(null), json!(null), None),
        (json!("null"), json!(null), None),
        (json!(""), json!(""), None),
    ] {
        let is_absent = v1.is_null();
        let v2 = span_with(json!({"input": v2}));
        let v1 = span_with(json!({"input": v1}));
        assert!(!is_absent || [&v1, &v2].iter().all(|span| span.attributes.get("input").is_none()));
        if let Some(text) = text {
            assert_eq!(v2.attributes.get("input"), Some(text));
            assert_eq!(v1.attributes.get("input"), Some(text));
        }
    }
    // Members in their own order: a row is not written anew.
    let raw = r#"{"id":"a","traceId":"b","startTime":"2026-11-20T15:00:00Z","input":{"z":1,"a":1.50}}"#;
    let observation = langfuse::record::Observation::from_json(raw).unwrap();
    assert_eq!(observation.input.as_deref(), Some(r#"{"z":1,"a":1.50}"#));
}

#[test]
fn tells_chats_as_messages() {
    let input = r#"[{"role":"system","content":"You are a phone agent."},{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image"}]},{"role":"tool","tool_call_id":"c1","content":"{\"ok\":true}"}]"#;
    let output = r#"{"role":"assistant","tool_calls":[{"id":"call_1","function":{"name":"lookup","arguments":"{\"order\":1}"}}],"finish_reason":"tool_calls"}"#;
    assert_attributes(
        json!({"type": "GENERATION", "input": input, "output": output}),
        json!({
            "gen_ai.input.messages": r#"[{"role":"system","parts":[{"type":"text","content":"You are a phone agent."}]},{"role":"user","parts":[{"type":"text","content":"hi"},{"type":"image"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":{"ok":true}}]}]"#,
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"lookup","arguments":{"order":1}}],"finish_reason":"tool_call"}]"#,
            "llm.finish_reason": "tool_calls", "gen_ai.response.finish_reasons": "[\"tool_call\"]", "output": output,
        }),
    );
    let plain = json!({"type": "GENERATION", "input": "hi", "output": "{\"completion\":\"x\"}"});
    assert_attributes(plain, json!({"gen_ai.input.messages": null, "gen_ai.output.messages": null}));
    let around = json!({"type": "GENERATION", "input": "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"});
    assert_attributes(
        around,
        json!({"gen_ai.input.messages": "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"x\"}]}]"}),
    );
}

#[test]
fn times_to_the_first_byte() {
    let strands = json!({"gen_ai.server.time_to_first_token": 873, "gen_ai.system": "strands-agents"});
    for (attributes, own, seconds) in [
        (json!({"lk.response.ttfb": 0.187}), json!({}), Some("0.187")),
        (json!({"lk.llm_metrics": {"ttft": 0.4}}), json!({}), Some("0.4")),
        (json!({"lk.llm_metrics": "{\"ttft\": 0.4}"}), json!({}), Some("0.4")),
        (json!({"ai.response.msToFirstChunk": "187.5"}), json!({}), Some("0.1875")),
        (json!({}), json!({"ai.response.msToFirstChunk": 187.5}), Some("0.1875")),
        (json!({}), json!({"time_to_first_token_ms": 412}), Some("0.412")),
        (strands, json!({}), Some("0.873")),
        (json!({"gen_ai.response.time_to_first_chunk": 0.25}), json!({}), Some("0.25")),
        (json!({"ttfb_ms": -1}), json!({}), None),
    ] {
        let mut metadata = own.clone();
        metadata["attributes"] = attributes;
        let fields = json!({"type": "GENERATION", "name": "llm", "metadata": metadata});
        assert_attributes(fields, json!({"metrics.ttfb": seconds}));
    }
    // What the SDK measured comes before what the server reckons.
    let both = json!({"type": "GENERATION", "name": "x", "completionStartTime": "2026-11-20T15:00:00.400Z",
        "metadata": {"attributes": {"lk.response.ttft": 0.3}}});
    assert_attributes(both, json!({"metrics.ttfb": "0.3", "gen_ai.response.time_to_first_chunk": "0.3"}));
    let turn = json!({"type": "GENERATION", "name": "user_turn", "metadata": {"scope": {"name": "livekit-agents"},
        "attributes": {"lk.pii.user_transcript": "hi", "lk.transcription_delay": 0.3}}});
    assert_attributes(turn, json!({"transcript": "hi", "metrics.ttfb": null}));
}

#[test]
fn tells_tool_calls_of_known_sdks() {
    // v2 parses the text of an attribute, v1 does not.
    for arguments in [json!({"a": 1}), json!("{\"a\":1}")] {
        let metadata = json!({"attributes.function.name": "find", "attributes.function.arguments": arguments,
            "attributes.tool.result": {"ok": true}});
        assert_attributes(
            json!({"name": "llm_tool_call", "metadata": metadata}),
            json!({"function.arguments": "{\"a\":1}", "function.arguments.a": null, "tool.result": "{\"ok\":true}",
                "gen_ai.tool.call.arguments": "{\"a\":1}"}),
        );
    }
    let apart = json!({"attributes.function.arguments.a": 1, "attributes.function.arguments.b.c": "x", "attributes.function.name": "find"});
    assert_attributes(
        json!({"name": "llm_tool_call", "metadata": apart}),
        json!({"function.arguments": "{\"a\":1,\"b\":{\"c\":\"x\"}}", "function.arguments.a": null}),
    );
    let dots = json!({(format!("attributes.function.arguments{}", ".a".repeat(20_000))): 1});
    assert!(
        span_with(json!({"name": "llm_tool_call", "metadata": dots})).attributes.get("function.arguments").is_some()
    );
    let livekit = json!({"scope": {"name": "livekit-agents"}, "attributes": {"lk.function_tool.name": "cancel",
        "lk.function_tool.id": "fc_1", "lk.pii.function_tool.arguments": "{\"order\": 7}", "lk.pii.function_tool.output": "done"}});
    assert_attributes(
        json!({"type": "TOOL", "name": "function_tool", "metadata": livekit}),
        json!({"function.name": "cancel", "tool_call_id": "fc_1", "function.arguments": "{\"order\": 7}", "tool.result": "done"}),
    );
    let message = "{\"content\":\"18 °C\",\"type\":\"tool\",\"name\":\"get_weather\",\"tool_call_id\":\"call_9\"}";
    assert_attributes(
        json!({"type": "TOOL", "name": "get_weather", "input": "{'city': 'Rome', 'now': True}", "output": message}),
        json!({"function.arguments": "{\"city\":\"Rome\",\"now\":true}", "tool.result": "18 °C", "tool_call_id": "call_9",
            "output": message}),
    );
    assert_attributes(
        json!({"type": "TOOL", "name": "execute_tool book", "input": "for two", "output": null}),
        json!({"function.name": "book", "function.arguments": r#"{"input":"for two"}"#, "tool.result": null}),
    );
}
