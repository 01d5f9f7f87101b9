//! Conversations as SDKs write them, with a marked word wherever something that was said, or whose it is, may stand.

use serde_json::{Map, Value, json};

use crate::marked_json;

/// The marked word. It stands in values, and in names of attributes, but in no name of a span, an event or a tool.
pub(crate) const MARK: &str = "zanzibar";

/// Spans of one SDK, all below one root.
pub(crate) struct Conversation {
    pub(crate) scope: &'static str,
    pub(crate) spans: Vec<Said>,
}

/// A span.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) name: String,
    /// What it is on `LangSmith`.
    pub(crate) kind: &'static str,
    pub(crate) attributes: Map<String, Value>,
    pub(crate) events: Vec<(&'static str, Value)>,
    /// The text of an exception.
    pub(crate) error: Option<String>,
}

impl Said {
    pub(crate) fn new(name: &str, attributes: &Value) -> Self {
        let attributes = attributes.as_object().cloned().unwrap_or_default();
        Self { name: name.to_owned(), kind: "chain", attributes, events: Vec::new(), error: None }
    }

    fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    fn event(mut self, name: &'static str, attributes: Value) -> Self {
        self.events.push((name, attributes));
        self
    }

    pub(crate) fn failed(self, error: &str) -> Self {
        Self { error: Some(error.to_owned()), ..self }
    }
}

/// Every vocabulary.
pub(crate) fn all() -> Vec<Conversation> {
    let mut all = vec![
        Conversation { scope: "livekit-agents", spans: livekit() },
        Conversation { scope: "pipecat", spans: pipecat() },
        Conversation { scope: "langsmith", spans: langgraph() },
        Conversation { scope: "openinference.instrumentation.openai_agents", spans: openai_agents() },
        Conversation { scope: "litellm", spans: litellm() },
        Conversation { scope: "ai", spans: ai_sdk() },
        Conversation { scope: "pydantic-ai", spans: pydantic_ai() },
        Conversation { scope: "strands.telemetry.tracer", spans: strands() },
        Conversation { scope: "gcp.vertex.agent", spans: adk() },
        Conversation { scope: "opentelemetry.instrumentation.crewai", spans: crewai() },
        Conversation { scope: "opentelemetry.instrumentation.openai_v2", spans: gen_ai() },
    ];
    for span in all.iter_mut().flat_map(|conversation| &mut conversation.spans) {
        mark_what_is_not_known(span);
    }
    all
}

/// Names and values that no table knows, and what names a person.
fn mark_what_is_not_known(span: &mut Said) {
    let Value::Object(unknown) = json!({
        "zanzibar": 7, "note.zanzibar": "x", "a.note": MARK, "customer": marked_json().to_string(), "gen_ai.usage.zanzibar": 5,
        "metadata": json!({"note": MARK, "zanzibar": 1}).to_string(), "user.id": MARK, "user_id": MARK, "enduser.id": MARK,
        "langfuse.user.id": MARK, "thread_id": MARK, "tag.tags": ["a tag", MARK], "langfuse.trace.tags": [MARK],
        "langfuse.trace.name": MARK, "traceloop.association.properties.user_id": MARK, "error.message": MARK,
    }) else {
        return;
    };
    span.attributes.extend(unknown);
}

fn messages() -> String {
    json!([{"role": "user", "parts": [{"type": "text", "content": MARK}]}]).to_string()
}

