use spanlift_runtime::Variables;

use crate::configuration::{RedriveConfiguration, ReplayConfiguration, ShowConfiguration};

fn variables(values: &[(&str, &str)]) -> Variables {
    Variables::new(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn every_fault_is_told_at_once_with_what_to_set() {
    let variables = variables(&[("PROVIDER_QUEUES", "{\"arize\": 1}"), ("LEDGER_TABLE", " ")]);

    let error = ReplayConfiguration::read(&variables, true, false).unwrap_err();

    insta::assert_snapshot!(error);
}

#[test]
fn only_what_the_command_needs_must_be_there() {
    let of_replay = [("EVENT_QUEUE_URL", "http://queue/events"), ("LEDGER_TABLE", "ledger")];
    let of_show = [
        ("LEDGER_TABLE", "ledger"),
        ("CLICKHOUSE_URL", "https://store:8443"),
        ("CLICKHOUSE_DATABASE", "otel"),
        ("CLICKHOUSE_TABLE", "otel_traces"),
        ("CLICKHOUSE_SECRET", "spanlift/clickhouse"),
    ];

    ReplayConfiguration::read(&variables(&of_replay), false, true).unwrap();
    assert!(ReplayConfiguration::read(&variables(&of_replay), true, true).is_err());
    let show = ShowConfiguration::read(&variables(&of_show), true).unwrap();
    let dead = variables(&[("DEAD_LETTER_QUEUES", r#"{"http://queue/events": "http://queue/dead"}"#)]);
    assert_eq!(RedriveConfiguration::read(&dead, true).unwrap().dead_letter_queues.len(), 1);
    assert!(RedriveConfiguration::read(&variables(&[]), true).is_err());
    assert_eq!(show.trace_store.organization_attribute, "coval.organization_id");
    assert_eq!(show.trace_store.simulation_attribute, "coval.simulation_output_id");
}
