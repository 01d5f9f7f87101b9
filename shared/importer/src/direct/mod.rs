//! Direct requests: whether a connection works, and what an import would do (docs/ARCHITECTURE.md#direct-requests).
//!
//! Both read through [`Platform::read`](crate::ports::Platform::read) and judge by the engine's own correlation and selection. Neither
//! writes anything, but for what `learn` asks for.

mod answer;
mod decisions;
mod preview;
mod request;
mod verify;

pub use answer::{KeyFound, PreviewAnswer, Previewed, Refused, TraceDecision, Verified, VerifyAnswer};
pub use request::{DirectRequest, VerifyRequest};