fn livekit() -> Vec<Said> {
    vec![
        Said::new("agent_session", &json!({
            "lk.agent_label": "Desk", "lk.pii.room_name": MARK, "lk.room_name": MARK, "lk.job_id": "AJ_1", "lk.session_options": marked_json().to_string(),
            "lk.pii.participant_identity": MARK, "lk.participant_id": MARK, "participant_identity": MARK, "sip.phoneNumber": MARK,
            "lk.pii.sip.phoneNumber": MARK, "lk.sip.trunkPhoneNumber": MARK, "lk.shutdown.reason": "zanzibar hung up",
        })),
        Said::new("user_turn", &json!({
            "lk.pii.user_transcript": MARK, "lk.user_transcript": MARK, "lk.transcript_confidence": 0.97, "lk.transcription_delay": 0.3,
            "gen_ai.request.model": "nova-3", "lk.eou.language": "en", "gen_ai.conversation.id": MARK,
        })),
        Said::new("agent_turn", &json!({
            "gen_ai.operation.name": "invoke_agent", "lk.user_input": MARK, "lk.pii.user_input": MARK, "lk.instructions": MARK, "lk.pii.response.text": MARK,
            "lk.e2e_latency": 1.2, "lk.generation_id": "speech_1",
        })),
        Said::new("llm_request", &json!({
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1-mini", "gen_ai.usage.input_tokens": 300, "lk.pii.chat_ctx": marked_json().to_string(),
            "lk.chat_ctx": marked_json().to_string(), "lk.response.function_calls": marked_json().to_string(), "gen_ai.input.messages": messages(),
            "lk.llm_metrics": json!({"ttft": 0.4, "label": MARK, "request_id": MARK, "metadata": {"model_name": MARK}, MARK: 5}).to_string(),
        })).kind("llm")
            .event("gen_ai.system.message", json!({"content": MARK}))
            .event("gen_ai.user.message", json!({"content": MARK, "role": "user"}))
            .event("gen_ai.choice", json!({"message": MARK, MARK: MARK})),
        Said::new("function_tool", &json!({
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "cancel", "lk.function_tool.id": "fc_1", "lk.function_tool.name": "cancel",
            "lk.pii.function_tool.arguments": marked_json().to_string(), "lk.function_tool.arguments": marked_json().to_string(),
            "lk.function_tool.output": MARK, "lk.pii.function_tool.output": MARK, "lk.function_tool.is_error": true,
        })).kind("tool").failed("ToolError: zanzibar is not on the list"),
        Said::new("tts_request", &json!({
            "lk.pii.input_text": MARK, "lk.input_text": MARK, "lk.response.ttfb": 0.2, "gen_ai.request.model": "sonic-2",
            "lk.tts_metrics": json!({"ttfb": 0.2, "characters_count": 8, "segment_id": MARK}).to_string(),
        })),
    ]
}

fn pipecat() -> Vec<Said> {
    vec![
        Said::new("stt", &json!({
            "gen_ai.operation.name": "stt", "gen_ai.request.model": "nova-3", "transcript": MARK, "is_final": true, "language": "en", "metrics.ttfb": 0.4,
            "settings.keyterms": MARK, "settings.zanzibar": 1, "user_transcript": MARK,
        })),
        Said::new("llm", &json!({
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1", "input": marked_json().to_string(), "output": MARK, "tools": marked_json().to_string(),
            "gen_ai.system_instructions": MARK, "system": MARK, "extra.note": MARK, "param.note": MARK, "settings.system_instruction": MARK,
            "gen_ai.usage.input_tokens": 12, "metrics.ttfb": 0.3, "tool_choice": marked_json().to_string(), "tools.definitions": MARK,
            "context_messages": MARK, "text_output": MARK, "function_calls.0.arguments": MARK,
        })).kind("llm"),
        Said::new("llm_tool_call", &json!({
            "gen_ai.operation.name": "llm_tool_call", "tool.function_name": "move", "tool.call_id": "call_1", "tool.arguments": marked_json().to_string(), "tool.result": MARK,
        })).kind("tool"),
        Said::new("tts", &json!({"gen_ai.operation.name": "tts", "text": MARK, "metrics.character_count": 8, "metrics.ttfb": 0.2, "voice_id": "v1"})),
        Said::new("turn", &json!({"turn.number": 1, "turn.text": MARK, "conversation.id": MARK, "turn.user_text": MARK, "turn.bot_text": MARK})),
    ]
}

