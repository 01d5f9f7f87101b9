//! One event becomes one import job for every provider that the organization has connected (docs/ARCHITECTURE.md#event-and-job).

use std::time::Duration;

use futures_util::future::{try_join, try_join_all};
use spanlift_importer::{Disposition, PortError};
use spanlift_model::{
    Clock, ImportJob, OrganizationId, Provider, Refusal, SimulationCompleted, Timestamp, retry_delay,
};
use spanlift_runtime::{Handler, Message, Verdict};
use tracing::Instrument as _;

/// Whether an organization has a connection to a provider.
pub trait Connections: Send + Sync {
    /// True when there is a secret for it. Its value is not read.
    fn is_connected(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// The queues of the providers.
pub trait ImportQueues: Send + Sync {
    /// The providers that are deployed.
    fn providers(&self) -> Vec<Provider>;

    /// Sends a job to its provider's queue.
    fn send(&self, job: &ImportJob) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Where it is written down what became of an event.
pub trait FanoutLedger: Send + Sync {
    /// Writes which providers an event was sent to, and which the organization has not connected.
    fn record(
        &self,
        event: &SimulationCompleted,
        sent_to: &[Provider],
        not_connected: &[Provider],
        now: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// The fan-out from events to import jobs.
#[derive(Debug)]
pub struct Fanout<C, Q, L, K> {
    /// Who is connected to what.
    pub connections: C,
    /// Where jobs go.
    pub queues: Q,
    /// Where it is written down.
    pub ledger: L,
    /// The time.
    pub clock: K,
    /// The first wait after a failure is no longer; it doubles with every receive.
    pub retry_base: Duration,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fanned {
    /// The providers that a job was sent to.
    pub sent_to: Vec<Provider>,
    /// The providers that the organization has not connected.
    pub not_connected: Vec<Provider>,
}

impl<C: Connections, Q: ImportQueues, L: FanoutLedger, K: Clock> Fanout<C, Q, L, K> {
    /// Sends a job to every connected provider, then writes down that it did. Done again, it sends the same jobs
    /// again: the imports themselves see to it that they run once.
    ///
    /// # Errors
    /// When a port did not do its part.
    pub async fn fan_out(&self, event: &SimulationCompleted) -> Result<Fanned, PortError> {
        let ask = async |provider| {
            self.connections.is_connected(&event.organization_id, &provider).await.map(|answer| (provider, answer))
        };
        let answers = try_join_all(self.queues.providers().into_iter().map(ask)).await?;
        let named = |connected| {
            let of_answer = answers.iter().filter(move |(_, answer)| *answer == connected);
            of_answer.map(|(provider, _)| provider.clone()).collect::<Vec<_>>()
        };
        let fanned = Fanned { sent_to: named(true), not_connected: named(false) };
        let jobs: Vec<_> =
            fanned.sent_to.iter().map(|provider| ImportJob::first(event.clone(), provider.clone())).collect();
        let send = try_join_all(jobs.iter().map(|job| self.queues.send(job)));
        let record = self.ledger.record(event, &fanned.sent_to, &fanned.not_connected, self.clock.now());
        try_join(send, record).await?;
        Ok(fanned)
    }

    async fn handle_event(&self, event: &SimulationCompleted, receive_count: u32) -> Disposition {
        match self.fan_out(event).await {
            Ok(Fanned { sent_to, not_connected }) => {
                tracing::info!(sent_to = %names(&sent_to), not_connected = %names(&not_connected), "event fanned out");
                Disposition::Acknowledge
            }
            Err(error) => {
                tracing::warn!(%error, "the event was not fanned out; its message goes back to the queue");
                Disposition::Return(retry_delay(self.retry_base, receive_count, fastrand::f64()))
            }
        }
    }
}

impl<C: Connections, Q: ImportQueues, L: FanoutLedger, K: Clock> Handler for Fanout<C, Q, L, K> {
    async fn handle(&self, message: &Message<'_>) -> Verdict {
        let event = match SimulationCompleted::parse(message.body) {
            Ok(event) => event,
            Err(Refusal::IgnoredStatus) => {
                tracing::info!(
                    message_id = message.delivery.message_id,
                    "a simulation that did not take place; nothing to import"
                );
                return Verdict::Handled(Disposition::Acknowledge);
            }
            Err(refusal) => return Verdict::Refused(refusal),
        };
        let names = tracing::info_span!(
            "event",
            organization_id = %event.organization_id,
            simulation_output_id = %event.simulation_output_id,
            attempt = event.attempt,
            receive_count = message.delivery.receive_count,
        );
        Verdict::Handled(self.handle_event(&event, message.delivery.receive_count).instrument(names).await)
    }
}

fn names(providers: &[Provider]) -> String {
    providers.iter().map(Provider::as_str).collect::<Vec<_>>().join(",")
}
