//! What the commands are told by the environment. AWS credentials, region and endpoint are the SDK's own matter.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use spanlift_model::{Provider, names};
use spanlift_runtime::{TraceStoreConfiguration, Variables};

use crate::arguments::Command;

/// What `replay` needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayConfiguration {
    /// The queue that feeds fanout.
    pub event_queue_url: String,
    /// The `DynamoDB` table.
    pub ledger_table: String,
    /// Each provider's queue. Only needed past fanout.
    pub provider_queues: BTreeMap<Provider, String>,
    /// Connections are the secrets `<prefix>/<organization_id>/<provider>`. Only needed past fanout.
    pub secret_prefix: String,
}

/// What `show` needs.
#[derive(Clone, Debug)]
pub struct ShowConfiguration {
    /// The `DynamoDB` table.
    pub ledger_table: String,
    /// Where the spans are.
    pub trace_store: TraceStoreConfiguration,
}

/// What the commands on connections, `status` and `explain` need. What a command does not use is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionsConfiguration {
    /// Connections are the secrets `<prefix>/<organization_id>/<provider>`.
    pub secret_prefix: String,
    /// Each provider's function, by name and alias.
    pub direct_functions: BTreeMap<Provider, String>,
    /// The `DynamoDB` table.
    pub ledger_table: String,
}

/// What one of those commands uses, so that it asks for no setting beside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// It reads or writes connections.
    pub secrets: bool,
    /// It asks a provider's function.
    pub functions: bool,
    /// It reads the ledger.
    pub ledger: bool,
}

impl Uses {
    /// Of a command; nothing for the commands that have a configuration of their own.
    #[must_use]
    pub const fn of(command: &Command) -> Self {
        let (secrets, functions, ledger) = match command {
            Command::Connect(_) | Command::Verify(_) | Command::ReplaceKey(_) => (true, true, false),
            Command::Connections(_) => (true, false, true),
            Command::Disconnect(_) => (true, false, false),
            Command::Status(_) => (false, false, true),
            Command::Explain(arguments) => (false, arguments.ask, true),
            _ => (false, false, false),
        };
        Self { secrets, functions, ledger }
    }
}

/// What questions to the trace store need.
#[derive(Clone, Debug)]
pub struct InsightConfiguration {
    /// Where the spans are.
    pub trace_store: TraceStoreConfiguration,
}

/// What `redrive` needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedriveConfiguration {
    /// Each queue's dead-letter queue, URL to URL.
    pub dead_letter_queues: BTreeMap<String, String>,
}

/// Everything that is wrong with the environment, in one message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the environment does not say where Spanlift is deployed:\n{}\n\
     For the embedded stack all of it is set by `make replay` and `python3 stack/command.py spanlift …`.\n\
     On AWS terraform has an output for each, of the same name in lower case.",
    faults.join("\n")
)]
pub struct EnvironmentError {
    faults: Vec<String>,
}

const EVENT_QUEUE_URL: (&str, &str) = ("EVENT_QUEUE_URL", "the URL of the queue that feeds fanout");
const PROVIDER_QUEUES: (&str, &str) =
    ("PROVIDER_QUEUES", "each provider's queue, as JSON: {\"arize\": \"https://sqs.…/spanlift-import-arize\"}");
const DEAD_LETTER_QUEUES: (&str, &str) = (
    "DEAD_LETTER_QUEUES",
    "each queue's dead-letter queue, as JSON: {\"https://sqs.…/spanlift-import-arize\": \"https://sqs.…/spanlift-import-arize-dead-letters\"}",
);
const DIRECT_FUNCTIONS: (&str, &str) = (
    "DIRECT_FUNCTIONS",
    "where each provider's function answers direct requests, as JSON: {\"arize\": \"spanlift-arize:direct\"}",
);
const LEDGER_TABLE: (&str, &str) = ("LEDGER_TABLE", "the name of the DynamoDB table");
const SECRET_PREFIX: (&str, &str) =
    ("SECRET_PREFIX", "what the names of connections' secrets begin with, as in <prefix>/<organization_id>/<provider>");
const CLICKHOUSE_URL: (&str, &str) =
    ("CLICKHOUSE_URL", "the trace store's HTTP interface, https://host:8443, without user or password");
const CLICKHOUSE_DATABASE: (&str, &str) = ("CLICKHOUSE_DATABASE", "the trace store's database");
const CLICKHOUSE_TABLE: (&str, &str) = ("CLICKHOUSE_TABLE", "the trace store's table, as a rule otel_traces");
const CLICKHOUSE_SECRET: (&str, &str) =
    ("CLICKHOUSE_SECRET", "the secret with the trace store's user, {\"user\": …, \"password\": …}");
const REGION: &str = "  AWS_REGION: is missing. Set it (or AWS_PROFILE) to where Spanlift is deployed";

