use spanlift_insight::{Facts, SpanGroup};
use spanlift_model::OrganizationId;

use super::number::number;
use super::{title, told_notes, told_sources};
use crate::table::{Cell, table};
use crate::text::clean;
use crate::view::{Tone, View};

/// Attributes that are named; --json has all.
const NAMED: usize = 40;

/// Facts as a person reads them.
pub(crate) fn summary_report(facts: &Facts, organization: &OrganizationId, view: &View) -> String {
    let mut text = vec![title("summary", &facts.scope, organization, view)];
    if facts.total_spans == 0 {
        text.push("\nThere are no spans.\n".to_owned());
        return text.concat();
    }
    text.push(told_sources(&facts.sources));
    text.push(told_notes(&facts.notes, view));
    if let (Some(from), Some(to)) = (facts.started_at, facts.ended_at) {
        text.push(format!("{from} to {to}, {} s\n", number(to.since(from).as_secs_f64())));
    }
    let bad = |count: u64| {
        let cell = Cell::new(count.to_string());
        if count > 0 { cell.toned(Tone::Bad) } else { cell }
    };
    let plain = |count: u64| Cell::new(count.to_string());
    let rows = [
        [Cell::new("rows"), plain(facts.total_spans)],
        [Cell::new("spans"), plain(facts.unique_spans)],
        [Cell::new("doubled rows"), bad(facts.duplicate_spans)],
        [Cell::new("traces"), plain(facts.traces)],
        [Cell::new("roots"), plain(facts.root_spans)],
        [Cell::new("orphans: their parent is not there"), bad(facts.orphan_spans)],
        [Cell::new("begin before their parent or end after it"), bad(facts.child_timing_violations)],
        [Cell::new("status Error"), bad(facts.status.error)],
        [Cell::new("status Ok"), plain(facts.status.ok)],
        [Cell::new("status Unset"), plain(facts.status.unset)],
    ];
    text.push(format!("\n{}", table([("", false), ("count", true)], &rows, view)));
    text.push(format!("\n{}", groups_table(&facts.groups, view)));
    let names: Vec<_> = facts.attribute_keys.iter().filter(|key| key.place == "span").collect();
    let told: Vec<_> = names.iter().take(NAMED).map(|key| format!("{} ({})", clean(&key.key), key.rows)).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(", and {more} more (--json)") } else { String::new() };
    text.push(format!("\nspan attributes: {}{more}\n", told.join(", ")));
    text.concat()
}

fn groups_table(groups: &[SpanGroup], view: &View) -> String {
    let row = |group: &SpanGroup| {
        let errors = Cell::new(group.errors.to_string());
        [
            Cell::new(clean(&group.label)),
            Cell::new(clean(&group.service)),
            Cell::new(group.spans.to_string()),
            if group.errors > 0 { errors.toned(Tone::Bad) } else { errors },
            Cell::new(number(group.total_seconds)),
            Cell::new(number(group.longest_seconds)),
        ]
    };
    let rows: Vec<_> = groups.iter().map(row).collect();
    let columns = [
        ("label", false),
        ("service", false),
        ("spans", true),
        ("errors", true),
        ("together s", true),
        ("longest s", true),
    ];
    table(columns, &rows, view)
}
