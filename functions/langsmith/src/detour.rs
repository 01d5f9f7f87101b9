//! Around a row that the server can't tell: whatever page would hold it is an error, or larger than we take.
//!
//! A cursor leads from row to row and never past one. But pages come in the order of the runs' starts, so that the moment is
//! looked for from which on they are sound again.

use std::ops::ControlFlow;
use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, Window};
use spanlift_platform_client::PagingGuard;

use crate::api::{Answer, Effort};
use crate::page::Page;
use crate::query::Order;
use crate::walk::{End, Fault, Walk};

/// The first step over the row, and what the next ones grow by.
const FIRST_STEP: Duration = Duration::from_millis(1);
const STEP_GROWTH: u32 = 8;
/// Runs that start so close to the row are lost with it: a request's times are told in microseconds.
const INSTANT: Duration = Duration::from_micros(2);

impl<N: Fn() -> Timestamp + Copy> Walk<'_, '_, N> {
    /// Goes on behind the row that the next page would begin with. `error` is what it brought.
    pub(crate) async fn go_around(&mut self, error: PlatformError) -> Result<ControlFlow<End>, Fault> {
        let order = self.query.order;
        let first = self.edge.unwrap_or_else(|| order.first(self.query.window));
        let (mut broken, mut sound) = (first, None);
        // Another query may have met the same row.
        let known: Vec<Timestamp> = self.api.holes().into_iter().map(|hole| order.behind(hole)).collect();
        let steps = (0..).map_while(|step| FIRST_STEP.checked_mul(STEP_GROWTH.checked_pow(step)?));
        let steps = steps.map(|step| order.step(first, step)).take_while(|moment| self.query.window.contains(*moment));
        let near = known.iter().copied().chain(steps).filter(|moment| order.is_behind(*moment, first));
        let in_window: Vec<Timestamp> = near.filter(|moment| self.query.window.contains(*moment)).collect();
        for moment in in_window.into_iter().chain([order.last(self.query.window)]) {
            if self.is_over() {
                return Ok(ControlFlow::Break(End::Time));
            }
            if self.is_sound(moment).await? {
                sound = Some(moment);
                break;
            }
            if order.is_behind(moment, broken) {
                broken = moment;
            }
        }
        if sound.is_none() && self.edge.is_none() && self.holes == 0 {
            // Nothing at all was told: it is not one row.
            return Err(Fault::Failed(error));
        }
        self.holes += 1;
        let Some(mut sound) = sound else { return Ok(ControlFlow::Break(End::Whole)) };
        if !known.contains(&sound) {
            while distance(broken, sound) > 2 * INSTANT {
                if self.is_over() {
                    return Ok(ControlFlow::Break(End::Time));
                }
                let middle = order.step(broken, distance(broken, sound) / 2);
                let end = if self.is_sound(middle).await? { &mut sound } else { &mut broken };
                *end = middle;
            }
            self.api.note_hole(order.hole(broken, sound));
        }
        self.query = self.query.behind(sound);
        (self.cursor, self.guard) = (None, PagingGuard::default());
        Ok(ControlFlow::Continue(()))
    }

    /// Can the first row behind a moment be had?
    async fn is_sound(&self, moment: Timestamp) -> Result<bool, Fault> {
        if !self.api.may_probe() {
            return Ok(false);
        }
        let query = self.query.behind(moment);
        match self.api.page(self.version, &query, 1, None, Effort::Once).await? {
            Answer::Page(answer) => Ok(Page::read(&answer, self.version, 1).is_ok()),
            Answer::TooMuch | Answer::Broken(_) => Ok(false),
            Answer::NotServed => Err(Fault::NotServed),
            Answer::NotTaken(problem) => Err(Fault::NotTaken(problem)),
        }
    }
}

impl Order {
    /// Where a window begins.
    const fn first(self, window: Window) -> Timestamp {
        match self {
            Self::OldestFirst => window.from,
            Self::NewestFirst => window.to,
        }
    }

    /// Where it ends.
    const fn last(self, window: Window) -> Timestamp {
        match self {
            Self::OldestFirst => window.to,
            Self::NewestFirst => window.from,
        }
    }

    /// Does `moment` come after `other`?
    fn is_behind(self, moment: Timestamp, other: Timestamp) -> bool {
        match self {
            Self::OldestFirst => moment > other,
            Self::NewestFirst => moment < other,
        }
    }

    /// The moment that comes so long after another.
    fn step(self, from: Timestamp, step: Duration) -> Timestamp {
        match self {
            Self::OldestFirst => from.plus(step),
            Self::NewestFirst => from.minus(step),
        }
    }

    /// Where the row must start, given that pages from `broken` on hold it and pages from `sound` on do not.
    fn hole(self, broken: Timestamp, sound: Timestamp) -> Window {
        match self {
            Self::OldestFirst => Window { from: broken.minus(INSTANT), to: sound },
            Self::NewestFirst => Window { from: sound, to: broken.plus(INSTANT) },
        }
    }

    /// The first moment from which on pages don't hold what starts in a hole.
    fn behind(self, hole: Window) -> Timestamp {
        match self {
            Self::OldestFirst => hole.to.plus(INSTANT),
            Self::NewestFirst => hole.from.minus(INSTANT),
        }
    }
}

fn distance(a: Timestamp, b: Timestamp) -> Duration {
    a.since(b).max(b.since(a))
}
