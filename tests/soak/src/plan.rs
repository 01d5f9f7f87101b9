//! What a schedule is made of, all of it drawn by its number.

use std::time::Duration;

use fastrand::Rng;
use worlds::generate::spoken_world;
use worlds::world::{Provider, World};

/// A schedule: a world, and what goes wrong in it until when.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The platform.
    pub provider: Provider,
    /// Its number.
    pub number: u64,
    /// What the platform holds, and whose calls are imported.
    pub world: World,
    /// Nothing goes wrong from here on.
    pub cease: Duration,
    /// What goes wrong for ever, in a few schedules: then the import has to fail, and to be heard of.
    pub forever: Option<Forever>,
    /// How often what goes wrong before that.
    pub odds: Odds,
    /// While this lasts, the platform's cursors lead back to where they came from.
    pub cursor_loop: Option<(Duration, Duration)>,
}

/// What never ceases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forever {
    /// Each execution is killed while it reads.
    Killed,
    /// The platform answers 500.
    PlatformDown,
    /// The trace store does not answer.
    StoreDown,
}

/// How often a call goes wrong, of a thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odds {
    /// A request to the platform.
    pub platform: u32,
    /// A request to the platform is answered by a replica that lags behind.
    pub stale: u32,
    /// A page tells a row twice, where the platform does.
    pub doubled_rows: u32,
    /// A call of the ledger.
    pub ledger: u32,
    /// A call of the trace store.
    pub store: u32,
    /// A call of a queue, the acknowledgement of a message among them.
    pub queue: u32,
    /// An execution dies.
    pub killed: u32,
    /// A message is delivered a second time while the first delivery is at work.
    pub twice: u32,
    /// A call takes long.
    pub slow: u32,
}

impl Plan {
    /// Schedule `number` of a provider.
    #[must_use]
    pub fn new(provider: Provider, number: u64) -> Self {
        let salt = u64::try_from(Provider::ALL.iter().position(|one| *one == provider).unwrap_or(0)).unwrap_or(0);
        let mut rng = Rng::with_seed(number.wrapping_mul(3).wrapping_add(salt) ^ 0x50a6_0000_0000);
        let world = spoken_world(provider, number);
        let schedule_ends = provider.schedule().last().copied().unwrap_or(0);
        let cease = match rng.u8(..10) {
            0..=6 => rng.u64(2..=330),
            7..=8 => rng.u64(2..=schedule_ends),
            _ => rng.u64(schedule_ends..=2 * schedule_ends),
        };
        // In most schedules something is well: what goes wrong together is told apart more easily.
        let mut odds = |most: u32| if rng.u8(..3) == 0 { 0 } else { rng.u32(..=most) };
        let odds = Odds {
            platform: odds(100),
            stale: odds(150),
            doubled_rows: odds(150),
            ledger: odds(120),
            store: odds(200),
            queue: odds(150),
            killed: odds(350),
            twice: odds(300),
            slow: odds(60),
        };
        let forever = match rng.u8(..120) {
            0 => Some(Forever::Killed),
            1 => Some(Forever::PlatformDown),
            2 => Some(Forever::StoreDown),
            _ => None,
        };
        let cursor_loop = (rng.u8(..12) == 0).then(|| {
            let from = rng.u64(..25);
            (Duration::from_secs(from), Duration::from_secs(from + rng.u64(5..60)))
        });
        Self { provider, number, world, cease: Duration::from_secs(cease), forever, odds, cursor_loop }
    }

    /// Does everything go well in the end?
    #[must_use]
    pub const fn ceases(&self) -> bool {
        self.forever.is_none()
    }
}
