//! What observations of known SDKs stand for: the type is often the server's guess, the scope is kept.

use serde_json::{Value, json};

use crate::span_with;

#[test]
fn observations_of_known_sdks() {
    let (livekit, pipecat) = ("livekit-agents", "pipecat");
    let model = json!({"gen_ai.request.model": "m"});
    let operation = |name: &str| json!({"gen_ai.request.model": "m", "gen_ai.operation.name": name});
    let cases: &[(&str, &str, &str, Value, &str)] = &[
        ("GENERATION", livekit, "user_turn", model.clone(), "user_turn"),
        ("GENERATION", livekit, "tts_node", model.clone(), "tts"),
        ("GENERATION", livekit, "tts_request", model.clone(), "tts_request"),
        ("SPAN", livekit, "llm_node", json!({"lk.response.ttft": 0.4}), "llm_node"),
        ("GENERATION", livekit, "llm_request", operation("chat"), "llm"),
        ("GENERATION", livekit, "llm_request_run", model.clone(), "llm_request_run"),
        ("GENERATION", livekit, "tts_request_run", model.clone(), "tts_request_run"),
        ("TOOL", livekit, "function_tool", json!({}), "llm_tool_call"),
        ("AGENT", livekit, "agent_turn", json!({}), "agent_turn"),
        ("AGENT", livekit, "agent_turn", json!({"lk.realtime_model_metrics": "{}"}), "llm"),
        ("GENERATION", livekit, "realtime_inference", operation("generate_content"), "llm"),
        ("GENERATION", livekit, "llm_fallback_adapter", model.clone(), "llm_fallback_adapter"),
        ("GENERATION", pipecat, "llm_setup", operation("llm_setup"), "llm_setup"),
        ("GENERATION", pipecat, "llm_tool_call", operation("llm_tool_call"), "llm_tool_call"),
        ("GENERATION", pipecat, "llm_tool_call", model.clone(), "llm_tool_call"),
        ("GENERATION", pipecat, "llm_tool_result", model.clone(), "llm_tool_result"),
        ("GENERATION", pipecat, "stt", operation("stt"), "stt"),
        (
            "GENERATION",
            "opentelemetry.instrumentation.crewai",
            "x.agent",
            json!({"gen_ai.request.model": "m", "traceloop.span.kind": "agent"}),
            "x.agent",
        ),
        (
            "GENERATION",
            "opentelemetry.instrumentation.openai.v1",
            "openai.embeddings",
            json!({"gen_ai.request.model": "m", "traceloop.workflow.name": "w"}),
            "openai.embeddings",
        ),
        ("SPAN", "traceloop.tracer", "x.tool", json!({"traceloop.span.kind": "tool"}), "llm_tool_call"),
        ("SPAN", "ai", "ai.toolCall", json!({"ai.operationId": "ai.toolCall"}), "llm_tool_call"),
        (
            "GENERATION",
            "ai",
            "ai.generateText",
            json!({"ai.operationId": "ai.generateText", "ai.model.id": "m"}),
            "ai.generateText",
        ),
        (
            "GENERATION",
            "ai",
            "ai.generateText.doGenerate",
            json!({"ai.operationId": "ai.generateText.doGenerate"}),
            "llm",
        ),
        ("GENERATION", "litellm", "litellm_request", model.clone(), "llm"),
        ("GENERATION", "litellm", "raw_gen_ai_request", model.clone(), "raw_gen_ai_request"),
        (
            "GENERATION",
            "openinference.instrumentation.crewai",
            "x",
            json!({"openinference.span.kind": "AGENT", "llm.model_name": "m"}),
            "x",
        ),
        // The agent's own types and names.
        ("GENERATION", "langfuse-sdk", "llm_node", json!({}), "llm"),
        ("GENERATION", "langfuse-sdk", "answer", model, "llm"),
        ("SPAN", "langfuse-sdk", "llm_request", json!({}), "llm_request"),
        ("TOOL", "langfuse-sdk", "user_turn", json!({}), "llm_tool_call"),
    ];
    for (kind, scope, name, attributes, expected) in cases {
        for metadata in [json!({"scope": {"name": scope}, "attributes": attributes}), {
            let dotted = attributes
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (format!("attributes.{name}"), value.clone()));
            let mut metadata: serde_json::Map<String, Value> = dotted.collect();
            metadata.insert("scope.name".to_owned(), json!(scope));
            Value::Object(metadata)
        }] {
            let case = json!({"type": kind, "name": name, "metadata": metadata});
            assert_eq!(span_with(case.clone()).name, *expected, "{case}");
        }
    }
}

