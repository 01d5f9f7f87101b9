//! Pipecat's own tracing, and its OpenInference instrumentor.

use super::KeptTable;
use crate::value_kind::ValueKind::{CutName, Flag, Identifier, Number};

/// Its own.
pub(super) const PIPECAT: KeptTable = KeptTable {
    of: "Pipecat",
    seen: "pipecat-ai 1.14",
    rows: &[
        (
            Number,
            &[
                "audio.data_size_bytes",
                "function_calls.count",
                "metrics.character_count",
                "param.*",
                "settings.*",
                "tokens.completion",
                "tokens.prompt",
                "tokens.total",
                "tool.calls_count",
                "tool_count",
                "tools.count",
                "turn.duration_seconds",
                "turn.index",
                "turn.number",
                "turn.user_bot_latency_seconds",
            ],
        ),
        (
            Flag,
            &[
                "is_final",
                "stream",
                "tools.available",
                "transcript.is_input",
                "tts.interrupted",
                "turn.was_interrupted",
                "turn_complete",
                "vad_enabled",
            ],
        ),
        (
            Identifier,
            &[
                "conversation.type",
                "language",
                "modalities",
                "output_modality",
                "response.id",
                "service.operation",
                "settings.language",
                "settings.model",
                "tool.result_status",
                "turn.type",
                "voice_id",
            ],
        ),
        (CutName, &["tool.function_name"]),
    ],
};

/// What the instrumentor adds.
pub(super) const INSTRUMENTOR: KeptTable = KeptTable {
    of: "Pipecat, OpenInference",
    seen: "openinference-instrumentation-pipecat 0.1",
    rows: &[
        (
            Number,
            &[
                "audio.duration_seconds",
                "audio.num_channels",
                "audio.sample_rate",
                "conversation.turn_duration_seconds",
                "conversation.turn_number",
                "conversation.user_to_bot_latency",
                "service.processing_time_seconds",
                "service.ttfb_seconds",
                "stt.minutes",
                "stt.time_to_last_transcription_seconds",
                "tts.character_count",
            ],
        ),
        (Flag, &["conversation.was_interrupted"]),
        (
            Identifier,
            &[
                "audio.voice_id",
                "conversation.end_reason",
                "metrics.model",
                "metrics.processor",
                "service.model",
                "service.type",
                "stt.model",
                "stt.provider",
                "tts.model",
                "tts.provider",
            ],
        ),
    ],
};
