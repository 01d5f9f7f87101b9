//! A queue as SQS has it: a message that is received is hidden for the visibility timeout and comes back unless it is
//! deleted; what is received too often goes to the dead-letter queue; one send may leave two messages.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spanlift_importer::ports::Queue;
use spanlift_importer::{Outcome, PortError};
use spanlift_model::ImportJob;

use crate::stage::{Fate, Port, Stage};

const NAME: &str = "queue";
/// Why SQS itself puts a message aside.
pub(crate) const RECEIVED_TOO_OFTEN: &str = "received too often";
/// Timeouts of a function that a message is hidden for, and receives before SQS puts it aside (infra/deployment.json).
const VISIBILITY_TIMEOUTS: u32 = 6;
const MOST_RECEIVES: u32 = 100;

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: u32,
    pub(crate) job: ImportJob,
    visible_at: Duration,
    pub(crate) receives: u32,
}

/// What the queues hold.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    waiting: Mutex<Vec<Message>>,
    sent: AtomicU32,
    /// With the reason.
    pub(crate) dead: Mutex<Vec<(ImportJob, String)>>,
    pub(crate) outcomes: Mutex<Vec<Outcome>>,
}

impl Messages {
    pub(crate) fn push(&self, job: ImportJob, visible_at: Duration) {
        let id = self.sent.fetch_add(1, Ordering::SeqCst);
        self.waiting.lock().unwrap().push(Message { id, job, visible_at, receives: 0 });
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.waiting.lock().unwrap().iter().map(|message| message.visible_at).min()
    }

    pub(crate) fn jobs(&self) -> Vec<ImportJob> {
        self.waiting.lock().unwrap().iter().map(|message| message.job.clone()).collect()
    }

    /// Receives the message that is visible, if one is, and hides it.
    pub(crate) fn receive(&self, now: Duration, hidden_for: Duration) -> Option<Message> {
        let mut waiting = self.waiting.lock().unwrap();
        let at = (0..waiting.len()).min_by_key(|at| (waiting[*at].visible_at, waiting[*at].id))?;
        if waiting[at].visible_at > now {
            return None;
        }
        if waiting[at].receives >= MOST_RECEIVES {
            let message = waiting.remove(at);
            self.dead.lock().unwrap().push((message.job, RECEIVED_TOO_OFTEN.to_owned()));
            return None;
        }
        let message = &mut waiting[at];
        message.receives += 1;
        message.visible_at = now + hidden_for;
        Some(message.clone())
    }

    pub(crate) fn delete(&self, id: u32) {
        self.waiting.lock().unwrap().retain(|message| message.id != id);
    }

    /// A message that was deleted meanwhile stays so.
    pub(crate) fn show_at(&self, id: u32, visible_at: Duration) {
        for message in self.waiting.lock().unwrap().iter_mut().filter(|message| message.id == id) {
            message.visible_at = visible_at;
        }
    }
}

/// How long a received message is hidden.
pub(crate) fn visibility(function_timeout: Duration) -> Duration {
    function_timeout * VISIBILITY_TIMEOUTS
}

#[derive(Debug)]
pub(crate) struct RoughQueue {
    pub(crate) stage: Arc<Stage>,
    pub(crate) messages: Arc<Messages>,
}

impl RoughQueue {
    /// What the runtime does with a message after its execution. What is lost comes back by the visibility timeout.
    pub(crate) fn reaches_it(&self, what: &str) -> bool {
        let fate = self.stage.fate(Port::Queue);
        self.stage.fault_of(Port::Queue, fate, what);
        !matches!(fate, Fate::Refused | Fate::Lost | Fate::DiesBefore)
    }
}

impl Queue for RoughQueue {
    async fn send(&self, job: &ImportJob, delay: Duration) -> Result<(), PortError> {
        assert!(delay <= Duration::from_mins(15), "SQS knows no longer delay");
        let what = format!("send pass {} in {} s", job.pass, delay.as_secs());
        let send = || async {
            self.messages.push(job.clone(), self.stage.now() + delay);
            Ok(())
        };
        self.stage.call(Port::Queue, NAME, &what, send).await?;
        self.stage.tell(&what);
        Ok(())
    }

    async fn dead_letter(&self, job: &ImportJob, reason: &str, _: &str) -> Result<(), PortError> {
        let put = || async {
            self.messages.dead.lock().unwrap().push((job.clone(), reason.to_owned()));
            Ok(())
        };
        self.stage.call(Port::Queue, NAME, "dead letter", put).await
    }

    async fn announce(&self, outcome: &Outcome) -> Result<(), PortError> {
        let announce = || async {
            self.messages.outcomes.lock().unwrap().push(outcome.clone());
            Ok(())
        };
        self.stage.call(Port::Queue, NAME, "announce", announce).await
    }
}
