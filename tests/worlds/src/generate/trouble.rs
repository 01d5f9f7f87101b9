//! What is laid over a world: late arrival, rows that can't be read, rows twice, deletions, what others write.

use std::collections::BTreeMap;
use std::time::Duration;

use super::draft::{At, Draft, seconds};
use super::tags::Kind;
use crate::world::{Flaw, Place, Provider, Row, begin};

/// Traces of others in the window, without a tag or with tags of calls that nobody imports.
pub(crate) fn noise(draft: &mut Draft) {
    for _ in 0..draft.rng.usize(1..=12) {
        let call = draft.rng.usize(..draft.world.calls.len());
        let root = draft.root_of(call);
        let count = draft.rng.usize(0..=2);
        draft.below(root, count);
        if draft.once_in(4) {
            let session = super::ids::own_session(&mut draft.rng);
            draft.tag(root, &session, Kind::Session);
        }
    }
}

/// More untagged spans in the window than a page holds.
pub(crate) fn crowd(draft: &mut Draft) {
    for _ in 0..21 {
        let root = draft.root_of(0);
        for _ in 0..49 {
            draft.child(root);
        }
    }
}

/// `LangSmith`'s SDK hands metadata down: what stands on a run stands on all below it, unless they say otherwise.
pub(crate) fn inherit(draft: &mut Draft) {
    let spans = &mut draft.world.spans;
    // A parent comes before its children here; only rings have it otherwise, and they have no top to inherit from.
    for at in 0..spans.len() {
        let parent = spans[at].parent.clone();
        let Some(above) = spans[..at].iter().find(|span| Some(&span.id) == parent.as_ref()) else { continue };
        let (inherited, own) = (above.tags.clone(), spans[at].tags.clone());
        spans[at].tags.extend(inherited.into_iter().filter(|tag| own.iter().all(|known| known.key != tag.key)));
    }
}

/// When what is told. Each trace has its own way.
pub(crate) fn arrivals(draft: &mut Draft, is_late: bool) {
    let mut traces: BTreeMap<String, Vec<At>> = BTreeMap::new();
    for (at, span) in draft.world.spans.iter().enumerate() {
        traces.entry(span.trace.clone()).or_default().push(at);
    }
    for spans in traces.into_values() {
        let way = if is_late { draft.rng.u8(..7) } else { 0 };
        match way {
            0 => {}
            1 if draft.world.provider.tells_begun() => told_at_begin(draft, &spans),
            6 if draft.world.provider.tells_begun() => root_begun(draft, &spans),
            1 | 2 => root_last(draft, &spans),
            3 => whole_at_once(draft, &spans),
            4 => scattered(draft, &spans),
            _ => as_they_end(draft, &spans),
        }
    }
    for span in &mut draft.world.spans {
        // Nothing is told before it happened.
        let begun = span.started_at.since(begin());
        let ended = span.ended_at.map_or(Duration::ZERO, |end| end.since(begin()));
        let is_told_with_its_end = span.end_arrives <= span.arrives;
        span.arrives = span.arrives.max(if is_told_with_its_end { ended } else { begun });
        span.end_arrives = span.end_arrives.max(span.arrives).max(ended);
    }
}

/// A moment between two passes, or before all.
fn moment(draft: &mut Draft) -> Duration {
    let schedule = draft.world.provider.schedule();
    match draft.rng.usize(..=schedule.len()) {
        0 => Duration::ZERO,
        gap => {
            let from = if gap == 1 { 0 } else { schedule[gap - 2] };
            // Not while a pass is settling.
            let to = schedule[gap - 1];
            seconds(from + (to - from) * 9 / 10)
        }
    }
}

fn arrive(draft: &mut Draft, at: At, moment: Duration) {
    let span = &mut draft.world.spans[at];
    (span.arrives, span.end_arrives) = (moment, moment);
}

/// Everything is told when it begins, ends come later.
fn told_at_begin(draft: &mut Draft, spans: &[At]) {
    for at in spans {
        let moment = moment(draft);
        draft.world.spans[*at].end_arrives = moment;
    }
    // A root ends last.
    let last = spans.iter().map(|at| draft.world.spans[*at].end_arrives).max().unwrap_or_default();
    draft.world.spans[spans[0]].end_arrives = last;
}

