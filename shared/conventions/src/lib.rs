//! What SDKs write, and what it means: the same on every platform (docs/adr/0018-one-place-for-what-sdks-write.md).
//!
//! One file a vocabulary, rows as data. Pure: no I/O, no clock, no platform's own words.

mod calls;
mod failure;
mod first_byte;
mod interpret;
pub mod model;
mod names;
mod outcome;
pub mod parameters;
pub mod python_repr;
mod role;
mod row;
mod sent;
pub mod tool;
mod transcript;
pub mod usage;
mod view;
pub mod vocabularies;

pub use calls::{CALLS, CallGroup, CallTable, call_groups, has_settled, is_call};
pub use failure::{
    CONTROL_FLOW, Failure, TOOL_FAILURES, is_control_flow, tells_of_control_flow, tells_of_tool_failure,
};
pub use first_byte::{
    EventView, FIRST_BYTE, FIRST_TOKEN_EVENTS, FirstByteRow, first_byte, is_first_byte, measured_first_byte,
    seconds_text, stated_first_byte,
};
pub use interpret::{interpret, interpret_late};
pub use role::{names_a_model, role_of, speech_of_name};
pub use row::{KindRow, KindTable, NameRow, Vocabulary};
pub use sent::{Payload, PlatformWords, SentEvent, SentSpan};
pub use tool::ToolCall;
pub use transcript::{HEARD_AS_INPUT, TRANSCRIPTS, is_heard_as_input, stated_transcript};
pub use usage::Usage;
pub use view::{SpanView, Told, Words};
