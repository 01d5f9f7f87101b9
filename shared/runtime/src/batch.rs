use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::future::join_all;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use spanlift_aws::Queues;
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
    /// Names the function's invocation: no two have the same.
    pub invocation_id: String,
    /// Names the message: the same at every receive.
    pub message_id: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
    /// When the function is killed.
    pub deadline: Timestamp,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Done with it.
    Acknowledge,
    /// Back to the queue, to be seen again after this.
    Return(Duration),
    /// It can never be done: to the dead-letter queue, with the reason.
    Refuse(Refusal),
}

/// Serves the function's queue until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn run(handler: &impl Handler, queues: &Queues) -> Result<(), Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let deadline = Timestamp::from_millis(i64::try_from(event.context.deadline).unwrap_or(i64::MAX));
        handle_batch(event.payload, &event.context.request_id, deadline, handler, queues).await
    }))
    .await
}

/// Handles the messages of a batch side by side and names those that go back to the queue.
async fn handle_batch(
    batch: SqsEvent,
    request_id: &str,
    deadline: Timestamp,
    handler: &impl Handler,
    queues: &Queues,
) -> Result<SqsBatchResponse, Error> {
    let handled = join_all(batch.records.iter().map(|record| async move {
        let message = message(record, request_id, deadline);
        let verdict = handler.handle(&message).await;
        (record, carry_out(verdict, record, queues).await)
    }));
    let mut response = SqsBatchResponse::default();
    for (record, is_done) in handled.await {
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
    let receive_count = record
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse().ok());
    Message {
        body: record.body.as_deref().unwrap_or_default(),
        invocation_id: request_id.to_owned(),
        message_id: record.message_id.clone().unwrap_or_default(),
        receive_count: receive_count.unwrap_or(1),
        deadline,
    }
}

/// Does what the verdict says. True when the message is done with.
async fn carry_out(verdict: Verdict, record: &SqsMessage, queues: &Queues) -> bool {
    match verdict {
        Verdict::Acknowledge => true,
        Verdict::Return(delay) => {
            if let Some(receipt_handle) = &record.receipt_handle
                && let Err(error) = queues.set_visibility(receipt_handle, delay).await
            {
                tracing::warn!(%error, "the message comes back by the queue's own visibility timeout");
            }
            false
        }
        Verdict::Refuse(refusal) => {
            let body = record.body.as_deref().unwrap_or_default();
            match queues.refuse(body, refusal.reason(), &refusal.to_string()).await {
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
