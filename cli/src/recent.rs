//! Imports by time, newest first: `spanlift status`.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::json;
use spanlift_aws::RecentEntry;
use spanlift_importer::PortError;
use spanlift_model::{OrganizationId, Provider, Status, Timestamp};

use crate::summary::{reason, status_cell, when};
use crate::table::{Cell, Column, table};
use crate::text::{clean, in_words};
use crate::view::View;

/// How many are looked for unless it is said.
pub const USUAL_LIMIT: usize = 50;
/// How far back they are looked for unless it is said: as far as the ledger remembers is dear, and seldom meant.
pub const USUAL_SINCE: Duration = Duration::from_hours(7 * 24);

/// Which imports are asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Only this organization's.
    pub organization: Option<OrganizationId>,
    /// Only from this provider.
    pub provider: Option<Provider>,
    /// Only those that stand so.
    pub status: Option<Status>,
    /// Only those with this reason.
    pub reason: Option<String>,
    /// Only those that began or ended within so long.
    pub since: Duration,
    /// No more of them.
    pub limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { organization: None, provider: None, status: None, reason: None, since: USUAL_SINCE, limit: 1_000 }
    }
}

impl Asked {
    /// Is it one of them?
    #[must_use]
    pub fn is_of(&self, entry: &RecentEntry) -> bool {
        let import = &entry.import;
        self.organization.as_ref().is_none_or(|wanted| entry.organization_id == wanted.as_str())
            && self.provider.as_ref().is_none_or(|wanted| import.provider == wanted.as_str())
            && self.status.is_none_or(|wanted| import.status == wanted)
            && self.reason.as_ref().is_none_or(|wanted| import.reason.as_ref() == Some(wanted))
    }
}

/// Where imports are found by time.
pub trait RecentView {
    /// Those that are asked for, newest first.
    fn recent(&self, asked: &Asked, now: Timestamp) -> impl Future<Output = Result<Vec<RecentEntry>, PortError>>;
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The ledger cannot be asked.
    #[error(transparent)]
    Port(#[from] PortError),
    /// It cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

const COLUMNS: [Column; 8] = [
    ("ago", true),
    ("organization", false),
    ("simulation", false),
    ("attempt", true),
    ("provider", false),
    ("status", false),
    ("reason", false),
    ("next look", false),
];

/// Lists the imports that are asked for.
///
/// # Errors
/// [`StatusError`].
pub async fn status(
    ledger: &impl RecentView,
    asked: &Asked,
    is_json: bool,
    view: &View,
    out: &mut impl Write,
) -> Result<(), StatusError> {
    let entries = ledger.recent(asked, view.now).await?;
    if is_json {
        writeln!(out, "{:#}", json!({"imports": entries}))?;
    } else if entries.is_empty() {
        writeln!(out, "No such import in the last {}.", in_words(asked.since))?;
    } else {
        let rows: Vec<_> = entries.iter().map(|entry| row(entry, view.now)).collect();
        write!(out, "{}", table(COLUMNS, &rows, view))?;
        if entries.len() == asked.limit {
            writeln!(out, "There may be more: raise --limit.")?;
        }
    }
    Ok(())
}

fn row(entry: &RecentEntry, now: Timestamp) -> [Cell; 8] {
    let import = &entry.import;
    [
        Cell::new(in_words(now.since(entry.at))),
        Cell::new(clean(&entry.organization_id)),
        Cell::new(clean(&entry.simulation_output_id)),
        Cell::new(import.attempt.to_string()),
        Cell::new(clean(&import.provider)),
        status_cell(import.status),
        Cell::some(reason(import)),
        Cell::some(import.next_at.map(|at| when(at, now))),
    ]
}
