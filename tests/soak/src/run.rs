use std::sync::Arc;

use serde_json::Value;
use spanlift_fakes::{FakeCredentials, FakeLedger, FakeQueue, FakeStore, VirtualClock};
use spanlift_importer::Importer;
use spanlift_importer::ports::Platform;
use spanlift_model::MatchedCap;
use worlds::in_process::{WithPlatform, with_platform};
use worlds::world::{Provider, World, begin};
use worlds::{generate, policy};

use crate::deliveries::{Deliveries, Played};
use crate::faults::Faults;
use crate::platform::{HOST, client};
use crate::ports::Failing;

/// One schedule, played to its end.
#[derive(Debug)]
pub struct Schedule {
    /// The world that it was played in.
    pub world: World,
    /// What went wrong.
    pub faults: Arc<Faults>,
    /// What became of it.
    pub played: Played,
}

/// An importer whose every port fails.
pub(crate) type FailingImporter<P> =
    Importer<P, Failing<FakeCredentials>, Failing<FakeLedger>, Failing<FakeStore>, Failing<FakeQueue>, VirtualClock>;

/// Plays schedule `number` of a provider.
#[must_use]
pub fn run(provider: Provider, number: u64) -> Schedule {
    // Jitter of the product's own is drawn from this thread's generator.
    fastrand::seed(number);
    let world = generate::world(provider, number);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::starting_at(begin());
        let first_event = world.calls.iter().filter_map(|call| call.event).min().unwrap_or_default();
        let faults = Arc::new(Faults::new(number, clock, first_event));
        let work = Play { world: &world, faults: Arc::clone(&faults), clock };
        let played = with_platform(&world, client(&world, &faults), clock, HOST, work).await;
        Schedule { world: world.clone(), faults, played }
    })
}

struct Play<'a> {
    world: &'a World,
    faults: Arc<Faults>,
    clock: VirtualClock,
}

impl WithPlatform for Play<'_> {
    type Output = Played;

    async fn run<P: Platform>(self, platform: P, connection: Value, matched: MatchedCap) -> Played {
        let importer = Importer {
            platform,
            credentials: self.failing(FakeCredentials::new(connection)),
            ledger: self.failing(FakeLedger::default()),
            store: self.failing(FakeStore::default()),
            queue: self.failing(FakeQueue::new(self.clock)),
            clock: self.clock,
            policy: policy(self.world.provider, matched),
        };
        Deliveries::new(self.world, importer, self.faults).play().await
    }
}

impl Play<'_> {
    fn failing<T>(&self, port: T) -> Failing<T> {
        Failing { port, faults: Arc::clone(&self.faults) }
    }
}
