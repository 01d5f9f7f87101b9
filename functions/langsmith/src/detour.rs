//! Around a row that the server can't tell: whatever page would hold it is an error, or larger than we take.
//!
//! A cursor leads from one row to the next, so it never leads past such a row. But pages come in the order of the runs' starts.
//! The moment at which the row starts is found by asking for parts of the window, and the walk goes on behind it.

use std::ops::ControlFlow;
use std::time::Duration;

use spanlift_model::{PlatformError, Timestamp, Window};
use spanlift_platform_client::PagingGuard;

use crate::api::{Answer, Effort};
use crate::page::Page;
use crate::paging::{End, Fault, Walk};
use crate::query::Order;

/// The row is looked for in steps from the last row that was told. This is the first one, and what the next ones grow by.
const FIRST_STEP: Duration = Duration::from_millis(1);
const STEP_GROWTH: u32 = 8;
/// Runs that start so close to the row are lost with it: a request's times are told in microseconds.
const INSTANT: Duration = Duration::from_micros(2);

impl Walk<'_, '_> {
    /// Goes on behind the row that the next page would begin with. `error` is what that page brought.
    pub(crate) async fn go_around(&mut self, error: PlatformError) -> Result<ControlFlow<End>, Fault> {
        let (order, end) = (self.query.order, self.query.order.last(self.query.window));
        if self.edge.is_none() && self.api.may_probe() && !self.is_told(end, end).await? {
            // Not even the very end of the window is told: it is not one row.
            if self.holes == 0 {
                return Err(Fault::Failed(error));
            }
            return Ok(ControlFlow::Break(End::Whole));
        }
        // What starts with the last row that was told is told as well, or lost.
        let begin = self.edge.map_or_else(|| order.first(self.query.window), |edge| order.step(edge, INSTANT));
        let behind = match self.find_row(begin).await? {
            ControlFlow::Continue(behind) => behind,
            ControlFlow::Break(end) => return Ok(ControlFlow::Break(end)),
        };
        if !order.is_behind(end, behind) {
            return Ok(ControlFlow::Break(End::Whole));
        }
        self.query = self.query.within(order.window(behind, end));
        (self.cursor, self.guard, self.edge) = (None, PagingGuard::default(), None);
        Ok(ControlFlow::Continue(()))
    }

    /// The moment behind the first row from `begin` on, which can't be told.
    ///
    /// That row is the first one of every part of the window that begins there. So a part is told exactly if it ends before
    /// the row, and halving finds the row whatever other rows can't be told.
    async fn find_row(&mut self, begin: Timestamp) -> Result<ControlFlow<End, Timestamp>, Fault> {
        let order = self.query.order;
        let marks = self.marks(begin);
        let (mut near, mut far) = (begin, None);
        loop {
            let is_between = |mark: &Timestamp| {
                order.is_behind(*mark, near) && far.is_none_or(|far: Timestamp| order.is_behind(far, *mark))
            };
            let between: Vec<Timestamp> = marks.iter().copied().filter(is_between).collect();
            let middle = match (between.get(between.len() / 2), far) {
                (Some(mark), _) => *mark,
                (None, Some(far)) if distance(near, far) > 2 * INSTANT => order.step(near, distance(near, far) / 2),
                (None, Some(far)) => {
                    self.holes += 1;
                    self.api.note_hole(order.window(near, far).padded(INSTANT));
                    return Ok(ControlFlow::Continue(order.step(far, INSTANT)));
                }
                // It starts with the last row that was told; or it could be told after all.
                (None, None) => {
                    self.holes += u64::from(self.edge.is_some());
                    return Ok(ControlFlow::Continue(begin));
                }
            };
            if self.is_over() {
                return Ok(ControlFlow::Break(End::Time));
            }
            if !self.api.may_probe() {
                self.holes += 1;
                return Ok(ControlFlow::Break(End::Whole));
            }
            if self.is_told(begin, middle).await? {
                near = middle;
            } else {
                far = Some(middle);
            }
        }
    }

    /// Moments behind `begin` that are worth asking about, the nearest first.
    fn marks(&self, begin: Timestamp) -> Vec<Timestamp> {
        let (order, window) = (self.query.order, self.query.window);
        let steps = (0..).map_while(|step| FIRST_STEP.checked_mul(STEP_GROWTH.checked_pow(step)?));
        let steps = steps.map(|step| order.step(begin, step)).take_while(|moment| window.contains(*moment));
        // Another query may have met the same row.
        let known = self.api.holes().into_iter().flat_map(|hole| [hole.from, hole.to]);
        let known = known.filter(|moment| window.contains(*moment) && order.is_behind(*moment, begin));
        let end = Some(order.last(window)).filter(|end| order.is_behind(*end, begin));
        let mut marks: Vec<Timestamp> = steps.chain(known).chain(end).collect();
        marks.sort_by_key(|mark| distance(*mark, begin));
        marks
    }

    /// Can the first row between two moments be had, if there is one?
    async fn is_told(&self, begin: Timestamp, end: Timestamp) -> Result<bool, Fault> {
        let query = self.query.within(self.query.order.window(begin, end));
        match self.api.page(self.version, &query, 1, None, Effort::Once).await? {
            Answer::Page(answer) => Ok(Page::read(&answer, self.version, 1).is_ok()),
            Answer::Broken(_) => Ok(false),
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

    /// The window that begins and ends so.
    const fn window(self, begin: Timestamp, end: Timestamp) -> Window {
        match self {
            Self::OldestFirst => Window { from: begin, to: end },
            Self::NewestFirst => Window { from: end, to: begin },
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
}

fn distance(a: Timestamp, b: Timestamp) -> Duration {
    a.since(b).max(b.since(a))
}