fn langgraph() -> Vec<Said> {
    vec![
        Said::new("LangGraph", &json!({
            "langsmith.span.kind": "chain", "input.value": marked_json().to_string(), "output.value": MARK, "langsmith.metadata.note": MARK,
            "langsmith.metadata.user_id": MARK, "langgraph_step": 1, "langgraph_node": "agent", "configurable": marked_json().to_string(),
        })),
        Said::new("ChatOpenAI", &json!({
            "openinference.span.kind": "LLM", "gen_ai.prompt.0.content": MARK, "gen_ai.completion.0.content": MARK, "llm.input_messages.0.message.content": MARK,
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": MARK, "llm.prompts.0.prompt.text": MARK,
            "llm.prompt_template.template": MARK, "llm.prompt_template.variables": marked_json().to_string(), "llm.token_count.prompt": 3,
            "llm.tools.0.tool.json_schema": MARK, "ls_stop": ["the end of zanzibar"], "gen_ai.request.model": "a zanzibar of a model",
            "llm.invocation_parameters": json!({"temperature": 0.2, "stop": [MARK], "user": MARK}).to_string(), "ls_model_name": "gpt-4.1",
        })).kind("llm").failed("BadRequestError(\"Error code: 400 - {'message': 'zanzibar'}\")Traceback (most recent call last):\n  zanzibar()\nopenai.BadRequestError: zanzibar"),
        Said::new("book", &json!({
            "openinference.span.kind": "TOOL", "tool.name": "book", "input.value": "{'city': 'zanzibar'}", "tool.parameters": marked_json().to_string(),
            "output.value": "content='zanzibar' name='book' tool_call_id='call_1'", "tool.description": MARK,
        })).kind("tool"),
        Said::new("retriever", &json!({
            "openinference.span.kind": "RETRIEVER", "input.value": MARK, "retrieval.documents.0.document.content": MARK,
            "retrieval.documents.0.document.metadata": marked_json().to_string(), "retrieval.documents.0.document.id": MARK,
            "embedding.embeddings.0.embedding.text": MARK,
        })).kind("retriever"),
    ]
}

fn openai_agents() -> Vec<Said> {
    vec![
        Said::new("Agent workflow", &json!({"openinference.span.kind": "AGENT", "input.value": MARK, "output.value": MARK, "graph.node.id": "desk"})),
        Said::new("response", &json!({
            "openinference.span.kind": "LLM", "llm.model_name": "gpt-4.1", "llm.input_messages.0.message.contents.0.message_content.text": MARK,
            "llm.output_messages.0.message.content": MARK, "llm.openai.messages": marked_json().to_string(), "instructions": MARK,
            "session.id": MARK,
        })).kind("llm"),
        Said::new("handoff", &json!({"openinference.span.kind": "TOOL", "tool.parameters": json!({"why": MARK}).to_string(), "output.value": MARK}))
            .kind("tool").failed("zanzibar: UserError because of zanzibar"),
    ]
}

fn litellm() -> Vec<Said> {
    vec![
        Said::new("litellm_request", &json!({
            "gen_ai.request.model": "gpt-4.1", "gen_ai.prompt.0.content": MARK, "gen_ai.completion.0.content": MARK, "llm.user": MARK, "gen_ai.usage.input_tokens": 9,
            "gen_ai.completion.0.function_call.arguments": MARK, "metadata.user_api_key_alias": MARK, "metadata.requester_metadata": marked_json().to_string(),
            "gen_ai.cost.total_cost": 0.002, "llm.request.functions.0.description": MARK, "gen_ai.input.messages": messages(),
        })).kind("llm"),
        Said::new("raw_gen_ai_request", &json!({
            "llm.openai.messages": marked_json().to_string(), "llm.openai.choices": marked_json().to_string(), "llm.openai.user": MARK, "llm.openai.extra_body": MARK,
            "llm.openai.model": "gpt-4.1", "llm.openai.id": "chatcmpl-1",
        })),
    ]
}

