//! The table of docs/SDKS.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::compare::Cell;
use crate::replay::Column;
use crate::{Sdk, sdks};

/// On what a column stands.
const fn basis(column: Column) -> &'static str {
    match column {
        Column::Phoenix => "real server",
        Column::LangfuseV2 | Column::LangfuseV1 => "server's source",
        Column::LangsmithV2 | Column::LangsmithV1 => "documentation",
    }
}

/// The generated part of docs/SDKS.md: the table, why cells are not whole, and how traces are tagged.
#[must_use]
pub fn generated(cells: &BTreeMap<(String, Column), Cell>) -> String {
    let mut notes: Vec<String> = Vec::new();
    let mut text = String::from("| SDK |");
    for column in Column::ALL {
        write!(text, " {} |", column.title()).unwrap();
    }
    text.push_str("\n|---|---|---|---|---|---|\n| *stands on* |");
    for column in Column::ALL {
        write!(text, " *{}* |", basis(column)).unwrap();
    }
    text.push('\n');
    for sdk in sdks() {
        write!(text, "| {} {} |", sdk.title, sdk.version).unwrap();
        for column in Column::ALL {
            let cell = cells.get(&(sdk.name.clone(), column));
            write!(text, " {} |", cell.map_or_else(|| "not sent there".to_owned(), |cell| shown(cell, &mut notes)))
                .unwrap();
        }
        text.push('\n');
    }
    text.push_str("\n### What a platform does not hold\n\n");
    for (number, note) in (1..).zip(&notes) {
        writeln!(text, "{number}. {note}").unwrap();
    }
    text
}

/// `equal`, or the numbers of the notes that say what is missing.
fn shown(cell: &Cell, notes: &mut Vec<String>) -> String {
    if !cell.wrong.is_empty() {
        return "**wrong**".to_owned();
    }
    if cell.not_held.is_empty() {
        return "equal".to_owned();
    }
    let mut numbers: Vec<usize> = Vec::new();
    for (why, what) in &cell.not_held {
        let of_span = |(span, what): (&String, &BTreeSet<String>)| {
            let what: Vec<String> = what.iter().map(|what| format!("`{what}`")).collect();
            format!("of `{span}` {}", what.join(", "))
        };
        let missing: Vec<String> = what.iter().map(of_span).collect();
        let note = format!("{why} Missing: {}.", missing.join("; "));
        let place = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
            notes.push(note);
            notes.len() - 1
        });
        numbers.push(place + 1);
    }
    numbers.sort_unstable();
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("equal but for [{}](#what-a-platform-does-not-hold)", numbers.join(", "))
}

/// The line that tags an SDK's traces, as a table.
#[must_use]
pub fn tags() -> String {
    let row = |sdk: Sdk| format!("| {} {} | `{}` |\n", sdk.title, sdk.version, sdk.tag);
    let rows: String = sdks().into_iter().map(row).collect();
    format!("| SDK | the line |\n|---|---|\n{rows}")
}
