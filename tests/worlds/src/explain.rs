//! One world for a person to look at: its calls, its traces as trees, what each pass did, and what differs.

use std::fmt::Write as _;
use std::time::Duration;

use spanlift_model::Timestamp;

use crate::compare::compare;
use crate::run::{Imported, stored_ids};
use crate::world::{Row, Shape, Span, World, begin};

/// The whole story of a world and its imports.
#[must_use]
pub fn explain(world: &World, imports: &[Imported]) -> String {
    let mut text = String::new();
    let World { provider, number, family, server, .. } = world;
    _ = writeln!(
        text,
        "world {provider} {number}: {family}; pages of {}, edition {}",
        server.page_rows, server.edition
    );
    for (place, call) in world.calls.iter().enumerate() {
        let event = call.event.map_or("no event".to_owned(), |event| format!("event {}", seconds(event)));
        let (from, to) = (moment(call.started_at), moment(call.ended_at));
        _ = writeln!(text, "call {place}: {} attempt {} {from} to {to}, {event}", call.simulation, call.attempt);
        for hint in &call.hints {
            _ = writeln!(text, "        hint {hint}");
        }
    }
    _ = writeln!(
        text,
        "spans: `+` stored, `!` foreign, `-` missing, `?` explained, `·` must not be or may be missing; per import"
    );
    let columns: Vec<_> = imports.iter().map(|import| (import, compare(world, import))).collect();
    let mut traces: Vec<&str> = Vec::new();
    for span in &world.spans {
        if !traces.contains(&span.trace.as_str()) {
            traces.push(&span.trace);
        }
    }
    let marks = |place: usize| -> String {
        let span = &world.spans[place];
        let ids = stored_ids(world.provider, &span.trace, &span.id);
        let mark = |(import, (verdict, difference)): &(&Imported, (crate::oracle::Verdict, _))| {
            let difference: &crate::compare::Difference = difference;
            let is_stored = import.rows.contains(&ids);
            let owed = if verdict.must.contains(&place) {
                'M'
            } else if verdict.may.contains(&place) {
                'm'
            } else {
                '_'
            };
            let mark = if difference.foreign.contains(&place) {
                '!'
            } else if difference.missing.contains(&place) {
                '-'
            } else if difference.explained.contains(&place) {
                '?'
            } else if is_stored {
                '+'
            } else {
                '·'
            };
            format!("{mark}{owed}")
        };
        columns.iter().map(mark).collect::<Vec<_>>().join(" ")
    };
    for trace in traces {
        _ = writeln!(text, "trace {trace}");
        let members: Vec<usize> = (0..world.spans.len()).filter(|place| world.spans[*place].trace == trace).collect();
        let mut told = Vec::new();
        let is_top = |place: &usize| {
            let parent = world.spans[*place].parent.as_ref();
            parent.is_none_or(|parent| members.iter().all(|above| world.spans[*above].id != *parent))
        };
        for top in members.iter().copied().filter(is_top).chain(members.iter().copied()) {
            tree(world, &members, top, 1, &mut told, &mut |place, depth| {
                let span = &world.spans[place];
                _ = writeln!(text, "  {} {}{}", marks(place), "  ".repeat(depth), line(span));
            });
        }
    }
    for (import, (verdict, difference)) in &columns {
        _ = writeln!(text, "import of call {}, decided at {}:", import.call, seconds(verdict.decided_at));
        for story in &import.story {
            _ = writeln!(text, "  {story}");
        }
        let names = |places: &std::collections::BTreeSet<usize>| {
            places.iter().map(|place| world.spans[*place].name.as_str()).collect::<Vec<_>>().join(" ")
        };
        let parts = [
            ("foreign", &difference.foreign),
            ("missing", &difference.missing),
            ("explained", &difference.explained),
            ("uncounted", &difference.uncounted),
        ];
        for (what, places) in parts.into_iter().filter(|(_, places)| !places.is_empty()) {
            _ = writeln!(text, "  {what}: {}", names(places));
        }
        for (what, rows) in [("doubled", &difference.doubled), ("unheard of", &difference.unheard_of)] {
            for (trace, span) in rows {
                _ = writeln!(text, "  {what}: {trace}/{span}");
            }
        }
    }
    text
}

fn tree(
    world: &World,
    members: &[usize],
    at: usize,
    depth: usize,
    told: &mut Vec<usize>,
    tell: &mut impl FnMut(usize, usize),
) {
    if told.contains(&at) {
        return;
    }
    told.push(at);
    tell(at, depth);
    for below in members {
        if world.spans[*below].parent.as_ref() == Some(&world.spans[at].id) {
            tree(world, members, *below, depth + 1, told, tell);
        }
    }
}

fn line(span: &Span) -> String {
    let mut text =
        format!("{} {}..{}", span.name, moment(span.started_at), span.ended_at.map_or("never".to_owned(), moment));
    for tag in &span.tags {
        let shape = if tag.shape == Shape::Text { String::new() } else { format!(" {:?}", tag.shape) };
        _ = write!(text, " [{}={}, {:?}{shape}]", tag.key.text(), tag.value, tag.place);
    }
    if span.parent.is_some() && span.row == Row::Sound {
        // The parent's id tells a broken chain from a top.
        _ = write!(text, " below {}", span.parent.as_deref().unwrap_or_default().get(..6).unwrap_or_default());
    }
    if !span.arrives.is_zero() {
        _ = write!(text, " arrives {}", seconds(span.arrives));
    }
    if span.end_arrives > span.arrives {
        _ = write!(text, " its end {}", seconds(span.end_arrives));
    }
    if let Some(deleted) = span.deleted {
        _ = write!(text, " deleted {}", seconds(deleted));
    }
    if span.row != Row::Sound {
        _ = write!(text, " {:?}", span.row);
    }
    if span.copies > 1 {
        _ = write!(text, " ×{}", span.copies);
    }
    text
}

fn seconds(duration: Duration) -> String {
    format!("{:.0}s", duration.as_secs_f64())
}

/// Seconds from the world's begin.
fn moment(moment: Timestamp) -> String {
    let (before, after) = (begin().since(moment), moment.since(begin()));
    if before.is_zero() { format!("{:.1}", after.as_secs_f64()) } else { format!("-{:.1}", before.as_secs_f64()) }
}
