use spanlift_model::{Clock, Timestamp};
use tokio::time::Instant;

/// The time as tokio has it, virtual or not, beginning at a moment.
#[derive(Clone, Copy, Debug)]
pub struct VirtualClock {
    began: Instant,
    at: Timestamp,
}

impl VirtualClock {
    /// It is `at` now.
    #[must_use]
    pub fn starting_at(at: Timestamp) -> Self {
        Self { began: Instant::now(), at }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.at.plus(self.began.elapsed())
    }
}
