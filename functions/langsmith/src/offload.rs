//! Payloads that are in blob storage and were not put back into their runs.

use std::collections::HashSet;
use std::time::Duration;

use serde::de::IgnoredAny;
use spanlift_importer::Query;
use spanlift_model::PlatformError;
use spanlift_model::correlation::{Outline, correlate};

use crate::api::Api;
use crate::row::{Payload, Row};

/// Each is a request.
const MOST: usize = 20;
/// What is left of the reading's time must be worth it.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// Fetches what our runs lack: roots, model calls and tool calls only. One that cannot be had stays away, marked.
pub(crate) async fn fetch(
    api: &Api<'_>,
    query: &Query,
    rows: &mut [Row],
    outlines: &[Outline],
    partial: &HashSet<String>,
) {
    if !api.captures_content() || rows.iter().all(|row| row.offloaded.is_empty()) {
        return;
    }
    let owners = correlate(rows, outlines, partial, &query.question()).spans;
    let mut bytes: usize = rows.iter().map(Row::size).sum();
    let mut left = MOST;
    let ours = rows.iter_mut().zip(owners).filter(|(_, owner)| owner.is_candidate());
    for (row, _) in ours {
        let offloaded = std::mem::take(&mut row.offloaded);
        for (payload, address) in [(Payload::Inputs, offloaded.inputs), (Payload::Outputs, offloaded.outputs)] {
            let Some(url) = address else { continue };
            if left == 0 || bytes > query.most_bytes || query.read_until.since(api.now()) < LEAST_TIME {
                return;
            }
            left -= 1;
            let answer = match api.get_offloaded(&url).await {
                Ok(answer) => answer,
                // Where one does not come, no other will.
                Err(PlatformError::Timeout | PlatformError::Unreachable { .. }) => return,
                Err(_) => continue,
            };
            let json = std::str::from_utf8(answer.body()).ok();
            if let Some(json) = json.filter(|json| serde_json::from_str::<IgnoredAny>(json).is_ok()) {
                let before = row.size();
                row.put(payload, json, query.most_bytes.saturating_sub(bytes));
                bytes += row.size().saturating_sub(before);
            }
        }
    }
}
