//! What the commands need of the world, a trait each. Tests bring made-up ones.

use spanlift_aws::Entries;
use spanlift_importer::ports::PortError;
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