impl ReplayConfiguration {
    /// Reads it. `is_past_fanout`: jobs are sent, by force or from the input. `has_region` is whether the SDK knows a region.
    ///
    /// # Errors
    /// [`EnvironmentError`] with every fault.
    pub fn read(variables: &Variables, is_past_fanout: bool, has_region: bool) -> Result<Self, EnvironmentError> {
        let mut reader = Reader::new(variables, has_region);
        let mut configuration = Self {
            ledger_table: reader.required(LEDGER_TABLE),
            event_queue_url: reader.required(EVENT_QUEUE_URL),
            ..Self::default()
        };
        if is_past_fanout {
            configuration.provider_queues = reader.queues(PROVIDER_QUEUES);
            configuration.secret_prefix = reader.required(SECRET_PREFIX);
        }
        reader.check(configuration)
    }
}

impl ShowConfiguration {
    /// Reads it. `has_region` is whether the SDK knows a region.
    ///
    /// # Errors
    /// [`EnvironmentError`] with every fault.
    pub fn read(variables: &Variables, has_region: bool) -> Result<Self, EnvironmentError> {
        let mut reader = Reader::new(variables, has_region);
        let configuration = Self { ledger_table: reader.required(LEDGER_TABLE), trace_store: reader.trace_store() };
        reader.check(configuration)
    }
}

impl InsightConfiguration {
    /// Reads it. `has_region` is whether the SDK knows a region.
    ///
    /// # Errors
    /// [`EnvironmentError`] with every fault.
    pub fn read(variables: &Variables, has_region: bool) -> Result<Self, EnvironmentError> {
        let mut reader = Reader::new(variables, has_region);
        let configuration = Self { trace_store: reader.trace_store() };
        reader.check(configuration)
    }
}

impl ConnectionsConfiguration {
    /// Reads what a command `uses`. `has_region` is whether the SDK knows a region.
    ///
    /// # Errors
    /// [`EnvironmentError`] with every fault.
    pub fn read(variables: &Variables, uses: Uses, has_region: bool) -> Result<Self, EnvironmentError> {
        let mut reader = Reader::new(variables, has_region);
        let mut configuration = Self::default();
        if uses.secrets {
            configuration.secret_prefix = reader.required(SECRET_PREFIX);
        }
        if uses.functions {
            configuration.direct_functions = reader.queues(DIRECT_FUNCTIONS);
        }
        if uses.ledger {
            configuration.ledger_table = reader.required(LEDGER_TABLE);
        }
        reader.check(configuration)
    }
}

impl RedriveConfiguration {
    /// Reads it. `has_region` is whether the SDK knows a region.
    ///
    /// # Errors
    /// [`EnvironmentError`] with every fault.
    pub fn read(variables: &Variables, has_region: bool) -> Result<Self, EnvironmentError> {
        let mut reader = Reader::new(variables, has_region);
        let configuration = Self { dead_letter_queues: reader.queues(DEAD_LETTER_QUEUES) };
        reader.check(configuration)
    }
}

/// Reads variables and gathers what is wrong with them.
struct Reader<'a> {
    variables: &'a Variables,
    faults: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(variables: &'a Variables, has_region: bool) -> Self {
        let region = (!has_region).then(|| REGION.to_owned());
        Self { variables, faults: region.into_iter().collect() }
    }

    fn required(&mut self, (name, how): (&str, &str)) -> String {
        self.variables.optional(name).unwrap_or_else(|| {
            self.faults.push(format!("  {name}: is missing. Set it to {how}"));
            String::new()
        })
    }

    fn trace_store(&mut self) -> TraceStoreConfiguration {
        let attribute = |name, usual: &str| self.variables.optional(name).unwrap_or_else(|| usual.to_owned());
        let organization_attribute = attribute("ORGANIZATION_ATTRIBUTE", names::resource::ORGANIZATION_ID);
        let simulation_attribute = attribute("SIMULATION_ATTRIBUTE", names::resource::SIMULATION_OUTPUT_ID);
        TraceStoreConfiguration {
            url: self.required(CLICKHOUSE_URL),
            database: self.required(CLICKHOUSE_DATABASE),
            table: self.required(CLICKHOUSE_TABLE),
            secret: self.required(CLICKHOUSE_SECRET),
            organization_attribute,
            simulation_attribute,
        }
    }

    fn queues<Key: Ord + DeserializeOwned>(&mut self, (name, how): (&str, &str)) -> BTreeMap<Key, String> {
        let json = self.required((name, how));
        match serde_json::from_str::<BTreeMap<Key, String>>(&json) {
            Ok(queues) if !queues.is_empty() => return queues,
            // Said already.
            _ if json.is_empty() => {}
            Ok(_) => self.faults.push(format!("  {name}: names no queue. Set it to {how}")),
            Err(error) => self.faults.push(format!("  {name}: {error}. Set it to {how}")),
        }
        BTreeMap::new()
    }

    fn check<T>(self, configuration: T) -> Result<T, EnvironmentError> {
        if self.faults.is_empty() { Ok(configuration) } else { Err(EnvironmentError { faults: self.faults }) }
    }
}