/// The root is told when it begins, everything else when it has ended.
fn root_begun(draft: &mut Draft, spans: &[At]) {
    as_they_end(draft, spans);
    let root = &mut draft.world.spans[spans[0]];
    root.arrives = Duration::ZERO;
}

fn root_last(draft: &mut Draft, spans: &[At]) {
    let moment = moment(draft);
    arrive(draft, spans[0], moment);
}

fn whole_at_once(draft: &mut Draft, spans: &[At]) {
    let moment = moment(draft);
    for at in spans {
        arrive(draft, *at, moment);
    }
}

/// No order at all: several exporters, queues, retries.
fn scattered(draft: &mut Draft, spans: &[At]) {
    for at in spans {
        let moment = moment(draft);
        arrive(draft, *at, moment);
    }
}

/// A span is told when it has ended, so never before those below it.
fn as_they_end(draft: &mut Draft, spans: &[At]) {
    scattered(draft, spans);
    for at in spans.iter().rev() {
        let id = draft.world.spans[*at].id.clone();
        let below = spans.iter().filter(|below| draft.world.spans[**below].parent.as_ref() == Some(&id));
        let last = below.map(|below| draft.world.spans[*below].arrives).max().unwrap_or_default();
        let own = draft.world.spans[*at].arrives;
        arrive(draft, *at, own.max(last));
    }
}

/// A span that bears a tag, or any.
fn somewhere(draft: &mut Draft) -> At {
    let tagged: Vec<At> = (0..draft.world.spans.len()).filter(|at| !draft.world.spans[*at].tags.is_empty()).collect();
    if draft.rng.bool() && !tagged.is_empty() {
        tagged[draft.rng.usize(..tagged.len())]
    } else {
        draft.rng.usize(..draft.world.spans.len())
    }
}

/// Rows that can't be read, on, above, beside or below a tag.
pub(crate) fn unreadable(draft: &mut Draft) {
    for _ in 0..draft.rng.usize(1..=2) {
        let at = somewhere(draft);
        let flaws = [Flaw::Tag, Flaw::Number, Flaw::Depth, Flaw::Surrogate, Flaw::Start];
        // What is told of a trace is no span's alone.
        let is_span_tagged =
            draft.world.spans[at].tags.iter().any(|tag| !matches!(tag.place, Place::Session | Place::Trace));
        let is_in_text = matches!(&draft.world.spans[at].tags[..], [tag] if tag.place == Place::MetadataText);
        let flaw = if is_in_text && draft.rng.bool() {
            Flaw::Cut
        } else {
            flaws[draft.rng.usize(usize::from(!is_span_tagged)..5)]
        };
        draft.world.spans[at].row = Row::Unreadable(flaw);
    }
}

/// Rows of which not even the ids can be had, or which the platform never tells.
pub(crate) fn lost(draft: &mut Draft) {
    let row = if draft.rng.bool() { Row::WithoutIds } else { Row::NeverTold };
    let at = somewhere(draft);
    draft.world.spans[at].row = row;
}

/// Rows that are told twice.
pub(crate) fn duplicates(draft: &mut Draft) {
    for at in 0..draft.world.spans.len() {
        if draft.once_in(4) {
            draft.world.spans[at].copies = draft.rng.u32(2..=3);
        }
    }
}

/// A trace, or one span, is deleted between two passes.
pub(crate) fn deletions(draft: &mut Draft) {
    let schedule = draft.world.provider.schedule();
    let at = draft.rng.usize(..draft.world.spans.len());
    let deleted = Some(seconds(schedule[draft.rng.usize(..schedule.len())] - 3));
    if draft.once_in(2) {
        let trace = draft.world.spans[at].trace.clone();
        draft.world.spans.iter_mut().filter(|span| span.trace == trace).for_each(|span| span.deleted = deleted);
    } else {
        draft.world.spans[at].deleted = deleted;
    }
}

/// Does the platform tell rows twice in one answer? The ids of Phoenix's rows are unique.
pub(crate) const fn tells_twice(provider: Provider) -> bool {
    !matches!(provider, Provider::Arize)
}
