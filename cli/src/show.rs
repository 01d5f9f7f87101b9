//! `spanlift show`: how a simulation's imports stand, and their spans.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Write};
use std::path::PathBuf;

use spanlift_aws::Entries;
use spanlift_importer::PortError;
use spanlift_model::{OrganizationId, Provider, SimulationOutputId, Timestamp};
use spanlift_trace_store::StoredSpan;

use crate::arguments::ShowArguments;
use crate::json::Document;
use crate::ports::{LedgerView, SpanView};
use crate::spans::{groups, is_of_attempt};
use crate::status::AttemptStatus;
use crate::summary::{explanations, imports_table};
use crate::svg::waterfall;
use crate::text::{clean, counted};
use crate::tree::tree;
use crate::view::{Tone, View};

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The ledger has nothing of this simulation.
    #[error(
        "the ledger knows nothing of simulation {simulation} of organization {organization}: no event came, or it is longer \
         ago than the ledger remembers. Are both ids right, and is this the right deployment? `spanlift replay` sends an event again."
    )]
    UnknownSimulation {
        /// The organization that was asked for.
        organization: String,
        /// The simulation.
        simulation: String,
    },
    /// The ledger has other attempts.
    #[error("there is no attempt {attempt}; the ledger knows of {known}")]
    NoSuchAttempt {
        /// The one that was asked for.
        attempt: u32,
        /// Those that there are.
        known: String,
    },
    /// Something could not be asked.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The drawing cannot be written.
    #[error("{}: {source}", path.display())]
    File {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What there is to show cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// Shows what `asked` asks for on `out`.
///
/// # Errors
/// [`ShowError`].
pub async fn show<L: LedgerView, S: SpanView>(
    ledger: &L,
    store: &S,
    asked: &ShowArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<(), ShowError> {
    let (organization, simulation) = (&asked.organization, &asked.simulation);
    let entries = ledger.entries(organization, simulation, view.now).await?;
    let attempt = choose_attempt(&entries, organization, simulation, asked.attempt)?;
    let mut attempt_status = AttemptStatus::new(entries, attempt);
    let window = attempt_status.window();
    let mut spans = match window {
        Some(window) => store.spans(organization, simulation, window.storable()).await?,
        None => Vec::new(),
    };
    spans.retain(|span| is_of_attempt(span, attempt));
    if let Some(provider) = &asked.provider {
        attempt_status = attempt_status.only(provider.as_str());
        spans.retain(|span| is_imported_from(span, provider));
    }
    if let Some(path) = &asked.svg {
        let drawn = waterfall(organization, simulation, attempt, window, &groups(&attempt_status, &spans));
        std::fs::write(path, drawn).map_err(|source| ShowError::File { path: path.clone(), source })?;
    }
    if asked.json {
        let document = Document::new(organization, simulation, attempt, &attempt_status, &spans);
        serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    let title = view.paint(Tone::Strong, &format!("simulation {}, attempt {attempt}", clean(simulation.as_str())));
    writeln!(out, "{title} of organization {organization}")?;
    if let Some(window) = window {
        writeln!(out, "{} to {}", window.from, window.to)?;
    }
    write!(out, "\n{}\n{}", imports_table(&attempt_status, view), explanations(&attempt_status, view))?;
    tell_spans(&attempt_status, &spans, window.map(|window| window.from), view, out)?;
    Ok(())
}

pub(crate) fn choose_attempt(
    entries: &Entries,
    organization: &OrganizationId,
    simulation: &SimulationOutputId,
    asked: Option<u32>,
) -> Result<u32, ShowError> {
    let of_fanouts = entries.fanouts.iter().map(|entry| entry.attempt);
    let of_imports = entries.imports.iter().map(|entry| entry.attempt);
    let known: BTreeSet<u32> = of_fanouts.chain(of_imports).collect();
    let Some(highest) = known.last() else {
        return Err(ShowError::UnknownSimulation {
            organization: organization.to_string(),
            simulation: simulation.to_string(),
        });
    };
    match asked {
        Some(attempt) if !known.contains(&attempt) => {
            let known: Vec<_> = known.iter().map(ToString::to_string).collect();
            let known = known.join(", ");
            Err(ShowError::NoSuchAttempt { attempt, known })
        }
        Some(attempt) => Ok(attempt),
        None => Ok(*highest),
    }
}

fn is_imported_from(span: &StoredSpan, provider: &Provider) -> bool {
    span.import_id().is_some() && span.service == provider.as_str()
}

fn tell_spans(
    attempt_status: &AttemptStatus,
    spans: &[StoredSpan],
    began_at: Option<Timestamp>,
    view: &View,
    out: &mut impl Write,
) -> io::Result<()> {
    if spans.is_empty() {
        return writeln!(out, "\nThe trace store has no span of it.");
    }
    for group in groups(attempt_status, spans) {
        let traces: HashSet<_> = group.spans.iter().map(|span| &span.trace_id).collect();
        let (spans, traces) = (counted(group.spans.len(), "span"), counted(traces.len(), "trace"));
        let title = view.paint(Tone::Strong, &clean(&group.title));
        write!(out, "\n{title}: {spans} in {traces}\n{}", tree(&group.spans, began_at, view))?;
    }
    Ok(())
}
