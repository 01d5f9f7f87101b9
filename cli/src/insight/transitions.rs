use spanlift_insight::{Transition, Transitions};
use spanlift_model::OrganizationId;

use super::number::percent;
use super::{title, told_notes, told_sources};
use crate::table::{Cell, table};
use crate::text::{clean, cut};
use crate::view::{Tone, View};

/// Columns of one label.
const LONGEST_LABEL: usize = 48;
/// A transition that fails more often is bad, and not only worth a look.
const BAD: f64 = 0.25;

/// Transitions as a table, those that fail most often first, and what a transition is.
pub(crate) fn transitions_report(transitions: &Transitions, organization: &OrganizationId, view: &View) -> String {
    let mut text = vec![title("transitions", &transitions.scope, organization, view)];
    text.push(told_sources(&transitions.sources));
    text.push(told_notes(&transitions.notes, view));
    if let Some(missing) = &transitions.missing {
        text.push(format!("\n{missing}\n"));
    } else {
        let rows: Vec<_> = transitions.transitions.iter().map(row).collect();
        let columns = [
            ("from", false),
            ("to", false),
            ("count", true),
            ("simulations", true),
            ("failures", true),
            ("failure rate", true),
            ("failed in", false),
        ];
        text.push(format!("\n{}", table(columns, &rows, view)));
    }
    if transitions.is_truncated {
        text.push("There are more transitions than these.\n".to_owned());
    }
    text.push(format!("\n{}\n", view.paint(Tone::Faint, transitions.definition)));
    text.concat()
}

fn row(of: &Transition) -> [Cell; 7] {
    let tone = match of.failure_rate {
        rate if rate >= BAD => Tone::Bad,
        rate if rate > 0.0 => Tone::Waiting,
        _ => Tone::Plain,
    };
    let label = |label: &str| Cell::new(cut(&clean(label), LONGEST_LABEL));
    let failed_in = match of.failed_in.split_first() {
        None => String::new(),
        Some((first, [])) => clean(first),
        Some((first, others)) => format!("{} and {} more", clean(first), others.len()),
    };
    [
        label(&of.from),
        label(&of.to).toned(tone),
        Cell::new(of.count.to_string()),
        Cell::new(of.simulations.to_string()),
        Cell::new(of.failures.to_string()).toned(tone),
        Cell::new(percent(of.failure_rate)).toned(tone),
        Cell::new(failed_in),
    ]
}
