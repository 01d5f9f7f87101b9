//! Answers that are not the proper ones.

use std::time::Duration;

use crate::answer::{Answer, Fate};
use crate::asked::Asked;
use crate::scenario::Fault;

/// Faults, each with the number of requests that it was for.
#[derive(Debug)]
pub(crate) struct Faults(Vec<(Fault, u32)>);

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(|fault| (fault, 0)).collect())
    }

    /// The first that is due. Each counts every request that it is for, whichever comes first.
    pub(crate) fn due(&mut self, asked: &Asked) -> Option<Fault> {
        let query = asked.query_text();
        let mut due = None;
        for (fault, seen) in &mut self.0 {
            if asked.path.contains(&fault.path) && query.contains(&fault.query) {
                let before = *seen;
                *seen = seen.saturating_add(1);
                let is_due =
                    before >= fault.skip && fault.times.is_none_or(|times| before < fault.skip.saturating_add(times));
                if is_due && due.is_none() {
                    due = Some(fault.clone());
                }
            }
        }
        due
    }
}

impl Fault {
    /// The answer in place of the proper one, which is kept where the fault has none.
    pub(crate) fn answer(self, proper: Option<Answer>) -> Answer {
        let own = || Answer::text(self.status.unwrap_or(500), &self.body);
        let mut answer = proper.unwrap_or_else(own);
        for (name, value) in self.headers {
            answer = answer.with_header(&name, value);
        }
        answer.after = Duration::try_from_secs_f64(self.delay).unwrap_or_default();
        answer.fate = match (self.hangs, self.closes) {
            (true, _) => Fate::Hangs,
            (false, true) => Fate::Closes,
            (false, false) => Fate::Arrives,
        };
        answer
    }
}
