//! What the contracts of stores and queues do to a fake.

use std::sync::atomic::Ordering;
use std::time::Duration;

use spanlift_contracts::{queue, store};
use spanlift_importer::Outcome;
use spanlift_model::{Clock as _, ImportJob, Timestamp};
use tokio::time::sleep;

use crate::queue::FakeQueue;
use crate::store::{FakeStore, LATE};

impl store::Bench for FakeStore {
    type Store = Self;

    fn store(&self) -> &Self {
        self
    }

    fn noon(&self) -> Timestamp {
        Timestamp::from_millis(1_795_176_000_000)
    }

    async fn add_native(&self, job: &ImportJob, attempt: Option<u32>, at: Timestamp) {
        Self::add_native(self, job, attempt, at);
    }

    fn lose_next_answer(&self) {
        self.lost_answers.store(1, Ordering::SeqCst);
    }

    async fn settle(&self) {
        sleep(LATE).await;
        Self::settle(self);
    }
}

impl queue::Bench for FakeQueue {
    type Queue = Self;

    fn queue(&self) -> &Self {
        self
    }

    async fn receive(&self, within: Duration) -> Option<ImportJob> {
        let message = self.take()?;
        let delay = message.visible_at.since(self.clock.now());
        if delay > within {
            self.put_back(message, delay);
            return None;
        }
        sleep(delay).await;
        Some(message.job)
    }

    async fn receive_dead(&self) -> Option<queue::DeadLetter> {
        self.dead.lock().unwrap().pop()
    }

    async fn receive_outcome(&self) -> Option<Outcome> {
        self.outcomes.lock().unwrap().pop()
    }
}
