//! What these commands need of the world. Tests bring made-up ones.

use serde_json::Value;
use spanlift_importer::PortError;
use spanlift_importer::direct::{VerifyAnswer, VerifyRequest};
use spanlift_model::{OrganizationId, Provider, Timestamp};

use super::connection::Connection;

/// What is known of a connection's secret without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The organization.
    pub organization_id: String,
    /// The platform.
    pub provider: String,
    /// The id of the version that imports read.
    pub current: Option<String>,
    /// The id of a version that somebody tries.
    pub pending: Option<String>,
    /// It was never seen to work, and nothing is imported from it.
    pub is_unverified: bool,
    /// Somebody deleted it, and AWS still keeps its name.
    pub is_deleted: bool,
    /// When its value last changed.
    pub configured_at: Option<Timestamp>,
}

/// How the current version of a secret was to be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It was.
    Done,
    /// It was another one by then: somebody else was quicker.
    SomebodyElse,
}

/// Where connections' secrets are, for those who administer them.
pub trait ConnectionStore {
    /// What is known of a connection; `None` where there is none.
    fn describe(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
    ) -> impl Future<Output = Result<Option<Described>, PortError>>;

    /// All connections, of one organization or of everybody.
    fn list(&self, organization_id: Option<&OrganizationId>)
    -> impl Future<Output = Result<Vec<Described>, PortError>>;

    /// Makes a connection that is marked as unverified; the id of its version.
    fn create(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        connection: &Connection,
    ) -> impl Future<Output = Result<String, PortError>>;

    /// The value of one version.
    fn value(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
    ) -> impl Future<Output = Result<Connection, PortError>>;

    /// Puts a version that no import reads; its id.
    fn put_pending(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        connection: &Connection,
    ) -> impl Future<Output = Result<String, PortError>>;

    /// Makes a pending version the current one, if `from` still is that.
    fn promote(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
        from: &str,
    ) -> impl Future<Output = Result<Moved, PortError>>;

    /// Takes the mark of being tried from a version, if it has it.
    fn drop_pending(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
    ) -> impl Future<Output = Result<(), PortError>>;

    /// Takes the mark of being unverified away: from now on it is imported from.
    fn mark_verified(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
    ) -> impl Future<Output = Result<(), PortError>>;

    /// Deletes a connection for good.
    fn delete(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
    ) -> impl Future<Output = Result<(), PortError>>;
}

/// The providers' functions, asked directly.
pub trait Functions {
    /// The providers that are deployed.
    fn providers(&self) -> Vec<Provider>;

    /// Asks a provider's function whether a connection works.
    fn verify(
        &self,
        provider: &Provider,
        request: VerifyRequest,
    ) -> impl Future<Output = Result<VerifyAnswer, PortError>>;

    /// Asks it what an import would do; `event` as fanout takes it.
    fn preview(
        &self,
        provider: &Provider,
        event: Value,
    ) -> impl Future<Output = Result<spanlift_importer::direct::PreviewAnswer, PortError>>;
}
