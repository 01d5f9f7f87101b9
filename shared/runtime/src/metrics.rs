use std::io::Write as _;

use serde_json::{Value, json};
use spanlift_importer::Outcome;
use spanlift_model::Timestamp;

/// The metrics of an import as one line of `CloudWatch`'s embedded metric format.
///
/// Dimensions are provider and outcome only: every further one multiplies the number of metrics that are paid for.
pub(crate) fn embedded_metrics(outcome: &Outcome, at: Timestamp) -> Value {
    let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
    json!({
        "_aws": {
            "Timestamp": at.millis(),
            "CloudWatchMetrics": [{
                "Namespace": "Spanlift",
                "Dimensions": [["provider", "outcome"]],
                "Metrics": [
                    metric("passes", "Count"),
                    metric("inserted_spans", "Count"),
                    metric("requests", "Count"),
                    metric("duration", "Milliseconds"),
                ],
            }],
        },
        "provider": outcome.provider,
        "outcome": outcome.reason.as_ref().map_or(outcome.status.clone(), |reason| format!("{}/{reason}", outcome.status)),
        "passes": 1,
        "inserted_spans": outcome.inserted.unwrap_or(0),
        "requests": outcome.requests.unwrap_or(0),
        "duration": outcome.duration_ms,
    })
}

/// Writes the line to standard output, where `CloudWatch` Logs picks it up.
pub(crate) fn emit(outcome: &Outcome, at: Timestamp) {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = writeln!(stdout, "{}", embedded_metrics(outcome, at)) {
        tracing::warn!(%error, "the metrics could not be written");
    }
}
