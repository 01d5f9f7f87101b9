//! LiveKit Agents.
//!
//! One model call is `llm_node` around `llm_request` around `llm_request_run`: `llm_request` has the counts. One synthesis is
//! `tts_node` around `tts_request` around `tts_request_run`: `tts_node` has the time to the first byte. Where the service does not
//! stream, `tts_stream_adapter` stands between the first two. Where one service may stand in for another, `llm_fallback_adapter` or
//! `tts_fallback_adapter` does, around a request for each that was asked. Up to 1.8.2 the first calls itself a chat. Up to 1.8.6 every
//! adapter has an attempt of its own around the requests; up to 1.2 its span is a request itself.
//!
//! Up to 1.5 each answer of the model has a `tts_node`, also one that only calls a tool: nothing is said in it.

use spanlift_model::Role;

use crate::row::{CallTable, NameRow, Vocabulary};

/// The vocabulary. `lk_` is how its LangSmith processor writes `lk.`.
pub const VOCABULARY: Vocabulary = Vocabulary {
    scopes: &["livekit-agents", "livekit.agents"],
    prefixes: &["lk.", "lk_"],
    names: NAMES,
    is_closed: true,
    ..Vocabulary::named("LiveKit")
};

const SEEN: &str = "livekit-agents 1.2 to 1.8.9";

/// A call of a model.
pub const MODEL_CALL: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::ModelCall,
    layers: &["llm_node", "llm_fallback_adapter", "llm_request", "llm_request_run"],
    again: &[("llm_request_run", "llm_request"), ("llm_request", "llm_request")],
    named: "llm_request",
    alone: Some("llm_node"),
    asks: None,
    waits: true,
    seen: SEEN,
};

/// A response of a realtime model, from 1.8 on. Counts that come when its span has ended (somebody broke in) are one inside it.
pub const REALTIME: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::ModelCall,
    layers: &["realtime_inference", "realtime_metrics"],
    again: &[],
    named: "realtime_inference",
    alone: None,
    asks: None,
    waits: true,
    seen: "1.8",
};

/// Speech that was made.
pub const SYNTHESIS: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::TextToSpeech,
    layers: &["tts_node", "tts_fallback_adapter", "tts_stream_adapter", "tts_request", "tts_request_run"],
    again: &[
        ("tts_stream_adapter", "tts_fallback_adapter"),
        ("tts_request_run", "tts_fallback_adapter"),
        ("tts_request_run", "tts_stream_adapter"),
        ("tts_request_run", "tts_request"),
        ("tts_request", "tts_request"),
    ],
    named: "tts_node",
    alone: None,
    asks: Some("tts_request"),
    waits: true,
    seen: SEEN,
};

/// Speech that was recognised.
pub const RECOGNITION: CallTable = CallTable {
    vocabulary: VOCABULARY,
    role: Role::SpeechToText,
    layers: &["stt_request", "stt_request_run"],
    again: &[],
    named: "stt_request",
    alone: None,
    asks: None,
    waits: true,
    seen: "what Coval's wizard renames",
};

const NAMES: &[NameRow] = &[
    // Somebody spoke: no time that a recogniser took.
    NameRow::new("user_turn", Role::Speech, SEEN),
    NameRow::new("user_speaking", Role::Speech, SEEN),
    NameRow::new("function_tool", Role::ToolCall, SEEN),
    // Realtime: up to 1.7 the turn itself is the call, where the counts came in time; else they stand inside it, in a span that is
    // the call, though the turn says from 1.4 on that it is a chat.
    NameRow::new("agent_turn", Role::ModelCall, "1.3 to 1.7, realtime").only_with("lk.realtime_model_metrics"),
    NameRow::new("agent_turn", Role::ModelCall, "1.3 to 1.7, realtime, LangSmith")
        .only_with("lk_realtime_model_metrics"),
    NameRow { role: Role::Agent, ..NameRow::wrapper("agent_turn", "1.3 to 1.8.9") },
    NameRow::new("realtime_assistant_turn", Role::ModelCall, "1.2").only_with("lk.realtime_model_metrics"),
    NameRow::new("realtime_assistant_turn", Role::Agent, "1.2"),
    NameRow::new("assistant_turn", Role::Agent, "1.2"),
    NameRow::new("realtime_inference", Role::ModelCall, "1.8"),
    NameRow::new("realtime_metrics", Role::ModelCall, SEEN),
];
