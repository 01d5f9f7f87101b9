//! What spans of known SDKs stand for, as Phoenix stores them: without a scope, with a kind that it guessed.

use serde_json::{Value, json};

use crate::span_with;

#[test]
fn spans_of_known_sdks() {
    let model = "gen_ai.request.model";
    let cases: &[(&str, &str, Value, &str)] = &[
        // LiveKit
        ("LLM", "user_turn", json!({model: "nova-3", "lk.pii.user_transcript": "hi"}), "user_turn"),
        ("UNKNOWN", "llm_node", json!({"lk.response.ttft": 0.4, "lk.pii.chat_ctx": "{}"}), "llm_node"),
        ("LLM", "llm_request", json!({model: "gpt", "gen_ai.operation.name": "chat", "lk.llm_metrics": "{}"}), "llm"),
        ("LLM", "llm_request", json!({model: "gpt", "lk.llm_metrics": "{}"}), "llm"),
        ("LLM", "llm_request_run", json!({model: "gpt", "lk.retry_count": 0}), "llm_request_run"),
        ("LLM", "tts_node", json!({model: "sonic-2", "lk.response.ttfb": 0.2}), "tts"),
        ("LLM", "tts_request", json!({model: "sonic-2", "lk.tts.label": "x"}), "tts_request"),
        ("LLM", "tts_request_run", json!({model: "sonic-2", "lk.retry_count": 0}), "tts_request_run"),
        ("LLM", "tts_stream_adapter", json!({model: "sonic-2", "lk.tts.label": "x"}), "tts_stream_adapter"),
        ("UNKNOWN", "function_tool", json!({"lk.function_tool.name": "a"}), "llm_tool_call"),
        ("UNKNOWN", "agent_turn", json!({"lk.speech_id": "a"}), "agent_turn"),
        ("UNKNOWN", "agent_turn", json!({"lk.speech_id": "a", "lk.realtime_model_metrics": "{}"}), "llm"),
        ("LLM", "realtime_inference", json!({model: "m", "gen_ai.operation.name": "generate_content"}), "llm"),
        ("UNKNOWN", "user_speaking", json!({"lk.participant_id": "a"}), "user_speaking"),
        // A name alone is anybody's.
        ("UNKNOWN", "llm_request", json!({}), "llm_request"),
        ("LLM", "llm_node", json!({}), "llm"),
        ("LLM", "user_turn", json!({model: "gpt", "gen_ai.usage.input_tokens": 4}), "llm"),
        // OpenLLMetry
        ("LLM", "desk.agent", json!({model: "gpt", "traceloop.span.kind": "agent"}), "desk.agent"),
        ("LLM", "find.tool", json!({"traceloop.span.kind": "tool", "gen_ai.input.messages": "[]"}), "llm_tool_call"),
        ("LLM", "openai.embeddings", json!({model: "e", "traceloop.workflow.name": "w"}), "openai.embeddings"),
        ("LLM", "openai.embeddings", json!({model: "e", "llm.request.type": "embedding"}), "openai.embeddings"),
        ("LLM", "openai.chat", json!({model: "e", "llm.request.type": "chat", "traceloop.workflow.name": "w"}), "llm"),
        // AI SDK
        ("UNKNOWN", "ai.toolCall", json!({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "a"}), "llm_tool_call"),
        ("UNKNOWN", "ai.streamText", json!({"ai.operationId": "ai.streamText"}), "ai.streamText"),
        ("LLM", "ai.streamText.doStream", json!({"ai.operationId": "ai.streamText.doStream", model: "m"}), "llm"),
        ("LLM", "ai.embed.doEmbed", json!({"ai.operationId": "ai.embed.doEmbed", model: "m"}), "ai.embed.doEmbed"),
        // Pipecat
        ("LLM", "llm_setup", json!({"gen_ai.operation.name": "llm_setup", model: "m"}), "llm_setup"),
        ("LLM", "llm_tool_call", json!({"gen_ai.operation.name": "llm_tool_call", model: "m"}), "llm_tool_call"),
        ("LLM", "llm_tool_result", json!({"gen_ai.operation.name": "llm_tool_result", model: "m"}), "llm_tool_result"),
        ("LLM", "llm_request", json!({"gen_ai.operation.name": "llm_request", model: "m"}), "llm_request"),
        ("LLM", "stt", json!({"gen_ai.operation.name": "stt", model: "gpt-live"}), "stt"),
        // Others
        (
            "LLM",
            "execute_event_loop_cycle",
            json!({"gen_ai.operation.name": "execute_event_loop_cycle", model: "m"}),
            "execute_event_loop_cycle",
        ),
        ("LLM", "plan", json!({"gen_ai.operation.name": "plan", model: "m"}), "plan"),
        ("LLM", "call_llm", json!({model: "m", "gcp.vertex.agent.event_id": "1"}), "llm"),
        (
            "LLM",
            "generate_content m",
            json!({"gen_ai.operation.name": "generate_content", model: "m", "gcp.vertex.agent.event_id": "1"}),
            "generate_content m",
        ),
        ("TOOL", "running tool", json!({"gen_ai.tool.name": "a", "logfire.msg": "b"}), "llm_tool_call"),
        ("UNKNOWN", "answer", json!({model: "m"}), "llm"),
        ("CHAIN", "answer", json!({"llm.model_name": "m"}), "answer"),
    ];
    for (kind, name, attributes, expected) in cases {
        let case = json!({"span_kind": kind, "name": name, "attributes": attributes});
        let span = span_with(case.clone());
        assert_eq!(span.name, *expected, "{case}");
    }
}
