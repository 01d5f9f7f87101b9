//! The oracle: what must, may and must not be stored of a world. Written from the rules alone, apart from the code that it
//! judges, and in the plainest way: every row of every trace, looked at from every moment that matters.
//!
//! It is told when the passes of an import looked at the platform, and nothing of what they found.

mod owner;
mod rows;
mod window;
mod word;

use std::collections::BTreeSet;
use std::time::Duration;

use spanlift_model::Timestamp;

use self::owner::{Judged, Owner};
use self::rows::{Choice, Text, Trace, is_in_full, traces};
use self::window::by_window;
use self::word::canonical;
use crate::world::{Call, Row, World};

/// When one pass of an import looked at the platform, counted from the world's begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which pass.
    pub pass: u32,
    /// The oldest state of the platform that it may have been told: its begin, or earlier where a replica lags behind.
    pub as_of: Duration,
    /// When it began.
    pub from: Duration,
    /// When it ended.
    pub to: Duration,
}

/// What the rules say of one import, by the places of spans in the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// These must be stored.
    pub must: BTreeSet<usize>,
    /// These may be.
    pub may: BTreeSet<usize>,
    /// Rows of matched traces that were there during all of the last look. Those that are not stored have to be counted.
    pub told: BTreeSet<usize>,
    /// A matched trace has rows that nobody was told: that has to be said.
    pub has_lost: bool,
    /// The moment by which `must` goes.
    pub decided_at: Duration,
}

/// Judges one import.
#[must_use]
pub fn judge(world: &World, call: usize, looks: &[Look]) -> Verdict {
    let Some(last) = looks.last() else { return Verdict::default() };
    let view = |now, choice| State::new(world, call, now, choice);
    let choices = Choice::all(world);
    // Who was told an old state cannot know how whole the import was: what was there all the time must be stored.
    let is_stale = last.as_of < last.from;
    let decided_at = if is_stale { last.from } else { decided_at(world, call, looks) };
    let mut verdict = Verdict { decided_at, ..Verdict::default() };
    let schedule_ends = schedule_length(world);
    for look in looks {
        verdict.may.extend(may_of_mixed_states(world, call, *look));
        // On the very last pass of the schedule a row is decided by what is there.
        let is_last_pass = look.pass >= schedule_ends;
        for now in moments(world, *look) {
            for choice in &choices {
                verdict.may.extend(view(now, *choice).stored(is_last_pass));
            }
            for early_ones_block in [false, true] {
                verdict.may.extend(by_window(world, &world.calls[call], now, is_last_pass, early_ones_block));
            }
        }
    }
    let is_superseded =
        attempts(world, call, verdict.decided_at).iter().any(|other| other.attempt > world.calls[call].attempt);
    if is_superseded {
        // Rule 6: once a higher attempt exists, passes of a lower one end, whatever they would have found.
        return verdict;
    }
    let decisive = if verdict.decided_at == last.from { moments(world, *last) } else { vec![verdict.decided_at] };
    // At the end of the schedule, what falls to the call by time alone is decided too.
    let in_the_end = |now| by_window(world, &world.calls[call], now, true, true);
    // A span without its end is held back as long as a pass is due.
    let is_over = last.pass >= schedule_ends || verdict.decided_at >= schedule_end(world, looks);
    let owed = |now, choice| &view(now, choice).owed(is_over) | &in_the_end(now);
    let states = decisive.iter().flat_map(|now| choices.iter().map(|choice| owed(*now, *choice)));
    verdict.must = states.reduce(|all, some| &all & &some).unwrap_or_default();
    // Nobody knows which of its states the last look was told.
    let at_last =
        moments(world, *last).into_iter().flat_map(|now| choices.iter().map(move |choice| view(now, *choice)));
    let at_last: Vec<State<'_>> = at_last.collect();
    verdict.told = at_last.iter().map(State::told).reduce(|all, some| &all & &some).unwrap_or_default();
    verdict.has_lost = at_last.iter().all(State::has_lost);
    verdict
}

/// Where a replica lags behind, a look may be told pages of different states. It may lack any row that came between them, and
/// nobody can see that: then it may store what that row would have disowned.
fn may_of_mixed_states(world: &World, call: usize, look: Look) -> BTreeSet<usize> {
    let mut may = BTreeSet::new();
    if look.as_of == look.from {
        return may;
    }
    let is_between = |moment: Duration| look.as_of < moment && moment <= look.to;
    let marks: BTreeSet<String> = world.calls[call].marks().map(canonical).collect();
    let disowns = |place: &usize| {
        let span = &world.spans[*place];
        let is_ours = || span.tags.iter().any(|tag| marks.contains(&canonical(&tag.value)));
        let may_disown = span.row != Row::Sound || (!span.tags.is_empty() && !is_ours());
        is_between(span.arrives) && may_disown
    };
    let untold: Vec<usize> = (0..world.spans.len()).filter(disowns).collect();
    let mut lacking = world.clone();
    for place in &untold {
        lacking.spans[*place].arrives = NEVER;
    }
    let is_last_pass = look.pass >= schedule_length(world);
    for now in moments(world, look) {
        for choice in &Choice::all(&lacking) {
            may.extend(State::new(&lacking, call, now, *choice).stored(is_last_pass));
        }
    }
    may
}

