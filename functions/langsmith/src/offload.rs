//! Payloads that are in blob storage and were not put back into their runs (contract langsmith §4.2).

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use spanlift_importer::Query;
use spanlift_model::correlation::correlate;
use spanlift_model::{PlatformError, SourceSpan as _, Timestamp};

use crate::api::Api;
use crate::run::LangSmithRun;

/// Each is a request.
const MOST: usize = 20;
/// More is not kept of all payloads together: an import holds no more (design §5, "Caps").
const MOST_BYTES: usize = 64 << 20;
/// What is left of the reading's time must be worth it.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// Fetches what our runs lack: roots, model calls and tool calls only. One that cannot be had stays away, marked.
pub(crate) async fn fetch<N: Fn() -> Timestamp + Copy>(
    api: &Api<'_, N>,
    query: &Query,
    runs: &mut [LangSmithRun],
    partial: &HashSet<String>,
) {
    if !api.captures_content() || runs.iter().all(|run| run.offloaded.is_empty()) {
        return;
    }
    let owners = correlate(runs, &[], partial, &query.question()).spans;
    let is_worth_it = |run: &LangSmithRun| run.parent_id().is_none() || matches!(run.run_type.as_str(), "llm" | "tool");
    let ours = runs.iter_mut().zip(owners);
    let ours = ours.filter(|(run, owner)| owner.is_candidate() && is_worth_it(run));
    let (mut left, mut bytes) = (MOST, 0);
    for (run, _) in ours {
        let LangSmithRun { inputs, outputs, offloaded, .. } = run;
        for (value, address) in [(inputs, &mut offloaded.inputs), (outputs, &mut offloaded.outputs)] {
            let Some(url) = address.as_deref() else { continue };
            if left == 0 || bytes > MOST_BYTES || query.read_until.since(api.now()) < LEAST_TIME {
                return;
            }
            left -= 1;
            let answer = match api.get_offloaded(url).await {
                Ok(answer) => answer,
                // Where one does not come, no other will.
                Err(PlatformError::Timeout | PlatformError::Unreachable { .. }) => return,
                Err(_) => continue,
            };
            bytes += answer.body().len();
            if let Ok(payload) = serde_json::from_slice::<Value>(answer.body()) {
                (*value, *address) = (payload, None);
            }
        }
    }
}
