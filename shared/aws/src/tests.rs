//! What the adapters ask of AWS and make of its answers. Whether AWS does as asked is for `tests/emulator.rs`.

mod completion;
mod connections;
mod dead_letters;
mod errors;
mod ledger;
mod queues;
mod recent;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use spanlift_model::{Clock, ImportJob, Timestamp};

fn job() -> ImportJob {
    ImportJob::parse(
        r#"{"version": "1", "organization_id": "org-1", "run_id": "run-1", "simulation_output_id": "sim-1",
            "status": "COMPLETED", "started_at": "2026-11-20T15:00:00Z", "ended_at": "2026-11-20T15:04:41.25Z",
            "provider": "langfuse"}"#,
    )
    .unwrap()
}

fn noon() -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
}

/// A clock that stands until it is told to go on.
#[derive(Clone, Default)]
struct PassingClock(Arc<AtomicI64>);

impl PassingClock {
    fn pass(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for PassingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(noon().millis() + self.0.load(Ordering::SeqCst))
    }
}
