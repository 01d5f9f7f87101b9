use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::future::join_all;
use lambda_runtime::Error;
use spanlift_aws::Queues;
use spanlift_importer::{Delivery, Disposition, PortError};
use spanlift_model::{Refusal, Timestamp};

/// What a function does with one message of its queue.
pub trait Handler: Send + Sync {
    /// Handles one message. Every failure is a verdict: one message never spoils its batch.
    fn handle(&self, message: &Message<'_>) -> impl Future<Output = Verdict> + Send;
}

/// One message of the function's queue.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Its text.
    pub body: &'a str,
    /// What the queue says of it beside that.
    pub delivery: Delivery,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was understood, and what was to be done was tried.
    Handled(Disposition),
    /// It can never be done: to the dead-letter queue, with the reason.
    Refused(Refusal),
}

/// What can be done with a message of the function's own queue beside acknowledging it.
pub trait SourceQueue: Send + Sync {
    /// Lets the message be seen again after `duration`.
    fn set_visibility(
        &self,
        receipt_handle: &str,
        duration: Duration,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Puts a message into the dead-letter queue, with the reason.
    fn refuse(&self, body: &str, reason: &str, detail: &str) -> impl Future<Output = Result<(), PortError>> + Send;
}

impl SourceQueue for Queues {
    async fn set_visibility(&self, receipt_handle: &str, duration: Duration) -> Result<(), PortError> {
        Self::set_visibility(self, receipt_handle, duration).await
    }

    async fn refuse(&self, body: &str, reason: &str, detail: &str) -> Result<(), PortError> {
        Self::refuse(self, body, reason, detail).await
    }
}

/// Handles the messages of a batch side by side and names those that go back to the queue.
pub(crate) async fn handle_batch(
    batch: SqsEvent,
    request_id: &str,
    deadline: Timestamp,
    handler: &impl Handler,
    queue: &impl SourceQueue,
) -> Result<SqsBatchResponse, Error> {
    let verdicts = join_all(batch.records.iter().map(|record| async move {
        let message = message(record, request_id, deadline);
        let verdict = handler.handle(&message).await;
        (record, carry_out(verdict, record, queue).await)
    }));
    let mut response = SqsBatchResponse::default();
    for (record, is_done) in verdicts.await {
        if is_done {
            continue;
        }
        // An empty identifier would fail the whole batch without a word: better to say so.
        let id = record.message_id.clone().filter(|id| !id.is_empty());
        let item_identifier = id.ok_or("a message that must go back to the queue has no id")?;
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = item_identifier;
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}

fn message<'a>(record: &'a SqsMessage, request_id: &str, deadline: Timestamp) -> Message<'a> {
    let receive_count = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Message {
        body: record.body.as_deref().unwrap_or_default(),
        delivery: Delivery {
            invocation_id: request_id.to_owned(),
            message_id: record.message_id.clone().unwrap_or_default(),
            receive_count: receive_count.unwrap_or(1),
            deadline,
        },
    }
}

/// Does what the verdict says. True when the message is done with.
async fn carry_out(verdict: Verdict, record: &SqsMessage, queue: &impl SourceQueue) -> bool {
    match verdict {
        Verdict::Handled(Disposition::Acknowledge) => true,
        Verdict::Handled(Disposition::Return(delay)) => {
            if let Some(receipt_handle) = &record.receipt_handle
                && let Err(error) = queue.set_visibility(receipt_handle, delay).await
            {
                tracing::warn!(%error, "the message comes back by the queue's own visibility timeout");
            }
            false
        }
        Verdict::Refused(refusal) => {
            let body = record.body.as_deref().unwrap_or_default();
            match queue.refuse(body, refusal.reason(), &refusal.to_string()).await {
                Ok(()) => {
                    tracing::warn!(reason = refusal.reason(), %refusal, "a message was refused; it is in the dead-letter queue");
                    true
                }
                Err(error) => {
                    tracing::error!(%error, reason = refusal.reason(), "a refused message could not be put aside");
                    false
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What a body says is done with it.
    struct AsTold;

    impl Handler for AsTold {
        async fn handle(&self, message: &Message<'_>) -> Verdict {
            match message.body {
                "good" => Verdict::Handled(Disposition::Acknowledge),
                "later" => {
                    let delay = Duration::from_secs(u64::from(message.delivery.receive_count));
                    Verdict::Handled(Disposition::Return(delay))
                }
                _ => Verdict::Refused(Refusal::BadJson),
            }
        }
    }

    #[derive(Default)]
    struct FakeQueue {
        done: Mutex<Vec<String>>,
        is_down: bool,
    }

    impl FakeQueue {
        fn take(&self, what: String) -> Result<(), PortError> {
            if self.is_down {
                return Err(PortError::Unavailable { port: "queue", detail: "down".to_owned() });
            }
            self.done.lock().unwrap().push(what);
            Ok(())
        }
    }

    impl SourceQueue for FakeQueue {
        async fn set_visibility(&self, receipt_handle: &str, duration: Duration) -> Result<(), PortError> {
            self.take(format!("{receipt_handle} in {duration:?}"))
        }

        async fn refuse(&self, body: &str, reason: &str, _: &str) -> Result<(), PortError> {
            self.take(format!("{body}: {reason}"))
        }
    }

    fn batch(messages: &[(&str, &str)]) -> SqsEvent {
        let record = |(id, body): &(&str, &str)| {
            serde_json::json!({
                "messageId": id, "body": body, "receiptHandle": format!("handle-{id}"),
                "attributes": {"ApproximateReceiveCount": "3"},
            })
        };
        let records: Vec<_> = messages.iter().map(record).collect();
        serde_json::from_value(serde_json::json!({"Records": records})).unwrap()
    }

    async fn check(messages: &[(&str, &str)], queue: &FakeQueue) -> Result<Vec<String>, Error> {
        let response = handle_batch(batch(messages), "request", Timestamp::EPOCH, &AsTold, queue).await?;
        Ok(response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
    }

    #[tokio::test]
    async fn one_message_never_spoils_its_batch() {
        let queue = FakeQueue::default();
        let messages = [("1", "good"), ("2", "bad"), ("3", "later"), ("4", "good")];
        assert_eq!(check(&messages, &queue).await.unwrap(), ["3"]);
        assert_eq!(*queue.done.lock().unwrap(), ["bad: bad_json", "handle-3 in 3s"]);
    }

    #[tokio::test]
    async fn what_cannot_be_put_aside_goes_back_to_the_queue() {
        let queue = FakeQueue { is_down: true, ..FakeQueue::default() };
        let messages = [("1", "good"), ("2", "bad"), ("3", "later")];
        assert_eq!(check(&messages, &queue).await.unwrap(), ["2", "3"]);
    }

    #[tokio::test]
    async fn an_empty_identifier_is_never_answered() {
        let queue = FakeQueue::default();
        assert!(check(&[("", "later")], &queue).await.is_err());
        assert_eq!(check(&[("", "good")], &queue).await.unwrap(), Vec::<String>::new());
        assert_eq!(check(&[], &queue).await.unwrap(), Vec::<String>::new());
    }
}