/// Later than any look.
const NEVER: Duration = Duration::from_hours(1_000);

fn schedule_length(world: &World) -> u32 {
    u32::try_from(world.provider.schedule().len()).unwrap_or(u32::MAX)
}

/// When the last pass of the schedule is due.
fn schedule_end(world: &World, looks: &[Look]) -> Duration {
    let length = world.provider.schedule().last().copied().unwrap_or_default();
    looks.first().map_or(Duration::ZERO, |first| first.from + Duration::from_secs(length))
}

/// The oldest state that a look may have been told, its begin, and every moment within it at which something changed.
fn moments(world: &World, look: Look) -> Vec<Duration> {
    let changes = world.spans.iter().flat_map(|span| [Some(span.arrives), Some(span.end_arrives), span.deleted]);
    let events = world.calls.iter().map(|call| call.event);
    let within = changes.chain(events).flatten().filter(|moment| look.as_of < *moment && *moment <= look.to);
    within.chain([look.as_of, look.from]).collect::<BTreeSet<_>>().into_iter().collect()
}

/// When the import may end at the soonest: what is there by then must be found.
///
/// Nothing yet, a matched trace without its root, a span of ours without its end: the whole schedule. What looks whole is
/// looked at once more, some minutes after the first look. What is lost for good never holds an import up: a partial trace
/// counts as whole.
fn decided_at(world: &World, call: usize, looks: &[Look]) -> Duration {
    let (Some(first), Some(last)) = (looks.first(), looks.last()) else { return Duration::ZERO };
    let after_first = |seconds: u64| first.from + Duration::from_secs(seconds);
    let ends = schedule_end(world, looks);
    let is_whole_by_time = [false, true].into_iter().any(|early_ones_block| {
        let by_time = by_window(world, &world.calls[call], last.from, false, early_ones_block);
        !by_time.is_empty() && by_time.iter().all(|place| world.spans[*place].has_ended(last.from))
    });
    let holds = |look: &Look, choice| State::new(world, call, look.from, choice).holds_something();
    let is_whole = is_whole_by_time
        || Choice::all(world).into_iter().any(|choice| {
            // Where everything that was found has been deleted since, nothing says whether the import looks whole.
            let is_deleted = !holds(last, choice) && looks.iter().any(|look| holds(look, choice));
            is_deleted || State::new(world, call, last.from, choice).is_whole()
        });
    if last.pass >= schedule_length(world) {
        last.from
    } else if is_whole {
        last.from.max(after_first(world.provider.last_look()))
    } else {
        last.from.max(ends)
    }
}

/// The attempts at a call's simulation that are known at a moment, by number.
fn attempts(world: &World, call: usize, now: Duration) -> Vec<&Call> {
    let ours = &world.calls[call];
    let is_of_simulation = |other: &&Call| other.simulation == ours.simulation;
    let is_known = |other: &&Call| other.event.is_some_and(|event| event <= now);
    let mut known: Vec<&Call> = world.calls.iter().filter(is_of_simulation).filter(is_known).collect();
    known.sort_by_key(|attempt| attempt.attempt);
    known
}

/// Rule 6: an attempt begins 60 s before its call, but not before the attempt before it ended; what begins before every
/// attempt belongs to the first.
fn attempt_of(known: &[&Call], moment: Timestamp) -> u32 {
    let mut found = known.first().map_or(1, |first| first.attempt);
    let mut before: Option<&Call> = None;
    for attempt in known {
        let early = attempt.started_at.minus(Duration::from_mins(1));
        let begins = before.map_or(early, |before| early.max(before.ended_at));
        if begins <= moment {
            found = attempt.attempt;
        }
        before = Some(attempt);
    }
    found
}

/// A world at one moment, for one import and one way to decide what is open.
struct State<'a> {
    call: &'a Call,
    known: Vec<&'a Call>,
    traces: Vec<Trace<'a>>,
    marks: BTreeSet<String>,
    choice: Choice,
}

/// Rule 4: a trace that may have lost something is asked for alone, with at most so many others.
const ASKED_ALONE: usize = 20;

impl<'a> State<'a> {
    fn new(world: &'a World, call: usize, now: Duration, choice: Choice) -> Self {
        let known = attempts(world, call, now);
        let call = &world.calls[call];
        let marks = call.marks().map(canonical).collect();
        Self { call, known, traces: traces(world, call, now, choice), marks, choice }
    }

