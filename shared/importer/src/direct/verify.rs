use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use spanlift_model::{
    Attempt, Attempts, Budget, Clock, EmptyReason, Habit, OrganizationId, PlatformError, Provider, SourceId, Timestamp,
    Window,
};
use tokio::time::timeout;

use super::answer::{KeyFound, Refused, Verified};
use super::request::VerifyRequest;
use crate::pass::{HAND_OVER, bad_connection};
use crate::ports::{Credentials, Freshness, Ledger, Platform, Queue, Secret, TraceStore};
use crate::{Discovery, Importer, PortError, Query, Reading};

/// How long a look at a connection may take.
const TIME: Duration = Duration::from_secs(9);
/// How far back it looks.
const DAY: Duration = Duration::from_hours(24);
/// The newest rows that it looks at.
const MOST_ROWS: usize = 1_000;

impl<P, C, L, S, Q, K> Importer<P, C, L, S, Q, K>
where
    P: Platform,
    C: Credentials,
    L: Ledger,
    S: TraceStore,
    Q: Queue,
    K: Clock,
{
    /// Looks at what a connection reaches: the newest rows of the last day, and which keys stand on them. `deadline` is when
    /// the function is killed.
    ///
    /// # Errors
    /// [`Refused`] says why the connection does not work, as an import that fails would.
    pub async fn verify(&self, request: &VerifyRequest, deadline: Timestamp) -> Result<Verified, Refused> {
        let began_at = self.clock.now();
        let provider: Provider = P::PROVIDER.parse().map_err(|_| Refused::not_connected(P::PROVIDER))?;
        let secret = self.secret_to_verify(request, &provider).await?;
        let connection: P::Connection = serde_json::from_str(secret.json.expose_secret())
            .map_err(|error| Refused::bad_connection(bad_connection(&error)))?;
        let ends_at = Budget::new(began_at, TIME, deadline, self.policy.function_timeout).ends_at;
        let query = newest_rows(began_at, ends_at.minus(HAND_OVER));
        let reading = self.platform.read(&connection, &query);
        let reading = match timeout(ends_at.since(self.clock.now()), reading).await {
            Ok(reading) => reading.map_err(|error| Refused::from(&error))?,
            Err(_) => return Err(Refused::from(&PlatformError::Timeout)),
        };
        let source = SourceId::new(&P::source(&connection));
        let learned = request.learn && self.learn_tagged(&request.organization_id, &provider, source, &reading).await;
        let version = secret.version;
        Ok(Verified {
            learned,
            duration_ms: u64::try_from(self.clock.now().since(began_at).as_millis()).unwrap_or(u64::MAX),
            ..verified(&request.organization_id, &provider, version, &reading)
        })
    }

    async fn secret_to_verify(&self, request: &VerifyRequest, provider: &Provider) -> Result<Secret, Refused> {
        let organization_id = &request.organization_id;
        let secret = match &request.version {
            Some(version) => self.credentials.version(organization_id, provider, version).await,
            None => self.credentials.secret(organization_id, provider, Freshness::Fresh).await,
        };
        match (secret, &request.version) {
            (Ok(Some(secret)), _) => Ok(secret),
            (Ok(None), None) => Err(Refused::not_connected(P::PROVIDER)),
            (Ok(None), Some(_)) => {
                let advice =
                    format!("The organization has no connection to {provider}, or its secret has no such version.");
                Err(Refused::new("not_connected", advice))
            }
            (Err(error), _) => Err(Refused::from(&error)),
        }
    }

    /// That one tag was seen holds for ever; that none was seen is never learned so.
    async fn learn_tagged(
        &self,
        organization_id: &OrganizationId,
        provider: &Provider,
        source: SourceId,
        reading: &Reading<P::Span>,
    ) -> bool {
        if !P::FALLS_BACK || !reading.sightings.is_tagged() {
            return false;
        }
        let written: Result<(), PortError> = self.ledger.learn(organization_id, provider, source, Habit::Tagged).await;
        if let Err(error) = &written {
            tracing::warn!(%error, "it is not remembered whether the connection's traces are tagged; a later import will");
        }
        written.is_ok()
    }
}

/// The newest rows of the last day, whoever's they are.
fn newest_rows(now: Timestamp, read_until: Timestamp) -> Query {
    let window = Window { from: now.minus(DAY), to: now };
    Query {
        window,
        hints: Vec::new(),
        attempts: Attempts::new(Attempt { number: 1, started_at: window.from, ended_at: window.to }, []),
        now,
        read_until,
        most_spans: MOST_ROWS,
        most_bytes: 0,
        is_last_pass: false,
        may_fall_back: false,
        stored_traces: BTreeSet::new(),
        resume: None,
        newest: Some(MOST_ROWS),
    }
}

fn verified<S>(
    organization_id: &OrganizationId,
    provider: &Provider,
    version: String,
    reading: &Reading<S>,
) -> Verified {
    let sample = &reading.sample;
    let keys = sample.keys();
    let is_whole_day = reading.discovery == Discovery::Whole && reading.cut.is_none();
    let finding = match (sample.rows(), keys.is_empty()) {
        // Rows that nobody could read are not nothing.
        (0, _) if is_whole_day => Some(EmptyReason::NothingInWindow),
        (1.., true) => Some(EmptyReason::Untagged),
        _ => None,
    };
    Verified {
        ok: true,
        organization_id: organization_id.to_string(),
        provider: provider.to_string(),
        version,
        host: reading.source_host.clone(),
        server_version: reading.server_version.map(|version| version.to_string()),
        rows: sample.rows(),
        traces: sample.traces(),
        unreadable: sample.unknown(),
        newest: sample.newest(),
        oldest: sample.oldest(),
        is_whole_day,
        keys: keys
            .into_iter()
            .map(|share| KeyFound { key: share.key.as_str().to_owned(), rows: share.rows, traces: share.traces })
            .collect(),
        finding: finding.map(|finding| finding.to_string()),
        advice: finding.and_then(advice).map(str::to_owned),
        learned: false,
        requests: reading.requests,
        duration_ms: 0,
    }
}

/// What to do about a connection that works and finds nothing to import.
const fn advice(finding: EmptyReason) -> Option<&'static str> {
    match finding {
        EmptyReason::NothingInWindow => Some(
            "Host, key and project are right, and the project holds no trace of the last day. Check that the agent traces into \
             this project and that its clock is right; make a call, and verify again.",
        ),
        EmptyReason::Untagged => Some(
            "Host, key and project are right, and none of the newest traces says which simulation it belongs to. Let the agent \
             set simulation_output_id on its traces; make a call, and verify again.",
        ),
        _ => None,
    }
}