/// The server makes some attributes the input or the output, and names some spans anew: what they meant is found again
/// (docs/platforms/langfuse.md#85-contents).
#[test]
fn what_the_server_moved_means_the_same() {
    let heard = |scope: &str| {
        span_with(
            json!({"type": "SPAN", "name": "user_turn", "input": "where is it", "metadata": {"scope.name": scope}}),
        )
    };
    assert_eq!(heard("livekit-agents").attributes.get("transcript"), Some("where is it"));
    assert_eq!(heard("mine").attributes.get("transcript"), None);
    let said = |operation: &str, output: &str| {
        span_with(json!({"type": "GENERATION", "name": format!("desk:{operation}"), "output": output,
            "metadata": {"scope.name": "ai", "attributes.ai.operationId": operation, "attributes.ai.telemetry.functionId": "desk"}}))
    };
    let call = said("ai.streamText.doStream", "It is open.");
    assert_eq!(call.name, "llm");
    assert_eq!(call.attributes.get("import.source_name"), Some("ai.streamText.doStream"));
    let messages = r#"[{"role":"assistant","parts":[{"type":"text","content":"It is open."}]}]"#;
    assert_eq!(call.attributes.get("gen_ai.output.messages"), Some(messages));
    let calls =
        said("ai.generateText.doGenerate", r#"[{"toolCallId":"call_0","toolName":"find","input":"{\"a\":1}"}]"#);
    let messages =
        r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"call_0","name":"find","arguments":{"a":1}}]}]"#;
    assert_eq!(calls.attributes.get("gen_ai.output.messages"), Some(messages));
    let object = said("ai.generateObject.doGenerate", r#"{"is_open": true}"#);
    let messages = r#"[{"role":"assistant","parts":[{"type":"text","content":"{\"is_open\": true}"}]}]"#;
    assert_eq!(object.attributes.get("gen_ai.output.messages"), Some(messages));
    let adk = span_with(json!({"type": "SPAN", "name": "call_llm", "metadata": {"scope.name": "gcp.vertex.agent"},
        "input": r#"{"model":"m","config":{"system_instruction":"Be brief."},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#,
        "output": r#"{"model_version":"m-1","content":{"role":"model","parts":[{"text":"hello"}]}}"#}));
    let messages = ["gen_ai.input.messages", "gen_ai.output.messages"].map(|name| adk.attributes.get(name));
    let system = r#"{"role":"system","parts":[{"type":"text","content":"Be brief."}]}"#;
    let user = r#"{"role":"user","parts":[{"type":"text","content":"hi"}]}"#;
    let hello = r#"[{"role":"assistant","parts":[{"type":"text","content":"hello"}]}]"#;
    assert_eq!(messages, [Some(format!("[{system},{user}]").as_str()), Some(hello)]);
    let agent = span_with(
        json!({"type": "SPAN", "name": "desk run", "metadata": {"scope.name": "pydantic-ai"}, "output": "hello",
        "input": r#"[{"role":"system","content":"Be brief."},{"role":"user","parts":[{"type":"text","content":"hi"}]},{"role":"assistant","parts":[{"type":"text","content":"hello"}]}]"#}),
    );
    let messages = ["gen_ai.input.messages", "gen_ai.output.messages"].map(|name| agent.attributes.get(name));
    assert_eq!(messages, [Some(format!("[{system},{user}]").as_str()), Some(hello)]);
    for (operation, answer) in [("ai.streamText", "It is open."), ("ai.generateObject", r#"{"is_open": true}"#)] {
        let around = span_with(json!({"type": "SPAN", "name": format!("desk:{operation}"), "output": answer,
            "input": r#"{"system":"Be brief.","prompt":"hi"}"#,
            "metadata": {"scope.name": "ai", "attributes.ai.operationId": operation}}));
        assert_eq!(around.name, operation);
        let messages = ["gen_ai.input.messages", "gen_ai.output.messages"].map(|name| around.attributes.get(name));
        let answered = json!([{"role": "assistant", "parts": [{"type": "text", "content": answer}]}]).to_string();
        assert_eq!(messages, [Some(format!("[{system},{user}]").as_str()), Some(answered.as_str())]);
    }
}

/// Of a text and calls of tools the server makes one message; a text that is JSON it leaves as it is.
#[test]
fn an_answer_of_the_ai_sdk_is_whole_again() {
    let answered = |operation: &str, output: &str| {
        let around = span_with(json!({"type": "SPAN", "name": operation, "output": output,
            "metadata": {"scope.name": "ai", "attributes.ai.operationId": operation}}));
        around.attributes.get("gen_ai.output.messages").map(str::to_owned)
    };
    let of_parts = |parts: Value| Some(json!([{"role": "assistant", "parts": parts}]).to_string());
    let calls =
        json!([{"type": "tool-call", "toolCallId": "c", "toolName": "cancel", "args": {"order": "7"}}]).to_string();
    let call = json!({"type": "tool_call", "id": "c", "name": "cancel", "arguments": {"order": "7"}});
    let text = |content: &str| json!({"type": "text", "content": content});
    for operation in ["ai.streamText", "ai.generateText", "ai.streamText.doStream", "ai.generateText.doGenerate"] {
        for (output, parts) in [
            (json!({"role": "assistant", "content": "", "tool_calls": calls}).to_string(), json!([call])),
            (
                json!({"role": "assistant", "content": "One moment.", "tool_calls": calls}).to_string(),
                json!([text("One moment."), call]),
            ),
            (calls.clone(), json!([call])),
            ("[7, 42]".to_owned(), json!([text("[7, 42]")])),
            (r#"{"order": 7}"#.to_owned(), json!([text(r#"{"order": 7}"#)])),
        ] {
            assert_eq!(answered(operation, &output), of_parts(parts), "{operation} {output}");
        }
    }
    // A message that somebody else put there is no text of the model's.
    let message = r#"{"role": "assistant", "content": "It is open."}"#;
    assert_eq!(answered("ai.streamText", message), None);
    assert_eq!(answered("ai.streamText.doStream", message), of_parts(json!([text("It is open.")])));
}
