//! `spanlift metrics`, `summary` and `transitions`: what the trace store answers, printed.

pub mod arguments;

mod metrics;
mod number;
mod summary;
mod transitions;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use spanlift_importer::PortError;
use spanlift_insight::{CustomMetric, CustomMetricError, Insight, Scope, Source, Subject, TextLimits};
use spanlift_model::{OrganizationId, Timestamp, Window};

use crate::svg::heatmap;
use crate::text::{clean, counted};
use crate::view::{Tone, View};
use arguments::{InsightCommand, MetricsArguments, Place, SummaryArguments, TransitionsArguments};

pub(crate) use metrics::{custom_report, metrics_report};
pub(crate) use summary::summary_report;
pub(crate) use transitions::transitions_report;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum InsightError {
    /// The store could not be asked.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The custom metric makes no sense.
    #[error(transparent)]
    Metric(#[from] CustomMetricError),
    /// The file does not hold a custom metric.
    #[error("{}: {source}", path.display())]
    MetricFile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What there is to say cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// Answers on `out`. False: there was nothing to answer with.
///
/// # Errors
/// [`InsightError`].
pub async fn answer(
    insight: &Insight,
    command: &InsightCommand,
    view: &View,
    out: &mut impl Write,
) -> Result<bool, InsightError> {
    match command {
        InsightCommand::Metrics(asked) => metrics(insight, asked, view, out).await,
        InsightCommand::Summary(asked) => summary(insight, asked, view, out).await,
        InsightCommand::Transitions(asked) => transitions(insight, asked, view, out).await,
    }
}

async fn metrics(
    insight: &Insight,
    asked: &MetricsArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<bool, InsightError> {
    let scope = match (&asked.simulation, &asked.run) {
        (_, Some(run)) => Scope::Run(run.clone()),
        (Some(simulation), None) => Scope::Simulation(simulation.clone()),
        // clap asks for one of them.
        (None, None) => return Ok(false),
    };
    let (subject, within) = (subject(&asked.organization, scope, &asked.place), within(&asked.place, view.now));
    let Some(metric) = custom_metric(asked)? else {
        let metrics = insight.metrics(&subject, within).await?;
        tell(&metrics, asked.place.json, || metrics_report(&metrics, &asked.organization, view), out)?;
        return Ok(metrics.all.spans > 0);
    };
    let custom = insight.custom(&subject, within, &metric).await?;
    tell(&custom, asked.place.json, || custom_report(&custom, &asked.organization, view), out)?;
    Ok(custom.all.value.is_some())
}

async fn summary(
    insight: &Insight,
    asked: &SummaryArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<bool, InsightError> {
    let subject = subject(&asked.organization, Scope::Simulation(asked.simulation.clone()), &asked.place);
    let within = within(&asked.place, view.now);
    if asked.text {
        let text = insight.text(&subject, within, TextLimits { bytes: asked.bytes }).await?;
        tell(&text, asked.place.json, || text.text.clone(), out)?;
        return Ok(text.spans > 0);
    }
    let facts = insight.facts(&subject, within).await?;
    tell(&facts, asked.place.json, || summary_report(&facts, &asked.organization, view), out)?;
    Ok(facts.total_spans > 0)
}

async fn transitions(
    insight: &Insight,
    asked: &TransitionsArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<bool, InsightError> {
    let subject = subject(&asked.organization, Scope::Run(asked.run.clone()), &asked.place);
    let transitions = insight.transitions(&subject, within(&asked.place, view.now)).await?;
    if let Some(path) = &asked.svg {
        write_file(path, &heatmap(&transitions, &asked.organization))?;
    }
    tell(&transitions, asked.place.json, || transitions_report(&transitions, &asked.organization, view), out)?;
    Ok(transitions.missing.is_none())
}

fn custom_metric(asked: &MetricsArguments) -> Result<Option<CustomMetric>, InsightError> {
    if let Some(path) = &asked.metric {
        let text = std::fs::read_to_string(path).map_err(|source| InsightError::File { path: path.clone(), source })?;
        let metric =
            serde_json::from_str(&text).map_err(|source| InsightError::MetricFile { path: path.clone(), source })?;
        return Ok(Some(metric));
    }
    let (Some(span_name), Some(aggregation)) = (&asked.span_name, asked.aggregation) else { return Ok(None) };
    let (attribute, unit) = (asked.attribute.clone(), asked.unit.clone());
    Ok(Some(CustomMetric::new(span_name.clone(), asked.value_source, attribute, aggregation, unit)?))
}

fn subject(organization_id: &OrganizationId, scope: Scope, place: &Place) -> Subject {
    Subject { organization_id: organization_id.clone(), scope, service: place.service.clone() }
}

/// The days before `now`, and one after it: clocks differ.
fn within(place: &Place, now: Timestamp) -> Window {
    let day = Duration::from_hours(24);
    Window { from: now.minus(day * place.days), to: now.plus(day) }
}

fn tell(
    answer: &impl Serialize,
    is_json: bool,
    report: impl FnOnce() -> String,
    out: &mut impl Write,
) -> io::Result<()> {
    if is_json {
        serde_json::to_writer_pretty(&mut *out, answer)?;
        return writeln!(out);
    }
    out.write_all(report().as_bytes())
}

/// Writes a file whole.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), InsightError> {
    std::fs::write(path, text).map_err(|source| InsightError::File { path: path.to_owned(), source })
}

/// `metrics of simulation sim-1 of organization org-1`.
fn title(what: &str, scope: &Scope, organization: &OrganizationId, view: &View) -> String {
    let title = format!("{what} of {} {}", scope.noun(), clean(scope.id()));
    format!("{} of organization {organization}\n", view.paint(Tone::Strong, &title))
}

/// `Spans: 26 of arize (attempt 1), 4 of agent (native).`
fn told_sources(sources: &[Source]) -> String {
    let told = |source: &Source| {
        let how = match source.attempt {
            _ if source.is_native => " (native)".to_owned(),
            Some(attempt) => format!(" (attempt {attempt})"),
            None => String::new(),
        };
        format!(
            "{} of {}{how}",
            counted(usize::try_from(source.spans).unwrap_or(usize::MAX), "span"),
            clean(&source.service)
        )
    };
    let told: Vec<_> = sources.iter().map(told).collect();
    if told.is_empty() { String::new() } else { format!("{}\n", told.join(", ")) }
}

fn told_notes(notes: &[String], view: &View) -> String {
    let lines = notes.iter().map(|note| view.paint(Tone::Waiting, &clean(note)) + "\n");
    lines.collect()
}
