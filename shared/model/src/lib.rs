//! The words of Spanlift as types: events, jobs, windows, spans, and the one correlation function.
//!
//! Pure: no I/O, no clock, no async. Everything that must be true of the data whatever the platform is said here
//! once (`docs/ARCHITECTURE.md`); adapters and functions translate to and from these types.

mod attempts;
mod attributes;
mod back_off;
mod budget;
mod clock;
mod connection;
pub mod correlation;
mod event;
mod hash;
mod ids;
mod job;
pub mod json;
mod ledger;
mod lookup;
pub mod names;
mod passes;
mod platform_error;
mod rejected;
mod role;
mod selection;
mod server_version;
mod source_span;
mod span;
mod timestamp;
mod tree;
mod window;

pub use attempts::{Attempt, Attempts};
pub use attributes::{Attributes, CUT_MARKER, canonical_text, cut};
pub use back_off::{back_off, retry_delay};
pub use budget::Budget;
pub use clock::Clock;
pub use connection::{BAD_KEEP_ATTRIBUTES, CorrelationMode, Habit, Settings};
pub use event::{EventStatus, Refusal, SimulationCompleted};
pub use hash::Digest;
pub use ids::{Hint, IdError, ImportId, OrganizationId, Provider, SimulationOutputId, SourceId, SpanId, TraceId};
pub use job::ImportJob;
pub use ledger::{Counts, DeferReason, EmptyReason, FailureReason, Status, Truncation};
pub use lookup::look_up;
pub use passes::Passes;
pub use platform_error::{PlatformError, Remedy};
pub use rejected::Rejected;
pub use role::Role;
pub use selection::{Caps, MatchedCap, Selection};
pub use server_version::ServerVersion;
pub use source_span::SourceSpan;
pub use span::{Span, SpanEvent, SpanKind, StatusCode};
pub use timestamp::{Timestamp, TimestampError};
pub use tree::{SpanKey, Twig, complete_tree};
pub use window::Window;
