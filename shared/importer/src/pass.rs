use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use secrecy::ExposeSecret;
use spanlift_model::correlation::Ownership;
use spanlift_model::{
    Attempts, BAD_KEEP_ATTRIBUTES, Budget, Caps, Clock, Counts, Habit, ImportJob, PlatformError, Remedy, Settings,
    SourceId, Span, Status, Timestamp, TraceId, Truncation,
};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::decide::{PassEnd, Read};
use crate::normalize::{LATE_IN_CALL, Normalizer};
use crate::ports::{Credentials, Freshness, Ledger, Platform, Queue, StoreState, TraceStore};
use crate::read_loop::{Settled, read_until_settled};
use crate::{Importer, PortError, Progress, Query, Record};

/// A reading that stops in time is handed over within so long; one that does not is given up.
pub const HAND_OVER: Duration = Duration::from_millis(500);

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
        let (attempts, mut query) = match self.query(job, record, budget).await {
            Ok(query) => query,
            Err(end) => return end,
        };
        let may_be_stored = record.status == Some(Status::Imported) || record.tries > 1;
        let looked_up_and_read = if may_be_stored {
            // What is stored is read again, so it must be known first.
            self.look_up_then_read(job, record, &attempts, &mut query, freshness).await
        } else {
            self.look_up_while_reading(job, record, &attempts, &query, freshness).await
        };
        let (state, found) = match looked_up_and_read {
            Ok(both) => both,
            Err(end) => return end,
        };
        self.learn(job, &found, query.is_last_pass).await;
        let preparing = self.prepare(job, record, &state, query.now, found);
        let Ok(ready) = timeout(budget.ends_at.since(self.clock.now()), preparing).await else {
            return PassEnd::Slow;
        };
        match timeout(budget.ends_at.since(self.clock.now()), self.write(job, record, ready)).await {
            Ok(Ok(read)) => PassEnd::Read(read),
            Ok(Err(error)) => PassEnd::Port(error),
            Err(_) => {
                PassEnd::Port(PortError::Uncertain { port: "trace store", detail: "the budget is over".to_owned() })
            }
        }
    }

    /// The attempts at the simulation, and what its platform is asked for.
    pub(crate) async fn query(
        &self,
        job: &ImportJob,
        record: &Record,
        budget: Budget,
    ) -> Result<(Attempts, Query), PassEnd> {
        let now = self.clock.now();
        let others = self.ledger.attempts(job, now).await.map_err(PassEnd::Port)?;
        let attempts = Attempts::new(job.event.this_attempt(), others);
        if attempts.is_superseded() {
            return Err(PassEnd::Superseded);
        }
        let query = Query {
            window: job.event.window(),
            attempts: attempts.clone(),
            hints: job.event.hints(),
            now,
            read_until: budget.read_until.minus(HAND_OVER),
            most_spans: self.policy.caps.spans,
            most_bytes: self.policy.caps.bytes,
            is_last_pass: self.is_last_pass(job, record),
            may_fall_back: false,
            stored_traces: BTreeSet::new(),
            resume: None,
            newest: None,
        };
        Ok((attempts, query))
    }

    pub(crate) async fn look_up_then_read(
        &self,
        job: &ImportJob,
        record: &Record,
        attempts: &Attempts,
        query: &mut Query,
        freshness: Freshness,
    ) -> Result<(StoreState, Found<P::Span>), PassEnd> {
        let state = self.look_up(job, attempts).await?;
        query.stored_traces = state.stored.iter().map(|(trace, _)| *trace).collect();
        Ok((state, self.connect_and_read(job, record, query, freshness).await?))
    }

    /// Side by side: the look-up wakes an idle store while the platform is read. A look-up that fails, or that finds
    /// native spans, ends the reading at once. A reading that fails does not end the look-up: native spans are what is
    /// said of such an import.
    async fn look_up_while_reading(
        &self,
        job: &ImportJob,
        record: &Record,
        attempts: &Attempts,
        query: &Query,
        freshness: Freshness,
    ) -> Result<(StoreState, Found<P::Span>), PassEnd> {
        let reading = async { Ok(self.connect_and_read(job, record, query, freshness).await) };
        let (state, found) = tokio::try_join!(self.look_up(job, attempts), reading)?;
        Ok((state, found?))
    }

    /// What the store has of this import; native spans end the pass.
    async fn look_up(&self, job: &ImportJob, attempts: &Attempts) -> Result<StoreState, PassEnd> {
        match self.store.look_up(job, attempts).await {
            Ok(state) if state.native > 0 => Err(PassEnd::Native),
            Ok(state) => Ok(state),
            Err(error) => Err(PassEnd::Port(error)),
        }
    }

    /// A secret that does not work is read afresh, once: somebody may have replaced the key, before the pass or while it
    /// read. A fresh one that is still the current version is not tried twice.
    async fn connect_and_read(
        &self,
        job: &ImportJob,
        record: &Record,
        query: &Query,
        freshness: Freshness,
    ) -> Result<Found<P::Span>, PassEnd> {
        let (used, result) = self.read_with(job, record, query, freshness).await;
        match (result, used) {
            (Err(end), Some(used)) if is_permanent(&end) => {
                if used.is_cached || self.was_replaced(job, &used.version).await {
                    return self.read_with(job, record, query, Freshness::Fresh).await.1;
                }
                Err(end)
            }
            (result, _) => result,
        }
    }

    /// Is another version of the secret current by now? Where that cannot be known, no.
    async fn was_replaced(&self, job: &ImportJob, version: &str) -> bool {
        let newest = self.credentials.secret(&job.event.organization_id, &job.provider, Freshness::Fresh).await;
        matches!(newest, Ok(Some(secret)) if secret.version != version)
    }

    async fn read_with(
        &self,
        job: &ImportJob,
        record: &Record,
        query: &Query,
        freshness: Freshness,
    ) -> (Option<Used>, Result<Found<P::Span>, PassEnd>) {
        let secret = match self.credentials.secret(&job.event.organization_id, &job.provider, freshness).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return (None, Err(PassEnd::NotConnected)),
            Err(error) => return (None, Err(PassEnd::Port(error))),
        };
        let used = Some(Used { is_cached: secret.is_cached, version: secret.version.clone() });
        let connection: P::Connection = match serde_json::from_str(secret.json.expose_secret()) {
            Ok(connection) => connection,
            Err(error) => return (used, Err(PassEnd::BadConnection(bad_connection(&error)))),
        };
        let settings = P::settings(&connection);
        let source = SourceId::new(&P::source(&connection));
        let habit = match self.habit(job, record, source, query.is_last_pass).await {
            Ok(habit) => habit,
            Err(error) => return (None, Err(PassEnd::Port(error))),
        };
        // Another version of the secret may name another project.
        let progress = record.progress.as_ref().filter(|progress| progress.secret_version == secret.version);
        let query = Query {
            may_fall_back: P::FALLS_BACK && settings.correlation.may_fall_back(habit, query.is_last_pass),
            resume: progress.map(|progress| progress.mark.clone()),
            ..query.clone()
        };
        let takes_rootless = query.is_last_pass && settings.correlation.takes_rootless(habit);
        let left = query.read_until.plus(HAND_OVER).since(self.clock.now());
        let reading = read_until_settled(&self.platform, &connection, &query, takes_rootless, &self.clock);
        match timeout(left, reading).await.unwrap_or(Err(PlatformError::Timeout)) {
            Ok(settled) => (used, Ok(Found { settings, secret_version: secret.version, source, habit, settled })),
            Err(error) => (used, Err(PassEnd::Platform(error))),
        }
    }

    /// What the source is known as. A last pass that is tried again does not go by what an earlier try of it has learned.
    async fn habit(
        &self,
        job: &ImportJob,
        record: &Record,
        source: SourceId,
        is_last_pass: bool,
    ) -> Result<Option<Habit>, PortError> {
        if !P::FALLS_BACK {
            return Ok(None);
        }
        let habit = self.ledger.habit(&job.event.organization_id, &job.provider, source).await?;
        let may_be_its_own = is_last_pass && record.tries > 1;
        Ok(habit.filter(|habit| !may_be_its_own || *habit != Habit::Untagged))
    }

    /// One tag is enough to know a source as tagged; a whole schedule without one makes it untagged.
    async fn learn(&self, job: &ImportJob, found: &Found<P::Span>, is_last_pass: bool) {
        let Settled { reading, owners, .. } = &found.settled;
        let is_whole_schedule = is_last_pass && reading.saw_all();
        // A platform's own session is no tag where it is another's, and is one where it is ours.
        let is_ours = |owner: &Ownership| matches!(owner, Ownership::Ours(_) | Ownership::Undecided(_));
        let is_tagged = reading.sightings.is_tagged() || owners.iter().any(is_ours);
        let learned = match found.habit {
            None | Some(Habit::Untagged) if is_tagged => Habit::Tagged,
            None if is_whole_schedule && reading.sightings.is_untagged() => Habit::Untagged,
            _ => return,
        };
        if P::FALLS_BACK
            && let Err(error) =
                self.ledger.learn(&job.event.organization_id, &job.provider, found.source, learned).await
        {
            tracing::warn!(%error, "it is not remembered whether the connection's traces are tagged; a later import will");
        }
    }

    /// A look that was forced beside a later pass is never the last.
    fn is_last_pass(&self, job: &ImportJob, record: &Record) -> bool {
        !record.is_beside && !self.policy.passes.has_later(job.pass)
    }

    /// Normalizes what is ours, as far as the store does not have it. `as_of` is when the reading began: what came while it read
    /// may not have been told.
    pub(crate) async fn prepare(
        &self,
        job: &ImportJob,
        record: &Record,
        state: &StoreState,
        as_of: Timestamp,
        found: Found<P::Span>,
    ) -> Ready {
        let Found { settings, secret_version, settled, .. } = found;
        let Settled { reading, owners, completeness, left, empty_reason } = settled;
        let is_cut_short = reading.cut.is_some_and(Truncation::is_temporary);
        let lost = if is_cut_short { 0 } else { reading.losses() };
        let earlier_bytes = usize::try_from(record.inserted_bytes).unwrap_or(usize::MAX);
        let caps = self.policy.caps;
        let caps = Caps { bytes: caps.bytes.saturating_sub(earlier_bytes), ..caps };
        let is_last_pass = self.is_last_pass(job, record);
        let normalizer = Normalizer::new(job, as_of, is_last_pass, settings, caps, &reading.source_host);
        let mut ours = normalizer.normalize::<P>(reading.spans, &owners, &state.stored).await;
        ours.rejected.merge(&left);
        ours.rejected.add(LATE_IN_CALL, record.late_in_call);
        // What is stored and was not told again still matched.
        let stored_only = || state.stored.iter().filter(|key| !ours.ids.contains(key));
        let traces: HashSet<TraceId> = ours.ids.iter().map(|(trace_id, _)| *trace_id).collect();
        let traces_only: HashSet<TraceId> =
            stored_only().map(|(trace_id, _)| *trace_id).filter(|trace_id| !traces.contains(trace_id)).collect();
        let matched_spans = completeness.spans + count(stored_only().count());
        Ready {
            read: Read {
                truncated: ours.selection.truncated.or(reading.cut),
                may_come: !completeness.is_whole() || ours.held_back > 0,
                discovery: reading.discovery,
                matched_by: ours.matched_by,
                server_version: reading.server_version,
                empty_reason: empty_reason.filter(|_| completeness.spans == 0),
                progress: reading.mark.map(|mark| Progress { mark, secret_version }),
                lost,
                counts: Counts {
                    requests: reading.requests,
                    matched_traces: completeness.traces + count(traces_only.len()),
                    matched_spans,
                    stored: count(state.stored.len()),
                    inserted: count(ours.selection.new.len()),
                    inserted_bytes: count(ours.selection.bytes),
                    rejected: ours.rejected,
                },
            },
            rows: ours.selection.new,
        }
    }

    /// Inserts what the store does not have, and counts what it has then.
    async fn write(&self, job: &ImportJob, record: &Record, ready: Ready) -> Result<Read, PortError> {
        let Ready { mut read, rows } = ready;
        if !rows.is_empty() {
            self.store.insert(job, record.first_claimed_at, &rows).await?;
            // It takes milliseconds. After one turn of the others the question is on its way, and the store counts meanwhile.
            let letting_go = async {
                yield_now().await;
                drop(rows);
            };
            let (stored, ()) = tokio::join!(self.store.count(job), letting_go);
            read.counts.stored = stored?;
        }
        Ok(read)
    }
}

