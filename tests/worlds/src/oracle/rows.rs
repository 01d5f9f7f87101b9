//! What the platform holds at a moment, as somebody sees it who reads every row.

use std::time::Duration;

use spanlift_model::Timestamp;

use crate::world::{Call, Flaw, Provider, Row, Span, World};

/// What the rules leave open. Whoever decides one of them either way is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// A row that can't be read as it is is mended: kept with what is sound, or at least its tags are known.
    pub(super) mends: bool,
    /// Rows of this platform hold a key's name whatever the agent wrote (`sessionId`, `session_id` of a project): one
    /// that can't be read may bear a tag, or is known to bear none.
    pub(super) every_row_may_be_tagged: bool,
    /// More than 20 traces matched: not each is asked for alone, so that one lost row makes all of them partial, or not.
    pub(super) a_loss_spreads: bool,
}

impl Choice {
    pub(super) fn all(world: &World) -> Vec<Self> {
        let names_keys = world.provider == Provider::Langfuse || world.provider == Provider::Langsmith;
        let has_unreadable = world.spans.iter().any(|span| matches!(span.row, Row::Unreadable(_)));
        let has_lost = world.spans.iter().any(|span| matches!(span.row, Row::WithoutIds | Row::NeverTold));
        let both = |is_open: bool| if is_open { vec![false, true] } else { vec![false] };
        let mut all = Vec::new();
        for mends in both(has_unreadable) {
            for every_row_may_be_tagged in both(has_unreadable && names_keys) {
                for a_loss_spreads in both(has_lost) {
                    all.push(Self { mends, every_row_may_be_tagged, a_loss_spreads });
                }
            }
        }
        all
    }
}

/// A row that is there at a moment and whose ids can be had.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// Its place in the world.
    pub(super) index: usize,
    pub(super) span: &'a Span,
    pub(super) has_ended: bool,
    pub(super) text: Text,
}

/// What can be made of a row's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// Everything: it can be stored.
    Sound,
    /// Its tags; it can't be stored.
    Tags,
    /// Everything, its tags having no value of anybody's.
    Mangled,
    /// It can't be read, and bears no tag for certain.
    Untagged,
    /// It can't be read, and may bear any tag.
    Unknown,
}

/// A trace as it is at a moment.
#[derive(Clone, Debug)]
pub(super) struct Trace<'a> {
    pub(super) rows: Vec<Seen<'a>>,
    /// A row of it is lost, ids and all.
    pub(super) has_lost: bool,
}

/// When a trace's rows are read: from 24 hours before the call until 66 minutes after it.
const BEFORE: Duration = Duration::from_hours(24);
/// Tags are looked for this far beyond the call.
const DISCOVERY: Duration = Duration::from_mins(6);
/// Rows this far beyond the call are read in full.
const IN_FULL: Duration = Duration::from_mins(66);

/// Was it begun where tags are looked for?
pub(super) fn is_in_discovery(call: &Call, moment: Timestamp) -> bool {
    call.started_at.minus(DISCOVERY) <= moment && moment <= call.ended_at.plus(DISCOVERY)
}

/// Was it begun where a trace's rows are read in full?
pub(super) fn is_in_full(call: &Call, moment: Timestamp) -> bool {
    call.started_at.minus(IN_FULL) <= moment && moment <= call.ended_at.plus(IN_FULL)
}

fn is_read(call: &Call, moment: Timestamp) -> bool {
    call.started_at.minus(BEFORE) <= moment && moment <= call.ended_at.plus(IN_FULL)
}

/// The traces that can be read for a call at a moment.
pub(super) fn traces<'a>(world: &'a World, call: &Call, now: Duration, choice: Choice) -> Vec<Trace<'a>> {
    let mut ids: Vec<&str> = world.spans.iter().map(|span| span.trace.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let there = |(_, span): &(usize, &Span)| span.is_there(now) && is_read(call, span.started_at);
    let trace = |id: &str| {
        let members = || world.spans.iter().enumerate().filter(there).filter(move |(_, span)| span.trace == id);
        Trace {
            rows: members().filter_map(|(index, span)| seen(index, span, now, choice)).collect(),
            has_lost: members().any(|(_, span)| matches!(span.row, Row::WithoutIds | Row::NeverTold)),
        }
    };
    ids.into_iter().map(trace).collect()
}

/// Rule 4: a row that can't be read stays in the tree if its ids can be had. It is without a label if its text holds none
/// of the keys' names, else its tag is unknown.
fn seen(index: usize, span: &Span, now: Duration, choice: Choice) -> Option<Seen<'_>> {
    let text = match span.row {
        Row::WithoutIds | Row::NeverTold => return None,
        Row::Unreadable(Flaw::Cut) => Text::Unknown,
        Row::Unreadable(Flaw::Tag) if choice.mends => Text::Mangled,
        // A start that is no time is mended by nobody.
        Row::Unreadable(Flaw::Start) if choice.mends => Text::Tags,
        Row::Unreadable(_) if !choice.mends => {
            let may_be_tagged = !span.tags.is_empty() || choice.every_row_may_be_tagged;
            if may_be_tagged { Text::Unknown } else { Text::Untagged }
        }
        Row::Unreadable(_) | Row::Sound => Text::Sound,
    };
    Some(Seen { index, span, has_ended: span.has_ended(now), text })
}
