use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests at the same time: the server is one of the customer's own.
pub(super) const AT_ONCE: usize = 3;
/// After an answer over this the next ones come one by one: several would fill the memory.
const LARGE: usize = 4 << 20;

/// Lets requests through: several at the same time, as long as their answers are small.
pub(super) struct Gate {
    places: Semaphore,
    is_narrow: AtomicBool,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE), is_narrow: AtomicBool::new(false) }
    }

    /// Waits for a place; it is held until the answer has been read. `None` never comes: the gate is not closed.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let places = if self.is_narrow.load(Ordering::Relaxed) { AT_ONCE } else { 1 };
        self.places.acquire_many(u32::try_from(places).unwrap_or(1)).await.ok()
    }

    /// An answer came that takes so much.
    pub(super) fn note(&self, bytes: usize) {
        self.is_narrow.fetch_or(bytes > LARGE, Ordering::Relaxed);
    }
}
