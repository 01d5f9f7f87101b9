use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use spanlift_model::correlation::Ownership;
use spanlift_model::{
    Attempts, Budget, Caps, Counts, Habit, ImportJob, PlatformError, Remedy, Settings, Truncation, select,
};
use tokio::time::timeout;

use crate::conclusion::{PassEnd, Read};
use crate::normalize::{Normalized, Normalizer};
use crate::ports::{Clock, Credentials, Freshness, Ledger, Platform, PortError, Queue, Record, StoreState, TraceStore};
use crate::settle::{Settled, read_until_settled};
use crate::{Importer, Query};

/// One pass, from the platform to the store.
impl<P, C, L, S, Q, K> Importer<P, C, L, S, Q, K>
where
    P: Platform,
    C: Credentials,
    L: Ledger,
    S: TraceStore,
    Q: Queue,
    K: Clock,
{
    /// Look-up and reading side by side, then what is ours and new into the store.
    pub(crate) async fn run_pass(
        &self,
        job: &ImportJob,
        record: &Record,
        budget: Budget,
        freshness: Freshness,
    ) -> PassEnd {
        let now = self.clock.now();
        let attempts = match self.ledger.attempts(job, now).await {
            Ok(others) => Attempts::new(job.event.this_attempt(), others),
            Err(error) => return PassEnd::Port(error),
        };
        if attempts.is_superseded() {
            return PassEnd::Superseded;
        }
        let query = Query {
            window: job.event.window(),
            attempts,
            hints: job.event.hints(),
            now,
            read_until: budget.read_until,
            most_spans: self.policy.caps.spans,
            most_bytes: self.policy.caps.bytes,
            is_last_pass: self.is_last_pass(job),
            may_fall_back: false,
            stored_traces: BTreeSet::new(),
            resume: None,
        };
        // The look-up wakes an idle store while the platform is read; native spans end the reading at once.
        let look_up = async {
            match self.store.look_up(job).await {
                Ok(state) if state.native > 0 => Err(PassEnd::Native),
                Ok(state) => Ok(state),
                Err(error) => Err(PassEnd::Port(error)),
            }
        };
        let read = async { Ok(self.connect_and_read(job, &query, freshness).await) };
        let (state, settled) = match tokio::try_join!(look_up, read) {
            Ok((state, Ok(settled))) => (state, settled),
            Ok((_, Err(end))) | Err(end) => return end,
        };
        let left = budget.ends_at.since(self.clock.now());
        let writing = self.write(job, record, &state, settled);
        match timeout(left, writing).await {
            Ok(Ok(read)) => PassEnd::Read(read),
            Ok(Err(error)) => PassEnd::Port(error),
            Err(_) => {
                PassEnd::Port(PortError::Uncertain { port: "trace store", detail: "the budget is over".to_owned() })
            }
        }
    }

    /// A cached secret that does not work is read afresh, once: somebody may have replaced the key.
    async fn connect_and_read(
        &self,
        job: &ImportJob,
        query: &Query,
        freshness: Freshness,
    ) -> Result<(Settings, Settled<P::Span>), PassEnd> {
        let (was_cached, result) = self.read_with(job, query, freshness).await;
        match result {
            Err(end) if was_cached && is_permanent(&end) => self.read_with(job, query, Freshness::Fresh).await.1,
            result => result,
        }
    }

    async fn read_with(
        &self,
        job: &ImportJob,
        query: &Query,
        freshness: Freshness,
    ) -> (bool, Result<(Settings, Settled<P::Span>), PassEnd>) {
        let secret = match self.credentials.secret(&job.event.organization_id, &job.provider, freshness).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return (false, Err(PassEnd::NotConnected)),
            Err(error) => return (false, Err(PassEnd::Port(error))),
        };
        let connection: P::Connection = match serde_json::from_str(secret.json.expose_secret()) {
            Ok(connection) => connection,
            Err(error) => return (secret.is_cached, Err(PassEnd::BadConnection(bad_connection(&error)))),
        };
        let settings = P::settings(&connection);
        let (habit, query) = match self.with_fallback(job, query, settings).await {
            Ok(known) => known,
            Err(error) => return (false, Err(PassEnd::Port(error))),
        };
        let left = query.read_until.since(self.clock.now());
        let takes_rootless = false;
        let reading = read_until_settled(&self.platform, &connection, &query, takes_rootless, &self.clock);
        match timeout(left, reading).await.unwrap_or(Err(PlatformError::Timeout)) {
            Ok(settled) => {
                self.learn(job, habit, &settled).await;
                (secret.is_cached, Ok((settings, settled)))
            }
            Err(error) => (secret.is_cached, Err(PassEnd::Platform(error))),
        }
    }

    /// The query, with leave to fall back to the window where the platform, the connection and what it has shown
    /// itself to be allow it.
    async fn with_fallback(
        &self,
        job: &ImportJob,
        query: &Query,
        settings: Settings,
    ) -> Result<(Option<Habit>, Query), PortError> {
        if !P::FALLS_BACK {
            return Ok((None, query.clone()));
        }
        let habit = self.ledger.habit(job).await?;
        let may_fall_back = settings.correlation.may_fall_back(habit, self.is_last_pass(job));
        Ok((habit, Query { may_fall_back, ..query.clone() }))
    }

    /// One tag is enough to know a connection as tagged; a whole schedule without one makes it untagged.
    async fn learn(&self, job: &ImportJob, habit: Option<Habit>, settled: &Settled<P::Span>) {
        let Settled { reading, owners, .. } = settled;
        let is_whole_schedule = self.is_last_pass(job) && reading.saw_all();
        // A platform's own session is no tag where it is another's, and is one where it is ours.
        let is_ours = |owner: &Ownership| matches!(owner, Ownership::Ours(_) | Ownership::Undecided(_));
        let is_tagged = reading.sightings.is_tagged() || owners.iter().any(is_ours);
        let learned = match habit {
            None | Some(Habit::Untagged) if is_tagged => Habit::Tagged,
            None if is_whole_schedule && reading.sightings.is_untagged() => Habit::Untagged,
            _ => return,
        };
        if P::FALLS_BACK
            && let Err(error) = self.ledger.learn(job, learned).await
        {
            tracing::warn!(%error, "it is not remembered whether the connection's traces are tagged; a later import will");
        }
    }

    fn is_last_pass(&self, job: &ImportJob) -> bool {
        !self.policy.passes.has_later(job.pass)
    }

    /// Normalizes what is ours, inserts what the store does not have, and counts what it has then.
    async fn write(
        &self,
        job: &ImportJob,
        record: &Record,
        state: &StoreState,
        (settings, settled): (Settings, Settled<P::Span>),
    ) -> Result<Read, PortError> {
        let Settled { reading, owners, completeness, left, empty_reason } = settled;
        let normalizer = Normalizer::new(job, self.is_last_pass(job), settings, self.policy.caps, &reading.source_host);
        let Normalized { spans, matched_by, mut rejected } = normalizer.normalize::<P>(&reading.spans, &owners);
        for (cause, count) in left {
            *rejected.entry(cause).or_default() += count;
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let earlier_bytes = usize::try_from(record.inserted_bytes).unwrap_or(usize::MAX);
        let caps = self.policy.caps;
        let caps = Caps { bytes: caps.bytes.saturating_sub(earlier_bytes), ..caps };
        let selection = select(spans, &state.stored, caps);
        let stored = if selection.new.is_empty() {
            count(state.stored.len())
        } else {
            self.store.insert(job, &selection.new).await?;
            self.store.count(job).await?
        };
        Ok(Read {
            truncated: selection.truncated.or(reading.cut),
            incomplete: !completeness.is_whole()
                || matches!(reading.cut, Some(Truncation::Budget | Truncation::Paging)),
            matched_by,
            server_version: reading.server_version,
            empty_reason: (completeness.spans == 0).then_some(empty_reason),
            counts: Counts {
                requests: reading.requests,
                matched_traces: completeness.traces,
                matched_spans: completeness.spans,
                stored,
                inserted: count(selection.new.len()),
                inserted_bytes: count(selection.bytes),
                rejected,
            },
        })
    }
}

fn is_permanent(end: &PassEnd) -> bool {
    match end {
        PassEnd::BadConnection(_) => true,
        PassEnd::Platform(error) => matches!(error.remedy(), Remedy::Person | Remedy::NotYet),
        _ => false,
    }
}

/// Names what is wrong with a connection's secret without a word of what stands in it.
fn bad_connection(error: &serde_json::Error) -> String {
    let problem = match error.classify() {
        serde_json::error::Category::Data => "lacks a field, or holds one of the wrong type",
        _ => "is not JSON",
    };
    format!("the connection's secret {problem}: make it anew as the README shows")
}
