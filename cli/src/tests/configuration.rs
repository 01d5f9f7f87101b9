use clap::Parser as _;
use spanlift_runtime::Variables;

use crate::arguments::Arguments;
use crate::configuration::{
    ConnectionsConfiguration, RedriveConfiguration, ReplayConfiguration, ShowConfiguration, Uses,
};

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

#[test]
fn a_command_asks_for_the_settings_that_it_uses_and_for_no_other() {
    const PREFIX: (&str, &str) = ("SECRET_PREFIX", "spanlift");
    const FUNCTIONS: (&str, &str) = ("DIRECT_FUNCTIONS", r#"{"arize": "spanlift-arize:direct"}"#);
    const LEDGER: (&str, &str) = ("LEDGER_TABLE", "ledger");
    let table: [(&str, &[(&str, &str)]); 8] = [
        ("connect arize --organization org-1", &[PREFIX, FUNCTIONS]),
        ("verify arize --organization org-1", &[PREFIX, FUNCTIONS]),
        ("replace-key arize --organization org-1", &[PREFIX, FUNCTIONS]),
        ("connections", &[PREFIX, LEDGER]),
        ("disconnect arize --organization org-1", &[PREFIX]),
        ("status", &[LEDGER]),
        ("explain org-1 sim-1", &[LEDGER]),
        ("explain org-1 sim-1 --ask", &[LEDGER, FUNCTIONS]),
    ];
    for (line, settings) in table {
        let words = std::iter::once("spanlift").chain(line.split(' '));
        let uses = Uses::of(&Arguments::try_parse_from(words).unwrap().command);

        assert!(ConnectionsConfiguration::read(&variables(settings), uses, true).is_ok(), "{line}");
        for left_out in settings {
            let rest: Vec<_> = settings.iter().copied().filter(|setting| setting != left_out).collect();
            let error = ConnectionsConfiguration::read(&variables(&rest), uses, true).unwrap_err().to_string();
            assert!(error.contains(left_out.0), "{line}: {error}");
        }
    }
}
