use std::time::Duration;

use secrecy::ExposeSecret;
use spanlift_model::{
    Attempts, Budget, Caps, Counts, Habit, ImportJob, Passes, PlatformError, Remedy, Settings, Timestamp, Truncation,
    select,
};
use tokio::time::timeout;

use crate::conclusion::{Circumstances, PassEnd, Read, conclude};
use crate::normalize::{Normalized, Normalizer};
use crate::ports::{
    Claim, Claimed, Clock, Credentials, Freshness, Ledger, Platform, PortError, Queue, Record, StoreState, TraceStore,
};
use crate::settle::{Settled, read_until_settled};
use crate::{Conclusion, Disposition, Outcome, Query, Reading, Report};

/// The longest delay that SQS knows; a longer one is a chain of them.
const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// How long a failed message stays away at the most.
const LONGEST_RETRY_DELAY: Duration = Duration::from_mins(15);

/// Runs imports: the one straight way from a job to its completion.
#[derive(Debug)]
pub struct Importer<P, C, L, S, Q, K> {
    /// Where traces are read from.
    pub platform: P,
    /// Where connections' secrets are.
    pub credentials: C,
    /// Where it is written down how imports stand.
    pub ledger: L,
    /// Where spans are stored.
    pub store: S,
    /// Where later passes and outcomes are sent to.
    pub queue: Q,
    /// The time.
    pub clock: K,
    /// The numbers.
    pub policy: Policy,
}

/// The numbers of a provider's imports.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How long one pass may take.
    pub budget: Duration,
    /// The function's own timeout.
    pub function_timeout: Duration,
    /// When a platform is looked at again.
    pub passes: Passes,
    /// How much an import may hold.
    pub caps: Caps,
    /// Receives of a message before it goes to the dead-letter queue.
    pub max_receives: u32,
    /// The first wait after a transient failure; it doubles with every receive.
    pub retry_base: Duration,
    /// A rate-limited pass is put off for this long at least; as much again is its jitter.
    pub rate_limit_delay: Duration,
}

/// What the queue says of a message beside its body.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Names the function's invocation: no two have the same.
    pub invocation_id: String,
    /// Names the message: the same at every receive.
    pub message_id: String,
    /// How often the message was received, this time included.
    pub receive_count: u32,
    /// When the function is killed.
    pub deadline: Timestamp,
}

impl Delivery {
    /// The lease's owner: unique per execution.
    fn owner(&self) -> String {
        format!("{}/{}", self.invocation_id, self.message_id)
    }

    /// Was `owner` an execution for this same message?
    fn is_of(&self, owner: &str) -> bool {
        owner.split_once('/').is_some_and(|(_, message_id)| message_id == self.message_id)
    }
}

