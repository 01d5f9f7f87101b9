use std::collections::BTreeMap;

use maud::{Markup, html};
use spanlift_insight::{Transition, Transitions};
use spanlift_model::OrganizationId;

use super::{
    BAD, FAINT, INK, LINE, as_number, drawing, fitted, heading, px, safe, text, text_before, width_of, wrapped,
};
use crate::text::counted;

const MARGIN: f64 = 24.0;
const CELL: (f64, f64) = (58.0, 38.0);
/// Where cells begin, behind the labels of rows.
const LABELS: f64 = 250.0;
/// What stands above the cells: heading, and labels of columns that rise to the right.
const ABOVE: f64 = 216.0;
const LABEL: f64 = 215.0;
/// Labels of a side; the others are left out, and that is said.
const MOST_LABELS: usize = 18;
const NEVER_FAILED: &str = "#e4ecf7";
/// From a few failures to nothing but failures.
const FAILED: [&str; 5] = ["#fde3d8", "#f9bfa7", "#f2937a", "#e0604f", BAD];
const NARROWEST: f64 = 760.0;

/// Transitions as a grid: rows are where they come from, columns where they go to, colours how often that failed.
pub(crate) fn heatmap(transitions: &Transitions, organization: &OrganizationId) -> String {
    let of = &transitions.transitions;
    let (rows, columns) = (labels(of, |of| &of.from), labels(of, |of| &of.to));
    let shown: Vec<_> =
        of.iter().filter(|of| rows.contains(&of.from.as_str()) && columns.contains(&of.to.as_str())).collect();
    let end = LABELS + as_number(columns.len()) * CELL.0;
    let width = (end + LABEL * 0.72 + MARGIN).max(NARROWEST);
    let bottom = ABOVE + as_number(rows.len()) * CELL.1;
    let definition = wrapped(transitions.definition, width - 2.0 * MARGIN);
    let height = bottom + 80.0 + as_number(definition.len()) * 16.0;
    let title = format!("Transitions of {} {}", transitions.scope.noun(), transitions.scope.id());
    let body = html! {
        (heading(MARGIN, 34.0, &title))
        (text(MARGIN, 54.0, FAINT, &subtitle(transitions, organization)))
        @if of.is_empty() {
            (text(MARGIN, 90.0, INK, transitions.missing.as_deref().unwrap_or_default()))
        } @else {
            (text_before(LABELS - 10.0, ABOVE - 8.0, FAINT, "from ↓   to →"))
            @for (place, label) in (0..).zip(&columns) { (column_label(place, label)) }
            @for (place, label) in (0..).zip(&rows) { (row_label(place, label)) }
            @for of in &shown {
                @let place = |labels: &[&str], label: &str| labels.iter().position(|known| *known == label).unwrap_or_default();
                (cell(of, (place(&columns, &of.to), place(&rows, &of.from))))
            }
            (frame(rows.len(), columns.len()))
        }
        (scale(bottom + 26.0))
        @if shown.len() < of.len() {
            (text(MARGIN + 420.0, bottom + 37.0, FAINT, &format!("{} between rarer labels are not drawn", counted(of.len() - shown.len(), "transition"))))
        }
        @for (place, words) in (0..).zip(&definition) {
            (text(MARGIN, bottom + 72.0 + as_number(place) * 16.0, FAINT, words))
        }
    };
    drawing(width, height, &title, &body)
}

fn subtitle(transitions: &Transitions, organization: &OrganizationId) -> String {
    let count: u64 = transitions.transitions.iter().map(|of| of.count).sum();
    let failures: u64 = transitions.transitions.iter().map(|of| of.failures).sum();
    let services: Vec<_> = transitions.sources.iter().map(|source| source.service.as_str()).collect();
    let from = if services.is_empty() { String::new() } else { format!(" · spans of {}", services.join(", ")) };
    format!("organization {organization} · {count} transitions, {failures} failed{from}")
}

/// The labels of one side, most frequent first.
fn labels(of: &[Transition], side: fn(&Transition) -> &String) -> Vec<&str> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for of in of {
        *counts.entry(side(of)).or_default() += of.count;
    }
    let mut labels: Vec<_> = counts.into_iter().collect();
    labels.sort_by_key(|(label, count)| (std::cmp::Reverse(*count), *label));
    labels.into_iter().take(MOST_LABELS).map(|(label, _)| label).collect()
}

