use spanlift_model::names;
use spanlift_trace_store::StoredSpan;

use crate::status::AttemptStatus;

/// Spans that belong together: those of one import, or the native ones.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) title: String,
    pub(crate) spans: Vec<&'a StoredSpan>,
}

/// Does a span belong to this attempt? A native one need not say which.
pub(crate) fn is_of_attempt(span: &StoredSpan, attempt: u32) -> bool {
    let told = span.resource.iter().find(|(name, _)| name == names::resource::ATTEMPT);
    told.is_none_or(|(_, value)| value.is_empty() || *value == attempt.to_string())
}

/// The spans by import: those that the ledger knows, then those that it does not (any more), then native ones.
pub(crate) fn groups<'a>(attempt_status: &AttemptStatus, spans: &'a [StoredSpan]) -> Vec<Group<'a>> {
    let of = |import_id: Option<&str>| spans.iter().filter(|span| span.import_id() == import_id).collect();
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut known = Vec::new();
    for entry in &attempt_status.imports {
        let Some(import_id) = entry.import_id.as_deref() else { continue };
        known.push(import_id);
        let spans: Vec<_> = of(Some(import_id));
        if !spans.is_empty() {
            groups.push(Group { title: format!("{}, import {import_id}", entry.provider), spans });
        }
    }
    for span in spans {
        if let Some(import_id) = span.import_id().filter(|id| !known.contains(id)) {
            known.push(import_id);
            groups.push(Group {
                title: format!("{}, import {import_id}, of which the ledger knows nothing", span.service),
                spans: of(Some(import_id)),
            });
        }
    }
    let native: Vec<_> = of(None);
    if !native.is_empty() {
        groups.push(Group { title: "native".to_owned(), spans: native });
    }
    groups
}
