//! Names of attributes that Spanlift writes. What SDKs write is in `shared/conventions`.
//!
//! GenAI names follow the OpenTelemetry GenAI semantic conventions, schema
//! `https://opentelemetry.io/schemas/gen-ai/1.42.0` (status: development). `gen_ai.usage.total_tokens` is our
//! documented extension. Names without a prefix (`input`, `metrics.ttfb`, …) are those of Coval's span schema
//! (docs/REFERENCE.md#keys), which its trace metrics read.

mod semconv;

pub use semconv::gen_ai;

/// Canonical span names (docs/ARCHITECTURE.md#ids-names-and-times).
pub mod span {
    /// A model call.
    pub const LLM: &str = "llm";
    /// A tool call.
    pub const TOOL_CALL: &str = "llm_tool_call";
    /// Speech to text.
    pub const SPEECH_TO_TEXT: &str = "stt";
    /// Text to speech.
    pub const TEXT_TO_SPEECH: &str = "tts";
}

/// Resource attributes of every imported span (docs/REFERENCE.md#resource-attributes).
pub mod resource {
    /// The provider.
    pub const SERVICE_NAME: &str = "service.name";
    /// The tenant; on native rows too, unless configured otherwise.
    pub const ORGANIZATION_ID: &str = "coval.organization_id";
    /// The run.
    pub const RUN_ID: &str = "coval.run_id";
    /// The simulation; on native rows too, unless configured otherwise.
    pub const SIMULATION_OUTPUT_ID: &str = "coval.simulation_output_id";
    /// The attempt.
    pub const ATTEMPT: &str = "coval.attempt";
    /// The key that matched, or `window`.
    pub const CORRELATION_METHOD: &str = "coval.correlation.method";
    /// The import; no native row has it.
    pub const IMPORT_ID: &str = "import.id";
    /// The host that the spans were read from.
    pub const IMPORT_SOURCE_HOST: &str = "import.source_host";
}

/// The name that the span has on its platform.
pub const IMPORT_SOURCE_NAME: &str = "import.source_name";
/// The platform's own trace id, as it writes it.
pub const IMPORT_SOURCE_TRACE_ID: &str = "import.source_trace_id";
/// The platform's own span id, as it writes it.
pub const IMPORT_SOURCE_SPAN_ID: &str = "import.source_span_id";
/// Marks an end that is not the platform's: `before_start`, `of_descendants` or `unknown`.
pub const IMPORT_END_TIME: &str = "import.end_time";

/// How many attributes of the span and its events were left out, whole or in part, as the connection does not capture content.
pub const IMPORT_WITHHELD: &str = "import.withheld";

/// Seconds to the first byte (or token).
pub const METRICS_TTFB: &str = "metrics.ttfb";
/// A tool's name.
pub const FUNCTION_NAME: &str = "function.name";
/// A tool's arguments, JSON.
pub const FUNCTION_ARGUMENTS: &str = "function.arguments";
/// The id by which a model asked for a tool.
pub const TOOL_CALL_ID: &str = "tool_call_id";
/// What a tool gave back.
pub const TOOL_RESULT: &str = "tool.result";
/// What was heard.
pub const TRANSCRIPT: &str = "transcript";
/// What went in.
pub const INPUT: &str = "input";
/// What came out.
pub const OUTPUT: &str = "output";
/// Why a model stopped.
pub const LLM_FINISH_REASON: &str = "llm.finish_reason";
/// What kind of error ended the span (OpenTelemetry general conventions).
pub const ERROR_TYPE: &str = "error.type";
/// The session (OpenTelemetry general conventions).
pub const SESSION_ID: &str = "session.id";
/// The user (OpenTelemetry general conventions).
pub const USER_ID: &str = "user.id";

/// OpenTelemetry's conventions for exceptions.
pub mod exception {
    /// The event's name.
    pub const EVENT: &str = "exception";
    /// The exception's type.
    pub const TYPE: &str = "exception.type";
    /// What it says.
    pub const MESSAGE: &str = "exception.message";
    /// Where it came from.
    pub const STACKTRACE: &str = "exception.stacktrace";
}

/// Is it that name or one below it? `a.b` and `a.b.0.c` are within `a.b`; `a.bc` is not.
#[must_use]
pub fn is_within(name: &str, above: &str) -> bool {
    name.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
