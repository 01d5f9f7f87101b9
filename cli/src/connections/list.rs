use std::io::Write;

use serde_json::json;
use spanlift_aws::RecentEntry;
use spanlift_model::{OrganizationId, Status};

use super::arguments::ConnectionsArguments;
use super::error::ConnectionsError;
use super::ports::{ConnectionStore, Described};
use super::tell::optional;
use crate::recent::{Asked, RecentView};
use crate::table::{Cell, Column, table};
use crate::text::{clean, in_words};
use crate::view::{Tone, View};

const COLUMNS: [Column; 6] = [
    ("organization", false),
    ("provider", false),
    ("state", false),
    ("configured since", false),
    ("last import", false),
    ("last failure", false),
];

/// A connection, and what its last imports came to.
struct Line<'a> {
    described: &'a Described,
    imported: Option<&'a RecentEntry>,
    failed: Option<&'a RecentEntry>,
}

/// Lists connections, since when they are configured, and what their last imports came to.
///
/// # Errors
/// [`ConnectionsError`].
pub async fn connections(
    store: &impl ConnectionStore,
    ledger: &impl RecentView,
    arguments: &ConnectionsArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<(), ConnectionsError> {
    let mut connections = store.list(arguments.organization.as_ref()).await?;
    connections
        .sort_by(|one, other| (&one.organization_id, &one.provider).cmp(&(&other.organization_id, &other.provider)));
    let imported = last(ledger, arguments.organization.as_ref(), Status::Imported, view).await?;
    let failed = last(ledger, arguments.organization.as_ref(), Status::Failed, view).await?;
    let of = |entries: &'_ [RecentEntry], described: &Described| {
        entries.iter().position(|entry| {
            entry.organization_id == described.organization_id && entry.import.provider == described.provider
        })
    };
    let line = |described| Line {
        described,
        imported: of(&imported, described).and_then(|place| imported.get(place)),
        failed: of(&failed, described).and_then(|place| failed.get(place)),
    };
    let lines: Vec<Line<'_>> = connections.iter().map(line).collect();
    if arguments.json {
        let documents: Vec<_> = lines.iter().map(document).collect();
        writeln!(out, "{:#}", json!({"connections": documents}))?;
    } else if lines.is_empty() {
        writeln!(out, "There is no connection. Make one: spanlift connect PROVIDER --organization ID")?;
    } else {
        let rows: Vec<_> = lines.iter().map(|line| row(line, view)).collect();
        write!(out, "{}", table(COLUMNS, &rows, view))?;
    }
    Ok(())
}

async fn last(
    ledger: &impl RecentView,
    organization: Option<&OrganizationId>,
    status: Status,
    view: &View,
) -> Result<Vec<RecentEntry>, ConnectionsError> {
    let asked = Asked { organization: organization.cloned(), status: Some(status), ..Asked::default() };
    Ok(ledger.recent(&asked, view.now).await?)
}

fn state(described: &Described) -> (&'static str, Tone) {
    match described {
        Described { is_deleted: true, .. } => ("deleted", Tone::Faint),
        Described { is_unverified: true, .. } => ("unverified", Tone::Bad),
        Described { pending: Some(_), .. } => ("configured, a key is being replaced", Tone::Waiting),
        _ => ("configured", Tone::Good),
    }
}

fn row(line: &Line<'_>, view: &View) -> [Cell; 6] {
    let ago = |at: spanlift_model::Timestamp| format!("{} ago", in_words(view.now.since(at)));
    let (state, tone) = state(line.described);
    let failed = line.failed.map(|entry| {
        let reason = entry.import.reason.as_deref().map(|reason| format!(" ({})", clean(reason)));
        format!("{}{}", ago(entry.at), reason.unwrap_or_default())
    });
    [
        Cell::new(clean(&line.described.organization_id)),
        Cell::new(clean(&line.described.provider)),
        Cell::new(state).toned(tone),
        Cell::some(line.described.configured_at),
        Cell::some(line.imported.map(|entry| ago(entry.at))),
        Cell::some(failed),
    ]
}

fn document(line: &Line<'_>) -> serde_json::Value {
    let described = line.described;
    json!({
        "organization_id": described.organization_id,
        "provider": described.provider,
        "state": if described.is_deleted { "deleted" } else if described.is_unverified { "unverified" } else { "configured" },
        "is_being_replaced": described.pending.is_some(),
        "configured_at": optional(described.configured_at),
        "last_imported_at": optional(line.imported.map(|entry| entry.at)),
        "last_failed_at": optional(line.failed.map(|entry| entry.at)),
        "last_failure": optional(line.failed.and_then(|entry| entry.import.reason.clone())),
    })
}
