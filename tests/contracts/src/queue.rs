//! What the queues promise ([`spanlift_importer::ports::Queue`]). Each contract takes queues without messages.

use std::time::Duration;

use spanlift_importer::ports::Queue;
use spanlift_importer::{Conclusion, Outcome};
use spanlift_model::{Counts, ImportJob, Status, Timestamp};
use tokio::time::Instant;

use crate::samples::{self, conclusion, forced};

/// The queues, and their other ends.
pub trait Bench {
    /// The queues' own type.
    type Queue: Queue;

    /// The queues.
    fn queue(&self) -> &Self::Queue;

    /// Takes the job that is seen next, if one is seen within so long.
    fn receive(&self, within: Duration) -> impl Future<Output = Option<ImportJob>>;

    /// Takes a dead letter, if there is one.
    fn receive_dead(&self) -> impl Future<Output = Option<DeadLetter>>;

    /// Takes an outcome, if one was announced.
    fn receive_outcome(&self) -> impl Future<Output = Option<Outcome>>;
}

/// A message in the dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job that failed.
    pub job: ImportJob,
    /// Why: the attribute `failed`.
    pub reason: String,
    /// In a sentence: the attribute `detail`.
    pub detail: String,
}

/// How long a message that is there may take.
const SOON: Duration = Duration::from_secs(5);

fn noon() -> Timestamp {
    Timestamp::from_millis(1_795_176_000_000)
}

/// With a text that a queue of XML would not take.
fn job() -> ImportJob {
    samples::job("sim-1 👋 \u{FFFF} \"\\", 1, noon())
}

/// Every field of it, to the queue of jobs and to no other. Two that are the same are two messages.
pub async fn a_job_arrives_as_it_was_sent(bench: &impl Bench) {
    let jobs = [job().later(3, noon().plus(Duration::from_secs(20))), forced(&job())];
    for job in &jobs {
        for _ in 0..2 {
            bench.queue().send(job, Duration::ZERO).await.unwrap();
        }
        for _ in 0..2 {
            assert_eq!(bench.receive(SOON).await.as_ref(), Some(job));
        }
    }
    assert_eq!(bench.receive(Duration::ZERO).await, None);
    assert_eq!((bench.receive_dead().await, bench.receive_outcome().await), (None, None));
}

/// Whoever sends a pass ahead of time counts on it.
pub async fn a_job_is_not_seen_before_its_delay_is_over(bench: &impl Bench) {
    let delay = Duration::from_millis(1_500);
    let sent_at = Instant::now();
    bench.queue().send(&job(), delay).await.unwrap();
    bench.queue().send(&forced(&job()), Duration::ZERO).await.unwrap();
    assert_eq!(bench.receive(SOON).await, Some(forced(&job())), "the other one is there already");
    assert_eq!(bench.receive(Duration::ZERO).await, None);
    assert_eq!(bench.receive(SOON).await, Some(job()));
    assert!(sent_at.elapsed() >= delay, "{:?}", sent_at.elapsed());
}

/// The job, so that it can be sent back, and why it is there.
pub async fn a_dead_letter_bears_its_reason(bench: &impl Bench) {
    let detail = "the platform did not answer in time";
    bench.queue().dead_letter(&job(), "timeout", detail).await.unwrap();
    let letter = DeadLetter { job: job(), reason: "timeout".to_owned(), detail: detail.to_owned() };
    assert_eq!(bench.receive_dead().await, Some(letter));
    assert_eq!((bench.receive_dead().await, bench.receive(Duration::ZERO).await), (None, None));
}

/// To those who listen, word for word.
pub async fn an_outcome_is_announced_as_it_is(bench: &impl Bench) {
    let counts = Counts { requests: 2, stored: 5, ..Counts::default() };
    let imported = Conclusion {
        counts: Some(counts),
        last_error: Some("naïve \u{FFFE} 👋".to_owned()),
        ..conclusion(Status::Imported, None, noon().plus(Duration::from_secs(3)))
    };
    let outcome = Outcome::new(&job(), &imported, noon());
    bench.queue().announce(&outcome).await.unwrap();
    assert_eq!(bench.receive_outcome().await, Some(outcome));
    assert_eq!((bench.receive_outcome().await, bench.receive(Duration::ZERO).await), (None, None));
}
