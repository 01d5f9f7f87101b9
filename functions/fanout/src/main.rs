//! The fan-out's wiring: SQS in, SQS out, Secrets Manager and `DynamoDB` beside.

use std::collections::BTreeMap;
use std::time::Duration;

use fanout::{Connections, Fanout, FanoutLedger, ImportQueues};
use spanlift_aws::{DynamoLedger, QueueUrls, Queues};
use spanlift_importer::PortError;
use spanlift_importer::ports::Queue as _;
use spanlift_model::{ImportJob, OrganizationId, Provider, SimulationCompleted, Timestamp};
use spanlift_runtime::{FunctionConfiguration, NoDirect, SystemClock, Variables, beside_the_start, run, start_logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut variables = Variables::of_process();
    start_logs(module_path!(), &variables.optional("LOG_LEVEL").unwrap_or_default());
    let function = FunctionConfiguration::read(&mut variables);
    let imports = variables.required_json::<BTreeMap<Provider, String>>("PROVIDER_QUEUES");
    let (function, imports) = variables.check((function, imports))?;

    let aws = spanlift_aws::of_function().await;
    let urls = QueueUrls { own: function.queue_url, dead_letter: function.dead_letter_queue_url, outcomes: None };
    let queues = Queues::new(&aws, urls).with_imports(imports.clone());
    let fanout = Fanout {
        connections: Secrets(spanlift_aws::Connections::new(&aws, &function.secret_prefix, SystemClock)),
        queues: Imports { queues: queues.clone(), providers: imports.into_keys().collect() },
        ledger: Items(DynamoLedger::new(&aws, &function.ledger_table, function.ledger_lifetime)),
        clock: SystemClock,
        retry_base: function.retry_base,
    };
    beside_the_start(spanlift_aws::read_certificates);
    run(&fanout, &queues, &NoDirect, None).await.map_err(anyhow::Error::from_boxed)
}

struct Secrets(spanlift_aws::Connections);

impl Connections for Secrets {
    async fn is_connected(&self, organization_id: &OrganizationId, provider: &Provider) -> Result<bool, PortError> {
        self.0.is_connected(organization_id, provider).await
    }
}

struct Imports {
    queues: Queues,
    providers: Vec<Provider>,
}

impl ImportQueues for Imports {
    fn providers(&self) -> Vec<Provider> {
        self.providers.clone()
    }

    async fn send(&self, job: &ImportJob) -> Result<(), PortError> {
        self.queues.send(job, Duration::ZERO).await
    }
}

struct Items(DynamoLedger);

impl FanoutLedger for Items {
    async fn record(
        &self,
        event: &SimulationCompleted,
        sent_to: &[Provider],
        not_connected: &[Provider],
        now: Timestamp,
    ) -> Result<(), PortError> {
        self.0.record_fanout(event, sent_to, not_connected, now).await
    }
}
