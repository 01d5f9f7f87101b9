//! Everything that one import says: its log at `trace`, and all that is kept of it.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use spanlift_fakes::{FakeLedger, FakeQueue, FakeStore, VirtualClock};
use spanlift_importer::ports::{Credentials, Freshness, Platform, Secret};
use spanlift_importer::{Delivery, Importer, Policy, PortError, Report};
use spanlift_model::{Caps, Clock as _, ImportJob, MatchedCap, OrganizationId, Passes, Provider};
use tracing::Instrument as _;
use tracing::subscriber::DefaultGuard;

use crate::virtual_time::ticking;

/// A log in memory.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes all that this thread logs from now on, as a function logs it whose `LOG_LEVEL` is `trace`.
    pub(crate) fn start(&self, function: &'static str) -> DefaultGuard {
        let log = self.clone();
        tracing::subscriber::set_default(spanlift_runtime::logs(function, "trace", move || log.clone()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Secrets as they lie in Secrets Manager: any text, by organization.
pub(crate) struct Secrets(pub(crate) Vec<(String, String)>);

/// The engine shows itself with all that is around it, and this is the one thing that holds what nobody may see.
impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets")
    }
}

impl Credentials for Secrets {
    async fn secret(
        &self,
        organization: &OrganizationId,
        _: &Provider,
        _: Freshness,
    ) -> Result<Option<Secret>, PortError> {
        let text = self.0.iter().find(|(name, _)| name == organization.as_str()).map(|(_, text)| text.clone());
        Ok(text.map(|text| Secret { json: text.into(), version: "version-1".to_owned(), is_cached: false }))
    }

    async fn version(
        &self,
        organization: &OrganizationId,
        provider: &Provider,
        _: &str,
    ) -> Result<Option<Secret>, PortError> {
        self.secret(organization, provider, Freshness::Fresh).await
    }
}

/// An engine with everything around it in memory.
pub(crate) type Engine<P> = Importer<P, Secrets, FakeLedger, FakeStore, FakeQueue, VirtualClock>;

/// One on `platform` whose first pass is its last.
pub(crate) fn engine<P: Platform>(platform: P, secrets: Secrets, clock: VirtualClock, cap: MatchedCap) -> Engine<P> {
    let seconds = std::time::Duration::from_secs;
    Importer {
        platform,
        credentials: secrets,
        ledger: FakeLedger::default(),
        store: FakeStore::default(),
        queue: FakeQueue::new(clock),
        clock,
        policy: Policy {
            budget: seconds(30),
            function_timeout: seconds(45),
            passes: Passes::new(Vec::new(), seconds(0)),
            caps: Caps::new(cap),
            max_tries: 2,
            retry_base: seconds(1),
            rate_limit_delay: seconds(1),
        },
    }
}

/// Delivers a job once, in the span of its import, as the runtime does.
pub(crate) async fn deliver<P: Platform>(engine: &Engine<P>, job: &ImportJob, receive_count: u32) -> Report {
    let delivery = Delivery {
        invocation_id: format!("{}-{receive_count}", job.import_id()),
        message_id: job.import_id().to_string(),
        receive_count,
        deadline: engine.clock.now().plus(engine.policy.function_timeout),
    };
    let names = tracing::info_span!(
        "import",
        organization_id = %job.event.organization_id,
        simulation_output_id = %job.event.simulation_output_id,
    );
    let report = ticking(engine.import(job, &delivery).instrument(names.clone())).await;
    names.in_scope(|| tracing::info!(?report, "{}", report.story));
    report
}

/// Everything that is kept, and how every part shows itself.
pub(crate) fn kept<P: Platform + std::fmt::Debug>(engine: &Engine<P>) -> String {
    let outcomes = engine.queue.outcomes.lock().unwrap();
    let outcomes: Vec<String> = outcomes.iter().map(|outcome| serde_json::to_string(outcome).unwrap()).collect();
    format!("{engine:?}\n{}", outcomes.join("\n"))
}
