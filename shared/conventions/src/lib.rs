//! What SDKs write, and what it means: the same on every platform (docs/adr/0018-one-place-for-what-sdks-write.md).
//!
//! One file a vocabulary, rows as data. Pure: no I/O, no clock, no platform's own words.

mod answer;
mod calls;
mod definitions;
mod derived;
mod failure;
mod first_byte;
mod interpret;
mod json_text;
mod kept;
pub mod messages;
pub mod model;
mod moved;
mod names;
mod outcome;
pub mod parameters;
mod payload;
pub mod plain;
pub mod python_repr;
mod retrieval;
mod role;
mod row;
mod said;
mod sent;
pub mod tool;
mod tool_payload;
mod transcript;
pub mod usage;
mod value_kind;
mod view;
pub mod vocabularies;
mod withhold;

pub use answer::{REASONS, RESPONSE_IDS};
pub use calls::{CallGroup, call_groups, has_settled, is_call};
pub use definitions::{TOOLS, Tools};
pub use failure::{
    CONTROL_FLOW, Failure, INTERRUPTIONS, TOOL_FAILURES, is_control_flow, tells_of_control_flow, tells_of_interruption,
    tells_of_tool_failure,
};
pub use first_byte::{
    EventView, FIRST_BYTE, FIRST_TOKEN_EVENTS, FirstByteRow, first_byte, is_first_byte, measured_first_byte,
    seconds_text, stated_first_byte, stated_first_bytes,
};
pub use interpret::{attributes, interpret, interpret_late};
pub use json_text::{JSON_ATTRIBUTES, json_attribute, put_together};
pub use kept::{KEPT, KEPT_BEHIND, KeptTable, kept_kind};
pub use messages::completes_text;
pub use moved::{moved, name_as_sent};
pub use payload::{CARRIED_INPUTS, CARRIED_OUTPUTS, INPUTS, OUTPUTS};
pub use retrieval::{FOUND, QUERIES, VECTORS};
pub use role::{names_a_model, role_of, speech_of_name};
pub use row::{CallTable, KindRow, KindTable, NameRow, Vocabulary};
pub use sent::{Payload, PlatformWords, SentEvent, SentSpan, Side, Usage};
pub use tool::ToolCall;
pub use transcript::{HEARD, HEARD_AS_INPUT, HEARD_BY_MODELS, TRANSCRIPTS, is_heard_as_input, stated_transcript};
pub use value_kind::{LONGEST_NAME, NUMBER_WORDS, ValueKind};
pub use view::{SpanView, Told, Words};
pub use vocabularies::CALLS;
pub use withhold::{Kept, NOT_KEPT, withhold_content};
