use std::time::Duration;

use spanlift_model::{Budget, Clock, ImportJob, SimulationCompleted, Status, Timestamp};
use tokio::time::timeout;

use super::answer::{Previewed, Refused};
use super::decisions::decisions;
use crate::decide::{Circumstances, PassEnd, conclude};
use crate::ports::{Credentials, Freshness, Ledger, Platform, Queue, TraceStore};
use crate::{Conclusion, Importer, Record};

/// How long a preview may take.
const TIME: Duration = Duration::from_secs(25);

impl<P, C, L, S, Q, K> Importer<P, C, L, S, Q, K>
where
    P: Platform,
    C: Credentials,
    L: Ledger,
    S: TraceStore,
    Q: Queue,
    K: Clock,
{
    /// Runs the last pass of an import up to where it would write, and says what it would do. `deadline` is when the function is
    /// killed.
    ///
    /// # Errors
    /// [`Refused`] says why that cannot be known, as an import that fails would.
    pub async fn preview(&self, event: SimulationCompleted, deadline: Timestamp) -> Result<Previewed, Refused> {
        let now = self.clock.now();
        let provider = P::PROVIDER.parse().map_err(|_| Refused::not_connected(P::PROVIDER))?;
        let job = ImportJob { pass: self.policy.passes.last(), ..ImportJob::first(event, provider) };
        let known = self.ledger.record(&job, now).await.map_err(|error| Refused::from(&error))?;
        let record = for_last_pass(known, now);
        let budget = Budget::new(now, TIME.min(self.policy.budget), deadline, self.policy.function_timeout);
        let mut previewed = Previewed { ok: true, provider: job.provider.to_string(), ..nothing() };
        let end = match timeout(budget.ends_at.since(now), self.dry_run(&job, &record, budget, &mut previewed)).await {
            Ok(end) => end,
            Err(_) => PassEnd::Slow,
        };
        let around = Circumstances {
            job: &job,
            record: &record,
            passes: &self.policy.passes,
            now: self.clock.now(),
            is_last_try: false,
            retry_delay: Duration::ZERO,
            rate_limit_delay: self.policy.rate_limit_delay,
            jitter: 0.0,
        };
        let (conclusion, _) = conclude(end, &around);
        previewed.duration_ms = u64::try_from(self.clock.now().since(now).as_millis()).unwrap_or(u64::MAX);
        told(previewed, conclusion)
    }

    /// A pass up to where it would write.
    async fn dry_run(&self, job: &ImportJob, record: &Record, budget: Budget, previewed: &mut Previewed) -> PassEnd {
        let (attempts, mut query) = match self.query(job, record, budget).await {
            Ok(query) => query,
            Err(end) => return end,
        };
        // What is stored is part of every later reading.
        let looked_up = self.look_up_then_read(job, record, &attempts, &mut query, Freshness::Fresh).await;
        let (state, found) = match looked_up {
            Ok(both) => both,
            Err(end) => return end,
        };
        (previewed.traces, previewed.traces_not_listed) =
            decisions(&found.settled.reading.spans, &found.settled.owners);
        let mut ready = self.prepare(job, record, &state, query.now, found).await;
        previewed.stored = ready.read.counts.stored;
        ready.read.counts.stored += ready.read.counts.inserted;
        PassEnd::Read(ready.read)
    }
}

/// The record that the last pass begins with. It keeps what limits that pass: the bytes that are inserted already, the spans that
/// came late, and how far the walk through the window came. It leaves out the import's status, so that a key that is refused now
/// is reported as refused, whatever was imported with it before.
fn for_last_pass(known: Option<Record>, now: Timestamp) -> Record {
    let first = Record::first(now);
    match known {
        Some(Record { inserted_bytes, late_in_call, progress, lost, .. }) => {
            Record { inserted_bytes, late_in_call, progress, lost, ..first }
        }
        None => first,
    }
}

/// What the conclusion of a dry run says; what ended before anything was counted is refused.
fn told(previewed: Previewed, conclusion: Conclusion) -> Result<Previewed, Refused> {
    let Conclusion { status, reason, last_error, counts, .. } = conclusion;
    let is_said = matches!(status, Status::SkippedNative | Status::Superseded);
    let Some(counts) = counts.or_else(|| is_said.then(Default::default)) else {
        if status == Status::NotConnected {
            return Err(Refused::not_connected(&previewed.provider));
        }
        return Err(Refused::new(reason.unwrap_or(status.as_str()), last_error.unwrap_or_default()));
    };
    Ok(Previewed {
        status: status.to_string(),
        reason: reason.map(str::to_owned),
        error: last_error,
        would_insert: counts.inserted,
        matched_traces: counts.matched_traces,
        matched_spans: counts.matched_spans,
        rejected: counts.rejected.iter().map(|(cause, count)| ((*cause).to_owned(), *count)).collect(),
        matched_by: conclusion.matched_by.iter().map(|key| (*key).to_owned()).collect(),
        truncated: conclusion.truncated.map(|truncated| truncated.to_string()),
        incomplete: conclusion.incomplete,
        server_version: conclusion.server_version.map(|version| version.to_string()),
        requests: counts.requests,
        ..previewed
    })
}

/// Before anything is known.
fn nothing() -> Previewed {
    Previewed {
        ok: true,
        provider: String::new(),
        status: String::new(),
        reason: None,
        error: None,
        stored: 0,
        would_insert: 0,
        matched_traces: 0,
        matched_spans: 0,
        rejected: [].into(),
        matched_by: Vec::new(),
        truncated: None,
        incomplete: false,
        server_version: None,
        traces: Vec::new(),
        traces_not_listed: 0,
        requests: 0,
        duration_ms: 0,
    }
}
