use std::io::Write as _;

use serde_json::{Value, json};
use spanlift_importer::Outcome;
use spanlift_model::Timestamp;

/// The metrics of an import as one line of `CloudWatch`'s embedded metric format.
///
/// The one dimension is the provider: every further one multiplies the number of metrics that are paid for. `outcome` is a
/// field of the line, for Logs Insights; outcomes are counted from the log (docs/adr/0013-alarms-from-outside.md).
fn embedded_metrics(outcome: &Outcome, namespace: &str, at: Timestamp) -> Value {
    let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
    json!({
        "_aws": {
            "Timestamp": at.millis(),
            "CloudWatchMetrics": [{
                "Namespace": namespace,
                "Dimensions": [["provider"]],
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
pub(crate) fn emit(outcome: &Outcome, namespace: &str, at: Timestamp) {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = writeln!(stdout, "{}", embedded_metrics(outcome, namespace, at)) {
        tracing::warn!(%error, "the metrics could not be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_counted_by_provider_in_its_deployments_namespace() {
        let outcome: Outcome = serde_json::from_value(json!({
            "version": "1", "organization_id": "acme", "simulation_output_id": "sim", "attempt": 1, "provider": "arize",
            "import_id": "0", "pass": 2, "status": "failed", "reason": "unauthorized", "final": true, "requests": 3,
            "incomplete": false, "matched_by": [], "duration_ms": 120,
        }))
        .unwrap();
        let line = embedded_metrics(&outcome, "Spanlift/staging", Timestamp::from_millis(1_800_000_000_000));
        assert_eq!(line["_aws"]["Timestamp"], 1_800_000_000_000_i64);
        let [metrics] = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().as_slice() else { panic!("{line}") };
        assert_eq!(metrics["Namespace"], "Spanlift/staging");
        assert_eq!(metrics["Dimensions"], json!([["provider"]]));
        let named = metrics["Metrics"].as_array().unwrap().iter().map(|metric| metric["Name"].as_str().unwrap());
        let told: Vec<_> = named.map(|name| (name, line[name].as_u64().unwrap())).collect();
        assert_eq!(told, [("passes", 1), ("inserted_spans", 0), ("requests", 3), ("duration", 120)]);
        assert_eq!((&line["provider"], &line["outcome"]), (&json!("arize"), &json!("failed/unauthorized")));
    }
}
