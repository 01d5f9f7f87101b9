//! What stands between AWS Lambda and the code: configuration, logs, metrics, the clock, the SQS batch, and direct
//! requests.

mod batch;
mod clock;
mod configuration;
mod importer;
mod invocation;
mod late_store;
mod logs;
mod metrics;
mod start;
mod trace_store;

pub use batch::{Handler, Message, SourceQueue, Verdict};
pub use clock::SystemClock;
pub use configuration::{ConfigurationError, FunctionConfiguration, ImporterConfiguration, Variables, seconds};
pub use importer::run_importer;
pub use invocation::{Direct, NoDirect, run};
pub use logs::{logs, start_logs};
pub use start::beside_the_start;
pub use trace_store::{TraceStoreConfiguration, TraceStoreError};