/// What was read, and with which connection.
pub(crate) struct Found<S> {
    settings: Settings,
    secret_version: String,
    source: SourceId,
    habit: Option<Habit>,
    pub(crate) settled: Settled<S>,
}

/// What is inserted, and what is said of the pass when that is done.
pub(crate) struct Ready {
    pub(crate) read: Read,
    rows: Vec<Span>,
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The secret that a reading used.
struct Used {
    is_cached: bool,
    version: String,
}

fn is_permanent(end: &PassEnd) -> bool {
    match end {
        PassEnd::BadConnection(_) => true,
        PassEnd::Platform(error) => matches!(error.remedy(), Remedy::Person | Remedy::NotYet),
        _ => false,
    }
}

/// Names what is wrong with a connection's secret without a word of what stands in it.
pub(crate) fn bad_connection(error: &serde_json::Error) -> String {
    let problem = match error.classify() {
        // A text of ours, in an error that holds nothing else but a place.
        serde_json::error::Category::Data if error.to_string().starts_with(BAD_KEEP_ATTRIBUTES) => BAD_KEEP_ATTRIBUTES,
        serde_json::error::Category::Data => "lacks a field, or holds one of the wrong type",
        _ => "is not JSON",
    };
    format!("the connection's secret {problem}: make it anew as the README shows")
}
