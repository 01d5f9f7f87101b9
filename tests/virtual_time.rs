//! Virtual time over a real network, for tests that include this file.

use std::future::Future;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(10);

/// Runs `work` while a clock ticks.
///
/// An answer that is on its way through the kernel looks like idleness, and idle, virtual time goes on to the next
/// timer: the tick, in place of a request's timeout.
pub(crate) async fn ticking<T>(work: impl Future<Output = T>) -> T {
    let ticks = async {
        loop {
            tokio::time::sleep(TICK).await;
        }
    };
    tokio::select! {
        done = work => done,
        never = ticks => never,
    }
}