fn ai_sdk() -> Vec<Said> {
    vec![
        Said::new("ai.generateText", &json!({
            "ai.operationId": "ai.generateText", "ai.prompt": marked_json().to_string(), "ai.response.text": MARK, "ai.telemetry.metadata.note": MARK,
            "ai.telemetry.metadata.userId": MARK, "ai.request.headers.authorization": MARK, "ai.settings.context": MARK,
        })),
        Said::new("ai.generateText.doGenerate", &json!({
            "ai.operationId": "ai.generateText.doGenerate", "ai.prompt.messages": marked_json().to_string(), "ai.prompt.tools": [MARK], "ai.response.text": MARK,
            "ai.response.reasoning": MARK, "ai.response.toolCalls": marked_json().to_string(), "ai.response.object": MARK, "ai.response.providerMetadata": marked_json().to_string(),
            "ai.usage.promptTokens": 5, "gen_ai.request.model": "gpt-4.1", "gen_ai.usage.input_tokens": 5, "ai.response.msToFirstChunk": 300,
            "ai.schema": MARK, "ai.schema.description": MARK, "gen_ai.request.stop_sequences": ["a zanzibar"],
        })).kind("llm").event("ai.stream.firstChunk", json!({"ai.response.msToFirstChunk": 300, "ai.value": MARK})),
        Said::new("ai.toolCall", &json!({
            "ai.operationId": "ai.toolCall", "ai.toolCall.name": "book", "ai.toolCall.id": "call_1", "ai.toolCall.args": marked_json().to_string(), "ai.toolCall.result": MARK,
        })).kind("tool").failed("Error: zanzibar\n    at book (zanzibar.js:1:1)"),
        Said::new("ai.embed", &json!({"ai.operationId": "ai.embed", "ai.value": MARK, "ai.values": [MARK], "ai.embedding": MARK, "ai.embeddings": [MARK]})),
    ]
}

fn pydantic_ai() -> Vec<Said> {
    vec![
        Said::new("agent run", &json!({
            "agent_name": "desk", "final_result": MARK, "all_messages_events": marked_json().to_string(), "pydantic_ai.all_messages": marked_json().to_string(),
            "logfire.msg": "desk run zanzibar", "logfire.json_schema": MARK, "gen_ai.agent.description": MARK,
        })),
        Said::new("chat gpt-4.1", &json!({
            "gen_ai.request.model": "gpt-4.1", "events": marked_json().to_string(), "model_request_parameters": marked_json().to_string(), "gen_ai.system_instructions": MARK,
            "gen_ai.usage.input_tokens": 5, "gen_ai.operation.name": "chat", "gen_ai.input.messages": messages(),
        })).kind("llm"),
        Said::new("running tool", &json!({
            "gen_ai.tool.name": "book", "gen_ai.tool.call.id": "call_1", "tool_arguments": marked_json().to_string(), "tool_response": MARK, "logfire.msg": "running zanzibar",
        })).kind("tool").event("exception", json!({
            "exception.type": "ModelRetry", "exception.message": MARK, "exception.stacktrace": format!("Traceback\n  {MARK}"), "exception.escaped": "False", "note": MARK,
        })).failed("ModelRetry: zanzibar"),
    ]
}

fn strands() -> Vec<Said> {
    let base = |operation: &str| json!({"gen_ai.system": "strands-agents", "gen_ai.operation.name": operation, "session.id": MARK, "gen_ai.agent.tools": [MARK]});
    let system = "gen_ai.system.message";
    vec![
        Said::new("invoke_agent Desk", &base("invoke_agent"))
            .event("gen_ai.user.message", json!({"content": MARK}))
            .event(system, json!({"content": MARK})),
        Said::new("chat", &base("chat"))
            .kind("llm")
            .event(
                "gen_ai.choice",
                json!({"finish_reason": "tool_use", "message": marked_json().to_string(), "tool.result": MARK}),
            )
            .event(
                "gen_ai.client.inference.operation.details",
                json!({"gen_ai.input.messages": messages(), "gen_ai.output.messages": messages()}),
            ),
        Said::new("execute_tool book", &base("execute_tool"))
            .kind("tool")
            .event(
                "gen_ai.tool.message",
                json!({"role": "tool", "content": marked_json().to_string(), "id": "tooluse_1"}),
            )
            .event("gen_ai.choice", json!({"message": MARK, "id": "tooluse_1"})),
    ]
}

