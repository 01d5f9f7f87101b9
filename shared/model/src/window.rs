use std::time::Duration;

use crate::Timestamp;

/// A span of time with both ends in it: the simulation's own, or one widened from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub from: Timestamp,
    /// The last moment.
    pub to: Timestamp,
}

impl Window {
    /// Tags are looked for this far beyond the simulation: clocks differ and roots start early (docs/ARCHITECTURE.md#whose-a-span-is).
    pub const DISCOVERY_PADDING: Duration = Duration::from_mins(6);
    /// A matched trace is read this far beyond the padded window (docs/ARCHITECTURE.md#whose-a-span-is).
    pub const TRACE_PADDING: Duration = Duration::from_hours(1);
    /// No call is longer: what is above a span of ours began at most this long before the call.
    pub const LONGEST_CALL: Duration = Duration::from_hours(24);
    /// Native spans this far outside the window still belong to the simulation (docs/ARCHITECTURE.md#native-first).
    pub const NATIVE_PADDING: Duration = Duration::from_mins(10);
    /// A span that starts further outside is left out: many dates in one insert break it (docs/ARCHITECTURE.md#bad-data).
    pub const STORABLE_PADDING: Duration = Duration::from_hours(168);

    /// The window widened by `padding` on both sides.
    #[must_use]
    pub fn padded(self, padding: Duration) -> Self {
        Self { from: self.from.minus(padding), to: self.to.plus(padding) }
    }

    /// Where tags are looked for.
    #[must_use]
    pub fn discovery(self) -> Self {
        self.padded(Self::DISCOVERY_PADDING)
    }

    /// What is read in full of a trace that matched.
    #[must_use]
    pub fn whole_trace(self) -> Self {
        self.discovery().padded(Self::TRACE_PADDING)
    }

    /// Where of a matched trace only ids, parents, times and tags are read: from 24 hours before the call until
    /// [`Self::whole_trace`] begins.
    #[must_use]
    pub fn before_whole_trace(self) -> Self {
        Self { from: self.from.minus(Self::LONGEST_CALL), to: self.whole_trace().from }
    }

    /// Where a span may start and still be stored.
    #[must_use]
    pub fn storable(self) -> Self {
        self.padded(Self::STORABLE_PADDING)
    }

    /// Is `moment` in it?
    #[must_use]
    pub fn contains(self, moment: Timestamp) -> bool {
        self.from <= moment && moment <= self.to
    }
}
