//! `spanlift explain`: why a simulation's imports are as they are, and what follows.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};
use spanlift_aws::{Entries, ImportEntry};
use spanlift_importer::direct::{PreviewAnswer, Previewed, Refused};
use spanlift_model::{Provider, Status, Truncation, Window};

use crate::arguments::ExplainArguments;
use crate::connections::ports::Functions;
use crate::explain::{explain as explain_word, explain_truncation};
use crate::ports::LedgerView;
use crate::show::{ShowError, choose_attempt};
use crate::status::AttemptStatus;
use crate::summary::{explanations, imports_table, when};
use crate::table::{Cell, Column, table};
use crate::text::{clean, in_words};
use crate::view::{Tone, View};

const TRACES: [Column; 5] =
    [("trace", false), ("root", false), ("began", false), ("spans", true), ("what decides", false)];
/// What it means that a preview is incomplete: no look follows the last one.
const PREVIEW_INCOMPLETE: &str =
    "A trace's root, a span's end or a part of a trace is missing on the platform, or cannot be read.";
/// Traces that are shown of a preview; `--json` has all that it tells.
const MOST_TRACES: usize = 40;

/// Explains what `asked` asks for on `out`.
///
/// # Errors
/// [`ShowError`].
pub async fn explain<L: LedgerView, F: Functions>(
    ledger: &L,
    functions: &F,
    asked: &ExplainArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<(), ShowError> {
    let (organization, simulation) = (&asked.organization, &asked.simulation);
    let entries: Entries = ledger.entries(organization, simulation, view.now).await?;
    let attempt = choose_attempt(&entries, organization, simulation, asked.attempt)?;
    let mut stands = AttemptStatus::new(entries, attempt);
    if let Some(provider) = &asked.provider {
        stands = stands.only(provider.as_str());
    }
    let hints = stands.hints();
    let previews = match stands.window().filter(|_| asked.ask) {
        Some(window) => ask(functions, asked, attempt, window, &hints, &stands).await?,
        None => Vec::new(),
    };
    if asked.json {
        let previews: serde_json::Map<String, Value> =
            previews.into_iter().map(|(provider, answer)| (provider.to_string(), json!(answer))).collect();
        let document = json!({
            "organization_id": organization, "simulation_output_id": simulation, "attempt": attempt, "hints": hints,
            "fanout": stands.fanout, "imports": stands.imports, "previews": previews,
        });
        writeln!(out, "{document:#}")?;
        return Ok(());
    }
    let title = view.paint(Tone::Strong, &format!("simulation {}, attempt {attempt}", clean(simulation.as_str())));
    writeln!(out, "{title} of organization {organization}")?;
    if let Some(Window { from, to }) = stands.window() {
        writeln!(out, "window: {from} to {to} ({})", in_words(to.since(from)))?;
    }
    let hints: Vec<String> =
        [simulation.as_str()].into_iter().chain(hints.iter().map(String::as_str)).map(clean).collect();
    writeln!(out, "a trace belongs to this simulation if one of its tags holds: {}", hints.join(", "))?;
    write!(out, "\n{}\n{}", imports_table(&stands, view), explanations(&stands, view))?;
    for entry in &stands.imports {
        writeln!(out, "{}: what follows: {}", clean(&entry.provider), follows(entry, view))?;
    }
    for (provider, answer) in &previews {
        tell_preview(provider, answer, view, out)?;
    }
    if previews.is_empty() && asked.ask {
        writeln!(out, "There is no provider to ask.")?;
    }
    Ok(())
}

/// What each provider's function would do now.
async fn ask<F: Functions>(
    functions: &F,
    asked: &ExplainArguments,
    attempt: u32,
    window: Window,
    hints: &[String],
    stands: &AttemptStatus,
) -> Result<Vec<(Provider, PreviewAnswer)>, ShowError> {
    let of_imports = stands.imports.iter().map(|entry| &entry.provider);
    let concerned: BTreeSet<&String> = of_imports.chain(&stands.sent_to).chain(&stands.not_connected).collect();
    let event = json!({
        "version": "1", "organization_id": asked.organization, "simulation_output_id": asked.simulation,
        "status": "COMPLETED", "attempt": attempt, "started_at": window.from, "ended_at": window.to, "hints": hints,
    });
    let mut previews = Vec::new();
    for provider in functions.providers() {
        if concerned.iter().any(|name| *name == provider.as_str()) {
            let answer = functions.preview(&provider, event.clone()).await?;
            previews.push((provider, answer));
        }
    }
    Ok(previews)
}

fn follows(entry: &ImportEntry, view: &View) -> String {
    match (entry.status, entry.next_pass, entry.next_at) {
        (Status::InProgress, ..) => "a pass runs now".to_owned(),
        (Status::Retrying, ..) => "the same pass again, by itself".to_owned(),
        (_, Some(pass), Some(at)) => format!("pass {pass}, {} ({at})", when(at, view.now)),
        _ => "nothing by itself; spanlift replay --force reads the platform again".to_owned(),
    }
}

fn tell_preview(provider: &Provider, answer: &PreviewAnswer, view: &View, out: &mut impl Write) -> io::Result<()> {
    let title = view.paint(Tone::Strong, &format!("{provider}, if its last pass ran now"));
    match answer {
        PreviewAnswer::Refused(Refused { reason, advice, .. }) => {
            writeln!(out, "\n{title}: {}: {}", view.paint(Tone::Bad, &clean(reason)), clean(advice))
        }
        PreviewAnswer::Previewed(previewed) => {
            let reason = previewed.reason.as_deref().map(|reason| format!("/{}", clean(reason))).unwrap_or_default();
            writeln!(
                out,
                "\n{title}: {}{reason}; {} stored now, {} would be added",
                clean(&previewed.status),
                previewed.stored,
                previewed.would_insert
            )?;
            if !previewed.rejected.is_empty() {
                let causes = previewed.rejected.iter().map(|(cause, count)| format!("{count} {}", clean(cause)));
                writeln!(out, "would be left out: {}", causes.collect::<Vec<_>>().join(", "))?;
            }
            for (word, sentence) in meanings(previewed) {
                writeln!(out, "{word}: {sentence}")?;
            }
            tell_traces(previewed, view, out)
        }
    }
}

/// What the words of a preview mean, where they mean that something is missing.
fn meanings(previewed: &Previewed) -> Vec<(String, String)> {
    let reason = previewed.reason.as_deref();
    let status = Status::parse(&previewed.status).filter(|status| reason.is_some() || *status != Status::Imported);
    let truncation = previewed.truncated.as_deref().and_then(Truncation::parse);
    let meanings = [
        reason
            .map(clean)
            .or_else(|| Some(clean(&previewed.status)))
            .zip(status.map(|one| explain_word(one, reason).to_owned())),
        previewed.error.as_deref().map(|error| ("what would go wrong".to_owned(), clean(error))),
        truncation.map(|one| (format!("truncated: {one}"), explain_truncation(one).to_owned())),
        previewed.incomplete.then(|| ("incomplete".to_owned(), PREVIEW_INCOMPLETE.to_owned())),
    ];
    meanings.into_iter().flatten().collect()
}

fn tell_traces(previewed: &Previewed, view: &View, out: &mut impl Write) -> io::Result<()> {
    if previewed.traces.is_empty() {
        return writeln!(out, "no trace was found");
    }
    let rows = previewed.traces.iter().take(MOST_TRACES).map(|trace| {
        let decisions = trace.spans.iter().map(|(what, count)| format!("{} {count}", clean(what)));
        [
            Cell::new(clean(&trace.trace_id)),
            Cell::some(trace.root.as_deref().map(clean)),
            Cell::new(trace.started_at.to_string()),
            Cell::new(trace.spans.values().sum::<u64>().to_string()),
            Cell::new(decisions.collect::<Vec<_>>().join(", ")),
        ]
    });
    let rows: Vec<_> = rows.collect();
    write!(out, "{}", table(TRACES, &rows, view))?;
    let listed = u64::try_from(previewed.traces.len().saturating_sub(rows.len())).unwrap_or(u64::MAX);
    match listed.saturating_add(previewed.traces_not_listed) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more"),
    }
}
