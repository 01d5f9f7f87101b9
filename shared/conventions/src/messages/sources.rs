//! Which attributes hold messages, in the order in which they are asked.

use super::exploded::{MemberNames, OPENINFERENCE, OPENLLMETRY};

/// An attribute, or what stands before a list of attributes, that holds messages.
#[derive(Clone, Copy, Debug)]
pub struct MessageRow {
    /// Its name.
    pub attribute: &'static str,
    /// How it is read.
    pub reading: Reading,
    /// Who writes it.
    pub seen: &'static str,
}

/// How an attribute is read.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// JSON as the conventions have it: it stays as it was sent.
    AsSent,
    /// Each member of each message is an attribute.
    Members(&'static MemberNames),
    /// Each is a text alone, said by a role: a list, or an attribute each with this name below its number.
    Texts(&'static str, &'static str),
    /// JSON of a chat.
    Chat,
    /// JSON of `system` with `prompt` or `messages`.
    Prompt,
    /// JSON of a request to Gemini.
    Request,
    /// JSON of one answer.
    Answer,
    /// JSON of the events of a span.
    Events,
    /// JSON of a whole conversation: the last message is what came out, if a model said it.
    Conversation,
}

const fn row(attribute: &'static str, reading: Reading, seen: &'static str) -> MessageRow {
    MessageRow { attribute, reading, seen }
}

/// What went in.
pub const INPUT_MESSAGES: &[MessageRow] = &[
    row("gen_ai.input.messages", Reading::AsSent, "OpenTelemetry GenAI from 1.37"),
    row("gen_ai.prompt", Reading::Members(&OPENLLMETRY), "OpenLLMetry before 0.50, LiteLLM"),
    row("gen_ai.prompt", Reading::Chat, "OpenTelemetry GenAI before 1.28"),
    row("ai.prompt.messages", Reading::Chat, "AI SDK 5, 6: the call"),
    row("ai.prompt", Reading::Prompt, "AI SDK 5, 6: what lies around it"),
    row("lk.pii.chat_ctx", Reading::Chat, "LiveKit 1.7"),
    row("lk.chat_ctx", Reading::Chat, "LiveKit before 1.7"),
    row("lk_pii_chat_ctx", Reading::Chat, "LiveKit, by LangSmith's processor"),
    row("lk_chat_ctx", Reading::Chat, "LiveKit, by LangSmith's processor"),
    row("gcp.vertex.agent.llm_request", Reading::Request, "google-adk 2.13"),
    row("pydantic_ai.all_messages", Reading::Conversation, "pydantic-ai 2.68"),
    row("all_messages_events", Reading::Conversation, "pydantic-ai, version 1 of its instrumentation"),
    row("events", Reading::Events, "pydantic-ai, version 1 of its instrumentation"),
    row("llm.input_messages", Reading::Members(&OPENINFERENCE), "OpenInference"),
    row("llm.input_messages", Reading::Chat, "OpenInference, in one attribute"),
    row("llm.prompts", Reading::Texts("prompt.text", "user"), "OpenInference"),
    row("llm.prompts", Reading::Members(&OPENLLMETRY), "OpenLLMetry before 0.17"),
];

/// What came out.
pub const OUTPUT_MESSAGES: &[MessageRow] = &[
    row("gen_ai.output.messages", Reading::AsSent, "OpenTelemetry GenAI from 1.37"),
    row("gen_ai.completion", Reading::Members(&OPENLLMETRY), "OpenLLMetry before 0.50, LiteLLM"),
    row("gen_ai.completion", Reading::Chat, "OpenTelemetry GenAI before 1.28"),
    row("gcp.vertex.agent.llm_response", Reading::Answer, "google-adk 2.13"),
    row("pydantic_ai.all_messages", Reading::Conversation, "pydantic-ai 2.68"),
    row("all_messages_events", Reading::Conversation, "pydantic-ai, version 1 of its instrumentation"),
    row("events", Reading::Events, "pydantic-ai, version 1 of its instrumentation"),
    row("llm.output_messages", Reading::Members(&OPENINFERENCE), "OpenInference"),
    row("llm.output_messages", Reading::Chat, "OpenInference, in one attribute"),
    row("llm.choices", Reading::Texts("completion.text", "assistant"), "OpenInference"),
    row("llm.completions", Reading::Members(&OPENLLMETRY), "OpenLLMetry before 0.17"),
];

/// Attributes that together are one message of the model: its text, what it thought, the tools that it called.
#[derive(Clone, Copy, Debug)]
pub struct AnswerRow {
    /// The text, or the object that was asked for.
    pub texts: &'static [&'static str],
    /// What it thought.
    pub reasoning: &'static [&'static str],
    /// JSON of a list of calls.
    pub calls: &'static [&'static str],
    /// Who writes them.
    pub seen: &'static str,
}

/// All of them. They are asked after the rows of [`OUTPUT_MESSAGES`] that are the conventions' own.
pub const ANSWERS: &[AnswerRow] = &[
    AnswerRow {
        texts: &["ai.response.text", "ai.response.object"],
        reasoning: &["ai.response.reasoning"],
        calls: &["ai.response.toolCalls"],
        seen: "AI SDK 5, 6",
    },
    AnswerRow {
        texts: &["lk.pii.response.text", "lk.response.text", "lk_pii_response_text", "lk_response_text"],
        reasoning: &[],
        calls: &[
            "lk.pii.response.function_calls",
            "lk.response.function_calls",
            "lk_pii_response_function_calls",
            "lk_response_function_calls",
        ],
        seen: "LiveKit",
    },
    AnswerRow {
        texts: &["output.audio.transcript"],
        reasoning: &[],
        calls: &[],
        seen: "OpenInference, OpenAI Realtime",
    },
];
