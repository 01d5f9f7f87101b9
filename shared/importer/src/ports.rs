//! What the engine needs of the world, a trait each. Real ones are thin adapters; tests bring fakes.

use std::collections::HashSet;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use spanlift_conventions::SentSpan;
use spanlift_model::{
    Attempt, Attempts, Habit, ImportJob, OrganizationId, PlatformError, Provider, Settings, SourceId, SourceSpan, Span,
    SpanKey, Timestamp,
};

use crate::{Conclusion, Outcome, PortError, Query, Reading, Record};

/// A platform that traces are read from: all that differs from one provider to the next.
pub trait Platform: Send + Sync {
    /// The connection's secret, with its credentials as `SecretString`s.
    type Connection: DeserializeOwned + Send + Sync;
    /// A span as the platform tells it.
    type Span: SourceSpan + Send + Sync;

    /// Its name: the function, the queue, the stored `service.name`.
    const PROVIDER: &'static str;

    /// Does it fall back to the window where nothing is tagged? Most fail closed.
    const FALLS_BACK: bool = false;

    /// The settings that every connection has.
    fn settings(connection: &Self::Connection) -> Settings;

    /// Names what a connection reads from, without a secret: the host, and the project or the public key. What was
    /// learned of one is not true of another.
    fn source(connection: &Self::Connection) -> String;

    /// Reads the traces of one simulation. Reads no clock but to keep `query.read_until`.
    fn read(
        &self,
        connection: &Self::Connection,
        query: &Query,
    ) -> impl Future<Output = Result<Reading<Self::Span>, PlatformError>> + Send;

    /// The span as the agent's SDK sent it, the platform's wrapping undone; what it means is said by the conventions. Pure.
    ///
    /// # Errors
    /// The cause, as one word, under which the span is counted as rejected.
    fn unwrap(span: &Self::Span) -> Result<SentSpan, &'static str>;
}

/// Where connections' secrets are.
pub trait Credentials: Send + Sync {
    /// The secret of an organization's connection to a provider; `None` when there is none.
    fn secret(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        freshness: Freshness,
    ) -> impl Future<Output = Result<Option<Secret>, PortError>> + Send;

    /// One version of that secret, by its id; `None` when there is no secret or no such version. Neither looked for in the
    /// cache nor put into it: it may be a version that is being tried, and no import may read it.
    fn version(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        version: &str,
    ) -> impl Future<Output = Result<Option<Secret>, PortError>> + Send;
}

/// May a secret come from the cache?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Yes.
    Cached,
    /// No: the cached one did not work.
    Fresh,
}

/// A connection's secret, JSON.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The JSON text.
    pub json: SecretString,
    /// Names this version of the secret; no secret itself.
    pub version: String,
    /// It came from the cache and may be out of date.
    pub is_cached: bool,
}

/// Where it is written down how every import stands.
pub trait Ledger: Send + Sync {
    /// Takes the lease of an import for one pass, in one conditional write, and counts a try.
    ///
    /// It is taken where nothing is known of the import, where this pass is due, or where the lease of whoever had it is
    /// over. A forced job begins a final import anew; beside a pass that is not due yet it takes the lease and leaves that
    /// pass as it is. A live lease is never broken.
    fn claim(&self, claim: Claim<'_>) -> impl Future<Output = Result<Claimed, PortError>> + Send;

    /// Writes how the pass ended and gives the lease back, if it is still `claim.owner`'s. Keeps the outcome
    /// ([`Outcome::new`]), should it have to be announced again. Tries count anew but after a transient failure.
    ///
    /// # Errors
    /// [`PortError::Fenced`] when somebody else holds the lease by now.
    fn complete(&self, claim: Claim<'_>, conclusion: &Conclusion)
    -> impl Future<Output = Result<(), PortError>> + Send;

    /// What is known of a job's import; `None` if nothing is. Takes no lease and counts no try. While another execution holds the
    /// lease, this is the record that a claim would be refused with.
    fn record(&self, job: &ImportJob, now: Timestamp)
    -> impl Future<Output = Result<Option<Record>, PortError>> + Send;

    /// The attempts at a job's simulation that the ledger knows of, whoever wrote of them.
    fn attempts(&self, job: &ImportJob, now: Timestamp)
    -> impl Future<Output = Result<Vec<Attempt>, PortError>> + Send;

    /// What a source of an organization has shown itself to be; `None` while it has shown nothing.
    fn habit(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
    ) -> impl Future<Output = Result<Option<Habit>, PortError>> + Send;

    /// Remembers what a source has shown itself to be: `Untagged` only where nothing is remembered yet.
    fn learn(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
        habit: Habit,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Who asks for a lease, for what, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The pass.
    pub job: &'a ImportJob,
    /// Unique per execution.
    pub owner: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Until when nobody else may run the import.
    pub lease_until: Timestamp,
}

/// The ledger's answer to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The lease is ours.
    Ours(Record),
    /// Somebody else holds it until then.
    Leased(Timestamp),
    /// This pass is done, or the import has ended.
    Done(Record),
}

/// The table of spans.
pub trait TraceStore: Send + Sync {
    /// Counts native spans of this attempt at the simulation and names this import's stored ones.
    fn look_up(
        &self,
        job: &ImportJob,
        attempts: &Attempts,
    ) -> impl Future<Output = Result<StoreState, PortError>> + Send;

    /// Inserts the rows, all or none. The same rows again, in the schedule that began at the same moment, are one insert
    /// for as long as the server remembers.
    fn insert(
        &self,
        job: &ImportJob,
        schedule: Timestamp,
        rows: &[Span],
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The rows that the store has of this import.
    fn count(&self, job: &ImportJob) -> impl Future<Output = Result<u64, PortError>> + Send;
}

/// What the store holds for a simulation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreState {
    /// Native spans of the simulation.
    pub native: u64,
    /// This import's spans.
    pub stored: HashSet<SpanKey>,
}

/// The queues that an import writes to.
pub trait Queue: Send + Sync {
    /// Sends a job to its provider's queue, to be seen after `delay` (900 s at most).
    fn send(&self, job: &ImportJob, delay: Duration) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Puts a job that failed for good, after all its tries, into the dead-letter queue, with the reason.
    fn dead_letter(
        &self,
        job: &ImportJob,
        reason: &str,
        detail: &str,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Tells those who listen how a pass ended.
    fn announce(&self, outcome: &Outcome) -> impl Future<Output = Result<(), PortError>> + Send;
}
