//! What `fuzz_targets/` run: whatever bytes a platform answers with, a whole import of them stores what its rules allow and
//! nothing else; whatever bytes a queue delivers, a message is understood or refused.
#![expect(clippy::missing_panics_doc, reason = "what does not hold stops the fuzzer")]

mod import;
mod messages;
mod mutate;
mod platforms;
mod stored;

pub use import::page;
pub use messages::{event, job};
pub use mutate::mutate;
pub use platforms::{ArizeOtlp, ArizePlain, LangSmithV1, LangSmithV2, LangfuseV1, LangfuseV2};
