//! The fakes keep the contracts that the real ones keep.

/// The ledger in memory.
mod ledger {
    use spanlift_fakes::FakeLedger;

    async fn on_a_fake(contract: impl AsyncFn(&FakeLedger)) {
        contract(&FakeLedger::default()).await;
    }

    spanlift_contracts::ledger! { on_a_fake, #[tokio::test(start_paused = true)] }
}

/// The store in memory.
mod store {
    use spanlift_fakes::FakeStore;

    async fn on_a_fake(contract: impl AsyncFn(&FakeStore)) {
        contract(&FakeStore::default()).await;
    }

    spanlift_contracts::store! { on_a_fake, #[tokio::test(start_paused = true)] }
}

/// The queues in memory.
mod queue {
    use spanlift_fakes::{FakeQueue, VirtualClock};
    use spanlift_model::Timestamp;

    async fn on_a_fake(contract: impl AsyncFn(&FakeQueue)) {
        contract(&FakeQueue::new(VirtualClock::starting_at(Timestamp::EPOCH))).await;
    }

    spanlift_contracts::queue! { on_a_fake, #[tokio::test(start_paused = true)] }
}