    /// The traces that hold a row that says ours. `in_discovery`: one that began where tags are looked for.
    fn judged(&self, in_discovery: bool) -> Vec<(&Trace<'a>, Judged<'_>)> {
        let plain = self.traces.iter().map(|trace| (trace, Judged::new(trace, &self.marks, false)));
        let is_found =
            |judged: &Judged<'_>| if in_discovery { judged.is_matched(self.call) } else { judged.holds_ours() };
        let found: Vec<_> = plain.filter(|(_, judged)| is_found(judged)).collect();
        if found.len() <= ASKED_ALONE || !self.choice.a_loss_spreads {
            return found;
        }
        found.into_iter().map(|(trace, _)| (trace, Judged::new(trace, &self.marks, true))).collect()
    }

    /// What may be stored: a trace whose only tag of ours lies where tags are not looked for may be found or not.
    fn stored(&self, is_last_pass: bool) -> BTreeSet<usize> {
        self.rows(false, |judged, row, _| {
            let owner = judged.owner(row, is_last_pass);
            let (_, is_chain_whole) = judged.attempt_start(row);
            let waits = self.known.len() > 1 && !is_chain_whole && !is_last_pass;
            owner == Owner::Ours && !waits && self.is_of_attempt(judged, row)
        })
    }

    /// What must be stored, if this is the end.
    fn owed(&self, is_over: bool) -> BTreeSet<usize> {
        self.rows(true, |judged, row, seen| {
            let (start, is_chain_whole) = judged.attempt_start(row);
            // Whose attempt a span is whose chain is broken for good, or goes by a start that can't be read, is not said.
            let is_decided = self.known.len() == 1 || (is_chain_whole && start.is_some());
            judged.owner(row, true) == Owner::Ours
                && is_decided
                && self.is_of_attempt(judged, row)
                && seen.text == Text::Sound
                && (seen.has_ended || is_over)
                // What began long before the call is read by its ids, parents, times and tags only.
                && is_in_full(self.call, seen.span.started_at)
        })
    }

    /// What is told of matched traces, and was read in full: rule 7 has it counted where it is not stored. Nothing is said
    /// of traces that are another attempt's altogether.
    fn told(&self) -> BTreeSet<usize> {
        let of_attempt = self.traces_of_attempt();
        self.rows(true, |judged, row, seen| {
            let is_others = judged.owner(row, true) == Owner::Ours && !self.is_of_attempt(judged, row);
            of_attempt.contains(seen.span.trace.as_str()) && !is_others && is_in_full(self.call, seen.span.started_at)
        })
    }

    /// Matched traces of which something is this attempt's.
    fn traces_of_attempt(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for (trace, judged) in self.judged(true) {
            for (row, seen) in trace.rows.iter().enumerate() {
                if judged.owner(row, true) == Owner::Ours && self.is_of_attempt(&judged, row) {
                    found.insert(seen.span.trace.as_str());
                }
            }
        }
        found
    }

    /// The same traces, with what each row of them says.
    fn judged_of_attempt(&self) -> Vec<(&Trace<'a>, Judged<'_>)> {
        let of_attempt = self.traces_of_attempt();
        let is_of_attempt =
            |trace: &Trace<'_>| trace.rows.iter().any(|seen| of_attempt.contains(seen.span.trace.as_str()));
        self.judged(true).into_iter().filter(|(trace, _)| is_of_attempt(trace)).collect()
    }

    fn has_lost(&self) -> bool {
        self.judged_of_attempt().iter().any(|(trace, _)| trace.has_lost)
    }

    fn rows(
        &self,
        in_discovery: bool,
        is_wanted: impl Fn(&Judged<'_>, usize, &rows::Seen<'_>) -> bool,
    ) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for (trace, judged) in self.judged(in_discovery) {
            let rows = trace.rows.iter().enumerate();
            found.extend(rows.filter(|(row, seen)| is_wanted(&judged, *row, seen)).map(|(_, seen)| seen.index));
        }
        found
    }

    fn is_of_attempt(&self, judged: &Judged<'_>, row: usize) -> bool {
        let (start, _) = judged.attempt_start(row);
        start.is_none_or(|start| attempt_of(&self.known, start) == self.call.attempt)
    }

    /// Is there anything to import?
    fn holds_something(&self) -> bool {
        !self.traces_of_attempt().is_empty()
    }

    /// Does everything that matched look whole? Traces that are another attempt's altogether are not asked.
    fn is_whole(&self) -> bool {
        let judged = self.judged_of_attempt();
        !judged.is_empty()
            && judged.iter().all(|(trace, judged)| {
                let has_ended = |row: usize| judged.owner(row, true) != Owner::Ours || trace.rows[row].has_ended;
                judged.is_partial() || (judged.has_top() && (0..trace.rows.len()).all(has_ended))
            })
    }
}