impl<P, C, L, S, Q, K> Importer<P, C, L, S, Q, K>
where
    P: Platform,
    C: Credentials,
    L: Ledger,
    S: TraceStore,
    Q: Queue,
    K: Clock,
{
    /// Runs one pass of an import, if it is due and nobody else runs it.
    pub async fn import(&self, job: &ImportJob, delivery: &Delivery) -> Report {
        let began_at = self.clock.now();
        if let Some(not_before) = job.not_before.filter(|not_before| *not_before > began_at) {
            let sent = self.queue.send(job, not_before.since(began_at).min(LONGEST_DELAY)).await;
            return self.after_sending(sent, delivery, "not due yet; sent again with the delay left");
        }
        let budget = Budget::new(began_at, self.policy.budget, delivery.deadline, self.policy.function_timeout);
        if budget.deadline_ignored {
            tracing::warn!("the invocation's deadline is long past; the function's timeout is used in its place");
        }
        let owner = delivery.owner();
        let claim = Claim { job, owner: &owner, now: began_at, lease_until: budget.lease_until };
        let record = match self.ledger.claim(claim).await {
            Ok(Claimed::Ours(record)) => record,
            Ok(Claimed::Leased(until)) => {
                let delay =
                    until.since(began_at) + Duration::from_secs(1) + Duration::from_secs(4).mul_f64(fastrand::f64());
                return Report::without_pass(
                    Disposition::Return(delay),
                    "another execution runs this import".to_owned(),
                );
            }
            Ok(Claimed::Done(record)) => return self.repair(job, &record, delivery).await,
            Err(error) => return self.returned(delivery, &error),
        };
        // Whoever forces an import may have mended the connection just now, and so may somebody since a try failed.
        let may_be_mended = job.force || delivery.receive_count > 1;
        let freshness = if may_be_mended { Freshness::Fresh } else { Freshness::Cached };
        let end = self.run_pass(job, budget, freshness).await;
        let now = self.clock.now();
        let around = Circumstances {
            job,
            record: &record,
            passes: &self.policy.passes,
            now,
            is_last_receive: delivery.receive_count >= self.policy.max_receives,
            retry_delay: self.retry_delay(delivery),
            rate_limit_delay: self.policy.rate_limit_delay,
            jitter: fastrand::f64(),
        };
        let (conclusion, disposition) = conclude(end, &around);
        self.complete(claim, &conclusion, disposition, delivery).await
    }

    /// A pass that is done already. Whoever wrote so may not have come to send what follows from it: its next job is
    /// sent again; and if it was this very message, its outcome is announced again.
    async fn repair(&self, job: &ImportJob, record: &Record, delivery: &Delivery) -> Report {
        if let Some(completed) = record.completed.as_ref().filter(|last| delivery.is_of(&last.owner))
            && let Err(error) = self.queue.announce(&completed.outcome).await
        {
            return self.returned(delivery, &error);
        }
        let Some((pass, at)) = record.next.filter(|(pass, _)| *pass >= job.pass) else {
            let story = "this import has ended; nothing to do".to_owned();
            return Report::without_pass(Disposition::Acknowledge, story);
        };
        let sent = self.send_later(job, pass, at).await;
        self.after_sending(sent, delivery, "this pass is done; the one that is due was sent again")
    }

    /// Look-up and reading side by side, then what is ours and new into the store.
    async fn run_pass(&self, job: &ImportJob, budget: Budget, freshness: Freshness) -> PassEnd {
        let attempts = match self.ledger.attempts(job).await {
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
            now: self.clock.now(),
            read_until: budget.read_until,
            most_spans: self.policy.caps.spans,
            may_fall_back: false,
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
        let writing = self.write(job, &state, settled.0, settled.1);
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
        let reading = read_until_settled(&self.platform, &connection, &query, &self.clock);
        match timeout(left, reading).await.unwrap_or(Err(PlatformError::Timeout)) {
            Ok(settled) => {
                self.learn(job, habit, &settled.reading).await;
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
    async fn learn(&self, job: &ImportJob, habit: Option<Habit>, reading: &Reading<P::Span>) {
        let is_whole_schedule = self.is_last_pass(job) && reading.cut.is_none();
        let learned = match habit {
            None | Some(Habit::Untagged) if reading.sightings.is_tagged() => Habit::Tagged,
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
        state: &StoreState,
        settings: Settings,
        settled: Settled<P::Span>,
    ) -> Result<Read, PortError> {
        let Settled { reading, owners, completeness } = settled;
        let normalizer = Normalizer::new(job, self.is_last_pass(job), settings, self.policy.caps, &reading.source_host);
        let Normalized { spans, matched_by, mut rejected } = normalizer.normalize::<P>(&reading.spans, &owners);
        for (cause, count) in reading.rejected {
            *rejected.entry(cause).or_default() += count;
        }
        let selection = select(spans, &state.stored, self.policy.caps);
        let stored = if selection.new.is_empty() {
            u64::try_from(state.stored.len()).unwrap_or(u64::MAX)
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
            empty_reason: (completeness.spans == 0).then(|| reading.sightings.empty_reason()),
            counts: Counts {
                requests: reading.requests,
                matched_traces: completeness.traces,
                matched_spans: completeness.spans,
                stored,
                rejected,
            },
        })
    }

    /// Write, send, announce, acknowledge, in this order: a crash between two of them is repaired by the next delivery.
    async fn complete(
        &self,
        claim: Claim<'_>,
        conclusion: &Conclusion,
        disposition: Disposition,
        delivery: &Delivery,
    ) -> Report {
        let outcome = Outcome::new(claim.job, conclusion, claim.now);
        if let Err(error) = self.ledger.complete(claim, conclusion).await {
            return self.returned(delivery, &error);
        }
        let sent = match (conclusion.next, disposition) {
            (Some((pass, at)), Disposition::Acknowledge) => self.send_later(claim.job, pass, at).await,
            // No pass follows, or this message itself comes back for it.
            _ => Ok(()),
        };
        let announced = match sent {
            Ok(()) => self.queue.announce(&outcome).await,
            Err(error) => Err(error),
        };
        let report = match announced {
            Ok(()) => Report::without_pass(disposition, "the pass has ended".to_owned()),
            Err(error) => self.returned(delivery, &error),
        };
        Report { outcome: Some(outcome), ..report }
    }

    async fn send_later(&self, job: &ImportJob, pass: u32, at: Timestamp) -> Result<(), PortError> {
        let delay = at.since(self.clock.now()).min(LONGEST_DELAY);
        self.queue.send(&job.later(pass, at), delay).await
    }

    fn after_sending(&self, sent: Result<(), PortError>, delivery: &Delivery, story: &str) -> Report {
        match sent {
            Ok(()) => Report::without_pass(Disposition::Acknowledge, story.to_owned()),
            Err(error) => self.returned(delivery, &error),
        }
    }

    fn returned(&self, delivery: &Delivery, error: &PortError) -> Report {
        let disposition = Disposition::Return(self.retry_delay(delivery));
        Report::without_pass(disposition, format!("not done, the message goes back to its queue: {error}"))
    }

    /// Exponential back-off with full jitter over the receives of the message.
    fn retry_delay(&self, delivery: &Delivery) -> Duration {
        let doublings = delivery.receive_count.saturating_sub(1).min(16);
        let longest = self.policy.retry_base.saturating_mul(1 << doublings).min(LONGEST_RETRY_DELAY);
        longest.mul_f64(f64::midpoint(1.0, fastrand::f64()))
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