fn column_label(place: usize, label: &str) -> Markup {
    let x = LABELS + (as_number(place) + 0.5) * CELL.0;
    let y = ABOVE - 8.0;
    html! {
        text x=(px(x)) y=(px(y)) transform=(format!("rotate(-40 {} {})", px(x).0, px(y).0)) { (safe(&fitted(label, LABEL))) }
    }
}

fn row_label(place: usize, label: &str) -> Markup {
    let y = ABOVE + (as_number(place) + 0.5) * CELL.1 + 4.0;
    text_before(LABELS - 10.0, y, INK, &fitted(label, LABELS - MARGIN - 10.0))
}

fn cell(of: &Transition, (column, row): (usize, usize)) -> Markup {
    let (x, y) = (LABELS + as_number(column) * CELL.0, ABOVE + as_number(row) * CELL.1);
    let fill = colour(of);
    let ink = if [FAILED[3], FAILED[4]].contains(&fill) { "#ffffff" } else { INK };
    let centre = x + CELL.0 / 2.0;
    let told = format!(
        "{} → {}: {} in {}, {} failed",
        of.from,
        of.to,
        of.count,
        counted(usize::try_from(of.simulations).unwrap_or(usize::MAX), "simulation"),
        of.failures
    );
    html! {
        g text-anchor="middle" {
            title { (safe(&told)) }
            rect x=(px(x)) y=(px(y)) width=(px(CELL.0)) height=(px(CELL.1)) fill=(fill) {}
            text x=(px(centre)) y=(px(y + if of.failures > 0 { 17.0 } else { 23.0 })) fill=(ink) font-weight="bold" { (of.count) }
            @if of.failures > 0 {
                text x=(px(centre)) y=(px(y + 31.0)) fill=(ink) font-size="10" { (rate(of.failure_rate)) }
            }
        }
    }
}

fn rate(share: f64) -> String {
    match share * 100.0 {
        percent if percent < 1.0 => "< 1 % fail".to_owned(),
        percent => format!("{percent:.0} % fail"),
    }
}

fn colour(of: &Transition) -> &'static str {
    let step = match of.failure_rate {
        _ if of.failures == 0 => return NEVER_FAILED,
        rate if rate <= 0.1 => 0,
        rate if rate <= 0.25 => 1,
        rate if rate <= 0.5 => 2,
        rate if rate < 0.75 => 3,
        _ => 4,
    };
    FAILED.get(step).copied().unwrap_or(BAD)
}

fn frame(rows: usize, columns: usize) -> Markup {
    let (width, height) = (as_number(columns) * CELL.0, as_number(rows) * CELL.1);
    html! {
        g stroke=(LINE) {
            @for row in 0..=rows {
                @let y = ABOVE + as_number(row) * CELL.1;
                line x1=(px(LABELS)) y1=(px(y)) x2=(px(LABELS + width)) y2=(px(y)) {}
            }
            @for column in 0..=columns {
                @let x = LABELS + as_number(column) * CELL.0;
                line x1=(px(x)) y1=(px(ABOVE)) x2=(px(x)) y2=(px(ABOVE + height)) {}
            }
        }
    }
}

/// What the colours stand for.
fn scale(y: f64) -> Markup {
    let steps = ["none", "≤ 10 %", "≤ 25 %", "≤ 50 %", "< 75 %", "≥ 75 %"];
    let fills = [NEVER_FAILED, FAILED[0], FAILED[1], FAILED[2], FAILED[3], FAILED[4]];
    let mut x = MARGIN + width_of("failed: ");
    let mut drawn = vec![text(MARGIN, y + 11.0, FAINT, "failed:")];
    for (fill, step) in fills.into_iter().zip(steps) {
        drawn.push(html! { rect x=(px(x)) y=(px(y)) width="14" height="14" rx="2" fill=(fill) {} });
        drawn.push(text(x + 19.0, y + 11.0, FAINT, step));
        x += 19.0 + width_of(step) + 12.0;
    }
    html! { @for one in &drawn { (one) } }
}
