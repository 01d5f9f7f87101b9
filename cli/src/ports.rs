//! What the commands need of the world, a trait each. Tests bring made-up ones.

use spanlift_aws::{DeadLetter, Entries};
use spanlift_importer::PortError;
use spanlift_model::{ImportJob, OrganizationId, Provider, SimulationCompleted, SimulationOutputId, Timestamp, Window};
use spanlift_trace_store::StoredSpan;

/// Where it can be read how imports stand.
pub trait LedgerView {
    /// All that the ledger has of a simulation `now`.
    fn entries(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Entries, PortError>>;
}

/// Where events and jobs go.
pub trait Outbox {
    /// Sends an event to fanout.
    fn send_event(&self, event: &SimulationCompleted) -> impl Future<Output = Result<(), PortError>>;

    /// The providers that are deployed.
    fn providers(&self) -> Vec<Provider>;

    /// Has the organization a connection to the provider?
    fn is_connected(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
    ) -> impl Future<Output = Result<bool, PortError>>;

    /// Sends a job to its provider's queue.
    fn send_job(&self, job: &ImportJob) -> impl Future<Output = Result<(), PortError>>;
}

/// Where messages lie that were tried too often or refused. Queues go by their URLs.
pub trait DeadLetterOffice {
    /// How many messages can be taken from a dead-letter queue.
    fn count(&self, queue: &str) -> impl Future<Output = Result<usize, PortError>>;

    /// Takes some of them, which nobody else sees for a while; none when there is none.
    fn take(&self, queue: &str, at_most: usize) -> impl Future<Output = Result<Vec<DeadLetter>, PortError>>;

    /// Sends a message that was taken to the queue that it came from, with another body.
    fn send(&self, queue: &str, letter: &DeadLetter, body: String) -> impl Future<Output = Result<(), PortError>>;

    /// Deletes a message that was taken from a dead-letter queue.
    fn delete(&self, queue: &str, letter: &DeadLetter) -> impl Future<Output = Result<(), PortError>>;

    /// Lets others see a message that was taken and stays.
    fn put_back(&self, queue: &str, letter: &DeadLetter) -> impl Future<Output = Result<(), PortError>>;
}

/// Where spans are read.
pub trait SpanView {
    /// A simulation's spans that start in `window`, imported and native, by their start.
    fn spans(
        &self,
        organization_id: &OrganizationId,
        simulation_output_id: &SimulationOutputId,
        window: Window,
    ) -> impl Future<Output = Result<Vec<StoredSpan>, PortError>>;
}