fn adk() -> Vec<Said> {
    vec![
        Said::new("invocation", &json!({"gcp.vertex.agent.session_id": MARK, "gcp.vertex.agent.data": marked_json().to_string(), "gen_ai.conversation.id": MARK})),
        Said::new("call_llm", &json!({
            "gen_ai.request.model": "gemini-2.5-flash", "gcp.vertex.agent.llm_request": marked_json().to_string(), "gcp.vertex.agent.llm_response": marked_json().to_string(),
            "gen_ai.usage.input_tokens": 8, "gcp.vertex.agent.session_id": MARK,
        })).kind("llm").event("gen_ai.choice", json!({"content": MARK})),
        Said::new("execute_tool book", &json!({
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "book", "gen_ai.tool.description": MARK, "gcp.vertex.agent.tool_call_args": marked_json().to_string(),
            "gcp.vertex.agent.tool_response": marked_json().to_string(), "gcp.vertex.agent.llm_request": MARK,
        })).kind("tool").failed("ValueError: zanzibar"),
    ]
}

fn crewai() -> Vec<Said> {
    vec![
        Said::new("crewai.workflow", &json!({
            "traceloop.span.kind": "workflow", "crewai.crew.tasks": marked_json().to_string(), "crewai.crew.agents": marked_json().to_string(), "crewai.crew.result": MARK,
            "crewai.crew.inputs": MARK, "traceloop.entity.input": marked_json().to_string(), "traceloop.entity.output": MARK,
        })),
        Said::new("task", &json!({"crewai.task.description": MARK, "crewai.task.expected_output": MARK, "crewai.task.result": MARK, "formatted_description": MARK})),
        Said::new("agent", &json!({"traceloop.span.kind": "agent", "crewai.agent.goal": MARK, "crewai.agent.backstory": MARK, "crewai.agent.role": "a zanzibar"})),
        Said::new("openai.chat", &json!({
            "llm.request.type": "chat", "gen_ai.request.model": "gpt-4.1", "gen_ai.prompt.0.content": MARK, "gen_ai.prompt.0.role": MARK, "gen_ai.completion.0.content": MARK,
            "llm.headers": MARK, "llm.content.completion.chunk": MARK, "traceloop.prompt.template": MARK, "traceloop.prompt.template_variables": MARK,
            "gen_ai.usage.input_tokens": 8, "llm.request.functions.0.parameters": MARK, "gen_ai.openai.api_base": MARK,
        })).kind("llm").event("llm.content.completion.chunk", json!({"chunk": MARK})),
        Said::new("book.tool", &json!({"traceloop.span.kind": "tool", "traceloop.entity.name": "book", "traceloop.entity.input": marked_json().to_string(), "traceloop.entity.output": MARK})).kind("tool"),
    ]
}

fn gen_ai() -> Vec<Said> {
    vec![
        Said::new("chat gpt-4.1", &json!({
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1", "gen_ai.input.messages": messages(), "gen_ai.output.messages": messages(),
            "gen_ai.system_instructions": messages(), "gen_ai.tool.definitions": marked_json().to_string(), "gen_ai.prompt": MARK, "gen_ai.completion": MARK,
            "gen_ai.prompt.variable.name": MARK, "gen_ai.memory.query.text": MARK, "gen_ai.memory.records": MARK, "gen_ai.evaluation.explanation": MARK,
            "gen_ai.usage.input_tokens": 8, "gen_ai.response.finish_reasons": ["a zanzibar"],
        })).kind("llm")
            .event("gen_ai.content.prompt", json!({"gen_ai.prompt": MARK}))
            .event("gen_ai.content.completion", json!({"gen_ai.completion": MARK}))
            .event("gen_ai.evaluation.result", json!({"gen_ai.evaluation.score.label": MARK, "gen_ai.evaluation.explanation": MARK}))
            .failed("openai.APITimeoutError: zanzibar timed out"),
        Said::new("execute_tool book", &json!({
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "book", "gen_ai.tool.call.arguments": marked_json().to_string(), "gen_ai.tool.call.result": MARK,
        })).kind("tool"),
        Said::new("retrieval docs", &json!({
            "gen_ai.operation.name": "retrieval", "gen_ai.retrieval.query.text": MARK, "gen_ai.retrieval.documents": marked_json().to_string(), "url.full": MARK, "db.query.text": MARK,
        })).kind("retriever"),
    ]
}
