use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use spanlift_model::{Caps, MatchedCap, Passes, names};
use spanlift_platform_client::AllowList;

use crate::TraceStoreConfiguration;

/// Everything that is wrong with a function's environment, in one message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function's environment is wrong:\n{}", faults.join("\n"))]
pub struct ConfigurationError {
    faults: Vec<String>,
}

/// A function's environment variables, read one by one; what is wrong is gathered, so that one start tells all.
pub struct Variables {
    values: BTreeMap<String, String>,
    faults: Vec<String>,
}

/// Names only: Lambda's credentials are among the values.
impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.values.keys().collect();
        formatter.debug_struct("Variables").field("names", &names).finish_non_exhaustive()
    }
}

impl Variables {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(std::env::vars())
    }

    /// The given ones. An empty value counts as absent.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = values.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        Self { values, faults: Vec::new() }
    }

    /// The value of `name`, if there is one.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    /// The value of `name`; a fault when there is none.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.faults.push(format!("{name} is missing"));
            String::new()
        })
    }

    /// The value of `name` as read by `read`, or `default`; a fault when it cannot be read.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        default: T,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        match self.optional(name).map(|value| read(value.trim())) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.faults.push(format!("{name}: {error}"));
                default
            }
        }
    }

    /// The value of `name` as JSON; a fault when there is none or it cannot be read.
    pub fn required_json<T: DeserializeOwned + Default>(&mut self, name: &str) -> T {
        match serde_json::from_str(&self.required(name)) {
            Ok(value) => value,
            Err(error) => {
                self.faults.push(format!("{name}: {error}"));
                T::default()
            }
        }
    }

    /// A whole number, 1 or more.
    pub fn number<T: FromStr<Err: std::fmt::Display> + PartialOrd + From<u8>>(&mut self, name: &str, default: T) -> T {
        self.parsed(name, default, |text| match text.parse::<T>() {
            Ok(number) if number >= T::from(1) => Ok(number),
            Ok(_) => Err("must be 1 or more".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Seconds, whole or not.
    pub fn seconds(&mut self, name: &str, default: Duration) -> Duration {
        self.parsed(name, default, seconds)
    }

    /// The configuration, or everything that is wrong with it.
    ///
    /// # Errors
    /// [`ConfigurationError`] with every fault found so far.
    pub fn check<T>(self, configuration: T) -> Result<T, ConfigurationError> {
        if self.faults.is_empty() { Ok(configuration) } else { Err(ConfigurationError { faults: self.faults }) }
    }
}

/// A number of seconds, whole or not.
///
/// # Errors
/// What is wrong with the text, as a sentence.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.trim().parse().map_err(|_| format!("\"{text}\" is no number of seconds"))?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

/// What every function needs.
#[derive(Clone, Debug)]
pub struct FunctionConfiguration {
    /// The queue that feeds the function.
    pub queue_url: String,
    /// Where messages go that can never be done.
    pub dead_letter_queue_url: String,
    /// Importers: failed tries of a pass after which the import fails and its message goes to the dead-letter queue.
    pub max_receives: u32,
    /// The `DynamoDB` table.
    pub ledger_table: String,
    /// How long the ledger remembers.
    pub ledger_lifetime: Duration,
    /// Connections are the secrets `<prefix>/<organization_id>/<provider>`.
    pub secret_prefix: String,
    /// The function's own timeout.
    pub function_timeout: Duration,
    /// The first wait after a transient failure.
    pub retry_base: Duration,
}

impl FunctionConfiguration {
    /// Reads it; faults are gathered in `variables`.
    pub fn read(variables: &mut Variables) -> Self {
        Self {
            queue_url: variables.required("QUEUE_URL"),
            dead_letter_queue_url: variables.required("DEAD_LETTER_QUEUE_URL"),
            max_receives: variables.number("MAX_RECEIVES", 5),
            ledger_table: variables.required("LEDGER_TABLE"),
            ledger_lifetime: Duration::from_secs(24 * 60 * 60 * variables.number("LEDGER_DAYS", 90_u64).min(36_500)),
            secret_prefix: variables.required("SECRET_PREFIX"),
            function_timeout: variables.seconds("FUNCTION_TIMEOUT_SECONDS", Duration::from_mins(1)),
            retry_base: variables.seconds("RETRY_BASE_SECONDS", Duration::from_secs(10)),
        }
    }
}

/// What an importer needs beside.
#[derive(Clone, Debug)]
pub struct ImporterConfiguration {
    /// What every function needs.
    pub function: FunctionConfiguration,
    /// How long one pass may take.
    pub budget: Duration,
    /// When a platform is looked at again.
    pub passes: Passes,
    /// How much an import may hold.
    pub caps: Caps,
    /// How long a rate-limited pass is put off at least.
    pub rate_limit_delay: Duration,
    /// Where outcomes are announced, if anywhere.
    pub outcome_queue_url: Option<String>,
    /// Addresses that may be called although they are private or not encrypted.
    pub allowed_hosts: AllowList,
    /// The alias through which direct requests are answered; none are without it.
    pub direct_alias: Option<String>,
    /// The namespace of the metrics, which tells deployments apart.
    pub metrics_namespace: String,
    /// The trace store.
    pub trace_store: TraceStoreConfiguration,
}

impl ImporterConfiguration {
    /// Reads it; faults are gathered in `variables`. `matched` is the provider's own cap.
    pub fn read(variables: &mut Variables, matched: MatchedCap) -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let last_look = variables.seconds("LAST_LOOK_SECONDS", minutes(5));
        let default_passes = vec![Duration::from_secs(20), minutes(1), minutes(5), minutes(15)];
        let pass_delays = variables
            .parsed("PASS_SECONDS", default_passes, |text| text.split(',').map(seconds).collect::<Result<Vec<_>, _>>());
        let caps = Caps::new(matched);
        let text_or =
            |variables: &Variables, name, default: &str| variables.optional(name).unwrap_or_else(|| default.to_owned());
        Self {
            function: FunctionConfiguration::read(variables),
            budget: variables.seconds("BUDGET_SECONDS", Duration::from_secs(90)),
            passes: Passes::new(pass_delays, last_look),
            caps: Caps {
                spans: variables.number("MAX_SPANS", caps.spans),
                bytes: variables.number("MAX_BYTES", caps.bytes),
                value_bytes: variables.number("MAX_VALUE_BYTES", caps.value_bytes),
                ..caps
            },
            rate_limit_delay: variables.seconds("RATE_LIMIT_SECONDS", Duration::from_secs(30)),
            outcome_queue_url: variables.optional("OUTCOME_QUEUE_URL"),
            allowed_hosts: variables.parsed("ALLOWED_HOSTS", AllowList::default(), str::parse),
            direct_alias: variables.optional("DIRECT_ALIAS").map(|alias| alias.trim().to_owned()),
            metrics_namespace: text_or(variables, "METRICS_NAMESPACE", "Spanlift"),
            trace_store: TraceStoreConfiguration {
                url: variables.required("CLICKHOUSE_URL"),
                database: text_or(variables, "CLICKHOUSE_DATABASE", "default"),
                table: text_or(variables, "CLICKHOUSE_TABLE", "otel_traces"),
                secret: variables.required("CLICKHOUSE_SECRET"),
                organization_attribute: text_or(variables, "ORGANIZATION_ATTRIBUTE", names::resource::ORGANIZATION_ID),
                simulation_attribute: text_or(variables, "SIMULATION_ATTRIBUTE", names::resource::SIMULATION_OUTPUT_ID),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 8] = [
        ("QUEUE_URL", "http://aws/queue"),
        ("DEAD_LETTER_QUEUE_URL", "http://aws/dead"),
        ("LEDGER_TABLE", "ledger"),
        ("SECRET_PREFIX", "spanlift"),
        ("CLICKHOUSE_URL", "http://clickhouse:8123"),
        ("CLICKHOUSE_SECRET", "spanlift/clickhouse"),
        ("PASS_SECONDS", "1, 2,0.5"),
        ("ALLOWED_HOSTS", "http://127.0.0.1:6006,https://10.0.0.0/8"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<ImporterConfiguration, ConfigurationError> {
        let pairs = GOOD.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut variables = Variables::new(pairs.collect::<BTreeMap<_, _>>());
        let configuration = ImporterConfiguration::read(&mut variables, MatchedCap::Spans(5_000));
        variables.check(configuration)
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let configuration = read(&[("BUDGET_SECONDS", " ")]).unwrap();
        assert_eq!(configuration.budget, Duration::from_secs(90));
        assert_eq!(configuration.function.max_receives, 5);
        assert_eq!(configuration.caps.spans, 20_000);
        assert!(configuration.passes.has_later(2) && !configuration.passes.has_later(3));
        assert_eq!((configuration.outcome_queue_url, configuration.direct_alias), (None, None));
        assert_eq!(configuration.metrics_namespace, "Spanlift");
    }

    #[test]
    fn every_fault_is_told_at_once_by_the_variables_name() {
        let wrong = [
            ("QUEUE_URL", ""),
            ("LEDGER_TABLE", ""),
            ("MAX_RECEIVES", "0"),
            ("LEDGER_DAYS", "many"),
            ("BUDGET_SECONDS", "-1"),
            ("PASS_SECONDS", "1,x"),
            ("ALLOWED_HOSTS", "10.0.0.0/8"),
        ];
        let faults = read(&wrong).unwrap_err().to_string();
        for (name, _) in wrong {
            assert!(faults.contains(name), "{name} is not in: {faults}");
        }
    }
}
